package findings_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/findings"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// TestGroundPodSecurity: the namespace's labels against the overlay's pods.
func TestGroundPodSecurity(t *testing.T) {
	t.Parallel()
	yes := true
	strict := corev1.PodSpec{
		SecurityContext: &corev1.PodSecurityContext{RunAsNonRoot: &yes, SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}},
		Containers: []corev1.Container{{Name: "nifi", SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: new(bool), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		}}},
	}
	host := strict
	host.HostPID = true
	loose := corev1.PodSpec{Containers: []corev1.Container{{Name: "nifi"}}}
	enforce := func(level string) map[string]string {
		return map[string]string{"pod-security.kubernetes.io/enforce": level}
	}
	tests := map[string]struct {
		labels map[string]string
		pods   corev1.PodSpec
		want   []string // the evidence
	}{
		"no label":        {nil, host, nil},
		"privileged":      {enforce("privileged"), host, nil},
		"fits baseline":   {enforce("baseline"), loose, nil},
		"fits restricted": {enforce("restricted"), strict, nil},
		"breaks baseline": {enforce("baseline"), host, []string{`namespace nifi enforces "baseline:latest"`, `the pods of prod fail the check "host namespaces": hostPID=true`}},
		"only warned":     {map[string]string{"pod-security.kubernetes.io/warn": "restricted"}, loose, nil},
		"a version's baseline": {map[string]string{"pod-security.kubernetes.io/enforce": "baseline", "pod-security.kubernetes.io/enforce-version": "v1.29"}, host,
			[]string{`namespace nifi enforces "baseline:v1.29"`, `the pods of prod fail the check "host namespaces": hostPID=true`}},
		"breaks restricted": {enforce("restricted"), loose, []string{
			`namespace nifi enforces "restricted:latest"`,
			`the pods of prod fail the check "allowPrivilegeEscalation != false": container "nifi" must set securityContext.allowPrivilegeEscalation=false`,
			`the pods of prod fail the check "unrestricted capabilities": container "nifi" must set securityContext.capabilities.drop=["ALL"]`,
			`the pods of prod fail the check "runAsNonRoot != true": pod or container "nifi" must set securityContext.runAsNonRoot=true`,
			`the pods of prod fail the check "seccompProfile": pod or container "nifi" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := firm()
			g.Labels = test.labels
			set := appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: "prod"}, Spec: appsv1.StatefulSetSpec{Template: corev1.PodTemplateSpec{Spec: test.pods}}}
			all := findings.JudgeGround(g, findings.Rendered{Sets: []appsv1.StatefulSet{set}})
			if test.want == nil {
				assert.Empty(t, all)
				return
			}
			require.Len(t, all, 1)
			assert.Equal(t, findings.PodSecurity, all[0].ID)
			assert.Equal(t, test.want, all[0].Evidence)
			assert.Contains(t, all[0].Remedy, "kubectl label namespace nifi --overwrite pod-security.kubernetes.io/enforce=privileged")
		})
	}
}

// TestAwaited: an area waits for what it is judged by, and for nothing else.
func TestAwaited(t *testing.T) {
	t.Parallel()
	settled := map[view.Source]bool{}
	assert.Equal(t, []view.Source{view.SourceLeases, view.SourceTopology}, findings.Awaited("Election", settled))
	settled[view.SourceLeases], settled[view.SourceTopology] = true, true
	assert.Empty(t, findings.Awaited("Election", settled))
	assert.Contains(t, findings.Awaited("Certificates and trust", settled), view.SourceHandshakes)
	for _, area := range findings.Areas() {
		assert.Equal(t, area == "Election", len(findings.Awaited(area, settled)) == 0, area)
	}
}
