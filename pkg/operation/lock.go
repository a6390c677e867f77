package operation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// How a lock is kept. Whoever waits for one learns within lockDuration whether
// its holder lives.
const (
	lockDuration = 15 * time.Second
	lockRenewal  = 5 * time.Second
	clockSkew    = time.Minute // two machines' clocks differ by less
)

// ErrLost says that somebody else has taken the lock over meanwhile.
var ErrLost = errors.New("the cluster's operation lock was lost")

// ErrChanged says that a record was changed since it was loaded.
var ErrChanged = errors.New("it was changed meanwhile")

// Record is what the Lease "<cluster>-operation" holds.
type Record struct {
	Revision string // of the Lease, for Save
	Holder   string // empty: nobody
	Since    time.Time
	Renewed  time.Time
	Duration time.Duration
	Journal  *Journal // of the operation that runs or was cut; nil if there is none
	Last     *Journal // of the operation that ended last; nil if there was none
}

// Held tells that somebody holds the lock, as far as this clock can tell.
func (r Record) Held(now time.Time) bool {
	return r.Holder != "" && now.Before(r.Renewed.Add(r.Duration))
}

// Store keeps a cluster's Record.
type Store interface {
	// Load reads the record.
	Load(ctx context.Context) (Record, error)
	// Save writes it and returns its new revision. ErrChanged if it isn't the
	// one that was loaded.
	Save(ctx context.Context, r Record) (revision string, err error)
}

// Clock is the time, and a tick once an interval until stop is called.
type Clock struct {
	Now   func() time.Time
	Every func(time.Duration) (ticks <-chan time.Time, stop func())
}

// HeldError says who holds the lock.
type HeldError struct {
	Holder string
	Since  time.Time
	What   string // the operation, empty if its journal says nothing
}

func (e HeldError) Error() string {
	what := ""
	if e.What != "" {
		what = " for " + e.What
	}
	return fmt.Sprintf("the cluster is being changed by %s%s, since %s", e.Holder, what, e.Since.UTC().Format("15:04:05 MST"))
}

// Lock is a cluster's lock in our hands.
type Lock struct {
	store Store
	clock Clock
	me    string

	mu     sync.Mutex
	record Record
}

// Take takes the lock. A holder that doesn't renew it for its duration is dead:
// that is seen by watching the record, since its times are another machine's.
// waiting is told whom it waits for, once. A living holder is a HeldError.
func Take(ctx context.Context, store Store, clock Clock, me string, waiting func(HeldError)) (*Lock, error) {
	l := &Lock{store: store, clock: clock, me: me}
	first, err := store.Load(ctx)
	if err != nil {
		return nil, err
	}
	if first.Holder != "" && clock.Now().Before(first.Renewed.Add(first.Duration+clockSkew)) {
		waiting(HeldBy(first))
		if first, err = l.outlive(ctx, first); err != nil {
			return nil, err
		}
	}
	now := clock.Now()
	first.Holder, first.Since, first.Renewed, first.Duration = me, now, now, lockDuration
	if first.Revision, err = store.Save(ctx, first); errors.Is(err, ErrChanged) {
		return nil, fmt.Errorf("taking the lock: somebody else was faster: %w", err)
	} else if err != nil {
		return nil, err
	}
	l.record = first
	return l, nil
}

// HeldBy says who holds a record that is held.
func HeldBy(r Record) HeldError {
	e := HeldError{Holder: r.Holder, Since: r.Since}
	if r.Journal != nil {
		e.What = r.Journal.String()
	}
	return e
}

// outlive watches a record until its holder lets go or fails to renew it.
func (l *Lock) outlive(ctx context.Context, first Record) (Record, error) {
	ticks, stop := l.clock.Every(time.Second)
	defer stop()
	deadline := l.clock.Now().Add(first.Duration)
	for {
		select {
		case <-ctx.Done():
			return Record{}, HeldBy(first)
		case <-ticks:
		}
		r, err := l.store.Load(ctx)
		switch {
		case err != nil:
			return Record{}, err
		case r.Holder == "":
			return r, nil
		case r.Holder != first.Holder, !r.Renewed.Equal(first.Renewed):
			return Record{}, HeldBy(r)
		case !l.clock.Now().Before(deadline):
			return r, nil
		}
	}
}

// Journal is that of the operation that was cut, nil if there is none.
func (l *Lock) Journal() *Journal {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.record.Journal
}

// Keep renews the lock until ctx ends. It returns ErrLost once somebody else
// has it, or nobody could be told for too long that we do.
func (l *Lock) Keep(ctx context.Context) error {
	ticks, stop := l.clock.Every(lockRenewal)
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks:
		}
		err := l.renew(ctx)
		if errors.Is(err, ErrLost) || err != nil && ctx.Err() == nil && l.expired() {
			return fmt.Errorf("%w: %w", ErrLost, err)
		}
	}
}

// renew leaves an API server that doesn't answer no longer than until the next
// renewal.
func (l *Lock) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lockRenewal)
	defer cancel()
	return l.change(ctx, func(*Record) {})
}

// expired tells that others may take the lock over from now on.
func (l *Lock) expired() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.clock.Now().Before(l.record.Renewed.Add(lockDuration))
}

// Write keeps a journal.
func (l *Lock) Write(ctx context.Context, j Journal) error {
	return l.change(ctx, func(r *Record) { r.Journal = &j })
}

// Release gives the lock back. A journal that is done becomes the last one; any
// other stays, for whoever goes on.
func (l *Lock) Release(ctx context.Context, j *Journal) error {
	return l.change(ctx, func(r *Record) {
		if r.Journal = j; j != nil && j.Done {
			r.Journal, r.Last = nil, j
		}
		r.Holder = ""
	})
}

// change saves the record with a change. Others may have touched the Lease's
// labels; as long as the holder is still us, it is read again.
func (l *Lock) change(ctx context.Context, change func(*Record)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		next := l.record
		next.Renewed = l.clock.Now()
		change(&next)
		revision, err := l.store.Save(ctx, next)
		if err == nil {
			next.Revision = revision
			l.record = next
			return nil
		}
		if !errors.Is(err, ErrChanged) {
			return err
		}
		found, err := l.store.Load(ctx)
		if err != nil {
			return err
		}
		if found.Holder != l.me {
			return ErrLost
		}
		l.record.Revision = found.Revision
	}
}
