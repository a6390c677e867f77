package plugin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view/certsv1"
)

// certsTrustListOptions shows published anchors.
type certsTrustListOptions struct {
	trustOptions
	Output string
}

func newCertsTrustListCommand(env Environment) *cobra.Command {
	o := &certsTrustListOptions{trustOptions: trustOptions{env: env}}
	command := &cobra.Command{
		Use:   "list NAME",
		Short: "Show the published anchors, who holds and who needs them",
		Long: "Shows each anchor in Secret NAME-trust: who published it and why, which nodes' files hold it, and whose certificate verifies by it alone: served by a node, or of the administrator or the healer. " +
			"Anchors that nodes have from their own certificates' ca.crt are not here; kubectl nifi certs NAME shows all.",
		Args: oneName,
		RunE: steps(o),
	}
	command.Flags().StringVarP(&o.Output, "output", "o", outputText, "Format: text, json or yaml")
	o.addFlags(command.Flags(), 20*time.Second, "How long to wait for all answers")
	return command
}

// Validate checks the flags.
func (o *certsTrustListOptions) Validate() error {
	if err := validateOutput(o.Output, outputText, outputJSON, outputYAML); err != nil {
		return err
	}
	return o.validate()
}

// Run looks and prints.
func (o *certsTrustListOptions) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	s, err := o.look(ctx)
	if err != nil {
		return err
	}
	if s.unissued != nil {
		fmt.Fprintf(o.env.ErrOut, "warning: %v: who needs an anchor can't be told for certain\n", s.unissued)
	}
	if o.Output != outputText {
		return printObject(o.env.Out, o.Output, s.document())
	}
	_, err = fmt.Fprint(o.env.Out, s.text())
	return err
}

// text is a row an anchor.
func (s trustState) text() string {
	if len(s.published) == 0 {
		return fmt.Sprintf("No anchor is published in Secret %s; nodes trust the ca.crt of each other's certificates.\n", s.Names.Trust())
	}
	t := &table{}
	t.header("FINGERPRINT", "SUBJECT", "EXPIRES", "PUBLISHED BY", "AGE", "WHY", "IN FILES OF", "NEEDED BY")
	for _, p := range s.published {
		reliers, _ := s.reliers(p.Certificate.Fingerprint)
		t.add(cell{text: p.Certificate.Fingerprint.Short()}, cell{text: p.Certificate.Subject}, cell{text: humanExpiry(s.Time, p.Certificate.NotAfter)},
			cell{text: dash(p.By)}, cell{text: humanAge(s.Time, p.At)}, cell{text: dash(p.Reason)},
			cell{text: s.held(p.Certificate.Fingerprint)}, cell{text: dash(strings.Join(reliers, ","))})
	}
	return t.String()
}

// held is whose files hold an anchor, in a few words.
func (s trustState) held(anchor trust.Fingerprint) string {
	holders, unknown := s.holders(anchor)
	text := dash(strings.Join(holders, ","))
	if len(holders) > 1 && len(holders) == len(s.TLS) {
		text = fmt.Sprintf("all %d", len(holders))
	}
	if len(unknown) > 0 {
		text += "; ? " + strings.Join(unknown, ",")
	}
	return text
}

func (s trustState) document() certsv1.PublishedAnchors {
	d := certsv1.PublishedAnchors{
		APIVersion: certsv1.APIVersion, Kind: certsv1.KindAnchors,
		Metadata: certsv1.Metadata{Name: s.Names.Cluster, Namespace: s.Names.Namespace, Time: s.Time.UTC().Truncate(time.Second)},
		Anchors:  []certsv1.PublishedAnchor{},
	}
	for _, p := range s.published {
		holders, unknown := s.holders(p.Certificate.Fingerprint)
		reliers, _ := s.reliers(p.Certificate.Fingerprint)
		d.Anchors = append(d.Anchors, certsv1.PublishedAnchor{
			Certificate: certsv1.CertificateFrom(p.Certificate), By: p.By, Reason: p.Reason, At: p.At,
			HeldBy: append([]string{}, holders...), Unknown: unknown, NeededBy: append([]string{}, reliers...),
		})
	}
	return d
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
