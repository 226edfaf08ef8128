package fake

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// audit is one update of a ticket, with the events that it consists of.
type audit struct {
	ID        int64            `json:"id"`
	TicketID  int64            `json:"ticket_id"`
	CreatedAt string           `json:"created_at"`
	AuthorID  int64            `json:"author_id"`
	Metadata  map[string]any   `json:"metadata"`
	Via       Via              `json:"via"`
	Events    []map[string]any `json:"events"`
}

func (a *audit) key() int64     { return a.ID }
func (a *audit) changed() int64 { return unix(a.CreatedAt) }

func unix(s string) int64 {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return 0
	}
	return t.Unix()
}

// ofComment is the audit by which a comment came.
func ofComment(t *Ticket, c *Comment) *audit {
	return &audit{ID: c.AuditID, TicketID: t.ID, CreatedAt: c.CreatedAt, AuthorID: c.AuthorID, Metadata: map[string]any{}, Via: c.Via, Events: []map[string]any{
		{"id": c.ID, "type": "Comment", "author_id": c.AuthorID, "body": c.Body, "html_body": c.HTMLBody, "public": c.Public, "attachments": c.Attachments, "audit_id": c.AuditID},
	}}
}

// auditsOf lists all audits of a ticket, the oldest first.
func auditsOf(t *Ticket) []*audit {
	out := slices.Clone(t.audits)
	for _, c := range t.comments {
		if !slices.ContainsFunc(t.audits, func(a *audit) bool { return a.ID == c.AuditID }) {
			out = append(out, ofComment(t, c))
		}
	}
	slices.SortStableFunc(out, func(a, b *audit) int {
		return cmp.Or(cmp.Compare(a.changed(), b.changed()), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// listAudits gives those of archived tickets all at once: they know no pages.
func (s *Server) listAudits(w http.ResponseWriter, r *http.Request, t *Ticket) {
	out := auditsOf(t)
	if t.archived {
		answer(w, http.StatusOK, map[string]any{"audits": out, "count": len(out), "next_page": nil, "previous_page": nil})
		return
	}
	list(w, r, "audits", out, 100)
}

// ticketEvent is an audit as the incremental export of ticket events has it.
type ticketEvent struct{ *audit }

// MarshalJSON writes the events as children, without the texts of comments.
func (e ticketEvent) MarshalJSON() ([]byte, error) {
	children := []map[string]any{}
	for _, x := range e.Events {
		child := map[string]any{"event_type": x["type"], "via": e.Via.Channel, "via_reference_id": nil}
		for k, v := range x {
			switch {
			case k == "type":
			case x["type"] == "Comment" && k != "id":
			default:
				child[k] = v
			}
		}
		if x["type"] == "Comment" {
			child["comment_present"], child["comment_public"] = true, x["public"]
		}
		children = append(children, child)
	}
	return json.Marshal(map[string]any{
		"id": e.ID, "ticket_id": e.TicketID, "timestamp": e.changed(), "created_at": e.CreatedAt, "updater_id": e.AuthorID,
		"via": e.Via.Channel, "system": map[string]any{}, "metadata": e.Metadata, "event_type": "Audit", "child_events": children,
	})
}

// ticketEvents collects the audits of all tickets.
func (s *Server) ticketEvents() *table[ticketEvent] {
	t := newTable[ticketEvent]()
	for _, x := range s.tickets.order {
		for _, a := range auditsOf(x) {
			t.put(ticketEvent{a})
		}
	}
	return t
}

// noted adds an audit to a ticket that changed just now.
func (s *Server) noted(t *Ticket, via Via, events ...map[string]any) *audit {
	a := &audit{ID: s.id(), TicketID: t.ID, CreatedAt: s.stamp(), AuthorID: s.users.order[0].ID, Metadata: map[string]any{}, Via: via, Events: events}
	for _, e := range events {
		e["id"] = s.id()
	}
	t.audits = append(t.audits, a)
	s.touchTicket(t)
	return a
}

func web(from, to map[string]any, rel any) Via {
	return Via{Channel: "web", Source: map[string]any{"from": from, "to": to, "rel": rel}}
}

// Merge merges a ticket into another one, as a person does: it is closed, each of the two
// gets a private comment, and what it had of files is copied.
func (s *Server) Merge(id, into int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, to := s.tickets.byID[id], s.tickets.byID[into]
	if t == nil || to == nil || t == to || t.Status == "deleted" || to.Status == "deleted" {
		return false
	}
	var files []*Attachment
	for _, c := range t.comments {
		for _, a := range c.Attachments {
			x := *a
			x.ID = s.id()
			files = append(files, &x)
		}
	}
	t.Status, t.Tags = "closed", append(slices.Clone(t.Tags), "closed_by_merge")
	s.byMerge(t, web(map[string]any{}, map[string]any{"ticket_id": into, "subject": to.Subject}, "merge"),
		fmt.Sprintf("This request was closed and merged into request #%d %q.", into, to.Subject), nil)
	s.byMerge(to, web(map[string]any{"ticket_ids": []int64{id}}, map[string]any{}, "merge"),
		fmt.Sprintf("Request #%d %q was closed and merged into this request.", id, t.Subject), files)
	return true
}

func (s *Server) byMerge(t *Ticket, via Via, text string, files []*Attachment) {
	private := false
	s.comment(t, commentIn{Body: &text, Public: &private}, false)
	c := t.comments[len(t.comments)-1]
	c.Via, c.Attachments = via, append(c.Attachments, files...)
	a := ofComment(t, c)
	t.audits = append(t.audits, a)
	s.touchTicket(t)
}

// black is what redacted letters become.
const black = "▇"

// Redact takes the text out of all comments of a ticket.
func (s *Server) Redact(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.tickets.byID[id]; t != nil {
		for i := range t.comments {
			s.redact(t, i)
		}
	}
}

// RedactComment takes the text out of a ticket's n-th comment, from 1, for good.
func (s *Server) RedactComment(id int64, n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tickets.byID[id]
	if t == nil || n < 1 || n > len(t.comments) {
		return false
	}
	s.redact(t, n-1)
	return true
}

func (s *Server) redact(t *Ticket, i int) {
	c := t.comments[i]
	text := strings.Repeat(black, 4)
	c.Body, c.HTMLBody, c.PlainBody = text, "<p>"+text+"</p>", text
	s.noted(t, web(map[string]any{}, map[string]any{}, nil), map[string]any{"type": "CommentRedactionEvent", "comment_id": c.ID})
}

// RedactFile makes a file an empty "redacted.txt" for good.
func (s *Server) RedactFile(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tickets.order {
		for _, c := range t.comments {
			for i, a := range c.Attachments {
				if a.ID != id {
					continue
				}
				x := s.keep("redacted.txt", "text/plain", nil)
				x.ID = id
				c.Attachments[i] = x
				s.noted(t, web(map[string]any{}, map[string]any{}, nil),
					map[string]any{"type": "AttachmentRedactionEvent", "attachment_id": id, "comment_id": c.ID})
				return true
			}
		}
	}
	return false
}

// orgMerge is a merge of two organizations.
type orgMerge struct {
	ID     string `json:"id"`
	URL    string `json:"url"`
	Loser  int64  `json:"loser_id"`
	Winner int64  `json:"winner_id"`
	Status string `json:"status"`
}

func (s *Server) mergesOf(id int64) []orgMerge {
	out := []orgMerge{}
	for _, m := range s.merges {
		if m.Loser == id || m.Winner == id {
			out = append(out, m)
		}
	}
	return out
}

// MergeOrgs merges an organization into another one: its people and tickets go there.
func (s *Server) MergeOrgs(id, into int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.org(id) == nil || s.org(into) == nil || id == into {
		return false
	}
	for _, u := range s.users.order {
		if u.OrganizationID != nil && *u.OrganizationID == id {
			u.OrganizationID = &into
			s.touchUser(u)
		}
	}
	for _, t := range s.tickets.order {
		if t.OrganizationID != nil && *t.OrganizationID == id {
			t.OrganizationID = &into
			s.touchTicket(t)
		}
	}
	s.deleteOrg(id)
	m := orgMerge{ID: fmt.Sprintf("01HPZM%020d", s.id()), Loser: id, Winner: into, Status: "complete"}
	m.URL = "https://desk.zendesk.com/api/v2/organization_merges/" + m.ID
	s.merges = append(s.merges, m)
	return true
}
