package fake

func (s *Server) renderEvent(e *event) obj {
	o := obj{
		"_links": s.self("events/" + e.id), "id": e.id, "type": e.kind, "emitted_at": e.at,
		"source": obj{"_meta": obj{"type": "inboxes"}, "data": []obj{}},
	}
	switch {
	case e.by != nil:
		o["source"] = obj{"_meta": obj{"type": "teammate"}, "data": s.renderTeammate(e.by)}
	case e.conv.inbox != nil:
		o["source"] = obj{"_meta": obj{"type": "api"}, "data": []obj{s.renderInbox(e.conv.inbox)}}
	}
	if e.target != nil {
		o["target"] = e.target(s)
	}
	o["conversation"] = s.renderConv(e.conv)
	return o
}

func (s *Server) renderRecipient(r *recipient) obj {
	if r == nil {
		return nil
	}
	var c any
	if r.contact != nil && s.byID[r.contact.id] != nil {
		c = s.o.Base + "/contacts/" + r.contact.id
	}
	var name any
	if r.name != "" {
		name = r.name
	}
	return obj{"_links": obj{"related": obj{"contact": c}}, "name": name, "handle": r.handle, "role": r.role}
}

func (s *Server) renderConv(x *conv) obj {
	base := s.o.Base + "/conversations/" + x.id
	related := obj{
		"events": base + "/events", "followers": base + "/followers", "messages": base + "/messages",
		"comments": base + "/comments", "inboxes": base + "/inboxes",
	}
	if n := len(x.msgs); n > 0 {
		related["last_message"] = s.o.Base + "/messages/" + x.msgs[n-1].id + "?referer=conversation"
	}
	tags, links := make([]obj, 0, len(x.tags)), make([]obj, 0, len(x.links))
	for _, t := range x.tags {
		tags = append(tags, s.renderTag(t))
	}
	for _, l := range x.links {
		links = append(links, s.renderLink(l))
	}
	o := obj{
		"_links": obj{"self": base, "related": related}, "id": x.id, "type": x.kind, "subject": x.subject, "status": x.status,
		"ticket_ids": []string{}, "assignee": nil, "recipient": nil, "tags": tags, "links": links, "custom_fields": x.custom,
		"created_at": x.created, "updated_at": x.updated, "waiting_since": x.created, "is_private": false,
		"scheduled_reminders": []obj{}, "metadata": obj{},
	}
	if x.assignee != nil {
		o["assignee"] = s.renderTeammate(x.assignee)
	}
	if x.recipient != nil {
		o["recipient"] = s.renderRecipient(x.recipient)
	}
	for _, st := range s.statuses {
		if st["id"] == x.statusID {
			o["status_id"], o["status_category"] = x.statusID, st["category"]
		}
	}
	return o
}

func (s *Server) renderFile(f *file) obj {
	meta := obj{"is_inline": f.inline}
	if f.cid != "" {
		meta["cid"] = f.cid
	}
	return obj{"id": f.id, "filename": f.name, "url": s.o.Base + "/download/" + f.id, "content_type": f.kind, "size": len(f.content), "metadata": meta}
}

func (s *Server) renderMessage(m *message) obj {
	base := s.o.Base + "/messages/" + m.id
	recipients, files := make([]obj, 0, len(m.recipients)), make([]obj, 0, len(m.files))
	for _, r := range m.recipients {
		recipients = append(recipients, s.renderRecipient(r))
	}
	for _, f := range m.files {
		files = append(files, s.renderFile(f))
	}
	o := obj{
		"_links": obj{"self": base, "related": obj{"conversation": s.o.Base + "/conversations/" + m.conv.id, "message_seen": base + "/seen"}},
		"id":     m.id, "message_uid": m.uid, "type": m.kind, "is_inbound": m.inbound, "draft_mode": nil, "version": "v-" + m.id,
		"created_at": m.created, "subject": m.subject, "blurb": blurb(m.body), "author": nil, "recipients": recipients,
		"body": m.body, "text": blurb(m.body), "attachments": files, "metadata": obj{},
	}
	if m.draft {
		o["draft_mode"] = "shared"
	}
	if m.author != nil {
		o["author"] = s.renderTeammate(m.author)
	}
	return o
}

func blurb(body string) string {
	out, tag := make([]rune, 0, 60), false
	for _, r := range body {
		switch {
		case r == '<':
			tag = true
		case r == '>':
			tag = false
		case !tag && len(out) < 60:
			out = append(out, r)
		}
	}
	return string(out)
}

func (s *Server) renderComment(m *comment) obj {
	base := s.o.Base + "/comments/" + m.id
	files := make([]obj, 0, len(m.files))
	for _, f := range m.files {
		files = append(files, s.renderFile(f))
	}
	return obj{
		"_links": obj{"self": base, "related": obj{"conversation": s.o.Base + "/conversations/" + m.conv.id, "mentions": base + "/mentions", "comment_replied_to": nil}},
		"id":     m.id, "author": s.renderTeammate(m.author), "body": m.body, "posted_at": m.posted, "attachments": files, "is_pinned": m.pinned,
	}
}
