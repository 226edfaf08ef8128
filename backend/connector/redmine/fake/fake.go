// Package fake is a Redmine 5.0 in memory, as its REST API shows it: written after its
// documentation and the answers of a running server. It keeps lists at 100 records, begins
// every issue with the first status, parts the files from private notes, drops without a
// word what Redmine drops, and counts each mail that it would send by its own settings.
package fake

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Key is the API key of the administrator, Weak that of somebody without rights.
const (
	Key  = "1111111111aaaaaaaaaa2222222222bbbbbbbbbb"
	Weak = "2222222222bbbbbbbbbb3333333333cccccccccc"
)

// Options of a fake.
type Options struct {
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// MarkField is the name of a text field of issues that is there from the beginning; empty: none.
	MarkField string
	// Quiet: all events are unticked under "Email notifications".
	Quiet bool
	// MaxFile is the largest upload in bytes; 0: five megabytes.
	MaxFile int64
}

// Server is a Redmine. It is safe for concurrent use.
type Server struct {
	o   Options
	now func() time.Time

	mu        sync.Mutex
	mails     int64
	users     map[int]*user
	byMail    map[string]int
	byLogin   map[string]int
	lastUser  int
	projects  []project
	issues    map[int]*issue
	order     []int // numbers of issues, ascending
	lastIssue int
	journals  int
	files     []*file
	relations map[int]*relation
	lastLink  int
	byMark    map[string][]int
	times     []*timeEntry // nil: deleted
	pages     map[string]*page
}

type user struct {
	id                       int
	login, first, last, mail string
	admin, locked, silent    bool
	agent                    bool
	created, updated         time.Time
}

func (u *user) name() string { return u.first + " " + u.last }

type project struct {
	id               int
	name, identifier string
	status           int
}

type named struct {
	id   int
	name string
}

var (
	trackers   = []named{{1, "Bug"}, {2, "Feature"}, {3, "Support"}}
	statuses   = []named{{1, "New"}, {2, "In Progress"}, {3, "Resolved"}, {4, "Feedback"}, {5, "Closed"}, {6, "Rejected"}}
	priorities = []named{{1, "Low"}, {2, "Normal"}, {3, "High"}, {4, "Urgent"}, {5, "Immediate"}}
	category   = []string{"Billing", "Hardware", "Other"}
)

const markID = 9

type issue struct {
	id, project, tracker, status, priority int
	author, assigned                       int
	subject, description                   string
	start, due                             string
	done                                   int
	hours                                  any
	private                                bool
	custom                                 map[int]any
	created, updated                       time.Time
	journals                               []*journal
	files                                  []*file
	relations                              []*relation
	parent                                 int
}

type journal struct {
	id, user int
	notes    string
	private  bool
	created  time.Time
	details  []map[string]any
}

type file struct {
	id, author int
	name, kind string
	content    []byte
	created    time.Time
	used       bool
	token      string
}

type relation struct {
	id, from, to int
	kind         string
}

// New makes a Redmine with two projects, staff and custom fields, and no issues.
func New(o Options) *Server {
	if o.MaxFile == 0 {
		o.MaxFile = 5 << 20
	}
	s := &Server{
		o: o, now: o.Now, users: map[int]*user{}, byMail: map[string]int{}, byLogin: map[string]int{}, issues: map[int]*issue{},
		relations: map[int]*relation{}, byMark: map[string][]int{}, pages: map[string]*page{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.seat(&user{login: "admin", first: "Redmine", last: "Admin", mail: "admin@example.net", admin: true, silent: true})
	s.seat(&user{login: "weak", first: "Weak", last: "User", mail: "weak@desk.example"})
	s.seat(&user{login: "agnes", first: "Ágnes", last: "Kovács-Tóth", mail: "agnes@desk.example", agent: true})
	s.projects = []project{{1, "General", "general", 1}, {2, "Billing", "billing", 1}, {3, "Legacy", "legacy", 5}}
	return s
}

func (s *Server) seat(u *user) {
	s.lastUser++
	u.id = s.lastUser
	u.created = s.now().UTC().Truncate(time.Second)
	u.updated = u.created
	s.users[u.id] = u
	s.byLogin[strings.ToLower(u.login)] = u.id
	s.byMail[strings.ToLower(u.mail)] = u.id
}

// Mails counts the mails that Redmine would have sent.
func (s *Server) Mails() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails
}

// Issues counts the issues.
func (s *Server) Issues() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.issues)
}

// Touch adds a note of somebody else to an issue, or another address to a user, as a person would.
func (s *Server) Touch(person bool, id int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if person {
		u := s.users[id]
		if u != nil {
			delete(s.byMail, strings.ToLower(u.mail))
			u.mail = "touched." + u.mail
			s.byMail[strings.ToLower(u.mail)] = u.id
		}
		return u != nil
	}
	i := s.issues[id]
	if i == nil {
		return false
	}
	s.note(i, s.byLogin["agnes"], "somebody was here", false, nil)
	return true
}

// note adds a note with files. The files of a private one hang on an entry of their own.
func (s *Server) note(i *issue, by int, text string, private bool, files []*file) *journal {
	s.journals++
	at := s.now().UTC().Truncate(time.Second)
	j := &journal{id: s.journals, user: by, notes: text, private: private, created: at}
	i.journals = append(i.journals, j)
	i.updated = at
	if private && len(files) > 0 {
		s.journals++
		apart := &journal{id: s.journals, user: by, created: at}
		i.journals = append(i.journals, apart)
		j = apart
	}
	for _, f := range files {
		j.details = append(j.details, map[string]any{"property": "attachment", "name": strconv.Itoa(f.id), "old_value": nil, "new_value": f.name})
		i.files = append(i.files, f)
	}
	s.mail(i, by)
	return j
}

// mail counts what goes to the author and the assignee of an issue.
func (s *Server) mail(i *issue, by int) {
	if s.o.Quiet {
		return
	}
	for _, id := range slices.Compact([]int{i.author, i.assigned}) {
		if u := s.users[id]; u != nil && id != by && !u.silent && !u.locked {
			s.mails++
		}
	}
}

func (s *Server) add(i *issue) {
	s.lastIssue++
	i.id = s.lastIssue
	s.issues[i.id] = i
	s.order = append(s.order, i.id)
	if m, ok := i.custom[markID].(string); ok && m != "" {
		s.byMark[m] = append(s.byMark[m], i.id)
	}
}

// ServeHTTP answers as Redmine does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{s: s, w: w, r: r}
	if !c.readBody() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Header.Get("X-Redmine-API-Key") {
	case Key:
		c.me = 1
	case Weak:
		c.me = 2
	default:
		if r.URL.Path == "/issues.json" && r.Method == http.MethodGet {
			c.answer(http.StatusOK, map[string]any{"issues": []any{}, "total_count": 0, "offset": 0, "limit": 25})
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if login := r.Header.Get("X-Redmine-Switch-User"); login != "" && s.users[c.me].admin {
		id := s.byLogin[strings.ToLower(login)]
		if id == 0 || s.users[id].locked {
			w.WriteHeader(http.StatusPreconditionFailed)
			return
		}
		c.me = id
	}
	c.route()
}

// Fill makes n issues with people, notes, files and links, all of them a function of seed.
func (s *Server) Fill(n int, seed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := seed
	r := func(n int) int {
		state = state*6364136223846793005 + 1442695040888963407
		return int((state >> 33) % uint64(n))
	}
	bodies := []string{
		"plain", "Grüße, naïve café, Привет, 東京", "emoji \U0001F600 \U0001F468\u200d\U0001F469\u200d\U0001F467", "right to left: שלום عليكم",
		"<p>HTML &amp; <b>more</b></p>", "back\\slash 'quotes' \"more\"\nlines\r\nof both kinds",
	}
	for k := range n {
		mail := fmt.Sprintf("customer%d@filled.example", k%(n/3+1))
		by := s.byMail[mail]
		if by == 0 {
			u := &user{login: fmt.Sprintf("customer%d", k), first: "Kundin", last: strconv.Itoa(k), mail: mail, silent: true}
			s.seat(u)
			u.locked = r(10) == 0
			by = u.id
		}
		at := s.now().UTC().Truncate(time.Second).Add(-time.Duration(100+r(3650*24)) * time.Hour)
		i := &issue{
			project: 1 + r(3), tracker: 1 + r(3), status: 1 + r(6), priority: 1 + r(5), author: by, subject: fmt.Sprintf("Issue %d <%d>", k, seed),
			description: fmt.Sprintf("%d %s", k, bodies[r(len(bodies))]), created: at, updated: at, custom: map[int]any{},
		}
		if r(3) == 0 {
			i.assigned = s.byLogin["agnes"]
		}
		if r(2) == 0 {
			i.custom[1], i.custom[2] = category[r(3)], []any{"vip", "a, b"}
		}
		s.add(i)
		for m := range r(6) {
			var files []*file
			if r(4) == 0 {
				f := &file{id: len(s.files) + 1, author: by, name: fmt.Sprintf("Datei %d ✓.bin", k), kind: "application/octet-stream", content: fmt.Appendf(nil, "%d.%d\x00\xff", k, m), created: at, used: true}
				s.files = append(s.files, f)
				files = append(files, f)
			}
			j := s.note(i, []int{by, s.byLogin["agnes"]}[r(2)], fmt.Sprintf("%d.%d %s", k, m, bodies[r(len(bodies))]), r(3) == 0, files)
			j.created = at.Add(time.Duration(m+1) * time.Hour)
			if last := i.journals[len(i.journals)-1]; last != j {
				last.created = j.created
			}
			if n := len(i.journals); n > 1 && i.journals[n-2].private && i.journals[n-1] == j {
				i.journals[n-2].created = j.created
			}
			i.updated = j.created
		}
		if k > 0 && r(10) == 0 {
			s.link(i.id, 1+r(k), "relates")
		}
	}
	s.mails = 0 // the past mailed whom it mailed
}

func (s *Server) link(from, to int, kind string) *relation {
	s.lastLink++
	x := &relation{id: s.lastLink, from: from, to: to, kind: kind}
	if kind == "relates" && from > to { // as the real one stores them
		x.from, x.to = to, from
	}
	s.relations[x.id] = x
	s.issues[from].relations = append(s.issues[from].relations, x)
	s.issues[to].relations = append(s.issues[to].relations, x)
	return x
}
