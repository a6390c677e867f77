// Package policy is what the healer decides, and nothing else: from what is
// found in a cluster, and what it remembers of an incident, to at most one act.
// It is pure: the same finding, memory and clock give the same decision.
package policy
