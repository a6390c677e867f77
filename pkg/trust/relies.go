package trust

import (
	"crypto/x509"
	"time"
)

// ReliesOn tells that a chain, leaf first, verifies by one of the anchors on
// and by none of the others, whatever it is used for. A leaf that has expired
// is judged as of its last moment: it counts until it is replaced.
func ReliesOn(chain, on, others []Certificate, now time.Time) bool {
	return verifies(chain, on, now) && !verifies(chain, others, now)
}

func verifies(chain, anchors []Certificate, now time.Time) bool {
	if len(chain) == 0 || chain[0].parsed == nil {
		return false
	}
	if now.After(chain[0].NotAfter) {
		now = chain[0].NotAfter
	}
	options := x509.VerifyOptions{
		Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	for _, a := range anchors {
		if a.parsed != nil {
			options.Roots.AddCert(a.parsed)
		}
	}
	for _, c := range chain[1:] {
		if c.parsed != nil {
			options.Intermediates.AddCert(c.parsed)
		}
	}
	_, err := chain[0].parsed.Verify(options)
	return err == nil
}
