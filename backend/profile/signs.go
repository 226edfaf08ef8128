package profile

import (
	"encoding/binary"
	"unicode/utf8"
)

// tallies counts the bytes of a value by what they are.
type tallies struct {
	digits, letters, spaces, others int
	// tails are bytes of a character beyond ASCII behind its first one, heads the first ones.
	tails, heads int
	lines, odd   int
	// ats are @, tags < and &; they are among the others too.
	ats, tags int
}

// Ten counters of six bits lie in one number, so that a byte costs one look-up and one addition.
const (
	isDigit = 1 << (6 * iota) // a counter of each, in this order
	isLetter
	isSpace
	isOther
	isTail
	isHead
	isLine
	isOdd
	isAt
	isTag
	mostAtOnce = 63
)

// signs says of each byte which counters it moves.
var signs = func() (of [256]uint64) {
	for i := range of {
		switch c := byte(i); { //nolint:gosec // 0 to 255
		case c >= '0' && c <= '9':
			of[i] = isDigit
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			of[i] = isLetter
		case c == ' ':
			of[i] = isSpace
		case c >= 0xC0:
			of[i] = isHead
		case c >= utf8.RuneSelf:
			of[i] = isTail
		case c == '\n':
			of[i] = isLine
		case c == '\r' || c == '\t':
		case c < ' ' || c == 0x7F:
			of[i] = isOdd
		case c == '@':
			of[i] = isOther + isAt
		case c == '<' || c == '&':
			of[i] = isOther + isTag
		default:
			of[i] = isOther
		}
	}
	return of
}()

// count adds the bytes of a value.
func (t *tallies) count(v []byte) {
	for {
		part := v[:min(len(v), mostAtOnce)]
		sum, rest := uint64(0), part
		for ; len(rest) >= 4; rest = rest[4:] {
			sum += signs[rest[0]] + signs[rest[1]] + (signs[rest[2]] + signs[rest[3]])
		}
		for _, c := range rest {
			sum += signs[c]
		}
		of := func(one uint64) int { return int(sum / one & mostAtOnce) } //nolint:gosec // at most 63
		t.digits += of(isDigit)
		t.letters += of(isLetter)
		t.spaces += of(isSpace)
		t.others += of(isOther)
		t.tails += of(isTail)
		t.heads += of(isHead)
		t.lines += of(isLine)
		t.odd += of(isOdd)
		t.ats += of(isAt)
		t.tags += of(isTag)
		if v = v[len(part):]; len(v) == 0 {
			return
		}
	}
}

// doubled says whether two blanks stand together.
func doubled(v []byte) bool {
	const low, blanks = ^uint64(tops), 0x2020202020202020
	before := uint64(0) // the top bit is set when a blank stands before these eight bytes
	for ; len(v) >= 8; v = v[8:] {
		x := binary.LittleEndian.Uint64(v) ^ blanks
		found := ^((x&low + low) | x | low)
		if found&(found<<8|before>>56) != 0 {
			return true
		}
		before = found
	}
	was := before>>63 != 0
	for _, c := range v {
		if c == ' ' && was {
			return true
		}
		was = c == ' '
	}
	return false
}

// tops are the highest bits of eight bytes: none is set in ASCII.
const tops = 0x8080808080808080
