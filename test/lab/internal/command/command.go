// Package command runs the machine's programs and makes readable errors of
// what they print.
package command

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// maxReason is how many characters of a program's output an error shows.
const maxReason = 400

// Cmd is one program to run to its end.
type Cmd struct {
	Args  []string // program and arguments
	Dir   string   // working folder; empty means the current one
	Env   []string // added to the environment
	Stdin io.Reader
	Log   string // file that gets the output as well; empty means none
}

// Run runs a program and returns its standard output.
func Run(ctx context.Context, args ...string) (string, error) {
	return Cmd{Args: args}.Run(ctx)
}

// Run runs c and returns its standard output. The error holds the last line
// that the program printed on either stream.
func (c Cmd) Run(ctx context.Context) (string, error) {
	var stdout, both bytes.Buffer
	all := io.Writer(&both)
	if c.Log != "" {
		file, err := createLog(c.Log)
		if err != nil {
			return "", err
		}
		defer file.Close()
		all = io.MultiWriter(&both, file)
	}
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Dir, cmd.Stdin = c.Dir, c.Stdin
	cmd.Env = append(os.Environ(), c.Env...)
	shared := &lockedWriter{w: all}
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&stdout, shared), shared
	if err := cmd.Run(); err != nil {
		return stdout.String(), c.explain(ctx, err, both.String())
	}
	return stdout.String(), nil
}

func (c Cmd) explain(ctx context.Context, err error, output string) error {
	if ctx.Err() != nil {
		return fmt.Errorf("running %s: %w", filepath.Base(c.Args[0]), context.Cause(ctx))
	}
	err = fmt.Errorf("running %s: %w: %s", filepath.Base(c.Args[0]), err, Reason(output))
	if c.Log != "" {
		err = fmt.Errorf("%w (all of it in %s)", err, c.Log)
	}
	return err
}

// Reason picks the line of a program's output that most likely says why it
// failed: the first that is marked as an error, else the last.
func Reason(output string) string {
	lines := strings.FieldsFunc(output, func(r rune) bool { return r == '\n' || r == '\r' })
	reason := "no output"
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		reason = line
		if strings.HasPrefix(line, "E: ") || strings.HasPrefix(line, "[ERROR] ") || strings.HasPrefix(line, "ERROR: ") {
			break
		}
	}
	if len(reason) > maxReason {
		reason = reason[:maxReason] + "…"
	}
	return reason
}

func createLog(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("creating the log's folder: %w", err)
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("creating the log: %w", err)
	}
	return file, nil
}
