package pace

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Budget is a second limit inside the first, for what a desk counts apart: a hundred
// updates a minute, or thirty updates of one ticket in ten minutes.
type Budget struct {
	// What is limited, in words, for the screen: "updates", "updates of one ticket".
	What string
	// Requests may leave in any stretch of Per; of these the schedule's share. 0: no
	// limit is known yet.
	Requests int
	Per      time.Duration
	// Allowed reads Requests from the headers of answers to these requests; it may be nil.
	Allowed func(http.Header) (requests int, ok bool)
	// Key says whether a request counts, and for whom: each key has the whole budget
	// of its own. For a budget of the account the key is always the same.
	Key func(*http.Request) (key string, counts bool)
}

// second is one Budget at work. A request takes a place before it queues for the
// main budget, so that what waits here holds up nobody else.
type second struct {
	Budget
	stretch time.Duration // Per, and a little more for what is slow on its way
	now     func() time.Time
	share   func() float64 // of it, as of the main budget
	seen    func(Event)

	mu    sync.Mutex
	keys  map[string]*account
	swept time.Time
}

// account is what one key has spent.
type account struct {
	left    []time.Time   // when the last requests left, oldest first
	pending int           // places taken by requests that have not left yet
	changed chan struct{} // closed when pending fell
}

func newSecond(b Budget, g *gate) *second {
	return &second{
		Budget: b, stretch: b.Per + max(b.Per/200, 250*time.Millisecond), now: g.clock.now, seen: g.seen,
		share: func() float64 { s, _ := g.share(); return s }, keys: map[string]*account{},
	}
}

// take waits for a place. The place is given back by settle, once.
func (s *second) take(ctx context.Context, key string) error {
	told := false
	for {
		share := s.share()
		s.mu.Lock()
		now := s.now()
		s.sweep(now)
		a := s.keys[key]
		if a == nil {
			a = &account{changed: make(chan struct{})}
			s.keys[key] = a
		}
		a.forget(now.Add(-s.stretch))
		// At a share of nothing the gate waits; one has to be there to see it open.
		over := len(a.left) + a.pending - max(1, int(float64(s.Requests)*share))
		if over < 0 || s.Requests <= 0 {
			a.pending++
			s.mu.Unlock()
			if told {
				s.seen(Event{})
			}
			return nil
		}
		changed, allowed := a.changed, s.Requests
		until := now.Add(s.stretch)
		if over < len(a.left) {
			until = a.left[over].Add(s.stretch)
		}
		s.mu.Unlock()
		if d := until.Sub(now); d >= time.Second && !told {
			told = true
			s.seen(Event{Why: fmt.Sprintf("the desk allows %d %s %s", allowed, s.What, perText(s.Per)), Until: until})
		}
		t := time.NewTimer(min(until.Sub(now), lookAgain)) // the share may grow meanwhile
		select {
		case <-t.C:
		case <-changed:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
		t.Stop()
	}
}

// settle gives a place back: spent when the request left, free again when it did not.
func (s *second) settle(key string, left bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.keys[key]
	a.pending--
	if left {
		a.left = append(a.left, s.now())
	}
	close(a.changed)
	a.changed = make(chan struct{})
}

// heard takes in what the desk says about its limit.
func (s *second) heard(h http.Header) {
	if s.Allowed == nil {
		return
	}
	if n, ok := s.Allowed(h); ok && n > 0 {
		s.mu.Lock()
		s.Requests = n
		s.mu.Unlock()
	}
}

// sweep forgets keys that have their whole budget again; s.mu is held.
func (s *second) sweep(now time.Time) {
	if now.Sub(s.swept) < s.stretch {
		return
	}
	s.swept = now
	for key, a := range s.keys {
		a.forget(now.Add(-s.stretch))
		if len(a.left) == 0 && a.pending == 0 {
			delete(s.keys, key)
		}
	}
}

func (a *account) forget(before time.Time) {
	n := 0
	for n < len(a.left) && !a.left[n].After(before) {
		n++
	}
	a.left = a.left[n:]
}

// perText says a stretch of time: "a minute", "in 10 minutes".
func perText(d time.Duration) string {
	switch {
	case d == time.Minute:
		return "a minute"
	case d%time.Minute == 0:
		return fmt.Sprintf("in %d minutes", d/time.Minute)
	}
	return fmt.Sprintf("in %v", d)
}
