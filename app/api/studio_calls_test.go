package api_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"waybill/app/api"
	"waybill/backend/mapping"
	"waybill/backend/practice"
	"waybill/backend/problem"
)

// staffed is a project with agents, leads and companies in one file, and a practice desk.
func staffed(t *testing.T) *page {
	t.Helper()
	p := start(t, here(t))
	ok(t, p.app.SetPerson("Anna Meyer", "Migration lead"))
	ok(t, p.app.NewProject(api.NewProject{Name: "Studio"}))
	dir := t.TempDir()
	for name, text := range map[string]string{
		"contacts.csv": "id,name,email,kind\n1,Ada,ada@x.example,person\n2,Acme,office@acme.example,firm\n3,Bob,bob@x.example,person\n",
		"agents.csv":   "id,name,email,active\n7,Max Miller,max@desk.example,true\n8,Eva Stone,eva@old.example,true\n9,Old Hand,gone@desk.example,false\n",
		"tickets.csv":  "id,subject,requester_id,assignee_id,status,segment,floor\n1,One,1,7,open,A1,Ground\n2,Two,3,8,open,a1,First\n3,Three,3,9,closed,B2,Ground\n4,Four,1,9,closed,ZZ,First\n",
	} {
		ok(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		p.win.open = append(p.win.open, filepath.Join(dir, name))
	}
	p.wait(p.source.Inspect(must(t, first(p.source.PickFiles()), nil)))
	p.wait(p.source.Read())
	ok(t, p.target.StartPractice())
	return p
}

func TestStudio_routesAreSetCountedAndTakenAway(t *testing.T) {
	p := staffed(t)
	before := p.draft()
	ok(t, p.mapping.SetRoute("contact", "organization", `[kind]="firm"`, 1))
	counts := map[string]int64{}
	for _, r := range must(t, first(p.mapping.Routes("contact")), nil) {
		counts[string(r.Target)] += r.Count
	}
	if counts["organization"] != 1 || counts["contact"] != 2 {
		t.Errorf("the ways are %v", counts)
	}
	if err := p.mapping.SetRoute("contact", "", `[kind]="firm"`, 1); !problem.Is(err, mapping.CodeBranch) {
		t.Errorf("a way to nowhere: %v", err)
	}
	ok(t, p.mapping.SetRoute("contact", "organization", "", 0))
	if p.draft() != before {
		t.Error("taken away, it is not as it was")
	}
	must(t, first(p.mapping.Undo()), nil)
	if got := must(t, first(p.mapping.Routes("contact")), nil); len(got) != 2 {
		t.Errorf("undone, there are the ways %+v", got)
	}
}

func TestStudio_aTableIsImportedLookedIntoAndRemoved(t *testing.T) {
	p := staffed(t)
	path := filepath.Join(t.TempDir(), "Segments.csv")
	ok(t, os.WriteFile(path, []byte("code;segment\nA1;Gold\nB2;Silver\n"), 0o600))
	p.win.open = []string{path}
	p.wait(p.mapping.ImportTable())
	list := must(t, first(p.mapping.Tables()), nil)
	if len(list) != 1 || list[0].Name != "Segments" || list[0].Rows != 2 || !slices.Equal(list[0].Columns, []string{"code", "segment"}) {
		t.Fatalf("the tables are %+v", list)
	}
	rule := mapping.LookupRule{Table: "Segments", Key: "code", Value: "segment"}
	if miss := must(t, first(p.mapping.Misses("ticket", "segment", rule)), nil); len(miss) != 1 || miss[0].Value != "ZZ" || miss[0].Count != 1 {
		t.Errorf("not found are %+v", miss)
	}
	if _, err := p.mapping.Misses("nothing", "segment", rule); err == nil {
		t.Error("values of what there is not were looked up")
	}
	p.win.open = nil
	if id := must(t, first(p.mapping.ImportTable()), nil); id != "" {
		t.Error("nothing was chosen, and a job began")
	}
	ok(t, p.mapping.RemoveTable("Segments"))
	if err := p.mapping.RemoveTable("Segments"); err == nil {
		t.Error("removed twice")
	}
	if list := must(t, first(p.mapping.Tables()), nil); len(list) != 0 {
		t.Errorf("still there: %+v", list)
	}
}

func TestStudio_oneStandsInForThoseWhoLeft(t *testing.T) {
	p := staffed(t)
	if _, err := p.mapping.StandIn("agent", "nobody"); err == nil {
		t.Error("somebody stands in whom the target does not have")
	}
	address := served(t, practice.Options{})
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address+"/api/v1/agents", strings.NewReader(`{"name":"Former agents","email":"former@desk.example"}`))
	ok(t, err)
	req.Header.Set("Authorization", "Bearer right")
	resp, err := http.DefaultClient.Do(req)
	ok(t, err)
	ok(t, resp.Body.Close())
	must(t, first(p.desks.Connect("target", "practice", map[string]string{"address": address, "token": "right"})), nil)
	p.wait(p.mapping.ReadTargetPeople())
	to := ""
	for _, x := range must(t, first(p.mapping.People()), nil).Targets {
		if x.Object == "agent" {
			to = x.ID
		}
	}
	n := must(t, first(p.mapping.StandIn("agent", to)), nil)
	if n == 0 {
		t.Fatal("it stands for nobody")
	}
	stands := 0
	for _, l := range must(t, first(p.mapping.People()), nil).Lines {
		if l.Stands {
			stands++
			if l.To != to || l.How != mapping.PersonTarget || !l.Decided {
				t.Errorf("%+v", l)
			}
		}
	}
	if stands != n {
		t.Errorf("it stands for %d, and %d were told", stands, n)
	}
	if again := must(t, first(p.mapping.StandIn("agent", to)), nil); again != 0 {
		t.Errorf("what was decided was decided anew for %d", again)
	}
}

func TestStudio_whatTheTargetLacksIsListedAndCreated(t *testing.T) {
	p := staffed(t)
	gaps := must(t, first(p.target.Gaps()), nil)
	if desk := must(t, first(p.target.Desk()), nil); len(desk.Gaps) != len(gaps) {
		t.Errorf("%d gaps here, %d there", len(gaps), len(desk.Gaps))
	}
	i := slices.IndexFunc(gaps, func(g api.Gap) bool { return g.Object == "ticket" && g.Field == "floor" })
	if i < 0 || !gaps[i].CanCreate {
		t.Fatalf("the gaps are %+v", gaps)
	}
	ok(t, p.target.CreateGap(gaps[i].ID))
	gaps = must(t, first(p.target.Gaps()), nil)
	if slices.ContainsFunc(gaps, func(g api.Gap) bool { return g.Field == "floor" }) {
		t.Error("created, it is still missing")
	}
	field := ""
	for _, o := range must(t, first(p.mapping.Get()), nil).Objects {
		for _, f := range o.Fields {
			if o.Source == "ticket" && slices.Contains(f.Map.Sources, "floor") {
				field = f.Map.Target
			}
		}
	}
	list := must(t, first(p.mapping.Values("ticket", mapping.FieldMap{Target: field, Rule: mapping.Values, Sources: []string{"floor"}})), nil)
	if field == "" || !list.CanCreate || len(list.Lines) != 2 {
		t.Fatalf("%q: %+v", field, list)
	}
	for range 2 { // once more changes nothing
		ok(t, p.mapping.CreateOption("ticket", field, "Attic"))
	}
	if err := p.mapping.CreateOption("ticket", "status", "asleep"); !problem.Is(err, "target.cannot_create") {
		t.Errorf("the desk's own states were changed: %v", err)
	}

	// People and groups are made by hand; they are on the list while the rules ask for them.
	n := must(t, first(p.mapping.UsePeople(true)), nil)
	people := func() (out []string) {
		for _, g := range must(t, first(p.target.Gaps()), nil) {
			if strings.HasPrefix(g.ID, "person|agent|") {
				out = append(out, g.What)
				if g.CanCreate || g.Count.Value == 0 || g.Why == "" {
					t.Errorf("%+v", g)
				}
			}
		}
		return out
	}
	missing := people()
	if n == 0 || len(missing) == 0 {
		t.Fatalf("%d rules ask, and %v are missing", n, missing)
	}
	pairs := []mapping.PersonPair{}
	for _, l := range must(t, first(p.mapping.People()), nil).Lines {
		pairs = append(pairs, mapping.PersonPair{Object: l.Object, From: l.From, How: mapping.PersonLeave})
	}
	ok(t, p.mapping.DecidePeople(pairs))
	if left := people(); len(left) != 0 {
		t.Errorf("decided, there are still missing: %v", left)
	}
}
