// Command bench runs two commands in turn, A B A B …, and prints the median
// wall time of each and the median of their ratios, pair by pair: a ratio holds
// when the machine's speed drifts, a single time doesn't. Of one command alone
// it prints the median and the 95th percentile.
//
//	go run ./test/bench [-n 15] 'kubectl nifi status prod' ['kubectl get pods']
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	runs := flag.Int("n", 15, "counted runs of each command, after one warm-up")
	flag.Parse()
	if flag.NArg() < 1 || flag.NArg() > 2 || *runs < 1 || *runs > 200 {
		fmt.Fprintln(os.Stderr, "usage: bench [-n 1..200] 'COMMAND A' ['COMMAND B']")
		os.Exit(2)
	}
	if err := bench(ctx, flag.Args(), *runs); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, commands []string, runs int) error {
	if len(commands) == 1 {
		times, err := alone(ctx, commands[0], runs)
		if err == nil {
			fmt.Printf("%8s  p50\n%8s  p95 of %d  %s\n", percentile(times, 50).Round(time.Millisecond), percentile(times, 95).Round(time.Millisecond), runs, commands[0])
		}
		return err
	}
	a, b, err := pairs(ctx, commands[0], commands[1], runs)
	if err == nil {
		report(commands[0], commands[1], a, b)
	}
	return err
}

// alone is the wall times of one command.
func alone(ctx context.Context, command string, runs int) ([]time.Duration, error) {
	var times []time.Duration
	for i := range runs + 1 {
		one, err := wall(ctx, command)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			times = append(times, one)
		}
	}
	return times, nil
}

// pairs are the wall times of both commands, run by run.
func pairs(ctx context.Context, first, second string, runs int) (a, b []time.Duration, err error) {
	for i := range runs + 1 {
		timeA, errA := wall(ctx, first)
		timeB, errB := wall(ctx, second)
		if err := errors.Join(errA, errB); err != nil {
			return nil, nil, err
		}
		if i > 0 {
			a, b = append(a, timeA), append(b, timeB)
		}
	}
	return a, b, nil
}

// wall runs a command to its end; a command that fails has no time.
func wall(ctx context.Context, line string) (time.Duration, error) {
	words := strings.Fields(line)
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	start := time.Now()
	if out, err := command.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("running %q: %w: %s", line, err, out)
	}
	return time.Since(start), nil
}

func report(first, second string, a, b []time.Duration) {
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = float64(a[i]) / float64(b[i])
	}
	fmt.Printf("%8s  %s\n%8s  %s\n%8.2f  ratio (%d pairs, %.2f to %.2f)\n",
		median(a).Round(time.Millisecond), first, median(b).Round(time.Millisecond), second,
		median(ratios), len(ratios), slices.Min(ratios), slices.Max(ratios))
}

func median[T ~int64 | ~float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// percentile is the smallest time that so many in a hundred don't exceed
// (nearest rank).
func percentile(times []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[(len(sorted)*percent+99)/100-1]
}
