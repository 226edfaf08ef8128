package practice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Server is a desk that listens.
type Server struct {
	// Address is its base address: "http://127.0.0.1:PORT".
	Address string
	// Token that requests must carry.
	Token string
	// Desk behind it.
	Desk *Desk

	http *http.Server
	done chan struct{}
	stop func() bool
}

// Serve opens a desk and listens on address ("127.0.0.1:0" picks a free port)
// until the context ends or Close is called. Only loopback addresses are served:
// the desk is for practice, not for a network.
func Serve(ctx context.Context, address string, o Options) (*Server, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("practice desk address %q: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("practice desk address %q: only addresses of this computer, such as 127.0.0.1:0, are served", address)
	}
	d, err := New(o)
	if err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("practice desk: %w", err), d.Close())
	}
	s := &Server{
		Address: "http://" + l.Addr().String(), Token: d.Token(), Desk: d,
		http: &http.Server{Handler: d.Handler(), ReadHeaderTimeout: 30 * time.Second},
		done: make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(l) // always ends with ErrServerClosed, by Close
	}()
	s.stop = context.AfterFunc(ctx, func() { _ = s.http.Close() })
	return s, nil
}

// Wait returns when the server has ended.
func (s *Server) Wait() { <-s.done }

// Close ends the server at once, and then the desk.
func (s *Server) Close() error {
	s.stop()
	err := s.http.Close()
	<-s.done
	return errors.Join(err, s.Desk.Close())
}

// discardWriter takes an answer that nobody will see.
type discardWriter struct{ header http.Header }

func (w discardWriter) Header() http.Header         { return w.header }
func (w discardWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w discardWriter) WriteHeader(int)             {}

// bufferWriter keeps an answer.
type bufferWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *bufferWriter) Header() http.Header         { return w.header }
func (w *bufferWriter) Write(b []byte) (int, error) { return w.body.Write(b) }
func (w *bufferWriter) WriteHeader(status int)      { w.status = status }

// resetConnection ends a connection the hard way, as a failing firewall does.
func resetConnection(w http.ResponseWriter) {
	h, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	c, _, err := h.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // unsent data is thrown away: a reset
	}
	_ = c.Close() // the point of it
}

type halfKey struct{}

func withHalf(ctx context.Context) context.Context { return context.WithValue(ctx, halfKey{}, true) }

func isHalf(ctx context.Context) bool { return ctx.Value(halfKey{}) != nil }
