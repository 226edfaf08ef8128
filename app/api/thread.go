package api

import (
	"fmt"
	"html"
	"regexp"
	"sort"
	"strings"
	"time"

	"github.com/microcosm-cc/bluemonday"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/store"
)

// mostMessages of one conversation are shown.
const mostMessages = 500

// mostHTML bounds one message; the record itself has it in full.
const mostHTML = 300_000

// reading says where a message's parts are, by the mapping and by the source's shape.
type reading struct {
	body, author, at, private string
	html                      bool
	when                      model.Field
	tells                     mapping.Private
}

// readingOf finds the parts of messages: the mapping knows them best.
func (l *look) readingOf(o model.Object) reading {
	shape, _ := l.src.Object(o)
	var r reading
	if m, ok := l.version.Object(o); ok {
		to, _ := l.dst.Object(m.Target)
		for _, f := range m.Fields {
			t, known := to.Field(f.Target)
			used := f.UsedSources()
			if !known || len(used) == 0 {
				continue
			}
			switch {
			case t.Type == model.LinkType && !t.Parent && strings.Contains(t.Name, "author"):
				r.author = used[0]
			case t.Ordering:
				r.at = used[0]
			case r.body == "" && (t.Type == model.HTML || t.Type == model.LongText):
				r.body = used[0]
			}
		}
	}
	for _, f := range shape.Fields {
		switch {
		case r.author == "" && f.Type == model.LinkType && !f.Parent && f.Leads(model.Agent, model.Contact):
			r.author = f.Name
		case r.at == "" && (f.Ordering || f.Type == model.DateTime):
			r.at = f.Name
		case r.body == "" && (f.Type == model.HTML || f.Type == model.LongText):
			r.body = f.Name
		}
	}
	r.when, _ = shape.Field(r.at)
	body, _ := shape.Field(r.body)
	r.html = body.Type == model.HTML
	if tells, ok := mapping.Visibility(shape); ok {
		r.private, r.tells = tells.Field.Name, tells
	}
	return r
}

// thread gives the messages of a ticket in the order of their time.
func (l *look) thread(tx *store.Tx, ticket model.Key) ([]MessageView, error) {
	out := []MessageView{}
	object := model.Message.From(ticket.Object.Source())
	rows, err := tx.Records(store.Filter{Object: object, Parent: &ticket}, 0, mostMessages)
	if err != nil || len(rows) == 0 {
		return out, err
	}
	if err := tx.Links(rows); err != nil {
		return out, err
	}
	r := l.readingOf(object)
	times := map[string]time.Time{}
	for _, row := range rows {
		values, err := model.Values(row.Record.Raw)
		if err != nil {
			continue // a row that could not be read is on the list of held ones
		}
		m := MessageView{ID: row.Record.Key.ID, At: model.Plain(values[r.at]), Attachments: []NameValue{}}
		if t, _, err := formula.ParseDate(m.At, r.when.Format, r.when.Zone); err == nil {
			times[m.ID] = t.UTC()
			m.At = stamp(t)
		}
		if r.private != "" {
			// One of which it cannot be told is shown as private, as it is moved.
			private, ok := r.tells.Read(model.Plain(values[r.private]))
			m.Private = private || !ok
		}
		for _, link := range row.Record.Links {
			if link.Role != r.author {
				continue
			}
			x, _, err := follow(tx, link)
			if err != nil {
				return out, err
			}
			if m.Author, m.AuthorKind = x.Name, x.Object; m.Author == "" {
				m.Author = x.ID
			}
		}
		if m.Author == "" && r.author != "" {
			m.Author = model.Plain(values[r.author])
		}
		m.HTML = showHTML(model.Plain(values[r.body]), r.html)
		if m.Attachments, err = attachments(tx, row.Record.Key); err != nil {
			return out, err
		}
		out = append(out, m)
	}
	sort.SliceStable(out, func(i, j int) bool { return times[out[i].ID].Before(times[out[j].ID]) })
	return out, nil
}

func attachments(tx *store.Tx, message model.Key) ([]NameValue, error) {
	out := []NameValue{}
	rows, err := tx.Records(store.Filter{Object: model.Attachment.From(message.Object.Source()), Parent: &message}, 0, 50)
	if err != nil {
		return out, err
	}
	for _, row := range rows {
		f, ok, err := tx.File(row.Seq)
		if err != nil {
			return out, err
		}
		switch {
		case !ok:
			out = append(out, NameValue{Name: row.Name, Value: "no content named"})
		case f.Problem != nil:
			out = append(out, NameValue{Name: f.Name, Value: f.Problem.What})
		default:
			out = append(out, NameValue{Name: f.Name, Value: size(f.Size)})
		}
	}
	return out, nil
}

func size(n int64) string {
	switch {
	case n < 1000:
		return counted(n, "byte", "bytes")
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1_000_000)
}

var tag = regexp.MustCompile(`(?i)</?(p|div|br|span|table|html|body|a|b|ul|ol|li|img|blockquote|pre)\b[^>]*>`)

// showHTML makes a text of a customer safe to be shown: an allow list of elements, no
// styles, no scripts, and no image that would have to be fetched from anywhere.
func showHTML(text string, rich bool) string {
	if len(text) > mostHTML {
		text = clipText(text, mostHTML)
	}
	if !rich && !tag.MatchString(text) {
		return strings.ReplaceAll(html.EscapeString(text), "\n", "<br>")
	}
	return safe.Sanitize(text)
}

// safe is the policy for text from customers; it may be used by many at once.
var safe = policy()

func policy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "div", "span", "b", "strong", "i", "em", "u", "s", "small", "sub", "sup", "blockquote", "pre", "code",
		"h1", "h2", "h3", "h4", "h5", "h6", "hr")
	p.AllowLists()
	p.AllowTables()
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowAttrs("href").Matching(regexp.MustCompile(`(?i)^(https?://|mailto:)`)).OnElements("a")
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AllowDataURIImages()
	p.AllowAttrs("src").Matching(regexp.MustCompile(`(?i)^data:image/(png|jpe?g|gif|webp);base64,[a-z0-9+/=\s]+$`)).OnElements("img")
	p.AllowAttrs("alt").Matching(bluemonday.Paragraph).OnElements("img")
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`(?i)^(ltr|rtl|auto)$`)).Globally()
	return p
}
