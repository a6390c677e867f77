package operation

import "slices"

// planRotate changes the anchor of a whole cluster while it runs. Every node
// trusts the new one before any shows a certificate by it, and the old one goes
// only when nobody shows one by it any more.
func planRotate(j Journal, s State) ([]Step, error) {
	if s.Trust == nil || j.Rotation == nil {
		return nil, refuse("", "nothing is known of who signs the cluster's certificates")
	}
	switch {
	case j.Rotation.Retiring && j.Abort:
		return nil, refuse("finish it with kubectl nifi operations --resume, and then rotate again",
			"the old anchor is being forgotten, and nobody signs by it any more")
	case j.Rotation.Retiring:
		return retire(*s.Trust), nil
	case j.Abort:
		return planRotateBack(j, s), nil
	}
	var steps []Step
	for _, phase := range []func(Journal, State) []Step{introduce, accept, exchange, clients, document} {
		steps = append(steps, phase(j, s)...)
	}
	return append(steps, Step{Do: DoRetire}), nil
}

// introduce makes the new root, where it is our own, and has it sign a client
// certificate to try the nodes with.
func introduce(j Journal, s State) []Step {
	var steps []Step
	if j.Generation > 0 && !s.Trust.RootMade {
		steps = append(steps, Step{Do: DoRoot, Issuer: j.To()})
	}
	if j.Generation > 0 && !s.Trust.RootReady {
		steps = append(steps, Step{Do: AwaitRoot, Issuer: j.To()})
	}
	if !s.Trust.ProbeMade {
		steps = append(steps, Step{Do: DoProbe, Issuer: j.To()})
	}
	if s.Trust.Anchor == "" {
		steps = append(steps, Step{Do: AwaitProbe, Issuer: j.To()})
	}
	return steps
}

// accept gives every node both anchors, and waits until each of them has let
// the new one's client certificate in: that proves what it has loaded. Once the
// nodes' certificates are to be signed by the new one, it was proven.
func accept(j Journal, s State) []Step {
	var steps []Step
	published := s.Trust.published(s.Nodes)
	if !published {
		steps = append(steps, Step{Do: DoPublish})
	}
	waiting := inPods(s, func(n Node) bool { return !n.Accepts && !s.Trust.wanted(true, j.To()) })
	if len(waiting) > 0 && (!published || !j.Rotation.Nudged) {
		steps = append(steps, Step{Do: DoNudge})
	}
	for _, node := range waiting {
		steps = append(steps, Step{Do: AwaitAccepts, Pod: node.Pod})
	}
	return steps
}

// exchange has the nodes' certificates signed anew, and waits until each node
// serves the one it got.
func exchange(j Journal, s State) []Step {
	return exchangeTo(j, s, j.To(), func(n Node) bool { return n.Anchor != "" && n.Anchor == s.Trust.Anchor })
}

func exchangeTo(j Journal, s State, to Issuer, serves func(Node) bool) []Step {
	var steps []Step
	wanted := s.Trust.wanted(true, to)
	if !wanted {
		steps = append(steps, Step{Do: DoSwitch, Issuer: to})
	}
	for _, name := range s.Trust.pending(true, to) {
		steps = append(steps, Step{Do: AwaitIssued, Certificate: name, Issuer: to})
	}
	waiting := inPods(s, func(n Node) bool { return !wanted || !serves(n) })
	if len(waiting) > 0 && (!wanted || !j.Rotation.Nudged) {
		steps = append(steps, Step{Do: DoNudge})
	}
	for _, node := range waiting {
		steps = append(steps, Step{Do: AwaitServed, Pod: node.Pod, Issuer: to})
	}
	return steps
}

// clients has the administrator's and the healer's certificates signed anew.
func clients(j Journal, s State) []Step { return clientsTo(s, j.To()) }

func clientsTo(s State, to Issuer) []Step {
	var steps []Step
	if !s.Trust.wanted(false, to) {
		steps = append(steps, Step{Do: DoClients, Issuer: to})
	}
	for _, name := range s.Trust.pending(false, to) {
		steps = append(steps, Step{Do: AwaitIssued, Certificate: name, Issuer: to})
	}
	return steps
}

// document makes the overlay say the new issuer: else the next apply would go
// back to one that nobody trusts.
func document(j Journal, s State) []Step {
	if j.Rotation.NoDocument || s.Trust.Document == j.To() {
		return nil
	}
	return []Step{{Do: DoDocument, Issuer: j.To()}}
}

// retire forgets the old anchor, and all that the rotation needed.
func retire(t Trust) []Step {
	if t.Ours || t.ProbeMade || t.OldRoot && len(t.Outside) == 0 {
		return []Step{{Do: DoRetire}}
	}
	return nil
}

// planRotateBack has everything signed by the issuer of before again. The nodes
// trust both anchors until all is as it was.
func planRotateBack(j Journal, s State) []Step {
	from := j.Rotation.From
	var steps []Step
	if !s.Trust.wanted(true, from) || len(s.Trust.pending(true, from)) > 0 || slices.ContainsFunc(s.Nodes, func(n Node) bool { return s.Trust.Anchor != "" && n.Anchor == s.Trust.Anchor }) {
		steps = exchangeTo(j, s, from, func(n Node) bool { return n.Anchor != "" && n.Anchor != s.Trust.Anchor })
	}
	steps = append(steps, clientsTo(s, from)...)
	if s.Trust.Document == j.To() {
		steps = append(steps, Step{Do: DoDocument, Issuer: from})
	}
	if s.Trust.Ours || s.Trust.ProbeMade || j.Generation > 0 && s.Trust.RootMade {
		steps = append(steps, Step{Do: DoRevoke, Issuer: j.To()})
	}
	return steps
}

// inPods is the nodes of which there is to be a pod.
func inPods(s State, fits func(Node) bool) []Node {
	return slices.DeleteFunc(slices.Clone(s.Nodes), func(n Node) bool { return n.Ordinal >= s.Replicas || !fits(n) })
}

// preflightRotate demands that everybody trusts everybody to begin with.
func preflightRotate(i Intent, s State) (warnings []string, err error) {
	switch {
	case s.Trust == nil:
		return nil, refuse("see kubectl nifi certs", "nothing is known of who signs the cluster's certificates")
	case len(s.Trust.Distrust) > 0:
		return nil, refuse("see kubectl nifi certs", "not every node trusts every other: %s", s.Trust.Distrust[0])
	case s.Trust.wanted(true, i.To()) && s.Trust.wanted(false, i.To()) && len(s.Trust.pending(true, i.To())) == 0:
		return nil, refuse("", "%s %s signs the cluster's certificates already", i.To().Kind, i.To().Name)
	}
	for _, node := range s.Nodes {
		if node.Ordinal < s.Replicas && !node.In() {
			return nil, refuse("see kubectl nifi diagnose", "%s is %s, and an anchor changes only while every node is in", node.Pod, node.state())
		}
		if node.Ordinal < s.Replicas && node.Anchor == "" {
			return nil, refuse("have its certificate signed by the cluster's issuer first: kubectl nifi certs renew",
				"%s serves a certificate that the administrator's ca.crt doesn't verify", node.Pod)
		}
	}
	for _, name := range s.Trust.Outside {
		warnings = append(warnings, "Certificate "+name+" isn't the cluster's and is signed by the same issuer: whoever uses it is refused once nodes forget the old anchor; have it signed by "+i.To().Name+" and give its clients the new anchor")
	}
	return append(warnings, "clients outside Kubernetes that verify the nodes need the new anchor before they see it: ca.crt of Secret "+s.Names.AdminSecret()+" afterwards"), nil
}
