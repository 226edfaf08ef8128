package api

import (
	"path/filepath"
	"strconv"
	"strings"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
)

// Overview is the profile in pictures: how ready, how full, how old, what hangs on what.
func (r *Records) Overview() (v ProfileView, err error) {
	defer guard(&err)
	v = ProfileView{Objects: []ProfileObject{}, Findings: []FindingView{}, Score: profile.Score{Lines: []profile.ScoreLine{}}, Graph: profile.Graph{Nodes: []profile.Node{}, Edges: []profile.GraphEdge{}}}
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	all, err := p.Profiles(r.s.ctx)
	if err != nil {
		return v, err
	}
	v.Score, v.Graph = profile.Ready(all), profile.GraphOf(all)
	for _, o := range all {
		shape, err := sourceShape(r.s.ctx, p, o.Object)
		if err != nil {
			return v, err
		}
		v.At = max(v.At, o.At)
		v.Objects = append(v.Objects, profileObject(o, shape))
	}
	v.Findings, err = r.Findings()
	return v, err
}

func profileObject(o profile.Object, shape model.ObjectSchema) ProfileObject {
	whole := ObjectView{Fields: []FieldView{}, Ages: []Bucket{}, Findings: []FindingView{}, Broken: []BrokenLink{}}
	measured(&whole, o, shape)
	name := title(o.Object)
	x := ProfileObject{
		Object: string(o.Object), Title: name, Rows: figure(o.Rows, Filter{Object: string(o.Object), Words: "All " + strings.ToLower(name)}), Fields: []ProfileField{},
		Ages: whole.Ages, State: o.StateField, States: []ValueCount{}, Owners: []OwnerLeft{},
	}
	open := map[string]int{}
	for _, f := range o.Findings {
		if f.State == profile.Open {
			open[f.Field]++
		}
	}
	for _, f := range whole.Fields {
		x.Fields = append(x.Fields, ProfileField{Name: f.Name, Type: f.Type, Filled: f.Filled, Empty: f.Empty, Findings: open[f.Name]})
		if f.Name == o.StateField {
			x.States = f.Top[:min(len(f.Top), 20)]
		}
	}
	for _, w := range o.Owners {
		q := Filter{Object: string(o.Object), Field: w.Field, Op: "links_to", Value: w.Value, Words: name + " of " + w.Name + " by “" + w.Field + "”"}
		x.Owners = append(x.Owners, OwnerLeft{Name: w.Name, Field: w.Field, Count: figure(w.Count, q)})
	}
	return x
}

// FieldFacts is all that is known of one field.
func (r *Records) FieldFacts(object, field string) (v FieldFacts, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	all, err := p.Profiles(r.s.ctx)
	if err != nil {
		return v, err
	}
	for _, o := range all {
		if string(o.Object) != object {
			continue
		}
		shape, err := sourceShape(r.s.ctx, p, o.Object)
		if err != nil {
			return v, err
		}
		whole := ObjectView{}
		measured(&whole, o, shape)
		for i, f := range o.Fields {
			if f.Name == field {
				v = fieldFacts(o, f, whole.Fields[i])
				for _, x := range o.Findings {
					if x.Field == field {
						v.Findings = append(v.Findings, finding(x))
					}
				}
				return v, nil
			}
		}
	}
	return v, problem.New("profile.field", "This field was not measured.", "The source has changed since, or it was not read yet.", "Measure again under Inventory.").At(problem.Place{Object: object, Field: field})
}

func fieldFacts(o profile.Object, f profile.Field, shown FieldView) FieldFacts {
	v := FieldFacts{
		Object: string(o.Object), Title: title(o.Object), Rows: o.Rows, Field: shown, SameAs: f.SameAs, PatternsAll: f.PatternsExact, TagsUsed: f.TagsUsed, TagsOnce: f.TagsOnce,
		Repairs: nilless(f.Repairs), LongestBytes: f.LongestBytes, ShortestBytes: f.ShortestBytes, Findings: []FindingView{}, Numbers: []Fact{}, Dates: []Fact{}, Orders: []Fact{}, Languages: []Fact{},
	}
	facts := func(kind string, exact bool, list []profile.Share) []Fact {
		out := []Fact{}
		for _, s := range list {
			q := Filter{Object: string(o.Object), Field: f.Name, Op: "finding", Value: kind + s.Name, Words: title(o.Object) + ": “" + f.Name + "”, " + strings.ReplaceAll(s.Name, "_", " ")}
			n := figure(s.Count, q)
			n.Exact = exact
			out = append(out, Fact{Name: s.Name, Count: n})
		}
		return out
	}
	v.Kinds, v.Marks, v.Patterns = facts(profile.FactKind, true, f.Kinds), facts(profile.FactMark, true, f.Marks), facts(profile.FactPattern, true, f.Patterns)
	v.Currencies = facts(profile.FactMoney, true, f.Currencies)
	v.Phones, v.Tags = facts(profile.FactPhone, f.PhonesExact, f.Phones), facts(profile.FactTag, true, f.Tags)
	for _, s := range f.Languages {
		v.Languages = append(v.Languages, Fact{Name: s.Name, Count: Figure{Value: s.Count}})
	}
	if x := f.Numbers; x != nil {
		v.Low, v.High, v.Places = plainNumber(x.Low), plainNumber(x.High), x.Places
		v.Numbers = facts(profile.FactNumber, true, []profile.Share{{Name: "all", Count: x.Count}, {Name: "negative", Count: x.Negative}, {Name: "zero", Count: x.Zero}})
	}
	if d := f.Dates; d != nil {
		v.Decided = d.Decided
		v.Orders = facts(profile.FactOrder, true, d.Orders)
		v.Dates = facts(profile.FactDates, true, []profile.Share{
			{Name: "all", Count: d.Count},
			{Name: "ambiguous", Count: d.Ambiguous},
			{Name: "impossible", Count: d.Impossible},
			{Name: "out_of_range", Count: d.OutOfRange},
			{Name: "future", Count: d.Future},
			{Name: "before_1970", Count: d.Before1970},
			{Name: "clock", Count: d.Clock},
			{Name: "zoned", Count: d.Zoned},
		})
	}
	return v
}

func plainNumber(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// SayOfFinding keeps that a finding is accepted or decided, and why; open takes it back.
func (r *Records) SayOfFinding(object, code, field, state, why string) (err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return err
	}
	if err := p.SayOfFinding(r.s.ctx, model.Object(object), code, field, state, why); err != nil {
		return err
	}
	r.s.changed("profile")
	return nil
}

// WriteProfile asks where, and writes the profile for people without Waybill: a PDF, or a
// workbook when the name ends so. Empty when the person thought better of it.
func (r *Records) WriteProfile(kind string) (path string, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return "", err
	}
	ending, folder := ".pdf", "reports"
	if kind == "xlsx" {
		ending, folder = ".xlsx", "workbooks"
	}
	path, err = r.s.o.Dialogs.SaveFile(r.s.ctx, "Write the profile", filepath.Join(p.Dir, folder, fileName("Profile of "+p.Info().Name)+ending))
	if err != nil || path == "" {
		return "", err
	}
	if !strings.EqualFold(filepath.Ext(path), ending) {
		path += ending
	}
	return path, p.WriteProfile(r.s.ctx, path)
}
