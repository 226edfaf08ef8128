package project_test

import (
	"strings"
	"testing"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/store"
)

const people = "id,name,email\nc1,Ada Lind,ada@one.example\nc2,Bo Marsh,bo@two.example\nc3,Cy Dorn,cy@three.example\n"

// rule changes one rule of a mapping.
func rule(v *mapping.Version, o model.Object, field string, fn func(*mapping.FieldMap)) {
	for i := range v.Objects {
		if v.Objects[i].Source != o {
			continue
		}
		for k := range v.Objects[i].Fields {
			if v.Objects[i].Fields[k].Target == field {
				fn(&v.Objects[i].Fields[k])
				return
			}
		}
		f := mapping.FieldMap{Target: field}
		fn(&f)
		v.Objects[i].Fields = append(v.Objects[i].Fields, f)
	}
}

func copyOf(source string) func(*mapping.FieldMap) {
	return func(f *mapping.FieldMap) {
		*f = mapping.FieldMap{Target: f.Target, Rule: mapping.Copy, Sources: []string{source}, State: mapping.Reviewed}
	}
}

func TestP37_DatesInTwoOrdersAreOneChoice(t *testing.T) {
	sheet := "id,subject,requester,created\nt1,First,c1,31/12/2025\nt2,Second,c2,12/31/2025\nt3,Third,c1,03/04/2025\nt4,Fourth,c1,25/11/2025\nt5,Fifth,c3,11/26/2025\n"
	w := newWorld(t, practice.Options{}, map[string]string{"tickets.csv": sheet, "customers.csv": people}, func(v *mapping.Version) {
		rule(v, model.Ticket, "created_at", copyOf("created"))
	})
	w.move()
	if m := w.account(model.Ticket); m.Held != 5 || m.Moved != 0 {
		t.Fatalf("nothing may be guessed: %+v", m)
	}
	g := w.group("transform.date")
	r := w.repair(g, "date_format")
	counts := map[string]int64{}
	for _, o := range r.Options {
		counts[o.Value] = o.Count
	}
	if counts["DD/MM/YYYY"] != 3 || counts["MM/DD/YYYY"] != 3 || counts["DD/MM/YYYY|MM/DD/YYYY"] != 5 {
		t.Errorf("the choice does not say how many values each way reads: %v", r.Options)
	}
	if !strings.HasPrefix(r.Options[0].Title, "DD/MM/YYYY, else MM/DD/YYYY: reads 5 of 5; 1 fit both") {
		t.Errorf("the best one comes first and says what it means: %q", r.Options[0].Title)
	}
	fixed := w.fix(g, "date_format", "DD/MM/YYYY|MM/DD/YYYY", "The newer ones were written in the American office.")
	if m := w.account(model.Ticket); m.Moved != 5 || m.Held != 0 {
		t.Fatalf("after one decision all have moved: %+v", m)
	}
	if fixed.Mapping != 2 {
		t.Errorf("the decision is version %d of the mapping, want 2", fixed.Mapping)
	}
	if err := w.DB().Read(w.ctx, func(tx *store.Tx) error {
		m, err := tx.Mapping(0)
		if m.Reason != "The newer ones were written in the American office." || m.By.Name != "Ann" {
			t.Errorf("the decision has no name or reason: %+v", m)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if w.audited("held.repaired") != 1 {
		t.Error("the repair is not in the audit trail")
	}
	res, err := w.Check(w.ctx, job.New("check"))
	w.must(err)
	for _, c := range res.Checks {
		if !c.Passed && c.Code != "complete" {
			t.Errorf("check %s: %v", c.Code, c.Examples)
		}
	}
}

func TestP58_ValuesBecomeOptionsByOneAnswer(t *testing.T) {
	sheet := "id,subject,requester,state\nt1,First,c1,open\nt2,Second,c2,parked\nt3,Third,c1,parked\nt4,Fourth,c1,gone fishing\n"
	w := newWorld(t, practice.Options{}, map[string]string{"tickets.csv": sheet, "customers.csv": people}, func(v *mapping.Version) {
		rule(v, model.Ticket, "status", copyOf("state"))
	})
	w.move()
	g := w.group("transform.unknown_value")
	r := w.repair(g, "value_list")
	if len(r.Values) != 2 || r.Values[0].Value != "parked" || r.Values[0].Count != 2 || len(r.Options) != 5 {
		t.Fatalf("it does not ask for each value with its count: %+v", r)
	}
	for name, bad := range map[string]string{"not an option": `{"parked":"asleep"}`, "not asked": `{"nonsense":"open"}`, "nothing": ``, "unreadable": `parked`} {
		if _, err := w.Fix(w.ctx, g, "value_list", bad, ""); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if m := w.account(model.Ticket); m.Held != 3 {
		t.Fatalf("a wrong answer changed something: %+v", m)
	}
	w.fix(g, "value_list", "parked -> Pending\ngone fishing -> (leave empty)", "")
	if m := w.account(model.Ticket); m.Moved != 4 {
		t.Fatalf("%+v", m)
	}
	v, _, err := w.Accepted(w.ctx, 0)
	w.must(err)
	m, _ := v.Object(model.Ticket)
	f, _ := m.Field("status")
	got := map[string]string{}
	for _, p := range f.Values {
		got[p.From] = p.To
	}
	if f.Rule != mapping.Values || got["parked"] != "pending" || got["open"] != "open" || got["gone fishing"] != "" {
		t.Errorf("the value list is %v", f.Values)
	}
}

// A working copy that somebody is at keeps its own changes, and gets the repair.
func TestP58_ARepairDoesNotUndoWhatSomebodyIsWorkingOn(t *testing.T) {
	sheet := "id,subject,requester\nt1,,c1\nt2,Second,c2\n"
	w := newWorld(t, practice.Options{}, map[string]string{"tickets.csv": sheet, "customers.csv": people}, nil)
	w.move()
	v, _, err := w.Accepted(w.ctx, 0)
	w.must(err)
	m, _ := v.Object(model.Contact)
	f, _ := m.Field("name")
	f.Meaning = "What we call them"
	w.must(w.SetField(w.ctx, model.Contact, f))
	w.fix(w.group("transform.required_empty"), "use_when_empty", "(no subject)", "")
	if x := w.account(model.Ticket); x.Moved != 2 {
		t.Fatalf("%+v", x)
	}
	v, err = w.Working(w.ctx)
	w.must(err)
	m, _ = v.Object(model.Contact)
	f, _ = m.Field("name")
	o, _ := v.Object(model.Ticket)
	s, _ := o.Field("subject")
	if f.Meaning != "What we call them" || s.EmptyValue != "(no subject)" {
		t.Errorf("the working copy says %q and %q", f.Meaning, s.EmptyValue)
	}
}

func TestP25_ABrokenLinkGetsAnotherRecordOrStaysEmpty(t *testing.T) {
	sheet := "id,subject,requester,assignee\nt1,First,c1,a1\nt2,Second,c9,a1\nt3,Third,c2,a7\nt4,Fourth,c8,a1\n"
	agents := "id,name,email\na1,Agnes,agnes@us.example\n"
	w := newWorld(t, practice.Options{}, map[string]string{"tickets.csv": sheet, "customers.csv": people, "agents.csv": agents}, func(v *mapping.Version) {
		rule(v, model.Ticket, "assignee", func(f *mapping.FieldMap) { f.IfUnknown = model.OtherwiseHold })
	})
	w.move()
	if m := w.account(model.Ticket); m.Held != 3 {
		t.Fatalf("%+v", m)
	}
	all, err := w.HeldGroups(w.ctx)
	w.must(err)
	for _, g := range all {
		if g.Code != "load.link_broken" {
			t.Fatalf("held for %s", g.Code)
		}
		list, err := w.Repairs(w.ctx, g)
		w.must(err)
		empty := false
		for _, r := range list {
			empty = empty || r.ID == "leave_empty"
		}
		if empty == (g.Field == "requester") {
			t.Errorf("%s: leaving it empty is offered: %v", g.Field, empty)
		}
		if g.Field == "requester" {
			if _, err := w.Fix(w.ctx, g, "use_record", "nobody@nowhere.example", ""); err == nil {
				t.Error("a customer that does not exist was taken")
			}
			w.fix(g, "use_record", "CY@three.example", "Cy answers for what nobody owns.")
			continue
		}
		w.fix(g, "leave_empty", "", "")
	}
	if m := w.account(model.Ticket); m.Moved != 4 {
		t.Fatalf("%+v", m)
	}
}

func TestP45_ATextThatIsTooLongGetsOneOfTheChoices(t *testing.T) {
	sheet := "id,subject,requester\nt1," + strings.Repeat("long ", 100) + ",c1\nt2,Second,c2\n"
	w := newWorld(t, practice.Options{}, map[string]string{"tickets.csv": sheet, "customers.csv": people}, nil)
	w.move()
	g := w.group("transform.too_long")
	w.repair(g, load.ChooseShorten)
	w.fix(g, load.ChooseShorten, "", "")
	if m := w.account(model.Ticket); m.Moved != 2 {
		t.Fatalf("%+v", m)
	}
	if w.audited("loss.chosen") != 1 {
		t.Error("the choice is not in the audit trail")
	}
}

func TestP68_LeavingOutIsADecisionWithANameThatCanBeTakenBack(t *testing.T) {
	sheet := "id,subject,requester\nt1,,c1\nt2,Second,c2\n"
	notes := "id,ticket_id,author,body,public,created_at\nm1,t1,c1,Hello,true,2025-01-02T10:00:00Z\nm2,t2,c2,Hi,true,2025-01-02T10:00:00Z\n"
	w := newWorld(t, practice.Options{}, map[string]string{"tickets.csv": sheet, "customers.csv": people, "messages.csv": notes}, nil)
	w.move()
	if m := w.account(model.Message); m.Held != 1 || m.Moved != 1 {
		t.Fatalf("the message of a held ticket waits with it: %+v", m)
	}
	fixed := w.fix(w.group("transform.required_empty"), "leave_out", "", "Nobody needs it.")
	if m := w.account(model.Ticket); m.LeftOut != 1 || m.Held != 0 {
		t.Fatalf("%+v", m)
	}
	if m := w.account(model.Message); m.LeftOut != 1 || m.Held != 0 {
		t.Fatalf("its message stayed: %+v", m)
	}
	w.must(w.Undo(w.ctx, fixed.Decisions[0]))
	if m := w.account(model.Ticket); m.Held != 1 {
		t.Fatalf("after taking it back: %+v", m)
	}
}

func TestP28_TheSameAddressTwiceIsMergedByTheRepair(t *testing.T) {
	twice := people + "c4,Ada Lind,ADA@one.example\n"
	sheet := "id,subject,requester\nt1,First,c1\nt2,Second,c4\n"
	w := newWorld(t, practice.Options{}, map[string]string{"tickets.csv": sheet, "customers.csv": twice}, nil)
	w.move()
	g := w.group("load.same_value")
	w.fix(g, "merge", "", "")
	if m := w.account(model.Contact); m.Merged != 1 || m.Held != 0 {
		t.Fatalf("%+v", m)
	}
	// What waited for the one who was merged goes to the survivor, without being asked for.
	if m := w.account(model.Ticket); m.Moved != 2 {
		t.Fatalf("%+v", m)
	}
}

// A customer is held, so their ticket waits, and so do its messages: one repair moves all.
func TestP63_WhatWaitedForARepairedRecordMovesWithIt(t *testing.T) {
	sheets := map[string]string{
		"customers.csv": people + "c4,,dan@four.example\n", "tickets.csv": "id,subject,requester\nt1,First,c4\nt2,Second,c1\n",
		"messages.csv": "id,ticket_id,author,body,public,created_at\nm1,t1,c4,Hello,true,2025-01-02T10:00:00Z\nm2,t2,c1,Hi,true,2025-01-02T10:00:00Z\n",
	}
	t.Run("moved", func(t *testing.T) {
		w := newWorld(t, practice.Options{}, sheets, nil)
		w.move()
		if m := w.account(model.Message); m.Held != 1 {
			t.Fatalf("%+v", m)
		}
		w.fix(w.group("transform.required_empty"), "use_when_empty", "(no name)", "")
		for _, o := range []model.Object{model.Contact, model.Ticket, model.Message} {
			if m := w.account(o); m.Held != 0 || !m.Balances() || w.objects(o) != m.Source {
				t.Errorf("%s: %+v", o, m)
			}
		}
	})
	t.Run("left out", func(t *testing.T) {
		w := newWorld(t, practice.Options{}, sheets, nil)
		w.move()
		w.fix(w.group("transform.required_empty"), "leave_out", "", "Nobody knows them.")
		g := w.group("load.link_stays") // the ticket does not wait for them any more, and says so
		if g.Object != model.Ticket {
			t.Errorf("%+v", g)
		}
		for _, o := range []model.Object{model.Contact, model.Ticket, model.Message} {
			if m := w.account(o); m.Pending != 0 {
				t.Errorf("%s: %+v", o, m)
			}
		}
	})
}

// Nobody can say whether it arrived and the desk cannot be asked: a person looks, and
// their word is kept (invariant 4).
func TestP66_AnUnknownOutcomeIsSettledByAPersonsWord(t *testing.T) {
	sheet := "id,subject,requester\nt1,First,c1\nt2,Second,c2\n"
	w := newWorld(t, practice.Options{}, map[string]string{"tickets.csv": sheet, "customers.csv": people}, nil)
	run := w.move()
	// As after a lost answer of a desk that has no search.
	w.must(w.DB().Write(w.ctx, func(tx *store.Tx) error {
		for _, id := range []string{"t1", "t2"} {
			row, err := tx.Record(model.Key{Object: model.Ticket, ID: id})
			if err != nil {
				return err
			}
			why := []*problem.Problem{problem.New("load.outcome_unknown", "It is not known whether this record arrived.", "The answer was lost.", "Look for it.").At(problem.Place{Object: "ticket", Record: id})}
			if err := tx.Settle(run.ID, model.Ticket, []store.Settlement{{Seq: row.Seq, State: store.LedgerUnknown, Problems: why}}); err != nil {
				return err
			}
		}
		return nil
	}))
	g := w.group("load.outcome_unknown")
	if _, err := w.Fix(w.ctx, g, "there", `{"t1":"77"}`, ""); err == nil {
		t.Error("a word without a reason was taken")
	}
	if _, err := w.Fix(w.ctx, g, "there", `{"t1":"77","t2":"77"}`, "Looked it up."); err == nil {
		t.Error("one record of the target was given to two of the source")
	}
	if m := w.account(model.Ticket); m.Held != 2 {
		t.Fatalf("a wrong answer was half taken: %+v", m)
	}
	w.fix(g, "there", `{"t1":"77"}`, "Looked it up.")
	if m := w.account(model.Ticket); m.Held != 1 || m.Moved != 1 {
		t.Fatalf("%+v", m)
	}
	before := w.Server.Desk.Stats().Objects[model.Ticket]
	w.fix(g, "absent", "", "Searched by subject and by date.")
	if m := w.account(model.Ticket); m.Moved != 2 {
		t.Fatalf("%+v", m)
	}
	if w.audited("ledger.by_hand") != 2 {
		t.Error("a person's word is not in the audit trail")
	}
	if now := w.Server.Desk.Stats().Objects[model.Ticket]; now-before > 1 {
		t.Errorf("%d tickets were created for one", now-before)
	}
}

func TestP68_WhatCannotBeReadOrHasTheSameNumberIsSetAside(t *testing.T) {
	sheet := "id,subject,requester\nt1,First,c1\nt1,Another with the same number,c2\nt2,Second\nt3,Third,c1\n"
	w := newWorld(t, practice.Options{}, map[string]string{"tickets.csv": sheet, "customers.csv": people}, nil)
	all, err := w.HeldGroups(w.ctx)
	w.must(err)
	if len(all) != 2 {
		t.Fatalf("%+v", all)
	}
	for i, g := range all {
		list, err := w.Repairs(w.ctx, g)
		w.must(err)
		for _, r := range list {
			if r.ID == "try_again" {
				t.Errorf("%s would be the same when it is tried again", g.Code)
			}
		}
		_, err = w.Fix(w.ctx, g, []string{"leave_out", "archive"}[i], "", "It is broken in the export.")
		w.must(err)
	}
	w.move()
	if m := w.account(model.Ticket); m.Moved != 2 || m.LeftOut != 1 || m.Archived != 1 || m.Held != 0 {
		t.Errorf("%+v", m)
	}
}

func TestP62_NumbersWithACommaAreReadAndNothingElseChanges(t *testing.T) {
	server, err := practice.Serve(t.Context(), "127.0.0.1:0", practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	send(t, server, "POST", "fields", map[string]any{"object": "ticket", "name": "hours", "title": "Hours", "type": "number"})
	sheet := "id,subject,requester,effort\nt1,First,c1,1.5\nt2,Second,c2,\"2,25\"\nt3,Third,c1,\"1.234,5\"\nt4,Fourth,c1,\nt5,Fifth,c1,much\n"
	w := newWorldAt(t, server, map[string]string{"tickets.csv": sheet, "customers.csv": people}, func(v *mapping.Version) {
		rule(v, model.Ticket, "fields.hours", copyOf("effort"))
	})
	w.move()
	g := w.group("transform.number")
	if g.Count != 3 {
		t.Fatalf("%+v", g)
	}
	w.fix(g, "decimal_comma", "", "")
	if m := w.account(model.Ticket); m.Moved != 4 || m.Held != 1 {
		t.Fatalf("%+v", m)
	}
	for id, want := range map[string]any{"t1": 1.5, "t2": 2.25, "t3": 1234.5, "t4": nil} {
		fields, _ := send(t, server, "GET", "tickets/"+w.targetOf(model.Ticket, id), nil)["fields"].(map[string]any)
		if fields["hours"] != want {
			t.Errorf("%s: %v, want %v", id, fields["hours"], want)
		}
	}
	all, err := w.HeldGroups(w.ctx)
	w.must(err)
	w.fix(all[0], "leave_empty", "", "")
	if m := w.account(model.Ticket); m.Moved != 5 {
		t.Errorf("%+v", m)
	}
}

func TestP58_WhatNobodyDecidedYetIsDecidedByTheRepair(t *testing.T) {
	sheet := "id,subject,requester,state,public\nt1,First,c1,Neu,yes\nt2,Second,c2,neu,no\nt3,Third,c1,Quux,yes\n"
	w := newWorld(t, practice.Options{}, map[string]string{"tickets.csv": sheet, "customers.csv": people}, func(v *mapping.Version) {
		rule(v, model.Ticket, "status", func(f *mapping.FieldMap) {
			*f = mapping.FieldMap{Target: "status", Rule: mapping.Values, Sources: []string{"state"}, State: mapping.Open, Values: []mapping.ValuePair{{From: "Neu"}, {From: "neu"}, {From: "Quux"}}}
		})
	})
	w.move()
	g := w.group("transform.undecided")
	list, err := w.Repairs(w.ctx, g)
	w.must(err)
	for _, r := range list {
		if r.ID == "use_instead" || r.ID == "leave_empty" {
			t.Errorf("%s would decide what nobody decided", r.ID)
		}
	}
	// One answer may leave the rest undecided; the two spellings are one word.
	w.fix(g, "value_list", `{"Neu":"new"}`, "")
	if m := w.account(model.Ticket); m.Moved != 2 || m.Held != 1 {
		t.Fatalf("%+v", m)
	}
	w.fix(w.group("transform.undecided"), "value_list", `{"Quux":"Closed"}`, "")
	if m := w.account(model.Ticket); m.Moved != 3 {
		t.Fatalf("%+v", m)
	}
}

func TestP44_TheWordsForPrivateNotesAreSettledWithoutMakingOnePublic(t *testing.T) {
	notes := "id,ticket_id,author,body,visibility,created_at\nm1,t1,c1,Hello,public,2025-01-02T10:00:00Z\nm2,t1,c1,Secret,whisper,2025-01-02T10:01:00Z\n"
	w := newWorld(t, practice.Options{}, map[string]string{"tickets.csv": "id,subject,requester\nt1,First,c1\n", "customers.csv": people, "messages.csv": notes}, func(v *mapping.Version) {
		rule(v, model.Message, "public", func(f *mapping.FieldMap) {
			*f = mapping.FieldMap{Target: "public", Rule: mapping.Values, Sources: []string{"visibility"}, State: mapping.Reviewed, IfEmpty: model.OtherwiseHold, IfUnknown: model.OtherwiseHold, Values: []mapping.ValuePair{{From: "public", To: "true", Decided: true}}}
		})
	})
	w.move()
	if m := w.account(model.Message); m.Moved != 1 || m.Held != 1 {
		t.Fatalf("%+v", m)
	}
	all, err := w.HeldGroups(w.ctx)
	w.must(err)
	w.fix(all[0], "value_list", `{"whisper":"No"}`, "")
	if m := w.account(model.Message); m.Moved != 2 {
		t.Fatalf("%+v", m)
	}
	if v := send(t, w.Server, "GET", "messages/"+w.targetOf(model.Message, "m2"), nil)["public"]; v != false {
		t.Errorf("the note is public: %v", v)
	}
}
