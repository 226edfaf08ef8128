package fake

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return -1 // nobody's id
	}
	return n
}

var tags = regexp.MustCompile(`<[^>]*>`)

func bare(html string) string { return strings.TrimSpace(tags.ReplaceAllString(html, " ")) }

func (q *request) showFile(f *file) map[string]any {
	return map[string]any{
		"id": f.ID, "name": f.Name, "content_type": f.Kind, "size": f.Size, "created_at": stamp(f.Created), "updated_at": stamp(f.Updated),
		"attachment_url": q.host + "/data/helpdesk/attachments/production/" + itoa(f.ID) + "/original/file?token=" + f.Token,
	}
}

// own fills in the account's address where Fill put pictures into texts.
func (q *request) own(html string) string { return strings.ReplaceAll(html, "{{own address}}", q.host) }

func (q *request) showFiles(list []*file) []any {
	out := make([]any, 0, len(list))
	for _, f := range list {
		out = append(out, q.showFile(f))
	}
	return out
}

// showTicket shows a ticket as a list does; whole adds what only the ticket itself shows.
func (q *request) showTicket(t *ticket, include string, whole bool) map[string]any {
	m := map[string]any{
		"id": t.ID, "subject": text(t.Subject), "type": text(t.Type), "status": t.Status, "priority": t.Priority, "source": t.Source,
		"requester_id": t.Requester, "responder_id": ids(t.Responder), "group_id": ids(t.Group), "company_id": ids(t.Company),
		"product_id": ids(t.Product), "email_config_id": ids(t.Config), "cc_emails": texts(t.CC), "fwd_emails": texts(t.Fwd),
		"reply_cc_emails": texts(t.ReplyCC), "ticket_cc_emails": texts(t.CC), "to_emails": t.To, "spam": t.Spam, "is_escalated": false,
		"fr_escalated": false, "association_type": nil, "due_by": text(t.Due), "fr_due_by": text(t.FirstDue), "tags": texts(t.Tags),
		"custom_fields": t.Custom, "created_at": stamp(t.Created), "updated_at": stamp(t.Updated),
	}
	if t.Deleted {
		m["deleted"] = true
	}
	if t.Archived {
		m["archived"] = true
	}
	if whole || strings.Contains(include, "description") {
		m["description"], m["description_text"] = q.own(t.Description), bare(t.Description)
	}
	if whole {
		m["attachments"] = q.showFiles(t.Files)
	}
	if strings.Contains(include, "stats") {
		m["stats"] = map[string]any{
			"agent_responded_at": nil, "requester_responded_at": nil, "first_responded_at": nil, "status_updated_at": stamp(t.Created),
			"reopened_at": nil, "resolved_at": when(t.Resolved), "closed_at": when(t.Closed), "pending_since": nil,
		}
	}
	return m
}

func (q *request) showTalk(c *conversation) map[string]any {
	return map[string]any{
		"id": c.ID, "ticket_id": c.Ticket, "user_id": ids(c.User), "body": q.own(c.Body), "body_text": bare(c.Body), "incoming": c.Incoming,
		"private": c.Private, "source": c.Source, "support_email": nil, "from_email": text(c.From), "to_emails": texts(c.To),
		"cc_emails": texts(c.CC), "bcc_emails": texts(c.BCC), "attachments": q.showFiles(c.Files), "created_at": stamp(c.Created),
		"updated_at": stamp(c.Updated), "last_edited_at": when(c.Edited), "last_edited_user_id": ids(c.EditedBy),
	}
}

func (q *request) tickets(b *body) {
	s := q.s
	if len(q.path) == 1 {
		switch q.Method {
		case http.MethodGet:
			q.listTickets()
		case http.MethodPost:
			q.createTicket(b)
		default:
			q.w.WriteHeader(http.StatusMethodNotAllowed)
		}
		return
	}
	if q.path[1] == "archived" {
		q.archive()
		return
	}
	t := s.tickets.by[number(q.path[1])]
	if t == nil || t.Gone || t.Archived {
		q.missing()
		return
	}
	part := ""
	if len(q.path) == 3 {
		part = q.path[2]
	}
	switch {
	case len(q.path) > 3:
		q.missing()
	case part == "" && q.Method == http.MethodGet:
		q.json(http.StatusOK, q.showTicket(t, q.URL.Query().Get("include"), true))
	case part == "restore" && q.Method == http.MethodPut:
		t.Deleted = false
		s.touched(t)
		q.done()
	case part == "conversations" && q.Method == http.MethodGet:
		list(q, t.Talk, func(c *conversation) any { return q.showTalk(c) })
	case part == "time_entries" && q.Method == http.MethodGet:
		q.smallList("time_entries", t.ID)
	case part == "satisfaction_ratings" && q.Method == http.MethodGet:
		q.smallList("satisfaction_ratings", t.ID)
	case part == "" && q.Method == http.MethodDelete:
		t.Deleted = true
		s.touched(t)
		q.done()
	case t.Deleted || t.Spam:
		q.w.WriteHeader(http.StatusMethodNotAllowed)
	case part == "" && q.Method == http.MethodPut:
		q.updateTicket(t, b)
	case part == "notes" && q.Method == http.MethodPost:
		q.addNote(t, b, false)
	case part == "reply" && q.Method == http.MethodPost:
		q.addNote(t, b, true)
	case part == "time_entries" && q.Method == http.MethodPost:
		q.addTime(t, b)
	default:
		q.missing()
	}
}

// archive gives tickets that were closed long ago: by number only, in no list.
func (q *request) archive() {
	if len(q.path) < 3 {
		q.missing()
		return
	}
	t := q.s.tickets.by[number(q.path[2])]
	switch {
	case t == nil || t.Gone || !t.Archived:
		q.missing()
	case len(q.path) == 3 && q.Method == http.MethodGet:
		q.json(http.StatusOK, q.showTicket(t, q.URL.Query().Get("include"), true))
	case len(q.path) == 3 && q.Method == http.MethodDelete:
		t.Gone = true
		q.done()
	case len(q.path) == 4 && q.path[3] == "conversations" && q.Method == http.MethodGet:
		list(q, t.Talk, func(c *conversation) any { return q.showTalk(c) })
	default:
		q.missing()
	}
}

// listTickets lists at most 300 pages, and without updated_since only the last 30 days.
func (q *request) listTickets() {
	s := q.s
	if !q.only("filter", "requester_id", "email", "unique_external_id", "company_id", "updated_since", "order_by", "order_type", "include") {
		return
	}
	page, size, ok := q.page()
	if !ok {
		return
	}
	if page > s.o.Ceiling {
		q.refuse(http.StatusBadRequest, fault{
			Field: "page", Code: "invalid_value",
			Message: "You cannot access tickets beyond the " + strconv.Itoa(s.o.Ceiling) + "th page. Please provide a smaller page number.",
		})
		return
	}
	p := q.URL.Query()
	since, ok := q.since(p.Get("updated_since"))
	if !ok {
		return
	}
	all := s.ordered()
	if !since.IsZero() {
		from, _ := slices.BinarySearchFunc(all, since, func(t *ticket, at time.Time) int { return t.Updated.Compare(at) })
		all = all[from:]
	}
	month := s.now().Add(-30 * 24 * time.Hour)
	out := make([]*ticket, 0, 128)
	for _, t := range all {
		if t.Archived {
			continue
		}
		in := !t.Gone && !t.Deleted && !t.Spam
		switch p.Get("filter") {
		case "":
		case "deleted":
			in = !t.Gone && t.Deleted
		case "spam":
			in = !t.Gone && t.Spam && !t.Deleted
		default:
			in = false
		}
		in = in && (!p.Has("requester_id") || t.Requester == number(p.Get("requester_id")))
		in = in && (!p.Has("company_id") || t.Company == number(p.Get("company_id")))
		in = in && (p.Has("updated_since") || t.Created.After(month)) && q.after(t.Updated, since)
		if in {
			out = append(out, t)
		}
		if len(out) > page*size && p.Get("order_by") == "updated_at" && p.Get("order_type") == "asc" {
			break // a page, and that there is another one
		}
	}
	if p.Get("order_by") != "updated_at" {
		slices.SortStableFunc(out, func(a, b *ticket) int { return a.Created.Compare(b.Created) })
	}
	if p.Get("order_type") != "asc" {
		slices.Reverse(out)
	}
	list(q, out, func(t *ticket) any { return q.showTicket(t, p.Get("include"), false) })
}

var ticketFields = []string{
	"name", "email", "phone", "facebook_id", "twitter_id", "unique_external_id", "requester_id", "subject", "description", "type", "status",
	"priority", "source", "responder_id", "group_id", "company_id", "product_id", "email_config_id", "cc_emails", "tags", "custom_fields",
	"due_by", "fr_due_by", "parent_id", "related_ticket_ids", "internal_agent_id", "internal_group_id", "lookup_parameter", "attachments",
}

// fill reads a ticket's values. What is required is so of API calls too.
func (q *request) fillTicket(b *body, t *ticket, fresh bool) bool {
	s := q.s
	v := q.take(b, ticketFields...)
	next := *t
	set := func(name string, do func()) {
		if v.has(name) {
			do()
		}
	}
	set("subject", func() { next.Subject = v.text("subject", 255) })
	set("description", func() { next.Description = v.text("description", 0) })
	set("type", func() { next.Type = v.text("type", 0) })
	set("cc_emails", func() { next.CC = v.emails("cc_emails"); next.ReplyCC = next.CC })
	set("tags", func() { next.Tags = v.list("tags") })
	set("due_by", func() { next.Due = v.time("due_by") })
	set("fr_due_by", func() { next.FirstDue = v.time("fr_due_by") })
	for _, x := range []struct {
		name string
		to   *int64
	}{
		{"status", &next.Status},
		{"priority", &next.Priority},
		{"source", &next.Source},
		{"requester_id", &next.Requester},
		{"responder_id", &next.Responder},
		{"group_id", &next.Group},
		{"company_id", &next.Company},
		{"product_id", &next.Product},
		{"email_config_id", &next.Config},
		{"parent_id", &next.Parent},
	} {
		set(x.name, func() { *x.to = v.number(x.name) })
	}
	if next.Type != "" && !slices.Contains(choiceTexts(s.standard("ticket_type")["choices"]), next.Type) {
		v.fault("type", "invalid_value", "It should be one of these values: '"+strings.Join(choiceTexts(s.standard("ticket_type")["choices"]), ",")+"'")
	}
	states, _ := s.standard("status")["choices"].(map[string]any)
	if _, ok := states[itoa(next.Status)]; !ok {
		v.fault("status", "invalid_value", "It should be one of these values: '"+strings.Join(slices.Sorted(maps.Keys(states)), ",")+"'")
	}
	if next.Priority < 1 || next.Priority > 4 {
		v.fault("priority", "invalid_value", "It should be one of these values: '1,2,3,4'")
	}
	if !slices.Contains([]int64{1, 2, 3, 7, 9, 10}, next.Source) && (fresh || v.has("source")) {
		v.fault("source", "invalid_value", "It should be one of these values: '1,2,3,7,9,10'")
	}
	if fresh && v.has("email") && next.Requester == 0 {
		next.Requester = q.requester(v)
	}
	if next.Requester == 0 {
		v.fault("requester_id", "missing_field", "Please fill at least 1 of requester_id, phone, email, twitter_id, facebook_id fields")
	} else if c, a := s.contacts.by[next.Requester], s.agents.by[next.Requester]; a == nil && (c == nil || c.Gone || c.Deleted) {
		v.fault("requester_id", "invalid_value", "There is no contact matching the given requester_id")
	} else if c != nil && c.Blocked && fresh {
		v.fault("requester_id", "invalid_value", "The contact is blocked")
	}
	if next.Responder != 0 && s.agents.by[next.Responder] == nil {
		v.fault("responder_id", "invalid_value", "There is no agent matching the given responder_id")
	}
	if next.Group != 0 && s.table("groups").by[next.Group] == nil {
		v.fault("group_id", "invalid_value", "There is no group matching the given group_id")
	}
	if g := s.table("groups").by[next.Group]; g != nil && next.Responder != 0 && (v.has("group_id") || v.has("responder_id")) {
		if members, _ := g.M["agent_ids"].([]int64); !slices.Contains(members, next.Responder) {
			v.fault("responder_id", "invalid_value", "The agent does not belong to the given group")
		}
	}
	if x := s.companies.by[next.Company]; next.Company != 0 && (x == nil || x.Gone) {
		v.fault("company_id", "invalid_value", "There is no company matching the given company_id")
	}
	if next.Subject == "" {
		v.fault("subject", "missing_field", "It should be a/an String")
	}
	if fresh && next.Description == "" {
		v.fault("description", "missing_field", "It should be a/an String")
	}
	next.Custom = v.custom("ticket_fields", t.Custom)
	added := s.keepFiles(v, b.files, t.Size)
	if v.bad() {
		return false
	}
	if next.Company == 0 && fresh && !v.has("company_id") {
		if c := s.contacts.by[next.Requester]; c != nil {
			next.Company = c.Company
		}
	}
	for _, f := range added {
		next.Size += f.Size
	}
	next.Files = append(slices.Clone(next.Files), added...)
	now := s.now()
	if next.Status == 4 && t.Status != 4 {
		next.Resolved = now
	}
	if next.Status == 5 && t.Status != 5 {
		next.Closed = now
		if next.Resolved.IsZero() {
			next.Resolved = now
		}
	}
	*t = next
	return true
}

// requester finds or makes the contact of a new ticket's address.
func (q *request) requester(v *values) int64 {
	s, mail := q.s, v.email("email")
	if c := s.byEmail[strings.ToLower(mail)]; c != nil {
		return c.ID
	}
	if !mailLike(mail) {
		return 0
	}
	name, _, _ := strings.Cut(mail, "@")
	if v.has("name") {
		name = v.text("name", 255)
	}
	c := &contact{ID: s.id(), Values: map[string]any{"name": name, "email": mail, "language": "en"}, Custom: map[string]any{}, Created: s.now(), Updated: s.now()}
	s.keepContact(c)
	if s.o.Notify.Activation {
		s.mails++
	}
	return c.ID
}

func (s *Server) standard(name string) map[string]any {
	for _, f := range s.table("ticket_fields").list {
		if f.M["name"] == name {
			return f.M
		}
	}
	return nil
}

// keepFiles takes files, unless the ticket's would become more than it may hold.
func (s *Server) keepFiles(v *values, files []upload, before int64) []*file {
	size := before
	for _, f := range files {
		size += int64(len(f.content))
	}
	if len(files) > 0 && size > s.o.MaxFiles {
		v.fault("attachments", "invalid_size", "Invalid file size. It should be less than or equal to 20 MB")
		return nil
	}
	var out []*file
	for _, f := range files {
		if len(v.faults) == 0 {
			out = append(out, s.addFile(f.name, f.kind, f.content))
		}
	}
	return out
}

func (s *Server) addFile(name, kind string, content []byte) *file {
	x := &file{ID: s.id(), Name: name, Kind: kind, Size: int64(len(content)), Content: content, Created: s.now(), Updated: s.now()}
	x.Token = "t" + itoa(x.ID*7919%1000003) + "-" + itoa(x.ID)
	s.files[x.ID], s.byToken[x.Token] = x, x
	return x
}

func (q *request) createTicket(b *body) {
	s := q.s
	t := &ticket{Status: 2, Priority: 1, Source: 2, Created: s.now(), Custom: map[string]any{}, Shown: s.o.Now().Add(s.o.SearchLag)}
	if !q.fillTicket(b, t, true) {
		return
	}
	s.lastOf++
	t.ID = s.lastOf
	for i, due := range []*string{&t.Due, &t.FirstDue} {
		if *due == "" {
			*due = stamp(t.Created.Add(time.Duration(3-2*i) * 24 * time.Hour))
		}
	}
	s.tickets.add(t.ID, t)
	s.touched(t)
	n := s.o.Notify
	s.mail(n.NewTicketRequester, 1)
	s.mail(n.NewTicketCC, len(t.CC))
	s.mail(n.NewTicketAgents, 1)
	s.mail(n.AssignedGroup && t.Group != 0, 1)
	s.mail(n.AssignedAgent && t.Responder != 0, 1)
	s.mail(n.Closed && t.Status >= 4 && t.Status <= 5, 1)
	s.fireRules(1)
	q.created("tickets/"+itoa(t.ID), q.showTicket(t, "", true))
}

func (s *Server) mail(on bool, n int) {
	if on {
		s.mails += int64(n)
	}
}

// fireRules counts what active rules send: 1 when tickets are created, 4 when changed.
func (s *Server) fireRules(kind int64) {
	for _, r := range s.table("rules").list {
		if r.In != kind || r.M["active"] != true {
			continue
		}
		actions, _ := r.M["actions"].([]any)
		for _, a := range actions {
			m, _ := a.(map[string]any)
			switch m["field_name"] {
			case "send_email_to_requester", "send_email_to_agent", "send_email_to_group", "trigger_webhook":
				s.mails++
			}
		}
	}
}

func (q *request) updateTicket(t *ticket, b *body) {
	s, before := q.s, *t
	if !q.fillTicket(b, t, false) {
		return
	}
	s.touched(t)
	t.Shown = s.o.Now().Add(s.o.SearchLag)
	n := s.o.Notify
	s.mail(n.AssignedGroup && t.Group != 0 && t.Group != before.Group, 1)
	s.mail(n.AssignedAgent && t.Responder != 0 && t.Responder != before.Responder, 1)
	s.mail(n.Closed && t.Status != before.Status && t.Status >= 4 && t.Status <= 5, 1)
	s.fireRules(4)
	q.json(http.StatusOK, q.showTicket(t, "", true))
}

// addNote adds a note, or a reply, which always mails the requester.
func (q *request) addNote(t *ticket, b *body, reply bool) {
	s := q.s
	known := []string{"body", "attachments", "incoming", "notify_emails", "private", "user_id"}
	if reply {
		known = []string{"body", "attachments", "from_email", "user_id", "cc_emails", "bcc_emails"}
	}
	v := q.take(b, known...)
	c := &conversation{Ticket: t.ID, Source: 2, Private: true, User: s.me, Created: s.now(), Updated: s.now()}
	if v.has("private") {
		c.Private = v.truth("private")
	}
	c.Body, c.Incoming, c.To = v.text("body", 0), v.truth("incoming"), v.emails("notify_emails")
	if c.Body == "" {
		v.fault("body", "missing_field", "It should be a/an String")
	}
	if v.has("user_id") {
		c.User = v.number("user_id")
		if p := s.contacts.by[c.User]; s.agents.by[c.User] == nil && (p == nil || p.Gone) {
			v.fault("user_id", "invalid_value", "There is no user matching the given user_id")
		}
	}
	if reply {
		c.Private, c.Source = false, 0
	}
	c.Files = s.keepFiles(v, b.files, t.Size)
	if v.bad() {
		return
	}
	c.ID = s.id()
	for _, f := range c.Files {
		t.Size += f.Size
	}
	t.Talk = append(t.Talk, c)
	s.talk[c.ID] = c
	s.touched(t)
	n := s.o.Notify
	s.mail(reply, 1)
	s.mail(true, len(c.To))
	s.mail(n.AgentComment && !c.Private && !c.Incoming && !reply, 1)
	s.mail(n.RequesterReplies && !c.Private && c.Incoming, 1)
	s.fireRules(4)
	q.created("conversations/"+itoa(c.ID), q.showTalk(c))
}

func (q *request) conversations(b *body) {
	s := q.s
	if len(q.path) != 2 {
		q.missing()
		return
	}
	c := s.talk[number(q.path[1])]
	switch {
	case c == nil:
		q.missing()
	case q.Method == http.MethodPut:
		v := q.take(b, "body", "attachments")
		c2 := *c
		c2.Body = v.text("body", 0)
		if c.Source != 2 {
			v.fault("id", "incompatible_field", "Only notes can be edited")
		}
		if c2.Body == "" {
			v.fault("body", "missing_field", "It should be a/an String")
		}
		if v.bad() {
			return
		}
		c2.Updated, c2.Edited, c2.EditedBy = s.now(), s.now(), s.me
		*c = c2
		s.touched(s.tickets.by[c.Ticket])
		q.json(http.StatusOK, q.showTalk(c))
	case q.Method == http.MethodDelete:
		delete(s.talk, c.ID)
		t := s.tickets.by[c.Ticket]
		t.Talk = slices.DeleteFunc(slices.Clone(t.Talk), func(x *conversation) bool { return x == c })
		for _, f := range c.Files {
			delete(s.files, f.ID)
			delete(s.byToken, f.Token)
		}
		s.touched(t)
		q.done()
	default:
		q.w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// attachments removes one file from wherever it hangs.
func (q *request) attachments() {
	s := q.s
	if len(q.path) != 2 || q.Method != http.MethodDelete || s.files[number(q.path[1])] == nil {
		q.missing()
		return
	}
	f := s.files[number(q.path[1])]
	without := func(list []*file) []*file {
		return slices.DeleteFunc(slices.Clone(list), func(x *file) bool { return x == f })
	}
	for _, t := range s.tickets.list {
		if slices.Contains(t.Files, f) {
			t.Files = without(t.Files)
			s.touched(t)
		}
		for _, c := range t.Talk {
			if slices.Contains(c.Files, f) {
				c.Files = without(c.Files)
				s.touched(t)
			}
		}
	}
	delete(s.files, f.ID)
	delete(s.byToken, f.Token)
	q.done()
}

// content gives a file's bytes to whoever has its address.
func (q *request) content() {
	q.s.mu.Lock()
	f := q.s.byToken[q.URL.Query().Get("token")]
	q.s.mu.Unlock()
	if f == nil {
		q.w.WriteHeader(http.StatusForbidden)
		return
	}
	q.w.Header().Set("Content-Type", f.Kind)
	q.w.Header().Set("Content-Length", strconv.Itoa(len(f.Content)))
	_, _ = q.w.Write(f.Content) // a caller that left is its own matter
}
