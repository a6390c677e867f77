package nifi

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// The actions of a policy, as NiFi spells them (RequestAction).
const (
	Read  = "read"
	Write = "write"
)

// User is somebody NiFi knows.
type User struct {
	ID       string
	Identity string
	Groups   []string // ids of those it is in
}

// Policy is who may do one thing with one resource.
type Policy struct {
	ID       string
	Version  int64  // of the revision
	Resource string // "/flow"
	Action   string // Read or Write
	Users    []string
	Groups   []string // ids, as those of the users
}

// The entities of NiFi's API that access is made of (UserEntity,
// AccessPolicyEntity, TenantEntity). Of a tenant in a policy the id counts.
type (
	revision struct {
		Version int64 `json:"version"`
	}
	tenant struct {
		ID string `json:"id"`
	}
	userEntity struct {
		Revision  revision `json:"revision"`
		ID        string   `json:"id,omitempty"`
		Component struct {
			Identity string   `json:"identity"`
			Groups   []tenant `json:"userGroups,omitempty"`
		} `json:"component"`
	}
	policyEntity struct {
		Revision  revision        `json:"revision"`
		ID        string          `json:"id,omitempty"`
		Component policyComponent `json:"component"`
	}
	policyComponent struct {
		ID       string   `json:"id,omitempty"`
		Resource string   `json:"resource"`
		Action   string   `json:"action"`
		Users    []tenant `json:"users"`
		Groups   []tenant `json:"userGroups"`
	}
)

// Users lists all users. Needs "access users/user groups", view.
func (c *Client) Users(ctx context.Context) ([]User, error) {
	var answer struct {
		Users []userEntity `json:"users"`
	}
	err := c.Do(ctx, http.MethodGet, "/tenants/users", nil, &answer)
	users := make([]User, 0, len(answer.Users))
	for _, u := range answer.Users {
		users = append(users, userOf(u))
	}
	return users, err
}

// CreateUser makes a user; one of that identity is ErrConflict. Needs "access
// users/user groups", modify.
func (c *Client) CreateUser(ctx context.Context, identity string) (User, error) {
	var in, out userEntity
	in.Component.Identity = identity
	err := c.Do(ctx, http.MethodPost, "/tenants/users", in, &out)
	return userOf(out), err
}

// Policy reads the policy of exactly this resource, "/flow": ErrNotFound if it
// has none. NiFi may answer with that of a parent, which is another's. Needs
// "access all policies", view.
func (c *Client) Policy(ctx context.Context, action, resource string) (Policy, error) {
	var out policyEntity
	path := "/policies/" + action + resource
	if err := c.Do(ctx, http.MethodGet, path, nil, &out); err != nil {
		return Policy{}, err
	}
	if out.Component.Resource != resource {
		return Policy{}, &APIError{Method: http.MethodGet, Path: path, StatusCode: http.StatusNotFound, Message: "it is inherited from " + out.Component.Resource}
	}
	return policyOf(out), nil
}

// Grant lets a user do something: the policy gets one more user, or is made.
// One who may already is left alone, which granted tells. Needs "access all
// policies", view and modify.
func (c *Client) Grant(ctx context.Context, action, resource string, user User) (granted bool, err error) {
	p, err := c.Policy(ctx, action, resource)
	switch {
	case errors.Is(err, ErrNotFound):
		in := policyEntity{Component: policyComponent{Resource: resource, Action: action, Users: []tenant{{user.ID}}, Groups: []tenant{}}}
		return true, c.Do(ctx, http.MethodPost, "/policies", in, nil)
	case err != nil:
		return false, err
	case slices.Contains(p.Users, user.ID), slices.ContainsFunc(user.Groups, func(id string) bool { return slices.Contains(p.Groups, id) }):
		return false, nil
	}
	in := policyEntity{Revision: revision{p.Version}, ID: p.ID, Component: policyComponent{
		ID: p.ID, Resource: p.Resource, Action: p.Action, Users: tenants(append(p.Users, user.ID)), Groups: tenants(p.Groups),
	}}
	return true, c.Do(ctx, http.MethodPut, "/policies/"+p.ID, in, nil)
}

func userOf(e userEntity) User {
	return User{ID: e.ID, Identity: e.Component.Identity, Groups: ids(e.Component.Groups)}
}

func policyOf(e policyEntity) Policy {
	return Policy{
		ID: e.ID, Version: e.Revision.Version, Resource: e.Component.Resource, Action: e.Component.Action,
		Users: ids(e.Component.Users), Groups: ids(e.Component.Groups),
	}
}

func ids(all []tenant) []string {
	ids := make([]string, 0, len(all))
	for _, t := range all {
		ids = append(ids, t.ID)
	}
	return ids
}

func tenants(ids []string) []tenant {
	all := make([]tenant, 0, len(ids))
	for _, id := range ids {
		all = append(all, tenant{id})
	}
	return all
}
