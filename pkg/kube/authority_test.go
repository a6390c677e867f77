package kube

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// deploy stores a Deployment with one container and its pod, and returns what
// was stored to be changed.
func deploy(server *kubetest.Server, name string, edit func(*appsv1.Deployment)) {
	labels := map[string]string{"app": name}
	d := appsv1.Deployment{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"}, ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "nifi"}}
	d.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
	d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "ca"}}
	edit(&d)
	server.Set("/apis/apps/v1/namespaces/nifi/deployments/"+name, d)
	server.Set("/api/v1/namespaces/nifi/pods/"+name+"-x", corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, ObjectMeta: metav1.ObjectMeta{Name: name + "-x", Namespace: "nifi", Labels: labels}, Spec: corev1.PodSpec{NodeName: "worker"},
	})
}

// cetic is the certificate authority of an old chart.
func cetic(d *appsv1.Deployment) {
	d.Spec.Template.Spec.Containers[0].Command = []string{"bash", "-c", `exec ${NIFI_TOOLKIT_HOME}/bin/tls-toolkit.sh server -c "rel-ca" -t "sixteenCharacters" -p 9090`}
}

func TestNiFiCA(t *testing.T) {
	t.Parallel()
	ours := func(d *appsv1.Deployment) {
		spec := &d.Spec.Template.Spec
		spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "root", MountPath: "/ca"}}
		spec.Volumes = []corev1.Volume{{Name: "root", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "prod-nifi-ca"}}}}
		spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{}}}}
	}
	tests := map[string]struct {
		stage func(*kubetest.Server)
		want  *view.NiFiCA
		pod   string
	}{
		"none":      {func(s *kubetest.Server) { deploy(s, "web", func(*appsv1.Deployment) {}) }, nil, ""},
		"ours":      {func(s *kubetest.Server) { deploy(s, "prod-nifi-ca", ours); deploy(s, "rel-ca", cetic) }, &view.NiFiCA{Workload: "Deployment prod-nifi-ca", Kept: true}, "prod-nifi-ca-x"},
		"a chart's": {func(s *kubetest.Server) { deploy(s, "rel-ca", cetic) }, &view.NiFiCA{Workload: "Deployment rel-ca", Known: true, Preferred: true}, "rel-ca-x"},
		"token in the environment": {func(s *kubetest.Server) {
			deploy(s, "rel-ca", func(d *appsv1.Deployment) {
				d.Spec.Template.Spec.Containers[0].Args = []string{"tls-toolkit", "server"}
				d.Spec.Template.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "TOKEN", Value: "sixteenCharacters"}}
			})
		}, &view.NiFiCA{Workload: "Deployment rel-ca", Known: true, Preferred: true}, "rel-ca-x"},
		"its root is minted by an init container": {func(s *kubetest.Server) {
			deploy(s, "prod-nifi-ca", func(d *appsv1.Deployment) {
				ours(d)
				spec := &d.Spec.Template.Spec
				spec.InitContainers = []corev1.Container{{Name: "mint", VolumeMounts: spec.Containers[0].VolumeMounts}}
				spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "root", MountPath: "/ca", ReadOnly: true}}
			})
		}, &view.NiFiCA{Workload: "Deployment prod-nifi-ca", Kept: true}, "prod-nifi-ca-x"},
		"which of two": {func(s *kubetest.Server) { deploy(s, "a-ca", cetic); deploy(s, "b-ca", cetic) }, nil, ""},
		"a memory volume keeps nothing": {func(s *kubetest.Server) {
			deploy(s, "prod-nifi-ca", func(d *appsv1.Deployment) {
				ours(d)
				d.Spec.Template.Spec.Volumes[0].VolumeSource = corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}
			})
		}, &view.NiFiCA{Workload: "Deployment prod-nifi-ca"}, "prod-nifi-ca-x"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, cluster := prod(t)
			test.stage(server)
			got, err := cluster.NiFiCA(t.Context())
			require.NoError(t, err)
			if test.want != nil {
				require.Len(t, got.Pods, 1)
				assert.Equal(t, test.pod, got.Pods[0].Name)
				assert.Equal(t, "worker", got.Pods[0].Host)
				got.Pods = nil
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestNiFiCANotAllowed(t *testing.T) {
	t.Parallel()
	server, cluster := prod(t)
	server.Deny("/apis/apps/v1/namespaces/nifi/deployments")
	_, err := cluster.NiFiCA(t.Context())
	require.ErrorIs(t, err, view.ErrForbidden)
}
