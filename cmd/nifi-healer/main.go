// Command nifi-healer runs beside NiFi clusters in Kubernetes and mends them.
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

	"k8s.io/klog/v2"

	"github.com/kubectl-nifi/kubectl-nifi/healer"
	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
)

func main() {
	klog.SetSlogLogger(slog.New(slog.NewJSONHandler(os.Stderr, nil))) // client-go's own words
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: 0 for a clean end, 1 for a failure, 2 for wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 1 && args[0] == "explain" {
		_, _ = io.WriteString(stdout, policy.Explain())
		return 0
	}
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
