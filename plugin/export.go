package plugin

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

const exportExamples = `  # For a browser; the password is asked for
  kubectl nifi credentials prod --p12 prod-admin.p12

  # For a script: the password is made, and kept beside it
  kubectl nifi credentials prod --p12 prod-admin.p12 --password-file prod-admin.pass

  # For Java tools that read nothing but JKS: a keystore and a truststore
  kubectl nifi credentials prod --jks keystore.jks --truststore truststore.jks --password-file stores.pass

  # For curl: tls.crt, tls.key and ca.crt
  kubectl nifi credentials prod --pem ./prod-admin`

// exportOptions writes a client certificate and its key to files.
type exportOptions struct {
	env          Environment
	P12          string
	JKS          string
	Truststore   string
	PEM          string
	Client       string
	PasswordFile string
	Legacy       bool
	Force        bool

	target
}

func newCredentialsCommand(env Environment) *cobra.Command {
	o := &exportOptions{env: env}
	command := &cobra.Command{
		Use:   "credentials NAME",
		Short: "Write a client certificate and its key to files, for browsers, Java tools and scripts",
		Long: "Reads the administrator's client certificate, or the healer's, from its Secret with your own rights and writes it to files that only you can read (0600). " +
			"Whoever has them is that user of NiFi, whatever their log-in. The password of PKCS#12 and JKS files is asked for on a terminal, or is in --password-file: one is made if there is no such file.",
		Example: exportExamples,
		Args:    oneName,
		RunE:    steps(o),
	}
	flags := command.Flags()
	flags.StringVar(&o.P12, "p12", "", "PKCS#12 file to write")
	flags.StringVar(&o.JKS, "jks", "", "JKS file to write, for Java tools that read nothing else: it encrypts weakly")
	flags.StringVar(&o.Truststore, "truststore", "", "Truststore to write besides, of the anchors that verify NiFi: PKCS#12 with --p12, JKS with --jks")
	flags.StringVar(&o.PEM, "pem", "", "Folder to write tls.crt, tls.key and ca.crt to")
	flags.StringVar(&o.Client, "client", "admin", "Whose: admin or healer")
	flags.StringVar(&o.PasswordFile, "password-file", "", "File of the password of PKCS#12 and JKS files; made, with a new password, if there is none")
	flags.BoolVar(&o.Legacy, "legacy", false, "Encrypt PKCS#12 the old, weak way, for the macOS keychain and old browsers")
	flags.BoolVar(&o.Force, "force", false, "Overwrite files")
	return command
}

// Validate checks the flags.
func (o *exportOptions) Validate() error {
	switch {
	case !o.stores() && o.PEM == "":
		return usagef("give --p12 FILE, --jks FILE, --pem DIR or several of them")
	case o.Client != "admin" && o.Client != "healer":
		return usagef("--client must be admin or healer, not %q", o.Client)
	case !o.stores() && o.PasswordFile != "":
		return usagef("--password-file goes with --p12 and --jks")
	case o.P12 == "" && o.Legacy:
		return usagef("--legacy goes with --p12")
	case o.Truststore != "" && (o.P12 == "") == (o.JKS == ""):
		return usagef("--truststore goes with --p12 or --jks, one of them, whose format it gets")
	}
	return o.distinct()
}

// stores tells that a file with a password is asked for.
func (o *exportOptions) stores() bool { return o.P12 != "" || o.JKS != "" }

// Complete reads the kubeconfig; it sends nothing.
func (o *exportOptions) Complete(name string) error { return o.complete(o.env, name) }

// Run reads the Secret and writes the files.
func (o *exportOptions) Run(ctx context.Context) error {
	if err := o.free(); err != nil {
		return err
	}
	found, err := o.read(ctx)
	if err != nil {
		return err
	}
	files := found.pem(o.PEM)
	if o.stores() {
		stores, err := o.encode(found)
		if err != nil {
			return err
		}
		files = append(files, stores...)
	}
	if err := writeSecrets(files, o.Force); err != nil {
		return err
	}
	return o.tell(found, files)
}

func (o *exportOptions) read(ctx context.Context) (exported, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	name := clientSecrets(o.names)[o.Client]
	data, err := o.connection.client.Secret(ctx, o.names.Namespace, name)
	switch {
	case errors.Is(err, view.ErrUnreachable), errors.Is(err, context.DeadlineExceeded):
		return exported{}, o.env.apiServerDown(o.connection, err)
	case errors.Is(err, view.ErrNotFound):
		return exported{}, fmt.Errorf("%w: is there a cluster %q in namespace %q? See kubectl describe certificate %s -n %s",
			err, o.names.Cluster, o.names.Namespace, name, o.names.Namespace)
	case err != nil:
		return exported{}, err
	}
	pair, err := tls.X509KeyPair(data["tls.crt"], data["tls.key"])
	if err != nil {
		return exported{}, fmt.Errorf("reading Secret %q: %w", name, err)
	}
	chain, err := trust.ParsePEM(data["tls.crt"])
	if err != nil {
		return exported{}, fmt.Errorf("reading tls.crt of Secret %q: %w", name, err)
	}
	ca, err := trust.ParsePEM(data["ca.crt"])
	if err != nil {
		return exported{}, fmt.Errorf("reading ca.crt of Secret %q: %w", name, err)
	}
	return exported{data: data, key: pair.PrivateKey, chain: chain, ca: ca}, nil
}

// tell says what was written, what it is worth and how long.
func (o *exportOptions) tell(found exported, files []secretFile) error {
	leaf, now := found.chain[0], o.env.Now()
	worth := fmt.Sprintf("an administrator of NiFi cluster %s", o.names.Cluster)
	if o.Client == "healer" {
		worth = fmt.Sprintf("nifi-healer to NiFi cluster %s, which may take nodes out of it and upload code", o.names.Cluster)
	}
	fmt.Fprintf(o.env.ErrOut, "warning: whoever can read these files is %s: keep them as you would its password\n", worth)
	if !leaf.NotAfter.After(now) {
		fmt.Fprintf(o.env.ErrOut, "warning: the certificate has expired; kubectl nifi certs renew %s %s has a new one issued\n", o.names.Cluster, o.Client)
	}
	for _, file := range files {
		if _, err := fmt.Fprintln(o.env.Out, file.path); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(o.env.ErrOut, "%s expires %s (%s); cert-manager renews it in its Secret, not in these files\n", o.names.Identity(o.names.Cluster+"-"+o.Client), humanExpiry(now, leaf.NotAfter), minute(leaf.NotAfter))
	return err
}
