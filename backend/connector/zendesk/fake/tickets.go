package fake

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CustomField is a value of a ticket's custom field.
type CustomField struct {
	ID    int64 `json:"id"`
	Value any   `json:"value"`
}

// Via says how something came.
type Via struct {
	Channel string         `json:"channel"`
	Source  map[string]any `json:"source"`
}

// Ticket is one ticket with its comments.
type Ticket struct {
	ID                 int64          `json:"id"`
	URL                string         `json:"url"`
	ExternalID         *string        `json:"external_id"`
	Via                Via            `json:"via"`
	CreatedAt          string         `json:"created_at"`
	UpdatedAt          string         `json:"updated_at"`
	GeneratedTimestamp int64          `json:"generated_timestamp"`
	Type               *string        `json:"type"`
	Subject            string         `json:"subject"`
	RawSubject         string         `json:"raw_subject"`
	Description        string         `json:"description"`
	Priority           *string        `json:"priority"`
	Status             string         `json:"status"`
	RequesterID        int64          `json:"requester_id"`
	SubmitterID        int64          `json:"submitter_id"`
	AssigneeID         *int64         `json:"assignee_id"`
	OrganizationID     *int64         `json:"organization_id"`
	GroupID            *int64         `json:"group_id"`
	CollaboratorIDs    []int64        `json:"collaborator_ids"`
	FollowerIDs        []int64        `json:"follower_ids"`
	EmailCCIDs         []int64        `json:"email_cc_ids"`
	ProblemID          *int64         `json:"problem_id"`
	DueAt              *string        `json:"due_at"`
	Tags               []string       `json:"tags"`
	CustomFields       []CustomField  `json:"custom_fields"`
	SatisfactionRating map[string]any `json:"satisfaction_rating"`
	TicketFormID       *int64         `json:"ticket_form_id"`
	BrandID            *int64         `json:"brand_id"`
	IsPublic           bool           `json:"is_public"`
	CommentCount       *int           `json:"comment_count,omitempty"`

	comments []*Comment
	audits   []*audit // of what is no comment, or came by a merge
	archived bool
	solvedAt string
}

func (t *Ticket) key() int64     { return t.ID }
func (t *Ticket) changed() int64 { return t.GeneratedTimestamp }

// Comment is one comment of a ticket.
type Comment struct {
	ID          int64         `json:"id"`
	Type        string        `json:"type"`
	AuthorID    int64         `json:"author_id"`
	Body        string        `json:"body"`
	HTMLBody    string        `json:"html_body"`
	PlainBody   string        `json:"plain_body"`
	Public      bool          `json:"public"`
	Attachments []*Attachment `json:"attachments"`
	AuditID     int64         `json:"audit_id"`
	Via         Via           `json:"via"`
	CreatedAt   string        `json:"created_at"`
}

type commentIn struct {
	AuthorID  *int64   `json:"author_id"`
	Body      *string  `json:"body"`
	HTMLBody  *string  `json:"html_body"`
	Value     *string  `json:"value"`
	Public    *bool    `json:"public"`
	CreatedAt *string  `json:"created_at"`
	Uploads   []string `json:"uploads"`
}

type ticketIn struct {
	ExternalID     *string       `json:"external_id"`
	Subject        *string       `json:"subject"`
	Description    *string       `json:"description"`
	Type           *string       `json:"type"`
	Priority       *string       `json:"priority"`
	Status         *string       `json:"status"`
	RequesterID    *int64        `json:"requester_id"`
	SubmitterID    *int64        `json:"submitter_id"`
	AssigneeID     *int64        `json:"assignee_id"`
	OrganizationID *int64        `json:"organization_id"`
	GroupID        *int64        `json:"group_id"`
	FollowerIDs    []int64       `json:"follower_ids"`
	EmailCCIDs     []int64       `json:"email_cc_ids"`
	Collaborators  []int64       `json:"collaborator_ids"`
	DueAt          *string       `json:"due_at"`
	Tags           []string      `json:"tags"`
	CustomFields   []CustomField `json:"custom_fields"`
	TicketFormID   *int64        `json:"ticket_form_id"`
	BrandID        *int64        `json:"brand_id"`
	ProblemID      *int64        `json:"problem_id"`
	CreatedAt      *string       `json:"created_at"`
	UpdatedAt      *string       `json:"updated_at"`
	SolvedAt       *string       `json:"solved_at"`
	Comments       []commentIn   `json:"comments"`
	Comment        *commentIn    `json:"comment"`
	SafeUpdate     bool          `json:"safe_update"`
	UpdatedStamp   *string       `json:"updated_stamp"`
}

var statuses = []string{"new", "open", "pending", "hold", "solved", "closed"}

// mostComments is how many an import of one ticket may have.
const mostComments = 5000

// textLimit is what a comment keeps; the rest is cut without a word.
const textLimit = 65536

func (s *Server) check(in ticketIn, created bool) map[string]string {
	bad := map[string]string{}
	person := func(field string, id *int64, staff bool) {
		if id == nil {
			return
		}
		u := s.users.byID[*id]
		switch {
		case u == nil || !u.Active:
			bad[field] = strings.TrimSuffix(field, "_id") + ": is invalid"
		case u.Suspended && field == "requester_id":
			bad[field] = "Requester: " + u.Name + " is suspended."
		case staff && u.Role == "end-user":
			bad[field] = "Assignee: is not an agent"
		}
	}
	person("requester_id", in.RequesterID, false)
	person("submitter_id", in.SubmitterID, false)
	person("assignee_id", in.AssigneeID, true)
	for _, c := range in.Comments {
		person("author_id", c.AuthorID, false)
		if c.CreatedAt != nil {
			if at, err := time.Parse(time.RFC3339, *c.CreatedAt); err != nil || at.After(s.o.Now().Add(time.Minute)) {
				bad["created_at"] = "Comment created_at: is invalid"
			}
		}
	}
	if in.OrganizationID != nil && s.org(*in.OrganizationID) == nil {
		bad["organization_id"] = "Organization: is invalid"
	}
	if in.GroupID != nil && s.docsOf("groups").byID[*in.GroupID] == nil {
		bad["group_id"] = "Group: is invalid"
	}
	if in.Status != nil && !slices.Contains(statuses, *in.Status) {
		bad["status"] = "Status: " + *in.Status + " is not valid"
	}
	if in.Priority != nil && !slices.Contains([]string{"low", "normal", "high", "urgent"}, *in.Priority) {
		bad["priority"] = "Priority: " + *in.Priority + " is not valid"
	}
	if in.Type != nil && !slices.Contains([]string{"problem", "incident", "question", "task"}, *in.Type) {
		bad["type"] = "Type: " + *in.Type + " is not valid"
	}
	if len(in.Comments) > mostComments {
		bad["base"] = "Ticket has too many comments"
	}
	if created && len(in.Comments) == 0 && in.Comment == nil && (in.Description == nil || *in.Description == "") {
		bad["base"] = "Description: cannot be blank"
	}
	for _, f := range in.CustomFields {
		if s.docsOf("ticket_fields").byID[f.ID] == nil {
			bad["custom_fields"] = "Custom field " + strconv.FormatInt(f.ID, 10) + ": does not exist"
		}
	}
	for k := range bad {
		if bad[k] == "" {
			delete(bad, k)
		}
	}
	return bad
}

// apply sets what was given; given is nil when a ticket is created.
func (s *Server) apply(t *Ticket, in ticketIn, given map[string]bool) {
	is := func(name string, have bool) bool { return given == nil && have || given[name] }
	if is("external_id", in.ExternalID != nil) {
		t.ExternalID = in.ExternalID
	}
	if is("subject", in.Subject != nil) {
		t.Subject = ""
		if in.Subject != nil {
			t.Subject = *in.Subject
		}
		t.RawSubject = t.Subject
	}
	if is("type", in.Type != nil) {
		t.Type = in.Type
	}
	if is("priority", in.Priority != nil) {
		t.Priority = in.Priority
	}
	if in.Status != nil {
		t.Status = *in.Status
	}
	if in.RequesterID != nil {
		t.RequesterID = *in.RequesterID
	}
	if in.SubmitterID != nil {
		t.SubmitterID = *in.SubmitterID
	}
	if is("assignee_id", in.AssigneeID != nil) {
		t.AssigneeID = in.AssigneeID
	}
	if is("organization_id", in.OrganizationID != nil) {
		t.OrganizationID = in.OrganizationID
	}
	if is("group_id", in.GroupID != nil) {
		t.GroupID = in.GroupID
	}
	if is("due_at", in.DueAt != nil) {
		t.DueAt = in.DueAt
	}
	if is("problem_id", in.ProblemID != nil) {
		t.ProblemID = in.ProblemID
	}
	if in.FollowerIDs != nil {
		t.FollowerIDs = in.FollowerIDs
	}
	if in.EmailCCIDs != nil {
		t.EmailCCIDs = in.EmailCCIDs
	}
	if is("tags", in.Tags != nil) {
		t.Tags = append([]string{}, in.Tags...)
	}
	if in.TicketFormID != nil {
		t.TicketFormID = in.TicketFormID
	}
	if in.BrandID != nil {
		t.BrandID = in.BrandID
	}
	for _, f := range in.CustomFields {
		i := slices.IndexFunc(t.CustomFields, func(x CustomField) bool { return x.ID == f.ID })
		if i < 0 {
			t.CustomFields = append(t.CustomFields, f)
		} else {
			t.CustomFields[i] = f
		}
	}
}

func (s *Server) liveTickets() []*Ticket {
	out := make([]*Ticket, 0, len(s.tickets.order))
	for _, t := range s.tickets.order {
		if t.Status != "deleted" && !t.archived {
			out = append(out, t)
		}
	}
	return out
}

func (s *Server) routeTickets(w http.ResponseWriter, r *http.Request, path []string) {
	q := r.URL.Query()
	switch {
	case len(path) == 0 && r.Method == http.MethodGet:
		all := s.liveTickets()
		if x := q.Get("external_id"); x != "" {
			all = slices.DeleteFunc(slices.Clone(s.tickets.order), func(t *Ticket) bool {
				return t.Status == "deleted" || t.ExternalID == nil || *t.ExternalID != x
			})
		}
		list(w, r, "tickets", all, 100, "external_id")
	case len(path) == 0 && r.Method == http.MethodPost:
		var in struct {
			Ticket ticketIn `json:"ticket"`
		}
		if !decode(w, r, &in) {
			return
		}
		s.mails++ // triggers run
		t, bad := s.importTicket(in.Ticket, false)
		if bad != nil {
			invalid(w, bad)
			return
		}
		answer(w, http.StatusCreated, map[string]any{"ticket": t})
	case len(path) == 1 && path[0] == "count":
		s.count(w, len(s.liveTickets()))
	case len(path) == 1 && path[0] == "show_many":
		out := []Ticket{}
		for _, id := range ids(q.Get("ids")) {
			if t := s.tickets.byID[id]; t != nil && t.Status != "deleted" {
				x := *t
				if strings.Contains(q.Get("include"), "comment_count") {
					n := len(t.comments)
					x.CommentCount = &n
				}
				out = append(out, x)
			}
		}
		answer(w, http.StatusOK, map[string]any{"tickets": out, "count": len(out), "next_page": nil, "previous_page": nil})
	case len(path) == 1 && path[0] == "destroy_many" && r.Method == http.MethodDelete:
		s.start(w, destroyJob(s, ids(q.Get("ids")), s.deleteTicket))
	case len(path) >= 1:
		s.oneTicket(w, r, path)
	default:
		fail(w, http.StatusNotFound, "InvalidEndpoint", "Not found")
	}
}

func (s *Server) deleteTicket(id int64) string {
	t := s.tickets.byID[id]
	if t == nil || t.Status == "deleted" {
		return "RecordNotFound"
	}
	s.deleted(t, t.Status, s.stamp())
	t.Status, t.UpdatedAt, t.GeneratedTimestamp = "deleted", s.stamp(), s.now().Unix()
	s.tickets.sorted = false
	return ""
}

// deleted lists a ticket among the deleted ones.
func (s *Server) deleted(t *Ticket, state, at string) {
	s.docsOf("deleted_tickets").put(&doc{id: t.ID, at: s.now().Unix(), values: map[string]any{
		"id": t.ID, "subject": t.Subject, "description": t.Description, "previous_state": state, "deleted_at": at,
		"actor": map[string]any{"id": s.users.order[0].ID, "name": s.users.order[0].Name},
	}})
}

func (s *Server) oneTicket(w http.ResponseWriter, r *http.Request, path []string) {
	t := s.tickets.byID[number(path[0])]
	if t == nil || t.Status == "deleted" {
		fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
		return
	}
	if len(path) > 1 {
		s.below(w, r, t, path[1:])
		return
	}
	if r.Method == http.MethodGet {
		answer(w, http.StatusOK, map[string]any{"ticket": t})
		return
	}
	if r.Method != http.MethodPut {
		fail(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "")
		return
	}
	var in struct {
		Ticket json.RawMessage `json:"ticket"`
	}
	if !decode(w, r, &in) {
		return
	}
	var body ticketIn
	var names map[string]json.RawMessage
	if err := strict(in.Ticket, &body); err != nil {
		badRequest(w, err.Error())
		return
	}
	if err := json.Unmarshal(in.Ticket, &names); err != nil {
		badRequest(w, err.Error())
		return
	}
	given := map[string]bool{}
	for k := range names {
		given[k] = true
	}
	if body.SafeUpdate && (body.UpdatedStamp == nil || *body.UpdatedStamp != t.UpdatedAt) {
		fail(w, http.StatusConflict, "UpdateConflict", "Safe Update prevented the update due to outdated ticket data. Please fetch the latest ticket data and try again.")
		return
	}
	bad := s.check(body, false)
	if t.Status == "closed" {
		bad["status"] = "Status: closed prevents ticket update"
	}
	if len(bad) > 0 {
		invalid(w, bad)
		return
	}
	s.mails++ // triggers run
	s.apply(t, body, given)
	s.touchTicket(t)
	answer(w, http.StatusOK, map[string]any{"ticket": t, "audit": map[string]any{"id": s.id()}})
}

func (s *Server) touchTicket(t *Ticket) {
	t.UpdatedAt, t.GeneratedTimestamp = s.stamp(), s.now().Unix()
	s.tickets.sorted = false
}

// below answers what belongs to a ticket.
func (s *Server) below(w http.ResponseWriter, r *http.Request, t *Ticket, path []string) {
	q := r.URL.Query()
	switch {
	case path[0] == "comments" && len(path) == 1 && r.Method == http.MethodGet:
		out := t.comments
		if q.Get("include_inline_images") != "true" {
			out = make([]*Comment, 0, len(t.comments))
			for _, c := range t.comments {
				x := *c
				x.Attachments = []*Attachment{}
				for _, a := range c.Attachments {
					if !a.Inline {
						x.Attachments = append(x.Attachments, a)
					}
				}
				out = append(out, &x)
			}
		}
		list(w, r, "comments", out, 100, "include_inline_images")
	case path[0] == "comments" && len(path) == 3 && path[2] == "make_private" && r.Method == http.MethodPut:
		i := slices.IndexFunc(t.comments, func(c *Comment) bool { return c.ID == number(path[1]) })
		if i < 0 {
			fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
			return
		}
		t.comments[i].Public = false
		s.noted(t, t.comments[i].Via, map[string]any{"type": "CommentPrivacyChange", "comment_id": t.comments[i].ID, "public": false})
		w.WriteHeader(http.StatusOK)
	case path[0] == "audits" && len(path) == 1 && r.Method == http.MethodGet:
		s.listAudits(w, r, t)
	case path[0] == "side_conversations" && len(path) == 1 && r.Method == http.MethodGet:
		if s.o.SmallPlan {
			answer(w, http.StatusForbidden, map[string]any{"error": map[string]string{"title": "Forbidden", "message": "Side conversations are not part of this plan."}})
			return
		}
		out := []*doc{}
		for _, d := range s.docsOf("side_conversations").order {
			if d.values["ticket_id"] == t.ID {
				out = append(out, d)
			}
		}
		list(w, r, "side_conversations", out, 100)
	default:
		fail(w, http.StatusNotFound, "InvalidEndpoint", "Not found")
	}
}

func (s *Server) routeImports(w http.ResponseWriter, r *http.Request, path []string) {
	if r.Method != http.MethodPost || len(path) == 0 || path[0] != "tickets" {
		fail(w, http.StatusNotFound, "InvalidEndpoint", "Not found")
		return
	}
	archive := r.URL.Query().Get("archive_immediately") == "true"
	if len(path) == 1 {
		var in struct {
			Ticket ticketIn `json:"ticket"`
		}
		if !decode(w, r, &in) {
			return
		}
		t, bad := s.importTicket(in.Ticket, archive)
		if bad != nil {
			invalid(w, bad)
			return
		}
		answer(w, http.StatusCreated, map[string]any{"ticket": t})
		return
	}
	var in struct {
		Tickets []ticketIn `json:"tickets"`
	}
	if !decode(w, r, &in) {
		return
	}
	if len(in.Tickets) == 0 || len(in.Tickets) > 100 {
		badRequest(w, "between 1 and 100 tickets")
		return
	}
	s.start(w, &job{total: len(in.Tickets), work: func(i int) map[string]any {
		t, bad := s.importTicket(in.Tickets[i], archive)
		if bad != nil {
			return map[string]any{"index": i, "error": "TicketCreateError", "details": first(bad), "success": false}
		}
		return map[string]any{"id": t.ID, "index": i, "status": "Created", "success": true}
	}})
}
