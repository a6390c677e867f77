package plugin

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// patience is how long a test waits for what should come at once.
const patience = 20 * time.Second

// session is a command that goes on until it is told to end.
type session struct {
	out, errOut *transcript
	ticks       chan time.Time // one sent is one tick of the command's ticker
	cancel      context.CancelFunc
	code        chan int
}

// start runs a command line against this world until end.
func (w world) start(t *testing.T, args ...string) *session {
	t.Helper()
	return w.startOn(t, nil, args...)
}

// startOn is start on a terminal of a size, that both streams are.
func (w world) startOn(t *testing.T, terminal func() (int, int, error), args ...string) *session {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &session{
		out: newTranscript(), errOut: newTranscript(), ticks: make(chan time.Time),
		cancel: cancel, code: make(chan int, 1),
	}
	env := Environment{
		IOStreams:   genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: s.out, ErrOut: s.errOut},
		Config:      genericclioptions.NewConfigFlags(true),
		Now:         func() time.Time { return w.now },
		Every:       func(time.Duration) (<-chan time.Time, func()) { return s.ticks, func() {} },
		Terminal:    terminal,
		ErrTerminal: terminal,
		Version:     "v0.0.0-test",
		Program:     "/usr/local/bin/kubectl-nifi",
		Color:       new(string),
		Getenv:      func(name string) string { return map[string]string{"NO_COLOR": "1"}[name] },
	}
	args = append(args, "--kubeconfig", w.api.Kubeconfig(t, "nifi"))
	go func() { s.code <- run(ctx, env, args) }()
	t.Cleanup(cancel)
	return s
}

// tick lets the command's ticker tick once; it returns when that was taken.
func (s *session) tick(t *testing.T) {
	t.Helper()
	select {
	case s.ticks <- time.Time{}:
	case <-time.After(patience):
		require.FailNow(t, "nobody waits for a tick", "%s%s", s.out, s.errOut)
	}
}

// tickUntil ticks until the text has part in it.
func (s *session) tickUntil(t *testing.T, out *transcript, part string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		text, moved := out.read()
		if strings.Contains(text, part) {
			return
		}
		select {
		case s.ticks <- time.Time{}:
		case <-moved:
		case <-deadline:
			require.FailNow(t, "it was never written", "%q in:\n%s", part, text)
		}
	}
}

// end does what Ctrl-C does and returns the exit code.
func (s *session) end(t *testing.T) int {
	t.Helper()
	s.cancel()
	select {
	case code := <-s.code:
		return code
	case <-time.After(patience):
		require.FailNow(t, "it doesn't end", "%s%s", s.out, s.errOut)
		return -1
	}
}

// transcript is what was written so far.
type transcript struct {
	mu    sync.Mutex
	text  strings.Builder
	moved chan struct{}
}

func newTranscript() *transcript { return &transcript{moved: make(chan struct{})} }

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.moved)
	t.moved = make(chan struct{})
	return t.text.Write(p)
}

// String is all of it.
func (t *transcript) String() string {
	text, _ := t.read()
	return text
}

// clear forgets what was written.
func (t *transcript) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.Reset()
}

func (t *transcript) read() (string, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String(), t.moved
}

// wait waits until the text has part in it.
func (t *transcript) wait(tb testing.TB, part string) {
	tb.Helper()
	deadline := time.After(patience)
	for {
		text, moved := t.read()
		if strings.Contains(text, part) {
			return
		}
		select {
		case <-moved:
		case <-deadline:
			require.FailNow(tb, "it was never written", "%q in:\n%s", part, text)
		}
	}
}
