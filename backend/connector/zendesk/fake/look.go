package fake

import (
	"slices"
	"strconv"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// Totals is how many records of each kind an account has that were not deleted.
type Totals struct {
	Users, Agents, Orgs, Groups, Tickets, Archived, Deleted, Comments, Private, Attachments int
}

// Count looks at everything.
func (s *Server) Count() (n Totals) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.users.order {
		switch {
		case u.Role != "end-user" && u.Active:
			n.Agents++
		case u.Role == "end-user" && !u.forGood:
			n.Users++
		}
	}
	n.Orgs = len(s.liveOrgs())
	n.Groups = len(s.docsOf("groups").order)
	for _, t := range s.tickets.order {
		if t.Status == "deleted" {
			n.Deleted++
			continue
		}
		n.Tickets++
		if t.archived {
			n.Archived++
		}
		n.Comments += len(t.comments)
		for _, c := range t.comments {
			n.Attachments += len(c.Attachments)
			if !c.Public {
				n.Private++
			}
		}
	}
	return n
}

// Find gives a ticket by its id, with its comments, as they are now.
func (s *Server) Find(id int64) (Ticket, []Comment, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tickets.byID[id]
	if t == nil {
		return Ticket{}, nil, false
	}
	comments := make([]Comment, len(t.comments))
	for i, c := range t.comments {
		comments[i] = *c
	}
	return *t, comments, true
}

// Archived says whether a ticket is in the archive.
func (s *Server) Archived(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tickets.byID[id]
	return t != nil && t.archived
}

// Archive puts a closed ticket into the archive, as happens after 120 days.
func (s *Server) Archive(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.tickets.byID[id]; t != nil {
		t.Status, t.archived = "closed", true
		s.touchTicket(t)
	}
}

// Touch changes a record as a person would; what is the name of its list.
func (s *Server) Touch(what string, id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch what {
	case "tickets":
		t := s.tickets.byID[id]
		if t == nil {
			return false
		}
		t.Tags = append(slices.Clone(t.Tags), "touched")
		s.touchTicket(t)
	case "users":
		u := s.users.byID[id]
		if u == nil {
			return false
		}
		u.Alias = "touched"
		s.touchUser(u)
	case "organizations":
		o := s.orgs.byID[id]
		if o == nil {
			return false
		}
		o.Details = "touched"
		o.UpdatedAt, o.at = s.stamp(), s.now().Unix()
		s.orgs.sorted = false
	default:
		d := s.docsOf(what).byID[id]
		if d == nil {
			return false
		}
		s.change(what, d, nil)
	}
	return true
}

// Suspend keeps somebody out.
func (s *Server) Suspend(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users.byID[id]; u != nil {
		u.Suspended = true
		s.touchUser(u)
	}
}
