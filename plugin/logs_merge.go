package plugin

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/logs"
)

// merge shows all logs as one, by time. It holds one entry of each in memory:
// what isn't read waits at the API server.
func (o *logsOptions) merge(ctx context.Context, targets []logTarget, printer *logPrinter) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	streams, failures := o.open(ctx, targets)
	var sources []logs.Source
	var names []logTarget
	failed := 0
	fail := func(err error) {
		failed++
		fmt.Fprintf(o.env.ErrOut, "warning: %v\n", err)
	}
	for i, target := range targets {
		if failures[i] != nil {
			fail(failures[i])
			continue
		}
		defer streams[i].Close()
		sources, names = append(sources, logs.NewSieved(streams[i], o.filter)), append(names, target)
	}
	err := logs.Merge(sources,
		func(source int, entry logs.Entry) error { return printer.print(names[source], entry) },
		func(source int, err error) { fail(fmt.Errorf("%s: %w", names[source].name(true), err)) },
	)
	if err != nil {
		return fmt.Errorf("printing the logs: %w", err)
	}
	if failed > 0 {
		return errFindings
	}
	return nil
}

// open opens all logs at once.
func (o *logsOptions) open(ctx context.Context, targets []logTarget) ([]io.ReadCloser, []error) {
	streams, failures := make([]io.ReadCloser, len(targets)), make([]error, len(targets))
	var wait sync.WaitGroup
	for i, target := range targets {
		wait.Go(func() {
			streams[i], failures[i] = o.cluster.StreamLog(ctx, target.pod, target.container, o.options())
		})
	}
	wait.Wait()
	return streams, failures
}
