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
	w.seeing.Slot = nil
	w.seeing.Tables = w.object.tables
	return w.seeing
}

// envOf is env for the formula of a rule, whose fields were found once.
func (w *row) envOf(r *rule) formula.Env {
	e := w.env()
	if len(r.uses) > 0 && w.pick == r.pick {
		if w.bySlot == nil {
			w.bySlot = w.cellAt
		}
		w.uses, e.Slot = r.uses, w.bySlot
	}
	return e
}

// use is a field that a formula uses: where its value stands, and how it is read.
type use struct {
	slot  int
	field *sourceField
}

// usesOf finds the fields of a formula; none when one of them is not a field of the source.
func (o *object) usesOf(e *formula.Expr) []use {
	var out []use
	for _, name := range e.Fields() {
		i, ok := o.pick.Slot(name)
		if !ok || o.fields[name] == nil {
			return nil
		}
		out = append(out, use{i, o.fields[name]})
	}
	return out
}

// cellAt gives the value of the formula's field with that number.
func (w *row) cellAt(i int) formula.Value {
	u := w.uses[i]
	return u.field.value(w, u.field.filled(w.cells[u.slot]))
}

// cell gives a source value to a formula.
func (w *row) cell(field string) formula.Value {
	f := w.object.fields[field]
	if f == nil && field == formula.RawField && w.raw(field).Kind == model.NoCell {
		return formula.FieldText(string(w.record.Raw))
	}
	return f.value(w, w.filled(field))
}

// value is a cell as a formula sees it.
func (f *sourceField) value(w *row, c model.Cell) formula.Value {
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
