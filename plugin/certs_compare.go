package plugin

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view/certsv1"
)

const certsCompareExamples = `  # Stores of nifi-ca or tls-toolkit, whose passwords are in the config.json beside them
  kubectl nifi certs compare prod-0=prod-0/keystore.jks,prod-0/truststore.jks prod-1=prod-1/keystore.jks,prod-1/truststore.jks

  # PEM, as cert-manager's Secrets have it
  kubectl nifi certs compare prod-0=prod-0/tls.crt,prod-0/ca.crt prod-1=prod-1/tls.crt,prod-1/ca.crt

  # Passwords in files: the keystore's, the truststore's
  kubectl nifi certs compare prod-0=ks.p12,ts.p12 prod-1=ks1.p12,ts1.p12 --password-file prod-0=ks.pass,ts.pass --password-file prod-1=ks1.pass,ts1.pass`

// certsCompareOptions judges trust by files alone.
type certsCompareOptions struct {
	env Environment

	Output        string
	PasswordFiles []string

	nodes []storeFiles
}

func newCertsCompareCommand(env Environment) *cobra.Command {
	o := &certsCompareOptions{env: env}
	command := &cobra.Command{
		Use:   "compare NODE=KEYSTORE,TRUSTSTORE...",
		Short: "Tell from keystores and truststores who trusts whom, with no cluster",
		Long: "Reads each node's keystore and truststore, PEM, PKCS#12 or JKS whatever their names are, and verifies each node's chain by every other node's anchors. Nothing is sent anywhere, and no private key is decoded from JKS or PEM. " +
			"A password comes from a file given with --password-file, else from the tls-toolkit's config.json beside the store; PEM needs none. " +
			"Exit code 0: every node verifies for every node; 1: some pair doesn't; 2: a file can't be used.",
		Example: certsCompareExamples,
		Args:    nodeStores,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Validate(); err != nil {
				return err
			}
			if err := o.Complete(args); err != nil {
				return err
			}
			return o.Run()
		},
	}
	flags := command.Flags()
	flags.StringVarP(&o.Output, "output", "o", outputText, "Format: text, json or yaml")
	flags.StringArrayVar(&o.PasswordFiles, "password-file", nil, "NODE=FILE,FILE: files of the keystore's and the truststore's password; one FILE serves both")
	return command
}

// nodeStores demands at least one NODE=KEYSTORE,TRUSTSTORE.
func nodeStores(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("%s takes NODE=KEYSTORE,TRUSTSTORE for each node; see %s --help", cmd.CommandPath(), cmd.CommandPath())
	}
	return nil
}

// Validate checks the flags.
func (o *certsCompareOptions) Validate() error {
	return validateOutput(o.Output, outputText, outputJSON, outputYAML)
}

// Complete understands the arguments; it reads no file.
func (o *certsCompareOptions) Complete(args []string) error {
	var err error
	o.nodes, err = parseStores(args, o.PasswordFiles)
	return err
}

// Run reads the stores, judges and prints.
func (o *certsCompareOptions) Run() error {
	comparison := comparison{now: o.env.Now()}
	for _, files := range o.nodes {
		node, err := files.read()
		if err != nil {
			return usagef("node %s: %w", files.node, err)
		}
		comparison.stores = append(comparison.stores, node)
	}
	if err := o.print(comparison); err != nil {
		return fmt.Errorf("printing the comparison: %w", err)
	}
	if !comparison.verdict().well {
		return errFindings
	}
	return nil
}

func (o *certsCompareOptions) print(c comparison) error {
	switch o.Output {
	case outputJSON, outputYAML:
		return printObject(o.env.Out, o.Output, c.document())
	default:
		return c.write(o.env.Out, o.env.palette())
	}
}

// comparison is what several nodes' stores say of each other.
type comparison struct {
	stores []nodeStore
	now    time.Time
}

func (c comparison) matrix() trust.Matrix {
	var nodes []trust.Node
	var known []trust.Certificate
	for _, s := range c.stores {
		anchors := trust.Certificates(s.anchors)
		known = append(known, anchors...)
		nodes = append(nodes, trust.Node{Name: s.node, Chain: s.key.Chain, Anchors: trust.Fingerprints(anchors)})
	}
	return trust.NewMatrix(nodes, known, c.now)
}

// verdict names the odd one out. That isn't always the one that is wrong: a CA
// that lost its root signs with the new one, which only the newest node has.
func (c comparison) verdict() verdict {
	m := c.matrix()
	v := verdict{well: m.Verified(), sentence: sentenceOf(m)}
	roots := func(c trust.Cell) bool { return c.Reason == trust.ReasonOtherKey || c.Reason == trust.ReasonNoAnchor }
	if slices.ContainsFunc(m.Refusals(), roots) {
		v.remedy = "The root that the CA signs with now is the one to end at: if that is the odd one's, it is the others that need new stores. " +
			"Until then keytool -importcert of each root into every truststore makes them trust each other."
	}
	return v
}

func (c comparison) write(w io.Writer, p palette) error {
	t := &table{}
	t.header("NODE", "KEYSTORE LEAF", "SERIAL", "SUBJECT", "ISSUED BY", "EXPIRES", "TRUSTSTORE")
	for _, s := range c.stores {
		t.add(c.row(s)...)
	}
	m := c.matrix()
	blocks := append([]string{t.String()}, matrixText{p, m}.blocks()...)
	blocks = append(blocks, p.verdictText(c.verdict()))
	_, err := io.WriteString(w, strings.Join(blocks, "\n"))
	return err
}

func (c comparison) row(s nodeStore) []cell {
	leaf, issuer := s.key.Chain[0], "? "+s.key.Chain[len(s.key.Chain)-1].Issuer
	if anchor, ok := trust.AnchorOf(s.key.Chain, c.anchors()); ok {
		issuer = anchor.Fingerprint.Short() + " " + anchor.Subject
	}
	return []cell{
		{text: s.node}, {text: leaf.Fingerprint.Short()}, {text: shortSerial(leaf.Serial)}, {text: leaf.Subject},
		{text: issuer}, {text: humanExpiry(c.now, leaf.NotAfter)}, {text: shortList(trust.Fingerprints(trust.Certificates(s.anchors)))},
	}
}

// anchors is every anchor that any node has.
func (c comparison) anchors() []trust.Certificate {
	var all []trust.Certificate
	for _, s := range c.stores {
		all = append(all, trust.Certificates(s.anchors)...)
	}
	return all
}

func (c comparison) document() certsv1.StoreComparison {
	v := c.verdict()
	document := certsv1.StoreComparison{
		APIVersion: certsv1.APIVersion, Kind: certsv1.KindComparison, Time: c.now.UTC().Truncate(time.Second),
		Well: v.well, Message: v.String(), Trust: certsv1.TrustFrom(c.matrix()),
	}
	for _, s := range c.stores {
		node := certsv1.StoreNode{Name: s.node, Alias: s.key.Alias, Chain: certsv1.CertificatesFrom(s.key.Chain)}
		for _, anchor := range s.anchors {
			node.Truststore = append(node.Truststore, certsv1.Anchor{Alias: anchor.Alias, Certificate: certsv1.CertificateFrom(anchor.Chain[0])})
		}
		document.Nodes = append(document.Nodes, node)
	}
	return document
}
