package fake

import (
	"maps"
	"slices"
	"strings"
)

// Mails is what a real Front would have set off: messages to customers, rules, webhooks.
func (s *Server) Mails() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent + s.fired + s.hooked
}

// Sent counts messages that would have gone to customers.
func (s *Server) Sent() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

// Refused counts requests that were over a limit.
func (s *Server) Refused() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.limited
}

// Calls counts requests by kind, such as "POST inboxes/imported_messages".
func (s *Server) Calls() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

// Counts says how many records there are, by Front's resources.
func (s *Server) Counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.o.Now())
	n := map[string]int{
		"conversations": len(s.convs), "contacts": len(s.contacts), "accounts": len(s.accounts), "tags": len(s.tags), "links": len(s.links),
		"teammates": len(s.teammates), "inboxes": len(s.inboxes), "teams": len(s.teams), "message_templates": len(s.templates),
		"contact_lists": len(s.lists), "events": len(s.events), "knowledge_bases": len(s.bases),
	}
	for _, x := range s.convs {
		n["messages"] += len(x.msgs)
		n["comments"] += len(x.comments)
		for _, m := range x.msgs {
			n["attachments"] += len(m.files)
		}
		for _, m := range x.comments {
			n["attachments"] += len(m.files)
		}
		if x.status == "deleted" {
			n["trash"]++
		}
	}
	for _, b := range s.bases {
		n["categories"] += len(b.categories)
		n["articles"] += len(b.articles)
		for _, a := range b.articles {
			n["translations"] += len(a.texts) - 1
		}
	}
	return n
}

// Message is what a test sees of a message, or of a comment (Private).
type Message struct {
	ID, From, Author, Body, Kind string
	To                           []string
	Created                      float64
	Inbound, Private             bool
	Files                        map[string][]byte
}

// Conversation is what a test sees of a conversation.
type Conversation struct {
	ID, Subject, Status, Assignee, Inbox string
	Requester                            string
	Tags                                 []string
	Custom                               map[string]any
	Messages                             []Message
}

// Look shows a conversation by its id, or by a value of its field MarkField.
func (s *Server) Look(idOrMark string) (Conversation, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.o.Now())
	for _, x := range s.convs {
		if x.id == idOrMark || x.custom[MarkField] == idOrMark {
			return s.look(x), true
		}
	}
	return Conversation{}, false
}

// All shows every conversation.
func (s *Server) All() []Conversation {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.o.Now())
	out := make([]Conversation, 0, len(s.convs))
	for _, x := range s.convs {
		out = append(out, s.look(x))
	}
	return out
}

func (s *Server) look(x *conv) Conversation {
	out := Conversation{ID: x.id, Subject: x.subject, Status: x.status, Custom: maps.Clone(x.custom)}
	if x.assignee != nil {
		out.Assignee = x.assignee.email
	}
	if x.inbox != nil {
		out.Inbox = x.inbox.name
	}
	if x.recipient != nil {
		out.Requester = x.recipient.handle
	}
	for _, t := range x.tags {
		out.Tags = append(out.Tags, t.name)
	}
	files := func(list []*file) map[string][]byte {
		m := map[string][]byte{}
		for _, f := range list {
			m[f.name] = f.content
		}
		return m
	}
	for _, m := range x.msgs {
		y := Message{ID: m.id, Body: m.body, Kind: m.kind, Created: m.created, Inbound: m.inbound, Files: files(m.files)}
		if m.author != nil {
			y.Author = m.author.email
		}
		for _, r := range m.recipients {
			if r.role == "from" {
				y.From = r.handle
			} else {
				y.To = append(y.To, r.handle)
			}
		}
		out.Messages = append(out.Messages, y)
	}
	for _, m := range x.comments {
		out.Messages = append(out.Messages, Message{ID: m.id, Body: m.body, Author: m.author.email, Created: m.posted, Private: true, Files: files(m.files)})
	}
	return out
}

// Touch changes a record as a person would.
func (s *Server) Touch(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	by := s.teammates[0]
	id, locale, translated := strings.Cut(id, ":")
	switch x := s.byID[id].(type) {
	case *conv:
		t := s.findTag("touched")
		if t == nil {
			t = s.addTag("touched", "", "", false)
		}
		s.setTags(x, append(slices.Clone(x.tags), t), by, true)
	case *contact:
		x.links = append(slices.Clone(x.links), "https://touched.example")
		x.updated = s.now()
	case *account:
		x.domains = append(slices.Clone(x.domains), x.id+".touched.example")
		x.updated = s.now()
	case *tag:
		x.highlight = "green"
		x.updated = s.now()
	case *template:
		x.subject += " touched"
	case *category:
		for _, t := range x.texts {
			t.description += " touched"
		}
	case *article:
		for l, t := range x.texts {
			if !translated || l == locale {
				t.content += " touched"
			}
		}
	case *comment:
		x.body += " touched"
	default:
		return false
	}
	return true
}

// Block blocks a teammate's account.
func (s *Server) Block(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.findTeammate(id); t != nil {
		t.blocked = true
	}
}

// Comment adds a private comment of a person to a conversation.
func (s *Server) Comment(id, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x, ok := s.byID[id].(*conv); ok {
		s.addComment(x, s.teammates[0], body, s.now(), nil)
	}
}

// Reply adds an answer of a person to a conversation, as the app does it.
func (s *Server) Reply(id, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, _ := s.byID[id].(*conv)
	if x == nil {
		return
	}
	m := &message{id: s.id("msg"), uid: s.id("uid"), kind: "email", subject: x.subject, body: body, created: s.now(), author: s.teammates[0], conv: x}
	m.recipients = []*recipient{s.recipientOf("support@acme.test", "", "from")}
	s.addMessage(x, m)
	s.happened("out_reply", x, s.teammates[0], func(s *Server) obj { return obj{"_meta": obj{"type": "message"}, "data": s.renderMessage(m)} })
}

// Merge merges a conversation into another one, as a person does it in the app.
func (s *Server) Merge(from, into string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, _ := s.byID[from].(*conv)
	y, _ := s.byID[into].(*conv)
	if x == nil || y == nil || x == y || x.merged != nil || y.merged != nil {
		return false
	}
	for _, m := range x.msgs {
		m.conv = y
		s.addMessage(y, m)
	}
	for _, m := range x.comments {
		m.conv = y
		y.comments = append(y.comments, m)
	}
	x.msgs, x.comments, x.merged = nil, nil, y
	s.convs = remove(s.convs, x)
	s.touch(y)
	s.happened("conversations_merged", y, s.teammates[0], func(*Server) obj {
		return obj{"_meta": obj{"type": "deleted_conversation_ids"}, "data": []string{x.id}}
	})
	return true
}
