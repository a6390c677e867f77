package kube

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/streaming/pkg/httpstream"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// complaintBytes is how much is read of what a command says on stderr.
const complaintBytes = 1 << 10

// PodFiles reads files in containers of one namespace's pods by exec, as
// kubectl cp does, with the person's own rights. What it reads is in memory
// only.
type PodFiles struct {
	config    *rest.Config
	api       api
	namespace string
}

var _ view.PodFiles = PodFiles{}

// NewPodFiles reads in pods of one namespace.
func NewPodFiles(config *rest.Config, namespace string) (PodFiles, error) {
	api, _, err := connect(config)
	if err != nil {
		return PodFiles{}, err
	}
	return PodFiles{config: config, api: api, namespace: namespace}, nil
}

// ReadFile is a file of at most trust.MaxStore bytes.
func (f PodFiles) ReadFile(ctx context.Context, pod, container, path string) ([]byte, error) {
	return f.read(ctx, pod, container, path, "cat", "--", path)
}

// ReadLines is the lines of a file that begin with prefix, read by grep in the
// container: what else the file holds stays there.
func (f PodFiles) ReadLines(ctx context.Context, pod, container, path, prefix string) ([]byte, error) {
	pattern := `^[[:space:]]*` + strings.ReplaceAll(prefix, ".", "[.]")
	return f.read(ctx, pod, container, path, "grep", "-e", pattern, "--", path)
}

func (f PodFiles) read(ctx context.Context, pod, container, path string, command ...string) ([]byte, error) {
	what := fmt.Sprintf("%s in pod %q", path, pod)
	answer := new(refusal)
	executor, err := f.executor(pod, &corev1.PodExecOptions{Container: container, Command: command, Stdout: true, Stderr: true}, answer)
	if err != nil {
		return nil, describe("reading", what, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := &bounded{limit: trust.MaxStore, full: cancel}
	complaint := &bounded{limit: complaintBytes, full: func() {}}
	err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: out, Stderr: complaint})
	data, over := out.take()
	switch {
	case over:
		clear(data)
		return nil, fmt.Errorf("reading %s: %w", what, trust.ErrTooLarge)
	case err != nil:
		clear(data)
		said, _ := complaint.take()
		return nil, describe("reading", what, inContainer(answer.of(err), string(said)))
	}
	return data, nil
}

// executor runs a command by websocket, and by SPDY where the API server or a
// proxy before it doesn't know that.
func (f PodFiles) executor(pod string, options *corev1.PodExecOptions, answer *refusal) (remotecommand.Executor, error) {
	url := f.api.core.Post().Resource("pods").Namespace(f.namespace).Name(pod).SubResource("exec").
		VersionedParams(options, f.api.codec).URL()
	current, err := remotecommand.NewWebSocketExecutor(f.config, "GET", url.String())
	if err != nil {
		return nil, err
	}
	old, err := remotecommand.NewSPDYExecutor(f.config, "POST", url)
	if err != nil {
		return nil, err
	}
	return remotecommand.NewFallbackExecutor(current, old, answer.fallBack)
}

// refusal is the API server's answer to the websocket. Who may not get
// pods/exec may still create it by SPDY, but if that fails, too, its error has
// lost what the first one says.
type refusal struct{ status *apierrors.StatusError }

func (r *refusal) fallBack(err error) bool {
	var upgrade *httpstream.UpgradeFailureError
	if errors.As(err, &upgrade) {
		_ = errors.As(upgrade.Cause, &r.status) // nil if the API server didn't say
		return true
	}
	return httpstream.IsHTTPSProxyError(err)
}

func (r *refusal) of(err error) error {
	if r.status != nil && strings.Contains(err.Error(), "unable to upgrade connection") {
		return r.status
	}
	return err
}

// inContainer is what the command itself said of its failure, if it did.
func inContainer(err error, complaint string) error {
	complaint = strings.TrimSpace(complaint)
	var status *apierrors.StatusError
	if complaint == "" || errors.As(err, &status) {
		return err
	}
	return errors.New(oneLine(complaint))
}

// bounded keeps at most limit bytes of what is written to it. What comes after
// them is read and dropped until full has ended the writer, which may still
// write when nobody waits for it any more.
type bounded struct {
	limit int
	full  func()

	mu    sync.Mutex
	data  bytes.Buffer
	over  bool
	taken bool
}

var _ io.Writer = (*bounded)(nil)

// Write keeps what there is room for.
func (b *bounded) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.taken {
		return len(p), nil
	}
	kept := p[:min(len(p), b.limit-b.data.Len())]
	b.data.Write(kept) // it never fails
	if len(kept) < len(p) && !b.over {
		b.over = true
		b.full()
	}
	return len(p), nil
}

// take is what was kept, and whether there was more; it keeps nothing from then
// on.
func (b *bounded) take() (data []byte, over bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken = true
	return b.data.Bytes(), b.over
}
