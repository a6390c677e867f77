package policy

import "time"

// What spec.healer.trustRestart says when no pod may be restarted for trust.
const TrustRestartNever = "never"

// Limits are the numbers of the rules.
type Limits struct {
	Polls     int           // how often in a row a finding must be seen, and must be gone
	Spacing   time.Duration // looks that are closer to each other count as one
	Interval  time.Duration // of heartbeats
	Silence   time.Duration // of heartbeats, until a node counts as hung
	StartUp   time.Duration // from the start of a pod's NiFi until it may be restarted or reconnected
	Effect    time.Duration // until a deed must show
	Reload    time.Duration // from new files to NiFi's having loaded them: nifi.security.autoreload.interval
	Return    time.Duration // until a node must be back after a restart
	Rejoin    time.Duration // until a node must be back after a reconnection or a nudge must have helped
	Patience  time.Duration // until a person is called about what can't be confirmed
	BackOff   time.Duration // after the first failure, doubled after each further one
	MaxBack   time.Duration // the longest back-off, before jitter
	CoolDown  time.Duration // after a success, until the same pod is touched again
	Remember  time.Duration // how long former attempts count for the same pod
	StormCalm time.Duration // how long a storm must be over
}

// DefaultLimits are the numbers that the documentation gives.
func DefaultLimits() Limits {
	return Limits{
		Polls: 3, Spacing: 8 * time.Second, Interval: 5 * time.Second, Silence: time.Minute, StartUp: 5 * time.Minute,
		Effect: time.Minute, Reload: 10 * time.Second, Return: 15 * time.Minute, Rejoin: 5 * time.Minute, Patience: 15 * time.Minute,
		BackOff: time.Minute, MaxBack: time.Hour, CoolDown: 10 * time.Minute, Remember: time.Hour, StormCalm: time.Minute,
	}
}

// backOff is the wait after a number of failures: doubled each time, with up to
// a fifth more by chance, so that clusters don't come back in step.
func (l Limits) backOff(failures int, random func() float64) time.Duration {
	wait := l.BackOff
	for range failures - 1 {
		wait = min(2*wait, l.MaxBack)
	}
	return wait + time.Duration(random()*float64(wait)/5)
}
