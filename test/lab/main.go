// Command lab runs a real Kubernetes with real NiFi images on one machine, for
// the project's tests and demonstrations. See README.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/lab"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/progress"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	live := term.IsTerminal(int(os.Stderr.Fd()))
	reporter := progress.New(os.Stderr, live, time.Now)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	go reporter.Watch(ctx, ticker.C)
	root := command(func() (lab.Lab, error) { //nolint:contextcheck // it only looks at the file system
		workdir, err := os.Getwd()
		if err != nil {
			return lab.Lab{}, fmt.Errorf("finding the current folder: %w", err)
		}
		where, err := places.Find(os.Getenv, workdir)
		return lab.Lab{Places: where, Progress: reporter, Out: os.Stdout, Now: time.Now}, err
	})
	return root.ExecuteContext(ctx)
}
