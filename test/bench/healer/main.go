// Command healer measures nifi-healer beside a Python operator that does as
// little: both watch the same clusters of one fake world, at the same time, and
// their memory and CPU time are read from /proc.
//
// It runs as root on Linux: each measurement has a mount namespace of its own,
// in which names of nodes resolve to loopback addresses and a ServiceAccount is
// mounted, so that both programs run as they do in a pod.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// errMachine says that this machine can't run the measurement.
var errMachine = errors.New("bench-healer needs Linux and root, for a mount namespace of its own with another /etc/hosts; nothing was measured")

func main() {
	runtime.LockOSThread() // children end with the thread that has started them
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run is the whole measurement, or one part of it in a process of its own.
func run(ctx context.Context, args []string) error {
	var o options
	flags := flag.NewFlagSet("healer", flag.ContinueOnError)
	flags.StringVar(&o.part, "part", "", "`part` to be, world or round; set by the program itself")
	flags.StringVar(&o.dir, "dir", "", "`folder` for files of the run")
	flags.StringVar(&o.healer, "healer", "bin/nifi-healer", "`program` to measure")
	flags.StringVar(&o.python, "python", "", "`program` that runs the peer; none: the healer is measured alone")
	flags.StringVar(&o.operator, "operator", "test/bench/healer/operator.py", "`file` of the peer")
	flags.IntVar(&o.clusters, "clusters", 50, "clusters")
	flags.IntVar(&o.more, "more", 500, "clusters of a second round, of the healer alone; 0: there is none")
	flags.IntVar(&o.nodes, "nodes", 5, "nodes of each")
	flags.DurationVar(&o.settle, "settle", 30*time.Second, "`time` before the window")
	flags.DurationVar(&o.window, "window", 5*time.Minute, "`time` in which CPU time is counted: the healer looks deeply at each cluster once in it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case runtime.GOOS != "linux" || os.Geteuid() != 0:
		return errMachine
	case o.clusters < 1 || max(o.clusters, o.more) > 1000 || o.nodes < 1 || o.nodes > 20 || o.window > time.Hour:
		return errors.New("at most 1000 clusters of 20 nodes, and an hour")
	case o.part == "world":
		return runWorld(ctx, o)
	case o.part == "round":
		return runRound(ctx, o)
	}
	return isolated(ctx, o, args)
}

// options are a measurement's.
type options struct {
	part, dir                string
	healer, python, operator string
	clusters, more, nodes    int
	settle, window           time.Duration
}
