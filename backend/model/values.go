package model

import (
	"encoding/json"
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// quickValues reads a JSON object in one pass, without building what is not kept: every
// stage reads every record this way. It only takes what it surely reads as encoding/json
// does; ok is false for everything else (damaged text, names that come twice), which
// Values then reads slowly.
func quickValues(raw []byte) (map[string]any, bool) {
	r := reader{s: string(raw), out: make(map[string]any, 16)}
	r.blanks()
	if !r.take('{') || !r.object("", 0) {
		return nil, false
	}
	return r.out, true
}

// reader stands at a place in a JSON text. Its methods give false where they give up. What
// it reads it keeps in out, or in the cells of a picker.
type reader struct {
	s     string
	at    int
	out   map[string]any
	pick  *Picker
	cells []Cell
	// nested names objects that were flattened: a name that comes again replaces all of it.
	nested []string
}

// Bounds of what is read quickly.
const (
	mostDeep   = 50
	mostNested = 32
)

func (r *reader) blanks() {
	for r.at < len(r.s) {
		switch r.s[r.at] {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return
		}
	}
}

func (r *reader) take(c byte) bool {
	if r.at < len(r.s) && r.s[r.at] == c {
		r.at++
		return true
	}
	return false
}

// object reads the members of an object whose brace was taken.
func (r *reader) object(prefix string, deep int) bool {
	r.blanks()
	if r.take('}') {
		return true
	}
	for {
		r.blanks()
		name, ok := r.text()
		if !ok {
			return false
		}
		if prefix != "" {
			name = prefix + "." + name
		}
		r.blanks()
		if !r.take(':') {
			return false
		}
		r.blanks()
		if !r.member(name, deep) {
			return false
		}
		r.blanks()
		if r.take('}') {
			return true
		}
		if !r.take(',') {
			return false
		}
	}
}

// member reads one value and keeps it under its name.
func (r *reader) member(name string, deep int) bool {
	slot, twice := r.slot(name)
	if twice {
		return false
	}
	for _, n := range r.nested {
		if n == name {
			return false
		}
	}
	if r.take('{') {
		r.blanks()
		if r.take('}') {
			r.keep(slot, name, Cell{Kind: TextCell, Text: "{}"})
			return true
		}
		if r.nested = append(r.nested, name); deep == mostDeep || len(r.nested) > mostNested {
			return false
		}
		return r.object(name, deep+1)
	}
	if r.at < len(r.s) && r.s[r.at] == '[' {
		return r.list(slot, name)
	}
	c, ok := r.scalar()
	if ok {
		r.keep(slot, name, c)
	}
	return ok
}

// slot tells where a value belongs, -1: nowhere in the cells, and whether it is there already.
func (r *reader) slot(name string) (slot int, twice bool) {
	if r.pick == nil {
		_, twice = r.out[name]
		return -1, twice
	}
	slot, ok := r.pick.slots[name]
	if !ok {
		return -1, false
	}
	return slot, r.cells[slot].Kind != NoCell
}

func (r *reader) keep(slot int, name string, c Cell) {
	if slot >= 0 {
		r.cells[slot] = c
	} else if r.pick == nil {
		r.out[name] = c.Value()
	}
}

// scalar reads a text, a number as its digits, a truth value or nothing.
func (r *reader) scalar() (c Cell, ok bool) {
	if r.at == len(r.s) {
		return c, false
	}
	switch r.s[r.at] {
	case '"':
		c.Kind = TextCell
		c.Text, ok = r.text()
		return c, ok
	case 't':
		return Cell{Kind: TrueCell}, r.word("true")
	case 'f':
		return Cell{Kind: FalseCell}, r.word("false")
	case 'n':
		return Cell{Kind: NullCell}, r.word("null")
	}
	c.Kind = TextCell
	c.Text, ok = r.number()
	return c, ok
}

func (r *reader) word(w string) bool {
	if !strings.HasPrefix(r.s[r.at:], w) {
		return false
	}
	r.at += len(w)
	return true
}

func (r *reader) number() (string, bool) {
	from := r.at
	digits := func() bool {
		start := r.at
		for r.at < len(r.s) && r.s[r.at]-'0' <= 9 {
			r.at++
		}
		return r.at > start
	}
	r.take('-')
	if !r.take('0') && !digits() {
		return "", false
	}
	if r.take('.') && !digits() {
		return "", false
	}
	if r.take('e') || r.take('E') {
		if !r.take('+') {
			r.take('-')
		}
		if !digits() {
			return "", false
		}
	}
	return r.s[from:r.at], true
}

// list reads a list of plain values; another one is left to encoding/json.
func (r *reader) list(slot int, name string) bool {
	start := r.at
	r.at++
	r.blanks()
	out := []string{}
	if r.take(']') {
		r.keep(slot, name, Cell{Kind: ListCell, List: out})
		return true
	}
	for {
		r.blanks()
		if r.at < len(r.s) && (r.s[r.at] == '{' || r.s[r.at] == '[') {
			r.at = start
			return r.anyList(slot, name)
		}
		c, ok := r.scalar()
		if !ok {
			return false
		}
		if c.Kind != NullCell {
			out = append(out, c.String())
		}
		r.blanks()
		if r.take(']') {
			r.keep(slot, name, Cell{Kind: ListCell, List: out})
			return true
		}
		if !r.take(',') {
			return false
		}
	}
}

func (r *reader) anyList(slot int, name string) bool {
	dec := json.NewDecoder(strings.NewReader(r.s[r.at:]))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return false
	}
	r.at += int(dec.InputOffset())
	r.keep(slot, name, CellOf(scalar(v)))
	for k, x := range pairs(name, v) {
		slot, twice := r.slot(k)
		if twice {
			return false
		}
		r.keep(slot, k, CellOf(x))
	}
	return true
}

// text reads a quoted text. What has no escapes is a part of the record, not a copy.
func (r *reader) text() (string, bool) {
	if !r.take('"') {
		return "", false
	}
	from, plain := r.at, true
	for r.at < len(r.s) {
		if r.at += ordinary(r.s[r.at:]); r.at == len(r.s) {
			break
		}
		switch c := r.s[r.at]; {
		case c == '"':
			s := r.s[from:r.at]
			r.at++
			if plain {
				return s, utf8.ValidString(s)
			}
			return unescape(s)
		case c == '\\':
			plain = false
			r.at++ // what follows may be a quote
		case c < ' ':
			return "", false
		}
		r.at++
	}
	return "", false
}

// ordinary measures how far a text goes on without quotes, backslashes and control signs;
// it may stop early. It looks at eight bytes at once: most of what is read are long texts.
func ordinary(s string) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		// A byte less than n borrows from its top bit, unless that was set: those are no signs of ours.
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		if found := ((w - ones*' ') | (quote - ones) | (slash - ones)) & ^w & tops; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	return i
}

// unescape reads the escapes of a text; half of a pair is left to encoding/json.
func unescape(s string) (string, bool) {
	if !utf8.ValidString(s) {
		return "", false
	}
	var b strings.Builder
	b.Grow(len(s))
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			b.WriteString(s)
			return b.String(), true
		}
		b.WriteString(s[:i])
		if s = s[i+1:]; s == "" {
			return "", false
		}
		c := s[0]
		s = s[1:]
		if c != 'u' {
			j := strings.IndexByte(`"\/bfnrt`, c)
			if j < 0 {
				return "", false
			}
			b.WriteByte("\"\\/\b\f\n\r\t"[j])
			continue
		}
		u, ok := hex4(s)
		if !ok {
			return "", false
		}
		s = s[4:]
		if utf16.IsSurrogate(u) {
			if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
				return "", false
			}
			low, ok := hex4(s[2:])
			if u = utf16.DecodeRune(u, low); !ok || u == utf8.RuneError {
				return "", false
			}
			s = s[6:]
		}
		if u < utf8.RuneSelf {
			b.WriteByte(byte(u))
		} else {
			b.WriteRune(u)
		}
	}
}

func hex4(s string) (r rune, ok bool) {
	if len(s) < 4 {
		return 0, false
	}
	for i := range 4 {
		c := rune(s[i])
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | c
	}
	return r, true
}
