package fake

import (
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// kind of a thread.
type kind uint8

const (
	conversations kind = iota
	tickets
)

// threads are all conversations, or all tickets.
type threads struct {
	table[*thread]
	words    map[string][]string // of first messages, to the ids of conversations
	values   map[string][]string // of ticket attributes, to the ids of tickets
	sorted   []*thread           // the most recently updated first
	sortedAt int64
}

func newThreads() *threads {
	return &threads{words: map[string][]string{}, values: map[string][]string{}, sortedAt: -1}
}

// thread is a conversation or a ticket.
type thread struct {
	kind                                      kind
	id, title, state, priority                string
	number                                    int64 // of the conversation: ids are numbers
	admin, team, company                      string
	created, updated, snoozed, waiting, index int64
	read                                      bool
	source                                    *part // the first message of a conversation
	sourceType, delivered, subject            string
	recipients                                []obj
	contacts, tags                            []string
	custom                                    obj
	rating                                    obj
	parts                                     []*part
	typ                                       *ticketType
	ticketState, previousState                string
	shared                                    bool
}

// part is a message or an event of a thread.
type part struct {
	id, typ, body, authorType, author string
	created, updated                  int64
	attachments                       []*file
	assigned                          obj
	redacted                          bool
	api                               bool // written through the API
	state                             string
}

// file is what hangs on a message.
type file struct {
	id, name, typ string
	size          int64
	content       []byte
}

func (s *Server) authorJSON(typ, id string) obj {
	out := obj{"type": typ, "id": id, "name": nil}
	switch typ {
	case "admin", "bot":
		if a := s.admin(id); a != nil {
			out["name"], out["email"] = a.name, a.email
		}
		if typ == "bot" {
			out["name"], out["email"] = "Fin", "operator+wb_test@intercom.io"
		}
	default:
		if c := s.contacts.by[id]; c != nil {
			out["name"], out["email"] = orNull(c.name), c.email
			if c.email == "" {
				delete(out, "email")
			}
		}
	}
	return out
}

func filesJSON(files []*file, host string) []obj {
	out := []obj{}
	for _, f := range files {
		out = append(out, obj{
			"type": "upload", "name": f.name, "url": host + f.path(), "content_type": f.typ, "filesize": f.size, "width": nil, "height": nil,
		})
		if !strings.HasPrefix(f.typ, "image/") {
			delete(out[len(out)-1], "width")
			delete(out[len(out)-1], "height")
		} else {
			out[len(out)-1]["width"], out[len(out)-1]["height"] = 10, 10
		}
	}
	return out
}

func (f *file) path() string {
	return "/i/o/" + f.id + "/content?expires=4102444800&signature=s" + f.id
}

func (s *Server) partJSON(t *thread, p *part, host string) obj {
	out := obj{
		"type": "conversation_part", "id": p.id, "part_type": p.typ, "body": orNull(p.body), "created_at": p.created, "updated_at": p.updated,
		"notified_at": p.created, "author": s.authorJSON(p.authorType, p.author), "attachments": filesJSON(p.attachments, host),
		"external_id": nil, "redacted": p.redacted, "metadata": obj{}, "app_package_code": nil,
	}
	if p.assigned != nil {
		out["assigned_to"] = p.assigned
	}
	if p.api {
		out["app_package_code"] = "waybill"
	}
	if p.state != "" {
		out["state"] = p.state
	}
	if t.kind == tickets {
		out["type"] = "ticket_part"
		for _, name := range []string{"notified_at", "metadata", "state"} {
			delete(out, name)
		}
		if p.body == "" {
			delete(out, "body")
		}
		if !p.api {
			delete(out, "app_package_code")
		}
	}
	return out
}

func (s *Server) contactsJSON(t *thread) obj {
	list := []obj{}
	for _, id := range t.contacts {
		external := ""
		if c := s.contacts.by[id]; c != nil {
			external = c.external
		}
		list = append(list, obj{"type": "contact", "id": id, "external_id": orNull(external)})
	}
	return obj{"type": "contact.list", "contacts": list}
}

func integer(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0 // none
	}
	return n
}

// threadJSON renders a thread; lists leave the parts of conversations out.
func (s *Server) threadJSON(t *thread, host string, whole bool) obj {
	if t.kind == tickets {
		return s.ticketJSON(t, host)
	}
	tags := []obj{}
	for _, id := range t.tags {
		if x := s.tag(id); x != nil {
			tags = append(tags, obj{"type": "tag", "id": x.id, "name": x.name})
		}
	}
	mates := []obj{}
	seen := map[string]bool{}
	for _, p := range append([]*part{t.source}, t.parts...) {
		if p.authorType == "admin" && !seen[p.author] {
			seen[p.author] = true
			mates = append(mates, obj{"type": "admin", "id": p.author})
		}
	}
	out := obj{
		"type": "conversation", "id": t.id, "title": orNull(t.title), "created_at": t.created, "updated_at": t.updated,
		"waiting_since": timeOrNull(t.waiting), "snoozed_until": timeOrNull(t.snoozed), "open": t.state != "closed", "state": t.state,
		"read": t.read, "priority": t.priority, "admin_assignee_id": integer(t.admin), "team_assignee_id": integer(t.team),
		"tags": obj{"type": "tag.list", "tags": tags}, "conversation_rating": nil, "contacts": s.contactsJSON(t), "custom_attributes": t.custom,
		"first_contact_reply": nil, "sla_applied": nil, "ai_agent_participated": false, "topics": obj{},
		"linked_objects": obj{"type": "list", "data": []obj{}, "total_count": 0, "has_more": false},
		"teammates":      obj{"type": "admin.list", "teammates": mates},
		"source": obj{
			"type": t.sourceType, "id": t.source.id, "delivered_as": t.delivered, "subject": t.subject, "body": t.source.body,
			"author": s.authorJSON(t.source.authorType, t.source.author), "attachments": filesJSON(t.source.attachments, host),
			"url": nil, "redacted": t.source.redacted,
		},
	}
	if t.recipients != nil {
		out["source"].(obj)["recipients"] = t.recipients
	}
	if t.rating != nil {
		out["conversation_rating"] = t.rating
	}
	if c := s.companies.by[t.company]; c != nil {
		out["company"] = s.companyJSON(c)
	}
	if whole {
		out["conversation_parts"] = s.partsJSON(t, host)
	}
	return out
}

// partsJSON gives the newest parts, five hundred at most.
func (s *Server) partsJSON(t *thread, host string) obj {
	list := []obj{}
	for _, p := range t.parts[max(len(t.parts)-PartCeiling, 0):] {
		list = append(list, s.partJSON(t, p, host))
	}
	if t.kind == tickets {
		return obj{"type": "ticket_part.list", "ticket_parts": list, "total_count": len(t.parts)}
	}
	return obj{"type": "conversation_part.list", "conversation_parts": list, "total_count": len(t.parts)}
}

// add puts a part in its place: by time, ties in the order of arrival.
func (t *thread) add(p *part) {
	i := len(t.parts)
	for i > 0 && t.parts[i-1].created > p.created {
		i--
	}
	t.parts = slices.Insert(t.parts, i, p)
}

func (s *Server) thread(k kind, id string) (*thread, *failure) {
	if t := s.threads[k].by[id]; t != nil {
		return t, nil
	}
	if k == tickets {
		return nil, fail(http.StatusNotFound, "ticket_not_found", "Ticket not found")
	}
	return nil, notFound("Resource")
}

func (s *Server) threadRoutes() {
	none := []string(nil)
	s.handle("GET /conversations", "conversations", []string{"per_page", "starting_after"}, none, func(r *request) (any, *failure) {
		return s.walk(r, conversations, s.newest(conversations), r.URL.Query().Get("starting_after"), r.URL.Query().Get("per_page"))
	})
	s.handle("POST /conversations", "conversations", none,
		[]string{"from", "body", "subject", "attachment_urls", "created_at", "brand_id"}, s.createConversation)
	s.handle("GET /conversations/{id}", "conversations", []string{"display_as"}, none, func(r *request) (any, *failure) {
		t, err := s.thread(conversations, r.id())
		if err != nil {
			return nil, err
		}
		return s.threadJSON(t, r.host, true), nil
	})
	s.handle("PUT /conversations/{id}", "conversations", []string{"display_as"}, []string{"read", "title", "custom_attributes", "company_id"}, s.updateConversation)
	s.handle("DELETE /conversations/{id}", "conversations", []string{"retain_metrics"}, none, func(r *request) (any, *failure) {
		t, err := s.thread(conversations, r.id())
		if err != nil {
			return nil, err
		}
		s.forget(t)
		s.deleted = append(s.deleted, obj{"type": "conversation", "id": t.id, "metrics_retained": true, "deleted_at": s.now()})
		return obj{"id": t.id, "object": "conversation", "deleted": true}, nil
	})
	s.handle("GET /conversations/deleted", "conversations", []string{"page", "per_page", "order"}, none, func(r *request) (any, *failure) {
		list := slices.Clone(s.deleted)
		switch r.URL.Query().Get("order") {
		case "", "desc":
			slices.Reverse(list)
		case "asc":
		default:
			return nil, bad("parameter_invalid", "order must be asc or desc")
		}
		x, err := s.paged(r, list, 20, 60)
		if err != nil {
			return nil, err
		}
		out := x.(obj)
		out["type"], out["conversations"] = "conversations.list", out["data"]
		delete(out, "data")
		return out, nil
	})
	s.handle("POST /conversations/search", "conversations", none, []string{"query", "pagination"}, s.searchThreads(conversations))
	s.handle("POST /conversations/{id}/reply", "conversations", none, replyFields, s.replyTo(conversations))
	s.handle("POST /conversations/{id}/parts", "conversations", none,
		[]string{"message_type", "type", "admin_id", "body", "assignee_id", "snoozed_until"}, s.manage)
	s.handle("POST /conversations/{id}/tags", "conversations", none, []string{"id", "admin_id"}, s.tagThread(conversations))
	s.handle("DELETE /conversations/{id}/tags/{tag}", "conversations", none, []string{"admin_id"}, s.untagThread(conversations))
	s.handle("GET /conversations/{id}/side_conversations", "conversations", []string{"page", "per_page"}, none, func(r *request) (any, *failure) {
		if _, err := s.thread(conversations, r.id()); err != nil {
			return nil, err
		}
		x, err := s.paged(r, s.side[r.id()], 20, 50)
		if err != nil {
			return nil, err
		}
		out := x.(obj)
		out["type"], out["side_conversations"] = "side_conversation.list", out["data"]
		delete(out, "data")
		return out, nil
	})
	s.handle("POST /conversations/redact", "conversations", none, []string{"type", "conversation_id", "conversation_part_id", "source_id"}, s.redact)
}

var replyFields = []string{
	"message_type", "type", "body", "admin_id", "intercom_user_id", "user_id", "email", "created_at", "attachment_urls",
	"attachment_files", "skip_notifications", "reply_options",
}

// plainHTML makes the body that is stored of a plain text.
func plainHTML(s string) string {
	return "<p>" + strings.ReplaceAll(html.EscapeString(s), "\n", "<br>\n") + "</p>"
}

// clock reads a time that a record was created at.
func (s *Server) clock(v any) (int64, *failure) {
	n, ok := seconds(v)
	switch {
	case !ok || n < 0:
		return 0, &failure{http.StatusBadRequest, "parameter_invalid", "created_at must be a Unix timestamp", "created_at"}
	case n == 0:
		return s.now(), nil
	case n > s.now()+60:
		return 0, &failure{http.StatusBadRequest, "parameter_invalid", "created_at must be in the past", "created_at"}
	}
	return n, nil
}

func (s *Server) createConversation(r *request) (any, *failure) {
	from, _ := r.body["from"].(obj) // checked by what follows
	c, err := s.contact(text(from["id"]))
	if err != nil || c.archived {
		return nil, notFound("User")
	}
	if typ := text(from["type"]); typ != "contact" && typ != c.role {
		return nil, bad("parameter_invalid", "from.type must be the contact's role")
	}
	body := text(r.body["body"])
	if strings.TrimSpace(body) == "" {
		return nil, &failure{http.StatusBadRequest, "parameter_not_found", "body is required", "body"}
	}
	if _, has := r.body["attachment_urls"]; has {
		return nil, bad("parameter_invalid", "attachment_urls must be publicly reachable images")
	}
	at, err := s.clock(r.body["created_at"])
	if err != nil {
		return nil, err
	}
	t := s.newConversation(c.id, plainHTML(body), at)
	t.source.api = true
	t.index = s.now() + int64(s.o.SearchLag.Seconds())
	s.answered()
	s.seen(t)
	return obj{
		"type": "user_message", "id": t.source.id, "created_at": at, "body": t.source.body, "message_type": "inapp", "conversation_id": t.id,
	}, nil
}

// answered counts what workflows and Fin send when a customer writes.
func (s *Server) answered() {
	if s.o.Workflows {
		s.mails++
	}
}

func (s *Server) newConversation(contact, body string, at int64) *thread {
	n := s.next()
	t := &thread{
		kind: conversations, number: n, id: fmt.Sprint(n), state: "open", priority: "none", created: at, updated: s.now(), waiting: at,
		sourceType: "conversation", delivered: "customer_initiated", contacts: []string{contact}, custom: obj{},
	}
	role := "user"
	if c := s.contacts.by[contact]; c != nil {
		role = c.role
	}
	t.source = &part{id: fmt.Sprint(403000000 + n), typ: "source", body: body, authorType: role, author: contact, created: at, updated: at}
	s.threads[conversations].put(t.id, t)
	s.changed()
	return t
}

// seen indexes the words of the first message.
func (s *Server) seen(t *thread) {
	w := s.threads[conversations].words
	for _, word := range words(t.source.body) {
		if !slices.Contains(w[word], t.id) {
			w[word] = append(w[word], t.id)
		}
	}
}

// words splits a text as the search does, which looks at each word by itself.
func words(body string) []string {
	return strings.FieldsFunc(strings.ToLower(body), func(r rune) bool {
		return r < '0' || r > '9' && r < 'a' || r > 'z' && r < 0x80
	})
}

func (s *Server) forget(t *thread) {
	x := s.threads[t.kind]
	x.drop(t.id)
	s.changed()
}

func (s *Server) updateConversation(r *request) (any, *failure) {
	t, err := s.thread(conversations, r.id())
	if err != nil {
		return nil, err
	}
	next := obj{}
	for k, v := range t.custom {
		next[k] = v
	}
	if v, ok := r.body["custom_attributes"]; ok {
		if err := s.takeConvCustom(next, v); err != nil {
			return nil, err
		}
	}
	if v, ok := r.body["company_id"]; ok {
		id := text(v)
		if id != "" && s.companies.by[id] == nil {
			return nil, fail(http.StatusNotFound, "company_not_found", "Company Not Found")
		}
		t.company = id
	}
	if v, ok := r.body["title"]; ok {
		t.title = text(v)
	}
	if v, ok := r.body["read"]; ok {
		t.read = v == true
	}
	t.custom, t.updated = next, s.now()
	s.changed()
	return s.threadJSON(t, r.host, true), nil
}

// attached reads the files of a reply.
func (s *Server) attached(body obj) ([]*file, *failure) {
	list, ok := body["attachment_files"].([]any)
	if !ok {
		if _, has := body["attachment_urls"]; has {
			return nil, bad("parameter_invalid", "attachment_urls must be publicly reachable images")
		}
		return nil, nil
	}
	if len(list) > 10 {
		return nil, bad("parameter_invalid", "attachment_files: at most 10")
	}
	var out []*file
	for _, v := range list {
		x, _ := v.(obj) // checked by what follows
		for k := range x {
			if k != "name" && k != "content_type" && k != "data" {
				return nil, bad("parameter_invalid", "unknown parameter attachment_files.%s", k)
			}
		}
		content, err := base64.StdEncoding.DecodeString(text(x["data"]))
		if err != nil || text(x["name"]) == "" {
			return nil, bad("parameter_invalid", "attachment_files need a name and base64 data")
		}
		if len(content) > MaxFile {
			return nil, fail(http.StatusRequestEntityTooLarge, "parameter_invalid", "attachment is too large")
		}
		out = append(out, s.newFile(text(x["name"]), text(x["content_type"]), content))
	}
	return out, nil
}

func (s *Server) newFile(name, typ string, content []byte) *file {
	f := &file{id: fmt.Sprint(s.next()), name: name, typ: typ, size: int64(len(content)), content: content}
	s.files[f.id] = f
	return f
}

// replyTo adds a comment or a note.
func (s *Server) replyTo(k kind) func(*request) (any, *failure) {
	return func(r *request) (any, *failure) {
		t, err := s.thread(k, r.id())
		if err != nil {
			return nil, err
		}
		p := &part{typ: text(r.body["message_type"]), api: true}
		body := text(r.body["body"])
		switch text(r.body["type"]) {
		case "admin":
			a := s.admin(text(r.body["admin_id"]))
			if a == nil || a.gone {
				return nil, fail(http.StatusNotFound, "admin_not_found", "Admin not found")
			}
			if p.typ != "comment" && p.typ != "note" {
				return nil, bad("parameter_invalid", "message_type must be comment or note")
			}
			p.authorType, p.author, p.body = "admin", a.id, body
			if !strings.HasPrefix(body, "<") {
				p.body = plainHTML(body)
			}
		case "user":
			if r.body["skip_notifications"] != nil && k == conversations {
				return nil, bad("parameter_invalid", "unknown parameter skip_notifications")
			}
			if p.typ != "comment" {
				return nil, bad("parameter_invalid", "message_type must be comment")
			}
			if t.kind == tickets && t.typ.category != "Customer" {
				return nil, bad("parameter_mismatch", "User replies are not allowed on Backoffice tickets")
			}
			if t.kind == tickets && r.body["attachment_files"] != nil {
				return nil, bad("parameter_invalid", "unknown parameter attachment_files")
			}
			c, err := s.contact(text(r.body["intercom_user_id"]))
			if err != nil || c.archived {
				return nil, notFound("User")
			}
			p.authorType, p.author, p.body = c.role, c.id, plainHTML(body)
		default:
			return nil, bad("parameter_invalid", "type must be admin or user")
		}
		if strings.TrimSpace(body) == "" {
			return nil, &failure{http.StatusBadRequest, "parameter_not_found", "body is required", "body"}
		}
		if p.created, err = s.clock(r.body["created_at"]); err != nil {
			return nil, err
		}
		if p.attachments, err = s.attached(r.body); err != nil {
			return nil, err
		}
		p.id, p.updated = fmt.Sprint(s.next()), p.created
		switch {
		case p.authorType == "admin":
			if p.typ == "comment" && r.body["skip_notifications"] != true {
				s.mails++ // the customer is told
			}
		case k == tickets:
			if r.body["skip_notifications"] != true {
				s.answered()
			}
		default:
			s.answered()
			t.waiting = p.created
			if t.state != "open" { // a customer's reply opens it again
				t.state, t.snoozed, p.typ = "open", 0, "open"
			}
		}
		p.state = t.state
		t.add(p)
		t.updated = s.now()
		s.changed()
		if k == tickets {
			return s.partJSON(t, p, r.host), nil
		}
		return s.threadJSON(t, r.host, true), nil
	}
}

// manage closes, opens, snoozes and assigns.
func (s *Server) manage(r *request) (any, *failure) {
	t, err := s.thread(conversations, r.id())
	if err != nil {
		return nil, err
	}
	a := s.admin(text(r.body["admin_id"]))
	if a == nil || a.gone {
		return nil, fail(http.StatusNotFound, "admin_not_found", "Admin not found")
	}
	p := &part{typ: text(r.body["message_type"]), authorType: "admin", author: a.id, created: s.now(), updated: s.now(), api: true}
	switch p.typ {
	case "close":
		t.state, t.snoozed = "closed", 0
	case "open":
		t.state, t.snoozed = "open", 0
	case "snoozed":
		until, ok := seconds(r.body["snoozed_until"])
		if !ok || until <= s.now() {
			return nil, bad("parameter_invalid", "snoozed_until must be in the future")
		}
		t.state, t.snoozed = "snoozed", until
	case "assignment":
		id := text(r.body["assignee_id"])
		switch {
		case text(r.body["type"]) == "team" && (id == "0" || s.team(id) != nil):
			t.team = id
		case text(r.body["type"]) == "admin" && (id == "0" || s.admin(id) != nil && !s.admin(id).gone):
			t.admin = id
		default:
			return nil, fail(http.StatusNotFound, "assignee_not_found", "Assignee not found")
		}
		p.assigned = obj{"type": text(r.body["type"]), "id": id}
	default:
		return nil, bad("parameter_invalid", "message_type is not known")
	}
	if b := text(r.body["body"]); b != "" {
		p.body = plainHTML(b)
		s.mails++ // a message that nothing silences
	}
	p.id, p.state = fmt.Sprint(s.next()), t.state
	t.add(p)
	t.updated = s.now()
	s.changed()
	return s.threadJSON(t, r.host, true), nil
}

func (s *Server) redact(r *request) (any, *failure) {
	t, err := s.thread(conversations, text(r.body["conversation_id"]))
	if err != nil {
		return nil, err
	}
	list := t.parts
	id := text(r.body["conversation_part_id"])
	if text(r.body["type"]) == "source" {
		list, id = []*part{t.source}, text(r.body["source_id"])
	}
	for _, p := range list {
		if p.id == id {
			p.redacted, p.body, p.attachments, p.updated = true, "<p><i>This message was deleted</i></p>", nil, s.now()
			t.updated = s.now()
			s.changed()
			return s.threadJSON(t, r.host, true), nil
		}
	}
	return nil, fail(http.StatusNotFound, "conversation_part_or_message_not_found", "Conversation part or message not found")
}

// content gives a file to whoever has its signed address, credentials or not.
func (s *Server) content(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f := s.files[strings.Split(strings.TrimPrefix(r.URL.Path, "/i/o/"), "/")[0]]
	s.mu.Unlock()
	if f == nil || r.URL.Query().Get("signature") != "s"+f.id || r.Header.Get("Authorization") != "" {
		http.Error(w, "AccessDenied", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(f.content)))
	_, _ = w.Write(f.content) // a reader that left is the caller's matter
}
