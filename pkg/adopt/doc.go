// Package adopt describes clusters that this project did not render: from what
// Kubernetes and each node's nifi.properties say, it makes the layout and the
// places of the stores that are recorded, and says what such a cluster must
// grant. It decides only; nothing of an adopted cluster is ever changed by it.
package adopt
