package v1

import (
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// KindList is the kind of the document that kubectl nifi get prints.
const KindList = "ClusterList"

// ClusterList is several clusters as Kubernetes alone shows them: NiFi was not
// asked, so a ready node is one that passes its readiness probe.
type ClusterList struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Time       time.Time `json:"time"`
	Items      []Listed  `json:"items"`
}

// Listed is one cluster of a list. What could not be learnt is absent, and
// Errors says why.
type Listed struct {
	Metadata    ListedMetadata `json:"metadata"`
	Phase       string         `json:"phase"` // as in ClusterStatus
	Message     string         `json:"message"`
	Ready       bool           `json:"ready"` // Running, every node ready
	Replicas    ListedReplicas `json:"replicas"`
	Version     string         `json:"version,omitempty"`
	Image       string         `json:"image,omitempty"`
	Coordinator string         `json:"clusterCoordinator,omitempty"` // pod
	Errors      []Error        `json:"errors"`
}

// ListedMetadata says which cluster.
type ListedMetadata struct {
	Name              string    `json:"name"`
	Namespace         string    `json:"namespace"`
	CreationTimestamp time.Time `json:"creationTimestamp,omitzero"`
}

// ListedReplicas counts pods.
type ListedReplicas struct {
	Desired int `json:"desired"`
	Ready   int `json:"ready"`
}

// ListFrom makes the document of snapshots without NiFi's own sources.
func ListFrom(now time.Time, clusters []view.Cluster) ClusterList {
	list := ClusterList{APIVersion: APIVersion, Kind: KindList, Time: now.UTC().Truncate(time.Second), Items: []Listed{}}
	for _, cluster := range clusters {
		list.Items = append(list.Items, listedFrom(cluster))
	}
	return list
}

func listedFrom(c view.Cluster) Listed {
	phase, message := c.Phase()
	listed := Listed{
		Metadata:    ListedMetadata{Name: c.Names.Cluster, Namespace: c.Names.Namespace},
		Phase:       string(phase),
		Message:     message,
		Ready:       phase == view.PhaseRunning,
		Coordinator: c.Coordinator(),
		Errors:      errorsFrom(c.Errors),
	}
	if s := c.StatefulSet; s != nil {
		listed.Metadata.CreationTimestamp = s.Created.UTC()
		listed.Replicas = ListedReplicas{Desired: s.Desired, Ready: s.Ready}
		listed.Version, listed.Image = s.Version, s.Image
	}
	return listed
}
