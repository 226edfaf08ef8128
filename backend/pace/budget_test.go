package pace

import (
	"errors"
	"math"
	"net/http"
	"net/http/httptrace"
	"testing"
	"time"
)

// A late answer about a window that is over says nothing about the new one.
func TestInvariant11_AnswersThatOvertakeEachOther(t *testing.T) {
	now := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	b := budget{told: 10, factor: 1, left: math.Inf(1)}
	b.heed(now, 500, 1, now.Add(time.Minute), now.Add(time.Minute), 1)
	if b.heed(now.Add(time.Millisecond), 0, 1, now.Add(-5*time.Second), now.Add(-5*time.Second), 1) {
		t.Error("closed by a window that is over")
	}
	// The same by a clock that makes the old window seem to go on for a moment.
	if b.heed(now.Add(time.Millisecond), 0, 1, now, now.Add(500*time.Millisecond), 1) {
		t.Error("closed by the window before")
	}
	if rate, _ := b.rate(1); rate < 8 {
		t.Errorf("%v a second, although 500 are left for a minute", rate)
	}
}

// Once our share of a window is used up nothing leaves, until the next window has to
// be asked for.
func TestInvariant11_AUsedUpShareEndsWithItsWindow(t *testing.T) {
	now := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	end := now.Add(time.Minute)
	b := budget{factor: 1, left: math.Inf(1)}
	b.heed(now, 99, 1, end, end, 0.5)
	for range 60 {
		b.leave(now, math.Inf(1))
	}
	b.heed(now.Add(10*time.Second), 39, 1, end, end, 0.5)
	if rate, _ := b.rate(0.5); rate > 0.01 {
		t.Errorf("%v a second, although half of the window is used", rate)
	}
	if b.expire(end); b.left > 0.01 {
		t.Error("it ended early")
	}
	b.expire(end.Add(time.Millisecond))
	if rate, _ := b.rate(0.5); rate != 1 {
		t.Errorf("%v a second in a window that nobody knows yet, want one to ask with", rate)
	}
}

// net/http makes a second connection where nothing was written to the first: if that
// one fails, nothing was sent.
func TestInvariant4_ASecondConnectionThatFails(t *testing.T) {
	failed := errors.New("no words that anybody could decide by")
	for _, x := range []struct {
		name   string
		method string
		steps  func(*httptrace.ClientTrace)
		unsent bool
	}{
		{"nobody was asked", "POST", func(*httptrace.ClientTrace) {}, false}, // not net/http: nothing is known
		{"no connection", "POST", func(c *httptrace.ClientTrace) { c.GetConn("") }, true},
		{"a connection", "POST", func(c *httptrace.ClientTrace) { c.GetConn(""); c.GotConn(httptrace.GotConnInfo{}) }, false},
		{"a second one failed", "POST", func(c *httptrace.ClientTrace) {
			c.GetConn("")
			c.GotConn(httptrace.GotConnInfo{})
			c.GetConn("")
		}, true},
		{"a second one after writing, for what is repeated", "GET", func(c *httptrace.ClientTrace) {
			c.GetConn("")
			c.GotConn(httptrace.GotConnInfo{})
			c.WroteHeaders()
			c.GetConn("")
		}, false},
	} {
		req, err := http.NewRequestWithContext(t.Context(), x.method, "http://desk", nil)
		if err != nil {
			t.Fatal(err)
		}
		var steps trail
		x.steps(httptrace.ContextClientTrace(steps.follow(req).Context()))
		if got := steps.unsent(req, failed); got != x.unsent {
			t.Errorf("%s: surely not sent %v, want %v", x.name, got, x.unsent)
		}
	}
}
