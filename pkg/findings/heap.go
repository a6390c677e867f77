package findings

import (
	"fmt"
	"strconv"
	"strings"
)

// heapShare is the most of the memory limit that the heap may take, in percent:
// metaspace, threads and direct buffers need the rest.
const heapShare = 75

const mebibyte = 1 << 20

// heaps judges each distinct pair of heap and limit once, since all pods have
// the same as a rule.
func heaps(f facts) []Finding {
	var all []Finding
	done := map[string]bool{}
	for _, p := range f.Pods {
		heap := heapBytes(p.Heap)
		key := fmt.Sprint(p.Heap, p.MemoryLimit)
		if heap == 0 || p.MemoryLimit == 0 || done[key] || heap*100 <= p.MemoryLimit*heapShare {
			continue
		}
		done[key] = true
		id := HeapTight
		if heap >= p.MemoryLimit {
			id = HeapOverLimit
		}
		all = append(all, find(id, "",
			fmt.Sprintf("set spec.config.jvmHeapSize to at most %dm, or raise spec.resources.limits.memory, then run kubectl nifi init and kubectl apply -k again", p.MemoryLimit*heapShare/100/mebibyte),
			fmt.Sprintf("%s: -Xmx%s is %d%% of the memory limit of %d MiB; at most %d%% leaves room for the JVM's other memory",
				p.Name, p.Heap, heap*100/p.MemoryLimit, p.MemoryLimit/mebibyte, heapShare)))
	}
	return all
}

// heapBytes reads a size as -Xmx takes it; 0 if it can't be read.
func heapBytes(text string) int64 {
	if text == "" {
		return 0
	}
	shift, unit := map[string]uint{"k": 10, "m": 20, "g": 30}[strings.ToLower(text[len(text)-1:])]
	number := text
	if unit {
		number = text[:len(text)-1]
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0
	}
	return n << shift
}
