package plugin

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/redact"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// bundleSecrets is the values of the cluster's Secrets, which no file of a
// bundle may have in it.
type bundleSecrets struct {
	values redact.Values
	gaps   []bundleGap
}

// bundleGap is what could not be had.
type bundleGap struct {
	what string
	err  error
}

// readSecrets reads the Secrets that the cluster's pods and certificates name
// and all that carry its label or name, as far as the person may.
func (o *bundleOptions) readSecrets(ctx context.Context) bundleSecrets {
	var secrets bundleSecrets
	var known []string
	listed, err := o.cluster.Objects(ctx, kube.Resource{Version: "v1", Name: "secrets"})
	for _, secret := range listed {
		known = append(known, nameOf(secret))
		o.addSecret(&secrets.values, nameOf(secret), dataOf(secret))
	}
	if err != nil {
		secrets.gaps = append(secrets.gaps, bundleGap{"list of Secrets, to take their values out", err})
	}
	wanted := slices.DeleteFunc(o.secretNames(ctx), func(name string) bool { return slices.Contains(known, name) })
	found, failures := make([]map[string][]byte, len(wanted)), make([]error, len(wanted))
	var wait sync.WaitGroup
	for i, name := range wanted {
		wait.Go(func() { found[i], failures[i] = o.connection.client.Secret(ctx, o.names.Namespace, name) })
	}
	wait.Wait()
	var unread []string
	for i, name := range wanted {
		if failures[i] == nil {
			o.addSecret(&secrets.values, name, found[i])
		} else if !errors.Is(failures[i], view.ErrNotFound) {
			unread, err = append(unread, name), failures[i]
		}
	}
	if len(unread) > 0 {
		what := fmt.Sprintf("values of %d Secrets, to take them out (%s)", len(unread), strings.Join(unread, ", "))
		secrets.gaps = append(secrets.gaps, bundleGap{what, err})
	}
	return secrets
}

// addSecret adds a Secret's values. The overlay keeps start-up files in
// Secrets, so that whoever may write ConfigMaps can't change them.
func (o *bundleOptions) addSecret(values *redact.Values, name string, data map[string][]byte) {
	rest, ours := strings.CutPrefix(name, o.names.Cluster+"-")
	kind, _, _ := strings.Cut(rest, "-")
	if ours && slices.Contains([]string{"start", "seed", "topology"}, kind) {
		values.AddFiles(data)
		return
	}
	values.AddSecret(data)
}

// secretNames is what the objects of the cluster name, and what the overlay
// calls its own.
func (o *bundleOptions) secretNames(ctx context.Context) []string {
	names := []string{o.names.AdminSecret(), o.names.HealerSecret(), o.names.CA(1), o.names.Trust()}
	for ordinal := range topology.MaxNodes {
		names = append(names, o.names.NodeSecret(ordinal))
	}
	for _, resource := range []kube.Resource{
		{Group: "apps", Version: "v1", Name: "statefulsets"},
		{Version: "v1", Name: "pods"},
		{Group: "cert-manager.io", Version: "v1", Name: "certificates"},
	} {
		objects, err := o.cluster.Objects(ctx, resource)
		if err != nil {
			continue // the part that shows them says so
		}
		for _, object := range objects {
			names = append(names, kube.SecretNames(object)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func nameOf(object map[string]any) string {
	metadata, _ := object["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	return name
}

// dataOf is the decoded data of a Secret.
func dataOf(secret map[string]any) map[string][]byte {
	data := map[string][]byte{}
	encoded, _ := secret["data"].(map[string]any)
	for key, value := range encoded {
		text, _ := value.(string)
		if raw, err := base64.StdEncoding.DecodeString(text); err == nil {
			data[key] = raw
		}
	}
	return data
}
