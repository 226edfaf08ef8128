package project_test

import (
	"testing"

	"waybill/backend/clean"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/store"
)

// What a repair offers counts the values as a correction in force leaves them, as the run
// reads them.
func TestP37_RepairsCountCorrectedValues(t *testing.T) {
	sheet := "id,subject,requester,created\nt1,First,c1,spring\nt2,Second,c2,12/31/2025\nt3,Third,c1,25/11/2025\n"
	w := newWorld(t, practice.Options{}, map[string]string{"tickets.csv": sheet, "customers.csv": people}, func(v *mapping.Version) {
		rule(v, model.Ticket, "created_at", copyOf("created"))
	})
	w.move()
	_, err := w.MakeRule(w.ctx, clean.Spec{Object: model.Ticket, Does: store.Correct, Field: "created", How: clean.HowReplace, Settings: map[string]string{"values": `{"spring":"30/04/2025"}`}}, "known to the team")
	w.must(err)
	r := w.repair(w.group("transform.date"), "date_format")
	counts := map[string]int64{}
	for _, o := range r.Options {
		counts[o.Value] = o.Count
	}
	if counts["DD/MM/YYYY"] != 2 || counts["DD/MM/YYYY|MM/DD/YYYY"] != 3 {
		t.Errorf("the corrected value is not read: %+v", r.Options)
	}
}
