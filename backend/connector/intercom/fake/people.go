package fake

import (
	"fmt"
	"net/http"
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
