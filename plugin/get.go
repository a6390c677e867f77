package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
	v1 "github.com/kubectl-nifi/kubectl-nifi/pkg/view/v1"
)

const getExamples = `  # The clusters of a namespace, or of all
  kubectl nifi get -n nifi
  kubectl nifi get -A -o wide

  # The status of each that carries a label
  kubectl nifi get -l team=data -o name | xargs -n 1 kubectl nifi status`

// getOptions lists clusters.
type getOptions struct {
	env Environment

	AllNamespaces bool
	Selector      string
	Output        string
	Timeout       time.Duration

	connection connection
	names      []string
}

func newGetCommand(env Environment) *cobra.Command {
	o := &getOptions{env: env}
	command := &cobra.Command{
		Use:   "get [NAME...]",
		Short: "List clusters: replicas, phase, version and age",
		Long: "Lists clusters as Kubernetes shows them: StatefulSets, pods and NiFi's Leases. NiFi itself isn't asked, so a node counts by its readiness probe, " +
			"which passes while NiFi says it is CONNECTED; kubectl nifi status asks every node. " +
			"Exit code 0: listed, whatever state they are in; 1: a NAME doesn't exist; 3: the API server can't be reached.",
		Example:           getExamples,
		ValidArgsFunction: env.completeMany,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.names = args
			if err := o.Validate(); err != nil {
				return err
			}
			if err := o.Complete(); err != nil {
				return err
			}
			return o.Run(cmd.Context())
		},
	}
	flags := command.Flags()
	flags.BoolVarP(&o.AllNamespaces, "all-namespaces", "A", false, "List the clusters of all namespaces")
	flags.StringVarP(&o.Selector, "selector", "l", "", "Labels of the StatefulSets to list, key1=value1,key2!=value2")
	flags.StringVarP(&o.Output, "output", "o", outputTable, "Format: table, wide, json, yaml or name")
	flags.DurationVar(&o.Timeout, "timeout", 10*time.Second, "How long to wait for all answers")
	return command
}

// Validate checks the flags.
func (o *getOptions) Validate() error {
	if err := validateOutput(o.Output, outputTable, outputWide, outputJSON, outputYAML, outputName); err != nil {
		return err
	}
	switch _, err := labels.Parse(o.Selector); {
	case err != nil:
		return usagef("--selector: %w", err)
	case len(o.names) > 0 && o.AllNamespaces:
		return usagef("a NAME is looked for in one namespace: give -n, or leave out %q", o.names)
	case len(o.names) > 0 && o.Selector != "":
		return usagef("give a NAME or --selector, not both")
	case o.Timeout <= 0:
		return usagef("--timeout must be more than 0, not %s", o.Timeout)
	}
	return nil
}

// Complete reads the kubeconfig; it sends nothing.
func (o *getOptions) Complete() error {
	var err error
	if o.connection, err = o.env.connect(); err != nil {
		return err
	}
	if o.AllNamespaces {
		o.connection.namespace = ""
	}
	return nil
}

// Run lists the clusters. Those that were asked for by name and don't exist
// are an error after the others are printed.
func (o *getOptions) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	clusters, err := o.connection.client.Clusters(ctx, o.connection.namespace, o.Selector, o.env.Now())
	if errors.Is(err, view.ErrUnreachable) || errors.Is(err, context.DeadlineExceeded) {
		return o.env.apiServerDown(o.connection, err)
	}
	if err != nil {
		return err
	}
	clusters, missing := pick(clusters, o.names)
	if err := o.print(clusters); err != nil {
		return fmt.Errorf("printing the list: %w", err)
	}
	if len(missing) > 0 {
		return fmt.Errorf("no NiFi cluster %q in namespace %q", missing, o.connection.namespace)
	}
	return nil
}

// pick is the clusters with these names, all if there are none, and the names
// that no cluster has.
func pick(clusters []view.Cluster, names []string) (picked []view.Cluster, missing []string) {
	if len(names) == 0 {
		return clusters, nil
	}
	for _, name := range names {
		i := slices.IndexFunc(clusters, func(c view.Cluster) bool { return c.Names.Cluster == name })
		if i < 0 {
			missing = append(missing, name)
			continue
		}
		picked = append(picked, clusters[i])
	}
	return picked, missing
}

func (o *getOptions) print(clusters []view.Cluster) error {
	switch o.Output {
	case outputJSON, outputYAML:
		return printObject(o.env.Out, o.Output, v1.ListFrom(o.env.Now(), clusters))
	case outputName:
		return o.printNames(clusters)
	}
	if len(clusters) == 0 {
		return o.printNone()
	}
	list := getText{palette: o.env.palette(), namespaces: o.AllNamespaces, wide: o.Output == outputWide}
	if _, err := io.WriteString(o.env.Out, list.table(clusters)); err != nil {
		return err
	}
	o.warn(clusters)
	return nil
}

// printNone says where there is none, unless names say what is missing.
func (o *getOptions) printNone() error {
	if len(o.names) == 0 {
		where := fmt.Sprintf("namespace %q", o.connection.namespace)
		if o.AllNamespaces {
			where = "any namespace"
		}
		fmt.Fprintf(o.env.ErrOut, "No NiFi clusters in %s.\n", where)
	}
	return nil
}

// printNames writes a name a line; those of several namespaces with theirs.
func (o *getOptions) printNames(clusters []view.Cluster) error {
	for _, cluster := range clusters {
		name := cluster.Names.Cluster
		if o.AllNamespaces {
			name = cluster.Names.Namespace + "/" + name
		}
		if _, err := fmt.Fprintln(o.env.Out, name); err != nil {
			return err
		}
	}
	return nil
}

// warn says once what could not be read.
func (o *getOptions) warn(clusters []view.Cluster) {
	said := map[string]bool{}
	for _, cluster := range clusters {
		for _, e := range cluster.Errors {
			if line := e.String(); !said[line] {
				said[line] = true
				fmt.Fprintf(o.env.ErrOut, "warning: %s\n", line)
			}
		}
	}
}
