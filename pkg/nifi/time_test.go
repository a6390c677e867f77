package nifi

import (
	"testing"
	"time"
	_ "time/tzdata" // the cases must not depend on what the machine has installed

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLocation(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		timezone, want string
	}{
		"UTC":                         {"UTC", "UTC"},
		"GMT":                         {"GMT", "UTC"},
		"area":                        {"Asia/Seoul", "Asia/Seoul"},
		"abbreviation of three zones": {"IST", ""},
		// time.LoadLocation knows it, as a zone without summer time that nobody means.
		"abbreviation that Go takes for a zone": {"EST", ""},
		"unknown area":                          {"Moon/Tranquility", ""},
		"way out of the database":               {"../../etc/passwd", ""},
		"none":                                  {"", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := About{Timezone: tc.timezone}.Location()
			if tc.want == "" {
				require.ErrorContains(t, err, "time zone")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.want, zone.String())
		})
	}
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	vienna := zone(t, "Europe/Vienna")
	cases := map[string]struct {
		value string
		zone  *time.Location
		want  string // RFC 3339 in UTC, "" for a refusal
	}{
		"UTC":                          {"11/22/2026 18:05:05 UTC", time.UTC, "2026-11-22T18:05:05Z"},
		"UTC called GMT":               {"11/22/2026 18:05:05 GMT", time.UTC, "2026-11-22T18:05:05Z"},
		"month first":                  {"03/04/2026 00:00:00 UTC", time.UTC, "2026-03-04T00:00:00Z"},
		"winter":                       {"01/15/2026 12:00:00 CET", vienna, "2026-01-15T11:00:00Z"},
		"summer":                       {"07/15/2026 12:00:00 CEST", vienna, "2026-07-15T10:00:00Z"},
		"the hour that comes twice, 1": {"10/25/2026 02:30:00 CEST", vienna, "2026-10-25T00:30:00Z"},
		"the hour that comes twice, 2": {"10/25/2026 02:30:00 CET", vienna, "2026-10-25T01:30:00Z"},
		"Indian, not Israeli":          {"07/15/2026 12:00:00 IST", zone(t, "Asia/Kolkata"), "2026-07-15T06:30:00Z"},

		"another zone":      {"11/22/2026 18:05:05 KST", time.UTC, ""},
		"wrong season":      {"01/15/2026 12:00:00 CEST", vienna, ""},
		"no zone":           {"11/22/2026 18:05:05", time.UTC, ""},
		"zone not known":    {"11/22/2026 18:05:05 UTC", nil, ""},
		"no such day":       {"02/30/2026 18:05:05 UTC", time.UTC, ""},
		"another layout":    {"2026-11-22T18:05:05 UTC", time.UTC, ""},
		"nothing":           {"", time.UTC, ""},
		"a time and no day": {"18:05:10 UTC", time.UTC, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseTime(tc.value, tc.zone)
			if tc.want == "" {
				require.ErrorContains(t, err, "reading date")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.want, got.UTC().Format(time.RFC3339))
		})
	}
}

func TestCapturedTimesAreRead(t *testing.T) {
	t.Parallel()
	for _, node := range clusterOf(t, "cluster-connecting.json").Nodes {
		for _, value := range []string{node.Heartbeat, node.NodeStartTime, node.Events[0].Timestamp} {
			at, err := ParseTime(value, time.UTC)
			require.NoError(t, err)
			assert.Equal(t, 2026, at.Year())
		}
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}
