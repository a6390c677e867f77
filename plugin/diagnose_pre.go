package plugin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	v1 "github.com/kubectl-nifi/kubectl-nifi/pkg/findings/v1"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/overlay"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// runPre judges the namespace that a cluster is to stand in.
func (o *diagnoseOptions) runPre(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	ground, err := o.connection.client.Ground(ctx, o.connection.namespace, o.StorageClass)
	if errors.Is(err, view.ErrUnreachable) || errors.Is(err, context.DeadlineExceeded) {
		return o.env.apiServerDown(o.connection, err)
	}
	if err != nil {
		return err
	}
	rendered, err := o.rendered()
	if err != nil {
		return err
	}
	title := fmt.Sprintf("namespace %s before the first apply: Kubernetes %s, %s asked for", ground.Namespace, ground.Version, plural(len(ground.Rights), "right"))
	return o.finish(title, v1.Metadata{Namespace: ground.Namespace}, findings.JudgeGround(ground, rendered))
}

// runOffline judges an overlay's folder.
func (o *diagnoseOptions) runOffline() error {
	rendered, err := o.rendered()
	if err != nil {
		return err
	}
	title := fmt.Sprintf("folder %s: %s", o.Dir, plural(len(rendered.Sets), "cluster"))
	return o.finish(title, v1.Metadata{Name: o.Dir}, findings.Lint(rendered))
}

// rendered is the overlay that --kustomize names, else the one that init makes
// of no document.
func (o *diagnoseOptions) rendered() (findings.Rendered, error) {
	build := overlay.BuildFolder
	from := o.Dir
	if from == "" {
		build, from = plainOverlay, o.connection.namespace
	}
	stream, err := build(from)
	if err != nil {
		return findings.Rendered{}, usagef("%w", err)
	}
	rendered, err := findings.ReadManifests(stream)
	if err != nil {
		return findings.Rendered{}, usagef("%w", err)
	}
	return rendered, nil
}

// plainOverlay is the manifests of a new cluster in a namespace. Its secrets
// are never used.
func plainOverlay(namespace string) ([]byte, error) {
	file := topology.NewFile("nifi")
	file.Set(namespace, "metadata", "namespace")
	file.Set(topology.DefaultVersion, "spec", "version")
	file.Set(1, "spec", "replicas")
	file.Set(topology.LoginCertificate, "spec", "auth", "type") // spares the hashing of a password
	if err := file.Decode(); err != nil {
		return nil, err
	}
	cluster, err := topology.Complete(file)
	if err != nil {
		return nil, err
	}
	secrets, err := overlay.Secrets{}.Complete(cluster, rand.Reader)
	if err != nil {
		return nil, err
	}
	files, err := overlay.Render(cluster, secrets)
	if err != nil {
		return nil, err
	}
	return overlay.Build(files)
}

// finish prints findings about what is no cluster, and ends as they demand.
func (o *diagnoseOptions) finish(title string, metadata v1.Metadata, all []findings.Finding) (err error) {
	if o.Output == outputText {
		text := diagnoseText{palette: o.env.palette(), verbose: o.Verbose}
		_, err = io.WriteString(o.env.Out, text.bold(title)+"\n"+text.findings(all))
	} else {
		metadata.Time = o.env.Now()
		err = printObject(o.env.Out, o.Output, v1.Of(metadata, all))
	}
	switch {
	case err != nil:
		return fmt.Errorf("printing the diagnosis: %w", err)
	case findings.AtLeast(all, findings.Severity(o.FailOn)):
		return errFindings
	}
	return nil
}
