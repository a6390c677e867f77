package plugin

import (
	"fmt"
	"io"
	"os"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// source is the document to start from: the file given, else the one that the
// folder keeps, else a new one.
func (o *initOptions) source(kept *topology.File) (*topology.File, error) {
	switch {
	case o.File != "":
		text, err := readInput(o.File, o.env.In)
		if err != nil {
			return nil, fmt.Errorf("reading document: %w", err)
		}
		return topology.Parse(o.File, text)
	case kept != nil:
		return kept, nil
	}
	file := topology.NewFile(o.Name)
	file.Set(topology.DefaultVersion, "spec", "version")
	file.Set(3, "spec", "replicas")
	return file, nil
}

func readInput(name string, stdin io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(name)
}

// applyFlags writes what was given on the command line into the document,
// since the document is what a later run starts from.
func (o *initOptions) applyFlags() error {
	namespace, explicit, err := o.env.namespace()
	if err != nil {
		return err
	}
	if explicit || o.document.Document.Metadata.Namespace == "" {
		o.document.Set(namespace, "metadata", "namespace")
	}
	if o.Replicas != nil {
		o.document.Set(*o.Replicas, "spec", "replicas")
	}
	if o.Version != "" {
		o.document.Set(o.Version, "spec", "version")
	}
	if o.CreateNamespace {
		o.document.Set("true", "metadata", "annotations", topology.AnnotationCreateNamespace)
	}
	o.applyTLS()
	if err := o.document.Decode(); err != nil {
		return UsageError{err}
	}
	return nil
}

// applyTLS writes who signs into the document.
func (o *initOptions) applyTLS() {
	switch {
	case o.TLS == nil:
	case o.TLS.CAGeneration != nil:
		o.document.Remove("spec.tls", "issuerRef")
		o.document.Set(*o.TLS.CAGeneration, "spec", "tls", "caGeneration")
	case o.TLS.IssuerRef != nil:
		o.document.Set(o.TLS.IssuerRef.Name, "spec", "tls", "issuerRef", "name")
		o.document.Set(o.TLS.IssuerRef.Kind, "spec", "tls", "issuerRef", "kind")
	}
}

// sameCluster keeps a folder, its keys and its identities with one cluster.
func (o *initOptions) sameCluster(kept topology.Metadata) error {
	wanted := o.document.Document.Metadata
	if wanted.Name != o.Name {
		return usagef("%w", o.document.Errorf("metadata.name", "is %q, but the command says %q", wanted.Name, o.Name))
	}
	if !o.isNew && (kept.Name != wanted.Name || kept.Namespace != wanted.Namespace) {
		return usagef("folder %q belongs to cluster %q in namespace %q, not to %q in %q; choose another with --dir",
			o.folder.Path, kept.Name, kept.Namespace, wanted.Name, wanted.Namespace)
	}
	return nil
}

// completeSecrets takes the keys the folder has, moves a plain key out of the
// document, and makes what is missing.
func (o *initOptions) completeSecrets() error {
	kept, err := o.folder.Secrets()
	if err != nil {
		return err
	}
	if written := o.document.Document.Spec.Config.SensitivePropsKey; written != "" {
		if kept.SensitiveKey != "" && kept.SensitiveKey != written {
			return usagef("%w", o.document.Errorf("spec.config.sensitivePropsKey",
				"differs from the key in %s/secrets: with another key a running cluster can't read its flow; take the field out", o.folder.Path))
		}
		kept.SensitiveKey = written
		o.document.Remove("spec.config", "sensitivePropsKey")
	}
	if kept.SensitiveKey != "" {
		if err := topology.ValidSensitiveKey(kept.SensitiveKey); err != nil {
			return usagef("the key in %s/secrets %w", o.folder.Path, err)
		}
	}
	o.given = kept
	if o.secrets, err = kept.Complete(o.cluster, o.Random); err != nil {
		return UsageError{err}
	}
	if o.secrets, err = o.secrets.WithCertificates(o.cluster, o.env.Now()); err != nil {
		return UsageError{err}
	}
	return nil
}
