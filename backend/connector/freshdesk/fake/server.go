// Package fake is a Freshdesk account in memory, for tests. It behaves as Freshworks'
// documentation of API v2 says (collected in shared/apis/freshdesk.md, where each fact
// names its source): the same paths, pages and ceilings, credits and limits with their
// headers, refusals field by field, a search that lags. Whatever it does not know it
// refuses. It counts each mail that the real desk would have sent.
package fake

import (
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Switches of Admin > Email notifications, and of what else the account does by itself.
// true: the desk sends that mail. All of them off is an account that was made quiet.
type Switches struct {
	NewTicketRequester bool // "New ticket created" to the requester
	NewTicketCC        bool // the same to people in CC
	NewTicketAgents    bool // "New ticket created" to agents
	AssignedGroup      bool // "Ticket assigned to group"
	AssignedAgent      bool // "Ticket assigned to agent"
	AgentComment       bool // "Agent adds comment to ticket" to the requester
	RequesterReplies   bool // "Requester replies to ticket" to the agent
	Closed             bool // "Agent solves the ticket" and "Agent closes the ticket" to the requester
	Activation         bool // "User activation email" to a new contact
}

// AllOn is an account as Freshdesk sets it up.
func AllOn() Switches {
	return Switches{true, true, true, true, true, true, true, true, true}
}

// Options of an account.
type Options struct {
	// Key is the API key of an administrator; empty: "fake-key".
	Key string
	// Light: the key belongs to an agent without the rights of an administrator.
	Light bool
	// PerMinute is the account's limit in credits; 0: none. The others are its sub-limits.
	PerMinute, TicketLists, ContactLists, TicketCreates, TicketUpdates int
	// Notify are the mails that the account sends.
	Notify Switches
	// SearchLag is how long a record stays invisible to the search.
	SearchLag time.Duration
	// SinceAfter: updated_since means later than that second, not from it on. The
	// documentation does not say which.
	SinceAfter bool
	// Brief: the list of contacts leaves out tags and further addresses.
	Brief bool
	// Without names features that the plan lacks: "time_entries", "ratings", "solutions",
	// "canned_responses", "automations", "sla", "hours". They answer 403 require_feature.
	Without []string
	// Ceiling is the last page of the list of tickets; 0: 300.
	Ceiling int
	// MaxFiles is how many bytes of files a ticket takes; 0: 20 MB.
	MaxFiles int64
	// Address is how the account calls itself in addresses; empty: as it is called.
	Address string
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Server is one account.
type Server struct {
	o     Options
	mu    sync.Mutex
	limit []window
	state
}

// window counts credits of one kind within a minute.
type window struct {
	start time.Time
	used  int
}

// New makes an account with one administrator, and nothing else in it.
func New(o Options) *Server {
	if o.Key == "" {
		o.Key = "fake-key"
	}
	if o.Ceiling == 0 {
		o.Ceiling = 300
	}
	if o.MaxFiles == 0 {
		o.MaxFiles = 20 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{o: o, limit: make([]window, 5)}
	s.begin()
	return s
}

// now is the account's clock; Freshdesk keeps whole seconds.
func (s *Server) now() time.Time { return s.o.Now().UTC().Truncate(time.Second) }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// request is one call on its way through the account.
type request struct {
	*http.Request
	s    *Server
	w    http.ResponseWriter
	path []string // behind /api/v2/
	host string   // scheme and host, as called
}

const root = "/api/v2/"

// ServeHTTP answers one call. Files are given on /inline/attachment and /data/, whose
// addresses carry a token instead of a key.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := &request{Request: r, s: s, w: w, host: "http://" + r.Host}
	if s.o.Address != "" {
		q.host = s.o.Address
	}
	switch {
	case r.URL.Path == "/inline/attachment" || strings.HasPrefix(r.URL.Path, "/data/"):
		q.content()
		return
	case !strings.HasPrefix(r.URL.Path, root):
		w.WriteHeader(http.StatusNotFound)
		return
	}
	q.path = strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, root), "/"), "/")
	w.Header().Set("X-Freshdesk-Api-Version", "latest=v2; requested=v2")
	w.Header().Set("Date", s.o.Now().UTC().Format(http.TimeFormat))
	body := q.read() // before the lock: a slow sender holds up nobody
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	if !q.within() {
		return
	}
	key, _, _ := r.BasicAuth()
	if subtle.ConstantTimeCompare([]byte(key), []byte(s.o.Key)) != 1 {
		q.flat(http.StatusUnauthorized, "invalid_credentials", "You have to be logged in to perform this action.")
		return
	}
	if a := r.Header.Get("Accept"); a != "" && a != "application/json" && a != "*/*" {
		w.WriteHeader(http.StatusNotAcceptable)
		return
	}
	if body == nil {
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return
	}
	if body.bad {
		q.flat(http.StatusBadRequest, "invalid_json", "Request body has invalid json format")
		return
	}
	q.route(body)
}

// The kinds of limits.
const (
	allCalls = iota
	ticketLists
	contactLists
	ticketCreates
	ticketUpdates
)

// credits is what a call costs: each thing included in a list costs two, in one ticket
// one, and conversations two.
func (q *request) credits() int {
	n := 1
	for _, x := range strings.Split(q.URL.Query().Get("include"), ",") {
		switch {
		case x == "":
		case len(q.path) == 1 || x == "conversations":
			n += 2
		default:
			n++
		}
	}
	return n
}

// within spends what the call costs, or answers 429.
func (q *request) within() bool {
	kind, most := -1, 0
	tickets := q.path[0] == "tickets"
	switch {
	case tickets && len(q.path) == 1 && q.Method == http.MethodGet:
		kind, most = ticketLists, q.s.o.TicketLists
	case q.path[0] == "contacts" && len(q.path) == 1 && q.Method == http.MethodGet:
		kind, most = contactLists, q.s.o.ContactLists
	case tickets && len(q.path) == 1 && q.Method == http.MethodPost:
		kind, most = ticketCreates, q.s.o.TicketCreates
	case tickets && len(q.path) == 2 && q.Method == http.MethodPut:
		kind, most = ticketUpdates, q.s.o.TicketUpdates
	}
	now := q.s.o.Now()
	left := q.s.limit
	for i := range left {
		if now.Sub(left[i].start) >= time.Minute {
			left[i] = window{start: now}
		}
	}
	cost := q.credits()
	h := q.w.Header()
	total := q.s.o.PerMinute
	full := total > 0 && left[allCalls].used+cost > total
	wait := left[allCalls].start.Add(time.Minute).Sub(now)
	if kind > 0 && most > 0 && left[kind].used+1 > most && !full {
		full, wait = true, left[kind].start.Add(time.Minute).Sub(now)
	}
	if !full {
		left[allCalls].used += cost
		if kind > 0 {
			left[kind].used++
		}
	}
	if total > 0 {
		h.Set("X-RateLimit-Total", strconv.Itoa(total))
		h.Set("X-RateLimit-Remaining", strconv.Itoa(max(total-left[allCalls].used, 0)))
		h.Set("X-RateLimit-Used-CurrentRequest", strconv.Itoa(cost))
	}
	if full {
		q.s.refused++
		h.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		q.w.WriteHeader(http.StatusTooManyRequests)
	}
	return !full
}
