package browse_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"waybill/backend/browse"
	"waybill/backend/find"
	"waybill/backend/model"
	"waybill/backend/store"
)

// BenchmarkList reports the slowest of many filters, orders and jumps in a list of a million
// records (or WAYBILL_RECORDS), after each column was asked for once.
//
//	go test ./backend/browse -run '^$' -bench List -benchtime 1x -timeout 30m
func BenchmarkList(b *testing.B) {
	n := 1_000_000
	if s := os.Getenv("WAYBILL_RECORDS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	phrases := strings.Fields("please refund invoice order lost parcel account login password printer screen cable late broken address change cancel subscription thank you again today urgent manager reply broken")
	db, list := desk(b, n, 5, func(rng *rand.Rand, i int) map[string]any {
		v := messy(rng, i)
		v["subject"] = fmt.Sprintf("%s no. %d", subjects[rng.IntN(len(subjects))], rng.IntN(n))
		var body []string
		for range 40 {
			body = append(body, phrases[rng.IntN(len(phrases))])
		}
		v["body"] = fmt.Sprint(strings.Join(body, " "), " ", rng.IntN(n))
		for k := range 20 {
			v[fmt.Sprint("custom", k)] = rng.IntN(30)
		}
		return v
	})
	for b.Loop() {
		start := time.Now()
		x := build(b, db)
		b.ReportMetric(time.Since(start).Seconds(), "build-s")
		queries := []browse.Query{
			{By: []browse.Order{{Field: "subject"}}},
			{By: []browse.Order{{Field: "opened", Desc: true}}},
			{By: []browse.Order{{Field: "status"}, {Field: "reference"}}},
			{Where: []browse.Condition{{Field: "subject", Op: browse.Contains, Value: "no. 77"}}, By: []browse.Order{{Field: "amount"}}},
			{Where: []browse.Condition{{Field: "opened", Op: browse.Year, Value: "2017"}, {Field: "status", Op: browse.Is, Value: "open"}}},
			{Where: []browse.Condition{{Field: "custom3", Op: browse.Is, Value: "7"}}, By: []browse.Order{{Field: browse.NumberColumn, Desc: true}}},
			{By: []browse.Order{{Field: browse.FateColumn}, {Field: "opened"}}},
		}
		// What is typed into the search box: a seldom word, usual ones, their beginning, a phrase.
		folder := b.TempDir()
		words := find.New(folder, db, func(context.Context) (map[model.Object][]string, error) { return nil, nil })
		start = time.Now()
		if err := words.Wait(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(start).Seconds(), "words-s")
		b.ReportMetric(float64(words.Size())/(1<<20), "words-MiB")
		slowestWords := time.Duration(0)
		for _, text := range []string{"777123", "refund 77", "refund", "re", `"thank you"`, "ärger lieferung", "日本語"} {
			start := time.Now()
			a, _, err := words.Search(b.Context(), text)
			if err != nil || a == nil {
				b.Fatal(text, err)
			}
			took := time.Since(start)
			slowestWords = max(slowestWords, took)
			q := browse.Query{In: a, By: []browse.Order{{Field: "opened", Desc: true}}, Where: []browse.Condition{{Field: "custom3", Op: browse.IsNot, Value: "7"}}}
			v, err := x.Run(b.Context(), db, q)
			if err != nil {
				b.Fatal(err)
			}
			run := time.Since(start) - took
			if err := db.Read(b.Context(), func(tx *store.Tx) error {
				_, err := a.Places(tx, v.Page(v.Total()/2, 100))
				return err
			}); err != nil {
				b.Fatal(err)
			}
			b.Logf("%q: %d, found in %v, filtered and sorted in %v, shown where in %v", text, v.Total(), took, run, time.Since(start)-took-run)
			queries = append(queries, q)
		}
		b.ReportMetric(float64(slowestWords.Milliseconds()), "words-ms")
		for _, q := range queries { // the first time
			start := time.Now()
			if _, err := x.Run(b.Context(), db, q); err != nil {
				b.Fatal(err)
			}
			b.Logf("%+v: first %v", q, time.Since(start))
		}
		slowest := time.Duration(0)
		for _, q := range queries {
			start := time.Now()
			v, err := x.Run(b.Context(), db, q)
			if err != nil {
				b.Fatal(err)
			}
			if err := db.Read(b.Context(), func(tx *store.Tx) error {
				_, err := tx.At(x.Object, v.Page(v.Total()*2/3, 100))
				return err
			}); err != nil {
				b.Fatal(err)
			}
			v.Find(list[n/2].seq)
			q.In = nil // it is no text
			b.Logf("%+v: %d, %v", q, v.Total(), time.Since(start))
			slowest = max(slowest, time.Since(start))
		}
		b.ReportMetric(float64(slowest.Milliseconds()), "slowest-ms")
		b.ReportMetric(float64(x.Size())/(1<<20), "MiB")
	}
}
