package plugin

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkCommands times whole commands against a Kubernetes and a NiFi in
// this process, TLS and port-forwards and all, which share its processors with
// the command: how time grows with nodes, without a network. Beside the mean it
// reports the median and the 95th percentile.
func BenchmarkCommands(b *testing.B) {
	for _, nodes := range []int{3, 20} {
		for _, command := range []string{"status", "diagnose"} {
			b.Run(fmt.Sprintf("%s/nodes=%d", command, nodes), func(b *testing.B) {
				w := newWorldOf(b, nodes)
				w.setDetail()
				config := w.api.Kubeconfig(b, "nifi")
				var times []time.Duration
				for b.Loop() {
					start := time.Now()
					got := runWith(b, w.now, command, "prod", "--kubeconfig", config)
					times = append(times, time.Since(start))
					require.Equal(b, exitWell, got.code, got.stdout+got.stderr)
				}
				slices.Sort(times)
				b.ReportMetric(milliseconds(times[len(times)/2]), "p50-ms")
				b.ReportMetric(milliseconds(times[(len(times)*95+99)/100-1]), "p95-ms")
			})
		}
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
