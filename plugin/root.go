// Package plugin holds the commands of kubectl nifi, one file a verb: options
// are completed from the command line, validated without touching the network,
// then run.
package plugin

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// Groups of commands, in the order of the help text.
const (
	groupCreate  = "create"
	groupOperate = "operate"
	groupObserve = "observe"
	groupOther   = "other"
)

// Execute runs the command line args (os.Args, the program's name first) and
// returns the process's exit code: 0 well, 1 findings or a failed operation,
// 2 wrong usage, 3 could not reach what was needed, 124 out of time.
func Execute(ctx context.Context, args []string, streams genericiooptions.IOStreams) int {
	env := Environment{
		IOStreams:   streams,
		Config:      genericclioptions.NewConfigFlags(true),
		Now:         time.Now,
		Every:       every,
		Terminal:    terminal(streams.Out),
		ErrTerminal: terminal(streams.ErrOut),
		Version:     buildVersion(),
		Program:     args[0],
		Identity:    identityOf(os.Getpid()),
		Color:       new(string),
		Getenv:      os.Getenv,
	}
	return run(ctx, env, args[1:])
}

func run(ctx context.Context, env Environment, args []string) int {
	root := New(env)
	root.SetArgs(append([]string{}, args...)) // nil would mean os.Args
	err := root.ExecuteContext(ctx)
	printError(env.ErrOut, err)
	return exitCode(err)
}

// New makes the root command with every verb below it.
func New(env Environment) *cobra.Command {
	root := &cobra.Command{
		Use:           "kubectl-nifi",
		Short:         "Run Apache NiFi clusters on Kubernetes",
		Long:          "kubectl nifi renders, watches and looks after Apache NiFi 2.x clusters on Kubernetes.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          noSuchCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	if strings.HasPrefix(filepath.Base(env.Program), "kubectl-") {
		root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl nifi"}
	}
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if err := cmd.ValidateFlagGroups(); err != nil {
			return usagef("%w", err) // cobra's own check comes later, untyped
		}
		return validateColor(*env.Color)
	}
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.ErrOut)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; see %s --help", err, cmd.CommandPath())
	})
	env.Config.AddFlags(root.PersistentFlags())
	addColorFlag(root, env)
	addCommands(root, env)
	return root
}

// addCommands is the list of verbs.
func addCommands(root *cobra.Command, env Environment) {
	root.AddGroup(
		&cobra.Group{ID: groupCreate, Title: "Create:"},
		&cobra.Group{ID: groupOperate, Title: "Operate:"},
		&cobra.Group{ID: groupObserve, Title: "Observe:"},
		&cobra.Group{ID: groupOther, Title: "Other:"},
	)
	root.SetHelpCommandGroupID(groupOther)
	root.SetCompletionCommandGroupID(groupOther)
	for group, commands := range map[string][]*cobra.Command{
		groupCreate: {newInitCommand(env), newAdoptCommand(env)},
		groupOperate: {
			newScaleCommand(env), newRestartCommand(env), newRotateCommand(env), newDisconnectCommand(env), newReconnectCommand(env), newOffloadCommand(env),
			newRemoveCommand(env), newRescueCommand(env), newUpgradeCommand(env), newDeleteCommand(env), newOperationsCommand(env),
			newHealCommand(env), newHealerCommand(env), newCredentialsCommand(env),
		},
		groupObserve: {newGetCommand(env), newStatusCommand(env), newCertsCommand(env), newLogsCommand(env), newDiagnoseCommand(env), newBundleCommand(env)},
		groupOther:   {newVersionCommand(env)},
	} {
		for _, command := range commands {
			command.GroupID = group
			root.AddCommand(command)
		}
	}
	env.complete(root)
}

// identityOf names a person at a machine, and this run of the program.
func identityOf(process int) string {
	name, host := "somebody", "an unknown machine"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	return fmt.Sprintf("%s@%s (process %d)", name, host, process)
}

// every is the ticker of a real clock.
func every(interval time.Duration) (<-chan time.Time, func()) {
	ticker := time.NewTicker(interval)
	return ticker.C, ticker.Stop
}

// buildVersion is the version the Go toolchain stamped into this binary: the
// git tag of a release, or "(devel)".
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
