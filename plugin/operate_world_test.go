package plugin

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// stage is a world that can be changed: it has a StatefulSet controller and
// kubelets, and moves on by a second whenever a command looks at the clock.
type stage struct {
	world
	t *testing.T

	mu      sync.Mutex
	pods    int // made so far, for their UIDs
	changes []string
	death   string            // the step after which whoever does it dies
	calls   func(seconds int) // each second
	seconds int
}

// newStage has three nodes with 1,000 FlowFiles each, of which a node that
// offloads gives 100 away a second.
func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{world: newWorld(t), t: t}
	s.nifi.SetPace(100)
	s.setDetail()
	s.setStatefulSet(3, func(set *appsv1.StatefulSet) { set.Status.UpdateRevision = "of apache/nifi:2.3.0" })
	for ordinal := range s.nodes {
		s.nifi.Node(ordinal).Queue(1000, 10<<20)
		s.makePod(ordinal)
	}
	s.api.Set(s.lockPath(), coordinationv1.Lease{
		TypeMeta:   metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"},
		ObjectMeta: s.metadata(s.names.OperationLease(), nil),
	})
	s.api.OnChange(func(method, path string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.follow(method, path)
	})
	return s
}

func (s *stage) lockPath() string {
	return s.path("apis/coordination.k8s.io/v1", "leases", s.names.OperationLease())
}

func (s *stage) setPath() string { return s.path("apis/apps/v1", "statefulsets", s.names.Cluster) }

func (s *stage) podPath(ordinal int) string {
	return s.path("api/v1", "pods", s.names.Pod(ordinal))
}

func (s *stage) claimPath(ordinal int) string {
	return s.path("api/v1", "persistentvolumeclaims", "state-"+s.names.Pod(ordinal))
}

// follow is what Kubernetes does about a change.
func (s *stage) follow(method, path string) {
	if path == s.lockPath() {
		s.killed()
		return
	}
	_, object, _ := strings.Cut(path, "/namespaces/"+s.names.Namespace+"/")
	s.changes = append(s.changes, method+" "+object)
	wanted := s.control()
	for ordinal := range topology.MaxNodes {
		evicted := path == s.podPath(ordinal)+"/eviction"
		if evicted || ordinal >= wanted && s.api.Has(s.podPath(ordinal)) {
			s.nifi.StopNode(ordinal)
			s.api.Delete(s.podPath(ordinal))
		}
		if ordinal < wanted && !s.api.Has(s.podPath(ordinal)) {
			require.NoError(s.t, s.nifi.StartNode(ordinal))
			s.makePod(ordinal)
		}
	}
}

// control notices the StatefulSet as it is now, and returns how many pods it wants.
func (s *stage) control() int {
	if !s.api.Has(s.setPath()) {
		return 0
	}
	set := s.set()
	set.Status.UpdateRevision = "of " + set.Spec.Template.Spec.Containers[0].Image
	set.Status.ObservedGeneration = set.Generation
	s.api.Set(s.setPath(), set)
	return int(*set.Spec.Replicas)
}

// killed ends whoever has just begun the step that is their last.
func (s *stage) killed() {
	if s.death == "" {
		return
	}
	var lock coordinationv1.Lease
	s.api.Read(s.t, s.lockPath(), &lock)
	if strings.Contains(lock.Annotations[topology.Prefix+"journal"], `"step":"`+s.death+`"`) {
		s.api.Fail(s.lockPath(), http.StatusInternalServerError, metav1.StatusReasonInternalError, "dead")
	}
}

// die makes this step the last thing that somebody does: they can't write down
// what comes next, nor give the lock back.
func (s *stage) die(step string) { s.death = step }

// revive lets others go on.
func (s *stage) revive() {
	s.death = ""
	s.api.Heal(s.lockPath())
}

// makePod makes a pod of the newest template, and its claim if there is none.
func (s *stage) makePod(ordinal int) {
	s.pods++
	uid := types.UID(fmt.Sprint("uid-", s.pods))
	revision := s.set().Status.UpdateRevision
	s.setPod(ordinal, func(pod *corev1.Pod) {
		s.running(pod)
		pod.UID = uid
		pod.Labels[appsv1.ControllerRevisionHashLabelKey] = revision
		if ordinal >= s.nodes {
			pod.CreationTimestamp = metav1.NewTime(s.nifi.Clock.Now())
		}
	})
	if !s.api.Has(s.claimPath(ordinal)) {
		s.api.Set(s.claimPath(ordinal), corev1.PersistentVolumeClaim{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"}, ObjectMeta: s.metadata("state-"+s.names.Pod(ordinal), nil),
		})
	}
	s.ready(ordinal)
}

// seen is the coordinator's view of a node.
func (s *stage) seen(ordinal int) nifi.Node {
	var node nifi.Node
	s.nifi.Node(ordinal).Edit(func(n *nifi.Node) { node = *n })
	return node
}

// known is what the coordinator says of a node, empty if it doesn't know it.
func (s *stage) known(ordinal int) nifi.NodeStatus {
	s.t.Helper()
	config, err := s.nifi.AdminTLS()
	require.NoError(s.t, err)
	client, err := nifi.NewClient(s.nifi.Node(0).URL(), s.nifi.HTTPClient(config))
	require.NoError(s.t, err)
	all, err := client.Cluster(s.t.Context())
	require.NoError(s.t, err)
	for _, node := range all.Nodes {
		if node.Pod() == s.names.Pod(ordinal) {
			return node.Status
		}
	}
	return ""
}

// ready brings the pod's readiness in line with NiFi's word.
func (s *stage) ready(ordinal int) {
	var pod corev1.Pod
	s.api.Read(s.t, s.podPath(ordinal), &pod)
	pod.Status.Conditions[0].Status = corev1.ConditionFalse
	if s.seen(ordinal).Status == nifi.Connected {
		pod.Status.Conditions[0].Status = corev1.ConditionTrue
	}
	s.api.Set(s.podPath(ordinal), pod)
}

// revision is the template that a pod was made from.
func (s *stage) revision(ordinal int) string {
	var pod corev1.Pod
	s.api.Read(s.t, s.podPath(ordinal), &pod)
	return pod.Labels[appsv1.ControllerRevisionHashLabelKey]
}

// second lets one pass.
func (s *stage) second() {
	s.mu.Lock()
	s.nifi.Advance(time.Second)
	s.seconds++
	now := s.world
	now.now = s.nifi.Clock.Now()
	for ordinal := range topology.MaxNodes {
		if !s.api.Has(s.podPath(ordinal)) {
			continue
		}
		s.ready(ordinal)
		node := s.seen(ordinal)
		if node.IsCoordinator() {
			now.setLease(s.names.CoordinatorLease(), ordinal)
		}
		if node.IsPrimary() {
			now.setLease(s.names.PrimaryLease(), ordinal)
		}
	}
	s.mu.Unlock()
	if s.calls != nil {
		s.calls(s.seconds)
	}
}

// look is the clock of a command: a second passes whenever it looks at it, so
// that each run sees the same.
func (s *stage) look() time.Time {
	s.second()
	return s.nifi.Clock.Now()
}

// atOnce ticks as soon as it is waited for; locks are renewed never.
func atOnce(interval time.Duration) (<-chan time.Time, func()) {
	ticks := make(chan time.Time)
	if interval <= time.Second {
		close(ticks)
	}
	return ticks, func() {}
}
