package logs

import (
	"container/heap"
	"errors"
	"io"
)

// Source gives the entries of one log in order, then io.EOF.
type Source interface {
	Next() (Entry, error)
}

// Sieved is a source of what a filter lets pass of a reader.
type Sieved struct {
	reader *Reader
	sieve  *Sieve
	passed []Entry
}

// NewSieved filters what r reads.
func NewSieved(r io.Reader, filter Filter) *Sieved {
	return &Sieved{reader: NewReader(r), sieve: NewSieve(filter)}
}

// Next is the next entry that passes.
func (s *Sieved) Next() (Entry, error) {
	for len(s.passed) == 0 {
		line, err := s.reader.Next()
		if err != nil {
			return Entry{}, err
		}
		s.passed = s.sieve.Put(line)
	}
	entry := s.passed[0]
	s.passed = s.passed[1:]
	return entry, nil
}

// Merge calls each with the entries of all sources, by time; of equal times,
// the source with the lower index comes first, so that the lines of an entry
// stay together. It holds one entry a source in memory. A source that fails
// ends where it fails; its error is passed to failed.
func Merge(sources []Source, each func(source int, entry Entry) error, failed func(source int, err error)) error {
	var waiting fronts
	advance := func(source int) {
		entry, err := sources[source].Next()
		switch {
		case err == nil:
			heap.Push(&waiting, front{source, entry})
		case !errors.Is(err, io.EOF):
			failed(source, err)
		}
	}
	for i := range sources {
		advance(i)
	}
	for waiting.Len() > 0 {
		next, _ := heap.Pop(&waiting).(front)
		if err := each(next.source, next.entry); err != nil {
			return err
		}
		advance(next.source)
	}
	return nil
}

// front is the entry a source waits with.
type front struct {
	source int
	entry  Entry
}

// fronts is a heap of them, the oldest on top.
type fronts []front

func (f fronts) Len() int      { return len(f) }
func (f fronts) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f fronts) Less(i, j int) bool {
	if order := f[i].entry.Time.Compare(f[j].entry.Time); order != 0 {
		return order < 0
	}
	return f[i].source < f[j].source
}

// Push is for package heap.
func (f *fronts) Push(x any) {
	if one, ok := x.(front); ok {
		*f = append(*f, one)
	}
}

// Pop is for package heap.
func (f *fronts) Pop() any {
	last := len(*f) - 1
	one := (*f)[last]
	*f = (*f)[:last]
	return one
}
