package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// What a bundle has of each log.
const (
	bundleLines = 10_000   // the last ones
	bundleBytes = 16 << 20 // of those, the first ones
)

// logParts is the log of a container's present run and of the one before.
func (o *bundleOptions) logParts(c collection, pod, container string) []part {
	name := fmt.Sprintf("logs/%s/%s", pod, container)
	return []part{
		{name + ".log", func(ctx context.Context) error {
			return o.addLog(ctx, c, name+".log", pod, container, false)
		}},
		{name + ".previous.log", func(ctx context.Context) error {
			err := o.addLog(ctx, c, name+".previous.log", pod, container, true)
			if errors.Is(err, view.ErrNotFound) { // it has run once only
				return nil
			}
			return err
		}},
	}
}

func (o *bundleOptions) addLog(ctx context.Context, c collection, name, pod, container string, previous bool) error {
	stream, err := o.cluster.StreamLog(ctx, pod, container, kube.LogOptions{Previous: previous, Tail: bundleLines})
	if err != nil {
		return err
	}
	defer stream.Close()
	text, err := io.ReadAll(io.LimitReader(stream, bundleBytes))
	if err != nil {
		return fmt.Errorf("reading the log of %s/%s: %w", pod, container, err)
	}
	about := fmt.Sprintf("the last %d lines of %s/%s", bundleLines, pod, container)
	if previous {
		about += ", the run before"
	}
	if len(text) == bundleBytes {
		about += fmt.Sprintf(", cut after %s", humanBytes(bundleBytes))
	}
	c.archive.Add(name, about, string(text))
	return nil
}
