package adopt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// Workload is what Kubernetes says of a StatefulSet that may be a NiFi cluster.
type Workload struct {
	Name           string
	Ours           bool   // kubectl nifi init rendered it
	Selector       string // of its pods
	ServiceAccount string
	Headless       string // its governing Service
	UI             string // a Service with an address of its own that selects the pods; empty if there is none
	Containers     []Container
	Replicas       int
	Running        []string // its pods that run, by ordinal
}

// Container is one of the pod template.
type Container struct{ Name, Image string }

// Container is NiFi's own: the one that is asked for, the only one, the one
// that is called nifi or (in the chart of cetic) server, or the only one whose
// image is of that name.
func (w Workload) Container(asked string) (string, error) {
	called := func(name string) func(Container) bool { return func(c Container) bool { return c.Name == name } }
	has := func(name string) bool { return slices.ContainsFunc(w.Containers, called(name)) }
	var images []string
	for _, c := range w.Containers {
		if strings.HasSuffix(repository(c.Image), "nifi") {
			images = append(images, c.Name)
		}
	}
	switch {
	case asked != "" && !has(asked):
		return "", fmt.Errorf("the pods of StatefulSet %q have no container %q but %s", w.Name, asked, w.names())
	case asked != "":
		return asked, nil
	case len(w.Containers) == 1:
		return w.Containers[0].Name, nil
	case has("nifi"):
		return "nifi", nil
	case has("server"):
		return "server", nil
	case len(images) == 1:
		return images[0], nil
	}
	return "", fmt.Errorf("which container of StatefulSet %q is NiFi's? Say it with --container: %s", w.Name, w.names())
}

func (w Workload) names() string {
	var names []string
	for _, c := range w.Containers {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

// repository is an image reference without tag and digest.
func repository(image string) string {
	image, _, _ = strings.Cut(image, "@")
	slash := strings.LastIndexByte(image, '/')
	if colon := strings.LastIndexByte(image, ':'); colon > slash {
		image = image[:colon]
	}
	return image
}

// Describe makes the record of a workload whose container is NiFi's and whose
// nodes said this. Nodes that differ in more than their names are refused: no
// record could be true of all.
func (w Workload) Describe(container string, nodes []Node) (topology.Layout, trust.Stores, error) {
	if len(nodes) == 0 {
		return topology.Layout{}, trust.Stores{}, fmt.Errorf("no pod of StatefulSet %q runs, so nobody can tell how its nodes are set up", w.Name)
	}
	first := nodes[0]
	for _, n := range nodes[1:] {
		if what := differ(first, n); what != "" {
			return topology.Layout{}, trust.Stores{}, fmt.Errorf("%s and %s differ in %s: set them up alike first", first.Pod, n.Pod, what)
		}
	}
	stores := first.Stores
	stores.Container = container
	return topology.Layout{
		StatefulSet: w.Name, Headless: w.Headless, UI: w.UI, Container: container, Selector: w.Selector, ServiceAccount: w.ServiceAccount,
		Suffix: suffix(first), HTTPSPort: first.HTTPSPort, ProtocolPort: first.ProtocolPort,
		Election: first.Election, LeasePrefix: first.LeasePrefix,
		Loopback: first.Loopback, Autoreload: first.Autoreload, Candidates: first.Candidates, Authorizer: first.Authorizer,
	}, stores, nil
}

// suffix is what follows the pod's name in the node's host.
func suffix(n Node) string { return strings.TrimPrefix(n.Host, n.Pod) }

// differ names what two nodes don't have in common; empty if that is their
// names alone.
func differ(a, b Node) string {
	for _, part := range []struct {
		what string
		same bool
	}{
		{"the domain of nifi.web.https.host", suffix(a) == suffix(b)},
		{"nifi.web.https.port", a.HTTPSPort == b.HTTPSPort},
		{"nifi.cluster.node.protocol.port", a.ProtocolPort == b.ProtocolPort},
		{"their leader election", a.Election == b.Election && a.LeasePrefix == b.LeasePrefix},
		{"where their stores are", a.Stores == b.Stores},
		{"nifi.security.user.authorizer", a.Authorizer == b.Authorizer},
	} {
		if !part.same {
			return part.what
		}
	}
	return ""
}
