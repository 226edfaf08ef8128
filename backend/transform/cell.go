package transform

import (
	"strings"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/model"
)

// Tables gives the program the look-up tables that its formulas name; call it before the
// program is used. Without it a formula that looks something up gives #REF!.
func (p *Program) Tables(t formula.Tables) {
	for _, list := range p.objects {
		for _, o := range list {
			o.tables = t
		}
	}
}

// env is what a formula sees of the record.
func (w *row) env() formula.Env {
	if w.seeing.Field == nil {
		w.seeing.Field = w.cell
	}
	w.seeing.Tables = w.object.tables
	return w.seeing
}

// cell gives a source value to a formula.
func (w *row) cell(field string) formula.Value {
	f := w.object.fields[field]
	c := w.filled(field)
	switch c.Kind {
	case model.TrueCell, model.FalseCell:
		return formula.Logical(c.Kind == model.TrueCell)
	case model.ListCell:
		return formula.FieldList(c.List)
	case model.TextCell:
		if f != nil {
			return f.cell(w, c.Text)
		}
		return formula.FieldText(c.Text)
	}
	if f == nil && field == formula.RawField && w.raw(field).Kind == model.NoCell {
		return formula.FieldText(string(w.record.Raw))
	}
	return formula.Blank()
}

// cell is a text of the field as its type reads it.
func (f *sourceField) cell(w *row, text string) formula.Value {
	switch f.Type {
	case model.Number, model.Integer:
		return formula.FieldNumber(strings.TrimSpace(text))
	case model.Bool:
		if b, ok := mapping.Truth(text); ok {
			return formula.Logical(b)
		}
	case model.Options, model.Tags:
		if f.Separator != "" {
			return formula.FieldList(w.list(f.Name))
		}
	case model.Date, model.DateTime:
		if f.date != nil {
			if t, day, err := f.date.Parse(text); err == nil {
				return formula.FieldDate(text, t, day)
			}
		}
	}
	return formula.FieldText(text)
}
