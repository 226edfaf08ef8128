package api

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"waybill/backend/job"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Validate tries the mapping on everything that was read, without sending anything.
func (m *Mapping) Validate() (id string, err error) {
	defer guard(&err)
	return m.s.work("validate", "Trying the mapping on every record", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		_, err := p.Validate(ctx, 0, pr)
		return "", err
	})
}

// Validation is the last time that the mapping was tried on everything.
func (m *Mapping) Validation() (v DryView, err error) {
	defer guard(&err)
	d, err := m.working()
	if err != nil {
		return v, err
	}
	last, ok, err := d.p.LastValidation(m.s.ctx)
	if err != nil || !ok {
		return v, err
	}
	v.Ran, v.Last, v.Stale = true, last, last.Mapping != d.v.Hash()
	last.Objects, last.Groups = nilless(last.Objects), nilless(last.Groups)
	last.Losses, last.Lint = nilless(last.Losses), nilless(last.Lint)
	v.Last = last
	v.Fields = map[string]string{}
	for _, g := range last.Groups {
		v.Fields[strconv.Itoa(g.Part)] = d.fieldWords(g.Object, g.Field)
	}
	return v, nil
}

// fieldWords is the title of a target field that records of an object get.
func (d *desk) fieldWords(o model.Object, field string) string {
	for _, om := range d.v.Branches(o) {
		shape, _ := d.dst.Object(om.Target)
		if _, ok := shape.Field(field); ok {
			return fieldTitle(shape, field)
		}
	}
	return field
}

// dryPrefix begins the name of a set of records that the last validation would hold.
const dryPrefix = "dry "

// dryRule names the records behind some groups of a validation.
func dryRule(id int64, parts []int) string {
	words := make([]string, len(parts))
	for i, p := range parts {
		words[i] = strconv.Itoa(p)
	}
	return fmt.Sprintf("%s%d %s", dryPrefix, id, strings.Join(words, ","))
}

// dryHits lists the records behind groups of a validation, by their place in the stage.
func dryHits(ctx context.Context, p *project.Project, rule string) ([]int64, error) {
	wrong := problem.New("records.filter", "This list cannot be opened.", "It does not say which records are meant.", "Go back and open it again.").At(problem.Place{Value: rule})
	dry, parts, _ := strings.Cut(strings.TrimPrefix(rule, dryPrefix), " ")
	id, err := strconv.ParseInt(dry, 10, 64)
	if err != nil {
		return nil, wrong
	}
	out := []int64{}
	err = p.DB().Read(ctx, func(tx *store.Tx) error {
		for _, word := range strings.Split(parts, ",") {
			part, err := strconv.Atoi(word)
			if err != nil {
				return wrong
			}
			held, err := tx.DryHeld(id, part, 0, math.MaxInt32)
			if err != nil {
				return err
			}
			out = append(out, held...)
		}
		return nil
	})
	slices.Sort(out)
	return slices.Compact(out), err
}

// dryFields are the records that the last validation would hold, for each target field.
func (d *desk) dryFields(ctx context.Context) (brief *DryBrief, of map[problem.Place]dryField, err error) {
	last, ok, err := d.p.LastValidation(ctx)
	if err != nil || !ok {
		return nil, nil, err
	}
	of = map[problem.Place]dryField{}
	for _, g := range last.Groups {
		at := problem.Place{Object: string(g.Object), Field: g.Field}
		x := of[at]
		x.parts = append(x.parts, g.Part)
		x.count += g.Count
		if g.Problem != nil && g.Count > x.most {
			x.most, x.why = g.Count, g.Problem.What
		}
		x.dry = last.ID
		of[at] = x
	}
	return &DryBrief{At: last.At, Held: last.Held, Ready: last.Ready, Stale: last.Mapping != d.v.Hash()}, of, nil
}

// dryField is what the last validation would hold for one target field.
type dryField struct {
	dry   int64
	parts []int
	count int64
	most  int64
	why   string
}

// held puts what would be held into a row of the mapping.
func (x dryField) held(v *FieldMapView, o model.Object) {
	if x.count == 0 || v.Map.Rule == mapping.LeaveOut && len(v.Problem) == 0 {
		return
	}
	f := figure(x.count, Filter{Object: string(o), Rule: dryRule(x.dry, x.parts), Words: title(o) + " that would be held: " + x.why})
	v.Held, v.HeldWhy = &f, x.why
}
