package plugin

import (
	"time"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// Environment is everything a command takes from outside itself. Tests make
// their own; nothing in this package reads os.Args, os.Stdout or the clock.
type Environment struct {
	genericiooptions.IOStreams

	// Config holds kubectl's connection flags (--kubeconfig, --context, -n …).
	// Reading it touches files only; no command needs a server to build it.
	Config *genericclioptions.ConfigFlags

	// Now is the clock.
	Now func() time.Time

	// Every ticks once an interval, until stop is called.
	Every func(interval time.Duration) (ticks <-chan time.Time, stop func())

	// Terminal is the present size of the terminal that Out is; nil if it is none.
	Terminal func() (width, height int, err error)

	// ErrTerminal is the same of ErrOut.
	ErrTerminal func() (width, height int, err error)

	// Version is this program's own version, "v1.2.3" or "(devel)".
	Version string

	// Program is how the person started us: os.Args[0].
	Program string

	// Identity is who changes a cluster, as others get to see it.
	Identity string

	// Color is what --color says: auto, always or never.
	Color *string

	// Getenv reads an environment variable (NO_COLOR, TERM).
	Getenv func(string) string
}

// namespace is where the command works: -n, else the current context's
// namespace, else "default". explicit tells whether -n was given.
func (e Environment) namespace() (name string, explicit bool, err error) {
	name, explicit, err = e.Config.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return "", false, usagef("reading the kubeconfig: %w", err)
	}
	return name, explicit, nil
}
