package plugin

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
)

// setContainers gives a pod the containers of the overlay and a UID.
func (w world) setContainers(ordinal int, uid string) {
	w.setPod(ordinal, func(pod *corev1.Pod) {
		pod.UID = types.UID(uid)
		pod.Spec.InitContainers = []corev1.Container{{Name: "tls-wait"}, {Name: "tls-sync"}}
		pod.Spec.Containers = []corev1.Container{{Name: "nifi"}}
	})
}

// setLogs lets the three nodes write a few lines, some at once.
func (w world) setLogs() {
	for ordinal := range 3 {
		w.setContainers(ordinal, w.names.Pod(ordinal)+"-uid")
		w.log(ordinal, "tls-wait")
	}
	w.log(0, "nifi").Append(w.ago(600), "2026-11-22 17:55:00,000 INFO [main] o.a.nifi.NiFi Launching").
		Append(w.ago(60), "2026-11-22 18:04:00,000 WARN [main] o.a.n.c.Flow disk at 81%").
		Append(w.ago(30), "2026-11-22 18:04:30,000 ERROR [main] o.a.n.c.Flow could not start", "java.io.IOException: no space", "\tat o.a.n.Flow.start(Flow.java:7)").
		Append(w.ago(10), "2026-11-22 18:04:50,000 INFO [main] o.a.n.c.Flow retrying")
	w.log(1, "nifi").Append(w.ago(300), "2026-11-22 18:00:00,000 INFO [main] o.a.nifi.NiFi Launching").
		Append(w.ago(30), "2026-11-22 18:04:30,000 INFO [main] o.a.n.c.Flow joined")
	w.log(2, "nifi").Append(w.ago(20), "2026-11-22 18:04:40,000 WARN [main] o.a.n.c.Flow slow")
	w.log(1, "tls-sync").Append(w.ago(299), `{"time":"2026-11-22T18:00:01Z","level":"info","logger":"tls-sync","pod":"prod-1","event":"published"}`).
		Append(w.ago(25), `{"time":"2026-11-22T18:04:35Z","level":"error","logger":"tls-sync","pod":"prod-1","event":"anchor-refused"}`)
	w.log(0, "tls-sync")
	w.log(2, "tls-sync")
}

func (w world) ago(seconds int) time.Time {
	return w.now.Add(time.Duration(-seconds)*time.Second + 123456*time.Nanosecond)
}

// log makes a new run of a container and returns its log.
func (w world) log(ordinal int, container string) *kubetest.Log {
	log := &kubetest.Log{}
	w.api.SetLog(w.path("api/v1", "pods", w.names.Pod(ordinal)), container, log)
	return log
}

func TestLogs(t *testing.T) {
	t.Parallel()
	forbid := func(w world) { w.api.Deny(w.path("api/v1", "pods", "prod-1") + "/log") }
	tests := map[string]struct {
		args  []string
		stage func(w world)
		code  int
	}{
		"merged":         {},
		"colour":         {args: []string{"--color", "always"}},
		"timestamps":     {args: []string{"--timestamps"}},
		"nodes":          {args: []string{"prod-2", "1"}},
		"level":          {args: []string{"--level", "warn"}},
		"grep":           {args: []string{"--grep", "no space"}},
		"since":          {args: []string{"--since", "35s"}},
		"tail":           {args: []string{"--tail", "1"}},
		"tls-sync":       {args: []string{"--container", "tls-sync", "--level", "error"}},
		"all-containers": {args: []string{"--container", "all", "--since", "1m"}},
		"one-forbidden":  {stage: forbid, args: []string{"--tail", "1"}, code: 1},
		"one-waits":      {stage: func(w world) { w.api.SetLog(w.path("api/v1", "pods", "prod-1"), "nifi", nil) }, args: []string{"--tail", "1"}, code: 1},
		"no-such-node":   {args: []string{"7"}, code: 1},
		"no-container":   {args: []string{"--container", "istio"}, code: 1},
		"pods-forbidden": {stage: func(w world) { w.api.Deny("/api/v1/namespaces/nifi/pods") }, code: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.setLogs()
			if test.stage != nil {
				test.stage(w)
			}
			got := w.run(t, append([]string{"logs", "prod"}, test.args...)...)
			assert.Equal(t, test.code, got.code)
			assertGolden(t, filepath.Join("logs", name+".golden"), got.String())
		})
	}
}

func TestLogsFollow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setLogs()
	first := w.log(1, "nifi").Append(w.ago(30), "2026-11-22 18:04:30,000 INFO [main] x one")
	s := w.start(t, "logs", "prod", "1", "3", "-f")
	s.out.wait(t, "x one")
	first.Append(w.ago(9), "2026-11-22 18:04:51,000 INFO [main] x two", "2026-11-22 18:04:51,000 INFO [main] x three")
	s.out.wait(t, "x three")

	first.End() // the container is restarted; the log of a moment that was seen goes on
	s.tick(t)
	second := w.log(1, "nifi").Append(w.ago(9), "2026-11-22 18:04:51,000 INFO [main] x two", "2026-11-22 18:04:51,000 INFO [main] x three")
	second.Append(w.ago(8), "2026-11-22 18:04:52,000 INFO [main] x four")
	s.tickUntil(t, s.out, "x four")

	w.setContainers(3, "prod-3-uid") // a node more
	w.log(3, "nifi").Append(w.ago(5), "2026-11-22 18:04:55,000 INFO [main] x five")
	s.tickUntil(t, s.out, "prod-3 2026-11-22 18:04:55,000 INFO [main] x five")

	second.End() // the pod is made anew on a machine whose clock is behind
	w.log(1, "nifi").Append(w.ago(100), "2026-11-22 18:03:20,000 INFO [main] x six")
	w.setContainers(1, "another-uid")
	s.tickUntil(t, s.out, "x six")

	assert.Equal(t, exitWell, s.end(t))
	for _, word := range []string{"one", "two", "three", "four", "five", "six"} {
		assert.Equal(t, 1, strings.Count(s.out.String(), "x "+word), "%q once in\n%s", word, s.out)
	}
	assert.Equal(t, 6, strings.Count(s.out.String(), "\n"))
}

func TestLogsFollowSaysOnceWhatFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setLogs()
	w.api.SetLog(w.path("api/v1", "pods", "prod-1"), "nifi", nil)
	s := w.start(t, "logs", "prod", "1", "-f")
	s.errOut.wait(t, "waiting to start")
	s.tick(t)
	s.tick(t)
	w.log(1, "nifi").Append(w.ago(1), "2026-11-22 18:04:59,000 INFO [main] x up")
	s.tickUntil(t, s.out, "x up")
	assert.Equal(t, exitWell, s.end(t))
	assert.Equal(t, 1, strings.Count(s.errOut.String(), "\n"), s.errOut)
}

func TestLogsWithoutAPIServer(t *testing.T) {
	t.Parallel()
	config := kubetest.WriteKubeconfig(t, api.Cluster{Server: "https://127.0.0.1:1"}, "nifi")
	got := runWith(t, time.Now(), "logs", "prod", "--kubeconfig", config)
	assert.Equal(t, exitUnreachable, got.code)
	assert.Equal(t, 1, got.lines())
}

func TestLogsWrongUsage(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"no name":   {},
		"level":     {"prod", "--level", "loud"},
		"grep":      {"prod", "--grep", "("},
		"since":     {"prod", "--since", "-1s"},
		"tail":      {"prod", "--tail", "-2"},
		"container": {"prod", "--container", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runWith(t, time.Now(), append([]string{"logs"}, args...)...)
			assert.Equal(t, exitUsage, got.code, got.stderr)
			assert.Equal(t, 1, got.lines())
		})
	}
}
