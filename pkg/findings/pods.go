package findings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// pods judges each pod by what Kubernetes says of it and by what its NiFi wrote
// before it ended.
func pods(f facts) []Finding {
	var all []Finding
	for _, p := range f.Pods {
		if p.Reason == "Terminating" {
			continue
		}
		all = append(all, f.places(p)...)
		all = append(all, f.beginnings(p)...)
		all = append(all, f.endings(p)...)
	}
	return all
}

// places judges why a pod has no Kubernetes node, or lost it.
func (f facts) places(p view.Pod) []Finding {
	switch {
	case p.Reason == "Unschedulable" && f.Age(p.Created) >= placeBudget && !aboutVolumes(p.Message):
		return []Finding{find(Unschedulable, p.Name,
			"add or free a Kubernetes node, or lower spec.resources.requests",
			fmt.Sprintf("not scheduled for %s: %s", f.since(p.Created), p.Message))}
	case p.Phase == "Failed":
		return []Finding{find(Evicted, p.Name, f.kubectl("delete pod %s", p.Name),
			fmt.Sprintf("phase Failed, reason %s: %s", p.Reason, p.Message))}
	}
	return nil
}

// aboutVolumes tells the scheduler's words about volumes from those about room.
func aboutVolumes(message string) bool {
	return strings.Contains(message, "PersistentVolumeClaim") || strings.Contains(message, "volume node affinity")
}

// beginnings judges why a container of the pod can't begin.
func (f facts) beginnings(p view.Pod) []Finding {
	for _, c := range p.Containers {
		switch c.Waiting {
		case "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull":
			return []Finding{find(ImageUnavailable, p.Name, "correct spec.image and spec.version, or give the namespace the right to pull",
				fmt.Sprintf("container %s waits: %s: %s", c.Name, c.Waiting, c.Message))}
		case "CreateContainerConfigError", "CreateContainerError":
			return []Finding{find(ContainerRefused, p.Name, f.kubectl("describe pod %s", p.Name),
				fmt.Sprintf("container %s waits: %s: %s", c.Name, c.Waiting, c.Message))}
		}
	}
	return f.mounts(p)
}

// mounts judges the volumes of a pod whose containers wait for them.
func (f facts) mounts(p view.Pod) []Finding {
	begun := slices.ContainsFunc(p.Containers, func(c view.Container) bool { return !c.Started.IsZero() || c.Restarts > 0 || c.Exit != nil })
	if begun || p.Host == "" || f.Age(p.Created) < placeBudget { // what has begun has its volumes, whatever an old event says
		return nil
	}
	failed := f.events("Pod", p.Name, "FailedMount", "FailedAttachVolume")
	if len(failed) == 0 {
		return nil
	}
	newest := failed[0]
	if name, missing := missingSecret(newest.Message); missing {
		return []Finding{find(SecretMissing, p.Name,
			fmt.Sprintf("create it: kubectl apply -k of the overlay makes %s; see %s", name, f.kubectl("get secret %s", name)),
			fmt.Sprintf("Secret %s is not there", name), f.event(newest))}
	}
	return []Finding{find(MountFailed, p.Name, f.kubectl("describe pod %s", p.Name), f.event(newest))}
}

// missingSecret reads the kubelet's `secret "name" not found`.
func missingSecret(message string) (name string, missing bool) {
	_, rest, found := strings.Cut(message, `secret "`)
	name, end, _ := strings.Cut(rest, `"`)
	return name, found && strings.Contains(end, "not found")
}

// endings judges why NiFi ended.
func (f facts) endings(p view.Pod) []Finding {
	for _, s := range f.signsOf(p) {
		if s.lasting {
			continue
		}
		evidence := []string{fmt.Sprintf("log, %s ago: %s", f.since(s.last), s.line)}
		if last := f.lastExit(p); last != nil && p.Restarts > 0 {
			evidence = append(evidence, f.ending(p, last))
		}
		return []Finding{find(s.id, p.Name, f.remedyOf(s.id, p.Name), evidence...)} // what follows in a log follows from it
	}
	last := f.lastExit(p)
	if last == nil || f.Age(last.Finished) >= recentExit {
		return nil
	}
	id := f.endedBy(p, last)
	if id == "" {
		return nil
	}
	return []Finding{find(id, p.Name, f.remedyOf(id, p.Name), append([]string{f.ending(p, last)}, f.killing(p)...)...)}
}

// endedBy is the kind of ending where NiFi's log doesn't tell; empty if it is
// no finding: one restart that went well.
func (f facts) endedBy(p view.Pod, last *view.Exit) ID {
	switch {
	case last.Reason == "OOMKilled":
		return OOMKilled
	case last.Code == 3: // -XX:+ExitOnOutOfMemoryError
		return HeapExhausted
	case !f.crashes(p):
		return ""
	case len(f.killing(p)) > 0:
		return KilledByProbe
	case last.Code == 0:
		return StartFailed // in Application a failure ends the JVM with 0
	default:
		return CrashLoop
	}
}

// ending says how NiFi ended.
func (f facts) ending(p view.Pod, last *view.Exit) string {
	return fmt.Sprintf("NiFi ended %s ago with exit code %d (%s), %d restarts, memory limit %d MiB, heap %s",
		f.since(last.Finished), last.Code, last.Reason, p.Restarts, p.MemoryLimit/mebibyte, p.Heap)
}

// killing is the newest event of a probe that made the kubelet kill NiFi.
func (f facts) killing(p view.Pod) []string {
	for _, e := range f.events("Pod", p.Name, "Killing") {
		if strings.Contains(e.Message, "nifi failed") {
			return []string{f.event(e)}
		}
	}
	return nil
}
