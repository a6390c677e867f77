package trust_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

func TestReliesOn(t *testing.T) {
	t.Parallel()
	a, namesake := root(t, "prod-ca"), root(t, "prod-ca")
	middle := a.issue(t, "middle", authorized)
	leaf, below := a.issue(t, "leaf"), middle.issue(t, "below")
	tests := map[string]struct {
		chain, on, others []trust.Certificate
		want              bool
	}{
		"the only one":               {chain(leaf), chain(a), nil, true},
		"a namesake is no help":      {chain(leaf), chain(a), chain(namesake), true},
		"another has it too":         {chain(leaf), chain(a), chain(namesake, a), false},
		"of another root":            {chain(leaf), chain(namesake), chain(a), false},
		"nobody has it":              {chain(leaf), chain(namesake), nil, false},
		"through an intermediate":    {chain(below, middle), chain(a), chain(namesake), true},
		"the intermediate is enough": {chain(below, middle), chain(a), chain(middle), false},
		"its intermediate is absent": {chain(below), chain(a), nil, false},
		"expired":                    {chain(a.issue(t, "old", expired)), chain(a), nil, true},
		"a client's":                 {chain(a.issue(t, "client", serverOnly)), chain(a), nil, true},
		"unknown":                    {nil, chain(a), nil, false},
		"known by fingerprint only":  {[]trust.Certificate{{Fingerprint: leaf.Fingerprint}}, chain(a), nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, trust.ReliesOn(test.chain, test.on, test.others, now()))
		})
	}
}
