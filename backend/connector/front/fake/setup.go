package fake

import (
	"slices"
	"strings"
	"unicode/utf8"
)

type teammate struct {
	id, email, username, first, last, kind string
	admin, available, blocked              bool
}

type team struct{ id, name string }

type inbox struct {
	id, name string
	team     *team
}

type tag struct {
	id, name, description, highlight string
	parent                           *tag
	visible                          bool
	created, updated                 float64
}

type link struct{ id, name, url string }

type customField struct {
	id, name, kind string
	values         []string
}

type rule struct {
	id, name string
	actions  []string
	// on: what sets it off in this fake ("inbound", "comment", "tag", ...); sends: it mails customers.
	on    string
	sends bool
}

func (s *Server) addTeammate(email, first, last string, admin bool) *teammate {
	t := &teammate{
		id: s.id("tea"), email: email, username: strings.Split(email, "@")[0], first: first, last: last, kind: "user",
		admin: admin, available: true,
	}
	s.teammates = append(s.teammates, t)
	s.byID[t.id] = t
	return t
}

func (s *Server) addTeam(name string) *team {
	t := &team{id: s.id("tim"), name: name}
	s.teams = append(s.teams, t)
	s.byID[t.id] = t
	return t
}

func (s *Server) addInbox(name string, t *team) *inbox {
	x := &inbox{id: s.id("inb"), name: name, team: t}
	s.inboxes = append(s.inboxes, x)
	s.byID[x.id] = x
	id := s.id("cha")
	s.channels = append(s.channels, obj{
		"_links": obj{"self": s.o.Base + "/channels/" + id, "related": obj{"inbox": s.o.Base + "/inboxes/" + x.id, "owner": s.o.Base + "/teams/" + t.id}},
		"id":     id, "name": name, "address": strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@acme.test",
		"send_as": strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@acme.test", "type": "smtp",
		"settings": obj{"undo_send_time": 15, "all_teammates_can_reply": false}, "is_private": false, "is_valid": true,
	})
	return x
}

// AddField adds a custom field to "contacts", "accounts", "conversations", "teammates",
// "inboxes" or "links"; kind is string, boolean, datetime, number, teammate, inbox or enum.
func (s *Server) AddField(resource, name, kind string, values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fields[resource] = append(s.fields[resource], &customField{id: s.id("fld"), name: name, kind: kind, values: values})
}

func (s *Server) renderField(f *customField) obj {
	o := obj{"_links": s.self("custom_fields/" + f.id), "id": f.id, "name": f.name, "description": "Made for the test", "type": f.kind}
	if f.kind == "enum" {
		values := []obj{}
		for _, v := range f.values {
			values = append(values, obj{"value": v, "label": v})
		}
		o["values"] = values
	}
	return o
}

// custom checks values of custom fields: names that do not exist and values of another
// type are refused.
func (s *Server) custom(resource string, values map[string]any) *failure {
	for name, v := range values {
		i := slices.IndexFunc(s.fields[resource], func(f *customField) bool { return f.name == name })
		if i < 0 {
			return bad("body.custom_fields." + name + ": unknown custom field")
		}
		f := s.fields[resource][i]
		good := v == nil
		switch v := v.(type) {
		case string:
			good = f.kind == "string" || f.kind == "teammate" || f.kind == "inbox" || f.kind == "enum" && (v == "" || slices.Contains(f.values, v))
		case bool:
			good = f.kind == "boolean"
		case float64:
			good = f.kind == "number" || f.kind == "datetime"
		}
		if !good {
			return bad("body.custom_fields." + name + ": must be of type " + f.kind)
		}
	}
	return nil
}

// clean drops values that empty their field.
func clean(values map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range values {
		if v != nil && v != "" {
			out[k] = v
		}
	}
	return out
}

func (s *Server) renderTeammate(t *teammate) obj {
	if t == nil {
		return nil
	}
	base := s.o.Base + "/teammates/" + t.id
	return obj{
		"_links": obj{"self": base, "related": obj{"inboxes": base + "/inboxes", "conversations": base + "/conversations"}},
		"id":     t.id, "email": t.email, "username": t.username, "first_name": t.first, "last_name": t.last, "license_type": "full",
		"is_admin": t.admin, "is_available": t.available, "is_blocked": t.blocked, "type": t.kind, "custom_fields": obj{},
	}
}

func (s *Server) renderInbox(x *inbox) obj {
	base := s.o.Base + "/inboxes/" + x.id
	return obj{
		"_links": obj{"self": base, "related": obj{
			"teammates": base + "/teammates", "conversations": base + "/conversations", "channels": base + "/channels", "owner": s.o.Base + "/teams/" + x.team.id,
		}},
		"id": x.id, "name": x.name, "is_private": false, "is_public": true, "custom_fields": obj{},
	}
}

func (s *Server) renderTeam(t *team) obj {
	return obj{"_links": s.self("teams/" + t.id), "id": t.id, "name": t.name}
}

func (s *Server) renderTag(t *tag) obj {
	base := s.o.Base + "/tags/" + t.id
	related := obj{"conversations": base + "/conversations", "owner": nil, "parent_tag": nil, "children": nil}
	if t.parent != nil {
		related["parent_tag"] = s.o.Base + "/tags/" + t.parent.id
	}
	o := obj{
		"_links": obj{"self": base, "related": related}, "id": t.id, "name": t.name, "description": nil, "highlight": nil,
		"is_private": false, "is_visible_in_conversation_lists": t.visible, "created_at": t.created, "updated_at": t.updated,
	}
	if t.description != "" {
		o["description"] = t.description
	}
	if t.highlight != "" {
		o["highlight"] = t.highlight
	}
	return o
}

func (s *Server) renderLink(l *link) obj {
	return obj{"_links": s.self("links/" + l.id), "id": l.id, "name": l.name, "type": "web", "external_url": l.url, "custom_fields": obj{}}
}

func (s *Server) renderRule(r *rule) obj {
	return obj{
		"_links": obj{"self": s.o.Base + "/rules/" + r.id, "related": obj{"owner": s.o.Base + "/teams/" + s.teams[0].id}},
		"id":     r.id, "name": r.name, "actions": r.actions, "is_private": false,
	}
}

// AddRule adds a rule of the company. on says what sets it off here: "inbound",
// "comment", "tag", "assign", "status"; sends: it mails customers.
func (s *Server) AddRule(name, on string, sends bool, actions ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = append(s.rules, &rule{id: s.id("rul"), name: name, actions: actions, on: on, sends: sends})
}

// AddTag adds a tag of the company.
func (s *Server) AddTag(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addTag(name, "", "", false)
}

// AddInbox adds an inbox of the first team and gives its id.
func (s *Server) AddInbox(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addInbox(name, s.teams[0]).id
}

// AddTeammate adds a member of the staff and gives the id.
func (s *Server) AddTeammate(email, first, last string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addTeammate(email, first, last, false).id
}

// fire sets off what listens to something that happened.
func (s *Server) fire(on string) {
	for _, r := range s.rules {
		if r.on == on {
			s.fired++
			if r.sends {
				s.sent++
			}
		}
	}
	if s.o.Webhooks {
		s.hooked++
	}
}

func (s *Server) findTag(name string) *tag {
	for _, t := range s.tags {
		if strings.EqualFold(t.name, name) {
			return t
		}
	}
	return nil
}

func (s *Server) addTag(name, description, highlight string, visible bool) *tag {
	t := &tag{id: s.id("tag"), name: name, description: description, highlight: highlight, visible: visible, created: s.now(), updated: s.now()}
	s.tags = append(s.tags, t)
	s.byID[t.id] = t
	return t
}

var highlights = []string{"", "grey", "pink", "red", "orange", "yellow", "green", "light-blue", "blue", "purple"}

func (s *Server) tagRoute(c *call) (reply, *failure) {
	type body struct {
		Name        *string `json:"name"`
		Description *string `json:"description"`
		Highlight   *string `json:"highlight"`
		Visible     *bool   `json:"is_visible_in_conversation_lists"`
		Parent      *string `json:"parent_tag_id"`
	}
	at := c.method + " " + strings.Join(c.parts, "/")
	switch {
	case at == "GET company/tags" || at == "GET tags":
		if f := s.scope("tags:read"); f != nil {
			return reply{}, f
		}
		return page(s, c, s.tags, 50, s.renderTag)
	case at == "POST company/tags" || at == "POST tags":
		if f := s.scope("tags:write"); f != nil {
			return reply{}, f
		}
		var b body
		if f := decode(c, &b); f != nil {
			return reply{}, f
		}
		if b.Name == nil || *b.Name == "" {
			return reply{}, bad("body.name: missing")
		}
		if utf8.RuneCountInString(*b.Name) > 64 {
			return reply{}, bad("body.name: must be at most 64 characters long")
		}
		if !slices.Contains(highlights, deref(b.Highlight)) {
			return reply{}, bad("body.highlight: invalid value")
		}
		if s.findTag(*b.Name) != nil {
			return reply{}, &failure{409, "Conflict", "A tag with this name exists", nil}
		}
		t := s.addTag(*b.Name, deref(b.Description), deref(b.Highlight), b.Visible != nil && *b.Visible)
		return created(s.renderTag(t)), nil
	}
	t, ok2 := s.byID[c.parts[1]].(*tag)
	if !ok2 {
		return reply{}, notFound("Tag")
	}
	switch {
	case c.method == "GET" && len(c.parts) == 2:
		return ok(s.renderTag(t)), nil
	case c.method == "GET" && len(c.parts) == 3 && c.parts[2] == "conversations":
		return s.listConvs(c, func(x *conv) bool { return slices.Contains(x.tags, t) })
	case c.method == "PATCH" && len(c.parts) == 2:
		var b body
		if f := decode(c, &b); f != nil {
			return reply{}, f
		}
		if b.Name != nil {
			t.name = *b.Name
		}
		if b.Description != nil {
			t.description = *b.Description
		}
		if b.Highlight != nil {
			t.highlight = *b.Highlight
		}
		if b.Visible != nil {
			t.visible = *b.Visible
		}
		t.updated = s.now()
		return none(), nil
	case c.method == "DELETE" && len(c.parts) == 2:
		if f := s.scope("tags:delete"); f != nil {
			return reply{}, f
		}
		s.tags = remove(s.tags, t)
		delete(s.byID, t.id)
		for _, x := range s.convs {
			x.tags = remove(x.tags, t)
		}
		return none(), nil
	}
	return reply{}, notFound("Route")
}

func deref(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func remove[T comparable](list []T, x T) []T {
	return slices.DeleteFunc(list, func(y T) bool { return y == x })
}
