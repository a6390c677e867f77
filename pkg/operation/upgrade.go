package operation

// planUpgrade gives all pods another image, with the gates of a restart. The
// StatefulSet is told meanwhile to leave its pods alone (OnDelete): its own
// rollout knows no coordinator and disconnects nobody. Aborted, it goes back to
// the image there was.
func planUpgrade(j Journal, s State) ([]Step, error) {
	image, version := j.Image, j.Version
	if j.Abort {
		image, version = j.FromImage, j.FromVersion
	}
	var steps []Step
	changed := s.Image == image && s.Version == version
	current := func(n Node) bool { return changed && n.UID != "" && n.Revision == s.Revision }
	rolled := roll(j, s, current)
	if len(rolled) > 0 && !s.Manual {
		steps = append(steps, Step{Do: DoHold})
	}
	if !changed {
		steps = append(steps, Step{Do: DoImage, Image: image, Version: version})
	}
	steps = append(steps, rolled...)
	if s.Manual || len(steps) > 0 {
		steps = append(steps, Step{Do: DoRelease})
	}
	return steps, nil
}
