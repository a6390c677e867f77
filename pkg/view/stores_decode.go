package view

import (
	"context"
	"fmt"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// decode waits for a store to be decoded, as long as there is time. A hostile
// file can hide in its encrypted part that it asks for days of hashing, which
// nothing cuts short: it is left to itself then, and ends with the process.
func decode(ctx context.Context, parse func() ([]trust.Entry, error)) ([]trust.Entry, error) {
	type answer struct {
		entries []trust.Entry
		err     error
	}
	answers := make(chan answer, 1)
	go func() {
		entries, err := parse()
		answers <- answer{entries, err}
	}()
	select {
	case a := <-answers:
		return a.entries, a.err
	case <-ctx.Done():
		return nil, fmt.Errorf("it couldn't be decoded in time: %w", ctx.Err())
	}
}
