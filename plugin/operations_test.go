package plugin

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

// hold gives somebody the lock, renewed now, with what they are at.
func (s *stage) hold(holder string, j *operation.Journal) {
	s.t.Helper()
	client, err := kube.NewClient(s.api.Config())
	require.NoError(s.t, err)
	r := s.record()
	now := s.nifi.Clock.Now()
	r.Holder, r.Since, r.Renewed, r.Duration, r.Journal = holder, s.now, now, 15*time.Second, j
	_, err = client.Cluster(s.names).Save(context.WithoutCancel(s.t.Context()), r)
	require.NoError(s.t, err)
}

// down is the journal of a scale that alex began five minutes ago.
func (s *stage) down(step, reason string) *operation.Journal {
	began := s.now.Add(-5 * time.Minute)
	return &operation.Journal{
		Intent: operation.Intent{Kind: operation.Scale, Replicas: 2}, Holder: "alex@desk", Started: began, Updated: began.Add(time.Minute),
		From: 3, Step: step, Reason: reason,
	}
}

// Whoever holds the lock and lives is named, whatever is asked for.
func TestHeldLock(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"the same":  {"scale", "prod", "--replicas", "2", "--yes"},
		"other":     {"scale", "prod", "--replicas", "1", "--yes"},
		"restart":   {"restart", "prod", "--yes"},
		"to abort":  {"scale", "prod", "--abort", "--yes"},
		"to resume": {"operations", "prod", "--resume", "--yes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			j := s.down("disconnect prod-2", "")
			s.hold("alex@desk", j)
			s.calls = func(seconds int) {
				if seconds == 5 {
					s.hold("alex@desk", j) // it lives
				}
			}
			got := s.operate(args...)
			assert.Equal(t, exitFailed, got.code)
			assert.Contains(t, got.stderr, "error: the cluster is being changed by alex@desk for scale --replicas 2, since 18:05:00 UTC\n")
			assert.Empty(t, s.changes)
			assert.Equal(t, "alex@desk", s.record().Holder)
		})
	}
}

// Killed after any of its steps, the same command ends it, and --abort takes it back.
func TestScaleKilledAnywhere(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"disconnect prod-2", "offload prod-2", "remove node prod-2 from the cluster", "set replicas to 2"} {
		for after, want := range map[string]int{"--replicas=2": 2, "--abort": 3} {
			t.Run(step+" "+after, func(t *testing.T) {
				t.Parallel()
				s := newStage(t)
				s.die(step)
				got := s.operate("scale", "prod", "--replicas", "2", "--yes")
				require.Equal(t, exitFailed, got.code, got.stderr)
				s.revive()
				require.Equal(t, step, s.record().Journal.Step)

				got = s.operateAs(t.Context(), "alex@desk", nil, nil, "scale", "prod", after, "--yes")
				require.Equal(t, exitWell, got.code, got.stderr)
				assert.Equal(t, fmt.Sprintf("cluster prod has %d nodes\n", want), got.stdout)
				assert.Equal(t, want == 3, s.api.Has(s.podPath(2)))
				var all int64
				for ordinal := range want {
					assert.Equal(t, nifi.Connected, s.seen(ordinal).Status)
					all += s.queued(ordinal)
				}
				assert.Equal(t, int64(3000), all)
				assert.Nil(t, s.record().Journal)
				assert.Equal(t, want == 3, s.record().Last.Abort)
			})
		}
	}
}

// Interrupted, it says so, gives the lock back, and is shown as cut.
func TestCutOperation(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.calls = func(int) {
		if s.queued(2) < 1000 {
			cancel() // Ctrl-C in the middle of a drain
		}
	}
	got := s.operateAs(ctx, "kim@laptop", nil, nil, "scale", "prod", "--replicas", "2", "--yes")
	s.calls = nil
	s.nifi.SetPace(1) // it hardly goes on by itself
	assertGolden(t, "operate/cut.golden", got.String())
	assert.Empty(t, s.record().Holder)

	show := s.operate("operations", "prod")
	assertGolden(t, "operate/operations-cut.golden", show.String())
	other := s.operate("restart", "prod", "--yes")
	assert.Equal(t, exitFailed, other.code)
	assert.Contains(t, other.stderr, "error: scale --replicas 2, begun by kim@laptop at 2026-11-22T18:05:02Z, was cut; first finish it with kubectl nifi operations prod --resume, or take it back with --abort\n")
	more := s.operate("scale", "prod", "--replicas", "2", "--delete-volumes", "--yes")
	assert.Contains(t, more.stderr, "was cut", "not the same")

	left := s.operate("scale", "prod", "--replicas", "2", "--dry-run")
	assert.Equal(t, exitWell, left.code, left.stderr)
	assert.Contains(t, left.stdout, "1. offload prod-2")

	s.nifi.SetPace(100)
	resumed := s.operateAs(t.Context(), "alex@desk", nil, nil, "operations", "prod", "--resume", "--yes")
	assertGolden(t, "operate/operations-resume.golden", resumed.String())
	assertGolden(t, "operate/operations-done.golden", s.operate("operations", "prod").String())
	again := s.operate("operations", "prod", "--resume", "--yes")
	assert.Equal(t, "error: there is no operation of cluster \"prod\" to resume\n", again.stderr)
}

func TestOperations(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*stage){
		"none":    func(*stage) {},
		"running": func(s *stage) { s.hold("alex@desk", s.down("offload prod-2", "")) },
		"back":    func(s *stage) { j := s.down("reconnect prod-2", ""); j.Abort = true; s.hold("alex@desk", j) },
		"stopped": func(s *stage) {
			s.hold("", s.down("offload prod-2", "offload prod-2: no FlowFile has left it for 2m0s"))
		},
		"abandoned": func(s *stage) { s.hold("alex@desk", s.down("offload prod-2", "")); s.nifi.Clock.Advance(time.Minute) },
		"no-lease":  func(s *stage) { s.api.Delete(s.lockPath()) },
	}
	for name, stage := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			stage(s)
			assertGolden(t, "operate/operations-"+name+".golden", s.operate("operations", "prod").String())
		})
	}
}

func TestOperationsWrongUsage(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for want, args := range map[string][]string{
		"--resume and --abort exclude each other":  {"operations", "prod", "--resume", "--abort"},
		"--abort and --dry-run exclude each other": {"operations", "prod", "--abort", "--dry-run"},
		"NAME": {"operations"},
	} {
		got := s.operate(args...)
		assert.Equal(t, exitUsage, got.code, want)
		assert.Contains(t, got.stderr, want)
	}
}

// On a terminal a person is asked, and what happens is drawn in place.
func TestOperationOnATerminal(t *testing.T) {
	t.Parallel()
	terminal := func() (int, int, error) { return 100, 40, nil }
	for answer, code := range map[string]int{"n\n": exitFailed, "\n": exitFailed, "": exitFailed, "y\n": exitWell, "Yes\n": exitWell} {
		t.Run(strings.TrimSpace(answer), func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			got := s.operateAs(t.Context(), "kim@laptop", strings.NewReader(answer), terminal, "scale", "prod", "--replicas", "2")
			assert.Equal(t, code, got.code, got.stderr)
			question, picture, asked := strings.Cut(got.stderr, "go on? [y/N] ")
			assert.True(t, asked)
			assert.Contains(t, question, "2. offload prod-2: 1,000 FlowFiles, 10.0 MiB\n")
			if code == exitFailed {
				assert.Equal(t, "error: left as it is\n", picture)
				assert.Empty(t, s.changes)
				assert.Empty(t, s.record().Holder)
				return
			}
			assert.Contains(t, picture, " FlowFiles, 5.0 MiB left")
			drawn, rest, _ := strings.Cut(picture, "warning: ")
			e := &emulator{}
			e.feed(t, drawn)
			assert.False(t, e.hidden)
			assert.Contains(t, rest, "--dir")
			assertGolden(t, "operate/terminal.golden", strings.Join(e.rows, "\n")+"\n")
		})
	}
}
