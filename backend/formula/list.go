package formula

import "strings"

// array is a list, or a table of rows and columns, while a formula is computed.
type array struct {
	rows, cols int
	cells      []Value // row by row
	index      func() map[string]int
}

// most is how many values a list may have, unless it is a column of a table.
const most = 20_000

func listOf(rows, cols int, cells []Value) Value {
	if len(cells) == 1 {
		return cells[0]
	}
	if len(cells) == 0 {
		return Error(ErrCalc)
	}
	return Value{kind: KindList, arr: &array{rows: rows, cols: cols, cells: cells}}
}

// at gives a value of the list; one row or one column serves all, as in Excel.
func (a *array) at(row, col int) Value {
	if a.rows == 1 {
		row = 0
	}
	if a.cols == 1 {
		col = 0
	}
	if row >= a.rows || col >= a.cols {
		return Error(ErrNA)
	}
	return a.cells[row*a.cols+col]
}

// list sees any value as a list.
func (v Value) list() *array {
	if v.arr != nil {
		return v.arr
	}
	return &array{rows: 1, cols: 1, cells: []Value{v}}
}

// spreadOut makes a field with several values a list where a function asks for one.
func (r *runner) spreadOut(v Value) Value {
	if r.spread && v.arr != nil && v.kind == KindText {
		v.kind = KindList
	}
	return v
}

// value gives the value of a field by its number.
func (r *runner) value(slot int) Value {
	if r.env.Slot != nil {
		return r.env.Slot(slot)
	}
	return r.env.Field(r.names[slot])
}

// lift applies a function of single values to each value of its lists.
func (r *runner) lift(vals []Value, fn func(*runner, []Value) Value) Value {
	rows, cols := 1, 1
	for _, v := range vals {
		if v.kind == KindList {
			rows, cols = max(rows, v.arr.rows), max(cols, v.arr.cols)
		}
	}
	if rows*cols > most*8 || !r.step(rows*cols) {
		r.step(maxSteps) // more than a formula may
		return Error(ErrValue)
	}
	out := make([]Value, 0, rows*cols)
	one := make([]Value, len(vals))
	for y := range rows {
	cells:
		for x := range cols {
			for i, v := range vals {
				if v.kind == KindList {
					v = v.arr.at(y, x)
				}
				if v.kind == KindError {
					out = append(out, v)
					continue cells
				}
				if one[i] = v; len(v.s) >= readPerStep && !r.step(len(v.s)/readPerStep) {
					return Error(ErrValue)
				}
			}
			v := fn(r, one)
			if v.kind == KindList { // a list in a list is not possible in Excel either
				v = v.arr.cells[0]
			}
			if out = append(out, v); r.over != nil {
				return Error(ErrValue)
			}
		}
	}
	return listOf(rows, cols, out)
}

// each applies a function to a value, or to each of a list.
func (r *runner) each(v Value, fn func(Value) Value) Value {
	if v.kind == KindList {
		return r.lift([]Value{v}, func(_ *runner, a []Value) Value { return fn(a[0]) })
	}
	if v.kind == KindError {
		return v
	}
	return fn(v)
}

// result makes a list what a field with several values is: a text that has a list.
func (r *runner) result(v Value) Value {
	size := 0
	parts := make([]string, len(v.arr.cells))
	for i, c := range v.arr.cells {
		if c.kind == KindError {
			return c
		}
		parts[i] = c.String()
		size += len(parts[i]) + 2
	}
	if !r.made(size) {
		return Error(ErrValue)
	}
	return Value{kind: KindText, s: strings.Join(parts, ", "), arr: v.arr}
}

// flat gives all values of all arguments, one after another; several tells of each whether
// it comes from a list: Excel reads a text there as a text, not as a number.
func flat(a []Value, fn func(v Value, several bool) bool) {
	for _, v := range a {
		if v.arr == nil {
			if !fn(v, false) {
				return
			}
			continue
		}
		for _, c := range v.arr.cells {
			if !fn(c, true) {
				return
			}
		}
	}
}
