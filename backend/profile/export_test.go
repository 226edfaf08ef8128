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
	s.run(func(t *taker) (n int, more bool) {
		for n < min(len(raws), pageRows) && len(t.arena) <= pageBytes {
			t.add(raws[n])
			n++
		}
		raws = raws[n:]
		return n, n > 0
	}, func(int) {})
	return s.result()
}

// MeasureRows gives the rows of a table, whose columns are the shape's fields in their order,
// to the meters; next gives false behind the last one.
func MeasureRows(shape model.ObjectSchema, next func() (cells []string, ok bool)) Object {
	s := newSurvey(shape, time.Now())
	s.run(func(t *taker) (n int, more bool) {
		for n < pageRows && len(t.arena) <= pageBytes {
			cells, ok := next()
			if !ok {
				break
			}
			t.begin()
			for i, c := range cells {
				start := len(t.arena)
				t.arena = append(t.arena, c...)
				t.put(i, start)
			}
			t.rows++
			n++
		}
		return n, n > 0
	}, func(int) {})
	return s.result()
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
