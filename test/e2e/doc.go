// Package e2e drives the built plugin and kubectl against a real Kubernetes
// with real NiFi nodes. `make e2e` brings the lab up and runs it; the tests
// carry the build tag e2e, so that a plain `go test ./...` needs no cluster.
package e2e
