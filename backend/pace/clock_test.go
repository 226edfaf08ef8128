package pace

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// A clock that is set back, or forward, during a wait changes nothing about what the
// desk asked for; the schedule, which people read on that clock, follows it.
func TestP67_AClockThatIsSet(t *testing.T) {
	for _, set := range []time.Duration{-time.Hour, time.Hour, -24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			g := newGate(Limits{PerMinute: 600, Parallel: 1}, func(Event) {})
			off := time.Duration(0)
			g.wall = func() time.Time { return time.Now().Add(off) }
			g.refuse(g.clock.now().Add(90*time.Second), "the desk said: too many requests", true)
			start := time.Now()
			time.AfterFunc(30*time.Second, func() {
				g.mu.Lock()
				off = set
				g.mu.Unlock()
			})
			if err := g.pass(context.Background()); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(start); waited != 90*time.Second {
				t.Errorf("set by %v: waited %v instead of 90 s", set, waited)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		night := Schedule{Windows: []Window{{From: 22 * 60, To: 6 * 60, Percent: 100}}}
		g := newGate(Limits{Parallel: 1, Schedule: func() Schedule { return night }}, func(Event) {})
		begun := time.Now()
		noon := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
		jump := time.Duration(0)
		g.wall = func() time.Time { return noon.Add(time.Since(begun) + jump) }
		time.AfterFunc(time.Hour, func() {
			g.mu.Lock()
			jump = 8 * time.Hour // it is 21:00 now
			g.mu.Unlock()
		})
		if err := g.pass(context.Background()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(begun); waited < 2*time.Hour || waited > 2*time.Hour+lookAgain {
			t.Errorf("waited %v; it was 22:00 after two hours", waited)
		}
	})
}

// The bounds of a desk's clock narrow with each answer, and begin anew when it is set.
func TestSkew(t *testing.T) {
	now := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	var s skew
	ahead := time.Hour
	tell := func() {
		h := http.Header{"Date": {now.Add(ahead).Format(http.TimeFormat)}}
		s.heard(h, now.Add(-20*time.Millisecond), now)
	}
	for range 100 {
		now = now.Add(137 * time.Millisecond)
		tell()
	}
	at := now.Add(time.Minute)
	if got := s.ours(at.Add(ahead)).Sub(at); got < 0 || got > 30*time.Millisecond {
		t.Errorf("a moment of the desk's clock is off by %v", got)
	}
	ahead = -time.Hour
	tell()
	if got := s.ours(at.Add(ahead)).Sub(at); got < 0 || got > time.Second {
		t.Errorf("after it was set: off by %v", got)
	}
	s.heard(http.Header{"Date": {"yesterday"}}, now, now)
	if mine := time.Now().Add(time.Minute); s.ours(mine) != mine {
		t.Error("a moment of our own clock was moved")
	}
}
