package controlplane

import (
	"path/filepath"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/network"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/process"
)

const (
	etcdClients = "https://127.0.0.1:2379"
	etcdPeers   = "http://127.0.0.1:2380"
)

// Storage is what must run before the rest: etcd and the API server, which
// waits for etcd by itself.
func Storage(p places.Places) []process.Spec {
	return []process.Spec{etcd(p), apiServer(p)}
}

// Controllers is what works on the API.
func Controllers(p places.Places) []process.Spec {
	return []process.Spec{controllerManager(p), scheduler(p)}
}

// Proxy implements Services for all nodes, which share one network namespace.
func Proxy(p places.Places, node string) process.Spec {
	return inside("kube-proxy",
		p.Bin("kube-proxy"),
		"--kubeconfig="+p.Kubeconfig("kube-proxy"),
		"--hostname-override="+node,
		"--cluster-cidr="+network.PodCIDR,
		"--proxy-mode=iptables",
		"--conntrack-max-per-core=0",
		"--conntrack-min=0",
		"--bind-address="+network.Gateway,
		"--healthz-bind-address=127.0.0.1:10256",
		"--metrics-bind-address=127.0.0.1:10249",
	)
}

func etcd(p places.Places) process.Spec {
	return inside("etcd",
		p.Bin("etcd"),
		"--data-dir="+filepath.Join(p.Lab, "etcd"),
		"--listen-client-urls="+etcdClients,
		"--advertise-client-urls="+etcdClients,
		"--listen-peer-urls="+etcdPeers,
		"--initial-advertise-peer-urls="+etcdPeers,
		"--initial-cluster=default="+etcdPeers,
		"--cert-file="+cert(p, "etcd"),
		"--key-file="+key(p, "etcd"),
		"--client-cert-auth",
		"--trusted-ca-file="+cert(p, "ca"),
		"--unsafe-no-fsync", // nothing here outlives the machine
		"--log-level=warn",
	)
}

func apiServer(p places.Places) process.Spec {
	return inside("kube-apiserver",
		p.Bin("kube-apiserver"),
		"--etcd-servers="+etcdClients,
		"--etcd-cafile="+cert(p, "ca"),
		"--etcd-certfile="+cert(p, "etcd"),
		"--etcd-keyfile="+key(p, "etcd"),
		"--bind-address="+network.Gateway,
		"--advertise-address="+network.Gateway,
		"--secure-port=6443",
		"--service-cluster-ip-range="+network.ServiceCIDR,
		"--tls-cert-file="+cert(p, "apiserver"),
		"--tls-private-key-file="+key(p, "apiserver"),
		"--client-ca-file="+cert(p, "ca"),
		"--service-account-key-file="+key(p, "sa"),
		"--service-account-signing-key-file="+key(p, "sa"),
		"--service-account-issuer=https://kubernetes.default.svc."+ClusterDomain,
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--kubelet-client-certificate="+cert(p, "apiserver-kubelet"),
		"--kubelet-client-key="+key(p, "apiserver-kubelet"),
		"--kubelet-certificate-authority="+cert(p, "ca"),
		"--kubelet-preferred-address-types=InternalIP",
		"--allow-privileged=true",
	)
}

func controllerManager(p places.Places) process.Spec {
	return inside("kube-controller-manager",
		p.Bin("kube-controller-manager"),
		"--kubeconfig="+p.Kubeconfig("kube-controller-manager"),
		"--bind-address=127.0.0.1",
		"--service-account-private-key-file="+key(p, "sa"),
		"--root-ca-file="+cert(p, "ca"),
		"--cluster-signing-cert-file="+cert(p, "ca"),
		"--cluster-signing-key-file="+key(p, "ca"),
		"--use-service-account-credentials",
		"--leader-elect=false",
	)
}

func scheduler(p places.Places) process.Spec {
	return inside("kube-scheduler",
		p.Bin("kube-scheduler"),
		"--kubeconfig="+p.Kubeconfig("kube-scheduler"),
		"--bind-address=127.0.0.1",
		"--leader-elect=false",
	)
}

// inside is a process in the lab's network.
func inside(name string, args ...string) process.Spec {
	return process.Spec{Name: name, Args: network.Inside(args...)}
}

func cert(p places.Places, name string) string { return filepath.Join(p.PKI(), name+".crt") }
func key(p places.Places, name string) string  { return filepath.Join(p.PKI(), name+".key") }
