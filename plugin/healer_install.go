package plugin

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/overlay"
)

const healerInstallExamples = `  # One healer for the clusters of a namespace
  kubectl apply -k "$(kubectl nifi healer install -n nifi)"

  # One for all namespaces; clusters let it act by spec.healer.namespace: ops
  kubectl apply -k "$(kubectl nifi healer install -n ops --all-namespaces --replicas 2)"`

// healerImage is where releases are published.
const healerImage = "ghcr.io/kubectl-nifi/nifi-healer"

// maxHealers is more replicas than anybody needs: one works, the others wait.
const maxHealers = 5

// healerInstallOptions renders the healer's overlay. It reads and writes files only.
type healerInstallOptions struct {
	env Environment

	Dir           string
	Image         string // "": the one of this client's version
	Replicas      int
	AllNamespaces bool

	namespace string
}

func newHealerInstallCommand(env Environment) *cobra.Command {
	o := &healerInstallOptions{env: env}
	command := &cobra.Command{
		Use:   "install",
		Short: "Render a kustomize overlay for nifi-healer and print its folder",
		Long: "Writes a self-contained kustomize overlay and prints the folder's path alone on stdout; it applies nothing. " +
			"What the healer may do to a cluster is in that cluster's own overlay. Run it again after a change: kustomization.yaml is yours, generated/ is not.",
		Example: healerInstallExamples,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := o.Complete(); err != nil {
				return err
			}
			if err := o.Validate(); err != nil {
				return err
			}
			return o.Run()
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.Dir, "dir", healerDeployment, "Folder of the overlay")
	flags.StringVar(&o.Image, "image", "", "Image of the healer (default: "+healerImage+" of this client's version)")
	flags.IntVar(&o.Replicas, "replicas", 1, "How many to run; of several, one works and the others wait")
	flags.BoolVarP(&o.AllNamespaces, "all-namespaces", "A", false, "Watch the clusters of every namespace; needs the right to make a ClusterRole")
	return command
}

// Complete finds the namespace and the image.
func (o *healerInstallOptions) Complete() error {
	var err error
	if o.namespace, _, err = o.env.namespace(); err != nil {
		return err
	}
	if o.Image == "" {
		o.Image = healerImage + ":" + healerTag(o.env.Version)
	}
	o.Dir = filepath.Clean(o.Dir)
	return nil
}

// healerTag is the image's tag for a client of this version: builds that are no
// release use what `make image` makes.
func healerTag(version string) string {
	if regexp.MustCompile(`^v\d+\.\d+\.\d+$`).MatchString(version) {
		return version
	}
	return "devel"
}

// Validate refuses what can't be meant.
func (o *healerInstallOptions) Validate() error {
	switch why := validation.IsDNS1123Label(o.namespace); {
	case len(why) > 0:
		return usagef("--namespace %q: %s", o.namespace, why[0])
	case strings.ContainsAny(o.Image, " \t\n\"'") || strings.HasPrefix(o.Image, "-"):
		return usagef("--image: %q is no image reference", o.Image)
	case o.Replicas < 1 || o.Replicas > maxHealers:
		return usagef("--replicas must be 1 to %d, not %d", maxHealers, o.Replicas)
	}
	return nil
}

// Run renders everything in memory and only then writes.
func (o *healerInstallOptions) Run() error {
	files, err := overlay.RenderHealer(overlay.Healer{
		Namespace: o.namespace, Image: o.Image, Replicas: o.Replicas, AllNamespaces: o.AllNamespaces,
	})
	if err != nil {
		return err
	}
	if err := (overlay.Folder{Path: o.Dir}).WriteHealer(files); errors.Is(err, overlay.ErrNotHealers) {
		return UsageError{err}
	} else if err != nil {
		return err
	}
	fmt.Fprintf(o.env.ErrOut, "overlay for nifi-healer, image %s, namespace %s\nnext: kubectl apply -k %s\n      kubectl nifi healer status -n %s\n",
		o.Image, o.namespace, o.Dir, o.namespace)
	_, err = fmt.Fprintln(o.env.Out, o.Dir)
	return err
}
