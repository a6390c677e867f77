package view

import "time"

// Operation is who holds the cluster's lock, the Lease "<cluster>-operation":
// somebody is changing the cluster on purpose.
type Operation struct {
	Holder   string
	Since    time.Time // when the holder took it
	Renewed  time.Time
	Duration time.Duration
}

// Valid tells whether the holder still counts: after Duration without a
// renewal anybody may take the lock over.
func (o Operation) Valid(now time.Time) bool { return now.Before(o.Renewed.Add(o.Duration)) }
