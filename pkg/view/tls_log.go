package view

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// The events of tls-sync.sh.
const (
	eventPublished          = "published"
	EventCertificateRefused = "certificate-refused" // the files keep the last good pair
	EventAnchorRefused      = "anchor-refused"
)

// syncLine is one line of tls-sync's log.
type syncLine struct {
	Time    time.Time           `json:"time"`
	Event   string              `json:"event"`
	Chain   []trust.Fingerprint `json:"chain"`
	Anchors []trust.Fingerprint `json:"anchors"`
	File    string              `json:"file"`
	Reason  string              `json:"reason"`
}

// filesOf reads tls-sync's log: what it published last, and what it refused
// from then on. Lines of another kind are passed over.
func filesOf(log []byte) Files {
	var files Files
	for line := range bytes.Lines(log) {
		var l syncLine
		if json.Unmarshal(bytes.TrimSpace(line), &l) != nil {
			continue
		}
		switch l.Event {
		case eventPublished:
			files = Files{Published: l.Time, Chain: l.Chain, Anchors: l.Anchors, Refusals: anchorRefusals(files.Refusals, l.Time)}
		case EventCertificateRefused, EventAnchorRefused:
			files.Refusals = appendRefusal(files.Refusals, Refusal{Time: l.Time, Event: l.Event, File: l.File, Reason: l.Reason})
		}
	}
	return files
}

// anchorRefusals is the refusals of the same pass: an anchor is refused just
// before the others are published.
func anchorRefusals(all []Refusal, published time.Time) []Refusal {
	var same []Refusal
	for _, r := range all {
		if r.Event == EventAnchorRefused && published.Sub(r.Time) <= time.Second {
			same = append(same, r)
		}
	}
	return same
}

// appendRefusal keeps the newest of what is said again at every pass.
func appendRefusal(all []Refusal, one Refusal) []Refusal {
	for i, r := range all {
		if r.Event == one.Event && r.File == one.File && r.Reason == one.Reason {
			all = append(all[:i:i], all[i+1:]...)
			break
		}
	}
	return append(all, one)
}
