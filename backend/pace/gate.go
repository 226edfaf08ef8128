package pace

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"
)

// gate lets requests pass one at a time, evenly. Whoever holds turn decides when the
// next one may pass; the others queue for turn, so that nobody sleeps on a promise
// that a later refusal, header or change of the schedule has made void.
type gate struct {
	turn     chan struct{}
	free     chan struct{} // a request came back
	seen     func(Event)
	schedule func() Schedule // nil: all of the limit, always
	most     int             // requests at once that the limits allow
	clock    steady
	wall     func() time.Time // the clock that people read, for the schedule

	mu       sync.Mutex
	closed   time.Time // nothing passes before
	why      string
	refused  bool
	budget   budget
	width    *width
	meter    meter
	skew     skew
	underWay int
	told     Event     // wait reported last
	toldAt   time.Time // when
}

const (
	lookAgain = 5 * time.Second // how soon a change of the schedule, or of the clock, is noticed
	patience  = 2 * time.Second // with answers, before a wait for them is reported
	rarely    = time.Second     // short waits are reported no more often
)

func newGate(limits Limits, seen func(Event)) *gate {
	now := time.Now()
	return &gate{
		turn: make(chan struct{}, 1), free: make(chan struct{}, 1), seen: seen, schedule: limits.Schedule,
		most: limits.Parallel, clock: steady{begun: now}, wall: time.Now,
		budget: budget{told: float64(max(limits.PerMinute, 0)) / 60, factor: 1, left: math.Inf(1)},
		width:  newWidth(limits.Parallel), meter: meter{begun: now},
	}
}

// hindrance is why the next request may not leave yet; the zero value: it may.
type hindrance struct {
	wait    time.Duration // look again after this
	until   time.Time     // when it is expected to be over
	why     string
	refused bool
	full    bool // too many under way: wait for one of them instead
}

// pass waits until one request may leave.
func (g *gate) pass(ctx context.Context) error {
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-g.turn }()
	waited, squeezed := false, false
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		g.mu.Lock()
		now := g.clock.now()
		h, rate := g.hinders(now)
		if h == (hindrance{}) {
			if squeezed && now.Sub(g.budget.due(rate)) > lateness {
				g.width.held = now
			}
			g.budget.leave(now, rate)
			g.meter.count(now, 1)
			g.underWay++
			g.mu.Unlock()
			break
		}
		g.mu.Unlock()
		if h.full {
			squeezed = true
			back, err := g.oneBack(ctx)
			if err != nil {
				return err
			}
			if !back {
				waited = g.tell(g.clock.now(), h) || waited
			}
			continue
		}
		waited = g.tell(now, h) || waited
		if err := sleep(ctx, h.wait); err != nil {
			return err
		}
	}
	if waited {
		g.mu.Lock()
		g.told = Event{}
		g.mu.Unlock()
		g.seen(Event{})
	}
	return nil
}

// oneBack waits until a request came back, though not for longer than it takes to
// owe the person an explanation.
func (g *gate) oneBack(ctx context.Context) (back bool, err error) {
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-g.free:
		return true, nil
	case <-t.C:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// hinders says what keeps the next request back, and the rate in force; g.mu is held.
func (g *gate) hinders(now time.Time) (hindrance, float64) {
	if g.closed.After(now) {
		return hindrance{wait: g.closed.Sub(now), until: g.closed, why: g.why, refused: g.refused}, 0
	}
	share, wall := g.share()
	if share <= 0 {
		return g.paused(now, wall), 0
	}
	g.budget.expire(now)
	rate, why := g.budget.rate(share)
	if d := g.budget.due(rate).Sub(now); d > 0 {
		// The rate may rise meanwhile, so nobody sleeps for longer than a second.
		return hindrance{wait: min(d, time.Second), until: now.Add(d), why: why}, rate
	}
	if g.underWay >= g.atOnce(share) {
		return hindrance{full: true, until: now.Add(3 * patience), why: "the desk takes long to answer what was asked before"}, rate
	}
	return hindrance{}, rate
}

// share is the part of the limit that the schedule gives now.
func (g *gate) share() (share float64, wall time.Time) {
	if g.schedule == nil {
		return 1, time.Time{}
	}
	wall = g.wall()
	return g.schedule().Share(wall), wall
}

// paused explains a wait for the schedule's next window.
func (g *gate) paused(now, wall time.Time) hindrance {
	opens, ok := g.schedule().Opens(wall)
	if !ok {
		return hindrance{
			wait: lookAgain, until: now.Add(24 * time.Hour),
			why: "paused: your schedule leaves the desk to your team all the time",
		}
	}
	at := opens.Format("15:04")
	if opens.YearDay() != wall.YearDay() {
		at = opens.Format("Monday 15:04")
	}
	d := opens.Sub(wall)
	return hindrance{
		wait: min(d, lookAgain), until: now.Add(d),
		why: fmt.Sprintf("paused until %s: your schedule leaves the desk to your team until then", at),
	}
}

// atOnce is how many may be under way. Where no limit is known, a share of it can
// only be a share of these.
func (g *gate) atOnce(share float64) int {
	n := g.width.limit()
	if _, known := g.budget.most(); !known && share < 1 && math.IsInf(g.budget.left, 1) {
		n = min(n, max(1, int(math.Round(float64(g.most)*share))))
	}
	return n
}

// tell reports a wait: the short ones at most once a second, the same one once. It
// says whether its end is worth a report too.
func (g *gate) tell(now time.Time, h hindrance) bool {
	long := h.until.Sub(now) >= time.Second
	e := Event{Why: h.why, Until: h.until, Refused: h.refused}
	g.mu.Lock()
	same := e.Why == g.told.Why && e.Until.Sub(g.told.Until).Abs() < time.Second && long
	quiet := same || !long && now.Sub(g.toldAt) < rarely
	if !quiet {
		g.told, g.toldAt = e, now
	}
	g.mu.Unlock()
	if !quiet {
		g.seen(e)
	}
	return long
}

// answer is how a request ended, for the gate to learn from.
type answer struct {
	req   *http.Request
	asked time.Time // when it left
	resp  *http.Response
	ill   bool // the desk failed, or no answer came
}

// done counts a request that is no longer under way and learns from its answer.
func (g *gate) done(a answer, limits Limits) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.now()
	if a.resp != nil {
		g.skew.heard(a.resp.Header, a.asked, now)
		if limits.Allowed != nil {
			if n, ok := limits.Allowed(a.resp.Header); ok && n > 0 {
				g.budget.told = float64(n) / 60
			}
		}
		if limits.Left != nil {
			if left, told, ok := limits.Left(a.resp.Header); ok {
				g.heed(now, left, told)
			}
		}
	}
	g.underWay--
	switch {
	case a.ill:
		g.width.failed(now)
	case a.resp != nil:
		g.width.answered(a.req, now.Sub(a.asked), now)
	}
	select {
	case g.free <- struct{}{}:
	default: // it is known already that there is room
	}
}

// heed takes in what the desk says is left; g.mu is held.
func (g *gate) heed(now time.Time, left int, told time.Time) {
	reset := g.skew.ours(told)
	share, _ := g.share()
	if g.budget.heed(now, left, g.underWay, told, reset, share) && reset.After(g.closed) {
		g.closed, g.refused = reset, false
		g.why = "the desk's allowance is used up for the moment"
	}
}

// accept recovers the speed that refusals took.
func (g *gate) accept() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.budget.accept()
}

// refuse lets nothing pass before until, and slows down when the desk said "too
// many". A shorter closing never shortens a longer one.
func (g *gate) refuse(until time.Time, why string, tooMany bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.meter.refused++
	if tooMany {
		g.budget.refuse(g.clock.now())
	}
	g.budget.last = time.Time{} // the closing is the distance to the next request
	if until.After(g.closed) {
		g.closed, g.why, g.refused = until, why, true
	}
}

func (g *gate) stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.now()
	share, wall := g.share()
	g.budget.expire(now)
	s := Stats{
		PerSecond: g.meter.line(now), Sent: g.meter.sent, Refused: g.meter.refused,
		Told: g.budget.told * 60, Learnt: g.budget.learnt * 60, Share: share,
		AtOnce: g.atOnce(share), UnderWay: g.underWay, AtOnceWhy: g.width.why,
	}
	switch {
	case g.closed.After(now):
		s.Until, s.Reason = g.closed, g.why
	case share <= 0:
		h := g.paused(now, wall)
		s.Until, s.Reason = h.until, h.why
	}
	if rate, why := g.budget.rate(share); share > 0 && !math.IsInf(rate, 1) {
		s.LimitPerMinute, s.Why = rate*60, why
	}
	return s
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
