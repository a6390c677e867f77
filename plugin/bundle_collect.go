package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"

	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/bundle"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	findingsv1 "github.com/kubectl-nifi/kubectl-nifi/pkg/findings/v1"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/redact"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
	v1 "github.com/kubectl-nifi/kubectl-nifi/pkg/view/v1"
)

// collectedAtOnce is how many parts of a bundle are collected at a time, each
// of them held in memory until it is in the file.
const collectedAtOnce = 6

// collection is a bundle under construction and what its parts need.
type collection struct {
	archive  *bundle.Archive
	redactor *redact.Redactor
	cluster  view.Cluster
	pods     *kube.PodDialer
}

// part is one thing to collect. Its error is a gap of the bundle.
type part struct {
	what    string
	collect func(ctx context.Context) error
}

// collect collects all parts. What fails is noted as missing.
func (o *bundleOptions) collect(ctx context.Context, c collection) {
	o.addDocuments(c)
	parts := []part{{"versions.json", func(ctx context.Context) error { return o.addVersions(ctx, c) }}}
	for _, resource := range kube.Resources() {
		parts = append(parts, part{"objects/" + resource.Name, func(ctx context.Context) error { return o.addObjects(ctx, c, resource) }})
	}
	pods, err := o.cluster.Containers(ctx)
	if err != nil {
		c.archive.Missing("logs and thread dumps", err)
	}
	for _, pod := range pods {
		parts = append(parts, part{"diagnostics of " + pod.Pod, func(ctx context.Context) error { return o.addDiagnostics(ctx, c, pod.Pod) }})
		for _, container := range pod.Containers {
			parts = append(parts, o.logParts(c, pod.Pod, container)...)
		}
	}
	var group errgroup.Group
	group.SetLimit(collectedAtOnce)
	for _, part := range parts {
		group.Go(func() error {
			if err := part.collect(ctx); err != nil {
				c.archive.Missing(part.what, err)
			}
			return nil
		})
	}
	_ = group.Wait() // failures are in the index
}

// addDocuments adds what follows from the snapshot.
func (o *bundleOptions) addDocuments(c collection) {
	documents := map[string]any{
		"view.json":     v1.From(c.cluster),
		"findings.json": findingsv1.From(c.cluster, findings.Judge(c.cluster)),
	}
	abouts := map[string]string{
		"view.json": "what kubectl nifi status says", "findings.json": "what kubectl nifi diagnose says",
	}
	for name, document := range documents {
		text, err := json.MarshalIndent(document, "", "  ")
		if err != nil {
			c.archive.Missing(name, err)
			continue
		}
		c.archive.Add(name, abouts[name], string(text)+"\n")
	}
	for _, e := range c.cluster.Errors {
		c.archive.Missing(strings.TrimSpace("view.json, "+string(e.Source)+" "+e.Subject), errors.New(e.Message))
	}
}

func (o *bundleOptions) addVersions(ctx context.Context, c collection) error {
	server, err := o.connection.client.ServerVersion(ctx)
	versions := map[string]string{"client": o.env.Version, "kubernetes": server}
	if set := c.cluster.StatefulSet; set != nil {
		versions["nifi"], versions["image"] = set.Version, set.Image
	}
	text, _ := json.MarshalIndent(versions, "", "  ") // strings always can be
	c.archive.Add("versions.json", "versions of all parts", string(text)+"\n")
	return err
}

// addObjects adds a file with all the cluster's objects of a kind.
func (o *bundleOptions) addObjects(ctx context.Context, c collection, resource kube.Resource) error {
	objects, err := o.cluster.Objects(ctx, resource)
	if err != nil || len(objects) == 0 {
		return err
	}
	var file strings.Builder
	for _, object := range objects {
		text, err := yaml.Marshal(c.redactor.Object(object))
		if err != nil {
			return fmt.Errorf("writing %s: %w", nameOf(object), err)
		}
		file.WriteString("---\n" + string(text))
	}
	c.archive.Add("objects/"+resource.Name+".yaml", fmt.Sprintf("%d %s", len(objects), resource.Name), file.String())
	return nil
}

// addDiagnostics adds what a node says about its threads, memory and disks.
func (o *bundleOptions) addDiagnostics(ctx context.Context, c collection, pod string) error {
	text, err := nifi.Diagnostics(ctx, func(ctx context.Context) (net.Conn, error) {
		return c.pods.DialPod(ctx, pod, topology.PortManagement)
	})
	if err != nil {
		return err
	}
	c.archive.Add("diagnostics/"+pod+".txt", "threads, memory and repositories of "+pod, text)
	return nil
}
