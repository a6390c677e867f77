package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// AnnotationPaused holds a Pause as JSON, on the Lease "<cluster>-operation".
const AnnotationPaused = topology.Prefix + "paused"

// ErrPause is a Pause that can't be meant.
var ErrPause = errors.New("not a pause of the healer")

// Pause is somebody's wish that the healer keep its hands off a cluster for a
// while. It has a reason and an end, both required.
type Pause struct {
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	Until  time.Time `json:"until"`
}

// ParsePause reads the annotation's value; "" is no pause, and nil. Whatever
// else can't be read is ErrPause: the healer then acts as if it were paused,
// since somebody meant something by it.
func ParsePause(value string) (*Pause, error) {
	if value == "" {
		return nil, nil
	}
	var p Pause
	if err := json.Unmarshal([]byte(value), &p); err != nil {
		return nil, fmt.Errorf("%w: annotation %s: %w", ErrPause, AnnotationPaused, err)
	}
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("annotation %s: %w", AnnotationPaused, err)
	}
	return &p, nil
}

// Validate refuses a pause without a reason or an end.
func (p Pause) Validate() error {
	switch {
	case strings.TrimSpace(p.Reason) == "":
		return fmt.Errorf("%w: it has no reason", ErrPause)
	case p.Until.IsZero():
		return fmt.Errorf("%w: it has no end", ErrPause)
	}
	return nil
}

// Encode is the annotation's value.
func (p Pause) Encode() string {
	raw, _ := json.Marshal(p) //nolint:errchkjson // strings and a time
	return string(raw)
}

// Active tells that the pause hasn't ended yet.
func (p Pause) Active(now time.Time) bool { return now.Before(p.Until) }

// String is the pause in a line, for people.
func (p Pause) String() string {
	by := ""
	if p.By != "" {
		by = " by " + p.By
	}
	return fmt.Sprintf("paused%s until %s: %s", by, p.Until.UTC().Format(time.RFC3339), p.Reason)
}
