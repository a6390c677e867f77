package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	v1 "github.com/kubectl-nifi/kubectl-nifi/pkg/findings/v1"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/overlay"
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
	title := fmt.Sprintf("namespace %s before the first apply: Kubernetes %s, %s asked for", ground.Namespace, ground.Version, plural(len(ground.Rights), "right"))
	return o.finish(title, v1.Metadata{Namespace: ground.Namespace}, findings.JudgeGround(ground))
}

// runOffline judges an overlay's folder.
func (o *diagnoseOptions) runOffline() error {
	stream, err := overlay.BuildFolder(o.Dir)
	if err != nil {
		return usagef("%w", err)
	}
	rendered, err := findings.ReadManifests(stream)
	if err != nil {
		return usagef("%w", err)
	}
	title := fmt.Sprintf("folder %s: %s", o.Dir, plural(len(rendered.Sets), "cluster"))
	return o.finish(title, v1.Metadata{Name: o.Dir}, findings.Lint(rendered))
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
