package view

// Ground is what a cluster would stand on: what matters before it is applied
// for the first time. A list that is nil was not read; Errors says why.
type Ground struct {
	Namespace   string
	Class       string            // the StorageClass that is asked for; empty: the default one
	Version     string            // of the API server, "v1.34.4"
	Exists      *bool             // the namespace; nil if that is unknown
	Labels      map[string]string // of the namespace
	CertManager *bool             // its types are installed; nil if that is unknown
	Silent      string            // why cert-manager's webhook doesn't take an Issuer; empty if it does
	Classes     []StorageClass
	Quotas      []Quota
	Rights      []Right
	Errors      []SourceError
}

// Quota is one resource of a ResourceQuota.
type Quota struct {
	Name, Resource, Used, Hard string
	Full                       bool
}

// Right is what the person may or may not do in the namespace.
type Right struct {
	Verb, Group, Resource string
	Allowed               bool
}

// Fail records what a source failed on.
func (g *Ground) Fail(source Source, err error) {
	g.Errors = append(g.Errors, newSourceError(source, "", err))
}
