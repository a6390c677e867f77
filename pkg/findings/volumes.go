package findings

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// Bounds of how full a volume may be.
const (
	volumeFilling    = 0.80
	volumeNearlyFull = 0.95
	gibibyte         = 1 << 30
)

// volume is one that repositories of a node are on.
type volume struct {
	view.Usage
	claim        *view.Claim // nil if it isn't known
	repositories []string
}

// volumes judges how full the nodes' volumes are. A disk that is shared with
// others, as local folders and NFS are, isn't the claim's size: while it has
// that much left, the claim's promise is kept.
func volumes(f facts) []Finding {
	var all []Finding
	for _, v := range f.volumesOf(f.detail.Usages) {
		full := share(v.Used, v.Total)
		if full <= volumeFilling || v.promised() > 0 && v.Free >= v.promised() {
			continue
		}
		id := VolumeFilling
		if full > volumeNearlyFull {
			id = VolumeNearlyFull
		}
		all = append(all, find(id, v.Pod, f.enlarge(v), fmt.Sprintf("%s: %s of %s used (%.0f %%), %s free, with the repositories %s",
			v.name(), size(v.Used), size(v.Total), 100*full, size(v.Free), strings.Join(v.repositories, ", "))))
	}
	return all
}

// volumesOf joins repositories that are on one volume: of one claim, and of one
// size, since overrides may have put one of them elsewhere.
func (f facts) volumesOf(usages []view.Usage) []volume {
	var all []volume
	for _, u := range usages {
		claim := f.claimOf(u)
		i := slices.IndexFunc(all, func(v volume) bool { return v.Pod == u.Pod && v.claim == claim && v.Total == u.Total })
		if i < 0 {
			i, all = len(all), append(all, volume{Usage: u, claim: claim})
		}
		if !slices.Contains(all[i].repositories, u.Repository) {
			all[i].repositories = append(all[i].repositories, u.Repository)
		}
		if u.Free < all[i].Free { // it was filled on while NiFi looked
			all[i].Usage = u
		}
	}
	return all
}

// claimOf is the claim that a repository is on: one of its own if the
// StatefulSet makes such, else that of the node's state. It is nil if that isn't
// known, or if the volume is far too small for it: overrides lead elsewhere then.
func (f facts) claimOf(u view.Usage) *view.Claim {
	name := "state-" + u.Pod
	if f.StatefulSet != nil && slices.Contains(f.StatefulSet.Volumes, u.Repository) {
		name = u.Repository + "-" + u.Pod
	}
	i := slices.IndexFunc(f.detail.Claims, func(c view.Claim) bool { return c.Name == name })
	if i < 0 || u.Total < bytesOf(f.detail.Claims[i].Size)/2 {
		return nil
	}
	return &f.detail.Claims[i]
}

// promised is the size that the claim asked for, in bytes; 0 if it isn't known.
func (v volume) promised() int64 {
	if v.claim == nil {
		return 0
	}
	return bytesOf(v.claim.Size)
}

func (v volume) name() string {
	if v.claim == nil {
		return "volume"
	}
	return "claim " + v.claim.Name
}

// enlarge is what makes room on a volume.
func (f facts) enlarge(v volume) string {
	const less = "lower nifi.content.repository.archive.max.retention.period, nifi.content.repository.archive.max.usage.percentage " +
		"and nifi.provenance.repository.max.storage.size in spec.overrides, or empty queues"
	if v.promised() == 0 {
		return less
	}
	if !f.expandable(v.claim.Class) {
		return less + "; the StorageClass lets no claim grow"
	}
	larger := resource.NewQuantity(2*v.promised(), resource.BinarySI)
	return f.kubectl(`patch pvc %s -p '{"spec":{"resources":{"requests":{"storage":"%s"}}}}'`, v.claim.Name, larger) + "; or " + less
}

// expandable tells that claims of a class, or of the default one, may grow.
func (f facts) expandable(class string) bool {
	return slices.ContainsFunc(f.detail.Classes, func(s view.StorageClass) bool {
		return s.Expandable && (s.Name == class || class == "" && s.Default)
	})
}

// size is so many bytes for people.
func size(bytes int64) string {
	if bytes < gibibyte {
		return fmt.Sprintf("%d MiB", bytes/mebibyte)
	}
	return fmt.Sprintf("%.1f GiB", float64(bytes)/gibibyte)
}

// bytesOf reads a size such as "10Gi"; 0 if it is none.
func bytesOf(size string) int64 {
	quantity, err := resource.ParseQuantity(size)
	if err != nil {
		return 0
	}
	return quantity.Value()
}
