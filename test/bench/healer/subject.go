package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ticksASecond is USER_HZ, which Linux has fixed at 100 for programs (proc(5)).
const ticksASecond = 100

// subject is a program that is measured.
type subject struct {
	name    string
	agent   string // what its User-Agent begins with when it asks NiFi
	ready   func() bool
	command *exec.Cmd
	world   *http.Client // that can be asked for counts

	since time.Time
	spent time.Duration
	calls int
}

// figures are what was measured of one program.
type figures struct {
	Name            string
	Clusters, Nodes int
	RSS, Peak       float64 // MB
	Anonymous       float64 // MB of the RSS that are no file's
	Millicores      float64
	Calls           float64 // answers of NiFi a second
}

// begin begins to count.
func (s *subject) begin() error {
	spent, err := processor(s.command.Process.Pid)
	s.since, s.spent, s.calls = time.Now(), spent, s.asked()
	return err
}

// end ends that.
func (s *subject) end(o options) (figures, error) {
	spent, err := processor(s.command.Process.Pid)
	if err != nil {
		return figures{}, fmt.Errorf("%s has ended: %w: %s", s.name, err, tail(s.command))
	}
	took := time.Since(s.since).Seconds()
	memory, err := memory(s.command.Process.Pid)
	return figures{
		Name: s.name, Clusters: o.clusters, Nodes: o.nodes, RSS: memory["VmRSS"], Peak: memory["VmHWM"], Anonymous: memory["RssAnon"],
		Millicores: 1000 * (spent - s.spent).Seconds() / took, Calls: float64(s.asked()-s.calls) / took,
	}, err
}

// processor is the time that a process has spent on processors, in its own code
// and in the kernel's: fields 14 and 15 of /proc/PID/stat (proc(5)).
func processor(pid int) (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:])) // the third and following
	if len(fields) < 13 || fields[0] == "Z" {
		return 0, fmt.Errorf("process %d has ended", pid)
	}
	user, errUser := strconv.Atoi(fields[11])
	system, errSystem := strconv.Atoi(fields[12])
	if errUser != nil || errSystem != nil {
		return 0, fmt.Errorf("reading /proc/%d/stat: %s", pid, raw)
	}
	return time.Duration(user+system) * time.Second / ticksASecond, nil
}

// memory is the lines in kB of /proc/PID/status, in MB of a million bytes.
func memory(pid int) (map[string]float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	found := map[string]float64{}
	for line := range strings.Lines(string(raw)) {
		name, value, _ := strings.Cut(line, ":")
		if number, is := strings.CutSuffix(strings.TrimSpace(value), " kB"); is {
			kilobytes, _ := strconv.Atoi(number) // the kernel writes numbers
			found[name] = float64(kilobytes) * 1024 / 1e6
		}
	}
	return found, err
}

// counting is a client of the world with these files.
func counting(dir string) (*http.Client, error) {
	anchor, err := os.ReadFile(filepath.Join(dir, fileAnchor))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(anchor)
	return &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, ServerName: apiName},
	}}, err
}

// asked counts the answers that NiFi has given to the program, by its agent.
func (s *subject) asked() int {
	response, err := s.world.Get(fmt.Sprintf("https://%s:%d%s", apiAddress, apiPort, pathCounts))
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }() // it is only read
	var counts map[string]int
	_ = json.NewDecoder(response.Body).Decode(&counts) // then there are none
	total := 0
	for agent, count := range counts {
		if strings.HasPrefix(agent, s.agent) {
			total += count
		}
	}
	return total
}

// get asks for something that must be there, as probes do: each time anew.
func get(url string) error {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // it is only read
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("asking %s: %s", url, response.Status)
	}
	return nil
}
