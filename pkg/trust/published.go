package trust

import "time"

// Published is an anchor that a person or a rotation gives to every node of a
// cluster. By, Reason and At are empty if nobody knows.
type Published struct {
	Certificate Certificate
	By, Reason  string
	At          time.Time
}
