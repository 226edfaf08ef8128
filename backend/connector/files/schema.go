package files

import (
	"fmt"
	"strings"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// titles of the objects that Waybill knows, as people call them.
var titles = map[model.Object]string{
	model.Organization: "Companies", model.Contact: "Customers", model.Agent: "Agents", model.Group: "Groups",
	model.Ticket: "Tickets", model.Message: "Messages", model.Attachment: "Attachments", model.Article: "Articles",
}

// Schema is the shape of what the tables yield: for each object the columns of
// all its outputs, with their types, formats and links.
func Schema(tables []Table) model.Schema {
	byObject := map[model.Object]*model.ObjectSchema{}
	var order []model.Object
	for i := range tables {
		for j := range tables[i].Outputs {
			o := &tables[i].Outputs[j]
			s := byObject[o.Object]
			if s == nil {
				s = &model.ObjectSchema{Object: o.Object, Title: title(o.Object), Fields: []model.Field{}}
				byObject[o.Object] = s
				order = append(order, o.Object)
			}
			tables[i].fields(o, s)
		}
	}
	out := model.Schema{Objects: []model.ObjectSchema{}}
	done := map[model.Object]bool{}
	for _, o := range append(model.Known(), order...) {
		if s := byObject[o]; s != nil && !done[o] {
			done[o] = true
			s.Name = nameField(s)
			out.Objects = append(out.Objects, *s)
		}
	}
	return out
}

func title(o model.Object) string {
	if t := titles[o]; t != "" {
		return t
	}
	t := strings.ReplaceAll(string(o), "_", " ")
	return strings.ToUpper(t[:min(1, len(t))]) + t[min(1, len(t)):]
}

func (t *Table) fields(o *Output, s *model.ObjectSchema) {
	carried := set(o.Columns)
	links := map[string]LinkSpec{}
	for _, l := range o.Links {
		links[l.Column] = l
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		if len(carried) > 0 && !carried[c.Name] {
			continue
		}
		f := c.field()
		f.Name = o.called(c.Name)
		if l, ok := links[c.Name]; ok {
			f.Type, f.To, f.By, f.Options = model.LinkType, l.To, l.By, nil
			f.Parent = isParent(o.Object, l)
		}
		if o.Object == model.Message {
			f.Ordering = c.isMoment(t)
			f.Private, f.PrivateValue = isPrivate(c)
		}
		if o.FileColumn == c.Name && o.FileColumn != "" {
			f.Type = model.FileType
		}
		f.Unique = len(o.Key) == 1 && o.Key[0] == c.Name
		merge(s, f)
	}
}

// field is a column as a field of a desk.
func (c *Column) field() model.Field {
	f := model.Field{Name: c.Name, Type: c.Type, Format: c.Format, Zone: c.Zone, Separator: c.Separator}
	if (c.Type == model.Date || c.Type == model.DateTime) && c.Sure == 0 && c.Format == "" {
		f.Type = model.Text // nobody decided yet in which order its dates are written: no day is guessed
	}
	if len(c.Empty) > 0 {
		f.Empty = append([]string{}, c.Empty...)
	}
	for _, o := range c.Options {
		f.Options = append(f.Options, model.Choice{Value: o})
	}
	return f
}

// merge adds a field, or widens the one of that name.
func merge(s *model.ObjectSchema, f model.Field) {
	for i := range s.Fields {
		g := &s.Fields[i]
		if g.Name != f.Name {
			continue
		}
		if g.Type != f.Type || g.Format != f.Format || g.Separator != f.Separator {
			g.Type, g.Format, g.Separator, g.Options = widen(g.Type, f.Type), "", "", nil
		}
		known := map[string]bool{}
		for _, o := range g.Options {
			known[o.Value] = true
		}
		for _, o := range f.Options {
			if g.Type == f.Type && !known[o.Value] {
				g.Options = append(g.Options, o)
			}
		}
		for _, e := range f.Empty {
			if !contains(g.Empty, e) {
				g.Empty = append(g.Empty, e)
			}
		}
		for _, to := range f.To {
			if !contains(g.To, to) {
				g.To = append(g.To, to)
			}
		}
		g.Unique = g.Unique && f.Unique
		g.Parent, g.Ordering, g.Private = g.Parent || f.Parent, g.Ordering || f.Ordering, g.Private || f.Private
		return
	}
	s.Fields = append(s.Fields, f)
}

// widen finds a type that holds what two tables have under one name.
func widen(a, b model.Type) model.Type {
	pair := func(x, y model.Type) bool { return a == x && b == y || a == y && b == x }
	switch {
	case a == b:
		return a
	case pair(model.Integer, model.Number):
		return model.Number
	case pair(model.Date, model.DateTime):
		return model.DateTime
	case a == model.HTML || b == model.HTML:
		return model.HTML
	case a == model.LongText || b == model.LongText:
		return model.LongText
	}
	return model.Text
}

func contains[T comparable](list []T, v T) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

// isParent says that a link puts a record into another: a message into its
// ticket, an attachment on its message.
func isParent(o model.Object, l LinkSpec) bool {
	for _, to := range l.To {
		if o == model.Message && to == model.Ticket || o == model.Attachment && (to == model.Message || to == model.Ticket) {
			return true
		}
	}
	return false
}

var momentNames = []string{"created_at", "created", "date", "sent", "sent_at", "timestamp", "time", "posted", "received", "sys_updated_at", "updated_at", "updated", "created_on", "created_date", "datetime"}

// isMoment says that this column orders a thread: of a table's dates, the one
// whose name says when the message was written.
func (c *Column) isMoment(t *Table) bool {
	if c.Type != model.DateTime && c.Type != model.Date {
		return false
	}
	for _, want := range momentNames {
		for i := range t.Columns {
			x := &t.Columns[i]
			if (x.Type == model.DateTime || x.Type == model.Date) && strings.Join(nameWords(x.Name), "_") == want {
				return x == c
			}
		}
	}
	for i := range t.Columns {
		if x := &t.Columns[i]; x.Type == model.DateTime || x.Type == model.Date {
			return x == c
		}
	}
	return false
}

// isPrivate says that a column tells private notes from public messages, and by
// which value when it is a list.
func isPrivate(c *Column) (bool, string) {
	if c.Type == model.Option {
		private, public := "", false
		for _, o := range c.Options {
			switch strings.Join(nameWords(o), " ") {
			case "internal", "private", "internal note", "private note", "note":
				if private != "" {
					return false, "" // two spellings: a person must say
				}
				private = o
			case "public", "external", "reply", "public reply", "public comment", "customer", "message":
				public = true
			}
		}
		if private == "" || !public {
			return false, ""
		}
		return true, private
	}
	switch strings.Join(nameWords(c.Name), "_") {
	case "private", "is_private", "internal", "is_internal", "private_note":
		return c.Type == model.Bool || c.Type == model.Integer, ""
	}
	return false, ""
}

// nameField is the field by which people recognise a record.
func nameField(s *model.ObjectSchema) string {
	for _, want := range []string{"subject", "name", "title", "full_name", "display_name", "company_name", "summary", "email", "e_mail", "file_name", "filename"} {
		for _, f := range s.Fields {
			if strings.Join(nameWords(f.Name), "_") == want {
				return f.Name
			}
		}
	}
	for _, f := range s.Fields {
		if n := nameWords(f.Name); len(n) > 0 && (contains(n, "name") || contains(n, "subject") || contains(n, "title")) {
			return f.Name
		}
	}
	if len(s.Fields) > 0 {
		return s.Fields[0].Name
	}
	return ""
}

// Validate lists what is wrong with the choices a person made.
func Validate(tables []Table) []*problem.Problem {
	out := []*problem.Problem{}
	any := false
	for i := range tables {
		t := &tables[i]
		for j := range t.Outputs {
			any = true
			out = append(out, t.validate(&t.Outputs[j])...)
		}
	}
	if !any {
		out = append(out, problem.New(codeChoice, "Nothing is chosen to be moved.",
			"None of these tables is said to hold tickets, customers or anything else.", "Choose what at least one table holds."))
	}
	return out
}

func (t *Table) validate(o *Output) []*problem.Problem {
	var out []*problem.Problem
	at := problem.Place{File: t.File, Sheet: t.Part, Object: string(o.Object)}
	if o.Object == "" {
		out = append(out, problem.New(codeChoice, fmt.Sprintf("It is not said what %s holds.", t.Name),
			"Without that its rows cannot become records.", "Choose tickets, customers, messages or another kind, or leave the table out.").At(at))
	}
	names := append(append([]string{}, o.Key...), o.Columns...)
	for _, l := range o.Links {
		names = append(names, l.Column)
		if len(l.To) == 0 {
			out = append(out, problem.New(codeChoice, fmt.Sprintf("It is not said what %s in %s points to.", l.Column, t.Name),
				"A link needs at least one kind of record to look in.", "Choose what it points to, or remove the link.").At(at))
		}
	}
	if o.FileColumn != "" {
		names = append(names, o.FileColumn)
	}
	if o.Where != nil {
		names = append(names, o.Where.Column)
	}
	seen := map[string]bool{}
	for _, n := range names {
		if t.column(n) < 0 && !seen[n] {
			seen[n] = true
			out = append(out, noColumn(t, n))
		}
	}
	switch o.Repeats {
	case Count, Last, First:
	default:
		out = append(out, problem.New(codeChoice, fmt.Sprintf("It is not said what a repeated key means in %s.", t.Name),
			"Rows with the same key can be records of their own, later states of one record, or mentions of it.",
			"Choose one of the three.").At(at))
	}
	if len(o.Key) == 1 && len(out) == 0 && o.Repeats == Count {
		c := &t.Columns[t.column(o.Key[0])]
		if c.DistinctExact && c.values()*10 < c.rowsWithValue()*9 { // a few doubles are the work of cleaning
			out = append(out, problem.New(codeChoice, fmt.Sprintf("%s is not different in every row of %s.", c.Name, t.Name),
				fmt.Sprintf("There are %d rows with a value, but only %d different values. Rows with a value that was there before will be held back or merged.", c.Filled, c.Distinct),
				"Choose another key, several columns together, or say that later rows are later states.").At(at))
		}
	}
	return out
}
