//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// testRotation changes the root under a cluster that is asked all the time. The
// one who does it is killed on the way, and somebody else goes on.
func testRotation(t *testing.T, c cluster, ids map[string]string) {
	before := c.lives(t)
	probes := c.interrogate(t)
	killed := c.start(t, "rotate-ca", c.Cluster, "-y", "--dir", c.dir)
	killed.says(t, `(?m)^have prod-ca-2 sign the nodes' certificates`)
	killed.kill(t)
	assert.Regexp(t, `rotate-ca +(running|cut)`, c.does(t, "operations", c.Cluster).out)
	done := c.does(t, "rotate-ca", c.Cluster, "-y", "--dir", c.dir)
	assert.Equal(t, "cluster prod: every certificate is signed by Issuer prod-ca-2\n", done.out)
	probes.end(t)

	assert.Equal(t, before, c.lives(t), "nobody restarted")
	assert.Equal(t, ids, c.waitConnected(t, 3, time.Minute))
	c.does(t, "certs", c.Cluster)
	assert.Empty(t, kubectl(t, "diff", "-k", c.dir).out, "the overlay says the same")
	for _, secret := range []string{"prod-ca", c.RotationSecret()} {
		_, err := c.client.CoreV1().Secrets(namespace).Get(t.Context(), secret, metav1.GetOptions{})
		assert.Error(t, err, "nobody keeps the key of %s", secret)
	}
	assert.Empty(t, c.secret(t, c.Trust()), "nothing is left published")
}

// lives is the UID and the restarts of each pod.
func (c cluster) lives(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, pod := range c.pods(t) {
		all[name] = string(pod.UID)
		for _, status := range pod.Status.ContainerStatuses {
			all[name] += fmt.Sprintf(" %s %d", status.Name, status.RestartCount)
		}
	}
	return all
}

// probes asks the nodes in turn, each time with a new connection, which nodes
// are CONNECTED.
type probes struct {
	cluster
	stop context.CancelFunc
	done chan struct{}

	mu       sync.Mutex
	asked    int
	failures []string
}

// interrogate begins to ask, five times a second.
func (c cluster) interrogate(t *testing.T) *probes {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	p := &probes{cluster: c, stop: stop, done: make(chan struct{})}
	tick := time.NewTicker(200 * time.Millisecond)
	go func() {
		defer close(p.done)
		defer tick.Stop()
		var wait sync.WaitGroup
		defer wait.Wait()
		for i := 0; ; i++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			wait.Go(func() { p.ask(context.WithoutCancel(ctx), c.Pod(i%3)) })
		}
	}()
	return p
}

func (p *probes) ask(ctx context.Context, pod string) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err := p.connected(ctx, pod)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if err != nil {
		p.failures = append(p.failures, time.Now().Format(time.TimeOnly)+" "+pod+": "+err.Error())
	}
}

// connected asks as the administrator of that moment, who knows the anchors
// that are published.
func (p *probes) connected(ctx context.Context, pod string) error {
	secrets := p.client.CoreV1().Secrets(namespace)
	published, err := secrets.Get(ctx, p.Trust(), metav1.GetOptions{})
	if err != nil {
		return err
	}
	admin, err := secrets.Get(ctx, p.AdminSecret(), metav1.GetOptions{})
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(admin.Data["ca.crt"])
	for _, anchor := range published.Data {
		roots.AppendCertsFromPEM(anchor)
	}
	pair, err := tls.X509KeyPair(admin.Data["tls.crt"], admin.Data["tls.key"])
	if err != nil {
		return err
	}
	transport := nifi.NewTransport(&tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, p.dialer.DialContext)
	defer transport.CloseIdleConnections()
	client, err := nifi.NewClient(p.base(pod), &http.Client{Transport: transport})
	if err != nil {
		return err
	}
	view, err := client.Cluster(ctx)
	if err != nil {
		return err
	}
	for _, node := range view.Nodes {
		if node.Status != nifi.Connected {
			return fmt.Errorf("%s is %s", node.Pod(), node.Status)
		}
	}
	return nil
}

// end stops asking: every answer must have been that all are CONNECTED.
func (p *probes) end(t *testing.T) {
	t.Helper()
	p.stop()
	<-p.done
	require.Greater(t, p.asked, 20)
	assert.Empty(t, p.failures, "of %d", p.asked)
	t.Logf("%d requests, each with a new TLS session, %d failed", p.asked, len(p.failures))
}
