package store_test

import (
	"context"
	"fmt"
	"testing"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// read is one complete reading of an object.
func read(t testing.TB, db *store.DB, o model.Object, p store.Page) (s store.Staged, gone int64) {
	t.Helper()
	write(t, db, func(tx *store.Tx) error {
		r, err := tx.BeginReading(o)
		if err != nil {
			return err
		}
		p.Object, p.Pass = o, r.Pass
		if s, err = tx.StagePage(p); err != nil {
			return err
		}
		gone, err = tx.EndReading(o)
		return err
	})
	return s, gone
}

func TestReading_aCorrectedExportTakesItsRepeatsAndBrokenRowsAway(t *testing.T) {
	db := open(t)
	o := model.Contact
	broken := func(raw string) []store.Broken {
		return []store.Broken{{Place: "people.csv, line 9", Raw: []byte(raw), Why: problem.New("file.row", "This row is broken.", "It could not be read: "+raw, "Repair it.")}}
	}
	read(t, db, o, store.Page{Count: true, Broken: broken("a"), Records: []model.Record{
		record(o, "1", `{"n":"Ann"}`), record(o, "1", `{"n":"Ann"}`), record(o, "1", `{"n":"Bob"}`), record(o, "2", `{"n":"Cid"}`),
	}})
	if m := manifest(t, db, o); m.Source != 5 || m.Pending != 2 || m.Merged != 1 || m.Held != 2 {
		t.Fatalf("first reading: %+v", m)
	}
	// The same row is still broken, but otherwise; the repeat is now another person.
	read(t, db, o, store.Page{Count: true, Broken: broken("b"), Records: []model.Record{
		record(o, "1", `{"n":"Ann"}`), record(o, "1", `{"n":"Dan"}`), record(o, "2", `{"n":"Cid"}`),
	}})
	if m := manifest(t, db, o); m.Source != 4 || m.Pending != 2 || m.Merged != 0 || m.Held != 2 {
		t.Fatalf("second reading: %+v", m)
	}
	err := db.Read(context.Background(), func(tx *store.Tx) error {
		row, err := tx.Record(model.Key{Object: o, ID: "people.csv, line 9"})
		if err != nil {
			return err
		}
		why, err := tx.WhyHeld(row.Seq)
		if err != nil {
			return err
		}
		if string(row.Record.Raw) != `"b"` || why[0].Problem.Why != "It could not be read: b" {
			t.Errorf("the broken row is %s, because %q", row.Record.Raw, why[0].Problem.Why)
		}
		row, err = tx.Record(model.Key{Object: o, ID: "1 (again 1)"})
		if err == nil && string(row.Record.Raw) != `{"n":"Dan"}` {
			err = fmt.Errorf("the repeat is still %s", row.Record.Raw)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	// Everything repaired.
	_, gone := read(t, db, o, store.Page{Count: true, Records: []model.Record{record(o, "1", `{"n":"Ann"}`), record(o, "2", `{"n":"Cid"}`)}})
	if m := manifest(t, db, o); gone != 2 || m.Source != 2 || m.Pending != 2 {
		t.Errorf("repaired: %d gone, %+v", gone, m)
	}
}

func TestReading_whatOthersWereMergedIntoStays(t *testing.T) {
	db := open(t)
	o := model.Contact
	read(t, db, o, store.Page{Records: []model.Record{record(o, "1", `{}`), record(o, "2", `{}`), record(o, "3", `{}`)}})
	write(t, db, func(tx *store.Tx) error {
		_, err := tx.Decide(store.Decision{By: model.Person{Name: "Ann"}, Rule: "merge", Does: "merge", Object: o}, model.Merged, []store.Hit{{Seq: 2, Survivor: 1}})
		return err
	})
	_, gone := read(t, db, o, store.Page{Records: []model.Record{}})
	if m := manifest(t, db, o); gone != 1 || m.Source != 2 || m.Merged != 1 || m.Pending != 1 {
		t.Errorf("%d gone, %+v; want only the third gone", gone, m)
	}
}

// A run that was interrupted and goes on passes its plan anew: what it holds is counted once.
func TestRun_heldRecordsAreCountedOnce(t *testing.T) {
	db := open(t)
	stage(t, db, store.Page{Object: model.Ticket, Records: []model.Record{record(model.Ticket, "1", `{}`), record(model.Ticket, "2", `{}`)}})
	why := []*problem.Problem{problem.New("x", "What.", "Why.", "Next.")}
	var run store.Run
	write(t, db, func(tx *store.Tx) (err error) {
		run, err = tx.NewRun(store.Run{Kind: model.RunFull, By: model.Person{Name: "Ann"}})
		return err
	})
	for range 2 {
		write(t, db, func(tx *store.Tx) error {
			n, err := tx.HoldPlanned([]store.PlanItem{{Seq: 1, Action: store.ActHold, Problems: why}})
			if err != nil {
				return err
			}
			return tx.CountPlanned(run.ID, model.Ticket, n)
		})
	}
	write(t, db, func(tx *store.Tx) error {
		if err := tx.Intend(run.ID, model.Ticket, model.Ticket, []store.Intent{{Seq: 2, Mark: "m2"}}); err != nil {
			return err
		}
		return tx.Settle(run.ID, model.Ticket, []store.Settlement{{Seq: 2, State: store.LedgerRefused, Problems: why}})
	})
	err := db.Read(context.Background(), func(tx *store.Tx) error {
		got, err := tx.Run(run.ID)
		if err == nil && got.Counts[model.Ticket]["held"] != 2 {
			err = fmt.Errorf("counts %v, want 2 held", got.Counts)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
