package kube

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// kindError marks err with a sentinel of package view and reads like err alone.
type kindError struct{ kind, err error }

func (e kindError) Error() string   { return e.err.Error() }
func (e kindError) Unwrap() []error { return []error{e.kind, e.err} }

// describe says what failed on which object, in one line, and wraps the
// sentinel of package view that fits. An API server out of reach is the same
// error whichever object was wanted.
func describe(verb, what string, err error) error {
	var transport *url.Error
	switch {
	case err == nil:
		return nil
	case apierrors.IsNotFound(err):
		return fmt.Errorf("%s %s: %w", verb, what, view.ErrNotFound)
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
		return kindError{view.ErrForbidden, fmt.Errorf("%s %s: %w", verb, what, err)}
	case errors.Is(err, context.DeadlineExceeded):
		return kindError{context.DeadlineExceeded, errors.New("no answer in time")}
	case errors.As(err, &transport):
		return kindError{view.ErrUnreachable, cause(transport.Err)}
	default:
		return fmt.Errorf("%s %s: %w", verb, what, err)
	}
}

// cause is the innermost part of a network error that says something: a
// refused connection without the addresses that lead to it.
func cause(err error) error {
	var call *os.SyscallError
	if errors.As(err, &call) {
		return call.Err
	}
	return err
}
