package operation

import (
	"context"
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// rotating is a cluster whose certificates are signed, delivered and loaded a
// while after they are asked for, each node at its own pace. An anchor's
// fingerprint is its issuer's name.
type rotating struct {
	*sim
	trust     Trust
	loaded    map[string][]string // anchors by pod; none stays longer than it must
	distrusts int                 // handshakes that would have failed
	roots     []string
	canSign   []string
	probe     string
}

func newRotating(seed uint64) *rotating {
	r := &rotating{sim: newSim(3, seed), loaded: map[string][]string{}, roots: []string{"prod-ca"}, canSign: []string{"prod-ca", "company-ca"}}
	for _, name := range []string{"prod-0-tls", "prod-1-tls", "prod-2-tls", "prod-3-tls", "prod-admin-tls"} {
		r.trust.Certificates = append(r.trust.Certificates, Certificate{Name: name, Node: name != "prod-admin-tls", Wanted: own(1), Issued: own(1)})
	}
	r.trust.Document = own(1)
	for i := range r.Nodes {
		r.loaded[r.Nodes[i].Pod] = []string{"prod-ca"}
		r.Nodes[i].Anchor = "prod-ca"
	}
	return r
}

func own(generation int) Issuer {
	return Issuer{Kind: "Issuer", Name: (&State{Names: newSim(1, 1).Names}).Names.CA(generation)}
}

// Observe moves the certificates on and looks.
func (r *rotating) Observe(ctx context.Context) (State, error) {
	for _, name := range r.roots {
		if !slices.Contains(r.canSign, name) && r.random.IntN(2) == 0 {
			r.canSign = append(r.canSign, name)
		}
	}
	for i, c := range r.trust.Certificates {
		if c.Wanted != c.Issued && slices.Contains(r.canSign, c.Wanted.Name) && r.random.IntN(2) == 0 {
			r.trust.Certificates[i].Issued = c.Wanted
		}
	}
	if r.probe != "" && r.trust.Anchor == "" && slices.Contains(r.canSign, r.probe) {
		r.trust.Anchor = r.probe
	}
	for i := range r.Nodes {
		r.load(&r.Nodes[i])
	}
	r.handshakes()
	r.look()
	s, err := r.sim.Observe(ctx)
	t := r.trust
	t.Certificates, t.Published = slices.Clone(t.Certificates), slices.Clone(t.Published)
	s.Trust = &t
	return s, err
}

// load has a node take over what its Secrets hold by now, or not yet.
func (r *rotating) load(n *Node) {
	if r.random.IntN(2) == 0 {
		return
	}
	union := slices.Clone(r.trust.Published)
	for _, c := range r.trust.Certificates {
		if c.Node && !slices.Contains(union, c.Issued.Name) {
			union = append(union, c.Issued.Name)
		}
	}
	r.loaded[n.Pod] = union
	n.Anchor = r.certificate(n.Pod + "-tls").Issued.Name
	n.Accepts = r.trust.Anchor != "" && slices.Contains(union, r.trust.Anchor)
}

func (r *rotating) certificate(name string) Certificate {
	return r.trust.Certificates[slices.IndexFunc(r.trust.Certificates, func(c Certificate) bool { return c.Name == name })]
}

// handshakes counts who would refuse whom: each node, and the administrator.
func (r *rotating) handshakes() {
	for _, to := range r.Nodes {
		shown := []string{r.certificate("prod-admin-tls").Issued.Name}
		for _, from := range r.Nodes {
			shown = append(shown, from.Anchor)
		}
		for _, anchor := range shown {
			if !slices.Contains(r.loaded[to.Pod], anchor) {
				r.distrusts++
			}
		}
	}
}

// Do does one step; the process may die before or after it.
func (r *rotating) Do(_ context.Context, step Step, _ State) error {
	dies := false
	if r.cut > 0 {
		r.cut--
		dies = r.cut == 0
	}
	if !dies || r.random.IntN(2) == 0 {
		r.acts = append(r.acts, step.String())
		r.rotate(step)
	}
	if dies {
		return Final{errKilled}
	}
	return nil
}

func (r *rotating) rotate(step Step) {
	t := &r.trust
	switch step.Do {
	case DoRoot:
		r.roots = append(r.roots, step.Issuer.Name)
	case DoProbe:
		r.probe, t.ProbeMade = step.Issuer.Name, true
	case DoPublish:
		t.Ours = true
		for _, anchor := range append([]string{t.Anchor}, r.served()...) {
			t.Published = with(t.Published, anchor)
		}
	case DoSwitch, DoClients:
		for i, c := range t.Certificates {
			if c.Node == (step.Do == DoSwitch) {
				t.Certificates[i].Wanted = step.Issuer
			}
		}
	case DoDocument:
		t.Document = step.Issuer
	case DoRetire:
		r.forget("prod-ca")
	case DoRevoke:
		r.forget(step.Issuer.Name)
	}
}

func (r *rotating) served() []string {
	var all []string
	for _, n := range r.Nodes {
		all = append(all, n.Anchor)
	}
	return all
}

func (r *rotating) forget(root string) {
	t := &r.trust
	t.Ours, t.Published, t.ProbeMade, t.Anchor, r.probe = false, nil, false, "", ""
	r.roots, r.canSign = without(r.roots, root), without(r.canSign, root)
}

// look tells of the roots as Kubernetes would.
func (r *rotating) look() {
	r.trust.RootMade = slices.Contains(r.roots, "prod-ca-2")
	r.trust.RootReady = slices.Contains(r.canSign, "prod-ca-2")
	r.trust.OldRoot = slices.Contains(r.roots, "prod-ca")
}

var _ World = (*rotating)(nil)

// allConnected tells that nobody was taken out of the cluster.
func (r *rotating) allConnected() bool {
	return r.least == len(r.Nodes) && !slices.ContainsFunc(r.Nodes, func(n Node) bool { return n.Status != nifi.Connected })
}
