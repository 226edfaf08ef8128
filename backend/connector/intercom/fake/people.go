package fake

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

type admin struct {
	id, name, email string
	teams           []int64
	gone            bool // left: not in the list any more
}

type team struct {
	id, name string
	admins   []int64
}

type tag struct{ id, name string }

type contact struct {
	id, external, role, email, phone, name, owner string
	created, updated, signedUp, lastSeen, indexed int64
	unsubscribed, archived                        bool
	merged                                        string // into whom
	custom                                        obj
	companies, tags                               []string
	notes                                         []obj
}

type company struct {
	id, companyID, name, plan, website, industry string
	size, spend, remote, created, updated        int64
	custom                                       obj
	tags                                         []string
	users                                        map[string]bool
}

// addAdmin adds a teammate.
func (s *Server) addAdmin(name, email string) *admin {
	a := &admin{id: fmt.Sprint(991267000 + s.next()), name: name, email: email}
	s.admins = append(s.admins, a)
	return a
}

// AddAdmin adds a teammate, as a person would, and gives the id.
func (s *Server) AddAdmin(name, email string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addAdmin(name, email).id
}

// AddTeam adds a team.
func (s *Server) AddTeam(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &team{id: fmt.Sprint(5017000 + s.next()), name: name}
	s.teams = append(s.teams, t)
	return t.id
}

// RemoveAdmin takes a teammate out of the workspace, who stays the author of what was written.
func (s *Server) RemoveAdmin(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.admins {
		a.gone = a.gone || a.id == id
	}
}

func (s *Server) admin(id string) *admin {
	for _, a := range s.admins {
		if a.id == id {
			return a
		}
	}
	return nil
}

func (s *Server) team(id string) *team {
	for _, t := range s.teams {
		if t.id == id {
			return t
		}
	}
	return nil
}

func (a *admin) json() obj {
	teams := a.teams
	if teams == nil {
		teams = []int64{}
	}
	return obj{
		"type": "admin", "id": a.id, "name": a.name, "email": a.email, "job_title": "", "away_mode_enabled": false,
		"away_mode_reassign": false, "has_inbox_seat": true, "team_ids": teams,
	}
}

func (c *contact) json() obj {
	companies := []obj{}
	for _, id := range c.companies[:min(len(c.companies), 10)] {
		companies = append(companies, obj{"type": "company", "id": id, "url": "/companies/" + id})
	}
	tags := []obj{}
	for _, id := range c.tags[:min(len(c.tags), 10)] {
		tags = append(tags, obj{"type": "tag", "id": id, "url": "/tags/" + id})
	}
	domain := ""
	if _, d, ok := strings.Cut(c.email, "@"); ok {
		domain = d
	}
	list := func(data []obj, path string, n int) obj {
		return obj{"type": "list", "data": data, "url": "/contacts/" + c.id + "/" + path, "total_count": n, "has_more": n > len(data)}
	}
	out := obj{
		"type": "contact", "id": c.id, "workspace_id": "wb_test", "external_id": orNull(c.external), "role": c.role, "email": c.email,
		"email_domain": domain, "phone": orNull(c.phone), "name": orNull(c.name), "avatar": nil, "owner_id": orNull(c.owner),
		"social_profiles": obj{"type": "list", "data": []obj{}}, "has_hard_bounced": false, "marked_email_as_spam": false,
		"unsubscribed_from_emails": c.unsubscribed, "created_at": c.created, "updated_at": c.updated,
		"signed_up_at": timeOrNull(c.signedUp), "last_seen_at": timeOrNull(c.lastSeen), "custom_attributes": c.custom,
		"location": obj{"type": "location", "country": nil, "region": nil, "city": nil},
		"tags":     list(tags, "tags", len(c.tags)), "notes": list([]obj{}, "notes", len(c.notes)),
		"companies": list(companies, "companies", len(c.companies)),
	}
	if c.archived {
		out["archived"] = true
	}
	return out
}

func (s *Server) companyJSON(c *company) obj {
	tags := []obj{}
	for _, id := range c.tags {
		if t := s.tag(id); t != nil {
			tags = append(tags, obj{"type": "tag", "id": t.id, "name": t.name})
		}
	}
	plan := obj{}
	if c.plan != "" {
		plan = obj{"type": "plan", "id": "1", "name": c.plan}
	}
	out := obj{
		"type": "company", "id": c.id, "company_id": c.companyID, "app_id": "wb_test", "name": c.name, "remote_created_at": c.remote,
		"created_at": c.created, "updated_at": c.updated, "monthly_spend": c.spend, "session_count": 0, "user_count": len(c.users),
		"tags": obj{"type": "tag.list", "tags": tags}, "segments": obj{"type": "segment.list", "segments": []obj{}}, "plan": plan,
		"custom_attributes": c.custom,
	}
	if c.size > 0 {
		out["size"] = c.size
	}
	if c.website != "" {
		out["website"] = c.website
	}
	if c.industry != "" {
		out["industry"] = c.industry
	}
	return out
}

var contactFields = []string{
	"role", "external_id", "email", "phone", "name", "avatar", "signed_up_at", "last_seen_at", "owner_id", "unsubscribed_from_emails",
	"custom_attributes", "email_verified",
}

// twin finds a contact that must not be there twice: the e-mail and the external id of
// users are unique, those of leads are not.
func (s *Server) twin(c *contact) *contact {
	for _, key := range userKeys(c) {
		if id := s.users[key]; id != "" && id != c.id {
			return s.contacts.by[id]
		}
	}
	return nil
}

// userKeys are what is unique about a user.
func userKeys(c *contact) (keys []string) {
	if c.role != "user" || c.merged != "" {
		return nil
	}
	if c.external != "" {
		keys = append(keys, "x:"+c.external)
	}
	if c.email != "" {
		keys = append(keys, "e:"+strings.ToLower(c.email))
	}
	return keys
}

// index notes a contact's unique values; unindex forgets them.
func (s *Server) index(c *contact) {
	for _, key := range userKeys(c) {
		s.users[key] = c.id
	}
}

func (s *Server) unindex(c *contact) {
	for _, key := range userKeys(c) {
		delete(s.users, key)
	}
}

func (s *Server) takeContact(c *contact, body obj) *failure {
	for k, v := range body {
		switch k {
		case "role":
			c.role = text(v)
		case "external_id":
			c.external = text(v)
		case "email":
			c.email = text(v)
		case "phone":
			c.phone = text(v)
		case "name":
			c.name = text(v)
		case "owner_id":
			c.owner = text(v)
		case "unsubscribed_from_emails":
			c.unsubscribed = v == true
		case "signed_up_at", "last_seen_at":
			n, ok := seconds(v)
			if !ok {
				return &failure{http.StatusBadRequest, "parameter_invalid", k + " must be a date", k}
			}
			if k == "signed_up_at" {
				c.signedUp = n
			} else {
				c.lastSeen = n
			}
		case "custom_attributes":
			if err := s.takeCustom("contact", c.custom, v); err != nil {
				return err
			}
		}
	}
	if c.external == "" && c.email == "" && c.role == "" {
		return bad("parameter_not_found", "role, external_id or email must be given")
	}
	if c.role == "" || c.external != "" {
		c.role = "user"
	}
	switch {
	case c.role != "user" && c.role != "lead":
		return &failure{http.StatusBadRequest, "parameter_invalid", "Role must be either 'user' or 'lead'", "role"}
	case c.email != "" && (strings.Count(c.email, "@") != 1 || strings.ContainsAny(c.email, " <>")):
		return &failure{http.StatusBadRequest, "parameter_invalid", "email is invalid", "email"}
	case len(c.name) > 255*4:
		return &failure{http.StatusBadRequest, "parameter_invalid", "name is too long", "name"}
	}
	if o := s.twin(c); o != nil {
		if o.archived {
			return fail(http.StatusConflict, "conflict", "An archived contact matching those details already exists with id="+o.id)
		}
		return fail(http.StatusConflict, "conflict", "A contact matching those details already exists with id="+o.id)
	}
	return nil
}

func (s *Server) peopleRoutes() {
	none := []string(nil)
	s.handle("GET /me", "", none, none, func(*request) (any, *failure) {
		x := s.me.json()
		x["email_verified"] = true
		delete(x, "job_title")
		x["app"] = obj{
			"type": "app", "id_code": "wb_test", "name": "Acme", "created_at": 1577836800, "secure": false, "identity_verification": false,
			"timezone": s.o.Zone.String(), "region": "US",
		}
		return x, nil
	})
	s.handle("GET /admins", "", none, none, func(*request) (any, *failure) {
		list := []obj{}
		for _, a := range s.admins {
			if !a.gone {
				list = append(list, a.json())
			}
		}
		return obj{"type": "admin.list", "admins": list}, nil
	})
	s.handle("GET /admins/{id}", "", none, none, func(r *request) (any, *failure) {
		if a := s.admin(r.id()); a != nil && !a.gone {
			return a.json(), nil
		}
		return nil, fail(http.StatusNotFound, "admin_not_found", "Admin not found")
	})
	s.handle("GET /teams", "", none, none, func(*request) (any, *failure) {
		list := []obj{}
		for _, t := range s.teams {
			list = append(list, obj{"type": "team", "id": t.id, "name": t.name, "admin_ids": append([]int64{}, t.admins...)})
		}
		return obj{"type": "team.list", "teams": list}, nil
	})
	s.handle("GET /segments", "", none, none, func(*request) (any, *failure) {
		return obj{"type": "segment.list", "segments": append([]obj{}, s.segments...)}, nil
	})
	s.handle("GET /contacts", "contacts", []string{"per_page", "starting_after"}, none, s.listContacts)
	s.handle("POST /contacts", "contacts", none, contactFields, func(r *request) (any, *failure) {
		c := &contact{custom: obj{}, created: s.now(), updated: s.now(), indexed: s.now() + int64(s.o.SearchLag.Seconds())}
		if err := s.takeContact(c, r.body); err != nil {
			return nil, err
		}
		c.id = s.hexID()
		s.contacts.put(c.id, c)
		s.index(c)
		s.changed()
		return c.json(), nil
	})
	s.handle("GET /contacts/{id}", "contacts", none, none, func(r *request) (any, *failure) {
		c, err := s.contact(r.id())
		if err != nil {
			return nil, err
		}
		return c.json(), nil
	})
	s.handle("PUT /contacts/{id}", "contacts", none, contactFields, func(r *request) (any, *failure) {
		c, err := s.contact(r.id())
		if err != nil {
			return nil, err
		}
		x := *c
		x.custom = obj{}
		for k, v := range c.custom {
			x.custom[k] = v
		}
		if err := s.takeContact(&x, r.body); err != nil {
			return nil, err
		}
		x.updated = s.now()
		s.unindex(c)
		*c = x
		s.index(c)
		s.changed()
		return c.json(), nil
	})
	s.handle("DELETE /contacts/{id}", "contacts", none, none, func(r *request) (any, *failure) {
		c, err := s.contact(r.id())
		if err != nil {
			return nil, err
		}
		for _, id := range c.companies {
			if o := s.companies.by[id]; o != nil {
				delete(o.users, c.id)
			}
		}
		s.unindex(c)
		s.contacts.drop(c.id)
		s.changed()
		return obj{"type": "contact", "id": c.id, "external_id": orNull(c.external), "deleted": true}, nil
	})
	s.handle("POST /contacts/{id}/archive", "contacts", none, none, func(r *request) (any, *failure) {
		c, err := s.contact(r.id())
		if err != nil {
			return nil, err
		}
		c.archived = true
		s.changed()
		return obj{"type": "contact", "id": c.id, "external_id": orNull(c.external), "archived": true}, nil
	})
	s.handle("POST /contacts/{id}/companies", "contacts", none, []string{"id"}, func(r *request) (any, *failure) {
		c, err := s.contact(r.id())
		if err != nil {
			return nil, err
		}
		o := s.companies.by[text(r.body["id"])]
		if o == nil {
			return nil, fail(http.StatusNotFound, "company_not_found", "Company Not Found")
		}
		if !slices.Contains(c.companies, o.id) {
			c.companies = append(c.companies, o.id)
			o.users[c.id] = true
			s.changed()
		}
		return s.companyJSON(o), nil
	})
	s.handle("DELETE /contacts/{id}/companies/{company}", "contacts", none, none, func(r *request) (any, *failure) {
		c, err := s.contact(r.id())
		if err != nil {
			return nil, err
		}
		o := s.companies.by[r.PathValue("company")]
		if o == nil {
			return nil, fail(http.StatusNotFound, "company_not_found", "Company Not Found")
		}
		c.companies = slices.DeleteFunc(c.companies, func(id string) bool { return id == o.id })
		delete(o.users, c.id)
		s.changed()
		return s.companyJSON(o), nil
	})
	s.handle("POST /contacts/{id}/tags", "contacts", none, []string{"id"}, func(r *request) (any, *failure) {
		c, err := s.contact(r.id())
		if err != nil {
			return nil, err
		}
		t := s.tag(text(r.body["id"]))
		if t == nil {
			return nil, notFound("Resource")
		}
		if !slices.Contains(c.tags, t.id) {
			c.tags = append(c.tags, t.id)
			s.changed()
		}
		return obj{"type": "tag", "id": t.id, "name": t.name, "applied_at": s.now(), "applied_by": nil}, nil
	})
	s.handle("GET /contacts/{id}/companies", "contacts", []string{"page", "per_page"}, none, func(r *request) (any, *failure) {
		c, err := s.contact(r.id())
		if err != nil {
			return nil, err
		}
		list := []obj{}
		for _, id := range c.companies {
			if o := s.companies.by[id]; o != nil {
				list = append(list, s.companyJSON(o))
			}
		}
		return s.paged(r, list, 15, 60)
	})
	s.handle("GET /contacts/{id}/notes", "contacts", []string{"page", "per_page"}, none, func(r *request) (any, *failure) {
		c, err := s.contact(r.id())
		if err != nil {
			return nil, err
		}
		return s.paged(r, c.notes, 50, 150)
	})
	s.handle("POST /contacts/{id}/notes", "contacts", none, []string{"body", "admin_id"}, func(r *request) (any, *failure) {
		c, err := s.contact(r.id())
		if err != nil {
			return nil, err
		}
		a := s.me
		if id := text(r.body["admin_id"]); id != "" {
			if a = s.admin(id); a == nil {
				return nil, fail(http.StatusNotFound, "resource_not_found", "Resource Not Found")
			}
		}
		n := s.note(c, a, text(r.body["body"]))
		return n, nil
	})
	s.handle("POST /contacts/search", "contacts", none, []string{"query", "pagination", "sort"}, s.searchContacts)
	s.companyRoutes()
}

func (s *Server) note(c *contact, a *admin, body string) obj {
	n := obj{
		"type": "note", "id": fmt.Sprint(s.next()), "created_at": s.now(), "contact": obj{"type": "contact", "id": c.id},
		"author": a.json(), "body": "<p>" + body + "</p>",
	}
	c.notes = append(c.notes, n)
	return n
}

// contact finds one by id. One that was merged is gone, and says where to.
func (s *Server) contact(id string) (*contact, *failure) {
	c := s.contacts.by[id]
	if c == nil {
		return nil, notFound("User")
	}
	if c.merged != "" {
		return nil, fail(http.StatusGone, "contact_merged", "This contact was merged into "+c.merged)
	}
	return c, nil
}

var companyFields = []string{
	"name", "company_id", "plan", "size", "website", "industry", "custom_attributes", "remote_created_at", "monthly_spend",
	"update_last_request_at",
}

func (s *Server) takeCompany(c *company, body obj) *failure {
	for k, v := range body {
		n, isNumber := seconds(v)
		switch k {
		case "name":
			c.name = text(v)
		case "plan":
			c.plan = text(v)
		case "website":
			c.website = text(v)
		case "industry":
			c.industry = text(v)
		case "size", "monthly_spend", "remote_created_at":
			if !isNumber {
				return &failure{http.StatusBadRequest, "parameter_invalid", k + " must be an integer", k}
			}
			switch k {
			case "size":
				c.size = n
			case "monthly_spend":
				c.spend = n
			default:
				c.remote = n
			}
		case "custom_attributes":
			if err := s.takeCustom("company", c.custom, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Server) companyRoutes() {
	none := []string(nil)
	s.handle("POST /companies", "companies", none, companyFields, func(r *request) (any, *failure) {
		id := text(r.body["company_id"])
		if id == "" && text(r.body["name"]) == "" {
			return nil, bad("bad_request", "bad 'name' or 'company_id' parameter")
		}
		c := s.companies.by[s.firms[id]]
		fresh := c == nil
		if fresh {
			c = &company{id: s.hexID(), companyID: id, created: s.now(), remote: s.now(), custom: obj{}, users: map[string]bool{}}
		}
		if err := s.takeCompany(c, r.body); err != nil {
			return nil, err
		}
		c.updated = s.now()
		s.companies.put(c.id, c)
		if id != "" {
			s.firms[id] = c.id
		}
		s.changed()
		return s.companyJSON(c), nil
	})
	s.handle("GET /companies", "companies", []string{"company_id", "name", "page", "per_page"}, none, func(r *request) (any, *failure) {
		q := r.URL.Query()
		list := []obj{}
		one := s.companies.by[s.firms[q.Get("company_id")]]
		s.companies.each(func(c *company) {
			if n := q.Get("name"); n != "" && c.name == n {
				one = c
			}
			if s.listed(c) {
				list = append(list, s.companyJSON(c))
			}
		})
		if q.Get("company_id") != "" || q.Get("name") != "" {
			if one == nil {
				return nil, fail(http.StatusNotFound, "company_not_found", "Company Not Found")
			}
			return s.companyJSON(one), nil
		}
		return s.paged(r, list, 15, 60)
	})
	s.handle("GET /companies/{id}", "companies", none, none, func(r *request) (any, *failure) {
		c := s.companies.by[r.id()]
		if c == nil {
			return nil, fail(http.StatusNotFound, "company_not_found", "Company Not Found")
		}
		return s.companyJSON(c), nil
	})
	s.handle("PUT /companies/{id}", "companies", none, slices.Concat(companyFields[:1], companyFields[2:7], companyFields[8:9]), func(r *request) (any, *failure) {
		c := s.companies.by[r.id()]
		if c == nil {
			return nil, fail(http.StatusNotFound, "company_not_found", "Company Not Found")
		}
		if err := s.takeCompany(c, r.body); err != nil {
			return nil, err
		}
		c.updated = s.now()
		s.changed()
		return s.companyJSON(c), nil
	})
	s.handle("DELETE /companies/{id}", "companies", none, none, func(r *request) (any, *failure) {
		c := s.companies.by[r.id()]
		if c == nil {
			return nil, fail(http.StatusNotFound, "company_not_found", "Company Not Found")
		}
		for id := range c.users {
			if p := s.contacts.by[id]; p != nil {
				p.companies = slices.DeleteFunc(p.companies, func(x string) bool { return x == c.id })
			}
		}
		s.companies.drop(c.id)
		delete(s.firms, c.companyID)
		s.changed()
		return obj{"id": c.id, "object": "company", "deleted": true}, nil
	})
	s.handle("POST /companies/list", "companies", []string{"page", "per_page", "order"}, none, func(r *request) (any, *failure) {
		list := []obj{}
		s.companies.each(func(c *company) {
			if s.listed(c) {
				list = append(list, s.companyJSON(c))
			}
		})
		slices.Reverse(list) // the most recently requested first
		page, err := number(r.Request, "page", 1, 1<<30)
		if err != nil {
			return nil, err
		}
		per, err := number(r.Request, "per_page", 15, 60)
		if err != nil {
			return nil, err
		}
		if page*per > s.o.ListCeiling+per-1 {
			return nil, bad("page_threshold_exceeded", "You have exceeded the page threshold of %d companies, use the scroll", s.o.ListCeiling)
		}
		return s.paged(r, list, 15, 60)
	})
	s.handle("GET /companies/scroll", "companies", []string{"scroll_param"}, none, s.scrollCompanies)
}

func (s *Server) listed(c *company) bool { return s.o.EmptyCompanies || len(c.users) > 0 }

// scroll is an open walk over all companies.
type scroll struct {
	param string
	left  []string
	used  int64
}

func (s *Server) scrollCompanies(r *request) (any, *failure) {
	param := r.URL.Query().Get("scroll_param")
	open := s.scroll != nil && s.now()-s.scroll.used <= 60
	switch {
	case param == "" && open:
		return nil, bad("scroll_exists", "scroll already exists for this workspace")
	case param == "":
		s.scroll = &scroll{param: fmt.Sprintf("scroll-%d", s.next())}
		s.companies.each(func(c *company) {
			if s.listed(c) {
				s.scroll.left = append(s.scroll.left, c.id)
			}
		})
	case !open || s.scroll.param != param:
		return nil, notFound("scroll parameter")
	}
	x := s.scroll
	x.used = s.now()
	n := min(len(x.left), s.o.ScrollSize)
	list := []obj{}
	for _, id := range x.left[:n] {
		if c := s.companies.by[id]; c != nil {
			list = append(list, s.companyJSON(c))
		}
	}
	x.left = x.left[n:]
	if len(list) == 0 {
		s.scroll = nil
	}
	return obj{"type": "list", "data": list, "pages": nil, "total_count": nil, "scroll_param": x.param}, nil
}

// paged gives a page by its number.
func (s *Server) paged(r *request, list []obj, std, most int) (any, *failure) {
	page, err := number(r.Request, "page", 1, 1<<30)
	if err != nil {
		return nil, err
	}
	per, err := number(r.Request, "per_page", std, most)
	if err != nil {
		return nil, err
	}
	total := (len(list) + per - 1) / per
	from := min((page-1)*per, len(list))
	data := append([]obj{}, list[from:min(from+per, len(list))]...)
	pages := obj{"type": "pages", "page": page, "per_page": per, "total_pages": total, "next": nil}
	if page < total {
		u := url.URL{Path: r.URL.Path}
		u.RawQuery = url.Values{"page": {fmt.Sprint(page + 1)}, "per_page": {fmt.Sprint(per)}}.Encode()
		pages["next"] = r.host + u.String()
	}
	return obj{"type": "list", "data": data, "pages": pages, "total_count": len(list)}, nil
}
