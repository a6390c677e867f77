// Package places says where the lab keeps things on the machine.
package places

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// EnvDir is the environment variable that moves the lab's state elsewhere.
const EnvDir = "KUBECTL_NIFI_LAB_DIR"

const project = "kubectl-nifi"

// maxDir keeps unix sockets below the lab's folder within the 108 bytes that
// Linux allows (unix(7)).
const maxDir = 70

// ErrNoCheckout means that the lab was started outside the project's folder.
var ErrNoCheckout = errors.New("test/lab/modules not found above the current folder: run the lab from a checkout of the project")

// Places are absolute folders.
type Places struct {
	Lab      string // state of the running lab; gone after `down`
	Cache    string // what was built or downloaded, and the nodes' image stores
	Checkout string // root of the project
}

// Find derives the folders from the environment and the working folder.
func Find(getenv func(string) string, workdir string) (Places, error) {
	checkout, err := findCheckout(workdir)
	if err != nil {
		return Places{}, err
	}
	lab, err := stateDir(getenv)
	if err != nil {
		return Places{}, err
	}
	if len(lab) > maxDir {
		return Places{}, fmt.Errorf("folder %q is longer than %d characters, too long for unix sockets: set %s to a shorter one", lab, maxDir, EnvDir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return Places{}, fmt.Errorf("finding the cache folder: %w", err)
	}
	return Places{Lab: lab, Cache: filepath.Join(cache, project+"-lab"), Checkout: checkout}, nil
}

func stateDir(getenv func(string) string) (string, error) {
	if dir := getenv(EnvDir); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, project+"-lab"), nil
	}
	home := getenv("HOME")
	if home == "" {
		return "", fmt.Errorf("finding the state folder: HOME is not set; set it or %s", EnvDir)
	}
	return filepath.Join(home, ".local", "state", project+"-lab"), nil
}

func findCheckout(dir string) (string, error) {
	for {
		if info, err := os.Stat(filepath.Join(dir, "test", "lab", "modules")); err == nil && info.IsDir() {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", ErrNoCheckout
		}
		dir = parent
	}
}

// Module is the folder of one of the lab's own Go modules.
func (p Places) Module(name string) string {
	return filepath.Join(p.Checkout, "test", "lab", "modules", name)
}

// Bin is where a running lab's program is found under its plain name.
func (p Places) Bin(name string) string { return filepath.Join(p.Lab, "bin", name) }

// PKI is the folder of the running lab's certificates and keys.
func (p Places) PKI() string { return filepath.Join(p.Lab, "pki") }

// Kubeconfig is the kubeconfig file of a user of the running lab.
func (p Places) Kubeconfig(user string) string {
	return filepath.Join(p.Lab, "kubeconfig", user+".yaml")
}

// AdminKubeconfig is the kubeconfig that people and tests use.
func (p Places) AdminKubeconfig() string { return p.Kubeconfig("admin") }

// Logs is the folder of the running lab's logs, one file a process.
func (p Places) Logs() string { return filepath.Join(p.Lab, "logs") }

// Processes is the folder of the records of started processes.
func (p Places) Processes() string { return filepath.Join(p.Lab, "processes") }

// Volumes is the folder of the PersistentVolumes.
func (p Places) Volumes() string { return filepath.Join(p.Lab, "volumes") }

// Node is the folder of one node's configuration and state.
func (p Places) Node(name string) string { return filepath.Join(p.Lab, "nodes", name) }

// ImageStore is a node's containerd root. It lives in the cache, so that the
// next `up` finds the images imported.
func (p Places) ImageStore(node string) string { return filepath.Join(p.Cache, "nodes", node) }

// BuildLog is the file with the output of a building step.
func (p Places) BuildLog(step string) string { return filepath.Join(p.Cache, "logs", step+".log") }
