package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// share is who makes an object, which decides when it goes.
type share string

// The shares of a cluster's objects.
const (
	shareOverlay share = "made by the overlay"
	shareKey     share = "the key to the volumes' flow"
	shareVolume  share = "volume"
	shareState   share = "component state and leases, made by NiFi"
	shareTLS     share = "certificate and key, made by cert-manager"
)

// belonging is an object of a cluster.
type belonging struct {
	Resource kube.Resource
	Name     string
	Share    share
}

// belongings is the objects of a cluster.
type belongings []belonging

// inventory lists what there is of a cluster. What others make out of these
// objects, such as pods, goes with them and isn't listed.
func inventory(ctx context.Context, cluster kube.Cluster, names topology.Names) (belongings, error) {
	derived := []string{"controllerrevisions", "pods", "endpointslices", "certificaterequests", "events", "ingresses"}
	var all belongings
	for _, resource := range kube.Resources() {
		if slices.Contains(derived, resource.Name) {
			continue
		}
		objects, err := cluster.Objects(ctx, resource)
		if errors.Is(err, view.ErrNotFound) { // no cert-manager
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, object := range objects {
			o := unstructured.Unstructured{Object: object}
			if s, ours := shareOf(o, resource, names); ours {
				all = append(all, belonging{resource, o.GetName(), s})
			}
		}
	}
	for _, policy := range kube.Policies() {
		exists, err := cluster.Exists(ctx, policy, names.RequireDrainName())
		if err != nil && !errors.Is(err, view.ErrForbidden) { // who may not see it hasn't made it
			return nil, err
		}
		if exists {
			all = append(all, belonging{policy, names.RequireDrainName(), shareOverlay})
		}
	}
	return all, nil
}

// byRank sorts what is to be deleted: pods go first, then what would make
// anew what is deleted after it.
func (b belongings) byRank() belongings {
	rank := func(one belonging) int {
		i := slices.Index([]string{"statefulsets", "certificates", "issuers"}, one.Resource.Name)
		if i < 0 {
			return len(b)
		}
		return i
	}
	return slices.SortedStableFunc(slices.Values(b), func(x, y belonging) int { return rank(x) - rank(y) })
}

// shareOf tells whose an object is; false if it is none of a cluster's makers.
func shareOf(o unstructured.Unstructured, resource kube.Resource, names topology.Names) (share, bool) {
	name := o.GetName()
	managed := o.GetLabels()[topology.LabelManagedBy] == "kubectl-nifi"
	switch {
	case resource.Name == "persistentvolumeclaims":
		return shareVolume, true
	case resource.Name == "secrets" && o.GetAnnotations()["cert-manager.io/certificate-name"] != "":
		return shareTLS, true
	case managed && resource.Name == "secrets" && name == names.Keys():
		return shareKey, true
	case managed:
		return shareOverlay, true
	case resource.Name == "leases" && (name == names.CoordinatorLease() || name == names.PrimaryLease()),
		resource.Name == "configmaps" && strings.HasPrefix(name, names.Cluster+"-nifi-component-"):
		return shareState, true
	}
	return "", false
}

// part tells what goes and what stays.
func (b belongings) part(all, volumes bool) (doomed, kept belongings) {
	for _, one := range b {
		goes := map[share]bool{shareOverlay: true, shareKey: volumes, shareVolume: volumes, shareState: all, shareTLS: all}[one.Share]
		if goes {
			doomed = append(doomed, one)
		} else {
			kept = append(kept, one)
		}
	}
	return doomed, kept
}

// String is a line a share and kind, with all names.
func (b belongings) String() string {
	lines := map[string][]string{}
	var order []string
	for _, one := range b {
		title := fmt.Sprintf("%s (%s)", one.Resource.Name, one.Share)
		if lines[title] == nil {
			order = append(order, title)
		}
		lines[title] = append(lines[title], one.Name)
	}
	var out strings.Builder
	for _, title := range order {
		fmt.Fprintf(&out, "  %s: %s\n", title, strings.Join(lines[title], ", "))
	}
	if len(order) == 0 {
		out.WriteString("  nothing\n")
	}
	return out.String()
}
