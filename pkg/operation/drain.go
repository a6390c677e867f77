package operation

import "time"

// restless is how long a drain may show no progress, however slow it was.
const restless = time.Minute

// drain measures how fast something shrinks: the queue of a node on its way
// out. Time limits come from the rate it has shown, not from a constant.
type drain struct {
	began, moved time.Time
	first, left  int64
}

// observe takes what is left now.
func (d *drain) observe(now time.Time, left int64) {
	if d.began.IsZero() || left > d.left {
		*d = drain{began: now, moved: now, first: left, left: left}
		return
	}
	if left < d.left {
		d.left, d.moved = left, now
	}
}

// rate is how many go a second; 0 until some went.
func (d *drain) rate() float64 {
	if seconds := d.moved.Sub(d.began).Seconds(); seconds > 0 {
		return float64(d.first-d.left) / seconds
	}
	return 0
}

// toGo is how long the rest will take; 0 if nobody can tell.
func (d *drain) toGo() time.Duration {
	rate := d.rate()
	if rate == 0 {
		return 0
	}
	return time.Duration(float64(d.left) / rate * float64(time.Second))
}

// patience is how long the next one may take: ten times as long as one took so
// far, and never less than restless.
func (d *drain) patience() time.Duration {
	rate := d.rate()
	if rate == 0 {
		return 2 * restless
	}
	return max(restless, time.Duration(10/rate*float64(time.Second)))
}

// stalled tells that nothing has gone for longer than that.
func (d *drain) stalled(now time.Time) bool { return now.Sub(d.moved) > d.patience() }
