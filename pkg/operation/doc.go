// Package operation changes a cluster on purpose, one step at a time: scale,
// restart, offload. What is to be done follows from what is seen, so a cut
// operation is finished by whoever comes next:
//
//	Journal + State → Plan (pure) → first step → World → State …
//
// One Lease a cluster, "<cluster>-operation", is lock and journal for the
// plugin and the healer alike.
package operation
