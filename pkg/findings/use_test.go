package findings_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// TestVolumes: a finding for each volume, whatever is on it.
func TestVolumes(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	own := func(repository string) change {
		return func(c *view.Cluster) {
			c.StatefulSet.Volumes = append(c.StatefulSet.Volumes, repository)
			c.Detail.Claims = append(c.Detail.Claims, view.Claim{Name: repository + "-prod-1", Pod: "prod-1", Phase: "Bound", Class: "fast", Size: "10Gi"})
		}
	}
	grows := func(c *view.Cluster) { c.Detail.Classes[0].Expandable = true }
	const all, rest = "content, provenance, flowfile", "provenance, flowfile"
	tests := map[string]struct {
		changes []change
		want    []string // the evidence
		remedy  string   // part of the first
	}{
		"one volume": {[]change{filled(1, 85, 100)},
			[]string{"claim state-prod-1: 8.5 GiB of 10.0 GiB used (85 %), 1.5 GiB free, with the repositories " + all}, "the StorageClass lets no claim grow"},
		"growing": {[]change{filled(1, 85, 100), grows},
			[]string{"claim state-prod-1: 8.5 GiB of 10.0 GiB used (85 %), 1.5 GiB free, with the repositories " + all},
			`kubectl -n nifi patch pvc state-prod-1 -p '{"spec":{"resources":{"requests":{"storage":"20Gi"}}}}'`},
		"its own": {[]change{filled(1, 85, 100), own("content"), grows},
			[]string{
				"claim content-prod-1: 8.5 GiB of 10.0 GiB used (85 %), 1.5 GiB free, with the repositories content",
				"claim state-prod-1: 8.5 GiB of 10.0 GiB used (85 %), 1.5 GiB free, with the repositories " + rest,
			}, "patch pvc content-prod-1"},
		"put elsewhere": {[]change{filled(1, 85, 100), func(c *view.Cluster) { c.Detail.Usages[0].Total, c.Detail.Usages[0].Free = 200*gibibyte, 100*gibibyte }},
			[]string{"claim state-prod-1: 8.5 GiB of 10.0 GiB used (85 %), 1.5 GiB free, with the repositories " + rest}, ""},
		"filled on meanwhile": {[]change{filled(1, 79, 100), func(c *view.Cluster) { c.Detail.Usages[2].Used, c.Detail.Usages[2].Free = 9*gibibyte, gibibyte }},
			[]string{"claim state-prod-1: 9.0 GiB of 10.0 GiB used (90 %), 1.0 GiB free, with the repositories " + all}, ""},
		"put on a small one": {[]change{filled(1, 9, 10)},
			[]string{"volume: 921 MiB of 1.0 GiB used (90 %), 102 MiB free, with the repositories " + all}, ""},
		"claims unknown": {[]change{filled(1, 85, 100), func(c *view.Cluster) { c.Detail.Claims = nil }},
			[]string{"volume: 8.5 GiB of 10.0 GiB used (85 %), 1.5 GiB free, with the repositories " + all}, "spec.overrides"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			found := findings.Judge(p.well(test.changes...))
			for _, f := range found {
				assert.Equal(t, findings.VolumeFilling, f.ID)
				assert.Equal(t, "prod-1", f.Subject)
				got = append(got, f.Evidence...)
			}
			require.Equal(t, test.want, got)
			assert.Contains(t, found[0].Remedy, test.remedy)
		})
	}
}

func TestFullDiskExplainsItsVolume(t *testing.T) {
	t.Parallel()
	all := findings.Judge(newPKI(t).well(append(slices.Clone(stagedStorage()[findings.DiskFull].changes), filled(1, 99, 100))...))
	i := slices.IndexFunc(all, func(f findings.Finding) bool { return f.ID == findings.VolumeNearlyFull })
	require.GreaterOrEqual(t, i, 0)
	assert.Equal(t, findings.DiskFull, all[i].HiddenBy)
}

// TestThrottlingOfALostNode: what was counted is told beside the heartbeats
// that are missing, a start's share included, and hides nothing.
func TestThrottlingOfALostNode(t *testing.T) {
	t.Parallel()
	all := findings.Judge(newPKI(t).well(status(1, "DISCONNECTED", lost), throttled(1, 5000, 2000), throttled(2, 5000, 2000)))
	require.Len(t, all, 1)
	assert.Equal(t, findings.HeartbeatsLost, all[0].ID)
	assert.Contains(t, all[0].Evidence, "its CPU limit made NiFi wait in 2000 of the 5000 periods in which it wanted to run (40 %), counted since its start 60m ago")
}
