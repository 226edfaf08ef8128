package profile_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"waybill/backend/profile"
)

// The figures are the same however many hands measure, and whether the values come from
// records or from the rows of a table (invariant 12).
func TestMeasure_sameFiguresWithAnyNumberOfHands(t *testing.T) {
	profile.KeepDistinct(t, 900) // so that rare values are forgotten and figures become estimates
	const n = 4000
	w := newWide()
	raws, rows := [][]byte{}, [][]string{}
	for i := range n {
		v := w.values(i)
		raws, rows = append(raws, flat(w.names, v)), append(rows, v)
	}
	figures := func(o profile.Object) string {
		o.At = ""
		out, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	want := ""
	for _, hands := range []int{1, 2, 7} {
		profile.Hands(t, hands)
		table, err := profile.MeasureRows(wideShape(), func(give func(text []byte, ends []int, gap int) error) error {
			var text []byte
			var ends []int
			for _, cells := range rows {
				text, ends = text[:0], ends[:0]
				for _, c := range cells {
					text = append(text, c...)
					ends = append(ends, len(text))
					text = append(text, ';')
				}
				if err := give(text, ends, 1); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]string{"records": figures(profile.Measure(wideShape(), raws)), "rows": figures(table)} {
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%d hands, %s: other figures", hands, name)
			}
		}
	}
	if o := profile.Measure(wideShape(), raws); o.Fields[0].Filled != n || o.Fields[0].Exact || o.Fields[6].Distinct != 4 {
		t.Error(fmt.Sprint(o.Fields[0]), fmt.Sprint(o.Fields[6]))
	}
}
