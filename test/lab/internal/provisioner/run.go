package provisioner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
)

// resync is how often claims and volumes whose handling failed are seen again.
const resync = 10 * time.Second

// errNotSynced means that the API server never answered before the end.
var errNotSynced = errors.New("claims and volumes could not be listed")

// Run provisions and deletes volumes until ctx ends.
func (p Provisioner) Run(ctx context.Context, log *slog.Logger) error {
	factory := informers.NewSharedInformerFactory(p.Client, resync)
	claims := factory.Core().V1().PersistentVolumeClaims().Informer()
	volumes := factory.Core().V1().PersistentVolumes().Informer()
	if err := handle(claims, func(claim *corev1.PersistentVolumeClaim) {
		if wants(claim) {
			report(log, "provisioned", claim.Namespace+"/"+claim.Name, p.Provision(ctx, claim))
		}
	}); err != nil {
		return err
	}
	if err := handle(volumes, func(volume *corev1.PersistentVolume) {
		if released(volume) {
			report(log, "deleted", volume.Name, p.Delete(ctx, volume))
		}
	}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), claims.HasSynced, volumes.HasSynced) && ctx.Err() == nil {
		return errNotSynced
	}
	<-ctx.Done()
	return nil
}

// handle calls do for each object that is added, changed or seen again.
func handle[T any](informer cache.SharedIndexInformer, do func(T)) error {
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) {
			if typed, ok := object.(T); ok {
				do(typed)
			}
		},
		UpdateFunc: func(_, object any) {
			if typed, ok := object.(T); ok {
				do(typed)
			}
		},
	})
	if err != nil {
		return fmt.Errorf("watching the cluster: %w", err)
	}
	return nil
}

func report(log *slog.Logger, verb, name string, err error) {
	if err != nil {
		log.Error("not "+verb, "name", name, "error", err)
		return
	}
	log.Info(verb, "name", name)
}
