package plugin

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
)

func (s *stage) set() appsv1.StatefulSet {
	s.t.Helper()
	var set appsv1.StatefulSet
	s.api.Read(s.t, s.setPath(), &set)
	return set
}

func TestUpgrade(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	assertGolden(t, "operate/upgrade.golden", s.operate("upgrade", "prod", "--version", "2.4.0", "--yes").String())
	assert.Equal(t, []string{
		"PATCH statefulsets/prod", "PUT statefulsets/prod",
		"POST pods/prod-2/eviction", "POST pods/prod-1/eviction", "POST pods/prod-0/eviction",
		"PATCH statefulsets/prod",
	}, s.changes, "Kubernetes leaves the pods alone meanwhile")
	set := s.set()
	assert.Equal(t, "apache/nifi:2.4.0", set.Spec.Template.Spec.Containers[0].Image)
	assert.Equal(t, appsv1.RollingUpdateStatefulSetStrategyType, set.Spec.UpdateStrategy.Type)
	assertGolden(t, "operate/upgrade-done.golden", s.operate("upgrade", "prod", "--version", "2.4.0", "--yes").String())
}

// Killed after any of its steps, the same command ends it, and --abort goes back.
func TestUpgradeKilledAnywhere(t *testing.T) {
	t.Parallel()
	for _, step := range []string{
		"keep Kubernetes from restarting pods by itself", "set the image to apache/nifi:2.4.0", "disconnect prod-2", "restart prod-2", "disconnect prod-0",
		"give the rollout back to Kubernetes",
	} {
		for _, abort := range []bool{false, true} {
			name, args, want := step, []string{"--version", "2.4.0"}, "2.4.0"
			if abort {
				name, args, want = step+", back", []string{"--abort"}, "2.3.0"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := newStage(t)
				s.die(step)
				require.Equal(t, exitFailed, s.operate("upgrade", "prod", "--version", "2.4.0", "--yes").code)
				s.revive()
				require.Equal(t, step, s.record().Journal.Step)
				got := s.operate(append([]string{"upgrade", "prod", "--yes"}, args...)...)
				require.Equal(t, exitWell, got.code, got.stderr)
				assert.Equal(t, "cluster prod runs NiFi "+want+"\n", got.stdout)
				set := s.set()
				assert.Equal(t, "apache/nifi:"+want, set.Spec.Template.Spec.Containers[0].Image)
				assert.Equal(t, want, set.Annotations["kubectl-nifi.dev/version"])
				assert.Equal(t, appsv1.RollingUpdateStatefulSetStrategyType, set.Spec.UpdateStrategy.Type)
				for ordinal := range 3 {
					assert.Equal(t, set.Status.UpdateRevision, s.revision(ordinal))
					assert.Equal(t, int64(1000), s.queued(ordinal))
				}
			})
		}
	}
}

func TestUpgradeKeepsTheOverlayTrue(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	dir := s.overlayOf("prod", "nifi")
	got := s.operate("upgrade", "prod", "--version", "2.4.0", "--dir", dir, "--yes")
	assert.Equal(t, exitWell, got.code, got.stderr)
	assert.NotContains(t, got.stderr, "warning")
	document, err := os.ReadFile(filepath.Join(dir, "nificluster.yaml"))
	require.NoError(t, err)
	assert.Contains(t, string(document), "version: 2.4.0")
}

func TestUpgradeRefusals(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for want, test := range map[string]struct {
		code int
		args []string
	}{
		"going back to 2.2.0 isn't supported":              {1, []string{"--version", "2.2.0"}},
		`holds no overlay of cluster "prod"`:               {2, []string{"--version", "2.4.0", "--dir", t.TempDir()}},
		"--version: ":                                      {2, []string{"--version", "two"}},
		"--abort goes alone":                               {2, []string{"--abort", "--version", "2.4.0"}},
		`there is no operation of cluster "prod" to abort`: {1, []string{"--abort"}},
	} {
		got := s.operate(append([]string{"upgrade", "prod", "--yes"}, test.args...)...)
		assert.Equal(t, test.code, got.code, want)
		assert.Contains(t, got.stderr, want)
	}
	assert.Equal(t, exitUsage, s.operate("upgrade", "prod", "--yes").code, "a version is needed")
	assert.Empty(t, s.changes)
}
