package workbook_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/backend/mapping"
)

// TestFullWorkbookThroughLibreOffice: every sheet's drop-downs and colours survive, nothing is
// computed to an error, and what comes back says nothing.
func TestFullWorkbookThroughLibreOffice(t *testing.T) {
	raw := write(t, fullBook())
	back := throughLibreOffice(t, raw)
	got, found := readFull(back)
	if len(found) > 0 || len(said(got)) > 0 {
		t.Fatalf("%v %q", found, said(got))
	}
	before, after := openBook(t, raw), openBook(t, back)
	for _, sheet := range before.GetSheetList() {
		if sheet == "_waybill" || sheet == "_lists" {
			continue
		}
		cells := func(f *excelize.File) (n int) {
			dv, err := f.GetDataValidations(sheet)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range dv {
				for _, r := range strings.Fields(v.Sqref) {
					from, to, ranged := strings.Cut(r, ":")
					if !ranged {
						to = from
					}
					_, r1, err1 := excelize.CellNameToCoordinates(from)
					_, r2, err2 := excelize.CellNameToCoordinates(to)
					if err1 != nil || err2 != nil {
						t.Fatal(err1, err2)
					}
					n += r2 - r1 + 1
				}
			}
			return n
		}
		if a, b := cells(before), cells(after); a != b {
			t.Errorf("%s: %d cells have a drop-down, %d had one", sheet, b, a)
		}
		colours := func(f *excelize.File) int {
			cf, err := f.GetConditionalFormats(sheet)
			if err != nil {
				t.Fatal(err)
			}
			return len(cf)
		}
		if a, b := colours(before), colours(after); b < a {
			t.Errorf("%s: %d colours, %d before", sheet, b, a)
		}
	}
}

func openBook(t *testing.T, raw []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// TestThroughLibreOffice: another program may open and save the workbook without changing a rule.
func TestThroughLibreOffice(t *testing.T) {
	raw := edited(t, write(t, book()), func(f *excelize.File) { set(t, f, "Tickets", "Subject", "Owner", "Mia") })
	back := throughLibreOffice(t, raw)
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

// throughLibreOffice opens a workbook there, and saves it.
func throughLibreOffice(t *testing.T, raw []byte) []byte {
	t.Helper()
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not installed, so only our own reading is tested")
	}
	dir := t.TempDir()
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
	return back
}
