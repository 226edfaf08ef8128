package workbook_test

import (
	"bytes"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/backend/workbook"
)

func TestProfile_textsStayTexts(t *testing.T) {
	b := workbook.ProfileBook{
		ProjectID: "p", ProjectName: "ACME", Made: "Measured on 1 Jan 2026", Points: 71, Formula: "100 points, less.",
		Objects:  []workbook.ProfileObject{{Title: "Tickets", Rows: 5, Fields: []workbook.ProfileField{{Name: "=1+1", Type: "text", Filled: 5, Distinct: 3, Top: "+cmd", Kinds: "@x", Patterns: "-9"}}}, {Title: "Tickets/of: [old]", Rows: 0}},
		Findings: []workbook.ProfileFinding{{Severity: "Noticed", Object: "Tickets", Field: "=1+1", What: "=HYPERLINK(\"http://x\")", Count: 5, Cost: 1.5, State: "Open"}},
	}
	var first, second bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &second} {
		if err := workbook.WriteProfile(w, b); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same profile gave two workbooks")
	}
	f, err := excelize.OpenReader(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for r, row := range rows {
			for c, v := range row {
				seen[v] = true
				cell, err := excelize.CoordinatesToCellName(c+1, r+1)
				if err != nil {
					t.Fatal(err)
				}
				if formula, err := f.GetCellFormula(name, cell); err != nil || formula != "" {
					t.Errorf("%s!%s holds the formula %q (%v)", name, cell, formula, err)
				}
			}
		}
	}
	for _, want := range []string{"=1+1", "+cmd", "@x", "-9", "=HYPERLINK(\"http://x\")", "71 of 100", "Open"} {
		if !seen[want] {
			t.Errorf("%q is not in the workbook", want)
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
