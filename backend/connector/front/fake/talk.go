package fake

import (
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

type conv struct {
	id, kind, subject string
	status            string // archived, unassigned, assigned, deleted
	statusID          string
	assignee          *teammate
	recipient         *recipient
	tags              []*tag
	links             []*link
	custom            map[string]any
	created, updated  float64
	seq               int64
	inbox             *inbox
	msgs              []*message // oldest first
	comments          []*comment // oldest first
	events            []*event
	merged            *conv // it lives on there
	indexed           float64
	thread            string // by which later imports find it
}

// contact of the person who wrote first.
func (x *conv) contact() *contact {
	if x.recipient == nil {
		return nil
	}
	return x.recipient.contact
}

type recipient struct {
	name, handle, role string
	contact            *contact
}

type message struct {
	id, uid, kind, subject, body, external string
	inbound                                bool
	draft                                  bool
	created                                float64
	author                                 *teammate
	recipients                             []*recipient
	files                                  []*file
	conv                                   *conv
	imported                               bool
}

type comment struct {
	id, body string
	author   *teammate
	posted   float64
	files    []*file
	conv     *conv
	pinned   bool
}

type file struct {
	id, name, kind string
	content        []byte
	inline         bool
	cid            string
}

// event of the feed.
type event struct {
	id, kind string
	at       float64
	by       *teammate // nil: the API
	conv     *conv
	target   func(*Server) obj
}

func (s *Server) touch(x *conv) {
	x.updated = s.now()
	s.version++
	x.seq = s.version
	x.indexed = x.updated + s.o.SearchLag.Seconds()
}

func (s *Server) happened(kind string, x *conv, by *teammate, target func(*Server) obj) {
	e := &event{id: s.id("evt"), kind: kind, at: s.now(), by: by, conv: x, target: target}
	s.events = append(s.events, e)
	s.byID[e.id] = e
	x.events = append(x.events, e)
}

// number reads a time of a query object, such as q[after].
func number(q url.Values, name string) (float64, *failure) {
	v := q.Get(name)
	if v == "" {
		return 0, nil
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return 0, &failure{400, "Bad request", "Invalid query", []string{name + ": must be a number"}}
	}
	return f, nil
}

// order gives all conversations that were not merged or deleted for good, by their last change.
func (s *Server) order() []*conv {
	if s.ordered == nil || s.orderedAt != s.version {
		s.ordered = slices.Clone(s.convs)
		sort.Slice(s.ordered, func(i, j int) bool { return s.ordered[i].seq < s.ordered[j].seq })
		s.orderedAt = s.version
	}
	return s.ordered
}

var words = map[string]string{"assigned": "assigned", "unassigned": "unassigned", "archived": "archived", "trashed": "deleted"}

// listConvs lists conversations, the most recently changed first unless asked otherwise.
// A page begins after the conversation that its token names, so changes meanwhile move
// conversations out of its way.
func (s *Server) listConvs(c *call, keep func(*conv) bool) (reply, *failure) {
	if f := s.scope("conversations:read"); f != nil {
		return reply{}, f
	}
	q := c.r.URL.Query()
	allowed := map[string]bool{}
	for _, w := range q["q[statuses][]"] {
		if words[w] == "" {
			return reply{}, &failure{400, "Bad request", "Invalid query", []string{"q.statuses: invalid value " + w}}
		}
		allowed[words[w]] = true
	}
	limit := 50
	if v := q.Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 100 {
			return reply{}, &failure{400, "Bad request", "Invalid query", []string{"query.limit: must be between 1 and 100"}}
		}
		limit = n
	}
	all, asc := s.order(), q.Get("sort_order") == "asc"
	var at int
	if tok := q.Get("page_token"); tok != "" {
		n, err := strconv.ParseInt(tok, 36, 64)
		if err != nil {
			return reply{}, &failure{400, "Bad request", "Invalid page_token", nil}
		}
		if asc {
			at = sort.Search(len(all), func(i int) bool { return all[i].seq > n })
		} else {
			at = sort.Search(len(all), func(i int) bool { return all[i].seq >= n }) - 1
		}
	} else if asc {
		at = 0
	} else {
		at = len(all) - 1
	}
	step := -1
	if asc {
		step = 1
	}
	items, seq, more := []obj{}, int64(0), false
	for ; at >= 0 && at < len(all); at += step {
		x := all[at]
		if len(allowed) > 0 && !allowed[x.status] || keep != nil && !keep(x) {
			continue
		}
		if len(items) == limit {
			more = true
			break
		}
		items, seq = append(items, s.renderConv(x)), x.seq
	}
	var next any
	if more {
		q.Set("page_token", strconv.FormatInt(seq, 36))
		next = s.o.Base + c.r.URL.EscapedPath() + "?" + q.Encode()
	}
	return ok(obj{"_pagination": obj{"next": next}, "_links": obj{"self": s.o.Base + c.r.URL.EscapedPath()}, "_results": items}), nil
}

func (s *Server) findTeammate(id string) *teammate {
	if e, ok := strings.CutPrefix(id, "alt:email:"); ok {
		for _, t := range s.teammates {
			if strings.EqualFold(t.email, e) {
				return t
			}
		}
		return nil
	}
	t, _ := s.byID[id].(*teammate)
	return t
}

func (s *Server) convRoute(c *call) (reply, *failure) {
	if len(c.parts) == 1 && c.method == "GET" {
		return s.listConvs(c, nil)
	}
	if len(c.parts) == 2 && c.parts[1] == "custom_fields" && c.method == "GET" {
		return whole(s, c, s.fields["conversations"], s.renderField)
	}
	if len(c.parts) == 3 && c.parts[1] == "search" && c.method == "GET" {
		return s.searchRoute(c)
	}
	if len(c.parts) < 2 {
		return reply{}, notFound("Route")
	}
	x, _ := s.byID[c.parts[1]].(*conv)
	if x == nil {
		return reply{}, notFound("Conversation")
	}
	if x.merged != nil {
		for x.merged != nil {
			x = x.merged
		}
		path := "/conversations/" + x.id
		if rest := strings.Join(c.parts[2:], "/"); rest != "" {
			path += "/" + rest
		}
		return reply{status: http.StatusMovedPermanently, header: http.Header{"Location": {s.o.Base + path}}}, nil
	}
	switch c.method + " " + strings.Join(c.parts[2:], "/") {
	case "GET ":
		if f := s.scope("conversations:read"); f != nil {
			return reply{}, f
		}
		return ok(s.renderConv(x)), nil
	case "PATCH ":
		return s.patchConv(c, x)
	case "DELETE ":
		return s.deleteConv(x)
	case "GET messages":
		if f := s.scope("messages:read"); f != nil {
			return reply{}, f
		}
		msgs := slices.Clone(x.msgs)
		if c.r.URL.Query().Get("sort_order") != "asc" {
			slices.Reverse(msgs)
		}
		return page(s, c, msgs, 50, s.renderMessage)
	case "GET comments":
		if f := s.scope("comments:read"); f != nil {
			return reply{}, f
		}
		list := slices.Clone(x.comments)
		slices.Reverse(list)
		return whole(s, c, list, s.renderComment)
	case "GET events":
		list := slices.Clone(x.events)
		slices.Reverse(list)
		return page(s, c, list, 15, s.renderEvent)
	case "GET inboxes":
		list := []*inbox{}
		if x.inbox != nil {
			list = append(list, x.inbox)
		}
		return whole(s, c, list, s.renderInbox)
	case "GET followers":
		return whole(s, c, []*teammate{}, s.renderTeammate)
	case "POST comments":
		return s.addCommentTo(c, x)
	case "POST messages": // a live reply goes out
		s.sent++
		return reply{status: http.StatusAccepted, body: obj{"status": "accepted", "message_uid": s.id("uid")}}, nil
	case "PUT assignee":
		var b struct {
			Assignee *string `json:"assignee_id"`
		}
		if f := decode(c, &b); f != nil {
			return reply{}, f
		}
		return s.assign(x, b.Assignee)
	case "POST tags", "DELETE tags":
		return s.tagConv(c, x)
	case "POST links":
		return s.linkConv(c, x)
	}
	return reply{}, notFound("Route")
}

func (s *Server) addCommentTo(c *call, x *conv) (reply, *failure) {
	if f := s.scope("comments:write"); f != nil {
		return reply{}, f
	}
	var b struct {
		Author *string `json:"author_id"`
		Body   *string `json:"body"`
		Pinned bool    `json:"is_pinned"`
	}
	if f := decode(c, &b); f != nil {
		return reply{}, f
	}
	if deref(b.Body) == "" {
		return reply{}, bad("body.body: missing")
	}
	author := &teammate{id: "tea_api", email: "api@acme.test", username: "api", first: "API", last: "token", kind: "api"}
	if b.Author != nil {
		if author = s.findTeammate(*b.Author); author == nil || s.o.RefuseBlocked && author.blocked {
			return reply{}, bad("body.author_id: teammate not found")
		}
	}
	m := s.addComment(x, author, *b.Body, s.now(), c.files)
	m.pinned = b.Pinned
	s.fire("comment")
	return created(s.renderComment(m)), nil
}

func (s *Server) addComment(x *conv, author *teammate, body string, at float64, files []*file) *comment {
	m := &comment{id: s.id("com"), body: body, author: author, posted: at, files: s.keepFiles(files), conv: x}
	x.comments = append(x.comments, m)
	s.byID[m.id] = m
	s.touch(x)
	s.happened("comment", x, author, func(s *Server) obj { return obj{"_meta": obj{"type": "comment"}, "data": s.renderComment(m)} })
	return m
}

func (s *Server) keepFiles(files []*file) []*file {
	for _, f := range files {
		f.id = s.id("fil")
		s.files[f.id] = f
	}
	return files
}

func (s *Server) settle(now time.Time) {
	for len(s.queue) > 0 && !s.queue[0].due.After(now) {
		q := s.queue[0]
		s.queue = s.queue[1:]
		s.bring(q)
	}
}
