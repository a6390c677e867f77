package cgroup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// limit is how long killed processes and their cgroups get to vanish.
const limit = 10 * time.Second

// Kill ends all processes in a cgroup and below it. Processes that a cgroup
// lists can't be mistaken for others.
func (h Hierarchies) Kill(ctx context.Context, group string) error {
	return retry(ctx, func() error {
		pids, err := h.Processes(group)
		if err != nil {
			return err
		}
		for _, pid := range pids {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("killing process %d: %w", pid, err)
			}
		}
		if len(pids) > 0 {
			return fmt.Errorf("cgroup %q still has processes %v", group, pids)
		}
		return nil
	})
}

// Remove removes a cgroup and those below it from every hierarchy.
func (h Hierarchies) Remove(ctx context.Context, group string) error {
	return retry(ctx, func() error {
		for _, mount := range h.mounts {
			if err := removeTree(filepath.Join(mount, group)); err != nil {
				return fmt.Errorf("removing cgroup %q: %w", group, err)
			}
		}
		return nil
	})
}

// removeTree removes folders only: a cgroup's files go with it.
func removeTree(root string) error {
	var dirs []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && entry.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, dir := range slices.Backward(dirs) {
		if err := syscall.Rmdir(dir); err != nil && !errors.Is(err, syscall.ENOENT) {
			return &os.PathError{Op: "rmdir", Path: dir, Err: err}
		}
	}
	return nil
}

// retry calls do until it succeeds, at most for limit.
func retry(ctx context.Context, do func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := do()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-ticker.C:
		}
	}
}
