package profile

import (
	"waybill/backend/model"
)

// block holds the values of some records, column by column, so that one column's
// counters stay in the processor's cache while they are used.
type block struct {
	arena []byte
	cols  []column
	rows  int
}

// column is one field in a block.
type column struct {
	name  string
	cells []cell
	// hashes of the cells, while they are measured.
	hashes []uint64
}

// cell is one value: which record of the block, and where it lies in the arena.
type cell struct{ row, start, end int32 }

// clear empties the block for the next records; the columns stay.
func (b *block) clear() {
	b.arena, b.rows = b.arena[:0], 0
	for i := range b.cols {
		b.cols[i].cells = b.cols[i].cells[:0]
	}
}

// taker takes records apart into the columns of a block. Blocks change, columns stay in the
// order in which they came up.
type taker struct {
	*block
	names  []string
	byName map[string]int
	// met says for each column in which record it was met last: names that come twice
	// in a record are read slowly, as model.Values reads them.
	met []int
	at  int
	// filled are the columns to which this record gave a cell; they are taken back when it
	// turns out to be unreadable.
	filled []int
	// outer are the names of this record's nested values that are no columns themselves.
	outer [][]byte
	// guess is the column that is expected next: records of one desk name their
	// fields in one order.
	guess int
}

func newTaker(names []string) *taker {
	t := &taker{block: &block{}, byName: map[string]int{}}
	for _, n := range names {
		t.column(n)
	}
	return t
}

// into makes b, which is empty, the block that is filled from now on.
func (t *taker) into(b *block) {
	t.block = b
	t.fit()
}

// full says that n records are enough for a block.
func (t *taker) full(n int) bool { return n >= blockRows || len(t.arena) > pageBytes }

// fit gives the block a column for each name.
func (t *taker) fit() {
	for i := len(t.cols); i < len(t.names); i++ {
		t.cols = append(t.cols, column{name: t.names[i]})
	}
}

func (t *taker) column(name string) int {
	if i, ok := t.byName[name]; ok {
		return i
	}
	t.names = append(t.names, name)
	t.met = append(t.met, -1)
	t.byName[name] = len(t.names) - 1
	t.fit()
	return len(t.names) - 1
}

// columnOf finds the column of a name that stands in a record.
func (t *taker) columnOf(name []byte) int {
	if t.guess < len(t.names) && t.names[t.guess] == string(name) {
		t.guess++
		return t.guess - 1
	}
	i, ok := t.byName[string(name)]
	if !ok {
		i = t.column(string(name))
	}
	t.guess = i + 1
	return i
}

// add takes one record in; false says that it could not be read and has no values.
func (t *taker) add(raw []byte) bool {
	keep, known := len(t.arena), len(t.names)
	t.begin()
	if !t.quick(raw) || t.twice() {
		t.takeBack(keep, known)
		t.begin()
		if !t.slow(raw) {
			t.takeBack(keep, known)
			return false
		}
	}
	t.rows++
	return true
}

func (t *taker) begin() {
	t.at++
	t.filled, t.outer, t.guess = t.filled[:0], t.outer[:0], 0
}

// takeBack forgets what a record gave so far: its values, and the columns that it brought.
func (t *taker) takeBack(arena, columns int) {
	t.arena = t.arena[:arena]
	for _, i := range t.filled {
		t.cols[i].cells = t.cols[i].cells[:len(t.cols[i].cells)-1]
	}
	for _, name := range t.names[columns:] {
		delete(t.byName, name)
	}
	t.names, t.met, t.cols = t.names[:columns], t.met[:columns], t.cols[:columns]
}

// slow reads a record as every other stage does.
func (t *taker) slow(raw []byte) bool {
	values, err := model.Values(raw)
	if err != nil {
		return false
	}
	for _, name := range model.Names(values) {
		start := len(t.arena)
		t.arena = append(t.arena, model.Plain(values[name])...)
		t.put(t.column(name), start)
	}
	return true
}

// put notes the end of a value that was appended to the arena; false when this record had
// that name before.
func (t *taker) put(col, start int) bool {
	if t.met[col] == t.at {
		return false
	}
	t.met[col] = t.at
	if len(t.arena) > start {
		t.cols[col].cells = append(t.cols[col].cells, cell{row: int32(t.rows), start: int32(start), end: int32(len(t.arena))}) //nolint:gosec // a block is cut far below 2 GB
		t.filled = append(t.filled, col)
	}
	return true
}
