//go:build e2e && faults

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rotationSteps is every step of a rotation that changes something, as its
// progress says it; %s is the new root.
func rotationSteps() []string {
	return []string{
		"make root %s", "have Issuer %s sign a client certificate", "give every node both anchors",
		"nudge the pods", "have %s sign the nodes' certificates", "have %s sign the administrator's",
		"write into the overlay's document that %s signs", "forget the old anchor",
	}
}

// TestFaultRotation changes the root of a cluster under a flow and five requests
// a second: once as it is, once killed after each step, once taken back after
// each of those that can be.
func TestFaultRotation(t *testing.T) {
	l := openLab(t)
	l.freshNamespace(t)
	prod, _ := l.render(t, "prod", 3, "--create-namespace")
	ids := prod.waitConnected(t, 3, 6*time.Minute)
	api := prod.admin(t, prod.Pod(0))
	group, _ := buildFlow(t, api, map[string]any{"schedulingPeriod": "100 ms"})
	setState(t, api, group, "RUNNING")
	lives := prod.lives(t)
	generation := 1
	step := func(name string, rotate func(t *testing.T)) {
		l.step(t, prod.Names, name, func(t *testing.T) {
			probes := prod.interrogate(t)
			rotate(t)
			probes.end(t)
			assert.Equal(t, lives, prod.lives(t), "nobody restarted")
			assert.Equal(t, ids, prod.waitConnected(t, 3, time.Minute))
			prod.does(t, "certs", "prod")
			assert.Empty(t, kubectl(t, "diff", "-k", prod.dir).out, "the overlay says the same")
		})
	}
	ended := func(t *testing.T, out string) {
		assert.Equal(t, fmt.Sprintf("cluster prod: every certificate is signed by Issuer %s\n", prod.CA(generation)), out)
	}

	step("as it is", func(t *testing.T) {
		began := time.Now()
		generation++
		ended(t, prod.does(t, "rotate-ca", "prod", "-y", "--dir", prod.dir).out)
		t.Logf("figure: a rotation of three nodes: %s", time.Since(began).Round(time.Second))
	})
	for i, says := range rotationSteps() {
		step("killed after "+strings.ReplaceAll(says, "%s", "the root"), func(t *testing.T) {
			generation++
			if !prod.cutRotation(t, says, generation) {
				t.Logf("figure: step %d of %d: it had ended before it was killed", i+1, len(rotationSteps()))
				return
			}
			began := time.Now()
			ended(t, prod.does(t, "rotate-ca", "prod", "-y", "--dir", prod.dir).out)
			t.Logf("figure: resumed after step %d of %d: %s", i+1, len(rotationSteps()), time.Since(began).Round(time.Second))
		})
	}
	for _, i := range []int{2, 4, 5} {
		step("taken back after "+strings.ReplaceAll(rotationSteps()[i], "%s", "the root"), func(t *testing.T) {
			before := prod.versions(t)
			require.True(t, prod.cutRotation(t, rotationSteps()[i], generation+1))
			ended(t, prod.does(t, "rotate-ca", "prod", "--abort", "-y", "--dir", prod.dir).out)
			assert.Len(t, prod.versions(t), len(before))
		})
	}
}

// cutRotation begins a rotation to a generation and kills it after a step,
// unless it has ended by then: the last steps take no time.
func (c cluster) cutRotation(t *testing.T, says string, generation int) (cut bool) {
	t.Helper()
	r := c.start(t, "rotate-ca", c.Cluster, "-y", "--dir", c.dir)
	if strings.Contains(says, "%s") {
		says = fmt.Sprintf(says, c.CA(generation))
	}
	r.says(t, "(?m)^"+says)
	require.NoError(t, r.command.Process.Kill())
	return r.command.Wait() != nil
}
