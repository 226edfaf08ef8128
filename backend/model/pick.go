package model

import (
	"encoding/json"
)

// CellKind says what a Cell holds.
type CellKind uint8

// The kinds of cells. NoCell: the record does not name the field.
const (
	NoCell CellKind = iota
	NullCell
	TextCell
	TrueCell
	FalseCell
	ListCell
)

// Cell is the value of one field, as Values gives it, without a copy in a box of its own.
type Cell struct {
	Kind CellKind
	Text string
	List []string
}

// Value is the cell as Values gives it.
func (c Cell) Value() any {
	switch c.Kind {
	case TextCell:
		return c.Text
	case TrueCell:
		return true
	case FalseCell:
		return false
	case ListCell:
		return c.List
	}
	return nil
}

// String shows the cell as Plain shows its value.
func (c Cell) String() string {
	switch c.Kind {
	case TextCell:
		return c.Text
	case TrueCell:
		return "true"
	case FalseCell:
		return "false"
	case ListCell:
		return Plain(c.List)
	}
	return ""
}

// CellOf makes a cell of what Values gives.
func CellOf(v any) Cell {
	switch x := v.(type) {
	case nil:
		return Cell{Kind: NullCell}
	case string:
		return Cell{Kind: TextCell, Text: x}
	case bool:
		if x {
			return Cell{Kind: TrueCell}
		}
		return Cell{Kind: FalseCell}
	case []string:
		return Cell{Kind: ListCell, List: x}
	}
	return Cell{Kind: TextCell, Text: Plain(v)}
}

// Picker reads chosen fields of records, each into its own cell. It may be used by many
// goroutines at once.
type Picker struct {
	slots map[string]int
}

// NewPicker makes a picker of fields by their names, as Values names them.
func NewPicker(names []string) *Picker {
	p := &Picker{slots: make(map[string]int, len(names))}
	for _, n := range names {
		if _, ok := p.slots[n]; !ok {
			p.slots[n] = len(p.slots)
		}
	}
	return p
}

// Len is how many fields are picked.
func (p *Picker) Len() int { return len(p.slots) }

// Slot gives the number of a field's cell.
func (p *Picker) Slot(name string) (int, bool) {
	i, ok := p.slots[name]
	return i, ok
}

// Pick reads a record into cells, of which there must be Len; they are all set anew.
func (p *Picker) Pick(raw json.RawMessage, cells []Cell) error {
	clear(cells)
	r := reader{s: string(raw), pick: p, cells: cells}
	if r.blanks(); r.take('{') && r.object("", 0) {
		return nil
	}
	values, err := slowValues(raw)
	if err != nil {
		return err
	}
	clear(cells)
	for name, v := range values {
		if i, ok := p.slots[name]; ok {
			cells[i] = CellOf(v)
		}
	}
	return nil
}
