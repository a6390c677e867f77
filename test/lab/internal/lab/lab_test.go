package lab

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/progress"
)

func testLab(t *testing.T) Lab {
	t.Helper()
	dir := t.TempDir()
	var out strings.Builder
	return Lab{
		Places:   places.Places{Lab: filepath.Join(dir, "lab"), Cache: filepath.Join(dir, "cache"), Checkout: dir},
		Progress: progress.New(&out, false, time.Now),
		Out:      &out,
		Now:      time.Now,
	}
}

func kubeNode(name string, conditions ...corev1.NodeCondition) corev1.Node {
	return corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: corev1.NodeStatus{Conditions: conditions}}
}

func TestAllReady(t *testing.T) {
	t.Parallel()
	ready := corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionTrue}
	broken := corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionFalse, Message: "cni plugin not initialized"}
	for name, tc := range map[string]struct {
		nodes []corev1.Node
		err   string
	}{
		"both":        {[]corev1.Node{kubeNode("lab-1", ready), kubeNode("lab-2", ready)}, ""},
		"one missing": {[]corev1.Node{kubeNode("lab-1", ready)}, "1 of 2 have registered"},
		"one broken":  {[]corev1.Node{kubeNode("lab-1", ready), kubeNode("lab-2", broken)}, "lab-2: cni plugin not initialized"},
		"one silent":  {[]corev1.Node{kubeNode("lab-1", ready), kubeNode("lab-2")}, "lab-2: its kubelet has not reported yet"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := allReady(tc.nodes, 2)
			if tc.err == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tc.err)
		})
	}
}

func TestAFolderOfSomethingElseIsNeverRemoved(t *testing.T) {
	t.Parallel()
	l := testLab(t)
	precious := filepath.Join(l.Places.Lab, "thesis.tex")
	require.NoError(t, os.MkdirAll(l.Places.Lab, 0o755))
	require.NoError(t, os.WriteFile(precious, nil, 0o600))
	require.ErrorIs(t, l.takeDown(t.Context()), ErrNotOurs)
	assert.FileExists(t, precious)
}

func TestAnEmptyFolderIsNoLab(t *testing.T) {
	t.Parallel()
	l := testLab(t)
	owned, err := l.owned()
	require.NoError(t, err)
	assert.False(t, owned)
	require.NoError(t, l.claim())
	owned, err = l.owned()
	require.NoError(t, err)
	assert.True(t, owned)
}

func TestVerbsThatNeedALab(t *testing.T) {
	t.Parallel()
	l := testLab(t)
	require.ErrorIs(t, l.Status(t.Context()), ErrNotRunning)
	require.ErrorIs(t, l.Kubeconfig(t.Context()), ErrNotRunning)
	require.ErrorIs(t, l.LoadImage(t.Context(), "x"), ErrNotRunning)
}

func TestOneCommandAtATime(t *testing.T) {
	t.Parallel()
	l := testLab(t)
	err := l.locked(t.Context(), func(ctx context.Context) error {
		return l.locked(ctx, func(context.Context) error { return nil })
	})
	require.ErrorIs(t, err, ErrBusy)
}

func TestUntil(t *testing.T) {
	t.Parallel()
	tries, boom := 0, errors.New("boom")
	require.NoError(t, until(t.Context(), time.Minute, func(context.Context) error {
		if tries++; tries < 2 {
			return boom
		}
		return nil
	}))
	assert.Equal(t, 2, tries)
	require.ErrorIs(t, until(t.Context(), time.Nanosecond, func(context.Context) error { return boom }), boom)
	require.NoError(t, until(t.Context(), -time.Second, func(ctx context.Context) error { return ctx.Err() }),
		"after a sleep of the machine it gets another chance")
}

func TestProcessCount(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 12, testLab(t).processCount())
	assert.Equal(t, "1.34.4", version("kubelet-lab-2"))
	assert.Empty(t, version("containerd-lab-1"))
}
