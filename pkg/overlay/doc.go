// Package overlay turns a cluster's specification into a kustomize folder.
//
// Rendering is a pure function: the same cluster and the same secrets give the
// same bytes, with no network, clock or random source. Folder is the only part
// that touches a disk.
package overlay
