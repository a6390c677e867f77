// Package lab brings a whole Kubernetes with its images up, down, and tells
// how it is.
package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/build"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/image"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/node"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/places"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/process"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/progress"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/toolkit"
)

// ErrBusy means that another command changes the lab right now.
var ErrBusy = errors.New("another command is bringing the lab up or down; wait for it")

// ErrNotRunning means that there is no lab.
var ErrNotRunning = errors.New("the lab is not running; start it with `go run ./test/lab up`")

// ErrOtherLab means that the machine's one lab was started from another folder.
var ErrOtherLab = errors.New("a lab with its state in another folder is up: take it down with the " + places.EnvDir + " that it was brought up with")

// ErrNotOurs means that the lab's folder holds something else.
var ErrNotOurs = errors.New("the folder is not empty and not a lab's")

// Lab is the one lab of a machine.
type Lab struct {
	Places   places.Places
	Progress *progress.Reporter
	Out      io.Writer // results
	Now      func() time.Time
}

func (l Lab) table() process.Table {
	return process.Table{Records: l.Places.Processes(), Logs: l.Places.Logs()}
}

func (l Lab) nodes() []node.Node { return node.All(l.Places) }

func (l Lab) builder() build.Builder { return build.Builder{Places: l.Places} }

func (l Lab) nifiImage() nifi.Builder {
	return nifi.Builder{Places: l.Places, Step: l.Progress.Step}
}

func (l Lab) toolkitImage() toolkit.Builder { return toolkit.Builder{Base: l.nifiImage()} }

func (l Lab) store(n node.Node) image.Store {
	return image.Store{Socket: n.Socket(), Root: l.Places.ImageStore(n.Name)}
}

// changesFile remembers what has to be put back on the machine.
func (l Lab) changesFile() string { return filepath.Join(l.Places.Lab, "machine.json") }

// marker is the file that makes a folder ours to remove.
func (l Lab) marker() string { return filepath.Join(l.Places.Lab, ".kubectl-nifi-lab") }

// claim makes the lab's folder.
func (l Lab) claim() error {
	if err := os.MkdirAll(l.Places.Lab, 0o755); err != nil {
		return fmt.Errorf("creating the lab's folder: %w", err)
	}
	if err := os.WriteFile(l.marker(), nil, 0o600); err != nil {
		return fmt.Errorf("creating the lab's folder: %w", err)
	}
	return nil
}

// owned tells whether there is a folder of a lab. One with other things in it
// is an error: a lab's folder is removed as a whole.
func (l Lab) owned() (bool, error) {
	entries, err := os.ReadDir(l.Places.Lab)
	if errors.Is(err, os.ErrNotExist) || (err == nil && len(entries) == 0) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking at the lab's folder: %w", err)
	}
	if !exists(l.marker()) {
		return false, fmt.Errorf("%w: %q; set %s to an empty one", ErrNotOurs, l.Places.Lab, places.EnvDir)
	}
	return true, nil
}

// client talks to the API server as the administrator.
func (l Lab) client() (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", l.Places.AdminKubeconfig())
	if err != nil {
		return nil, fmt.Errorf("reading the lab's kubeconfig: %w", err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the lab: %w", err)
	}
	return client, nil
}

// running tells whether every process of the lab lives, and if not, which died.
func (l Lab) running() (running bool, dead []string, err error) {
	records, err := l.table().List()
	if err != nil {
		return false, nil, err
	}
	for _, record := range records {
		if !record.Alive() {
			dead = append(dead, record.Name)
		}
	}
	complete := len(records) == l.processCount()
	return complete && len(dead) == 0, dead, nil
}

// locked runs do while no other command changes the lab.
func (l Lab) locked(ctx context.Context, do func(context.Context) error) error {
	if err := os.MkdirAll(l.Places.Cache, 0o755); err != nil {
		return fmt.Errorf("creating the cache: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(l.Places.Cache, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("locking the lab: %w", err)
	}
	defer file.Close()
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return ErrBusy
	}
	return do(ctx)
}

// until calls do until it succeeds, at most for limit, and returns its last
// error then. The last call comes after the limit: if the machine was asleep,
// everything may be well by now.
func until(ctx context.Context, limit time.Duration, do func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for limited.Err() == nil {
		if err := do(limited); err == nil {
			return nil
		}
		select {
		case <-limited.Done():
		case <-ticker.C:
		}
	}
	final, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return do(final)
}
