// Package fake is a Zendesk for tests: Support and Guide in memory, written from
// Zendesk's documentation (developer.zendesk.com and its published OpenAPI file). It
// answers at the same paths with the same paging, limits, errors and jobs, and counts
// every message that the real one would have sent.
package fake

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options of a fake. Zero values are the fastest desk: no limits, no delays.
type Options struct {
	// Email and APIToken are accepted as Basic credentials; AccessToken as Bearer; ClientID
	// and ClientSecret at the token address. Empty: that way is closed.
	Email, APIToken, AccessToken, ClientID, ClientSecret string
	// Role of whoever the credentials belong to; empty: admin. An agent may neither export
	// nor import; a light agent may write nothing at all.
	Role string
	// PerMinute limits all requests, IncrementalPerMinute those to incremental exports,
	// UpdatesPerMinute the changes of single tickets; 0: unlimited.
	PerMinute, IncrementalPerMinute, UpdatesPerMinute int
	// Withheld is how long the newest records are kept back from incremental exports; the
	// real one keeps back one minute.
	Withheld time.Duration
	// JobDelay is how long a background job waits before it does its work.
	JobDelay time.Duration
	// NoBulkUsers: bulk import of users is not enabled, so it is answered by 403.
	NoBulkUsers bool
	// SmallPlan: side conversations, SLA policies and webhooks are not part of the plan.
	SmallPlan bool
	// Duplicates: each page of an incremental export begins with the last record of the page
	// before, as the documentation warns.
	Duplicates bool
	// PrivateFiles: files are shown only to who is signed in.
	PrivateFiles bool
	// OpenNotes: private notes that customers wrote become public. Zendesk's documentation does
	// not say whether they do.
	OpenNotes bool
	// MaxFile is the largest file in bytes; 0: 50 MB.
	MaxFile int64
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Server is one account.
type Server struct {
	o  Options
	mu sync.Mutex

	ids     int64
	users   *table[*User]
	orgs    *table[*Org]
	tickets *table[*Ticket]
	files   map[string]*stored // by token
	uploads map[string]*upload
	jobs    map[string]*job
	queue   []*job
	docs    map[string]*table[*doc] // everything else, by the name of its list
	merges  []orgMerge
	bearer  string

	host    string        // by which the desk was first called
	pending []*Attachment // whose addresses wait for that
	mails   int64
	// refusals is how many requests were above a limit.
	refusals int64
	spent    map[string]*spending
	seen     map[string]int64
}

type spending struct {
	window time.Time
	n      int
}

// New makes an account with one admin, who owns the credentials, and a default group.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxFile == 0 {
		o.MaxFile = 50 << 20
	}
	if o.Role == "" {
		o.Role = "admin"
	}
	s := &Server{
		o: o, ids: 1000, files: map[string]*stored{}, uploads: map[string]*upload{}, jobs: map[string]*job{},
		docs: map[string]*table[*doc]{}, spent: map[string]*spending{}, seen: map[string]int64{},
		users: newTable[*User](), orgs: newTable[*Org](), tickets: newTable[*Ticket](),
	}
	role := o.Role
	if role == "light" {
		role = "agent"
	}
	email := o.Email
	if email == "" {
		email = "owner@desk.example"
	}
	s.addUser(&User{Name: "Account owner", Email: &email, Role: role, Verified: true})
	s.add("groups", map[string]any{"name": "Support", "description": "", "default": true, "is_public": true, "deleted": false})
	s.add("brands", map[string]any{"name": "Main brand", "subdomain": "desk", "active": true, "default": true})
	s.add("ticket_forms", map[string]any{"name": "Default form", "active": true, "default": true, "position": 0, "ticket_field_ids": []int64{}, "end_user_visible": true})
	for _, f := range []struct{ kind, title string }{
		{"subject", "Subject"},
		{"description", "Description"},
		{"status", "Status"},
		{"tickettype", "Type"},
		{"priority", "Priority"},
		{"group", "Group"},
		{"assignee", "Assignee"},
	} {
		s.add("ticket_fields", map[string]any{"type": f.kind, "title": f.title, "active": true, "removable": false, "required": false})
	}
	s.add("permission_groups", map[string]any{"name": "Agents and admins", "built_in": true})
	return s
}

// Mails is how many messages the real Zendesk would have sent to people so far.
func (s *Server) Mails() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails
}

// Refusals is how many requests were above a limit.
func (s *Server) Refusals() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refusals
}

// Requests is how many requests came to a path that begins so, by any method.
func (s *Server) Requests(prefix string) (n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, k := range s.seen {
		if strings.HasPrefix(path, prefix) {
			n += k
		}
	}
	return n
}

// called gives the files of a filled desk the address by which it is reached.
func (s *Server) called(host string) {
	if s.host != "" {
		return
	}
	s.host = "http://" + host
	for _, a := range s.pending {
		a.ContentURL = s.host + a.ContentURL
	}
	s.pending = nil
}

func (s *Server) now() time.Time { return s.o.Now().UTC().Truncate(time.Second) }

func (s *Server) stamp() string { return s.now().Format(time.RFC3339) }

func (s *Server) id() int64 {
	s.ids++
	return s.ids
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimSuffix(r.URL.Path, ".json")
	if strings.HasPrefix(path, "/attachments/token/") {
		s.content(w, r, strings.Split(path, "/")[3])
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[path]++
	s.called(r.Host)
	w.Header().Set("Date", s.o.Now().UTC().Format(http.TimeFormat))
	w.Header().Set("X-Zendesk-Api-Version", "v2")
	if path == "/oauth/tokens" && r.Method == http.MethodPost {
		s.token(w, r)
		return
	}
	rest, ok := strings.CutPrefix(path, "/api/v2/")
	if !ok {
		fail(w, http.StatusNotFound, "InvalidEndpoint", "Not found")
		return
	}
	if s.limited(w, r, rest) {
		return
	}
	if !s.known(r) {
		if rest == "users/me" {
			answer(w, http.StatusOK, map[string]any{"user": map[string]any{"id": nil, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user"}})
			return
		}
		fail(w, http.StatusUnauthorized, "Couldn't authenticate you", "")
		return
	}
	if s.o.Role != "admin" && s.adminOnly(r, rest) || s.o.Role == "light" && r.Method != http.MethodGet {
		answer(w, http.StatusForbidden, map[string]any{"error": map[string]string{"title": "Forbidden", "message": "You do not have access to this page. Please contact the account owner of this help desk for further help."}})
		return
	}
	s.run()
	s.route(w, r, strings.Split(rest, "/"))
}

func (s *Server) adminOnly(r *http.Request, rest string) bool {
	for _, p := range []string{"incremental/", "imports/", "deleted_users", "users/create_many", "slas/"} {
		if strings.HasPrefix(rest, p) {
			return true
		}
	}
	return r.Method != http.MethodGet && (strings.HasPrefix(rest, "groups") || strings.HasPrefix(rest, "ticket_fields"))
}

// known says whether the credentials are right.
func (s *Server) known(r *http.Request) bool {
	kind, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch kind {
	case "Bearer":
		return value != "" && (value == s.o.AccessToken || value == s.bearer)
	case "Basic":
		b, err := base64.StdEncoding.DecodeString(value)
		return err == nil && s.o.APIToken != "" && string(b) == s.o.Email+"/token:"+s.o.APIToken
	}
	return false
}

// token gives an access token to a client that knows its secret.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	var in struct {
		GrantType    string `json:"grant_type"`
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		Scope        string `json:"scope"`
		ExpiresIn    int    `json:"expires_in,omitempty"`
	}
	if !decode(w, r, &in) {
		return
	}
	if in.GrantType != "client_credentials" || s.o.ClientSecret == "" || in.ClientID != s.o.ClientID || in.ClientSecret != s.o.ClientSecret {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client", "error_description": "Client authentication failed due to unknown client."})
		return
	}
	s.bearer = "bearer-" + strconv.FormatInt(s.id(), 36)
	answer(w, http.StatusOK, map[string]any{"access_token": s.bearer, "token_type": "bearer", "scope": in.Scope, "expires_in": 1800})
}

// Expire makes the access token that was given out invalid.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bearer = ""
}

// limited refuses what is above a limit, and says in headers what is left.
func (s *Server) limited(w http.ResponseWriter, r *http.Request, rest string) bool {
	over := time.Duration(0)
	take := func(name string, limit int) (left int, reset time.Duration) {
		x := s.spent[name]
		now := s.o.Now()
		if x == nil || now.Sub(x.window) >= time.Minute {
			x = &spending{window: now}
			s.spent[name] = x
		}
		reset = x.window.Add(time.Minute).Sub(now)
		if x.n >= limit {
			over = max(over, reset)
			return 0, reset
		}
		x.n++
		return limit - x.n, reset
	}
	seconds := func(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }
	h := w.Header()
	if s.o.PerMinute > 0 {
		left, reset := take("all", s.o.PerMinute)
		h.Set("X-Rate-Limit", strconv.Itoa(s.o.PerMinute))
		h.Set("X-Rate-Limit-Remaining", strconv.Itoa(left))
		h.Set("ratelimit-limit", strconv.Itoa(s.o.PerMinute))
		h.Set("ratelimit-remaining", strconv.Itoa(left))
		h.Set("ratelimit-reset", seconds(reset))
	}
	if s.o.IncrementalPerMinute > 0 && strings.HasPrefix(rest, "incremental/") {
		left, reset := take("incremental", s.o.IncrementalPerMinute)
		h.Set("zendesk-ratelimit-incremental-exports", "total="+strconv.Itoa(s.o.IncrementalPerMinute)+"; remaining="+strconv.Itoa(left)+"; resets="+seconds(reset))
	}
	if s.o.UpdatesPerMinute > 0 && r.Method == http.MethodPut && strings.HasPrefix(rest, "tickets/") {
		take("updates", s.o.UpdatesPerMinute)
	}
	if over == 0 {
		return false
	}
	s.refusals++
	h.Set("Retry-After", seconds(over))
	h.Set("Content-Type", "text/plain")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = w.Write([]byte("Number of allowed API requests per minute exceeded")) // the reader may be gone
	return true
}

func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	send(w, status, b)
}

func send(w http.ResponseWriter, status int, b []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b) // the reader may be gone
}

func fail(w http.ResponseWriter, status int, code, description string) {
	body := map[string]any{"error": code}
	if description != "" {
		body["description"] = description
	}
	answer(w, status, body)
}

// invalid is the answer to a record with wrong values: a description for each field.
func invalid(w http.ResponseWriter, details map[string]string) {
	out := map[string]any{}
	for field, text := range details {
		out[field] = []map[string]string{{"description": text}}
	}
	answer(w, http.StatusUnprocessableEntity, map[string]any{"error": "RecordInvalid", "description": "Record validation errors", "details": out})
}

// decode reads a body whose names must all be known.
func decode(w http.ResponseWriter, r *http.Request, v any) bool {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		answer(w, http.StatusBadRequest, map[string]any{"error": map[string]string{"title": "Invalid attribute", "message": err.Error()}})
		return false
	}
	return true
}
