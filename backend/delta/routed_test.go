package delta_test

import (
	"slices"
	"testing"

	"waybill/backend/delta"
	"waybill/backend/load/loadtest"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/store"
)

// byFirm makes companies of customers with an address of a firm, or does not.
func (w *two) byFirm(firms bool) {
	v := mapping.Suggest(w.Source, w.Job.Target.Schema, nil)
	if firms {
		v.Objects = append(v.Objects, mapping.ObjectMap{Source: model.Contact, Target: model.Organization, When: `ISNUMBER(SEARCH("@firm.",[email]))`, Fields: []mapping.FieldMap{
			{Target: "name", Rule: mapping.Copy, Sources: []string{"name"}, IfEmpty: model.OtherwiseHold, IfUnknown: model.OtherwiseHold},
		}})
	}
	w.Compile(v)
}

func TestR167_ARecordWhoseConditionChangedKeepsItsTargetAndIsAskedAbout(t *testing.T) {
	w := newTwo(t)
	w.byFirm(true)
	w.make("x1", "contacts", loadtest.Fields{"name": "Initech", "email": "x1@firm.example"})
	w.bring()
	before := w.Server.Desk.Stats().Objects
	if w.target(model.Organization, "x1") == nil || w.target(model.Contact, "x1") != nil {
		t.Fatal("x1 did not become a company")
	}

	// A routed record that stays what it is: its change is simply brought over.
	w.edit("contacts", "x1", loadtest.Fields{"name": "Initech AG"})
	w.bring()
	if got := w.target(model.Organization, "x1")["name"]; got != "Initech AG" {
		t.Errorf("the company is called %v", got)
	}

	// Its condition is not true any more, and nothing else changed; c2's became true, with its name.
	w.edit("contacts", "x1", loadtest.Fields{"email": "x1@private.example"})
	w.edit("contacts", "c2", loadtest.Fields{"email": "c2@firm.example", "name": "Hooli"})
	w.read()
	pl, sum := w.plan()
	items := w.items(pl.ID, model.Contact, store.ActConflict)
	if sum.Conflicts != 2 || len(items) != 2 {
		t.Fatalf("%d conflicts are counted and %d listed, want 2", sum.Conflicts, len(items))
	}
	became := map[model.Object]bool{}
	for _, it := range items {
		became[it.Becomes] = it.Rerouted && it.Choice == delta.Keep
	}
	if !became[model.Contact] || !became[model.Organization] {
		t.Errorf("the plan says %+v", items)
	}
	w.Write(func(tx *store.Tx) error {
		_, err := delta.Choose(tx, pl.ID, delta.Pick{Kind: delta.KindConflict, Seqs: []int64{w.seqIn(tx, model.Contact, "c2")}}, delta.Take, model.Person{Name: "Ben"}, "")
		return err
	})
	if _, err := w.Start(pl.ID, 0); err != nil {
		t.Fatal(err)
	}
	if after := w.Server.Desk.Stats().Objects; after[model.Contact] != before[model.Contact] || after[model.Organization] != before[model.Organization] {
		t.Errorf("something is there twice: %v, before %v", after, before)
	}
	if got := w.target(model.Contact, "c2")["name"]; got != "Hooli" {
		t.Errorf("c2 was to be taken from the source and is called %v", got)
	}
	if got := w.target(model.Organization, "x1")["name"]; got != "Initech AG" {
		t.Errorf("x1 was to be kept and is called %v", got)
	}
	if failed, _ := w.failures(); len(failed) > 0 {
		t.Errorf("the check fails %v", failed)
	}
	// What was decided is not asked again, and what changes later in a record that was taken
	// is an ordinary change.
	w.edit("contacts", "c2", loadtest.Fields{"name": "Hooli Ltd"})
	w.read()
	if _, sum = w.plan(); sum.Conflicts != 0 {
		t.Errorf("%d conflicts again", sum.Conflicts)
	}
}

func TestR167_AWayThatWasTakenOutOfTheMappingHoldsTheChange(t *testing.T) {
	w := newTwo(t)
	w.byFirm(true)
	w.make("x1", "contacts", loadtest.Fields{"name": "Initech", "email": "x1@firm.example"})
	w.bring()
	w.byFirm(false)
	w.edit("contacts", "x1", loadtest.Fields{"name": "Initech AG"})
	w.bring()
	if !slices.Contains(w.open(), "x1 changed, "+string(delta.CodeOtherWay)) {
		t.Errorf("open: %v", w.open())
	}
	if got := w.target(model.Organization, "x1")["name"]; got != "Initech" || w.target(model.Contact, "x1") != nil {
		t.Errorf("the company is called %v", got)
	}
}
