package fake

import (
	"slices"
	"strings"
)

type handle struct {
	Handle string `json:"handle"`
	Source string `json:"source"`
}

func (h handle) key() string { return h.Source + ":" + strings.ToLower(h.Handle) }

type contact struct {
	id, name, description string
	links                 []string
	lists                 []*list
	handles               []handle
	custom                map[string]any
	updated               float64
	notes                 []obj
}

type list struct{ id, name string }

type account struct {
	id, name, description, external string
	domains                         []string
	custom                          map[string]any
	created, updated                float64
	members                         []*contact
}

func (s *Server) renderContact(x *contact) obj {
	base := s.o.Base + "/contacts/" + x.id
	lists := make([]obj, 0, len(x.lists))
	for _, l := range x.lists {
		lists = append(lists, s.renderList(l))
	}
	handles := x.handles
	if handles == nil {
		handles = []handle{}
	}
	return obj{
		"_links": obj{"self": base, "related": obj{"notes": base + "/notes", "conversations": base + "/conversations", "owner": s.o.Base + "/teams/" + s.teams[0].id}},
		"id":     x.id, "name": x.name, "description": x.description, "avatar_url": "", "links": list0(x.links), "groups": lists, "lists": lists,
		"handles": handles, "custom_fields": x.custom, "is_private": false,
	}
}

func list0(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}

func (s *Server) renderList(l *list) obj {
	base := s.o.Base + "/contact_lists/" + l.id
	return obj{"_links": obj{"self": base, "related": obj{"contacts": base + "/contacts", "owner": s.o.Base + "/teams/" + s.teams[0].id}}, "id": l.id, "name": l.name, "is_private": false}
}

func (s *Server) renderAccount(x *account) obj {
	base := s.o.Base + "/accounts/" + x.id
	o := obj{
		"_links": obj{"self": base, "related": obj{"contacts": base + "/contacts"}}, "id": x.id, "name": x.name, "logo_url": nil,
		"description": nil, "domains": list0(x.domains), "external_id": nil, "custom_fields": x.custom, "created_at": x.created, "updated_at": x.updated,
	}
	if x.description != "" {
		o["description"] = x.description
	}
	if x.external != "" {
		o["external_id"] = x.external
	}
	return o
}

type contactBody struct {
	Name        *string        `json:"name"`
	Description *string        `json:"description"`
	Links       []string       `json:"links"`
	Groups      []string       `json:"group_names"`
	Lists       []string       `json:"list_names"`
	Custom      map[string]any `json:"custom_fields"`
	Handles     *[]handle      `json:"handles"`
}

var sources = []string{"twitter", "email", "phone", "facebook", "intercom", "front_chat", "custom"}

// addContact makes a contact; a handle that is used already is a conflict.
func (s *Server) addContact(name, description string, handles []handle) *contact {
	x := &contact{id: s.id("crd"), name: name, description: description, custom: map[string]any{}, updated: s.now()}
	s.contacts = append(s.contacts, x)
	s.byID[x.id] = x
	for _, h := range handles {
		x.handles = append(x.handles, h)
		s.handles[h.key()] = x
	}
	return x
}

func (s *Server) listNamed(name string) *list {
	for _, l := range s.lists {
		if strings.EqualFold(l.name, name) {
			return l
		}
	}
	l := &list{id: s.id("grp"), name: name}
	s.lists = append(s.lists, l)
	s.byID[l.id] = l
	return l
}

func (s *Server) applyContact(x *contact, b contactBody) {
	if b.Name != nil {
		x.name = *b.Name
	}
	if b.Description != nil {
		x.description = *b.Description
	}
	if b.Links != nil {
		x.links = b.Links
	}
	if b.Lists != nil {
		x.lists = nil
		for _, n := range b.Lists {
			x.lists = append(x.lists, s.listNamed(n))
		}
	}
	if b.Custom != nil { // those that are not sent are cleared
		x.custom = clean(b.Custom)
	}
	x.updated = s.now()
}

func (s *Server) findContact(id string) *contact {
	if rest, ok := strings.CutPrefix(id, "alt:"); ok {
		source, h, _ := strings.Cut(rest, ":")
		return s.handles[handle{h, source}.key()]
	}
	x, _ := s.byID[id].(*contact)
	return x
}

func (s *Server) contactRoute(c *call) (reply, *failure) {
	right := "contacts:write"
	switch c.method {
	case "GET":
		right = "contacts:read"
	case "DELETE":
		right = "contacts:delete"
	}
	if f := s.scope(right); f != nil {
		return reply{}, f
	}
	if len(c.parts) == 1 {
		if c.method == "GET" {
			return s.listContacts(c)
		}
		return s.createContact(c)
	}
	if c.parts[1] == "custom_fields" && c.method == "GET" {
		return whole(s, c, s.fields["contacts"], s.renderField)
	}
	if c.parts[1] == "merge" && c.method == "POST" {
		return s.mergeContacts(c)
	}
	x := s.findContact(c.parts[1])
	if x == nil {
		return reply{}, notFound("Contact")
	}
	switch c.method + " " + strings.Join(c.parts[2:], "/") {
	case "GET ":
		return ok(s.renderContact(x)), nil
	case "PATCH ":
		var b contactBody
		if f := decode(c, &b); f != nil {
			return reply{}, f
		}
		if b.Handles != nil {
			return reply{}, bad("body.handles: unexpected")
		}
		if f := s.custom("contacts", b.Custom); f != nil {
			return reply{}, f
		}
		s.applyContact(x, b)
		return none(), nil
	case "DELETE ":
		s.dropContact(x)
		return none(), nil
	case "GET notes":
		a, f := whole(s, c, x.notes, same)
		a.status = 202 // as the description says
		return a, f
	case "GET conversations":
		return s.listConvs(c, func(v *conv) bool { return v.contact() == x })
	case "POST handles", "DELETE handles":
		var b struct {
			handle
			Force bool `json:"force"`
		}
		if f := decode(c, &b); f != nil {
			return reply{}, f
		}
		if c.method == "DELETE" {
			x.handles = remove(x.handles, b.handle)
			delete(s.handles, b.key())
		} else {
			if y := s.handles[b.key()]; y != nil && y != x {
				return reply{}, &failure{409, "Conflict", "Handle already used by another contact", nil}
			}
			if s.handles[b.key()] == nil {
				x.handles = append(x.handles, b.handle)
				s.handles[b.key()] = x
			}
		}
		x.updated = s.now()
		return none(), nil
	}
	return reply{}, notFound("Route")
}

func (s *Server) listContacts(c *call) (reply, *failure) {
	q := c.r.URL.Query()
	after, f := number(q, "q[updated_after]")
	if f != nil {
		return reply{}, f
	}
	all := s.contacts
	if after > 0 {
		all = nil
		for _, x := range s.contacts {
			if x.updated > after {
				all = append(all, x)
			}
		}
	}
	if q.Get("sort_by") == "updated_at" {
		all = slices.Clone(all)
		slices.SortStableFunc(all, func(a, b *contact) int { return sign(a.updated - b.updated) })
	}
	// The newest come first unless asked otherwise.
	if q.Get("sort_order") != "asc" {
		all = slices.Clone(all)
		slices.Reverse(all)
	}
	return page(s, c, all, 50, s.renderContact)
}

func sign(d float64) int {
	switch {
	case d < 0:
		return -1
	case d > 0:
		return 1
	}
	return 0
}

func (s *Server) createContact(c *call) (reply, *failure) {
	var b contactBody
	if f := decode(c, &b); f != nil {
		return reply{}, f
	}
	if b.Handles == nil || len(*b.Handles) == 0 {
		return reply{}, bad("body.handles: must contain at least one handle")
	}
	for _, h := range *b.Handles {
		if h.Handle == "" || !slices.Contains(sources, h.Source) {
			return reply{}, bad("body.handles: invalid handle")
		}
		if s.handles[h.key()] != nil {
			return reply{}, &failure{409, "Conflict", "Handle already used by another contact", nil}
		}
	}
	if f := s.custom("contacts", b.Custom); f != nil {
		return reply{}, f
	}
	x := s.addContact("", "", *b.Handles)
	s.applyContact(x, b)
	return created(s.renderContact(x)), nil
}

func (s *Server) dropContact(x *contact) {
	s.contacts = remove(s.contacts, x)
	delete(s.byID, x.id)
	for _, h := range x.handles {
		if s.handles[h.key()] == x {
			delete(s.handles, h.key())
		}
	}
	for _, a := range s.accounts {
		a.members = remove(a.members, x)
	}
}

func (s *Server) mergeContacts(c *call) (reply, *failure) {
	var b struct {
		Target string   `json:"target_contact_id"`
		IDs    []string `json:"contact_ids"`
	}
	if f := decode(c, &b); f != nil {
		return reply{}, f
	}
	into := s.findContact(b.Target)
	if into == nil && len(b.IDs) > 0 {
		into = s.findContact(b.IDs[0])
	}
	if into == nil {
		return reply{}, notFound("Contact")
	}
	for _, id := range b.IDs {
		x := s.findContact(id)
		if x == nil || x == into {
			continue
		}
		handles := x.handles
		s.dropContact(x)
		for _, h := range handles {
			into.handles = append(into.handles, h)
			s.handles[h.key()] = into
		}
	}
	into.updated = s.now()
	return ok(s.renderContact(into)), nil
}

type accountBody struct {
	Name        *string        `json:"name"`
	Description *string        `json:"description"`
	Domains     *[]string      `json:"domains"`
	External    *string        `json:"external_id"`
	Custom      map[string]any `json:"custom_fields"`
}

func (s *Server) findAccount(id string) *account {
	if d, ok := strings.CutPrefix(id, "alt:domain:"); ok {
		return s.domains[strings.ToLower(d)]
	}
	if e, ok := strings.CutPrefix(id, "alt:ext_id:"); ok {
		return s.external[e]
	}
	x, _ := s.byID[id].(*account)
	return x
}

func (s *Server) applyAccount(x *account, b accountBody) *failure {
	if b.Domains != nil {
		for _, d := range *b.Domains {
			if y := s.domains[strings.ToLower(d)]; y != nil && y != x {
				return &failure{409, "Conflict", "Domain already used by another account", nil}
			}
		}
		for _, d := range x.domains {
			delete(s.domains, strings.ToLower(d))
		}
		x.domains = *b.Domains
		for _, d := range x.domains {
			s.domains[strings.ToLower(d)] = x
		}
	}
	if b.Name != nil {
		x.name = *b.Name
	}
	if b.Description != nil {
		x.description = *b.Description
	}
	if b.Custom != nil {
		x.custom = clean(b.Custom)
	}
	x.updated = s.now()
	return nil
}

func (s *Server) accountRoute(c *call) (reply, *failure) {
	right := "accounts:write"
	switch c.method {
	case "GET":
		right = "accounts:read"
	case "DELETE":
		right = "accounts:delete"
	}
	if f := s.scope(right); f != nil {
		return reply{}, f
	}
	if len(c.parts) == 1 {
		if c.method == "GET" {
			return s.listAccounts(c)
		}
		return s.createAccount(c)
	}
	if c.parts[1] == "custom_fields" && c.method == "GET" {
		return whole(s, c, s.fields["accounts"], s.renderField)
	}
	x := s.findAccount(c.parts[1])
	if x == nil {
		return reply{}, notFound("Account")
	}
	switch c.method + " " + strings.Join(c.parts[2:], "/") {
	case "GET ":
		return ok(s.renderAccount(x)), nil
	case "PATCH ":
		var b accountBody
		if f := decode(c, &b); f != nil {
			return reply{}, f
		}
		if f := s.custom("accounts", b.Custom); f != nil {
			return reply{}, f
		}
		if f := s.applyAccount(x, b); f != nil {
			return reply{}, f
		}
		return ok(s.renderAccount(x)), nil
	case "DELETE ":
		s.accounts = remove(s.accounts, x)
		delete(s.byID, x.id)
		delete(s.external, x.external)
		for _, d := range x.domains {
			delete(s.domains, strings.ToLower(d))
		}
		return none(), nil
	case "GET contacts":
		return page(s, c, x.members, 50, s.renderContact)
	case "POST contacts", "DELETE contacts":
		var b struct {
			IDs []string `json:"contact_ids"`
		}
		if f := decode(c, &b); f != nil {
			return reply{}, f
		}
		for _, id := range b.IDs {
			m := s.findContact(id)
			if m == nil {
				return reply{}, notFound("Contact")
			}
			for _, a := range s.accounts { // a contact belongs to one account
				if a == x || c.method == "POST" {
					a.members = remove(a.members, m)
				}
			}
			if c.method == "POST" {
				x.members = append(x.members, m)
			}
		}
		return none(), nil
	}
	return reply{}, notFound("Route")
}

func (s *Server) listAccounts(c *call) (reply, *failure) {
	q := c.r.URL.Query()
	all := slices.Clone(s.accounts)
	if q.Get("sort_by") == "updated_at" {
		slices.SortStableFunc(all, func(a, b *account) int { return sign(a.updated - b.updated) })
	}
	if q.Get("sort_order") != "asc" {
		slices.Reverse(all)
	}
	return page(s, c, all, 50, s.renderAccount)
}

func (s *Server) createAccount(c *call) (reply, *failure) {
	var b accountBody
	if f := decode(c, &b); f != nil {
		return reply{}, f
	}
	if b.External != nil && s.external[*b.External] != nil {
		return reply{}, &failure{409, "Conflict", "External id already used by another account", nil}
	}
	if f := s.custom("accounts", b.Custom); f != nil {
		return reply{}, f
	}
	x := &account{custom: map[string]any{}, created: s.now(), external: deref(b.External)}
	if f := s.applyAccount(x, b); f != nil {
		return reply{}, f
	}
	x.id = s.id("acc")
	s.accounts = append(s.accounts, x)
	s.byID[x.id] = x
	if x.external != "" {
		s.external[x.external] = x
	}
	return created(s.renderAccount(x)), nil
}
