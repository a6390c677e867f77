package plugin

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifica"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// fromAuthority asks a cluster's nifi-ca for certificates of its clients, as
// the person, and puts them where cert-manager would have. Nobody else may: the
// token makes any certificate.
func (o *certsRenewOptions) fromAuthority(ctx context.Context) error {
	clients, err := o.clients()
	if err != nil {
		return err
	}
	var secrets []string
	for _, who := range clients {
		secrets = append(secrets, clientSecrets(o.names)[who])
	}
	plan := fmt.Sprintf("renew %s: asked of %s, and put into Secret %s\n", strings.Join(clients, ", then "), o.names.NiFiCA(), strings.Join(secrets, ", "))
	if ok, err := o.env.agree(plan, o.DryRun, o.Yes); !ok {
		return err
	}
	cluster := o.connection.client.Cluster(o.names)
	authority, done, err := o.authority(ctx, cluster)
	if err != nil {
		return err
	}
	defer done()
	for _, who := range clients {
		if err := o.issue(ctx, cluster, authority, who); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(o.env.Out, "%s renewed\n", plural(len(clients), "certificate"))
	return err
}

// clients is whom to renew: a node asks by itself, whenever it starts.
func (o *certsRenewOptions) clients() ([]string, error) {
	if len(o.subjects) == 0 {
		return []string{"admin", "healer"}, nil
	}
	for _, subject := range o.subjects {
		if clientSecrets(o.names)[subject] == "" {
			return nil, usagef("%s asks %s for a new certificate whenever it starts: kubectl nifi restart %s %s", subject, o.names.NiFiCA(), o.names.Cluster, subject)
		}
	}
	return o.subjects, nil
}

// authority is the way to the nifi-ca, to be closed by done.
func (o *certsRenewOptions) authority(ctx context.Context, cluster kube.Cluster) (_ nifica.Client, done func(), err error) {
	secret, err := o.connection.client.Secret(ctx, o.names.Namespace, o.names.NiFiCA())
	if err != nil {
		return nifica.Client{}, nil, err
	}
	pod, err := cluster.CAPod(ctx)
	if errors.Is(err, view.ErrNotFound) {
		return nifica.Client{}, nil, fmt.Errorf("no pod of Deployment %s runs; see kubectl nifi diagnose %s", o.names.NiFiCA(), o.names.Cluster)
	}
	if err != nil {
		return nifica.Client{}, nil, err
	}
	dialer, err := kube.NewPodDialer(o.connection.config, o.names.Namespace)
	if err != nil {
		return nifica.Client{}, nil, err
	}
	return nifica.Client{
		Dial: dialer.DialContext, Address: fmt.Sprintf("%s.%s:%d", pod, o.names.NiFiCA(), topology.PortNiFiCA),
		Name: o.names.NiFiCA(), Token: strings.TrimSpace(string(secret["token"])),
	}, func() { _ = dialer.Close() }, nil // it never fails
}

// issue has a client's certificate issued, and keeps it.
func (o *certsRenewOptions) issue(ctx context.Context, cluster kube.Cluster, authority nifica.Client, who string) error {
	pair, err := authority.Issue(ctx, nifica.Subject(o.names.Cluster+"-"+who, o.names.Namespace))
	if err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(pair.Key)
	if err != nil {
		return err
	}
	certificate := func(c *x509.Certificate) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	secret := clientSecrets(o.names)[who]
	err = cluster.KeepPair(ctx, secret, map[string][]byte{
		"tls.crt": certificate(pair.Leaf), "ca.crt": certificate(pair.Root),
		"tls.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(o.env.ErrOut, "%s: a new certificate is in Secret %s, until %s\n", who, secret, minute(pair.Leaf.NotAfter))
	return nil
}
