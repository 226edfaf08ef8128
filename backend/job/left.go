package job

import (
	"math"
	"slices"
	"time"
)

const (
	enough  = 10   // seconds of rates before anything is said about the time left
	doubt   = 0.05 // of the rate, even if it never changed: tomorrow is not today
	fifthOf = 5    // a stretch of rates that is averaged is this part of all of them
)

// spread gives the low and the high rate per second to reckon with: the tenth and the
// ninetieth percentile of averages over a fifth of what was measured. Waits shorter
// than such a stretch lower a rate, they do not make it nothing. Zeros: not known.
func spread(rates []float64) (low, high float64) {
	if len(rates) < enough {
		return 0, 0
	}
	stretch := max(len(rates)/fifthOf, enough/2)
	var means []float64
	sum := 0.0
	for i, r := range rates {
		sum += r
		if i >= stretch {
			sum -= rates[i-stretch]
		}
		if i >= stretch-1 {
			means = append(means, math.Max(sum, 0)/float64(stretch))
		}
	}
	slices.Sort(means)
	low = means[len(means)/10] * (1 - doubt)
	high = means[len(means)-1-len(means)/10] * (1 + doubt)
	return low, high
}

// reckon says how long what is left will take, at least and at most; p.mu is held.
func (p *Progress) reckon() {
	p.s.LeftLow, p.s.LeftHigh = -1, -1
	if p.s.Total <= 0 {
		return
	}
	left := max(p.s.Total-p.s.Done, 0)
	low, high := spread(p.s.Rates[max(len(p.s.Rates)-p.measured, 0):])
	p.s.LeftLow, p.s.LeftHigh = lasting(left, high), lasting(left, low)
}

// lasting is how long so many records take at a rate; negative when that is not known.
func lasting(left int64, rate float64) time.Duration {
	const longest = float64(10 * 365 * 24 * time.Hour)
	switch {
	case left == 0:
		return 0
	case rate <= 0:
		return -1
	}
	return time.Duration(math.Min(float64(left)/rate*float64(time.Second), longest))
}
