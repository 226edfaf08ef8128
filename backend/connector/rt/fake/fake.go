// Package fake is a Request Tracker 5.0.3 in memory, as REST 2.0 shows it: written after
// its documentation, its source (lib/RT/REST2) and the answers of a running server. It
// keeps lists at 100 records, gives the members of records in any order, drops without a
// word what RT drops, and counts each mail that the scrips of a new installation would send.
package fake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Token is the token of the user "root".
const Token = "1-14-0123456789abcdef0123456789abcdef"

// Weak is the token of a user who sees nothing and may do nothing.
const Weak = "1-16-fedcba9876543210fedcba9876543210"

// Options of a fake.
type Options struct {
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// MaxAttachment is the largest file in bytes; 0: ten megabytes.
	MaxAttachment int64
}

// Server is a Request Tracker. It is safe for concurrent use.
type Server struct {
	o   Options
	now func() time.Time

	mu           sync.Mutex
	mails        int64
	users        []*user // by number, from 1
	userByName   map[string]*user
	queues       []*queue
	fields       []*customField
	tickets      []*ticket // by number, from 1
	transactions []*transaction
	attachments  []*attachment
	links        map[string][]*ticket // by the address that tickets refer to
}

type user struct {
	id         int
	values     map[string]string
	privileged bool
	disabled   bool
}

func (u *user) name() string { return u.values["Name"] }

type queue struct {
	id     int
	values map[string]string
}

type customField struct {
	id                 int
	name, kind, lookup string
	one                bool
	values             []string
}

type link struct {
	kind, to string // to: the number of a ticket, or an address
}

type ticket struct {
	id, into                int // into: the ticket that it was merged into, or itself
	queue                   *queue
	values                  map[string]string
	owner, creator, updater *user
	requestors, cc, adminCc []*user
	custom                  map[int][]string
	created, updated        time.Time
	links                   []link
	history                 []*transaction
	merged                  []*ticket
	kind                    string
}

type transaction struct {
	id                        int
	objectType, kind          string
	object                    int
	creator                   *user
	created                   time.Time
	field, oldValue, newValue string
	minutes                   int
	attachments               []*attachment
}

type attachment struct {
	id, transaction                int
	name, kind, headers, contentID string
	content                        []byte
}

// New makes a Request Tracker with two queues, staff and custom fields, and no tickets.
func New(o Options) *Server {
	if o.MaxAttachment == 0 {
		o.MaxAttachment = 10 << 20
	}
	s := &Server{o: o, now: o.Now, userByName: map[string]*user{}, links: map[string][]*ticket{}}
	if s.now == nil {
		s.now = time.Now
	}
	for id := 1; id <= 16; id++ {
		s.users = append(s.users, nil)
		switch id {
		case 1:
			s.seat(id, "RT_System", "", "The RT System itself", true)
		case 6:
			s.seat(id, "Nobody", "", "Nobody in particular", true)
		case 14:
			s.seat(id, "root", "root@desk.example", "Enoch Root", true)
		case 15:
			s.seat(id, "agnes", "agnes@desk.example", "Ágnes Kovács-Tóth", true)
		case 16:
			s.seat(id, "weak", "weak@desk.example", "Weak", false)
		}
	}
	s.queues = []*queue{
		{id: 1, values: map[string]string{"Name": "General", "Description": "The default queue", "Lifecycle": "default"}},
		{id: 2, values: map[string]string{"Name": "Billing", "Description": "Rechnungen", "Lifecycle": "default", "CorrespondAddress": "billing@desk.example"}},
	}
	s.fields = []*customField{
		{id: 1, name: "Content", kind: "Text", lookup: "RT::Class-RT::Article", one: true},
		{id: 2, name: "Category", kind: "Select", lookup: "RT::Queue-RT::Ticket", one: true, values: []string{"Billing", "Hardware", "Other"}},
		{id: 3, name: "Tags", kind: "Freeform", lookup: "RT::Queue-RT::Ticket"},
		{id: 4, name: "Contract end", kind: "Date", lookup: "RT::Queue-RT::Ticket", one: true},
		{id: 5, name: "Customer No.", kind: "Freeform", lookup: "RT::User", one: true},
	}
	return s
}

func (s *Server) seat(id int, name, mail, real string, privileged bool) {
	at := stampOf(s.now().Add(-6000 * 24 * time.Hour))
	u := &user{id: id, privileged: privileged, values: map[string]string{
		"Name": name, "EmailAddress": mail, "RealName": real, "Created": at, "LastUpdated": at,
	}}
	s.users[id-1] = u
	s.userByName[strings.ToLower(name)] = u
}

// Mails counts the mails that RT would have sent.
func (s *Server) Mails() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails
}

// Tickets counts the tickets that a search finds.
func (s *Server) Tickets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, t := range s.tickets {
		if t.listed() {
			n++
		}
	}
	return n
}

// Touch adds a comment of somebody else to a ticket, as a person would.
func (s *Server) Touch(id int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.ticket(id)
	if t == nil {
		return false
	}
	s.event(t, &transaction{kind: "Comment", creator: s.userByName["agnes"]}, &attachment{kind: "text/plain", content: []byte("somebody was here")})
	return true
}

// Merge merges a ticket into another one, as a person would.
func (s *Server) Merge(from, into int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, b := s.ticket(from), s.ticket(into)
	if a == nil || b == nil || a == b {
		return false
	}
	s.merge(a, b, s.userByName["agnes"])
	return true
}

// ticket gives the ticket that answers under a number: the one it was merged into.
func (s *Server) ticket(id int) *ticket {
	if id < 1 || id > len(s.tickets) {
		return nil
	}
	t := s.tickets[id-1]
	for t != nil && t.into != t.id {
		t = s.tickets[t.into-1]
	}
	return t
}

func (t *ticket) listed() bool {
	return t.into == t.id && t.values["Status"] != "deleted" && t.kind == "ticket"
}

func stampOf(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// event puts a transaction into a ticket's history.
func (s *Server) event(t *ticket, x *transaction, parts ...*attachment) *transaction {
	x.id, x.objectType, x.object, x.created = len(s.transactions)+1, "RT::Ticket", t.id, s.now().UTC().Truncate(time.Second)
	s.transactions = append(s.transactions, x)
	t.history = append(t.history, x)
	t.updated, t.updater = x.created, x.creator
	for _, a := range parts {
		a.id, a.transaction = len(s.attachments)+1, x.id
		head := "Content-Type: " + a.kind + "; charset=\"utf-8\"\n"
		if a.contentID != "" {
			head += "Content-ID: <" + a.contentID + ">\n"
		}
		a.headers = head + "Content-Disposition: inline\nContent-Length: " + strconv.Itoa(len(a.content))
		s.attachments = append(s.attachments, a)
		x.attachments = append(x.attachments, a)
	}
	return x
}

func addresses(people []*user, but *user) (n int64) {
	for _, u := range people {
		if u != nil && u != but && u.values["EmailAddress"] != "" && !u.disabled {
			n++
		}
	}
	return min(n, 1) // one mail to all of them
}

// scrip mails what a new installation would mail.
func (s *Server) scrip(t *ticket, kind string, actor *user) {
	switch kind {
	case "Create":
		s.mails += addresses(t.requestors, nil) + addresses(append([]*user{t.owner}, t.adminCc...), actor)
	case "Correspond":
		s.mails += addresses(append(slices.Clone(t.requestors), t.cc...), actor) + addresses(append([]*user{t.owner}, t.adminCc...), actor)
	case "Comment":
		s.mails += addresses(t.adminCc, actor)
	case "Resolve":
		s.mails += addresses(t.requestors, actor)
	case "Owner":
		s.mails += addresses([]*user{t.owner}, actor)
	}
}

func (s *Server) merge(from, into *ticket, by *user) {
	from.into = into.id
	for _, m := range from.merged {
		m.into = into.id
	}
	into.merged = append(append(into.merged, from), from.merged...)
	for _, l := range from.links {
		s.addLink(into, l)
	}
	for i, list := range [][]*user{from.requestors, from.cc, from.adminCc} {
		to := []*[]*user{&into.requestors, &into.cc, &into.adminCc}[i]
		for _, u := range list {
			if !slices.Contains(*to, u) {
				*to = append(*to, u)
			}
		}
	}
	uri := "fsck.com-rt://desk.example/ticket/" + strconv.Itoa(into.id)
	s.event(from, &transaction{kind: "AddLink", field: "MergedInto", newValue: uri, creator: by})
	s.event(into, &transaction{kind: "AddLink", field: "MergedInto", newValue: uri, creator: by})
}

func (s *Server) addLink(t *ticket, l link) {
	if slices.Contains(t.links, l) {
		return
	}
	t.links = append(t.links, l)
	if l.kind == "RefersTo" {
		s.links[l.to] = append(s.links[l.to], t)
	}
}

// ServeHTTP answers as RT does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	me := s.who(r)
	s.mu.Unlock()
	if me == nil {
		say(w, http.StatusUnauthorized, "Unauthorized")
		return
	}
	c := &call{s: s, w: w, r: r, me: me}
	if !c.readBody() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.route()
}

func (s *Server) who(r *http.Request) *user {
	switch r.Header.Get("Authorization") {
	case "token " + Token:
		return s.users[13]
	case "token " + Weak:
		return s.users[15]
	}
	return nil
}

// Fill makes n tickets with people, messages, files, links, merged and deleted ones, all
// of them a function of seed.
func (s *Server) Fill(n int, seed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bodies := []string{
		"plain", "Grüße, naïve café, Привет, 東京", "emoji \U0001F600 \U0001F468\u200d\U0001F469\u200d\U0001F467", "right to left: שלום عليكم",
		"<p>HTML &amp; <b>more</b></p>", "back\\slash 'quotes' \"more\"\nlines\r\nof both kinds",
	}
	r := dice(seed)
	for i := range n {
		name := fmt.Sprintf("customer%d@filled.example", i%(n/3+1))
		u := s.userByName[name]
		if u == nil {
			s.users = append(s.users, nil)
			s.seat(len(s.users), name, name, fmt.Sprintf("Kundin %d", i), false)
			u = s.userByName[name]
			u.disabled = r(10) == 0
			at := stampOf(s.now().Add(-5000 * 24 * time.Hour))
			u.values["Created"], u.values["LastUpdated"] = at, at
		}
		at := s.now().UTC().Truncate(time.Second).Add(-time.Duration(100+r(3650*24)) * time.Hour)
		t := &ticket{
			id: len(s.tickets) + 1, kind: "ticket", queue: s.queues[r(len(s.queues))], owner: s.users[5], creator: u, updater: u, created: at, updated: at,
			values:     map[string]string{"Subject": fmt.Sprintf("Ticket %d <%d>", i, seed), "Status": []string{"new", "open", "stalled", "resolved", "rejected"}[r(5)], "Priority": strconv.Itoa(r(90))},
			requestors: []*user{u}, custom: map[int][]string{},
		}
		t.into = t.id
		if r(3) == 0 {
			t.owner = s.userByName["agnes"]
		}
		if r(2) == 0 {
			t.custom[2] = []string{s.fields[1].values[r(3)]}
			t.custom[3] = []string{"vip", "a, b"}
		}
		s.tickets = append(s.tickets, t)
		for m := range 1 + r(6) {
			kind, by := []string{"Correspond", "Comment"}[min(r(3), 1)], s.userByName["agnes"]
			if m == 0 {
				kind, by = "Create", u
			}
			text := &attachment{kind: []string{"text/plain", "text/html"}[r(2)], content: []byte(fmt.Sprintf("%d.%d %s", i, m, bodies[r(len(bodies))]))}
			parts := []*attachment{text}
			if r(4) == 0 {
				parts = []*attachment{{kind: "multipart/mixed"}, text, {kind: "application/octet-stream", name: fmt.Sprintf("Datei %d ✓.bin", i), content: []byte(fmt.Sprintf("%d.%d\x00\xff", i, m))}}
			}
			x := s.event(t, &transaction{kind: kind, creator: by}, parts...)
			x.created = at.Add(time.Duration(m) * time.Hour)
			t.updated, t.updater = x.created, by
		}
		switch {
		case i > 0 && r(20) == 0:
			s.merge(t, s.ticket(1+r(i)), u)
		case r(30) == 0:
			t.values["Status"] = "deleted"
		case i > 0 && r(10) == 0:
			if o := s.ticket(1 + r(i)); o.listed() && o != t {
				s.addLink(t, link{"RefersTo", strconv.Itoa(o.id)})
			}
		}
	}
}

// dice are random numbers below n, the same for the same seed.
func dice(seed uint64) func(n int) int {
	state := seed
	return func(n int) int {
		sum := sha256.Sum256([]byte(strconv.FormatUint(state, 10)))
		state++
		v, err := strconv.ParseUint(hex.EncodeToString(sum[:7]), 16, 64)
		if err != nil {
			return 0 // fourteen digits: cannot happen
		}
		return int(v % uint64(n))
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// stamp is the time as the desk keeps it.
func (s *Server) stamp() time.Time { return s.now().UTC().Truncate(time.Second) }
