package kubetest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Log is what one run of a container has written. The zero value is a run that
// goes on and hasn't written anything.
type Log struct {
	mu    sync.Mutex
	lines []stamped
	ended bool
	moved chan struct{} // closed at the next change
}

type stamped struct {
	at   time.Time
	text string
}

// Append adds lines of one moment.
func (l *Log) Append(at time.Time, lines ...string) *Log {
	l.change(func() {
		for _, line := range lines {
			l.lines = append(l.lines, stamped{at, line})
		}
	})
	return l
}

// End ends the run, and with it every stream that follows it.
func (l *Log) End() { l.change(func() { l.ended = true }) }

func (l *Log) change(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
	if l.moved != nil {
		close(l.moved)
		l.moved = nil
	}
}

// from returns the lines from an index on, whether more may come, and what is
// closed when they have.
func (l *Log) from(index int) (lines []stamped, ended bool, moved <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.moved == nil {
		l.moved = make(chan struct{})
	}
	return slices.Clone(l.lines[min(index, len(l.lines)):]), l.ended, l.moved
}

// SetLog stores the log under the path of its pod and container, those of the
// run before under "<container>/previous". Without one the answer is that of
// a container that waits to start.
func (s *Server) SetLog(pod, container string, log *Log) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logs[pod+"/log/"+container] = log
}

// serveLog is GET …/pods/<pod>/log.
func (s *Server) serveLog(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	key := r.URL.Path + "/" + query.Get("container")
	if query.Get("previous") == "true" {
		key += "/previous"
	}
	s.mu.Lock()
	log := s.logs[key]
	s.mu.Unlock()
	if log == nil {
		refuse(w, http.StatusBadRequest, metav1.StatusReasonBadRequest, fmt.Sprintf("container %q is waiting to start", query.Get("container")))
		return
	}
	lines, ended, moved := log.from(0)
	stamps := query.Get("timestamps") == "true"
	send(w, lines[skipped(lines, query.Get("sinceTime"), query.Get("tailLines")):], stamps)
	for at := len(lines); query.Get("follow") == "true" && !ended; at += len(lines) {
		select {
		case <-r.Context().Done():
			return
		case <-moved:
		}
		lines, ended, moved = log.from(at)
		send(w, lines, stamps)
	}
}

// skipped counts the lines before those that were asked for.
func skipped(lines []stamped, sinceTime, tailLines string) int {
	first := 0
	if since, err := time.Parse(time.RFC3339, sinceTime); err == nil {
		for first < len(lines) && lines[first].at.Before(since) {
			first++
		}
	}
	if tail, err := strconv.Atoi(tailLines); err == nil {
		first = max(first, len(lines)-tail)
	}
	return first
}

func send(w http.ResponseWriter, lines []stamped, stamps bool) {
	var text strings.Builder
	for _, line := range lines {
		if stamps {
			text.WriteString(line.at.UTC().Format(time.RFC3339Nano) + " ")
		}
		text.WriteString(line.text + "\n")
	}
	_, _ = w.Write([]byte(text.String())) // the client may have gone
	_ = http.NewResponseController(w).Flush()
}
