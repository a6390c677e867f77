// Command nifi-healer runs beside NiFi clusters in Kubernetes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/kubectl-nifi/kubectl-nifi/healer"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: 0 for a clean end, 1 for a failure, 2 for wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	options, err := healer.Parse(args, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	for _, step := range []func() error{
		func() error { return err },
		options.Complete,
		options.Validate,
		func() error { return options.Run(ctx, slog.New(slog.NewJSONHandler(stderr, nil))) },
	} {
		if err := step(); err != nil {
			_, _ = fmt.Fprintln(stderr, "nifi-healer:", err)
			if errors.Is(err, healer.ErrUsage) {
				return 2
			}
			return 1
		}
	}
	return 0
}
