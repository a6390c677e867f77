package view

import "time"

// Operation is who holds the cluster's lock, the Lease "<cluster>-operation":
// somebody is changing the cluster on purpose, or was cut while doing so.
type Operation struct {
	Holder   string    // empty: it was cut, and nobody has gone on yet
	What     string    // "scale --replicas 2"; empty if nobody wrote it down
	Step     string    // the last one begun
	Reason   string    // why it stopped
	Since    time.Time // when the holder took it
	Renewed  time.Time
	Duration time.Duration
}

// Valid tells whether the holder still counts: after Duration without a
// renewal anybody may take the lock over.
func (o Operation) Valid(now time.Time) bool { return now.Before(o.Renewed.Add(o.Duration)) }
