//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// lab is the Kubernetes that the tests run on.
type lab struct {
	config  *rest.Config
	client  kubernetes.Interface
	dynamic dynamic.Interface
	plugin  string // path of the built kubectl-nifi
}

// openLab takes the cluster from KUBECONFIG and the plugin from
// KUBECTL_NIFI; both are set by the Makefile.
func openLab(t *testing.T) lab {
	t.Helper()
	plugin := os.Getenv("KUBECTL_NIFI")
	require.FileExists(t, plugin, "KUBECTL_NIFI must name the built plugin: run make e2e")
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	require.NoError(t, err, "KUBECONFIG must name the lab's kubeconfig: run make e2e")
	config.QPS, config.Burst = 100, 200
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	objects, err := dynamic.NewForConfig(config)
	require.NoError(t, err)
	return lab{config: config, client: client, dynamic: objects, plugin: plugin}
}

// result is what a finished program left.
type result struct {
	code        int
	out, errOut string
}

func run(t *testing.T, program string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	var out, errOut bytes.Buffer
	command := exec.CommandContext(ctx, program, args...)
	command.Stdout, command.Stderr = &out, &errOut
	command.Env = append(os.Environ(), "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
	err := command.Run()
	if command.ProcessState == nil {
		require.NoError(t, err, "starting %s", program)
	}
	return result{command.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// kubectl runs kubectl and demands success.
func kubectl(t *testing.T, args ...string) result {
	t.Helper()
	r := run(t, "kubectl", args...)
	require.Zero(t, r.code, "kubectl %s: %s", strings.Join(args, " "), r.errOut)
	return r
}

// nifi runs the plugin and demands success.
func (l lab) nifi(t *testing.T, args ...string) result {
	t.Helper()
	r := run(t, l.plugin, args...)
	require.Zero(t, r.code, "kubectl nifi %s: %s%s", strings.Join(args, " "), r.out, r.errOut)
	return r
}

// step runs a scenario that the next one builds on. If it fails, the test ends
// there, with what is to be seen of the cluster.
func (l lab) step(t *testing.T, n topology.Names, name string, test func(t *testing.T)) {
	t.Helper()
	if t.Run(name, test) {
		return
	}
	t.Log(run(t, "kubectl", "-n", n.Namespace, "get", "pods", "-o", "wide").out)
	t.Log(run(t, l.plugin, "diagnose", n.Cluster, "-n", n.Namespace).out)
	t.Fatalf("%q failed, and what comes after it builds on it", name)
}

// then runs a part of a scenario that the next part builds on.
func then(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	if !t.Run(name, test) {
		t.FailNow()
	}
}

// eventually repeats a check until it passes; the last failure is the test's.
func eventually(t *testing.T, patience time.Duration, what string, check func(ctx context.Context) error) {
	t.Helper()
	end := time.Now().Add(patience)
	ctx, cancel := context.WithDeadline(t.Context(), end)
	defer cancel()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	err := fmt.Errorf("not tried yet")
	for {
		attempt, stop := context.WithTimeout(ctx, 15*time.Second)
		if latest := check(attempt); latest == nil {
			stop()
			return
		} else if time.Now().Before(end) { // after it, that the time is up is all that is said
			err = latest
		}
		stop()
		select {
		case <-ctx.Done():
			require.NoError(t, err, "%s within %s", what, patience)
			return
		case <-tick.C:
		}
	}
}
