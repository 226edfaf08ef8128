package api

import (
	"strings"

	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Canary shows the first records of a run, as they were meant and as they came back.
func (r *Runs) Canary(id string) (v CanaryView, err error) {
	defer guard(&err)
	v = CanaryView{Run: id, Records: []CanaryRecord{}}
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	n, err := project.Number("run", id)
	if err != nil {
		return v, err
	}
	found, err := p.Canaries(r.s.ctx, n)
	if err != nil {
		return v, err
	}
	var sum load.Summary
	sent := map[model.Object]int64{}
	err = p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
		run, err := tx.Run(n)
		if err != nil {
			return err
		}
		pl, err := tx.Plan(run.Plan)
		if err != nil {
			return err
		}
		if sum, err = project.Summary(pl); err != nil {
			return err
		}
		sent, err = tx.SentCount(n)
		return err
	})
	if err != nil {
		return v, err
	}
	v.Target = sum.Target
	v.show(found, sum)
	for _, o := range sum.Objects {
		v.Rest += o.Create + o.Update - sent[o.Object]
	}
	v.Rest = max(v.Rest, 0)
	return v, nil
}

// show puts the records in, with fields by their titles.
func (v *CanaryView) show(found []load.Canary, sum load.Summary) {
	shapes := map[model.Object]model.ObjectSchema{}
	for _, o := range sum.Objects {
		shapes[o.Object], _ = sum.Shape.Object(o.Target)
	}
	v.Good = len(found) > 0
	for _, c := range found {
		word := c.Object.Word()
		x := CanaryRecord{
			Object: string(c.Object), Title: strings.ToUpper(word[:1]) + word[1:], ID: c.ID, Name: c.Name, TargetID: c.Target, OK: c.OK && c.Error == "", Error: c.Error,
			Fields: canaryFields(shapes[c.Object], c.Fields), Links: canaryFields(shapes[c.Object], c.Links),
		}
		v.Known, v.Sent = c.Silent.Known, c.Silent.Sent
		v.Good = v.Good && x.OK && v.Sent == 0
		// A ticket proves silence best: it is what desks write to customers about.
		if c.Target != "" && (v.Proof == "" || c.Object == model.Ticket) {
			v.Proof, v.At = word+" "+c.Target, c.At
		}
		v.Records = append(v.Records, x)
	}
}

func canaryFields(shape model.ObjectSchema, list []load.CanaryField) []CanaryField {
	out := []CanaryField{}
	for _, f := range list {
		out = append(out, CanaryField{Field: f.Field, Title: fieldTitle(shape, f.Field), Meant: f.Meant, Found: f.Found, Same: f.Same})
	}
	return out
}
