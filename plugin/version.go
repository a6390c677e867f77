package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// healerDeployment is the healer's Deployment in every namespace it is
// installed in.
const healerDeployment = "nifi-healer"

// versionTimeout is how long version waits for the API server.
const versionTimeout = 10 * time.Second

// versionOptions shows the versions of all parts.
type versionOptions struct {
	env        Environment
	ClientOnly bool
	Output     string
}

func newVersionCommand(env Environment) *cobra.Command {
	o := &versionOptions{env: env}
	command := &cobra.Command{
		Use:   "version",
		Short: "Show the versions of this client, the API server, the healer and NiFi",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := validateOutput(o.Output, outputText, outputJSON, outputYAML); err != nil {
				return err
			}
			return o.Run(cmd.Context())
		},
	}
	command.Flags().BoolVar(&o.ClientOnly, "client", false, "Show this client's version only and ask no server")
	command.Flags().StringVarP(&o.Output, "output", "o", outputText, "Format: text, json or yaml")
	return command
}

// versions is what the command found.
type versions struct {
	Client    string           `json:"clientVersion"`
	Server    string           `json:"serverVersion,omitempty"`
	Namespace string           `json:"namespace,omitempty"`
	Healer    string           `json:"healerVersion,omitempty"` // empty: none in the namespace
	Clusters  []clusterVersion `json:"clusters,omitempty"`
	Errors    []string         `json:"errors,omitempty"`
}

type clusterVersion struct {
	Name string `json:"name"`
	NiFi string `json:"nifiVersion"`
	Skew string `json:"skew,omitempty"` // empty: this client knows that NiFi
}

// Run prints the client's version in any case: a server out of reach is an
// error after that.
func (o *versionOptions) Run(ctx context.Context) error {
	v := versions{Client: o.env.Version}
	var down error
	if !o.ClientOnly {
		c, err := o.env.connect()
		if err != nil {
			return err
		}
		down = o.ask(ctx, c, &v)
	}
	if err := o.print(v); err != nil {
		return fmt.Errorf("printing the versions: %w", err)
	}
	return down
}

// ask fills in what the API server knows, all at once.
func (o *versionOptions) ask(ctx context.Context, c connection, v *versions) error {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	var healer string
	var clusters []kube.ClusterVersion
	var serverErr, healerErr, clustersErr error
	var wait sync.WaitGroup
	wait.Go(func() { v.Server, serverErr = c.client.ServerVersion(ctx) })
	wait.Go(func() { healer, healerErr = c.client.DeploymentImage(ctx, c.namespace, healerDeployment) })
	wait.Go(func() { clusters, clustersErr = c.client.ClusterVersions(ctx, c.namespace) })
	wait.Wait()
	if errors.Is(serverErr, view.ErrUnreachable) || errors.Is(serverErr, context.DeadlineExceeded) {
		return o.env.apiServerDown(c, serverErr)
	}
	v.Namespace, v.Healer = c.namespace, kube.Tag(healer)
	for _, cluster := range clusters {
		v.Clusters = append(v.Clusters, clusterVersion{cluster.Name, cluster.Version, skew(cluster.Version)})
	}
	if errors.Is(healerErr, view.ErrNotFound) {
		healerErr = nil // not installed
	}
	for _, err := range []error{serverErr, healerErr, clustersErr} {
		if err != nil {
			v.Errors = append(v.Errors, err.Error())
		}
	}
	return nil
}

// skew says why this client may not fit a NiFi; empty if it does.
func skew(version string) string {
	if _, err := topology.ParseVersion(version); err != nil {
		return err.Error()
	}
	return ""
}

func healerText(v versions) string {
	if v.Healer == "" {
		return "none in namespace " + v.Namespace
	}
	return v.Healer
}

func (o *versionOptions) print(v versions) error {
	if o.Output != outputText {
		return printObject(o.env.Out, o.Output, v)
	}
	t := &table{}
	line := func(label, text string) { t.add(cell{text: label + ":"}, cell{text: text}) }
	line("Client", v.Client)
	if v.Namespace != "" {
		line("API server", orDash(v.Server))
		line("Healer", healerText(v))
	}
	for _, cluster := range v.Clusters {
		text := orDash(cluster.NiFi)
		if cluster.Skew != "" {
			text += " (" + cluster.Skew + ")"
		}
		line("NiFi "+cluster.Name, text)
	}
	for _, message := range v.Errors {
		line("Error", message)
	}
	_, err := io.WriteString(o.env.Out, t.String())
	return err
}
