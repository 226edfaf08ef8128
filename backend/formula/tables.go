package formula

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// TableColumn names a column of a look-up table, as Prices[Code] does. The column #Data
// stands for the whole table.
type TableColumn struct{ Table, Column string }

// wholeTable is the column name that stands for all of a table.
const wholeTable = "#Data"

// Tables gives look-up tables to formulas by name, without regard to case.
type Tables interface {
	Table(name string) (*Table, bool)
}

// TableName writes the name of a table as formulas name it: what is neither a letter nor a
// digit becomes an underscore, as in Excel. Price list becomes Price_list.
func TableName(name string) string {
	s := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' {
			return r
		}
		return '_'
	}, strings.TrimSpace(name))
	if r, _ := utf8.DecodeRuneInString(s); s == "" || !unicode.IsLetter(r) {
		s = "_" + s
	}
	return s
}

// Table is a look-up table: named columns of texts. It may be used by many goroutines at once.
type Table struct {
	columns []string
	values  []Value // of each column, as a list
	whole   func() Value
}

// NewTable makes a look-up table. Rows that are too short count as empty at their end.
func NewTable(columns []string, rows [][]string) *Table {
	t := &Table{columns: append([]string(nil), columns...), values: make([]Value, len(columns))}
	for c := range columns {
		cells := make([]Value, len(rows))
		for i, row := range rows {
			if c < len(row) {
				cells[i] = FieldText(row[c])
			}
		}
		a := &array{rows: len(rows), cols: 1, cells: cells}
		a.index = sync.OnceValue(func() map[string]int { return textIndex(cells) })
		t.values[c] = Value{kind: KindList, arr: a}
	}
	t.whole = sync.OnceValue(func() Value {
		a := &array{rows: len(rows), cols: len(columns)}
		for i := range rows {
			for c := range columns {
				a.cells = append(a.cells, t.values[c].arr.cells[i])
			}
		}
		return Value{kind: KindList, arr: a}
	})
	return t
}

// Columns lists the names of the columns.
func (t *Table) Columns() []string { return append([]string(nil), t.columns...) }

// column gives a column as a list, or an error value.
func (t *Table) column(name string) Value {
	v := Error(ErrRef)
	if strings.EqualFold(name, wholeTable) || strings.EqualFold(name, "#All") {
		v = t.whole()
	}
	for i, c := range t.columns {
		if c == name {
			v = t.values[i]
			break
		}
		if strings.EqualFold(c, name) {
			v = t.values[i]
		}
	}
	if v.kind == KindList && len(v.arr.cells) == 0 {
		return Error(ErrNA) // nothing can be found in it
	}
	return v
}

// textIndex says where each text stands first, without regard to case.
func textIndex(cells []Value) map[string]int {
	m := make(map[string]int, len(cells))
	for i, c := range cells {
		if c.kind == KindText {
			k := strings.ToLower(c.s)
			if _, ok := m[k]; !ok {
				m[k] = i
			}
		}
	}
	return m
}

func compileTable(x tableRef) eval {
	return func(r *runner) Value {
		r.step(1)
		if r.env.Tables == nil {
			return Error(ErrRef)
		}
		t, ok := r.env.Tables.Table(x.Table)
		if !ok {
			return Error(ErrRef)
		}
		return t.column(x.Column)
	}
}

func (p *parser) table(name, column token) node {
	ref := TableColumn{name.s, column.s}
	for _, t := range p.tables {
		if t == ref {
			return tableRef{ref}
		}
	}
	p.tables = append(p.tables, ref)
	return tableRef{ref}
}
