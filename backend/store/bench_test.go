//go:build unix

package store_test

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"waybill/backend/model"
	"waybill/backend/store"
)

// processor is what this process has used of it so far.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkMove is what a run asks of the store for each record: to read it with its
// links, to keep the intent and the outcome. Four portions share a commit. Once:
//
//	go test ./backend/store -run '^$' -bench Move -benchtime 1x
func BenchmarkMove(b *testing.B) {
	const records, portion = 20_000, 64
	db := open(b)
	body := strings.Repeat("please find the printer ", 80)
	write(b, db, func(tx *store.Tx) error {
		at, err := tx.BeginReading(model.Message)
		if err != nil {
			return err
		}
		for from := 0; from < records; from += 1000 {
			p := store.Page{Object: model.Message, Pass: at.Pass, Replace: true}
			for i := from; i < from+1000; i++ {
				p.Records = append(p.Records, record(model.Message, fmt.Sprint("m", i), fmt.Sprintf(`{"id":"m%d","body":%q}`, i, body),
					model.Link{Role: "ticket", To: []model.Ref{{Object: model.Ticket, Value: fmt.Sprint("t", i/4)}}},
					model.Link{Role: "author", To: []model.Ref{{Object: model.Contact, Value: fmt.Sprint("c", i/40)}}}))
				p.Names = append(p.Names, "")
			}
			if _, err := tx.StagePage(p); err != nil {
				return err
			}
		}
		return nil
	})
	var plan store.Plan
	var seqs []int64
	write(b, db, func(tx *store.Tx) (err error) {
		if plan, err = tx.NewPlan(store.Plan{Scope: model.RunFull}); err != nil {
			return err
		}
		rows, err := tx.Records(store.Filter{Object: model.Message}, 0, records)
		if err != nil {
			return err
		}
		items := make([]store.PlanItem, len(rows))
		for i, r := range rows {
			items[i] = store.PlanItem{Seq: r.Seq, Action: store.ActCreate, Draft: []byte("0123456789abcdef")}
			seqs = append(seqs, r.Seq)
		}
		return tx.PutPlanItems(plan.ID, model.Message, items)
	})
	b.Run("read", func(b *testing.B) {
		began := processor(b)
		for b.Loop() {
			last := int64(0)
			for n := 0; n < records; {
				if err := db.Read(context.Background(), func(tx *store.Tx) error {
					rows, err := tx.PlannedRows(plan.ID, model.Message, last, 512)
					if len(rows) > 0 {
						n, last = n+len(rows), rows[len(rows)-1].Seq
					}
					return err
				}); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64((processor(b)-began).Microseconds())/float64(b.N)/records, "cpu-us/rec")
	})
	step := func(b *testing.B, do func(tx *store.Tx, seqs []int64) error) {
		began := processor(b)
		for at := 0; at < records; at += 4 * portion {
			if err := db.Write(context.Background(), func(tx *store.Tx) error {
				for i := at; i < min(at+4*portion, records); i += portion {
					if err := do(tx, seqs[i:min(i+portion, records)]); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64((processor(b)-began).Microseconds())/records, "cpu-us/rec")
	}
	b.Run("intend", func(b *testing.B) {
		for range b.N {
			step(b, func(tx *store.Tx, seqs []int64) error {
				items := make([]store.Intent, len(seqs))
				for i, s := range seqs {
					items[i] = store.Intent{Seq: s, Mark: model.Mark(fmt.Sprintf("wb-0123456789abcdef-message-%d", s)), Draft: []byte("0123456789abcdef")}
				}
				return tx.Intend(1, model.Message, model.Message, items)
			})
		}
	})
	b.Run("settle", func(b *testing.B) {
		for range b.N {
			step(b, func(tx *store.Tx, seqs []int64) error {
				items := make([]store.Settlement, len(seqs))
				for i, s := range seqs {
					items[i] = store.Settlement{Seq: s, State: store.LedgerCreated, ID: fmt.Sprint(s + 1000), Version: "1"}
				}
				return tx.Settle(1, model.Message, items)
			})
		}
	})
}
