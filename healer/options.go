// Package healer is the program that is to watch NiFi clusters from beside them.
//
// In this version it takes no action and asks no cluster anything: it says so in
// its log and answers health probes.
package healer

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// ErrUsage is a flag or value that can't be meant; the message says which.
var ErrUsage = errors.New("wrong usage")

// The namespace of the pod, as the kubelet mounts it for a ServiceAccount.
const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// Options are what the healer is started with.
type Options struct {
	Listen    string // address of the health endpoint, ":8081"
	Namespace string // where the clusters are; the pod's own if empty

	namespaceFile string
	listening     func(net.Addr) // called once requests are answered
}

// Parse reads the arguments without the program's name. Help goes to usage and
// is flag.ErrHelp; every other error is ErrUsage.
func Parse(args []string, usage io.Writer) (Options, error) {
	o := Options{namespaceFile: namespaceFile, listening: func(net.Addr) {}}
	flags := flag.NewFlagSet("nifi-healer", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.Listen, "listen", ":8081", "`address` of /healthz and /readyz")
	flags.StringVar(&o.Namespace, "namespace", "", "`namespace` of the clusters (default: the pod's own)")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(usage)
		flags.Usage()
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
	if o.Namespace != "" {
		return nil
	}
	raw, err := os.ReadFile(o.namespaceFile)
	if err != nil {
		return fmt.Errorf("%w: set --namespace, since this isn't a pod with a ServiceAccount: %w", ErrUsage, err)
	}
	o.Namespace = strings.TrimSpace(string(raw))
	return nil
}

// Validate refuses what can't be meant.
func (o *Options) Validate() error {
	if why := validation.IsDNS1123Label(o.Namespace); len(why) > 0 {
		return fmt.Errorf("%w: --namespace %q: %s", ErrUsage, o.Namespace, why[0])
	}
	if _, _, err := net.SplitHostPort(o.Listen); err != nil {
		return fmt.Errorf("%w: --listen %q: want host:port or :port", ErrUsage, o.Listen)
	}
	return nil
}
