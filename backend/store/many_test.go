package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Intents and outcomes are written many with one statement, and each record gets its own.
func TestInvariant3_ManyIntentsAndOutcomes(t *testing.T) {
	for _, n := range []int{1, 3, 64, 65, 151} {
		db := open(t)
		records := make([]model.Record, n)
		for i := range records {
			records[i] = record(model.Contact, fmt.Sprint(i), `{}`)
		}
		stage(t, db, store.Page{Object: model.Contact, Records: records})
		intents, outcomes := make([]store.Intent, n), make([]store.Settlement, n)
		for i := range n {
			seq := int64(i + 1)
			intents[i] = store.Intent{Seq: seq, Mark: model.Mark(fmt.Sprint("m", i)), Draft: []byte{byte(i)}}
			outcomes[i] = store.Settlement{Seq: seq, State: store.LedgerCreated, ID: fmt.Sprint("t", i), Version: fmt.Sprint("v", i)}
			switch i % 5 {
			case 1:
				outcomes[i].State, outcomes[i].Before = store.LedgerExisted, true
			case 2:
				outcomes[i] = store.Settlement{Seq: seq, State: store.LedgerRefused, Problems: []*problem.Problem{problem.New("x", "No.", "", "")}}
			case 3:
				outcomes[i] = store.Settlement{Seq: seq, State: store.LedgerRefused} // not sent after all
			}
		}
		var plans []string
		write(t, db, func(tx *store.Tx) error {
			if err := tx.Intend(7, model.Contact, model.Agent, intents); err != nil {
				return err
			}
			for _, q := range tx.Prepared() {
				plans = append(plans, planOf(t, tx, q))
			}
			return nil
		})
		write(t, db, func(tx *store.Tx) error {
			open, err := tx.OpenIntents(n + 1)
			if err != nil {
				return err
			}
			if len(open) != n {
				t.Errorf("%d of %d intents are kept", len(open), n)
			}
			return nil
		})
		write(t, db, func(tx *store.Tx) error {
			if err := tx.Settle(7, model.Contact, outcomes); err != nil {
				return err
			}
			for _, q := range tx.Prepared() {
				plans = append(plans, planOf(t, tx, q))
			}
			return nil
		})
		for _, plan := range plans {
			for _, line := range strings.Split(plan, "\n") {
				if strings.HasPrefix(line, "SCAN ledger") || strings.HasPrefix(line, "SCAN rec") || strings.HasPrefix(line, "SCAN held") {
					t.Errorf("a whole table is read:\n%s", plan)
				}
			}
		}
		err := db.Read(context.Background(), func(tx *store.Tx) error {
			for i := range n {
				got, _, err := tx.LedgerOf(int64(i + 1))
				if err != nil {
					return err
				}
				o := outcomes[i]
				want := store.LedgerLine{
					Seq: o.Seq, Object: model.Contact, Source: fmt.Sprint(i), Target: model.Agent, Mark: intents[i].Mark,
					State: o.State, ID: o.ID, Version: o.Version, Run: 7, At: got.At, Before: o.Before,
				}
				if got != want || got.At == "" {
					t.Errorf("record %d of %d: %+v, want %+v", i, n, got, want)
				}
				why, err := tx.WhyHeld(o.Seq)
				if err != nil {
					return err
				}
				if len(why) != len(o.Problems) {
					t.Errorf("record %d of %d is held for %v", i, n, why)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		m := manifest(t, db, model.Contact)
		held, pending := int64((n+2)/5), int64((n+1)/5)
		if want := (model.Manifest{Object: model.Contact, Source: int64(n), Moved: int64(n) - held - pending, Held: held, Pending: pending, Target: int64(n) - held - pending}); m != want {
			t.Errorf("%+v, want %+v", m, want)
		}
	}
}
