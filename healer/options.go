// Package healer is the program that watches NiFi clusters from beside them and
// mends what it can: it takes a snapshot of each cluster every few seconds,
// lets package policy judge it, and does at most one thing at a time.
package healer

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
)

// ErrUsage is a flag or value that can't be meant; the message says which.
var ErrUsage = errors.New("wrong usage")

// The namespace of the pod, as the kubelet mounts it for a ServiceAccount.
const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

const (
	defaultInterval = 10 * time.Second
	minInterval     = 2 * time.Second
	lookTimeout     = 8 * time.Second // a node that hangs makes a look take so long
)

// Options are what the healer is started with.
type Options struct {
	Listen        string // address of the health endpoint, ":8081"
	Namespace     string // where the clusters are, separated by commas; the pod's own if empty
	AllNamespaces bool
	LeaderElect   bool
	Interval      time.Duration // between two looks at a cluster
	Kubeconfig    string        // a file, to work from outside of Kubernetes
	Profile       bool          // serve /debug/pprof/

	own           string // namespace of the healer's own Lease
	namespaceFile string
	listening     func(net.Addr) // called once requests are answered
}

// Parse reads the arguments without the program's name. Help goes to usage and
// is flag.ErrHelp; every other error is ErrUsage.
func Parse(args []string, usage io.Writer) (Options, error) {
	o := Options{namespaceFile: namespaceFile, listening: func(net.Addr) {}}
	flags := flag.NewFlagSet("nifi-healer", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.Listen, "listen", ":8081", "`address` of /healthz, /readyz and /metrics")
	flags.StringVar(&o.Namespace, "namespace", "", "`namespaces` of the clusters, separated by commas (default: the pod's own)")
	flags.BoolVar(&o.AllNamespaces, "all-namespaces", false, "watch the clusters of every namespace")
	flags.BoolVar(&o.LeaderElect, "leader-elect", false, "of several replicas, let the one that holds the Lease nifi-healer work")
	flags.DurationVar(&o.Interval, "interval", defaultInterval, "`time` between two looks at a cluster")
	flags.StringVar(&o.Kubeconfig, "kubeconfig", "", "`file` to reach Kubernetes with from outside; nodes are then reached by port-forward")
	flags.BoolVar(&o.Profile, "pprof", false, "serve /debug/pprof/ beside the health endpoint")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(usage)
		flags.Usage()
		_, _ = fmt.Fprintln(usage, "nifi-healer explain prints what it does about which finding.")
		return o, err
	case err != nil:
		return o, fmt.Errorf("%w: %w", ErrUsage, err)
	case flags.NArg() > 0:
		return o, fmt.Errorf("%w: unknown argument %q", ErrUsage, flags.Arg(0))
	}
	return o, nil
}

// Complete fills in what was left to the pod.
func (o *Options) Complete() error {
	raw, err := os.ReadFile(o.namespaceFile)
	if o.own = strings.TrimSpace(string(raw)); o.own == "" {
		o.own, _, _ = strings.Cut(o.Namespace, ",")
	}
	switch {
	case o.Namespace == "" && err == nil:
		o.Namespace = o.own
	case o.own == "":
		return fmt.Errorf("%w: set --namespace, since this isn't a pod with a ServiceAccount: %w", ErrUsage, err)
	}
	return nil
}

// Validate refuses what can't be meant.
func (o *Options) Validate() error {
	for name := range strings.SplitSeq(o.Namespace, ",") {
		if why := validation.IsDNS1123Label(name); len(why) > 0 {
			return fmt.Errorf("%w: --namespace %q: %s", ErrUsage, name, why[0])
		}
	}
	if _, _, err := net.SplitHostPort(o.Listen); err != nil {
		return fmt.Errorf("%w: --listen %q: want host:port or :port", ErrUsage, o.Listen)
	}
	if o.Interval < minInterval {
		return fmt.Errorf("%w: --interval %s: at least %s", ErrUsage, o.Interval, minInterval)
	}
	return nil
}

// namespaces are those that are watched; "" is all.
func (o *Options) namespaces() []string {
	if o.AllNamespaces {
		return []string{""}
	}
	return strings.Split(o.Namespace, ",")
}
