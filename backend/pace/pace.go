// Package pace keeps every request inside a desk's limits: one budget per
// account, shared by every worker; the vendor's headers are read, Retry-After is
// honoured in full, and each wait is reported with its reason (invariant 11).
package pace

import (
	"net/http"
	"time"
)

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
	// Why in words: "the desk allows 700 requests a minute".
	Why   string
	Until time.Time
	// Refused says that the desk itself said "too many" (429), rather than us waiting ahead.
	Refused bool
}
