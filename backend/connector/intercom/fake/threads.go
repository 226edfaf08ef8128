package fake

import (
	"fmt"
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

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r\n", "<br>\n", "\n", "<br>\n")

// plainHTML makes the body that is stored of a plain text.
func plainHTML(s string) string { return "<p>" + escape.Replace(s) + "</p>" }

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
		if n := len(w[word]); n == 0 || w[word][n-1] != t.id {
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
