package fake

import (
	"net/http"
	"net/url"
	"strings"
)

type template struct {
	id, name, subject, body string
	files                   []*file
}

func (s *Server) renderTemplate(t *template) obj {
	files := []obj{}
	for _, f := range t.files {
		files = append(files, s.renderFile(f))
	}
	return obj{
		"_links": obj{"self": s.o.Base + "/responses/" + t.id, "related": obj{"owner": s.o.Base + "/teams/" + s.teams[0].id, "parent_folder": nil}},
		"id":     t.id, "name": t.name, "subject": t.subject, "body": t.body, "attachments": files, "is_available_for_all_inboxes": true, "inbox_ids": []string{},
	}
}

// route finds what a request asks for. What the documentation does not know is not found.
func (s *Server) route(c *call) (reply, *failure) {
	at := c.method + " " + strings.Join(c.parts, "/")
	switch at {
	case "GET me":
		return ok(obj{"_links": s.self("me"), "id": "cmp_acme", "name": "Acme"}), nil
	case "GET teammates":
		return whole(s, c, s.teammates, s.renderTeammate)
	case "GET teams":
		return whole(s, c, s.teams, s.renderTeam)
	case "GET channels":
		return whole(s, c, s.channels, same)
	case "GET company/rules", "GET rules":
		if f := s.scope("rules:read"); f != nil {
			return reply{}, f
		}
		return whole(s, c, s.rules, s.renderRule)
	case "GET company/statuses":
		if len(s.statuses) == 0 {
			return reply{}, &failure{http.StatusNotFound, "Not found", "Ticketing is not enabled", nil}
		}
		return whole(s, c, s.statuses, same)
	case "GET views":
		return page(s, c, s.views, 50, same)
	case "GET shifts":
		return whole(s, c, s.shifts, same)
	case "GET contact_lists":
		return whole(s, c, s.lists, s.renderList)
	case "GET links":
		return page(s, c, s.links, 50, s.renderLink)
	case "POST links":
		return s.createLink(c)
	case "GET message_template_folders":
		return page(s, c, s.folders, 50, same)
	}
	switch c.parts[0] {
	case "company", "tags":
		if len(c.parts) > 1 || c.parts[0] == "tags" {
			return s.tagRoute(c)
		}
	case "contacts":
		return s.contactRoute(c)
	case "accounts":
		return s.accountRoute(c)
	case "conversations":
		return s.convRoute(c)
	case "inboxes":
		return s.inboxRoute(c)
	case "events":
		return s.eventsRoute(c)
	case "message_templates":
		return s.templateRoute(c)
	case "knowledge_bases":
		return s.baseRoute(c)
	case "knowledge_base_articles":
		return s.articleRoute(c)
	case "knowledge_base_categories":
		return s.categoryRoute(c)
	}
	if len(c.parts) == 2 {
		return s.single(c)
	}
	if len(c.parts) == 3 && c.parts[0] == "channels" && c.parts[2] == "messages" && c.method == "POST" { // it goes out
		s.sent++
		return reply{status: http.StatusAccepted, body: obj{"status": "accepted", "message_uid": s.id("uid")}}, nil
	}
	return reply{}, notFound("Route")
}

// single answers for one record by its id.
func (s *Server) single(c *call) (reply, *failure) {
	id := c.parts[1]
	if c.parts[0] == "download" && c.method == "GET" {
		return s.download(id)
	}
	if id == "custom_fields" && c.method == "GET" {
		if list, ok := s.fields[c.parts[0]]; ok {
			return whole(s, c, list, s.renderField)
		}
	}
	if uid, isUID := strings.CutPrefix(id, "alt:uid:"); isUID && c.parts[0] == "messages" {
		if m := s.uids[uid]; m != nil {
			id = m.id
		}
	}
	x := s.byID[id]
	if c.parts[0] == "teammates" {
		x = s.findTeammate(id)
	}
	switch x := x.(type) {
	case *message:
		if c.parts[0] == "messages" && c.method == "GET" {
			if f := s.scope("messages:read"); f != nil {
				return reply{}, f
			}
			return ok(s.renderMessage(x)), nil
		}
	case *comment:
		switch {
		case c.parts[0] != "comments":
		case c.method == "GET":
			return ok(s.renderComment(x)), nil
		case c.method == "PATCH":
			var b struct {
				Body   *string `json:"body"`
				Pinned *bool   `json:"is_pinned"`
			}
			if f := decode(c, &b); f != nil {
				return reply{}, f
			}
			if b.Body != nil {
				x.body = *b.Body
			}
			if b.Pinned != nil {
				x.pinned = *b.Pinned
			}
			s.touch(x.conv)
			return ok(s.renderComment(x)), nil
		}
	case *teammate:
		if x != nil && c.method == "GET" {
			return ok(s.renderTeammate(x)), nil
		}
	case *link:
		if c.parts[0] == "links" && c.method == "GET" {
			return ok(s.renderLink(x)), nil
		}
	}
	return reply{}, notFound("Resource")
}

func (s *Server) inboxRoute(c *call) (reply, *failure) {
	if len(c.parts) == 1 && c.method == "GET" {
		if f := s.scope("inboxes:read"); f != nil {
			return reply{}, f
		}
		return whole(s, c, s.inboxes, s.renderInbox)
	}
	if len(c.parts) < 2 {
		return reply{}, notFound("Route")
	}
	if c.parts[1] == "custom_fields" && c.method == "GET" {
		return whole(s, c, s.fields["inboxes"], s.renderField)
	}
	x, _ := s.byID[c.parts[1]].(*inbox)
	if x == nil {
		return reply{}, notFound("Inbox")
	}
	switch c.method + " " + strings.Join(c.parts[2:], "/") {
	case "GET ":
		return ok(s.renderInbox(x)), nil
	case "GET conversations":
		return s.listConvs(c, func(v *conv) bool { return v.inbox == x })
	case "POST imported_messages":
		return s.importRoute(c, x)
	}
	return reply{}, notFound("Route")
}

func (s *Server) createLink(c *call) (reply, *failure) {
	var b struct {
		Name    string  `json:"name"`
		URL     *string `json:"external_url"`
		Pattern *string `json:"pattern"`
	}
	if f := decode(c, &b); f != nil {
		return reply{}, f
	}
	if (b.URL == nil) == (b.Pattern == nil) || b.URL == nil {
		return reply{}, bad("body: either pattern or external_url")
	}
	if u, err := url.Parse(*b.URL); err != nil || u.Host == "" {
		return reply{}, bad("body.external_url: invalid url")
	}
	return created(s.renderLink(s.linkTo(*b.URL, b.Name))), nil
}

func (s *Server) templateRoute(c *call) (reply, *failure) {
	type body struct {
		Name    *string  `json:"name"`
		Subject *string  `json:"subject"`
		Body    *string  `json:"body"`
		Folder  *string  `json:"folder_id"`
		Inboxes []string `json:"inbox_ids"`
	}
	if len(c.parts) == 1 {
		if c.method == "GET" {
			return page(s, c, s.templates, 50, s.renderTemplate)
		}
		var b body
		if f := decode(c, &b); f != nil {
			return reply{}, f
		}
		if deref(b.Name) == "" || b.Body == nil {
			return reply{}, bad("body.name: missing", "body.body: missing")
		}
		t := &template{id: s.id("rsp"), name: *b.Name, subject: deref(b.Subject), body: *b.Body, files: s.keepFiles(c.files)}
		s.templates = append(s.templates, t)
		s.byID[t.id] = t
		return created(s.renderTemplate(t)), nil
	}
	t, _ := s.byID[c.parts[1]].(*template)
	if t == nil || len(c.parts) > 2 {
		return reply{}, notFound("Message template")
	}
	switch c.method {
	case "GET":
		return ok(s.renderTemplate(t)), nil
	case "PATCH":
		var b body
		if f := decode(c, &b); f != nil {
			return reply{}, f
		}
		for to, v := range map[*string]*string{&t.name: b.Name, &t.subject: b.Subject, &t.body: b.Body} {
			if v != nil {
				*to = *v
			}
		}
		return ok(s.renderTemplate(t)), nil
	case "DELETE":
		s.templates = remove(s.templates, t)
		delete(s.byID, t.id)
		return none(), nil
	}
	return reply{}, notFound("Route")
}
