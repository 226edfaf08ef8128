package load_test

import (
	"net/http"
	"testing"

	"waybill/backend/load"
	"waybill/backend/load/loadtest"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/store"
)

// A substitute in the mapping is for customers that are unknown. Tickets of one who is
// only held wait, and reach the right one once the repair is done.
func TestRun_P25_whatBelongsToAHeldCustomerWaitsForThem(t *testing.T) {
	w := loadtest.New(t, practice.Options{})
	w.People()
	v := mapping.Suggest(w.Source, w.Job.Target.Schema, nil)
	for i := range v.Objects {
		for k := range v.Objects[i].Fields {
			if f := &v.Objects[i].Fields[k]; f.Target == "requester" || f.Target == "author" {
				f.IfUnknown, f.UnknownValue = model.OtherwiseUse, "c1"
			}
		}
	}
	w.Compile(v)
	// The desk refuses customer 2: somebody there has their address already.
	w.Call(http.MethodPost, "contacts", `{"name":"Somebody else","email":"c2@x.example"}`)
	pl, _ := w.Plan()
	if _, err := w.Start(pl.ID, 0); err != nil {
		t.Fatal(err)
	}
	w.Read(func(tx *store.Tx) error {
		for _, id := range []string{"t1", "t7"} { // the tickets of customer 2
			why, err := tx.WhyHeld(w.At(model.Ticket, id))
			if err != nil {
				return err
			}
			if len(why) != 1 || why[0].Problem.Code != load.CodeLinkWaits {
				t.Errorf("ticket %s is held by %+v, want %s", id, why, load.CodeLinkWaits)
			}
		}
		return nil
	})
	for id, x := range w.Found(model.Contact) {
		if id == "" { // the other person's own record carries no mark of ours
			w.Call(http.MethodPatch, "contacts/"+model.Plain(x["id"]), `{"email":"other@x.example"}`)
		}
	}
	pl, _ = w.Plan()
	if _, err := w.Start(pl.ID, 0); err != nil {
		t.Fatal(err)
	}
	contacts, tickets := w.Found(model.Contact), w.Found(model.Ticket)
	for _, id := range []string{"t1", "t7"} {
		if tickets[id]["requester"] != contacts["c2"]["id"] {
			t.Errorf("ticket %s belongs to %v, want customer 2 (%v)", id, tickets[id]["requester"], contacts["c2"]["id"])
		}
	}
}
