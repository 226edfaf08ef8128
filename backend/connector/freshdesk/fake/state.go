package fake

import (
	"cmp"
	"slices"
	"time"
)

// ticket is a ticket with its conversations, oldest first.
type ticket struct {
	ID                                                            int64
	Subject, Description, Type                                    string
	Status, Priority, Source                                      int64
	Requester, Responder, Group, Company, Product, Config, Parent int64
	CC, ReplyCC, Fwd, To, Tags                                    []string
	Custom                                                        map[string]any
	Due, FirstDue                                                 string
	Spam, Deleted, Gone, Archived                                 bool
	Files                                                         []*file
	Talk                                                          []*conversation
	Size                                                          int64 // of all its files
	Created, Updated, Resolved, Closed, Shown                     time.Time
}

type conversation struct {
	ID, Ticket, User  int64
	Body              string
	Incoming, Private bool
	Source            int64
	From              string
	To, CC, BCC       []string
	Files             []*file
	Created, Updated  time.Time
	Edited            time.Time
	EditedBy          int64
}

type file struct {
	ID                int64
	Name, Kind, Token string
	Size              int64
	Content           []byte
	Created, Updated  time.Time
}

type contact struct {
	ID                                      int64
	Values                                  map[string]any // name, email and the like, as they are shown
	Custom                                  map[string]any
	Emails, Tags                            []string
	Company                                 int64
	ViewAll, Active, Blocked, Deleted, Gone bool
	Created, Updated, Shown                 time.Time
}

type company struct {
	ID                      int64
	Values, Custom          map[string]any
	Domains                 []string
	Gone                    bool
	Created, Updated, Shown time.Time
}

type agent struct {
	ID               int64
	Name, Email      string
	Occasional       bool
	Groups           []int64
	Created, Updated time.Time
}

// record is a small object that is kept as it is shown: a group, a field, an article.
type record struct {
	ID      int64
	M       map[string]any
	In      int64 // what it lies in: a folder, a category
	Files   []*file
	Created time.Time
}

// table keeps records of one kind, oldest first.
type table[T any] struct {
	by   map[int64]*T
	list []*T
}

func (t *table[T]) add(id int64, x *T) {
	if t.by == nil {
		t.by = map[int64]*T{}
	}
	t.by[id] = x
	t.list = append(t.list, x)
}

func (t *table[T]) drop(id int64) bool {
	x, ok := t.by[id]
	if ok {
		delete(t.by, id)
		t.list = slices.DeleteFunc(slices.Clone(t.list), func(y *T) bool { return y == x })
	}
	return ok
}

// state is everything that the account holds.
type state struct {
	last      int64 // id
	lastOf    int64 // ticket: these have numbers of their own
	tickets   table[ticket]
	talk      map[int64]*conversation
	contacts  table[contact]
	byEmail   map[string]*contact
	byOutside map[string]*contact
	companies table[company]
	agents    table[agent]
	files     map[int64]*file
	byToken   map[string]*file
	small     map[string]*table[record] // "groups", "ticket_fields", "articles" and so on
	order     []*ticket                 // by change; nil: to be made anew
	mails     int64
	requests  int64
	refused   int64
	me        int64
}

func (s *Server) id() int64 {
	s.last++
	return s.last
}

func (s *Server) table(name string) *table[record] {
	t, ok := s.small[name]
	if !ok {
		t = &table[record]{}
		s.small[name] = t
	}
	return t
}

// put keeps a small record, with its id and times.
func (s *Server) put(name string, in int64, m map[string]any) *record {
	r := &record{ID: s.id(), M: m, In: in, Created: s.now()}
	m["id"], m["created_at"], m["updated_at"] = r.ID, stamp(r.Created), stamp(r.Created)
	s.table(name).add(r.ID, r)
	return r
}

// begin makes what every account has: its first administrator and the standard fields.
func (s *Server) begin() {
	s.state = state{
		last: 1000, talk: map[int64]*conversation{}, byEmail: map[string]*contact{}, byOutside: map[string]*contact{},
		files: map[int64]*file{}, byToken: map[string]*file{}, small: map[string]*table[record]{},
	}
	s.me = s.addAgent("Ada Admin", "ada@desk.example").ID
	for i, f := range standardFields() {
		f["position"] = i + 1
		s.put("ticket_fields", 0, f)
	}
	for i, name := range []string{"name", "job_title", "email", "phone", "mobile", "twitter_id", "company_name", "address", "time_zone", "language", "tag_names", "description", "client_manager"} {
		s.put("contact_fields", 0, map[string]any{"name": name, "label": name, "type": "default_" + name, "default": true, "position": i + 1, "required_for_agents": name == "name"})
	}
	for i, name := range []string{"name", "description", "note", "domains", "health_score", "account_tier", "renewal_date", "industry"} {
		s.put("company_fields", 0, map[string]any{"name": name, "label": name, "type": "default_" + name, "default": true, "position": i + 1, "required_for_agents": name == "name"})
	}
}

func (s *Server) addAgent(name, email string) *agent {
	a := &agent{ID: s.id(), Name: name, Email: email, Created: s.now(), Updated: s.now()}
	s.agents.add(a.ID, a)
	return a
}

func standardFields() []map[string]any {
	field := func(name, label, kind string, choices any) map[string]any {
		m := map[string]any{
			"name": name, "label": label, "type": kind, "default": true, "description": nil, "customers_can_edit": false,
			"required_for_closure": false, "required_for_agents": name == "subject" || name == "status", "label_for_customers": label,
			"required_for_customers": false, "displayed_to_customers": true,
		}
		if choices != nil {
			m["choices"] = choices
		}
		return m
	}
	return []map[string]any{
		field("requester", "Search a requester", "default_requester", nil),
		field("subject", "Subject", "default_subject", nil),
		field("ticket_type", "Type", "default_ticket_type", []any{"Question", "Incident", "Problem", "Feature Request"}),
		field("source", "Source", "default_source", map[string]any{"Email": 1, "Portal": 2, "Phone": 3, "Chat": 7, "Feedback Widget": 9, "Outbound Email": 10}),
		field("status", "Status", "default_status", map[string]any{
			"2": []any{"Open", "Being Processed"}, "3": []any{"Pending", "Awaiting your Reply"}, "4": []any{"Resolved", "This ticket has been Resolved"},
			"5": []any{"Closed", "This ticket has been Closed"}, "6": []any{"Waiting on Customer", "Awaiting your Reply"},
			"7": []any{"Waiting on Third Party", "Being Processed"},
		}),
		field("priority", "Priority", "default_priority", map[string]any{"Low": 1, "Medium": 2, "High": 3, "Urgent": 4}),
		field("group", "Group", "default_group", nil),
		field("agent", "Agent", "default_agent", nil),
		field("description", "Description", "default_description", nil),
		field("company", "Company", "default_company", nil),
	}
}

// ordered lists the tickets by the time of their change, oldest first.
func (s *Server) ordered() []*ticket {
	if s.order == nil {
		s.order = slices.Clone(s.tickets.list)
		slices.SortFunc(s.order, func(a, b *ticket) int {
			return cmp.Or(a.Updated.Compare(b.Updated), cmp.Compare(a.ID, b.ID))
		})
	}
	return s.order
}

// touched stamps a ticket; what shows it in the search lags behind.
func (s *Server) touched(t *ticket) {
	t.Updated = s.now()
	s.order = nil
}

func ids(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func texts(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func when(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}
