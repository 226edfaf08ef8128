package fake

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// term of a search: a filter with its value, or a text without a filter.
type term struct{ filter, value string }

// terms takes a search apart: blanks part its terms, quotes hold a value together.
func terms(q string) (out []term) {
	for q = strings.TrimSpace(q); q != ""; q = strings.TrimSpace(q) {
		t := term{}
		if i := strings.IndexAny(q, `: "`); i > 0 && q[i] == ':' {
			t.filter, q = q[:i], q[i+1:]
		}
		if strings.HasPrefix(q, `"`) {
			end := strings.Index(q[1:], `"`)
			if end < 0 {
				end = len(q) - 1
			}
			t.value, q = q[1:1+end], q[min(len(q), end+2):]
		} else if i := strings.IndexByte(q, ' '); i >= 0 {
			t.value, q = q[:i], q[i:]
		} else {
			t.value, q = q, ""
		}
		out = append(out, t)
	}
	return out
}

// searchRoute answers GET /conversations/search/{query}: all terms must hold, the most
// recently active come first, and _total counts them.
func (s *Server) searchRoute(c *call) (reply, *failure) {
	if f := s.scope("conversations:read"); f != nil {
		return reply{}, f
	}
	list := terms(c.parts[2])
	if len(list) == 0 || len(list) > 15 {
		return reply{}, bad("query: between 1 and 15 filters")
	}
	for _, t := range list {
		if f := s.sane(t); f != nil {
			return reply{}, f
		}
	}
	now := s.now()
	found := []*conv{}
	for _, x := range s.convs {
		if x.merged == nil && x.indexed <= now && !slices.ContainsFunc(list, func(t term) bool { return !s.holds(x, t) }) {
			found = append(found, x)
		}
	}
	slices.SortFunc(found, func(a, b *conv) int { return sign(float64(b.seq - a.seq)) })
	a, f := page(s, c, found, 50, s.renderConv)
	if f == nil {
		a.body.(obj)["_total"] = len(found)
	}
	return a, f
}

func (s *Server) sane(t term) *failure {
	switch t.filter {
	case "before", "after", "during":
		if _, err := strconv.ParseFloat(t.value, 64); err != nil {
			return bad("query." + t.filter + ": should be a timestamp")
		}
	case "custom_field":
		if !strings.Contains(t.value, "=") {
			return bad("query.custom_field: should be \"name=value\"")
		}
	case "", "inbox", "tag", "from", "to", "cc", "bcc", "recipient", "is", "assignee", "author":
	default:
		return bad("query: unknown filter " + t.filter)
	}
	return nil
}

func (s *Server) holds(x *conv, t term) bool {
	at := func() float64 { f, _ := strconv.ParseFloat(t.value, 64); return f } // sane saw to it
	switch t.filter {
	case "inbox":
		return x.inbox != nil && x.inbox.id == t.value
	case "tag":
		return slices.ContainsFunc(x.tags, func(g *tag) bool { return g.id == t.value })
	case "from", "to", "cc", "bcc", "recipient":
		return slices.ContainsFunc(x.msgs, func(m *message) bool {
			return slices.ContainsFunc(m.recipients, func(r *recipient) bool {
				return (t.filter == "recipient" || r.role == t.filter) && strings.EqualFold(r.handle, t.value)
			})
		})
	case "before":
		return x.any(func(f float64) bool { return f < at() })
	case "after":
		return x.any(func(f float64) bool { return f > at() })
	case "during":
		day := time.Unix(int64(at()), 0).UTC().Format(time.DateOnly)
		return x.any(func(f float64) bool { return time.Unix(int64(f), 0).UTC().Format(time.DateOnly) == day })
	case "is":
		switch t.value {
		case "archived":
			return x.status == "archived"
		case "trashed":
			return x.status == "deleted"
		case "open":
			return x.status == "assigned" || x.status == "unassigned"
		case "assigned":
			return x.assignee != nil
		case "unassigned":
			return x.assignee == nil
		}
		return false
	case "custom_field":
		name, value, _ := strings.Cut(t.value, "=")
		v, ok := x.custom[name]
		return ok && strings.EqualFold(fmt.Sprint(v), value)
	case "assignee":
		return x.assignee != nil && x.assignee.id == t.value
	case "author":
		return slices.ContainsFunc(x.msgs, func(m *message) bool { return m.author != nil && m.author.id == t.value })
	}
	return strings.Contains(strings.ToLower(x.subject), strings.ToLower(t.value)) ||
		slices.ContainsFunc(x.msgs, func(m *message) bool {
			return strings.Contains(strings.ToLower(m.body), strings.ToLower(t.value))
		})
}

// any tells whether a message or comment was at such a time.
func (x *conv) any(good func(float64) bool) bool {
	return slices.ContainsFunc(x.msgs, func(m *message) bool { return good(m.created) }) ||
		slices.ContainsFunc(x.comments, func(m *comment) bool { return good(m.posted) })
}

// eventsRoute answers GET /events: at most 15 a page, the newest first unless asked otherwise.
func (s *Server) eventsRoute(c *call) (reply, *failure) {
	if f := s.scope("events:read"); f != nil {
		return reply{}, f
	}
	if len(c.parts) == 2 {
		e, _ := s.byID[c.parts[1]].(*event)
		if e == nil {
			return reply{}, notFound("Event")
		}
		return ok(s.renderEvent(e)), nil
	}
	q := c.r.URL.Query()
	after, f := number(q, "q[after]")
	if f != nil {
		return reply{}, f
	}
	before, f := number(q, "q[before]")
	if f != nil {
		return reply{}, f
	}
	types := q["q[types][]"]
	list := []*event{}
	for _, e := range s.events {
		if (after == 0 || e.at > after) && (before == 0 || e.at < before) && (len(types) == 0 || slices.Contains(types, e.kind)) {
			list = append(list, e)
		}
	}
	if q.Get("sort_order") != "asc" {
		slices.Reverse(list)
	}
	if n, err := strconv.Atoi(q.Get("limit")); err == nil && n > 15 {
		q.Set("limit", "15") // the most that this list gives
		c.r.URL.RawQuery = q.Encode()
	}
	return page(s, c, list, 15, s.renderEvent)
}
