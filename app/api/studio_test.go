package api_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"waybill/app/api"
	"waybill/backend/mapping"
	"waybill/backend/problem"
)

// mapped is a small project whose mapping is being worked on.
func mapped(t *testing.T) *page {
	t.Helper()
	p, _ := keeper(t)
	ok(t, p.target.StartPractice())
	return p
}

// draft is the mapping as text, to compare two states of it.
func (p *page) draft() string {
	p.t.Helper()
	m := must(p.t, first(p.mapping.Get()), nil)
	rules := map[string][]mapping.FieldMap{}
	for _, o := range m.Objects {
		for _, f := range o.Fields {
			rules[o.Source+" becomes "+o.Target] = append(rules[o.Source+" becomes "+o.Target], f.Map)
		}
	}
	b, err := json.Marshal(rules)
	ok(p.t, err)
	return string(b)
}

func TestStudio_everyStepCanBeUndoneAndDoneAgain(t *testing.T) {
	p := mapped(t)
	if m := must(t, first(p.mapping.Get()), nil); m.Undo != "" || m.Redo != "" {
		t.Fatalf("something can be undone before anything was done: %q, %q", m.Undo, m.Redo)
	}
	states := []string{p.draft()}
	do := []func(){
		func() {
			must(t, first(p.mapping.SetField("ticket", mapping.FieldMap{Target: "subject", Rule: mapping.Fixed, Fixed: "Hello", State: mapping.Reviewed})), nil)
		},
		func() {
			must(t, first(p.mapping.SetField("contact", mapping.FieldMap{Target: "name", Rule: mapping.Formula, Formula: "UPPER([name])", State: mapping.Reviewed})), nil)
		},
		func() { ok(t, p.mapping.SetObject("contact", "", "Not needed")) },
		func() { ok(t, p.mapping.Suggest()) },
		func() { ok(t, p.mapping.Discard()) },
	}
	for i, f := range do {
		f()
		states = append(states, p.draft())
		m := must(t, first(p.mapping.Get()), nil)
		if states[i+1] != states[i] && m.Undo == "" || m.Redo != "" {
			t.Fatalf("after step %d: undo %q, redo %q", i+1, m.Undo, m.Redo)
		}
	}
	different := []string{states[0]}
	for _, s := range states[1:] {
		if s != different[len(different)-1] {
			different = append(different, s)
		}
	}
	if len(different) < 4 {
		t.Fatalf("only %d of the steps changed anything", len(different)-1)
	}
	for i := len(different) - 2; i >= 0; i-- {
		must(t, first(p.mapping.Undo()), nil)
		if got := p.draft(); got != different[i] {
			t.Fatalf("undone to state %d:\n%s\nwant\n%s", i, got, different[i])
		}
	}
	if _, err := p.mapping.Undo(); !problem.Is(err, "mapping.no_step") {
		t.Errorf("undone once too often: %v", err)
	}
	for i := 1; i < len(different); i++ {
		must(t, first(p.mapping.Redo()), nil)
		if got := p.draft(); got != different[i] {
			t.Fatalf("done again to state %d:\n%s\nwant\n%s", i, got, different[i])
		}
	}
	must(t, first(p.mapping.Undo()), nil)
	must(t, first(p.mapping.SetField("ticket", mapping.FieldMap{Target: "subject", Rule: mapping.Fixed, Fixed: "Another way", State: mapping.Reviewed})), nil)
	if m := must(t, first(p.mapping.Get()), nil); m.Redo != "" {
		t.Errorf("after a new step %q could be done again", m.Redo)
	}
}

func TestStudio_aFreshProposalKeepsWhatWasDecided(t *testing.T) {
	p := mapped(t)
	mine := mapping.FieldMap{Target: "subject", Rule: mapping.Fixed, Fixed: "Mine", State: mapping.Reviewed}
	must(t, first(p.mapping.SetField("ticket", mine)), nil)
	must(t, first(p.mapping.SetField("contact", mapping.FieldMap{Target: "name", Rule: mapping.Fixed, Fixed: "Open", State: mapping.Open})), nil)
	ok(t, p.mapping.Suggest())
	for _, o := range must(t, first(p.mapping.Get()), nil).Objects {
		for _, f := range o.Fields {
			if o.Source == "ticket" && f.Map.Target == "subject" && f.Map.Fixed != "Mine" {
				t.Errorf("what was decided is now %+v", f.Map)
			}
			if o.Source == "contact" && f.Map.Target == "name" && f.Map.Rule == mapping.Fixed {
				t.Errorf("what was open was not proposed: %+v", f.Map)
			}
		}
	}
}

func TestStudio_whatIsSureIsAcceptedAsOneStep(t *testing.T) {
	p := mapped(t)
	before := p.draft()
	sure := must(t, first(p.mapping.Sure("", 90)), nil)
	if len(sure.Accepted) < 2 {
		t.Fatalf("hardly anything is sure: %+v", sure)
	}
	seen := map[string]bool{}
	for _, r := range sure.Accepted {
		if r.Confidence < 90 || r.Why != "" || r.Reason == "" || seen[r.Object+" "+r.Field] {
			t.Errorf("not sure, or twice: %+v", r)
		}
		seen[r.Object+" "+r.Field] = true
	}
	if n := must(t, first(p.mapping.AcceptSure(sure.Accepted)), nil); n != len(sure.Accepted) {
		t.Errorf("%d of %d were accepted", n, len(sure.Accepted))
	}
	if again := must(t, first(p.mapping.Sure("", 90)), nil); len(again.Accepted) != 0 || !reflect.DeepEqual(again.Passed, sure.Passed) {
		t.Errorf("still to accept: %+v", again)
	}
	if n := must(t, first(p.mapping.AcceptSure([]api.SureRow{{Object: "ticket", Field: "no such field"}})), nil); n != 0 {
		t.Errorf("%d fields were accepted that there are not", n)
	}
	must(t, first(p.mapping.Undo()), nil)
	if p.draft() != before {
		t.Error("one step back is not where it began")
	}
}
