package logs

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// maxLine is how many bytes of a line are kept.
const maxLine = 256 << 10

// Line is one line of a container's log.
type Line struct {
	Stamp time.Time // when the container runtime got it
	Text  string
}

// Reader reads lines as the API server sends them with timestamps=true, each
// after its time in RFC 3339 and a blank
// (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/).
type Reader struct {
	buffer *bufio.Reader
	last   time.Time
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{buffer: bufio.NewReaderSize(r, 32<<10)} }

// Next is the next line, or io.EOF. What a line has beyond 256 KiB is dropped;
// one without a time has that of the line before.
func (r *Reader) Next() (Line, error) {
	text, err := r.text()
	if err != nil {
		return Line{}, err
	}
	stamp, rest, _ := strings.Cut(text, " ")
	if t, err := time.Parse(time.RFC3339Nano, stamp); err == nil {
		r.last = t
		return Line{t, rest}, nil
	}
	return Line{r.last, text}, nil
}

func (r *Reader) text() (string, error) {
	var text strings.Builder
	for {
		part, err := r.buffer.ReadSlice('\n')
		text.Write(part[:min(len(part), maxLine-text.Len())])
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == nil, errors.Is(err, io.EOF) && text.Len() > 0:
			return strings.TrimRight(text.String(), "\r\n"), nil
		case errors.Is(err, io.EOF):
			return "", io.EOF
		default:
			return "", fmt.Errorf("reading the log: %w", err)
		}
	}
}
