package view

import (
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// Issued is the chain that a pod's Secret holds by now, leaf first, as far as
// cert-manager tells: the Certificate says since when the Secret's is valid, and
// the CertificateRequest, whose status is public, has it. It is nil if the two
// don't agree or weren't read.
func (c Cluster) Issued(pod string) []trust.Certificate {
	certificate := find(c.Certificates, func(one Certificate) bool { return one.Secret == pod+"-tls" })
	if certificate == nil || !certificate.Ready || c.Detail == nil {
		return nil
	}
	request := find(c.Detail.Requests, func(r CertificateRequest) bool { return r.Certificate == certificate.Name })
	if request == nil || !request.Ready || len(request.Chain) == 0 || !request.Chain[0].NotBefore.Equal(certificate.NotBefore) {
		return nil
	}
	return request.Chain
}

// Coming is the matrix of who will trust whom once every pod serves what was
// issued for it. What isn't known to be issued counts as it is served. A pod
// that is only on its way is in it, too, if its certificate is known: whether it
// will be trusted, the others' files tell already.
func (c Cluster) Coming() trust.Matrix {
	nodes := make([]trust.Node, 0, len(c.TLS))
	for _, t := range c.TLS {
		node := t.node()
		if chain := c.Issued(t.Pod); chain != nil {
			node.Chain = chain
		}
		nodes = append(nodes, node)
	}
	if c.StatefulSet != nil && len(c.TLS) > 0 {
		for ordinal := range c.StatefulSet.Desired {
			pod := c.Names.Pod(ordinal)
			if chain := c.Issued(pod); chain != nil && c.TLSOf(pod) == nil {
				nodes = append(nodes, trust.Node{Name: pod, Chain: chain})
			}
		}
	}
	return trust.NewMatrix(nodes, c.Known(), c.Time)
}

// Behind names the pods whose files lack an anchor of what another one serves
// or is to serve, or don't hold the certificate that was issued for the pod.
func (c Cluster) Behind() []string {
	lacks := map[string]bool{}
	for _, matrix := range []trust.Matrix{c.Trust(), c.Coming()} {
		for _, cell := range matrix.Refusals() {
			if cell.Unanchored() {
				lacks[cell.To] = true
			}
		}
	}
	var behind []string
	for _, t := range c.TLS {
		if lacks[t.Pod] || c.undelivered(t) {
			behind = append(behind, t.Pod)
		}
	}
	return behind
}

// undelivered tells that the pod's files hold another leaf than was issued.
func (c Cluster) undelivered(t TLS) bool {
	issued := c.Issued(t.Pod)
	return issued != nil && len(t.Files.Chain) > 0 && t.Files.Chain[0] != issued[0].Fingerprint
}

// Poorer names the pods whose files lack an anchor that another pod's hold.
func (c Cluster) Poorer() []string {
	var union []trust.Fingerprint
	for _, t := range c.TLS {
		union = append(union, t.Files.Anchors...)
	}
	var poorer []string
	for _, t := range c.TLS {
		lacks := func(f trust.Fingerprint) bool { return !slices.Contains(t.Files.Anchors, f) }
		if t.Files.Known() && slices.ContainsFunc(union, lacks) {
			poorer = append(poorer, t.Pod)
		}
	}
	return poorer
}

// Trusting counts the cells of the matrix of who trusts whom, and those that
// are Yes. A pod that doesn't serve what was issued for it yet counts by both.
func (c Cluster) Trusting() (yes, cells int) {
	for _, matrix := range []trust.Matrix{c.Trust(), c.Coming()} {
		good := len(matrix.Nodes)*len(matrix.Nodes) - len(matrix.Failures())
		if cells == 0 || good < yes {
			yes, cells = good, len(matrix.Nodes)*len(matrix.Nodes)
		}
	}
	return yes, cells
}

// Current tells that the pod serves what its files hold, which is what was
// issued for it as far as that is known.
func (c Cluster) Current(t TLS) bool {
	return t.Files.Known() && len(t.Served.Chain) > 0 && !t.Stale() && !c.undelivered(t)
}

// Accepted tells that a pod let every certificate in that was tried on it, at
// least one.
func (t TLS) Accepted() bool {
	refuses := func(a Acceptance) bool { return a.Verdict != trust.Yes }
	return len(t.Accepts) > 0 && !slices.ContainsFunc(t.Accepts, refuses)
}
