// Package machine checks and prepares the machine that the lab runs on, and
// puts back what the lab changed.
package machine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/cgroup"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/command"
)

// Requirement is a program of the machine and the Debian package it is in.
type Requirement struct{ Program, Package string }

// ErrNotLinux and ErrNotRoot mean that a lab can't run here at all.
var (
	ErrNotLinux = errors.New("the lab needs Linux: run it in a virtual machine")
	ErrNotRoot  = errors.New("the lab needs root for namespaces, mounts and cgroups: run it with sudo")
)

// ToRun lists what a lab needs to run.
func ToRun() []Requirement {
	return []Requirement{
		{"containerd", "containerd"},
		{"runc", "runc"},
		{"ip", "iproute2"},
		{"iptables", "iptables"},
		{"conntrack", "conntrack"},
		{"socat", "socat"},
		{"nsenter", "util-linux"},
		{"sysctl", "procps"},
		{"/usr/lib/cni/bridge", "containernetworking-plugins"},
	}
}

// ToBuildImage lists what building the NiFi image needs.
func ToBuildImage() []Requirement {
	return []Requirement{
		{"debootstrap", "debootstrap"},
		{"/usr/share/keyrings/debian-archive-keyring.gpg", "debian-archive-keyring"},
		{"java", "default-jre-headless"},
		{"mvn", "maven"},
		{"python3", "python3"},
		{"pip3", "python3-pip"},
	}
}

// Check fails if a lab can't run here whatever is installed.
func Check() error {
	if runtime.GOOS != "linux" {
		return ErrNotLinux
	}
	if os.Geteuid() != 0 {
		return ErrNotRoot
	}
	_, err := cgroup.Find()
	return err
}

// Missing lists the packages of requirements that aren't met, without doubles.
func Missing(requirements []Requirement, has func(program string) bool) []string {
	var packages []string
	for _, r := range requirements {
		if !has(r.Program) {
			packages = append(packages, r.Package)
		}
	}
	return packages
}

// Has looks for a program in PATH and in the folders of administrators'
// programs, or for a file if it is given as a path.
func Has(program string) bool {
	if strings.HasPrefix(program, "/") {
		_, err := os.Stat(program)
		return err == nil
	}
	if _, err := exec.LookPath(program); err == nil {
		return true
	}
	for _, dir := range []string{"/usr/sbin/", "/sbin/"} {
		if _, err := os.Stat(dir + program); err == nil {
			return true
		}
	}
	return false
}

// Install installs Debian packages, and keeps a service that one of them
// brings from starting: the lab runs its own containerd.
func Install(ctx context.Context, packages []string, log string) error {
	if !Has("apt-get") {
		return fmt.Errorf("missing on this machine: %s; install them (these are the names of Debian packages) and try again", strings.Join(packages, ", "))
	}
	script := `if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
apt-get update -q && apt-get install -q -y --no-install-recommends "$@"`
	_, err := command.Cmd{
		Args: append([]string{"sh", "-e", "-c", script, "install"}, packages...),
		Env:  []string{"DEBIAN_FRONTEND=noninteractive"},
		Log:  log,
	}.Run(ctx)
	if err != nil {
		return fmt.Errorf("installing %s: %w; install them by hand and try again", strings.Join(packages, ", "), err)
	}
	return nil
}
