package archive

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/inbucket/html2text"
	"github.com/tidwall/gjson"

	"waybill/backend/formula"
	"waybill/backend/job"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/store"
)

const (
	pageOf = 100
	// longText bounds a text that is made readable; beyond, and in the record itself, it
	// stands as it came.
	longText = 1 << 20
)

// Collector finds what belongs into an archive.
type Collector struct {
	DB     *store.DB
	Schema model.Schema
	Fates  []model.Fate
	// Words names a fate and its decision for people.
	Words func(tx *store.Tx, row store.Row) (string, error)
}

// Collect calls add with each document, conversations first.
func (c Collector) Collect(ctx context.Context, add func(Doc) error, pr *job.Progress) error {
	objects := []model.Object{}
	if err := c.DB.Read(ctx, func(tx *store.Tx) (err error) {
		objects, err = tx.Objects()
		return err
	}); err != nil {
		return err
	}
	sort.SliceStable(objects, func(i, j int) bool { return rank(objects[i]) < rank(objects[j]) })
	for _, o := range objects {
		pr.Stage("archive "+string(o), 0)
		for after := int64(0); ; {
			var docs []Doc
			more := false
			err := c.DB.Read(ctx, func(tx *store.Tx) error {
				rows, err := tx.Records(store.Filter{Object: o, Fates: c.Fates}, after, pageOf)
				if err != nil || len(rows) == 0 {
					return err
				}
				more, after = true, rows[len(rows)-1].Seq
				if err := tx.Links(rows); err != nil {
					return err
				}
				for _, row := range rows {
					d, ok, err := c.doc(tx, row)
					if err != nil {
						return err
					}
					if ok {
						docs = append(docs, d)
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
			if !more {
				break
			}
			for _, d := range docs {
				if err := add(d); err != nil {
					return err
				}
			}
			pr.Add(int64(len(docs)), 0)
			if err := pr.Checkpoint(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func rank(o model.Object) int {
	order := []model.Object{model.Ticket, model.Article, model.Contact, model.Organization, model.Agent}
	if i := slices.Index(order, o.Kind()); i >= 0 {
		return i
	}
	return len(order)
}

// doc makes a document of a record; false when it stands inside another one.
func (c Collector) doc(tx *store.Tx, row store.Row) (Doc, bool, error) {
	o := row.Record.Key.Object
	inside, err := c.inside(tx, row)
	if err != nil || inside {
		return Doc{}, false, err
	}
	shape, _ := c.Schema.Object(o)
	values, err := model.Values(row.Record.Raw)
	if err != nil { // a row that could not be read: it stands as it came
		values = map[string]any{"value": string(row.Record.Raw)}
	}
	d := Doc{Kind: string(o), ID: row.Record.Key.ID, Title: row.Name, State: row.Fate.String(), Raw: row.Record.Raw, Fields: fields(row.Record.Raw, values), People: []string{}}
	if d.Why, err = c.Words(tx, row); err != nil {
		return d, false, err
	}
	at, _ := dateField(shape)
	d.At = moment(model.Plain(values[at.Name]), at)
	if d.People, err = c.people(tx, row, shape, values); err != nil {
		return d, false, err
	}
	if o.Kind() == model.Ticket {
		if d.Thread, err = c.thread(tx, row.Record.Key); err != nil {
			return d, false, err
		}
		for _, m := range d.Thread {
			if m.By != "" && !slices.Contains(d.People, m.By) && len(d.People) < 20 {
				d.People = append(d.People, m.By)
			}
		}
	} else {
		body := readingOf(shape).body
		d.Text = readable(model.Plain(values[body]))
	}
	if o.Kind() == model.Attachment {
		f, ok, err := file(tx, row)
		if err != nil {
			return d, false, err
		}
		if ok {
			d.Files = []File{f}
		}
		return d, true, nil
	}
	if d.Files, err = attached(tx, row.Record.Key); err != nil {
		return d, false, err
	}
	return d, true, nil
}

// inside says whether a message or an attachment is shown with what it belongs to.
func (c Collector) inside(tx *store.Tx, row store.Row) (bool, error) {
	o := row.Record.Key.Object
	if o.Kind() != model.Message && o.Kind() != model.Attachment {
		return false, nil
	}
	shape, _ := c.Schema.Object(o)
	for _, l := range row.Record.Links {
		f, _ := shape.Field(l.Role)
		if !f.Parent {
			continue
		}
		spots, err := tx.Resolve(l.To, 0)
		if err != nil {
			return false, err
		}
		for _, ref := range l.To {
			s, ok := spots[ref]
			if !ok {
				continue
			}
			if slices.Contains(c.Fates, s.Fate) && (s.Object.Kind() == model.Ticket || o.Kind() == model.Attachment) {
				return true, nil
			}
			if o.Kind() != model.Attachment || s.Object.Kind() != model.Message {
				return false, nil
			}
			// The message moved or waits; its ticket may be here all the same, with it inside.
			parent, err := tx.RecordAt(s.Seq)
			if err != nil {
				return false, err
			}
			return c.inside(tx, parent)
		}
	}
	return false, nil
}

// reading says where a record's parts are.
type reading struct {
	body, author, private string
	at                    model.Field
	tells                 mapping.Private
}

func readingOf(shape model.ObjectSchema) (r reading) {
	for _, f := range shape.Fields {
		switch {
		case f.Type == model.LinkType && !f.Parent && f.Leads(model.Agent, model.Contact):
			if r.author == "" || strings.Contains(f.Name, "author") {
				r.author = f.Name
			}
		case r.body == "" && (f.Type == model.HTML || f.Type == model.LongText):
			r.body = f.Name
		case f.Ordering, f.Type == model.DateTime && r.at.Name == "":
			r.at = f
		}
	}
	if r.body == "" {
		for _, f := range shape.Fields {
			if f.Type == model.Text && slices.Contains([]string{"body", "text", "content", "message", "comment"}, strings.ToLower(f.Name)) {
				r.body = f.Name
			}
		}
	}
	if tells, ok := mapping.Visibility(shape); ok {
		r.private, r.tells = tells.Field.Name, tells
	}
	return r
}

// thread gives all messages of a ticket in the order of their time.
func (c Collector) thread(tx *store.Tx, ticket model.Key) ([]Message, error) {
	object := model.Message.From(ticket.Object.Source())
	shape, _ := c.Schema.Object(object)
	r := readingOf(shape)
	out := []Message{}
	for after := int64(0); ; {
		rows, err := tx.Records(store.Filter{Object: object, Parent: &ticket}, after, pageOf)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			break
		}
		after = rows[len(rows)-1].Seq
		if err := tx.Links(rows); err != nil {
			return nil, err
		}
		for _, row := range rows {
			m, err := c.message(tx, row, shape, r)
			if err != nil {
				return nil, err
			}
			out = append(out, m)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].At < out[j].At })
	return out, nil
}

func (c Collector) message(tx *store.Tx, row store.Row, shape model.ObjectSchema, r reading) (Message, error) {
	m := Message{ID: row.Record.Key.ID, Raw: row.Record.Raw}
	values, err := model.Values(row.Record.Raw)
	if err != nil {
		m.Text, m.Private = string(row.Record.Raw), true
		return m, nil //nolint:nilerr // what could not be read stands as it came
	}
	m.At = moment(model.Plain(values[r.at.Name]), r.at)
	m.Text = readable(model.Plain(values[r.body]))
	if r.private != "" {
		// One of which it cannot be told is shown as private, as it is moved.
		private, ok := r.tells.Read(model.Plain(values[r.private]))
		m.Private = private || !ok
	}
	for _, l := range row.Record.Links {
		if l.Role != r.author {
			continue
		}
		if m.By, err = nameOf(tx, l, c.Schema); err != nil {
			return m, err
		}
	}
	if m.By == "" && r.author != "" {
		m.By = model.Plain(values[r.author])
	}
	m.Files, err = attached(tx, row.Record.Key)
	return m, err
}

// nameOf says who a link leads to, with the address.
func nameOf(tx *store.Tx, l model.Link, schema model.Schema) (string, error) {
	spots, err := tx.Resolve(l.To, 0)
	if err != nil {
		return "", err
	}
	for _, ref := range l.To {
		s, ok := spots[ref]
		if !ok {
			continue
		}
		row, err := tx.RecordAt(s.Seq)
		if err != nil {
			return "", err
		}
		shape, _ := schema.Object(row.Record.Key.Object)
		return strings.TrimSpace(row.Name + " " + address(row, shape)), nil
	}
	return "", nil
}

func address(row store.Row, shape model.ObjectSchema) string {
	values, err := model.Values(row.Record.Raw)
	if err != nil {
		return "" // its raw says all that is known
	}
	for _, f := range shape.Fields {
		if f.Type == model.Email {
			if s := model.Plain(values[f.Name]); s != "" && s != row.Name {
				return "<" + s + ">"
			}
		}
	}
	return ""
}

func (c Collector) people(tx *store.Tx, row store.Row, shape model.ObjectSchema, values map[string]any) ([]string, error) {
	out := []string{}
	for _, l := range row.Record.Links {
		f, _ := shape.Field(l.Role)
		if f.Parent || !f.Leads(model.Contact, model.Agent) {
			continue
		}
		who, err := nameOf(tx, l, c.Schema)
		if err != nil {
			return nil, err
		}
		if who == "" && len(l.To) > 0 {
			who = l.To[0].Value
		}
		if who != "" && !slices.Contains(out, who) {
			out = append(out, who)
		}
	}
	for _, f := range shape.Fields {
		if f.Type == model.Email {
			if s := model.Plain(values[f.Name]); s != "" && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out, nil
}

func attached(tx *store.Tx, to model.Key) ([]File, error) {
	var out []File
	for after := int64(0); ; {
		rows, err := tx.Records(store.Filter{Object: model.Attachment.From(to.Object.Source()), Parent: &to}, after, pageOf)
		if err != nil || len(rows) == 0 {
			return out, err
		}
		after = rows[len(rows)-1].Seq
		for _, row := range rows {
			f, ok, err := file(tx, row)
			if err != nil {
				return nil, err
			}
			if !ok {
				f = File{Name: row.Name, Problem: "The old desk names no content."}
			}
			out = append(out, f)
		}
	}
}

func file(tx *store.Tx, row store.Row) (File, bool, error) {
	f, ok, err := tx.File(row.Seq)
	if err != nil || !ok {
		return File{}, false, err
	}
	out := File{Name: f.Name, Type: f.Type, Size: f.Size, Hash: f.Hash}
	if f.Problem != nil {
		out.Hash, out.Problem = "", f.Problem.What
	}
	return out, true, nil
}

// fields lists a record's fields in the order in which the source wrote them.
func fields(raw []byte, values map[string]any) [][2]string {
	out, seen := [][2]string{}, map[string]bool{}
	put := func(name string) {
		if v, ok := values[name]; ok && !seen[name] {
			seen[name] = true
			out = append(out, [2]string{name, model.Plain(v)})
		}
	}
	if root := gjson.ParseBytes(raw); root.IsObject() {
		root.ForEach(func(k, _ gjson.Result) bool { put(k.String()); return true })
	}
	for _, name := range model.Names(values) {
		put(name)
	}
	return out
}

// dateField finds what tells when a record came to be.
func dateField(shape model.ObjectSchema) (best model.Field, ok bool) {
	for _, f := range shape.Fields {
		if f.Type != model.DateTime && f.Type != model.Date {
			continue
		}
		if strings.Contains(strings.ToLower(f.Name), "creat") {
			return f, true
		}
		if !ok {
			best, ok = f, true
		}
	}
	return best, ok
}

// moment writes a time as text order is time order; what is no time stays as it is.
func moment(text string, f model.Field) string {
	t, dateOnly, err := formula.ParseDate(text, f.Format, f.Zone)
	switch {
	case text == "" || err != nil:
		return text
	case dateOnly:
		return t.Format(time.DateOnly)
	}
	return model.Stamp(t)
}

var tag = regexp.MustCompile(`(?i)</?(p|div|br|span|table|html|body|a|b|ul|ol|li|img|blockquote|pre|script|style|h[1-6])\b[^>]*>`)

// readable gives rich text as plain text. Nothing of an archive is ever shown as HTML.
func readable(s string) string {
	if len(s) > longText || !tag.MatchString(s) {
		return s
	}
	out, err := html2text.FromString(s, html2text.Options{})
	if err != nil { // not readable as rich text: show it as it stands rather than lose it
		return s
	}
	return strings.TrimSpace(out)
}

// Counted says how many records each fate has: what an archive would hold.
func Counted(all []model.Manifest, fates []model.Fate) (n int64) {
	for _, m := range all {
		for _, f := range fates {
			switch f {
			case model.Archived:
				n += m.Archived
			case model.LeftOut:
				n += m.LeftOut
			case model.Held:
				n += m.Held
			case model.Merged:
				n += m.Merged
			case model.Pending:
				n += m.Pending
			case model.Moved:
				n += m.Moved
			default:
				panic(fmt.Sprintf("fate %d is not known", f))
			}
		}
	}
	return n
}
