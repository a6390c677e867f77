package overlay

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// access is the first users and policies of a cluster. They are seeds: NiFi
// takes them on an empty volume only, and later changes go by its REST API.
type access struct {
	RootGroup string // id of the root process group
	Users     []user
	Groups    []group
	Policies  []policy
}

type user struct{ ID, Identity string }

type group struct {
	ID, Name string
	Users    []string // user ids
}

type policy struct {
	ID, Resource, Action string
	Groups               []string // group ids
}

// accessFor gives every identity its least: administrators what NiFi's own
// initial admin gets and the root group, nodes what they need to act for
// users and to balance load, the healer what it reads and, unless it only
// observes, the cluster's membership. Ids are UUIDs version 5 (RFC 9562), so
// that every node and every run writes the same bytes.
func accessFor(c topology.Cluster) access {
	id := func(name string) string {
		return uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "https://%s%s/%s/%s", topology.Prefix, c.Namespace, c.Cluster, name)).String()
	}
	a := access{RootGroup: id("root")}
	member := func(identity string) string {
		a.Users = append(a.Users, user{id("user/" + identity), identity})
		return a.Users[len(a.Users)-1].ID
	}

	admins := group{ID: id("group/administrators"), Name: "administrators", Users: []string{member(c.AdminIdentity())}}
	if c.Login == topology.LoginSingleUser {
		admins.Users = append(admins.Users, member(c.Username))
	}
	healers := group{ID: id("group/healers"), Name: "healers", Users: []string{member(c.HealerIdentity())}}
	nodes := group{ID: id("group/nodes"), Name: "nodes"}
	for i := range topology.MaxNodes {
		nodes.Users = append(nodes.Users, member(c.Identity(c.Pod(i))))
	}
	a.Groups = []group{admins, healers, nodes}

	allow := func(resource, actions string, groups ...group) {
		for _, action := range actions {
			p := policy{ID: id("policy/" + resource + "/" + string(action)), Resource: resource, Action: string(action)}
			for _, g := range groups {
				p.Groups = append(p.Groups, g.ID)
			}
			a.Policies = append(a.Policies, p)
		}
	}
	a.allowCluster(c, allow, admins, healers, nodes)
	a.allowRootGroup(allow, admins, nodes)
	return a
}

type allowFunc func(resource, actions string, groups ...group)

func (a *access) allowCluster(c topology.Cluster, allow allowFunc, admins, healers, nodes group) {
	allow("/flow", "R", admins, healers)
	allow("/controller", "R", admins, healers, nodes) // nodes: to fetch NARs from each other
	if c.HealerMode == topology.HealerObserve {
		allow("/controller", "W", admins)
	} else {
		allow("/controller", "W", admins, healers)
	}
	allow("/system", "R", admins, healers)
	allow("/tenants", "RW", admins)
	allow("/policies", "RW", admins)
	allow("/parameter-contexts", "RW", admins)
	allow("/counters", "RW", admins)
	allow("/provenance", "R", admins)
	allow("/site-to-site", "R", admins, nodes)
	allow("/proxy", "W", nodes)
	if c.Version.AtLeast(9) {
		allow("/connectors", "RW", admins)
	}
	if !c.Version.AtLeast(10) { // read by nothing from 2.10.0 on
		allow("/restricted-components", "W", admins)
	}
}

func (a *access) allowRootGroup(allow allowFunc, admins, nodes group) {
	root := "/process-groups/" + a.RootGroup
	allow(root, "RW", admins)
	allow("/operation"+root, "W", admins)
	allow("/provenance-data"+root, "R", admins)
	allow("/policies"+root, "RW", admins)
	allow("/data"+root, "RW", admins, nodes)
}
