package operation

import "context"

// World is the cluster that an operation changes.
type World interface {
	// Observe sees the cluster as it is now.
	Observe(ctx context.Context) (State, error)
	// Do begins a step that changes something; it doesn't wait for its end.
	// Whether it had an effect is for the next Observe to tell. An error that
	// is Final is one that trying again can't mend.
	Do(ctx context.Context, step Step, s State) error
}

// Busy marks an error that passes by itself: a disruption budget that allows
// no eviction now.
type Busy struct{ Err error }

func (b Busy) Error() string { return b.Err.Error() }

// Unwrap is the error itself.
func (b Busy) Unwrap() error { return b.Err }

// Final marks an error that will be the same next time: a missing right.
type Final struct{ Err error }

func (f Final) Error() string { return f.Err.Error() }

// Unwrap is the error itself.
func (f Final) Unwrap() error { return f.Err }
