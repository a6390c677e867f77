package topology

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

const mebibyte = 1 << 20

// parseHeap reads a JVM heap size as -Xmx takes it ("1536m", "2g") and returns bytes.
func parseHeap(text string) (int64, error) {
	match := regexp.MustCompile(`^([1-9]\d{0,11})([kKmMgG])$`).FindStringSubmatch(text)
	if match == nil {
		return 0, fmt.Errorf("%q is no JVM heap size: write it as the JVM does, %q or %q", text, "1536m", "2g")
	}
	count, err := strconv.ParseInt(match[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("parsing heap size %q: %w", text, err)
	}
	shift := map[string]uint{"k": 10, "m": 20, "g": 30}[strings.ToLower(match[2])]
	return count << shift, nil
}

// heapFor checks a wanted heap against the container's memory limit, or takes
// half of the limit when none is wanted: the rest is for metaspace, threads,
// direct buffers and the page cache that the repositories live on.
func heapFor(wanted string, limit int64) (string, error) {
	if wanted == "" {
		return fmt.Sprintf("%dm", max(limit/2/mebibyte, 1)), nil
	}
	heap, err := parseHeap(wanted)
	if err != nil {
		return "", err
	}
	if heap > limit/4*3 {
		return "", fmt.Errorf("%s is %d%% of the memory limit %dMi: at most 75%% (%dm) leaves room for what the JVM needs besides the heap",
			wanted, heap*100/limit, limit/mebibyte, limit/4*3/mebibyte)
	}
	return wanted, nil
}
