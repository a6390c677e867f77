package plugin

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Control sequences (ECMA-48; the private modes are xterm's, known to every
// terminal in use).
const (
	hideCursor   = "\x1b[?25l"
	showCursor   = "\x1b[?25h"
	cutLines     = "\x1b[?7l" // a line too long for the terminal is cut, not wrapped
	wrapLines    = "\x1b[?7h"
	clearLine    = "\x1b[K"
	clearBelow   = "\x1b[J"
	carriageBack = "\r"
)

// screen shows a text that changes in place: each drawing rewrites only the
// lines that differ. What was on the terminal before stays above.
type screen struct {
	out   io.Writer
	size  func() (width, height int, err error)
	lines []string // as they are now
	shape [2]int   // of the terminal at that time
}

// draw replaces what is shown by text.
func (s *screen) draw(text string) error {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	width, height, err := s.size()
	if err == nil && len(lines) >= height && height > 1 {
		more := len(lines) - height + 2
		lines = append(slices.Clone(lines[:height-2]), fmt.Sprintf("… %d more lines", more))
	}
	var out strings.Builder
	out.WriteString(hideCursor + cutLines)
	if len(s.lines) > 0 {
		fmt.Fprintf(&out, "\x1b[%dA", len(s.lines))
	}
	if shape := [2]int{width, height}; shape != s.shape { // the terminal may have moved everything
		out.WriteString(clearBelow)
		s.lines, s.shape = nil, shape
	}
	for i, line := range lines {
		if i >= len(s.lines) || s.lines[i] != line {
			out.WriteString(carriageBack + line + clearLine)
		}
		out.WriteString("\n")
	}
	if len(lines) < len(s.lines) {
		out.WriteString(clearBelow)
	}
	s.lines = lines
	_, err = io.WriteString(s.out, out.String())
	return err
}

// wipe takes away what is shown: the next text begins where it began.
func (s *screen) wipe() error {
	up := ""
	if len(s.lines) > 0 {
		up = fmt.Sprintf("\x1b[%dA", len(s.lines))
	}
	s.lines = nil
	_, err := io.WriteString(s.out, up+carriageBack+clearBelow)
	return err
}

// restore gives the terminal back, the cursor below what was shown last, where
// the terminal may have echoed Ctrl-C.
func (s *screen) restore() error {
	_, err := io.WriteString(s.out, carriageBack+clearLine+wrapLines+showCursor)
	return err
}
