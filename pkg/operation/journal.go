package operation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Kind is what an operation is for.
type Kind string

// The kinds of operations.
const (
	Scale      Kind = "scale"
	Restart    Kind = "restart"
	Upgrade    Kind = "upgrade"
	Disconnect Kind = "disconnect"
	Reconnect  Kind = "reconnect"
	Offload    Kind = "offload"
	Remove     Kind = "remove"
	Rescue     Kind = "rescue"
	RotateCA   Kind = "rotate-ca"
	Heal       Kind = "heal"
)

// Intent is what somebody asked for. It never changes while it is carried out.
type Intent struct {
	Kind     Kind     `json:"kind"`
	Replicas int      `json:"replicas,omitempty"` // scale and rescue: nodes at the end
	Nodes    []string `json:"nodes,omitempty"`    // pods it is about: restart, disconnect …
	Drain    bool     `json:"drain,omitempty"`    // restart and upgrade: offload each node first
	Volumes  bool     `json:"volumes,omitempty"`  // scale: delete the volumes of drained nodes
	Lose     bool     `json:"lose,omitempty"`     // remove: even with FlowFiles queued
	Image    string   `json:"image,omitempty"`    // upgrade: of NiFi's pods
	Version  string   `json:"version,omitempty"`  // upgrade: of NiFi

	Generation int     `json:"generation,omitempty"` // rotate-ca: of the own root; 0: it goes to Issuer
	Issuer     *Issuer `json:"issuer,omitempty"`     // rotate-ca: who is to sign

	Anchor  string `json:"anchor,omitempty"`  // heal: the root that all are to have, the SHA-256 of its DER
	Rolling bool   `json:"rolling,omitempty"` // heal: a majority stays CONNECTED
}

// Same tells that both ask for the same thing.
func (i Intent) Same(other Intent) bool {
	type plain Intent // without String, which leaves things out
	equal := slices.Equal(i.Nodes, other.Nodes) && i.To() == other.To()
	i.Nodes, other.Nodes, i.Issuer, other.Issuer = nil, nil, nil, nil
	return equal && fmt.Sprintf("%+v", plain(i)) == fmt.Sprintf("%+v", plain(other))
}

// String is the intent as a person would type it: "scale --replicas 2".
func (i Intent) String() string {
	words := append([]string{string(i.Kind)}, i.Nodes...)
	switch i.Kind {
	case Scale, Rescue:
		words = append(words, fmt.Sprintf("--replicas %d", i.Replicas))
	case Heal:
		words = []string{"heal --trust", "--anchor " + short(i.Anchor)}
	case Upgrade:
		words = append(words[:1], "--version "+i.Version)
	case RotateCA:
		if i.Generation == 0 {
			words = append(words, "--issuer "+i.To().Name)
		}
	}
	for flag, given := range map[string]bool{"--drain": i.Drain, "--delete-volumes": i.Volumes, "--lose-flowfiles": i.Lose, "--rolling": i.Rolling} {
		if given {
			words = append(words, flag) // no kind has two of them
		}
	}
	return strings.Join(words, " ")
}

// To is who is to sign after a rotation.
func (i Intent) To() Issuer {
	if i.Issuer == nil {
		return Issuer{}
	}
	return *i.Issuer
}

// Journal is an operation's memory: the intent, what the cluster was like at
// the beginning, and what can't be seen from outside. It holds no secret and
// fits an annotation.
type Journal struct {
	Intent
	Holder  string    `json:"holder"` // who began it
	Started time.Time `json:"started"`

	From        int               `json:"from"`                // nodes at the beginning
	FromImage   string            `json:"fromImage,omitempty"` // upgrade: the image then
	FromVersion string            `json:"fromVersion,omitempty"`
	Pods        map[string]string `json:"pods,omitempty"` // UID of each pod that has to go, by name

	Taken   []string `json:"taken,omitempty"`   // nodes that this operation took out of the cluster
	Drained []string `json:"drained,omitempty"` // of those, the ones whose queue was seen empty
	Abort   bool     `json:"abort,omitempty"`   // back to the beginning

	Rotation *Rotation `json:"rotation,omitempty"` // rotate-ca
	Left     []string  `json:"left,omitempty"`     // heal: nodes that a person took out
	Unseen   string    `json:"unseen,omitempty"`   // heal: why the coordinator's view is missing

	Size    int       `json:"size,omitempty"`   // the number of replicas that it is setting
	Step    string    `json:"step,omitempty"`   // the last one begun
	Reason  string    `json:"reason,omitempty"` // why it stopped; empty while it runs and once it is done
	Updated time.Time `json:"updated"`
	Done    bool      `json:"done,omitempty"`
}

// Begin is the journal of an operation that starts now. restart and upgrade
// remember which pods there were: a pod of another UID has been restarted.
func Begin(i Intent, s State, holder string) Journal {
	j := Journal{Intent: i, Holder: holder, Started: s.Time, Updated: s.Time, From: s.Replicas, FromImage: s.Image, FromVersion: s.Version}
	if i.Kind == Restart || i.Kind == Upgrade {
		j.Pods = map[string]string{}
		for _, node := range s.Nodes {
			if node.UID != "" && slices.Contains(i.Nodes, node.Pod) {
				j.Pods[node.Pod] = node.UID
			}
		}
	}
	if i.Kind == Heal {
		j.Pods = map[string]string{}
		for _, node := range s.Nodes {
			j.Pods[node.Pod] = node.UID
		}
	}
	if i.Kind == RotateCA && s.Trust != nil {
		j.Rotation = &Rotation{From: Signer(s.Trust.Certificates)}
	}
	return j
}

// note remembers what a step is about to do, before it is done: whoever comes
// after a crash must know that a node is out because of us, and that its queue
// was empty when the coordinator was told to forget it.
func (j Journal) note(step Step, now time.Time) Journal {
	j.Step, j.Updated, j.Reason, j.Size = step.String(), now, "", step.Count
	j.Rotation = j.Rotation.note(step)
	switch step.Do {
	case DoDisconnect, DoOffload:
		j.Taken = with(j.Taken, step.Pod)
		j.Drained = without(j.Drained, step.Pod)
	case DoRemove:
		j.Drained = with(j.Drained, step.Pod)
		j.Pods = ended(j.Pods, step)
	case DoConnect:
		j.Drained = without(j.Drained, step.Pod)
	case DoEvict, DoEnd:
		j.Pods = ended(j.Pods, step)
		if j.Kind != Heal {
			j.Taken = without(j.Taken, step.Pod) // it comes back by itself
		}
	}
	return j
}

// Own names the nodes that are out because of the operation, which brings them
// back or removes them by itself. Where somebody asked for no more than to have
// a node out, that is a person's wish.
func (j Journal) Own() []string {
	switch j.Kind {
	case Disconnect, Offload, Remove:
		return nil
	default:
		return j.Taken
	}
}

// heed remembers what a healing operation may not be able to see later: whom a
// person took out, and who has come back that it took out itself: who is out
// again after that isn't out because of it.
func (j Journal) heed(s State) Journal {
	if j.Kind != Heal {
		return j
	}
	if j.Unseen = s.Blind; s.Blind != "" {
		return j
	}
	j.Left = nil
	for _, n := range s.Nodes {
		switch {
		case n.ByPerson && !slices.Contains(j.Taken, n.Pod):
			j.Left = with(j.Left, n.Pod)
		case (j.Abort || j.restarted(n)) && !n.ByPerson:
			j.Taken = without(j.Taken, n.Pod)
		}
	}
	return j
}

// ended adds the pod that a step ends, or that stays out until it ends.
func ended(pods map[string]string, step Step) map[string]string {
	pods = maps.Clone(pods)
	if pods == nil {
		pods = map[string]string{}
	}
	pods[step.Pod] = step.UID
	return pods
}

// restarted tells that the pod that had to go has gone.
func (j Journal) restarted(n Node) bool {
	old, known := j.Pods[n.Pod]
	return known && n.UID != "" && n.UID != old
}

func with(all []string, one string) []string {
	if slices.Contains(all, one) {
		return all
	}
	return append(slices.Clone(all), one)
}

func without(all []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == one })
}
