package process

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// path is what the lab's processes get as PATH: the machine's own programs.
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Spec says how to start a program.
type Spec struct {
	Name string   // of the record and of the log
	Args []string // program and arguments
}

// Table is a folder of records, one file a process, and a folder of logs.
type Table struct{ Records, Logs string }

// Start starts a program in a session of its own and records it.
func (t Table) Start(spec Spec) (Record, error) {
	for _, dir := range []string{t.Records, t.Logs} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return Record{}, fmt.Errorf("creating folder for %s: %w", spec.Name, err)
		}
	}
	log, err := os.OpenFile(t.Log(spec.Name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return Record{}, fmt.Errorf("opening the log of %s: %w", spec.Name, err)
	}
	defer log.Close()
	cmd := exec.Command(spec.Args[0], spec.Args[1:]...) //nolint:noctx // it outlives this command
	cmd.Env = []string{"PATH=" + path, "HOME=/", "LANG=C.UTF-8"}
	cmd.Dir = t.Logs
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return Record{}, fmt.Errorf("starting %s: %w", spec.Name, err)
	}
	record, err := identify(spec.Name, cmd.Process.Pid)
	if err != nil {
		return Record{}, err
	}
	go func() { _ = cmd.Wait() }() // so that one that dies at once doesn't look alive
	return record, t.save(record)
}

// Log is the file that gets what a process prints.
func (t Table) Log(name string) string { return filepath.Join(t.Logs, name+".log") }

// List reads all records, sorted by name. No folder means no process.
func (t Table) List() ([]Record, error) {
	files, err := filepath.Glob(filepath.Join(t.Records, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("listing processes: %w", err)
	}
	records := make([]Record, 0, len(files))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("listing processes: %w", err)
		}
		var record Record
		if err := json.Unmarshal(data, &record); err != nil {
			return nil, fmt.Errorf("reading process record %q: %w", file, err)
		}
		records = append(records, record)
	}
	slices.SortFunc(records, func(a, b Record) int { return strings.Compare(a.Name, b.Name) })
	return records, nil
}

// Forget removes the record of a process that has ended.
func (t Table) Forget(r Record) error {
	if err := os.Remove(t.file(r.Name)); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("forgetting %s: %w", r.Name, err)
	}
	return nil
}

// Tail returns the last line of a process's log, for an error message.
func (t Table) Tail(name string) string {
	data, err := os.ReadFile(t.Log(name))
	if err != nil {
		return "no log"
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return lines[len(lines)-1]
}

func (t Table) save(r Record) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("recording %s: %w", r.Name, err)
	}
	if err := os.WriteFile(t.file(r.Name), data, 0o600); err != nil {
		return fmt.Errorf("recording %s: %w", r.Name, err)
	}
	return nil
}

func (t Table) file(name string) string { return filepath.Join(t.Records, name+".json") }
