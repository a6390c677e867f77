package node

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/controlplane"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/network"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/versions"
)

//go:embed templates
var templates embed.FS

// settings fill the templates.
type settings struct {
	Node
	Root, State, CNIDir, CNIPlugins, ResolvConf, PauseImage string
	CACert, Cert, Key                                       string
	Bridge, PodCIDR, Gateway, ClusterDomain                 string
}

// Configs renders the node's configuration files by path. cniPlugins is the
// folder of the machine's CNI plugins.
func (n Node) Configs(cniPlugins string) (map[string]string, error) {
	s := settings{
		Node: n, Root: n.Places.ImageStore(n.Name), State: filepath.Join(n.dir(), "state"),
		CNIDir: n.cniDir(), CNIPlugins: cniPlugins, ResolvConf: n.resolvConf(), PauseImage: versions.PauseImage,
		CACert: filepath.Join(n.Places.PKI(), "ca.crt"),
		Cert:   filepath.Join(n.Places.PKI(), n.Name+".crt"), Key: filepath.Join(n.Places.PKI(), n.Name+".key"),
		Bridge: network.Bridge, PodCIDR: network.PodCIDR, Gateway: network.Gateway, ClusterDomain: controlplane.ClusterDomain,
	}
	files := map[string]string{}
	for path, name := range map[string]string{
		n.containerdConfig():                         "containerd.toml",
		n.kubeletConfig():                            "kubelet.yaml",
		filepath.Join(n.cniDir(), "10-lab.conflist"): "cni.conflist",
		n.resolvConf():                               "resolv.conf",
	} {
		text, err := render(name, s)
		if err != nil {
			return nil, err
		}
		files[path] = text
	}
	return files, nil
}

// Prepare writes the node's configuration and makes its folders.
func (n Node) Prepare() error {
	plugins, err := cniPlugins()
	if err != nil {
		return err
	}
	files, err := n.Configs(plugins)
	if err != nil {
		return err
	}
	for _, dir := range SharedDirs() {
		if err := os.MkdirAll(n.own(dir), 0o755); err != nil {
			return fmt.Errorf("making folders of node %s: %w", n.Name, err)
		}
	}
	for path, text := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("configuring node %s: %w", n.Name, err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return fmt.Errorf("configuring node %s: %w", n.Name, err)
		}
	}
	return nil
}

func render(name string, s settings) (string, error) {
	parsed, err := template.ParseFS(templates, "templates/"+name)
	if err != nil {
		return "", fmt.Errorf("parsing template %q: %w", name, err)
	}
	var text strings.Builder
	if err := parsed.Execute(&text, s); err != nil {
		return "", fmt.Errorf("rendering %q: %w", name, err)
	}
	return text.String(), nil
}

// cniPlugins finds the folder with the CNI plugins: Debian's package puts them
// in the first, most others in the second.
func cniPlugins() (string, error) {
	for _, dir := range []string{"/usr/lib/cni", "/opt/cni/bin"} {
		if _, err := os.Stat(filepath.Join(dir, "bridge")); err == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("CNI plugin %q found in neither /usr/lib/cni nor /opt/cni/bin: install containernetworking-plugins", "bridge")
}

func mountOf(pid int, namespace string) string {
	return filepath.Join("/proc", strconv.Itoa(pid), "ns", namespace)
}

// quote makes one word of the shell's of s.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
