package plugin

import (
	"bytes"
	"context"
	"io"

	"github.com/stretchr/testify/require"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/kube"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

// operate runs a command line that may change the world.
func (s *stage) operate(args ...string) result {
	s.t.Helper()
	return s.operateAs(s.t.Context(), "kim@laptop", nil, nil, args...)
}

// operateAs is operate as somebody, with what is typed on a terminal of that
// size; without a size there is none.
func (s *stage) operateAs(ctx context.Context, who string, typed io.Reader, terminal func() (int, int, error), args ...string) result {
	s.t.Helper()
	var stdout, stderr bytes.Buffer
	env := Environment{
		IOStreams:   genericiooptions.IOStreams{In: typed, Out: &stdout, ErrOut: &stderr},
		Config:      genericclioptions.NewConfigFlags(true),
		Now:         s.look,
		Every:       atOnce,
		ErrTerminal: terminal,
		Version:     "v0.0.0-test",
		Program:     "/usr/local/bin/kubectl-nifi",
		Identity:    who,
		Color:       new(string),
		Getenv:      func(name string) string { return map[string]string{"NO_COLOR": "1"}[name] },
	}
	code := run(ctx, env, append(args, "--kubeconfig", s.api.Kubeconfig(s.t, "nifi")))
	return result{stdout.String(), stderr.String(), code}
}

// record is what the operation Lease holds.
func (s *stage) record() operation.Record {
	s.t.Helper()
	client, err := kube.NewClient(s.api.Config())
	require.NoError(s.t, err)
	record, err := client.Cluster(s.names).Load(s.t.Context())
	require.NoError(s.t, err)
	return record
}

// queued is the FlowFiles that wait on a node.
func (s *stage) queued(ordinal int) int64 {
	flowFiles, _ := s.nifi.Node(ordinal).Queued()
	return flowFiles
}
