// Package network makes the lab's own network namespace, in which everything
// but people's commands runs. What Kubernetes does to interfaces, routes and
// iptables happens in there and goes when the namespace goes.
//
//	machine: nifi-lab0 10.244.255.254/16 ── veth ── lab0 (bridge) 10.244.0.1/16 :namespace
//	         route to Services by 10.244.0.1        ├─ 10.244.0.2 … further nodes
//	                                                └─ pods
package network

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/command"
)

// Names and addresses of the lab's network.
const (
	Namespace     = "kubectl-nifi-lab"
	Bridge        = "lab0"
	HostInterface = "nifi-lab0"
	HostAddress   = "10.244.255.254"
	Gateway       = "10.244.0.1" // of pods; also the API server, CoreDNS and the first node
	PodCIDR       = "10.244.0.0/16"
	ServiceCIDR   = "10.96.0.0/16"
	APIServiceIP  = "10.96.0.1"
	prefix        = "/16"
)

// namespaces is the folder where ip-netns(8) keeps namespaces. It makes it,
// and a mount of it, when it makes the first.
const namespaces = "/run/netns"

const namespaceFile = namespaces + "/" + Namespace

// NodeAddress is the address of the i-th node, counted from 1.
func NodeAddress(i int) string { return fmt.Sprintf("10.244.0.%d", i) }

// Exists tells whether the namespace is there.
func Exists() bool {
	_, err := os.Stat(namespaceFile)
	return err == nil
}

// Inside is the command line that runs args in the namespace. The program
// replaces nsenter, so it keeps the process that was started.
func Inside(args ...string) []string {
	return append([]string{"nsenter", "--net=" + namespaceFile, "--"}, args...)
}

// Up makes the namespace with the addresses of n nodes.
func Up(ctx context.Context, nodes int) error {
	if _, err := command.Run(ctx, "ip", "netns", "add", Namespace); err != nil {
		return fmt.Errorf("making the lab's network: %w", err)
	}
	inside := append([]string{
		"link set lo up",
		"link add " + Bridge + " type bridge",
		"link set " + Bridge + " up",
		"link set uplink master " + Bridge,
		"link set uplink up",
	}, addresses(nodes)...)
	outside := []string{
		"link add " + HostInterface + " type veth peer name uplink netns " + Namespace,
		"addr add " + HostAddress + prefix + " dev " + HostInterface,
		"link set " + HostInterface + " up",
		"route add " + ServiceCIDR + " via " + Gateway + " dev " + HostInterface,
	}
	if err := batch(ctx, outside); err != nil {
		return err
	}
	if err := batch(ctx, inside, "-n", Namespace); err != nil {
		return err
	}
	return forward(ctx)
}

// Down removes the namespace and with it all that is in it, and the folder of
// namespaces if it was the last.
func Down(ctx context.Context) error {
	if link, _ := command.Run(ctx, "ip", "-o", "link", "show", HostInterface); link != "" {
		if _, err := command.Run(ctx, "ip", "link", "del", HostInterface); err != nil {
			return fmt.Errorf("removing the lab's interface: %w", err)
		}
	}
	if !Exists() {
		return nil
	}
	if _, err := command.Run(ctx, "ip", "netns", "del", Namespace); err != nil {
		return fmt.Errorf("removing the lab's network: %w", err)
	}
	if others, err := os.ReadDir(namespaces); err == nil && len(others) == 0 {
		_ = syscall.Unmount(namespaces, 0)
		_ = os.Remove(namespaces)
	}
	return nil
}

// Check fails if the machine has a route that the lab's addresses would hide.
func Check(ctx context.Context) error {
	for _, cidr := range []string{PodCIDR, ServiceCIDR} {
		out, err := command.Run(ctx, "ip", "-o", "-4", "route", "show", "root", cidr)
		if err != nil {
			return fmt.Errorf("looking at the machine's routes: %w", err)
		}
		if route, _, _ := strings.Cut(strings.TrimSpace(out), "\n"); route != "" {
			return fmt.Errorf("the machine has a route to addresses that the lab uses (%s): remove it while the lab runs", route)
		}
	}
	return nil
}

func addresses(nodes int) []string {
	lines := make([]string, nodes)
	for i := range lines {
		lines[i] = "addr add " + NodeAddress(i+1) + prefix + " dev " + Bridge
	}
	return lines
}

// batch runs lines of ip(8) at once.
func batch(ctx context.Context, lines []string, flags ...string) error {
	args := append(append([]string{"ip"}, flags...), "-batch", "-")
	_, err := command.Cmd{Args: args, Stdin: strings.NewReader(strings.Join(lines, "\n") + "\n")}.Run(ctx)
	if err != nil {
		return fmt.Errorf("making the lab's network: %w", err)
	}
	return nil
}

// forward lets the namespace route, and lets kube-proxy's rules see packets
// that cross the bridge. Both settings are the namespace's own.
func forward(ctx context.Context) error {
	const settings = "net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1"
	args := Inside(append([]string{"sysctl", "-qw"}, strings.Fields(settings)...)...)
	if _, err := command.Run(ctx, args...); err != nil {
		return fmt.Errorf("letting the lab's network route (load the module br_netfilter if it is missing): %w", err)
	}
	return nil
}
