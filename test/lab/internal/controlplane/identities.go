// Package controlplane knows the processes of the lab's Kubernetes besides its
// nodes: their certificates, kubeconfigs and arguments.
package controlplane

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/network"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/pki"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
)

// ClusterName is the name of the cluster and context in every kubeconfig.
const ClusterName = "kubectl-nifi-lab"

// ClusterDomain is the DNS domain of Services.
const ClusterDomain = "cluster.local"

// Server is the API server's URL.
const Server = "https://" + network.Gateway + ":6443"

// masters is the group that may do anything.
const masters = "system:masters"

// certificates lists who gets a certificate, by file name.
func certificates() map[string]pki.Request {
	return map[string]pki.Request{
		"apiserver": {
			CommonName: "kube-apiserver",
			DNSNames:   []string{"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + ClusterDomain},
			IPs:        ips(network.Gateway, network.APIServiceIP),
		},
		"etcd":                    {CommonName: "etcd", DNSNames: []string{"localhost"}, IPs: ips("127.0.0.1")},
		"apiserver-kubelet":       {CommonName: "kube-apiserver-kubelet-client", Organizations: []string{masters}},
		"admin":                   {CommonName: "kubernetes-admin", Organizations: []string{masters}},
		"kube-controller-manager": {CommonName: "system:kube-controller-manager"},
		"kube-scheduler":          {CommonName: "system:kube-scheduler"},
		"kube-proxy":              {CommonName: "system:kube-proxy"},
		"cert-manager":            {CommonName: "cert-manager", Organizations: []string{masters}},
		"coredns":                 {CommonName: "coredns", Organizations: []string{masters}},
		"provisioner":             {CommonName: "lab-provisioner", Organizations: []string{masters}},
	}
}

// NodeCertificate is what a kubelet proves to be, as the Node authorizer wants
// it: https://kubernetes.io/docs/reference/access-authn-authz/node/
func NodeCertificate(name, address string) pki.Request {
	return pki.Request{
		CommonName:    "system:node:" + name,
		Organizations: []string{"system:nodes"},
		DNSNames:      []string{name},
		IPs:           ips(address),
	}
}

// WriteIdentities makes a new authority, and below it a certificate, a key and
// a kubeconfig for everyone. extra adds to those this package knows.
func WriteIdentities(p places.Places, extra map[string]pki.Request, now time.Time) error {
	ca, err := pki.NewCA(ClusterName, now)
	if err != nil {
		return err
	}
	tokens, err := pki.NewKey()
	if err != nil {
		return err
	}
	files := map[string][]byte{
		filepath.Join(p.PKI(), "ca.crt"): ca.Cert,
		filepath.Join(p.PKI(), "ca.key"): ca.Key,
		filepath.Join(p.PKI(), "sa.key"): tokens,
	}
	requests := certificates()
	for name, request := range extra {
		requests[name] = request
	}
	for name, request := range requests {
		pair, err := ca.Issue(request, now)
		if err != nil {
			return err
		}
		config, err := pki.Kubeconfig(ClusterName, Server, ca.Cert, name, pair)
		if err != nil {
			return err
		}
		files[filepath.Join(p.PKI(), name+".crt")] = pair.Cert
		files[filepath.Join(p.PKI(), name+".key")] = pair.Key
		files[p.Kubeconfig(name)] = config
	}
	return writeSecret(files)
}

// writeSecret writes files that only their owner may read.
func writeSecret(files map[string][]byte) error {
	for path, data := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("writing identities: %w", err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return fmt.Errorf("writing identities: %w", err)
		}
	}
	return nil
}

func ips(addresses ...string) []net.IP {
	parsed := make([]net.IP, len(addresses))
	for i, address := range addresses {
		parsed[i] = net.ParseIP(address)
	}
	return parsed
}
