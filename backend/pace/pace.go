// Package pace keeps every request inside a desk's limits: one budget per
// account, shared by every worker; the vendor's headers are read, Retry-After is
// honoured in full, and each wait is reported with its reason (invariant 11).
//
// A budget is what the desk allows per minute. A schedule says how much of it a
// migration may have, and when. A gate is where requests queue for it, one at a
// time. The width is how many may be under way at once. A refusal is the desk's own
// "too many" (429).
package pace

import (
	"errors"
	"net/http"
	"time"
)

// ErrNotSent is in the error of a request that never left, or that the desk surely
// did not process: it may be sent again without asking. It is there when the desk's
// name was not found, the connection was refused or not made in time, or its
// certificate was not accepted; it is never there once writing may have begun.
var ErrNotSent = errors.New("the request was not sent")

// Limits of one account at one desk.
type Limits struct {
	// PerMinute is how many requests may be sent; 0: no limit known.
	PerMinute int
	// Parallel is how many may be under way at once, at most; 0: four. How many there
	// are is found out: as many as it takes to use the limit, fewer when the desk
	// fails or slows down.
	Parallel int
	// Left reads the vendor's headers: how many requests remain until reset. A reset
	// made with time.Now is ours; any other is a moment of the desk's own clock, which
	// is corrected by what its Date header says.
	Left func(http.Header) (left int, reset time.Time, ok bool)
	// Allowed reads the limit per minute from the vendor's headers; it replaces PerMinute.
	Allowed func(http.Header) (perMinute int, ok bool)
	// Budgets are further limits of some requests, inside the first; the narrowest
	// first, because who waits for one keeps the places taken in those before it.
	Budgets []Budget
	// Schedule says how much of the limit may be spent now; nil: all of it, always. It
	// is asked at each request, from many goroutines, so that a change holds at once.
	Schedule func() Schedule
}

// Event is a wait, or the end of one, for the screen.
type Event struct {
	// Why in words: "the desk allows 700 requests a minute". Empty: the wait is over.
	Why   string
	Until time.Time
	// Refused says that the desk itself said "too many" (429), rather than us waiting ahead.
	Refused bool
}

// Transport sends requests through base and keeps them inside the limits. All
// callers of one Transport share one budget, so an account has exactly one.
//
// It paces ahead: requests leave evenly, slightly below the limit, so that the
// desk has no reason to refuse. Where the desk reports what is left (Limits.Left)
// it slows down when others spend the same budget.
//
// A refused request (429, or 503 with Retry-After) was not processed: it is sent
// again, whatever its method, once the wait that the desk asked for is over, in
// full, provided that its body can be sent again (http.Request.GetBody). Other
// failures are repeated for GET and HEAD only, at most three times.
//
// base carries the requests; nil gives it connections of its own, as many as may be
// under way, which wait two minutes for an answer to begin. Whoever is done calls
// http.Client.CloseIdleConnections.
//
// Every wait ends when the request's context does. seen may be nil; it is called
// from many goroutines and must not block. A wait shorter than a second is
// reported at most once a second. StatsOf tells what a screen draws.
func Transport(base http.RoundTripper, limits Limits, seen func(Event)) http.RoundTripper {
	if seen == nil {
		seen = func(Event) {}
	}
	if limits.Parallel <= 0 {
		limits.Parallel = 4
	}
	if base == nil {
		base = own(limits.Parallel)
	}
	t := &transport{base: base, limits: limits, gate: newGate(limits, seen), backoff: newBackoff(seen)}
	for _, b := range limits.Budgets {
		t.seconds = append(t.seconds, newSecond(b, t.gate))
	}
	return t
}
