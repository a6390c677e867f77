// Package node runs one Kubernetes node: a containerd and a kubelet that see
// folders of their own where others see the machine's.
package node

import (
	"path/filepath"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/cgroup"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/network"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/process"
)

// Node is one node of the lab.
type Node struct {
	Name    string
	Address string // of the kubelet and the node's InternalIP
	Index   int    // counted from 1
	Places  places.Places
}

// All are the lab's nodes.
func All(p places.Places) []Node {
	return []Node{
		{Name: "lab-1", Address: network.NodeAddress(1), Index: 1, Places: p},
		{Name: "lab-2", Address: network.NodeAddress(2), Index: 2, Places: p},
	}
}

// Socket is where the node's containerd listens.
func (n Node) Socket() string { return filepath.Join(n.dir(), "containerd.sock") }

// Cgroup is the parent of the cgroups of the node's pods.
func (n Node) Cgroup() string { return cgroup.Root + "/" + n.Name }

// RuntimeCgroup holds containerd and the shims it starts.
func (n Node) RuntimeCgroup() string { return cgroup.Root + "/runtime-" + n.Name }

// SharedDirs are the folders of the machine that containerd, kubelet and CNI
// plugins can't be told to leave alone. Each node sees its own in their place.
func SharedDirs() []string {
	return []string{"/run/containerd", "/var/lib/kubelet", "/var/lib/cni", "/var/log/containers", "/var/log/pods"}
}

// Containerd starts containerd in a mount namespace of its own. All mounts of
// the node live in that namespace and vanish with its last process.
func (n Node) Containerd() process.Spec {
	script := []string{}
	for _, dir := range SharedDirs() {
		script = append(script, "mount --bind "+quote(n.own(dir))+" "+dir)
	}
	script = append(script, "exec containerd --config "+quote(n.containerdConfig()))
	args := network.Inside("unshare", "--mount", "sh", "-e", "-c", strings.Join(script, "\n"))
	return process.Spec{Name: n.ContainerdName(), Args: args}
}

// Kubelet starts the kubelet in the namespaces of the node's containerd.
func (n Node) Kubelet(containerd process.Record) process.Spec {
	enter := []string{"nsenter", "--net=" + mountOf(containerd.PID, "net"), "--mount=" + mountOf(containerd.PID, "mnt"), "--"}
	return process.Spec{Name: n.KubeletName(), Args: append(enter,
		n.Places.Bin("kubelet"),
		"--config="+n.kubeletConfig(),
		"--kubeconfig="+n.Places.Kubeconfig(n.Name),
		"--hostname-override="+n.Name,
		"--node-ip="+n.Address,
	)}
}

// ContainerdName is the name of the node's containerd among the processes.
func (n Node) ContainerdName() string { return "containerd-" + n.Name }

// KubeletName is the name of the node's kubelet among the processes.
func (n Node) KubeletName() string { return "kubelet-" + n.Name }

func (n Node) dir() string              { return n.Places.Node(n.Name) }
func (n Node) containerdConfig() string { return filepath.Join(n.dir(), "containerd.toml") }
func (n Node) kubeletConfig() string    { return filepath.Join(n.dir(), "kubelet.yaml") }
func (n Node) cniDir() string           { return filepath.Join(n.dir(), "cni") }
func (n Node) resolvConf() string       { return filepath.Join(n.dir(), "resolv.conf") }

// own is the node's own folder in place of one of the machine.
func (n Node) own(dir string) string { return filepath.Join(n.dir(), "fs", dir) }
