package pace

import (
	"net/http"
	"time"
)

// steady is a clock that nobody can set: it begins with the wall clock's time and
// then only counts seconds. Waits that a desk asked for are measured by it, so that a
// clock set back or forward neither prolongs nor shortens them.
type steady struct{ begun time.Time }

func (s steady) now() time.Time { return s.begun.Add(time.Since(s.begun)) }

// skew is what we know about a desk's clock: how far it is ahead of ours, between
// two bounds. Each answer's Date header, a whole second, narrows them.
type skew struct {
	low, high time.Duration
	known     bool
}

// heard takes in an answer that was asked for and received at these moments.
func (s *skew) heard(h http.Header, asked, received time.Time) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return // no answer has to have one
	}
	low, high := date.Sub(received), date.Add(time.Second).Sub(asked)
	if !s.known || max(low, s.low) > min(high, s.high) { // one of the clocks was set
		s.low, s.high, s.known = low, high, true
		return
	}
	s.low, s.high = max(low, s.low), min(high, s.high)
}

// ours turns a moment of the desk's clock into one of ours, the latest that it can
// be: waiting a little longer costs little, coming too early costs a refusal.
func (s *skew) ours(t time.Time) time.Time {
	if !s.known || t != t.Round(0) {
		return t // a time with a monotonic reading was made from our own clock
	}
	return t.Add(-s.low)
}
