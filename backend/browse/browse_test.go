package browse_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"waybill/backend/browse"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

var shape = model.ObjectSchema{Object: model.Ticket, Fields: []model.Field{
	{Name: "subject", Type: model.Text},
	{Name: "status", Type: model.Option},
	{Name: "amount", Type: model.Number},
	{Name: "opened", Type: model.DateTime},
	{Name: "body", Type: model.LongText},
	{Name: "reference", Type: model.Text},
}}

// ticket is a record as the tests know it without the index.
type ticket struct {
	seq    int64
	id     string
	values map[string]any
}

func (t ticket) text(field string) string {
	if field == browse.NumberColumn {
		return t.id
	}
	return model.Plain(t.values[field])
}

// desk stages n random tickets.
func desk(t testing.TB, n int, seed uint64, fill func(rng *rand.Rand, i int) map[string]any) (*store.DB, []ticket) {
	t.Helper()
	db, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "project.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	rng := rand.New(rand.NewPCG(seed, 1))
	list := make([]ticket, 0, n)
	for len(list) < n {
		page := store.Page{Object: model.Ticket}
		for range min(1000, n-len(list)) {
			x := ticket{id: strconv.Itoa(100 + len(list)), values: fill(rng, len(list))}
			raw, err := json.Marshal(x.values)
			if err != nil {
				t.Fatal(err)
			}
			page.Records = append(page.Records, model.Record{Key: model.Key{Object: model.Ticket, ID: x.id}, Raw: raw})
			list = append(list, x)
		}
		if err := db.Write(t.Context(), func(tx *store.Tx) error {
			r, err := tx.Reading(model.Ticket)
			if err == nil && r.Pass == 0 {
				r, err = tx.BeginReading(model.Ticket)
			}
			if err != nil {
				return err
			}
			page.Pass = r.Pass
			_, err = tx.StagePage(page)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Read(t.Context(), func(tx *store.Tx) error {
		seqs, err := tx.Seqs(store.Filter{Object: model.Ticket})
		for i := range list {
			list[i].seq = seqs[i]
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return db, list
}

var subjects = []string{"Refund", "refund please", "ÄRGER mit der Lieferung", "", "  ", "Invoice 9", "Invoice 10", "invoice 010", "\x00odd", "日本語の件名", "Straße", "a\tb"}

func messy(rng *rand.Rand, i int) map[string]any {
	v := map[string]any{
		"subject":   subjects[rng.IntN(len(subjects))],
		"status":    []any{"open", "Open", "closed", nil}[rng.IntN(4)],
		"amount":    []any{json.Number(strconv.Itoa(rng.IntN(50) - 20)), json.Number("1.5"), "n/a", ""}[rng.IntN(4)],
		"opened":    time.Date(2014+rng.IntN(10), time.Month(1+rng.IntN(12)), 1+rng.IntN(28), rng.IntN(24), 0, 0, 0, time.UTC).Format(time.RFC3339),
		"body":      "long text to be read",
		"reference": fmt.Sprintf("REF-%d-%x", rng.IntN(1<<20), i),
	}
	if rng.IntN(10) == 0 {
		delete(v, "status")
	}
	if rng.IntN(20) == 0 {
		v["opened"] = "soon"
	}
	if i > 300 && rng.IntN(3) == 0 {
		v["seldom"] = "x" + strconv.Itoa(rng.IntN(4)) // no field of the schema
	}
	return v
}

func build(t testing.TB, db *store.DB) *browse.Index {
	t.Helper()
	x, err := browse.Build(t.Context(), db, shape, job.New("list"))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// fits judges one ticket as plainly as possible.
func fits(x ticket, c browse.Condition) bool {
	v := x.text(c.Field)
	lower, want := strings.ToLower(v), strings.ToLower(c.Value)
	blank := strings.TrimSpace(v) == ""
	switch c.Op {
	case browse.Is:
		return v == c.Value
	case browse.IsNot:
		return v != c.Value
	case browse.Contains:
		return strings.Contains(lower, want)
	case browse.Starts:
		return strings.HasPrefix(lower, want)
	case browse.Filled:
		return !blank
	case browse.Empty:
		return blank
	case browse.Year:
		at, err := time.Parse(time.RFC3339, v)
		return err == nil && strconv.Itoa(at.Year()) == c.Value
	case browse.More, browse.Less: // of amounts
		a, err := strconv.ParseFloat(v, 64)
		b, _ := strconv.ParseFloat(c.Value, 64)
		return err == nil && (a > b && c.Op == browse.More || a < b && c.Op == browse.Less)
	}
	panic(c.Op)
}

// Whatever is asked, the list holds what a plain look at each record finds, in its order.
func TestInvariant13_AListHoldsExactlyTheRecordsOfItsConditions(t *testing.T) {
	db, list := desk(t, 1000, 7, messy)
	browse.KeepWords(t, 600) // references are many, all else is few
	x := build(t, db)
	rng := rand.New(rand.NewPCG(9, 9))
	ops := []string{browse.Is, browse.IsNot, browse.Contains, browse.Starts, browse.Filled, browse.Empty}
	fields := []string{"subject", "status", "reference", "seldom", browse.NumberColumn}
	for range 300 {
		var q browse.Query
		for range rng.IntN(3) {
			f := fields[rng.IntN(len(fields))]
			v := list[rng.IntN(len(list))].text(f)
			if r := []rune(v); len(r) > 3 && rng.IntN(2) == 0 {
				v = string(r[1:3])
			}
			q.Where = append(q.Where, browse.Condition{Field: f, Op: ops[rng.IntN(len(ops))], Value: v})
		}
		switch rng.IntN(4) {
		case 0:
			q.Where = append(q.Where, browse.Condition{Field: "amount", Op: []string{browse.More, browse.Less}[rng.IntN(2)], Value: strconv.Itoa(rng.IntN(20) - 10)})
		case 1:
			q.Where = append(q.Where, browse.Condition{Field: "opened", Op: browse.Year, Value: strconv.Itoa(2014 + rng.IntN(10))})
		}
		want := []int64{}
		for _, r := range list {
			if !slices.ContainsFunc(q.Where, func(c browse.Condition) bool { return !fits(r, c) }) {
				want = append(want, r.seq)
			}
		}
		if rng.IntN(3) == 0 {
			q.Among = []int64{list[5].seq, list[9].seq, list[3].seq, 1 << 40}
			want = slices.DeleteFunc(want, func(s int64) bool { return !slices.Contains(q.Among, s) })
		}
		v, err := x.Run(t.Context(), db, q)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.Page(0, v.Total()); !slices.Equal(got, want) {
			t.Fatalf("%+v: %d records, not %d", q, len(got), len(want))
		}
	}
}

func TestAListIsSortedAsPeopleExpect(t *testing.T) {
	values := []map[string]any{
		{"subject": "Invoice 10", "amount": 2, "opened": "2020-01-01T00:00:00Z"},
		{"subject": "invoice 9", "amount": "n/a", "opened": "2019-12-31T23:30:00-05:00"},
		{"subject": "", "amount": -3.5, "opened": "soon"},
		{"subject": "Apple", "amount": 10, "opened": "2018-05-05T00:00:00Z"},
		{"subject": "apple", "amount": "", "opened": ""},
	}
	db, list := desk(t, len(values), 1, func(_ *rand.Rand, i int) map[string]any { return values[i] })
	x := build(t, db)
	for _, c := range []struct {
		name string
		by   []browse.Order
		want []int
	}{
		{"texts without case, numbers in them by size, nothing last", []browse.Order{{Field: "subject"}}, []int{3, 4, 1, 0, 2}},
		{"backwards: equal ones stay as they were, nothing is last again", []browse.Order{{Field: "subject", Desc: true}}, []int{0, 1, 3, 4, 2}},
		{"numbers, then what is none, then nothing", []browse.Order{{Field: "amount"}}, []int{2, 0, 3, 1, 4}},
		{"moments whatever their zone", []browse.Order{{Field: "opened"}}, []int{3, 0, 1, 2, 4}},
		{"by two columns", []browse.Order{{Field: "subject"}, {Field: "amount", Desc: true}}, []int{3, 4, 1, 0, 2}},
		{"by where they ended", []browse.Order{{Field: browse.FateColumn}}, []int{0, 1, 2, 3, 4}},
	} {
		v, err := x.Run(t.Context(), db, browse.Query{By: c.by})
		if err != nil {
			t.Fatal(err)
		}
		want := []int64{}
		for _, i := range c.want {
			want = append(want, list[i].seq)
		}
		if got := v.Page(0, 10); !slices.Equal(got, want) {
			t.Errorf("%s: %v, not %v", c.name, got, want)
		}
		if at := v.Find(list[c.want[2]].seq); at != 2 {
			t.Errorf("%s: the third is found at %d", c.name, at)
		}
	}
}

// More different values than are kept once each: the same answers.
func TestAColumnOfManyDifferentValues(t *testing.T) {
	browse.KeepWords(t, 50)
	n := 700
	db, list := desk(t, n, 3, func(_ *rand.Rand, i int) map[string]any {
		return map[string]any{"reference": fmt.Sprintf("R%dÄ", i*7919%n)}
	})
	x := build(t, db)
	v, err := x.Run(t.Context(), db, browse.Query{By: []browse.Order{{Field: "reference"}}, Where: []browse.Condition{{Field: "reference", Op: browse.Contains, Value: "r69"}}})
	if err != nil {
		t.Fatal(err)
	}
	rows := []string{}
	for _, seq := range v.Page(0, 100) {
		i, _ := slices.BinarySearchFunc(list, seq, func(x ticket, s int64) int { return int(x.seq - s) })
		rows = append(rows, list[i].text("reference"))
	}
	want := []string{"R69Ä"}
	for i := 690; i < n; i++ {
		want = append(want, fmt.Sprintf("R%dÄ", i))
	}
	if !slices.Equal(rows, want) {
		t.Errorf("%q", rows)
	}
}

func TestATextToBeReadIsNotSorted(t *testing.T) {
	db, _ := desk(t, 5, 1, messy)
	x := build(t, db)
	for _, f := range []string{"body", "nothing like it"} {
		for _, q := range []browse.Query{{By: []browse.Order{{Field: f}}}, {Where: []browse.Condition{{Field: f, Op: browse.Is, Value: "x"}}}} {
			_, err := x.Run(t.Context(), db, q)
			var p *problem.Problem
			if !errors.As(err, &p) || p.Code != "browse.field" {
				t.Errorf("%+v: %v", q, err)
			}
		}
	}
}

func TestFatesAreReadAgainWhenTheyMayHaveChanged(t *testing.T) {
	db, list := desk(t, 50, 1, messy)
	x := build(t, db)
	count := func(f model.Fate) int {
		t.Helper()
		v, err := x.Run(t.Context(), db, browse.Query{Fates: []model.Fate{f}})
		if err != nil {
			t.Fatal(err)
		}
		return v.Total()
	}
	if n := count(model.Pending); n != 50 {
		t.Errorf("%d are pending", n)
	}
	if err := db.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Decide(store.Decision{Rule: "r", Does: "leave_out", Object: model.Ticket, Title: "t", By: model.Person{Name: "A"}}, model.LeftOut, []store.Hit{{Seq: list[7].seq}})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	x.Forget()
	if a, b := count(model.Pending), count(model.LeftOut); a != 49 || b != 1 {
		t.Errorf("%d are pending and %d left out", a, b)
	}
}
