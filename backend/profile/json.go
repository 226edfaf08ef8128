package profile

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"waybill/backend/model"
)

// quick reads a record in one pass. It takes only what it surely reads as model.Values
// does, and gives false for the rest.
func (t *taker) quick(raw []byte) bool {
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
		i = t.member(raw, blanks(raw, i+1), name)
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
func (t *taker) member(raw []byte, i int, name []byte) int {
	if i >= len(raw) {
		return -1
	}
	start := len(t.arena)
	switch c := raw[i]; {
	case c == '"':
		if i = t.text(raw, i+1); i < 0 {
			return -1
		}
	case c == '-' || c >= '0' && c <= '9':
		end := number(raw, i)
		if end < 0 {
			return -1
		}
		t.arena = append(t.arena, raw[i:end]...)
		i = end
	case c == 't' && bytes.HasPrefix(raw[i:], []byte("true")):
		t.arena, i = append(t.arena, "true"...), i+4
	case c == 'f' && bytes.HasPrefix(raw[i:], []byte("false")):
		t.arena, i = append(t.arena, "false"...), i+5
	case c == 'n' && bytes.HasPrefix(raw[i:], []byte("null")):
		i += 4
	case c == '{' || c == '[':
		return t.nested(raw, i, name)
	default:
		return -1
	}
	if !t.put(t.columnOf(name), start) {
		return -1
	}
	return i
}

// nested gives a value that is an object or a list to model.Values, under its name.
func (t *taker) nested(raw []byte, i int, name []byte) int {
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
		t.outer = append(t.outer, name)
	}
	for _, n := range model.Names(values) {
		start := len(t.arena)
		t.arena = append(t.arena, model.Plain(values[n])...)
		if !t.put(t.columnOf([]byte(n)), start) {
			return -1
		}
	}
	return end
}

// twice says whether a name came both with a nested value and with another one: then the
// last of them counts, which only the slow way knows.
func (t *taker) twice() bool {
	for i, name := range t.outer {
		if col, ok := t.byName[string(name)]; ok && t.met[col] == t.at {
			return true
		}
		for _, other := range t.outer[:i] {
			if bytes.Equal(name, other) {
				return true
			}
		}
	}
	return false
}

// text appends a quoted text's meaning to the arena; i stands behind the quote.
func (t *taker) text(raw []byte, i int) int {
	begin, high := len(t.arena), uint64(0)
	for {
		n, beyond := ordinary(raw[i:])
		t.arena = append(t.arena, raw[i:i+n]...)
		high |= beyond
		i += n
		switch {
		case i >= len(raw) || raw[i] < ' ':
			return -1
		case raw[i] == '"':
			if high&tops != 0 && !utf8.Valid(t.arena[begin:]) {
				return -1
			}
			return i + 1
		}
		if i+1 >= len(raw) { // a backslash
			return -1
		}
		if raw[i+1] == 'u' {
			r, ok := unit(raw, i+2)
			if !ok {
				return -1
			}
			t.arena = utf8.AppendRune(t.arena, r)
			i += 6
			continue
		}
		plain := escapes[raw[i+1]]
		if plain == 0 {
			return -1
		}
		t.arena = append(t.arena, plain)
		i += 2
	}
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

// ordinary measures how far a text goes on without quotes, backslashes and control signs. It
// looks at eight bytes at once. beyond has one of tops when there is more than ASCII.
func ordinary(s []byte) (n int, beyond uint64) {
	const ones = 0x0101010101010101
	for ; n+8 <= len(s); n += 8 {
		w := binary.LittleEndian.Uint64(s[n:])
		// A byte less than n borrows from its top bit, unless that was set: those are no signs of ours.
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		if found := ((w - ones*' ') | (quote - ones) | (slash - ones)) & ^w & tops; found != 0 {
			k := bits.TrailingZeros64(found) / 8
			return n + k, beyond | w&(1<<(8*k)-1)
		}
		beyond |= w
	}
	for ; n < len(s) && s[n] >= ' ' && s[n] != '"' && s[n] != '\\'; n++ {
		beyond |= uint64(s[n])
	}
	return n, beyond
}

// escapes are the signs that a backslash and a letter stand for.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'n': '\n', 'r': '\r', 't': '\t', 'b': '\b', 'f': '\f'}

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
