package browse_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"waybill/backend/browse"
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
	db, list := desk(b, n, 5, func(rng *rand.Rand, i int) map[string]any {
		v := messy(rng, i)
		v["subject"] = fmt.Sprintf("%s no. %d", subjects[rng.IntN(len(subjects))], rng.IntN(n))
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
			b.Logf("%+v: %d, %v", q, v.Total(), time.Since(start))
			slowest = max(slowest, time.Since(start))
		}
		b.ReportMetric(float64(slowest.Milliseconds()), "slowest-ms")
		b.ReportMetric(float64(x.Size())/(1<<20), "MiB")
	}
}
