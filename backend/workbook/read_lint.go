package workbook

import (
	"strings"

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
	for _, p := range rd.base.Lint(rd.want.Src, rd.want.Dst) {
		known[of(p)] = true
	}
	for _, p := range v.Lint(rd.want.Src, rd.want.Dst) {
		if known[of(p)] || p.Code == mapping.CodeUndecided {
			continue
		}
		sheet, cell := rd.cellOf(p, v)
		w := problem.Place{Sheet: sheet, Cell: cell, Value: clip(p.Where.Value), Column: p.Where.Column, Object: p.Where.Object, Field: p.Where.Field}
		rd.found = append(rd.found, problem.Wrap(p.Unwrap(), CodeMistake, p.What, p.Why, p.Next).At(w))
	}
}

// cellOf finds the cell of a rule's mistake. Where a source object goes several ways, the first
// one that has the field and the value is blamed.
func (rd *reader) cellOf(p *problem.Problem, v mapping.Version) (sheet, cell string) {
	for _, m := range v.Branches(model.Object(p.Where.Object)) {
		f, _ := m.Field(p.Where.Field)
		at := spot{source: m.Source, branch: m.Branch(), field: p.Where.Field}
		column := columnOf(p, f)
		if from, ok := strings.CutPrefix(column, colBecomes+"\x00"); ok {
			at.value, at.listed, column = from, true, colBecomes
		}
		if l, ok := rd.spots[at]; ok {
			return l.tab.name, cellName(l.row, l.tab.col(column))
		}
	}
	return "", ""
}

// columnOf is where a mistake of a rule stands; of a value list with the value behind it.
func columnOf(p *problem.Problem, f mapping.FieldMap) string {
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
				column = colBecomes + "\x00" + x.From
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
	return column
}
