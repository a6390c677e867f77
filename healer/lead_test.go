package healer

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

// ownLease is a Lease that replicas share.
type ownLease struct {
	mu      sync.Mutex
	record  operation.Record
	version byte
	away    bool // the API server doesn't answer
}

func (l *ownLease) Load(ctx context.Context) (operation.Record, error) {
	if err := l.hang(ctx); err != nil {
		return operation.Record{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.record, nil
}

func (l *ownLease) Save(ctx context.Context, r operation.Record) (string, error) {
	if err := l.hang(ctx); err != nil {
		return "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Revision != l.record.Revision {
		return "", operation.ErrChanged
	}
	l.version++
	l.record = r
	l.record.Revision = string(l.version)
	return l.record.Revision, nil
}

func (l *ownLease) hang(ctx context.Context) error {
	l.mu.Lock()
	away := l.away
	l.mu.Unlock()
	if !away {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func (l *ownLease) set(change func(*ownLease)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(l)
}

// replica leads until its end, and says in err how that came.
type replica struct {
	working, ended bool
	stoppedWork    time.Time
	err            error
}

func (l *ownLease) replica(ctx context.Context, log *slog.Logger) *replica {
	r := &replica{}
	clock := operation.Clock{Now: time.Now, Every: every}
	go func() {
		r.err = lead(ctx, l, clock, log, func(ctx context.Context) {
			r.working = true
			<-ctx.Done()
			r.working, r.stoppedWork = false, time.Now()
		})
		r.ended = true
	}()
	return r
}

// pass lets time go by, which it does only while everybody waits.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestOneReplicaLeads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		lease, me := &ownLease{}, ownName(t)
		lease.record.Holder, lease.record.Renewed, lease.record.Duration = "another", time.Now(), 15*time.Second
		ctx, end := context.WithCancel(t.Context())
		waits := lease.replica(ctx, slog.New(slog.NewTextHandler(&said, nil)))
		for range 10 {
			pass(3 * time.Second)
			assert.False(t, waits.working, "the other one lives")
			lease.set(func(l *ownLease) { l.version++; l.record.Revision, l.record.Renewed = string(l.version), time.Now() })
		}
		pass(30 * time.Second)
		assert.True(t, waits.working, "it doesn't renew its Lease any more")
		assert.Equal(t, me, lease.record.Holder)
		pass(5 * time.Minute)
		assert.True(t, waits.working)
		assert.Contains(t, said.String(), "replica=another")
		end()
		synctest.Wait()
		assert.True(t, waits.ended)
		require.ErrorIs(t, waits.err, errEnd)
		assert.Empty(t, lease.record.Holder, "the next one need not wait")
	})
}

func TestAReplicaEndsBeforeItsLeaseDoes(t *testing.T) {
	t.Parallel()
	losses := map[string]func(*ownLease){
		"the API server is gone": func(l *ownLease) { l.away = true },
		"somebody else has it":   func(l *ownLease) { l.version++; l.record.Revision, l.record.Holder = string(l.version), "another" },
	}
	for name, lose := range losses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				lease := &ownLease{}
				leads := lease.replica(t.Context(), slog.New(slog.DiscardHandler))
				pass(12 * time.Second)
				require.True(t, leads.working)
				renewed := lease.record.Renewed
				lease.set(lose)
				pass(time.Minute)
				require.True(t, leads.ended)
				require.ErrorIs(t, leads.err, errLeaderLost)
				assert.Less(t, leads.stoppedWork.Sub(renewed), 16*time.Second, "others may take over 15 s after the last renewal that they saw")
			})
		})
	}
}

func TestAReplicaThatNeverLedEndsWell(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lease := &ownLease{}
		lease.record.Holder, lease.record.Renewed, lease.record.Duration = "another", time.Now(), time.Hour
		ctx, end := context.WithCancel(t.Context())
		waits := lease.replica(ctx, slog.New(slog.DiscardHandler))
		pass(time.Minute)
		end()
		synctest.Wait()
		require.True(t, waits.ended)
		assert.True(t, errors.Is(waits.err, errEnd))
		assert.Equal(t, "another", lease.record.Holder)
	})
}

func ownName(t *testing.T) string {
	t.Helper()
	name, err := os.Hostname()
	require.NoError(t, err)
	return name
}
