package project_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// mapWorld is a small move with everything that a mapping has to decide.
func mapWorld(t *testing.T, adjust func(*mapping.Version)) *world {
	t.Helper()
	return newWorld(t, practice.Options{}, map[string]string{
		"contacts.csv": "id,name,email\n1,Ada,ada@x.example\n2,Bob,bob@x.example\n3,Cy,cy@x.example\n",
		"agents.csv":   "id,name,email,active\n7,Max Miller,max@desk.example,true\n8,Eva Stone,eva@old.example,true\n9,Old Hand,gone@desk.example,false\n",
		"tickets.csv": "id,subject,requester_id,assignee_id,status,priority,segment,tags\n" +
			"1,One,1,7,open,normal,A1,\"red,\"\"green, light\"\"\"\n2,Two,2,8,open,normal,a1,red\n3,Three,3,9,closed,high,B2,\"\"\"green, light\"\"\"\n4,Four,1,,closed,normal,ZZ,\n",
	}, adjust)
}

func TestP59_EveryValueIsCountedAlsoInsideCells(t *testing.T) {
	w := mapWorld(t, nil)
	src, err := w.Schema(w.ctx, project.Source)
	w.must(err)
	o, _ := src.Object(model.Ticket)
	if f, _ := o.Field("tags"); f.Separator == "" {
		t.Skip("the file was not read as having lists") // then one cell is one value
	}
	got, err := w.ValueCounts(w.ctx, model.Ticket, "tags")
	w.must(err)
	want := []mapping.ValueCount{{Value: "green, light", Count: 2}, {Value: "red", Count: 2}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestP58_EveryOneOf105ValuesNeedsADecision(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,subject,requester_id,stage\n")
	for i := range 210 {
		fmt.Fprintf(&b, "%d,s,1,Stage %03d\n", i+1, i%105)
	}
	w := newWorld(t, practice.Options{}, map[string]string{"contacts.csv": "id,name,email\n1,Ada,ada@x.example\n", "tickets.csv": b.String()}, func(v *mapping.Version) {
		setRule(t, v, model.Ticket, mapping.FieldMap{Target: "priority", Rule: mapping.Values, Sources: []string{"stage"}, IfUnknown: model.OtherwiseHold})
	})
	l, err := w.FillValueList(w.ctx, model.Ticket, "", "priority")
	w.must(err)
	if len(l.Lines) != 105 || l.Undecided != 105 || l.UndecidedRecords != 210 {
		t.Fatalf("%d lines, %d undecided with %d records", len(l.Lines), l.Undecided, l.UndecidedRecords)
	}
	before, err := w.Validate(w.ctx, 0, job.New("check"))
	w.must(err)
	if before.Held != 210 || len(before.Groups) == 0 || before.Groups[0].Kind != "undecided" || before.Groups[0].Count != 210 {
		t.Fatalf("undecided values must block: %+v", before.Groups)
	}
	rows, err := w.ValidationRecords(w.ctx, before.ID, before.Groups[0].Part, 0, 1000)
	w.must(err)
	if len(rows) != 210 {
		t.Errorf("%d records behind the number", len(rows))
	}
	pairs := []mapping.ValuePair{}
	for i, line := range l.Lines {
		line.To, line.Decided = []string{"low", "normal", ""}[i%3], true
		pairs = append(pairs, line.ValuePair)
	}
	w.must(w.DecideValues(w.ctx, model.Ticket, "", "priority", pairs))
	after, err := w.Validate(w.ctx, 0, job.New("check"))
	w.must(err)
	if after.Held != 0 || after.Errors != 0 || after.Before == nil || after.Before.Held != 210 {
		t.Errorf("210 errors become none: %+v", after)
	}
}

// setRule puts a rule in place of the one that a field has.
func setRule(t testing.TB, v *mapping.Version, o model.Object, f mapping.FieldMap) {
	t.Helper()
	for i := range v.Objects {
		if v.Objects[i].Source != o {
			continue
		}
		for k := range v.Objects[i].Fields {
			if v.Objects[i].Fields[k].Target == f.Target {
				v.Objects[i].Fields[k] = f
				return
			}
		}
		v.Objects[i].Fields = append(v.Objects[i].Fields, f)
		return
	}
	t.Fatalf("no map of %s", o)
}

func TestR115_ATableIsImportedAndLookedUp(t *testing.T) {
	w := mapWorld(t, nil)
	path := filepath.Join(t.TempDir(), "segments.csv")
	w.must(os.WriteFile(path, []byte("code;segment;note\nA1;Gold;007\nB2;Silver;008\n"), 0o600))
	l, err := w.ImportLookup(w.ctx, path, "", "Segments", job.New("import"))
	w.must(err)
	if l.Rows != 2 || !slices.Equal(l.Columns, []string{"code", "segment", "note"}) {
		t.Fatalf("imported %+v", l)
	}
	rows, err := w.LookupRows(w.ctx, "segments", 0, 10)
	w.must(err)
	if len(rows) != 2 || rows[0][2] != "007" {
		t.Errorf("leading zeros are kept: %v", rows)
	}
	rule := mapping.LookupRule{Table: "Segments", Key: "code", Value: "segment"}
	miss, err := w.LookupMisses(w.ctx, model.Ticket, "segment", rule)
	w.must(err)
	if len(miss) != 1 || miss[0] != (project.LookupMiss{Value: "ZZ", Count: 1}) {
		t.Errorf("misses %v", miss)
	}
	w.must(w.SetField(w.ctx, model.Ticket, mapping.FieldMap{Target: "description", Rule: mapping.LookUp, Sources: []string{"segment"}, Lookup: &rule, IfUnknown: model.OtherwiseHold}))
	res, err := w.Validate(w.ctx, 0, job.New("check"))
	w.must(err)
	i := slices.IndexFunc(res.Groups, func(g project.ValidationGroup) bool { return g.Kind == "look_up" })
	if i < 0 || res.Groups[i].Count != 1 || res.Groups[i].Values[0].Value != "ZZ" {
		t.Errorf("groups %+v", res.Groups)
	}
	w.must(w.RemoveLookup(w.ctx, "Segments"))
	v, err := w.Working(w.ctx)
	w.must(err)
	found, err := w.Lint(w.ctx, v)
	w.must(err)
	if n := len(found); n == 0 || found[n-1].Code != mapping.CodeLookup {
		t.Errorf("a look-up without its table must be said: %v", found)
	}
}

func TestP24_UnmappedOwnersAreListedBeforeTheRun(t *testing.T) {
	w := mapWorld(t, nil)
	w.must(w.DB().Write(w.ctx, func(tx *store.Tx) error {
		return tx.PutTargetPeople(model.Agent, []store.TargetPerson{
			{Object: model.Agent, ID: "70", Name: "M. Miller", Email: "MAX@desk.example", Active: true, Role: "admin"},
			{Object: model.Agent, ID: "80", Name: "Eva Stone", Email: "eva@new.example", Active: true, Role: "agent"},
			{Object: model.Agent, ID: "99", Name: "Former agents", Email: "former@new.example", Active: true, Role: "agent"},
		})
	}))
	m, err := w.ProposePeople(w.ctx)
	w.must(err)
	of := func(from string) project.PeopleLine {
		for _, l := range m.Lines {
			if l.From == from && l.Object == model.Agent {
				return l
			}
		}
		t.Fatalf("%s is not in the map: %+v", from, m.Lines)
		return project.PeopleLine{}
	}
	if l := of("7"); l.To != "70" || !l.Decided || l.Count != 1 {
		t.Errorf("the same address leaves no doubt: %+v", l)
	}
	if l := of("8"); l.To != "80" || l.Decided || l.Count != 1 {
		t.Errorf("the same name is a proposal: %+v", l)
	}
	if l := of("9"); l.To != "" || l.Decided || !l.Inactive {
		t.Errorf("who left needs somebody who stands in: %+v", l)
	}
	if m.Open != 2 || m.OpenRecords != 2 {
		t.Errorf("open %d with %d records", m.Open, m.OpenRecords)
	}
	n, err := w.UsePeople(w.ctx, true)
	w.must(err)
	if n == 0 {
		t.Fatal("no rule asks the people map")
	}
	before, err := w.Validate(w.ctx, 0, job.New("check"))
	w.must(err)
	if before.Held != 2 {
		t.Errorf("owners about whom nobody decided hold their records: %+v", before)
	}
	w.must(w.DecidePeople(w.ctx, []mapping.PersonPair{{Object: model.Agent, From: "8", How: mapping.PersonTarget, To: "80"}}))
	if err := w.DecidePeople(w.ctx, []mapping.PersonPair{{Object: model.Agent, From: "8", How: mapping.PersonTarget, To: "4711"}}); err == nil {
		t.Error("somebody who is not in the target was accepted")
	}
	if n, err := w.StandIn(w.ctx, model.Agent, "99"); err != nil || n != 1 {
		t.Errorf("stands in for %d, %v", n, err)
	}
	after, err := w.Validate(w.ctx, 0, job.New("check"))
	w.must(err)
	if after.Held != 0 {
		t.Errorf("everybody is settled: %+v", after.Groups)
	}
}

func TestR034_TheTargetIsFrozenAndDriftIsSaidInWords(t *testing.T) {
	w := mapWorld(t, nil)
	if _, err := w.CompareTarget(w.ctx); err == nil {
		t.Error("nothing was frozen")
	}
	f, err := w.FreezeTarget(w.ctx, "handed over")
	w.must(err)
	same, err := w.CompareTarget(w.ctx)
	w.must(err)
	if !same.Same || same.Hash != f.Hash || len(same.Breaks)+len(same.Others) > 0 {
		t.Errorf("nothing changed: %+v", same)
	}
	_, shape, ok, err := w.FrozenTarget(w.ctx)
	w.must(err)
	if !ok || len(shape.Objects) == 0 {
		t.Fatal("the frozen shape is gone")
	}
	shape.Objects[0].Fields[0].Options = append(shape.Objects[0].Fields[0].Options, model.Choice{Value: "x"})
	if project.ShapeHash(shape) == f.Hash {
		t.Error("another shape has the same hash")
	}
	slices.Reverse(shape.Objects)
	h := project.ShapeHash(shape)
	slices.Reverse(shape.Objects)
	if project.ShapeHash(shape) != h {
		t.Error("the order of objects counts")
	}
}

func TestR167_RecordsGoTwoWaysAndAreCounted(t *testing.T) {
	w := mapWorld(t, nil)
	w.must(w.SetBranch(w.ctx, model.Ticket, model.Contact, `[priority]="high"`, 0))
	routes, err := w.Routes(w.ctx, model.Ticket)
	w.must(err)
	want := []project.RouteCount{{Target: model.Contact, When: `[priority]="high"`, Count: 1}, {Target: model.Ticket, Count: 3}}
	if !slices.Equal(routes, want) {
		t.Errorf("got %+v", routes)
	}
	w.must(w.SetBranch(w.ctx, model.Ticket, model.Contact, "", 0))
	if routes, err = w.Routes(w.ctx, model.Ticket); err != nil || len(routes) != 1 || routes[0].Count != 4 {
		t.Errorf("got %+v %v", routes, err)
	}
}

func TestLineage_EveryValueSaysWhereItComesFrom(t *testing.T) {
	w := mapWorld(t, nil)
	before, err := w.Lineage(w.ctx, model.Ticket, "1", "subject")
	w.must(err)
	if before.TargetID != "" || len(before.Fields) != 1 || before.Fields[0].Value != "One" || before.Version != 1 || before.MappedBy.Name != "Ann" {
		t.Errorf("planned: %+v", before)
	}
	run := w.move()
	got, err := w.Lineage(w.ctx, model.Contact, "1", "")
	w.must(err)
	if got.TargetID == "" || got.Run != run.ID || got.SentAt == "" || got.Target != model.Contact || got.Fate != "moved" {
		t.Errorf("moved: %+v", got)
	}
	i := slices.IndexFunc(got.Fields, func(f project.FieldLineage) bool { return f.Field == "email" })
	if i < 0 || got.Fields[i].Value != "ada@x.example" || len(got.Fields[i].Sources) != 1 || got.Fields[i].Sources[0].Raw != "ada@x.example" || got.Fields[i].Checked {
		t.Errorf("fields: %+v", got.Fields)
	}
	if _, err := w.Check(w.ctx, job.New("check")); err != nil {
		t.Fatal(err)
	}
	if got, err = w.Lineage(w.ctx, model.Contact, "1", "email"); err != nil || !got.Fields[0].Checked || !got.Fields[0].AsMeant || got.Fields[0].Found != "ada@x.example" {
		t.Errorf("read back: %+v %v", got.Fields, err)
	}
	if _, err := w.Lineage(w.ctx, model.Contact, "1", "nothing"); err == nil {
		t.Error("a field without a rule has no lineage")
	}
}

func TestR034_NoPlanForATargetThatIsNotAsItWasFrozen(t *testing.T) {
	w := mapWorld(t, nil)
	_, err := w.FreezeTarget(w.ctx, "handed over")
	w.must(err)
	w.plan(load.Scope{Kind: model.RunFull}) // nothing changed
	_, shape, _, err := w.FrozenTarget(w.ctx)
	w.must(err)
	shape.Objects[0].Fields = append(shape.Objects[0].Fields, model.Field{Name: "gone", Type: model.Text})
	body, err := json.Marshal(shape)
	w.must(err)
	w.must(w.DB().Write(w.ctx, func(tx *store.Tx) error {
		_, err := tx.Freeze(store.Frozen{By: w.Person(), Why: "with one more field", Hash: project.ShapeHash(shape), Body: string(body)})
		return err
	}))
	if _, _, err := w.Plan(w.ctx, load.Scope{Kind: model.RunFull}, job.New("plan")); !problem.Is(err, load.CodeDrift) || !strings.Contains(err.Error(), "gone") {
		t.Errorf("got %v", err)
	}
}
