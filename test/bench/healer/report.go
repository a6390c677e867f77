package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// report prints the table.
func report(w io.Writer, all []figures, o options) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(table, "program\tclusters\tRSS MB\tof it anonymous\tpeak MB\tmillicores\tNiFi calls/s\t")
	for _, f := range all {
		_, _ = fmt.Fprintf(table, "%s\t%d × %d\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t\n", f.Name, f.Clusters, f.Nodes, f.RSS, f.Anonymous, f.Peak, f.Millicores, f.Calls)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "CPU time of %s, after %s to settle; polls every 10 s\n", o.window, o.settle)
	return err
}
