package fake

import (
	"maps"
	"slices"
)

// Mails is how many mails and webhooks the real desk would have sent.
func (s *Server) Mails() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails
}

// Stats tells how much was asked of the account.
type Stats struct{ Requests, Refused int64 }

// Stats counts the calls, and those that were refused as too many.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{Requests: s.requests, Refused: s.refused}
}

// Message is what a test sees of one conversation of a ticket.
type Message struct {
	ID, User          int64
	Body              string
	Incoming, Private bool
	Files             []string
}

// Thread is what a test sees of a ticket: its first text and what followed.
type Thread struct {
	ID, Requester, Status int64
	Subject, Description  string
	Deleted, Spam         bool
	Custom                map[string]any
	Files                 []string
	Messages              []Message
}

func names(list []*file) []string {
	out := make([]string, 0, len(list))
	for _, f := range list {
		out = append(out, f.Name)
	}
	return out
}

// Threads gives all tickets that were not removed for good, oldest first.
func (s *Server) Threads() []Thread {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Thread{}
	for _, t := range s.tickets.list {
		if t.Gone {
			continue
		}
		x := Thread{
			ID: t.ID, Requester: t.Requester, Status: t.Status, Subject: t.Subject, Description: t.Description, Deleted: t.Deleted, Spam: t.Spam,
			Custom: t.Custom, Files: names(t.Files),
		}
		for _, c := range t.Talk {
			x.Messages = append(x.Messages, Message{ID: c.ID, User: c.User, Body: c.Body, Incoming: c.Incoming, Private: c.Private, Files: names(c.Files)})
		}
		out = append(out, x)
	}
	return out
}

// Counts says how much of each the account holds, without what is in the trash or in spam.
func (s *Server) Counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := map[string]int{"agents": len(s.agents.list)}
	for _, t := range s.tickets.list {
		if t.Gone || t.Deleted || t.Spam {
			continue
		}
		n["tickets"]++
		n["files"] += len(t.Files)
		n["conversations"] += len(t.Talk)
		for _, c := range t.Talk {
			n["files"] += len(c.Files)
		}
	}
	for _, c := range s.contacts.list {
		if !c.Gone {
			n["contacts"]++
			if c.Deleted {
				n["deleted contacts"]++
			}
		}
	}
	for _, c := range s.companies.list {
		if !c.Gone {
			n["companies"]++
		}
	}
	for name, t := range s.small {
		n[name] = len(t.list)
	}
	return n
}

// Expire makes the addresses in lists of files invalid, as time does with signed ones.
// Those of pictures in texts stay.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.byToken)
	for _, f := range s.files {
		if f.Kind != "image/png" {
			f.Token += "x"
		}
		s.byToken[f.Token] = f
	}
}

// Switch turns mails on and off, as people do in Admin > Email notifications.
func (s *Server) Switch(n Switches) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.Notify = n
}

// Rule adds an automation of the account: kind 1 on creation, 3 hourly, 4 on changes.
func (s *Server) Rule(kind int64, m map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put("rules", kind, m)
}

// Touch changes a ticket as an agent would; 0: it is a contact's or company's id.
func (s *Server) Touch(object string, id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch object {
	case "ticket":
		if t := s.tickets.by[id]; t != nil {
			t.Tags = append(slices.Clone(t.Tags), "touched")
			s.touched(t)
			return true
		}
	case "message":
		if c := s.talk[id]; c != nil {
			c.Private, c.Updated = !c.Private, s.now()
			s.touched(s.tickets.by[c.Ticket])
			return true
		}
	case "contact":
		if c := s.contacts.by[id]; c != nil {
			c.Values["job_title"], c.Updated = "touched", s.now()
			return true
		}
	case "organization":
		if c := s.companies.by[id]; c != nil {
			c.Values["note"], c.Updated = "touched", s.now()
			return true
		}
	case "time_entry", "category", "section", "article":
		where := map[string][2]string{
			"time_entry": {"time_entries", "note"}, "category": {"categories", "description"}, "section": {"folders", "description"}, "article": {"articles", "tags"},
		}[object]
		if r := s.table(where[0]).by[id]; r != nil {
			m := maps.Clone(r.M)
			m[where[1]], m["updated_at"] = any("touched"), stamp(s.now())
			if where[1] == "tags" {
				m["tags"] = []string{"touched"}
			}
			r.M = m
			return true
		}
	case "group":
		if g := s.table("groups").by[id]; g != nil {
			g.M["unassigned_for"] = "1h"
			return true
		}
	}
	return false
}

// AddAgent invites somebody to the staff, and gives their id.
func (s *Server) AddAgent(name, email string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addAgent(name, email).ID
}

// Archive archives all tickets that are not in the trash or in spam, as time does.
func (s *Server) Archive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tickets.list {
		t.Archived = !t.Deleted && !t.Spam
	}
}
