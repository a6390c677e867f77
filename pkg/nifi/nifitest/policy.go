package nifitest

import "github.com/kubectl-nifi/kubectl-nifi/pkg/topology"

// action is what an access policy allows on a resource (RequestAction).
type action string

const (
	read  action = "view"
	write action = "modify"
)

// policies says who may do what: identity, then resource, then actions. Who
// isn't named may do nothing.
type policies map[string]map[string][]action

// seeded is the access that a fresh cluster of this project starts with.
func seeded(names topology.Names, nodes int) policies {
	all := []action{read, write}
	p := policies{
		names.AdminIdentity(): {
			"/flow": all, "/controller": all, "/system": all, "/tenants": all, "/policies": all,
		},
		names.HealerIdentity(): {"/flow": {read}, "/controller": all, "/system": {read}},
	}
	for i := range nodes {
		p[names.Identity(names.Pod(i))] = map[string][]action{"/controller": {read}, "/proxy": {write}}
	}
	return p
}

// description is what NiFi calls a resource in a refusal (ResourceFactory).
func description(resource string) string {
	known := map[string]string{
		"/flow": "the user interface", "/controller": "the controller", "/tenants": "users/user groups", "/system": "system diagnostics",
	}
	if text, ok := known[resource]; ok {
		return text
	}
	return resource
}
