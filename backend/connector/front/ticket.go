package front

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// noText stands where a conversation has no message of its own, or a message no text.
const noText = "(no text)"

// talk is what later messages of a conversation need to know of it.
type talk struct {
	inbox    string
	handle   string // of the requester
	archived bool
}

// accepted is an import that Front took: its message exists a little later.
type accepted struct {
	draft model.Draft
	o     *connector.Outcome
	uid   string
	// conversation that it goes to; empty: it begins one, as the first message of a ticket.
	conversation string
	first        *model.Draft // the part that went along; nil: a neutral text
	talk         talk
	custom       map[string]any
	sentAt       time.Time
	inbound      bool
	handle       string
	at           int64
	body         string
}

// remember keeps what is known of a conversation.
func (c *conn) remember(id string, t talk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.talks) > 50_000 {
		clear(c.talks) // what is needed again is asked for again
	}
	c.talks[id] = t
}

// talkTo gives what is known of a conversation, asking where nothing is known.
func (c *conn) talkTo(ctx context.Context, id string) (talk, error) {
	c.mu.Lock()
	t, known := c.talks[id]
	c.mu.Unlock()
	if known {
		return t, nil
	}
	x, err := c.client.get(ctx, path("conversations", id))
	if err != nil {
		return talk{}, err
	}
	t = talk{handle: x.Get("recipient.handle").String(), archived: x.Get("status").String() == "archived"}
	if t.inbox, err = c.askInbox(ctx, id); err != nil {
		return talk{}, err
	}
	if t.inbox == "" { // a message is imported into an inbox, also of a conversation that is in none
		s, err := c.prepared(ctx)
		if err != nil {
			return talk{}, err
		}
		if t.inbox, err = c.defaultInbox(s); err != nil {
			return talk{}, err
		}
	}
	c.remember(id, t)
	return t, nil
}

// handleOf gives the handle of a contact by which Front knows it as sender: the e-mail, the
// phone, any other, or our mark.
func (c *conn) handleOf(ctx context.Context, id string) (string, error) {
	c.mu.Lock()
	h, known := c.handles[id]
	c.mu.Unlock()
	if known || id == "" {
		return h, nil
	}
	x, err := c.client.get(ctx, path("contacts", id))
	if errors.Is(err, errGone) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	h = handleIn(x)
	c.learn(id, h)
	return h, nil
}

func (c *conn) learn(id, handle string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.handles) > 500_000 {
		clear(c.handles) // what is needed again is asked for again
	}
	c.handles[id] = handle
}

func handleIn(x gjson.Result) string {
	for _, source := range []string{"email", "phone", ""} {
		for _, h := range x.Get("handles").Array() {
			if source == "" || h.Get("source").String() == source {
				return strings.Clone(h.Get("handle").String())
			}
		}
	}
	return ""
}

// private says whether a draft of a message is a private note.
func private(m model.Draft) bool {
	switch v := m.Fields["private"].(type) {
	case nil:
		return false
	case bool:
		return v
	default: // whatever it is, only a clear no makes a text public (invariant 10)
		s := strings.ToLower(strings.TrimSpace(model.Plain(v)))
		return s != "" && s != "false" && s != "no" && s != "0"
	}
}

// ticket begins a conversation with its first message, or with a neutral text where that one
// is private or there is none: a private note never becomes public (invariant 10).
func (w *writer) ticket(ctx context.Context, d model.Draft, o *connector.Outcome) error {
	if err := w.needMark(w.setup); err != nil {
		return err
	}
	custom, p := customOf(d, w.shape(model.Ticket))
	if p != nil {
		return refuse(d, o, p)
	}
	custom[w.markField] = string(d.Mark)
	t, p, err := w.talkFor(ctx, d)
	if err != nil {
		return err
	}
	if p != nil {
		return refuse(d, o, p)
	}
	for _, part := range d.Parts {
		o.Parts = append(o.Parts, connector.Outcome{Mark: part.Mark, State: connector.Unsent, Err: connector.NotSent(nil, desk)})
	}
	// What stands for a conversation without a public text: the requester, at the time that is known.
	m := model.Draft{Mark: d.Mark, Object: model.Message, Source: d.Source, Fields: map[string]any{
		"body": noText, "is_inbound": true, "created_at": d.Fields["created_at"],
	}}
	var first *model.Draft
	if len(d.Parts) > 0 {
		part := d.Parts[0]
		m.Fields["created_at"] = part.Fields["created_at"]
		if q := unknownFields(part, nil); q != nil {
			_ = refuse(part, &o.Parts[0], q) // it only notes the outcome
		} else if !private(part) {
			m, first = part, &part
		}
	}
	if _, ok := m.Fields["created_at"].(time.Time); !ok && first == nil {
		m.Fields["created_at"] = time.Now()
	}
	a := accepted{draft: d, o: o, first: first, talk: t, custom: custom}
	payload, p, err := w.payload(ctx, m, t, &a)
	if err != nil {
		return err
	}
	if p != nil {
		return refuse(d, o, p)
	}
	meta := payload["metadata"].(map[string]any)
	meta["thread_ref"] = string(d.Mark) + w.again
	if s := words(d, "subject"); s != "" || payload["subject"] == nil {
		payload["subject"] = s
	}
	if k := target(d, "assignee_id"); k.ID != "" {
		payload["assignee_id"] = k.ID
	}
	tags := []string{}
	for _, name := range list(d, "tag_names") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if _, r := w.tagID(ctx, w.setup, name); r.State != connector.Created {
			if r.State == connector.Refused {
				return refuse(d, o, refusal(r.Answer).At(problem.Place{Field: "tag_names", Value: name}))
			}
			o.State, o.Err = connector.Unsent, wire.Unsent(r.Stop, desk) // of the conversation nothing was sent yet
			w.doubt = true
			return r.Stop
		}
		tags = append(tags, name)
	}
	if len(tags) > 0 {
		payload["tags"] = tags
	}
	return w.send(ctx, m, payload, a)
}

// talkFor finds the inbox, the requester and the state of a conversation that is to be made.
func (w *writer) talkFor(ctx context.Context, d model.Draft) (t talk, refused *problem.Problem, err error) {
	status := words(d, "status")
	t.archived = status == "" || status == "archived"
	if t.inbox = target(d, "inbox_id").ID; t.inbox == "" {
		if t.inbox, err = w.defaultInbox(w.setup); err != nil {
			return t, nil, err
		}
	}
	if t.handle, err = w.handleOf(ctx, target(d, "requester_id").ID); err != nil {
		return t, nil, err
	}
	if t.handle == "" {
		t.handle = "unknown"
	}
	return t, nil, nil
}

// message adds a message to a conversation that is there: a private note as a comment,
// everything else as an import.
func (w *writer) message(ctx context.Context, d model.Draft, o *connector.Outcome) error {
	k := target(d, "conversation_id")
	if k.ID == "" {
		return refuse(d, o, problem.New(connector.CodeNoRecord, "The message belongs to no conversation that is in Front.", notThere,
			"See why the conversation did not arrive, then retry this message.").At(problem.Place{Field: "conversation_id"}))
	}
	if private(d) {
		return w.comment(ctx, d, k.ID, o)
	}
	t, err := w.talkTo(ctx, k.ID)
	if vanished(err) {
		return refuse(d, o, noConversation(err))
	}
	if err != nil {
		return err
	}
	a := accepted{draft: d, o: o, conversation: k.ID, first: &d, talk: t}
	payload, p, err := w.payload(ctx, d, t, &a)
	if err != nil {
		return err
	}
	if p != nil {
		return refuse(d, o, p)
	}
	payload["conversation_id"] = k.ID
	return w.send(ctx, d, payload, a)
}

func noConversation(cause error) *problem.Problem {
	return problem.Wrap(cause, connector.CodeNoRecord, "The conversation that it belongs to is not in Front any more.", notThere,
		"Somebody deleted or merged it. Look in Front what became of it.").At(problem.Place{Field: "conversation_id"})
}

// payload makes the import of a message, and notes in a by what it can be recognised.
func (w *writer) payload(ctx context.Context, m model.Draft, t talk, a *accepted) (map[string]any, *problem.Problem, error) {
	at, ok := m.Fields["created_at"].(time.Time)
	if !ok {
		return nil, required(m, "created_at"), nil
	}
	author := target(m, "author_id")
	inbound, given := m.Fields["is_inbound"].(bool)
	if !given {
		inbound = author.Object != model.Agent
	}
	sender := map[string]any{}
	handle := words(m, "from")
	var err error
	switch {
	case author.Object == model.Agent:
		if !inbound {
			sender["author_id"] = author.ID
		}
		for _, x := range w.setup.teammates {
			if handle == "" && x.Get("id").String() == author.ID {
				handle = x.Get("email").String()
			}
		}
	case handle == "":
		if handle, err = w.handleOf(ctx, author.ID); err != nil {
			return nil, nil, err
		}
	}
	address := w.setup.channels[t.inbox]
	if address == "" {
		address = t.inbox
	}
	other := t.handle
	if !inbound {
		address, other = other, address
	}
	if handle == "" {
		handle = other
	}
	sender["handle"] = handle
	if n := words(m, "from_name"); n != "" {
		sender["name"] = n
	}
	to := list(m, "to")
	if len(to) == 0 {
		to = []string{address}
	}
	kind := words(m, "type")
	if kind == "" {
		kind = "email"
	}
	body := words(m, "body")
	out := map[string]any{
		"sender": sender, "to": to, "body": body, "external_id": string(m.Mark) + w.again, "created_at": at.Unix(), "type": kind,
		// Silence: no rules, and the state of the conversation stays as it is to be.
		"metadata": map[string]any{"is_inbound": inbound, "is_archived": t.archived, "should_skip_rules": true},
	}
	if kind == "email" {
		out["body_format"] = "html"
		if body == "" {
			out["body"] = "<p></p>" // Front wants a text; this one shows nothing
		}
	} else if out["body"] = plainText(body); out["body"] == "" {
		out["body"] = noText
	}
	for _, role := range []string{"cc", "bcc"} {
		if l := list(m, role); len(l) > 0 {
			out[role] = l
		}
	}
	if s := words(m, "subject"); s != "" {
		out["subject"] = s
	}
	a.inbound, a.handle, a.at, a.body = inbound, handle, at.Unix(), words(model.Draft{Fields: out}, "body")
	return out, nil, nil
}

// send imports a message with its files.
func (w *writer) send(ctx context.Context, m model.Draft, payload map[string]any, a accepted) error {
	r, err := w.post(ctx, m, payload, a)
	if err != nil {
		return refuse(a.draft, a.o, unreadable(err))
	}
	if r.State != connector.Created {
		_, _, stop := w.take(a.draft, a.o, r)
		return stop
	}
	a.uid = gjson.GetBytes(r.Body, "message_uid").String()
	if a.uid == "" {
		w.doubt = true
		a.o.State, a.o.Err = connector.Unknown, connector.NoAnswer(fmt.Errorf("no message_uid in the answer"), desk)
		return nil
	}
	a.sentAt = time.Now()
	w.accepted = append(w.accepted, a)
	return nil
}

// post sends an import. Where Front does not take a teammate as author, because the account
// is blocked, the message keeps its author by name (P-21).
func (w *writer) post(ctx context.Context, m model.Draft, payload map[string]any, a accepted) (wire.Sent, error) {
	for {
		body, err := w.body(payload, m.Parts)
		if err != nil {
			return wire.Sent{}, err
		}
		r := w.client.write(ctx, http.MethodPost, path("inboxes", a.talk.inbox, "imported_messages"), body)
		sender, _ := payload["sender"].(map[string]any) // payload makes it
		author := sender["author_id"]
		if r.State != connector.Refused || author == nil || !strings.Contains(string(r.Body), "author_id") {
			return r, nil
		}
		delete(sender, "author_id")
		for _, x := range w.setup.teammates {
			if x.Get("id").String() == author && sender["name"] == nil {
				sender["name"] = fullName(x)
			}
		}
	}
}

func unreadable(err error) *problem.Problem {
	return problem.Wrap(err, connector.CodeRefused, "A file of this message could not be read from the project.",
		"The message was not sent.", "Extract the attachments again, then retry this record.").At(problem.Place{Field: "content"})
}

// comment writes a private note, which keeps neither author nor time unless the author is a
// teammate. Comments know no HTML.
func (w *writer) comment(ctx context.Context, d model.Draft, conversation string, o *connector.Outcome) error {
	text := plainText(words(d, "body"))
	if strings.TrimSpace(text) == "" {
		text = noText
	}
	payload := map[string]any{"body": text}
	if k := target(d, "author_id"); k.Object == model.Agent && k.ID != "" {
		payload["author_id"] = k.ID
	}
	at := path("conversations", conversation, "comments")
	body, err := w.body(payload, d.Parts)
	if err != nil {
		return refuse(d, o, unreadable(err))
	}
	r := w.client.write(ctx, http.MethodPost, at, body)
	if payload["author_id"] != nil && r.State == connector.Refused && strings.Contains(string(r.Body), "author_id") {
		// The author's account is blocked (P-21): the text says whose note it was.
		delete(payload, "author_id")
		if body, err = w.body(payload, d.Parts); err != nil {
			return refuse(d, o, unreadable(err))
		}
		r = w.client.write(ctx, http.MethodPost, at, body)
	}
	x, ok, stop := w.take(d, o, r)
	if ok {
		filesOf(d, x, o)
	}
	return stop
}

// filesOf answers for the files that went along with a message, in their order, and for
// those that had no room.
func filesOf(d model.Draft, x gjson.Result, o *connector.Outcome) {
	got := x.Get("attachments").Array()
	used := make([]bool, len(got))
	o.Parts = make([]connector.Outcome, len(d.Parts))
	kept := fitting(d.Parts)
	k := 0
	for i, part := range d.Parts {
		if k >= len(kept) || kept[k].Mark != part.Mark || kept[k].File != part.File {
			o.Parts[i].Mark = part.Mark
			_ = refuse(part, &o.Parts[i], tooLarge(nil)) // it only notes the outcome
			continue
		}
		o.Parts[i] = connector.Outcome{Mark: part.Mark, State: connector.Unknown, Err: connector.NoAnswer(nil, desk)}
		pick := -1
		if k < len(got) && len(got) == len(kept) && !used[k] {
			pick = k
		}
		k++
		for j, f := range got {
			if pick < 0 && !used[j] && f.Get("filename").String() == nameOf(part) {
				pick = j
			}
		}
		if pick >= 0 {
			used[pick] = true
			o.Parts[i].State, o.Parts[i].Err = connector.Created, nil
			o.Parts[i].Key = model.Key{Object: model.Attachment, ID: got[pick].Get("id").String()}
			o.Parts[i].Version = versionOf(model.Attachment, got[pick])
		}
	}
}
