package trust

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// verifier judges chains against anchors.
type verifier struct {
	known map[Fingerprint]Certificate
	now   time.Time
}

// judge is one cell, without its names.
func (v verifier) judge(chain []Certificate, by Node) Cell {
	fingerprints := by.Anchors
	switch {
	case len(chain) == 0:
		return unknown(ReasonNoChain, "what it serves is unknown")
	case chain[0].parsed == nil:
		return unknown(ReasonNoChain, "its leaf %s is known by its fingerprint only", chain[0].Fingerprint.Short())
	case fingerprints == nil:
		return v.tried(chain, by)
	}
	anchors, missing := v.material(fingerprints)
	anchor, err := v.verify(chain, anchors)
	switch {
	case err == nil:
		return Cell{Verdict: Yes, Anchor: anchor}
	case len(missing) > 0:
		return unknown(ReasonNoMaterial, "anchor %s is known by its fingerprint only, and no other verifies", missing[0].Short())
	default:
		return v.explain(chain, anchors, err)
	}
}

// tried judges by what a node let in and refused alone.
func (v verifier) tried(chain []Certificate, by Node) Cell {
	accepted, _ := v.material(by.Accepts)
	if anchor, err := v.verify(chain, accepted); err == nil {
		return Cell{Verdict: Yes, Anchor: anchor}
	}
	refuses, _ := v.material(by.Refuses)
	if anchor, ok := AnchorOf(chain, refuses); ok {
		return refused(ReasonNoAnchor, "it refused a client certificate of %s (%s)", anchor.Fingerprint.Short(), anchor.Subject)
	}
	return unknown(ReasonNoAnchors, "what it trusts is unknown")
}

func unknown(reason Reason, format string, args ...any) Cell {
	return Cell{Verdict: Unknown, Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

func refused(reason Reason, format string, args ...any) Cell {
	return Cell{Verdict: No, Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// material is the certificates that fingerprints stand for, and those that
// stand for nothing known.
func (v verifier) material(fingerprints []Fingerprint) (anchors []Certificate, missing []Fingerprint) {
	for _, f := range fingerprints {
		if c, ok := v.known[f]; ok {
			anchors = append(anchors, c)
		} else {
			missing = append(missing, f)
		}
	}
	return anchors, missing
}

// verify is the verification a node does of a peer, save the name in its
// certificate. Each node is client and server of every other, so its leaf must
// be good for both. It returns the anchor that the path ends at.
func (v verifier) verify(chain, anchors []Certificate) (Fingerprint, error) {
	options := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: v.now}
	for _, a := range anchors {
		options.Roots.AddCert(a.parsed)
	}
	for _, c := range chain[1:] {
		if c.parsed != nil {
			options.Intermediates.AddCert(c.parsed)
		}
	}
	var anchor Fingerprint
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		options.KeyUsages = []x509.ExtKeyUsage{usage}
		paths, err := chain[0].parsed.Verify(options)
		if err != nil {
			return Fingerprint{}, err
		}
		path := paths[0]
		anchor = FingerprintOf(path[len(path)-1].Raw)
	}
	return anchor, nil
}

// explain finds why a chain doesn't verify: along the path from the leaf to an
// anchor, the first thing that is wrong.
func (v verifier) explain(chain, anchors []Certificate, err error) Cell {
	path := PathOf(chain)
	top := path[len(path)-1]
	anchor, anchored := anchorOf(top, anchors)
	if anchored {
		path = append(path, anchor)
	}
	for _, c := range path {
		if cell, ok := v.outOfTime(c); ok {
			return cell
		}
	}
	switch {
	case anchored && isUsage(err):
		return refused(ReasonUsage, "extended key usages %v of its leaf don't allow both serverAuth and clientAuth", path[0].Usages)
	case anchored:
		return refused(ReasonUnverified, "%v", err)
	case v.between(top, anchors) != nil:
		c := v.between(top, anchors)
		return refused(ReasonBrokenChain, "it doesn't serve the intermediate certificate %s (%s)", c.Fingerprint.Short(), c.Subject)
	}
	if next, ok := namesake(top, chain); ok {
		return refused(ReasonBrokenChain, "certificate %s of its chain has the issuer's name but did not sign %s", next.Fingerprint.Short(), top.Fingerprint.Short())
	}
	if other, ok := namesake(top, anchors); ok {
		verb := "did not sign"
		if top.SelfIssued() {
			verb = "is not"
		}
		return refused(ReasonOtherKey, "an anchor of the same name but another key: %s (%s) %s %s", other.Fingerprint.Short(), other.Subject, verb, top.Fingerprint.Short())
	}
	return refused(ReasonNoAnchor, "no anchor for the issuer %s", top.Issuer)
}

func (v verifier) outOfTime(c Certificate) (Cell, bool) {
	switch {
	case v.now.After(c.NotAfter):
		return refused(ReasonExpired, "certificate %s (%s) expired at %s", c.Fingerprint.Short(), c.Subject, c.NotAfter.Format(time.RFC3339)), true
	case v.now.Before(c.NotBefore):
		return refused(ReasonNotYetValid, "certificate %s (%s) is not valid before %s", c.Fingerprint.Short(), c.Subject, c.NotBefore.Format(time.RFC3339)), true
	}
	return Cell{}, false
}

// PathOf is certificates from the first one, a leaf, up: as far as each was
// signed by another of them. Those beside the path are left out.
func PathOf(chain []Certificate) []Certificate {
	path, rest := chain[:1:1], chain[1:]
	for range rest {
		next, ok := Issuer(path[len(path)-1], rest)
		if !ok || next.Fingerprint == path[len(path)-1].Fingerprint {
			break
		}
		path = append(path, next)
	}
	return path
}

// AnchorOf is the anchor that a chain, leaf first, leads to by its signatures;
// whether it is valid is another question.
func AnchorOf(chain, anchors []Certificate) (Certificate, bool) {
	if len(chain) == 0 {
		return Certificate{}, false
	}
	path := PathOf(chain)
	return anchorOf(path[len(path)-1], anchors)
}

// RootOf is the root that a chain, leaf first, leads to by its signatures: one
// of those that are known, else one that it brings along, as chains of the
// tls-toolkit do. It says who signed, and is no reason to trust them.
func RootOf(chain, known []Certificate) (Certificate, bool) {
	if len(chain) == 0 {
		return Certificate{}, false
	}
	path := PathOf(chain)
	top := path[len(path)-1]
	if issuer, ok := Issuer(top, known); ok { // before top itself, which may be a leaf that is known from a keystore
		return issuer, true
	}
	if anchor, ok := anchorOf(top, known); ok {
		return anchor, true
	}
	return top, len(path) > 1 && top.SelfIssued()
}

// anchorOf is the anchor that top is, or was signed by.
func anchorOf(top Certificate, anchors []Certificate) (Certificate, bool) {
	for _, a := range anchors {
		if a.Fingerprint == top.Fingerprint {
			return a, true
		}
	}
	return Issuer(top, anchors)
}

// between finds a known certificate that would join top to an anchor.
func (v verifier) between(top Certificate, anchors []Certificate) *Certificate {
	for _, c := range v.known {
		if c.SelfIssued() || !top.SignedBy(c) {
			continue
		}
		if _, ok := anchorOf(c, anchors); ok {
			return &c
		}
	}
	return nil
}

// namesake finds a certificate, other than top, with the name of top's issuer.
func namesake(top Certificate, among []Certificate) (Certificate, bool) {
	for _, c := range among {
		if c.parsed != nil && c.Fingerprint != top.Fingerprint && bytes.Equal(c.parsed.RawSubject, top.parsed.RawIssuer) {
			return c, true
		}
	}
	return Certificate{}, false
}

func isUsage(err error) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage
}
