package view

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// defaultProperties is where NiFi's image has its nifi.properties.
const defaultProperties = "/opt/nifi/nifi-current/conf/nifi.properties"

// PodFiles reads files in containers of running pods, with the rights of
// whoever asks.
type PodFiles interface {
	// ReadFile is a file of at most trust.MaxStore bytes.
	ReadFile(ctx context.Context, pod, container, path string) ([]byte, error)
	// ReadLines is the lines of a file that begin with prefix: no other leaves
	// the pod.
	ReadLines(ctx context.Context, pod, container, path, prefix string) ([]byte, error)
}

// StoreSources is where keystores and truststores are read.
type StoreSources struct {
	Files PodFiles
	// Stated is where a cluster that isn't ours is known to keep them; it may be
	// nil.
	Stated func(ctx context.Context) (trust.Stores, error)
	All    bool // even where tls-sync says what it wrote
	// Cache, unless it is nil, spares reading the stores of a pod again that got
	// them when it started and keeps them.
	Cache *StoreCache
}

// StoreCache is what pods' stores hold that have been read before.
type StoreCache struct {
	mu   sync.Mutex
	read map[string]Stores // by UID of the pod
}

func (c *StoreCache) get(uid string) (Stores, bool) {
	if c == nil {
		return Stores{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s, found := c.read[uid]
	return s, found
}

func (c *StoreCache) put(uid string, s Stores) {
	if c == nil || uid == "" || s.Keystore == nil || s.Truststore == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.read == nil {
		c.read = map[string]Stores{}
	}
	c.read[uid] = s
}

// Stores is what a pod's keystore and truststore hold, alias by alias, read in
// the pod itself. No key is kept of them, and no password.
type Stores struct {
	Where      trust.Stores
	Keystore   []trust.Entry // chains, leaf first; nil if it isn't known
	Truststore []trust.Entry
	Error      string // why one of them isn't known; empty if nobody tried
}

// Synced tells that the pods have a tls-sync, as far as is known.
func (c Cluster) Synced() bool { return c.StatefulSet == nil || !c.StatefulSet.Unsynced }

// stores reads a pod's stores; nil if that isn't called for.
func (c Cluster) stores(ctx context.Context, from *StoreSources, pod string) *Stores {
	switch {
	case c.Synced() && (from == nil || !from.All):
		return nil
	case from == nil:
		return &Stores{}
	}
	uid := ""
	if p := find(c.Pods, func(p Pod) bool { return p.Name == pod }); p != nil {
		uid = p.UID
	}
	if s, found := from.Cache.get(uid); found {
		return &s
	}
	where, err := c.statedStores(ctx, *from)
	if err != nil {
		return &Stores{Error: err.Error()}
	}
	s := ReadStores(ctx, from.Files, where, pod, c.Names.Container())
	from.Cache.put(uid, s)
	return &s
}

// statedStores is where the cluster says that its stores are; zero if it
// doesn't.
func (c Cluster) statedStores(ctx context.Context, from StoreSources) (trust.Stores, error) {
	switch {
	case c.StatefulSet != nil && c.StatefulSet.Stores != "":
		return trust.ParseStores(c.StatefulSet.Stores)
	case from.Stated != nil:
		return from.Stated(ctx)
	default:
		return trust.Stores{}, nil
	}
}

// ReadStores reads both stores of a pod. Where nobody has stated where they
// are, its nifi.properties says so.
func ReadStores(ctx context.Context, from PodFiles, where trust.Stores, pod, container string) Stores {
	if where.Container != "" {
		container = where.Container
	}
	r := storeReader{from: from, pod: pod, container: container}
	if where == (trust.Stores{}) {
		lines, err := from.ReadLines(ctx, pod, container, defaultProperties, trust.StoreProperties)
		if err == nil {
			where, err = trust.StoresOf(lines, defaultProperties)
			clear(lines)
		}
		if err != nil {
			return Stores{Error: err.Error()}
		}
	}
	s := Stores{Where: where}
	var err error
	if s.Keystore, err = r.read(ctx, where.Keystore, trust.ReadKeystore); err != nil {
		s.Error = err.Error()
	}
	if errors.Is(err, ErrForbidden) {
		return s // the other one would be, too
	}
	if s.Truststore, err = r.read(ctx, where.Truststore, trust.ReadTruststore); err != nil {
		s.Error = strings.TrimPrefix(s.Error+"; "+err.Error(), "; ")
	}
	return s
}

// storeReader reads stores of one pod.
type storeReader struct {
	from           PodFiles
	pod, container string
}

// read reads one store, with its password where the format has one. What was
// read is overwritten as soon as the certificates are taken from it.
func (r storeReader) read(ctx context.Context, at trust.Location, parse func([]byte, string) ([]trust.Entry, error)) ([]trust.Entry, error) {
	data, err := r.from.ReadFile(ctx, r.pod, r.container, at.Path)
	if err != nil {
		return nil, err
	}
	password := ""
	if format, err := trust.FormatOf(data); err == nil && format != trust.PEM {
		if password, err = r.password(ctx, at.Password); err != nil {
			clear(data)
			return nil, err
		}
	}
	entries, err := decode(ctx, func() ([]trust.Entry, error) {
		defer clear(data)
		return parse(data, password)
	})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", at.Path, err)
	}
	return entries, nil
}

func (r storeReader) password(ctx context.Context, at trust.Password) (string, error) {
	if at.File == "" {
		return "", errors.New("nobody has stated where the stores' passwords are")
	}
	read := func() ([]byte, error) { return r.from.ReadFile(ctx, r.pod, r.container, at.File) }
	if at.Property != "" {
		read = func() ([]byte, error) { return r.from.ReadLines(ctx, r.pod, r.container, at.File, at.Property) }
	}
	content, err := read()
	if err != nil {
		return "", err
	}
	defer clear(content)
	return at.In(content)
}

// Anchors is what the pod trusts, by its files or its truststore; nil if
// neither is known.
func (t TLS) Anchors() []trust.Fingerprint {
	if t.Files.Anchors == nil && t.Stores != nil && t.Stores.Truststore != nil {
		return trust.Fingerprints(trust.Certificates(t.Stores.Truststore))
	}
	return t.Files.Anchors
}

// Held is the leaf that the pod's files or its keystore hold. Which of several
// keys NiFi takes, nobody can tell.
func (t TLS) Held() (trust.Fingerprint, bool) {
	switch {
	case len(t.Files.Chain) > 0:
		return t.Files.Chain[0], true
	case t.Stores != nil && len(t.Stores.Keystore) == 1:
		return t.Stores.Keystore[0].Chain[0].Fingerprint, true
	default:
		return trust.Fingerprint{}, false
	}
}

// Known is every certificate that fingerprints may stand for.
func (c Cluster) Known() []trust.Certificate {
	known := slices.Clone(c.Authorities)
	for _, t := range c.TLS {
		if t.Stores != nil {
			known = append(known, trust.Certificates(slices.Concat(t.Stores.Keystore, t.Stores.Truststore))...)
		}
	}
	return distinct(known)
}

// node is the pod in the matrix. Where nobody has read what it trusts, what it
// accepted and refused counts, and its own chain's root tells whom that is of.
func (t TLS) node() trust.Node {
	n := trust.Node{Name: t.Pod, Chain: t.Served.Chain, Anchors: t.Anchors()}
	if n.Anchors != nil || t.Stores == nil {
		return n
	}
	for _, a := range t.Accepts {
		switch a.Verdict {
		case trust.Yes:
			n.Accepts = append(n.Accepts, a.Authority)
		case trust.No:
			n.Refuses = append(n.Refuses, a.Authority)
		}
	}
	return n
}
