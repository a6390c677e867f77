package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/adopt"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/nifi"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// keep makes the objects.
func (o *adoptOptions) keep(ctx context.Context, a *adoption) error {
	cluster := o.connection.client.Cluster(a.Names)
	for _, object := range a.objects {
		if err := cluster.Keep(ctx, object); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(o.env.Out, "%s %s: recorded\n", object.Kind, object.Name); err != nil {
			return err
		}
	}
	return nil
}

// granter is the part of a NiFi client that changes who may do what.
type granter interface {
	Users(ctx context.Context) ([]nifi.User, error)
	CreateUser(ctx context.Context, identity string) (nifi.User, error)
	Grant(ctx context.Context, action, resource string, user nifi.User) (bool, error)
}

// grant gives the identities what they need in NiFi. What the present one may
// not give is left to an administrator, who sees the list, and so is all of it
// where nobody here knows by which names NiFi knows them.
func (o *adoptOptions) grant(ctx context.Context, a *adoption) error {
	if a.admin == nil || a.mapped || len(a.grants) == 0 {
		return nil
	}
	taking, err := o.env.snapshots(o.connection, a.Names, &o.Credentials)
	if err != nil {
		return err
	}
	defer taking.close()
	client, err := a.client(ctx, taking.sources.Credentials)
	if err != nil {
		return fmt.Errorf("the cluster is recorded, but NiFi can't be asked: %w", err)
	}
	users, err := client.Users(ctx)
	if err != nil {
		return fmt.Errorf("the cluster is recorded, but %s may not grant anything: %w; have an administrator of NiFi give what is listed above", subjectOf(a.admin.certificate), err)
	}
	for _, g := range a.grants {
		if err := o.give(ctx, client, &users, g); err != nil {
			return fmt.Errorf("the cluster is recorded, but granting %s on %s failed: %w; run it again, or have an administrator of NiFi give what is listed above", g.Action, g.Resource, err)
		}
	}
	return nil
}

// give gives one of them, to a user who is made if NiFi doesn't know it.
func (o *adoptOptions) give(ctx context.Context, client granter, users *[]nifi.User, g adopt.Grant) error {
	i := slices.IndexFunc(*users, func(u nifi.User) bool { return u.Identity == g.Identity })
	if i < 0 {
		user, err := client.CreateUser(ctx, g.Identity)
		if err != nil {
			return err
		}
		i, *users = len(*users), append(*users, user)
	}
	granted, err := client.Grant(ctx, g.Action, g.Resource, (*users)[i])
	if err != nil {
		return err
	}
	state := "granted"
	if !granted {
		state = "was granted already"
	}
	_, err = fmt.Fprintf(o.env.Out, "%s on %s for %s: %s\n", g.Action, g.Resource, g.Identity, state)
	return err
}

// client asks the first node that is in the cluster.
func (a *adoption) client(ctx context.Context, credentials view.Credentials) (granter, error) {
	dial, err := credentials(ctx)
	if err != nil {
		return nil, err
	}
	err = errors.New("no pod runs")
	for _, pod := range a.workload.Running {
		var client view.NodeClient
		if client, err = dial(a.Names.FQDN(pod)); err != nil {
			continue
		}
		if _, err = client.Cluster(ctx); err == nil || errors.Is(err, nifi.ErrForbidden) {
			return client.(granter), nil // *nifi.Client, which can
		}
	}
	return nil, err
}
