package project_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/backend/connector/files"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
	"waybill/backend/truth"
)

// addFiles adds a further source of export files, and reads it.
func (w *world) addFiles(name string, sheets map[string]string) string {
	w.t.Helper()
	dir := w.t.TempDir()
	w.putFiles(dir, sheets)
	key, err := project.SourceKey(name)
	w.must(err)
	tables, err := files.Inspect(w.ctx, []string{dir}, func(string, int64, int64) {})
	w.must(err)
	tables, err = files.Propose(w.ctx, tables)
	w.must(err)
	w.must(w.SetTablesOf(w.ctx, project.SideOf(key), tables))
	_, err = w.ExtractFrom(w.ctx, key, nil, job.New("read"))
	w.must(err)
	return dir
}

func (w *world) putFiles(dir string, sheets map[string]string) {
	w.t.Helper()
	for file, text := range sheets {
		w.must(os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600))
	}
}

// accept suggests a mapping anew and accepts it.
func (w *world) accept(adjust func(*mapping.Version)) {
	w.t.Helper()
	v, err := w.Suggest(w.ctx)
	w.must(err)
	if adjust != nil {
		adjust(&v)
	}
	_, err = w.Accept(w.ctx, v, "With all sources.")
	w.must(err)
}

// balanced proves the account of everything, and that the target agrees.
func (w *world) balanced() {
	w.t.Helper()
	all, err := w.Manifest(w.ctx)
	w.must(err)
	if !project.Balances(all) {
		groups, err := w.HeldGroups(w.ctx)
		w.must(err)
		for _, g := range groups {
			w.t.Logf("held: %s %s %s %d %v", g.Object, g.Code, g.Field, g.Count, g.Example)
		}
		w.t.Fatalf("the accounts: %+v", all)
	}
	res, err := w.Check(w.ctx, job.New("check"))
	w.must(err)
	if !res.Passed {
		w.t.Errorf("the check: %+v", res)
	}
}

var deskSheets = map[string]string{
	"customers.csv": "id,name,email,phone\nc1,Ada Vale,ada@x.example,030 111\nc2,Bo Lind,bo@x.example,\nc3,Cy Moor,cy@x.example,030 333\n",
	"tickets.csv":   "id,subject,status,requester_id\n1,Printer,open,c1\n2,Paper,open,c2\n3,Ink,open,c3\n",
	"messages.csv":  "id,ticket_id,author_id,body,created_at,public\nm1,1,c1,It is broken,2020-01-01T10:00:00Z,yes\nm2,2,c2,None left,2020-01-02T10:00:00Z,yes\n",
}

var crmSheets = map[string]string{
	"customers.csv": "customer_id,full_name,email,telephone,lead_source\n901,Ada Vale,ADA@x.example,+49 30 999,fair\n902,Bo Lind,bo@x.example,+49 30 222,web\n903,Dee Only,dee@crm.example,+49 30 444,fair\n",
}

// a desk and a CRM extract come together: whoever is in both moves once, with
// what the CRM says, and the accounts of both add up and pass the check.
func TestADeskAndACRMMoveTogether(t *testing.T) {
	w := newWorld(t, practice.Options{}, deskSheets, nil)
	w.addFiles("CRM", crmSheets)
	sources, err := w.Sources(w.ctx)
	w.must(err)
	if len(sources) != 2 || sources[0].Name != project.MainSource || sources[1].Name != "crm" || sources[1].Records != 3 || !sources[1].Read {
		t.Fatalf("sources %+v", sources)
	}
	kinds, err := w.TruthKinds(w.ctx)
	w.must(err)
	if len(kinds) != 1 || kinds[0] != model.Contact {
		t.Fatalf("several sources have %v", kinds)
	}
	proposals, err := w.ProposeTruth(w.ctx, model.Contact)
	w.must(err)
	if len(proposals) == 0 || proposals[0].By["contact"] != "email" || proposals[0].By["contact@crm"] != "email" || proposals[0].Matched != 2 || proposals[0].Alone != 2 {
		t.Fatalf("proposed %+v", proposals)
	}
	rule, ok, err := w.TruthRule(w.ctx, model.Contact)
	w.must(err)
	if !ok {
		t.Fatal("there is no rule to begin with")
	}
	rule.Rank = []string{"main"}
	rule.Fields = map[string][]string{"phone": {"crm"}}
	view, err := w.LookTruth(w.ctx, rule)
	w.must(err)
	facts := map[string]truth.Fact{}
	for _, f := range view.Facts {
		facts[f.Name] = f
	}
	if f := facts["phone"]; f.Differ != 1 || f.Changes != 1 || f.Fills != 1 {
		t.Errorf("phones: %+v of %+v", f, view.Facts)
	}
	d, err := w.DecideTruth(w.ctx, rule, "Sales keeps the numbers.")
	w.must(err)
	if d.Count != 2 || d.By.Name != "Ann" {
		t.Errorf("decided %+v", d)
	}
	src, err := w.Schema(w.ctx, project.Source)
	w.must(err)
	shape, _ := src.Object(model.Contact)
	if _, ok := shape.Field("lead_source (crm)"); !ok {
		t.Errorf("what only the CRM knows cannot be mapped: %+v", shape.Fields)
	}
	w.accept(func(v *mapping.Version) {
		for i := range v.Objects {
			if v.Objects[i].Source != model.Contact {
				continue
			}
			for k := range v.Objects[i].Fields {
				if f := &v.Objects[i].Fields[k]; f.Target == "notes" {
					*f = mapping.FieldMap{Target: "notes", Rule: mapping.Copy, Sources: []string{"lead_source (crm)"}, IfEmpty: model.OtherwiseLeave, State: mapping.Reviewed}
				}
			}
		}
	})
	w.move()
	if a := w.account("contact@crm"); a.Source != 3 || a.Merged != 2 || a.Moved != 1 {
		t.Errorf("the CRM's account %+v", a)
	}
	if a := w.account(model.Contact); a.Source != 3 || a.Moved != 3 {
		t.Errorf("the desk's account %+v", a)
	}
	w.balanced()
	got := map[string]string{}
	for _, p := range w.there(model.Contact) {
		got[model.Plain(p["name"])] = model.Plain(p["phone"]) + " " + model.Plain(p["notes"])
	}
	want := map[string]string{"Ada Vale": "+49 30 999 fair", "Bo Lind": "+49 30 222 web", "Cy Moor": "030 333 ", "Dee Only": "+49 30 444 "}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the new desk has %v\nwant %v", got, want)
	}
	if err := w.RemoveSource(w.ctx, "crm"); !problem.Is(err, "source.in_use") {
		t.Errorf("a source that moved was taken out: %v", err)
	}
	lineage := false
	w.must(w.DB().Read(w.ctx, func(tx *store.Tx) error {
		row, err := tx.Record(model.Key{Object: model.Contact, ID: "c1"})
		if err != nil {
			return err
		}
		fixes, err := tx.FixesOf(row.Seq)
		for _, f := range fixes {
			lineage = lineage || f.Field == "phone" && f.Decision == d.ID
		}
		return err
	}))
	if !lineage {
		t.Error("nothing says whence the number came")
	}
}

// A value that changes in the source that is right reaches the new desk with the next delta,
// though the surviving record itself is as it was.
func TestAChangeInTheCRMReachesTheSurvivor(t *testing.T) {
	w := newWorld(t, practice.Options{}, deskSheets, nil)
	dir := w.addFiles("crm", crmSheets)
	rule, _, err := w.TruthRule(w.ctx, model.Contact)
	w.must(err)
	rule.Rank = []string{"crm"}
	_, err = w.DecideTruth(w.ctx, rule, "")
	w.must(err)
	w.accept(nil)
	w.move()
	w.balanced()
	w.putFiles(dir, map[string]string{"customers.csv": strings.Replace(crmSheets["customers.csv"], "+49 30 999", "+49 30 777", 1) + "904,Cy Moor,cy@x.example,+49 30 888,web\n"})
	_, err = w.ReadChanges(w.ctx, job.New("changes"))
	w.must(err)
	if a := w.account("contact@crm"); a.Merged != 3 || a.Source != 4 {
		t.Errorf("who came is in both: %+v", a)
	}
	pl, _ := w.plan(load.Scope{Kind: model.RunDelta})
	run, err := w.Run(w.ctx, load.Order{Plan: pl.ID, Yes: true}, job.New("run"))
	w.must(err)
	if run = w.run(run.ID); run.State != "done" {
		t.Fatalf("the delta: %+v", run)
	}
	got := map[string]string{}
	for _, p := range w.there(model.Contact) {
		got[model.Plain(p["name"])] = model.Plain(p["phone"])
	}
	if got["Ada Vale"] != "+49 30 777" || got["Cy Moor"] != "+49 30 888" || got["Bo Lind"] != "+49 30 222" {
		t.Errorf("the new desk has %v", got)
	}
	w.balanced()
}

// Two desks count their tickets from 1: the finding says which numbers are there twice, a
// prefix tells them apart, and both move with their own messages.
func TestTwoDesksWithTheSameTicketNumbers(t *testing.T) {
	w := newWorld(t, practice.Options{}, deskSheets, nil)
	send(t, w.Server, http.MethodPost, "fields", map[string]any{"object": "ticket", "name": "old_number", "title": "Old number", "type": "text"})
	w.connect()
	w.addFiles("Old desk", map[string]string{
		"customers.csv": "id,name,email\nc1,Eve Ash,eve@y.example\nc2,Bo Lind,bo@x.example\n",
		"tickets.csv":   "id,subject,status,requester_id\n2,Chair,open,c1\n3,Table,open,c2\n4,Lamp,open,c1\n",
		"messages.csv":  "id,ticket_id,author_id,body,created_at,public\nm1,2,c1,It wobbles,2021-01-01T10:00:00Z,yes\n",
	})
	all, err := w.Collisions(w.ctx)
	w.must(err)
	if len(all) != 1 || all[0].Object != "ticket@old-desk" || all[0].Count != 2 || all[0].Field != "id" || all[0].Examples[0] != (project.NumberTwice{ID: "2", First: "Paper", Other: "Chair"}) {
		t.Fatalf("collisions %+v", all)
	}
	w.must(w.DB().Read(w.ctx, func(tx *store.Tx) error {
		n, err := tx.Count(store.Filter{Object: "ticket@old-desk", Op: "found", Field: "ticket", Value: project.CodeCollision})
		if n != 2 {
			t.Errorf("%d records behind the figure", n)
		}
		return err
	}))
	rule, _, err := w.TruthRule(w.ctx, model.Contact)
	w.must(err)
	_, err = w.DecideTruth(w.ctx, rule, "")
	w.must(err)
	w.accept(nil)
	_, err = w.PrefixNumbers(w.ctx, "ticket@old-desk", "OLD-", "")
	w.must(err)
	for _, o := range []model.Object{model.Ticket, "ticket@old-desk"} {
		w.must(w.KeepNumbers(w.ctx, o, "fields.old_number"))
	}
	v, err := w.Working(w.ctx)
	w.must(err)
	_, err = w.Accept(w.ctx, v, "Old numbers stay.")
	w.must(err)
	if all, err = w.Collisions(w.ctx); err != nil || all[0].Prefix != "OLD-" || all[0].Kept != "fields.old_number" || all[0].OtherKept != "fields.old_number" {
		t.Errorf("after the choice %+v, %v", all, err)
	}
	w.move()
	w.balanced()
	got := map[string]string{}
	for _, x := range w.there(model.Ticket) {
		got[model.Plain(x["subject"])] = model.Plain(x["fields.old_number"])
	}
	want := map[string]string{"Printer": "1", "Paper": "2", "Ink": "3", "Chair": "OLD-2", "Table": "OLD-3", "Lamp": "OLD-4"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the new desk has %v", got)
	}
	// Bo's tickets of both desks are one person's.
	bo := ""
	for _, p := range w.there(model.Contact) {
		if p["name"] == "Bo Lind" {
			if bo != "" {
				t.Error("Bo is there twice")
			}
			bo = model.Plain(p["id"])
		}
	}
	for _, x := range w.there(model.Ticket) {
		if s := x["subject"]; (s == "Paper" || s == "Table") && x["link:requester"] != bo {
			t.Errorf("%s belongs to %v, want %s", s, x["link:requester"], bo)
		}
	}
	// Whoever has an old number finds the right one of the two.
	found := map[string]string{}
	w.must(w.OldNumbers(w.ctx, func(n project.OldNumber) error {
		found[n.Source+"/"+n.Old] = n.New
		return nil
	}))
	if found["/2"] == "" || found["old desk/2"] == "" || found["/2"] == found["old desk/2"] {
		t.Errorf("old numbers %v", found)
	}
}

// A project of one source knows nothing of further ones, and a source that is not read yet
// keeps a plan from being made.
func TestOneSourceIsAsItWas(t *testing.T) {
	w := newWorld(t, practice.Options{}, deskSheets, nil)
	kinds, err := w.TruthKinds(w.ctx)
	w.must(err)
	all, err := w.Collisions(w.ctx)
	w.must(err)
	if len(kinds) != 0 || len(all) != 0 {
		t.Errorf("%v %v", kinds, all)
	}
	if _, err := project.SourceKey("Main"); !problem.Is(err, "source.name") {
		t.Errorf("main is taken: %v", err)
	}
	if _, err := w.ExtractFrom(w.ctx, "crm", nil, job.New("read")); !problem.Is(err, "source.unknown") {
		t.Errorf("there is no crm: %v", err)
	}
	w.addFiles("crm", crmSheets)
	w.must(w.RemoveSource(w.ctx, "crm"))
	sources, err := w.Sources(w.ctx)
	w.must(err)
	left, err := w.Manifest(w.ctx)
	w.must(err)
	for _, m := range left {
		if m.Object.Source() != "" && m.Source > 0 {
			t.Errorf("%+v is left of a source that was taken out", m)
		}
	}
	if len(sources) != 1 {
		t.Errorf("sources %+v", sources)
	}
	w.move()
	w.balanced()
}
