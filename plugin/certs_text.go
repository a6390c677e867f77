package plugin

import (
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/view"
)

// anchorsShown is how many fingerprints a cell names; JSON has them all.
const anchorsShown = 3

// certsText writes for people what a snapshot says of trust.
type certsText struct {
	palette
	cluster view.Cluster
	verdict verdict
}

func (s certsText) write(w io.Writer) error {
	m := s.cluster.Trust()
	blocks := []string{s.pods()}
	for _, more := range []string{s.others(), s.stores()} {
		if more != "" {
			blocks = append(blocks, more)
		}
	}
	if notes := s.notes(); notes != "" {
		blocks = append(blocks, notes)
	}
	blocks = append(blocks, matrixText{s.palette, m}.blocks()...)
	blocks = append(blocks, s.verdictText(s.verdict))
	if len(s.cluster.Errors) > 0 {
		blocks = append(blocks, statusText{palette: s.palette, cluster: s.cluster}.errors())
	}
	_, err := io.WriteString(w, strings.Join(blocks, "\n"))
	return err
}

// verdictText is the sentence and the remedy, a line each.
func (p palette) verdictText(v verdict) string {
	paint := p.bad
	if v.well {
		paint = p.good
	}
	text := paint(v.sentence) + "\n"
	if v.remedy != "" {
		text += v.remedy + "\n"
	}
	return text
}

// pods is the table, a row a pod.
func (s certsText) pods() string {
	t := &table{}
	t.header("POD", "SERVES", "SERIAL", "ISSUED BY", "EXPIRES", "RENEWAL", "FILE ANCHORS", "FILES SERVED", "ACCEPTS")
	for _, pod := range s.cluster.TLS {
		t.add(s.row(pod)...)
	}
	return t.String()
}

func (s certsText) row(t view.TLS) []cell {
	row := []cell{{text: t.Pod}}
	if leaf, ok := t.Served.Leaf(); ok {
		expires := cell{text: humanExpiry(s.cluster.Time, leaf.NotAfter)}
		if !leaf.NotAfter.After(s.cluster.Time) {
			expires.paint = s.bad
		}
		row = append(row, cell{text: leaf.Fingerprint.Short()}, cell{text: shortSerial(leaf.Serial)}, cell{text: s.issuer(t.Served.Chain)}, expires)
	} else {
		row = append(row, cell{"no handshake", s.bad}, cell{text: "-"}, cell{text: "-"}, cell{text: "-"})
	}
	return append(row, s.renewal(t.Pod+"-tls"), cell{text: shortList(t.Anchors())}, s.loaded(t), s.accepts(t))
}

// issuer is the anchor that a chain leads to, or the name it gives alone.
func (s certsText) issuer(chain []trust.Certificate) string {
	if root, ok := trust.RootOf(chain, s.cluster.Known()); ok {
		return root.Fingerprint.Short() + " " + root.Subject
	}
	return "? " + chain[len(chain)-1].Issuer
}

// loaded tells whether the leaf in the files is the one served.
func (s certsText) loaded(t view.TLS) cell {
	_, served := t.Served.Leaf()
	_, held := t.Held()
	switch {
	case !served || !held:
		return cell{text: "?"}
	case t.Stale():
		return cell{"✗", s.warn}
	default:
		return cell{"✓", s.good}
	}
}

// accepts is whether the pod let our client certificate in, and whose that is.
func (s certsText) accepts(t view.TLS) cell {
	if len(t.Accepts) == 0 {
		return cell{text: "-"}
	}
	a := t.Accepts[0]
	mark := s.mark(a.Verdict)
	mark.text += " " + a.Authority.Short()
	return mark
}

// notes is what doesn't fit the table: failures, refusals, loads outstanding.
func (s certsText) notes() string {
	var out strings.Builder
	for _, t := range s.cluster.TLS {
		note := func(format string, args ...any) { fmt.Fprintf(&out, "  "+t.Pod+": "+format+"\n", args...) }
		if t.Served.Error != "" {
			note("handshake: %s", t.Served.Error)
		}
		switch {
		case t.Files.Error != "":
			note("files: %s", t.Files.Error)
		case t.Stores != nil && t.Stores.Error != "":
			note("stores: %s", t.Stores.Error)
		case !t.Files.Known() && t.Stores == nil:
			note("files: the log of tls-sync doesn't say what it published last")
		}
		if held, _ := t.Held(); t.Stale() && t.Files.Known() {
			note("it serves %s, its files hold %s since %s", t.Served.Chain[0].Fingerprint.Short(), held.Short(), humanAge(s.cluster.Time, t.Files.Published))
		} else if t.Stale() {
			note("it serves %s, its keystore holds %s", t.Served.Chain[0].Fingerprint.Short(), held.Short())
		}
		for _, r := range t.Files.Refusals {
			note("tls-sync, %s ago: %s", humanAge(s.cluster.Time, r.Time), strings.Join(strings.Fields(r.Event+" "+r.File+" "+r.Reason), " "))
		}
		for _, a := range t.Accepts {
			if a.Detail != "" {
				note("client certificate of %s: %s", a.Authority.Short(), a.Detail)
			}
		}
	}
	if out.Len() == 0 {
		return ""
	}
	return s.warn("Notes") + "\n" + out.String()
}

// shortSerial is the first digits of a serial number.
func shortSerial(serial string) string {
	if len(serial) > 12 {
		return serial[:12] + "…"
	}
	return serial
}

func shortList(all []trust.Fingerprint) string {
	var texts []string
	for _, f := range all[:min(len(all), anchorsShown)] {
		texts = append(texts, f.Short())
	}
	if more := len(all) - anchorsShown; more > 0 {
		texts = append(texts, fmt.Sprintf("+%d", more))
	}
	if len(texts) == 0 {
		return "?"
	}
	return strings.Join(texts, ",")
}
