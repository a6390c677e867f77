package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Exit codes of every command.
const (
	exitWell        = 0
	exitFailed      = 1   // findings, or a failed operation
	exitUsage       = 2   // the command line or a document is wrong
	exitUnreachable = 3   // what was needed could not be reached
	exitTimeout     = 124 // out of time, as timeout(1) says it
)

// errFindings ends a command whose output already says what is not well: the
// exit code is 1 and nothing more is printed.
var errFindings = errors.New("findings")

// UsageError says that the person asked for something that can't be asked for.
type UsageError struct{ err error }

func (e UsageError) Error() string { return e.err.Error() }
func (e UsageError) Unwrap() error { return e.err }

// usagef makes a UsageError; its format understands %w.
func usagef(format string, args ...any) error {
	return UsageError{fmt.Errorf(format, args...)}
}

// UnreachableError says that something the command can't do without did not
// answer: the API server, or a NiFi it was to act on.
type UnreachableError struct {
	What   string // "the API server at https://10.0.0.1:6443"
	Remedy string // what to try next; may be empty
	Err    error
}

func (e UnreachableError) Error() string {
	message := fmt.Sprintf("reaching %s: %v", e.What, e.Err)
	if e.Remedy != "" {
		message += "; " + e.Remedy
	}
	return message
}

func (e UnreachableError) Unwrap() error { return e.Err }

// unreachable makes an UnreachableError.
func unreachable(what string, err error, remedy string) error {
	return UnreachableError{What: what, Remedy: remedy, Err: err}
}

// exitCode maps an error to the exit code it ends the process with. What was
// out of reach stays 3, even if a time limit is how that was noticed.
func exitCode(err error) int {
	var usage UsageError
	var out UnreachableError
	switch {
	case err == nil:
		return exitWell
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &out):
		return exitUnreachable
	case errors.Is(err, context.DeadlineExceeded):
		return exitTimeout
	default:
		return exitFailed
	}
}

// printError writes err as one line, unless the output has said it already.
func printError(w io.Writer, err error) {
	if err == nil || errors.Is(err, errFindings) {
		return
	}
	fmt.Fprintf(w, "error: %s\n", strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "\n", "; ")), " "))
}
