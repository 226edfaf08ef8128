package profile

import (
	"testing"
	"time"

	"waybill/backend/model"
)

// KeepDistinct makes figures estimates from fewer values on, during a test.
func KeepDistinct(t testing.TB, n int) {
	t.Helper()
	was, top := keepDistinct, keepTop
	keepDistinct, keepTop = n, min(n, top)
	t.Cleanup(func() { keepDistinct, keepTop = was, top })
}

// Hands lets so many measure at once, during a test.
func Hands(t testing.TB, n int) {
	t.Helper()
	was := hands
	hands = n
	t.Cleanup(func() { hands = was })
}

// Measure gives records to the meters without a stage.
func Measure(shape model.ObjectSchema, raws [][]byte) Object {
	s := newSurvey(shape, time.Now())
	s.run(func(t *taker, hand func(n int)) {
		n := 0
		for _, raw := range raws {
			t.add(raw)
			if n++; t.full(n) {
				hand(n)
				n = 0
			}
		}
		hand(n)
	}, func(int) {})
	return s.result()
}

// MeasureRows gives the rows of a table, whose columns are the shape's fields in their order,
// to the meters, as files.Each gives them.
func MeasureRows(shape model.ObjectSchema, each func(give func(text []byte, ends []int, gap int) error) error) (Object, error) {
	s := newSurvey(shape, time.Now())
	var err error
	s.run(func(t *taker, hand func(n int)) {
		err = each(func(text []byte, ends []int, gap int) error {
			base, from := len(t.arena), 0
			t.arena = append(t.arena, text...)
			for i, to := range ends {
				if to > from {
					c := &t.cols[i]
					c.cells = append(c.cells, cell{row: int32(t.rows), start: int32(base + from), end: int32(base + to)})
				}
				from = to + gap
			}
			if t.rows++; t.full(t.rows) {
				hand(t.rows)
			}
			return nil
		})
		hand(t.rows)
	}, func(int) {})
	return s.result(), err
}

// Read gives what a block takes from one record; nil when it cannot be read.
func Read(raw []byte) map[string]string {
	t := newTaker(nil)
	if !t.add(raw) {
		return nil
	}
	out := map[string]string{}
	for _, c := range t.cols {
		out[c.name] = ""
		for _, x := range c.cells {
			out[c.name] = string(t.arena[x.start:x.end])
		}
	}
	return out
}

// Doubled says whether two blanks stand together.
var Doubled = doubled

// Hash tells values apart.
var Hash = hashOf

// Distinct counts different hashes.
func Distinct(all []uint64) (n int64, exact bool) {
	d := &distinct{}
	for _, h := range all {
		d.add(h)
	}
	return d.count()
}
