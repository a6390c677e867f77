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
	Taken    []Taken // with neither holder nor What, all that there is to say
}

// Taken is a node that an operation took out, and will bring back or remove: no
// person's wish.
type Taken struct {
	Pod    string
	By     string    // "kim@laptop (scale --replicas 2)"
	Healer bool      // it is nifi-healer's, and not the lock's holder's
	Since  time.Time // the operation began
	Last   time.Time // it wrote down a step last, before it did it
}

// add puts what was read of the operation Lease into the snapshot.
func (o *Operation) add(c *Cluster) {
	if o == nil {
		return
	}
	c.Taken = o.Taken
	if o.Holder != "" || o.What != "" {
		c.Operation = o
	}
}

// Valid tells whether the holder still counts: after Duration without a
// renewal anybody may take the lock over.
func (o Operation) Valid(now time.Time) bool { return now.Before(o.Renewed.Add(o.Duration)) }
