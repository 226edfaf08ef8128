package front

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// markHandle is how the handle of a contact begins that is our mark.
const markHandle = "waybill:"

// derived are values that Front gives as lists of objects or as addresses, in the form that a
// mapping can use. They stand before Front's own text in a record's raw data, whose other
// bytes are Front's.
type derived struct {
	buf   []byte
	links []model.Link
}

func (d *derived) put(name string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		return // texts, lists of texts and truth values always encode
	}
	key, err := json.Marshal(name)
	if err != nil {
		return // as above
	}
	d.buf = append(append(append(append(d.buf, key...), ':'), b...), ',')
}

// link notes a pointer, and its value beside it.
func (d *derived) link(name string, id string, to ...model.Object) {
	if id == "" {
		return
	}
	d.put(name, id)
	l := model.Link{Role: name}
	for _, o := range to {
		l.To = append(l.To, model.Ref{Object: o, Value: id})
	}
	d.links = append(d.links, l)
}

// record makes a record of Front's JSON. more adds what is not in it.
func record(o model.Object, x gjson.Result, more func(*derived)) (model.Record, error) {
	id := strings.Clone(x.Get("id").String())
	if !x.IsObject() || id == "" {
		return model.Record{}, io.ErrUnexpectedEOF
	}
	d := &derived{}
	switch o {
	case model.Ticket:
		ticketValues(d, x)
	case model.Message:
		messageValues(d, x)
	case model.Contact:
		contactValues(d, x)
	case model.Agent:
		d.put("name", fullName(x))
	case model.Tag:
		d.link("parent_tag_id", lastPart(x.Get("_links.related.parent_tag").String(), "tags"), model.Tag)
	case model.Category, model.Article:
		d.put("knowledge_base_id", lastPart(x.Get("_links.related.knowledge_base").String(), "knowledge_bases"))
		d.link("parent_category_id", lastPart(x.Get("_links.related.parent_category").String(), "knowledge_base_categories"), model.Category)
		d.link("category_id", lastPart(x.Get("_links.related.category").String(), "knowledge_base_categories"), model.Category)
		d.link("author_id", lastPart(x.Get("_links.related.last_editor").String(), "teammates"), model.Agent)
	}
	if more != nil {
		more(d)
	}
	r := model.Record{Key: model.Key{Object: o, ID: id}, Links: d.links}
	r.Raw = raw(d.buf, x.Raw)
	r.Version = versionOf(o, x)
	return r, nil
}

// raw puts the derived values before Front's own text.
func raw(before []byte, own string) json.RawMessage {
	if len(before) == 0 {
		return json.RawMessage(strings.Clone(own))
	}
	rest := strings.TrimLeft(own[1:], " \t\r\n")
	out := make([]byte, 0, len(before)+len(rest)+1)
	out = append(append(out, '{'), before...)
	if rest == "}" {
		out = out[:len(out)-1]
	}
	return append(out, rest...)
}

func texts(list gjson.Result) []string {
	out := []string{}
	for _, x := range list.Array() {
		out = append(out, x.String())
	}
	return out
}

func ticketValues(d *derived, x gjson.Result) {
	d.put("tag_names", texts(x.Get("tags.#.name")))
	d.put("link_urls", texts(x.Get("links.#.external_url")))
	d.link("assignee_id", x.Get("assignee.id").String(), model.Agent)
	d.link("requester_id", lastPart(x.Get("recipient._links.related.contact").String(), "contacts"), model.Contact)
}

// isComment tells a comment, which is a private note, from a message.
func isComment(x gjson.Result) bool { return strings.HasPrefix(x.Get("id").String(), "com_") }

func messageValues(d *derived, x gjson.Result) {
	conversation := lastPart(x.Get("_links.related.conversation").String(), "conversations")
	d.link("conversation_id", conversation, model.Ticket)
	author := x.Get("author")
	if isComment(x) {
		d.put("private", true)
		d.put("created_at", json.RawMessage(number(x.Get("posted_at"))))
		if kind := author.Get("type").String(); kind == "user" {
			d.link("author_id", author.Get("id").String(), model.Agent)
		}
		return
	}
	d.put("private", false)
	roles := map[string][]string{"to": {}, "cc": {}, "bcc": {}}
	var sender gjson.Result
	for _, r := range x.Get("recipients").Array() {
		role := r.Get("role").String()
		if role == "from" {
			sender = r
			continue
		}
		roles[role] = append(roles[role], r.Get("handle").String())
	}
	d.put("from", sender.Get("handle").String())
	d.put("from_name", sender.Get("name").String())
	for _, role := range []string{"to", "cc", "bcc"} {
		d.put(role, roles[role])
	}
	switch {
	case author.Get("type").String() == "user":
		d.link("author_id", author.Get("id").String(), model.Agent)
	case x.Get("is_inbound").Bool():
		d.link("author_id", lastPart(sender.Get("_links.related.contact").String(), "contacts"), model.Contact)
	}
}

// number is a number's text, or null.
func number(x gjson.Result) string {
	if x.Type != gjson.Number {
		return "null"
	}
	return x.Raw
}

func contactValues(d *derived, x gjson.Result) {
	first := map[string]string{}
	others := []string{}
	for _, h := range x.Get("handles").Array() {
		source, handle := h.Get("source").String(), h.Get("handle").String()
		switch {
		case source == "custom" && strings.HasPrefix(handle, markHandle):
		case (source == "email" || source == "phone") && first[source] == "":
			first[source] = handle
		default:
			others = append(others, source+":"+handle)
		}
	}
	for _, s := range []string{"email", "phone"} {
		if first[s] != "" {
			d.put(s, first[s])
		}
	}
	d.put("other_handles", others)
	d.put("list_names", texts(x.Get("lists.#.name")))
}

// watched are the values of each object whose change is a person's: what follows from later
// imports (times, the last message) is not among them.
var watched = map[model.Object][]string{
	model.Ticket:       {"subject", "status", "status_id", "assignee.id", "tags.#.id", "links.#.id", "custom_fields"},
	model.Contact:      {"name", "description", "handles", "links", "lists.#.id", "custom_fields"},
	model.Organization: {"name", "description", "domains", "external_id", "custom_fields"},
	model.Tag:          {"name", "description", "highlight", "_links.related.parent_tag"},
	model.Message:      {"body", "is_pinned"},
	model.Attachment:   {"filename", "size"},
	model.Category:     {"name", "description"},
	model.Article:      {"name", "content", "status"},
	model.Translation:  {"name", "content", "status"},
	model.Macro:        {"name", "subject", "body"},
}

// versionOf is a fingerprint of the values that people change. Front's own stamp of a
// conversation moves with each of its messages, so it says nothing about people.
func versionOf(o model.Object, x gjson.Result) string {
	h := sha256.New()
	fields, ok := watched[o]
	if !ok {
		h.Write([]byte(x.Raw))
	}
	for _, f := range fields {
		v := x.Get(f)
		h.Write([]byte(f + "="))
		if f != "custom_fields" {
			h.Write([]byte(v.Raw))
			continue
		}
		var pairs []string
		v.ForEach(func(k, v gjson.Result) bool {
			if v.Type != gjson.Null && v.String() != "" {
				pairs = append(pairs, k.String()+"="+v.Raw)
			}
			return true
		})
		slices.Sort(pairs)
		h.Write([]byte(strings.Join(pairs, ";")))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// VersionOf reads the fingerprint of a record; see versionOf.
func (c *conn) VersionOf(r model.Record) string { return r.Version }

// MarkOf reads our mark from a record of Front.
func (c *conn) MarkOf(r model.Record) model.Mark {
	return c.markIn(r.Key.Object, gjson.ParseBytes(r.Raw))
}

func (c *conn) markIn(o model.Object, x gjson.Result) model.Mark {
	switch o {
	case model.Organization:
		return model.Mark(x.Get("external_id").String())
	case model.Tag:
		return tagMark(x.Get("description").String())
	case model.Contact:
		for _, h := range x.Get("handles").Array() {
			if m, ok := strings.CutPrefix(h.Get("handle").String(), markHandle); ok && h.Get("source").String() == "custom" {
				return model.Mark(m)
			}
		}
	case model.Ticket:
		return model.Mark(member(x.Get("custom_fields"), c.markField).String())
	}
	return ""
}

// tagMark reads the mark out of a tag's description: "Moved by Waybill [wb:...]".
func tagMark(description string) model.Mark {
	_, rest, ok := strings.Cut(description, "[")
	if !ok || !strings.HasSuffix(rest, "]") {
		return ""
	}
	return model.Mark(strings.TrimSuffix(rest, "]"))
}

// member reads a value by its name, which may hold any character.
func member(x gjson.Result, name string) (out gjson.Result) {
	x.ForEach(func(k, v gjson.Result) bool {
		if k.String() == name {
			out = v
			return false
		}
		return true
	})
	return out
}

// attachments makes records of the files of a message or comment.
func attachments(message gjson.Result) ([]model.Record, error) {
	var out []model.Record
	for _, x := range message.Get("attachments").Array() {
		r, err := record(model.Attachment, x, func(d *derived) {
			d.link("message_id", message.Get("id").String(), model.Message)
		})
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// translation makes a record of an article in another language; its id is made of both.
func translation(x gjson.Result) (model.Record, error) {
	article, locale := x.Get("id").String(), x.Get("locale").String()
	if article == "" || locale == "" {
		return model.Record{}, io.ErrUnexpectedEOF
	}
	d := &derived{}
	d.link("article_id", article, model.Article)
	d.link("author_id", lastPart(x.Get("_links.related.last_editor").String(), "teammates"), model.Agent)
	return model.Record{
		Key: model.Key{Object: model.Translation, ID: article + ":" + locale}, Links: d.links, Raw: raw(d.buf, x.Raw), Version: versionOf(model.Translation, x),
	}, nil
}

// seconds writes a time of a draft as Front wants it in imports: whole seconds.
func seconds(v int64) string { return strconv.FormatInt(v, 10) }

// failing explains data that is not what it should be.
func failing(err error) error {
	if err == nil {
		return nil
	}
	return connector.Failing(err, desk)
}
