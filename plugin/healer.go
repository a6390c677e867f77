package plugin

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/healer/policy"
)

// newHealerCommand is the parent of what concerns nifi-healer.
func newHealerCommand(env Environment) *cobra.Command {
	command := &cobra.Command{
		Use:   "healer",
		Short: "Install nifi-healer, see what it does, and tell it to pause",
		Long: "nifi-healer is one small Deployment a namespace: it connects nodes again that dropped out by accident, makes pods take over new certificates, " +
			"and restarts a node that hangs. It leaves alone what a person took out, and whatever it doesn't understand.",
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(
		newHealerInstallCommand(env), newHealerStatusCommand(env), newHealerPauseCommand(env), newHealerResumeCommand(env), newHealerExplainCommand(env),
	)
	return command
}

func newHealerExplainCommand(env Environment) *cobra.Command {
	return &cobra.Command{
		Use:   "explain",
		Short: "Show what the healer does about which finding, and why",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(env.Out, policy.Explain())
			return err
		},
	}
}
