package project_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/backend/job"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/workbook"
)

// heldWorld holds two tickets for their dates, two for a value and one for its subject.
func heldWorld(t *testing.T) *world {
	sheet := "id,subject,requester,state,created\n" +
		"t1,First,c1,open,31/12/2025\nt2,Second,c2,open,11/26/2025\nt3,Third,c1,parked,\nt4,=HYPERLINK(\"http://x\"),c1,asleep,\nt5,,c1,open,\nt6,Sixth,c3,open,\n"
	w := newWorld(t, practice.Options{}, map[string]string{"tickets.csv": sheet, "customers.csv": people}, func(v *mapping.Version) {
		rule(v, model.Ticket, "created_at", copyOf("created"))
		rule(v, model.Ticket, "status", copyOf("state"))
	})
	w.move()
	if m := w.account(model.Ticket); m.Held != 5 || m.Moved != 1 {
		t.Fatalf("%+v", m)
	}
	return w
}

// fill edits cells of a workbook as a person would.
func fill(t *testing.T, path string, edit func(f *excelize.File, row func(sheet, text string) string)) {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	row := func(sheet, text string) string {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for i, cells := range rows {
			if strings.Contains(strings.Join(cells, "\x00"), text) {
				name, err := excelize.JoinCellName("A", i+1)
				if err != nil {
					t.Fatal(err)
				}
				return name[1:]
			}
		}
		t.Fatalf("%s has no line with %q: %q", sheet, text, rows)
		return ""
	}
	edit(f, row)
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func set(t *testing.T, f *excelize.File, sheet, cell, text string) {
	t.Helper()
	if err := f.SetCellStr(sheet, cell, text); err != nil {
		t.Fatal(err)
	}
}

func TestP68_HeldRecordsAreRepairedThroughAWorkbook(t *testing.T) {
	w := heldWorld(t)
	path := filepath.Join(t.TempDir(), "held.xlsx")
	w.must(w.ExportHeld(w.ctx, path))
	same := filepath.Join(t.TempDir(), "again.xlsx")
	w.must(w.ExportHeld(w.ctx, same))
	a, err := os.ReadFile(path)
	w.must(err)
	b, err := os.ReadFile(same)
	w.must(err)
	if !bytes.Equal(a, b) {
		t.Error("the same state gave another workbook (invariant 12)")
	}
	r, err := w.ReadHeld(w.ctx, path)
	w.must(err)
	if len(r.Answers) != 0 || len(r.Problems) != 0 {
		t.Fatalf("an untouched workbook asks for %+v, %v", r.Answers, r.Problems)
	}
	fill(t, path, func(f *excelize.File, row func(string, string) string) {
		for _, sheet := range f.GetSheetList() {
			rows, err := f.GetRows(sheet)
			if err != nil {
				t.Fatal(err)
			}
			for i, cells := range rows {
				for k := range cells {
					cell, err := excelize.CoordinatesToCellName(k+1, i+1)
					if err != nil {
						t.Fatal(err)
					}
					if x, err := f.GetCellFormula(sheet, cell); err != nil || x != "" {
						t.Errorf("%s!%s is a formula: %q (%v)", sheet, cell, x, err)
					}
				}
			}
		}
		date := row("Decisions", "transform.date")
		set(t, f, "Decisions", "F"+date, "Choose how these dates are written")
		set(t, f, "Decisions", "G"+date, "DD/MM/YYYY, else MM/DD/YYYY: reads 2 of 2")
		set(t, f, "Decisions", "H"+date, "Our European office wrote them.")
		set(t, f, "Decisions", "F"+row("Decisions", "transform.unknown_value"), "Say what each value becomes")
		set(t, f, "Values", "F"+row("Values", "parked"), "Pending")
		set(t, f, "Values", "F"+row("Values", "asleep"), "(leave empty)")
	})
	r, err = w.ReadHeld(w.ctx, path)
	w.must(err)
	if len(r.Problems) != 0 || len(r.Answers) != 2 {
		t.Fatalf("%+v, %v", r.Answers, r.Problems)
	}
	fixed, runs, err := w.ApplyHeld(w.ctx, path, r.Token, job.New("apply"))
	w.must(err)
	if fixed.Mapping != 2 || len(runs) != 2 {
		t.Errorf("one version for all of it: %+v, %d runs", fixed, len(runs))
	}
	if m := w.account(model.Ticket); m.Moved != 5 || m.Held != 1 {
		t.Fatalf("%+v", m)
	}
	// It is of a state that is gone.
	r, err = w.ReadHeld(w.ctx, path)
	w.must(err)
	if len(r.Problems) != 1 || r.Problems[0].Code != workbook.CodeStale || r.Problems[0].Next == "" {
		t.Errorf("a stale workbook: %v", r.Problems)
	}
	_, _, err = w.ApplyHeld(w.ctx, path, r.Token, job.New("apply"))
	told(t, err, workbook.CodeStale)
}

func TestP68_AMistakeInTheWorkbookIsNamedByItsCellAndNothingIsTaken(t *testing.T) {
	w := heldWorld(t)
	for name, c := range map[string]struct {
		edit  func(f *excelize.File, row func(string, string) string)
		sheet string
		col   string
	}{
		"no such repair": {func(f *excelize.File, row func(string, string) string) {
			set(t, f, "Decisions", "F"+row("Decisions", "transform.date"), "Make it so")
		}, "Decisions", "F"},
		"not an option": {func(f *excelize.File, row func(string, string) string) {
			r := row("Decisions", "transform.date")
			set(t, f, "Decisions", "F"+r, "Choose how these dates are written")
			set(t, f, "Decisions", "G"+r, "backwards")
		}, "Decisions", "G"},
		"an answer without a repair": {func(f *excelize.File, row func(string, string) string) {
			set(t, f, "Decisions", "G"+row("Decisions", "transform.date"), "2025")
		}, "Decisions", "F"},
		"a value that the target lacks": {func(f *excelize.File, row func(string, string) string) {
			set(t, f, "Values", "F"+row("Values", "parked"), "Pendig")
		}, "Values", "F"},
		"a line of one's own": {func(f *excelize.File, _ func(string, string) string) {
			set(t, f, "Decisions", "F40", "Leave these tickets out")
		}, "Decisions", "F"},
		"a formula": {func(f *excelize.File, row func(string, string) string) {
			if err := f.SetCellFormula("Decisions", "G"+row("Decisions", "transform.date"), "1+1"); err != nil {
				t.Fatal(err)
			}
		}, "Decisions", "G"},
		// What the workbook cannot know: the day is none.
		"a value that does not fit": {func(f *excelize.File, row func(string, string) string) {
			r := row("Decisions", "transform.date")
			set(t, f, "Decisions", "F"+r, "Write another value instead of what does not fit")
			set(t, f, "Decisions", "G"+r, "the day before yesterday")
		}, "Decisions", "F"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "held.xlsx")
			w.must(w.ExportHeld(w.ctx, path))
			fill(t, path, func(f *excelize.File, row func(string, string) string) {
				set(t, f, "Decisions", "F"+row("Decisions", "transform.required_empty"), "Leave these tickets out") // a good one beside
				c.edit(f, row)
			})
			r, err := w.ReadHeld(w.ctx, path)
			w.must(err)
			if len(r.Problems) == 0 || len(r.Answers) != 0 {
				t.Fatalf("it was taken: %+v", r.Answers)
			}
			p := r.Problems[0]
			if p.Where.Sheet != c.sheet || !strings.HasPrefix(p.Where.Cell, c.col) || p.What == "" || p.Next == "" {
				t.Errorf("%+v", p)
			}
			if _, _, err := w.ApplyHeld(w.ctx, path, r.Token, job.New("apply")); err == nil {
				t.Error("it was applied")
			}
			if m := w.account(model.Ticket); m.Held != 5 {
				t.Errorf("something was half applied: %+v", m)
			}
		})
	}
}

func TestP68_AWorkbookOfAnotherKindOrProjectIsRefused(t *testing.T) {
	w, other := heldWorld(t), heldWorld(t)
	dir := t.TempDir()
	theirs, mapped := filepath.Join(dir, "theirs.xlsx"), filepath.Join(dir, "mapping.xlsx")
	w.must(other.ExportHeld(w.ctx, theirs))
	w.must(w.ExportWorkbook(w.ctx, mapped))
	for path, code := range map[string]string{theirs: string(workbook.CodeOtherProject), mapped: string(workbook.CodeNotOurs)} {
		r, err := w.ReadHeld(w.ctx, path)
		w.must(err)
		if len(r.Problems) != 1 || string(r.Problems[0].Code) != code {
			t.Errorf("%s: %v", filepath.Base(path), r.Problems)
		}
	}
}
