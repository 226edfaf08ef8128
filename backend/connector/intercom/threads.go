package intercom

import (
	"context"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// conversationRecords makes the record of a conversation as a list shows it: its messages
// are records of their own. Tags and people, which are lists of objects, are added by name.
func (c *conn) conversationRecords(_ context.Context, v gjson.Result) ([]model.Record, error) {
	return []model.Record{c.conversationRecord(v)}, nil
}

func (c *conn) conversationRecord(v gjson.Result) model.Record {
	var tags, people, cc []string
	for _, x := range v.Get("tags.tags").Array() {
		tags = append(tags, x.Get("name").Str)
	}
	contact := v.Get("contacts.contacts.0.id").String()
	if a := v.Get("source.author"); !staffType(a.Get("type").Str) && a.Get("id").String() != "" {
		contact = a.Get("id").String()
	}
	for _, x := range v.Get("contacts.contacts").Array() {
		if id := x.Get("id").String(); id != contact {
			people = append(people, id)
		}
	}
	for _, x := range v.Get("source.recipients").Array() {
		if x.Get("type").Str == "cc" {
			cc = append(cc, x.Get("email").Str)
		}
	}
	subject := v.Get("title").String()
	if subject == "" {
		subject = v.Get("source.subject").String()
	}
	names := []string{"subject", quote(subject), "tag_names", quoteAll(tags), "participant_ids", quoteAll(people), "cc", quoteAll(cc)}
	if contact != "" {
		names = append(names, "contact_id", quote(contact))
	}
	company := v.Get("company.id").String()
	if company != "" {
		names = append(names, "company_id", quote(company))
	}
	r := model.Record{Key: model.Key{Object: c.conversationObject(), ID: strings.Clone(v.Get("id").String())}, Version: conversationVersion(v)}
	r.Raw = compose(withoutParts(v, "conversation_parts"), names...)
	r.Links = slices.Concat(
		ref("contact_id", contact, model.Contact), c.agentRef("admin_assignee_id", v.Get("admin_assignee_id").String()),
		ref("team_assignee_id", v.Get("team_assignee_id").String(), model.Group), ref("company_id", company, model.Organization))
	return r
}

// withoutParts is a thread's text without its parts, which are messages of their own and
// may be private. Lists of conversations leave them out, too.
func withoutParts(v gjson.Result, name string) string {
	parts := v.Get(name)
	at := parts.Index - v.Index
	if !parts.Exists() || parts.Index == 0 || at < 0 || at+len(parts.Raw) > len(v.Raw) {
		return v.Raw
	}
	return v.Raw[:at] + "null" + v.Raw[at+len(parts.Raw):]
}

// conversationVersion tells whether people changed a conversation. updated_at does not: it
// moves with each message that a move adds, too.
func conversationVersion(v gjson.Result) string {
	return stamp(v, "title", "state", "snoozed_until", "priority", "admin_assignee_id", "team_assignee_id", "custom_attributes",
		"tags.tags.#.name", "company.id", "contacts.contacts.#.id")
}

// ticketRecords makes the record of an Intercom ticket.
func (c *conn) ticketRecords(_ context.Context, v gjson.Result) ([]model.Record, error) {
	return []model.Record{c.ticketRecord(v)}, nil
}

func (c *conn) ticketRecord(v gjson.Result) model.Record {
	var people []string
	contact := v.Get("contacts.contacts.0.id").String()
	for _, x := range v.Get("contacts.contacts").Array() {
		if id := x.Get("id").String(); id != contact {
			people = append(people, id)
		}
	}
	names := []string{"participant_ids", quoteAll(people)}
	if contact != "" {
		names = append(names, "contact_id", quote(contact))
	}
	r := model.Record{Key: model.Key{Object: c.ticketObject(), ID: strings.Clone(v.Get("id").String())}, Version: ticketVersion(v), Raw: compose(withoutParts(v, "ticket_parts"), names...)}
	r.Links = slices.Concat(
		ref("contact_id", contact, model.Contact), c.agentRef("admin_assignee_id", v.Get("admin_assignee_id").String()),
		ref("team_assignee_id", v.Get("team_assignee_id").String(), model.Group))
	return r
}

func ticketVersion(v gjson.Result) string {
	return stamp(v, "ticket_attributes", "ticket_state.id", "open", "snoozed_until", "admin_assignee_id", "team_assignee_id", "contacts.contacts.#.id", "is_shared")
}

// public are the kinds of parts that the customer sees. Any other part with a text is a
// note: what is not known to be public stays private (invariant 10).
var public = []string{"comment", "open", "close", "assignment", "assign_and_reopen", "quick_reply", "snoozed", "away_mode_assignment", "default_assignment", "channel_and_reply_time_expectation"}

// messageID names a part: its own number within its thread's.
func messageID(ticket bool, thread, part string) string {
	if ticket {
		return "t" + thread + "-" + part
	}
	return thread + "-" + part
}

const sourcePart, descriptionPart = "source", "description"

// partsOf gives a thread's parts.
func (t thread) parts() gjson.Result {
	if t.ticket {
		return t.v.Get("ticket_parts")
	}
	return t.v.Get("conversation_parts")
}

func (t thread) id() string { return t.v.Get("id").String() }

func (c *conn) objectOf(t thread) model.Object {
	if t.ticket {
		return c.ticketObject()
	}
	return c.conversationObject()
}

// piece is a message of a thread before it is a record.
type piece struct {
	part, body string
	raw        string
	private    bool
	author     gjson.Result
	at         int64
	files      []gjson.Result
	extra      []string
}

// pieces gives a thread's messages, the first one first: every part with a text or a file,
// whatever its kind, because a reply that opens a conversation is a part "open", and an
// assignment may carry a text (shared/apis/intercom.md, 4.1).
func (t thread) pieces() (out []piece) {
	v := t.v
	if !t.ticket {
		s := v.Get("source")
		body, ours := withoutWord(s.Get("body").String())
		if !(ours && plain(body) == standIn) && (plain(body) != "" || len(s.Get("attachments").Array()) > 0 || hasImage(body)) {
			out = append(out, piece{
				part: sourcePart, body: body, raw: s.Raw, author: s.Get("author"), at: v.Get("created_at").Int(), files: s.Get("attachments").Array(),
				extra: []string{"body", quote(body), "created_at", v.Get("created_at").Raw},
			})
		}
	} else if d := v.Get("ticket_attributes._default_description_").String(); strings.TrimSpace(d) != "" {
		var author gjson.Result
		if v.Get("category").Str == "Customer" { // else a teammate wrote it, and nothing says who
			author = v.Get("contacts.contacts.0")
		}
		body := "<p>" + strings.ReplaceAll(html.EscapeString(d), "\n", "<br>") + "</p>"
		out = append(out, piece{
			part: descriptionPart, body: body, raw: "{}", private: v.Get("category").Str != "Customer", author: author, at: v.Get("created_at").Int(),
			extra: []string{"body", quote(body), "created_at", v.Get("created_at").Raw},
		})
	}
	list := "conversation_parts"
	if t.ticket {
		list = "ticket_parts"
	}
	for _, p := range t.parts().Get(list).Array() {
		body, files := p.Get("body").String(), p.Get("attachments").Array()
		if plain(body) == "" && len(files) == 0 && !hasImage(body) {
			continue // an event
		}
		out = append(out, piece{
			part: p.Get("id").String(), body: body, raw: p.Raw, author: p.Get("author"), at: p.Get("created_at").Int(), files: files,
			private: !slices.Contains(public, p.Get("part_type").Str),
		})
	}
	return out
}

// messages makes the records of a thread's messages. One that has more parts than the API
// gives says so (P-08).
func (c *conn) messages(t thread) (out []model.Record, broken []connector.Broken) {
	files := 0
	for _, p := range t.pieces() {
		out = append(out, c.message(t, p))
		files += len(p.files)
		if hasImage(p.body) {
			files++
		}
	}
	c.noteFiles(t, files)
	total := t.parts().Get("total_count").Int()
	have := int64(len(t.parts().Get("conversation_parts").Array()) + len(t.parts().Get("ticket_parts").Array()))
	if total > have {
		broken = append(broken, tooMany(t, c.objectOf(t), have, total))
	}
	return out, broken
}

// tooMany says that a thread's oldest parts cannot be read.
func tooMany(t thread, o model.Object, have, total int64) connector.Broken {
	word := "conversation"
	if t.ticket {
		word = "ticket"
	}
	return connector.Broken{
		Place: fmt.Sprintf("%s %s, parts older than the newest %d", word, t.id(), have),
		Raw:   fmt.Appendf(nil, `{"%s":%s,"parts":%d,"given":%d}`, word, quote(t.id()), total, have),
		Why: problem.New("intercom.parts_missing",
			fmt.Sprintf("The %s %s has %d parts, and Intercom gives only the newest %d.", word, t.id(), total, have),
			fmt.Sprintf("The %d oldest parts, messages and events, cannot be read through the API, so they are missing after the move.", total-have),
			"Export this "+word+" in Intercom by hand and keep it with the project, or leave the missing parts out with a reason.").
			At(problem.Place{Object: string(o), Record: t.id()}),
	}
}

func (c *conn) message(t thread, p piece) model.Record {
	names := []string{"conversation_id", quote(t.id()), "private", strconv.FormatBool(p.private)}
	author := p.author.Get("id").String()
	links := ref("conversation_id", t.id(), c.objectOf(t))
	switch typ := p.author.Get("type").Str; {
	case author == "" || typ == "bot" || typ == "team":
	case typ == "admin":
		names = append(names, "author_id", quote(author))
		links = append(links, c.agentRef("author_id", author)...)
	default:
		names = append(names, "author_id", quote(author))
		links = append(links, ref("author_id", author, model.Contact)...)
	}
	id := messageID(t.ticket, t.id(), p.part)
	version := p.at
	if p.part != sourcePart && p.part != descriptionPart {
		version = gjson.Get(p.raw, "updated_at").Int()
	}
	raw := p.raw
	if p.part == sourcePart { // its own text says neither when it was nor, with our word taken off, what
		raw = without(without(raw, "body"), "id")
		names = append(names, "id", quote(id))
	}
	if p.part == descriptionPart {
		names = append(names, "id", quote(id))
	}
	return model.Record{
		Key: model.Key{Object: model.Message, ID: id}, Raw: compose(raw, append(names, p.extra...)...), Links: links,
		Version: strconv.FormatInt(version, 10) + "." + strconv.FormatBool(gjson.Get(p.raw, "redacted").Bool())[:1],
	}
}

// without takes one name out of a JSON object.
func without(raw, name string) string {
	v := gjson.Get(raw, name)
	if !v.Exists() || v.Index == 0 {
		return raw
	}
	from := strings.LastIndex(raw[:v.Index], `"`+name+`"`)
	to := v.Index + len(v.Raw)
	if from < 0 {
		return raw
	}
	rest := strings.TrimLeft(raw[to:], " \t\r\n")
	if after, ok := strings.CutPrefix(rest, ","); ok {
		return raw[:from] + after
	}
	return strings.TrimRight(strings.TrimRight(raw[:from], " \t\r\n"), ",") + rest
}

var (
	tag   = regexp.MustCompile(`<[^>]*>`)
	image = regexp.MustCompile(`(?i)<img\b[^>]*?\bsrc\s*=\s*["']([^"']+)["']`)
	space = regexp.MustCompile(`[\s\x{a0}]+`)
)

// plain is a text as it reads, without mark-up and with single spaces.
func plain(body string) string {
	return strings.TrimSpace(space.ReplaceAllString(html.UnescapeString(tag.ReplaceAllString(body, " ")), " "))
}

func hasImage(body string) bool { return strings.Contains(strings.ToLower(body), "<img") }

// attachments makes the records of a thread's files, and of pictures in its texts that
// lie with Intercom.
func (c *conn) attachments(t thread) (out []model.Record, _ []connector.Broken) {
	for _, p := range t.pieces() {
		message := messageID(t.ticket, t.id(), p.part)
		add := func(id, raw string, names ...string) {
			names = append([]string{"id", quote(id), "message_id", quote(message)}, names...)
			out = append(out, model.Record{
				Key: model.Key{Object: model.Attachment, ID: id}, Raw: compose(raw, names...), Links: ref("message_id", message, model.Message), Version: "1",
			})
		}
		for i, f := range p.files {
			add(fmt.Sprintf("%s-%d", message, i), f.Raw, "inline", "false")
		}
		for i, m := range image.FindAllStringSubmatch(p.body, -1) {
			address := html.UnescapeString(m[1])
			if u, err := url.Parse(address); err == nil && c.wire.Ours(u) {
				name := u.Path[strings.LastIndex(u.Path, "/")+1:]
				if name == "" {
					name = "image"
				}
				add(fmt.Sprintf("%s-img%d", message, i), "{}", "inline", "true", "name", quote(name), "url", quote(address))
			}
		}
	}
	return out, nil
}

// ratings makes a record of a conversation's rating.
func (c *conn) ratings(_ context.Context, v gjson.Result) ([]model.Record, error) {
	x := v.Get("conversation_rating")
	if !x.IsObject() || !x.Get("rating").Exists() {
		return nil, nil
	}
	id := v.Get("id").String()
	contact, agent := x.Get("contact.id").String(), x.Get("teammate.id").String()
	names := []string{"id", quote(id), "ticket_id", quote(id)}
	if contact != "" {
		names = append(names, "contact_id", quote(contact))
	}
	if agent != "" {
		names = append(names, "agent_id", quote(agent))
	}
	links := ref("ticket_id", id, c.conversationObject())
	links = append(links, ref("contact_id", contact, model.Contact)...)
	links = append(links, c.agentRef("agent_id", agent)...)
	return []model.Record{{
		Key: model.Key{Object: model.Rating, ID: strings.Clone(id)}, Raw: compose(x.Raw, names...), Links: links,
		Version: x.Get("updated_at").String() + "." + x.Get("rating").String(),
	}}, nil
}

// sideConversations reads a conversation's talks with others; the texts are one note (P-51).
func (c *conn) sideConversations(ctx context.Context, v gjson.Result) ([]model.Record, error) {
	var out []model.Record
	id := v.Get("id").String()
	for page := 1; ; page++ {
		x, err := c.get(ctx, "conversations/"+url.PathEscape(id)+"/side_conversations", url.Values{"page": {strconv.Itoa(page)}, "per_page": {"50"}})
		if err != nil {
			if p := problem.From(err); p != nil && p.Code == connector.CodeRefused {
				return nil, nil // deleted meanwhile
			}
			return nil, err
		}
		for _, s := range x.Get("side_conversations").Array() {
			var text strings.Builder
			for _, p := range s.Get("conversation_parts").Array() {
				if b := p.Get("body").String(); b != "" {
					fmt.Fprintf(&text, "<p><b>%s</b></p>%s", html.EscapeString(p.Get("author.name").String()), b)
				}
			}
			sid := id + "-side-" + s.Get("side_conversation_id").String()
			created := s.Get("conversation_parts.0.created_at").Raw
			if created == "" {
				created = "null"
			}
			out = append(out, model.Record{
				Key: model.Key{Object: model.SideConversation, ID: sid}, Links: ref("ticket_id", id, c.conversationObject()),
				Raw:     compose(s.Raw, "id", quote(sid), "ticket_id", quote(id), "body", quote(text.String()), "created_at", created),
				Version: s.Get("total_count").String(),
			})
		}
		if int64(page) >= x.Get("pages.total_pages").Int() {
			return out, nil
		}
	}
}
