// Package fake is an Intercom workspace for tests: the REST API 2.16 as Intercom's OpenAPI
// file and developers.intercom.com describe it, in memory. It keeps the ceilings (500
// parts, 10,000 companies in a list, one scroll at a time that dies after a minute, dates
// of contact searches cut to the day), refuses what it does not know, and counts every
// message that the real one would have sent to somebody.
package fake

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Version of the API that is spoken.
const Version = "2.16"

// PartCeiling is how many parts of a conversation or ticket are given: the newest
// (OpenAPI 2.16, GET /conversations/{id}: "Hard limit of 500 parts").
const PartCeiling = 500

// MaxFile is the largest file in a reply. The documentation names none for the API; the
// messenger takes 40 MB (intercom.com/help, "Sending attachments").
const MaxFile = 40 << 20

// Options of a workspace.
type Options struct {
	// Token that requests must carry; empty: "token".
	Token string
	// PerMinute requests, counted in windows of ten seconds; 0: no limit.
	PerMinute int
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Delay of each answer.
	Delay time.Duration
	// SearchLag is how long new contacts and conversations stay invisible to searches.
	SearchLag time.Duration
	// Zone of the workspace, by which contact searches cut days; nil: UTC.
	Zone *time.Location
	// Missing lists the rights that the token lacks: "contacts", "companies",
	// "conversations", "tickets", "articles", "delete".
	Missing []string
	// Workflows: workflows and Fin are live, as on a desk that nobody prepared. They answer
	// whatever customers write through the API.
	Workflows bool
	// EmptyCompanies are listed although they have no contact. The real ones are not
	// (POST /companies/list); the examination writes each object by itself and needs it.
	EmptyCompanies bool
	// ScrollSize is how many companies a page of the scroll has; 0: 100.
	ScrollSize int
	// ListCeiling is how many companies a list gives; 0: 10,000.
	ListCeiling int
}

// Server is a workspace. It is safe for concurrent use.
type Server struct {
	o   Options
	mux *http.ServeMux

	mu     sync.Mutex
	window int64 // which ten seconds
	used   int

	lastID    int64
	revision  int64 // counts changes, for what is kept sorted
	mails     int64
	requests  int64
	me        *admin
	admins    []*admin
	teams     []*team
	tags      []*tag
	segments  []obj
	contacts  table[*contact]
	companies table[*company]
	threads   map[kind]*threads
	attrs     []*attribute // of contacts and companies
	convAttrs []*attribute
	types     []*ticketType
	states    []obj
	articles  table[*article]
	shelves   table[*shelf]
	internal  table[*article]
	macros    []obj
	side      map[string][]obj
	deleted   []obj
	scroll    *scroll
	files     map[string]*file
	users     map[string]string // unique values of users, to their ids
	firms     map[string]string // company ids that customers gave, to ours
}

type obj = map[string]any

// table keeps records by id and in the order of their creation.
type table[T any] struct {
	by    map[string]T
	order []string
}

func (t *table[T]) put(id string, x T) {
	if t.by == nil {
		t.by = map[string]T{}
	}
	if _, ok := t.by[id]; !ok {
		t.order = append(t.order, id)
	}
	t.by[id] = x
}

func (t *table[T]) drop(id string) {
	delete(t.by, id)
	if i := slices.Index(t.order, id); i >= 0 {
		t.order = slices.Delete(t.order, i, i+1)
	}
}

func (t *table[T]) each(f func(T)) {
	for _, id := range t.order {
		f(t.by[id])
	}
}

// New makes a workspace with one teammate, one ticket type and nothing else.
func New(o Options) *Server {
	if o.Token == "" {
		o.Token = "token"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.ScrollSize == 0 {
		o.ScrollSize = 100
	}
	if o.ListCeiling == 0 {
		o.ListCeiling = 10_000
	}
	s := &Server{
		o: o, lastID: 100, files: map[string]*file{}, side: map[string][]obj{}, users: map[string]string{}, firms: map[string]string{},
		threads: map[kind]*threads{conversations: newThreads(), tickets: newThreads()},
	}
	s.me = s.addAdmin("Waybill Import", "import@acme.test")
	s.addTicketType("Request", "Customer")
	s.routes()
	return s
}

func (s *Server) next() int64 { s.lastID++; return s.lastID }

// hexID is an id as contacts and companies have it.
func (s *Server) hexID() string {
	var b [12]byte
	n := uint64(s.next())
	for i := range 8 {
		b[11-i] = byte(n >> (8 * i))
	}
	b[0], b[1] = 0x67, 0x62
	return hex.EncodeToString(b[:])
}

func (s *Server) now() int64 { return s.o.Now().Unix() }

// failure is an answer that is not a success.
type failure struct {
	status               int
	code, message, field string
}

func (f *failure) Error() string { return f.code + ": " + f.message }

func fail(status int, code, message string) *failure {
	return &failure{status: status, code: code, message: message}
}

func bad(code, format string, a ...any) *failure {
	return fail(http.StatusBadRequest, code, fmt.Sprintf(format, a...))
}

func notFound(what string) *failure {
	return fail(http.StatusNotFound, "not_found", what+" Not Found")
}

// request is one call with what is known of it.
type request struct {
	*http.Request
	body obj
	host string
}

func (r *request) id() string { return r.PathValue("id") }

// handle registers a call. right is what the token needs; params are the query's names
// that are known, fields those of the body; no fields: no body.
func (s *Server) handle(pattern, right string, params, fields []string, f func(*request) (any, *failure)) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		x := &request{Request: r, host: "http://" + r.Host}
		if r.TLS != nil {
			x.host = "https://" + r.Host
		}
		for name := range r.URL.Query() {
			if !slices.Contains(params, name) {
				s.refuse(w, bad("parameter_invalid", "unknown parameter %s", name))
				return
			}
		}
		if err := x.read(fields); err != nil {
			s.refuse(w, err)
			return
		}
		if slices.Contains(s.o.Missing, right) || r.Method == http.MethodDelete && slices.Contains(s.o.Missing, "delete") {
			s.refuse(w, fail(http.StatusForbidden, "forbidden", "You do not have the required scope to access this resource"))
			return
		}
		s.mu.Lock()
		v, err := f(x)
		var out []byte
		if err == nil {
			var e error
			if out, e = json.Marshal(v); e != nil {
				err = fail(http.StatusInternalServerError, "server_error", e.Error())
			}
		}
		s.mu.Unlock()
		if err != nil {
			s.refuse(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(out) // a reader that left is the caller's matter
	})
}

// read takes the body, which must hold nothing but the fields.
func (r *request) read(fields []string) *failure {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return fail(http.StatusRequestTimeout, "request_timeout", "the request broke off")
	}
	if len(b) == 0 {
		if len(fields) > 0 {
			r.body = obj{}
		}
		return nil
	}
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return fail(http.StatusNotAcceptable, "media_type_not_acceptable", "The Content-Type must be application/json")
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	if err := d.Decode(&r.body); err != nil {
		return bad("bad_request", "bad 'application/json' body: %v", err)
	}
	for name := range r.body {
		if !slices.Contains(fields, name) {
			return bad("parameter_invalid", "unknown parameter %s", name)
		}
	}
	return nil
}

func (s *Server) refuse(w http.ResponseWriter, f *failure) {
	e := obj{"code": f.code, "message": f.message}
	if f.field != "" {
		e["field"] = f.field
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(obj{"type": "error.list", "request_id": nil, "errors": []obj{e}}) // as above
}

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.o.Delay > 0 {
		t := time.NewTimer(s.o.Delay)
		select {
		case <-t.C:
		case <-r.Context().Done():
			t.Stop()
			return
		}
	}
	if strings.HasPrefix(r.URL.Path, "/i/o/") {
		s.content(w, r)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+s.o.Token {
		// Without good credentials there are no limit headers (rate limiting page).
		s.refuse(w, fail(http.StatusUnauthorized, "unauthorized", "Access Token Invalid"))
		return
	}
	if !s.count(w) {
		s.refuse(w, fail(http.StatusTooManyRequests, "rate_limit_exceeded",
			fmt.Sprintf("Exceeded rate limit of %d in 10_seconds", s.o.PerMinute/6)))
		return
	}
	if r.Header.Get("Intercom-Version") != Version {
		s.refuse(w, bad("intercom_version_invalid", "The requested version is invalid: send Intercom-Version: %s", Version))
		return
	}
	if _, pattern := s.mux.Handler(r); pattern == "" {
		s.refuse(w, notFound("Resource"))
		return
	}
	s.mux.ServeHTTP(w, r)
}

// count takes a place in the window of ten seconds and sets the headers.
func (s *Server) count(w http.ResponseWriter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	if s.o.PerMinute == 0 {
		return true
	}
	limit, window := max(s.o.PerMinute/6, 1), s.now()/10
	if window != s.window {
		s.window, s.used = window, 0
	}
	ok := s.used < limit
	if ok {
		s.used++
	}
	w.Header().Set("X-RateLimit-Limit", strconv.Itoa(limit))
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(limit-s.used))
	w.Header().Set("X-RateLimit-Reset", strconv.FormatInt((window+1)*10, 10))
	return ok
}

// Mails is how many messages the real workspace would have sent to people so far:
// replies that were not silenced, and what workflows and Fin would have answered.
func (s *Server) Mails() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails
}

// Requests is how many requests were answered.
func (s *Server) Requests() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// changed notes that something is not as it was.
func (s *Server) changed() { s.revision++ }

// text reads a body's value that may be a string or a number.
func text(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}

// seconds reads a Unix time.
func seconds(v any) (int64, bool) {
	switch x := v.(type) {
	case nil:
		return 0, true
	case json.Number:
		n, err := x.Int64()
		return n, err == nil
	case string:
		n, err := strconv.ParseInt(x, 10, 64)
		return n, err == nil
	}
	return 0, false
}

// orNull gives a JSON null for nothing.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func timeOrNull(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func number(r *http.Request, name string, std, most int) (int, *failure) {
	v := r.URL.Query().Get(name)
	if v == "" {
		return std, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > most {
		return 0, bad("parameter_invalid", "%s must be between 1 and %d", name, most)
	}
	return n, nil
}
