//go:build e2e && faults

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// testOutage stops the API server for a minute. A shell starts it again, so that
// it does even if the test is killed.
func testOutage(t *testing.T, w ward) {
	c := w.chapter(t)
	ip := w.address(t, w.healerPod(t).Name)
	before := pollsFailed(t, ip)
	pid := apiServer(t)
	outage := exec.CommandContext(context.WithoutCancel(t.Context()), "sh", "-c", `kill -STOP "$0" && sleep 60; kill -CONT "$0"`, fmt.Sprint(pid))
	outage.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, outage.Start())
	eventually(t, 55*time.Second, "a poll that fails", func(context.Context) error {
		if pollsFailed(t, ip) == before {
			return fmt.Errorf("none has failed")
		}
		return nil
	})
	require.NoError(t, outage.Wait())
	began := time.Now()
	c.told(t, 3*time.Minute, "Recovered", "can look again")
	w.whole(t, 5*time.Minute)
	c.handsOff(t)
	t.Logf("figure: API server stopped for 60 s: no act; three nodes CONNECTED %s after it went on", seconds(began, time.Now()))
}

// pollsFailed is the healer's count of them.
func pollsFailed(t *testing.T, ip string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+ip+":8081/metrics", nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return regexp.MustCompile(`(?m)^nifi_reconcile_errors_total.*$`).FindString(string(text))
}

// apiServer is the PID of the lab's.
func apiServer(t *testing.T) int {
	t.Helper()
	program, err := filepath.EvalSymlinks(filepath.Join(filepath.Dir(filepath.Dir(os.Getenv("KUBECONFIG"))), "bin", "kube-apiserver"))
	require.NoError(t, err)
	all, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	for _, dir := range all {
		if path, _ := os.Readlink(filepath.Join(dir, "exe")); path == program {
			pid, err := strconv.Atoi(filepath.Base(dir))
			require.NoError(t, err)
			return pid
		}
	}
	require.Fail(t, "no API server", "%s doesn't run on this machine", program)
	return 0
}
