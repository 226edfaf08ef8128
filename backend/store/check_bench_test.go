package store_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"waybill/backend/model"
	"waybill/backend/store"
)

// BenchmarkMatchCheck compares what was read back with what was expected, by number and hash,
// and beside it plain joins of the same pairs: a sorted merge of keys and hashes in SQLite,
// and the same in DuckDB, where WAYBILL_DUCKDB names a folder with @duckdb/node-api.
// WAYBILL_CHECK_PAIRS is how many; 200,000 when nobody says.
func BenchmarkMatchCheck(b *testing.B) {
	n := 200_000
	if s := os.Getenv("WAYBILL_CHECK_PAIRS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	ctx := context.Background()
	dir := b.TempDir()
	db, err := store.Open(ctx, filepath.Join(dir, "project.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	mark := func(i int) string { return "wb:01234567:message:" + strconv.Itoa(i*7919%n) }
	key := func(i int) int64 { return int64(uint64(i+1) * 0x9E3779B97F4A7C15) }
	planted := func(i int) bool { return i%(n/10) == 5 }
	const page = 5000
	for from := 0; from < n; from += page {
		err := db.Write(ctx, func(tx *store.Tx) error {
			var want []store.CheckWant
			var got []store.CheckGot
			for i := from; i < min(n, from+page); i++ {
				hash := key(i) ^ 0x5555
				want = append(want, store.CheckWant{Key: key(i), Seq: int64(i + 1), Hash: hash, Mask: []byte{255, 3}})
				if planted(i) {
					hash++
				}
				got = append(got, store.CheckGot{Key: key(i), Hash: hash, N: int64(i), ID: strconv.Itoa(i)})
			}
			if err := tx.PutExpected(model.Message, want); err != nil {
				return err
			}
			_, err := tx.PutGot(got)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	per := func(d time.Duration) float64 { return float64(n) / d.Seconds() }
	b.ResetTimer()
	var ours time.Duration
	for range b.N {
		began := time.Now()
		err := db.Write(ctx, func(tx *store.Tx) error {
			apart, err := tx.MatchCheck()
			if err == nil && apart != 10 {
				err = fmt.Errorf("%d are apart, want 10", apart)
			}
			if err != nil {
				return err
			}
			return tx.ForgetDeep()
		})
		if err != nil {
			b.Fatal(err)
		}
		ours += time.Since(began)
	}
	ours /= time.Duration(b.N)
	b.StopTimer()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(per(ours), "pairs/s")
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB")
	merge, err := store.PlainMerge(ctx, filepath.Join(dir, "plain.db"), n, mark, func(i int) int64 { return key(i) }, planted)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(ours.Seconds()/merge.Seconds(), "x-of-SQLite-merge")
	if duck := os.Getenv("WAYBILL_DUCKDB"); duck != "" {
		script := `const { DuckDBInstance } = require("@duckdb/node-api");
(async () => { const c = await (await DuckDBInstance.create(":memory:", { threads: "2" })).connect(); const n = ` + strconv.Itoa(n) + `;
for (const t of ["want", "got"]) await c.run("create table " + t + " as select 'wb:01234567:message:' || ((i * 7919) % " + n + ") as mark, hash(i) as hash from range(" + n + ") r(i)");
const began = process.hrtime.bigint();
await (await c.run("select w.mark from want w left join got g on g.mark = w.mark where g.hash is distinct from w.hash")).getRows();
console.log(Number(process.hrtime.bigint() - began) / 1e9); })().catch((e) => { console.error(e); process.exit(1); });`
		cmd := exec.Command("node", "-e", script)
		cmd.Dir = duck
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		s, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(ours.Seconds()/s, "x-of-DuckDB")
	}
}
