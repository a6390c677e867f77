package operation

import "fmt"

// Refusal says why an operation must not begin or can't go on as the cluster
// is now, and what to do about it. Nothing was changed on its account.
type Refusal struct {
	Why    string
	Remedy string
}

func (r Refusal) Error() string {
	if r.Remedy == "" {
		return r.Why
	}
	return r.Why + "; " + r.Remedy
}

func refuse(remedy, why string, args ...any) error {
	return Refusal{Why: fmt.Sprintf(why, args...), Remedy: remedy}
}
