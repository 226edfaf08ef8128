package conform

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// deskHost is where the fake is found on the in-memory network.
const deskHost = "desk.conform.test"

// network is an in-memory network with one host. It is the fake's listener, too.
type network struct {
	incoming chan net.Conn
	closed   chan struct{}
	once     sync.Once
	down     atomic.Bool // nobody listens

	mu    sync.Mutex
	other []string // other hosts that somebody tried to reach
}

func newNetwork() *network {
	return &network{incoming: make(chan net.Conn), closed: make(chan struct{})}
}

func (n *network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if host != deskHost {
		n.mu.Lock()
		n.other = append(n.other, host)
		n.mu.Unlock()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
	}
	if n.down.Load() {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	ours, theirs := net.Pipe()
	reset := &atomic.Bool{}
	select {
	case n.incoming <- &wire{Conn: theirs, broken: reset}:
		return &wire{Conn: ours, broken: reset}, nil
	case <-n.closed:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept, Close and Addr make the network a listener.
func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.incoming:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

func (n *network) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// wire is one end of a connection. Once it is broken, its reader sees a reset.
type wire struct {
	net.Conn
	broken *atomic.Bool
}

func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if err != nil && w.broken.Load() {
		return n, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	return n, err
}

// fault is what the interceptor does to a request.
type fault struct {
	kind  faultKind
	times int // 0: always
	skip  int // so many matching requests pass before
	match func(*http.Request) bool
	retry string // Retry-After as it is
}

type faultKind uint8

const (
	dropBefore  faultKind = iota + 1 // the connection ends, nothing was done
	dropAfter                        // the work is done, the connection ends
	resetAfter                       // the work is done, the connection is reset
	errorBefore                      // 500, nothing was done
	errorAfter                       // 500, the work is done
	halfBody                         // the work is done, half of the answer arrives
	page                             // a proxy's page with status 200, nothing was done
	pageAfter                        // such a page although the work is done
	tooMany                          // 429, nothing was done
	stall                            // nothing is done or answered until the caller goes
	stallAfter                       // the work is done, then as stall
	elsewhere                        // a redirect to another host
)

// seen is one request that arrived.
type seen struct {
	method, path string
	at           time.Time
	struck       bool
}

// interceptor stands between connector and desk.
type interceptor struct {
	next http.Handler

	mu     sync.Mutex
	faults []*fault
	log    []seen
	bodies [][]byte // of answers, when kept
	keep   bool
	// arrived gets a word from each stalled request.
	arrived chan struct{}
}

func (i *interceptor) set(faults ...*fault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.faults = faults
	i.arrived = make(chan struct{}, 100)
}

// spent tells whether every fault that was to strike has struck.
func (i *interceptor) spent() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, f := range i.faults {
		if f.times >= 0 {
			return false
		}
	}
	return true
}

func (i *interceptor) forget() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.log = nil
}

func (i *interceptor) requests() []seen {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]seen(nil), i.log...)
}

func (i *interceptor) record() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keep, i.bodies = true, nil
}

func (i *interceptor) answers() [][]byte {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.bodies
}

// choose finds the fault for a request.
func (i *interceptor) choose(r *http.Request) *fault {
	i.mu.Lock()
	defer i.mu.Unlock()
	var hit *fault
	for _, f := range i.faults {
		if f.match != nil && !f.match(r) || f.times < 0 {
			continue
		}
		if f.skip > 0 {
			f.skip--
			continue
		}
		hit = f
		if f.times > 0 {
			if f.times--; f.times == 0 {
				f.times = -1 // spent
			}
		}
		break
	}
	i.log = append(i.log, seen{method: r.Method, path: r.URL.Path, at: time.Now(), struck: hit != nil})
	return hit
}

func (i *interceptor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := i.choose(r)
	if f == nil {
		i.mu.Lock()
		keep := i.keep
		i.mu.Unlock()
		if !keep {
			i.next.ServeHTTP(w, r)
			return
		}
		a := i.work(r)
		i.mu.Lock()
		i.bodies = append(i.bodies, a.body.Bytes())
		i.mu.Unlock()
		a.send(w, a.body.Len())
		return
	}
	switch f.kind {
	case dropBefore:
		_, _ = io.Copy(io.Discard, r.Body) // as if it had been on its way to somebody
		panic(http.ErrAbortHandler)
	case dropAfter:
		i.work(r)
		panic(http.ErrAbortHandler)
	case resetAfter:
		i.work(r)
		reset(w)
	case errorBefore:
		_, _ = io.Copy(io.Discard, r.Body)
		http.Error(w, `{"error":"broken"}`, http.StatusInternalServerError)
	case errorAfter:
		i.work(r)
		http.Error(w, `{"error":"broken"}`, http.StatusInternalServerError)
	case halfBody:
		a := i.work(r)
		a.send(w, a.body.Len()/2)
		panic(http.ErrAbortHandler)
	case page, pageAfter:
		if f.kind == pageAfter {
			i.work(r)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><html><body><h1>Please sign in</h1></body></html>")
	case tooMany:
		_, _ = io.Copy(io.Discard, r.Body)
		if f.retry != "" {
			w.Header().Set("Retry-After", f.retry)
		}
		// A refusal's body may look like data; nobody may take it for that.
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"items":[],"results":[],"next":null,"total":0}`)
	case stall, stallAfter:
		if f.kind == stallAfter {
			i.work(r)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		i.arrived <- struct{}{}
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case elsewhere:
		w.Header().Set("Location", "http://elsewhere.conform.test/take?all=1")
		w.WriteHeader(http.StatusFound)
	}
}

// work lets the desk do its work, and keeps the answer.
func (i *interceptor) work(r *http.Request) *kept {
	a := &kept{header: http.Header{}, status: http.StatusOK}
	i.next.ServeHTTP(a, r)
	return a
}

// kept is an answer that was not sent yet.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }
func (k *kept) WriteHeader(status int)      { k.status = status }

// send sends the first n bytes of an answer that says that it is whole.
func (k *kept) send(w http.ResponseWriter, n int) {
	for name, values := range k.header {
		w.Header()[name] = values
	}
	if k.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(k.body.Len()))
	}
	w.WriteHeader(k.status)
	_, _ = w.Write(k.body.Bytes()[:n]) // a reader that went away is the point of some tests
	if f, ok := w.(http.Flusher); ok && n < k.body.Len() {
		f.Flush()
	}
}

func reset(w http.ResponseWriter) {
	h, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	c, _, err := h.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	switch x := c.(type) {
	case *wire:
		x.broken.Store(true)
	case *net.TCPConn:
		_ = x.SetLinger(0) // unsent data is thrown away: a reset
	}
	_ = c.Close() // the point of it
}

func isRead(r *http.Request) bool  { return r.Method == http.MethodGet || r.Method == http.MethodHead }
func isWrite(r *http.Request) bool { return !isRead(r) && !strings.Contains(r.URL.Path, "search") }
