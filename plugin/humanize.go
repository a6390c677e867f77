package plugin

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"
)

// humanBytes is a size in binary units with up to one decimal: "512 B",
// "1.5 KiB".
func humanBytes(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/1024, 0
	for value >= 1023.95 && unit < 5 {
		value, unit = value/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGTPE"[unit])
}

// humanAge is how long ago then was, in kubectl's words; "-" if unknown.
func humanAge(now, then time.Time) string {
	if then.IsZero() {
		return "-"
	}
	return duration.HumanDuration(now.Sub(then))
}

// humanExpiry is how far off an end of validity is: "in 89d", "3d ago".
func humanExpiry(now, end time.Time) string {
	switch {
	case end.IsZero():
		return "-"
	case end.After(now):
		return "in " + duration.HumanDuration(end.Sub(now))
	default:
		return duration.HumanDuration(now.Sub(end)) + " ago"
	}
}
