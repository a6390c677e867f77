package plugin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

func TestScaleDown(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	assertGolden(t, "operate/scale-down.golden", s.operate("scale", "prod", "--replicas", "2", "--yes").String())
	assert.Equal(t, []string{"PATCH persistentvolumeclaims/state-prod-2", "PATCH secrets/prod-topology", "PATCH statefulsets/prod"}, s.changes,
		"drained, said so, and only then fewer")
	assert.False(t, s.api.Has(s.podPath(2)))
	assert.Zero(t, s.queued(2))
	assert.Equal(t, int64(3000), s.queued(0)+s.queued(1))
	var claim corev1.PersistentVolumeClaim
	s.api.Read(t, s.claimPath(2), &claim) // volumes are kept
	assert.Contains(t, claim.Annotations, "kubectl-nifi.dev/drained")
	r := s.record()
	assert.Empty(t, r.Holder)
	assert.Nil(t, r.Journal)
	assert.Equal(t, "scale --replicas 2", r.Last.String())

	got := s.operate("scale", "prod", "--replicas", "3", "--yes")
	assert.Equal(t, exitWell, got.code, got.stderr)
	var reused corev1.PersistentVolumeClaim
	s.api.Read(t, s.claimPath(2), &reused)
	assert.NotContains(t, reused.Annotations, "kubectl-nifi.dev/drained", "it is in use again")
}

func TestScaleDownDeletesVolumes(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	assertGolden(t, "operate/scale-delete-volumes.golden", s.operate("scale", "prod", "--replicas", "1", "--delete-volumes", "--yes").String())
	for ordinal := range 3 {
		assert.Equal(t, ordinal == 0, s.api.Has(s.claimPath(ordinal)), ordinal)
	}
	assert.Equal(t, int64(3000), s.queued(0))
}

func TestScaleUp(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, ordinal := range []int{3, 4} {
		s.setCertificate(s.names.NodeSecret(ordinal), 1<<40)
	}
	assertGolden(t, "operate/scale-up.golden", s.operate("scale", "prod", "--replicas", "5", "--yes").String())
	assert.Equal(t, nifi.Connected, s.seen(4).Status)
	var votes corev1.Secret
	s.api.Read(t, s.path("api/v1", "secrets", "prod-topology"), &votes)
	assert.Equal(t, "nifi.cluster.flow.election.max.candidates=5\n", string(votes.Data["15-topology.properties"]))
	assert.Equal(t, "nothing to do\ncluster prod has 5 nodes\n", s.operate("scale", "prod", "--replicas", "5", "--yes").stdout)
}

// Refusals come before anything is changed.
func TestScaleRefusals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		stage func(*stage)
		args  []string
		code  int
	}{
		"no-certificate":   {args: []string{"--replicas", "4"}, code: 1},
		"node-out":         {stage: func(s *stage) { s.disconnect(s.t, 1); s.second() }, args: []string{"--replicas", "2"}, code: 1},
		"full":             {stage: func(s *stage) { s.nifi.Node(1).Fill(10<<30-1024, 10<<30) }, args: []string{"--replicas", "2"}, code: 1},
		"no-lease":         {stage: func(s *stage) { s.api.Delete(s.lockPath()) }, args: []string{"--replicas", "2"}, code: 1},
		"no-terminal":      {args: []string{"--replicas", "2", "--yes=false"}, code: 2},
		"nothing-to-abort": {args: []string{"--abort"}, code: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			if test.stage != nil {
				test.stage(s)
			}
			got := s.operate(append([]string{"scale", "prod", "--yes"}, test.args...)...)
			assert.Equal(t, test.code, got.code)
			assertGolden(t, "operate/refused-"+name+".golden", got.String())
			assert.Empty(t, s.changes)
		})
	}
}

func TestScaleWrongUsage(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for want, args := range map[string][]string{
		"error: --replicas must be 1 to 20, not 0; the last":        {},
		"error: --replicas must be 1 to 20, not 21":                 {"--replicas", "21"},
		"error: --replicas must be 1 to 20, not -1":                 {"--replicas", "-1"},
		"error: --abort goes alone":                                 {"--abort", "--replicas", "2"},
		"error: --abort and --dry-run exclude each other":           {"--abort", "--dry-run"},
		"error: --timeout must be more than 0":                      {"--replicas", "2", "--timeout", "0s"},
		`error: invalid argument "two" for "--replicas" flag`:       {"--replicas", "two"},
		"error: --nifi-client-certificate and --nifi-client-key go": {"--replicas", "2", "--nifi-client-key", "x"},
	} {
		got := s.operate(append([]string{"scale", "prod"}, args...)...)
		assert.Equal(t, exitUsage, got.code, want)
		assert.Contains(t, got.stderr, want)
		assert.Equal(t, 1, got.lines(), got.stderr)
	}
	assert.Empty(t, s.changes)
}

func TestScaleDryRun(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	assertGolden(t, "operate/scale-dry-run.golden", s.operate("scale", "prod", "--replicas", "1", "--delete-volumes", "--dry-run").String())
	assert.Empty(t, s.changes)
	assert.Empty(t, s.record().Holder)
}

// overlayOf makes the overlay of a cluster of three nodes.
func (s *stage) overlayOf(name, namespace string) string {
	s.t.Helper()
	dir := filepath.Join(s.t.TempDir(), "overlay")
	got := s.operate("init", name, "-n", namespace, "--replicas", "3", "--dir", dir)
	require.Equal(s.t, exitWell, got.code, got.stderr)
	return dir
}

// filesOf is the text of each file of a folder.
func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir+"/")] = string(text)
		return err
	}))
	return files
}

func TestScaleKeepsTheOverlayTrue(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	dir := s.overlayOf("prod", "nifi")
	read := func() string {
		text, err := os.ReadFile(filepath.Join(dir, "nificluster.yaml"))
		require.NoError(t, err)
		return string(text)
	}
	require.Contains(t, read(), "replicas: 3")
	before := filesOf(t, dir)
	got := s.operate("scale", "prod", "--replicas", "2", "--dir", dir, "--yes")
	assert.Equal(t, exitWell, got.code, got.stderr)
	assert.NotContains(t, got.stderr, "warning")
	assert.Contains(t, read(), "replicas: 2")
	var changed []string
	for name, text := range filesOf(t, dir) {
		if text != before[name] {
			changed = append(changed, name)
		}
	}
	assert.ElementsMatch(t, []string{"nificluster.yaml", "generated/statefulset.yaml", "generated/topology/15-topology.properties"}, changed, "no key among them")
	again := s.operate("init", "prod", "--dir", dir)
	require.Equal(t, exitWell, again.code, again.stderr)
	assert.Contains(t, read(), "replicas: 2", "rendered again it is the same")
}

func TestScaleWithAnotherOverlay(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for name, test := range map[string]struct{ dir, want string }{
		"another cluster":   {s.overlayOf("dev", "nifi"), `"dev"`},
		"another namespace": {s.overlayOf("prod", "test"), `is the overlay of a cluster in namespace "test", not "nifi"`},
		"no overlay":        {t.TempDir(), `holds no overlay of cluster "prod"`},
	} {
		got := s.operate("scale", "prod", "--replicas", "2", "--dir", test.dir, "--yes")
		assert.Equal(t, exitUsage, got.code, name)
		assert.Contains(t, got.stderr, test.want, name)
	}
	assert.Empty(t, s.changes)
}
