//go:build unix

package profile_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"waybill/backend/connector/files"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/profile"
	"waybill/backend/store"
)

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

// spent reports the processor's seconds of a run beside the clock's, which others slow down.
func spent(b *testing.B, fn func()) {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	fn()
	b.ReportMetric((used()-before).Seconds()/float64(b.N), "cpu-s/run")
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/run")
}

// BenchmarkProfile measures WAYBILL_ROWS tickets (100,000 unless said) of 30 fields from the
// stage, from the CSV file that DuckDB and pandas read too, and from the memory.
func BenchmarkProfile(b *testing.B) {
	n := rows()
	db, table := made(b, n)
	b.Run(fmt.Sprintf("stage/rows=%d", n), func(b *testing.B) {
		spent(b, func() {
			for b.Loop() {
				runtime.GC()
				most := watch(func() {
					if _, err := profile.Run(b.Context(), db, wideShape(), job.New("bench")); err != nil {
						b.Fatal(err)
					}
				})
				b.ReportMetric(float64(most)/(1<<20), "MiB")
			}
		})
	})
	b.Run(fmt.Sprintf("read/rows=%d", n), func(b *testing.B) {
		spent(b, func() {
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
		})
	})
	b.Run(fmt.Sprintf("file/rows=%d", n), func(b *testing.B) {
		tables, err := files.Inspect(b.Context(), []string{table}, nil)
		if err != nil {
			b.Fatal(err)
		}
		spent(b, func() {
			for b.Loop() {
				runtime.GC()
				most := watch(func() {
					if got := fromFile(b, &tables[0]).Fields[0].Filled; got != int64(n) {
						b.Fatalf("%d keys in %d rows", got, n)
					}
				})
				b.ReportMetric(float64(most)/(1<<20), "MiB")
			}
		})
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
		spent(b, func() {
			for b.Loop() {
				profile.Measure(wideShape(), raws)
			}
		})
	})
}

// fromFile measures a table as our reader of files gives it, while it is read.
func fromFile(b *testing.B, t *files.Table) profile.Object {
	out, err := profile.MeasureRows(wideShape(), func(give func(text []byte, ends []int, gap int) error) error {
		return files.Each(b.Context(), t, give)
	})
	if err != nil {
		b.Fatal(err)
	}
	return out
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
		b.ReportMetric((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), "cpu-s/run")
	}
}

// BenchmarkPandas computes the same figures that are in both, where pandas is installed.
func BenchmarkPandas(b *testing.B) {
	python := ""
	for _, p := range []string{"python3", "/usr/bin/python3"} { // Debian's pandas belongs to Debian's Python
		if exec.CommandContext(b.Context(), p, "-c", "import pandas").Run() == nil {
			python = p
			break
		}
	}
	if python == "" {
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
		cmd := exec.CommandContext(b.Context(), python, "-c", script, table)
		out, err := cmd.Output()
		if err != nil {
			b.Fatal(err)
		}
		seconds, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(seconds, "s/pandas")
		b.ReportMetric((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), "cpu-s/run")
	}
}
