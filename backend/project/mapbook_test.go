package project_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/report"
	"waybill/backend/store"
)

const (
	bookTickets   = "Ticket ID,Subject,Status,Customer ID,Description\n1,Printer,Offen,7,It is on fire\n2,Mouse,Zu,8,It is gone\n3,Keys,Offen,7,Stuck\n4,test,Offen,8,test\n"
	bookCustomers = "Customer ID,Name,Email\n7,Anna,anna@x.example\n8,Otto,otto@x.example\n"
)

func bookWorld(t *testing.T) *world {
	return newWorld(t, practice.Options{}, map[string]string{"tickets.csv": bookTickets, "customers.csv": bookCustomers}, nil)
}

// sent exports the workbook, lets somebody fill in cells found by their line and column, and
// gives the file.
func (w *world) sent(fill map[[3]string]string) string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "Mapping.xlsx")
	w.must(w.ExportWorkbook(w.ctx, path))
	fillCells(w.t, path, fill)
	return path
}

// fillCells writes texts into cells: sheet, line and column head.
func fillCells(t *testing.T, path string, fill map[[3]string]string) {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at, text := range fill {
		rows, err := f.GetRows(at[0])
		if err != nil {
			t.Fatal(err)
		}
		col, done := -1, false
		for r, row := range rows {
			if col < 0 {
				col = slices.Index(row, at[2])
				continue
			}
			if len(row) > 1 && slices.Contains(row[1:min(4, len(row))], at[1]) {
				cell, err := excelize.CoordinatesToCellName(col+1, r+1)
				if err != nil {
					t.Fatal(err)
				}
				if err := f.SetCellStr(at[0], cell, text); err != nil {
					t.Fatal(err)
				}
				done = true
				break
			}
		}
		if !done {
			t.Fatalf("no cell %v in %q", at, f.GetSheetList())
		}
	}
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func review(name string, more map[[3]string]string) map[[3]string]string {
	out := map[[3]string]string{
		{"Review", "Your name", "Your answer"}: name, {"Review", "Your role", "Your answer"}: "Head of support", {"Review", "Date", "Your answer"}: "2026-01-22",
		{"Review", "Your decision", "Your answer"}: "approved",
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func (w *world) approvals() (out []store.Approval) {
	w.t.Helper()
	w.must(w.DB().Read(w.ctx, func(tx *store.Tx) (err error) {
		out, err = tx.Approvals()
		return err
	}))
	return out
}

// setOwner changes the owner of a rule here.
func (w *world) setOwner(field, owner string) {
	w.t.Helper()
	v, err := w.Working(w.ctx)
	w.must(err)
	m, _ := v.Object(model.Ticket)
	f, ok := m.Field(field)
	if !ok {
		w.t.Fatalf("no rule of %s", field)
	}
	f.Owner = owner
	w.must(w.SetField(w.ctx, model.Ticket, f))
}

func (w *world) owner(field string) string {
	w.t.Helper()
	v, _, err := w.Accepted(w.ctx, 0)
	w.must(err)
	m, _ := v.Object(model.Ticket)
	f, _ := m.Field(field)
	return f.Owner
}

// the business owner's word on the review sheet becomes an approval of exactly the
// version that the workbook shows.
func TestWorkbook_R029_reviewBecomesAnApproval(t *testing.T) {
	w := bookWorld(t)
	path := w.sent(review("Bea Stein", map[[3]string]string{{"Tickets", "Subject", "Owner"}: "Mia"}))
	r, err := w.ReadWorkbook(w.ctx, path)
	w.must(err)
	if len(r.Problems) > 0 || len(r.Changes) != 1 || r.Review == nil || r.Review.Refused != nil {
		t.Fatalf("%v %v %+v", r.Problems, r.Changes, r.Review)
	}
	m, err := w.ApplyWorkbook(w.ctx, path, r.Token, project.Take{Reason: "Reviewed by support."})
	w.must(err)
	if m.Number != 2 || w.owner("subject") != "Mia" {
		t.Errorf("version %d, owner %q", m.Number, w.owner("subject"))
	}
	all := w.approvals()
	if len(all) != 1 || all[0].Kind != "mapping" || all[0].Subject != m.Hash || all[0].By != (model.Person{Name: "Bea Stein", Role: "Head of support"}) || !strings.Contains(all[0].Statement, "2026-01-22") {
		t.Errorf("approvals: %+v", all)
	}
	if w.audited("workbook.review") != 1 || w.audited("approval.mapping") != 1 {
		t.Error("the audit trail lacks it")
	}
	list, err := w.Versions(w.ctx)
	w.must(err)
	if len(list) != 2 || len(list[0].Approvals) != 1 || len(list[1].Approvals) != 0 {
		t.Errorf("versions: %+v", list)
	}
	// Nothing but a signature: the version in force is approved, and no new one is made.
	path = w.sent(review("Zoe", nil))
	r, err = w.ReadWorkbook(w.ctx, path)
	w.must(err)
	m, err = w.ApplyWorkbook(w.ctx, path, r.Token, project.Take{Reason: "Signed."})
	w.must(err)
	if m.Number != 2 || len(w.approvals()) != 2 {
		t.Errorf("version %d, %d approvals", m.Number, len(w.approvals()))
	}
}

// Invariant 14: refused in words when the mapping changed, or when who mapped approves.
func TestWorkbook_R029_reviewIsRefusedInWords(t *testing.T) {
	for name, c := range map[string]struct {
		by     string
		date   string
		change bool
		code   problem.Code
	}{
		"who mapped approves":    {by: "  ann ", code: "approval.own_work"},
		"the mapping changed":    {by: "Bea", change: true, code: "approval.changed"},
		"a date that is not yet": {by: "Bea", date: "2999-01-01", code: "approval.future"},
	} {
		t.Run(name, func(t *testing.T) {
			w := bookWorld(t)
			more := map[[3]string]string{{"Tickets", "Subject", "Owner"}: "Mia"}
			if c.date != "" {
				more[[3]string{"Review", "Date", "Your answer"}] = c.date
			}
			path := w.sent(review(c.by, more))
			if c.change {
				w.setOwner("status", "Otto")
			}
			r, err := w.ReadWorkbook(w.ctx, path)
			w.must(err)
			if r.Review == nil || r.Review.Refused == nil || r.Review.Refused.Code != c.code || r.Review.Refused.Why == "" || r.Review.Refused.Next == "" {
				t.Fatalf("%+v", r.Review)
			}
			_, err = w.ApplyWorkbook(w.ctx, path, r.Token, project.Take{Reason: "The changes."})
			w.must(err)
			if len(w.approvals()) != 0 || w.owner("subject") != "Mia" {
				t.Errorf("approvals %+v, owner %q", w.approvals(), w.owner("subject"))
			}
		})
	}
}

// Who maps may not approve what they did before somebody else's small change either.
func TestApprove_whoMappedMayNotApproveAlone(t *testing.T) {
	w := bookWorld(t)
	w.must(w.SetPerson(w.ctx, model.Person{Name: "Otto", Role: "agent"}))
	w.setOwner("subject", "Mia")
	v, err := w.Working(w.ctx)
	w.must(err)
	_, err = w.Accept(w.ctx, v, "An owner.")
	w.must(err)
	for _, name := range []string{"Otto", "ANN"} {
		w.must(w.SetPerson(w.ctx, model.Person{Name: name, Role: "x"}))
		if err := w.Approve(w.ctx, 2, "fine"); !problem.Is(err, "approval.own_work") {
			t.Errorf("%s approved: %v", name, err)
		}
	}
	w.must(w.SetPerson(w.ctx, model.Person{Name: "Bea", Role: "owner"}))
	w.must(w.Approve(w.ctx, 2, "fine"))
	w.must(w.Approve(w.ctx, 2, "fine")) // said once is enough
	if n := len(w.approvals()); n != 1 {
		t.Errorf("%d approvals", n)
	}
}

// Three ways: conflicts are asked, and nothing is taken before all of them are decided.
func TestWorkbook_conflictsAreAsked(t *testing.T) {
	for _, theirs := range []bool{true, false} {
		w := bookWorld(t)
		path := w.sent(map[[3]string]string{{"Tickets", "Subject", "Owner"}: "Mia", {"Tickets", "Subject", "Note"}: "n"})
		w.setOwner("subject", "Otto")
		w.setOwner("status", "Zoe")
		r, err := w.ReadWorkbook(w.ctx, path)
		w.must(err)
		if len(r.Conflicts) != 1 || len(r.Changes) != 1 || r.Conflicts[0].Mine != "Otto" {
			t.Fatalf("%v %v", r.Conflicts, r.Changes)
		}
		if _, err := w.ApplyWorkbook(w.ctx, path, r.Token, project.Take{Reason: "x"}); !problem.Is(err, "workbook.conflicts") {
			t.Errorf("taken without asking: %v", err)
		}
		if _, err := w.ApplyWorkbook(w.ctx, path, "other", project.Take{Reason: "x"}); !problem.Is(err, "workbook.changed") {
			t.Errorf("taken unseen: %v", err)
		}
		_, err = w.ApplyWorkbook(w.ctx, path, r.Token, project.Take{Reason: "x", Theirs: map[int]bool{0: theirs}})
		w.must(err)
		want := map[bool]string{true: "Mia", false: "Otto"}[theirs]
		if w.owner("subject") != want || w.owner("status") != "Zoe" {
			t.Errorf("owners %q and %q", w.owner("subject"), w.owner("status"))
		}
	}
}

// One import, one transaction: if the last part fails, the first one did not happen.
func TestWorkbook_nothingIsHalfApplied(t *testing.T) {
	w := bookWorld(t)
	rules, err := w.Rules(w.ctx)
	w.must(err)
	rule := ""
	for _, r := range rules {
		if r.Count > 0 {
			rule = r.ID
		}
	}
	if rule == "" {
		t.Fatal("no cleaning rule hits this world")
	}
	d, err := w.Decide(w.ctx, rule, nil, "because")
	w.must(err)
	path := w.sent(map[[3]string]string{{"Cleaning", d.Title, "Your decision"}: "Take back", {"Cleaning", d.Title, "Your reason"}: "We need them.", {"Tickets", "Subject", "Owner"}: "Mia"})
	r, err := w.ReadWorkbook(w.ctx, path)
	w.must(err)
	if len(r.Decisions) != 1 || !r.Decisions[0].TakeBack || len(r.Words()) != 1 {
		t.Fatalf("%+v", r)
	}
	// It is taken back here first: what was shown is not what would be done.
	w.must(w.Undo(w.ctx, d.ID))
	if _, err := w.ApplyWorkbook(w.ctx, path, r.Token, project.Take{Reason: "x"}); !problem.Is(err, "workbook.changed") {
		t.Errorf("applied all the same: %v", err)
	}
	if w.owner("subject") == "Mia" {
		t.Error("half of it was applied")
	}
	r, err = w.ReadWorkbook(w.ctx, path)
	w.must(err)
	if len(r.Notes) != 1 || len(r.Decisions) != 0 || len(r.Changes) != 1 {
		t.Errorf("%v %v", r.Notes, r.Decisions)
	}
}

// out into a Git folder, edited by hand there, and back.
func TestFolder_R031_comesBackThreeWays(t *testing.T) {
	w := bookWorld(t)
	dir := t.TempDir()
	folder, made, err := w.ExportFolder(w.ctx, dir)
	w.must(err)
	if len(made) != 1 || w.audited("versions.exported") != 1 {
		t.Fatalf("%+v", made)
	}
	r, err := w.ReadFolder(w.ctx, dir)
	w.must(err)
	if r.Says() || len(r.Problems) > 0 {
		t.Errorf("as written, it says %v %v", r.Changes, r.Problems)
	}
	name := filepath.Join(folder, "ticket.mapping")
	edit := func(old, now string) {
		b, err := os.ReadFile(name)
		w.must(err)
		s := strings.Replace(string(b), old, now, 1)
		if s == string(b) {
			t.Fatalf("%q is not in\n%s", old, b)
		}
		w.must(os.WriteFile(name, []byte(s), 0o600))
	}
	edit("field subject\n", "field subject\n  owner: Mia\n")
	w.setOwner("status", "Zoe")
	v, err := w.Working(w.ctx)
	w.must(err)
	_, err = w.Accept(w.ctx, v, "An owner here.")
	w.must(err)
	if _, _, err := w.ExportFolder(w.ctx, dir); !problem.Is(err, "versions.edited") {
		t.Errorf("what was edited there would be lost: %v", err)
	}
	r, err = w.ReadFolder(w.ctx, dir)
	w.must(err)
	if len(r.Changes) != 1 || len(r.Conflicts) != 0 || len(r.Problems) != 0 {
		t.Fatalf("%v %v %v", r.Changes, r.Conflicts, r.Problems)
	}
	m, err := w.ApplyFolder(w.ctx, dir, r.Token, project.Take{Reason: "Edited as text."})
	w.must(err)
	if m.Number != 3 || w.owner("subject") != "Mia" || w.owner("status") != "Zoe" {
		t.Errorf("version %d: %q, %q", m.Number, w.owner("subject"), w.owner("status"))
	}
	if _, made, err = w.ExportFolder(w.ctx, dir); err != nil || len(made) != 2 {
		t.Errorf("%v %v", made, err)
	}
	edit("rule: copy", "rule: copi")
	r, err = w.ReadFolder(w.ctx, dir)
	w.must(err)
	if len(r.Problems) != 1 || r.Problems[0].Where.File != "ticket.mapping" || r.Problems[0].Where.Line == 0 || r.Token != "" {
		t.Errorf("%v", r.Problems)
	}
	other := bookWorld(t)
	if r, err = other.ReadFolder(other.ctx, dir); err != nil || len(r.Problems) != 1 {
		t.Errorf("another project read it: %v %v", r.Problems, err)
	}
}

// the document of the version in force, the same bytes each time.
func TestDocument_R233_sameStateSameBytes(t *testing.T) {
	w := bookWorld(t)
	dir := t.TempDir()
	for _, ext := range []string{".pdf", ".xlsx"} {
		a, err := w.WriteDocument(w.ctx, filepath.Join(dir, "a"+ext))
		w.must(err)
		b, err := w.WriteDocument(w.ctx, filepath.Join(dir, "b"+ext))
		w.must(err)
		if a != b {
			t.Errorf("%s: %s and %s", ext, a, b)
		}
	}
	if _, err := w.WriteDocument(w.ctx, filepath.Join(dir, "a.doc")); !problem.Is(err, "report.kind") {
		t.Errorf("another kind: %v", err)
	}
	d, err := w.Document(w.ctx)
	w.must(err)
	i := slices.IndexFunc(d.Objects, func(o report.MappingObject) bool { return o.From == "Tickets" })
	if d.Version != 1 || i < 0 || len(d.Objects[i].Fields) == 0 || d.Objects[i].Fields[0].Rule == "" || len(d.Versions) != 1 {
		t.Errorf("%+v", d)
	}
	if dir := os.Getenv("WAYBILL_KEEP"); dir != "" { // to look at it
		for _, name := range []string{"handover.pdf", "handover.xlsx"} {
			_, err := w.WriteDocument(w.ctx, filepath.Join(dir, name))
			w.must(err)
		}
	}
}

// A run names its version, and a version lists its runs.
func TestVersions_listTheirRuns(t *testing.T) {
	w := bookWorld(t)
	r := w.move()
	w.setOwner("subject", "Mia")
	v, err := w.Working(w.ctx)
	w.must(err)
	_, err = w.Accept(w.ctx, v, "An owner.")
	w.must(err)
	_, err = w.Restore(w.ctx, 1, "Back to the first.")
	w.must(err)
	list, err := w.Versions(w.ctx)
	w.must(err)
	if len(list) != 3 || len(list[2].Runs) != 1 || list[2].Runs[0].ID != r.ID || len(list[0].Runs)+len(list[1].Runs) != 0 {
		t.Errorf("%+v", list)
	}
	if list[0].Hash != list[2].Hash {
		t.Error("the restored version is another one")
	}
}
