package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"syscall"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/lab"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/provisioner"
)

// command is the tree of verbs. open finds the machine's lab when a verb
// needs it.
func command(open func() (lab.Lab, error)) *cobra.Command {
	root := &cobra.Command{
		Use:           "lab",
		Short:         "A real Kubernetes with a real NiFi image on this machine",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	verb := func(use, short string, do func(lab.Lab, context.Context) error) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := open()
			if err != nil {
				return err
			}
			return do(l, cmd.Context())
		}}
	}
	root.AddCommand(
		verb("up", "Bring the lab up, building what the cache lacks", lab.Lab.Up),
		verb("down", "Take the lab down; the cache stays", lab.Lab.Down),
		verb("status", "Show processes and nodes; fail if anything is amiss", lab.Lab.Status),
		verb("kubeconfig", "Print the path of the administrator's kubeconfig", lab.Lab.Kubeconfig),
		imageVerbs(open, verb("build", "Build the NiFi image and print where its archive lies", lab.Lab.BuildImage)),
		kubectlVerb(open),
		provisionerVerb(),
	)
	return root
}

func imageVerbs(open func() (lab.Lab, error), build *cobra.Command) *cobra.Command {
	images := &cobra.Command{Use: "image", Short: "Images of the lab's nodes"}
	images.AddCommand(build, &cobra.Command{
		Use:   "load FILE|NAME",
		Short: "Give every node an image from an archive, or one of docker's or podman's",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := open()
			if err != nil {
				return err
			}
			return l.LoadImage(cmd.Context(), args[0])
		},
	})
	return images
}

// kubectlVerb becomes the lab's kubectl.
func kubectlVerb(open func() (lab.Lab, error)) *cobra.Command {
	return &cobra.Command{
		Use:                "kubectl ARGS...",
		Short:              "Run the lab's kubectl on the lab",
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := open()
			if err != nil {
				return err
			}
			kubectl := l.Places.Bin("kubectl")
			if err := os.Setenv("KUBECONFIG", l.Places.AdminKubeconfig()); err != nil { // of two, kubectl would take the first
				return err
			}
			if err := syscall.Exec(kubectl, append([]string{"kubectl"}, args...), os.Environ()); err != nil {
				return fmt.Errorf("running kubectl: %w: %w", err, lab.ErrNotRunning)
			}
			return nil
		},
	}
}

// provisionerVerb is the process that makes volumes; `up` starts it.
func provisionerVerb() *cobra.Command {
	var kubeconfig, dir string
	cmd := &cobra.Command{
		Use:    "provisioner",
		Short:  "Make PersistentVolumes until interrupted",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
			if err != nil {
				return fmt.Errorf("reading kubeconfig %q: %w", kubeconfig, err)
			}
			client, err := kubernetes.NewForConfig(config)
			if err != nil {
				return fmt.Errorf("connecting to the lab: %w", err)
			}
			p := provisioner.Provisioner{Client: client, Dir: dir, Chown: os.Chown}
			return p.Run(cmd.Context(), slog.New(slog.NewTextHandler(os.Stderr, nil)))
		},
	}
	cmd.Flags().StringVar(&kubeconfig, "kubeconfig", "", "kubeconfig of the cluster")
	cmd.Flags().StringVar(&dir, "dir", "", "folder to make volumes in")
	return cmd
}
