package fake

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

var contactTexts = []string{"name", "email", "phone", "mobile", "twitter_id", "address", "description", "job_title", "language", "time_zone", "unique_external_id"}

func (s *Server) showContact(c *contact, brief bool) map[string]any {
	m := map[string]any{
		"id": c.ID, "active": c.Active, "company_id": ids(c.Company), "view_all_tickets": c.ViewAll, "custom_fields": c.Custom,
		"other_emails": texts(c.Emails), "tags": texts(c.Tags), "other_companies": []any{}, "facebook_id": nil, "csat_rating": nil,
		"preferred_source": nil, "created_at": stamp(c.Created), "updated_at": stamp(c.Updated),
	}
	for _, n := range contactTexts {
		m[n] = c.Values[n]
	}
	if c.Deleted {
		m["deleted"] = true
	}
	if brief {
		for _, n := range []string{"tags", "other_emails", "other_companies", "view_all_tickets"} {
			delete(m, n)
		}
	}
	return m
}

func (q *request) contacts(b *body) {
	s := q.s
	if len(q.path) == 1 {
		switch q.Method {
		case http.MethodGet:
			q.listContacts()
		case http.MethodPost:
			c := &contact{Values: map[string]any{}, Created: s.now(), Custom: map[string]any{}}
			if !q.fillContact(b, c, true) {
				return
			}
			c.ID = s.id()
			s.keepContact(c)
			if c.Values["email"] != nil && s.o.Notify.Activation {
				s.mails++
			}
			q.created("contacts/"+itoa(c.ID), s.showContact(c, false))
		default:
			q.w.WriteHeader(http.StatusMethodNotAllowed)
		}
		return
	}
	c := s.contacts.by[number(q.path[1])]
	if c == nil || c.Gone {
		q.missing()
		return
	}
	switch {
	case len(q.path) == 3 && q.path[2] == "restore" && q.Method == http.MethodPut:
		c.Deleted, c.Updated = false, s.now()
		q.done()
	case len(q.path) == 3 && q.path[2] == "hard_delete" && q.Method == http.MethodDelete:
		c.Gone = true
		for _, t := range s.tickets.list {
			if t.Requester == c.ID {
				t.Gone = true
			}
		}
		q.done()
	case len(q.path) != 2:
		q.missing()
	case q.Method == http.MethodGet:
		q.json(http.StatusOK, s.showContact(c, false))
	case c.Deleted:
		q.w.WriteHeader(http.StatusMethodNotAllowed)
	case q.Method == http.MethodPut:
		if q.fillContact(b, c, false) {
			q.json(http.StatusOK, s.showContact(c, false))
		}
	case q.Method == http.MethodDelete:
		c.Deleted, c.Updated = true, s.now()
		q.done()
	default:
		q.w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

func (s *Server) keepContact(c *contact) {
	s.contacts.add(c.ID, c)
	s.index(c)
}

func (s *Server) index(c *contact) {
	for _, e := range append(slices.Clone(c.Emails), str(c.Values["email"])) {
		if e != "" {
			s.byEmail[strings.ToLower(e)] = c
		}
	}
	if x := str(c.Values["unique_external_id"]); x != "" {
		s.byOutside[x] = c
	}
}

func str(x any) string {
	v, _ := x.(string)
	return v
}

func (q *request) fillContact(b *body, c *contact, fresh bool) bool {
	s := q.s
	v := q.take(b, append([]string{"other_emails", "company_id", "other_companies", "view_all_tickets", "tags", "custom_fields"}, contactTexts...)...)
	next := *c
	next.Values = maps.Clone(c.Values)
	for _, n := range contactTexts {
		if !v.has(n) {
			continue
		}
		if n == "email" {
			next.Values[n] = text(v.email(n))
		} else {
			most := 255
			if n == "description" || n == "address" {
				most = 0
			}
			next.Values[n] = text(v.text(n, most))
		}
	}
	for _, n := range contactTexts {
		if _, ok := next.Values[n]; !ok {
			next.Values[n] = nil
		}
	}
	if next.Values["language"] == nil {
		next.Values["language"] = "en"
	}
	if str(next.Values["name"]) == "" {
		v.fault("name", "missing_field", "It should be a/an String")
	}
	reach := false
	for _, n := range []string{"email", "phone", "mobile", "twitter_id", "unique_external_id"} {
		reach = reach || next.Values[n] != nil
	}
	if !reach {
		v.fault("email", "missing_field", "Please fill at least 1 of email, mobile, phone, twitter_id, unique_external_id fields")
	}
	if v.has("other_emails") {
		next.Emails = v.emails("other_emails")
	}
	if v.has("tags") {
		next.Tags = v.list("tags")
	}
	if v.has("view_all_tickets") {
		next.ViewAll = v.truth("view_all_tickets")
	}
	if v.has("company_id") {
		next.Company = v.number("company_id")
		if x := s.companies.by[next.Company]; next.Company != 0 && (x == nil || x.Gone) {
			v.fault("company_id", "invalid_value", "There is no company matching the given company_id")
		}
	}
	next.Custom = v.custom("contact_fields", c.Custom)
	if v.bad() {
		return false
	}
	for _, e := range append(slices.Clone(next.Emails), str(next.Values["email"])) {
		if other := s.byEmail[strings.ToLower(e)]; e != "" && other != nil && other != c && !other.Gone {
			v.status = http.StatusConflict
			v.faults = append(v.faults, fault{Field: "email", Info: map[string]any{"user_id": other.ID}, Message: "It should be a unique value", Code: "duplicate_value"})
		}
		for _, a := range s.agents.list {
			if e != "" && strings.EqualFold(a.Email, e) {
				v.status = http.StatusConflict
				v.faults = append(v.faults, fault{Field: "email", Info: map[string]any{"user_id": a.ID}, Message: "It should be a unique value", Code: "duplicate_value"})
			}
		}
	}
	if x := str(next.Values["unique_external_id"]); x != "" && s.byOutside[x] != nil && s.byOutside[x] != c && !s.byOutside[x].Gone {
		v.status = http.StatusConflict
		v.faults = append(v.faults, fault{Field: "unique_external_id", Info: map[string]any{"user_id": s.byOutside[x].ID}, Message: "It should be a unique value", Code: "duplicate_value"})
	}
	if v.bad() {
		return false
	}
	if next.Company == 0 && fresh { // domains link by themselves
		_, domain, _ := strings.Cut(str(next.Values["email"]), "@")
		for _, x := range s.companies.list {
			if domain != "" && !x.Gone && slices.Contains(x.Domains, strings.ToLower(domain)) {
				next.Company = x.ID
			}
		}
	}
	if !fresh {
		delete(s.byEmail, strings.ToLower(str(c.Values["email"])))
	}
	next.Updated = s.now()
	next.Shown = s.o.Now().Add(s.o.SearchLag)
	*c = next
	if !fresh {
		s.index(c)
	}
	return true
}

func (q *request) listContacts() {
	if !q.only("state", "updated_since", "email", "mobile", "phone", "company_id", "unique_external_id") {
		return
	}
	p := q.URL.Query()
	since, ok := q.since(p.Get("updated_since"))
	if !ok {
		return
	}
	state := p.Get("state")
	var out []*contact
	for _, c := range q.s.contacts.list {
		in := !c.Gone && !c.Deleted && !c.Blocked
		switch state {
		case "":
		case "verified":
			in = in && c.Active
		case "unverified":
			in = in && !c.Active
		case "blocked":
			in = !c.Gone && !c.Deleted && c.Blocked
		case "deleted":
			in = !c.Gone && c.Deleted
		default:
			q.refuse(http.StatusBadRequest, fault{Field: "state", Code: "invalid_value", Message: "It should be one of these values: 'verified,unverified,blocked,deleted'"})
			return
		}
		for _, n := range []string{"email", "mobile", "phone", "unique_external_id"} {
			in = in && (!p.Has(n) || strings.EqualFold(str(c.Values[n]), p.Get(n)) || n == "email" && slices.Contains(c.Emails, p.Get(n)))
		}
		in = in && (!p.Has("company_id") || c.Company == number(p.Get("company_id")))
		if in && q.after(c.Updated, since) {
			out = append(out, c)
		}
	}
	list(q, out, func(c *contact) any { return q.s.showContact(c, q.s.o.Brief) })
}

// since reads updated_since; no value: the beginning of time.
func (q *request) since(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		q.refuse(http.StatusBadRequest, fault{Field: "updated_since", Code: "datatype_mismatch", Message: "It should be in the 'combined date and time ISO8601' format"})
		return t, false
	}
	return t, true
}

func (q *request) after(at, since time.Time) bool {
	if q.s.o.SinceAfter && !since.IsZero() {
		return at.After(since)
	}
	return !at.Before(since)
}

func (s *Server) showCompany(c *company) map[string]any {
	m := map[string]any{"id": c.ID, "domains": texts(c.Domains), "custom_fields": c.Custom, "created_at": stamp(c.Created), "updated_at": stamp(c.Updated)}
	for _, n := range companyTexts {
		m[n] = c.Values[n]
	}
	return m
}

var companyTexts = []string{"name", "description", "note", "health_score", "account_tier", "renewal_date", "industry"}

func (q *request) companies(b *body) {
	s := q.s
	switch {
	case len(q.path) == 1 && q.Method == http.MethodGet:
		if !q.only("updated_since") {
			return
		}
		since, ok := q.since(q.URL.Query().Get("updated_since"))
		if !ok {
			return
		}
		var out []*company
		for _, c := range s.companies.list {
			if !c.Gone && q.after(c.Updated, since) {
				out = append(out, c)
			}
		}
		list(q, out, func(c *company) any { return s.showCompany(c) })
		return
	case len(q.path) == 1 && q.Method == http.MethodPost:
		c := &company{Values: map[string]any{}, Custom: map[string]any{}, Created: s.now()}
		if !q.fillCompany(b, c) {
			return
		}
		c.ID = s.id()
		s.companies.add(c.ID, c)
		q.created("companies/"+itoa(c.ID), s.showCompany(c))
		return
	case len(q.path) == 2 && q.path[1] == "autocomplete":
		found := []any{}
		for _, c := range s.companies.list {
			if n := q.URL.Query().Get("name"); !c.Gone && n != "" && strings.HasPrefix(strings.ToLower(str(c.Values["name"])), strings.ToLower(n)) {
				found = append(found, map[string]any{"id": c.ID, "name": c.Values["name"]})
			}
		}
		q.json(http.StatusOK, map[string]any{"companies": found})
		return
	case len(q.path) != 2:
		q.missing()
		return
	}
	c := s.companies.by[number(q.path[1])]
	switch {
	case c == nil || c.Gone:
		q.missing()
	case q.Method == http.MethodGet:
		q.json(http.StatusOK, s.showCompany(c))
	case q.Method == http.MethodPut:
		if q.fillCompany(b, c) {
			q.json(http.StatusOK, s.showCompany(c))
		}
	case q.Method == http.MethodDelete:
		c.Gone = true
		for _, x := range s.contacts.list {
			if x.Company == c.ID {
				x.Company = 0
			}
		}
		for _, t := range s.tickets.list {
			if t.Company == c.ID {
				t.Company = 0
			}
		}
		q.done()
	default:
		q.w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

func (q *request) fillCompany(b *body, c *company) bool {
	s := q.s
	v := q.take(b, append([]string{"domains", "custom_fields"}, companyTexts...)...)
	next := *c
	next.Values = maps.Clone(c.Values)
	for _, n := range companyTexts {
		if v.has(n) {
			most := 255
			if n == "description" || n == "note" {
				most = 0
			}
			next.Values[n] = text(v.text(n, most))
		} else if _, ok := next.Values[n]; !ok {
			next.Values[n] = nil
		}
	}
	if str(next.Values["name"]) == "" {
		v.fault("name", "missing_field", "It should be a/an String")
	}
	if v.has("domains") {
		next.Domains = v.list("domains")
	}
	next.Custom = v.custom("company_fields", c.Custom)
	for _, x := range s.companies.list {
		if x != c && !x.Gone && strings.EqualFold(str(x.Values["name"]), str(next.Values["name"])) {
			v.status = http.StatusConflict
			v.fault("name", "duplicate_value", "It should be a unique value")
		}
	}
	if v.bad() {
		return false
	}
	next.Updated = s.now()
	next.Shown = s.o.Now().Add(s.o.SearchLag)
	*c = next
	return true
}

func (s *Server) showAgent(a *agent) map[string]any {
	return map[string]any{
		"id": a.ID, "available": true, "occasional": a.Occasional, "signature": nil, "ticket_scope": 1, "type": "support_agent",
		"group_ids": append([]int64{}, a.Groups...), "role_ids": []int64{1}, "skill_ids": []int64{}, "focus_mode": true, "deactivated": false,
		"created_at": stamp(a.Created), "updated_at": stamp(a.Updated), "available_since": nil, "last_active_at": nil,
		"contact": map[string]any{
			"active": true, "email": a.Email, "job_title": nil, "language": "en", "last_login_at": nil, "mobile": nil, "name": a.Name,
			"phone": nil, "time_zone": "Berlin", "created_at": stamp(a.Created), "updated_at": stamp(a.Updated),
		},
	}
}

func (q *request) agents() {
	s := q.s
	switch {
	case q.Method != http.MethodGet:
		q.w.WriteHeader(http.StatusMethodNotAllowed)
	case len(q.path) == 1:
		if !q.only("email", "state", "mobile", "phone") {
			return
		}
		p := q.URL.Query()
		var out []*agent
		for _, a := range s.agents.list {
			if !p.Has("email") || strings.EqualFold(a.Email, p.Get("email")) {
				out = append(out, a)
			}
		}
		list(q, out, func(a *agent) any { return s.showAgent(a) })
	case q.path[1] == "me":
		m := s.showAgent(s.agents.by[s.me])
		if s.o.Light {
			m["role_ids"] = []int64{3}
		}
		q.json(http.StatusOK, m)
	case s.agents.by[number(q.path[1])] != nil:
		q.json(http.StatusOK, s.showAgent(s.agents.by[number(q.path[1])]))
	default:
		q.missing()
	}
}
