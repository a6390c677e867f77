// Package process starts programs that outlive the lab's command and ends them
// by the identity it recorded, never by name.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Record identifies one process of the machine for as long as the machine
// runs: a recycled PID has another start time, and another boot another id.
type Record struct {
	Name       string `json:"name"`
	PID        int    `json:"pid"`
	StartTicks uint64 `json:"startTicks"` // since boot, field 22 of /proc/PID/stat
	BootID     string `json:"bootID"`
}

// ErrMalformedStat means that a /proc/PID/stat file isn't as proc(5) says.
var ErrMalformedStat = errors.New("malformed stat file")

// zombie is the state of a process that has ended but wasn't waited for.
const zombie = 'Z'

// identify reads the identity of a live process.
func identify(name string, pid int) (Record, error) {
	data, err := os.ReadFile(statPath(pid))
	if err != nil {
		return Record{}, fmt.Errorf("identifying process %d (%s): %w", pid, name, err)
	}
	_, ticks, err := parseStat(data)
	if err != nil {
		return Record{}, fmt.Errorf("identifying process %d (%s): %w", pid, name, err)
	}
	boot, err := bootID()
	if err != nil {
		return Record{}, err
	}
	return Record{Name: name, PID: pid, StartTicks: ticks, BootID: boot}, nil
}

// Alive tells whether the recorded process, and no other with its PID, runs.
func (r Record) Alive() bool {
	boot, err := bootID()
	if err != nil {
		return false
	}
	data, err := os.ReadFile(statPath(r.PID))
	return err == nil && r.matches(boot, data)
}

func (r Record) matches(boot string, stat []byte) bool {
	state, ticks, err := parseStat(stat)
	return err == nil && boot == r.BootID && ticks == r.StartTicks && state != zombie
}

// Stop asks the process to end, kills it after grace, and returns when it is
// gone. A process that is no longer the recorded one is left alone.
func (r Record) Stop(ctx context.Context, grace time.Duration) error {
	if !r.Alive() {
		return nil
	}
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGTERM, grace}, {syscall.SIGKILL, 5 * time.Second}} {
		if err := syscall.Kill(r.PID, step.signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("ending %s (process %d): %w", r.Name, r.PID, err)
		}
		if r.gone(ctx, step.wait) {
			return nil
		}
	}
	return fmt.Errorf("ending %s: process %d outlived SIGKILL; see /proc/%d/stack", r.Name, r.PID, r.PID)
}

// gone waits until the process has ended, at most for the given time.
func (r Record) gone(ctx context.Context, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for r.Alive() {
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
	}
	return true
}

// parseStat reads state and start time out of a /proc/PID/stat file, see
// proc_pid_stat(5). The program's name in it may hold blanks and brackets.
func parseStat(data []byte) (state byte, startTicks uint64, err error) {
	end := bytes.LastIndexByte(data, ')')
	if end < 0 {
		return 0, 0, ErrMalformedStat
	}
	fields := strings.Fields(string(data[end+1:]))
	const stateField, startField = 0, 22 - 3 // the third field is the first after the name
	if len(fields) <= startField {
		return 0, 0, ErrMalformedStat
	}
	startTicks, err = strconv.ParseUint(fields[startField], 10, 64)
	if err != nil {
		return 0, 0, fmt.Errorf("%w: start time %q", ErrMalformedStat, fields[startField])
	}
	return fields[stateField][0], startTicks, nil
}

func statPath(pid int) string {
	return filepath.Join("/proc", strconv.Itoa(pid), "stat")
}

func bootID() (string, error) {
	data, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("reading the boot id: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}
