package fake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mostFiles is how much one request may carry (25 MB).
const mostFiles = 25 << 20

// queued is an import that was accepted and does not exist yet.
type queued struct {
	due   time.Time
	uid   string
	inbox *inbox
	b     importBody
	files []*file
}

type importBody struct {
	Sender *struct {
		Author string  `json:"author_id"`
		Name   string  `json:"name"`
		Handle *string `json:"handle"`
	} `json:"sender"`
	To           *[]string    `json:"to"`
	Cc           []string     `json:"cc"`
	Bcc          []string     `json:"bcc"`
	Subject      string       `json:"subject"`
	Body         *string      `json:"body"`
	Format       string       `json:"body_format"`
	External     *string      `json:"external_id"`
	Created      *json.Number `json:"created_at"`
	Type         string       `json:"type"`
	Assignee     string       `json:"assignee_id"`
	Tags         []string     `json:"tags"`
	Conversation string       `json:"conversation_id"`
	Meta         *struct {
		Thread    string `json:"thread_ref"`
		Inbound   *bool  `json:"is_inbound"`
		Archived  *bool  `json:"is_archived"`
		SkipRules *bool  `json:"should_skip_rules"`
	} `json:"metadata"`
}

// importRoute accepts a message of the past: 202 with a message_uid, the message comes later.
func (s *Server) importRoute(c *call, x *inbox) (reply, *failure) {
	if f := s.scope("messages:write"); f != nil {
		return reply{}, f
	}
	var b importBody
	if f := decode(c, &b); f != nil {
		return reply{}, f
	}
	if details := s.lacking(b); len(details) > 0 {
		return reply{}, bad(details...)
	}
	uid := s.id("uid")
	if first, ok := s.imported[*b.External]; ok {
		// "Front won't import two messages with the same external ID."
		if s.o.SameUID {
			uid = first
		}
		return reply{status: http.StatusAccepted, body: obj{"status": "accepted", "message_uid": uid}}, nil
	}
	s.imported[*b.External] = uid
	s.queue = append(s.queue, queued{due: s.o.Now().Add(s.o.Delay), uid: uid, inbox: x, b: b, files: c.files})
	s.settle(s.o.Now())
	return reply{status: http.StatusAccepted, body: obj{"status": "accepted", "message_uid": uid}}, nil
}

func (s *Server) lacking(b importBody) (details []string) {
	must := func(ok bool, what string) {
		if !ok {
			details = append(details, what)
		}
	}
	must(b.Sender != nil && deref(b.Sender.Handle) != "", "body.sender.handle: missing")
	must(b.To != nil, "body.to: missing")
	must(b.Body != nil, "body.body: missing")
	must(deref(b.External) != "", "body.external_id: missing")
	must(b.Created != nil, "body.created_at: missing")
	must(b.Meta != nil && b.Meta.Inbound != nil, "body.metadata.is_inbound: missing")
	if b.Created != nil {
		_, err := b.Created.Int64()
		must(err == nil, "body.created_at: should be an integer")
	}
	must(b.Type == "" || slices.Contains([]string{"email", "sms", "intercom", "custom"}, b.Type), "body.type: invalid value")
	must(b.Format == "" || slices.Contains([]string{"html", "markdown"}, b.Format), "body.body_format: invalid value")
	must(b.Format == "" || b.Type == "" || b.Type == "email", "body.body_format: can only be specified for email")
	if b.Sender != nil && b.Sender.Author != "" {
		t := s.findTeammate(b.Sender.Author)
		must(t != nil && !(s.o.RefuseBlocked && t.blocked), "body.sender.author_id: teammate not found")
	}
	if b.Assignee != "" {
		must(s.findTeammate(b.Assignee) != nil, "body.assignee_id: teammate not found")
	}
	if b.Conversation != "" {
		x, _ := s.byID[b.Conversation].(*conv)
		must(x != nil, "body.conversation_id: conversation not found")
	}
	return details
}

// bring makes an accepted import a message of a conversation.
func (s *Server) bring(q queued) {
	b := q.b
	x, _ := s.byID[b.Conversation].(*conv)
	for x != nil && x.merged != nil {
		x = x.merged
	}
	key := q.inbox.id + " " + b.Meta.Thread
	if b.Meta.Thread == "" {
		key = q.inbox.id + " sender " + strings.ToLower(*b.Sender.Handle)
	}
	if x == nil && b.Conversation == "" {
		x = s.threads[key]
	}
	at, _ := b.Created.Float64() // it was an integer when it was accepted
	archived := b.Meta.Archived == nil || *b.Meta.Archived
	fresh := x == nil
	if fresh {
		x = &conv{id: s.id("cnv"), kind: "conversation", subject: b.Subject, custom: map[string]any{}, created: at, inbox: q.inbox, status: "unassigned"}
		if len(s.statuses) > 0 {
			x.statusID = s.statuses[0]["id"].(string)
		}
		s.convs = append(s.convs, x)
		s.byID[x.id] = x
		s.threads[key], x.thread = x, key
	}
	m := &message{
		id: s.id("msg"), uid: q.uid, kind: "email", subject: b.Subject, body: *b.Body, external: *b.External, inbound: *b.Meta.Inbound,
		created: at, files: s.keepFiles(q.files), conv: x, imported: true,
	}
	if b.Type != "" {
		m.kind = b.Type
	}
	if !m.inbound && b.Sender.Author != "" {
		m.author = s.findTeammate(b.Sender.Author)
	}
	m.recipients = append(m.recipients, s.recipientOf(*b.Sender.Handle, b.Sender.Name, "from"))
	for _, h := range *b.To {
		m.recipients = append(m.recipients, s.recipientOf(h, "", "to"))
	}
	for _, h := range b.Cc {
		m.recipients = append(m.recipients, s.recipientOf(h, "", "cc"))
	}
	for _, h := range b.Bcc {
		m.recipients = append(m.recipients, s.recipientOf(h, "", "bcc"))
	}
	s.addMessage(x, m)
	quiet := b.Meta.SkipRules == nil || *b.Meta.SkipRules
	if b.Assignee != "" {
		s.setAssignee(x, s.findTeammate(b.Assignee), nil, quiet)
	}
	if len(b.Tags) > 0 {
		tags := slices.Clone(x.tags)
		for _, n := range b.Tags {
			t := s.findTag(n)
			if t == nil {
				t = s.addTag(n, "", "", false)
			}
			if !slices.Contains(tags, t) {
				tags = append(tags, t)
			}
		}
		s.setTags(x, tags, nil, quiet)
	}
	switch {
	case archived && x.status != "archived":
		s.setStatus(x, "archived", nil, quiet)
	case !archived:
		s.setStatus(x, open(x), nil, quiet)
	}
	kind := "inbound"
	if !m.inbound {
		kind = "outbound"
	}
	s.happened(kind, x, nil, func(s *Server) obj { return obj{"_meta": obj{"type": "message"}, "data": s.renderMessage(m)} })
	if !quiet {
		s.fire(kind)
	}
}

// addMessage puts a message where its time belongs.
func (s *Server) addMessage(x *conv, m *message) {
	i := len(x.msgs)
	for i > 0 && x.msgs[i-1].created > m.created {
		i--
	}
	x.msgs = slices.Insert(x.msgs, i, m)
	s.byID[m.id], s.uids[m.uid] = m, m
	x.created = x.msgs[0].created
	if x.recipient == nil {
		for _, r := range m.recipients {
			if m.inbound && r.role == "from" || !m.inbound && r.role == "to" {
				x.recipient = r
				break
			}
		}
	}
	s.touch(x)
}

func (s *Server) recipientOf(h, name, role string) *recipient {
	source := "email"
	switch {
	case strings.HasPrefix(h, "+"):
		source = "phone"
	case !strings.Contains(h, "@"):
		source = "custom"
	}
	r := &recipient{name: name, handle: h, role: role, contact: s.handles[handle{h, source}.key()]}
	if r.contact != nil && name == "" {
		r.name = r.contact.name
	}
	return r
}

// take reads a request's body before anything is locked; files come in whole.
func (s *Server) take(c *call) *failure {
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		if c.body, err = io.ReadAll(io.LimitReader(c.r.Body, mostFiles)); err != nil {
			return bad("body: could not be read")
		}
		if len(c.body) > 0 && c.method != "GET" && kind != "application/json" {
			return &failure{http.StatusUnsupportedMediaType, "Unsupported media type", "Unsupported content type", nil}
		}
		return nil
	}
	tree := map[string]any{}
	m := multipart.NewReader(c.r.Body, params["boundary"])
	size := 0
	for {
		p, err := m.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return bad("body: " + err.Error())
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return bad("body: " + err.Error())
		}
		if size += len(content); size > mostFiles {
			return &failure{http.StatusRequestEntityTooLarge, "Payload too large", "Request entity too large", nil}
		}
		if name := p.FormName(); strings.HasPrefix(name, "attachments[") {
			// The name as it was sent, not made a path of.
			_, disposition, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
			if err != nil {
				return bad("body.attachments: " + err.Error())
			}
			c.files = append(c.files, &file{name: disposition["filename"], kind: p.Header.Get("Content-Type"), content: content})
		} else if err := plant(tree, name, string(content)); err != nil {
			return bad(err.Error())
		}
	}
	if c.body, err = json.Marshal(tree); err != nil {
		return bad("body: " + err.Error())
	}
	return nil
}

var keyPath = regexp.MustCompile(`\[([^\]]*)\]`)

// plant puts a form value where its name says: sender[handle], to[0], metadata[is_inbound].
func plant(tree map[string]any, name, value string) error {
	head, _, _ := strings.Cut(name, "[")
	path := []string{head}
	for _, m := range keyPath.FindAllStringSubmatch(name, -1) {
		path = append(path, m[1])
	}
	var v any = value
	switch path[len(path)-1] {
	case "is_inbound", "is_archived", "should_skip_rules", "is_pinned":
		b, err := strconv.ParseBool(value)
		if err != nil {
			return fmt.Errorf("body.%s: should be a boolean", name)
		}
		v = b
	case "created_at":
		v = json.Number(value)
	}
	if len(path) == 1 {
		tree[head] = v
		return nil
	}
	if n, err := strconv.Atoi(path[1]); err == nil || path[1] == "" {
		list, _ := tree[head].([]any)
		if err == nil && n != len(list) {
			return fmt.Errorf("body.%s: out of order", name)
		}
		tree[head] = append(list, v)
		return nil
	}
	sub, _ := tree[head].(map[string]any)
	if sub == nil {
		sub = map[string]any{}
		tree[head] = sub
	}
	sub[path[1]] = v
	return nil
}

func (s *Server) download(id string) (reply, *failure) {
	if f := s.scope("attachments:read"); f != nil {
		return reply{}, f
	}
	f := s.files[id]
	if f == nil {
		return reply{}, notFound("Attachment")
	}
	body := f.content
	if body == nil {
		body = []byte{}
	}
	return reply{status: http.StatusOK, raw: body, kind: "application/octet-stream"}, nil
}
