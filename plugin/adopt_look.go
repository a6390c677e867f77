package plugin

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"os"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/adopt"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// readAtOnce is how many pods' files are read at the same time.
const readAtOnce = 5

// adoption is what is to be recorded and granted.
type adoption struct {
	kube.Adoption
	workload adopt.Workload
	objects  []kube.Object
	grants   []adopt.Grant
	admin    *identity // nil: nobody to ask NiFi as
	mapped   bool      // NiFi makes other names of certificates' subjects
}

// look finds out all that is to be known before anything is made.
func (o *adoptOptions) look(ctx context.Context) (*adoption, error) {
	w, err := o.connection.client.Workload(ctx, o.names.Namespace, o.statefulSet)
	if err != nil {
		return nil, err
	}
	if w.Ours {
		return nil, fmt.Errorf("kubectl nifi init rendered StatefulSet %q: there is nothing to adopt", w.Name)
	}
	container, err := w.Container(o.Container)
	if err != nil {
		return nil, err
	}
	a := &adoption{workload: w, Adoption: kube.Adoption{Names: o.names, HealerFrom: o.HealerFrom}}
	nodes, err := o.nodes(ctx, w.Running, container)
	if err != nil {
		return nil, err
	}
	if a.Names.Layout, a.Stores, err = w.Describe(container, nodes); err != nil {
		return nil, err
	}
	a.mapped = nodes[0].Mapped
	a.Names.Layout.ClientSecret, a.Names.Layout.HealerSecret = o.ClientSecret, o.HealerSecret
	a.Names.Layout.HealerMode, a.Names.Layout.TrustRestart = o.HealerMode, o.TrustRestart
	if err := o.people(ctx, a); err != nil {
		return nil, err
	}
	a.objects, err = a.Objects()
	return a, err
}

// nodes reads what each running pod's nifi.properties says of its node. Of its
// passwords nothing is kept.
func (o *adoptOptions) nodes(ctx context.Context, pods []string, container string) ([]adopt.Node, error) {
	files, err := kube.NewPodFiles(o.connection.config, o.names.Namespace)
	if err != nil {
		return nil, err
	}
	nodes, failures := make([]adopt.Node, len(pods)), make([]error, len(pods))
	var reads errgroup.Group
	reads.SetLimit(readAtOnce)
	for i, pod := range pods {
		reads.Go(func() error {
			nodes[i], failures[i] = o.node(ctx, files, pod, container)
			return nil
		})
	}
	_ = reads.Wait() // failures are kept by pod
	return nodes, cmp.Or(failures...)
}

func (o *adoptOptions) node(ctx context.Context, files view.PodFiles, pod, container string) (adopt.Node, error) {
	read := func(prefix string) ([]byte, error) {
		lines, err := files.ReadLines(ctx, pod, container, o.Properties, prefix)
		if errors.Is(err, view.ErrForbidden) {
			err = fmt.Errorf("%w; adopting needs the right to create pods/exec in namespace %s", err, o.names.Namespace)
		}
		return lines, err
	}
	properties := map[string]string{}
	var stores trust.Stores
	for _, prefix := range adopt.Prefixes() {
		lines, err := read(prefix)
		if err != nil {
			return adopt.Node{}, err
		}
		if prefix == trust.StoreProperties {
			if stores, err = trust.StoresOf(lines, o.Properties); err != nil {
				return adopt.Node{}, fmt.Errorf("%s: %w", pod, err)
			}
		}
		maps.Copy(properties, trust.Properties(lines))
		clear(lines)
	}
	return adopt.NodeOf(pod, properties, stores)
}

// people finds who asks NiFi, and what they need to be granted.
func (o *adoptOptions) people(ctx context.Context, a *adoption) error {
	var err error
	if a.admin, err = o.admin(ctx, a); err != nil {
		return err
	}
	admin, healer := "", ""
	if a.admin != nil {
		admin = subjectOf(a.admin.certificate)
	}
	if o.HealerSecret != "" {
		who, err := identityIn(ctx, o.connection.client, a.Names, a.Names.HealerSecret())
		if err != nil {
			return err
		}
		healer = subjectOf(who.certificate)
	}
	a.grants = adopt.Grants(admin, healer, o.HealerMode, a.Names.Layout.Authorizer)
	return nil
}

// admin is who the plugin is to NiFi: of the files, which are then kept in a
// Secret, else of the Secret. Without either there is nobody.
func (o *adoptOptions) admin(ctx context.Context, a *adoption) (*identity, error) {
	if o.Credentials.fromFiles() {
		who, err := o.Credentials.loadFiles()
		if err != nil {
			return nil, err
		}
		a.Certificate, err = o.Credentials.files()
		return &who, err
	}
	who, err := identityIn(ctx, o.connection.client, a.Names, a.Names.AdminSecret())
	if o.ClientSecret == "" && errors.Is(err, view.ErrNotFound) {
		return nil, nil
	}
	return &who, err
}

// files is the PEM files as a Secret has them.
func (c credentials) files() (map[string][]byte, error) {
	data := map[string][]byte{}
	for key, file := range map[string]string{"tls.crt": c.certificate, "tls.key": c.key, "ca.crt": c.authority} {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err // it names the file
		}
		data[key] = content
	}
	return data, nil
}

// subjectOf is a certificate's user in NiFi, unless that maps it to another.
func subjectOf(certificate *tls.Certificate) string { return nifi.Identity(certificate.Leaf) }
