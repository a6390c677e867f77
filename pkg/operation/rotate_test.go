package operation

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func rotation() Intent {
	return Intent{Kind: RotateCA, Generation: 2, Issuer: new(own(2))}
}

func (r *rotating) carry(t *testing.T, store *memory, i Intent, abort, noDocument bool) (Journal, error) {
	t.Helper()
	lock, err := Take(t.Context(), store, r.clock(), "somebody", func(HeldError) {})
	require.NoError(t, err)
	s, err := r.Observe(t.Context())
	require.NoError(t, err)
	j := Begin(i, s, "somebody")
	if old := lock.Journal(); old != nil {
		j = *old
	}
	j.Abort = j.Abort || abort
	j.Rotation.NoDocument = noDocument
	return Runner{World: r, Lock: lock, Clock: r.clock(), Report: func(Progress) {}, Patience: time.Hour}.Run(t.Context(), j)
}

func (r *rotating) assertSignedBy(t *testing.T, by Issuer) {
	t.Helper()
	for _, c := range r.trust.Certificates {
		require.Equal(t, by, c.Issued, "%s: %v", c.Name, r.acts)
	}
	for _, n := range r.Nodes {
		require.Equal(t, by.Name, n.Anchor, "%v", r.acts)
	}
	require.Empty(t, r.trust.Published, "%v", r.acts)
	require.False(t, r.trust.ProbeMade, "%v", r.acts)
	require.Zero(t, r.distrusts, "nobody refused anybody: %v", r.acts)
	require.True(t, r.allConnected())
}

func TestOrderOfARotation(t *testing.T) {
	t.Parallel()
	r := newRotating(1)
	_, err := r.carry(t, &memory{}, rotation(), false, false)
	require.NoError(t, err)
	assert.Equal(t, strings.Split(`make root prod-ca-2, its key and its issuer
have Issuer prod-ca-2 sign a client certificate with no rights, to try the nodes with
give every node both anchors, the old and the new
nudge the pods, so that their kubelets look at the Secrets now
have prod-ca-2 sign the nodes' certificates
nudge the pods, so that their kubelets look at the Secrets now
have prod-ca-2 sign the administrator's and the healer's certificates
write into the overlay's document that prod-ca-2 signs
forget the old anchor, the root behind it and the client certificate`, "\n"), r.acts)
	r.assertSignedBy(t, own(2))
	assert.Equal(t, []string{"prod-ca-2"}, r.roots)
	assert.Equal(t, own(2), r.trust.Document)
}

// TestRotationNudgesAgain: who noted a nudge may have died before it was done.
// Where nodes load at once there is nobody left to nudge.
func TestRotationNudgesAgain(t *testing.T) {
	t.Parallel()
	again := 0
	for seed := range uint64(20) {
		r, store := newRotating(seed), &memory{}
		r.cut = 4 // in the first nudge
		_, err := r.carry(t, store, rotation(), false, false)
		require.ErrorIs(t, err, errKilled)
		noted := store.record.Journal.Rotation.Nudged
		before := len(r.acts)
		_, err = r.carry(t, store, rotation(), false, false)
		require.NoError(t, err)
		if noted && r.acts[before] == (Step{Do: DoNudge}).String() {
			again++
		}
		r.assertSignedBy(t, own(2))
	}
	assert.Positive(t, again)
}

func TestRotationToAnotherIssuer(t *testing.T) {
	t.Parallel()
	r, to := newRotating(1), Issuer{Kind: "ClusterIssuer", Name: "company-ca"}
	_, err := r.carry(t, &memory{}, Intent{Kind: RotateCA, Issuer: &to}, false, true)
	require.NoError(t, err)
	r.assertSignedBy(t, to)
	assert.Equal(t, own(1), r.trust.Document, "somebody else sees to it")
	assert.Empty(t, r.roots, "nobody signs by the old own root any more")
}

// TestRotationCutAnywhere kills a rotation after any of its calls, again and
// again, and aborts some. Nobody may ever refuse anybody, and it ends as one of
// the two.
func TestRotationCutAnywhere(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		r, store, abort := newRotating(seed), &memory{}, seed%2 == 0
		for cuts := 0; ; cuts++ {
			if r.cut = 1 + r.random.IntN(4); cuts > 20 {
				r.cut = 0
			}
			j, err := r.carry(t, store, rotation(), abort && len(r.acts) > int(seed%11), false)
			if err == nil {
				r.assertEnd(t, j)
				break
			}
			if refusal := (Refusal{}); errors.As(err, &refusal) {
				require.True(t, j.Abort && j.Rotation.Retiring, "%v", err)
				store.record.Journal.Abort, abort = false, false // it can only go on
				continue
			}
			require.ErrorIs(t, err, errKilled, "seed %d: %v", seed, r.acts)
		}
	}
}

func (r *rotating) assertEnd(t *testing.T, j Journal) {
	t.Helper()
	by := own(2)
	if j.Abort {
		by = own(1)
	}
	r.assertSignedBy(t, by)
	require.Equal(t, []string{by.Name}, r.roots, "%v", r.acts)
	require.Equal(t, by, r.trust.Document, "%v", r.acts)
}

func TestPreflightOfARotation(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stage    func(*State)
		refusal  string
		warnings int
	}{
		"well":              {stage: func(*State) {}, warnings: 1},
		"others use the CA": {stage: func(s *State) { s.Trust.Outside = []string{"robot"} }, warnings: 2},
		"nobody looked":     {stage: func(s *State) { s.Trust = nil }, refusal: "nothing is known of who signs"},
		"drift": {stage: func(s *State) { s.Trust.Distrust = []string{"prod-1 doesn't verify for prod-0: no anchor"} },
			refusal: "not every node trusts every other: prod-1 doesn't verify for prod-0: no anchor; see kubectl nifi certs"},
		"a node is out": {stage: func(s *State) { s.Nodes[1].Ready = false }, refusal: "prod-1 is CONNECTED in a pod that isn't ready, and an anchor changes only while every node is in"},
		"a stray root":  {stage: func(s *State) { s.Nodes[2].Anchor = "" }, refusal: "prod-2 serves a certificate that the administrator's ca.crt doesn't verify"},
		"done": {stage: func(s *State) {
			for i := range s.Trust.Certificates {
				s.Trust.Certificates[i].Wanted, s.Trust.Certificates[i].Issued = own(2), own(2)
			}
		}, refusal: "Issuer prod-ca-2 signs the cluster's certificates already"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := newRotating(1).Observe(t.Context())
			require.NoError(t, err)
			test.stage(&s)
			warnings, err := Preflight(rotation(), s)
			assert.Len(t, warnings, test.warnings)
			if test.refusal != "" {
				assert.ErrorContains(t, err, test.refusal)
				return
			}
			require.NoError(t, err)
		})
	}
}
