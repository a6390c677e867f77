package plugin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// How long one wave may take to be issued and served, and nodes to be back.
const (
	renewalPatience = 5 * time.Minute
	returnPatience  = 5 * time.Minute
)

// carry renews wave by wave. Of nodes that are CONNECTED before a wave none may
// be missing after it; after one of expired certificates all are waited for.
func (r *renewing) carry(ctx context.Context, plan renewalPlan) error {
	for _, wave := range plan.waves {
		before, asked := r.connected(ctx)
		if wave[0].expired(plan.now) {
			before, asked = nodesOf(wave), true
		}
		if err := r.wave(ctx, wave); err != nil {
			return err
		}
		if !asked {
			fmt.Fprintln(r.env.ErrOut, "warning: NiFi can't be asked which nodes are CONNECTED; what they serve is all that is known")
			continue
		}
		if err := r.back(ctx, before); err != nil {
			return err
		}
	}
	return nil
}

func nodesOf(wave []renewal) []string {
	var nodes []string
	for _, one := range wave {
		if one.serves {
			nodes = append(nodes, one.who)
		}
	}
	return nodes
}

// connected is the pods whose nodes the coordinator has CONNECTED; asked is
// false if it can't be asked.
func (r *renewing) connected(ctx context.Context) (pods []string, asked bool) {
	seen := r.taking.take(ctx, lookTimeout)
	for _, node := range seen.Nodes {
		if node.Status == view.StatusConnected {
			pod, _, _ := strings.Cut(node.Address, ".")
			pods = append(pods, pod)
		}
	}
	return pods, seen.NodesFrom != ""
}

// back waits until these nodes are CONNECTED.
func (r *renewing) back(ctx context.Context, nodes []string) error {
	deadline := r.env.Now().Add(returnPatience)
	said := false
	return r.env.poll(ctx, func() (bool, error) {
		now, asked := r.connected(ctx)
		missing := slices.DeleteFunc(slices.Clone(nodes), func(node string) bool { return slices.Contains(now, node) })
		switch {
		case len(missing) == 0:
			return true, nil
		case r.env.Now().After(deadline) && !asked:
			return false, fmt.Errorf("NiFi couldn't be asked for %s whether %s is CONNECTED, so nothing more is renewed; kubectl nifi status %s says why",
				returnPatience, strings.Join(missing, ", "), r.names.Cluster)
		case r.env.Now().After(deadline):
			return false, fmt.Errorf("%s should be CONNECTED and isn't after %s, so nothing more is renewed; see kubectl nifi diagnose %s",
				strings.Join(missing, ", "), returnPatience, r.names.Cluster)
		case !said:
			said = true
			fmt.Fprintf(r.env.ErrOut, "waiting: %s not CONNECTED\n", strings.Join(missing, ", "))
		}
		return false, nil
	})
}

// wave has certificates issued anew at once, and waits until each is in use.
func (r *renewing) wave(ctx context.Context, wave []renewal) error {
	began := r.env.Now()
	for _, one := range wave {
		if err := r.cluster.Renew(ctx, one.Certificate, began); err != nil {
			return err
		}
	}
	left := map[string]string{} // why each isn't done
	for _, one := range wave {
		left[one.who] = "it has just begun"
	}
	return r.env.poll(ctx, func() (bool, error) {
		issuances, err := r.cluster.Issuances(ctx)
		if err != nil { // it was allowed a moment ago, and may pass
			issuances = nil
		}
		for _, one := range wave {
			if left[one.who] == "" || issuances == nil {
				continue
			}
			if left[one.who], err = r.state(ctx, one, issuances); err != nil {
				return false, err
			}
			if left[one.who] == "" {
				fmt.Fprintf(r.env.ErrOut, "%s: %s, after %s\n", one.who, done(one), r.env.Now().Sub(began).Round(time.Second))
			}
		}
		return overdue(left, wave, r.env.Now().Sub(began))
	})
}

// overdue tells whether all is done, or has had its time.
func overdue(left map[string]string, wave []renewal, since time.Duration) (done bool, err error) {
	for _, one := range wave {
		if why := left[one.who]; why != "" && since > renewalPatience {
			return false, fmt.Errorf("%s isn't renewed after %s: %s", one.who, renewalPatience, why)
		} else if why != "" {
			return false, nil
		}
	}
	return true, nil
}

func done(one renewal) string {
	if one.serves {
		return "a new certificate is served"
	}
	return "a new certificate is in Secret " + one.Secret
}

// state tells why a renewal isn't done; empty: it is.
func (r *renewing) state(ctx context.Context, one renewal, issuances []kube.Issuance) (string, error) {
	i := slices.IndexFunc(issuances, func(i kube.Issuance) bool { return i.Certificate == one.Certificate })
	if i < 0 {
		return "", fmt.Errorf("the Certificate %q is gone", one.Certificate)
	}
	now := issuances[i]
	switch {
	case now.Issuing:
		return "cert-manager hasn't issued it: " + dash(now.Problem), nil
	case now.Revision <= one.Revision:
		return "", fmt.Errorf("cert-manager did not issue %s: %s", one.Certificate, dash(now.Problem))
	case !one.serves:
		return "", nil
	}
	r.nudger.nudge(ctx, one.who)
	served := r.served(ctx, one.who)
	if served.Error != "" {
		return fmt.Sprintf("it is issued, and the handshake with %s fails: %s", one.who, served.Error), nil
	}
	if leaf, ok := now.Leaf(); ok && leaf.Fingerprint != served.Chain[0].Fingerprint || !ok && served.Chain[0].Fingerprint == fingerprintOf(one.served) {
		return fmt.Sprintf("it is issued, and %s still serves serial %s", one.who, shortSerial(served.Chain[0].Serial)), nil
	}
	return "", nil
}

// served shakes hands with a pod.
func (r *renewing) served(ctx context.Context, pod string) view.Served {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	return view.Handshake(ctx, r.taking.pods.DialContext, r.names.Endpoint(pod))
}

func fingerprintOf(served view.Served) trust.Fingerprint {
	leaf, _ := served.Leaf()
	return leaf.Fingerprint
}
