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

// Measure gives records to the meters without a stage.
func Measure(shape model.ObjectSchema, raws [][]byte) Object {
	s := newSurvey(shape, time.Now())
	for i, raw := range raws {
		s.block.add(raw)
		if i%pageRows == pageRows-1 || len(s.block.arena) > pageBytes {
			s.measure()
		}
	}
	s.measure()
	return s.result()
}

// Read gives what a block takes from one record; nil when it cannot be read.
func Read(raw []byte) map[string]string {
	b := newBlock(nil)
	if !b.add(raw) {
		return nil
	}
	out := map[string]string{}
	for _, c := range b.cols {
		out[c.name] = ""
		for _, x := range c.cells {
			out[c.name] = string(b.arena[x.start:x.end])
		}
	}
	return out
}
