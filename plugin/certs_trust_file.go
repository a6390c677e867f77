package plugin

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// Limits of a file of anchors: every node reads each of them at every change.
const (
	maxAnchorFile = 64 << 10
	maxAnchors    = 10
)

// readAnchors reads a PEM file of CA certificates that are to be published, and
// refuses whatever else is in it.
func readAnchors(path string, now time.Time) ([]trust.Certificate, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err // it names the file
	}
	defer func() { _ = file.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(file, maxAnchorFile+1))
	if err == nil {
		var anchors []trust.Certificate
		if anchors, err = parseAnchors(data, now); err == nil {
			return anchors, nil
		}
	}
	return nil, fmt.Errorf("reading %s: %w", path, err)
}

func parseAnchors(data []byte, now time.Time) ([]trust.Certificate, error) {
	if len(data) > maxAnchorFile {
		return nil, fmt.Errorf("it is larger than %s, which no file of CA certificates need be", humanBytes(maxAnchorFile))
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case strings.Contains(block.Type, "PRIVATE KEY"):
			return nil, fmt.Errorf("it holds a private key; a CA's key has no place here: give a file with the certificate alone")
		case block.Type != "CERTIFICATE":
			return nil, fmt.Errorf("it holds a %s, not only certificates", block.Type)
		}
	}
	if bytes.Contains(data, []byte("PRIVATE KEY-----")) { // damaged, so that it wasn't decoded
		return nil, fmt.Errorf("it holds a private key; a CA's key has no place here: give a file with the certificate alone")
	}
	all, err := trust.ParsePEM(data)
	if err != nil {
		return nil, err
	}
	all = trust.Certificates([]trust.Entry{{Chain: all}})
	if len(all) > maxAnchors {
		return nil, fmt.Errorf("it holds %d certificates; at most %d are taken at once", len(all), maxAnchors)
	}
	for _, c := range all {
		if err := anchorable(c, now); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// anchorable tells why a certificate is of no use as an anchor.
func anchorable(c trust.Certificate, now time.Time) error {
	usage := c.X509().KeyUsage
	switch {
	case !c.CA:
		return fmt.Errorf("%s (%s) is no CA's certificate: as an anchor it would verify nothing", c.Fingerprint.Short(), c.Subject)
	case usage != 0 && usage&x509.KeyUsageCertSign == 0:
		return fmt.Errorf("%s (%s) may not sign certificates (its key usage lacks cert sign)", c.Fingerprint.Short(), c.Subject)
	case now.After(c.NotAfter):
		return fmt.Errorf("%s (%s) expired at %s", c.Fingerprint.Short(), c.Subject, c.NotAfter.Format(time.RFC3339))
	case now.Before(c.NotBefore):
		return fmt.Errorf("%s (%s) is not valid before %s", c.Fingerprint.Short(), c.Subject, c.NotBefore.Format(time.RFC3339))
	}
	return nil
}
