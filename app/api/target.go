package api

import (
	"context"
	"maps"
	"slices"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Target connects the desk to move to, and says what it lacks.
type Target struct{ s *session }

// StartPractice starts the built-in practice desk and connects it.
func (t *Target) StartPractice() (err error) {
	defer guard(&err)
	p, err := t.s.project()
	if err != nil {
		return err
	}
	if st, ok := p.Jobs.Current(); ok {
		return busy(st.Title)
	}
	if err := leavable(t.s.ctx, p, project.Target, project.Connection{Kind: "practice", Settings: map[string]string{project.BuiltIn: "yes"}}); err != nil {
		return err
	}
	if _, err := p.ConnectPractice(t.s.ctx); err != nil {
		return err
	}
	t.s.changed("target")
	return nil
}

func noDesk() DeskView {
	return DeskView{Rights: []string{}, Missing: []string{}, Objects: []NameValue{}, Gaps: []Gap{}}
}

// Desk says what is connected, and what it lacks.
func (t *Target) Desk() (v DeskView, err error) {
	defer guard(&err)
	p, err := t.s.project()
	if err != nil {
		return noDesk(), err
	}
	return t.desk(p)
}

func (t *Target) desk(p *project.Project) (DeskView, error) {
	v := noDesk()
	c, ok, err := p.Connection(t.s.ctx, project.Target)
	if err != nil || !ok {
		return v, err
	}
	v.Connected, v.Kind, v.Title, v.Address = true, c.Kind, c.Kind, c.Settings["address"]
	if c.Settings[project.BuiltIn] != "" {
		v.Practice, v.Address = true, "On this computer, inside the project"
	}
	var kind connector.Kind
	for _, k := range t.s.o.Kinds {
		if k.Name == c.Kind {
			kind, v.Title = k, k.Title
		}
	}
	account, err := p.Account(t.s.ctx, project.Target)
	if err != nil {
		return v, err
	}
	v.Account, v.As, v.Rights, v.Missing = account.Name, account.As, nilless(account.Rights), nilless(account.Missing)
	ctx, done := t.s.quick()
	defer done()
	live, err := p.Desk(ctx, project.Target)
	if err != nil {
		v.Error = problem.From(err) // its shape as it was last seen is shown all the same
	}
	schema, err := p.Schema(t.s.ctx, project.Target)
	if err != nil {
		return v, err
	}
	for _, o := range schema.Objects {
		v.Objects = append(v.Objects, NameValue{Name: o.Title, Value: holds(ctx, live.Conn, o.Object)})
	}
	found, err := t.gaps(p, kind)
	if err != nil {
		return v, err
	}
	for _, g := range found {
		v.Gaps = append(v.Gaps, g.view)
	}
	return v, nil
}

// holds says how many records of an object a desk has; a dash when it does not answer.
func holds(ctx context.Context, conn connector.Connector, o model.Object) string {
	if conn == nil {
		return "–"
	}
	n, exact, err := conn.Count(ctx, o)
	switch {
	case err != nil:
		return "–"
	case !exact:
		return "about " + num(n)
	}
	return num(n)
}

// gap is something that the target lacks, with what would close it.
type gap struct {
	view   Gap
	target model.Object
	field  *model.Field  // to create
	option *model.Choice // to create, in view.Field
	// use maps this source field to the new field, once it is there.
	use string
}

// gaps lists what the mapping needs and the target lacks, and the source fields in
// use for which it has no field.
func (t *Target) gaps(p *project.Project, kind connector.Kind) ([]gap, error) {
	d, err := workingOn(t.s.ctx, p)
	if problem.Is(err, "mapping.too_early") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := []gap{}
	for _, x := range d.v.Lint(d.src, d.dst) {
		o := model.Object(x.Where.Object)
		om, _ := d.v.Object(o)
		target, _ := d.dst.Object(om.Target)
		field, _ := target.Field(x.Where.Field)
		g := gap{target: om.Target, view: Gap{Object: string(o), Field: x.Where.Field, What: x.What, Why: x.Why + " " + x.Next, Count: bare(0)}}
		switch x.Code {
		case mapping.CodeNoObject:
			g.view.ID = "object|" + string(o)
			g.view.Count = d.rows(o)
		case mapping.CodeNoField:
			f, _ := om.Field(x.Where.Field)
			g.view.ID = "field|" + string(o) + "|" + x.Where.Field
			g.field = d.shapeFor(o, f)
			g.view.Count = d.filled(o, f.UsedSources())
			g.view.CanCreate = kind.Caps.Shapes
		case mapping.CodeOption:
			g.view.ID = "option|" + string(o) + "|" + x.Where.Field + "|" + x.Where.Value
			g.option = &model.Choice{Value: x.Where.Value, Title: x.Where.Value}
			g.view.Count = d.becoming(o, x.Where.Field, x.Where.Value)
			g.view.CanCreate = kind.Caps.Shapes && field.Custom
		case mapping.CodeRequired:
			g.view.ID = "required|" + string(o) + "|" + x.Where.Field
			g.view.Count = d.rows(o)
		default:
			continue
		}
		out = append(out, g)
	}
	for _, l := range d.v.Leftovers(d.src, d.dst) {
		used := d.filled(l.Source, []string{l.Field.Name})
		if used.Value == 0 {
			continue
		}
		create := l.Create
		out = append(out, gap{
			target: l.Target, field: &create, use: l.Field.Name,
			view: Gap{
				ID: "unused|" + string(l.Source) + "|" + l.Field.Name, Object: string(l.Source), Field: l.Field.Name,
				What: "“" + l.Field.Name + "” of the " + strings.ToLower(title(l.Source)) + " goes nowhere yet", Why: "The target has no field for it, so it would stay behind.",
				CanCreate: kind.Caps.Shapes, Count: used,
			},
		})
	}
	people, err := t.peopleGaps(p)
	return append(out, people...), err
}

func (d *desk) rows(o model.Object) Figure {
	for _, x := range d.profiles {
		if x.Object == o {
			return figure(x.Rows, Filter{Object: string(o), Words: "All " + strings.ToLower(title(o))})
		}
	}
	return bare(0)
}

// filled counts the records that have something in the first of some fields.
func (d *desk) filled(o model.Object, fields []string) Figure {
	if len(fields) == 0 {
		return d.rows(o)
	}
	for _, x := range d.profiles {
		for _, f := range x.Fields {
			if x.Object == o && f.Name == fields[0] {
				return figure(f.Filled, Filter{Object: string(o), Field: f.Name, Op: "filled", Words: title(o) + ": “" + f.Name + "” is filled"})
			}
		}
	}
	return bare(0)
}

// becoming counts the records whose value becomes an option. The figure opens the
// records when they have one value in common.
func (d *desk) becoming(o model.Object, field, option string) Figure {
	om, _ := d.v.Object(o)
	f, _ := om.Field(field)
	from, n := []string{}, int64(0)
	for _, pair := range f.Values {
		if pair.To == option {
			from, n = append(from, pair.From), n+pair.Count
		}
	}
	if len(from) == 1 && len(f.Sources) == 1 {
		return figure(n, Filter{Object: string(o), Field: f.Sources[0], Op: "equals", Value: from[0], Words: title(o) + ": “" + f.Sources[0] + "” is “" + clip(from[0], 60) + "”"})
	}
	if len(f.Sources) == 1 {
		out := d.filled(o, f.Sources)
		out.Value, out.Exact = n, false
		return out
	}
	return bare(n)
}

// shapeFor is the field that a rule asks for and the target lacks.
func (d *desk) shapeFor(o model.Object, f mapping.FieldMap) *model.Field {
	out := &model.Field{Name: f.Target, Title: f.Target, Type: model.Text, Custom: true}
	shape, _ := d.src.Object(o)
	if used := f.UsedSources(); len(used) == 1 && f.Rule == mapping.Copy {
		if s, ok := shape.Field(used[0]); ok {
			switch s.Type {
			case model.Option, model.Number, model.Bool, model.Date, model.DateTime, model.LongText:
				out.Type, out.Options = s.Type, s.Options
			}
		}
	}
	return out
}

// CreateGap creates in the target what is missing there.
func (t *Target) CreateGap(id string) (err error) {
	defer guard(&err)
	return t.create(func(g gap) bool { return g.view.ID == id }, id)
}

// CreateAllGaps creates everything that Waybill can create.
func (t *Target) CreateAllGaps() (err error) {
	defer guard(&err)
	return t.create(func(g gap) bool { return g.view.CanCreate }, "")
}

func (t *Target) create(want func(gap) bool, id string) error {
	p, err := t.s.project()
	if err != nil {
		return err
	}
	if st, ok := p.Jobs.Current(); ok {
		return busy(st.Title)
	}
	at, err := p.Desk(t.s.ctx, project.Target)
	if err != nil {
		return err
	}
	shaper, ok := at.Conn.(connector.Shaper)
	if !ok {
		return problem.New("target.cannot_create", at.Kind.Title+" does not let Waybill create fields.", "What is missing must be made there by hand.", "Make it there, then press Refresh.")
	}
	all, err := t.gaps(p, at.Kind)
	if err != nil {
		return err
	}
	todo := slices.DeleteFunc(all, func(g gap) bool { return !want(g) })
	if id != "" && len(todo) == 0 {
		return problem.New("target.no_gap", "This is not missing any more.", "It was created in the meantime, or the mapping does not need it now.", "Look at the list again.").At(problem.Place{Value: id})
	}
	defer t.s.changed("target")
	for _, g := range todo {
		if !g.view.CanCreate {
			return problem.New("target.cannot_create", "Waybill cannot create this in "+at.Kind.Title+".", "The desk itself does not allow it.", "Make it there by hand, or change the rule in the mapping.").At(problem.Place{Object: g.view.Object, Field: g.view.Field})
		}
		if err := t.close(p, shaper, g); err != nil {
			return err
		}
	}
	return nil
}

// close creates one thing, and uses it in the mapping where it was made for a field.
func (t *Target) close(p *project.Project, shaper connector.Shaper, g gap) error {
	ctx, done := t.s.quick()
	defer done()
	before, err := p.Schema(ctx, project.Target)
	if err != nil {
		return err
	}
	what, detail := "target.field_created", map[string]string{"object": string(g.target), "field": g.view.Field}
	if g.field != nil {
		err = shaper.CreateField(ctx, g.target, *g.field)
	} else {
		what, detail["option"] = "target.option_created", g.option.Value
		err = shaper.CreateOption(ctx, g.target, g.view.Field, *g.option)
	}
	if err != nil {
		return err
	}
	after, err := p.Desk(ctx, project.Target) // asks for its shape anew, and keeps it
	if err != nil {
		return err
	}
	if err := p.DB().Write(ctx, func(tx *store.Tx) error { return tx.Audit(p.Person(), what, maps.Clone(detail)) }); err != nil {
		return err
	}
	if g.use == "" {
		return nil
	}
	old, _ := before.Object(g.target)
	now, _ := after.Schema.Object(g.target)
	for _, f := range now.Fields {
		if _, known := old.Field(f.Name); known {
			continue
		}
		return p.SetField(ctx, model.Object(g.view.Object), mapping.FieldMap{
			Target: f.Name, Rule: mapping.Copy, Sources: []string{g.use}, IfEmpty: model.OtherwiseLeave, IfUnknown: model.OtherwiseHold,
			State: mapping.Proposed, Confidence: 95, Reason: "This field was created in the target for it.",
		})
	}
	return nil
}
