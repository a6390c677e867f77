package plugin

import (
	"bytes"
	"context"
	"fmt"
	"io"
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
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// stage is a world that can be changed: it has a StatefulSet controller and
// kubelets, and moves on by a second at each tick of a command's ticker.
type stage struct {
	world
	t *testing.T

	mu      sync.Mutex
	pods    int // made so far, for their UIDs
	changes []string
	death   string // the step after which whoever does it dies
	calls   func(seconds int) // each second
	seconds int
}

// newStage has three nodes with 1,000 FlowFiles each, of which a node that
// offloads gives 400 away a second.
func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{world: newWorld(t), t: t}
	s.nifi.SetPace(400)
	s.setDetail()
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
	if path != s.lockPath() {
		s.changes = append(s.changes, method+" "+path[strings.LastIndex(path, s.names.Namespace+"/")+len(s.names.Namespace)+1:])
	}
	if j := s.record().Journal; path == s.lockPath() && j != nil && j.Step == s.death {
		s.api.Fail(s.lockPath(), http.StatusInternalServerError, metav1.StatusReasonInternalError, "dead")
	}
	var set appsv1.StatefulSet
	s.api.Read(s.t, s.setPath(), &set)
	for ordinal := range topology.MaxNodes {
		wanted, there := ordinal < int(*set.Spec.Replicas), s.api.Has(s.podPath(ordinal))
		evicted := method == "POST" && path == s.podPath(ordinal)+"/eviction"
		if evicted || there && !wanted {
			s.nifi.StopNode(ordinal)
			s.api.Delete(s.podPath(ordinal))
		}
		if wanted && !s.api.Has(s.podPath(ordinal)) {
			require.NoError(s.t, s.nifi.StartNode(ordinal))
			s.makePod(ordinal)
		}
	}
	if image := set.Spec.Template.Spec.Containers[0].Image; image != "apache/nifi:2.3.0" {
		set.Status.UpdateRevision = "prod-" + image
	}
	set.Status.ObservedGeneration = set.Generation
	s.api.Set(s.setPath(), set)
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
	var set appsv1.StatefulSet
	s.api.Read(s.t, s.setPath(), &set)
	s.setPod(ordinal, func(pod *corev1.Pod) {
		s.running(pod)
		pod.UID = uid
		pod.Labels[appsv1.ControllerRevisionHashLabelKey] = set.Status.UpdateRevision
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

// second lets one pass.
func (s *stage) second() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nifi.Advance(time.Second)
	s.seconds++
	if s.calls != nil {
		s.calls(s.seconds)
	}
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
}

// every is a ticker at whose ticks a second passes; locks are renewed never.
func (s *stage) every(interval time.Duration) (<-chan time.Time, func()) {
	ticks, ended := make(chan time.Time), make(chan struct{})
	if interval > time.Second {
		return ticks, func() {}
	}
	go func() {
		for {
			select {
			case <-ended:
				return
			default:
				s.second()
			}
			select {
			case ticks <- s.nifi.Clock.Now():
			case <-ended:
				return
			}
		}
	}()
	return ticks, sync.OnceFunc(func() { close(ended) })
}

// operate runs a command line that may change the world.
func (s *stage) operate(args ...string) result {
	s.t.Helper()
	return s.operateAs(s.t.Context(), "kim@laptop", nil, nil, args...)
}

// operateAs is operate as somebody, with what is typed on a terminal of that
// size; without a size there is none.
func (s *stage) operateAs(ctx context.Context, who string, typed io.Reader, terminal func() (int, int, error), args ...string) result {
	s.t.Helper()
	var stdout, stderr bytes.Buffer
	env := Environment{
		IOStreams:   genericiooptions.IOStreams{In: typed, Out: &stdout, ErrOut: &stderr},
		Config:      genericclioptions.NewConfigFlags(true),
		Now:         s.nifi.Clock.Now,
		Every:       s.every,
		ErrTerminal: terminal,
		Version:     "v0.0.0-test",
		Program:     "/usr/local/bin/kubectl-nifi",
		Identity:    who,
		Color:       new(string),
		Getenv:      func(name string) string { return map[string]string{"NO_COLOR": "1"}[name] },
	}
	code := run(ctx, env, append(args, "--kubeconfig", s.api.Kubeconfig(s.t, "nifi")))
	return result{stdout.String(), stderr.String(), code}
}

// record is what the operation Lease holds.
func (s *stage) record() operation.Record {
	s.t.Helper()
	client, err := kube.NewClient(s.api.Config())
	require.NoError(s.t, err)
	record, err := client.Cluster(s.names).Load(s.t.Context())
	require.NoError(s.t, err)
	return record
}

// queued is the FlowFiles that wait on a node.
func (s *stage) queued(ordinal int) int64 {
	flowFiles, _ := s.nifi.Node(ordinal).Queued()
	return flowFiles
}
