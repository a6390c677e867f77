package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi/nifitest"
)

// Files of the world's folder, below it.
const (
	fileHosts    = "hosts"
	fileReady    = "ready"
	dirAccount   = "serviceaccount"
	fileKey      = "client.key"
	fileLeaf     = "client.crt"
	fileAnchor   = "ca.crt"
	dirMounted   = "/var/run/secrets/kubernetes.io/serviceaccount"
	ownNameSpace = "healer"
)

// world is a Kubernetes and its NiFi clusters, all well, in one process. One
// authority has signed every certificate, so that a client that keeps one TLS
// context for all is no worse off than one that keeps one a cluster.
type world struct {
	clusters, nodes int
	began           time.Time
	ca              *nifitest.CA
	client          tls.Certificate             // the healer's, for every cluster
	leaves          map[string]*tls.Certificate // of the nodes and the API server, by name

	mu     sync.Mutex
	counts map[string]int // of NiFi's answers, by User-Agent
}

// count counts an answer of NiFi's.
func (w *world) count(agent string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[agent]++
}

// counted is the counts so far.
func (w *world) counted() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.counts)
}

// runWorld serves a world until ctx ends.
func runWorld(ctx context.Context, o options) error {
	w, err := newWorld(o.clusters, o.nodes)
	if err != nil {
		return err
	}
	api, err := newAPI(w)
	if err != nil {
		return err
	}
	if err := w.write(o.dir); err != nil {
		return err
	}
	servers, ctx := errgroup.WithContext(ctx)
	start := func(address string, handler http.Handler, config *tls.Config) error {
		var listen net.ListenConfig
		listener, err := listen.Listen(ctx, "tcp", address)
		if err != nil {
			return fmt.Errorf("listening on %s, which the measurement needs free: %w", address, err)
		}
		server := &http.Server{Handler: handler, TLSConfig: config, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
		servers.Go(func() error { return server.ServeTLS(listener, "", "") })
		context.AfterFunc(ctx, func() { _ = server.Close() })
		return nil
	}
	if err := start(fmt.Sprintf("%s:%d", apiAddress, apiPort), api, w.apiConfig()); err != nil {
		return err
	}
	for c := range w.clusters {
		for n := range w.nodes {
			if err := start(nodeAddress(c, n), nodes{w}, nodes{w}.config()); err != nil {
				return err
			}
		}
	}
	if err := os.WriteFile(filepath.Join(o.dir, fileReady), nil, 0o600); err != nil {
		return err
	}
	if err := servers.Wait(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func newWorld(clusters, nodes int) (*world, error) {
	w := &world{clusters: clusters, nodes: nodes, began: time.Now().UTC().Add(-time.Hour), leaves: map[string]*tls.Certificate{}, counts: map[string]int{}}
	var err error
	if w.ca, err = nifitest.NewCA("bench-ca"); err != nil {
		return nil, err
	}
	if w.client, err = w.issue("bench-healer"); err != nil {
		return nil, err
	}
	all := []string{apiName}
	for c := range clusters {
		for n := range nodes {
			names := namesOf(c)
			all = append(all, names.FQDN(names.Pod(n)))
		}
	}
	for _, name := range all {
		leaf, err := w.issue(name)
		if err != nil {
			return nil, err
		}
		w.leaves[name] = &leaf
	}
	return w, nil
}

func (w *world) issue(name string) (tls.Certificate, error) {
	return w.ca.Issue(nifitest.Leaf{
		Subject: pkix.Name{CommonName: name[:min(len(name), 64)], OrganizationalUnit: []string{"NIFI"}}, DNSNames: []string{name},
		NotBefore: w.began, NotAfter: w.began.Add(90 * 24 * time.Hour),
	})
}

func (w *world) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(w.ca.Certificate)
	return pool
}

func (w *world) apiConfig() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, Certificates: []tls.Certificate{*w.leaves[apiName]}}
}

// key and leaf are the healer's, as PEM.
func (w *world) key() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(w.client.PrivateKey)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
}

func certificatePEM(c tls.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
}

// write leaves what the programs find in their pods, and what the peer, which
// reads no Secret, is given as files.
func (w *world) write(dir string) error {
	key, err := w.key()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, dirAccount), 0o700); err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		fileHosts: []byte(hosts(w.clusters, w.nodes)), fileKey: key, fileLeaf: certificatePEM(w.client), fileAnchor: w.ca.PEM(),
		dirAccount + "/ca.crt": w.ca.PEM(), dirAccount + "/token": []byte("nobody-checks-it"), dirAccount + "/namespace": []byte(ownNameSpace),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
