// Package pace keeps every request inside a desk's limits: one budget per
// account, shared by every worker; the vendor's headers are read, Retry-After is
// honoured in full, and each wait is reported with its reason (invariant 11).
//
// A budget is what the desk allows per minute. A gate is where requests queue
// for it, one at a time. A refusal is the desk's own "too many" (429).
package pace

import (
	"errors"
	"net/http"
	"time"
)

// ErrNotSent is in the error of a request that never left, or that the desk surely
// did not process: it may be sent again without asking.
var ErrNotSent = errors.New("the request was not sent")

// Limits of one account at one desk.
type Limits struct {
	// PerMinute is how many requests may be sent; 0: no limit known.
	PerMinute int
	// Parallel is how many may be under way at once; 0: four.
	Parallel int
	// Left reads the vendor's headers: how many requests remain until reset.
	Left func(http.Header) (left int, reset time.Time, ok bool)
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
// reported at most once a second.
func Transport(base http.RoundTripper, limits Limits, seen func(Event)) http.RoundTripper {
	if seen == nil {
		seen = func(Event) {}
	}
	parallel := limits.Parallel
	if parallel <= 0 {
		parallel = 4
	}
	if base == nil {
		base = own(parallel)
	}
	return &transport{
		base:    base,
		gate:    newGate(limits.PerMinute, seen),
		left:    limits.Left,
		seen:    seen,
		slots:   make(chan struct{}, parallel),
		backoff: newBackoff(seen),
	}
}
