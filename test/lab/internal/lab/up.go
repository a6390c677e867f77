package lab

import (
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/addons"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/cgroup"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/controlplane"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/machine"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/network"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/node"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/pki"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/process"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/progress"
)

// Up brings the lab up, or says that it is. A lab that is half up is taken
// down first.
func (l Lab) Up(ctx context.Context) error {
	if err := machine.Check(); err != nil {
		return err
	}
	return l.locked(ctx, func(ctx context.Context) error {
		running, dead, err := l.running()
		if err != nil {
			return err
		}
		if running {
			l.Progress.Say("The lab is running. Kubeconfig: %s", l.Places.AdminKubeconfig())
			return nil
		}
		if owned, err := l.owned(); err != nil {
			return err
		} else if owned {
			l.Progress.Say("The lab is half up (dead: %s): taking it down first", orNone(dead))
		}
		return l.start(ctx)
	})
}

// start takes down what is left and brings everything up. What an
// interruption leaves behind, the next `up` or `down` clears away.
func (l Lab) start(ctx context.Context) error {
	began := l.Now()
	if err := l.takeDown(ctx); err != nil {
		return err
	}
	if err := l.prepare(ctx); err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"machine and network prepared", l.prepareMachine},
		{"API server and containerd ready", l.startFoundation},
		{"nodes Ready, add-ons running", l.startCluster},
	} {
		if err := l.Progress.Step(ctx, step.name, step.do); err != nil {
			return err
		}
	}
	l.Progress.Say("%s", progress.Line("✓", "lab up", l.Now().Sub(began)))
	l.Progress.Say("Kubeconfig: %s", l.Places.AdminKubeconfig())
	return nil
}

func (l Lab) prepareMachine(ctx context.Context) error {
	if network.Exists() {
		return ErrOtherLab
	}
	if err := network.Check(ctx); err != nil {
		return err
	}
	if err := l.claim(); err != nil {
		return err
	}
	if err := os.MkdirAll(l.Places.Volumes(), 0o755); err != nil {
		return fmt.Errorf("creating the volumes' folder: %w", err)
	}
	if err := machine.Prepare(l.changesFile(), node.SharedDirs()); err != nil {
		return err
	}
	if err := l.linkTools(); err != nil {
		return err
	}
	extra := map[string]pki.Request{}
	for _, n := range l.nodes() {
		extra[n.Name] = controlplane.NodeCertificate(n.Name, n.Address)
	}
	if err := controlplane.WriteIdentities(l.Places, extra, l.Now()); err != nil {
		return err
	}
	if err := network.Up(ctx, len(l.nodes())); err != nil {
		return err
	}
	return addons.Configure(l.Places)
}

// startFoundation starts what everything else talks to.
func (l Lab) startFoundation(ctx context.Context) error {
	if err := l.startAll(controlplane.Storage(l.Places)); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return l.apiReady(ctx) })
	for _, n := range l.nodes() {
		group.Go(func() error { return l.startContainerd(ctx, n) })
	}
	return group.Wait()
}

// startContainerd starts a node's containerd and gives it the images.
func (l Lab) startContainerd(ctx context.Context, n node.Node) error {
	groups, err := cgroup.Find()
	if err != nil {
		return err
	}
	if err := groups.Create(n.Cgroup()); err != nil {
		return err
	}
	if err := n.Prepare(); err != nil {
		return err
	}
	record, err := l.table().Start(n.Containerd())
	if err != nil {
		return err
	}
	if err := groups.Join(n.RuntimeCgroup(), record.PID); err != nil {
		return err
	}
	if err := l.containerdReady(ctx, n, record); err != nil {
		return err
	}
	nifiArchive, err := l.nifiImage().Archive()
	if err != nil {
		return err
	}
	return l.store(n).Ensure(ctx, l.pauseArchive(), nifiArchive)
}

// startCluster starts what works on the API, and waits until pods can run.
func (l Lab) startCluster(ctx context.Context) error {
	specs := append(controlplane.Controllers(l.Places), controlplane.Proxy(l.Places, l.nodes()[0].Name))
	if err := l.startAll(specs); err != nil {
		return err
	}
	if err := l.startKubelets(); err != nil {
		return err
	}
	crds, err := l.builder().CRDs(ctx)
	if err != nil {
		return err
	}
	if err := addons.Apply(ctx, l.Places, crds); err != nil {
		return err
	}
	if err := l.startAll(addons.Processes(l.Places)); err != nil {
		return err
	}
	return l.clusterReady(ctx)
}

func (l Lab) startKubelets() error {
	records, err := l.table().List()
	if err != nil {
		return err
	}
	containerd := map[string]process.Record{}
	for _, record := range records {
		containerd[record.Name] = record
	}
	for _, n := range l.nodes() {
		if _, err := l.table().Start(n.Kubelet(containerd[n.ContainerdName()])); err != nil {
			return err
		}
	}
	return nil
}

func (l Lab) startAll(specs []process.Spec) error {
	for _, spec := range specs {
		if _, err := l.table().Start(spec); err != nil {
			return err
		}
	}
	return nil
}

// processCount is how many processes a complete lab has.
func (l Lab) processCount() int {
	const perNode, proxy = 2, 1
	return len(controlplane.Storage(l.Places)) + len(controlplane.Controllers(l.Places)) + proxy +
		len(addons.Processes(l.Places)) + perNode*len(l.nodes())
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none, some were never started"
	}
	return strings.Join(names, ", ")
}
