package topology

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
)

// DefaultVersion is what init writes into a new document when nobody says
// otherwise: the newest release whose start-up was read in NiFi's source.
const DefaultVersion = "2.11.0"

// Version is a NiFi release. The zero value is no release.
type Version struct{ Major, Minor, Patch int }

func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// AtLeast says whether v is minor.0 of 2.x or newer.
func (v Version) AtLeast(minor int) bool { return v.Major > 2 || (v.Major == 2 && v.Minor >= minor) }

// Before tells that v is older than other.
func (v Version) Before(other Version) bool {
	return cmp.Or(cmp.Compare(v.Major, other.Major), cmp.Compare(v.Minor, other.Minor), cmp.Compare(v.Patch, other.Patch)) < 0
}

// ParseVersion reads "2.3.0" and refuses the releases that this project can't
// run, with the reason.
func ParseVersion(text string) (Version, error) {
	match := regexp.MustCompile(`^(\d{1,4})\.(\d{1,4})\.(\d{1,4})$`).FindStringSubmatch(text)
	if match == nil {
		return Version{}, fmt.Errorf("%q is no full version: write it as %q", text, DefaultVersion)
	}
	var numbers [3]int
	for i := range numbers {
		numbers[i], _ = strconv.Atoi(match[i+1]) // digits by the pattern above
	}
	v := Version{numbers[0], numbers[1], numbers[2]}
	switch {
	case v.Major < 2:
		return Version{}, fmt.Errorf("NiFi %s can't run without ZooKeeper and reads no PEM stores: use 2.1.0 or newer", v)
	case v.Major > 2:
		return Version{}, fmt.Errorf("NiFi %s is unknown here: use a 2.x release, 2.1.0 or newer", v)
	case v.Minor < 1:
		return Version{}, fmt.Errorf("NiFi %s reads no PEM stores (they came with 2.1.0): use 2.1.0 or newer", v)
	}
	return v, nil
}
