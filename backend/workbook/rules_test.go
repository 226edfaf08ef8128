package workbook_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/backend/problem"
	"waybill/backend/workbook"
)

func ruleBook() workbook.RuleBook {
	return workbook.RuleBook{
		ProjectID: "p1", ProjectName: "Acme", Source: "Zendesk", Target: "Front", Made: "today",
		Missing: []string{"Webhooks: the token's owner may not see them."},
		Rules: []workbook.RuleLine{
			{
				Key: "trigger/1", Kind: "Trigger", Name: "=cmd|' /C calc'!A0", Active: true, When: []string{"Status is Open", "+1+1"}, AnyOf: []string{"Channel is Mail"},
				Does: []string{"@SUM(A1)", "-Set priority to High"}, Test: "- Create a ticket\nExpect:\n- it works", RuleState: workbook.RuleState{State: "To rebuild"},
			},
			{
				Key: "macro/2", Kind: "Macro", Name: "Thanks", Text: "=HYPERLINK(\"http://x\")\nHello {{ticket.id}}", Placeholders: []workbook.RulePlaceholder{{Text: "{{ticket.id}}", Becomes: "{{conversation.ticket_id}}"}},
				RuleState: workbook.RuleState{State: "Rebuilt", Owner: "Bea", Note: "line one\nline two"},
			},
		},
	}
}

func writeRules(t *testing.T, b workbook.RuleBook) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := workbook.WriteRules(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func readRules(b []byte, want workbook.RuleBook) ([]workbook.RuleAnswer, []*problem.Problem) {
	return workbook.ReadRules(bytes.NewReader(b), int64(len(b)), want)
}

// changed opens a workbook, lets a person change it, and saves it.
func changed(t *testing.T, b []byte, do func(f *excelize.File) error) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := do(f); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRulesWorkbookIsTheSameEachTimeAndHoldsNoFormula(t *testing.T) {
	a := writeRules(t, ruleBook())
	if !bytes.Equal(a, writeRules(t, ruleBook())) {
		t.Error("the same rules gave other bytes")
	}
	f, err := excelize.OpenReader(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cells := 0
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for r, row := range rows {
			for c, text := range row {
				cell, err := excelize.CoordinatesToCellName(c+1, r+1)
				if err != nil {
					t.Fatal(err)
				}
				formula, err := f.GetCellFormula(sheet, cell)
				if err != nil {
					t.Fatal(err)
				}
				kind, err := f.GetCellType(sheet, cell)
				if err != nil {
					t.Fatal(err)
				}
				if formula != "" {
					t.Errorf("%s!%s computes %q", sheet, cell, formula)
				}
				if text != "" && strings.ContainsAny(text[:1], "=+-@") {
					cells++
					if kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
						t.Errorf("%s!%s %q is no text", sheet, cell, text)
					}
				}
			}
		}
	}
	if cells < 4 {
		t.Errorf("only %d dangerous cells were looked at", cells)
	}
}

func TestRulesWorkbookComesBack(t *testing.T) {
	book := ruleBook()
	b := writeRules(t, book)
	if got, bad := readRules(b, book); len(got) > 0 || len(bad) > 0 {
		t.Fatalf("nothing was changed, and it says %+v %v", got, bad)
	}
	b = changed(t, b, func(f *excelize.File) error {
		for cell, text := range map[string]string{"D4": "rebuilt", "E4": "  Anna ", "F4": "=1+1 is fine", "F5": "line one\nline two\nline three"} {
			if err := f.SetCellStr("Rules", cell, text); err != nil {
				return err
			}
		}
		return f.SetSheetName("Rules", "Regeln") // found again by what is hidden in it
	})
	got, bad := readRules(b, book)
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	want := []workbook.RuleAnswer{
		{Key: "trigger/1", Was: workbook.RuleState{State: "To rebuild"}, Now: workbook.RuleState{State: "Rebuilt", Owner: "Anna", Note: "=1+1 is fine"}, Sheet: "Regeln", Cell: "D4"},
		{Key: "macro/2", Was: book.Rules[1].RuleState, Now: workbook.RuleState{State: "Rebuilt", Owner: "Bea", Note: "line one\nline two\nline three"}, Sheet: "Regeln", Cell: "D5"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
}

func TestRulesWorkbookIsRefusedWithItsCells(t *testing.T) {
	book := ruleBook()
	b := writeRules(t, book)
	other := book
	other.ProjectID = "p2"
	var held bytes.Buffer
	if err := workbook.WriteHeld(&held, workbook.HeldBook{ProjectID: "p1", ProjectName: "Acme"}); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		file []byte
		want workbook.RuleBook
		code problem.Code
		cell string
	}{
		"another project": {b, other, workbook.CodeOtherProject, ""},
		"held records":    {held.Bytes(), book, workbook.CodeNotOurs, ""},
		"no workbook":     {[]byte("rule,state\n"), book, workbook.CodeNotExcel, ""},
		"a wrong state":   {changed(t, b, func(f *excelize.File) error { return f.SetCellStr("Rules", "D4", "Rebuild") }), book, workbook.CodeChoice, "D4"},
		"a formula":       {changed(t, b, func(f *excelize.File) error { return f.SetCellFormula("Rules", "F4", "1+1") }), book, workbook.CodeFormulaCell, "F4"},
		"an unknown line": {changed(t, b, func(f *excelize.File) error { return f.SetCellStr("Rules", "A4", "x") }), book, workbook.CodeRow, "C4"},
		"a line twice":    {changed(t, b, func(f *excelize.File) error { return f.DuplicateRow("Rules", 4) }), book, workbook.CodeRow, "C5"},
		"no sheet":        {changed(t, b, func(f *excelize.File) error { return f.DeleteSheet("Rules") }), book, workbook.CodeSheet, ""},
		"no column":       {changed(t, b, func(f *excelize.File) error { return f.SetCellStr("Rules", "D3", "Zustand") }), book, workbook.CodeColumn, "A3"},
	} {
		got, bad := readRules(x.file, x.want)
		if len(got) > 0 || len(bad) != 1 || bad[0].Code != x.code || bad[0].Where.Cell != x.cell {
			t.Errorf("%s: %+v %+v, want %s at %q", name, got, bad, x.code, x.cell)
		}
	}
}
