package workbook_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/backend/mapping"
)

// TestThroughLibreOffice: another program may open and save the workbook without changing a rule.
func TestThroughLibreOffice(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not installed, so only our own reading is tested")
	}
	dir := t.TempDir()
	raw := edited(t, write(t, book()), func(f *excelize.File) { set(t, f, "Tickets", "Subject", "Owner", "Mia") })
	in := filepath.Join(dir, "in.xlsx")
	if err := os.WriteFile(in, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(office, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", filepath.Join(dir, "out"), in)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	back, err := os.ReadFile(filepath.Join(dir, "out", "in.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	got, found := read(back)
	if len(found) > 0 {
		t.Fatal(found)
	}
	d := mapping.Diff(version(), got)
	if len(d) != 1 || d[0].New != "Mia" {
		t.Errorf("got %v", d)
	}
	f, err := excelize.OpenReader(bytes.NewReader(back))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	if dv, err := f.GetDataValidations("Tickets"); err != nil || len(dv) != 12 {
		t.Errorf("%d drop-downs survived, want 12: %v", len(dv), err)
	}
}
