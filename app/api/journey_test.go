package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"waybill/app/api"
	"waybill/backend/browse"
	"waybill/backend/connector/files"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// next asserts what the front page says comes next.
func (p *page) next(pageName string) api.Home {
	p.t.Helper()
	h := must(p.t, first(p.app.Home()), nil)
	if h.Next.Page != pageName {
		p.t.Fatalf("next is %+v, want the page %s (%s)", h.Next, pageName, h.Verdict)
	}
	for _, row := range h.Manifest {
		if !row.Adds {
			p.t.Errorf("the account of %s does not add up: %+v", row.Object, row)
		}
	}
	return h
}

// opens asserts that a number opens as many records as it says.
func (p *page) opens(what string, f api.Figure) {
	p.t.Helper()
	if f.Filter == nil {
		if f.Value != 0 {
			p.t.Errorf("%s: %d cannot be opened", what, f.Value)
		}
		return
	}
	got := must(p.t, first(p.records.List(*f.Filter, nil, 0, 3)), nil)
	if f.Exact && got.Total.Value != f.Value {
		p.t.Errorf("%s says %d and opens %d (%+v)", what, f.Value, got.Total.Value, *f.Filter)
	}
	if int64(len(got.Rows)) != min(f.Value, 3) && f.Exact {
		p.t.Errorf("%s says %d and lists %d", what, f.Value, len(got.Rows))
	}
}

// TestJourney clicks through the whole move of the sample.
func TestJourney(t *testing.T) {
	at := here(t)
	p := start(t, at, "--sample")
	v := must(t, first(p.app.Start()), nil)
	if v.Project == "" {
		t.Fatalf("the sample did not open: %+v", v.Problem)
	}
	ok(t, p.app.SetPerson("Ann", "Migration lead"))
	h := p.next("source")
	if !h.Project.Sample || !h.Project.Practice || h.Project.Source == "" || h.Project.Target == "" {
		t.Errorf("the sample is %+v", h.Project)
	}
	tables := must(t, first(p.source.Tables()), nil)
	if len(tables) < 7 {
		t.Fatalf("the sample has %d tables", len(tables))
	}
	p.wait(p.source.Read())

	inventory(t, p)
	decide(t, p)
	settle(t, p)

	p.next("plan")
	p.wait(p.runs.Plan("full"))
	p.next("run")
	plan := must(t, first(p.runs.PlanView("")), nil)
	planned(t, p, plan)
	id, err := p.runs.Start(plan.ID, "7")
	if !problem.Is(err, "run.not_confirmed") || id != "" {
		t.Fatalf("a run started with the wrong number: %v", err)
	}
	total := int64(0)
	for _, o := range plan.Objects {
		total += o.Create.Value
	}
	if total < 5000 {
		t.Fatalf("the plan creates only %d", total)
	}
	job := p.move(plan)
	if !strings.HasPrefix(job.Result, "run-") || len(job.Stages) == 0 {
		t.Errorf("the run's job ended as %+v", job)
	}
	if _, err := p.runs.Start(plan.ID, plan.Confirm); !problem.Is(err, "plan.stale") {
		t.Errorf("a plan was carried out twice: %v", err)
	}
	clear(t, p)

	p.next("check")
	p.wait(p.checks.Run())
	checked(t, p)
	sign(t, p)
	rollback(t, p)
}

// inventory looks at everything that was measured; every number opens.
func inventory(t *testing.T, p *page) {
	t.Helper()
	objects := must(t, first(p.records.Objects()), nil)
	if len(objects) < 7 {
		t.Fatalf("%d kinds of records", len(objects))
	}
	for _, o := range objects {
		p.opens(o.Object+" rows", o.Rows)
		p.opens(o.Object+" held", o.Held)
		p.opens(o.Object+" repeated", o.RepeatedKey)
		for _, b := range o.Broken {
			p.opens(o.Object+" broken "+b.Field, b.Broken)
		}
		for i, a := range o.Ages {
			if i > 0 && i < len(o.Ages)-1 {
				continue // each is counted the same way, and takes a walk over all records
			}
			p.opens(o.Object+" of "+a.Label, a.Count)
		}
		for i, f := range o.Fields {
			if i > 1 {
				continue // the rest is counted the same way
			}
			p.opens(o.Object+" filled "+f.Name, f.Filled)
			p.opens(o.Object+" empty "+f.Name, f.Empty)
			p.opens(o.Object+" blank "+f.Name, f.Blank)
			if len(f.Top) > 0 {
				p.opens(o.Object+" "+f.Name+" = "+f.Top[0].Value, f.Top[0].Count)
			}
		}
	}
	findings := must(t, first(p.records.Findings()), nil)
	if len(findings) == 0 {
		t.Error("nothing was found in a sample that is messy on purpose")
	}
	codes := map[string]bool{}
	for _, f := range findings {
		if codes[f.Code] {
			continue // one of each kind
		}
		codes[f.Code] = true
		if f.Code != "values.unused" { // these are options that no record has
			p.opens("finding "+f.Code+" of "+f.Object+" "+f.Field, f.Count)
		}
		if f.Count.Filter != nil && f.Count.Filter.Op == "finding" {
			all := must(t, first(p.records.List(*f.Count.Filter, nil, 0, 500)), nil)
			if int64(len(all.Rows)) != min(f.Count.Value, 500) {
				t.Errorf("finding %s of %s %s says %d and lists %d", f.Code, f.Object, f.Field, f.Count.Value, len(all.Rows))
			}
		}
	}

	// Pages go on behind one another, and miss nothing, in any order.
	for _, order := range [][]api.Sorting{nil, {{Field: "E-mail", Desc: true}}} {
		seen := map[string]bool{}
		q := api.Filter{Object: "contact", Sort: order}
		for total := int64(1); int64(len(seen)) < total; {
			got := must(t, first(p.records.List(q, []string{"E-mail"}, len(seen), 333)), nil)
			if total = got.Total.Value; len(got.Rows) == 0 {
				t.Fatalf("pages gave %d of %d", len(seen), total)
			}
			if at := must(t, first(p.records.Find(q, got.Rows[0].ID)), nil); at != len(seen) {
				t.Errorf("the record at %d is found at %d", len(seen), at)
			}
			for _, r := range got.Rows {
				if seen[r.ID] {
					t.Fatalf("%s came twice", r.ID)
				}
				seen[r.ID] = true
			}
		}
	}
	narrow := must(t, first(p.records.List(api.Filter{Object: "contact", Where: []api.Narrowing{{Field: "E-mail", Op: "contains", Value: "@EXAMPLE"}, {Field: "E-mail", Op: "is_not", Value: "x"}}}, []string{"E-mail"}, 0, 500)), nil)
	for _, r := range narrow.Rows {
		if !strings.Contains(strings.ToLower(r.Cells[0]), "@example") {
			t.Errorf("%q does not fit", r.Cells[0])
		}
	}
	found := must(t, first(p.records.List(api.Filter{Object: "ticket", Text: "headlamp"}, nil, 0, 5)), nil)
	if found.Total.Value == 0 || len(found.Columns) == 0 {
		t.Errorf("searching found %+v", found.Total)
	}
	if found.Search == nil || !found.Search.Ready || found.Rows[0].Found == nil || !slices.ContainsFunc(found.Rows[0].Found.Parts, func(x api.FoundPart) bool {
		return x.Mark && strings.HasPrefix(strings.ToLower(x.Text), "headlamp")
	}) {
		t.Errorf("it is not said where the word was found: %+v %+v", found.Search, found.Rows[0].Found)
	}
	// A word of a message finds its ticket, with every condition and in every order.
	spoken := must(t, first(p.records.List(api.Filter{Object: "message", Text: `"left our warehouse"`}, nil, 0, 1)), nil)
	asked := api.Filter{Object: "ticket", Text: `"left our warehouse"`, Sort: []api.Sorting{{Field: browse.NumberColumn, Desc: true}}, Where: []api.Narrowing{{Field: browse.NumberColumn, Op: "filled"}}}
	of := must(t, first(p.records.List(asked, nil, 0, 5)), nil)
	if spoken.Total.Value == 0 || of.Total.Value == 0 || of.Total.Value > spoken.Total.Value || !strings.HasPrefix(of.Rows[0].Found.Record, "message ") || of.Rows[0].ID < of.Rows[1].ID {
		t.Errorf("%d messages, %d tickets: %+v", spoken.Total.Value, of.Total.Value, of.Rows)
	}
	if at := must(t, first(p.records.Find(asked, of.Rows[1].ID)), nil); at != 1 {
		t.Errorf("the second that was found is at %d", at)
	}

	rec := must(t, first(p.records.Get("ticket", found.Rows[0].ID)), nil)
	if len(rec.Thread) == 0 || len(rec.Links) == 0 || len(rec.Draft) == 0 && rec.Fate == "pending" {
		t.Errorf("ticket %s: %d messages, %d links, %d draft fields", rec.ID, len(rec.Thread), len(rec.Links), len(rec.Draft))
	}
	if rec.Fields[0].Name != "Ticket No" {
		t.Errorf("fields begin with %q, not as in the source", rec.Fields[0].Name)
	}
	last := ""
	for _, m := range rec.Thread {
		if m.At < last {
			t.Errorf("the thread of %s is out of order", rec.ID)
		}
		last = m.At
		if low := strings.ToLower(m.HTML); strings.Contains(low, "<script") || strings.Contains(low, "onerror") || strings.Contains(low, "src=\"http") || strings.Contains(low, "style=") {
			t.Errorf("unsafe text reached the window: %s", m.HTML)
		}
		if m.Author == "" {
			t.Errorf("message %s has no author", m.ID)
		}
	}
}

// decide leaves out and merges what is proposed, but for archiving; one is taken back and decided again.
func decide(t *testing.T, p *page) {
	t.Helper()
	p.next("clean")
	rules := must(t, first(p.clean.Rules()), nil)
	for _, r := range rules {
		p.opens("rule "+r.ID, r.Count)
	}
	undone := false
	for _, r := range rules {
		if r.Does == "archive" {
			continue
		}
		d, err := p.clean.Apply(r.ID, nil, "as proposed")
		if problem.Is(err, "clean.none") {
			continue // an earlier decision already took its records
		}
		must(t, d, err)
		p.opens("decision "+r.ID, d.Count)
		for _, also := range d.Also {
			p.opens("decision "+r.ID, also)
		}
		if !undone {
			undone = true
			ok(t, p.clean.Undo(d.ID))
			must(t, first(p.clean.Apply(r.ID, nil, "on second thought")), nil)
		}
	}
	if len(must(t, first(p.clean.Decisions()), nil)) < 3 {
		t.Error("hardly anything was decided")
	}
}

// settle decides what the mapping leaves open, with a workbook in between, and accepts it.
func settle(t *testing.T, p *page) {
	t.Helper()
	p.next("mapping")
	m := must(t, first(p.mapping.Get()), nil)
	if len(m.Objects) < 7 || m.Version != 0 {
		t.Fatalf("the proposal has %d objects", len(m.Objects))
	}
	desk := must(t, first(p.target.Desk()), nil)
	if !desk.Connected || !desk.Practice || desk.Error != nil || len(desk.Objects) == 0 {
		t.Fatalf("the target is %+v", desk)
	}
	created := ""
	for _, g := range desk.Gaps {
		p.opens("gap "+g.ID, g.Count)
		if g.CanCreate && created == "" && g.Object == "ticket" {
			created = g.Field
			ok(t, p.target.CreateGap(g.ID))
			if err := p.target.CreateGap(g.ID); !problem.Is(err, "target.no_gap") {
				t.Errorf("created twice: %v", err)
			}
		}
	}
	if created == "" {
		t.Error("no field could be created")
	}

	for _, o := range m.Objects {
		for _, f := range o.Fields {
			if open := pendingValues(f.Map); open > 0 {
				rule := decided(f)
				tried := must(t, first(p.mapping.Preview(o.Source, rule)), nil)
				if len(tried.Problem) > 0 {
					t.Errorf("%s %s: %v", o.Source, f.Map.Target, tried.Problem[0])
				}
				again := must(t, first(p.mapping.Get()), nil)
				if again.Left != m.Left && created == "" {
					t.Error("a preview was stored")
				}
				must(t, first(p.mapping.SetField(o.Source, rule)), nil)
			}
		}
	}
	m = must(t, first(p.mapping.Get()), nil)
	if m.Left > 0 {
		for _, o := range m.Objects {
			for _, f := range o.Fields {
				for _, x := range f.Problem {
					t.Errorf("%s %s: %v", o.Source, f.Map.Target, x)
				}
			}
		}
		t.Fatalf("%d still to decide", m.Left)
	}
	if bad := must(t, first(p.mapping.Preview("ticket", mapping.FieldMap{Target: "subject", Rule: mapping.Formula, Formula: `UPPER([Subjekt]`})), nil); len(bad.Problem) == 0 {
		t.Error("a broken formula was not complained about")
	}
	p.win.save = filepath.Join(t.TempDir(), "map")
	path := must(t, first(p.mapping.ExportWorkbook()), nil)
	if _, err := os.Stat(path); err != nil || filepath.Ext(path) != ".xlsx" {
		t.Fatalf("the workbook: %v", err)
	}
	back := must(t, first(p.mapping.ReadWorkbook(path)), nil)
	if len(back.Problems) > 0 || len(back.Changes) > 0 || len(back.Conflict) > 0 {
		t.Errorf("an untouched workbook came back as %+v", back)
	}
	if _, err := p.mapping.Accept("  "); !problem.Is(err, "mapping.no_reason") {
		t.Errorf("accepted without a reason: %v", err)
	}
	got := must(t, first(p.mapping.Accept("first look")), nil)
	if got.Number != 1 {
		t.Errorf("accepted as version %d", got.Number)
	}
	if err := p.mapping.Approve(1, "right"); !problem.Is(err, "approval.own_work") {
		t.Errorf("who maps approved alone: %v", err)
	}
	ok(t, p.app.SetPerson("Bea", "Business owner"))
	ok(t, p.mapping.Approve(1, "Looks right to me."))
	ok(t, p.app.SetPerson("Ann", "Migration lead"))
	if vs := must(t, first(p.mapping.Versions()), nil); !strings.Contains(vs[0].Approved, "Bea") {
		t.Errorf("approved by %q", vs[0].Approved)
	}
}

func pendingValues(f mapping.FieldMap) int {
	n := 0
	for _, v := range f.Values {
		if !v.Decided {
			n++
		}
	}
	return n
}

// decided settles a value list: what was proposed is taken, the rest becomes the first option.
func decided(f api.FieldMapView) mapping.FieldMap {
	out := f.Map
	out.Values = append([]mapping.ValuePair{}, f.Map.Values...)
	for i := range out.Values {
		v := &out.Values[i]
		if v.Decided {
			continue
		}
		v.Decided = true
		if v.To == "" && len(f.Target.Options) > 0 {
			v.To = f.Target.Options[0].Value
		}
	}
	out.State = mapping.Reviewed
	return out
}

func planned(t *testing.T, p *page, plan api.PlanView) {
	t.Helper()
	if plan.Stale != "" || plan.Requests == 0 || !plan.Quiet {
		t.Errorf("the plan: %+v", plan)
	}
	for _, o := range plan.Objects {
		p.opens("plan create "+o.Object, o.Create)
		p.opens("plan hold "+o.Object, o.Hold)
	}
	for _, g := range plan.Groups {
		p.opens("plan holds "+g.Code+" "+g.Field, g.Count)
	}
}

// clear puts right what is held back: groups are named, open exactly, and what a
// decision can answer is left out or shortened.
func clear(t *testing.T, p *page) {
	t.Helper()
	for range 6 {
		held := must(t, first(p.runs.Held()), nil)
		if len(held) == 0 {
			return
		}
		p.next("held")
		for _, g := range held {
			p.opens("held "+g.Code+" "+g.Field, g.Count)
			if g.Title == g.Code || g.Next == "" {
				t.Errorf("group %s of %s says nothing: %+v", g.Code, g.Object, g)
			}
			if g.Page != "source" && g.Page != "clean" && g.Page != "mapping" && g.Page != "target" {
				t.Errorf("group %s leads to %q", g.Code, g.Page)
			}
		}
		for _, g := range held {
			repair(t, p, g)
		}
		if m := must(t, first(p.mapping.Get()), nil); m.Changed {
			must(t, first(p.mapping.Accept("put right what was held")), nil)
		}
		for _, r := range must(t, first(p.clean.Rules()), nil) {
			if r.Applied == 0 && r.Does != "archive" && r.Count.Value > 0 {
				if _, err := p.clean.Apply(r.ID, nil, "held"); err != nil && !problem.Is(err, "clean.none") {
					t.Fatal(err)
				}
			}
		}
		p.wait(p.runs.Retry())
	}
	held := must(t, first(p.runs.Held()), nil)
	for _, g := range held {
		t.Errorf("still held: %s %s %s %d %v: %s %s", g.Object, g.Code, g.Field, g.Count.Value, g.Examples, g.Title, g.Next)
	}
}

// repair changes the mapping so that a group fits.
func repair(t *testing.T, p *page, g api.HeldGroup) {
	t.Helper()
	m := must(t, first(p.mapping.Get()), nil)
	for _, o := range m.Objects {
		if o.Source != g.Object {
			continue
		}
		for _, f := range o.Fields {
			if f.Map.Target != g.Field {
				continue
			}
			rule := f.Map
			switch {
			case g.Code == "transform.too_long" && len(rule.Sources) == 1:
				rule = mapping.FieldMap{Target: f.Map.Target, Rule: mapping.Formula, Formula: "LEFT([" + rule.Sources[0] + "],60000)", IfEmpty: rule.IfEmpty, IfUnknown: rule.IfUnknown, State: mapping.Reviewed}
			case g.Code == "transform.undecided":
				rule = decided(f)
			case strings.HasPrefix(g.Code, "load.link_") && !f.Target.Required:
				rule.IfUnknown = model.OtherwiseLeave
			case strings.HasPrefix(g.Code, "transform."):
				rule.IfUnknown, rule.IfEmpty = model.OtherwiseLeave, model.OtherwiseLeave
				if f.Target.Required {
					rule.IfEmpty, rule.EmptyValue = model.OtherwiseUse, "unknown"
				}
			default:
				continue
			}
			must(t, first(p.mapping.SetField(o.Source, rule)), nil)
		}
	}
}

func checked(t *testing.T, p *page) {
	t.Helper()
	c := must(t, first(p.checks.Last()), nil)
	if !c.Ran || len(c.Checks) == 0 {
		t.Fatalf("the check: %+v", c)
	}
	for _, x := range c.Checks {
		if x.Passed {
			continue
		}
		t.Errorf("%s of %s: %d of %d: %v", x.Code, x.Object, x.Failed.Value, x.LookedAt, x.Examples)
		p.opens("check "+x.Code, x.Failed)
		for _, d := range must(t, first(p.checks.Differences(x.Code, x.Object, "", 3)), nil) {
			t.Logf("%+v", d)
		}
	}
	h := must(t, first(p.app.Home()), nil)
	if !h.Balances {
		for _, row := range h.Manifest {
			t.Errorf("%+v", row)
		}
	}
}

// spots looks at some records in both desks.
func spots(t *testing.T, p *page) {
	t.Helper()
	if n := must(t, first(p.spots.Choose([]string{"Bea", "Tom"}, 2, 0)), nil); n < 2 {
		t.Fatalf("%d records to look at", n)
	}
	v := must(t, first(p.spots.View()), nil)
	if v.Mapper != "Ann" || len(v.Reviewers) != 2 {
		t.Errorf("the list: %+v", v)
	}
	task := v.Tasks[0]
	pair := must(t, first(p.spots.Pair(task.Seq)), nil)
	if pair.Differs || pair.Missing || len(pair.Fields) == 0 || len(pair.Thread) == 0 || pair.Thread[0].HTML == "" || !pair.Thread[0].Same {
		t.Errorf("a record that moved well: %+v", pair)
	}
	if _, err := p.spots.Judge(task.Seq, "right", "", false); !problem.Is(err, "approval.own_work") {
		t.Errorf("who maps judged: %v", err)
	}
	ok(t, p.app.SetPerson("Bea", "Business owner"))
	p.win.open = []string{filepath.Join("..", "..", "assets", "icon.png")}
	if done := must(t, first(p.spots.Judge(task.Seq, "unsure", "Is the colour right?", true)), nil); !done {
		t.Error("it was not kept")
	}
	if pair = must(t, first(p.spots.Pair(task.Seq)), nil); !strings.HasPrefix(pair.Picture, "data:image/png;") || pair.Task.By != "Bea, Business owner" {
		t.Errorf("the verdict: %+v", pair.Task)
	}
	p.win.open = nil
	if done := must(t, first(p.spots.Judge(task.Seq, "right", "", true)), nil); done {
		t.Error("no picture was chosen, and it was kept")
	}
	for _, x := range v.Tasks {
		if done := must(t, first(p.spots.Judge(x.Seq, "right", "", false)), nil); !done {
			t.Error("it was not kept")
		}
	}
	ok(t, p.app.SetPerson("Ann", "Migration lead"))
}

// trail looks through the audit trail.
func trail(t *testing.T, p *page) {
	t.Helper()
	v := must(t, first(p.trail.View()), nil)
	if v.Broken != "" || v.Lines < 10 || len(v.Keys) != 1 || !slices.Contains(v.People, "Bea") {
		t.Errorf("the trail: %+v", v)
	}
	total := int64(0)
	for _, k := range v.Kinds {
		total += k.Count
	}
	if total != v.Lines {
		t.Errorf("%d lines by kind, %d in all", total, v.Lines)
	}
	mine := must(t, first(p.trail.Lines("Bea", "approval.business", "accepted", 0, 10)), nil)
	if len(mine) != 1 || mine[0].Role != "Business owner" {
		t.Errorf("what Bea signed: %+v", mine)
	}
	newest := must(t, first(p.trail.Lines("", "", "", 0, 5)), nil)
	if older := must(t, first(p.trail.Lines("", "", "", newest[4].N, 5)), nil); newest[0].N != v.Lines || older[0].N != newest[4].N-1 {
		t.Errorf("pages do not follow one another: %d, %d", newest[4].N, older[0].N)
	}
	p.win.save = filepath.Join(t.TempDir(), "trail.jsonl")
	file := must(t, first(p.trail.Export()), nil)
	if b := must(t, first(os.ReadFile(file)), nil); int64(bytes.Count(b, []byte("\n"))) != v.Lines || !bytes.Contains(b, []byte(v.Head)) {
		t.Error("the file does not hold the whole trail")
	}
	p.win.save = ""
}

func sign(t *testing.T, p *page) {
	t.Helper()
	spots(t, p)
	p.next("report")
	r := must(t, first(p.reports.View()), nil)
	if !r.CanSign || r.Verdict != "balances" || len(r.Missing) > 0 {
		t.Fatalf("cannot sign: %+v", r)
	}
	ok(t, p.reports.Sign("technical", "Tom", "IT", "All there.", "10,20 300,40;500,60"))
	if err := p.reports.Sign("business", "Ann", "Lead", "Fine.", ""); !problem.Is(err, "approval.own_work") {
		t.Errorf("who maps gave the business acceptance: %v", err)
	}
	ok(t, p.reports.Sign("business", "Bea", "Business owner", "Accepted.", ""))
	f := must(t, first(p.reports.Write()), nil)
	again := must(t, first(p.reports.Write()), nil)
	if f.SHA256 != again.SHA256 || f.Path != again.Path {
		t.Error("the same state gave two reports")
	}
	p.win.open = []string{f.Path}
	if v := must(t, first(p.reports.Verify()), nil); !v.Unchanged || len(v.Signed) != 2 || len(v.Files) < 4 {
		t.Errorf("our own report: %+v", v)
	}
	p.win.open = nil
	if v := must(t, first(p.reports.Verify()), nil); len(v.Files) != 0 {
		t.Errorf("no file was chosen: %+v", v)
	}
	trail(t, p)
	ok(t, p.reports.Open(f.Path))
	if p.win.opened != f.Path {
		t.Errorf("opened %q", p.win.opened)
	}
	if err := p.reports.Open("/etc/passwd"); !problem.Is(err, "report.gone") {
		t.Errorf("opened something else: %v", err)
	}
	h := p.next("report")
	if h.Next.Title != "The move is signed off" {
		t.Errorf("after everything: %+v", h.Next)
	}
}

func rollback(t *testing.T, p *page) {
	t.Helper()
	for _, r := range must(t, first(p.runs.List()), nil) {
		if !r.CanRollback {
			continue
		}
		preview := must(t, first(p.runs.RollbackPreview(r.ID)), nil)
		for _, row := range preview {
			p.opens("rollback "+r.ID+" "+row.Object, row.Remove)
		}
		p.wait(p.runs.Rollback(r.ID))
	}
	runs := must(t, first(p.runs.List()), nil)
	if len(runs) < 2 || runs[0].Kind != "rollback" || runs[0].Proof == nil {
		t.Errorf("after taking back: %+v", runs)
	}
	h := p.next("plan")
	for _, row := range h.Manifest {
		if row.Moved.Value != 0 || row.Target.Value != 0 {
			t.Errorf("%s: %d still moved, %d in the target", row.Object, row.Moved.Value, row.Target.Value)
		}
	}
}

// TestStoppedRunGoesOn stops a run in the middle; it goes on, and nothing is lost or doubled.
func TestStoppedRunGoesOn(t *testing.T) {
	p := start(t, here(t))
	ok(t, p.app.NewProject(api.NewProject{Name: "Stop"}))
	dir := t.TempDir()
	var contacts, tickets strings.Builder
	contacts.WriteString("Contact ID,Name,E-mail\n")
	tickets.WriteString("Ticket ID,Subject,Status,Requester ID,Created\n")
	for i := range 3000 {
		fmt.Fprintf(&contacts, "c%d,Person %d,p%d@x.example\n", i, i, i)
		fmt.Fprintf(&tickets, "%d,Subject %d,open,c%d,2024-01-02\n", i+1, i, i)
	}
	ok(t, os.WriteFile(filepath.Join(dir, "contacts.csv"), []byte(contacts.String()), 0o600))
	ok(t, os.WriteFile(filepath.Join(dir, "tickets.csv"), []byte(tickets.String()), 0o600))
	p.wait(p.source.Inspect([]string{dir}))
	p.wait(p.source.Read())
	p.next("target")
	ok(t, p.target.StartPractice())
	p.next("mapping")
	must(t, first(p.mapping.Accept("as proposed")), nil)
	p.wait(p.runs.Plan("full"))
	plan := must(t, first(p.runs.PlanView("")), nil)
	canary := p.wait(p.runs.Start(plan.ID, plan.Confirm))
	id, err := p.runs.Confirm(canary.Result)
	ok(t, err)
	for { // stop it once something was moved and something still waits
		v := must(t, first(p.jobs.Status(id)), nil)
		if v.Done > 0 || v.State != "running" {
			break
		}
		<-p.win.jobs
	}
	ok(t, p.jobs.Pause(id))
	ok(t, p.jobs.Cancel(id))
	waitIdle(t, p)
	runs := must(t, first(p.runs.List()), nil)
	switch runs[0].State {
	case "done":
		t.Log("it was quicker than the stop")
	case "cancelled":
		h := p.next("run")
		if !runs[0].CanResume || len(h.Needs) == 0 {
			t.Errorf("after the stop: %+v, %+v", runs[0], h.Needs)
		}
		p.wait(p.runs.Resume(runs[0].ID))
	default:
		t.Fatalf("the run is %s: %v", runs[0].State, runs[0].Error)
	}
	p.next("check")
	p.wait(p.checks.Run())
	checked(t, p)
	if h := must(t, first(p.app.Home()), nil); h.Manifest[0].Moved.Value != 3000 {
		t.Errorf("%+v", h.Manifest)
	}
}

// TestOwnFiles chooses files by hand, corrects a table, and reads.
func TestOwnFiles(t *testing.T) {
	p := start(t, here(t))
	ok(t, p.app.NewProject(api.NewProject{Name: "Own"}))
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		ok(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	tickets := write("tickets.csv", "Ticket ID,Subject,Status,Requester ID,Created\n1,One,open,c1,2024-01-02\n2,Two,closed,c2,2024-02-03\n3,Three,open,c9,2025-02-03\n")
	p.win.open = []string{tickets}
	picked := must(t, first(p.source.PickFiles()), nil)
	p.wait(p.source.Inspect(picked))
	contacts := write("contacts.csv", "Contact ID,Name,E-mail\nc1,Ann,ann@x.example\nc2,Bob,bob@x.example\n")
	p.wait(p.source.Inspect([]string{contacts}))
	tables := must(t, first(p.source.Tables()), nil)
	if len(tables) != 2 {
		t.Fatalf("%d tables", len(tables))
	}
	linked := false
	for _, x := range tables {
		for _, o := range x.Outputs {
			for _, l := range o.Links {
				linked = linked || l.Column == "Requester ID"
			}
		}
	}
	if !linked {
		t.Error("the tickets do not point to the customers that came in second")
	}
	must(t, first(p.source.Problems()), nil)

	one := tables[0]
	one.File, one.Delimiter = "/etc/passwd", ";"
	p.wait(p.source.SetTable(one))
	tables = must(t, first(p.source.Tables()), nil)
	if tables[0].File != tickets || len(tables[0].Columns) != 1 {
		t.Errorf("after another separator: %s with %d columns", tables[0].File, len(tables[0].Columns))
	}
	one = tables[0]
	one.Delimiter = ","
	p.wait(p.source.SetTable(one))
	p.wait(p.source.Propose())
	p.wait(p.source.Read())
	h := must(t, first(p.app.Home()), nil)
	if len(h.Manifest) < 2 || h.Next.Page == "source" {
		t.Fatalf("after reading: %+v", h.Next)
	}
	for _, o := range must(t, first(p.records.Objects()), nil) {
		if o.Object == "ticket" {
			p.opens("tickets", o.Rows)
			for _, b := range o.Broken {
				p.opens("broken "+b.Field, b.Broken)
				if b.Broken.Value != 1 {
					t.Errorf("%s: %d point to nothing, want 1", b.Field, b.Broken.Value)
				}
			}
		}
	}

	// What is taken out of the source leaves the inventory with the next reading.
	ok(t, p.source.RemoveTable(contactsTable(tables)))
	p.next("source")
	p.wait(p.source.Read())
	for _, o := range must(t, first(p.records.Objects()), nil) {
		if o.Object == "contact" && o.Rows.Value > 0 && contactsTable(must(t, first(p.source.Tables()), nil)) == "" {
			for _, x := range must(t, first(p.source.Tables()), nil) {
				for _, out := range x.Outputs {
					if out.Object == model.Contact {
						return // the tickets themselves yield customers now
					}
				}
			}
			t.Errorf("%d customers are still counted", o.Rows.Value)
		}
	}

	for _, bad := range []string{"nowhere.csv", ""} {
		if _, err := p.source.Inspect([]string{filepath.Join(dir, bad, "x")}); err == nil || problem.From(err).Code == "internal" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func contactsTable(tables []files.Table) string {
	for _, t := range tables {
		if strings.Contains(t.Name, "contacts") {
			return t.Name
		}
	}
	return ""
}

func TestEventsAreJSONWithNumbers(t *testing.T) {
	p := start(t, here(t))
	ok(t, p.app.NewProject(api.NewProject{Name: "Events"}))
	path := filepath.Join(t.TempDir(), "tickets.csv")
	ok(t, os.WriteFile(path, []byte("ID,Subject\n1,x\n"), 0o600))
	p.wait(p.source.Inspect([]string{path}))
	p.win.mu.Lock()
	defer p.win.mu.Unlock()
	jobs, changed := 0, 0
	for _, e := range p.win.events {
		name, body, _ := strings.Cut(e, " ")
		switch name {
		case "job":
			var v api.JobView
			if err := json.Unmarshal([]byte(body), &v); err != nil || v.ID == "" || v.Seq == 0 && v.State != "running" {
				t.Errorf("event %s: %v", body, err)
			}
			jobs++
		case "changed":
			changed++
		default:
			t.Errorf("an event of the name %q", name)
		}
	}
	if jobs == 0 || changed == 0 {
		t.Errorf("%d job events, %d changes", jobs, changed)
	}
}
