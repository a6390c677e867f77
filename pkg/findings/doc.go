// Package findings turns a snapshot of a cluster into findings: what is wrong,
// how we know, and what to type. It is pure: the same snapshot gives the same
// findings. Every kind of finding has an ID that is never used for another.
package findings
