package browse

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"waybill/backend/formula"
	"waybill/backend/model"
)

// mostWords is how many different values are kept once each, with a number per record; a
// variable so that tests reach it with little data.
var mostWords = 1 << 16

const (
	// mostText bounds the memory of one column: longer fields are searched, not sorted.
	mostText = 160 << 20
	// mostValue: a field with a value longer than this is text to be read, not to be sorted.
	mostValue = 4 << 10
)

// column holds one field of every record of an object, in staging order.
type column struct {
	field model.Field

	// Few different values: each once, and which of them a record has.
	words []string
	codes []uint16
	// Many different values: one behind the other, and where each ends.
	text []byte
	ends []uint32
	// long: its values do not fit here.
	long bool

	ranking, folding sync.Once
	ranks            []uint32 // of words, or of records
	order            []uint32 // words, or records, by their rank
	top              uint32   // the highest rank
	hollow           bool     // those of the highest rank hold nothing
	folded           []byte   // text in lower case, a zero byte behind each value
	foldEnds         []uint32
}

// builder collects a column, record by record.
type builder struct {
	column
	known map[string]uint16
	n     int
}

func newBuilder(f model.Field) *builder {
	b := &builder{known: map[string]uint16{}}
	b.field = f
	return b
}

// add takes the value of the next record.
func (b *builder) add(v string) {
	b.n++
	switch {
	case b.long:
	case len(v) > mostValue:
		b.drop()
	case b.known == nil:
		b.push(v)
	default:
		code, ok := b.known[v]
		if !ok {
			if len(b.words) == mostWords {
				b.spread()
				b.push(v)
				return
			}
			code = uint16(len(b.words)) //nolint:gosec // mostWords are numbered
			b.words = append(b.words, strings.Clone(v))
			b.known[b.words[code]] = code
		}
		b.codes = append(b.codes, code)
	}
}

func (b *builder) push(v string) {
	if len(b.text)+len(v) > mostText {
		b.drop()
		return
	}
	b.text = append(b.text, v...)
	b.ends = append(b.ends, uint32(len(b.text))) //nolint:gosec // mostText fits
}

// spread turns few values into many.
func (b *builder) spread() {
	words, codes := b.words, b.codes
	b.words, b.codes, b.known = nil, nil, nil
	for _, c := range codes {
		if b.push(words[c]); b.long {
			return
		}
	}
}

func (b *builder) drop() { b.column = column{field: b.field, long: true}; b.known = nil }

// pad gives records that had no such field nothing.
func (b *builder) pad(n int) {
	for b.n < n {
		b.add("")
	}
}

// at is the value of a record.
func (c *column) at(i int) string {
	if c.ends == nil {
		return c.words[c.codes[i]]
	}
	return string(c.bytes(i))
}

func (c *column) bytes(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = c.ends[i-1]
	}
	return c.text[from:c.ends[i]]
}

// size of a column in memory, about, once it was sorted and searched.
func (c *column) size() (n int) {
	for _, w := range c.words {
		n += len(w) + 20
	}
	return n + 2*len(c.codes) + 2*len(c.text) + 17*len(c.ends)
}

// key is what values are sorted by: numbers and times by their size, texts without regard
// to case, what is neither behind them, nothing last.
type key struct {
	class  uint8
	number float64
	text   string
}

const (
	classNumber uint8 = iota
	classText
	classNothing
)

func (c *column) key(v string) key {
	if isBlank(v) {
		return key{class: classNothing}
	}
	switch c.field.Type {
	case model.Number, model.Integer:
		if n, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err == nil && !math.IsNaN(n) {
			return key{class: classNumber, number: n}
		}
	case model.DateTime, model.Date:
		if t, ok := c.moment(v); ok {
			return key{class: classNumber, number: float64(t.UnixMilli())}
		}
	}
	return key{class: classText, text: strings.ToLower(v)}
}

// moment reads a date as the field writes it.
func (c *column) moment(v string) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return t, true
	}
	t, _, err := formula.ParseDate(v, c.field.Format, c.field.Zone)
	return t, err == nil
}

func compareKeys(a, b key) int {
	if d := cmp.Compare(a.class, b.class); d != 0 {
		return d
	}
	if d := cmp.Compare(a.number, b.number); d != 0 {
		return d
	}
	return natural(a.text, b.text)
}

// natural compares texts so that "ticket 9" is before "ticket 10".
func natural(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for i > 0 && digit(a[i-1]) { // into the middle of a number
		i--
	}
	a, b = a[i:], b[i:]
	if len(a) > 0 && len(b) > 0 && digit(a[0]) && digit(b[0]) {
		x, y := digits(a), digits(b)
		if d := compareDigits(a[:x], b[:y]); d != 0 {
			return d
		}
	}
	return strings.Compare(a, b)
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

func digits(s string) (n int) {
	for n < len(s) && digit(s[n]) {
		n++
	}
	return n
}

func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if d := cmp.Compare(len(a), len(b)); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

// rank gives each value its place in the order; equal ones share it.
func (c *column) rank() {
	c.ranking.Do(func() {
		n := len(c.words)
		value := func(i int) string { return c.words[i] }
		if c.ends != nil {
			n, value = len(c.ends), func(i int) string { return string(c.bytes(i)) }
		}
		keys := make([]key, n)
		order := make([]uint32, n)
		for i := range n {
			keys[i], order[i] = c.key(value(i)), uint32(i) //nolint:gosec // records fit
		}
		slices.SortFunc(order, func(a, b uint32) int {
			if d := compareKeys(keys[a], keys[b]); d != 0 {
				return d
			}
			return int(int64(a) - int64(b)) // as they were staged
		})
		c.ranks, c.order = make([]uint32, n), order
		for k, i := range order {
			if k > 0 && compareKeys(keys[order[k-1]], keys[i]) != 0 {
				c.top++
			}
			c.ranks[i] = c.top
		}
		c.hollow = n > 0 && keys[order[n-1]].class == classNothing
	})
}

// span gives the ranks of the values that are not before one key and before another, as
// first and the one behind the last.
func (c *column) span(from, to key) (first, behind uint32) {
	c.rank()
	value := func(i uint32) string { return c.words[i] }
	if c.ends != nil {
		value = func(i uint32) string { return string(c.bytes(int(i))) }
	}
	at := func(limit key) uint32 {
		k := sort.Search(len(c.order), func(k int) bool { return compareKeys(c.key(value(c.order[k])), limit) >= 0 })
		if k == len(c.order) {
			return c.top + 1
		}
		return c.ranks[c.order[k]]
	}
	return at(from), at(to)
}

// whole gives all records of a column of many values in its order, as counting their ranks
// would: equal ones as they were staged, nothing last.
func (c *column) whole(desc bool) []int32 {
	out := make([]int32, 0, len(c.order))
	if !desc {
		for _, i := range c.order {
			out = append(out, int32(i)) //nolint:gosec // records fit
		}
		return out
	}
	end := len(c.order)
	if c.hollow {
		for end > 0 && c.ranks[c.order[end-1]] == c.top {
			end--
		}
	}
	for to := end; to > 0; {
		from := to - 1
		for from > 0 && c.ranks[c.order[from-1]] == c.ranks[c.order[to-1]] {
			from--
		}
		for _, i := range c.order[from:to] {
			out = append(out, int32(i)) //nolint:gosec // records fit
		}
		to = from
	}
	for _, i := range c.order[end:] {
		out = append(out, int32(i)) //nolint:gosec // records fit
	}
	return out
}

func (c *column) rankOf(i int32) uint32 {
	if c.ends == nil {
		return c.ranks[c.codes[i]]
	}
	return c.ranks[i]
}

// fold makes the text in lower case, in which any part of a value is found at once.
func (c *column) fold() {
	c.folding.Do(func() {
		c.folded = make([]byte, 0, len(c.text)+len(c.ends))
		c.foldEnds = make([]uint32, len(c.ends))
		for i := range c.ends {
			c.folded = appendLower(c.folded, c.bytes(i))
			c.folded = append(c.folded, 0)
			c.foldEnds[i] = uint32(len(c.folded)) //nolint:gosec // mostText and as many zero bytes fit
		}
	})
}

// appendLower adds v in lower case, without zero bytes.
func appendLower(to, v []byte) []byte {
	for _, b := range v {
		if b >= utf8.RuneSelf {
			return append(to, bytes.ReplaceAll(bytes.ToLower(v), []byte{0}, []byte{' '})...)
		}
	}
	for _, b := range v {
		switch {
		case b >= 'A' && b <= 'Z':
			b += 'a' - 'A'
		case b == 0:
			b = ' '
		}
		to = append(to, b)
	}
	return to
}

// containing gives the records of many values whose value has a part, in order.
func (c *column) containing(part string) []int32 {
	c.fold()
	want := appendLower(nil, []byte(part))
	out := []int32{}
	for at := 0; at < len(c.folded); {
		i := bytes.Index(c.folded[at:], want)
		if i < 0 {
			break
		}
		place := uint32(at + i) //nolint:gosec // as above
		rec := sort.Search(len(c.foldEnds), func(k int) bool { return c.foldEnds[k] > place })
		out = append(out, int32(rec)) //nolint:gosec // records fit
		at = int(c.foldEnds[rec])
	}
	return out
}

const blanks = "\t\n\v\f\r \u00a0"

func isBlank(v string) bool { return strings.Trim(v, blanks) == "" }
