// Package provisioner makes PersistentVolumes that are plain folders, owned by
// the user NiFi runs as: a hostPath volume ignores a pod's fsGroup.
package provisioner

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

const (
	// Name is the provisioner of the StorageClass.
	Name = "kubectl-nifi.dev/lab"
	// Owner is the user and group of every volume: `nifi` in the image.
	Owner = 1000

	annotationProvisioner  = "volume.kubernetes.io/storage-provisioner"
	annotationSelectedNode = "volume.kubernetes.io/selected-node"
	annotationProvisioned  = "pv.kubernetes.io/provisioned-by"
)

// Provisioner makes and removes volumes below one folder.
type Provisioner struct {
	Client kubernetes.Interface
	Dir    string
	Chown  func(path string, uid, gid int) error
}

// wants tells whether a claim waits for a volume of ours: the controller
// manager names the provisioner, the scheduler the node.
func wants(claim *corev1.PersistentVolumeClaim) bool {
	return claim.Annotations[annotationProvisioner] == Name &&
		claim.Annotations[annotationSelectedNode] != "" &&
		claim.Spec.VolumeName == "" &&
		claim.Status.Phase != corev1.ClaimBound
}

// released tells whether a volume of ours has lost its claim.
func released(volume *corev1.PersistentVolume) bool {
	return volume.Annotations[annotationProvisioned] == Name &&
		volume.Status.Phase == corev1.VolumeReleased &&
		volume.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete
}

// Provision makes the folder and the volume of a claim.
func (p Provisioner) Provision(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	volume := p.volume(claim)
	dir := volume.Spec.HostPath.Path
	if err := os.MkdirAll(dir, 0o770); err != nil {
		return fmt.Errorf("making the folder of claim %s/%s: %w", claim.Namespace, claim.Name, err)
	}
	if err := p.Chown(dir, Owner, Owner); err != nil {
		return fmt.Errorf("giving away the folder of claim %s/%s: %w", claim.Namespace, claim.Name, err)
	}
	_, err := p.Client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("creating the volume of claim %s/%s: %w", claim.Namespace, claim.Name, err)
	}
	return nil
}

// Delete removes a released volume and what is in it.
func (p Provisioner) Delete(ctx context.Context, volume *corev1.PersistentVolume) error {
	if err := os.RemoveAll(filepath.Join(p.Dir, volume.Name)); err != nil {
		return fmt.Errorf("removing the folder of volume %q: %w", volume.Name, err)
	}
	err := p.Client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("deleting volume %q: %w", volume.Name, err)
	}
	return nil
}

// volume describes the volume of a claim. Like a network disk it follows its
// pod to any node: all of them run on this machine.
func (p Provisioner) volume(claim *corev1.PersistentVolumeClaim) *corev1.PersistentVolume {
	name := "pvc-" + string(claim.UID)
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{annotationProvisioned: Name}},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      claim.Spec.Resources.Requests,
			AccessModes:                   claim.Spec.AccessModes,
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete,
			StorageClassName:              deref(claim.Spec.StorageClassName),
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{
				HostPath: &corev1.HostPathVolumeSource{Path: filepath.Join(p.Dir, name)},
			},
		},
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
