// Package fake is a test server that behaves as Front's documentation says (facts:
// shared/apis/front.md, description: shared/openapi/front.json). It keeps everything in
// memory, refuses what the documentation does not know, imports asynchronously, and counts
// every message, rule and webhook that a real Front would have set off.
package fake

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options of a fake. The zero value is a Front without limits, in a hurry.
type Options struct {
	// Token that requests must carry; empty: "front-token".
	Token string
	// Base is how links begin; empty: https://acme.api.frontapp.com, which is another host
	// than the one that requests go to, as with the real Front.
	Base string
	// PerMinute requests for the company, by plan 50, 100 or 200; 0: unlimited.
	PerMinute int
	// PerResource changes a second of one conversation, inbox or channel; 0: unlimited.
	PerResource int
	// Delay until an accepted import exists.
	Delay time.Duration
	// SearchLag is how far the search is behind.
	SearchLag time.Duration
	// SameUID: a repeated import is answered with the message_uid of the first one. The
	// documentation does not say; without it the answer names one that never exists.
	SameUID bool
	// Missing are scopes that the token lacks, such as "messages:write".
	Missing []string
	// RefuseBlocked: a blocked teammate is not taken as author; the documentation does not say.
	RefuseBlocked bool
	// Ticketing: the company has ticket statuses.
	Ticketing bool
	// Webhooks: an application listens to what happens.
	Webhooks bool
	// NoMarkField: there is no custom field "Waybill" on conversations.
	NoMarkField bool
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// MarkField is the custom field of conversations that every fake has unless told otherwise.
const MarkField = "Waybill"

type obj = map[string]any

// Server is one company in Front.
type Server struct {
	o Options

	mu      sync.Mutex
	ids     map[string]int64
	version int64 // of all conversations, for the cached order

	teammates []*teammate
	inboxes   []*inbox
	teams     []*team
	tags      []*tag
	accounts  []*account
	contacts  []*contact
	lists     []*list
	links     []*link
	convs     []*conv
	templates []*template
	folders   []obj
	rules     []*rule
	views     []obj
	shifts    []obj
	channels  []obj
	statuses  []obj
	fields    map[string][]*customField
	bases     []*base
	events    []*event

	byID      map[string]any
	handles   map[string]*contact // "email:a@b.c"
	domains   map[string]*account
	external  map[string]*account
	uids      map[string]*message
	imported  map[string]string // external id -> message_uid
	threads   map[string]*conv  // inbox + thread_ref
	files     map[string]*file
	queue     []queued
	ordered   []*conv
	orderedAt int64

	window  window
	search  window
	perRes  map[string]*window
	sent    int64 // messages that would have gone to customers
	fired   int64 // rules that would have acted
	hooked  int64 // webhooks that would have been called
	calls   map[string]int64
	limited int64
}

// New makes an empty company: one teammate, one team, one inbox with a channel.
func New(o Options) *Server {
	if o.Token == "" {
		o.Token = "front-token"
	}
	if o.Base == "" {
		o.Base = "https://acme.api.frontapp.com"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{
		o: o, ids: map[string]int64{}, byID: map[string]any{}, handles: map[string]*contact{}, domains: map[string]*account{},
		external: map[string]*account{}, uids: map[string]*message{}, imported: map[string]string{}, threads: map[string]*conv{},
		files: map[string]*file{}, perRes: map[string]*window{}, calls: map[string]int64{}, fields: map[string][]*customField{},
	}
	t := s.addTeam("Customer care")
	s.addTeammate("lee@acme.test", "Lee", "Ott", true)
	s.addInbox("Support", t)
	for _, r := range []string{"contacts", "accounts", "conversations", "teammates", "inboxes", "links"} {
		s.fields[r] = nil
	}
	if !o.NoMarkField {
		s.AddField("conversations", MarkField, "string")
	}
	if o.Ticketing {
		for i, c := range []string{"open", "waiting", "resolved"} {
			id := s.id("sts")
			s.statuses = append(s.statuses, obj{
				"_links": s.self("company/statuses/" + id), "id": id, "name": []string{"Open", "Waiting", "Resolved"}[i],
				"category": c, "description": "As it was set up", "created_at": s.now(), "updated_at": s.now(),
			})
		}
	}
	return s
}

func (s *Server) id(prefix string) string {
	s.ids[prefix]++
	return prefix + "_" + strconv.FormatInt(36*36+s.ids[prefix], 36)
}

// now in seconds with milliseconds, as Front writes times.
func (s *Server) now() float64 { return seconds(s.o.Now()) }

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (s *Server) self(path string) obj { return obj{"self": s.o.Base + "/" + path} }

// failure is what Front answers when it refuses.
type failure struct {
	status  int
	title   string
	message string
	details []string
}

func bad(details ...string) *failure {
	return &failure{400, "Bad request", "Invalid request body", details}
}

func notFound(what string) *failure {
	return &failure{http.StatusNotFound, "Not found", what + " not found", nil}
}

// reply is an answer: a body that becomes JSON, or bytes as they are.
type reply struct {
	status int
	body   any
	raw    []byte
	kind   string
	header http.Header
}

func ok(v any) reply      { return reply{status: http.StatusOK, body: v} }
func created(v any) reply { return reply{status: http.StatusCreated, body: v} }
func none() reply         { return reply{status: http.StatusNoContent} }

// call is one request, taken apart.
type call struct {
	method string
	parts  []string
	r      *http.Request
	body   []byte
	files  []*file
}

// ServeHTTP answers as Front does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{method: r.Method, r: r}
	for _, p := range strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/") {
		c.parts = append(c.parts, unescape(p))
	}
	fail := s.take(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	if f := s.limit(w.Header(), c, now); f != nil {
		s.refuse(w, f)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+s.o.Token {
		s.refuse(w, &failure{http.StatusUnauthorized, "Unauthenticated", "JSON web token is not valid", nil})
		return
	}
	if fail != nil {
		s.refuse(w, fail)
		return
	}
	s.settle(now)
	s.calls[c.method+" "+c.parts[0]+last(c.parts)]++
	a, f := s.route(c)
	if f != nil {
		s.refuse(w, f)
		return
	}
	for k, v := range a.header {
		w.Header()[k] = v
	}
	switch {
	case a.raw != nil:
		w.Header().Set("Content-Type", a.kind)
		w.Header().Set("Content-Length", strconv.Itoa(len(a.raw)))
		w.WriteHeader(a.status)
		_, _ = w.Write(a.raw) // a reader that left is no matter of ours
	case a.body == nil:
		w.WriteHeader(a.status)
	default:
		s.write(w, a.status, a.body)
	}
}

func last(parts []string) string {
	if len(parts) < 3 {
		return ""
	}
	return "/" + parts[len(parts)-1]
}

func (s *Server) write(w http.ResponseWriter, status int, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(bytes.TrimRight(b.Bytes(), "\n")) // as above
}

func (s *Server) refuse(w http.ResponseWriter, f *failure) {
	e := obj{"status": f.status, "title": f.title, "message": f.message}
	if len(f.details) > 0 {
		e["details"] = f.details
	}
	s.write(w, f.status, obj{"_error": e})
}

// scope refuses what the token may not do.
func (s *Server) scope(name string) *failure {
	if slices.Contains(s.o.Missing, name) {
		return &failure{http.StatusForbidden, "Forbidden", "Missing scope: " + name, nil}
	}
	return nil
}

// decode reads a JSON body and refuses fields that the documentation does not have.
func decode(c *call, v any) *failure {
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		what := err.Error()
		if name, ok := strings.CutPrefix(what, "json: unknown field "); ok {
			what = "body." + strings.Trim(name, `"`) + ": unexpected"
		}
		return bad(what)
	}
	return nil
}

// page cuts a list as Front does: limit, page_token, next.
func page[T any](s *Server, c *call, list []T, size int, render func(T) obj) (reply, *failure) {
	q := c.r.URL.Query()
	limit := size
	if v := q.Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 100 {
			return reply{}, &failure{400, "Bad request", "Invalid query", []string{"query.limit: must be between 1 and 100"}}
		}
		limit = n
	}
	from := 0
	if tok := q.Get("page_token"); tok != "" {
		n, err := strconv.ParseInt(tok, 36, 64)
		if err != nil || n < 0 {
			return reply{}, &failure{400, "Bad request", "Invalid page_token", nil}
		}
		from = min(int(n), len(list))
	}
	to := min(from+limit, len(list))
	items := make([]obj, 0, to-from)
	for _, x := range list[from:to] {
		items = append(items, render(x))
	}
	var next any
	if to < len(list) {
		q.Set("page_token", strconv.FormatInt(int64(to), 36))
		next = s.o.Base + c.r.URL.EscapedPath() + "?" + q.Encode()
	}
	return ok(obj{"_pagination": obj{"next": next}, "_links": obj{"self": s.o.Base + c.r.URL.EscapedPath()}, "_results": items}), nil
}

// whole is a list that Front does not page.
func whole[T any](s *Server, c *call, list []T, render func(T) obj) (reply, *failure) {
	items := make([]obj, 0, len(list))
	for _, x := range list {
		items = append(items, render(x))
	}
	return ok(obj{"_links": obj{"self": s.o.Base + c.r.URL.EscapedPath()}, "_results": items}), nil
}

func same(o obj) obj { return o }
