package pace_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"waybill/backend/pace"
)

// listen serves each connection with do, on a real socket.
func listen(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed by the clean-up
			}
			do(c)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// head reads a request's head, and gives how much of its body came with it.
func head(c net.Conn) int {
	var got []byte
	b := make([]byte, 1)
	for !bytes.HasSuffix(got, []byte("\r\n\r\n")) {
		if n, err := c.Read(b); n == 0 || err != nil {
			return len(got)
		}
		got = append(got, b[0])
	}
	return len(got)
}

// Invariant 4 rests on this: what surely never left says so, and what may have
// arrived never does.
func TestInvariant4_SurelyNotSentOrUnknown(t *testing.T) {
	refused := func(t *testing.T) string { // nobody listens there any more
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return "http://" + l.Addr().String()
	}
	secure := func(t *testing.T) string {
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.EnableHTTP2 = true
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		t.Cleanup(s.Close)
		return s.URL
	}
	for _, x := range []struct {
		name    string
		address func(*testing.T) string
		base    func(*http.Transport)
		header  string
		timeout time.Duration
		unsent  bool
	}{
		{name: "a name that does not exist", unsent: true, base: func(b *http.Transport) {
			b.DialContext = (&net.Dialer{Resolver: &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.DNSError{Err: "no such host", Name: "desk.invalid", IsNotFound: true}
			}}}).DialContext
		}, address: func(*testing.T) string { return "http://desk.invalid" }},
		{name: "connection refused", unsent: true, address: refused},
		{name: "connection refused, with a key for repeating", unsent: true, address: refused, header: "Idempotency-Key"},
		{name: "nobody picks up in time", unsent: true, timeout: 100 * time.Millisecond, base: func(b *http.Transport) {
			b.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				<-ctx.Done() // as a packet that nobody answers
				return nil, &net.OpError{Op: "dial", Net: network, Err: ctx.Err()}
			}
		}, address: refused},
		{name: "the dialer's own time-out", unsent: true, address: refused, base: func(b *http.Transport) {
			b.DialContext = (&net.Dialer{Deadline: time.Unix(1, 0)}).DialContext
		}},
		{name: "a certificate that nobody signed", unsent: true, address: secure},
		{name: "no common version of encryption", unsent: true, address: secure, base: func(b *http.Transport) {
			b.TLSClientConfig = &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS10, MinVersion: tls.VersionTLS10} // #nosec G402 -- it must fail
		}},
		{name: "encryption that never answers", unsent: true, address: func(t *testing.T) string {
			return "https://" + listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }) // until the client gives up
		}, base: func(b *http.Transport) { b.TLSHandshakeTimeout = 100 * time.Millisecond }},
		{name: "hung up during encryption", unsent: true, address: func(t *testing.T) string {
			return "https://" + listen(t, func(c net.Conn) { _, _ = io.ReadFull(c, make([]byte, 5)) }) // then it hangs up
		}},
		{name: "hung up after the head", address: func(t *testing.T) string {
			return "http://" + listen(t, func(c net.Conn) { head(c) })
		}},
		{name: "hung up after the head, with a key for repeating", header: "Idempotency-Key", address: func(t *testing.T) string {
			return "http://" + listen(t, func(c net.Conn) { head(c) })
		}},
		{name: "reset in the middle of the answer", address: func(t *testing.T) string {
			return "http://" + listen(t, func(c net.Conn) {
				head(c)
				_, _ = io.WriteString(c, "HTTP/1.1 2") // the reset below is the point
				if tcp, ok := c.(*net.TCPConn); ok {
					_ = tcp.SetLinger(0) // a reset, not an end
				}
			})
		}},
		{name: "no answer in time", timeout: 200 * time.Millisecond, address: func(t *testing.T) string {
			return "http://" + listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }) // until the client gives up
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			base := &http.Transport{}
			if x.base != nil {
				x.base(base)
			}
			defer base.CloseIdleConnections()
			rt := pace.Transport(base, pace.Limits{}, nil)
			ctx := t.Context()
			if x.timeout > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, x.timeout)
				defer cancel()
			}
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, x.address(t), strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			if x.header != "" {
				req.Header.Set(x.header, "1")
			}
			resp, err := rt.RoundTrip(req)
			if err == nil {
				t.Fatalf("an answer came: %v", resp.Status)
			}
			if errors.Is(err, pace.ErrNotSent) != x.unsent {
				t.Errorf("surely not sent: %v, want %v: %v", !x.unsent, x.unsent, err)
			}
		})
	}
}

// A connection that was kept and is dead when it is used again: net/http makes a
// second one, which is refused. Nothing can have arrived for a plain write; a write
// that net/http repeats by itself may have.
func TestInvariant4_AKeptConnectionThatDied(t *testing.T) {
	for _, key := range []bool{false, true} {
		answered := make(chan struct{})
		var l net.Listener
		var err error
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		arrived := make(chan int, 1)
		go func() {
			c, err := l.Accept()
			if err != nil {
				return // the test failed before
			}
			head(c)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") // seen by the client, or the test fails
			_ = l.Close()                                                            // from here on nobody can connect
			close(answered)
			arrived <- head(c) // the second request arrives whole
			_ = c.Close()      // and is never answered
		}()
		base := &http.Transport{}
		rt := pace.Transport(base, pace.Limits{}, nil)
		address := "http://" + l.Addr().String()
		first, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := rt.RoundTrip(first)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body) // to keep the connection
		_ = resp.Body.Close()
		<-answered
		second, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if key {
			second.Header.Set("Idempotency-Key", "1")
		}
		_, err = rt.RoundTrip(second)
		if err == nil || errors.Is(err, pace.ErrNotSent) {
			t.Errorf("key %v: a request that arrived was called unsent: %v", key, err)
		}
		if n := <-arrived; n == 0 {
			t.Error("the second request did not arrive on the kept connection, so nothing was proven")
		}
		base.CloseIdleConnections()
	}
}
