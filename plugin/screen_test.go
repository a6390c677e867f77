package plugin

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// emulator is as much of a terminal as a screen needs.
type emulator struct {
	rows   []string
	row    int
	blank  bool // nothing was written since the start of the row
	hidden bool
	cut    bool
}

// feed obeys what was written to it.
func (e *emulator) feed(t *testing.T, text string) {
	t.Helper()
	control := regexp.MustCompile(`^\x1b\[(\??)([0-9]*)([A-Za-z])`)
	for text != "" {
		if found := control.FindStringSubmatch(text); found != nil {
			e.control(t, found[1]+found[3], found[2])
			text = text[len(found[0]):]
			continue
		}
		switch text[0] {
		case '\r':
			e.blank = true
		case '\n':
			e.row++
		default:
			end := strings.IndexAny(text, "\x1b\r\n")
			require.Positive(t, end, "%q", text)
			e.at(e.row)
			e.rows[e.row], e.blank = text[:end], false
			text = text[end:]
			continue
		}
		text = text[1:]
	}
}

func (e *emulator) at(row int) {
	for len(e.rows) <= row {
		e.rows = append(e.rows, "")
	}
}

func (e *emulator) control(t *testing.T, name, number string) {
	n, _ := strconv.Atoi(number)
	switch name {
	case "A":
		e.row -= n
		require.GreaterOrEqual(t, e.row, 0, "above the top")
	case "J":
		e.rows = e.rows[:min(e.row, len(e.rows))]
	case "K":
		if e.at(e.row); e.blank {
			e.rows[e.row] = ""
		}
	case "?l", "?h":
		on := name == "?h"
		if number == "25" {
			e.hidden = !on
		} else {
			e.cut = !on
		}
	default:
		require.FailNow(t, "unknown control sequence", name)
	}
}

func TestScreen(t *testing.T) {
	t.Parallel()
	width, height := 80, 10
	var written strings.Builder
	s := screen{out: &written, size: func() (int, int, error) { return width, height, nil }}
	terminal := &emulator{}
	draw := func(text string) string {
		written.Reset()
		require.NoError(t, s.draw(text))
		terminal.feed(t, written.String())
		return written.String()
	}

	draw("a\nb\nc\n")
	assert.Equal(t, []string{"a", "b", "c"}, terminal.rows)
	assert.True(t, terminal.hidden)
	assert.True(t, terminal.cut)

	change := draw("a\nB\nc\n")
	assert.Equal(t, []string{"a", "B", "c"}, terminal.rows)
	assert.NotContains(t, change, "a", "what is the same isn't written")
	assert.NotContains(t, change, "c")

	draw("a\nB\nc\nd\n")
	assert.Equal(t, []string{"a", "B", "c", "d"}, terminal.rows)
	draw("x\n")
	assert.Equal(t, []string{"x"}, terminal.rows)
	assert.Equal(t, 1, terminal.row, "the cursor is below")

	height = 5
	draw("1\n2\n3\n4\n5\n6\n")
	assert.Equal(t, []string{"1", "2", "3", "… 3 more lines"}, terminal.rows)

	written.Reset()
	require.NoError(t, s.restore())
	terminal.feed(t, written.String())
	assert.False(t, terminal.hidden)
	assert.False(t, terminal.cut)
}

func TestScreenOfUnknownSize(t *testing.T) {
	t.Parallel()
	var written strings.Builder
	s := screen{out: &written, size: func() (int, int, error) { return 0, 0, errors.New("not a terminal") }}
	require.NoError(t, s.draw("a\nb\n"))
	terminal := &emulator{}
	terminal.feed(t, written.String())
	assert.Equal(t, []string{"a", "b"}, terminal.rows)
}
