package plugin

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// noSuchCommand is the root's argument check: whatever is left over is a verb
// that doesn't exist.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := fmt.Sprintf("see %s --help", cmd.CommandPath())
	if cmd.SuggestionsMinimumDistance <= 0 {
		cmd.SuggestionsMinimumDistance = 2
	}
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %s?", strings.Join(near, " or "))
	}
	return usagef("unknown command %q; %s", args[0], hint)
}

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, not %q; see %s --help", cmd.CommandPath(), args, cmd.CommandPath())
	}
	return nil
}

// oneName demands exactly one argument, the cluster's name.
func oneName(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("%s takes one NAME, the cluster's, not %d arguments; see %s --help", cmd.CommandPath(), len(args), cmd.CommandPath())
	}
	return nil
}

// someName demands the cluster's name before what else there may be.
func someName(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("%s takes a NAME, the cluster's; see %s --help", cmd.CommandPath(), cmd.CommandPath())
	}
	return nil
}
