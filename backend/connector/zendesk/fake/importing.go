package fake

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// importTicket creates a ticket of the past: nothing goes off.
func (s *Server) importTicket(in ticketIn, archive bool) (*Ticket, map[string]string) {
	bad := s.check(in, true)
	for _, c := range in.Comments {
		for _, token := range c.Uploads {
			if u := s.uploads[token]; u == nil || u.used || s.o.Now().Sub(u.at) > time.Hour {
				bad["uploads"] = "Uploads: token is invalid or has expired"
			}
		}
	}
	if len(bad) > 0 {
		return nil, bad
	}
	me := s.users.order[0].ID
	t := &Ticket{
		ID: s.id(), CreatedAt: s.stamp(), UpdatedAt: s.stamp(), Status: "open", SubmitterID: me, RequesterID: me, Tags: []string{},
		CollaboratorIDs: []int64{}, FollowerIDs: []int64{}, EmailCCIDs: []int64{}, CustomFields: []CustomField{}, IsPublic: true,
		Via:                Via{Channel: "api", Source: map[string]any{"from": map[string]any{}, "to": map[string]any{}, "rel": nil}},
		SatisfactionRating: map[string]any{"score": "unoffered"},
	}
	t.URL = fmt.Sprintf("https://desk.zendesk.com/api/v2/tickets/%d.json", t.ID)
	s.apply(t, in, nil)
	if in.CreatedAt != nil {
		t.CreatedAt = fromEpoch(*in.CreatedAt)
	}
	if in.UpdatedAt != nil {
		t.UpdatedAt = fromEpoch(*in.UpdatedAt)
	}
	if in.SolvedAt != nil {
		t.solvedAt = fromEpoch(*in.SolvedAt)
	}
	t.archived = archive && t.Status == "closed"
	list := in.Comments
	if in.Comment != nil {
		list = append(list, *in.Comment)
	}
	if in.Description != nil {
		list = append([]commentIn{{Value: in.Description, AuthorID: in.RequesterID}}, list...)
	}
	for i, c := range list {
		s.comment(t, c, i == 0)
	}
	sort.SliceStable(t.comments, func(i, j int) bool { return t.comments[i].CreatedAt < t.comments[j].CreatedAt })
	t.Description = t.comments[0].PlainBody
	t.IsPublic = slices.ContainsFunc(t.comments, func(c *Comment) bool { return c.Public })
	t.GeneratedTimestamp = s.now().Unix()
	s.tickets.put(t)
	return t, nil
}

// fromEpoch raises a moment before 1970.
func fromEpoch(s string) string {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil || at.Unix() < 0 {
		return "1970-01-01T00:00:00Z"
	}
	return at.UTC().Format(time.RFC3339)
}

func (s *Server) comment(t *Ticket, in commentIn, isFirst bool) {
	c := &Comment{ID: s.id(), Type: "Comment", AuthorID: s.users.order[0].ID, Public: true, Attachments: []*Attachment{}, CreatedAt: s.stamp(), Via: t.Via}
	c.AuditID = s.id()
	if isFirst {
		c.AuthorID = t.RequesterID
	}
	if in.AuthorID != nil {
		c.AuthorID = *in.AuthorID
	}
	if in.Public != nil {
		c.Public = *in.Public
	}
	if u := s.users.byID[c.AuthorID]; s.o.OpenNotes && u != nil && u.Role == "end-user" {
		c.Public = true
	}
	if in.CreatedAt != nil {
		c.CreatedAt = fromEpoch(*in.CreatedAt)
	}
	switch {
	case in.HTMLBody != nil:
		c.HTMLBody = cut(*in.HTMLBody)
		c.Body = plain(c.HTMLBody)
	case in.Body != nil:
		c.Body = cut(*in.Body)
		c.HTMLBody = "<p>" + c.Body + "</p>"
	case in.Value != nil:
		c.Body = cut(*in.Value)
		c.HTMLBody = "<p>" + c.Body + "</p>"
	}
	// What is left goes through a parser of HTML, which writes letters as letters.
	c.HTMLBody, c.Body = asLetters.Replace(filled(t, c.HTMLBody)), asLetters.Replace(filled(t, c.Body))
	c.PlainBody = c.Body
	for _, token := range in.Uploads {
		if u := s.uploads[token]; u != nil && !u.used {
			u.used = true
			c.Attachments = append(c.Attachments, u.list...)
		}
	}
	t.comments = append(t.comments, c)
}

var asLetters = strings.NewReplacer("&#123;", "{", "&#125;", "}")

var placeholder = regexp.MustCompile(`\{\{[^}]*\}\}|\{%[^%]*%\}`)

// filled puts values of the ticket in the place of placeholders; what is none becomes nothing.
func filled(t *Ticket, text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		if strings.Contains(p, "ticket.id") {
			return strconv.FormatInt(t.ID, 10)
		}
		return ""
	})
}

func cut(s string) string {
	if len(s) <= textLimit {
		return s
	}
	s = s[:textLimit]
	for len(s) > 0 && !utf8.ValidString(s[max(0, len(s)-4):]) {
		s = s[:len(s)-1]
	}
	return s
}

// plain takes the tags out.
func plain(html string) string {
	var b strings.Builder
	in := false
	for _, r := range html {
		switch {
		case r == '<':
			in = true
		case r == '>':
			in = false
		case !in:
			b.WriteRune(r)
		}
	}
	return b.String()
}
