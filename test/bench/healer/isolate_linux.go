package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// isolated does each round in a process with a mount namespace of its own, and
// prints what they have found.
func isolated(ctx context.Context, o options, args []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var all []figures
	for i, clusters := range []int{o.clusters, o.more} {
		if clusters == 0 {
			continue
		}
		dir, err := os.MkdirTemp("", "bench-healer-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }() // nothing in it is worth an error
		own := append(append([]string{}, args...), "-part", "round", "-dir", dir, "-clusters", strconv.Itoa(clusters))
		if i > 0 {
			own = append(own, "-python", "")
		}
		round := child(ctx, filepath.Join(dir, "round.log"), self, own...)
		round.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS
		round.Stdout, round.Stderr = nil, os.Stderr
		out, err := round.Output()
		if err != nil {
			return errors.Join(fmt.Errorf("measuring %d clusters: %w", clusters, err), report(os.Stdout, all, o))
		}
		var found []figures
		if err := json.Unmarshal(out, &found); err != nil {
			return fmt.Errorf("measuring %d clusters: %w: %s", clusters, err, out)
		}
		all = append(all, found...)
	}
	return report(os.Stdout, all, o)
}

// child is a process that ends with this one, and is asked to before it is
// killed.
func child(ctx context.Context, log, name string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, name, args...)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 10 * time.Second
	if file, err := os.Create(log); err == nil {
		command.Stdout, command.Stderr = file, file
	}
	return command
}

// pretend makes this process's mount namespace that of a pod: names of nodes
// resolve to the world's addresses, and there is a ServiceAccount. Files of this
// machine are covered, none is written.
func pretend(dir string) error {
	if own, errOwn := os.Readlink("/proc/self/ns/mnt"); errOwn == nil {
		if first, errFirst := os.Readlink("/proc/1/ns/mnt"); errFirst == nil && own == first {
			return fmt.Errorf("%w: this process has no mount namespace of its own", errMachine)
		}
	}
	if err := syscall.Mount(filepath.Join(dir, fileHosts), "/etc/hosts", "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("%w: mounting /etc/hosts: %w", errMachine, err)
	}
	if err := syscall.Mount("bench", "/var/run", "tmpfs", 0, "mode=0755,size=1m"); err != nil {
		return fmt.Errorf("%w: mounting /var/run: %w", errMachine, err)
	}
	if err := os.MkdirAll(filepath.Dir(dirMounted), 0o755); err != nil {
		return err
	}
	return os.Symlink(filepath.Join(dir, dirAccount), dirMounted)
}
