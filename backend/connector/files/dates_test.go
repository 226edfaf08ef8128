package files

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/backend/model"
)

func columnFrom(name string, cells ...string) Column {
	s := newStat(1 << 16)
	for _, c := range cells {
		s.add(c, nil)
	}
	return s.column(name, int64(len(cells)))
}

// TestDayOrMonthFirst: the order of day and month is decided by the whole column
// and only when a row proves it. When nothing proves it, nothing is guessed (P-37).
func TestDayOrMonthFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dayFirst := rapid.Bool().Draw(t, "day first")
		sep := rapid.SampledFrom([]string{"/", "-", "."}).Draw(t, "sep")
		year := rapid.SampledFrom([]string{"2006", "06"}).Draw(t, "year")
		clock := rapid.SampledFrom([]string{"", " 15:04", " 15:04:05", " 3:04 PM"}).Draw(t, "clock")
		padded := rapid.Bool().Draw(t, "padded")
		d, m := "2", "1"
		if padded {
			d, m = "02", "01"
		}
		if !dayFirst {
			d, m = m, d
		}
		var cells []string
		proof := false
		for range rapid.IntRange(1, 20).Draw(t, "n") {
			day := time.Date(2020, 1, rapid.IntRange(1, 1500).Draw(t, "day"), rapid.IntRange(0, 23).Draw(t, "hour"), 30, 0, 0, time.UTC)
			proof = proof || day.Day() > 12
			cells = append(cells, day.Format(d+sep+m+sep+year+clock))
		}
		c := columnFrom("when", cells...)
		if c.Type != model.Date && c.Type != model.DateTime || (clock == "") != (c.Type == model.Date) {
			t.Fatalf("%v became %s", cells, c.Type)
		}
		if !proof {
			if c.Format != "" || c.Sure != 0 || c.DateOrders[ambiguousOrder] != int64(len(cells)) {
				t.Fatalf("guessed %q with %d%% for %v", c.Format, c.Sure, cells)
			}
			return
		}
		if c.Sure != 100 || strings.HasPrefix(c.Format, "D") != dayFirst {
			t.Fatalf("%q with %d%% for %v", c.Format, c.Sure, cells)
		}
		layout := goLayout(c.Format)
		for _, cell := range cells {
			if _, err := time.Parse(layout, cell); err != nil {
				t.Fatalf("%q does not read %q: %v", c.Format, cell, err)
			}
		}
	})
}

// goLayout spells a format for the standard library.
func goLayout(format string) string {
	return strings.NewReplacer("YYYY", "2006", "YY", "06", "MMMM", "January", "MMM", "Jan", "MM", "01", "M", "1", "DD", "02", "D", "2",
		"HH", "15", "H", "15", "hh", "03", "h", "3", "mm", "04", "ss", "05", "SSS", "999999999", "AM/PM", "PM", "Z", "Z07:00").Replace(format)
}

func TestDateShapes(t *testing.T) {
	for cell, want := range map[string]string{
		"2024-05-28 16:18:58.471000": "YYYY-MM-DD HH:mm:ss.SSS", "2024-05-28T16:18:58Z": "YYYY-MM-DDTHH:mm:ssZ", "2024-05-28T16:18:58+02:00": "YYYY-MM-DDTHH:mm:ssZ",
		"2024-05-28": "YYYY-MM-DD", "2024/05/28 16:18": "YYYY/MM/DD HH:mm", "28 May 2024": "DD MMM YYYY", "5. März 2024": "DD. MMMM YYYY",
		"28-May-24 4:05 PM": "DD-MMM-YY hh:mm AM/PM", "May 28, 2024": "MMM DD, YYYY", "March 5, 2024 10:00": "MMMM DD, YYYY HH:mm", "5. Dez 2024": "DD. MMM YYYY",
	} {
		s, ok := parseShape(cell)
		if !ok || s.pattern != want {
			t.Errorf("%q: %q %v, want %q", cell, s.pattern, ok, want)
		}
	}
	for _, cell := range []string{
		"", "12345", "20240131", "44562", "31/02/2024", "2024-13-01", "0000-00-00 00:00:00", "1.2.3", "10.0.0.1", "yesterday", "May", "12:30", "2024-05-28 25:00",
		"3,87,16,91,111", "1/2", "13/13/2024", "May 2024", "2024-05-28 10:00 somewhere", "005-03-01-01-01-1000-00", "Mary had 5, 2024", "99-99-9999",
	} {
		if s, ok := parseShape(cell); ok {
			t.Errorf("%q was taken for a date: %q", cell, s.pattern)
		}
	}
}

func TestMixedOrdersAreCounted(t *testing.T) {
	c := columnFrom("due", "13/02/2024", "14/02/2024", "02/15/2024", "03/04/2024", "05/06/2024")
	want := map[string]int64{"DD/MM/YYYY": 2, "MM/DD/YYYY": 1, ambiguousOrder: 2}
	if c.Sure != 0 || c.Format != "" || !reflect.DeepEqual(c.DateOrders, want) || !strings.Contains(c.Why, "Mixed") {
		t.Errorf("%q %d%% %v %s", c.Format, c.Sure, c.DateOrders, c.Why)
	}
}

func TestTypes(t *testing.T) {
	many := func(n int, f func(i int) string) []string {
		var out []string
		for i := range n {
			out = append(out, f(i))
		}
		return out
	}
	for _, c := range []struct {
		name  string
		cells []string
		want  model.Type
	}{
		{"count", []string{"1", "20", "-3"}, model.Integer},
		{"amount", []string{"1.5", "20", "-3.25"}, model.Number},
		{"ticket id", []string{"1", "2", "3"}, model.Text},
		{"code", []string{"0012", "0013", "9999"}, model.Text},
		{"count", []string{"12345678901234567", "1"}, model.Text},
		{"grouped", []string{"3,87,16", "1,234"}, model.Text},
		{"active", []string{"yes", "no", "yes"}, model.Bool},
		{"active", []string{"TRUE", "?", "FALSE"}, model.Bool},
		{"answer", []string{"yes", "no", "maybe"}, model.Text},
		{"mail", []string{"a@b.example", "c@d.example", "x"}, model.Text},
		{"mail", []string{"a@b.example", "c@d.example", "e@f.example", "g@h.example", "x"}, model.Email},
		{"site", []string{"https://a.example", "http://b.example/x?y"}, model.URL},
		{"phone", []string{"+49 171 555", "(0171) 555-123", "555/1234567"}, model.Phone},
		{"body", []string{"<p>Hello</p>", "<div>x<br>y</div>"}, model.HTML},
		{"body", []string{"if a < b then", "c > d"}, model.Text},
		{"text", []string{"one\ntwo", "three"}, model.LongText},
		{"text", []string{strings.Repeat("long ", 60), "b"}, model.LongText},
		{"status", many(40, func(i int) string { return []string{"open", "closed", "new"}[i%3] }), model.Option},
		{"first name", many(40, func(i int) string { return []string{"Ann", "Ben"}[i%2] }), model.Text},
		{"tags", []string{"a,b", "b", "a,c", "c,b", "a"}, model.Tags},
		{"areas", many(40, func(i int) string { return []string{"north;south", "south", "north", "west;north;south"}[i%4] }), model.Options},
		{"words", []string{`["a","b"]`, `["b"]`, "[]"}, model.Tags},
		{"extra", []string{`{"a":1}`, `{"b":[1,2]}`}, model.JSONType},
		{"subject", many(40, func(i int) string { return fmt.Sprintf("Problem %d with, the thing; and more", i) }), model.Text},
		{"created_at", []string{"20240131", "20240201"}, model.Date},
		{"created_at", []string{"1700000000", "1700000001"}, model.DateTime},
		{"total", []string{"20240131", "20240201"}, model.Integer},
		{"nothing", []string{"?", "N/A", ""}, model.Text},
	} {
		if got := columnFrom(c.name, c.cells...); got.Type != c.want {
			t.Errorf("%s %.60q: %s (%s), want %s", c.name, c.cells, got.Type, got.Why, c.want)
		}
	}
}

// TestSplitCell: cells part at their separator, not inside a word (P-59).
func TestSplitCell(t *testing.T) {
	for _, c := range []struct {
		cell, sep string
		want      []string
	}{
		{"a, b ,c", ",", []string{"a", "b", "c"}},
		{`refund,"shoes, size 44",x`, ",", []string{"refund", "shoes, size 44", "x"}},
		{`"say ""hi"", now";b`, ";", []string{`say "hi", now`, "b"}},
		{"a; ;b;", ";", []string{"a", "b"}},
		{`5" pipe,b`, ",", []string{`5" pipe`, "b"}},
		{"", ",", nil},
	} {
		if got := splitCell(c.cell, c.sep); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %q, want %q", c.cell, got, c.want)
		}
	}
}

// TestKeysets: counting in bounded memory gives what a map gives.
func TestKeysets(t *testing.T) {
	lower(t, &keysetBuffer, 8)
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.IntRange(0, 30))
		child, a, b := values.Draw(t, "child"), values.Draw(t, "a"), values.Draw(t, "b")
		sets := make([]*keyset, 3)
		for i, list := range [][]int{child, a, b} {
			sets[i] = &keyset{}
			for _, v := range list {
				if err := sets[i].add(fmt.Sprint(v)); err != nil {
					t.Fatal(err)
				}
			}
		}
		matched, total, each, err := contained(sets[0], sets[1:])
		if err != nil {
			t.Fatal(err)
		}
		in := func(list []int, v int) bool { return contains(list, v) }
		var wantMatched, wantA, wantB int64
		distinct := map[int]bool{}
		for _, v := range child {
			distinct[v] = true
			if in(a, v) {
				wantA++
			}
			if in(b, v) {
				wantB++
			}
			if in(a, v) || in(b, v) {
				wantMatched++
			}
		}
		n, err := sets[0].distinct()
		if err != nil || n != int64(len(distinct)) {
			t.Fatalf("%d distinct, want %d (%v)", n, len(distinct), err)
		}
		if matched != wantMatched || total != int64(len(child)) || each[0] != wantA || each[1] != wantB {
			t.Fatalf("%d of %d, %v; want %d, %d and %d", matched, total, each, wantMatched, wantA, wantB)
		}
		for _, k := range sets {
			if err := k.close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
