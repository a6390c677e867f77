package plugin

import (
	"strings"
	"unicode/utf8"
)

// cell is a word of a table and the paint on it, which takes no width.
type cell struct {
	text  string
	paint func(string) string // nil: none
}

// table lays out rows in columns, three spaces apart, as kubectl does.
type table struct{ rows [][]cell }

func (t *table) add(cells ...cell) { t.rows = append(t.rows, cells) }

// header adds a row of plain words.
func (t *table) header(words ...string) {
	row := make([]cell, len(words))
	for i, word := range words {
		row[i] = cell{text: word}
	}
	t.add(row...)
}

// String is the laid-out table, a line a row.
func (t *table) String() string {
	widths := t.widths()
	var out strings.Builder
	for _, row := range t.rows {
		var line strings.Builder
		for i, c := range row {
			text := c.text
			if c.paint != nil {
				text = c.paint(text)
			}
			line.WriteString(text)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c.text)+3))
			}
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return out.String()
}

func (t *table) widths() []int {
	var widths []int
	for _, row := range t.rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(c.text))
		}
	}
	return widths
}
