package machine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// kernelSettings are what a kubelet sets for the whole machine
// (pkg/kubelet/cm/container_manager_linux.go, setupKernelTunables).
func kernelSettings() []string {
	return []string{
		"/proc/sys/vm/overcommit_memory", "/proc/sys/vm/panic_on_oom",
		"/proc/sys/kernel/panic", "/proc/sys/kernel/panic_on_oops",
		"/proc/sys/kernel/keys/root_maxkeys", "/proc/sys/kernel/keys/root_maxbytes",
	}
}

// Changes is what has to be put back on the machine.
type Changes struct {
	Settings map[string]string `json:"settings"` // file below /proc/sys to former value
	Dirs     []string          `json:"dirs"`     // folders made, in the order of making
}

// Prepare makes the folders that nodes mount theirs over and remembers, in
// file, those and the kernel's settings.
func Prepare(file string, dirs []string) error {
	changes := Changes{Settings: map[string]string{}}
	for _, setting := range kernelSettings() {
		if value, err := os.ReadFile(setting); err == nil {
			changes.Settings[setting] = strings.TrimSpace(string(value))
		}
	}
	for _, dir := range dirs {
		changes.Dirs = append(changes.Dirs, absent(dir)...)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("preparing the machine: %w", err)
		}
	}
	data, err := json.Marshal(changes)
	if err != nil {
		return fmt.Errorf("remembering the machine's settings: %w", err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return fmt.Errorf("remembering the machine's settings: %w", err)
	}
	return nil
}

// Restore puts back what Prepare remembered. A folder that others use by now
// stays.
func Restore(file string) error {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("restoring the machine: %w", err)
	}
	var changes Changes
	if err := json.Unmarshal(data, &changes); err != nil {
		return fmt.Errorf("restoring the machine: %w", err)
	}
	for setting, value := range changes.Settings {
		if err := os.WriteFile(setting, []byte(value), 0o644); err != nil {
			return fmt.Errorf("restoring the machine: %w", err)
		}
	}
	for _, dir := range slices.Backward(changes.Dirs) {
		_ = os.Remove(dir) // fails if it isn't empty, which is the point
	}
	return nil
}

// absent lists dir and those above it that aren't there, topmost first.
func absent(dir string) []string {
	var missing []string
	for {
		if _, err := os.Lstat(dir); err == nil || dir == filepath.Dir(dir) {
			slices.Reverse(missing)
			return missing
		}
		missing = append(missing, dir)
		dir = filepath.Dir(dir)
	}
}
