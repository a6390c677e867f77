package provisioner

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
)

func claim(change func(*corev1.PersistentVolumeClaim)) *corev1.PersistentVolumeClaim {
	class := "lab"
	c := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "nifi", Name: "data-prod-0", UID: "u1",
			Annotations: map[string]string{annotationProvisioner: Name, annotationSelectedNode: "lab-2"},
		},
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: &class,
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		},
	}
	if change != nil {
		change(c)
	}
	return c
}

func TestWants(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*corev1.PersistentVolumeClaim)
		want   bool
	}{
		"waiting":           {nil, true},
		"other provisioner": {func(c *corev1.PersistentVolumeClaim) { c.Annotations[annotationProvisioner] = "x" }, false},
		"not scheduled":     {func(c *corev1.PersistentVolumeClaim) { delete(c.Annotations, annotationSelectedNode) }, false},
		"bound":             {func(c *corev1.PersistentVolumeClaim) { c.Status.Phase = corev1.ClaimBound }, false},
		"names a volume":    {func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeName = "pv" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, wants(claim(tc.change)))
		})
	}
}

// owners remembers who got which folder.
type owners struct {
	mu  sync.Mutex
	uid map[string]int
}

func (o *owners) chown(path string, uid, gid int) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.uid[filepath.Base(path)] = uid
	return nil
}

func TestProvisionAndDelete(t *testing.T) {
	t.Parallel()
	client, given := fake.NewClientset(), &owners{uid: map[string]int{}}
	p := Provisioner{Client: client, Dir: t.TempDir(), Chown: given.chown}
	require.NoError(t, p.Provision(t.Context(), claim(nil)))
	require.NoError(t, p.Provision(t.Context(), claim(nil)), "a second time is fine")

	volume, err := client.CoreV1().PersistentVolumes().Get(t.Context(), "pvc-u1", metav1.GetOptions{})
	require.NoError(t, err)
	assert.DirExists(t, volume.Spec.HostPath.Path)
	assert.Equal(t, Owner, given.uid["pvc-u1"])
	assert.Nil(t, volume.Spec.NodeAffinity, "usable on every node")
	assert.Equal(t, "data-prod-0", volume.Spec.ClaimRef.Name)

	volume.Status.Phase = corev1.VolumeReleased
	require.True(t, released(volume))
	require.NoError(t, p.Delete(t.Context(), volume))
	assert.NoDirExists(t, volume.Spec.HostPath.Path)
	require.NoError(t, p.Delete(t.Context(), volume), "a second time is fine")
}

func TestReleasedLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	volume := Provisioner{Dir: "/x"}.volume(claim(nil))
	assert.False(t, released(volume), "not released yet")
	volume.Status.Phase = corev1.VolumeReleased
	volume.Annotations = nil
	assert.False(t, released(volume), "not ours")
}

func TestRunFollowsTheCluster(t *testing.T) {
	t.Parallel()
	client, given := fake.NewClientset(claim(nil)), &owners{uid: map[string]int{}}
	p := Provisioner{Client: client, Dir: t.TempDir(), Chown: given.chown}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.Run(ctx, slog.New(slog.DiscardHandler)) }()

	volumes := client.CoreV1().PersistentVolumes()
	var volume *corev1.PersistentVolume
	require.Eventually(t, func() (found bool) {
		got, err := volumes.Get(t.Context(), "pvc-u1", metav1.GetOptions{})
		volume = got
		return err == nil
	}, 10*time.Second, 5*time.Millisecond)
	volume.Status.Phase = corev1.VolumeReleased
	_, err := volumes.UpdateStatus(t.Context(), volume, metav1.UpdateOptions{})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := volumes.Get(t.Context(), "pvc-u1", metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	}, 10*time.Second, 5*time.Millisecond)
	_, err = os.Stat(filepath.Join(p.Dir, "pvc-u1"))
	require.ErrorIs(t, err, os.ErrNotExist)
	cancel()
	require.NoError(t, <-done)
}
