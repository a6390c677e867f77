//go:build !linux

package main

import (
	"context"
	"os/exec"
)

func isolated(context.Context, options, []string) error { return errMachine }

func pretend(string) error { return errMachine }

func child(ctx context.Context, _, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, name, args...)
}
