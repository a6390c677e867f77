package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/cgroup"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/machine"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/network"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/node"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/process"
)

// grace is how long a process of the lab gets to end by itself.
const grace = 3 * time.Second

// Down takes the lab down: no process, mount, interface or cgroup stays. The
// cache does, and with it the nodes' images.
func (l Lab) Down(ctx context.Context) error {
	if err := machine.Check(); err != nil {
		return err
	}
	return l.locked(ctx, func(ctx context.Context) error {
		if owned, err := l.owned(); err != nil || !owned {
			if err != nil {
				return err
			}
			l.Progress.Say("The lab is down.")
			return nil
		}
		return l.Progress.Step(ctx, "lab down", l.takeDown)
	})
}

// takeDown removes whatever there is of a lab. It may be called in any state.
func (l Lab) takeDown(ctx context.Context) error {
	if owned, err := l.owned(); err != nil || !owned {
		return err
	}
	groups, err := cgroup.Find()
	if err != nil {
		return err
	}
	records, err := l.table().List()
	if err != nil {
		return err
	}
	byName := map[string]process.Record{}
	for _, record := range records {
		byName[record.Name] = record
	}
	for _, n := range l.nodes() {
		if err := l.clearNode(ctx, n, groups, byName); err != nil {
			return err
		}
		delete(byName, n.KubeletName())
		delete(byName, n.ContainerdName())
	}
	for _, record := range byName {
		if err := record.Stop(ctx, grace); err != nil {
			return err
		}
	}
	if err := groups.Remove(ctx, cgroup.Root); err != nil {
		return err
	}
	if err := network.Down(ctx); err != nil {
		return err
	}
	if err := machine.Restore(l.changesFile()); err != nil {
		return err
	}
	if err := os.RemoveAll(l.Places.Lab); err != nil {
		return fmt.Errorf("removing the lab's folder: %w", err)
	}
	return nil
}

// clearNode ends a node's pods, then what ran them. Its images stay unless
// its containerd can't say what else it has stored.
func (l Lab) clearNode(ctx context.Context, n node.Node, groups cgroup.Hierarchies, records map[string]process.Record) error {
	containerd := records[n.ContainerdName()]
	if err := records[n.KubeletName()].Stop(ctx, grace); err != nil {
		return err
	}
	if err := groups.Kill(ctx, n.Cgroup()); err != nil {
		return err
	}
	clean := l.removeContainers(ctx, n, containerd)
	if err := containerd.Stop(ctx, grace); err != nil {
		return err
	}
	if err := groups.Kill(ctx, n.RuntimeCgroup()); err != nil {
		return err
	}
	leftovers := filepath.Join(l.Places.ImageStore(n.Name), "io.containerd.grpc.v1.cri")
	if clean != nil {
		leftovers = l.Places.ImageStore(n.Name)
	}
	if err := os.RemoveAll(leftovers); err != nil {
		return fmt.Errorf("removing what node %s stored: %w", n.Name, err)
	}
	return nil
}

// removeContainers empties a containerd of everything but images.
func (l Lab) removeContainers(ctx context.Context, n node.Node, containerd process.Record) error {
	if !containerd.Alive() {
		return errors.New("containerd is dead")
	}
	store := l.store(n)
	return until(ctx, grace, func(ctx context.Context) error {
		for _, kind := range []string{"tasks", "containers"} {
			names, err := store.Ctr(ctx, kind, "ls", "-q")
			if err != nil {
				return err
			}
			ids := strings.Fields(names)
			if len(ids) == 0 {
				continue
			}
			args := []string{kind, "rm"}
			if kind == "tasks" {
				args = append(args, "--force")
			}
			if _, err := store.Ctr(ctx, append(args, ids...)...); err != nil {
				return err
			}
		}
		return nil
	})
}
