package delta

import (
	"reflect"
	"slices"
	"time"
	"unicode/utf8"

	"waybill/backend/connector"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/store"
)

// changedFields lists the fields of the target in which two drafts differ, in order.
func changedFields(shape model.ObjectSchema, former, now model.Draft) []string {
	out := []string{}
	for _, f := range shape.Fields {
		a, had := former.Fields[f.Name]
		b, has := now.Fields[f.Name]
		if had == has && reflect.DeepEqual(a, b) || empty(a) && empty(b) {
			continue
		}
		out = append(out, f.Name)
	}
	return out
}

func empty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		return x == ""
	case []string:
		return len(x) == 0
	case time.Time:
		return x.IsZero()
	}
	return false
}

// goal is where a link leads in the target.
type goal struct {
	// id in the target; empty with coming: the record is created by the same plan.
	id     string
	coming int64
	name   string
}

// goalOf finds where a link leads: the first candidate that is in the target or will be,
// else the substitute that the mapping states.
func goalOf(l model.DraftLink, spots map[model.Ref]store.Spot) goal {
	try := func(refs []model.Ref) (goal, bool) {
		for _, ref := range refs {
			if s, ok := spots[ref]; ok && s.TargetID != "" {
				return goal{id: s.TargetID, name: ref.Value}, true
			}
		}
		for _, ref := range refs {
			if s, ok := spots[ref]; ok && s.Action == store.ActCreate {
				return goal{coming: s.Seq, name: ref.Value}, true
			}
		}
		return goal{}, false
	}
	if g, ok := try(l.To); ok {
		return g
	}
	if l.IfUnknown == model.OtherwiseUse {
		if g, ok := try(load.Instead(l)); ok {
			return g
		}
	}
	return goal{}
}

func refsOf(drafts ...model.Draft) []model.Ref {
	out := []model.Ref{}
	for _, d := range drafts {
		for _, l := range d.Links {
			out = append(append(out, l.To...), load.Instead(l)...)
		}
	}
	return out
}

func linkOf(d model.Draft, field string) (model.DraftLink, bool) {
	for _, l := range d.Links {
		if l.Field == field {
			return l, true
		}
	}
	return model.DraftLink{}, false
}

// changedLinks lists the links that the source names otherwise now and that lead
// elsewhere by it. Two names of one person are no difference.
func changedLinks(former, now model.Draft, spots map[model.Ref]store.Spot) []string {
	out := []string{}
	look := func(field string) {
		a, had := linkOf(former, field)
		b, has := linkOf(now, field)
		if slices.Contains(out, field) || had == has && slices.Equal(a.To, b.To) && a.Instead == b.Instead {
			return
		}
		x, y := goal{}, goal{}
		if had {
			x = goalOf(a, spots)
		}
		if has {
			y = goalOf(b, spots)
		}
		if x.id == y.id && x.coming == y.coming {
			return
		}
		out = append(out, field)
	}
	for _, l := range former.Links {
		look(l.Field)
	}
	for _, l := range now.Links {
		look(l.Field)
	}
	slices.Sort(out)
	return out
}

// seen is a record as the target has it.
type seen struct {
	version string
	values  map[string]any
	links   map[string][]string
}

func see(marker connector.Marker, r model.Record) (seen, error) {
	v, err := model.Values(r.Raw)
	if err != nil {
		return seen{}, err
	}
	s := seen{version: r.Version, values: v, links: map[string][]string{}}
	if marker != nil {
		s.version = marker.VersionOf(r)
	}
	for _, l := range r.Links {
		for _, to := range l.To {
			s.links[l.Role] = append(s.links[l.Role], to.Value)
		}
	}
	return s, nil
}

// link is the id that a link of the target leads to; empty: none.
func (s seen) link(field string) string {
	if ids := s.links[field]; len(ids) > 0 {
		return ids[0]
	}
	return model.Plain(s.values[field])
}

// lacks gives those fields and links of an item that the target does not have as a draft,
// with its links resolved, says. The content of a file is not compared: it is lacking.
func (s seen) lacks(shape model.ObjectSchema, d model.Draft, it Item) Item {
	out := Item{File: it.File}
	for _, name := range it.Fields {
		f, _ := shape.Field(name)
		if !load.Same(f, d.Fields[name], s.values[name]) {
			out.Fields = append(out.Fields, name)
		}
	}
	for _, name := range it.Links {
		if l, _ := linkOf(d, name); s.link(name) != l.Target.ID {
			out.Links = append(out.Links, name)
		}
	}
	return out
}

// holds says whether the target has all of an item as a draft says.
func (s seen) holds(shape model.ObjectSchema, d model.Draft, it Item) bool {
	return s.lacks(shape, d, it).nothing()
}

// differences lists the fields of a conflict: what the source changed, and what people
// edited in the target. has is false when the target cannot be read.
func differences(shape model.ObjectSchema, former, now model.Draft, it Item, spots map[model.Ref]store.Spot, target seen, has bool) []Difference {
	out := []Difference{}
	for _, f := range shape.Fields {
		title := f.Title
		if title == "" {
			title = f.Name
		}
		d := Difference{Field: f.Name, Title: title}
		if f.Type == model.LinkType {
			a, had := linkOf(former, f.Name)
			b, is := linkOf(now, f.Name)
			x, y := goalOf(a, spots), goalOf(b, spots)
			d.Changed = slices.Contains(it.Links, f.Name)
			if !d.Changed && (!has || !had && !is || target.link(f.Name) == x.id) {
				continue
			}
			d.Wrote, d.Source = x.text(), y.text()
			if has {
				d.Target = target.link(f.Name)
			}
			out = append(out, d)
			continue
		}
		if f.ReadOnly || f.Type == model.FileType {
			continue
		}
		was, had := former.Fields[f.Name]
		d.Changed = slices.Contains(it.Fields, f.Name)
		if !d.Changed && (!had || !has || load.Same(f, was, target.values[f.Name])) {
			continue
		}
		d.Wrote, d.Source = show(was), show(now.Fields[f.Name])
		if has {
			d.Target = show(target.values[f.Name])
		}
		out = append(out, d)
	}
	return out
}

func (g goal) text() string {
	switch {
	case g.id != "":
		return g.id
	case g.coming != 0:
		return g.name
	}
	return ""
}

// longest text of one side of a conflict that is kept with the plan.
const longest = 2000

func show(v any) string {
	s := model.Plain(v)
	if t, ok := v.(time.Time); ok {
		s = ""
		if !t.IsZero() {
			s = t.UTC().Format(time.RFC3339)
		}
	}
	if utf8.RuneCountInString(s) > longest {
		s = string([]rune(s)[:longest]) + "…"
	}
	return s
}
