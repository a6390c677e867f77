package view

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/trust"
)

func TestDecodeGivesUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	endless := make(chan struct{})
	defer close(endless)
	_, err := decode(ctx, func() ([]trust.Entry, error) {
		cancel()
		<-endless
		return nil, nil
	})
	require.ErrorIs(t, err, context.Canceled)
}

func TestDecodeAnswers(t *testing.T) {
	t.Parallel()
	want := []trust.Entry{{Alias: "nifi-key"}}
	got, err := decode(t.Context(), func() ([]trust.Entry, error) { return want, trust.ErrDamaged })
	require.ErrorIs(t, err, trust.ErrDamaged)
	assert.Equal(t, want, got)
}
