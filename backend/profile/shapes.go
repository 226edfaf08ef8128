package profile

import (
	"encoding/binary"
	"unicode/utf8"
)

// shape counts patterns such as "AA-9999": letters, digits, the signs as they are.
func (t *totals) shape(v []byte, f *facts, n int64) {
	if f.size > longestShape || f.kind == KindHTML || f.marks&markLines != 0 {
		t.shapeLess += n
		return
	}
	var room shapeRoom
	s := room.of(v)
	if h := hashOf(s); !t.shapes.again(h, uint32(n)) { //nolint:gosec // n are times of one value, which are counted so too
		if t.shapes.n >= mostShapes {
			t.shapeLess += n
			return
		}
		t.shapes.add(h, s, uint32(n)) //nolint:gosec // as above
	}
}

// shapeOf writes the pattern of a value that is at most longestShape long.
func shapeOf(v []byte) string {
	var room shapeRoom
	return string(room.of(v))
}

// shapeRoom is where a pattern is written: what is written in one step may reach beyond its end.
type shapeRoom [longestShape + 24]byte

// of writes the pattern of a value. Runs of more than four letters are one "a+" or "A+":
// words differ in length, codes do not.
func (to *shapeRoom) of(v []byte) []byte {
	n := 0
	for i := 0; i < len(v) && n < longestShape; {
		c := classes[v[i]]
		if c == 0 {
			to[n] = v[i]
			n++
			i++
			continue
		}
		from := i
		i++
		for i < len(v) && classes[v[i]] == c {
			i++
		}
		switch run, many := i-from, uint64(c)*0x0101010101010101; {
		case run <= 4:
			binary.LittleEndian.PutUint32(to[n:], uint32(many)) //nolint:gosec // four of the eight
			n += run
		case c != '9' || run > 20:
			to[n], to[n+1] = c, '+'
			n += 2
		default:
			for k := 0; k < run; k += 8 {
				binary.LittleEndian.PutUint64(to[n+k:], many)
			}
			n += run
		}
	}
	return to[:n]
}

// classes is what a byte counts as in a pattern; 0 stands for itself. Letters beyond ASCII
// count as small ones.
var classes = func() (of [256]byte) {
	for i := range of {
		switch c := byte(i); { //nolint:gosec // 0 to 255
		case c >= '0' && c <= '9':
			of[i] = '9'
		case c >= 'A' && c <= 'Z':
			of[i] = 'A'
		case c >= 'a' && c <= 'z' || c >= utf8.RuneSelf:
			of[i] = 'a'
		}
	}
	return of
}()
