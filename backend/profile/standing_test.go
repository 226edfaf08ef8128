package profile_test

import (
	"context"
	"testing"

	"waybill/backend/model"
	"waybill/backend/profile"
	"waybill/backend/store"
)

func TestStanding_acceptedUntilItGrows(t *testing.T) {
	db := open(t)
	shape := model.ObjectSchema{Object: model.Contact, Fields: []model.Field{{Name: "email", Type: model.Email}}}
	recs := []model.Record{}
	for _, id := range []string{"1", "2", "3"} {
		recs = append(recs, row(model.Contact, id, map[string]any{"email": "same@x.example"}))
	}
	stage(t, db, store.Page{Object: model.Contact, Records: recs})
	measure(t, db, shape)
	load := func() (all []profile.Object) {
		t.Helper()
		if err := db.Read(context.Background(), func(tx *store.Tx) (err error) { all, err = profile.Load(tx); return err }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := load()
	f, ok := profile.FindingOf(before, model.Contact, "people.same_address", "email")
	if !ok || f.State != profile.Open {
		t.Fatalf("%+v, %v", f, ok)
	}
	score := profile.Ready(before)
	if want := 96; score.Points != want { // one finding to be noticed, two of three records: 1 + 4 × 2/3
		t.Errorf("%d points, want %d: %+v", score.Points, want, score.Lines)
	}
	say := func(s store.FindingState) {
		t.Helper()
		if err := db.Write(context.Background(), func(tx *store.Tx) error { return tx.SetFindingState(s) }); err != nil {
			t.Fatal(err)
		}
	}
	me := model.Person{Name: "Ada", Role: "lead"}
	said := store.FindingState{Object: model.Contact, Code: f.Code, Field: f.Field, State: profile.Accepted, Count: f.Count, Why: "a shared mailbox", By: me}
	say(said)
	if f, _ = profile.FindingOf(load(), model.Contact, "people.same_address", "email"); f.State != profile.Accepted || f.By != "Ada" || f.Why != "a shared mailbox" {
		t.Errorf("%+v", f)
	}
	if s := profile.Ready(load()); s.Points != 100 || len(s.Lines) != 0 {
		t.Errorf("%+v", s)
	}
	said.Count--
	say(said)
	if f, _ = profile.FindingOf(load(), model.Contact, "people.same_address", "email"); f.State != profile.Open {
		t.Errorf("it grew and is %s", f.State)
	}
	said.State = ""
	say(said)
	if f, _ = profile.FindingOf(load(), model.Contact, "people.same_address", "email"); f.State != profile.Open {
		t.Errorf("taken back and is %s", f.State)
	}
}

func TestGraph_whatOthersHangOnComesFirst(t *testing.T) {
	o := func(name model.Object, to ...string) profile.Object {
		x := profile.Object{Object: name, Rows: 1}
		for _, l := range to {
			x.Orphans = append(x.Orphans, profile.Orphan{Field: "to_" + l, To: l, Linked: 1})
		}
		return x
	}
	g := profile.GraphOf([]profile.Object{o("organization", "contact"), o("contact", "organization"), o("ticket", "contact", "ticket, message"), o("message", "ticket")})
	order := map[model.Object]int{}
	for _, n := range g.Nodes {
		order[n.Object] = n.Step
	}
	for i, want := range []model.Object{"organization", "contact", "ticket", "message"} {
		if order[want] != i+1 {
			t.Errorf("%s is step %d of %v", want, order[want], order)
		}
	}
	later := 0
	for _, e := range g.Edges {
		if e.Later {
			later++
		}
	}
	if later != 3 { // organization to contact, ticket to itself, ticket to message
		t.Errorf("%d links are set later: %+v", later, g.Edges)
	}
	if n := len(g.Nodes); n != 4 {
		t.Errorf("%d objects", n)
	}
}
