package report

import (
	"strings"
	"testing"

	"waybill/backend/problem"
)

func TestCheckDrawn(t *testing.T) {
	for s, good := range map[string]bool{
		"": true, "10,20": true, "0,0 1000,300;5,5": true, "1001,0": false, "-1,0": false, "1,301": false, "1;2": false, "a,b": false, "1,2;": false,
		"1,2 ": true, "1.5,2": false, strings.Repeat("1,2 ", 20_000): false, "<svg onload=x>": false,
	} {
		if err := CheckDrawn(s); (err == nil) != good || err != nil && !problem.Is(err, "approval.drawn") {
			t.Errorf("%.30q: %v", s, err)
		}
	}
}

// A drawn signature changes the paper and stands on the page; a damaged one harms neither.
func TestDrawnSignature(t *testing.T) {
	f := waived()
	typed, typedPage := render(t, f, Brand{}), page(t, f, Brand{})
	f.Approvals[0].Drawn = "100,100 200,40 300,200;400,150"
	if drawn := render(t, f, Brand{}); len(drawn) == len(typed) {
		t.Error("the paper does not show it")
	}
	if p := page(t, f, Brand{}); p == typedPage || !strings.Contains(p, "M100 100L200 40L300 200M400 150l1 0") {
		t.Error("the page does not show it")
	}
	f.Approvals[0].Drawn = "\"><script>"
	if p := page(t, f, Brand{}); strings.Contains(p, "<script>") {
		t.Error("it became code")
	}
	render(t, f, Brand{})
}
