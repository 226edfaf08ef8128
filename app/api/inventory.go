package api

import (
	"context"
	"strings"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/profile"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Profile measures everything again.
func (r *Records) Profile() (id string, err error) {
	defer guard(&err)
	return r.s.work("profile", "Measuring what was read", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		_, err := p.Profile(ctx, nil, pr)
		return "", err
	})
}

// Objects is the inventory: every kind of record with its fields, measured.
func (r *Records) Objects() (out []ObjectView, err error) {
	defer guard(&err)
	out = []ObjectView{}
	p, err := r.s.project()
	if err != nil {
		return out, err
	}
	schema, err := p.Schema(r.s.ctx, project.Source)
	if err != nil {
		return out, err
	}
	err = p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
		manifest, err := tx.Manifest()
		if err != nil {
			return err
		}
		profiles, err := profile.Load(tx)
		if err != nil {
			return err
		}
		for _, m := range manifest {
			v := ObjectView{
				Object: string(m.Object), Title: title(m.Object), Rows: figure(m.Source, Filter{Object: string(m.Object), Words: "All " + strings.ToLower(title(m.Object))}),
				Held: figure(m.Held, fateFilter(m.Object, "held")), RepeatedKey: bare(0), Broken: []BrokenLink{}, Fields: []FieldView{}, Ages: []Bucket{}, Findings: []FindingView{},
			}
			shape, _ := schema.Object(m.Object)
			for _, o := range profiles {
				if o.Object == m.Object {
					measured(&v, o, shape)
				}
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// measured fills in the profile of an object.
func measured(v *ObjectView, o profile.Object, shape model.ObjectSchema) {
	name := title(o.Object)
	about := func(field, op, value, words string) Filter {
		return Filter{Object: string(o.Object), Field: field, Op: op, Value: value, Words: name + words}
	}
	v.RepeatedKey = figure(o.DuplicateKeys, about("", "repeated_key", "", " whose number was used before"))
	for _, l := range o.Orphans {
		v.Broken = append(v.Broken, BrokenLink{
			Field: l.Field, To: l.To,
			Linked: figure(l.Linked, about(l.Field, "linked", "", ": “"+l.Field+"” points somewhere")),
			Broken: figure(l.Count, about(l.Field, "broken_link", "", ": “"+l.Field+"” points to nothing")),
		})
	}
	for _, f := range o.Fields {
		x := FieldView{
			Name: f.Name, Type: f.Type, Longest: f.Longest, Shortest: f.Shortest, Format: f.Format, Min: f.Min, Max: f.Max, Top: []ValueCount{},
			Filled: figure(f.Filled, about(f.Name, "filled", "", ": “"+f.Name+"” is filled")),
			Blank:  figure(f.Blank, about(f.Name, "blank", "", ": “"+f.Name+"” holds only blanks")),
			Empty:  figure(f.Empty, about(f.Name, "empty", "", ": “"+f.Name+"” is empty")),
		}
		x.Distinct = figure(f.Distinct, *x.Filled.Filter)
		x.Distinct.Exact = f.Exact
		for _, t := range f.Top {
			x.Top = append(x.Top, ValueCount{Value: t.Value, Count: figure(t.Count, about(f.Name, "equals", t.Value, ": “"+f.Name+"” is “"+clip(t.Value, 60)+"”"))})
		}
		v.Fields = append(v.Fields, x)
	}
	if age := profile.AgeField(shape); age.Name != "" {
		for _, a := range o.Ages {
			v.Ages = append(v.Ages, Bucket{Label: a.Year, Count: figure(a.Count, about(age.Name, "year", a.Year, " of "+a.Year))})
		}
	}
	for _, f := range o.Findings {
		v.Findings = append(v.Findings, finding(f))
	}
}

func finding(f profile.Finding) FindingView {
	q := Filter{Object: string(f.Object), Field: f.Field, Op: f.Op, Value: f.Value, Words: f.What}
	if f.Code == "rows.held" {
		q = Filter{Object: string(f.Object), Fate: "held", Words: f.What}
	}
	if profile.Suspects(f.Code, profile.Field{}, "") != nil {
		q.Op, q.Value = "finding", f.Code
	}
	n := figure(f.Count, q)
	if f.Op == profile.OpNone {
		n = bare(f.Count)
	}
	return FindingView{
		Code: f.Code, Object: string(f.Object), Field: f.Field, Severity: f.Severity, What: f.What, Means: f.Means, Fix: f.Fix, Page: f.Page,
		Count: n, Examples: nilless(f.Examples), State: f.State, By: f.By, When: f.When, Why: f.Why,
	}
}

// Findings lists what should be known before the move, the grave ones first.
func (r *Records) Findings() (out []FindingView, err error) {
	defer guard(&err)
	out = []FindingView{}
	p, err := r.s.project()
	if err != nil {
		return out, err
	}
	profiles, err := p.Profiles(r.s.ctx)
	if err != nil {
		return out, err
	}
	for _, severity := range []string{profile.Stop, profile.Warn, profile.Info} {
		for _, o := range profiles {
			for _, f := range o.Findings {
				if f.Severity == severity {
					out = append(out, finding(f))
				}
			}
		}
	}
	return out, nil
}
