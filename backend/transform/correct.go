package transform

import (
	"maps"
	"slices"
	"strings"

	"waybill/backend/formula"
	"waybill/backend/model"
)

// correction changes the values of a source field before the mapping sees them.
type correction struct {
	field string
	fix   func(any) any
}

// Fix is what was decided about one record instead of what its source says.
type Fix struct {
	// Values of source fields: texts or lists of texts.
	Values map[string]any
	// Links says where a role leads.
	Links map[string][]model.Ref
	// Addresses the record has besides its own: those of people who were merged into it.
	Addresses []string
}

// Correct changes the values of a source field before the mapping sees them; several
// corrections of a field follow each other. label tells one correction from another. Call
// it before the program is used. What tells a private note from a public message is never
// corrected (invariant 10).
func (p *Program) Correct(o model.Object, field, label string, fix func(any) any) {
	for _, x := range p.all(o) {
		if x.private != nil && x.private.Field.Name == field {
			continue
		}
		x.corrections = append(x.corrections, correction{field, fix})
		x.print += "\n" + field + ": " + label
	}
}

// ReadISO reads the dates of a source field as ISO 8601, because a correction writes them so.
func (p *Program) ReadISO(o model.Object, field string) {
	for _, x := range p.all(o) {
		f := x.fields[field]
		if f == nil {
			continue
		}
		if d, err := formula.NewDateFormat("", f.Zone); err == nil {
			f.date = d // formulas know the field too
		}
	}
}

// Fix says what was decided about one record. Call it before the program is used.
func (p *Program) Fix(k model.Key, f Fix) {
	for _, x := range p.all(k.Object) {
		if x.fixes == nil {
			x.fixes = map[string]Fix{}
		}
		x.fixes[k.ID] = f
	}
}

// Formerly is the program as it was for one record when something else was decided about it:
// what was last written of it can so be made again. All else is as it is.
func (p *Program) Formerly(k model.Key, f Fix) *Program {
	out := *p
	out.objects = maps.Clone(p.objects)
	then := make([]*object, len(p.objects[k.Object]))
	for i, x := range p.objects[k.Object] {
		was := *x
		was.fixes = map[string]Fix{k.ID: f}
		then[i] = &was
	}
	out.objects[k.Object] = then
	return &out
}

// read takes a record apart, with what was decided about it and the corrections applied.
// The record itself stays as it is (invariant 2).
func (o *object) read(r model.Record) (*row, error) {
	w, err := newRow(o, r)
	if err != nil {
		return nil, err
	}
	if len(o.fixes) > 0 {
		if f, ok := o.fixes[r.Key.ID]; ok {
			w.take(f)
		}
	}
	for _, c := range o.corrections {
		if v := w.raw(c.field).Value(); v != nil {
			w.set(c.field, c.fix(v))
		}
	}
	return w, nil
}

func (w *row) take(f Fix) {
	for field, v := range f.Values {
		w.set(field, v)
	}
	w.addresses = f.Addresses
	if len(f.Links) == 0 {
		return
	}
	links := make([]model.Link, 0, len(w.record.Links)+len(f.Links))
	for _, l := range w.record.Links {
		if _, other := f.Links[l.Role]; !other {
			links = append(links, l)
		}
	}
	for role, to := range f.Links {
		links = append(links, model.Link{Role: role, To: to})
	}
	slices.SortStableFunc(links, func(a, b model.Link) int { return strings.Compare(a.Role, b.Role) })
	w.record.Links = links
}

// keepAddresses gives a draft the addresses of those who were merged into its record: as
// further addresses where the target has a place for them, else in words. kept is false
// when it has neither.
func (w *row) keepAddresses(d *model.Draft) (kept bool) {
	if len(w.addresses) == 0 {
		return true
	}
	own := strings.ToLower(strings.TrimSpace(model.Plain(d.Fields["email"])))
	more := make([]string, 0, len(w.addresses))
	for _, a := range w.addresses {
		if strings.ToLower(a) != own {
			more = append(more, a)
		}
	}
	if len(more) == 0 {
		return true
	}
	f, prefix, ok := AddressField(w.object.writable)
	if !ok {
		return false
	}
	if f.Type == model.Tags || f.Type == model.Options {
		list, _ := d.Fields[f.Name].([]string)
		list = slices.Clone(list)
		for _, a := range more {
			if !slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, prefix+a) }) {
				list = append(list, prefix+a)
			}
		}
		d.Fields[f.Name] = list
		return true
	}
	text, line := model.Plain(d.Fields[f.Name]), "Further addresses: "+strings.Join(more, ", ")
	if f.Type == model.HTML {
		line = "<p>" + textHTML(line) + "</p>"
	}
	if text != "" {
		line = text + "\n\n" + line
	}
	d.Fields[f.Name] = line
	return true
}

// AddressField finds where a target keeps the further addresses of a person: a list of its
// own, whose entries begin with prefix, or else a text.
func AddressField(fields []model.Field) (f model.Field, prefix string, ok bool) {
	for _, want := range []struct {
		name, prefix string
		list         bool
	}{
		{"other_emails", "", true}, {"other_handles", "email:", true}, {"emails", "", true}, {"notes", "", false}, {"details", "", false}, {"description", "", false}, {"comments", "", false},
	} {
		for _, f := range fields {
			list := f.Type == model.Tags || f.Type == model.Options
			text := f.Type == model.LongText || f.Type == model.HTML
			if strings.EqualFold(f.Name, want.name) && !f.ReadOnly && (want.list && list || !want.list && text) {
				return f, want.prefix, true
			}
		}
	}
	return model.Field{}, "", false
}

// all ways of an object, and the one of those that are only read.
func (p *Program) all(o model.Object) []*object {
	if x := p.known[o]; x != nil {
		return []*object{x}
	}
	return p.objects[o]
}
