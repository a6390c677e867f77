package plugin

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// palette paints words for a terminal, or leaves them as they are.
type palette struct{ on bool }

func (p palette) good(s string) string { return p.paint("32", s) }
func (p palette) warn(s string) string { return p.paint("33", s) }
func (p palette) bad(s string) string  { return p.paint("31", s) }
func (p palette) bold(s string) string { return p.paint("1", s) }

// paint wraps s in an SGR sequence (ECMA-48, 8.3.117).
func (p palette) paint(code, s string) string {
	if !p.on || s == "" {
		return s
	}
	return fmt.Sprintf("\x1b[%sm%s\x1b[0m", code, s)
}

func addColorFlag(root *cobra.Command, env Environment) {
	root.PersistentFlags().StringVar(env.Color, "color", "auto", "Colour the output: auto (on a terminal, unless NO_COLOR is set), always or never")
}

func validateColor(color string) error {
	if !slices.Contains([]string{"auto", "always", "never"}, color) {
		return usagef("--color must be auto, always or never, not %q", color)
	}
	return nil
}

// palette decides about colour on standard output (https://no-color.org).
func (e Environment) palette() palette { return e.paletteOn(e.Terminal != nil) }

// paletteOn decides about colour on a stream, which may be a terminal.
func (e Environment) paletteOn(terminal bool) palette {
	switch *e.Color {
	case "always":
		return palette{on: true}
	case "never":
		return palette{}
	}
	return palette{on: e.Getenv("NO_COLOR") == "" && e.Getenv("TERM") != "dumb" && terminal}
}

// terminal is how to learn the size of the terminal w; nil if it is none.
func terminal(w io.Writer) func() (width, height int, err error) {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return func() (int, int, error) { return term.GetSize(int(file.Fd())) }
}
