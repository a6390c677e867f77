package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// watch shows the cluster at once and after each interval, until ctx ends,
// which is how a person ends it: no error. Only what keeps it from starting is
// one: afterwards an API server that is away, or a cluster that is deleted, is
// a state like any other.
func (o *statusOptions) watch(ctx context.Context, taking *snapshots) (err error) {
	display := o.display()
	defer func() { err = errors.Join(err, display.restore()) }()
	ticks, stop := o.env.Every(o.Interval)
	defer stop()
	for first := true; ; first = false {
		cluster := taking.take(ctx, o.Timeout)
		if ctx.Err() != nil {
			return nil
		}
		if first {
			if err := o.env.verdict(o.connection, cluster); err != nil {
				return err
			}
		}
		if err := display.show(cluster); err != nil {
			return fmt.Errorf("printing the status: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticks:
		}
	}
}

// display is where a watch shows snapshots.
type display interface {
	show(view.Cluster) error
	restore() error
}

// display is a screen on a terminal, else lines.
func (o *statusOptions) display() display {
	if o.env.Terminal != nil && o.env.Getenv("TERM") != "dumb" {
		return &statusScreen{options: o, screen: screen{out: o.env.Out, size: o.env.Terminal}}
	}
	return &statusLines{out: o.env.Out}
}

// statusScreen shows what status prints, in place.
type statusScreen struct {
	options *statusOptions
	screen
}

func (s *statusScreen) show(cluster view.Cluster) error {
	return s.draw(fmt.Sprintf("%s\n%s  every %s, Ctrl-C ends", s.options.text(cluster), cluster.Time.Local().Format(time.TimeOnly), s.options.Interval))
}
