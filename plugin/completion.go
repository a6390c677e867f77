package plugin

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// completionTimeout is how long a person who pressed the tab key waits.
const completionTimeout = 2 * time.Second

// complete adds the completion of clusters' names to every verb that takes one
// and completes nothing else by itself.
func (e Environment) complete(root *cobra.Command) {
	for _, command := range root.Commands() {
		e.complete(command)
		if command.ValidArgsFunction == nil && strings.Contains(command.Use, "NAME") {
			command.ValidArgsFunction = e.completeOne
		}
	}
}

// completeOne completes one cluster's name.
func (e Environment) completeOne(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return e.completeMany(cmd, args, prefix)
}

// completeMany completes clusters' names, each once. A server out of reach
// completes nothing: there is no place for a message.
func (e Environment) completeMany(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
	defer cancel()
	connection, err := e.connect()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	clusters, err := connection.client.Names(ctx, connection.namespace)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names := make([]string, 0, len(clusters))
	for _, cluster := range clusters {
		names = append(names, cluster.Cluster)
	}
	return candidates(names, args, prefix), cobra.ShellCompDirectiveNoFileComp
}

// completeNodes completes a cluster's name, then its nodes.
func (e Environment) completeNodes(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return e.completeOne(cmd, args, prefix)
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
	defer cancel()
	connection, err := e.connect()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	cluster, err := connection.client.Resolve(ctx, connection.names(args[0]))
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	pods, err := connection.client.Cluster(cluster).Pods(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names := make([]string, 0, len(pods))
	for _, pod := range pods {
		names = append(names, pod.Name)
	}
	return candidates(names, args, prefix), cobra.ShellCompDirectiveNoFileComp
}

// candidates is the names that begin with prefix and aren't given yet.
func candidates(names, given []string, prefix string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		return !strings.HasPrefix(name, prefix) || slices.Contains(given, name)
	})
}
