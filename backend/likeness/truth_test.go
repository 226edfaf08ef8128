package likeness_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"waybill/backend/likeness"
)

const sharedData = "../../../shared/data"

// labelled reads a list of people of which is known who is the same.
func labelled(t testing.TB, file string, truth string, fields []likeness.Field) (rows [][]string, who []string) {
	t.Helper()
	r, err := os.Open(filepath.Join(sharedData, file))
	if err != nil {
		t.Skipf("the shared data is not here: %v", err)
	}
	defer func() { _ = r.Close() }() // it was only read
	c := csv.NewReader(r)
	c.LazyQuotes, c.FieldsPerRecord = true, -1
	all, err := c.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) int {
		i := slices.Index(all[0], name)
		if i < 0 {
			t.Fatalf("%s has no column %q", file, name)
		}
		return i
	}
	for _, row := range all[1:] {
		out := make([]string, len(fields))
		for i, f := range fields {
			out[i] = row[at(f.Name)]
		}
		rows, who = append(rows, out), append(who, row[at(truth)])
	}
	return rows, who
}

// quality of a search, over pairs of records.
type quality struct{ precision, recall float64 }

// f1 is both in one figure.
func (q quality) f1() float64 { return 2 * q.precision * q.recall / (q.precision + q.recall) }

func pairsOf(groups [][]int) map[[2]int]bool {
	out := map[[2]int]bool{}
	for _, g := range groups {
		for i, a := range g {
			for _, b := range g[i+1:] {
				out[[2]int{min(a, b), max(a, b)}] = true
			}
		}
	}
	return out
}

func judge(who []string, found [][]int) quality {
	same := map[string][]int{}
	for i, w := range who {
		same[w] = append(same[w], i)
	}
	all := 0
	for _, g := range same {
		all += len(g) * (len(g) - 1) / 2
	}
	got := pairsOf(found)
	right := 0
	for p := range got {
		if who[p[0]] == who[p[1]] {
			right++
		}
	}
	return quality{float64(right) / float64(max(len(got), 1)), float64(right) / float64(max(all, 1))}
}

// bands gives the records that are surely the same, and those of both bands.
func bands(res likeness.Result) (sure, both [][]int) {
	for _, g := range res.Groups {
		var s, b []int
		for _, m := range g.Members {
			if m.Band == likeness.Sure {
				s = append(s, m.Record)
			}
			if g.Band != likeness.Different {
				b = append(b, m.Record)
			}
		}
		sure, both = append(sure, s), append(both, b)
	}
	return sure, both
}

// exactly groups by values that are the same after trimming and without case.
func exactly(rows [][]string, columns ...int) [][]int {
	by := map[string][]int{}
	for i, r := range rows {
		key := ""
		for _, c := range columns {
			if v := strings.ToLower(strings.TrimSpace(r[c])); v != "" {
				key += v + "\x00"
			} else {
				key = ""
				break
			}
		}
		if key != "" {
			by[key] = append(by[key], i)
		}
	}
	out := [][]int{}
	for _, g := range by {
		out = append(out, g)
	}
	return out
}

// On people and places of which is known who is the same, what is found is judged pair by
// pair, and clearly better than looking for equal addresses and names.
func TestFind_beatsEqualAddressesAndNames(t *testing.T) {
	for _, c := range []struct {
		name, file, truth string
		fields            []likeness.Field
		exact             [][]int // columns that are compared exactly, one way after the other
		sure, both        quality // what must be reached at least
	}{
		{
			"a thousand people with slips", "people_dedupe_truth/fake_1000.csv", "cluster",
			[]likeness.Field{{"first_name", likeness.Name}, {"surname", likeness.Name}, {"dob", likeness.Day}, {"city", likeness.Place}, {"email", likeness.Email}},
			[][]int{{4}, {0, 1}},
			quality{0.995, 0.42},
			quality{0.99, 0.70},
		},
		{
			"fifty thousand historical people", "people_dedupe_truth/historical_people_50k.csv", "cluster",
			[]likeness.Field{{"first_and_surname", likeness.Name}, {"dob", likeness.Day}, {"birth_place", likeness.Place}, {"postcode_fake", likeness.Place}, {"gender", likeness.Choice}, {"occupation", likeness.Place}},
			[][]int{{0, 1}, {0}},
			quality{0.995, 0.56},
			quality{0.99, 0.68},
		},
		{
			"children's centres", "dedupe_centres/csv_example_input_with_true_ids.csv", "True Id",
			[]likeness.Field{{"Site name", likeness.Name}, {"Address", likeness.Place}, {"Zip", likeness.Place}, {"Phone", likeness.Phone}},
			[][]int{{0}, {3}},
			quality{0.88, 0.80},
			quality{0.6, 0.9},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if raceEnabled && strings.Contains(c.file, "50k") {
				t.Skip("fifty thousand records take too long with the race detector; without it they are compared")
			}
			rows, who := labelled(t, c.file, c.truth, c.fields)
			f := likeness.New(c.fields, likeness.Options{})
			for _, r := range rows {
				f.Add(r)
			}
			res, err := f.Find(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s, b := bands(res)
			sure, both := judge(who, s), judge(who, b)
			t.Logf("%d records, %d pairs compared, %d keys capped; sure: precision %.3f recall %.3f; sure or ask: %.3f %.3f (f1 %.3f, %.3f)", len(rows), res.Compared, res.CappedAll, sure.precision, sure.recall, both.precision, both.recall, sure.f1(), both.f1())
			if sure.precision < c.sure.precision || sure.recall < c.sure.recall || both.precision < c.both.precision || both.recall < c.both.recall {
				t.Errorf("at least %.3f and %.3f were promised of sure, %.3f and %.3f of sure or ask", c.sure.precision, c.sure.recall, c.both.precision, c.both.recall)
			}
			for _, cols := range c.exact {
				e := judge(who, exactly(rows, cols...))
				t.Logf("exactly equal %v: precision %.3f recall %.3f, f1 %.3f", cols, e.precision, e.recall, e.f1())
				if best := max(sure.f1(), both.f1()); best < e.f1()+0.05 {
					t.Errorf("looking for equal values is as good: %.3f against %.3f", e.f1(), best)
				}
			}
		})
	}
}
