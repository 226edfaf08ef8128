package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"waybill/backend/model"
	"waybill/backend/store"
)

// What a delta asks for is found by an index: its time must not grow with the records
// that stayed as they are.
func TestP77_ADeltaNeverReadsAWholeTable(t *testing.T) {
	db := peopled(t)
	o := model.Ticket
	write(t, db, func(tx *store.Tx) error {
		for i := range 200 {
			row, err := tx.Record(model.Key{Object: o, ID: fmt.Sprint(i)})
			if err != nil {
				return err
			}
			if err := tx.Intend(1, o, o, []store.Intent{{Seq: row.Seq, Mark: model.Mark(fmt.Sprint("m", i))}}); err != nil {
				return err
			}
			if err := tx.Settle(1, o, []store.Settlement{{Seq: row.Seq, State: store.LedgerCreated, ID: fmt.Sprint("T", i), Version: "1"}}); err != nil {
				return err
			}
		}
		_, err := tx.NewPlan(store.Plan{Scope: "delta"})
		return err
	})
	var prepared []string
	write(t, db, func(tx *store.Tx) error {
		_, err := tx.StagePage(store.Page{
			Object: o, Feed: true, Next: "c9", Pass: 1, Replace: true,
			Records: []model.Record{record(o, "7", `{"status":"closed"}`), record(o, "8", `{"status":"open"}`), record(o, "new", `{}`)},
			Gone:    []store.Gone{{ID: "9", How: store.HowDeleted}, {ID: "none", How: store.HowDeleted}},
		})
		if err != nil {
			return err
		}
		_, err = tx.StagePage(store.Page{
			Object: model.Message, Feed: true, Next: "c1", Replace: true,
			Records: []model.Record{record(model.Message, "m", `{}`, model.Link{Role: "ticket", To: []model.Ref{{Object: o, Value: "7"}}})},
		})
		if err != nil {
			return err
		}
		if got, err := tx.StagePage(store.Page{Object: model.Contact, Feed: true, Gone: []store.Gone{{ID: "3", How: store.HowDeleted}}}); err != nil || got.Forgotten != 1 {
			t.Errorf("a contact that was never sent: %+v, %v", got, err)
		}
		found, err := tx.Changes(o, 0, 100)
		if err != nil {
			return err
		}
		if len(found) != 2 || found[0].How != store.HowChanged || string(found[0].Former.Raw) != `{"status":"open"}` || len(found[0].Former.Links) != 1 || found[1].How != store.HowDeleted {
			t.Errorf("found %+v", found)
		}
		seq := found[0].Line.Seq
		if _, err := tx.ChangesAt([]int64{seq}); err != nil {
			return err
		}
		if err := tx.SendChanges(1, []int64{seq}); err != nil {
			return err
		}
		if err := tx.PutDeltaItems(1, o, []store.DeltaItem{{Seq: seq, Action: store.ActConflict, Body: `{"choice":"keep","choices":["keep"]}`}}); err != nil {
			return err
		}
		if _, err := tx.DeltaItems(1, o, store.ActConflict, "keep", 0, 100); err != nil {
			return err
		}
		if _, err := tx.Below(seq); err != nil {
			return err
		}
		if _, err := tx.ConflictsAt([]int64{seq}); err != nil {
			return err
		}
		if err := tx.Conclude(store.Conflict{Seq: seq, Object: o, Choice: "keep"}); err != nil {
			return err
		}
		if _, err := tx.Conflicts(o, 0, 100); err != nil {
			return err
		}
		if _, err := tx.Unfetched(model.Attachment, 0, 50); err != nil {
			return err
		}
		if _, _, err := tx.Later(o, 0, 100); err != nil { // what a delta's run asks for too
			return err
		}
		if err := tx.WroteChanges([]store.Written{{Seq: seq, Draft: []byte("d"), Version: "2"}}); err != nil {
			return err
		}
		prepared = tx.Prepared()
		return nil
	})
	err := db.Read(context.Background(), func(tx *store.Tx) error {
		for _, q := range prepared {
			plan := planOf(t, tx, q)
			for _, line := range strings.Split(plan, "\n") {
				for _, big := range []string{"rec", "r", "l", "g", "ledger", "link", "i", "p", "c", "alias", "a"} {
					if line == "SCAN "+big && !strings.Contains(q, "tally") {
						t.Errorf("%q reads a whole table:\n%s\n%s", line, q, plan)
					}
				}
				if strings.HasPrefix(line, "SEARCH g USING") && strings.Contains(line, "(state=") {
					t.Errorf("%q reads a whole ledger:\n%s\n%s", line, q, plan)
				}
				if strings.HasPrefix(line, "SEARCH r USING INDEX rec_object") || strings.HasPrefix(line, "SEARCH rec USING INDEX rec_object") {
					t.Errorf("%q reads a whole object:\n%s\n%s", line, q, plan)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestInvariant2_TheFirstFormerStateIsKeptOverSeveralChanges(t *testing.T) {
	db := open(t)
	o := model.Ticket
	stage(t, db, store.Page{Object: o, Records: []model.Record{record(o, "1", `{"n":1}`, model.Link{Role: "requester", To: []model.Ref{{Object: model.Contact, Value: "a"}}})}})
	// The intent is committed, its outcome not known: the record may be in the target.
	write(t, db, func(tx *store.Tx) error {
		return tx.Intend(1, o, o, []store.Intent{{Seq: 1, Mark: "m", Draft: []byte("d")}})
	})
	for _, raw := range []string{`{"n":2}`, `{"n":3}`} {
		write(t, db, func(tx *store.Tx) error {
			_, err := tx.StagePage(store.Page{Object: o, Feed: true, Replace: true, Records: []model.Record{record(o, "1", raw, model.Link{Role: "requester", To: []model.Ref{{Object: model.Contact, Value: "b"}}})}})
			return err
		})
	}
	changes := func() (out []store.Change) {
		write(t, db, func(tx *store.Tx) (err error) { out, err = tx.Changes(o, 0, 10); return err })
		return out
	}
	if got := changes(); len(got) != 0 {
		t.Fatalf("nobody knows whether it is there, and it is listed: %+v", got)
	}
	write(t, db, func(tx *store.Tx) error {
		return tx.Settle(1, o, []store.Settlement{{Seq: 1, State: store.LedgerExisted, ID: "T1", Version: "1"}})
	})
	got := changes()
	if len(got) != 1 || string(got[0].Former.Raw) != `{"n":1}` || got[0].Former.Links[0].To[0].Value != "a" || string(got[0].Draft) != "d" {
		t.Fatalf("%+v, want the state that was sent", got)
	}
	write(t, db, func(tx *store.Tx) error { return tx.TakeBack(2, o, []int64{1}, nil) })
	if got := changes(); len(got) != 0 {
		t.Errorf("it was rolled back, and its change is open: %+v", got)
	}
}
