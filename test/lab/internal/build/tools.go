// Package build compiles the lab's heavy programs from their own Go modules
// and keeps them in the cache.
package build

import "github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/versions"

// Tool is one program to build.
type Tool struct {
	Name    string // file name of the program
	Module  string // folder below test/lab/modules
	Package string // what `go build` is given
	Version string
	LDFlags string // linker flags besides -s -w
}

// kubeVersion stamps Kubernetes programs as their release build does; without
// it the API server reports v0.0.0-master (hack/lib/version.sh).
const kubeVersion = "-X k8s.io/component-base/version.gitVersion=v" + versions.Kubernetes +
	" -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=34" +
	" -X k8s.io/component-base/version.gitTreeState=clean"

// Tools lists every program, the one that takes longest first.
func Tools() []Tool {
	tools := []Tool{}
	for _, name := range []string{"kube-apiserver", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubectl"} {
		tools = append(tools, Tool{
			Name: name, Module: "kubernetes", Package: "k8s.io/kubernetes/cmd/" + name,
			Version: versions.Kubernetes, LDFlags: kubeVersion,
		})
	}
	return append(tools,
		Tool{Name: "etcd", Module: "kubernetes", Package: "go.etcd.io/etcd/server/v3", Version: versions.Etcd},
		Tool{Name: "cert-manager", Module: "certmanager", Package: ".", Version: versions.CertManager},
		Tool{Name: "coredns", Module: "coredns", Package: "github.com/coredns/coredns", Version: versions.CoreDNS},
	)
}
