package healer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// errEnd ends the parts of a healer together.
var errEnd = errors.New("the healer ends")

// Run watches clusters and answers probes until ctx ends, which is a clean end
// and no error.
func (o *Options) Run(ctx context.Context, log *slog.Logger) error {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return fmt.Errorf("listening on %q for health probes: %w", o.Listen, err)
	}
	config, err := o.config()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if !o.Profile {
		runtime.MemProfileRate = 0 // it takes 1.6 MB
	}
	parts, ctx := errgroup.WithContext(klog.NewContext(ctx, logr.FromSlogHandler(log.Handler()))) // for what client-go complains of
	h, metrics, err := o.healer(ctx, config, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	var standby, ending atomic.Bool
	ready := func() bool { return !ending.Load() && (standby.Load() || h.Ready()) }
	parts.Go(func() error { return serve(ctx, listener, o.routes(ready, metrics)) })
	parts.Go(func() error {
		defer ending.Store(true)
		if !o.LeaderElect {
			h.Run(ctx)
			return errEnd
		}
		standby.Store(true)
		return lead(ctx, h.Kubernetes.Lock(o.own, Holder), h.Clock, log, func(ctx context.Context) {
			standby.Store(false)
			h.Run(ctx)
		})
	})
	log.Info("nifi-healer started", "namespaces", h.Namespaces, "listen", listener.Addr().String(), "interval", o.Interval.String())
	o.listening(listener.Addr())
	err = parts.Wait()
	log.Info("nifi-healer ends")
	if errors.Is(err, errEnd) {
		return nil
	}
	return err
}

// config is the way to the API server: the pod's own, or a kubeconfig's.
func (o *Options) config() (*rest.Config, error) {
	config, err := rest.InClusterConfig()
	if o.Kubeconfig != "" {
		config, err = clientcmd.BuildConfigFromFlags("", o.Kubeconfig)
	}
	if err != nil {
		return nil, fmt.Errorf("finding the way to the API server: %w", err)
	}
	config = kube.Quick(config, "nifi-healer")
	config.ContentType, config.AcceptContentTypes = "application/vnd.kubernetes.protobuf", "application/vnd.kubernetes.protobuf,application/json"
	return config, nil
}

// healer puts the parts together.
func (o *Options) healer(ctx context.Context, config *rest.Config, log *slog.Logger) (*Healer, http.Handler, error) {
	client, err := kube.NewClient(config)
	if err != nil {
		return nil, nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	metrics, err := NewMetrics(registry)
	if err != nil {
		return nil, nil, err
	}
	return &Healer{
		Kubernetes: client, Namespaces: o.namespaces(), Dial: o.dial(config),
		Clock: operation.Clock{Now: time.Now, Every: every}, Interval: o.Interval, Timeout: lookTimeout,
		Limits: policy.DefaultLimits(), Random: rand.Float64, Log: log,
		Tell: telling{log: Log{log}, metrics: metrics, events: NewEvents(Broadcast(ctx, client.EventSink(ctx)))},
	}, promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), nil
}

// every is a ticker of the wall clock.
func every(d time.Duration) (<-chan time.Time, func()) {
	ticker := time.NewTicker(d)
	return ticker.C, ticker.Stop
}

// dial is the way to nodes: straight, or by port-forward from outside.
func (o *Options) dial(config *rest.Config) func(namespace string) view.Dial {
	if o.Kubeconfig == "" {
		dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
		return func(string) view.Dial { return dialer.DialContext }
	}
	return func(namespace string) view.Dial {
		pods, err := kube.NewPodDialer(config, namespace)
		if err != nil {
			return func(context.Context, string, string) (net.Conn, error) { return nil, err }
		}
		return pods.DialContext
	}
}
