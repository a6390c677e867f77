package plugin

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/overlay"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// fromFolder makes new leaves of a self-signed root in the overlay's folder,
// then puts them into their Secrets one after the other, as the person.
func (o *certsRenewOptions) fromFolder(ctx context.Context) error {
	dir := o.Dir
	if dir == "" {
		dir = o.names.Cluster
	}
	init, err := o.env.changed(o.names, &initOptions{Dir: dir})
	if err != nil {
		return err
	}
	subjects, err := o.selfSigned(init.secrets)
	if err != nil {
		return err
	}
	plan := fmt.Sprintf("renew %s: signed with the root in %s/secrets\n", strings.Join(subjects, ", then "), dir)
	if ok, err := o.env.agree(plan, o.DryRun, o.Yes); !ok {
		return err
	}
	for _, subject := range subjects {
		delete(init.secrets.Pairs, o.secretOf(subject))
	}
	if init.secrets, err = init.secrets.WithCertificates(init.cluster, o.env.Now()); err != nil {
		return err
	}
	if err := init.rewrite(); err != nil {
		return err
	}
	if err := o.handOut(ctx, init.secrets, subjects); err != nil {
		return fmt.Errorf("%w; the new certificates are in %s: kubectl apply -k brings the rest", err, dir)
	}
	_, err = fmt.Fprintf(o.env.Out, "%s renewed\n", plural(len(subjects), "certificate"))
	return err
}

// selfSigned is whom to renew: everybody, unless somebody was named.
func (o *certsRenewOptions) selfSigned(s overlay.Secrets) ([]string, error) {
	if len(o.subjects) == 0 {
		all := []string{"admin", "healer"}
		for _, secret := range slices.SortedFunc(maps.Keys(s.Pairs), func(a, b string) int { return o.ordinalOf(a) - o.ordinalOf(b) }) {
			if o.ordinalOf(secret) >= 0 {
				all = append(all, strings.TrimSuffix(secret, "-tls"))
			}
		}
		return all, nil
	}
	for _, subject := range o.subjects {
		if _, there := s.Pairs[o.secretOf(subject)]; !there {
			return nil, usagef("there is no certificate of %s: raise spec.maxReplicas and run kubectl nifi init", subject)
		}
	}
	return o.subjects, nil
}

func (o *certsRenewOptions) ordinalOf(secret string) int {
	return o.names.Ordinal(strings.TrimSuffix(secret, "-tls"))
}

// secretOf is where a node's or a client's certificate is kept.
func (o *certsRenewOptions) secretOf(subject string) string {
	if secret := clientSecrets(o.names)[subject]; secret != "" {
		return secret
	}
	return subject + "-tls"
}

// handOut puts each pair into its Secret, and waits until a pod serves it
// before the next one's turn.
func (o *certsRenewOptions) handOut(ctx context.Context, s overlay.Secrets, subjects []string) error {
	cluster := o.connection.client.Cluster(o.names)
	pods, err := cluster.Pods(ctx)
	if err != nil {
		return err
	}
	dialer, err := kube.NewPodDialer(o.connection.config, o.names.Namespace)
	if err != nil {
		return err
	}
	defer func() { _ = dialer.Close() }() // it never fails
	nudger := newNudger(o.env, cluster)
	for _, subject := range subjects {
		secret := o.secretOf(subject)
		pair := s.Pairs[secret]
		err := cluster.KeepPair(ctx, secret, map[string][]byte{"tls.crt": pair.Certificate, "tls.key": pair.Key, "ca.crt": s.Root.Certificate})
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(pods, func(p view.Pod) bool { return p.Name == subject && p.Ready }) {
			fmt.Fprintf(o.env.ErrOut, "%s: a new certificate is in Secret %s\n", subject, secret)
			continue
		}
		if err := o.served(ctx, subject, pair, nudger, dialer.DialContext); err != nil {
			return err
		}
	}
	return nil
}

// served waits until a pod serves its new certificate.
func (o *certsRenewOptions) served(ctx context.Context, pod string, pair overlay.Pair, nudger *nudger, dial view.Dial) error {
	chain, err := trust.ParsePEM(pair.Certificate)
	if err != nil {
		return err
	}
	began := o.env.Now()
	return o.env.poll(ctx, func() (bool, error) {
		nudger.nudge(ctx, pod)
		looking, cancel := context.WithTimeout(ctx, lookTimeout)
		defer cancel()
		served := view.Handshake(looking, dial, o.names.Endpoint(pod))
		since := o.env.Now().Sub(began)
		if leaf, ok := served.Leaf(); ok && leaf.Fingerprint == chain[0].Fingerprint {
			fmt.Fprintf(o.env.ErrOut, "%s: a new certificate is served, after %s\n", pod, since.Round(time.Second))
			return true, nil
		}
		if since > renewalPatience {
			return false, fmt.Errorf("%s doesn't serve its new certificate after %s; kubectl logs %s -c tls-sync tells more", pod, renewalPatience, pod)
		}
		return false, nil
	})
}
