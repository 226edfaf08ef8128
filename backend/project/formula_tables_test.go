package project_test

import (
	"os"
	"path/filepath"
	"testing"

	"waybill/backend/job"
	"waybill/backend/mapping"
	"waybill/backend/model"
)

// TestFormulasLookUpInImportedTables: a formula names the columns of a table as Excel does.
func TestFormulasLookUpInImportedTables(t *testing.T) {
	w := mapWorld(t, nil)
	path := filepath.Join(t.TempDir(), "segments.csv")
	w.must(os.WriteFile(path, []byte("code;segment\nA1;Gold\nB2;Silver\n"), 0o600))
	_, err := w.ImportLookup(w.ctx, path, "", "Customer segments", job.New("import"))
	w.must(err)
	w.must(w.SetField(w.ctx, model.Ticket, mapping.FieldMap{
		Target: "description", Rule: mapping.Formula, IfUnknown: model.OtherwiseHold,
		Formula: `XLOOKUP([segment],Customer_segments[code],customer_segments[Segment],"none")`,
	}))
	res, err := w.Validate(w.ctx, 0, job.New("check"))
	w.must(err)
	for _, g := range res.Groups {
		if g.Field == "description" {
			t.Errorf("the formula holds records: %+v", g)
		}
	}
	w.must(w.RemoveLookup(w.ctx, "Customer segments"))
	res, err = w.Validate(w.ctx, 0, job.New("check"))
	w.must(err)
	held := int64(0)
	for _, g := range res.Groups {
		if g.Field == "description" {
			held += g.Count
		}
	}
	if held == 0 {
		t.Error("without its table the formula holds nothing, though it has no result")
	}
}
