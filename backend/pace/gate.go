package pace

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// margin is the part of the limit that is spent. Half a per cent stays unspent, so
// that a request delayed on its way does not fall into a full window.
const margin = 0.995

// gate lets requests pass one at a time, evenly. Whoever holds turn decides when
// the next one may pass; the others queue for turn, so that nobody sleeps on a
// promise that a later refusal has made void.
type gate struct {
	turn      chan struct{}
	limiter   *rate.Limiter
	perMinute int
	seen      func(Event)

	mu       sync.Mutex
	closed   time.Time // nothing passes before
	why      string
	refused  bool
	full     rate.Limit // what the known limit allows
	factor   float64    // below 1 after refusals, recovering
	budget   rate.Limit // what the desk's own figures allow; Inf when they allow all
	sent     int        // since begun, to learn a limit that nobody told us
	begun    time.Time
	underWay int
	told     time.Time // last short wait reported
	window   time.Time // end of the desk's present window, as it was told
	own      int       // requests of ours in it
}

func newGate(perMinute int, seen func(Event)) *gate {
	full := rate.Inf
	if perMinute > 0 {
		full = rate.Limit(float64(perMinute) * margin / 60)
	}
	return &gate{
		turn: make(chan struct{}, 1), limiter: rate.NewLimiter(full, 1), perMinute: perMinute,
		seen: seen, full: full, factor: 1, budget: rate.Inf,
	}
}

// pass waits until one request may leave.
func (g *gate) pass(ctx context.Context) error {
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-g.turn }()
	paid := false
	waited := false
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		now := time.Now()
		g.mu.Lock()
		until, why, refused := g.closed, g.why, g.refused
		g.mu.Unlock()
		if until.After(now) {
			g.seen(Event{Why: why, Until: until, Refused: refused})
			waited = true
			if err := sleep(ctx, until.Sub(now)); err != nil {
				return err
			}
			continue
		}
		if paid {
			break
		}
		r := g.limiter.ReserveN(now, 1)
		paid = true
		if d := r.DelayFrom(now); d > 0 {
			waited = g.tell(now, d) || waited
			if err := sleep(ctx, d); err != nil {
				r.Cancel()
				return err
			}
			continue // it may have been closed meanwhile
		}
	}
	if waited {
		g.seen(Event{})
	}
	g.mu.Lock()
	g.underWay++
	if g.begun.IsZero() {
		g.begun = time.Now()
	}
	g.sent++
	g.own++
	g.mu.Unlock()
	return nil
}

// tell reports a wait that is ours, the short ones at most once a second.
func (g *gate) tell(now time.Time, d time.Duration) bool {
	g.mu.Lock()
	quiet := d < time.Second && now.Sub(g.told) < time.Second
	if !quiet {
		g.told = now
	}
	learnt := g.perMinute == 0
	g.mu.Unlock()
	if quiet {
		return false
	}
	why := fmt.Sprintf("the desk allows %d requests a minute", g.perMinute)
	if learnt {
		why = "the desk refused requests before, so they are sent more slowly"
	}
	g.seen(Event{Why: why, Until: now.Add(d)})
	return d >= time.Second
}

// done counts a request that is no longer under way.
func (g *gate) done() {
	g.mu.Lock()
	g.underWay--
	g.mu.Unlock()
}

// close lets nothing pass before until. A shorter closing never shortens a longer one.
func (g *gate) close(until time.Time, why string, refused bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.closed) {
		g.closed, g.why, g.refused = until, why, refused
	}
}

// refuse slows down after the desk said "too many": others spend the same budget,
// or the limit is lower than we were told.
func (g *gate) refuse() {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if g.full == rate.Inf {
		// Nobody told us the limit: start from the rate that was just refused.
		seconds := math.Max(now.Sub(g.begun).Seconds(), 1)
		g.full = rate.Limit(math.Max(float64(g.sent)/seconds, 0.1))
	}
	g.factor = math.Max(g.factor*0.7, 0.05)
	g.apply(now)
}

// accept recovers the speed that refusals took.
func (g *gate) accept() {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.factor < 1:
		g.factor = math.Min(1, g.factor*1.01)
	case g.perMinute == 0 && g.full != rate.Inf:
		g.full *= 1.002 // a limit that we only guessed may be higher
	default:
		return
	}
	g.apply(time.Now())
}

// heed corrects the pace by what the desk says is left until reset.
func (g *gate) heed(left int, reset time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	window := reset.Sub(now).Seconds()
	if reset.After(g.window) {
		g.window, g.own = reset, g.underWay
	}
	left -= g.underWay - 1 // the answer in hand was counted, the others may not be
	budget := rate.Inf
	switch {
	case window <= 0:
	case left <= 0 && g.perMinute > 0 && g.own >= g.perMinute-1:
		// All of it was ours, so the even pace reaches into the next window by itself;
		// the told end is rounded up by as much as a second.
	case left <= 0:
		if reset.After(g.closed) {
			g.closed, g.refused = reset, false
			g.why = "the desk's allowance is used up for the moment"
		}
	default:
		// Headers tell whole seconds, so one second is doubtful: near a window's
		// end it would look like a shortage that is none.
		need := math.Floor((window - 1) * float64(g.full))
		if g.full == rate.Inf || need > float64(left) {
			budget = rate.Limit(float64(left) * margin / window)
		}
	}
	if budget != g.budget {
		g.budget = budget
		g.apply(now)
	}
}

// apply sets the limiter; g.mu is held.
func (g *gate) apply(now time.Time) {
	l := g.full
	if l != rate.Inf {
		l *= rate.Limit(g.factor)
	}
	if g.budget < l {
		l = g.budget
	}
	if g.limiter.Limit() != l {
		g.limiter.SetLimitAt(now, l)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
