package api

import (
	"waybill/backend/model"
	"waybill/backend/project"
)

// Shape is the target's frozen configuration, as it was taken.
func (m *Mapping) Shape() (v ShapeView, err error) {
	defer guard(&err)
	v.Objects = []ShapeObject{}
	p, err := m.s.project()
	if err != nil {
		return v, err
	}
	f, schema, ok, err := p.FrozenTarget(m.s.ctx)
	if err != nil {
		return v, err
	}
	if ok {
		v.Frozen, v.At, v.By, v.Why, v.Account, v.Hash = true, f.At, f.By.Name, f.Why, f.Account, f.Hash
	} else if schema, err = p.Schema(m.s.ctx, project.Target); err != nil {
		return v, err
	}
	for _, o := range schema.Objects {
		x := ShapeObject{Object: string(o.Object), Title: o.Title, Fields: len(o.Fields)}
		for _, field := range o.Fields {
			if field.Required && !field.ReadOnly {
				x.Required++
			}
			if field.Type == model.Option || field.Type == model.Options {
				x.Lists++
			}
		}
		v.Objects = append(v.Objects, x)
	}
	return v, nil
}

// Freeze asks the target for its configuration and freezes it.
func (m *Mapping) Freeze(why string) (err error) {
	defer guard(&err)
	p, err := m.s.project()
	if err != nil {
		return err
	}
	if st, ok := p.Jobs.Current(); ok {
		return busy(st.Title)
	}
	if _, err := p.FreezeTarget(m.s.ctx, why); err != nil {
		return err
	}
	m.s.changed("target")
	return nil
}

// Drift asks the target for its configuration and says what changed since it was frozen.
func (m *Mapping) Drift() (v project.TargetDrift, err error) {
	defer guard(&err)
	v = project.TargetDrift{Breaks: []string{}, Others: []string{}}
	p, err := m.s.project()
	if err != nil {
		return v, err
	}
	got, err := p.CompareTarget(m.s.ctx)
	if err != nil {
		return v, err
	}
	got.Breaks, got.Others = nilless(got.Breaks), nilless(got.Others)
	return got, nil
}
