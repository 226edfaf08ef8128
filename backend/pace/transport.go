package pace

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

const (
	attempts   = 4                // of a request that is safe to repeat
	refusals   = 20               // of one request in a row, before the caller hears of it
	firstPause = time.Second      // after a refusal that names no time
	longPause  = 60 * time.Second // the longest pause of our own choosing
)

type transport struct {
	base    http.RoundTripper
	limits  Limits
	gate    *gate
	seconds []*second
	backoff failsafe.Executor[*http.Response]
}

// newBackoff repeats what failed on its way, with growing, jittered pauses.
func newBackoff(seen func(Event)) failsafe.Executor[*http.Response] {
	policy := retrypolicy.NewBuilder[*http.Response]().
		HandleIf(func(r *http.Response, err error) bool { return transient(r, err) }).
		WithMaxAttempts(attempts).
		WithBackoff(250*time.Millisecond, 30*time.Second).
		WithJitterFactor(0.3).
		ReturnLastFailure().
		OnRetryScheduled(func(e failsafe.ExecutionScheduledEvent[*http.Response]) {
			if r := e.LastResult(); r != nil {
				discard(r)
			}
			if e.Delay >= time.Second {
				seen(Event{Why: "the desk did not answer properly, so it is asked again", Until: time.Now().Add(e.Delay)})
			}
		}).
		Build()
	return failsafe.With[*http.Response](policy)
}

// own is a transport for one account.
func own(parallel int) http.RoundTripper {
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport // somebody replaced it, and knows why
	}
	t := standard.Clone()
	t.MaxIdleConnsPerHost = parallel
	t.ResponseHeaderTimeout = 2 * time.Minute
	return t
}

// CloseIdleConnections lets go of connections that nobody uses.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// RoundTrip sends one request inside the limits.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		closeBody(req)
		return nil, errors.Join(ErrNotSent, err)
	}
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		return t.send(req)
	}
	resp, err := t.backoff.WithContext(ctx).GetWithExecution(func(failsafe.Execution[*http.Response]) (*http.Response, error) {
		return t.send(req)
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// send passes the gate and sends, again after each refusal that can be repeated.
func (t *transport) send(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	again := req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
	for n := 0; ; n++ {
		if err := t.pass(ctx, req); err != nil {
			if n == 0 {
				closeBody(req)
			}
			return nil, errors.Join(ErrNotSent, err)
		}
		try := req
		if n > 0 {
			try = req.Clone(ctx)
			if req.GetBody != nil {
				body, err := req.GetBody()
				if err != nil {
					t.gate.done(answer{}, t.limits)
					return nil, errors.Join(ErrNotSent, err)
				}
				try.Body = body
			}
		}
		resp, err := t.carry(try)
		if err != nil {
			return nil, err
		}
		until, refused := refusal(resp, n, t.gate.clock.now())
		if !refused {
			if resp.StatusCode < http.StatusInternalServerError {
				t.gate.accept()
			}
			return resp, nil
		}
		tooMany := resp.StatusCode == http.StatusTooManyRequests
		why := "the desk said: too many requests"
		if !tooMany {
			why = "the desk is not available and asked us to wait"
		}
		t.gate.refuse(until, why, tooMany)
		if !again || n+1 >= refusals {
			return resp, nil
		}
		discard(resp)
	}
}

// pass waits for a place in every second budget that counts this request, then for
// its turn in the main one.
func (t *transport) pass(ctx context.Context, req *http.Request) (err error) {
	left := false
	for _, s := range t.seconds {
		key, counts := s.Key(req)
		if !counts {
			continue
		}
		if err := s.take(ctx, key); err != nil {
			return err
		}
		defer func() { s.settle(key, left) }()
	}
	if err := t.gate.pass(ctx); err != nil {
		return err
	}
	left = true
	return nil
}

// carry sends a request that passed, once, and lets the gate learn from what came of it.
func (t *transport) carry(req *http.Request) (*http.Response, error) {
	a := answer{req: req, asked: t.gate.clock.now()}
	var steps trail
	resp, err := t.base.RoundTrip(steps.follow(req))
	a.resp = resp
	switch {
	case err != nil && steps.unsent(req, err):
		err = errors.Join(ErrNotSent, err)
		a.ill = req.Context().Err() == nil
	case err != nil:
		a.ill = req.Context().Err() == nil
	default:
		// Asking us to wait is no trouble: the closing answers it.
		a.ill = resp.StatusCode >= http.StatusInternalServerError && resp.Header.Get("Retry-After") == "" && resp.StatusCode != http.StatusNotImplemented
	}
	t.gate.done(a, t.limits)
	if resp != nil {
		for _, s := range t.seconds {
			s.heard(resp.Header)
		}
	}
	return resp, err
}

// refusal tells whether an answer says that the request was not processed, and
// when it may be sent again. n counts the refusals of this request so far.
func refusal(resp *http.Response, n int, now time.Time) (time.Time, bool) {
	until, told := RetryAfter(resp.Header, now)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		if told && until.After(now) {
			return until, true
		}
		// A moment that is over helps nobody: asked at once, the desk would refuse again.
		pause := min(firstPause<<min(n, 10), longPause)
		pause += time.Duration(rand.Int64N(int64(pause)/3 + 1)) // #nosec G404 -- jitter, not a secret
		return now.Add(pause), true
	case resp.StatusCode == http.StatusServiceUnavailable && told:
		return until, true
	}
	return time.Time{}, false
}

// RetryAfter reads the header of that name, in seconds or as a date, as a moment.
// A date has whole seconds, so one second is added to it: never too early.
func RetryAfter(h http.Header, now time.Time) (time.Time, bool) {
	v := h.Get("Retry-After")
	if v == "" {
		return time.Time{}, false
	}
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		if s < 0 || s != s {
			return time.Time{}, false
		}
		const longest = 10 * 365 * 24 * 3600 // keeps absurd figures inside a Duration
		return now.Add(time.Duration(min(s, longest) * float64(time.Second))), true
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return time.Time{}, false
	}
	// The desk's clock may differ from ours: its own Date header says by how much.
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		return now.Add(max(at.Sub(date), 0) + time.Second), true
	}
	return now.Add(at.Sub(now) + time.Second), true // by the steady clock from here on
}

// transient failures of a request that is safe to repeat.
func transient(r *http.Response, err error) bool {
	if err != nil {
		var dns *net.DNSError
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &dns) {
			return false
		}
		var network net.Error
		return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
	}
	switch r.StatusCode {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// discard ends an answer whose body nobody reads: a refusal is never data.
func discard(r *http.Response) {
	_, _ = io.CopyN(io.Discard, r.Body, 64<<10) // reading to the end keeps the connection
	_ = r.Body.Close()                          // nothing to say about an answer thrown away
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close() // a RoundTripper always closes it
	}
}
