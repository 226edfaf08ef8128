package files

import (
	"fmt"
	"strings"

	"waybill/backend/model"
)

// target is a column by which records of an object can be found.
type target struct {
	object model.Object
	by     string // empty: its key
	at     place
}

// targets lists what can be pointed to: keys, and other columns that tell the
// records apart.
func (p *proposal) targets() []target {
	var out []target
	for i := range p.tables {
		t := &p.tables[i]
		for j := range t.Outputs {
			o := &t.Outputs[j]
			if len(o.Key) == 1 {
				out = append(out, target{object: o.Object, at: place{i, t.column(o.Key[0])}})
			}
			if o.Repeats == First || o.Object == model.Message || o.Object == model.Attachment {
				continue
			}
			for k := range t.Columns {
				c := &t.Columns[k]
				if len(o.Key) == 1 && o.Key[0] == c.Name || c.Distinct*10 < c.Filled*9 || c.Filled == 0 {
					continue
				}
				name := strings.Join(nameWords(c.Name), "_")
				switch {
				case c.Type == model.Email, name == "name", name == "login", name == "username", name == "external_id", name == "full_name", name == "number":
					out = append(out, target{object: o.Object, by: o.called(c.Name), at: place{i, k}})
				}
			}
		}
	}
	return out
}

// candidate is a column that may point somewhere.
type candidate struct {
	at    place
	to    []model.Object // what its name speaks of
	plain bool           // its name alone is enough
}

func (p *proposal) candidates() []candidate {
	var out []candidate
	for i := range p.tables {
		t := &p.tables[i]
		if len(t.Outputs) == 0 || t.Kind == KindEML || t.Kind == KindMbox {
			continue
		}
		for k := range t.Columns {
			c := &t.Columns[k]
			if !c.canPoint() || t.isKey(c.Name) {
				continue
			}
			to, plain := pointsTo(c.Name)
			if len(to) == 0 && !isIDName(c.Name) && !isSelf(c.Name) {
				continue
			}
			self := t.Outputs[0].Object
			if self == model.Contact && len(to) == 1 && to[0] == model.Contact {
				to = []model.Object{model.Organization} // a customer's customer is a company
			}
			if len(to) > 0 && contains(to, self) {
				to = without(to, self)
				if len(to) == 0 && !isSelf(c.Name) {
					continue
				}
			}
			if isSelf(c.Name) {
				to, plain = []model.Object{t.Outputs[0].Object}, false
			}
			out = append(out, candidate{at: place{i, k}, to: to, plain: plain})
		}
	}
	return out
}

func without(list []model.Object, o model.Object) []model.Object {
	var out []model.Object
	for _, x := range list {
		if x != o {
			out = append(out, x)
		}
	}
	return out
}

// isKey says that a column is the key of the table's own records. Records made
// from a column point nowhere by it, but the table's own records do.
func (t *Table) isKey(name string) bool {
	for j := range t.Outputs {
		if o := &t.Outputs[j]; o.Repeats != First && len(o.Key) == 1 && o.Key[0] == name {
			return true
		}
	}
	return false
}

func isSelf(name string) bool {
	for _, w := range nameWords(name) {
		switch w {
		case "parent", "merged", "followup", "problem", "duplicate", "related":
			return isIDName(name)
		}
	}
	return false
}

// canPoint leaves out columns whose values can name nothing.
func (c *Column) canPoint() bool {
	if c.rowsWithValue() == 0 || c.Longest > 300 {
		return false
	}
	switch c.Type {
	case model.Text, model.Option, model.Options, model.Tags, model.Email, model.Integer:
		return true
	}
	return false
}

// links finds for each candidate the objects whose values contain its own.
func (p *proposal) links() error {
	targets, candidates := p.targets(), p.candidates()
	need := map[int]map[int]bool{}
	want := func(at place) {
		if need[at.table] == nil {
			need[at.table] = map[int]bool{}
		}
		need[at.table][at.column] = true
	}
	for _, t := range targets {
		want(t.at)
	}
	for _, c := range candidates {
		want(c.at)
	}
	for i := range p.tables {
		if len(need[i]) > 0 {
			if err := p.gather(i, need[i]); err != nil {
				return err
			}
		}
	}
	for _, c := range candidates {
		spec, ok, err := p.link(c, targets)
		if err != nil {
			return err
		}
		if ok {
			p.attach(c, spec)
		}
	}
	for i := range p.tables {
		for j := range p.tables[i].Outputs {
			o := &p.tables[i].Outputs[j]
			o.Links = onePerRole(o.Links)
			p.onlyOneParent(o)
		}
	}
	return nil
}

// gather reads a table once and keeps the hashes of the columns asked for.
func (p *proposal) gather(i int, columns map[int]bool) error {
	t := &p.tables[i]
	for k := range columns {
		p.sets[place{i, k}] = &keyset{}
	}
	return t.eachRow(p.ctx, func(x *row) error {
		for k := range columns {
			c := &t.Columns[k]
			for _, v := range c.pointers(x, k) {
				if c.Type == model.Email {
					v = strings.ToLower(v)
				}
				if err := p.sets[place{i, k}].add(v); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// pointers are the values of a cell that name something.
func (c *Column) pointers(x *row, at int) []string {
	l := linkColumn{at: at, separator: c.Separator, empty: set(c.Empty)}
	return l.values(x)
}

// link chooses what a column points to: by its name, and by its values.
func (p *proposal) link(c candidate, targets []target) (LinkSpec, bool, error) {
	column := &p.tables[c.at.table].Columns[c.at.column]
	spec := LinkSpec{Column: column.Name}
	child := p.sets[c.at]
	byField := map[string][]target{}
	var order []string
	for _, t := range targets {
		if t.at == c.at && !contains(c.to, t.object) || len(c.to) > 0 && !contains(c.to, t.object) {
			continue
		}
		if len(byField[t.by]) == 0 {
			order = append(order, t.by)
		}
		byField[t.by] = append(byField[t.by], t)
	}
	var total int64
	for _, by := range order {
		parents := make([]*keyset, len(byField[by]))
		for i, t := range byField[by] {
			parents[i] = p.sets[t.at]
		}
		matched, n, each, err := contained(child, parents)
		if err != nil {
			return spec, false, err
		}
		total = n
		if matched > spec.Matched || by == "" && len(spec.To) == 0 && matched > 0 {
			spec.By, spec.Matched, spec.Orphans = by, matched, n-matched
			spec.To = ranked(byField[by], each, c.to)
		}
	}
	if total == 0 {
		return spec, false, nil
	}
	found := share(spec.Matched, total)
	switch {
	case len(c.to) == 0: // no word of its name says so: only values that agree almost entirely do
		if found < 95 || column.values() < 3 || column.Longest < 4 {
			return spec, false, nil
		}
		spec.Why = fmt.Sprintf("%d of %d values are found there.", spec.Matched, total)
	case spec.Matched > 0 && (c.plain || found >= 50):
		spec.Why = fmt.Sprintf("Its name says so, and %d of %d values are found there.", spec.Matched, total)
	case c.plain && spec.Matched == 0:
		for _, o := range c.to {
			if p.keyed(o) && !contains(spec.To, o) {
				spec.To = append(spec.To, o)
			}
		}
		if len(spec.To) == 0 || !isIDName(column.Name) && !column.names() {
			return spec, false, nil
		}
		spec.By, spec.Orphans = "", total
		spec.Why = fmt.Sprintf("Its name says so, but none of its %d values is found there.", total)
	default:
		return spec, false, nil
	}
	return spec, true, nil
}

// keyed says that an object's records are known by a key that can be pointed to.
func (p *proposal) keyed(o model.Object) bool {
	for i := range p.tables {
		for j := range p.tables[i].Outputs {
			if x := &p.tables[i].Outputs[j]; x.Object == o && len(x.Key) == 1 {
				return true
			}
		}
	}
	return false
}

// ranked lists the objects where values were found, in the order that the
// column's name prefers, else by how much was found.
func ranked(found []target, each []int64, prefer []model.Object) []model.Object {
	counts := map[model.Object]int64{}
	var order []model.Object
	for i, t := range found {
		if counts[t.object] == 0 && each[i] > 0 {
			order = append(order, t.object)
		}
		counts[t.object] = max(counts[t.object], each[i])
	}
	var out []model.Object
	for _, o := range prefer {
		if counts[o] > 0 {
			out = append(out, o)
		}
	}
	if len(prefer) > 0 {
		return out
	}
	best := model.Object("")
	for _, o := range order {
		if best == "" || counts[o] > counts[best] {
			best = o
		}
	}
	if best == "" {
		return nil
	}
	return []model.Object{best}
}

// attach gives a link to the table's own records, and to those made from a
// column that carry it.
func (p *proposal) attach(c candidate, spec LinkSpec) {
	t := &p.tables[c.at.table]
	for j := range t.Outputs {
		o := &t.Outputs[j]
		if o.Repeats == First {
			continue
		}
		known := false
		for _, l := range o.Links {
			known = known || l.Column == spec.Column
		}
		if !known {
			o.Links = append(o.Links, spec)
		}
	}
}

// onePerRole keeps one link for each one that is spoken of: "requester id"
// rather than "requester name". What matches wins, then a key.
func onePerRole(links []LinkSpec) []LinkSpec {
	out := []LinkSpec{}
	at := map[string]int{}
	for _, l := range links {
		s := stem(l.Column)
		i, known := at[s]
		if !known {
			at[s] = len(out)
			out = append(out, l)
			continue
		}
		old := out[i]
		if l.Matched > 0 && old.Matched == 0 || (l.Matched > 0) == (old.Matched > 0) && l.By == "" && old.By != "" {
			out[i] = l
		}
	}
	return out
}

// onlyOneParent keeps an attachment from hanging on two things, and a record
// from pointing at its own kind by a column that another link explains.
func (p *proposal) onlyOneParent(o *Output) {
	if o.Object != model.Message && o.Object != model.Attachment {
		return
	}
	best := -1
	for i, l := range o.Links {
		if isParent(o.Object, l) && (best < 0 || l.Matched > o.Links[best].Matched) {
			best = i
		}
	}
	if best > 0 {
		o.Links[0], o.Links[best] = o.Links[best], o.Links[0] // the parent comes first
	}
}
