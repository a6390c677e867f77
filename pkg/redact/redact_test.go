package redact_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/redact"
)

func privateKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

const certificate = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ1Jw\n-----END CERTIFICATE-----\n"

const (
	jwt    = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhZG1pbiIsImV4cCI6MTd9.c2lnbmF0dXJlc2lnbmF0dXJl"
	bcrypt = "$2b$12$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
)

func TestTextByItsLook(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"plain text":            {"2026-11-22 INFO [main] all is well", "2026-11-22 INFO [main] all is well"},
		"property":              {"nifi.sensitive.props.key=abcdefgh1234\nnext=1", "nifi.sensitive.props.key=[redacted]\nnext=1"},
		"property with blanks":  {"nifi.security.keystorePasswd = s3cret!", "nifi.security.keystorePasswd = [redacted]"},
		"property of words":     {"a.password=correct horse, battery\nb=1", "a.password=[redacted]\nb=1"},
		"property in a log":     {"2026-11-22T21:27:45.118243515Z x.password: correct horse", "2026-11-22T21:27:45.118243515Z x.password: [redacted]"},
		"YAML in quotes":        {"  - password: 'correct horse'", "  - password: '[redacted]'"},
		"the value is the name": {"password=password", "password=[redacted]"},
		"empty property":        {"nifi.security.keystorePasswd=\nnifi.security.keystoreType=PEM", "nifi.security.keystorePasswd=\nnifi.security.keystoreType=PEM"},
		"JSON":                  {`{"password":"a b,c","user":"kim"}`, `{"password":"[redacted]","user":"kim"}`},
		"JSON in JSON":          {`"{\"clientSecret\":\"x1y2z3\",\"a\":1}"`, `"{\"clientSecret\":\"[redacted]\",\"a\":1}"`},
		"JSON of no value":      {`{"password":null,"token":""}`, `{"password":null,"token":""}`},
		"YAML":                  {"password: hunter22\nuser: kim", "password: [redacted]\nuser: kim"},
		"YAML of a projection":  {"serviceAccountToken:\n  expirationSeconds: 3607", "serviceAccountToken:\n  expirationSeconds: 3607"},
		"truth value":           {"automountServiceAccountToken: false", "automountServiceAccountToken: false"},
		"reference":             {"secretName: prod-0-tls\npasswordSecretRef: login", "secretName: prod-0-tls\npasswordSecretRef: login"},
		"reference to the key":  {"key: sensitive-props-key\npath: sensitive-props-key\n", "key: sensitive-props-key\npath: sensitive-props-key\n"},
		"a sentence":            {`reading Secret "prod-admin-tls": secrets is forbidden`, `reading Secret "prod-admin-tls": secrets is forbidden`},
		"command line":          {"java -Djavax.net.ssl.keyStorePassword=changeit -Xmx1g", "java -Djavax.net.ssl.keyStorePassword=[redacted] -Xmx1g"},
		"path":                  {"nifi.security.keystore.privateKey=/etc/nifi/tls/tls.key", "nifi.security.keystore.privateKey=/etc/nifi/tls/tls.key"},
		"no path":               {"password=/aB3+/x9=", "password=[redacted]"},
		"query":                 {"GET /x?access_token=abc123&y=1", "GET /x?access_token=[redacted]&y=1"},
		"XML":                   {`<property name="Manager Password">pa55</property><property name="Url">ldap://x</property>`, `<property name="Manager Password">[redacted]</property><property name="Url">ldap://x</property>`},
		"bearer":                {"curl -H 'Bearer 0123456789abcdef0123'", "curl -H 'Bearer [redacted]'"},
		"bearer in words":       {"the bearer authentication scheme", "the bearer authentication scheme"},
		"authorization":         {"Authorization: Basic a2ltOnNlY3JldA==\nHost: x", "Authorization:[redacted]\nHost: x"},
		"cookie":                {"Set-Cookie: __Secure-Authorization-Bearer=abc; Path=/", "Set-Cookie:[redacted]"},
		"token":                 {"issued " + jwt + " to kim", "issued [redacted] to kim"},
		"bcrypt":                {"hash " + bcrypt + ";", "hash [redacted];"},
		"encrypted property":    {`"value":"enc{0a1B2c}"`, `"value":"[redacted]"`},
		"user in a URL":         {"registry https://kim:pa55@git.example/x", "registry https://[redacted]@git.example/x"},
		"certificate":           {certificate, certificate},
		"certificate in base64": {base64.StdEncoding.EncodeToString([]byte(certificate)), base64.StdEncoding.EncodeToString([]byte(certificate))},
	}
	redactor := redact.New(redact.Values{})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, redactor.Text(test.text))
			assert.Equal(t, test.want, redactor.Text(redactor.Text(test.text)), "twice is once")
		})
	}
}

func TestPrivateKeys(t *testing.T) {
	t.Parallel()
	key := privateKey(t)
	quoted, err := json.Marshal(key)
	require.NoError(t, err)
	tests := map[string]string{
		"PEM":              "before\n" + key + "after",
		"PEM, indented":    "before\n    " + strings.ReplaceAll(key, "\n", "\n    ") + "after",
		"PEM in JSON":      "before " + string(quoted) + " after",
		"two":              "before " + key + key + "after",
		"without its end":  "before " + key[:len(key)-40],
		"without its head": key[60:] + "after",
		"base64":           "before " + base64.StdEncoding.EncodeToString([]byte(key)) + " after",
	}
	redactor := redact.New(redact.Values{})
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := redactor.Text(text)
			assertAbsent(t, got, key)
			for _, word := range []string{"before", "after"} {
				assert.Equal(t, strings.Count(text, word), strings.Count(got, word), got)
			}
		})
	}
}

// assertAbsent looks for every line of a key, and for parts of them.
func assertAbsent(t *testing.T, text, key string) {
	t.Helper()
	for line := range strings.Lines(key) {
		if line = strings.TrimSpace(line); len(line) > 16 && !strings.HasPrefix(line, "-----") {
			assert.NotContains(t, text, line)
			assert.NotContains(t, text, line[8:24])
		}
	}
}

func TestKnownValues(t *testing.T) {
	t.Parallel()
	key := privateKey(t)
	lines := strings.Split(strings.TrimSpace(key), "\n")
	var values redact.Values
	values.AddSecret(map[string][]byte{
		"tls.key":             []byte(key),
		"tls.crt":             []byte(certificate),
		"sensitive-props-key": []byte("Zq7!\"x9&LmP2\n"),
		"password":            []byte("pa55"),
		"pin-password":        []byte("4711"),
		"replicas":            []byte("3"),
		"year":                []byte("20261122"),
		"keystore.p12":        {0x30, 0x82, 0xff, 0xfe, 1, 2, 3, 4, 5, 6},
		"20-login.properties": []byte("nifi.user=kim\nnifi.login.passwd=longer-secret\n"),
	})
	redactor := redact.New(values)
	b64 := base64.StdEncoding.EncodeToString
	for name, text := range map[string]string{
		"a line of the key":     lines[1],
		"the key":               key,
		"the key in base64":     b64([]byte(key)),
		"a line in base64":      b64([]byte(lines[1])),
		"the props key":         `Zq7!"x9&LmP2`,
		"it in JSON":            `Zq7!\"x9\u0026LmP2`,
		"it in base64":          b64([]byte(`Zq7!"x9&LmP2`)),
		"it with a line's end":  b64([]byte("Zq7!\"x9&LmP2\n")),
		"a short password":      "pa55",
		"a password of numbers": "4711",
		"bytes in base64":       b64([]byte{0x30, 0x82, 0xff, 0xfe, 1, 2, 3, 4, 5, 6}),
		"a value in a file":     "longer-secret",
		"a line of a file":      "nifi.login.passwd=longer-secret",
	} {
		got := redactor.Text("x " + text + " y")
		assert.NotContains(t, got, text, name)
		assert.Contains(t, got, redact.Mark, name)
		assert.True(t, strings.HasPrefix(got, "x ") && strings.HasSuffix(got, " y"), "%s: %s", name, got)
	}
	for _, text := range []string{certificate, "3 nodes", "20261122", "nifi"} {
		assert.Equal(t, text, redactor.Text(text))
	}
}

func TestKnownValuesOfFiles(t *testing.T) {
	t.Parallel()
	var values redact.Values
	values.AddFiles(map[string][]byte{
		"flow.json":             []byte("{\n  \"name\": \"production\",\n  \"maxTimerDrivenThreadCount\": 10\n}\n"),
		"10-cluster.properties": []byte("nifi.security.keystore.privateKey=/etc/nifi/tls/tls.key\nnifi.x.password=longer-secret\n"),
		"login.xml":             []byte(`<property name="Manager Password">m4nager</property>`),
	})
	redactor := redact.New(values)
	for _, text := range []string{`"name": "production",`, "Key [/etc/nifi/tls/tls.key]", `"maxTimerDrivenThreadCount": 10`} {
		assert.Equal(t, text, redactor.Text(text))
	}
	assert.Equal(t, "[redacted] [redacted]", redactor.Text("longer-secret m4nager"))
}

func TestObject(t *testing.T) {
	t.Parallel()
	object := func(text string) map[string]any {
		var o map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &o))
		return o
	}
	tests := map[string]struct{ object, want string }{
		"Secret": {
			`{"kind":"Secret","type":"Opaque","metadata":{"name":"s","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}"}},"data":{"a":"c2VjcmV0","b":""}}`,
			`{"apiVersion":null,"kind":"Secret","type":"Opaque","metadata":{"name":"s","annotations":{}},"keys":["a (6 bytes)","b (0 bytes)"]}`,
		},
		"ConfigMap": {
			`{"kind":"ConfigMap","metadata":{"managedFields":[1]},"data":{"db.password":"x","url":"db","file":"a.passwd=x1\nb=2"}}`,
			`{"kind":"ConfigMap","metadata":{},"data":{"db.password":"[redacted]","url":"db","file":"a.passwd=[redacted]\nb=2"}}`,
		},
		"variables": {
			`{"kind":"Pod","spec":{"containers":[{"env":[{"name":"DB_PASSWORD","value":"x"},{"name":"HEAP","value":"1g"},{"name":"API_KEY","value":""},{"name":"API_TOKEN","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}]}]}}`,
			`{"kind":"Pod","spec":{"containers":[{"env":[{"name":"DB_PASSWORD","value":"[redacted]"},{"name":"HEAP","value":"1g"},{"name":"API_KEY","value":""},{"name":"API_TOKEN","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}]}]}}`,
		},
	}
	redactor := redact.New(redact.Values{})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given := object(test.object)
			got, err := json.Marshal(redactor.Object(given))
			require.NoError(t, err)
			assert.JSONEq(t, test.want, string(got))
			assert.Equal(t, object(test.object), given, "the object itself is left alone")
		})
	}
}
