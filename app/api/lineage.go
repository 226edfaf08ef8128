package api

import (
	"waybill/backend/model"
	"waybill/backend/project"
)

// Lineage says where each value of a record in the target comes from: source value,
// corrections, rule, version of the mapping, run and time.
func (r *Records) Lineage(object, id string) (v project.Lineage, err error) {
	defer guard(&err)
	v = project.Lineage{Fields: []project.FieldLineage{}}
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	got, err := p.Lineage(r.s.ctx, model.Object(object), id, "")
	if err != nil {
		return v, err
	}
	got.Fields = nilless(got.Fields)
	for i := range got.Fields {
		f := &got.Fields[i]
		f.Sources = nilless(f.Sources)
		for k := range f.Sources {
			f.Sources[k].Corrections = nilless(f.Sources[k].Corrections)
		}
		f.Value, f.Found = clip(f.Value, clipField), clip(f.Found, clipField)
	}
	return got, nil
}
