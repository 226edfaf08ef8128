package transform

import (
	"strings"
	"time"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// SourceValue is a source field with its value in one record.
type SourceValue struct {
	Field string
	Title string
	Value string
}

// Explanation tells how one target field of one record gets its value.
type Explanation struct {
	Sources []SourceValue
	// Rule in words.
	Rule string
	// Result as text; empty with Empty when the field stays empty.
	Result string
	Empty  bool
	// Problem for which the record is held, if any.
	Problem *problem.Problem
}

// Explain shows how a target field of a record gets its value, for the live preview.
func (p *Program) Explain(r model.Record, field string) Explanation {
	var e Explanation
	if len(p.objects[r.Key.Object]) == 0 {
		e.Rule, e.Empty = "These records are not moved.", true
		return e
	}
	d, problems := p.Apply(r)
	for _, x := range problems {
		if x.Where.Field == field || x.Where.Field == "" {
			e.Problem = x
			break
		}
	}
	w, why := p.read(r)
	if why != nil {
		e.Empty = true
		return e
	}
	o := w.object
	e.Rule = "Left out."
	for _, ru := range o.rules {
		if ru.Target != field {
			continue
		}
		e.Rule = mapping.Explain(ru.FieldMap)
		for _, s := range ru.UsedSources() {
			v := SourceValue{Field: s, Title: s, Value: w.text(s)}
			if f := o.fields[s]; f != nil {
				v.Title = name(f.Field)
			}
			e.Sources = append(e.Sources, v)
		}
	}
	if v, ok := d.Fields[field]; ok {
		e.Result = Show(v)
		return e
	}
	for _, l := range d.Links {
		if l.Field == field && len(l.To) > 0 {
			e.Result = string(l.To[0].Object) + " " + l.To[0].Value
			return e
		}
	}
	e.Empty = true
	return e
}

// Show writes a draft's value for people.
func Show(v any) string {
	if t, ok := v.(time.Time); ok {
		return t.UTC().Format("2006-01-02 15:04:05") + " UTC"
	}
	return model.Plain(v)
}

// Before shows the source values that a rule used, for people.
func (e Explanation) Before() string {
	parts := make([]string, 0, len(e.Sources))
	for _, s := range e.Sources {
		if s.Value != "" {
			parts = append(parts, s.Value)
		}
	}
	return strings.Join(parts, " | ")
}
