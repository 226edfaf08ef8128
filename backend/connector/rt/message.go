package rt

import (
	"context"
	"html"
	"io"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// tickets knows in which ticket the history of a ticket is read: its own, that of the one
// it was merged into, or none (deleted, or a reminder, which is no ticket of anybody's).
type tickets struct {
	c  *conn
	of map[string]string
}

func (t *tickets) learn(ctx context.Context, list []string) error {
	var ask []string
	for _, id := range list {
		if _, ok := t.of[id]; !ok && isID(id) && !slices.Contains(ask, id) {
			ask = append(ask, id)
		}
	}
	for part := range slices.Chunk(ask, readAtOnce) {
		items, err := t.c.all(ctx, "tickets", anyID("id", part), "", nil)
		if err != nil {
			return err
		}
		for _, x := range items {
			t.of[x.Get("id").String()] = x.Get("id").String()
		}
		for _, id := range part {
			if _, ok := t.of[id]; ok {
				continue
			}
			// No list has it: it was merged or deleted, or is of another type.
			a, err := t.c.client.Get(ctx, "ticket/"+id, nil)
			if err != nil {
				if gone(err) {
					t.of[id] = ""
					continue
				}
				return err
			}
			x := gjson.ParseBytes(a.Body)
			into := x.Get("EffectiveId.id").String()
			switch {
			case x.Get("Status").Str == "deleted", x.Get("Type").Str != "ticket":
				t.of[id] = ""
			default:
				t.of[id] = into
			}
		}
	}
	return nil
}

// part is one MIME part of a message, as RT keeps it.
type part struct {
	id, message, name, kind, contentID string
	size                               int64
	inline                             bool
}

const partFields = "Filename,ContentType,TransactionId,Headers"

// parts reads the parts of messages, by message.
func (c *conn) parts(ctx context.Context, messages []string) (map[string][]part, error) {
	out := map[string][]part{}
	for some := range slices.Chunk(messages, readAtOnce) {
		items, err := c.all(ctx, "attachments", anyOf("TransactionId", some), partFields, nil)
		if err != nil {
			return nil, err
		}
		for _, x := range items {
			p := partOf(x)
			out[p.message] = append(out[p.message], p)
		}
	}
	return out, nil
}

func partOf(x gjson.Result) part {
	p := part{
		id: x.Get("id").String(), message: x.Get("TransactionId").String(),
		name: x.Get("Filename").Str, kind: strings.ToLower(x.Get("ContentType").Str),
	}
	h := headers(x.Get("Headers").Str)
	p.size, _ = strconv.ParseInt(h.Get("Content-Length"), 10, 64) // without it the size is not known
	p.contentID = strings.Trim(h.Get("Content-Id"), "<>")
	p.inline = strings.HasPrefix(strings.ToLower(h.Get("Content-Disposition")), "inline") && p.contentID != ""
	return p
}

// headers reads the MIME headers of a part as RT gives them: lines, folded ones among them.
func headers(s string) textproto.MIMEHeader {
	h := textproto.MIMEHeader{}
	name := ""
	for _, line := range strings.Split(s, "\n") {
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			if list := h[name]; len(list) > 0 {
				list[len(list)-1] += " " + strings.TrimSpace(line)
			}
			continue
		}
		k, v, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(k))
		h[name] = append(h[name], strings.TrimSpace(v))
	}
	return h
}

// sort tells the text of a message from its files. Containers have no content of their
// own. Of two texts that say the same, the rich one counts.
func sortParts(list []part) (body *part, files []part) {
	alternative := slices.ContainsFunc(list, func(p part) bool { return p.kind == "multipart/alternative" })
	for i, p := range list {
		if p.name != "" || p.kind != "text/plain" && p.kind != "text/html" {
			continue
		}
		if body == nil || alternative && body.kind == "text/plain" && p.kind == "text/html" {
			body = &list[i]
		}
	}
	for _, p := range list {
		switch {
		case strings.HasPrefix(p.kind, "multipart/"), body != nil && p.id == body.id:
		case p.name == "" && alternative && p.kind == "text/plain":
		default:
			if p.name == "" {
				p.name = "part-" + p.id + ending(p.kind)
			}
			files = append(files, p)
		}
	}
	return body, files
}

func ending(kind string) string {
	switch kind {
	case "text/plain":
		return ".txt"
	case "text/html":
		return ".html"
	case "message/rfc822":
		return ".eml"
	}
	return ".bin"
}

// messages makes the records of messages, or of their files, from transactions.
func (w *walker) messages(ctx context.Context, items []gjson.Result) ([]model.Record, error) {
	var of, list []string
	for _, x := range items {
		of = append(of, x.Get("ObjectId").String())
	}
	if err := w.home.learn(ctx, of); err != nil {
		return nil, err
	}
	kept := items[:0:0]
	for _, x := range items {
		if w.home.of[x.Get("ObjectId").String()] != "" {
			kept = append(kept, x)
			list = append(list, x.Get("id").String())
		}
	}
	parts, err := w.c.parts(ctx, list)
	if err != nil {
		return nil, err
	}
	out := make([]model.Record, 0, len(kept))
	if w.o == model.Attachment {
		for _, id := range list {
			_, files := sortParts(parts[id])
			for _, p := range files {
				out = append(out, fileRecord(p))
			}
		}
		return out, nil
	}
	bodies, err := w.c.bodies(ctx, parts)
	if err != nil {
		return nil, err
	}
	for _, x := range kept {
		id := x.Get("id").String()
		body, files := sortParts(parts[id])
		if x.Get("Type").Str == "Create" && len(parts[id]) == 0 && len(files) == 0 {
			continue // a ticket that was created without a word
		}
		text, kind := "", ""
		if body != nil {
			text, kind = bodies[body.id], body.kind
		}
		out = append(out, messageRecord(x, w.home.of[x.Get("ObjectId").String()], text, kind))
	}
	return out, nil
}

func messageRecord(x gjson.Result, ticket, text, kind string) model.Record {
	rich := text
	if kind != "text/html" {
		rich = textToHTML(text)
	}
	m := map[string]any{
		"id": x.Get("id").String(), "Ticket": ticket, "Type": x.Get("Type").Str, "Created": x.Get("Created").Str,
		"Private": x.Get("Type").Str == "Comment", "TimeTaken": x.Get("TimeTaken").String(),
		"Content": rich, "ContentText": text, "ContentType": kind,
	}
	r := model.Record{Key: model.Key{Object: model.Message, ID: x.Get("id").String()}}
	r.Links = append(r.Links, link("Ticket", ticket, model.Ticket))
	author := x.Get("Creator.id").String()
	if author == "" {
		author = x.Get("Creator").String() // of somebody who is no user any more
	}
	m["Creator"] = author
	if author != "" && !isID(author) {
		r.Links = append(r.Links, link("Creator", author, model.Agent, model.Contact))
	}
	r.Raw, r.Version = encode(m), unchanging
	return r
}

// unchanging is the version of what is never changed once it is written.
const unchanging = "1"

// textToHTML writes a plain text as rich text that looks the same.
func textToHTML(s string) string {
	if s == "" {
		return ""
	}
	s = html.EscapeString(s)
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "<br>\n")
}

func fileRecord(p part) model.Record {
	m := map[string]any{"id": p.id, "Message": p.message, "Filename": p.name, "ContentType": p.kind, "Size": p.size, "Inline": p.inline}
	if p.contentID != "" {
		m["ContentID"] = p.contentID
	}
	return model.Record{
		Key: model.Key{Object: model.Attachment, ID: p.id}, Version: unchanging, Raw: encode(m),
		Links: []model.Link{link("Message", p.message, model.Message)},
	}
}

// mostText is how many bytes of texts are asked for with one request.
const mostText = 4 << 20

// bodies reads the texts of messages, by part.
func (c *conn) bodies(ctx context.Context, parts map[string][]part) (map[string]string, error) {
	out := map[string]string{}
	var list []string
	var size int64
	fetch := func() error {
		if len(list) == 0 {
			return nil
		}
		items, err := c.all(ctx, "attachments", anyOf("id", list), "Content", nil)
		if err != nil {
			return err
		}
		for _, x := range items {
			out[x.Get("id").String()] = x.Get("Content").Str
		}
		list, size = nil, 0
		return nil
	}
	for _, id := range slices.Sorted(keysOf(parts)) {
		body, _ := sortParts(parts[id])
		if body == nil {
			continue
		}
		if len(list) == readAtOnce || size+body.size > mostText && len(list) > 0 {
			if err := fetch(); err != nil {
				return nil, err
			}
		}
		list, size = append(list, body.id), size+body.size
	}
	return out, fetch()
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// readAttachments reads files by the ids of their parts.
func (c *conn) readAttachments(ctx context.Context, wanted []string) (map[string]model.Record, error) {
	out := map[string]model.Record{}
	for some := range slices.Chunk(ids(wanted), readAtOnce) {
		items, err := c.all(ctx, "attachments", anyOf("id", some), partFields, nil)
		if err != nil {
			return nil, err
		}
		var messages []string
		for _, x := range items {
			messages = append(messages, x.Get("TransactionId").String())
		}
		w := c.walker(model.Attachment, collections[model.Attachment])
		slices.Sort(messages)
		for m := range slices.Chunk(slices.Compact(messages), readAtOnce) {
			found, err := c.all(ctx, "transactions", messageTypes+" AND "+anyID("id", m), w.x.fields, nil)
			if err != nil {
				return nil, err
			}
			records, err := w.messages(ctx, found)
			if err != nil {
				return nil, err
			}
			for _, r := range records {
				if slices.Contains(some, r.Key.ID) {
					out[r.Key.ID] = r
				}
			}
		}
	}
	return out, nil
}

// FileRef names an attachment's content by its number.
func (c *conn) FileRef(r model.Record) (ref, name, contentType string) {
	if r.Key.Object != model.Attachment {
		return "", "", ""
	}
	x := gjson.ParseBytes(r.Raw)
	return r.Key.ID, x.Get("Filename").Str, x.Get("ContentType").Str
}

var number = regexp.MustCompile(`^[0-9]{1,18}$`)

// Open reads an attachment's content as it comes: RT wraps it into JSON, in base64.
func (c *conn) Open(ctx context.Context, ref string) (io.ReadCloser, error) {
	if !number.MatchString(ref) {
		return nil, connector.OtherThing(io.ErrUnexpectedEOF, desk, c.client.Base.Host)
	}
	body, err := c.client.Open(ctx, "attachment/"+ref)
	if err != nil {
		return nil, err
	}
	return newContent(body), nil
}
