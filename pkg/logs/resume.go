package logs

import "time"

// Resume drops what was seen before a log was opened anew from a second that
// had begun already: the API server's sinceTime knows no fractions.
type Resume struct {
	last  time.Time
	count int // lines with that time, seen
	skip  int // of them, still to come once more
}

// Since is the time to open the log from; zero before the first line.
func (r *Resume) Since() time.Time { return r.last }

// Reopened is told when the log is read anew from Since.
func (r *Resume) Reopened() { r.skip = r.count }

// Fresh tells whether a line hasn't been seen yet.
func (r *Resume) Fresh(line Line) bool {
	switch order := line.Stamp.Compare(r.last); {
	case order < 0:
		return false
	case order > 0:
		r.last, r.count, r.skip = line.Stamp, 1, 0
		return true
	case r.skip > 0:
		r.skip--
		return false
	default:
		r.count++
		return true
	}
}
