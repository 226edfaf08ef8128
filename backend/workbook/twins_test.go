package workbook

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"waybill/backend/problem"
)

func twinBook() TwinBook {
	return TwinBook{
		ProjectID: "p1", ProjectName: "Move", State: "s1", Objects: "Customers", Made: "Written by Ann.", Fields: []string{"E-mail"},
		Groups: []TwinGroup{
			{ID: 7, Sure: "sure", Members: []TwinMember{{Seq: 1, ID: "c1", Name: "=HYPERLINK(\"http://x\")", Because: "same email", Values: []string{"+a@x.example"}}, {Seq: 2, ID: "c2", Name: "Anna", Survivor: true, Values: []string{"a@x.example"}}}},
			{ID: 9, Sure: "perhaps", Members: []TwinMember{{Seq: 3, ID: "c3", Name: "Otto", Values: []string{""}}, {Seq: 4, ID: "c4", Name: "Otto O.", Values: []string{""}}, {Seq: 5, ID: "c5", Name: "Olaf", Values: []string{""}}}},
		},
	}
}

// filled writes the book, lets somebody fill in cells of the sheet, and gives the file back.
func filledTwins(t *testing.T, fill func(f *excelize.File)) *bytes.Reader {
	t.Helper()
	var out bytes.Buffer
	if err := WriteTwins(&out, twinBook()); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	fill(f)
	var back bytes.Buffer
	if err := f.Write(&back); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(back.Bytes())
}

func set(t *testing.T, f *excelize.File, cells map[string]string) {
	t.Helper()
	for c, v := range cells {
		if err := f.SetCellStr("Duplicates", c, v); err != nil {
			t.Fatal(err)
		}
	}
}

// somebody else decides in Excel who is who; hostile names are text and nothing else.
func TestTwins_comeBackDecided(t *testing.T) {
	r := filledTwins(t, func(f *excelize.File) {
		if got, err := f.GetCellFormula("Duplicates", "E4"); err != nil || got != "" {
			t.Errorf("a name became a formula: %q, %v", got, err)
		}
		set(t, f, map[string]string{"F4": "same one", "F5": TwinKeep, "G5": "My customer.", "F6": TwinOther, "F7": TwinOther, "F8": TwinOther})
	})
	got, bad := ReadTwins(r, r.Size(), twinBook())
	if len(bad) > 0 || len(got) != 2 {
		t.Fatalf("%+v, %v", got, bad)
	}
	if a := got[0]; a.Group != 7 || a.Survivor != 2 || len(a.Out) != 0 || a.Why != "My customer." {
		t.Errorf("one is kept: %+v", a)
	}
	if a := got[1]; a.Group != 9 || a.Survivor != 0 {
		t.Errorf("three are different ones: %+v", a)
	}
	r = filledTwins(t, func(*excelize.File) {})
	if got, bad := ReadTwins(r, r.Size(), twinBook()); len(got) != 0 || len(bad) != 0 {
		t.Errorf("nothing was said: %+v, %v", got, bad)
	}
}

func TestTwins_mistakesAreNamedByCell(t *testing.T) {
	for name, c := range map[string]struct {
		cells map[string]string
		code  problem.Code
		cell  string
	}{
		"unknown word":   {map[string]string{"F4": "Maybe"}, CodeChoice, "F4"},
		"half a group":   {map[string]string{"F6": TwinKeep, "F7": TwinSame}, CodeMistake, "F6"},
		"two are kept":   {map[string]string{"F4": TwinKeep, "F5": TwinKeep}, CodeMistake, "F5"},
		"nobody is kept": {map[string]string{"F4": TwinSame, "F5": TwinSame}, CodeMistake, "F4"},
		"a line twice":   {map[string]string{"A5": "7:1", "F4": TwinKeep, "F5": TwinSame}, CodeRow, "F5"},
		"a strange line": {map[string]string{"A5": "1:1", "F5": TwinSame}, CodeRow, "F5"},
	} {
		r := filledTwins(t, func(f *excelize.File) { set(t, f, c.cells) })
		got, bad := ReadTwins(r, r.Size(), twinBook())
		if len(got) != 0 || len(bad) == 0 || bad[0].Code != c.code || bad[0].Where.Cell != c.cell {
			t.Errorf("%s: %+v, %v", name, got, bad)
		}
	}
}

func TestTwins_ofAnotherProjectOrTimeAreRefused(t *testing.T) {
	r := filledTwins(t, func(f *excelize.File) { set(t, f, map[string]string{"F4": TwinSame, "F5": TwinKeep}) })
	other := twinBook()
	other.ProjectID = "p2"
	if _, bad := ReadTwins(r, r.Size(), other); len(bad) != 1 || bad[0].Code != CodeOtherProject {
		t.Errorf("another project: %v", bad)
	}
	later := twinBook()
	later.State = "s2"
	if _, bad := ReadTwins(r, r.Size(), later); len(bad) != 1 || bad[0].Code != CodeStale {
		t.Errorf("another state: %v", bad)
	}
	junk := strings.NewReader("no workbook")
	if _, bad := ReadTwins(junk, junk.Size(), later); len(bad) != 1 {
		t.Errorf("junk: %v", bad)
	}
}
