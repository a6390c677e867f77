package healer

import (
	"context"
	"log/slog"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
)

// Log is a Recorder that writes a line for each decision. One incident's lines
// carry its id, from its detection to its end.
type Log struct{ Logger *slog.Logger }

// Record implements Recorder.
func (l Log) Record(ctx context.Context, d policy.Decision) {
	level := slog.LevelInfo
	if severity(d) == corev1.EventTypeWarning {
		level = slog.LevelWarn
	}
	fields := []slog.Attr{
		slog.String("namespace", d.Cluster.Namespace), slog.String("cluster", d.Cluster.Cluster),
		slog.String("stage", string(d.Stage)), slog.String("deed", string(d.Deed)),
	}
	for _, one := range []struct{ key, value string }{
		{"incident", d.Incident}, {"pod", d.Pod}, {"finding", string(d.Finding)}, {"error", d.Error},
	} {
		if one.value != "" {
			fields = append(fields, slog.String(one.key, one.value))
		}
	}
	if d.Attempt > 0 {
		fields = append(fields, slog.Int("attempt", d.Attempt))
	}
	l.Logger.LogAttrs(ctx, level, d.Reason, fields...)
}
