package trust

import (
	"bytes"
	"encoding/pem"
	"fmt"
)

const pemCertificate = "CERTIFICATE"

// ParsePEM reads all certificates of a PEM file, in its order: a chain, leaf
// first, or a bundle of anchors. Text and keys between them are passed over; a
// damaged certificate is an error, for NiFi would refuse the whole file.
func ParsePEM(data []byte) ([]Certificate, error) {
	if len(data) > MaxStore {
		return nil, ErrTooLarge
	}
	begun := bytes.Count(data, []byte("-----BEGIN "+pemCertificate+"-----"))
	var all []Certificate
	for {
		var block *pem.Block
		block, data = pem.Decode(data)
		if block == nil {
			break
		}
		if block.Type != pemCertificate {
			continue
		}
		c, err := ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%w: certificate %d of the file: %w", ErrDamaged, len(all)+1, err)
		}
		all = append(all, c)
	}
	switch {
	case len(all) < begun:
		return nil, fmt.Errorf("%w: only %d of %d PEM certificates are whole", ErrDamaged, len(all), begun)
	case len(all) == 0:
		return nil, fmt.Errorf("%w: it holds no PEM certificate", ErrWrongKind)
	}
	return all, nil
}
