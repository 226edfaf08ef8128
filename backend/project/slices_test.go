package project_test

import (
	"strings"
	"testing"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/problem"
)

// history is a source of tickets of several years, each with a message.
func history() map[string]string {
	return map[string]string{
		"customers.csv": people,
		"tickets.csv": "id,subject,requester,status,created_at\n" +
			"t1,Old and closed,c1,closed,2014-02-03T10:00:00Z\nt2,Old and open,c1,open,2015-02-03T10:00:00Z\n" +
			"t3,New and closed,c2,closed,2025-11-03T10:00:00Z\nt4,New and open,c2,open,2025-11-04T10:00:00Z\nt5,New and open too,c3,pending,2025-11-05T10:00:00Z\n",
		"messages.csv": "id,ticket_id,author,body,public,created_at\n" +
			"m1,t1,c1,One,true,2014-02-03T10:00:00Z\nm2,t2,c1,Two,true,2015-02-03T10:00:00Z\nm3,t3,c2,Three,true,2025-11-03T10:00:00Z\nm4,t4,c2,Four,true,2025-11-04T10:00:00Z\nm5,t5,c3,Five,true,2025-11-05T10:00:00Z\n",
	}
}

var parts = []load.Slice{
	{Name: "Open", Object: model.Ticket, Conditions: []load.Condition{{Field: "status", Op: load.OpIsNot, Value: "closed"}}},
	{Name: "Recent", Object: model.Ticket, Conditions: []load.Condition{{Field: "created_at", Op: load.OpSince, Value: "2025-01-01"}}},
	{Name: "History", Object: model.Ticket, Conditions: []load.Condition{}},
}

// slice plans and runs one slice.
func (w *world) slice(name string) load.Summary {
	w.t.Helper()
	s, err := w.Slice(w.ctx, name)
	w.must(err)
	pl, sum := w.plan(load.Scope{Kind: load.RunSlice, Slice: &s})
	run, err := w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	w.must(err)
	if r := w.run(run.ID); r.State != "done" {
		w.t.Fatalf("%s is %s: %s", name, r.State, r.Error)
	}
	return sum
}

// states says how each slice stands.
func (w *world) states() string {
	w.t.Helper()
	list, err := w.SliceStates(w.ctx)
	w.must(err)
	out := []string{}
	for _, s := range list {
		word := s.State
		if s.Wait != "" {
			word += " (waits)"
		}
		out = append(out, s.Slice.Name+" "+word)
	}
	return strings.Join(out, ", ")
}

func TestP76_RecentAndOpenFirstHistoryLaterWithoutDoubles(t *testing.T) {
	w := newWorld(t, practice.Options{}, history(), nil)
	w.must(w.SetSlices(w.ctx, parts))
	if got := w.states(); got != "Open open, Recent open (waits), History open (waits)" {
		t.Fatal(got)
	}
	w.slice("open")
	if m := w.account(model.Ticket); m.Moved != 3 || m.Pending != 2 {
		t.Fatalf("%+v", m)
	}
	// What hangs on them and what they need came along, and nothing else.
	if m := w.account(model.Message); m.Moved != 3 || m.Pending != 2 {
		t.Fatalf("%+v", m)
	}
	if m := w.account(model.Contact); m.Moved != 3 {
		t.Fatalf("%+v", m)
	}
	if got := w.states(); got != "Open done, Recent open, History open (waits)" {
		t.Fatal(got)
	}
	w.slice("Recent")
	if m := w.account(model.Ticket); m.Moved != 4 {
		t.Fatalf("%+v", m)
	}
	w.slice("History")
	for _, o := range []model.Object{model.Contact, model.Ticket, model.Message} {
		if m := w.account(o); !m.Balances() || w.objects(o) != m.Source {
			t.Errorf("%s: %+v, %d in the target", o, m, w.objects(o))
		}
	}
	// Moving a slice once more creates nothing.
	for _, o := range w.slice("Open").Objects {
		if o.Create != 0 {
			t.Errorf("%d %ss would be created again", o.Create, o.Object)
		}
	}
	if got := w.states(); got != "Open done, Recent done, History done" {
		t.Error(got)
	}
}

func TestP76_TheNextSliceStartsOnlyWhenTheLastOneKeptWhatWasAgreed(t *testing.T) {
	sheets := history()
	sheets["tickets.csv"] += "t6,,c1,open,2025-11-06T10:00:00Z\n" // it will be held
	w := newWorld(t, practice.Options{}, sheets, nil)
	w.must(w.SetSlices(w.ctx, parts[:2]))
	w.must(w.SetThresholds(w.ctx, load.Thresholds{HeldPercent: 2, Decides: "Bruno Okafor"}))
	recent, err := w.Slice(w.ctx, "Recent")
	w.must(err)
	plan := func() error {
		_, _, err := w.Plan(w.ctx, load.Scope{Kind: load.RunSlice, Slice: &recent}, job.New("plan"))
		return err
	}
	told(t, plan(), "slice.waits") // it is not its turn
	w.slice("Open")
	err = plan()
	told(t, err, "slice.waits")
	if !strings.Contains(err.Error(), "more than the 2.0 % that were agreed") || !strings.Contains(err.Error(), "Bruno Okafor") {
		t.Errorf("it does not say why and who decides: %v", err)
	}
	w.must(w.AcceptFinding(w.ctx, "slice/Recent", "One ticket without a subject; we know it."))
	w.must(plan())
}

func TestP76_ASliceMayHaveToBeCheckedFirst(t *testing.T) {
	w := newWorld(t, practice.Options{}, history(), nil)
	w.must(w.SetSlices(w.ctx, parts[:2]))
	w.must(w.SetThresholds(w.ctx, load.Thresholds{CheckedFirst: true}))
	w.slice("Open")
	if got := w.states(); got != "Open done, Recent open (waits)" {
		t.Fatal(got)
	}
	_, err := w.Check(w.ctx, job.New("check"))
	w.must(err)
	if got := w.states(); got != "Open done, Recent open" {
		t.Fatal(got)
	}
}

func TestP76_ASliceIsTakenBackWithoutTheOthers(t *testing.T) {
	w := newWorld(t, practice.Options{}, history(), nil)
	w.must(w.SetSlices(w.ctx, parts))
	for _, s := range []string{"Open", "Recent", "History"} {
		w.slice(s)
	}
	runs, err := w.SliceRuns(w.ctx, "recent")
	w.must(err)
	if len(runs) != 1 {
		t.Fatalf("%v", runs)
	}
	_, _, err = w.Rollback(w.ctx, runs[0], job.New("rollback"))
	w.must(err)
	if m := w.account(model.Ticket); m.Moved != 4 || m.Pending != 1 || w.objects(model.Ticket) != 4 {
		t.Errorf("%+v", m)
	}
	if got := w.states(); got != "Open done, Recent rolled_back, History done (waits)" {
		t.Error(got)
	}
	_, err = w.SliceRuns(w.ctx, "Recent")
	told(t, err, "slice.nothing")
	w.slice("Recent")
	if m := w.account(model.Ticket); m.Moved != 5 || w.objects(model.Ticket) != 5 {
		t.Errorf("%+v", m)
	}
}

// What a slice held back and was moved later goes with it; what another one had does not.
func TestP76_WhatWasTriedAgainIsTakenBackWithItsSlice(t *testing.T) {
	sheets := history()
	sheets["tickets.csv"] += "t6,,c1,open,2025-11-06T10:00:00Z\nt7,,c1,closed,2013-11-06T10:00:00Z\n" // held until repaired
	w := newWorld(t, practice.Options{}, sheets, nil)
	w.must(w.SetSlices(w.ctx, []load.Slice{parts[0], parts[2]}))
	w.must(w.SetThresholds(w.ctx, load.Thresholds{}))
	w.slice("Open")
	w.fix(w.group("transform.required_empty"), "use_when_empty", "(none)", "")
	w.slice("History") // t7 has a subject now
	if m := w.account(model.Ticket); m.Moved != 7 {
		t.Fatalf("%+v", m)
	}
	runs, err := w.SliceRuns(w.ctx, "Open")
	w.must(err)
	if len(runs) != 2 || runs[0] < runs[1] {
		t.Fatalf("%v", runs)
	}
	for _, id := range runs {
		_, _, err := w.Rollback(w.ctx, id, job.New("rollback"))
		w.must(err)
	}
	if m := w.account(model.Ticket); m.Pending != 4 || m.Moved != 3 || w.objects(model.Ticket) != 3 {
		t.Errorf("%+v, %d in the target", m, w.objects(model.Ticket))
	}
}

func TestP76_SlicesThatCannotBeUsedAreRefused(t *testing.T) {
	w := newWorld(t, practice.Options{}, history(), nil)
	bad := func(c load.Condition) []load.Slice {
		return []load.Slice{{Name: "A", Object: model.Ticket, Conditions: []load.Condition{c}}}
	}
	for name, c := range map[string]struct {
		list []load.Slice
		code string
	}{
		"no name":            {[]load.Slice{{Object: model.Ticket}}, "slice.name"},
		"two of one name":    {[]load.Slice{{Name: "A", Object: model.Ticket}, {Name: " a ", Object: model.Ticket}}, "slice.name"},
		"no such object":     {[]load.Slice{{Name: "A", Object: "spaceship"}}, "slice.condition"},
		"no such field":      {bad(load.Condition{Field: "mood", Op: load.OpIs, Value: "good"}), "slice.condition"},
		"no such comparison": {bad(load.Condition{Field: "status", Op: "resembles", Value: "open"}), "slice.condition"},
		"not a day":          {bad(load.Condition{Field: "created_at", Op: load.OpSince, Value: "lately"}), "slice.condition"},
	} {
		t.Run(name, func(t *testing.T) {
			err := w.SetSlices(w.ctx, c.list)
			if err == nil || !problem.Is(err, problem.Code(c.code)) {
				t.Errorf("%v", err)
			}
		})
	}
	if list, err := w.Slices(w.ctx); err != nil || len(list) != 0 {
		t.Errorf("something was kept: %v %v", list, err)
	}
	_, err := w.Slice(w.ctx, "Nothing")
	told(t, err, "slice.none")
}
