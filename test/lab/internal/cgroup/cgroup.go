// Package cgroup gives each node a cgroup of its own, so that its kubelet
// leaves the other's pods alone and `down` finds whatever a node has started.
package cgroup

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Root is the lab's cgroup, as kubelets name it.
const Root = "/kubectl-nifi-lab"

// Hierarchies are the mounted cgroup trees of a machine.
type Hierarchies struct {
	mounts  []string // all that a kubelet uses
	tracker string   // the one that holds processes of every container
	unified bool     // version 2
}

// ErrNone means that no usable cgroup hierarchy is mounted.
var ErrNone = errors.New("no cgroup hierarchy with a memory controller is mounted: run on Linux with cgroups, or in a container with --privileged --cgroupns=host")

// Find reads the mounted hierarchies.
func Find() (Hierarchies, error) {
	file, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return Hierarchies{}, fmt.Errorf("finding cgroups: %w", err)
	}
	defer file.Close()
	return parse(file)
}

// parse reads a mountinfo file, see proc_pid_mountinfo(5). A machine with
// version 1 controllers counts as version 1 even if it mounts version 2 too.
func parse(mountinfo io.Reader) (Hierarchies, error) {
	var v1 []string
	var v2, pids string
	memory := false
	lines := bufio.NewScanner(mountinfo)
	for lines.Scan() {
		left, right, found := strings.Cut(lines.Text(), " - ")
		fields, kind := strings.Fields(left), strings.Fields(right)
		if !found || len(fields) < 5 || len(kind) < 3 {
			continue
		}
		dir, options := fields[4], strings.Split(kind[2], ",")
		switch kind[0] {
		case "cgroup":
			v1 = append(v1, dir)
			memory = memory || slices.Contains(options, "memory")
			if slices.Contains(options, "pids") {
				pids = dir
			}
		case "cgroup2":
			v2 = dir
		}
	}
	switch {
	case memory && pids != "":
		if v2 != "" {
			v1 = append(v1, v2) // container runtimes make cgroups there too
		}
		return Hierarchies{mounts: v1, tracker: pids}, lines.Err()
	case v2 != "":
		return Hierarchies{mounts: []string{v2}, tracker: v2, unified: true}, lines.Err()
	}
	return Hierarchies{}, errors.Join(ErrNone, lines.Err())
}

// Create makes a cgroup in every hierarchy, and on version 2 hands the
// controllers down to it.
func (h Hierarchies) Create(group string) error {
	for _, mount := range h.mounts {
		if err := os.MkdirAll(filepath.Join(mount, group), 0o755); err != nil {
			return fmt.Errorf("creating cgroup %q: %w", group, err)
		}
	}
	if !h.unified {
		return nil
	}
	for _, ancestor := range ancestors(group) {
		h.delegate(ancestor)
	}
	return nil
}

// ancestors lists the groups above a group, the root first.
func ancestors(group string) []string {
	parent := filepath.Dir(group)
	if parent == group {
		return nil
	}
	return append(ancestors(parent), parent)
}

// delegate enables the controllers that kubelets need. One that can't be
// enabled is missed by the kubelet, which names it.
func (h Hierarchies) delegate(group string) {
	control := filepath.Join(h.tracker, group, "cgroup.subtree_control")
	for _, controller := range []string{"cpu", "cpuset", "memory", "pids", "io", "hugetlb"} {
		_ = os.WriteFile(control, []byte("+"+controller), 0o644)
	}
}

// Join moves a process into a cgroup that only tells what it started.
func (h Hierarchies) Join(group string, pid int) error {
	dir := filepath.Join(h.tracker, group)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("creating cgroup %q: %w", group, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o644); err != nil {
		return fmt.Errorf("moving process %d to cgroup %q: %w", pid, group, err)
	}
	return nil
}

// Processes lists the processes in a cgroup and below it.
func (h Hierarchies) Processes(group string) ([]int, error) {
	var pids []int
	err := filepath.WalkDir(filepath.Join(h.tracker, group), func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.Name() != "cgroup.procs" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENODEV) {
			return err
		}
		for _, field := range strings.Fields(string(data)) {
			if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
				pids = append(pids, pid)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing the processes of cgroup %q: %w", group, err)
	}
	return pids, nil
}
