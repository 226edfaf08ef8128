package transform

import (
	"strings"
	"sync"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/model"
)

// row is one record while it is transformed.
type row struct {
	record model.Record
	object *object
	// cells are the values of the source's known fields, by the numbers that pick gives.
	pick  *model.Picker
	cells []model.Cell
	// others are the values of fields that the source's shape does not name, once asked for.
	others map[string]any
	// addresses of those who were merged into it.
	addresses []string
	// kept are words of value lists that the target's values would lose.
	kept []keptWord
	// seeing is what formulas see of the record, once one asked.
	seeing formula.Env
	// uses are the fields of the formula that is computed; bySlot gives their values.
	uses   []use
	bySlot func(int) formula.Value
}

// rows are used again: there are many records, and each is done with before the next.
var rows = sync.Pool{New: func() any { return new(row) }}

// newRow reads a record. A row that is done with may be given back with done.
func newRow(o *object, r model.Record) (*row, error) {
	w, _ := rows.Get().(*row)
	w.record, w.object, w.pick = r, o, o.pick
	if w.pick == nil {
		return w, w.readOthers()
	}
	if n := w.pick.Len(); cap(w.cells) < n {
		w.cells = make([]model.Cell, n)
	} else {
		w.cells = w.cells[:n]
	}
	return w, w.pick.Pick(r.Raw, w.cells)
}

// done gives the row back; nothing of it is used any more. It keeps nothing of the record.
func (w *row) done() {
	cells, env, bySlot := w.cells, w.seeing, w.bySlot
	clear(cells)
	env.Tables = nil
	*w = row{cells: cells, seeing: env, bySlot: bySlot}
	rows.Put(w)
}

func (w *row) readOthers() (err error) {
	w.others, err = model.Values(w.record.Raw)
	return err
}

// raw is a value as the source gave it, or as it was corrected.
func (w *row) raw(field string) model.Cell {
	if w.pick != nil {
		if i, ok := w.pick.Slot(field); ok {
			return w.cells[i]
		}
	}
	if w.others == nil && w.readOthers() != nil {
		w.others = map[string]any{} // it was read before, so this cannot be
	}
	v, ok := w.others[field]
	if !ok {
		return model.Cell{}
	}
	return model.CellOf(v)
}

// set changes a value.
func (w *row) set(field string, v any) {
	if w.pick != nil {
		if i, ok := w.pick.Slot(field); ok {
			w.cells[i] = model.CellOf(v)
			return
		}
	}
	_ = w.raw(field) // reads the others
	w.others[field] = v
}

// filled is a value as its field is to be read; without a kind when there is nothing.
func (w *row) filled(field string) model.Cell {
	return w.object.fields[field].filled(w.raw(field))
}

// filled gives no cell where there is nothing.
func (f *sourceField) filled(c model.Cell) model.Cell {
	switch c.Kind {
	case model.TextCell:
		if f.isEmpty(c.Text) {
			return model.Cell{}
		}
	case model.ListCell:
		if c.List = f.dropEmpty(c.List); len(c.List) == 0 {
			return model.Cell{}
		}
	case model.NullCell:
		return model.Cell{}
	}
	return c
}

// dropEmpty gives the values that are something; the list itself when all are.
func (f *sourceField) dropEmpty(list []string) []string {
	for i, s := range list {
		if !f.isEmpty(s) {
			continue
		}
		kept := append(make([]string, 0, len(list)), list[:i]...)
		for _, s := range list[i+1:] {
			if !f.isEmpty(s) {
				kept = append(kept, s)
			}
		}
		return kept
	}
	return list
}

func (f *sourceField) isEmpty(s string) bool {
	t := strings.TrimSpace(s)
	return t == "" || f != nil && f.empty != nil && f.empty[strings.ToLower(t)]
}

// text is a source value as one text.
func (w *row) text(field string) string { return w.filled(field).String() }

// list is a source value as several ones, by the source's own rule (P-59).
func (w *row) list(field string) []string {
	switch c := w.filled(field); c.Kind {
	case model.NoCell:
		return nil
	case model.ListCell:
		return c.List
	default:
		s := c.String()
		f := w.object.fields[field]
		if f == nil || f.Separator == "" {
			return []string{s}
		}
		parts := mapping.SplitCell(s, f.Separator)
		kept := parts[:0]
		for _, p := range parts {
			if !f.isEmpty(p) {
				kept = append(kept, p)
			}
		}
		return kept
	}
}
