package fake

import (
	"net/url"
	"slices"
	"strings"
)

// What people and the API do with conversations, and what that sets off.

func (s *Server) assign(x *conv, id *string) (reply, *failure) {
	var t *teammate
	if id != nil && *id != "" {
		if t = s.findTeammate(*id); t == nil {
			return reply{}, bad("body.assignee_id: teammate not found")
		}
	}
	s.setAssignee(x, t, nil, false)
	return none(), nil
}

// setAssignee assigns; quiet: as an import does, without setting off rules.
func (s *Server) setAssignee(x *conv, t, by *teammate, quiet bool) {
	if x.assignee == t {
		return
	}
	x.assignee = t
	kind := "assign"
	if t == nil {
		kind = "unassign"
	}
	if x.status == "assigned" || x.status == "unassigned" {
		x.status = open(x)
	}
	s.touch(x)
	s.happened(kind, x, by, func(s *Server) obj { return obj{"_meta": obj{"type": "teammate"}, "data": s.renderTeammate(t)} })
	if !quiet {
		s.fire("assign")
	}
}

func open(x *conv) string {
	if x.assignee != nil {
		return "assigned"
	}
	return "unassigned"
}

func (s *Server) setStatus(x *conv, status string, by *teammate, quiet bool) {
	if status == x.status {
		return
	}
	kind := map[string]string{"archived": "archive", "deleted": "trash"}[status]
	if kind == "" {
		if kind = "reopen"; x.status == "deleted" {
			kind = "restore"
		}
	}
	x.status = status
	s.touch(x)
	s.happened(kind, x, by, nil)
	if !quiet {
		s.fire("status")
	}
}

func (s *Server) setTags(x *conv, tags []*tag, by *teammate, quiet bool) {
	change := func(kind string, t *tag) {
		s.happened(kind, x, by, func(s *Server) obj { return obj{"_meta": obj{"type": "tag"}, "data": s.renderTag(t)} })
		if !quiet {
			s.fire("tag")
		}
	}
	for _, t := range tags {
		if !slices.Contains(x.tags, t) {
			change("tag", t)
		}
	}
	for _, t := range x.tags {
		if !slices.Contains(tags, t) {
			change("untag", t)
		}
	}
	x.tags = tags
	s.touch(x)
}

type patchBody struct {
	Assignee *optional      `json:"assignee_id"`
	Inbox    *string        `json:"inbox_id"`
	Status   *string        `json:"status"`
	StatusID *string        `json:"status_id"`
	Tags     *[]string      `json:"tag_ids"`
	Custom   map[string]any `json:"custom_fields"`
}

// optional tells an absent value from one that is null.
type optional struct{ value *string }

func (o *optional) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	v := strings.Trim(string(b), `"`)
	o.value = &v
	return nil
}

func (s *Server) patchConv(c *call, x *conv) (reply, *failure) {
	if f := s.scope("conversations:write"); f != nil {
		return reply{}, f
	}
	// null must reach optional, which a pointer would swallow.
	body := strings.Replace(string(c.body), `"assignee_id":null`, `"assignee_id":""`, 1)
	c.body = []byte(body)
	var b patchBody
	if f := decode(c, &b); f != nil {
		return reply{}, f
	}
	if b.Status != nil && b.StatusID != nil {
		return reply{}, bad("body: only one of status and status_id may be given")
	}
	if b.Status != nil && !slices.Contains([]string{"archived", "open", "deleted", "spam"}, *b.Status) {
		return reply{}, bad("body.status: should be one of archived, open, deleted, spam")
	}
	if b.StatusID != nil && !slices.ContainsFunc(s.statuses, func(o obj) bool { return o["id"] == *b.StatusID }) {
		return reply{}, bad("body.status_id: unknown status")
	}
	if f := s.custom("conversations", b.Custom); f != nil {
		return reply{}, f
	}
	tags := []*tag{}
	if b.Tags != nil {
		for _, id := range *b.Tags {
			t, _ := s.byID[id].(*tag)
			if t == nil {
				return reply{}, bad("body.tag_ids: tag not found: " + id)
			}
			tags = append(tags, t)
		}
	}
	if b.Inbox != nil {
		to, _ := s.byID[*b.Inbox].(*inbox)
		if to == nil {
			return reply{}, bad("body.inbox_id: inbox not found")
		}
		if to != x.inbox {
			x.inbox = to
			s.touch(x)
			s.happened("move", x, nil, nil)
			s.fire("move")
		}
	}
	if b.Assignee != nil {
		if _, f := s.assign(x, b.Assignee.value); f != nil {
			return reply{}, f
		}
	}
	if b.Tags != nil {
		s.setTags(x, tags, nil, false)
	}
	if b.Custom != nil {
		x.custom = clean(b.Custom)
		s.touch(x)
		s.happened("custom_field_updated", x, nil, nil)
		s.fire("custom_field")
	}
	if b.StatusID != nil {
		x.statusID = *b.StatusID
		s.touch(x)
		s.happened("ticket_status_update", x, nil, nil)
		s.fire("status")
	}
	if b.Status != nil {
		status := *b.Status
		if status == "open" {
			status = open(x)
		}
		if status == "spam" {
			status = "deleted"
		}
		s.setStatus(x, status, nil, false)
	}
	return none(), nil
}

func (s *Server) deleteConv(x *conv) (reply, *failure) {
	if f := s.scope("conversations:delete"); f != nil {
		return reply{}, f
	}
	if x.status != "deleted" {
		return reply{}, &failure{400, "Bad request", `Conversation must have status "trashed" before it can be permanently deleted`, nil}
	}
	s.dropConv(x)
	return none(), nil
}

func (s *Server) dropConv(x *conv) {
	s.version++
	s.convs = remove(s.convs, x)
	delete(s.byID, x.id)
	for _, m := range x.msgs {
		delete(s.byID, m.id)
		delete(s.uids, m.uid)
	}
	for _, m := range x.comments {
		delete(s.byID, m.id)
	}
	if s.threads[x.thread] == x {
		delete(s.threads, x.thread)
	}
}

func (s *Server) tagConv(c *call, x *conv) (reply, *failure) {
	if f := s.scope("conversations:write"); f != nil {
		return reply{}, f
	}
	var b struct {
		IDs []string `json:"tag_ids"`
	}
	if f := decode(c, &b); f != nil {
		return reply{}, f
	}
	tags := slices.Clone(x.tags)
	for _, id := range b.IDs {
		t, _ := s.byID[id].(*tag)
		if t == nil {
			return reply{}, bad("body.tag_ids: tag not found: " + id)
		}
		tags = remove(tags, t)
		if c.method == "POST" {
			tags = append(tags, t)
		}
	}
	s.setTags(x, tags, nil, false)
	return none(), nil
}

func (s *Server) linkConv(c *call, x *conv) (reply, *failure) {
	if f := s.scope("conversations:write"); f != nil {
		return reply{}, f
	}
	var b struct {
		IDs  []string `json:"link_ids"`
		URLs []string `json:"link_external_urls"`
	}
	if f := decode(c, &b); f != nil {
		return reply{}, f
	}
	if len(b.IDs) > 0 && len(b.URLs) > 0 || len(b.IDs) > 10 || len(b.URLs) > 10 {
		return reply{}, bad("body: either link_ids or link_external_urls, at most 10")
	}
	for _, id := range b.IDs {
		l, _ := s.byID[id].(*link)
		if l == nil {
			return reply{}, notFound("Link")
		}
		if !slices.Contains(x.links, l) {
			x.links = append(x.links, l)
		}
	}
	for _, u := range b.URLs {
		if p, err := url.Parse(u); err != nil || p.Host == "" {
			return reply{}, bad("body.link_external_urls: invalid url")
		}
		if l := s.linkTo(u, ""); !slices.Contains(x.links, l) {
			x.links = append(x.links, l)
		}
	}
	s.touch(x)
	s.happened("link_added", x, nil, nil)
	s.fire("link")
	return none(), nil
}

func (s *Server) linkTo(u, name string) *link {
	for _, l := range s.links {
		if l.url == u {
			return l
		}
	}
	if name == "" {
		name = u
	}
	l := &link{id: s.id("top"), name: name, url: u}
	s.links = append(s.links, l)
	s.byID[l.id] = l
	return l
}
