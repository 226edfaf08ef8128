package profile_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/profile"
	"waybill/backend/store"
)

// wide makes tickets of 30 fields, as a desk of that size has them: keys, moments, lists
// to choose from, people, addresses, numbers and texts.
type wide struct {
	r     *rand.Rand
	names []string
	words []string
}

func newWide() *wide {
	w := &wide{r: rand.New(rand.NewPCG(1, 2))}
	w.names = []string{
		"id", "subject", "created_at", "updated_at", "closed_at", "due", "status", "priority", "channel", "requester_id", "assignee_id", "group_id", "email", "phone", "url",
		"country", "amount", "score", "minutes", "flag", "code", "order_number", "tags", "reason", "product", "text", "note", "ip", "seldom", "empty",
	}
	w.words = strings.Fields("the order has not arrived yet and nobody answers please help me with my invoice because it is wrong thank you for your support printer login password refund delivery broken Größe naïve café")
	return w
}

func (w *wide) text(n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = w.words[w.r.IntN(len(w.words))]
	}
	return strings.Join(out, " ")
}

func (w *wide) values(i int) []string {
	r := w.r
	at := time.Date(2014, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i)*5*time.Minute + time.Duration(r.IntN(300))*time.Second)
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	seldom := ""
	if r.IntN(200) == 0 {
		seldom = "x" + strconv.Itoa(r.IntN(9))
	}
	return []string{
		strconv.Itoa(100_000 + i), w.text(4 + r.IntN(5)), at.Format("2006-01-02T15:04:05Z"), at.Add(time.Duration(r.IntN(1000)) * time.Hour).Format("2006-01-02T15:04:05Z"),
		at.Add(90 * time.Hour).Format("2006-01-02 15:04"), at.Format("02/01/2006"), pick("open", "pending", "solved", "closed", "closed", "closed"), pick("low", "normal", "high", "urgent"),
		pick("email", "web", "chat", "phone"), strconv.Itoa(r.IntN(120_000)), strconv.Itoa(r.IntN(150)), strconv.Itoa(r.IntN(12)), fmt.Sprintf("person%d@company%d.example", r.IntN(120_000), r.IntN(900)),
		fmt.Sprintf("+49 30 %07d", r.IntN(9_000_000)), fmt.Sprintf("https://example.test/orders/%d", r.IntN(400_000)), pick("DE", "FR", "IT", "ES", "PL", "NL", "US", "GB"),
		fmt.Sprintf("%d.%02d", r.IntN(5000), r.IntN(100)), strconv.Itoa(1 + r.IntN(5)), strconv.Itoa(r.IntN(20_000)), pick("true", "false"), fmt.Sprintf("%s-%04d", pick("AB", "CD", "EF"), r.IntN(10_000)),
		fmt.Sprintf("2024-%06d", r.IntN(900_000)), pick("vip", "refund", "bug", "vip, refund", ""), pick("Billing", "Shipping", "Login", "Other", ""), fmt.Sprintf("Product %d", r.IntN(300)),
		w.text(12 + r.IntN(25)), w.text(r.IntN(9)), fmt.Sprintf("10.%d.%d.%d", r.IntN(200), r.IntN(250), r.IntN(250)), seldom, "",
	}
}

// made stages n such tickets and writes them as CSV too; both are kept between runs when
// WAYBILL_BENCH_DIR says where.
func made(b *testing.B, n int) (db *store.DB, table string) {
	dir := os.Getenv("WAYBILL_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	table = filepath.Join(dir, fmt.Sprintf("wide-%d.csv", n))
	path := filepath.Join(dir, fmt.Sprintf("wide-%d.db", n))
	_, there := os.Stat(table)
	db, err := store.Open(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	if there == nil {
		return db, table
	}
	file, err := os.Create(table + ".part")
	if err != nil {
		b.Fatal(err)
	}
	buf := bufio.NewWriterSize(file, 1<<20)
	out := csv.NewWriter(buf)
	w := newWide()
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	check(out.Write(w.names))
	const page = 5000
	for at := 0; at < n; at += page {
		recs := make([]model.Record, 0, page)
		for i := at; i < min(at+page, n); i++ {
			v := w.values(i)
			check(out.Write(v))
			recs = append(recs, model.Record{Key: model.Key{Object: model.Ticket, ID: v[0]}, Raw: flat(w.names, v)})
		}
		check(db.Write(context.Background(), func(tx *store.Tx) error {
			p := store.Page{Object: model.Ticket, Records: recs}
			if at == 0 {
				r, err := tx.BeginReading(model.Ticket)
				if err != nil {
					return err
				}
				p.Pass = r.Pass
			} else {
				r, err := tx.Reading(model.Ticket)
				if err != nil {
					return err
				}
				p.Pass = r.Pass
			}
			_, err := tx.StagePage(p)
			return err
		}))
	}
	out.Flush()
	check(out.Error())
	check(buf.Flush())
	check(file.Close())
	check(os.Rename(table+".part", table))
	return db, table
}

// flat writes a record's values as JSON in the order of the names.
func flat(names, values []string) []byte {
	out := []byte{'{'}
	for i, n := range names {
		if i > 0 {
			out = append(out, ',')
		}
		v, err := json.Marshal(values[i])
		if err != nil {
			panic(err) // a text can always be written
		}
		out = append(append(strconv.AppendQuote(out, n), ':'), v...)
	}
	return append(out, '}')
}

func wideShape() model.ObjectSchema {
	shape := model.ObjectSchema{Object: model.Ticket, Name: "subject"}
	for _, n := range newWide().names {
		t := model.Text
		switch n {
		case "created_at", "updated_at":
			t = model.DateTime
		case "tags":
			t = model.Tags
		}
		shape.Fields = append(shape.Fields, model.Field{Name: n, Type: t})
	}
	return shape
}

func rows() int {
	if n, err := strconv.Atoi(os.Getenv("WAYBILL_ROWS")); err == nil {
		return n
	}
	return 100_000
}

// watch gives the most memory that the heap took while fn ran.
func watch(fn func()) (most uint64) {
	var top atomic.Uint64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		var m runtime.MemStats
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			runtime.ReadMemStats(&m)
			if use := m.Sys - m.HeapReleased; use > top.Load() {
				top.Store(use)
			}
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	fn()
	close(done)
	<-ended
	return top.Load()
}

// BenchmarkProfile measures WAYBILL_ROWS tickets (100,000 unless said) of 30 fields from the
// stage, and the same without the stage.
func BenchmarkProfile(b *testing.B) {
	n := rows()
	db, _ := made(b, n)
	b.Run(fmt.Sprintf("stage/rows=%d", n), func(b *testing.B) {
		for b.Loop() {
			runtime.GC()
			most := watch(func() {
				if _, err := profile.Run(b.Context(), db, wideShape(), job.New("bench")); err != nil {
					b.Fatal(err)
				}
			})
			b.ReportMetric(float64(most)/(1<<20), "MiB")
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/run")
	})
	b.Run(fmt.Sprintf("read/rows=%d", n), func(b *testing.B) {
		for b.Loop() {
			after := int64(0)
			for {
				var page []store.Content
				if err := db.Read(b.Context(), func(tx *store.Tx) (err error) { page, err = tx.Contents(model.Ticket, after, 2000); return err }); err != nil {
					b.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				after = page[len(page)-1].Seq
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/run")
	})
	b.Run(fmt.Sprintf("meters/rows=%d", n), func(b *testing.B) {
		raws := make([][]byte, 0, n)
		after := int64(0)
		for {
			var page []store.Content
			if err := db.Read(b.Context(), func(tx *store.Tx) (err error) { page, err = tx.Contents(model.Ticket, after, 2000); return err }); err != nil {
				b.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, c := range page {
				raws = append(raws, c.Raw)
			}
			after = page[len(page)-1].Seq
		}
		for b.Loop() {
			profile.Measure(wideShape(), raws)
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/run")
	})
}

// BenchmarkDuckDB runs SUMMARIZE of DuckDB with two threads on the same values as CSV, where
// WAYBILL_DUCKDB names a folder in which @duckdb/node-api is installed.
func BenchmarkDuckDB(b *testing.B) {
	dir := os.Getenv("WAYBILL_DUCKDB")
	if dir == "" {
		b.Skip("WAYBILL_DUCKDB names no folder with @duckdb/node-api")
	}
	_, table := made(b, rows())
	script := `const { DuckDBInstance } = require("@duckdb/node-api");
(async () => {
  const db = await DuckDBInstance.create(":memory:", { threads: "2" });
  const c = await db.connect();
  const t = process.hrtime.bigint();
  await (await c.run("SUMMARIZE SELECT * FROM read_csv('" + process.argv[1] + "', all_varchar=true, header=true)")).getRows();
  console.log(Number(process.hrtime.bigint() - t) / 1e9);
})();`
	for b.Loop() {
		cmd := exec.CommandContext(b.Context(), "node", "-e", script, table)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			b.Fatal(err)
		}
		seconds, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(seconds, "s/summarize")
	}
}

// BenchmarkPandas computes the same figures that are in both, where pandas is installed.
func BenchmarkPandas(b *testing.B) {
	if err := exec.CommandContext(b.Context(), "python3", "-c", "import pandas").Run(); err != nil {
		b.Skip("pandas is not installed")
	}
	_, table := made(b, rows())
	script := `import sys, time, pandas as pd
t = time.time()
d = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
for c in d.columns:
    s = d[c]
    (s == "").sum(); s.nunique(); s.value_counts().head(10); s.str.len().max(); s.min(); s.max()
print(time.time() - t)`
	for b.Loop() {
		out, err := exec.CommandContext(b.Context(), "python3", "-c", script, table).Output()
		if err != nil {
			b.Fatal(err)
		}
		seconds, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(seconds, "s/pandas")
	}
}
