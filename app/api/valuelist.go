package api

import (
	"context"
	"maps"
	"slices"

	"waybill/backend/connector"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// ValueCounts lists every value of a source field with its number of records.
func (m *Mapping) ValueCounts(object, field string) (out []mapping.ValueCount, err error) {
	defer guard(&err)
	d, err := m.working()
	if err != nil {
		return []mapping.ValueCount{}, err
	}
	om, ok := mapOf(d.v, object)
	if !ok {
		return []mapping.ValueCount{}, noMap(object)
	}
	out, err = m.s.valueCounts(d.p, om.Source, field)
	return nilless(out), err
}

// valueCounts counts the values of a field once, until records change.
func (s *session) valueCounts(p *project.Project, o model.Object, field string) ([]mapping.ValueCount, error) {
	key := string(o) + "\x00" + field
	s.mu.Lock()
	known, ok := s.values[key]
	s.mu.Unlock()
	if ok {
		return known, nil
	}
	out, err := p.ValueCounts(s.ctx, o, field)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	if s.p == p {
		if s.values == nil {
			s.values = map[string][]mapping.ValueCount{}
		}
		s.values[key] = out
	}
	s.mu.Unlock()
	return out, nil
}

// Values completes the value list of a rule that is being edited: every different value of
// its source, what is near where nobody decided, and what the target lacks. Nothing is stored.
func (m *Mapping) Values(object string, f mapping.FieldMap) (v ValueListView, err error) {
	defer guard(&err)
	v = ValueListView{Lines: []ValueLineView{}}
	d, err := m.working()
	if err != nil {
		return v, err
	}
	om, ok := mapOf(d.v, object)
	if !ok {
		return v, noMap(object)
	}
	if len(f.Sources) == 0 {
		return v, nil
	}
	counts, err := m.s.valueCounts(d.p, om.Source, f.Sources[0])
	if err != nil {
		return v, err
	}
	shape, _ := d.dst.Object(om.Target)
	t, _ := shape.Field(f.Target)
	if v.CanCreate, err = d.canCreate(m.s, t); err != nil {
		return v, err
	}
	if src, ok := d.src.Object(om.Source); ok {
		s, _ := src.Field(f.Sources[0])
		v.Opens = s.Separator == ""
	}
	for _, pair := range mapping.Complete(f, t, counts) {
		line := ValueLineView{From: pair.From, To: pair.To, Count: pair.Count, Decided: pair.Decided, Keep: pair.Keep, Confidence: pair.Confidence, Reason: pair.Reason, Gone: pair.Count == 0}
		line.Exists = pair.To == "" || len(t.Options) == 0 || slices.ContainsFunc(t.Options, func(c model.Choice) bool { return c.Value == pair.To })
		v.Lines = append(v.Lines, line)
	}
	return v, nil
}

// canCreate says whether an option of a target field can be made from here.
func (d *desk) canCreate(s *session, t model.Field) (bool, error) {
	c, ok, err := d.p.Connection(s.ctx, project.Target)
	if err != nil || !ok {
		return false, err
	}
	for _, k := range s.o.Kinds {
		if k.Name == c.Kind {
			return k.Caps.Shapes && t.Custom, nil
		}
	}
	return false, nil
}

// CreateOption makes an option in the target, for a value that it lacks.
func (m *Mapping) CreateOption(object, field, option string) (err error) {
	defer guard(&err)
	d, err := m.working()
	if err != nil {
		return err
	}
	if st, ok := d.p.Jobs.Current(); ok {
		return busy(st.Title)
	}
	om, ok := mapOf(d.v, object)
	if !ok {
		return noMap(object)
	}
	at, err := d.p.Desk(m.s.ctx, project.Target)
	if err != nil {
		return err
	}
	shape, _ := at.Schema.Object(om.Target)
	t, has := shape.Field(field)
	shaper, able := at.Conn.(connector.Shaper)
	if can, err := d.canCreate(m.s, t); err != nil || !can || !able || !has {
		if err != nil {
			return err
		}
		return problem.New("target.cannot_create", "Waybill cannot create this in "+at.Kind.Title+".", "The desk itself does not allow it.", "Put it on the set-up list and make it there by hand, or choose another value.").At(problem.Place{Object: string(om.Source), Field: field, Value: option})
	}
	if slices.ContainsFunc(t.Options, func(c model.Choice) bool { return c.Value == option }) {
		return nil // somebody made it meanwhile
	}
	ctx, done := m.s.quick()
	defer done()
	if err := shaper.CreateOption(ctx, om.Target, field, model.Choice{Value: option, Title: option}); err != nil {
		return err
	}
	if _, err := d.p.Desk(ctx, project.Target); err != nil { // asks for its shape anew, and keeps it
		return err
	}
	defer m.s.changed("target")
	return audit(ctx, d.p, "target.option_created", map[string]string{"object": string(om.Target), "field": field, "option": option})
}

func audit(ctx context.Context, p *project.Project, what string, detail map[string]string) error {
	return p.DB().Write(ctx, func(tx *store.Tx) error { return tx.Audit(p.Person(), what, maps.Clone(detail)) })
}
