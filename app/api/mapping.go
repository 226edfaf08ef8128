package api

import (
	"context"
	"slices"
	"strings"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/project"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// Mapping edits what goes where.
type Mapping struct{ s *session }

const (
	shownSamples = 3
	lookedAt     = 60 // records among which samples are looked for
)

// desk is a mapping with all that is needed to show it.
type desk struct {
	p        *project.Project
	src, dst model.Schema
	v        mapping.Version
	profiles []profile.Object
}

// working gives the mapping that is being worked on.
func (m *Mapping) working() (*desk, error) {
	p, err := m.s.project()
	if err != nil {
		return nil, err
	}
	return workingOn(m.s.ctx, p)
}

func workingOn(ctx context.Context, p *project.Project) (*desk, error) {
	d := &desk{p: p}
	var err error
	if d.profiles, err = p.Profiles(ctx); err != nil {
		return nil, err
	}
	if len(d.profiles) == 0 {
		// A suggestion needs the values; made too early it would stay a poor one.
		return nil, problem.New("mapping.too_early", "A mapping needs a source that was read.", "The proposals come from the values themselves.", "Read the source first; then connect the target, or the practice desk.")
	}
	if d.v, err = p.Working(ctx); err != nil {
		return nil, err
	}
	if d.src, err = p.Schema(ctx, project.Source); err != nil {
		return nil, err
	}
	d.dst, err = p.Schema(ctx, project.Target)
	return d, err
}

// Get is the mapping that is being worked on.
func (m *Mapping) Get() (v MappingView, err error) {
	defer guard(&err)
	d, err := m.working()
	if err != nil {
		return v, err
	}
	v = MappingView{Changes: []string{}, Objects: []ObjectMapView{}, SourceObjects: []NameValue{}, TargetObjects: []NameValue{}, Problems: []*problem.Problem{}, Versions: []VersionView{}}
	for _, o := range d.src.Objects {
		v.SourceObjects = append(v.SourceObjects, NameValue{Name: string(o.Object), Value: o.Title})
	}
	for _, o := range d.dst.Objects {
		v.TargetObjects = append(v.TargetObjects, NameValue{Name: string(o.Object), Value: o.Title})
	}
	if v.Versions, err = m.Versions(); err != nil {
		return v, err
	}
	if len(v.Versions) > 0 {
		accepted, _, err := d.p.Accepted(m.s.ctx, 0)
		if err != nil {
			return v, err
		}
		v.Version, v.Hash, v.Approved = v.Versions[0].Number, v.Versions[0].Hash, v.Versions[0].Approved
		v.Changes = changes(accepted, d.v, d.dst)
		v.Changed = accepted.Hash() != d.v.Hash()
	} else {
		v.Changed = true
	}
	if v.Undo, v.Redo, err = m.couldStep(d.p, d.v); err != nil {
		return v, err
	}
	found, err := d.p.Lint(m.s.ctx, d.v)
	if err != nil {
		return v, err
	}
	left := project.Left(d.v, found)
	for _, n := range left {
		v.Left += n
	}
	counts, err := d.p.Manifest(m.s.ctx)
	if err != nil {
		return v, err
	}
	prog, _, err := d.p.Program(m.s.ctx, d.v, d.src, d.dst) // what is wrong shows at each field
	if err != nil {
		return v, err
	}
	var held map[problem.Place]dryField
	if v.Dry, held, err = d.dryFields(m.s.ctx); err != nil {
		return v, err
	}
	for _, om := range inOrder(d.v, d.src) {
		x, err := d.object(m.s.ctx, om, prog, found)
		if err != nil {
			return v, err
		}
		for i := range x.Fields {
			held[problem.Place{Object: x.Source, Field: x.Fields[i].Map.Target}].held(&x.Fields[i], om.Source)
		}
		x.Left = left[om.Source]
		for _, c := range counts {
			if c.Object == om.Source {
				x.Rows = figure(c.Source, Filter{Object: string(om.Source), Words: "All " + title(om.Source)})
			}
		}
		v.Objects = append(v.Objects, x)
	}
	for _, f := range found {
		if f.Where.Field == "" {
			v.Problems = append(v.Problems, f)
		}
	}
	return v, nil
}

// changes says in words what differs between two versions, with the fields' titles.
func changes(from, to mapping.Version, dst model.Schema) []string {
	out := []string{}
	for _, c := range mapping.Diff(from, to) {
		out = append(out, changeWords(c, to, dst))
	}
	return out
}

// changeWords says a change as the pages name things: "Agents, E-mail: …".
func changeWords(c mapping.Change, v mapping.Version, dst model.Schema) string {
	_, rest, found := strings.Cut(c.String(), ": ")
	if !found {
		return c.String()
	}
	name := title(c.Object)
	if c.Field != "" {
		om, _ := v.Object(c.Object)
		shape, _ := dst.Object(om.Target)
		name += ", " + fieldTitle(shape, c.Field)
	}
	return name + ": " + rest
}

// inOrder gives the maps of objects in the source's order; of one object those with a
// condition first, as a record meets them.
func inOrder(v mapping.Version, src model.Schema) []mapping.ObjectMap {
	out, done := []mapping.ObjectMap{}, map[model.Object]bool{}
	put := func(o model.Object) {
		if !done[o] {
			done[o] = true
			out = append(out, v.Branches(o)...)
		}
	}
	for _, o := range src.Objects {
		put(o.Object)
	}
	for _, m := range v.Objects {
		put(m.Source)
	}
	return out
}

// mapID names a map for the window: its source object, and behind ">" what it becomes when
// a condition decides that.
func mapID(m mapping.ObjectMap) string {
	if m.IsBranch() {
		return string(m.Source) + ">" + string(m.Target)
	}
	return string(m.Source)
}

// mapOf finds the map of a name that mapID gave; by its object alone also the only one with
// a condition.
func mapOf(v mapping.Version, id string) (mapping.ObjectMap, bool) {
	source, branch, routed := strings.Cut(id, ">")
	if m, ok := v.BranchMap(model.Object(source), model.Object(branch)); ok || routed {
		return m, ok
	}
	return v.Object(model.Object(source))
}

// editMap changes one map of the draft.
func editMap(ctx context.Context, p *project.Project, id string, edit func(*mapping.Version, int) error) error {
	v, err := p.Working(ctx)
	if err != nil {
		return err
	}
	m, ok := mapOf(v, id)
	if !ok {
		return noMap(id)
	}
	i := slices.IndexFunc(v.Objects, func(x mapping.ObjectMap) bool { return x.Source == m.Source && x.Branch() == m.Branch() })
	if err := edit(&v, i); err != nil {
		return err
	}
	return p.SetWorking(ctx, v)
}

func noMap(id string) error {
	source, _, _ := strings.Cut(id, ">")
	return problem.New("mapping.no_object", "This object is not in the mapping.", "The rule would belong to nothing.", "Choose one from the list.").At(problem.Place{Object: source})
}

// object shows the mapping of one object.
func (d *desk) object(ctx context.Context, om mapping.ObjectMap, prog *transform.Program, found []*problem.Problem) (ObjectMapView, error) {
	shape, _ := d.src.Object(om.Source)
	target, _ := d.dst.Object(om.Target)
	x := ObjectMapView{
		ID: mapID(om), When: om.When, Source: string(om.Source), SourceTitle: title(om.Source), Target: string(om.Target), TargetTitle: target.Title, Why: om.Why,
		Rows: bare(0), Fields: []FieldMapView{}, SourceFields: nilless(shape.Fields), Unused: []string{},
	}
	if om.Target == "" {
		return x, nil
	}
	rows, err := d.examples(ctx, om.Source)
	if err != nil {
		return x, err
	}
	done := map[string]bool{}
	for _, t := range target.Fields { // the target's own order is the one that people know
		if f, ok := om.Field(t.Name); ok && !t.ReadOnly {
			done[t.Name] = true
			x.Fields = append(x.Fields, fieldView(f, t, om.Source, prog, rows, found))
		}
	}
	for _, f := range om.Fields {
		if !done[f.Target] {
			done[f.Target] = true
			x.Fields = append(x.Fields, fieldView(f, model.Field{Name: f.Target, Type: model.Text}, om.Source, prog, rows, found))
		}
	}
	for _, t := range target.Fields { // required ones for which there is no rule at all
		if !done[t.Name] && t.Required && !t.ReadOnly && t.Default == "" && t.Type != model.FileType {
			x.Fields = append(x.Fields, fieldView(mapping.FieldMap{Target: t.Name, Rule: mapping.Fixed, State: mapping.Open}, t, om.Source, prog, rows, found))
		}
	}
	for _, l := range d.v.Leftovers(d.src, d.dst) {
		if l.Source == om.Source && l.Target == om.Target && !slices.Contains(x.Unused, l.Field.Name) {
			x.Unused = append(x.Unused, l.Field.Name)
		}
	}
	return x, nil
}

// examples are the first records of an object that can still move, with their links.
func (d *desk) examples(ctx context.Context, o model.Object) (rows []store.Row, err error) {
	err = d.p.DB().Read(ctx, func(tx *store.Tx) error {
		rows, err = tx.Records(store.Filter{Object: o, Fates: []model.Fate{model.Pending, model.Moved, model.Held}}, 0, lookedAt)
		if err != nil {
			return err
		}
		return tx.Links(rows)
	})
	return rows, err
}

// fieldView shows one rule with what it makes of real records.
func fieldView(f mapping.FieldMap, t model.Field, o model.Object, prog *transform.Program, rows []store.Row, found []*problem.Problem) FieldMapView {
	v := FieldMapView{Map: f, Target: t, Words: mapping.Explain(f), Samples: []BeforeAfter{}, Problem: []*problem.Problem{}}
	for _, p := range found {
		if p.Where.Object == string(o) && p.Where.Field == f.Target {
			v.Problem = append(v.Problem, p)
		}
	}
	if f.Rule == mapping.LeaveOut {
		return v
	}
	used := f.UsedSources()
	full, bareOnes := []BeforeAfter{}, []BeforeAfter{}
	for _, row := range rows {
		if len(full) == shownSamples {
			break
		}
		values, err := model.Values(row.Record.Raw)
		if err != nil {
			continue // one that could not be read makes no example
		}
		empty := len(used) > 0
		for _, s := range used {
			empty = empty && model.Plain(values[s]) == ""
		}
		if empty && len(bareOnes) >= shownSamples {
			continue
		}
		s := sample(prog, row, f.Target)
		if empty {
			bareOnes = append(bareOnes, s)
		} else {
			full = append(full, s)
		}
	}
	for _, s := range bareOnes {
		if len(full) < shownSamples {
			full = append(full, s)
		}
	}
	v.Samples = full
	return v
}

func sample(prog *transform.Program, row store.Row, field string) BeforeAfter {
	e := prog.Explain(row.Record, field)
	s := BeforeAfter{Record: row.Record.Key.ID, After: clip(e.Result, clipCell), Problem: e.Problem}
	for i, x := range e.Sources {
		if i > 0 {
			s.Before += " · "
		}
		s.Before += clip(x.Value, clipCell)
	}
	return s
}

// Suggest makes a fresh suggestion; the working copy is replaced.
func (m *Mapping) Suggest() (err error) {
	defer guard(&err)
	p, err := m.s.project()
	if err != nil {
		return err
	}
	if _, err := workingOn(m.s.ctx, p); err != nil {
		return err
	}
	return m.step(p, "A fresh proposal", func() error {
		old, err := p.Working(m.s.ctx)
		if err != nil {
			return err
		}
		fresh, err := p.Suggest(m.s.ctx)
		if err != nil {
			return err
		}
		return p.SetWorking(m.s.ctx, keepDecided(old, fresh))
	})
}

// keepDecided proposes only what is still open: rules that somebody reviewed, what becomes of
// an object, conditions and the people map stay as they were.
func keepDecided(old, fresh mapping.Version) mapping.Version {
	for i, m := range old.Objects {
		j := slices.IndexFunc(fresh.Objects, func(x mapping.ObjectMap) bool { return x.Source == m.Source && x.Target == m.Target })
		if j < 0 || m.IsBranch() {
			continue // it becomes what a person chose
		}
		fields := slices.Clone(m.Fields)
		for k, f := range fields {
			if now, ok := fresh.Objects[j].Field(f.Target); ok && f.State != mapping.Reviewed {
				fields[k] = now
			}
		}
		for _, now := range fresh.Objects[j].Fields {
			if _, ok := m.Field(now.Target); !ok {
				fields = append(fields, now)
			}
		}
		old.Objects[i].Fields = fields
	}
	return old
}

// SetField changes one rule of the working copy.
func (m *Mapping) SetField(object string, f mapping.FieldMap) (v FieldMapView, err error) {
	defer guard(&err)
	d, err := m.working()
	if err != nil {
		return v, err
	}
	if err := d.known(object, f); err != nil {
		return v, err
	}
	err = m.step(d.p, "", func() error {
		return editMap(m.s.ctx, d.p, object, func(v *mapping.Version, i int) error {
			om := &v.Objects[i]
			if k := slices.IndexFunc(om.Fields, func(x mapping.FieldMap) bool { return x.Target == f.Target }); k >= 0 {
				om.Fields[k] = f
			} else {
				om.Fields = append(om.Fields, f)
			}
			return nil
		})
	})
	if err != nil {
		return v, err
	}
	return d.preview(m.s.ctx, object, f)
}

// known refuses rules and choices that there are not.
func (d *desk) known(object string, f mapping.FieldMap) error {
	om, ok := mapOf(d.v, object)
	if !ok {
		return noMap(object)
	}
	o := om.Source
	if !slices.Contains(mapping.Rules(), f.Rule) {
		return problem.New(mapping.CodeRule, "This rule is not one that Waybill knows.", "It could not be used.", "Choose one of the rules that the window offers.").At(problem.Place{Object: string(o), Field: f.Target})
	}
	for _, w := range []model.Otherwise{f.IfEmpty, f.IfUnknown} {
		switch w {
		case "", model.OtherwiseHold, model.OtherwiseUse, model.OtherwiseLeave:
		default:
			return problem.New(mapping.CodeRule, "What happens otherwise is not one of the choices.", "The rule could not be used.", "Choose to hold the record, to use another value, or to leave the field empty.").At(problem.Place{Object: string(o), Field: f.Target})
		}
	}
	return nil
}

// SetObject says what an object becomes; an empty target means that it is not moved.
func (m *Mapping) SetObject(object, target, why string) (err error) {
	defer guard(&err)
	p, err := m.s.project()
	if err != nil {
		return err
	}
	return m.step(p, title(model.Object(object)), func() error {
		return p.SetObject(m.s.ctx, model.Object(object), model.Object(target), why)
	})
}

// Preview shows what a rule would make of real records; nothing is stored.
func (m *Mapping) Preview(object string, f mapping.FieldMap) (v FieldMapView, err error) {
	defer guard(&err)
	d, err := m.working()
	if err != nil {
		return v, err
	}
	return d.preview(m.s.ctx, object, f)
}

// preview puts a rule into a copy of the mapping and shows it.
func (d *desk) preview(ctx context.Context, object string, f mapping.FieldMap) (v FieldMapView, err error) {
	om, ok := mapOf(d.v, object)
	if !ok {
		return v, noMap(object)
	}
	o := om.Source
	om.When = "" // its rules are shown on any record
	om.Fields = slices.Clone(om.Fields)
	if i := slices.IndexFunc(om.Fields, func(x mapping.FieldMap) bool { return x.Target == f.Target }); i >= 0 {
		om.Fields[i] = f
	} else {
		om.Fields = append(om.Fields, f)
	}
	one := mapping.Version{Objects: []mapping.ObjectMap{om}, People: d.v.People}
	prog, _, err := d.p.Program(ctx, one, d.src, d.dst) // what is wrong shows as a problem of the field
	if err != nil {
		return v, err
	}
	target, _ := d.dst.Object(om.Target)
	t, ok := target.Field(f.Target)
	if !ok {
		t = model.Field{Name: f.Target, Type: model.Text}
	}
	rows, err := d.examples(ctx, o)
	if err != nil {
		return v, err
	}
	return fieldView(f, t, o, prog, rows, one.Lint(d.src, d.dst)), nil
}
