package certsv1

import "time"

// KindAnchors is the kind of PublishedAnchors.
const KindAnchors = "PublishedAnchors"

// PublishedAnchors is the anchors in a cluster's trust Secret, which kubectl
// nifi certs trust list prints.
type PublishedAnchors struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   Metadata          `json:"metadata"`
	Anchors    []PublishedAnchor `json:"anchors"` // the oldest first
}

// PublishedAnchor is one of them.
type PublishedAnchor struct {
	Certificate Certificate `json:"certificate"`
	By          string      `json:"by,omitempty"`
	Reason      string      `json:"reason,omitempty"`
	At          time.Time   `json:"at,omitzero"`
	HeldBy      []string    `json:"heldBy"`            // pods whose files hold it
	Unknown     []string    `json:"unknown,omitempty"` // pods whose files aren't known
	NeededBy    []string    `json:"neededBy"`          // whose certificates verify by no other anchor: pods, admin, healer
}
