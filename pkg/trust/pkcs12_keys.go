package trust

import (
	"crypto"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"software.sslmate.com/src/go-pkcs12"
)

// pkcs12Keys reads the key entries, each with the chain that a JVM would serve.
func pkcs12Keys(data []byte, password string) ([]Entry, error) {
	if err := checkPKCS12(data); err != nil {
		return nil, err
	}
	// ToPEM is the one reader that knows aliases and more than one key. What it
	// is deprecated for, the form of its keys, doesn't matter: they are dropped.
	blocks, err := pkcs12.ToPEM(data, password) //nolint:staticcheck // see above
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return nil, ErrPassword
	}
	if entries, err := aliasedKeys(blocks); err != nil || len(entries) > 0 {
		return entries, err
	}
	return pkcs12Key(data, password)
}

// aliasedKeys makes an entry of each key that says which certificate is its own;
// none if one doesn't say.
func aliasedKeys(blocks []*pem.Block) ([]Entry, error) {
	var all []Certificate
	own := map[string]Certificate{} // by localKeyId
	for _, block := range blocks {
		if block.Type != pemCertificate {
			clear(block.Bytes) // the key
			continue
		}
		c, err := ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		all = append(all, c)
		if id := block.Headers["localKeyId"]; id != "" {
			own[id] = c
		}
	}
	var entries []Entry
	for _, block := range blocks {
		if block.Type == pemCertificate {
			continue
		}
		leaf, found := own[block.Headers["localKeyId"]]
		if !found {
			return nil, nil
		}
		entries = append(entries, Entry{Alias: printable(block.Headers["friendlyName"]), Chain: chainByName(leaf, all)})
	}
	return entries, nil
}

// pkcs12Key reads a file with one key and attributes unknown to ToPEM.
func pkcs12Key(data []byte, password string) ([]Entry, error) {
	key, first, rest, err := pkcs12.DecodeChain(data, password)
	if err != nil {
		if _, trusted := pkcs12.DecodeTrustStore(data, password); trusted == nil {
			return nil, nil // it is a truststore
		}
		return nil, pkcs12Error(err)
	}
	all := append([]Certificate{NewCertificate(first)}, NewChain(rest)...)
	leaf := slices.IndexFunc(all, func(c Certificate) bool { return c.belongsTo(key) })
	if leaf < 0 {
		return nil, fmt.Errorf("%w: no certificate in it is its key's", ErrDamaged)
	}
	return []Entry{{Chain: chainByName(all[leaf], all)}}, nil
}

// belongsTo tells that a private key is the one of this certificate.
func (c Certificate) belongsTo(key any) bool {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return false
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(c.parsed.PublicKey)
}

// longestChain is what a JVM takes of a peer (jdk.tls.maxCertificateChainLength),
// and what a hostile file can have us make of one key.
const longestChain = 10

// chainByName is what a JVM serves of the certificates in a PKCS#12 file: from
// the leaf up, each the first with the name of the issuer, whoever signed
// (sun.security.pkcs12.PKCS12KeyStore.engineLoad).
func chainByName(leaf Certificate, all []Certificate) []Certificate {
	bySubject := map[string]Certificate{}
	for _, c := range all {
		if _, taken := bySubject[string(c.parsed.RawSubject)]; !taken {
			bySubject[string(c.parsed.RawSubject)] = c
		}
	}
	chain := []Certificate{leaf}
	for range longestChain - 1 {
		last := chain[len(chain)-1]
		issuer, found := bySubject[string(last.parsed.RawIssuer)]
		if !found || last.SelfIssued() || slices.ContainsFunc(chain, func(c Certificate) bool { return c.Fingerprint == issuer.Fingerprint }) {
			break
		}
		chain = append(chain, issuer)
	}
	return chain
}
