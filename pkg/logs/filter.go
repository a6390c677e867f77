package logs

import (
	"regexp"
	"time"
)

// maxPending is how many bytes of an entry that nothing has matched yet are
// remembered, so that a match brings them along.
const maxPending = 1 << 20

// Filter says which entries are wanted. The zero value wants all.
type Filter struct {
	Level Level          // at least
	Grep  *regexp.Regexp // matches a line of the entry; nil for any
}

// Entry is a line that passed, with the time of the entry it belongs to.
type Entry struct {
	Line
	Time  time.Time // of the head, when this is a line that follows one
	Level Level
}

// Sieve applies a filter to one container's lines. A line that begins no entry
// belongs to the one before and shares its fate: a stack trace stays with its
// message. Lines before the first head are of unknown level and pass any.
type Sieve struct {
	filter  Filter
	head    Entry
	begun   bool
	pass    bool    // the entry is of the level, and matched
	pending []Entry // of the level, not matched yet
	bytes   int     // in pending
}

// NewSieve starts at the beginning of a log, or anywhere within one.
func NewSieve(filter Filter) *Sieve { return &Sieve{filter: filter} }

// Put takes the next line and returns those that are now known to pass.
func (s *Sieve) Put(line Line) []Entry {
	level, head := Head(line.Text)
	if head || !s.begun {
		s.head = Entry{Line: line, Time: line.Stamp, Level: level}
		s.begun, s.pass, s.pending, s.bytes = head, s.filter.Grep == nil, nil, 0
	}
	if s.head.Level != LevelUnknown && s.head.Level < s.filter.Level {
		return nil
	}
	entry := Entry{Line: line, Time: s.head.Time, Level: s.head.Level}
	if s.pass {
		return []Entry{entry}
	}
	if s.filter.Grep.MatchString(line.Text) {
		passed := append(s.pending, entry)
		s.pass, s.pending = true, nil
		return passed
	}
	if s.bytes += len(line.Text); s.bytes <= maxPending {
		s.pending = append(s.pending, entry)
	}
	return nil
}
