package plugin

import (
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// trustState is a cluster's published anchors, and who holds and needs them.
type trustState struct {
	view.Cluster
	published []kube.PublishedAnchor
	issuances []kube.Issuance
	unissued  error // why issuances aren't known
}

// holders names the pods whose files hold an anchor, and those of which
// nothing is known.
func (s trustState) holders(anchor trust.Fingerprint) (holders, unknown []string) {
	for _, t := range s.TLS {
		switch {
		case !t.Files.Known():
			unknown = append(unknown, t.Pod)
		case slices.Contains(t.Files.Anchors, anchor):
			holders = append(holders, t.Pod)
		}
	}
	return holders, unknown
}

// reliers names whose certificates would verify nowhere if these anchors were
// no longer published, and those of which that can't be told.
func (s trustState) reliers(anchors ...trust.Fingerprint) (reliers, unknown []string) {
	on, others := s.authorities(anchors)
	judge := func(who string, chain []trust.Certificate) {
		if len(chain) == 0 {
			unknown = append(unknown, who)
		} else if trust.ReliesOn(chain, on, others, s.Time) {
			reliers = append(reliers, who)
		}
	}
	for _, pod := range s.Pods {
		chain := s.issued(pod.Name + "-tls")
		if t := s.TLSOf(pod.Name); t != nil && len(t.Served.Chain) > 0 {
			chain = t.Served.Chain
		}
		judge(pod.Name, chain)
	}
	for who, secret := range clientSecrets(s.Names) {
		if chain := s.issued(secret); len(chain) > 0 {
			judge(who, chain)
		}
	}
	slices.Sort(reliers)
	return reliers, unknown
}

// authorities parts what nodes trust: the anchors in question, and all that
// stay. Nodes' own ca.crt stays, whatever is published.
func (s trustState) authorities(anchors []trust.Fingerprint) (on, others []trust.Certificate) {
	for _, p := range s.published {
		if slices.Contains(anchors, p.Certificate.Fingerprint) {
			on = append(on, p.Certificate)
		} else {
			others = append(others, p.Certificate)
		}
	}
	for _, i := range s.issuances {
		if s.isNode(i.Secret) {
			others = append(others, i.CA...)
		}
	}
	return on, others
}

// isNode tells that tls-sync takes the ca.crt of this Secret.
func (s trustState) isNode(secret string) bool {
	for ordinal := range topology.MaxNodes {
		if secret == s.Names.NodeSecret(ordinal) {
			return true
		}
	}
	return false
}

// issued is the chain that cert-manager has put into a Secret last.
func (s trustState) issued(secret string) []trust.Certificate {
	for _, i := range s.issuances {
		if i.Secret == secret {
			return i.Chain
		}
	}
	return nil
}

// clientSecrets is where client certificates of a cluster are, by who has them.
func clientSecrets(n topology.Names) map[string]string {
	return map[string]string{"admin": n.AdminSecret(), "healer": n.HealerSecret()}
}
