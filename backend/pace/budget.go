package pace

import (
	"fmt"
	"math"
	"time"
)

// margin is the part of the limit that is spent. Half a per cent stays unspent, so
// that a request delayed on its way does not fall into a full window.
const margin = 0.995

// lateness is how late a request may leave and the next one still keep to the even
// grid: what is late by more is given up, so that a pause never ends in a burst.
const lateness = 100 * time.Millisecond

// budget is what may leave, and when. Rates are per second. The gate's lock guards it.
type budget struct {
	told   float64   // the limit that the desk names; 0: none
	learnt float64   // without one: what refusals taught us; 0: nothing
	factor float64   // below 1 after refusals, recovering
	others float64   // what others spend of the same limit
	left   float64   // what the desk's own figures allow; +Inf when they allow all
	until  time.Time // end of the window that left is about

	last  time.Time // place on the grid of the request that left last
	begun time.Time // first request
	sent  int       // since then, to learn a limit that nobody told us

	window window
}

// window is a desk's counting period as its headers describe it.
type window struct {
	told  time.Time // its end by the desk's clock
	since time.Time // first answer in it
	left  int       // what was left then
	own   int       // requests of ours in it
	ownAt int       // of these, at since
}

// most is the limit without share and headers, and whether there is one.
func (b *budget) most() (float64, bool) {
	if b.told > 0 {
		return b.told, true
	}
	return b.learnt, b.learnt > 0
}

// rate is what may leave per second under a share of the limit; +Inf: all. why says
// what decides it, in words.
func (b *budget) rate(share float64) (r float64, why string) {
	limit, known := b.most()
	r = math.Inf(1)
	switch {
	case known && share < 1 && b.told > 0:
		r, why = limit*share, fmt.Sprintf("your schedule gives %s of the %.0f requests a minute that the desk allows", percentText(math.Round(share*10000)/100), limit*60)
	case known && b.told > 0:
		r, why = limit, fmt.Sprintf("the desk allows %.0f requests a minute", limit*60)
	case known:
		r, why = limit*share, "the desk refused requests before, so they are sent more slowly"
	}
	if b.factor < 1 {
		r, why = r*b.factor, "the desk refused requests before, so they are sent more slowly"
	}
	if b.left < r {
		r, why = b.left, "the desk says how many requests are left, and they are spread until it counts anew"
		if b.others > 0 {
			why = "others use this desk too, so what they need is left to them"
		}
	}
	return r, why
}

// due is when the next request may leave at a rate.
func (b *budget) due(rate float64) time.Time {
	if math.IsInf(rate, 1) {
		return time.Time{}
	}
	return b.last.Add(time.Duration(math.Min(1/(rate*margin), 1e9) * float64(time.Second)))
}

// leave notes a request that leaves now at a rate.
func (b *budget) leave(now time.Time, rate float64) {
	due := b.due(rate)
	late := now.Sub(due)
	b.last = now
	// A slow grid has no more room for lateness than one place of it.
	if !math.IsInf(rate, 1) && late <= lateness && late.Seconds() <= 1/(rate*margin) {
		b.last = due
	}
	if b.begun.IsZero() {
		b.begun = now
	}
	b.sent++
	b.window.own++
}

// expire lets go of what was left in a window that is over: one request a second asks
// the desk for its new figures.
func (b *budget) expire(now time.Time) {
	if !b.until.IsZero() && now.After(b.until) {
		b.left, b.until = math.Max(b.left, 1), time.Time{}
	}
}

// refuse slows down after the desk said "too many": others spend the same budget,
// or the limit is lower than we were told.
func (b *budget) refuse(now time.Time) {
	if _, known := b.most(); !known {
		// Nobody told us the limit: start from the rate that was just refused.
		seconds := math.Max(now.Sub(b.begun).Seconds(), 1)
		b.learnt = math.Max(float64(b.sent)/seconds, 0.1)
	}
	b.factor = math.Max(b.factor*0.7, 0.05)
}

// accept recovers the speed that refusals took.
func (b *budget) accept() {
	switch {
	case b.factor < 1:
		b.factor = math.Min(1, b.factor*1.01)
	case b.told == 0 && b.learnt > 0:
		b.learnt *= 1.002 // a limit that we only guessed may be higher
	}
}

// settled is how long a window must be watched before it tells what others spend.
const settled = 5 * time.Second

// heed corrects the pace by what the desk says is left until reset: told is that
// moment by the desk's clock, reset the same by ours. closed says that nothing is
// left, so nothing may leave before reset.
func (b *budget) heed(now time.Time, left, underWay int, told, reset time.Time, share float64) (closed bool) {
	span := reset.Sub(now).Seconds()
	w := &b.window
	if span <= 0 || w.told.Sub(told) > 1500*time.Millisecond {
		return false // about a window that is over: answers overtake each other
	}
	left -= underWay - 1                          // the answer in hand was counted, the others may not be
	if told.Sub(w.told) > 1500*time.Millisecond { // ends are told in whole seconds
		*w = window{told: told, since: now, left: left, own: underWay, ownAt: underWay}
	}
	if watched := now.Sub(w.since); watched >= settled {
		theirs := w.left - left - (w.own - w.ownAt)
		if theirs <= max(underWay, int(0.02*float64(w.own-w.ownAt))) {
			theirs = 0 // no more than our own on their way
		}
		b.others = float64(theirs) / watched.Seconds()
	}
	b.left, b.until = math.Inf(1), reset
	rate, _ := b.rate(share)
	_, known := b.most()
	switch {
	case left <= 0 && b.told > 0 && float64(w.own) >= b.told*60-1:
		// All of it was ours, so the even pace reaches into the next window by itself;
		// the told end is rounded up by as much as a second.
	case left <= 0:
		return true
	case !known && share < 1:
		// The window is the only limit that we know: our share of all that it held.
		ours := share * float64(w.left+w.ownAt)
		b.left = math.Max(ours-float64(w.own), 0.001) / (span * margin)
	default:
		// One second is doubtful, because ends are told in whole seconds: near a
		// window's end it would look like a shortage that is none.
		free := math.Max(float64(left)-b.others*(span+1), 0.1*float64(left))
		if math.IsInf(rate, 1) || b.others > 0 || math.Floor((span-1)*rate*margin) > free {
			b.left = free / span
		}
	}
	return false
}
