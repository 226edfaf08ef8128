package clean_test

import (
	"context"
	"testing"

	"waybill/backend/clean"
	"waybill/backend/model"
	"waybill/backend/store"
)

func (d desk) later() []clean.Later {
	d.t.Helper()
	l, err := clean.FitLater(context.Background(), d.db, shapes)
	if err != nil {
		d.t.Fatal(err)
	}
	return l
}

func (d desk) fateByID(o model.Object) map[string]model.Fate {
	d.t.Helper()
	out := map[string]model.Fate{}
	err := d.db.Read(context.Background(), func(tx *store.Tx) error {
		rows, err := tx.Records(store.Filter{Object: o}, 0, 100)
		for _, r := range rows {
			out[r.Record.Key.ID] = r.Fate
		}
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

// What is read after a decision and fits its rule is offered, comes under the decision by one
// word, and goes back with it.
func TestLater_whatIsReadAfterADecisionIsOffered(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	shop := map[string]string{"id": "1", "subject": "old", "status": "closed"}
	other := map[string]string{"id": "2", "subject": "new", "status": "open"}
	d.stage(model.Ticket, nil, shop, other)
	d.stage(model.Message, nil, map[string]string{"id": "m1", "ticket": "1", "body": "x"})
	made, err := clean.Make(ctx, d.db, shapes, clean.Spec{Object: model.Ticket, Does: clean.Archive, Where: []clean.Condition{{Field: "status", Op: "is", Value: "closed"}}}, "agreed", ann)
	if err != nil {
		t.Fatal(err)
	}
	if l := d.later(); len(l) != 0 {
		t.Fatalf("nothing was read since: %+v", l)
	}
	other["status"] = "closed" // it changed in the source
	d.stage(model.Ticket, nil, shop, other, map[string]string{"id": "3", "subject": "newer", "status": "closed"}, map[string]string{"id": "4", "subject": "open", "status": "open"})
	d.stage(model.Message, nil, map[string]string{"id": "m1", "ticket": "1", "body": "x"}, map[string]string{"id": "m3", "ticket": "3", "body": "y"})
	l := d.later()
	if len(l) != 1 || l[0].Decision.ID != made.ID || l[0].Count != 2 || l[0].Also[model.Message] != 1 || len(l[0].Seqs) != 2 || len(l[0].Examples) != 2 {
		t.Fatalf("%+v", l)
	}
	bob := model.Person{Name: "Bob", Role: "lead"}
	got, err := clean.IncludeLater(ctx, d.db, shapes, made.ID, bob)
	if err != nil || got.ID != made.ID || got.Count != made.Count+3 || got.By != ann {
		t.Fatalf("%+v, %v", got, err)
	}
	if f := d.fateByID(model.Ticket); f["1"] != model.Archived || f["2"] != model.Archived || f["3"] != model.Archived || f["4"] != model.Pending {
		t.Errorf("%v", f)
	}
	if f := d.fateByID(model.Message); f["m3"] != model.Archived {
		t.Errorf("%v", f)
	}
	if l := d.later(); len(l) != 0 {
		t.Errorf("all are under it: %+v", l)
	}
	if _, err := clean.IncludeLater(ctx, d.db, shapes, made.ID, bob); err == nil {
		t.Error("included what is not there")
	}
	d.write(func(tx *store.Tx) error { return tx.Undo(made.ID, ann) })
	for id, f := range d.fateByID(model.Ticket) {
		if f != model.Pending {
			t.Errorf("%s is still %s", id, f)
		}
	}
	if _, err := clean.IncludeLater(ctx, d.db, shapes, made.ID, bob); err == nil {
		t.Error("included under a decision that was taken back")
	}
}

// A duplicate that comes later lives on in the same record as the others, even when it is the
// fuller one.
func TestLater_mergedOnesStayWhereTheyAre(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	a := map[string]string{"id": "1", "name": "Ada Lovelace", "email": "ada@x.example"}
	b := map[string]string{"id": "2", "name": "", "email": "ADA@x.example"}
	d.stage(model.Contact, nil, a, b)
	d.measure()
	made, err := clean.Apply(ctx, d.db, shapes, "merge.contact.email", nil, "the same", ann)
	if err != nil || made.Count != 1 {
		t.Fatalf("%+v, %v", made, err)
	}
	d.stage(model.Contact, nil, a, b, map[string]string{"id": "3", "name": "Ada Lovelace", "email": "ada@x.example", "phone": "+44 20 7946 0958"})
	l := d.later()
	if len(l) != 1 || l[0].Count != 1 {
		t.Fatalf("%+v", l)
	}
	if _, err := clean.IncludeLater(ctx, d.db, shapes, made.ID, ann); err != nil {
		t.Fatal(err)
	}
	if f := d.fateByID(model.Contact); f["1"] != model.Pending || f["2"] != model.Merged || f["3"] != model.Merged {
		t.Errorf("%v", f)
	}
	if err := d.db.Read(ctx, func(tx *store.Tx) error {
		into, err := tx.MergedInto(made.ID)
		first, _ := tx.Record(model.Key{Object: model.Contact, ID: "1"})
		if len(into) != 1 || !into[first.Seq] {
			t.Errorf("they live on in %v, not in %d", into, first.Seq)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
