package project_test

import (
	"testing"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
)

// A source whose states were renamed, or that has none at all, moves like any other: renamed
// ones need a decision each, missing ones need none.
func TestP61_RenamedOrMissingStatusesWork(t *testing.T) {
	people := "id,name,email\nc1,Ada,ada@x.example\n"
	missing := newWorld(t, practice.Options{}, map[string]string{"customers.csv": people, "tickets.csv": "id,subject,requester_id\n1,One,c1\n2,Two,c1\n"}, nil)
	missing.move()
	if a := missing.account(model.Ticket); a.Moved != 2 || a.Held != 0 {
		t.Errorf("without a state: %+v", a)
	}

	w := newWorld(t, practice.Options{}, map[string]string{"customers.csv": people, "tickets.csv": "id,subject,requester_id,status\n1,One,c1,Flurbl\n2,Two,c1,Flurbl\n3,Three,c1,Gnorf\n"}, func(v *mapping.Version) {
		setRule(t, v, model.Ticket, mapping.FieldMap{Target: "status", Rule: mapping.Values, Sources: []string{"status"}, IfUnknown: model.OtherwiseHold})
	})
	before, err := w.Validate(w.ctx, 0, job.New("check"))
	w.must(err)
	if before.Held != 3 {
		t.Fatalf("states that nobody decided are sent: %+v", before)
	}
	_, err = w.FillValueList(w.ctx, model.Ticket, "", "status")
	w.must(err)
	w.must(w.DecideValues(w.ctx, model.Ticket, "", "status", []mapping.ValuePair{{From: "Flurbl", To: "open", Decided: true}, {From: "Gnorf", To: "closed", Decided: true}}))
	v, err := w.Working(w.ctx)
	w.must(err)
	_, err = w.Accept(w.ctx, v, "The states were decided.")
	w.must(err)
	pl, _ := w.plan(load.Scope{Kind: model.RunFull})
	_, err = w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	w.must(err)
	if a := w.account(model.Ticket); a.Moved != 3 || a.Held != 0 {
		t.Errorf("with renamed states: %+v", a)
	}
}
