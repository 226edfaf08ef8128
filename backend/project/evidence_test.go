package project_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/backend/project"
	"waybill/backend/seal"
	"waybill/backend/store"
)

// A report carries its evidence wherever it goes, and the project knows its own again.
func TestVerifyReport(t *testing.T) {
	ctx := context.Background()
	p, _ := small(t)
	w, err := p.WriteReport(ctx)
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(filepath.Join(w.Evidence, seal.Seal))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.WriteReport(ctx); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(filepath.Join(w.Evidence, seal.Seal)); err != nil || string(again) != string(list) {
		t.Errorf("a good seal was made anew (%v)", err)
	}
	away := filepath.Join(t.TempDir(), "For the board.pdf")
	if err := project.CopyReport(w, away); err != nil {
		t.Fatal(err)
	}
	v, err := p.VerifyReport(ctx, away)
	if err != nil || !v.Unchanged || !v.Ours || !v.Known {
		t.Errorf("%+v %v", v, err)
	}
	for _, f := range v.Files {
		if f.State != seal.Same {
			t.Errorf("%s is %s", f.Name, f.State)
		}
	}
	trail, err := os.ReadFile(filepath.Join(seal.Folder(away), "audit.jsonl"))
	if err != nil || int64(strings.Count(string(trail), "\n")) != v.Evidence.AuditSize || !strings.Contains(string(trail), v.Evidence.AuditHead) {
		t.Errorf("the trail does not end with the report's line (%v)", err)
	}
	pdf, err := os.ReadFile(away)
	if err == nil {
		pdf[len(pdf)/2] ^= 1
		err = os.WriteFile(away, pdf, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if v, err = p.VerifyReport(ctx, away); err != nil || v.Unchanged || v.Known || !v.Ours {
		t.Errorf("one bit was changed: %+v %v", v, err)
	}
	// Another project's report is somebody else's.
	other, _ := small(t)
	if v, err = other.VerifyReport(ctx, w.Path); err != nil || !v.Unchanged || v.Ours || v.Known {
		t.Errorf("%+v %v", v, err)
	}
	// Making a key is no new state of the project, and the trail stays whole.
	if err := p.DB().Read(ctx, func(tx *store.Tx) error { return tx.VerifyAudit() }); err != nil {
		t.Error(err)
	}
}
