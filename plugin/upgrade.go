package plugin

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

const upgradeExamples = `  # All nodes to a newer NiFi, one after the other; the overlay's document follows
  kubectl nifi upgrade prod --version 2.11.0 --dir prod

  # Interrupted or regretted before its end: back to the version there was
  kubectl nifi upgrade prod --abort`

// upgradeOptions changes NiFi's version.
type upgradeOptions struct {
	operateOptions
	Version string
	Image   string
	Dir     string
	Drain   bool

	to topology.Version
}

func newUpgradeCommand(env Environment) *cobra.Command {
	o := &upgradeOptions{operateOptions: operateOptions{env: env}}
	command := &cobra.Command{
		Use:   "upgrade NAME --version VERSION",
		Short: "Change NiFi's version, one node after the other",
		Long: "Changes the image and restarts the nodes with the gates of kubectl nifi restart: one at a time, each CONNECTED before the next, the coordinator last. " +
			"An older version than the present one is refused, since NiFi doesn't promise to read a newer one's repositories; --abort goes back as long as the upgrade isn't done.",
		Example: upgradeExamples,
		Args:    oneName,
		RunE:    steps(o),
	}
	flags := command.Flags()
	flags.StringVar(&o.Version, "version", "", "NiFi release to change to, 2.1.0 or newer")
	flags.StringVar(&o.Image, "image", "", "Full image reference (default: the present image with the version as its tag)")
	flags.StringVar(&o.Dir, "dir", "", "Folder of the overlay, whose document then says the new version, too")
	flags.BoolVar(&o.Drain, "drain", false, "Move each node's FlowFiles to the others before it restarts")
	o.addFlags(flags)
	return command
}

// Validate checks the command line.
func (o *upgradeOptions) Validate() error {
	if o.Abort {
		if o.Version != "" || o.Image != "" || o.Drain {
			return usagef("--abort goes alone: it goes back to the version there was")
		}
		return o.validate()
	}
	var err error
	if o.to, err = topology.ParseVersion(o.Version); err != nil {
		return usagef("--version: %w", err)
	}
	return o.validate()
}

// Complete reads the kubeconfig and the overlay's document; it sends nothing.
func (o *upgradeOptions) Complete(name string) error {
	return o.completeWith(name, o.Dir, o.document)
}

func (o *upgradeOptions) document() (*initOptions, error) {
	return o.env.changed(o.names, &initOptions{Dir: filepath.Clean(o.Dir), Version: o.Version})
}

// Run upgrades, and then brings the overlay up to date.
func (o *upgradeOptions) Run(ctx context.Context) error {
	done, err := o.change(ctx, func(s *operateSession) (operation.Intent, error) {
		if cut := s.record.Journal; cut != nil && o.again(cut.Intent) {
			return cut.Intent, nil // by now the image may be the new one, and nodes be out because of it
		}
		return o.intent(s.state)
	})
	if err != nil || done == nil || !done.Done {
		return err
	}
	version := done.Version
	if done.Abort {
		version = done.FromVersion
	}
	if _, err := fmt.Fprintf(o.env.Out, "cluster %s runs NiFi %s\n", o.names.Cluster, version); err != nil || done.Abort {
		return err
	}
	return o.follow(o.Dir, o.document, fmt.Sprintf("the overlay's document may still say another version, and the next apply -k would go back to it: set spec.version to %s there", version))
}

// again tells that an operation is the one that is asked for.
func (o *upgradeOptions) again(i operation.Intent) bool {
	return i.Kind == operation.Upgrade && i.Version == o.to.String() && i.Drain == o.Drain && (o.Image == "" || o.Image == i.Image)
}

// intent foresees what can't be upgraded.
func (o *upgradeOptions) intent(s operation.State) (operation.Intent, error) {
	from, err := topology.ParseVersion(s.Version)
	if err != nil {
		return operation.Intent{}, fmt.Errorf("the StatefulSet doesn't say which version it runs: %w", err)
	}
	if o.to.Before(from) {
		return operation.Intent{}, fmt.Errorf("the cluster runs NiFi %s: going back to %s isn't supported, since it may not read what %s has written; restore the volumes from before the upgrade", from, o.to, from)
	}
	image := o.Image
	if image == "" {
		old, tag := s.Image, kube.Tag(s.Image)
		if tag == "" || strings.Contains(old, "@") {
			return operation.Intent{}, usagef("the present image %s has no plain tag to change: give the new one with --image", old)
		}
		image = strings.TrimSuffix(old, tag) + strings.Replace(tag, from.String(), o.to.String(), 1)
	}
	if image == s.Image && o.to == from {
		return operation.Intent{Kind: operation.Upgrade, Image: image, Version: o.to.String()}, nil
	}
	nodes, err := everyNode(s, nil, "upgrade")
	return operation.Intent{Kind: operation.Upgrade, Image: image, Version: o.to.String(), Nodes: nodes, Drain: o.Drain}, err
}
