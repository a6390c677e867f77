package nifitest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
)

// request is a call that reached NiFi.
type request struct {
	user   string // the caller's identity, "" for nobody
	method string
	path   string // below /nifi-api
	body   []byte
}

// resource is a path of the API and who may use it.
type resource struct {
	method, path string // a path that ends in "/" takes one more segment
	policy       string // "" for everybody, known or not
	action       action
	answer       func(n *Node, r request) (any, error)
}

func resources() []resource {
	return []resource{
		{http.MethodGet, "/authentication/configuration", "", read, (*Node).authentication},
		{http.MethodGet, "/flow/about", "/flow", read, (*Node).about},
		{http.MethodGet, "/flow/cluster/summary", "/flow", read, (*Node).summary},
		{http.MethodGet, "/flow/status", "/flow", read, (*Node).status},
		{http.MethodGet, "/tenants/users", "/tenants", read, (*Node).users},
		{http.MethodPost, "/tenants/users", "/tenants", write, (*Node).createUser},
		{http.MethodGet, "/policies/read/", "/policies", read, (*Node).policy},
		{http.MethodGet, "/policies/write/", "/policies", read, (*Node).policy},
		{http.MethodPost, "/policies", "/policies", write, (*Node).createPolicy},
		{http.MethodPut, "/policies/", "/policies", write, (*Node).putPolicy},
		{http.MethodGet, "/system-diagnostics", "/system", read, (*Node).system},
		{http.MethodGet, "/controller/cluster", "/controller", read, (*Node).clusterView},
		{http.MethodGet, "/controller/cluster/nodes/", "/controller", read, (*Node).getNode},
		{http.MethodPut, "/controller/cluster/nodes/", "/controller", write, (*Node).putNode},
		{http.MethodDelete, "/controller/cluster/nodes/", "/controller", write, (*Node).deleteNode},
	}
}

func (r resource) matches(call request) bool {
	if strings.HasSuffix(r.path, "/") {
		last, below := strings.CutPrefix(call.path, r.path)
		return r.method == call.method && below && last != "" && !strings.Contains(last, "/")
	}
	return r.method == call.method && r.path == call.path
}

// handle answers one call, and does its background work if that is wanted at once.
func (n *Node) handle(call request) ([]byte, error) {
	n.cluster.mu.Lock()
	defer n.cluster.mu.Unlock()
	i := slices.IndexFunc(resources(), func(r resource) bool { return r.matches(call) })
	if i < 0 && call.user != "" {
		return nil, refuse(http.StatusNotFound, "The specified resource could not be found.")
	}
	if i < 0 {
		return nil, refuse(http.StatusUnauthorized, "Unauthorized")
	}
	r := resources()[i]
	if err := n.cluster.policies.authorize(call.user, r.policy, r.action); err != nil {
		return nil, err
	}
	answer, err := r.answer(n, call)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(answer)
	if n.cluster.options.Immediate {
		n.cluster.members.step()
	}
	return raw, err
}

// authorize is NiFi's order: who isn't known is told so before any policy is
// asked (StandardAuthenticationEntryPoint, AccessDeniedExceptionMapper).
func (p policies) authorize(user, resource string, a action) error {
	switch {
	case resource == "":
		return nil
	case user == "":
		return refuse(http.StatusUnauthorized, "Unauthorized")
	case !slices.Contains(p[user][resource], a):
		return refuse(http.StatusForbidden, "Unable to %s %s. Contact the system administrator.", a, description(resource))
	}
	return nil
}

func (n *Node) authentication(request) (any, error) {
	return map[string]any{"authenticationConfiguration": map[string]bool{
		"externalLoginRequired": false,
		"loginSupported":        !n.cluster.options.RequireClientCertificates,
	}}, nil
}

func (n *Node) about(request) (any, error) {
	version := n.cluster.options.Version
	return map[string]nifi.About{"about": {
		Title:            "NiFi",
		Version:          version,
		URI:              n.URL() + apiRoot + "/",
		ContentViewerURL: n.URL() + "/nifi/#/content-viewer",
		Timezone:         "UTC",
		BuildTag:         "rel/nifi-" + version,
	}}, nil
}

// summary is the one answer about the cluster that a node gives by itself.
func (n *Node) summary(request) (any, error) {
	s := nifi.Summary{Clustered: true, ConnectedToCluster: n.member.joined}
	if s.ConnectedToCluster {
		s.ConnectedNodeCount = n.cluster.members.connected()
		s.TotalNodeCount = len(n.cluster.members.members)
		s.ConnectedNodes = fmt.Sprintf("%d / %d", s.ConnectedNodeCount, s.TotalNodeCount)
	}
	return map[string]nifi.Summary{"clusterSummary": s}, nil
}
