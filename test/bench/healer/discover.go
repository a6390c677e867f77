package main

import (
	"encoding/json"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pathCounts is what this API server tells beside what a real one does: how
// often NiFi was asked by whom.
const pathCounts = "/counts"

// discover tells which kinds there are, which the peer asks for at its start.
func (a *api) discover(w http.ResponseWriter, at string) {
	group := func(name string) metav1.APIGroup {
		version := metav1.GroupVersionForDiscovery{GroupVersion: name + "/v1", Version: "v1"}
		return metav1.APIGroup{Name: name, Versions: []metav1.GroupVersionForDiscovery{version}, PreferredVersion: version}
	}
	kinds := func(version string, all ...metav1.APIResource) metav1.APIResourceList {
		for i := range all {
			all[i].Namespaced, all[i].Verbs = true, metav1.Verbs{"get", "list", "watch", "patch"}
		}
		return metav1.APIResourceList{GroupVersion: version, APIResources: all}
	}
	const definitions = "apiextensions.k8s.io"
	answers := map[string]any{
		pathCounts:                     a.world.counted(),
		"/api":                         metav1.APIVersions{Versions: []string{"v1"}},
		"/apis":                        metav1.APIGroupList{Groups: []metav1.APIGroup{group("apps"), group(definitions)}},
		"/api/v1":                      kinds("v1", metav1.APIResource{Name: "namespaces", Kind: "Namespace"}, metav1.APIResource{Name: "events", Kind: "Event"}),
		"/apis/apps/v1":                kinds("apps/v1", metav1.APIResource{Name: "statefulsets", Kind: "StatefulSet"}),
		"/apis/" + definitions + "/v1": kinds(definitions+"/v1", metav1.APIResource{Name: "customresourcedefinitions", Kind: "CustomResourceDefinition"}),
	}
	answer, found := answers[at]
	if !found {
		refuse(w, http.StatusNotFound, metav1.StatusReasonNotFound, at+" not found")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // the client has gone if it fails
}
