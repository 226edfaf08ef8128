package fake

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

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
