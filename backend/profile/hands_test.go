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
		at := 0
		for name, got := range map[string]string{
			"records": figures(profile.Measure(wideShape(), raws)),
			"rows": figures(profile.MeasureRows(wideShape(), func() ([]string, bool) {
				if at == n {
					return nil, false
				}
				at++
				return rows[at-1], true
			})),
		} {
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
