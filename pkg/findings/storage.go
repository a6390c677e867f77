package findings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// storage judges the volume claims of pods that should be.
func storage(f facts) []Finding {
	var all []Finding
	for _, claim := range f.detail.Claims {
		if claim.Pod == "" || !slices.Contains(f.wanted(), claim.Pod) {
			continue
		}
		if found := f.claim(claim); found != nil {
			all = append(all, *found)
		}
	}
	return append(all, f.elsewhere()...)
}

func (f facts) claim(c view.Claim) *Finding {
	state := fmt.Sprintf("claim %s of %s is %s for %s", c.Name, c.Size, c.Phase, f.since(c.Created))
	found := func(id ID, remedy string, more ...string) *Finding {
		finding := find(id, c.Pod, remedy, append([]string{state}, more...)...)
		return &finding
	}
	switch {
	case c.Phase == "Lost":
		return found(ClaimLost, "bring the volume back; without it the node's queued data is gone: "+f.kubectl("delete pvc %s", c.Name))
	case c.Phase != "Pending" || f.Age(c.Created) < placeBudget:
		return nil
	case c.Class != "" && f.detail.Classes != nil && !slices.ContainsFunc(f.detail.Classes, func(s view.StorageClass) bool { return s.Name == c.Class }):
		return found(ClassMissing, "set spec.storage.storageClassName to one of those, delete the StatefulSet and the pending claims, and apply again",
			fmt.Sprintf("StorageClass %q doesn't exist; there is %s", c.Class, f.classes()))
	case c.Class == "" && f.detail.Classes != nil:
		return found(NoDefaultClass, "set spec.storage.storageClassName, or mark a StorageClass as the default one: kubectl patch storageclass NAME -p "+
			`'{"metadata":{"annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}'`,
			"it names no StorageClass, and there is no default one; there is "+f.classes())
	}
	return f.provisioning(c, found)
}

// provisioning judges a claim whose class is there by the provisioner's words.
func (f facts) provisioning(c view.Claim, found func(ID, string, ...string) *Finding) *Finding {
	describe := f.kubectl("describe pvc %s", c.Name)
	for _, e := range f.events("PersistentVolumeClaim", c.Name, "ProvisioningFailed", "VolumeFailedDelete", "FailedBinding") {
		return found(ProvisioningFailed, describe, f.event(e))
	}
	if p := f.pod(c.Pod); p != nil && p.Reason == "Unschedulable" && !aboutVolumes(p.Message) {
		return nil // it waits for the pod's place, and that is the finding
	}
	return found(ClaimPending, describe)
}

func (f facts) classes() string {
	names := []string{}
	for _, s := range f.detail.Classes {
		names = append(names, s.Name)
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// elsewhere judges pods that can't go where their bound volume is.
func (f facts) elsewhere() []Finding {
	var all []Finding
	for _, p := range f.Pods {
		if p.Reason == "Unschedulable" && strings.Contains(p.Message, "volume node affinity") && f.Age(p.Created) >= placeBudget {
			all = append(all, find(VolumeElsewhere, p.Name,
				"add or free a Kubernetes node in the volume's zone: "+f.kubectl("get pvc -o wide")+" and kubectl describe pv tell it",
				fmt.Sprintf("not scheduled for %s: %s", f.since(p.Created), p.Message)))
		}
	}
	return all
}
