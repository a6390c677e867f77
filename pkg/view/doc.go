// Package view holds one snapshot of a NiFi cluster: what Kubernetes says of
// it, what its coordinator says of its nodes, and what each node says of
// itself. Gathering is thin; whatever is concluded from a snapshot is a pure
// function over it. A source that fails is a fact in the snapshot, never the
// failure of the whole.
package view
