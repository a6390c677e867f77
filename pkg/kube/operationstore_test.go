package kube

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const lockPath = "/apis/coordination.k8s.io/v1/namespaces/nifi/leases/prod-operation"

// shipped stores the Lease as the overlay has it.
func shipped(server *kubetest.Server) {
	server.Set(lockPath, coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{
		Name: "prod-operation", Namespace: "nifi", ResourceVersion: "7", Labels: map[string]string{"a": "kept"},
	}})
}

func readLock(t *testing.T, server *kubetest.Server) coordinationv1.Lease {
	t.Helper()
	var lease coordinationv1.Lease
	server.Read(t, lockPath, &lease)
	return lease
}

func TestLockComesAndGoes(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	_, err := cluster.Load(t.Context())
	require.ErrorIs(t, err, view.ErrNotFound)
	shipped(server)
	r, err := cluster.Load(t.Context())
	require.NoError(t, err)
	assert.Equal(t, operation.Record{Revision: "7"}, r, "nobody has it, and nothing was cut")

	at := time.Date(2026, 11, 22, 18, 5, 0, 250_000_000, time.UTC)
	r.Holder, r.Since, r.Renewed, r.Duration = "kim@laptop", at, at.Add(time.Second), 15*time.Second
	r.Journal = &operation.Journal{Intent: operation.Intent{Kind: operation.Scale, Replicas: 2}, Holder: "kim@laptop", From: 3, Started: at, Updated: at}
	save := func() {
		revision, err := cluster.Save(t.Context(), r)
		require.NoError(t, err)
		assert.NotEqual(t, r.Revision, revision)
		r.Revision = revision
	}
	save()
	assert.NotContains(t, readLock(t, server).Annotations, annotationReplicas, "it hasn't set a size")
	r.Journal.Size, r.Journal.Taken = 2, []string{"prod-2"}
	save()
	assert.Equal(t, "2", readLock(t, server).Annotations[annotationReplicas])
	found, err := cluster.Load(t.Context())
	require.NoError(t, err)
	assert.Equal(t, r, normal(found))

	r.Holder = "" // cut
	save()
	lease := readLock(t, server)
	assert.NotContains(t, lease.Annotations, annotationReplicas, "without a holder nobody may resize")
	assert.Contains(t, lease.Annotations, annotationJournal, "for whoever goes on")
	assert.Equal(t, coordinationv1.LeaseSpec{}, lease.Spec)

	r.Journal, r.Last = nil, r.Journal
	save()
	lease = readLock(t, server)
	assert.NotContains(t, lease.Annotations, annotationJournal)
	assert.Equal(t, map[string]string{"a": "kept"}, lease.Labels)
	found, err = cluster.Load(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"prod-2"}, found.Last.Taken)
}

// normal is the record with all times in UTC.
func normal(r operation.Record) operation.Record {
	r.Since, r.Renewed = r.Since.UTC(), r.Renewed.UTC()
	return r
}

func TestSaveNoticesOthers(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	shipped(server)
	mine, err := cluster.Load(t.Context())
	require.NoError(t, err)
	theirs := mine
	theirs.Holder, mine.Holder = "them", "me"
	_, err = cluster.Save(t.Context(), theirs)
	require.NoError(t, err)
	_, err = cluster.Save(t.Context(), mine)
	require.ErrorIs(t, err, operation.ErrChanged)
	found, err := cluster.Load(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "them", found.Holder)

	server.Deny(lockPath)
	_, err = cluster.Save(t.Context(), mine)
	require.ErrorIs(t, err, view.ErrForbidden)
}

func TestLockOfADeadHolderIsTakenOver(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	shipped(server)
	now := time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC)
	r, err := cluster.Load(t.Context())
	require.NoError(t, err)
	r.Holder, r.Since, r.Renewed, r.Duration = "them", now.Add(-time.Hour), now.Add(-time.Hour), 15*time.Second
	r.Journal = &operation.Journal{Intent: operation.Intent{Kind: operation.Scale, Replicas: 2}}
	_, err = cluster.Save(t.Context(), r)
	require.NoError(t, err)

	clock := operation.Clock{Now: func() time.Time { return now }}
	lock, err := operation.Take(t.Context(), cluster, clock, "me", func(e operation.HeldError) { assert.Fail(t, "nobody is to be waited for", e.Error()) })
	require.NoError(t, err)
	assert.Equal(t, 2, lock.Journal().Replicas, "what they were at")
	found, err := cluster.Load(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "me", found.Holder)
	assert.Equal(t, now, found.Since.UTC())
}

func TestJournalThatCannotBeRead(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	server.Set(lockPath, coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: "prod-operation", Annotations: map[string]string{annotationJournal: "{"}}})
	_, err := cluster.Load(t.Context())
	require.ErrorContains(t, err, `reading annotation kubectl-nifi.dev/journal of Lease "prod-operation": unexpected end of JSON input; if no operation runs, remove the annotation`)
}

func TestOperationForSnapshots(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC)
	journal := &operation.Journal{
		Intent: operation.Intent{Kind: operation.Scale, Replicas: 2}, Holder: "kim@laptop",
		Started: at, Updated: at.Add(time.Minute), Step: "offload prod-2", Reason: "it hung",
	}
	tests := map[string]struct {
		record operation.Record
		want   *view.Operation
	}{
		"none": {},
		"done": {record: operation.Record{Last: journal}},
		"cut": {
			record: operation.Record{Journal: journal},
			want:   &view.Operation{What: "scale --replicas 2", Step: "offload prod-2", Reason: "it hung", Since: at, Renewed: at.Add(time.Minute)},
		},
		"held": {
			record: operation.Record{Holder: "alex@desk", Since: at.Add(time.Hour), Renewed: at.Add(2 * time.Hour), Duration: time.Minute},
			want:   &view.Operation{Holder: "alex@desk", Since: at.Add(time.Hour), Renewed: at.Add(2 * time.Hour), Duration: time.Minute},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, cluster := prod(t)
			shipped(server)
			test.record.Revision = "7"
			_, err := cluster.Save(t.Context(), test.record)
			require.NoError(t, err)
			got, err := cluster.Operation(t.Context())
			require.NoError(t, err)
			if got != nil {
				got.Since, got.Renewed = got.Since.UTC(), got.Renewed.UTC()
			}
			assert.Equal(t, test.want, got)
		})
	}
}

// TestWhoTookNodesOut: whose wish it is that a node is out.
func TestWhoTookNodesOut(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC)
	journal := func(kind operation.Kind, holder string) operation.Journal {
		return operation.Journal{Intent: operation.Intent{Kind: kind}, Holder: holder, Started: at, Updated: at.Add(time.Minute), Taken: []string{"prod-1"}}
	}
	healing := journal(operation.Heal, "nifi-healer")
	raw, err := json.Marshal(map[string]any{"incidents": []any{map[string]any{"id": "prod-0-x"}, map[string]any{"healing": healing}}})
	require.NoError(t, err)
	byHealer := []view.Taken{{Pod: "prod-1", By: "nifi-healer", Healer: true, Since: at, Last: at.Add(time.Minute)}}
	byKim := []view.Taken{{Pod: "prod-1", By: "kim@laptop (restart)", Since: at, Last: at.Add(time.Minute)}}
	tests := map[string]struct {
		kind     operation.Kind
		incident string
		want     []view.Taken
	}{
		"nobody":                         {},
		"a restart":                      {operation.Restart, "", byKim},
		"a person who wanted no more":    {operation.Disconnect, "", nil},
		"the healer":                     {"", string(raw), byHealer},
		"both":                           {operation.Restart, string(raw), append(byKim[:1:1], byHealer...)},
		"an incident that can't be read": {"", "{", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			record := operation.Record{}
			if test.kind != "" {
				record.Journal = new(journal(test.kind, "kim@laptop"))
			}
			var got []view.Taken
			if o := operationOf(record, test.incident); o != nil {
				got = o.Taken
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestNoOperationLease(t *testing.T) {
	t.Parallel()
	_, cluster := prod(t)
	got, err := cluster.Operation(t.Context())
	require.NoError(t, err)
	assert.Nil(t, got, "an older overlay has none")
}
