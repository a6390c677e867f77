package healer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

const shutdownTime = 5 * time.Second // for probes that are being answered

// Run answers health probes until ctx ends, which is a clean end and no error.
func (o *Options) Run(ctx context.Context, log *slog.Logger) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return fmt.Errorf("listening on %q for health probes: %w", o.Listen, err)
	}
	var ready atomic.Bool
	server := &http.Server{Handler: health(&ready), ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 16 << 10}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()

	ready.Store(true)
	log.Info("nifi-healer started; this version answers health probes only: it reads no cluster yet and takes no action",
		"namespace", o.Namespace, "listen", listener.Addr().String())
	o.listening(listener.Addr())

	select {
	case err := <-ended:
		return fmt.Errorf("answering health probes on %q: %w", o.Listen, err)
	case <-ctx.Done():
	}
	ready.Store(false)
	log.Info("nifi-healer ends", "reason", context.Cause(ctx).Error())
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return errors.Join(fmt.Errorf("ending the health endpoint: %w", err), server.Close())
	}
	return nil
}

// health answers /healthz while the process lives and /readyz while it works.
func health(ready *atomic.Bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !ready.Load() {
			http.Error(w, "ending", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ok")
	})
	return mux
}
