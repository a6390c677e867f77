package kubetest

import (
	"encoding/pem"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Kubeconfig writes a kubeconfig whose current context, "test", is this server
// with the namespace, and returns the file's path.
func (s *Server) Kubeconfig(t testing.TB, namespace string) string {
	t.Helper()
	return WriteKubeconfig(t, api.Cluster{Server: s.http.URL, CertificateAuthorityData: s.ca()}, namespace)
}

// WriteKubeconfig is Kubeconfig for any server, running or not.
func WriteKubeconfig(t testing.TB, cluster api.Cluster, namespace string) string {
	t.Helper()
	config := api.NewConfig()
	config.Clusters["test"] = &cluster
	config.AuthInfos["test"] = &api.AuthInfo{}
	config.Contexts["test"] = &api.Context{Cluster: "test", AuthInfo: "test", Namespace: namespace}
	config.CurrentContext = "test"
	file := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(*config, file))
	return file
}

func (s *Server) ca() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.http.Certificate().Raw})
}
