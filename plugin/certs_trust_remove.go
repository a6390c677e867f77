package plugin

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

// shortestPrefix is how many digits of a fingerprint must be given.
const shortestPrefix = 8

// certsTrustRemoveOptions takes published anchors back.
type certsTrustRemoveOptions struct {
	trustOptions
	DryRun bool
	Yes    bool

	prefixes []string
}

func newCertsTrustRemoveCommand(env Environment) *cobra.Command {
	o := &certsTrustRemoveOptions{trustOptions: trustOptions{env: env}}
	command := &cobra.Command{
		Use:   "remove NAME FINGERPRINT...",
		Short: "Take published anchors back",
		Long: fmt.Sprintf("Takes anchors out of Secret NAME-trust, by SHA-256 or its first %d or more digits. Refused as long as a certificate that a node serves, or the administrator's or the healer's, verifies by that anchor alone. "+
			"Nodes keep an anchor for %d minutes after they last saw it.", shortestPrefix, keptMinutes),
		Example: "  kubectl nifi certs trust remove prod 63951f703c23",
		Args:    someName,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.prefixes = args[1:]
			return steps(o)(cmd, args[:1])
		},
	}
	flags := command.Flags()
	flags.BoolVar(&o.DryRun, "dry-run", false, "Print what would be taken back, and change nothing")
	flags.BoolVarP(&o.Yes, "yes", "y", false, "Don't ask")
	o.addFlags(flags, time.Minute, "How long to wait for all answers")
	return command
}

// Validate checks the command line.
func (o *certsTrustRemoveOptions) Validate() error {
	if len(o.prefixes) == 0 {
		return usagef("name the anchors by their fingerprints; kubectl nifi certs trust list shows them")
	}
	for i, prefix := range o.prefixes {
		prefix = strings.ToLower(strings.ReplaceAll(prefix, ":", ""))
		_, err := hex.DecodeString(prefix[:len(prefix)&^1])
		if err != nil || len(prefix) < shortestPrefix || len(prefix) > 64 || strings.Trim(prefix, "0123456789abcdef") != "" {
			return usagef("%q is no fingerprint: want %d to 64 hexadecimal digits", o.prefixes[i], shortestPrefix)
		}
		o.prefixes[i] = prefix
	}
	return o.validate()
}

// Run takes them back.
func (o *certsTrustRemoveOptions) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	s, err := o.look(ctx)
	if err != nil {
		return err
	}
	anchors, err := s.match(o.prefixes)
	if err != nil {
		return err
	}
	if err := o.removable(ctx, s, anchors); err != nil {
		return err
	}
	plan := removalText(s, anchors)
	if ok, err := o.env.agree(plan, o.DryRun, o.Yes); !ok {
		return err
	}
	if err := o.cluster().WithdrawAnchors(ctx, fingerprintsOf(anchors)); err != nil {
		return err
	}
	newNudger(o.env, o.cluster()).nudge(ctx, podNames(s.Cluster)...)
	_, err = fmt.Fprintf(o.env.Out, "no longer published; nodes forget it %d minutes after they last saw it\n", keptMinutes)
	return err
}

// removable refuses what somebody needs, and what an operation may be about.
func (o *certsTrustRemoveOptions) removable(ctx context.Context, s trustState, anchors []kube.PublishedAnchor) error {
	record, err := o.cluster().Load(ctx)
	if err != nil {
		return err
	}
	if record.Held(o.env.Now()) {
		return operation.HeldBy(record)
	}
	if cut := record.Journal; cut != nil && cut.Kind == operation.RotateCA {
		return fmt.Errorf("%s was cut, and may need the anchor: first finish it or take it back; see kubectl nifi operations %s", cut.Intent, s.Names.Cluster)
	}
	if s.unissued != nil {
		return fmt.Errorf("%w: without them nobody can tell who needs the anchor", s.unissued)
	}
	reliers, unknown := s.reliers(fingerprintsOf(anchors)...)
	switch {
	case len(reliers) > 0:
		return fmt.Errorf("the certificate of %s verifies by that anchor alone: first have it issued by another CA", strings.Join(reliers, ", "))
	case len(unknown) > 0:
		return fmt.Errorf("what %s serves can't be seen, so nobody can tell whether it needs the anchor; see kubectl nifi certs %s", strings.Join(unknown, ", "), s.Names.Cluster)
	}
	return nil
}

// match finds the published anchor of each prefix.
func (s trustState) match(prefixes []string) ([]kube.PublishedAnchor, error) {
	var found []kube.PublishedAnchor
	for _, prefix := range prefixes {
		var fits []kube.PublishedAnchor
		for _, p := range s.published {
			if strings.HasPrefix(p.Certificate.Fingerprint.String(), prefix) {
				fits = append(fits, p)
			}
		}
		switch len(fits) {
		case 0:
			return nil, fmt.Errorf("no anchor %s is published in Secret %s; see kubectl nifi certs trust list %s", prefix, s.Names.Trust(), s.Names.Cluster)
		case 1:
			found = append(found, fits[0])
		default:
			return nil, fmt.Errorf("%s fits %d anchors: %s", prefix, len(fits), fullList(fingerprintsOf(fits)))
		}
	}
	return found, nil
}

func removalText(s trustState, anchors []kube.PublishedAnchor) string {
	var out strings.Builder
	for _, p := range anchors {
		fmt.Fprintf(&out, "%s\n  %s, published by %s, in the files of %s\n", p.Certificate.Fingerprint, p.Certificate.Subject, dash(p.By), s.held(p.Certificate.Fingerprint))
	}
	fmt.Fprintf(&out, "take back %s; clients from outside whose certificates come from it will be refused\n", plural(len(anchors), "anchor"))
	return out.String()
}

func fingerprintsOf(anchors []kube.PublishedAnchor) []trust.Fingerprint {
	var all []trust.Fingerprint
	for _, p := range anchors {
		all = append(all, p.Certificate.Fingerprint)
	}
	return all
}
