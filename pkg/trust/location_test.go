package trust_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

func toolkitStores() trust.Stores {
	at := func(file, key string) trust.Location {
		return trust.Location{Path: "/certs/" + file, Type: trust.JKS, Password: trust.Password{File: "/certs/config.json", Key: key}}
	}
	return trust.Stores{Container: "server", Keystore: at("keystore.jks", "keyStorePassword"), Truststore: at("truststore.jks", "trustStorePassword")}
}

func TestStoresRoundTrip(t *testing.T) {
	t.Parallel()
	text := toolkitStores().String()
	assert.Equal(t, `{"container":"server","keystore":{"path":"/certs/keystore.jks","type":"JKS","password":{"file":"/certs/config.json","key":"keyStorePassword"}},`+
		`"truststore":{"path":"/certs/truststore.jks","type":"JKS","password":{"file":"/certs/config.json","key":"trustStorePassword"}}}`, text)
	got, err := trust.ParseStores(text)
	require.NoError(t, err)
	assert.Equal(t, toolkitStores(), got)
}

func TestStoresErrors(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*trust.Stores){
		`keystore: path "keystore.jks" is not absolute`:               func(s *trust.Stores) { s.Keystore.Path = "keystore.jks" },
		`truststore: path "" is not absolute`:                         func(s *trust.Stores) { s.Truststore = trust.Location{} },
		`keystore: type "BCFKS" is none of PEM, PKCS12 and JKS`:       func(s *trust.Stores) { s.Keystore.Type = "BCFKS" },
		`keystore: password file "config.json" is not absolute`:       func(s *trust.Stores) { s.Keystore.Password.File = "config.json" },
		`its password is under a key or a property, not both`:         func(s *trust.Stores) { s.Keystore.Password.Property = "a" },
		`truststore: path "../conf/truststore.p12" is not absolute`:   func(s *trust.Stores) { s.Truststore.Path = "../conf/truststore.p12" },
		`it doesn't say where a node's stores are: keystore: path ""`: func(s *trust.Stores) { *s = trust.Stores{} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stores := toolkitStores()
			change(&stores)
			_, err := trust.ParseStores(stores.String())
			require.ErrorIs(t, err, trust.ErrLocation)
			assert.Contains(t, err.Error(), name)
		})
	}
	_, err := trust.ParseStores(`{"keystore":{"path":"/a","password":"secret"}}`)
	require.ErrorIs(t, err, trust.ErrLocation)
	assert.NotContains(t, err.Error(), "secret")
}

func TestPasswordIn(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		at      trust.Password
		content string
		want    string
		message string
	}{
		"alone":              {trust.Password{File: "/p"}, "s3cret\n", "s3cret", ""},
		"alone, empty":       {trust.Password{File: "/p"}, "\n", "", "reading /p: it has no password"},
		"config.json":        {trust.Password{File: "/p", Key: "keyStorePassword"}, `{"days":825,"keyStorePassword":"s3cret"}`, "s3cret", ""},
		"config.json, other": {trust.Password{File: "/p", Key: "keyStorePassword"}, `{"keyPassword":"s3cret"}`, "", "reading /p: it has no password under keyStorePassword"},
		"config.json, text":  {trust.Password{File: "/p", Key: "keyStorePassword"}, `s3cret`, "", "reading /p: it is no JSON object"},
		"properties":         {trust.Password{File: "/p", Property: "a.b"}, "#a.b=c\na.b = s3\\=cr\\u0065t\\\\\n", `s3=cret\`, ""},
		"properties, other":  {trust.Password{File: "/p", Property: "a.b"}, "a.bc=s3cret", "", "reading /p: it has no password under a.b"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := test.at.In([]byte(test.content))
			assert.Equal(t, test.want, got)
			if test.message != "" {
				assert.EqualError(t, err, test.message)
			}
		})
	}
}

func TestStoresOfProperties(t *testing.T) {
	t.Parallel()
	const file = "/opt/nifi/nifi-current/conf/nifi.properties"
	tests := map[string]struct {
		lines string
		want  trust.Stores
	}{
		"file stores, relative": {
			"nifi.security.keystore=./conf/keystore.p12\nnifi.security.keystoreType=pkcs12\nnifi.security.keystorePasswd=a\n" +
				"nifi.security.truststore=/tls/truststore\nnifi.security.truststoreType=BCFKS\nnifi.security.truststorePasswd=b\n",
			trust.Stores{
				Keystore:   trust.Location{Path: "/opt/nifi/nifi-current/conf/keystore.p12", Type: trust.PKCS12, Password: trust.Password{File: file, Property: "nifi.security.keystorePasswd"}},
				Truststore: trust.Location{Path: "/tls/truststore", Password: trust.Password{File: file, Property: "nifi.security.truststorePasswd"}},
			},
		},
		"PEM, names the certificates alone": {
			"nifi.security.keystore=\nnifi.security.keystoreType=PEM\nnifi.security.keystore.privateKey=/tls/tls.key\n" +
				"nifi.security.keystore.certificate=/tls/tls.crt\nnifi.security.truststore.certificate=/tls/ca.crt\n",
			trust.Stores{Keystore: trust.Location{Path: "/tls/tls.crt", Type: trust.PEM}, Truststore: trust.Location{Path: "/tls/ca.crt", Type: trust.PEM}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := trust.StoresOf([]byte(test.lines), file)
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
	_, err := trust.StoresOf([]byte("nifi.security.autoreload.enabled=true\n"), file)
	require.ErrorIs(t, err, trust.ErrLocation)
	assert.True(t, strings.HasPrefix(err.Error(), "reading "+file))
}

func TestTrialsStandInForAnchors(t *testing.T) {
	t.Parallel()
	a, b := root(t, "CN=localhost"), root(t, "CN=localhost")
	nodes := []trust.Node{
		{Name: "tried", Chain: chain(a.issue(t, "tried"), a), Accepts: []trust.Fingerprint{a.Fingerprint}},
		{Name: "odd", Chain: chain(b.issue(t, "odd"), b), Refuses: []trust.Fingerprint{a.Fingerprint}},
	}
	m := trust.NewMatrix(nodes, nil, now())
	verdicts := []trust.Verdict{m.Cells[0][0].Verdict, m.Cells[0][1].Verdict, m.Cells[1][0].Verdict, m.Cells[1][1].Verdict}
	assert.Equal(t, []trust.Verdict{trust.Yes, trust.No, trust.Unknown, trust.Unknown}, verdicts)
	assert.Equal(t, trust.ReasonNoAnchor, m.Cells[0][1].Reason)
}
