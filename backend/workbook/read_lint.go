package workbook

import (
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// lint finds what the changes broke, and says in which cell.
func (rd *reader) lint(v mapping.Version) {
	type id struct {
		code          problem.Code
		object, field string
		value         string
	}
	of := func(p *problem.Problem) id { return id{p.Code, p.Where.Object, p.Where.Field, p.Where.Value} }
	known := map[id]bool{}
	for _, p := range rd.base.Lint(rd.src, rd.dst) {
		known[of(p)] = true
	}
	for _, p := range v.Lint(rd.src, rd.dst) {
		if known[of(p)] || p.Code == mapping.CodeUndecided {
			continue
		}
		at := rd.cellOf(p, v)
		w := problem.Place{Sheet: at.sheet, Cell: at.cell, Value: clip(p.Where.Value), Column: p.Where.Column, Object: p.Where.Object, Field: p.Where.Field}
		rd.found = append(rd.found, problem.Wrap(p.Unwrap(), CodeMistake, p.What, p.Why, p.Next).At(w))
	}
}

func (rd *reader) cellOf(p *problem.Problem, v mapping.Version) cellRef {
	object := model.Object(p.Where.Object)
	m, _ := v.Object(object)
	f, _ := m.Field(p.Where.Field)
	column := colRule
	switch p.Code {
	case mapping.CodeFormula:
		column = colFormula
	case mapping.CodeNoSourceName:
		if column = colSource; f.Rule == mapping.Formula {
			column = colFormula
		}
	case mapping.CodeNoSources, mapping.CodeLink:
		column = colSource
	case mapping.CodeFixed, mapping.CodeOption:
		switch p.Where.Value {
		case f.Fixed:
			column = colFixed
		case f.EmptyValue:
			column = colEmptyValue
		case f.UnknownValue:
			column = colUnknownValue
		}
		for _, x := range f.Values {
			if x.To == p.Where.Value && x.Decided {
				column = colBecomes + x.From
			}
		}
		if p.Where.Value == "" {
			if column = colUnknownValue; f.IfEmpty == model.OtherwiseUse && f.EmptyValue == "" {
				column = colEmptyValue
			}
		}
	case mapping.CodeRequired:
		if f.Rule == mapping.Fixed {
			column = colFixed
		}
	}
	return rd.places[place{object, p.Where.Field, column}]
}
