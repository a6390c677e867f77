package plugin

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// renewal is one certificate that is to be issued anew.
type renewal struct {
	kube.Issuance
	who    string      // a node, admin or healer
	serves bool        // a pod runs that is to serve it
	served view.Served // what that pod serves now
}

// renewalPlan is what is renewed: each wave at once, one after the other.
type renewalPlan struct {
	now      time.Time
	waves    [][]renewal
	warnings []string
}

// newRenewalPlan puts certificates that have expired into one wave, since
// nobody can be disturbed by them, and each other one into its own.
func newRenewalPlan(seen view.Cluster, issuances []kube.Issuance, subjects []string) (renewalPlan, error) {
	p := renewalPlan{now: seen.Time}
	var expired []renewal
	var sound [][]renewal
	for _, who := range subjects {
		one, err := newRenewal(seen, issuances, who)
		if err != nil {
			return p, err
		}
		warning, err := rootOutlives(one.Issuance, issuances, seen)
		if err != nil {
			return p, err
		}
		if warning != "" && !slices.Contains(p.warnings, warning) {
			p.warnings = append(p.warnings, warning)
		}
		if one.expired(p.now) {
			expired = append(expired, one)
		} else {
			sound = append(sound, []renewal{one})
		}
	}
	if len(expired) > 0 {
		p.waves = append(p.waves, expired)
	}
	p.waves = append(p.waves, sound...)
	return p, nil
}

func newRenewal(seen view.Cluster, issuances []kube.Issuance, who string) (renewal, error) {
	secret := clientSecrets(seen.Names)[who]
	if secret == "" {
		secret = who + "-tls"
	}
	i := slices.IndexFunc(issuances, func(i kube.Issuance) bool { return i.Secret == secret })
	if i < 0 {
		return renewal{}, fmt.Errorf("no Certificate of cluster %q is kept in Secret %s: cert-manager can't renew what it hasn't issued; put a new certificate there yourself",
			seen.Names.Cluster, secret)
	}
	one := renewal{Issuance: issuances[i], who: who}
	if t := seen.TLSOf(who); t != nil {
		one.serves, one.served = true, t.Served
	}
	return one, nil
}

// rootOutlives compares a certificate's end with that of the cluster's own
// root, if that is what signs it.
func rootOutlives(leaf kube.Issuance, issuances []kube.Issuance, seen view.Cluster) (warning string, err error) {
	i := slices.IndexFunc(issuances, func(i kube.Issuance) bool { return i.Certificate == leaf.Issuer })
	if i < 0 || issuances[i].NotAfter.IsZero() {
		return "", nil
	}
	root, remedy := issuances[i], fmt.Sprintf("kubectl nifi rotate-ca %s -n %s makes a new one", seen.Names.Cluster, seen.Names.Namespace)
	switch end := root.NotAfter; {
	case !end.After(seen.Time):
		return "", fmt.Errorf("the root %s expired at %s, and nothing that it signs verifies: %s", root.Certificate, end.UTC().Format(time.RFC3339), remedy)
	case end.Before(seen.Time.Add(leaf.Duration)):
		return fmt.Sprintf("the root %s expires %s, before a certificate that it signs today would: %s", root.Certificate, humanExpiry(seen.Time, end), remedy), nil
	}
	return "", nil
}

// leaf is what is in use: served, else issued.
func (r renewal) leaf() (trust.Certificate, bool) {
	if leaf, ok := r.served.Leaf(); ok {
		return leaf, true
	}
	return r.Leaf()
}

// end is when what is in use expires: what is served, else what is in the
// Secret, which somebody may have filled by hand. Zero if there is nothing.
func (r renewal) end() time.Time {
	if leaf, ok := r.served.Leaf(); ok {
		return leaf.NotAfter
	}
	return r.NotAfter
}

func (r renewal) expired(now time.Time) bool { return !r.end().IsZero() && !r.end().After(now) }

func (p renewalPlan) all() []renewal { return slices.Concat(p.waves...) }

// String is the forecast and the order.
func (p renewalPlan) String() string {
	t := &table{}
	t.header("CERTIFICATE", "FOR", "SERIAL", "NOT AFTER", "LEFT", "RENEWED BY CERT-MANAGER")
	for _, r := range p.all() {
		serial := "-"
		if leaf, ok := r.leaf(); ok {
			serial = shortSerial(leaf.Serial)
		}
		t.add(cell{text: r.Certificate}, cell{text: r.who}, cell{text: serial}, cell{text: minute(r.end())},
			cell{text: humanExpiry(p.now, r.end())}, cell{text: minute(r.RenewAt)})
	}
	text := t.String()
	for _, warning := range p.warnings {
		text += "warning: " + warning + "\n"
	}
	return text + "renew " + p.order() + "\n"
}

// order is what is renewed after what.
func (p renewalPlan) order() string {
	var waves []string
	for _, wave := range p.waves {
		var names []string
		for _, r := range wave {
			names = append(names, r.who)
		}
		if wave[0].expired(p.now) {
			waves = append(waves, strings.Join(names, ", ")+" (expired) at once")
		} else {
			waves = append(waves, names[0])
		}
	}
	return strings.Join(waves, ", then ")
}

func minute(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04Z")
}
