package nifitest

import (
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// Options describe the cluster; the zero value is three nodes of prod in
// namespace nifi.
type Options struct {
	Name      string          // "prod"
	Namespace string          // "nifi"
	Domain    string          // "cluster.local"
	Nodes     int             // 3
	Layout    topology.Layout // that of our overlays
	Version   string          // "2.3.0"

	// RequireClientCertificates refuses the handshake of who has none, as a NiFi
	// without any login does; else it is a 401.
	RequireClientCertificates bool
	// Immediate does the background work of a request right after its answer,
	// with no Tick.
	Immediate bool
	// Clock is the nodes' time; a clock at 2026-11-22 18:05 UTC if nil.
	Clock *Clock
}

func (o Options) withDefaults() Options {
	fill := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	fill(&o.Name, "prod")
	fill(&o.Namespace, "nifi")
	fill(&o.Domain, "cluster.local")
	fill(&o.Version, "2.3.0")
	if o.Nodes == 0 {
		o.Nodes = 3
	}
	if o.Clock == nil {
		o.Clock = NewClock(time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC))
	}
	return o
}
