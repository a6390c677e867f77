package lab

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/versions"
)

// Status prints the lab's processes and nodes. It fails if anything is amiss.
func (l Lab) Status(ctx context.Context) error {
	records, err := l.table().List()
	if err != nil {
		return err
	}
	if len(records) == 0 {
		return ErrNotRunning
	}
	table := tabwriter.NewWriter(l.Out, 0, 8, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprintln(table, "PROCESS\tPID\tALIVE\tVERSION")
	for _, record := range records {
		fmt.Fprintf(table, "%s\t%d\t%t\t%s\n", record.Name, record.PID, record.Alive(), version(record.Name))
	}
	running, dead, err := l.running()
	if err != nil {
		return err
	}
	if !running {
		return fmt.Errorf("the lab is half up (dead: %s): `go run ./test/lab up` starts it anew", orNone(dead))
	}
	return l.printNodes(ctx, table)
}

func (l Lab) printNodes(ctx context.Context, table *tabwriter.Writer) error {
	client, err := l.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("asking the lab for its nodes: %w", err)
	}
	fmt.Fprintln(table, "\t\t\t\nNODE\tREADY\tADDRESS\tVERSION")
	for _, n := range nodes.Items {
		address := ""
		if len(n.Status.Addresses) > 0 {
			address = n.Status.Addresses[0].Address
		}
		fmt.Fprintf(table, "%s\t%t\t%s\t%s, %s\n", n.Name, notReady(n) == "", address,
			n.Status.NodeInfo.KubeletVersion, n.Status.NodeInfo.ContainerRuntimeVersion)
	}
	fmt.Fprintf(table, "\t\t\t\nKUBECONFIG\t%s\n", l.Places.AdminKubeconfig())
	return allReady(nodes.Items, len(l.nodes()))
}

// version is what a process was built from; the nodes tell their containerd's.
func version(name string) string {
	switch {
	case name == "etcd":
		return versions.Etcd
	case name == "coredns":
		return versions.CoreDNS
	case name == "cert-manager":
		return versions.CertManager
	case strings.HasPrefix(name, "kube"):
		return versions.Kubernetes
	}
	return ""
}

// Kubeconfig prints the path of the administrator's kubeconfig.
func (l Lab) Kubeconfig(context.Context) error {
	if !exists(l.Places.AdminKubeconfig()) {
		return ErrNotRunning
	}
	fmt.Fprintln(l.Out, l.Places.AdminKubeconfig())
	return nil
}
