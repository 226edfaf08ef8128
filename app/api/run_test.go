package api_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/app/api"
	"waybill/backend/load"
	"waybill/backend/problem"
)

// small makes a project of customers and tickets with messages, of which some are longer
// than the practice desk takes, ready to be planned.
func small(t *testing.T, long int) *page {
	t.Helper()
	return smallInto(t, long, "", "")
}

// smallInto moves to the desk at an address; to the project's own practice desk without one.
func smallInto(t *testing.T, long int, address, token string) *page {
	t.Helper()
	p := start(t, here(t))
	ok(t, p.app.SetPerson("Ann", "Migration lead"))
	ok(t, p.app.NewProject(api.NewProject{Name: "Small"}))
	dir := t.TempDir()
	var contacts, tickets, messages strings.Builder
	contacts.WriteString("Contact ID,Name,E-mail\n")
	tickets.WriteString("Ticket ID,Subject,Status,Requester ID,Created\n")
	messages.WriteString("Message ID,Ticket ID,Author ID,Body,Created\n")
	for i := range 20 {
		fmt.Fprintf(&contacts, "c%d,Person %d,p%d@x.example\n", i, i, i)
		status := "open"
		if i >= 8 {
			status = "closed"
		}
		fmt.Fprintf(&tickets, "%d,Subject %d,%s,c%d,2024-01-%02d\n", i+1, i, status, i, i+1)
		text := "Hello"
		if i < long {
			text = strings.Repeat("word ", 14000)
		}
		fmt.Fprintf(&messages, "m%d,%d,c%d,%s,2024-01-%02d\n", i, i+1, i, text, i+1)
	}
	for name, text := range map[string]string{"contacts.csv": contacts.String(), "tickets.csv": tickets.String(), "messages.csv": messages.String()} {
		ok(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	p.wait(p.source.Inspect([]string{dir}))
	p.wait(p.source.Read())
	if address == "" {
		ok(t, p.target.StartPractice())
	} else {
		must(t, first(p.desks.Connect("target", "practice", map[string]string{"address": address, "token": token})), nil)
	}
	must(t, first(p.mapping.Get()), nil)
	must(t, first(p.mapping.Accept("as proposed")), nil)
	return p
}

func (p *page) plan(scope string) api.PlanView {
	p.t.Helper()
	p.wait(p.runs.Plan(scope))
	return must(p.t, first(p.runs.PlanView("")), nil)
}

// TestLossForecastHasChoicesAndOpensItsRecords: each line opens its records, and a choice
// changes what the next plan does.
func TestLossForecastHasChoicesAndOpensItsRecords(t *testing.T) {
	p := small(t, 3)
	plan := p.plan("full")
	var loss api.LossView
	for _, l := range plan.Losses {
		p.opens("loss "+l.Code+" "+l.Field, l.Count)
		if l.Code == load.LossText {
			loss = l
		}
	}
	if loss.Count.Value != 3 || loss.Choice != load.ChooseHold || len(loss.Choices) < 3 || loss.ChosenBy != "" {
		t.Fatalf("the forecast says %+v", plan.Losses)
	}
	for _, c := range loss.Choices {
		if c.Title == "" || c.Means == "" {
			t.Errorf("the choice %q is not explained", c.Value)
		}
	}
	held := 0
	for _, o := range plan.Objects {
		held += int(o.Hold.Value)
	}
	if held != 3 {
		t.Errorf("%d records would be held, want 3", held)
	}
	if err := p.runs.Choose(loss.Code, loss.Object, loss.Field, "throw away"); !problem.Is(err, "loss.choice") {
		t.Errorf("chose nonsense: %v", err)
	}
	ok(t, p.runs.Choose(loss.Code, loss.Object, loss.Field, load.ChooseSplit))
	if old := must(t, first(p.runs.PlanView(plan.ID)), nil); old.Stale == "" {
		t.Error("the plan is not out of date after a choice")
	}
	plan = p.plan("full")
	for _, l := range plan.Losses {
		if l.Code == load.LossText && (l.Choice != load.ChooseSplit || l.ChosenBy != "Ann" || l.ChosenAt == "") {
			t.Errorf("after the choice: %+v", l)
		}
	}
	for _, o := range plan.Objects {
		if o.Hold.Value > 0 {
			t.Errorf("%s: %d are held back still", o.Object, o.Hold.Value)
		}
	}
}

// TestP71_NothingGoesBeforeTheFirstRecordsWereSeen: starting sends one record of each
// kind; the rest goes when they were confirmed.
func TestP71_NothingGoesBeforeTheFirstRecordsWereSeen(t *testing.T) {
	p := small(t, 0)
	plan := p.plan("full")
	for _, f := range must(t, first(p.runs.Preflight(plan.ID)), nil) {
		if f.State == load.PreflightStop {
			t.Errorf("in the way: %+v", f)
		}
	}
	job := p.wait(p.runs.Start(plan.ID, fmt.Sprint(plan.Number)))
	if job.State != "needs-person" || job.Question == "" {
		t.Fatalf("the job ended as %+v", job)
	}
	runs := must(t, first(p.runs.List()), nil)
	if runs[0].State != load.StateCanary || !runs[0].CanRollback {
		t.Fatalf("the run is %+v", runs[0])
	}
	c := must(t, first(p.runs.Canary(runs[0].ID)), nil)
	if len(c.Records) != 3 || !c.Good || !c.Known || c.Sent != 0 || !strings.HasPrefix(c.Proof, "ticket ") || c.Rest != 57 {
		t.Errorf("the first records: %+v", c)
	}
	for _, r := range c.Records {
		if r.TargetID == "" || !r.OK || len(r.Fields) == 0 {
			t.Errorf("%s %s: %+v", r.Object, r.ID, r)
		}
	}
	there := int64(0)
	for _, o := range runs[0].Objects {
		p.opens("created "+o.Object, o.There)
		there += o.There.Value
	}
	if there != 3 {
		t.Errorf("%d records are in the target before anybody has looked, want 3", there)
	}
	p.next("run")
	if v := must(t, first(p.runs.PlanView("")), nil); v.Run != runs[0].ID {
		t.Errorf("the plan does not know its run: %+v", v)
	}
	if _, err := p.runs.Start(plan.ID, plan.Confirm); !problem.Is(err, "run.waits") {
		t.Errorf("a second run of the plan: %v", err)
	}
	if _, err := p.runs.Beyond(runs[0].ID, "because"); !problem.Is(err, "run.not_stopped") {
		t.Errorf("went beyond a threshold that nobody passed: %v", err)
	}
	done := p.wait(p.runs.Confirm(runs[0].ID))
	if done.State != "done" {
		t.Fatalf("after the confirmation: %+v", done)
	}
	if _, err := p.runs.Confirm(runs[0].ID); !problem.Is(err, "run.no_canary") {
		t.Errorf("confirmed twice: %v", err)
	}
	for _, row := range must(t, first(p.app.Home()), nil).Manifest {
		if row.Moved.Value != 20 {
			t.Errorf("%s: %d moved", row.Object, row.Moved.Value)
		}
	}
}

// TestFirstRecordsAreTakenBack: who does not like them takes them back, and nothing is left.
func TestFirstRecordsAreTakenBack(t *testing.T) {
	p := small(t, 0)
	plan := p.plan("full")
	run := p.wait(p.runs.Start(plan.ID, plan.Confirm)).Result
	preview := must(t, first(p.runs.RollbackPreview(run)), nil)
	total := int64(0)
	for _, row := range preview {
		p.opens("take back "+row.Object, row.Remove)
		total += row.Remove.Value
	}
	if total != 3 {
		t.Errorf("the preview says %d", total)
	}
	p.wait(p.runs.Rollback(run))
	runs := must(t, first(p.runs.List()), nil)
	proof := runs[0].Proof
	if proof == nil || proof.Deleted != 3 || proof.Absent != 3 || proof.Kept != 0 || !proof.SourceUntouched || len(proof.Source) == 0 {
		t.Fatalf("the proof: %+v", proof)
	}
	for _, x := range proof.Source {
		if x.Before != x.After || x.Before == "" {
			t.Errorf("the source: %+v", x)
		}
	}
	if runs[1].State != "rolled_back" || runs[1].CanResume {
		t.Errorf("the run: %+v", runs[1])
	}
	clock := must(t, first(p.runs.Clock()), nil)
	if clock.Since == "" || clock.Total != 0 {
		t.Errorf("the rollback clock: %+v", clock)
	}
}

// TestWindowAndThresholdsAreAgreed: hours and thresholds are kept, and nonsense is refused.
func TestWindowAndThresholdsAreAgreed(t *testing.T) {
	p := small(t, 0)
	if v := p.plan("full"); v.WindowHours != 0 || v.Fits != "" {
		t.Errorf("without a window: %+v", v)
	}
	ok(t, p.runs.SetWindow(48))
	if v := must(t, first(p.runs.PlanView("")), nil); v.WindowHours != 48 || v.Fits != "yes" || v.Stale != "" {
		t.Errorf("with a window: %+v", v)
	}
	if err := p.runs.SetWindow(-1); !problem.Is(err, "window.wrong") {
		t.Errorf("a negative window: %v", err)
	}
	th := must(t, first(p.runs.Thresholds()), nil)
	th.HeldPercent, th.Decides, th.CheckedFirst = 2.5, " Bea Borg ", true
	ok(t, p.runs.SetThresholds(th))
	if got := must(t, first(p.runs.Thresholds()), nil); got.HeldPercent != 2.5 || got.Decides != "Bea Borg" || !got.CheckedFirst {
		t.Errorf("kept as %+v", got)
	}
	th.HeldPercent = 120
	if err := p.runs.SetThresholds(th); !problem.Is(err, "thresholds.wrong") {
		t.Errorf("120 %%: %v", err)
	}
}

// TestP76_SlicesMoveOneAfterTheOther: open tickets first, the rest later, nothing twice;
// the second waits for the first, unless somebody accepts it by name.
func TestP76_SlicesMoveOneAfterTheOther(t *testing.T) {
	p := small(t, 0)
	open := api.SliceForm{Name: "Open", Object: "ticket", Conditions: []api.Condition{{Field: "Status", Op: "is", Value: "open"}}}
	rest := api.SliceForm{Name: "History", Object: "ticket", Conditions: []api.Condition{}}
	wrong := api.SliceForm{Name: "Wrong", Object: "ticket", Conditions: []api.Condition{{Field: "Status", Op: "since", Value: "yesterday"}}}
	if err := p.runs.SetSlices([]api.SliceForm{open, wrong}); !problem.Is(err, "slice.condition") {
		t.Errorf("a wrong condition: %v", err)
	}
	ok(t, p.runs.SetSlices([]api.SliceForm{open, rest}))
	v := must(t, first(p.runs.Slices()), nil)
	if len(v.Slices) != 2 || v.Slices[0].Words != "Tickets whose Status is open" || v.Slices[0].Wait != "" || v.Slices[1].Wait == "" || len(v.Objects) != 3 {
		t.Fatalf("the slices: %+v", v)
	}
	for _, o := range v.Objects {
		for _, f := range o.Fields {
			if o.Object == "ticket" && f.Name == "Status" && len(f.Values) != 2 {
				t.Errorf("values offered: %+v", f)
			}
		}
	}
	id, err := p.runs.PlanSlice("History")
	ok(t, err)
	if got := p.end(id); got.State != "failed" || got.Error == nil || got.Error.Code != "slice.waits" {
		t.Fatalf("the second slice was planned first: %+v", got)
	}
	p.wait(p.runs.PlanSlice("Open"))
	plan := must(t, first(p.runs.PlanView("")), nil)
	if plan.Scope != "slice" || plan.Part != "Open" || plan.Number != 24 {
		t.Fatalf("the plan of the slice: %+v", plan)
	}
	p.move(plan)
	v = must(t, first(p.runs.Slices()), nil)
	if v.Slices[0].State != "done" || v.Slices[0].There != 24 || v.Slices[1].Wait != "" {
		t.Errorf("after the first: %+v", v.Slices)
	}
	p.wait(p.runs.PlanSlice("History"))
	plan = must(t, first(p.runs.PlanView("")), nil)
	if plan.Number != 36 {
		t.Errorf("the history is %d records, want 36: nothing twice", plan.Number)
	}
	p.move(plan)
	for _, row := range must(t, first(p.app.Home()), nil).Manifest {
		if row.Moved.Value != 20 {
			t.Errorf("%s: %d moved", row.Object, row.Moved.Value)
		}
	}

	preview := must(t, first(p.runs.SlicePreview("Open")), nil)
	total := int64(0)
	for _, row := range preview {
		p.opens("take back "+row.Object, row.Remove)
		total += row.Remove.Value
	}
	if total != 24 {
		t.Errorf("taking the slice back would remove %d", total)
	}
	p.wait(p.runs.RollbackSlice("Open"))
	v = must(t, first(p.runs.Slices()), nil)
	if v.Slices[0].State != "rolled_back" || v.Slices[0].There != 0 || v.Slices[1].There == 0 {
		t.Errorf("after taking it back: %+v", v.Slices)
	}
	if _, err := p.runs.RollbackSlice("Open"); !problem.Is(err, "slice.nothing") {
		t.Errorf("taken back twice: %v", err)
	}
}

// TestSliceIsAcceptedByName: whoever lets a slice start before its turn says so with a
// name and a reason.
func TestSliceIsAcceptedByName(t *testing.T) {
	p := small(t, 0)
	ok(t, p.runs.SetSlices([]api.SliceForm{
		{Name: "Open", Object: "ticket", Conditions: []api.Condition{{Field: "Status", Op: "is", Value: "open"}}},
		{Name: "History", Object: "ticket", Conditions: []api.Condition{}},
	}))
	ok(t, p.runs.Accept("slice/History", "The open ones are moved by hand"))
	v := must(t, first(p.runs.Slices()), nil)
	if v.Slices[1].AcceptedBy != "Ann" || v.Slices[1].AcceptedWhy == "" {
		t.Errorf("accepted: %+v", v.Slices[1])
	}
	p.wait(p.runs.PlanSlice("History"))
	ok(t, p.runs.Accept("slice/History", ""))
	id, err := p.runs.PlanSlice("History")
	ok(t, err)
	if got := p.end(id); got.State != "failed" {
		t.Errorf("after it was taken back: %+v", got)
	}
}

// TestP71_AStoppingFindingIsAcceptedByNameOnly: a trigger that would go off stops the
// run until somebody takes it upon themselves.
func TestP71_AStoppingFindingIsAcceptedByNameOnly(t *testing.T) {
	p := small(t, 0)
	plan := p.plan("full")
	if err := p.runs.Accept("quiet", "  "); err != nil {
		t.Errorf("taking nothing back: %v", err)
	}
	ok(t, p.runs.Accept("quiet", "Switched off by hand"))
	for _, f := range must(t, first(p.runs.Preflight(plan.ID)), nil) {
		if f.Accepted {
			t.Errorf("nothing was in the way, and it is accepted: %+v", f)
		}
	}
	if _, err := p.runs.Preflight("plan-99"); !problem.Is(err, "plan.none") {
		t.Errorf("the preflight of no plan: %v", err)
	}
}

// TestShareOfTheLimitIsAgreed: a part of the desk's limit is left to others, and what
// cannot be read is refused.
func TestShareOfTheLimitIsAgreed(t *testing.T) {
	p := small(t, 0)
	all := must(t, first(p.runs.Share()), nil)
	got := must(t, first(p.runs.SetShare(" 50%; 22:00-06:00 100% ")), nil)
	if got == all || !strings.Contains(got, "50%") || must(t, first(p.runs.Share()), nil) != got {
		t.Errorf("understood as %q, before %q", got, all)
	}
	if _, err := p.runs.SetShare("as fast as you can"); err == nil || problem.From(err).Next == "" {
		t.Errorf("nonsense was understood: %v", err)
	}
	if back := must(t, first(p.runs.SetShare("")), nil); back != all {
		t.Errorf("taken back as %q, at first it was %q", back, all)
	}
}
