package profile

import (
	"bytes"
	"unicode/utf8"

	"waybill/backend/model"
)

// block holds the values of some records, column by column, so that one column's
// counters stay in the processor's cache while they are used.
type block struct {
	arena []byte
	cols  []column
	// byName finds a column; order is the order in which columns came up.
	byName map[string]int
	rows   int
	// row are the values of the record that is being read; nothing of it is kept until
	// the whole record turned out to be readable.
	row []cell
	// met says for each column in which record it was met last: names that come twice
	// in a record are read slowly, as model.Values reads them.
	met []int
	at  int
	// outer are the names of this record's nested values that are no columns themselves.
	outer [][]byte
	// guess is the column that is expected next: records of one desk name their
	// fields in one order.
	guess int
}

// column is one field in a block.
type column struct {
	name  string
	cells []cell
}

// cell is one value: which record of the block, and where it lies in the arena.
type cell struct {
	row, col   int32
	start, end int32
}

func newBlock(names []string) *block {
	b := &block{byName: map[string]int{}}
	for _, n := range names {
		b.column(n)
	}
	return b
}

func (b *block) column(name string) int {
	if i, ok := b.byName[name]; ok {
		return i
	}
	b.cols = append(b.cols, column{name: name})
	b.met = append(b.met, -1)
	b.byName[name] = len(b.cols) - 1
	return len(b.cols) - 1
}

// columnOf finds the column of a name that stands in a record.
func (b *block) columnOf(name []byte) int {
	if b.guess < len(b.cols) && b.cols[b.guess].name == string(name) {
		b.guess++
		return b.guess - 1
	}
	i, ok := b.byName[string(name)]
	if !ok {
		i = b.column(string(name))
	}
	b.guess = i + 1
	return i
}

// clear empties the block for the next records; the columns stay.
func (b *block) clear() {
	b.arena, b.rows = b.arena[:0], 0
	for i := range b.cols {
		b.cols[i].cells = b.cols[i].cells[:0]
	}
}

// add takes one record in; false says that it could not be read and has no values.
func (b *block) add(raw []byte) bool {
	keep, known := len(b.arena), len(b.cols)
	b.at++
	b.row, b.outer, b.guess = b.row[:0], b.outer[:0], 0
	if !b.quick(raw) || b.twice() {
		for _, c := range b.cols[known:] {
			delete(b.byName, c.name)
		}
		b.cols, b.met = b.cols[:known], b.met[:known]
		b.arena, b.row = b.arena[:keep], b.row[:0]
		b.at++
		if !b.slow(raw) {
			b.arena = b.arena[:keep]
			return false
		}
	}
	for _, c := range b.row {
		b.cols[c.col].cells = append(b.cols[c.col].cells, c)
	}
	b.rows++
	return true
}

// slow reads a record as every other stage does.
func (b *block) slow(raw []byte) bool {
	values, err := model.Values(raw)
	if err != nil {
		return false
	}
	for _, name := range model.Names(values) {
		start := len(b.arena)
		b.arena = append(b.arena, model.Plain(values[name])...)
		b.put(b.column(name), start)
	}
	return true
}

// put notes the end of a value that was appended to the arena; false when this record had
// that name before.
func (b *block) put(col, start int) bool {
	if b.met[col] == b.at {
		return false
	}
	b.met[col] = b.at
	if len(b.arena) > start {
		b.row = append(b.row, cell{row: int32(b.rows), col: int32(col), start: int32(start), end: int32(len(b.arena))}) //nolint:gosec // a block is cut far below 2 GB
	}
	return true
}

// quick reads a record in one pass. It takes only what it surely reads as model.Values
// does, and gives false for the rest.
func (b *block) quick(raw []byte) bool {
	i := blanks(raw, 0)
	if i >= len(raw) || raw[i] != '{' {
		return false
	}
	i = blanks(raw, i+1)
	if i < len(raw) && raw[i] == '}' {
		return blanks(raw, i+1) == len(raw)
	}
	for {
		name, next := plainText(raw, i)
		if next < 0 {
			return false
		}
		i = blanks(raw, next)
		if i >= len(raw) || raw[i] != ':' {
			return false
		}
		i = b.member(raw, blanks(raw, i+1), name)
		if i < 0 {
			return false
		}
		i = blanks(raw, i)
		if i >= len(raw) {
			return false
		}
		switch raw[i] {
		case ',':
			i = blanks(raw, i+1)
		case '}':
			return blanks(raw, i+1) == len(raw)
		default:
			return false
		}
	}
}

// member reads one value and gives the place behind it, or -1.
func (b *block) member(raw []byte, i int, name []byte) int {
	if i >= len(raw) {
		return -1
	}
	start := len(b.arena)
	switch c := raw[i]; {
	case c == '"':
		if i = b.text(raw, i+1); i < 0 {
			return -1
		}
	case c == '-' || c >= '0' && c <= '9':
		end := number(raw, i)
		if end < 0 {
			return -1
		}
		b.arena = append(b.arena, raw[i:end]...)
		i = end
	case c == 't' && bytes.HasPrefix(raw[i:], []byte("true")):
		b.arena, i = append(b.arena, "true"...), i+4
	case c == 'f' && bytes.HasPrefix(raw[i:], []byte("false")):
		b.arena, i = append(b.arena, "false"...), i+5
	case c == 'n' && bytes.HasPrefix(raw[i:], []byte("null")):
		i += 4
	case c == '{' || c == '[':
		return b.nested(raw, i, name)
	default:
		return -1
	}
	if !b.put(b.columnOf(name), start) {
		return -1
	}
	return i
}

// nested gives a value that is an object or a list to model.Values, under its name.
func (b *block) nested(raw []byte, i int, name []byte) int {
	end := closing(raw, i)
	if end < 0 {
		return -1
	}
	one := make([]byte, 0, end-i+len(name)+5)
	one = append(append(append(one, '{', '"'), name...), '"', ':')
	one = append(append(one, raw[i:end]...), '}')
	values, err := model.Values(one)
	if err != nil {
		return -1
	}
	if _, own := values[string(name)]; !own {
		b.outer = append(b.outer, name)
	}
	for _, n := range model.Names(values) {
		start := len(b.arena)
		b.arena = append(b.arena, model.Plain(values[n])...)
		if !b.put(b.columnOf([]byte(n)), start) {
			return -1
		}
	}
	return end
}

// twice says whether a name came both with a nested value and with another one: then the
// last of them counts, which only the slow way knows.
func (b *block) twice() bool {
	for i, name := range b.outer {
		if col, ok := b.byName[string(name)]; ok && b.met[col] == b.at {
			return true
		}
		for _, other := range b.outer[:i] {
			if bytes.Equal(name, other) {
				return true
			}
		}
	}
	return false
}

// closing finds the place behind the object or list that begins at i.
func closing(raw []byte, i int) int {
	deep := 0
	for ; i < len(raw); i++ {
		switch raw[i] {
		case '{', '[':
			deep++
		case '}', ']':
			if deep--; deep == 0 {
				return i + 1
			}
		case '"':
			for i++; i < len(raw) && raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
		}
	}
	return -1
}

func blanks(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\t' || raw[i] == '\r' || raw[i] == '\n') {
		i++
	}
	return i
}

// plainText reads a quoted text without escapes or anything beyond ASCII: a name.
func plainText(raw []byte, i int) (text []byte, next int) {
	if i >= len(raw) || raw[i] != '"' {
		return nil, -1
	}
	for j := i + 1; j < len(raw); j++ {
		switch c := raw[j]; {
		case c == '"':
			return raw[i+1 : j], j + 1
		case c == '\\' || c < ' ' || c >= utf8.RuneSelf:
			return nil, -1
		}
	}
	return nil, -1
}

// text appends a quoted text's meaning to the arena; i stands behind the quote.
func (b *block) text(raw []byte, i int) int {
	from, high := i, false
	begin := len(b.arena)
	for ; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '"':
			b.arena = append(b.arena, raw[from:i]...)
			if high && !utf8.Valid(b.arena[begin:]) {
				return -1
			}
			return i + 1
		case c == '\\':
			b.arena = append(b.arena, raw[from:i]...)
			if i+1 >= len(raw) {
				return -1
			}
			var plain byte
			switch raw[i+1] {
			case '"', '\\', '/':
				plain = raw[i+1]
			case 'n':
				plain = '\n'
			case 'r':
				plain = '\r'
			case 't':
				plain = '\t'
			case 'b':
				plain = '\b'
			case 'f':
				plain = '\f'
			case 'u':
				r, ok := unit(raw, i+2)
				if !ok {
					return -1
				}
				b.arena = utf8.AppendRune(b.arena, r)
				i += 5
				from = i + 1
				continue
			default:
				return -1
			}
			b.arena = append(b.arena, plain)
			i++
			from = i + 1
		case c < ' ':
			return -1
		case c >= utf8.RuneSelf:
			high = true
		}
	}
	return -1
}

// unit reads the four digits of an escape; pairs of surrogates are left to the slow way.
func unit(raw []byte, i int) (rune, bool) {
	if i+4 > len(raw) {
		return 0, false
	}
	r := rune(0)
	for _, c := range raw[i : i+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, r < 0xD800 || r > 0xDFFF
}

// number finds the end of a number as JSON writes it, or -1.
func number(raw []byte, i int) int {
	digits := func() bool {
		from := i
		for i < len(raw) && raw[i] >= '0' && raw[i] <= '9' {
			i++
		}
		return i > from
	}
	if raw[i] == '-' {
		i++
	}
	zero := i < len(raw) && raw[i] == '0'
	from := i
	if !digits() || zero && i-from > 1 {
		return -1
	}
	if i < len(raw) && raw[i] == '.' {
		if i++; !digits() {
			return -1
		}
	}
	if i < len(raw) && (raw[i] == 'e' || raw[i] == 'E') {
		if i++; i < len(raw) && (raw[i] == '+' || raw[i] == '-') {
			i++
		}
		if !digits() {
			return -1
		}
	}
	return i
}
