package kube

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// What cAdvisor calls the counters of CFS bandwidth control
// (https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md).
const (
	metricPeriods   = "container_cpu_cfs_periods_total"
	metricThrottled = "container_cpu_cfs_throttled_periods_total"
)

// CPU reads the counters of all cgroups that have a CPU limit from the metrics
// that each kubelet serves. It needs the right to get nodes/proxy.
func (c Cluster) CPU(ctx context.Context, host string) ([]view.Group, error) {
	stream, err := c.client.api.core.Get().Resource("nodes").Name(host).SubResource("proxy").Suffix("metrics/cadvisor").Stream(ctx)
	if err != nil {
		return nil, describe("reading", fmt.Sprintf("the metrics of Kubernetes node %q", host), err)
	}
	defer func() { _ = stream.Close() }() // the rest of it is not wanted
	groups, err := groupsOf(stream)
	if err != nil {
		return nil, describe("reading", fmt.Sprintf("the metrics of Kubernetes node %q", host), err)
	}
	return groups, nil
}

// groupsOf reads the Prometheus text format as far as the counters go: metrics
// come in the order of their names, and a busy node has megabytes of them.
func groupsOf(metrics io.Reader) ([]view.Group, error) {
	var groups []view.Group
	at := map[string]int{} // by path
	lines := bufio.NewScanner(metrics)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, rest, labelled := strings.Cut(lines.Text(), "{")
		if strings.HasPrefix(name, "#") || !labelled {
			continue
		}
		if name > metricThrottled {
			break
		}
		path, value, ok := sample(rest)
		if !ok || name != metricPeriods && name != metricThrottled {
			continue
		}
		i, known := at[path]
		if !known {
			i = len(groups)
			at[path], groups = i, append(groups, view.Group{Path: path})
		}
		if name == metricPeriods {
			groups[i].Periods = value
		} else {
			groups[i].Throttled = value
		}
	}
	return groups, lines.Err()
}

// sample is the label id and the value of `…,id="/path",…} 12 1795388105375`.
func sample(text string) (path string, value int64, ok bool) {
	_, path, _ = strings.Cut(text, `id="`)
	path, _, _ = strings.Cut(path, `"`)
	_, number, _ := strings.Cut(text, "} ")
	number, _, _ = strings.Cut(number, " ")
	count, err := strconv.ParseFloat(number, 64) // large ones have an exponent
	return path, int64(count), path != "" && err == nil
}
