package kube_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube/kubetest"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const podPath = "/api/v1/namespaces/nifi/pods/prod-0"

func podFiles(t *testing.T) (kube.PodFiles, *kubetest.Server) {
	server := kubetest.Start(t)
	files, err := kube.NewPodFiles(server.Config(), "nifi")
	require.NoError(t, err)
	return files, server
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	files, server := podFiles(t)
	store := bytes.Repeat([]byte{0xfe, 0, 1}, 50_000)
	server.SetFile(podPath, "nifi", "/certs/keystore.jks", store)
	got, err := files.ReadFile(t.Context(), "prod-0", "nifi", "/certs/keystore.jks")
	require.NoError(t, err)
	assert.Equal(t, store, got)

	_, err = files.ReadFile(t.Context(), "prod-0", "nifi", "/certs/none.jks")
	assert.EqualError(t, err, `reading /certs/none.jks in pod "prod-0": cat: /certs/none.jks: No such file or directory`)
}

func TestReadFileIsBounded(t *testing.T) {
	t.Parallel()
	files, server := podFiles(t)
	server.SetFile(podPath, "nifi", "/certs/huge", make([]byte, trust.MaxStore+1))
	got, err := files.ReadFile(t.Context(), "prod-0", "nifi", "/certs/huge")
	require.ErrorIs(t, err, trust.ErrTooLarge)
	assert.Empty(t, got)
}

func TestReadLinesLeavesTheRestInThePod(t *testing.T) {
	t.Parallel()
	files, server := podFiles(t)
	server.SetFile(podPath, "nifi", "/conf/nifi.properties", []byte("nifi.sensitive.props.key=hush\n nifi.security.keystore=a\nnifixsecurity.b=c\n"))
	got, err := files.ReadLines(t.Context(), "prod-0", "nifi", "/conf/nifi.properties", "nifi.security.")
	require.NoError(t, err)
	assert.Equal(t, " nifi.security.keystore=a\n", string(got))
	assert.Equal(t, []string{"prod-0 nifi grep -e ^[[:space:]]*nifi[.]security[.] -- /conf/nifi.properties"}, server.Execs())
}

func TestReadFileWithoutTheRight(t *testing.T) {
	t.Parallel()
	files, server := podFiles(t)
	server.Deny(podPath + "/exec")
	_, err := files.ReadFile(t.Context(), "prod-0", "nifi", "/certs/keystore.jks")
	require.ErrorIs(t, err, view.ErrForbidden)
	assert.NotContains(t, err.Error(), "\n")
}
