package api

import (
	"waybill/backend/clean"
	"waybill/backend/model"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Shape says what rules of one's own can be about.
func (c *Clean) Shape() (v RuleShape, err error) {
	defer guard(&err)
	v.Objects, v.Ways = []RuleObject{}, []RuleWay{}
	for _, how := range clean.Ways() {
		v.Ways = append(v.Ways, RuleWay{How: how, Settings: clean.Settings(how)})
	}
	p, err := c.s.project()
	if err != nil {
		return v, err
	}
	src, err := p.Schema(c.s.ctx, project.Source)
	if err != nil {
		return v, err
	}
	have, err := p.Manifest(c.s.ctx)
	if err != nil {
		return v, err
	}
	for _, m := range have {
		shape, ok := src.Object(m.Object)
		if !ok || m.Source == 0 {
			continue
		}
		o := RuleObject{Object: string(m.Object), Title: title(m.Object), Fields: []NameTitle{}}
		for _, f := range shape.Fields {
			n := NameTitle{Name: f.Name, Title: f.Title, Type: string(f.Type)}
			if n.Title == "" {
				n.Title = f.Name
			}
			o.Fields = append(o.Fields, n)
		}
		v.Objects = append(v.Objects, o)
	}
	return v, nil
}

func specOf(r OwnRule) clean.Spec {
	s := clean.Spec{Object: model.Object(r.Object), Does: r.Does, Field: r.Field, How: r.How, Settings: r.Settings}
	for _, w := range r.Where {
		s.Where = append(s.Where, clean.Condition(w))
	}
	return s
}

// Try shows whom a rule of one's own would hit, and decides nothing.
func (c *Clean) Try(r OwnRule) (v RulePreview, err error) {
	defer guard(&err)
	v.Also, v.Examples = []NameValue{}, []RuleExample{}
	p, err := c.s.project()
	if err != nil {
		return v, err
	}
	got, err := p.TryRule(c.s.ctx, specOf(r))
	if err != nil {
		return v, err
	}
	v.Title, v.Count = got.Title, got.Count
	for _, o := range model.Known() {
		if n := got.Also[o]; n > 0 {
			v.Also = append(v.Also, NameValue{Name: title(o), Value: num(n)})
		}
	}
	for _, e := range got.Examples {
		v.Examples = append(v.Examples, RuleExample{ID: e.ID, Name: clipText(e.Name, 200), Before: clipText(e.Before, 400), After: clipText(e.After, 400)})
	}
	return v, nil
}

// Make puts a rule of one's own in force.
func (c *Clean) Make(r OwnRule, why string) (err error) {
	defer guard(&err)
	return c.deciding(func(p *project.Project) error {
		_, err := p.MakeRule(c.s.ctx, specOf(r), why)
		return err
	})
}

// Corrections lists the corrections in force, in the order in which they apply.
func (c *Clean) Corrections() (out []DecisionView, err error) {
	defer guard(&err)
	out = []DecisionView{}
	p, err := c.s.project()
	if err != nil {
		return out, err
	}
	err = p.DB().Read(c.s.ctx, func(tx *store.Tx) error {
		all, err := tx.Corrections()
		if err != nil {
			return err
		}
		for _, d := range all {
			v, err := decisionView(tx, d)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// Order orders the corrections in force: the first one first.
func (c *Clean) Order(decisions []int64) (err error) {
	defer guard(&err)
	return c.deciding(func(p *project.Project) error { return p.OrderCorrections(c.s.ctx, decisions) })
}
