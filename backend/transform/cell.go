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
	switch x := w.value(field).(type) {
	case nil:
		if f == nil && field == formula.RawField && w.values[field] == nil {
			return formula.FieldText(string(w.record.Raw))
		}
		return formula.Blank()
	case bool:
		return formula.Logical(x)
	case []string:
		return formula.FieldList(x)
	case string:
		if f == nil {
			return formula.FieldText(x)
		}
		switch f.Type {
		case model.Number, model.Integer:
			return formula.FieldNumber(strings.TrimSpace(x))
		case model.Bool:
			if b, ok := mapping.Truth(x); ok {
				return formula.Logical(b)
			}
		case model.Options, model.Tags:
			if f.Separator != "" {
				return formula.FieldList(w.list(field))
			}
		case model.Date, model.DateTime:
			if f.date != nil {
				if t, day, err := f.date.Parse(x); err == nil {
					return formula.FieldDate(x, t, day)
				}
			}
		}
		return formula.FieldText(x)
	default:
		return formula.FieldText(model.Plain(x))
	}
}
