package plugin

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/operation"
)

// frames is an operation in the middle of a drain, then waiting.
func frames() (operation.Journal, []operation.Progress) {
	j := operation.Journal{Intent: operation.Intent{Kind: operation.Scale, Replicas: 2}}
	began := time.Unix(1_800_000_000, 0)
	at := func(p operation.Progress, seconds int) operation.Progress {
		p.State.Time = began.Add(time.Duration(seconds) * time.Second)
		p.State.Nodes = []operation.Node{{Pod: "prod-2", FlowFiles: p.FlowFiles, Bytes: p.Bytes}}
		p.Total = 4
		return p
	}
	drain := operation.Step{Do: operation.DoOffload, Pod: "prod-2"}
	return j, []operation.Progress{
		at(operation.Progress{Step: operation.Step{Do: operation.DoDisconnect, Pod: "prod-2"}, FlowFiles: 100_000, Bytes: 1 << 30}, 0),
		at(operation.Progress{Step: drain, Done: 1}, 1), // it hasn't said yet
		at(operation.Progress{Step: drain, Done: 1, FlowFiles: 100_000, Bytes: 1 << 30}, 2),
		at(operation.Progress{Step: drain, Done: 1, FlowFiles: 25_000, Bytes: 256 << 20, Rate: 1250.5, ToGo: 19_900 * time.Millisecond}, 62),
		at(operation.Progress{Step: drain, Done: 1, FlowFiles: 25_000, Bytes: 256 << 20, Waiting: "a coordinator is being elected"}, 63),
		at(operation.Progress{Step: drain, Done: 1, FlowFiles: 25_000, Bytes: 256 << 20, Waiting: "a coordinator is being elected"}, 64),
	}
}

func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	env := Environment{
		IOStreams: genericiooptions.IOStreams{ErrOut: &out}, Color: new(string), Getenv: func(string) string { return "" },
		ErrTerminal: func() (int, int, error) { return 120, 40, nil },
	}
	*env.Color = "never"
	j, all := frames()
	p := newOperationProgress(env, j, all[0].State.Time)
	terminal, pictures := &emulator{}, ""
	for _, frame := range all {
		out.Reset()
		p.show(frame)
		terminal.feed(t, out.String())
		pictures += strings.Join(terminal.rows, "\n") + "\n\n"
	}
	assertGolden(t, "operate/progress.golden", pictures)
	out.Reset()
	p.end(false)
	terminal.feed(t, out.String())
	assert.False(t, terminal.hidden)
	assert.Contains(t, strings.Join(terminal.rows, "\n"), "● offload prod-2", "what it was at stays to be seen")
}

// Without a terminal there is a line a step, and a wait is said once, if it lasts.
func TestProgressInALog(t *testing.T) {
	t.Parallel()
	for name, terminal := range map[string]func() (int, int, error){"no terminal": nil, "a dumb one": func() (int, int, error) { return 80, 24, nil }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			env := Environment{
				IOStreams: genericiooptions.IOStreams{ErrOut: &out}, Color: new(string), Getenv: func(string) string { return "dumb" }, ErrTerminal: terminal,
			}
			j, all := frames()
			p := newOperationProgress(env, j, all[0].State.Time)
			for _, frame := range append(all, all[len(all)-1]) {
				p.show(frame)
			}
			p.end(true)
			assert.Equal(t, "disconnect prod-2\noffload prod-2\nwaiting: a coordinator is being elected\n", out.String())
		})
	}
}
