package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"k8s.io/client-go/rest"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// connection is the way to the API server that kubectl's flags describe.
// Making one sends nothing.
type connection struct {
	config    *rest.Config
	client    *kube.Client
	namespace string
}

func (e Environment) connect() (connection, error) {
	namespace, _, err := e.namespace()
	if err != nil {
		return connection{}, err
	}
	config, err := e.Config.ToRESTConfig()
	if err != nil {
		return connection{}, usagef("reading the kubeconfig: %w", err)
	}
	config = kube.Quick(config, "kubectl-nifi/"+strings.Trim(e.Version, "()"))
	client, err := kube.NewClient(config)
	if err != nil {
		return connection{}, usagef("reading the kubeconfig: %w", err)
	}
	return connection{config: config, client: client, namespace: namespace}, nil
}

// names are those of a cluster in the namespace that the person works in. Its
// domain is the usual one until a snapshot has read another.
func (c connection) names(cluster string) topology.Names {
	return topology.Names{Cluster: cluster, Namespace: c.namespace, Domain: topology.DefaultDomain}
}

// resolve completes the names of a cluster that was adopted with its layout.
func (e Environment) resolve(ctx context.Context, c connection, names topology.Names) (topology.Names, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	resolved, err := c.client.Resolve(ctx, names)
	if errors.Is(err, view.ErrUnreachable) || errors.Is(err, context.DeadlineExceeded) {
		return names, e.apiServerDown(c, err)
	}
	return resolved, err
}

// apiServerDown is the error of a command that needed the API server.
func (e Environment) apiServerDown(c connection, cause error) error {
	remedy := "check the connection with kubectl cluster-info"
	if context := e.contextName(); context != "" {
		remedy = fmt.Sprintf("check the context %q with kubectl cluster-info", context)
	}
	return unreachable("the API server at "+c.config.Host, cause, remedy)
}

// contextName is the kubeconfig context in use, empty if there is none.
func (e Environment) contextName() string {
	if e.Config.Context != nil && *e.Config.Context != "" {
		return *e.Config.Context
	}
	raw, err := e.Config.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return ""
	}
	return raw.CurrentContext
}
