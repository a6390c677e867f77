package operation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

const (
	interval    = time.Second // between two looks at the cluster
	maxAttempts = 3           // of one step, as long as nothing else happens
	lastWords   = 5 * time.Second
)

// Progress is how far an operation is.
type Progress struct {
	Step    Step
	Waiting string // what it waits for before it can go on; empty if nothing
	Left    bool   // nobody waits for this step; it goes on by itself
	Done    int    // steps
	Total   int
	State   State

	FlowFiles int64 // left on the node that is being drained
	Bytes     int64
	Rate      float64       // FlowFiles a second
	ToGo      time.Duration // of this drain; 0 if unknown
}

// Runner carries an operation out.
type Runner struct {
	World    World
	Lock     *Lock
	Clock    Clock
	Report   func(Progress)
	Patience time.Duration // how long one step may take that has no rate to go by
	Leave    bool          // end once all that is left is to wait
}

// waits tells that nothing is left of a plan but to wait.
func waits(plan []Step) bool { return !slices.ContainsFunc(plan, Step.Acts) }

// Run carries the journal's operation out, from wherever it is, and gives the
// lock back. If ctx ends, or a step can't be done, the journal stays on the
// Lease for whoever goes on, and says why.
func (r Runner) Run(ctx context.Context, j Journal) (Journal, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		if err := r.Lock.Keep(ctx); err != nil {
			cancel(err)
		}
	}()
	j.Rotation = j.Rotation.resumed()
	run := &running{Runner: r, journal: j, attempts: map[Step]int{}, moved: r.Clock.Now()}
	err := run.loop(ctx)
	if err != nil && context.Cause(ctx) != nil {
		err = inWords(context.Cause(ctx))
	}
	cancel(nil)
	<-kept
	if errors.Is(err, ErrLost) {
		return run.journal, err
	}
	run.journal.Updated, run.journal.Done, run.journal.Reason = r.Clock.Now(), err == nil, ""
	if err != nil {
		run.journal.Reason = err.Error()
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer stop()
	return run.journal, errors.Join(err, r.Lock.Release(ctx, &run.journal))
}

// inWords says in a person's words why a run had to end.
func inWords(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("interrupted (%w)", err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("out of time (%w)", err)
	}
	return err
}

// running is one run of an operation.
type running struct {
	Runner
	journal  Journal
	attempts map[Step]int
	trouble  error // why the last step couldn't be begun
	step     Step  // the one that is under way
	moved    time.Time
	done     int
	left     int // steps
	drain    drain
}

func (r *running) loop(ctx context.Context) error {
	ticks, stop := r.Clock.Every(interval)
	defer stop()
	for {
		again, err := r.once(ctx)
		if err != nil {
			return err
		}
		if !again && r.left == 0 {
			return nil
		}
		if again {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticks:
		}
	}
}

// once looks at the cluster and begins the next step. again tells that it has
// begun one, so that the cluster looks different now.
func (r *running) once(ctx context.Context) (again bool, err error) {
	s, err := r.World.Observe(ctx)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	r.left = max(r.left, 1)
	switch {
	case err != nil:
		return false, r.wait(s, err.Error())
	case s.Blind != "" && (s.Passing || r.journal.Kind != Heal): // nodes that are to be healed may trust nobody
		return false, r.wait(s, s.Blind)
	case !s.Settled:
		return false, r.wait(s, "Kubernetes hasn't seen the last change yet")
	}
	r.journal = r.journal.heed(s)
	plan, err := Plan(r.journal, s)
	if err != nil {
		return false, err
	}
	r.advance(plan)
	if r.Leave && waits(plan) && len(plan) > 0 {
		r.Report(Progress{Step: plan[0], Left: true, Done: r.done, Total: r.done + r.left, State: s})
		r.left = 0
	}
	if r.left == 0 {
		return false, nil
	}
	r.measure(s, plan[0])
	if plan[0].Acts() {
		return true, r.begin(ctx, s, plan[0])
	}
	return false, r.wait(s, "")
}

// advance notices what has been finished since the last look.
func (r *running) advance(plan []Step) {
	if r.left > len(plan) && r.step != (Step{}) {
		r.done += r.left - len(plan)
	}
	r.left = len(plan)
	if len(plan) > 0 && !plan[0].same(r.step) {
		r.step, r.moved, r.trouble, r.drain = plan[0], r.Clock.Now(), nil, drain{}
	}
}

// begin writes a step down and begins it.
func (r *running) begin(ctx context.Context, s State, step Step) error {
	if r.attempts[step]++; r.attempts[step] > maxAttempts {
		if r.trouble == nil {
			r.trouble = errors.New("it was asked for, and had no lasting effect")
		}
		return fmt.Errorf("%s: %w; tried %d times", step, r.trouble, maxAttempts)
	}
	r.journal = r.journal.note(step, r.Clock.Now())
	if err := r.Lock.Write(ctx, r.journal); err != nil {
		return fmt.Errorf("writing the journal before: %s: %w", step, err)
	}
	r.report(s, "")
	r.trouble = r.World.Do(ctx, step, s)
	if final := (Final{}); errors.As(r.trouble, &final) {
		return fmt.Errorf("%s: %w", step, r.trouble)
	}
	if busy := (Busy{}); errors.As(r.trouble, &busy) {
		r.attempts[step]--
		if err := r.wait(s, busy.Error()); err != nil {
			return err
		}
	}
	if r.trouble != nil {
		return r.pause(ctx)
	}
	return nil
}

// pause lets a moment pass before a step is tried again.
func (r *running) pause(ctx context.Context) error {
	ticks, stop := r.Clock.Every(interval)
	defer stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-ticks:
		return nil
	}
}

// measure follows the queue of a node on its way out.
func (r *running) measure(s State, step Step) {
	if node, ok := s.Node(step.Pod); ok && step.Do == DoOffload && node.Status == nifi.Offloading {
		r.drain.observe(s.Time, node.FlowFiles)
	}
}

// wait reports, and gives up when nothing has moved for too long.
func (r *running) wait(s State, why string) error {
	now := r.Clock.Now()
	r.report(s, why)
	draining := why == "" && r.step.Do == DoOffload && !r.drain.began.IsZero()
	switch {
	case draining && r.drain.stalled(now):
		return fmt.Errorf("%s: no FlowFile has left it for %s, %d are left there; see kubectl nifi diagnose, then go on or --abort",
			r.step, now.Sub(r.drain.moved).Round(time.Second), r.drain.left)
	case !draining && now.Sub(r.moved) > r.Patience:
		if why == "" {
			why = "it takes too long"
		}
		return fmt.Errorf("%s: %s after %s; see kubectl nifi diagnose, then go on or --abort", r.step, why, r.Patience)
	}
	return nil
}

func (r *running) report(s State, waiting string) {
	p := Progress{Step: r.step, Waiting: waiting, Done: r.done, Total: r.done + r.left, State: s, Rate: r.drain.rate(), ToGo: r.drain.toGo()}
	if node, ok := s.Node(r.step.Pod); ok {
		p.FlowFiles, p.Bytes = node.FlowFiles, node.Bytes
	}
	r.Report(p)
}
