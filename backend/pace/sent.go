package pace

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// trail follows one request through net/http, to tell afterwards whether it can have
// reached the desk.
type trail struct {
	asked, connected, wrote atomic.Bool
}

// follow gives the request with the trail laid under it.
func (t *trail) follow(req *http.Request) *http.Request {
	return req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		// net/http may try a second connection where nothing was written to the first.
		GetConn:      func(string) { t.asked.Store(true); t.connected.Store(false) },
		GotConn:      func(httptrace.GotConnInfo) { t.connected.Store(true) },
		WroteHeaders: func() { t.wrote.Store(true) },
	}))
}

// unsent says whether a request that failed with err surely never left. A connection
// counts as made only after its encryption was agreed on.
func (t *trail) unsent(req *http.Request, err error) bool {
	var name *net.DNSError
	var dial *net.OpError
	never := t.asked.Load() && !t.connected.Load() ||
		errors.As(err, &name) || errors.As(err, &dial) && dial.Op == "dial"
	// net/http repeats these by itself after writing them, so a second connection that
	// fails says nothing about the first.
	return never && !(t.wrote.Load() && repeats(req))
}

func repeats(req *http.Request) bool {
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	_, a := req.Header["Idempotency-Key"]
	_, b := req.Header["X-Idempotency-Key"]
	return a || b
}
