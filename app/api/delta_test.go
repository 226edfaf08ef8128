package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"waybill/app/api"
	"waybill/backend/load"
	"waybill/backend/practice"
	"waybill/backend/problem"
)

// rewrite changes the source's files: old becomes changed, in the one file that has it.
func rewrite(t *testing.T, file, old, changed string) {
	t.Helper()
	b, err := os.ReadFile(file)
	ok(t, err)
	if bytes.Count(b, []byte(old)) != 1 {
		t.Fatalf("%q is %d times in %s", old, bytes.Count(b, []byte(old)), file)
	}
	ok(t, os.WriteFile(file, bytes.Replace(b, []byte(old), []byte(changed), 1), 0o600))
}

// sourceFile finds an export file of the project by its name.
func (p *page) sourceFile(name string) string {
	p.t.Helper()
	for _, x := range must(p.t, first(p.source.Tables()), nil) {
		if filepath.Base(x.File) == name {
			return x.File
		}
	}
	p.t.Fatalf("there is no %s", name)
	return ""
}

// TestP80_ConflictsAreListedAndChosen: what both desks changed has a choice, kept by
// default; what is gone at the source too; the run brings over what was chosen.
func TestP80_ConflictsAreListedAndChosen(t *testing.T) {
	desk := serveDesk(t)
	p := smallInto(t, 0, desk.Address, desk.Token)
	before := must(t, first(p.delta.View()), nil)
	if before.Moved || before.Read != "" || before.Plan != "" || len(before.ConflictChoices) != 3 || before.ConflictDefault != "keep" {
		t.Errorf("before anything moved: %+v", before)
	}
	p.move(p.plan("full"))

	tickets := p.sourceFile("tickets.csv")
	rewrite(t, tickets, "3,Subject 2,", "3,Subject two,")
	rewrite(t, tickets, "5,Subject 4,", "5,Subject four,")
	rewrite(t, tickets, "20,Subject 19,closed,c19,2024-01-20\n", "21,Subject 20,open,c1,2024-02-01\n")
	p.wait(p.delta.Read())
	v := must(t, first(p.delta.View()), nil)
	var row api.DeltaRow
	for _, o := range v.Objects {
		p.opens("new "+o.Object, o.New)
		p.opens("changed "+o.Object, o.Changed)
		p.opens("deleted "+o.Object, o.Deleted)
		if o.Object == "ticket" {
			row = o
		}
	}
	if !v.Moved || v.Read == "" || row.New.Value != 1 || row.Changed.Value != 2 || row.Deleted.Value != 1 {
		t.Fatalf("after reading: %+v", row)
	}

	// Somebody edits ticket 5 in the target meanwhile.
	desk.edit("Subject 4", "Subject for us")
	plan := p.plan("delta")
	if plan.Scope != "delta" || plan.Number != 2 {
		t.Fatalf("the plan of the delta: %d, %+v", plan.Number, plan.Objects)
	}
	for _, o := range plan.Objects {
		p.opens("update "+o.Object, o.Update)
		p.opens("conflict "+o.Object, o.Conflict)
		p.opens("gone "+o.Object, o.Gone)
	}
	v = must(t, first(p.delta.View()), nil)
	if v.Plan != plan.ID || v.Conflicts != 1 || v.Gone != 1 || v.Started || v.Stale {
		t.Fatalf("after planning: %+v", v)
	}
	conflicts := must(t, first(p.delta.Conflicts(v.Plan, 0, 10)), nil)
	if len(conflicts.Rows) != 1 || conflicts.After != 0 {
		t.Fatalf("the conflicts: %+v", conflicts)
	}
	c := conflicts.Rows[0]
	if c.ID != "5" || c.Choice != "keep" || len(c.Choices) != 3 || c.ChosenBy != "" || len(c.Fields) != 1 ||
		c.Fields[0].Wrote != "Subject 4" || c.Fields[0].Source != "Subject four" || c.Fields[0].Target != "Subject for us" || !c.Fields[0].Changed {
		t.Errorf("the conflict: %+v", c)
	}
	gone := must(t, first(p.delta.Gone(v.Plan, 0, 10)), nil)
	if len(gone.Rows) != 1 || gone.Rows[0].ID != "20" || gone.Rows[0].Choice != "keep" || gone.Rows[0].How != "deleted" {
		t.Fatalf("what is gone: %+v", gone)
	}
	if n := must(t, first(p.delta.Choose(v.Plan, "conflict", []int64{c.Seq}, "take", "The source is right")), nil); n != 1 {
		t.Errorf("chosen for %d", n)
	}
	if _, err := p.delta.Choose(v.Plan, "conflict", nil, "shred", ""); !problem.Is(err, "delta.choice") {
		t.Errorf("chose nonsense: %v", err)
	}
	if n := must(t, first(p.delta.Choose(v.Plan, "gone", nil, "delete", "")), nil); n != 1 {
		t.Errorf("chosen for all that is gone: %d", n)
	}
	conflicts = must(t, first(p.delta.Conflicts(v.Plan, 0, 10)), nil)
	if conflicts.Rows[0].Choice != "take" || conflicts.Rows[0].ChosenBy != "Ann" {
		t.Errorf("after choosing: %+v", conflicts.Rows[0])
	}
	plan = must(t, first(p.runs.PlanView(plan.ID)), nil)
	if plan.Stale != "" || plan.Number != 4 || plan.Confirm != "Create 1 record, change 2 and delete 1 in Practice desk" {
		t.Errorf("the plan after choosing: %d %q %q", plan.Number, plan.Confirm, plan.Stale)
	}
	p.move(plan)
	titles := desk.subjects()
	for _, want := range []string{"Subject two", "Subject four", "Subject 20"} {
		if titles[want] == "" {
			t.Errorf("%q is not in the target", want)
		}
	}
	if titles["Subject 19"] != "" || titles["Subject for us"] != "" {
		t.Error("what was chosen was not done")
	}
	v = must(t, first(p.delta.View()), nil)
	if !v.Started {
		t.Error("the delta does not know that its plan was started")
	}
	if _, err := p.delta.Choose(v.Plan, "conflict", nil, "keep", ""); !problem.Is(err, "delta.started") {
		t.Errorf("chosen too late: %v", err)
	}
	ok(t, p.delta.SetDefault("conflict", "note"))
	if v = must(t, first(p.delta.View()), nil); v.ConflictDefault != "note" {
		t.Errorf("the usual choice: %+v", v.ConflictDefault)
	}
}

// TestP77_NothingChangedNeedsNoPlan: a source that is as before gives an empty delta.
func TestP77_NothingChangedNeedsNoPlan(t *testing.T) {
	p := small(t, 0)
	p.move(p.plan("full"))
	p.wait(p.delta.Read())
	for _, o := range must(t, first(p.delta.View()), nil).Objects {
		if n := o.New.Value + o.Changed.Value + o.Deleted.Value + o.Merged.Value + o.Redacted.Value; n != 0 {
			t.Errorf("%s: %d changed", o.Object, n)
		}
	}
	if plan := p.plan("delta"); plan.Number != 0 || plan.Requests != 0 {
		t.Errorf("the plan touches %d with %d requests", plan.Number, plan.Requests)
	}
}

// TestP68_AHeldGroupIsRepairedByOneDecision: the texts that are too long are split, and
// just they are tried again.
func TestP68_AHeldGroupIsRepairedByOneDecision(t *testing.T) {
	p := small(t, 3)
	p.move(p.plan("full"))
	held := must(t, first(p.runs.Held()), nil)
	if len(held) != 1 || held[0].Count.Value != 3 {
		t.Fatalf("held: %+v", held)
	}
	g := held[0]
	list := must(t, first(p.runs.Repairs(g.Object, g.Code, g.Field)), nil)
	ids := map[string]api.RepairView{}
	for _, r := range list {
		ids[r.ID] = r
		if r.Title == "" || r.Count == 0 {
			t.Errorf("the repair %+v says nothing", r)
		}
	}
	if r, has := ids[load.ChooseSplit]; !has || r.Asks != "none" || !r.Again {
		t.Fatalf("the repairs: %+v", list)
	}
	id, err := p.runs.Fix(g.Object, g.Code, g.Field, "magic", "", "")
	ok(t, err)
	if got := p.end(id); got.State != "failed" || got.Error == nil || got.Error.Code != "held.no_repair" {
		t.Errorf("an unknown repair: %+v", got)
	}
	p.wait(p.runs.Fix(g.Object, g.Code, g.Field, load.ChooseSplit, "", "Agreed"))
	if held = must(t, first(p.runs.Held()), nil); len(held) != 0 {
		t.Errorf("still held: %+v", held)
	}
	runs := must(t, first(p.runs.List()), nil)
	created := int64(0)
	for _, o := range runs[0].Objects {
		created += o.Created
	}
	if runs[0].Kind != load.RunRetry || created != 3 {
		t.Errorf("the run that tried again: %+v", runs[0])
	}
	if _, err := p.runs.Repairs(g.Object, g.Code, g.Field); !problem.Is(err, "held.none") {
		t.Errorf("repairs of nothing: %v", err)
	}
}

// TestP68_HeldRecordsGoOutAndComeBack: the workbook of held records is written, and what
// comes back unanswered does nothing.
func TestP68_HeldRecordsGoOutAndComeBack(t *testing.T) {
	p := small(t, 2)
	p.move(p.plan("full"))
	if path := must(t, first(p.runs.ExportHeld()), nil); path != "" {
		t.Errorf("nobody chose a place, and it was written to %s", path)
	}
	p.win.save = filepath.Join(t.TempDir(), "held")
	path := must(t, first(p.runs.ExportHeld()), nil)
	if filepath.Ext(path) != ".xlsx" {
		t.Errorf("written to %s", path)
	}
	p.win.open = []string{path}
	back := must(t, first(p.runs.ImportHeld()), nil)
	if back.File != path || len(back.Problems) > 0 || len(back.Answers) > 0 || back.Token != "" {
		t.Errorf("an untouched workbook: %+v", back)
	}
	if _, err := p.runs.ApplyHeld("made up"); !problem.Is(err, "workbook.changed") {
		t.Errorf("applied what nobody read: %v", err)
	}
	p.win.open = []string{p.sourceFile("tickets.csv")}
	if v, err := p.runs.ImportHeld(); err == nil && len(v.Problems) == 0 {
		t.Error("a table of tickets was taken for the workbook")
	}
}

// ownDesk is a practice desk outside of the project, so that a test can be its agents.
type ownDesk struct {
	t *testing.T
	*practice.Server
}

func serveDesk(t *testing.T) ownDesk {
	t.Helper()
	s, err := practice.Serve(context.Background(), "127.0.0.1:0", practice.Options{})
	ok(t, err)
	t.Cleanup(func() { ok(t, s.Close()) })
	return ownDesk{t, s}
}

func (d ownDesk) call(method, path string, body, into any) {
	d.t.Helper()
	b, err := json.Marshal(body)
	ok(d.t, err)
	req, err := http.NewRequestWithContext(context.Background(), method, d.Address+"/api/v1/"+path, bytes.NewReader(b))
	ok(d.t, err)
	req.Header.Set("Authorization", "Bearer "+d.Token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	ok(d.t, err)
	defer func() { _ = res.Body.Close() }() // read to its end below
	if res.StatusCode > 299 {
		d.t.Fatalf("%s %s: %s", method, path, res.Status)
	}
	ok(d.t, json.NewDecoder(res.Body).Decode(into))
}

// subjects of the desk's tickets, with their numbers.
func (d ownDesk) subjects() map[string]string {
	d.t.Helper()
	var page struct {
		Records []struct {
			ID      json.Number `json:"id"`
			Subject string      `json:"subject"`
		} `json:"items"`
	}
	d.call(http.MethodGet, "tickets?limit=100", nil, &page)
	out := map[string]string{}
	for _, r := range page.Records {
		out[r.Subject] = r.ID.String()
	}
	return out
}

// edit is what an agent does to a ticket.
func (d ownDesk) edit(subject, changed string) {
	d.t.Helper()
	var answer json.RawMessage
	d.call(http.MethodPatch, "tickets/"+d.subjects()[subject], map[string]string{"subject": changed}, &answer)
}
