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
	"time"
)

// patience is how long anything may take to begin.
const patience = 2 * time.Minute

// runRound measures the healer, and the peer beside it, in a world of their own.
func runRound(ctx context.Context, o options) error {
	ctx, end := context.WithTimeout(ctx, o.settle+o.window+2*patience)
	defer end()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	world := child(ctx, filepath.Join(o.dir, "world.log"), self, "-part", "world", "-dir", o.dir,
		"-clusters", strconv.Itoa(o.clusters), "-nodes", strconv.Itoa(o.nodes))
	if err := started(ctx, world, func() bool { return exists(filepath.Join(o.dir, fileReady)) }); err != nil {
		return fmt.Errorf("starting the world: %w", err)
	}
	defer stop(world)
	if err := pretend(o.dir); err != nil {
		return err
	}
	counts, err := counting(o.dir)
	if err != nil {
		return err
	}
	measured := []*subject{{name: "nifi-healer", agent: "kubectl-nifi", ready: ready, world: counts, command: child(ctx, filepath.Join(o.dir, "healer.log"), o.healer,
		"--all-namespaces", "--listen="+probeAt)}}
	if o.python != "" {
		measured = append(measured, &subject{name: "kopf", agent: "Python", ready: func() bool { return true }, world: counts, command: child(ctx, filepath.Join(o.dir, "kopf.log"), o.python,
			"-m", "kopf", "run", "--all-namespaces", "--standalone", "--log-format=plain", o.operator)})
	}
	for _, s := range measured {
		s.command.Env = append(os.Environ(), "KUBERNETES_SERVICE_HOST="+apiName, "KUBERNETES_SERVICE_PORT="+strconv.Itoa(apiPort), "BENCH_DIR="+o.dir, "GOGC=50", "GOMEMLIMIT=112MiB") // as in the Deployment for all namespaces
		if err := started(ctx, s.command, func() bool { return s.asked() >= o.clusters && s.ready() }); err != nil {
			return fmt.Errorf("starting %s: %w", s.name, err)
		}
		defer stop(s.command)
	}
	found, err := measure(ctx, o, measured)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(found)
}

// started starts a process and waits until it is at work.
func started(ctx context.Context, command *exec.Cmd, atWork func() bool) error {
	if err := command.Start(); err != nil {
		return err
	}
	ticks := time.NewTicker(100 * time.Millisecond)
	defer ticks.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if atWork() {
			return nil
		}
		if _, err := processor(command.Process.Pid); err != nil {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticks.C:
		}
	}
	stop(command)
	return errors.New("it isn't at work; its log: " + tail(command))
}

// tail is the end of what a process wrote.
func tail(command *exec.Cmd) string {
	file, ok := command.Stdout.(*os.File)
	if !ok {
		return ""
	}
	raw, _ := os.ReadFile(file.Name()) // what isn't there can't be shown
	return string(raw[max(0, len(raw)-2000):])
}

// stop ends a process that this one has started, and waits for its end.
func stop(command *exec.Cmd) {
	_ = command.Cancel() // it may have ended
	_ = command.Wait()
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// measure lets everything settle, then counts for a while.
func measure(ctx context.Context, o options, measured []*subject) ([]figures, error) {
	if err := idle(ctx, o.settle); err != nil {
		return nil, err
	}
	for _, s := range measured {
		if err := s.begin(); err != nil {
			return nil, err
		}
	}
	if err := idle(ctx, o.window); err != nil {
		return nil, err
	}
	var all []figures
	for _, s := range measured {
		f, err := s.end(o)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// ready tells that the healer has tried to look at every cluster.
func ready() bool { return get("http://"+probeAt+"/readyz") == nil }

// idle waits, and meanwhile asks the healer what a kubelet and a Prometheus ask.
func idle(ctx context.Context, d time.Duration) error {
	ctx, end := context.WithTimeout(ctx, d)
	defer end()
	ticks := time.NewTicker(10 * time.Second)
	defer ticks.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil
			}
			return ctx.Err()
		case <-ticks.C:
		}
		if err := get("http://" + probeAt + "/readyz"); err != nil {
			return err
		}
		if i%6 == 5 {
			if err := get("http://" + probeAt + "/metrics"); err != nil {
				return err
			}
		}
	}
}
