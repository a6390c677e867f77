// Package addons is what a cluster needs besides Kubernetes itself: names,
// certificates and volumes. All of it runs as processes of the machine.
package addons

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/command"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/controlplane"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/network"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/process"
)

//go:embed manifests
var manifests embed.FS

// Processes are the add-ons in the order of starting.
func Processes(p places.Places) []process.Spec {
	return []process.Spec{
		inside("coredns", p.Bin("coredns"), "-conf="+corefilePath(p)),
		inside("provisioner", p.Bin("lab"), "provisioner", "--kubeconfig="+p.Kubeconfig("provisioner"), "--dir="+p.Volumes()),
		inside("cert-manager", p.Bin("cert-manager"), "-kubeconfig="+p.Kubeconfig("cert-manager")),
	}
}

// Corefile configures CoreDNS to know the cluster's Services, pods behind
// headless ones included, and nothing else: the lab has no way out.
func Corefile(p places.Places) string {
	return strings.Join([]string{
		controlplane.ClusterDomain + ":53 in-addr.arpa:53 {",
		"    bind " + network.Gateway,
		"    errors",
		"    kubernetes " + controlplane.ClusterDomain + " in-addr.arpa {",
		"        kubeconfig " + p.Kubeconfig("coredns"),
		"        ttl 5",
		"    }",
		"}",
		".:53 {",
		"    bind " + network.Gateway,
		"    template ANY ANY { rcode NXDOMAIN }",
		"}",
		"",
	}, "\n")
}

// Apply creates the lab's own objects and cert-manager's CRDs, which lie as
// YAML files in crds.
func Apply(ctx context.Context, p places.Places, crds string) error {
	objects, err := fs.ReadFile(manifests, "manifests/lab.yaml")
	if err != nil {
		return fmt.Errorf("reading the lab's objects: %w", err)
	}
	kubectl := func(args ...string) command.Cmd {
		return command.Cmd{Args: append([]string{p.Bin("kubectl"), "--kubeconfig=" + p.AdminKubeconfig()}, args...)}
	}
	own := kubectl("apply", "--server-side", "-f", "-")
	own.Stdin = strings.NewReader(string(objects))
	if _, err := own.Run(ctx); err != nil {
		return fmt.Errorf("creating the lab's objects: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(crds, "*.yaml"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("finding cert-manager's CRDs in %q: no YAML file there", crds)
	}
	args := []string{"apply", "--server-side"}
	for _, file := range files {
		args = append(args, "-f", file)
	}
	if _, err := kubectl(args...).Run(ctx); err != nil {
		return fmt.Errorf("creating cert-manager's CRDs: %w", err)
	}
	if _, err := kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all").Run(ctx); err != nil {
		return fmt.Errorf("waiting for cert-manager's CRDs: %w", err)
	}
	return nil
}

// Configure writes the add-ons' configuration.
func Configure(p places.Places) error {
	if err := os.WriteFile(corefilePath(p), []byte(Corefile(p)), 0o600); err != nil {
		return fmt.Errorf("configuring CoreDNS: %w", err)
	}
	return nil
}

func corefilePath(p places.Places) string { return filepath.Join(p.Lab, "Corefile") }

func inside(name string, args ...string) process.Spec {
	return process.Spec{Name: name, Args: network.Inside(args...)}
}
