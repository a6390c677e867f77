package nifitest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// entity is a user or a policy as far as clients need it (UserEntity,
// AccessPolicyEntity).
type entity struct {
	Revision *struct {
		Version int64 `json:"version"`
	} `json:"revision"`
	ID        string    `json:"id,omitempty"`
	Component component `json:"component"`
}

type component struct {
	ID       string   `json:"id,omitempty"`
	Identity string   `json:"identity,omitempty"`
	Resource string   `json:"resource,omitempty"`
	Action   string   `json:"action,omitempty"`
	Users    []tenant `json:"users,omitempty"`
	Groups   []tenant `json:"userGroups"`
}

type tenant struct {
	ID string `json:"id"`
}

func (n *Node) users(request) (any, error) {
	users := []entity{}
	for _, id := range slices.Sorted(maps.Keys(n.cluster.policies)) {
		users = append(users, userOf(id))
	}
	return map[string]any{"users": users, "generated": n.cluster.Clock.Now().Format("15:04:05 MST")}, nil
}

// createUser refuses an identity that is taken, as the configurable provider
// does (FileUserGroupProvider, AuthorizerFactory).
func (n *Node) createUser(r request) (any, error) {
	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	if _, taken := n.cluster.policies[body.Component.Identity]; taken {
		return nil, refuse(http.StatusConflict, "User/user group with identity '%s' already exists.", body.Component.Identity)
	}
	n.cluster.policies[body.Component.Identity] = map[string][]action{}
	return userOf(body.Component.Identity), nil
}

// policy is 404 for a resource that has none and no parent
// (StandardPolicyBasedAuthorizerDAO).
func (n *Node) policy(r request) (any, error) {
	verb, resource, _ := strings.Cut(strings.TrimPrefix(r.path, "/policies/"), "/")
	p, found := n.cluster.policyOf(verb, "/"+resource)
	if !found {
		return nil, refuse(http.StatusNotFound, "Unable to find access policy for %s on /%s", verb, resource)
	}
	return p, nil
}

func (n *Node) createPolicy(r request) (any, error) {
	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	if _, found := n.cluster.policyOf(body.Component.Action, body.Component.Resource); found {
		return nil, refuse(http.StatusConflict, "Found multiple policies for '%s' with '%s'.", body.Component.Resource, body.Component.Action)
	}
	return n.cluster.setPolicy(body), nil
}

// putPolicy replaces who a policy is for, if the revision is the newest.
func (n *Node) putPolicy(r request) (any, error) {
	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	id := strings.TrimPrefix(r.path, "/policies/")
	if body.ID != id || id != policyID(body.Component.Action, body.Component.Resource) {
		return nil, refuse(http.StatusNotFound, "Unable to find access policy with id '%s'.", id)
	}
	if body.Revision.Version != n.cluster.versions[id] {
		return nil, refuse(http.StatusConflict, "[%d, null, %s] is not the most up-to-date revision. This component appears to have been modified", body.Revision.Version, id)
	}
	n.cluster.versions[id]++
	return n.cluster.setPolicy(body), nil
}

// bodyOf is what a change sends; without a revision NiFi refuses it.
func bodyOf(r request) (entity, error) {
	var body entity
	if json.Unmarshal(r.body, &body) != nil || body.Revision == nil {
		return body, refuse(http.StatusBadRequest, "Revision must be specified.")
	}
	return body, nil
}

func userOf(identity string) entity {
	return versioned(0, entity{ID: idOf("user/" + identity), Component: component{ID: idOf("user/" + identity), Identity: identity, Groups: []tenant{}}})
}

// policyOf is the policy of a resource, if anybody may do that with it.
func (c *Cluster) policyOf(verb, resource string) (p entity, found bool) {
	id := policyID(verb, resource)
	p = versioned(c.versions[id], entity{ID: id, Component: component{ID: id, Resource: resource, Action: verb, Groups: []tenant{}}})
	for _, identity := range slices.Sorted(maps.Keys(c.policies)) {
		if slices.Contains(c.policies[identity][resource], actionOf(verb)) {
			p.Component.Users = append(p.Component.Users, tenant{idOf("user/" + identity)})
		}
	}
	return p, len(p.Component.Users) > 0
}

func (c *Cluster) setPolicy(p entity) entity {
	resource, does := p.Component.Resource, actionOf(p.Component.Action)
	for identity, allowed := range c.policies {
		allowed[resource] = slices.DeleteFunc(slices.Clone(allowed[resource]), func(a action) bool { return a == does })
		if slices.Contains(p.Component.Users, tenant{idOf("user/" + identity)}) {
			allowed[resource] = append(allowed[resource], does)
		}
	}
	stored, _ := c.policyOf(p.Component.Action, resource)
	return stored
}

func versioned(version int64, e entity) entity {
	e.Revision = &struct {
		Version int64 `json:"version"`
	}{version}
	return e
}

func actionOf(verb string) action { return map[string]action{"read": read, "write": write}[verb] }

func policyID(verb, resource string) string { return idOf("policy/" + verb + resource) }

func idOf(name string) string { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String() }
