package nifi

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The layout of a NiFi date without its zone (DateTimeAdapter).
const dateTime = "01/02/2006 15:04:05"

// Location is the node's time zone if its name says it for certain: UTC under
// one of its names, or an area such as "Europe/Vienna". NiFi usually gives an
// abbreviation (TimezoneAdapter), and those are ambiguous: "IST" is Indian, Irish
// and Israeli time. Then this is an error and the caller must know the zone from
// elsewhere, or do without the time.
func (a About) Location() (*time.Location, error) {
	if isUTC(a.Timezone) {
		return time.UTC, nil
	}
	if !strings.Contains(a.Timezone, "/") {
		return nil, fmt.Errorf("reading time zone %q: an abbreviation does not say which zone it is; run NiFi in UTC to compare its times", a.Timezone)
	}
	zone, err := time.LoadLocation(a.Timezone)
	if err != nil {
		return nil, fmt.Errorf("reading time zone %q: %w", a.Timezone, err)
	}
	return zone, nil
}

// ParseTime reads a NiFi date, "MM/dd/yyyy HH:mm:ss z", of a node in zone. The
// abbreviation isn't what decides the zone; it must agree with zone at that
// moment, else the date is refused rather than read hours wrong.
func ParseTime(value string, zone *time.Location) (time.Time, error) {
	cut := strings.LastIndexByte(value, ' ')
	if cut < 0 {
		return time.Time{}, fmt.Errorf("reading date %q: want MM/dd/yyyy HH:mm:ss and a zone", value)
	}
	date, abbreviation := value[:cut], value[cut+1:]
	if zone == nil {
		return time.Time{}, fmt.Errorf("reading date %q: the node's time zone is not known", value)
	}
	if t, err := time.ParseInLocation(dateTime, date, zone); err != nil {
		return time.Time{}, fmt.Errorf("reading date %q: want MM/dd/yyyy HH:mm:ss and a zone", value)
	} else if agreed, ok := agree(t, abbreviation); ok {
		return agreed, nil
	}
	return time.Time{}, fmt.Errorf("reading date %q: it is not in the node's time zone %s", value, zone)
}

// agree looks for the moment around t that its zone calls by abbreviation: when
// a clock goes back an hour the same date comes twice, and only that tells.
func agree(t time.Time, abbreviation string) (time.Time, bool) {
	for _, shift := range []time.Duration{0, time.Hour, -time.Hour} {
		other := t.Add(shift)
		if isNamed(other, abbreviation) && other.Format(dateTime) == t.Format(dateTime) {
			return other, true
		}
	}
	return time.Time{}, false
}

func isNamed(t time.Time, abbreviation string) bool {
	name, offset := t.Zone()
	return name == abbreviation || offset == 0 && isUTC(name) && isUTC(abbreviation)
}

func isUTC(name string) bool {
	return slices.Contains([]string{"UTC", "GMT", "Z", "Etc/UTC"}, name)
}
