package kube

import (
	"cmp"
	"encoding/json"
	"encoding/pem"
	"maps"
	"path"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// annotationAnchors says who published which anchor of the trust Secret, when
// and why: JSON by fingerprint.
const annotationAnchors = topology.Prefix + "anchors"

// anchorNote is what the annotation keeps of an anchor.
type anchorNote struct {
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
}

// trustSecret is what the Secret holds: PEM by key, notes by fingerprint.
type trustSecret struct {
	data  map[string][]byte
	notes map[trust.Fingerprint]anchorNote
}

// trustPatch is what a change makes of a Secret, as a merge patch (RFC 7396)
// of the version that was read; nil if that is nothing.
func trustPatch(secret *corev1.Secret, change func(trustSecret)) ([]byte, error) {
	s := trustSecretOf(secret)
	change(s)
	data := map[string]any{}
	for key := range secret.Data {
		if _, stays := s.data[key]; !stays {
			data[key] = nil
		}
	}
	for key, value := range s.data {
		if !slices.Equal(value, secret.Data[key]) {
			data[key] = value
		}
	}
	if len(data) == 0 {
		return nil, nil
	}
	notes, err := json.Marshal(s.notes)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{
		"metadata": map[string]any{"resourceVersion": secret.ResourceVersion, "annotations": map[string]any{annotationAnchors: string(notes)}},
		"data":     data,
	})
}

// trustSecretOf is a copy. Notes that can't be read are none.
func trustSecretOf(secret *corev1.Secret) trustSecret {
	s := trustSecret{data: maps.Clone(secret.Data), notes: map[trust.Fingerprint]anchorNote{}}
	if s.data == nil {
		s.data = map[string][]byte{}
	}
	if json.Unmarshal([]byte(secret.Annotations[annotationAnchors]), &s.notes) != nil || s.notes == nil {
		s.notes = map[trust.Fingerprint]anchorNote{}
	}
	return s
}

func (s trustSecret) anchors() []PublishedAnchor {
	found := map[trust.Fingerprint]PublishedAnchor{}
	for key, value := range s.data {
		if !isAnchorKey(key) {
			continue
		}
		for _, c := range certificatesIn(value) {
			note := s.notes[c.Fingerprint]
			found[c.Fingerprint] = PublishedAnchor{Certificate: c, By: note.By, Reason: note.Reason, At: note.At}
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b PublishedAnchor) int {
		return cmp.Or(a.At.Compare(b.At), slices.Compare(a.Certificate.Fingerprint[:], b.Certificate.Fingerprint[:]))
	})
}

func (s trustSecret) add(anchors []PublishedAnchor) {
	present := s.anchors()
	for _, a := range anchors {
		f := a.Certificate.Fingerprint
		if slices.ContainsFunc(present, func(p PublishedAnchor) bool { return p.Certificate.Fingerprint == f }) {
			continue
		}
		s.data[f.String()+".crt"] = pemOf(a.Certificate)
		s.notes[f] = anchorNote{By: a.By, Reason: a.Reason, At: a.At.UTC()}
	}
}

func (s trustSecret) remove(anchors []trust.Fingerprint) {
	for key, value := range s.data {
		all := certificatesIn(value)
		left := slices.DeleteFunc(slices.Clone(all), func(c trust.Certificate) bool { return slices.Contains(anchors, c.Fingerprint) })
		switch {
		case !isAnchorKey(key), len(left) == len(all):
		case len(left) == 0:
			delete(s.data, key)
		default:
			s.data[key] = pemOf(left...)
		}
	}
	maps.DeleteFunc(s.notes, func(f trust.Fingerprint, _ anchorNote) bool { return slices.Contains(anchors, f) })
}

func isAnchorKey(key string) bool { return path.Ext(key) == ".crt" || path.Ext(key) == ".pem" }

// certificatesIn is the whole certificates of a PEM file: tls-sync, too, passes
// over a damaged one.
func certificatesIn(data []byte) []trust.Certificate {
	var all []trust.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if c, err := trust.ParseCertificate(block.Bytes); block.Type == "CERTIFICATE" && err == nil {
			all = append(all, c)
		}
	}
	return all
}

func pemOf(all ...trust.Certificate) []byte {
	var data []byte
	for _, c := range all {
		data = append(data, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.X509().Raw})...)
	}
	return data
}
