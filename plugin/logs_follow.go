package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/logs"
)

// followInterval is how often a follower looks for logs that have ended and
// for new pods.
const followInterval = 2 * time.Second

// follower shows lines as they come. Each log has a goroutine that waits until
// its entry is printed, so nothing piles up in memory.
type follower struct {
	o       *logsOptions
	printer *logPrinter

	entries chan followed
	streams sync.WaitGroup

	mu      sync.Mutex // guards all below
	follows map[logTarget]*follow
	said    map[logTarget]string // the last complaint
}

// followed is an entry and where it is from.
type followed struct {
	target logTarget
	entry  logs.Entry
}

// follow is what is kept of a log from one opening to the next.
type follow struct {
	open   bool
	opened bool // once at least
	resume logs.Resume
	sieve  *logs.Sieve
}

func newFollower(o *logsOptions, printer *logPrinter) *follower {
	return &follower{
		o: o, printer: printer, entries: make(chan followed),
		follows: map[logTarget]*follow{}, said: map[logTarget]string{},
	}
}

// run follows until ctx ends, which is how a person ends it: no error.
func (f *follower) run(ctx context.Context, targets []logTarget) error {
	ctx, cancel := context.WithCancel(ctx)
	defer f.streams.Wait()
	defer cancel()
	for _, target := range targets {
		f.start(ctx, target, f.o.options())
	}
	f.streams.Go(func() { f.supervise(ctx) })
	for {
		select {
		case <-ctx.Done():
			return nil
		case next := <-f.entries:
			if err := f.printer.print(next.target, next.entry); err != nil {
				return fmt.Errorf("printing the logs: %w", err)
			}
		}
	}
}

// supervise opens at each tick what isn't open: the logs of containers that
// were restarted and of pods that are new, all of it from the beginning.
func (f *follower) supervise(ctx context.Context) {
	ticks, stop := f.o.env.Every(followInterval)
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
		targets, err := f.o.targets(ctx)
		if ctx.Err() != nil {
			return
		}
		f.complain(logTarget{}, err)
		for _, target := range targets {
			f.start(ctx, target, kube.LogOptions{Follow: true, Tail: -1})
		}
	}
}

// start opens a log unless it is open: one that was read before from where
// that ended, a first time as options say.
func (f *follower) start(ctx context.Context, target logTarget, options kube.LogOptions) {
	f.mu.Lock()
	defer f.mu.Unlock()
	log, known := f.follows[target]
	if !known {
		log = &follow{sieve: logs.NewSieve(f.o.filter)}
		f.follows[target] = log
	}
	if log.open {
		return
	}
	if since := log.resume.Since(); !since.IsZero() {
		options = kube.LogOptions{Follow: true, Since: since, Tail: -1}
		log.resume.Reopened()
	} else if log.opened {
		options = f.o.options()
	}
	log.open = true
	f.streams.Go(func() {
		err := f.stream(ctx, target, log, options)
		f.mu.Lock()
		log.open = false
		f.mu.Unlock()
		if ctx.Err() == nil {
			f.complain(target, err)
		}
	})
}

// stream passes on what is new in a log until it ends.
func (f *follower) stream(ctx context.Context, target logTarget, log *follow, options kube.LogOptions) error {
	stream, err := f.o.cluster.StreamLog(ctx, target.pod, target.container, options)
	if err != nil {
		return err
	}
	defer stream.Close()
	log.opened = true
	f.complain(target, nil)
	reader := logs.NewReader(stream)
	for {
		line, err := reader.Next()
		if errors.Is(err, io.EOF) { // the container has ended; another run is another log
			log.sieve = logs.NewSieve(f.o.filter)
			return nil
		}
		if err != nil {
			return err
		}
		if !log.resume.Fresh(line) {
			continue
		}
		for _, entry := range log.sieve.Put(line) {
			select {
			case f.entries <- followed{target, entry}:
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// complain says what fails, once while it goes on.
func (f *follower) complain(target logTarget, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != "" && text != f.said[target] {
		fmt.Fprintf(f.o.env.ErrOut, "warning: %s; trying again\n", text)
	}
	f.said[target] = text
}
