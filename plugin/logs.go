package plugin

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/logs"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const logsExamples = `  # What all nodes wrote in the last ten minutes, in the order of time
  kubectl nifi logs prod --since 10m

  # Warnings and errors with their stack traces, as they come
  kubectl nifi logs prod --level WARN -f

  # What nodes 0 and 2 say about a join, certificates included
  kubectl nifi logs prod 0 2 --container all --grep 'connection request|anchors'`

const (
	containerNiFi = "nifi"
	containerAll  = "all"
)

// followTail is how many lines of each container a follower shows first.
const followTail = 10

// listTimeout is how long to wait for a list of pods.
const listTimeout = 10 * time.Second

// logsOptions shows the logs of a cluster's nodes.
type logsOptions struct {
	env Environment

	Follow     bool
	Since      time.Duration
	Tail       int64
	Level      string
	Container  string
	Grep       string
	Timestamps bool

	connection connection
	names      topology.Names
	cluster    kube.Cluster
	nodes      []string // pods; empty for all
	filter     logs.Filter
}

func newLogsCommand(env Environment) *cobra.Command {
	o := &logsOptions{env: env}
	command := &cobra.Command{
		Use:   "logs NAME [NODE...]",
		Short: "Show the logs of all nodes, merged in the order of time",
		Long: "Shows what the nodes of a cluster write, each line after its pod's name; NODE is a pod or its number. Without -f the lines of all nodes are merged by time. " +
			"A stack trace stays with its message: --level and --grep choose whole entries. --tail and --since limit what is read, before anything is chosen. " +
			"Exit code 0: shown, or ended by Ctrl-C; 1: a log could not be read; 3: the API server can't be reached.",
		Example:           logsExamples,
		Args:              someName,
		ValidArgsFunction: env.completeNodes,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Validate(); err != nil {
				return err
			}
			if err := o.Complete(args[0], args[1:]); err != nil {
				return err
			}
			return o.Run(cmd.Context())
		},
	}
	flags := command.Flags()
	flags.BoolVarP(&o.Follow, "follow", "f", false, "Go on with new lines, through restarts and for new nodes too")
	flags.DurationVar(&o.Since, "since", 0, "Show what is younger than this, 10m or 2h")
	flags.Int64Var(&o.Tail, "tail", -1, fmt.Sprintf("How many of the last lines of each container to read; -1 is all (%d with -f and no --since)", followTail))
	flags.StringVar(&o.Level, "level", "", "Show entries of this level or graver: TRACE, DEBUG, INFO, WARN or ERROR")
	flags.StringVar(&o.Container, "container", containerNiFi, "Container: nifi, tls-sync, another one, or all")
	flags.StringVar(&o.Grep, "grep", "", "Show entries a line of which matches this regular expression")
	flags.BoolVar(&o.Timestamps, "timestamps", false, "Show when the kubelet got each line")
	return command
}

// Validate checks the flags.
func (o *logsOptions) Validate() error {
	var err error
	if o.Level != "" {
		if o.filter.Level, err = logs.ParseLevel(o.Level); err != nil {
			return usagef("--level: %w", err)
		}
	}
	if o.Grep != "" {
		if o.filter.Grep, err = regexp.Compile(o.Grep); err != nil {
			return usagef("--grep: %w", err)
		}
	}
	switch {
	case o.Since < 0:
		return usagef("--since must not be negative, not %s", o.Since)
	case o.Tail < -1:
		return usagef("--tail must be -1 or more, not %d", o.Tail)
	case o.Container == "":
		return usagef("--container must not be empty")
	}
	return nil
}

// Complete reads the kubeconfig; it sends nothing.
func (o *logsOptions) Complete(name string, nodes []string) error {
	var err error
	if o.connection, err = o.env.connect(); err != nil {
		return err
	}
	o.names, o.nodes = o.connection.names(name), nodes
	if o.Follow && o.Tail < 0 && o.Since == 0 {
		o.Tail = followTail
	}
	return nil
}

// Run shows the logs.
func (o *logsOptions) Run(ctx context.Context) error {
	var err error
	if o.names, err = o.env.resolve(ctx, o.connection, o.names); err != nil {
		return err
	}
	o.cluster = o.connection.client.Cluster(o.names)
	if o.Container == containerNiFi {
		o.Container = o.names.Container()
	}
	for i, node := range o.nodes {
		if ordinal, err := strconv.Atoi(node); err == nil {
			o.nodes[i] = o.names.Pod(ordinal)
		}
	}
	targets, err := o.targets(ctx)
	switch {
	case errors.Is(err, view.ErrUnreachable), errors.Is(err, context.DeadlineExceeded):
		return o.env.apiServerDown(o.connection, err)
	case err != nil:
		return err
	}
	if err := o.check(targets); err != nil {
		return err
	}
	printer := newLogPrinter(o, targets)
	if o.Follow {
		return newFollower(o, printer).run(ctx, targets)
	}
	return o.merge(ctx, targets, printer)
}

// options is what is read of a log that wasn't read yet.
func (o *logsOptions) options() kube.LogOptions {
	options := kube.LogOptions{Follow: o.Follow, Tail: o.Tail}
	if o.Since > 0 {
		options.Since = o.env.Now().Add(-o.Since)
	}
	return options
}
