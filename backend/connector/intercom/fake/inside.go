package fake

import (
	"slices"
	"time"
)

// Counts says how many records there are, by what they are called here: "contacts",
// "companies", "companies with people", "conversations", "parts", "tickets", "articles", "collections".
func (s *Server) Counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]int{
		"contacts": len(s.visible()), "companies": len(s.companies.by), "conversations": len(s.threads[conversations].by),
		"tickets": len(s.threads[tickets].by), "articles": len(s.articles.by), "collections": len(s.shelves.by),
	}
	s.companies.each(func(c *company) { out["companies with people"] += min(len(c.users), 1) })
	for _, x := range s.threads {
		x.each(func(t *thread) { out["parts"] += len(t.parts) })
	}
	return out
}

// Message is a message as somebody who looks at the thread sees it.
type Message struct {
	Type, Body, AuthorType, Author string
	At                             time.Time
	Files                          []string
	// Content of the files.
	Content [][]byte
}

// Thread is a conversation or a ticket as somebody who looks at it sees it; the first
// message of a conversation comes first.
type Thread struct {
	ID, Title, State, Admin, Team string
	Created                       time.Time
	Tags, Contacts                []string
	Custom                        map[string]any
	Messages                      []Message
}

// Conversation shows one, and Ticket too; nil: there is none.
func (s *Server) Conversation(id string) *Thread { return s.show(conversations, id) }

// Ticket shows one.
func (s *Server) Ticket(id string) *Thread { return s.show(tickets, id) }

// Conversations lists the ids of all.
func (s *Server) Conversations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.threads[conversations].order)
}

// Tickets lists the ids of all.
func (s *Server) Tickets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.threads[tickets].order)
}

func (s *Server) show(k kind, id string) *Thread {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.threads[k].by[id]
	if t == nil {
		return nil
	}
	out := &Thread{
		ID: t.id, Title: t.title, State: t.state, Admin: t.admin, Team: t.team, Created: time.Unix(t.created, 0).UTC(),
		Contacts: slices.Clone(t.contacts), Custom: map[string]any{},
	}
	for name, v := range t.custom {
		out.Custom[name] = v
	}
	for _, id := range t.tags {
		if x := s.tag(id); x != nil {
			out.Tags = append(out.Tags, x.name)
		}
	}
	list := t.parts
	if t.source != nil {
		list = append([]*part{t.source}, t.parts...)
	}
	for _, p := range list {
		if p.body == "" && len(p.attachments) == 0 {
			continue // an event
		}
		m := Message{Type: p.typ, Body: p.body, AuthorType: p.authorType, Author: p.author, At: time.Unix(p.created, 0).UTC()}
		for _, f := range p.attachments {
			m.Files, m.Content = append(m.Files, f.name), append(m.Content, f.content)
		}
		out.Messages = append(out.Messages, m)
	}
	return out
}

// Touch changes something of a record as a person would: a conversation's priority, who
// sees a ticket, a phone number, an industry, a title, a description. It says whether there is such a record.
func (s *Server) Touch(what, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed()
	now := s.now()
	switch what {
	case "contact":
		if c := s.contacts.by[id]; c != nil {
			c.phone, c.updated = c.phone+"1", now
			return true
		}
	case "company":
		if c := s.companies.by[id]; c != nil {
			c.industry, c.updated = c.industry+" touched", now
			return true
		}
	case "ticket":
		if t := s.threads[tickets].by[id]; t != nil {
			t.shared, t.updated = !t.shared, now
			return true
		}
	case "conversation":
		if t := s.threads[conversations].by[id]; t != nil {
			t.priority, t.updated = map[bool]string{true: "high", false: "urgent"}[t.priority == "none"], now
			return true
		}
	case "article":
		if a := s.articles.by[id]; a != nil {
			a.title, a.updated = a.title+" (touched)", now
			return true
		}
	case "collection":
		if c := s.shelves.by[id]; c != nil {
			c.description, c.updated = c.description+" (touched)", now
			return true
		}
	}
	return false
}

// PersonReplies adds a reply that a teammate wrote in the inbox.
func (s *Server) PersonReplies(conversation, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.threads[conversations].by[conversation]
	t.add(&part{
		id: "9" + conversation, typ: "comment", body: plainHTML(text), authorType: "admin", author: s.me.id, created: s.now(), updated: s.now(), state: t.state,
	})
	t.updated = s.now()
	s.changed()
}

// Add adds as many parts to a conversation as it takes for a test of the ceiling.
func (s *Server) Add(conversation string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.threads[conversations].by[conversation]
	for i := range n {
		t.parts = append(t.parts, &part{
			id: conversation + "000" + string(rune('a'+i%26)) + time.Unix(int64(i), 0).UTC().Format("150405"), typ: "comment",
			body: plainHTML("again"), authorType: "user", author: t.contacts[0], created: t.created + int64(i), updated: t.created + int64(i),
		})
	}
	s.changed()
}

// ReplaceText writes another text into each conversation's first message, one each, as far
// as there are texts.
func (s *Server) ReplaceText(texts []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, id := range s.threads[conversations].order {
		if i < len(texts) {
			s.threads[conversations].by[id].source.body = texts[i]
		}
	}
	s.changed()
}

// Merge merges a contact into another, as POST /contacts/merge does.
func (s *Server) Merge(from, into string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, b := s.contacts.by[from], s.contacts.by[into]
	if a == nil || b == nil {
		return false
	}
	s.unindex(a)
	a.merged = b.id
	for _, x := range s.threads {
		x.each(func(t *thread) {
			for i, id := range t.contacts {
				if id == from {
					t.contacts[i] = into
				}
			}
			for _, p := range append([]*part{t.source}, t.parts...) {
				if p != nil && p.author == from {
					p.author = into
				}
			}
		})
	}
	s.changed()
	return true
}
