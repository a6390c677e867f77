// Package kustomize holds the manifests of a NiFi cluster as templates: a base
// and, one folder a concern, the Kustomize Components that add to it.
// Package overlay fills them in.
package kustomize

import "embed"

// Files is base/, components/ and rotation/. Every file is a text/template over
// overlay's values; shell, awk and XML files among them mostly stand as they are.
//
//go:embed base components rotation secrets all:overlay
var Files embed.FS

// Healer holds the manifests of nifi-healer in the same way: base/, components/
// and the user's own kustomization in overlay/.
//
//go:embed healer
var Healer embed.FS
