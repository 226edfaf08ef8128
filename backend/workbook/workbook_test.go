package workbook_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/workbook"
)

func options(values ...string) []model.Choice {
	out := make([]model.Choice, len(values))
	for i, v := range values {
		out[i] = model.Choice{Value: v, Title: strings.ToUpper(v[:1]) + v[1:]}
	}
	return out
}

var (
	source = model.Schema{Objects: []model.ObjectSchema{
		{Object: model.Contact, Title: "Kunden", Fields: []model.Field{
			{Name: "Kunden-ID", Type: model.Text},
			{Name: "Vorname", Type: model.Text},
			{Name: "Nachname", Type: model.Text},
			{Name: "E-Mail", Type: model.Email},
			{Name: "=cmd|' /C calc'!A0", Type: model.Text},
		}},
		{Object: model.Ticket, Title: "Vorgänge", Fields: []model.Field{
			{Name: "Nr", Type: model.Text},
			{Name: "Betreff", Type: model.Text},
			{Name: "Beschreibung", Type: model.LongText},
			{Name: "Status", Type: model.Option},
			{Name: "Prio", Type: model.Option},
			{Name: "Kunde", Type: model.LinkType, To: []model.Object{model.Contact}},
			{Name: "Erstellt am", Type: model.DateTime, Format: "DD.MM.YYYY HH:mm"},
			{Name: "Kostenstelle", Type: model.Text},
		}},
		{Object: "widget", Title: "Widgets", Fields: []model.Field{{Name: "id", Type: model.Text}}},
	}}
	target = model.Schema{Objects: []model.ObjectSchema{
		{Object: model.Contact, Title: "Customers", Name: "name", Fields: []model.Field{
			{Name: "name", Title: "Name", Type: model.Text, Required: true},
			{Name: "email", Title: "E-mail", Type: model.Email},
			{Name: "active", Title: "Active", Type: model.Bool, Default: "true"},
		}},
		{Object: model.Ticket, Title: "Tickets", Name: "subject", Fields: []model.Field{
			{Name: "subject", Title: "Subject", Type: model.Text, Required: true, MaxLength: 255, Help: "What the ticket is about."},
			{Name: "description", Title: "Description", Type: model.LongText},
			{Name: "status", Title: "Status", Type: model.Option, Default: "new", Options: options("new", "open", "pending", "solved", "closed")},
			{Name: "priority", Title: "Priority", Type: model.Option, Default: "normal", Options: options("low", "normal", "high", "urgent")},
			{Name: "requester", Title: "Customer", Type: model.LinkType, Required: true, To: []model.Object{model.Contact}},
			{Name: "tags", Title: "Tags", Type: model.Tags},
			{Name: "created_at", Title: "Created", Type: model.DateTime},
		}},
	}}
	identity = workbook.Identity{ProjectID: "p-1", ProjectName: "Halden move"}
)

func stats() mapping.Stats {
	return mapping.Stats{model.Ticket: {
		"Status": {Rows: 100, Filled: 100, Complete: true, Top: []mapping.ValueCount{
			{Value: "Offen", Count: 50},
			{Value: "offne", Count: 2},
			{Value: "Gelöst", Count: 40},
			{Value: "=1+1", Count: 3},
			{Value: "storniert", Count: 4},
			{Value: "00123", Count: 1},
			{Value: "+49 170 1234567", Count: 1},
			{Value: "12345678901234567890", Count: 1},
			{Value: " führend\tTab\r\nZeile ", Count: 1},
			{Value: "مرحبا 👍", Count: 1},
			{Value: "bell\a and _x0041_", Count: 1},
		}},
		"Prio":         {Rows: 100, Filled: 90, Complete: true, Top: []mapping.ValueCount{{Value: "3 - Mittel", Count: 60}, {Value: "hoch", Count: 30}}},
		"Kostenstelle": {Rows: 100, Filled: 7, Top: []mapping.ValueCount{{Value: "K-1", Count: 7}}},
	}}
}

func version() mapping.Version {
	v := mapping.Suggest(source, target, stats())
	v.Number = 3
	return v
}

func book() workbook.Book {
	return workbook.Book{
		ProjectID: identity.ProjectID, ProjectName: identity.ProjectName, Version: version(), Src: source, Dst: target, Stats: stats(),
		Made: "21 November 2026, Mia Weber",
		Examples: map[model.Object]map[string]workbook.Example{
			model.Ticket: {"status": {Before: "Offen", After: "open"}, "subject": {Before: "=HYPERLINK(\"http://x\")", After: "=HYPERLINK(\"http://x\")"}},
		},
	}
}

func write(t testing.TB, b workbook.Book) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := workbook.Write(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// edited opens the bytes as Excel would, changes something and saves.
func edited(t testing.TB, raw []byte, change func(f *excelize.File)) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	change(f)
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func read(raw []byte) (mapping.Version, []*problem.Problem) { return readFrom(raw, version()) }

// readFrom reads what came back, compared with what was sent.
func readFrom(raw []byte, base mapping.Version) (mapping.Version, []*problem.Problem) {
	got, found := readAll(raw, base)
	if len(found) > 0 {
		return base, found
	}
	return got.Version, nil
}

func readAll(raw []byte, base mapping.Version) (workbook.Returned, []*problem.Problem) {
	return workbook.Read(bytes.NewReader(raw), int64(len(raw)), wants(base))
}

func wants(base mapping.Version) workbook.Want {
	return workbook.Want{
		Identity: identity, Src: source, Dst: target,
		Base: func(s workbook.Stamp) (mapping.Version, bool) { return base, s.Hash == base.Hash() },
	}
}

// cell finds a cell by its sheet, its line (target field or source value) and its column.
func cell(t testing.TB, f *excelize.File, sheet, line, column string) string {
	t.Helper()
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	col := -1
	for r, row := range rows {
		if col < 0 {
			col = slices.Index(row, column)
			continue
		}
		if slices.Contains(row[:min(2, len(row))], line) || len(row) > 2 && row[2] == line {
			name, err := excelize.CoordinatesToCellName(col+1, r+1)
			if err != nil {
				t.Fatal(err)
			}
			return name
		}
	}
	t.Fatalf("no cell %q, %q in %s", line, column, sheet)
	return ""
}

func set(t testing.TB, f *excelize.File, sheet, line, column, value string) {
	t.Helper()
	if err := f.SetCellStr(sheet, cell(t, f, sheet, line, column), value); err != nil {
		t.Fatal(err)
	}
}

func TestSameBookSameBytes(t *testing.T) {
	a := write(t, book())
	for range 5 {
		if !bytes.Equal(a, write(t, book())) {
			t.Fatal("the same book gave other bytes")
		}
	}
	z, err := zip.NewReader(bytes.NewReader(a), int64(len(a)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if f.Modified.Year() != 1980 {
			t.Errorf("%s has the time %v", f.Name, f.Modified)
		}
	}
	if dir := os.Getenv("WAYBILL_KEEP"); dir != "" { // to look at it in Excel
		if err := os.WriteFile(dir+"/mapping.xlsx", a, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNoChange(t *testing.T) {
	raw := write(t, book())
	for name, b := range map[string][]byte{
		"as written":    raw,
		"saved again":   edited(t, raw, func(*excelize.File) {}),
		"sheet renamed": edited(t, raw, func(f *excelize.File) { _ = f.SetSheetName("Tickets", "Unsere Tickets") }),
		"column inserted": edited(t, raw, func(f *excelize.File) {
			if err := f.InsertCols("Tickets", "C", 2); err != nil {
				t.Fatal(err)
			}
		}),
		"line inserted": edited(t, raw, func(f *excelize.File) {
			if err := f.InsertRows("Tickets", 3, 2); err != nil {
				t.Fatal(err)
			}
		}),
		"sheet moved": edited(t, raw, func(f *excelize.File) { _ = f.MoveSheet("Tickets", "Start here") }),
		"own sheet": edited(t, raw, func(f *excelize.File) {
			_, _ = f.NewSheet("Meine Notizen")
			_ = f.SetCellStr("Meine Notizen", "A1", "x")
		}),
		"lines turned":     edited(t, raw, func(f *excelize.File) { turn(t, f, "Tickets"); turn(t, f, "Tickets Status") }),
		"comment in Excel": edited(t, raw, func(f *excelize.File) { _ = f.AddComment("Tickets", excelize.Comment{Cell: "E5", Text: "?"}) }),
	} {
		got, found := read(b)
		if len(found) > 0 {
			t.Errorf("%s: %v", name, found)
			continue
		}
		if d := mapping.Diff(version(), got); len(d) > 0 {
			t.Errorf("%s: %v", name, d)
		}
		if got.Hash() != version().Hash() {
			t.Errorf("%s: another hash", name)
		}
	}
}

// turn puts the lines of a sheet into the opposite order, as a person's sorting might.
func turn(t testing.TB, f *excelize.File, sheet string) {
	t.Helper()
	rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	wide := 0
	for _, r := range rows {
		wide = max(wide, len(r))
	}
	for i := 3; i < len(rows); i++ {
		from := rows[len(rows)-1-(i-3)]
		for c := range wide {
			name, err := excelize.CoordinatesToCellName(c+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			v := ""
			if c < len(from) {
				v = from[c]
			}
			if err := f.SetCellStr(sheet, name, v); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestOneEdit(t *testing.T) {
	raw := write(t, book())
	for _, tt := range []struct {
		sheet, line, column, value string
		want                       string
	}{
		{"Tickets", "Subject", "Rule", "Fixed value", ""},
		{"Tickets", "Subject", "Owner", "Mia", "ticket › subject: owner is now “Mia” (was not stated)."},
		{"Tickets", "Subject", "Note", "=SUM(A1)", "ticket › subject: note is now “=SUM(A1)” (was not stated)."},
		{"Tickets", "Subject", "State", "reviewed", "ticket › subject: state was “proposed”, is now “reviewed”."},
		{"Tickets", "Subject", "Source field", "beschreibung", "ticket › subject: rule was Copied from [Betreff], is now Copied from [Beschreibung]."},
		{"Tickets", "Subject", "If empty", "use another value", ""},
		{"Tickets", "Description", "If empty", "Hold the record", "ticket › description: if empty was leave empty, is now hold the record."},
		{"Tickets", "Description", "Rule", "Leave out", "ticket › description: rule was Copied from [Beschreibung], is now Left out."},
		{"Tickets Status", "storniert", "Becomes", "Closed", "ticket › status: value “storniert” was perhaps “closed”, not decided, is now “closed”."},
		{"Tickets Status", "storniert", "Becomes", "closed", "ticket › status: value “storniert” was perhaps “closed”, not decided, is now “closed”."},
		{"Tickets Status", "Offen", "Becomes", "(Leave empty)", "ticket › status: value “Offen” was “open”, is now left empty."},
		{"Tickets Status", "Offen", "Becomes", "", "ticket › status: value “Offen” was “open”, is now not decided."},
		{"Tickets Priority", "hoch", "Becomes", "Urgent", "ticket › priority: value “hoch” was “high”, is now “urgent”."},
		{"Customers", "Active", "Meaning", "May still write", "contact › active: meaning is now “May still write” (was not stated)."},
	} {
		t.Run(tt.line+" "+tt.column+" "+tt.value, func(t *testing.T) {
			got, found := read(edited(t, raw, func(f *excelize.File) { set(t, f, tt.sheet, tt.line, tt.column, tt.value) }))
			if tt.want == "" { // the change breaks the rule, and is refused with its cell
				if len(found) != 1 || found[0].Where.Cell == "" || found[0].Where.Sheet != tt.sheet {
					t.Fatalf("got %v", found)
				}
				return
			}
			if len(found) > 0 {
				t.Fatal(found)
			}
			d := mapping.Diff(version(), got)
			if len(d) != 1 || d[0].String() != tt.want {
				t.Errorf("got %v\nwant %s", d, tt.want)
			}
		})
	}
}

func TestNewRows(t *testing.T) {
	v := version()
	i := slices.IndexFunc(v.Objects, func(m mapping.ObjectMap) bool { return m.Source == model.Ticket })
	v.Objects[i].Fields = slices.DeleteFunc(v.Objects[i].Fields, func(f mapping.FieldMap) bool { return f.Target == "tags" })
	b := book()
	b.Version = v
	raw := edited(t, write(t, b), func(f *excelize.File) {
		for c, s := range map[string]string{"B20": "Tags", "E20": "Copy", "F20": "Kostenstelle"} {
			if err := f.SetCellStr("Tickets", c, s); err != nil {
				t.Fatal(err)
			}
		}
		for c, s := range map[string]string{"B40": "wieder offen", "E40": "Open"} {
			if err := f.SetCellStr("Tickets Status", c, s); err != nil {
				t.Fatal(err)
			}
		}
	})
	got, found := readFrom(raw, v)
	if len(found) > 0 {
		t.Fatal(found)
	}
	var said []string
	for _, c := range mapping.Diff(v, got) {
		said = append(said, c.String())
	}
	want := []string{
		"ticket › status: value “wieder offen” is now “open” (was not stated).",
		"ticket › tags: rule is now Copied from [Kostenstelle] (was not stated).",
	}
	if !slices.Equal(said, want) {
		t.Errorf("got %q, want %q", said, want)
	}
}

func TestMistakes(t *testing.T) {
	raw := write(t, book())
	str := func(f *excelize.File, sheet, c, v string) {
		if err := f.SetCellStr(sheet, c, v); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name   string
		change func(f *excelize.File)
		code   problem.Code
		sheet  string
		cell   bool
		says   string
	}{
		{"unknown rule", func(f *excelize.File) { set(t, f, "Tickets", "Subject", "Rule", "Coppy") }, workbook.CodeChoice, "Tickets", true, "“Copy”"},
		{"unknown source", func(f *excelize.File) { set(t, f, "Tickets", "Subject", "Source field", "Betref") }, workbook.CodeChoice, "Tickets", true, "“Betreff”"},
		{"unknown option", func(f *excelize.File) { set(t, f, "Tickets Status", "Offen", "Becomes", "Opne") }, workbook.CodeChoice, "Tickets Status", true, "“Open”"},
		{"unknown otherwise", func(f *excelize.File) { set(t, f, "Tickets", "Subject", "If empty", "hold record") }, workbook.CodeChoice, "Tickets", true, "“Hold the record”"},
		{"formula with a mistake", func(f *excelize.File) {
			set(t, f, "Tickets", "Subject", "Rule", "Formula")
			set(t, f, "Tickets", "Subject", "Formula", "TRIM([Betreff]")
		}, workbook.CodeMistake, "Tickets", true, "TRIM"},
		{"formula with a wrong field", func(f *excelize.File) {
			set(t, f, "Tickets", "Subject", "Rule", "Formula")
			set(t, f, "Tickets", "Subject", "Formula", "TRIM([Betref])")
		}, workbook.CodeMistake, "Tickets", true, "[Betreff]"},
		{"required left out", func(f *excelize.File) { set(t, f, "Tickets", "Subject", "Rule", "Leave out") }, workbook.CodeMistake, "Tickets", true, "requires"},
		{"wrong fixed choice", func(f *excelize.File) {
			set(t, f, "Tickets", "Status", "Rule", "Fixed value")
			set(t, f, "Tickets", "Status", "Fixed value", "geschlossen?")
		}, workbook.CodeChoice, "Tickets", true, "“Closed”"},
		{"Excel's own formula", func(f *excelize.File) {
			if err := f.SetCellFormula("Tickets", cell(t, f, "Tickets", "Subject", "Note"), "1+1"); err != nil {
				t.Fatal(err)
			}
		}, workbook.CodeFormulaCell, "Tickets", true, "formula of Excel"},
		{"line copied", func(f *excelize.File) {
			if err := f.DuplicateRow("Tickets Status", 5); err != nil {
				t.Fatal(err)
			}
		}, workbook.CodeRow, "Tickets Status", true, "line 5"},
		{"sheet copied", func(f *excelize.File) {
			i, err := f.NewSheet("Tickets (2)")
			if err != nil {
				t.Fatal(err)
			}
			j, err := f.GetSheetIndex("Tickets")
			if err != nil {
				t.Fatal(err)
			}
			if err := f.CopySheet(j, i); err != nil {
				t.Fatal(err)
			}
		}, workbook.CodeSheet, "Tickets (2)", false, "copy"},
		{"head overwritten", func(f *excelize.File) { str(f, "Tickets", "E3", "Regel") }, workbook.CodeColumn, "Tickets", true, "“Rule”"},
		{"field unknown", func(f *excelize.File) { str(f, "Tickets", "B30", "Descripton") }, workbook.CodeRow, "Tickets", true, "“Description”"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := edited(t, raw, tt.change)
			got, found := read(b)
			if len(found) == 0 {
				t.Fatalf("accepted: %v", mapping.Diff(version(), got))
			}
			if got.Hash() != version().Hash() {
				t.Error("half of it was applied")
			}
			p := found[0]
			if p.Code != tt.code || p.Where.Sheet != tt.sheet || (p.Where.Cell != "") != tt.cell || !strings.Contains(p.What+p.Next, tt.says) || p.Why == "" || p.Next == "" {
				t.Errorf("got %s at %+v: %v", p.Code, p.Where, p)
			}
			var out bytes.Buffer
			if err := workbook.Annotate(bytes.NewReader(b), int64(len(b)), &out, found); err != nil {
				t.Fatal(err)
			}
			f, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			sheet := p.Where.Sheet
			if i, err := f.GetSheetIndex(sheet); err != nil || i < 0 {
				sheet = "Start here"
			}
			notes, err := f.GetComments(sheet)
			if err != nil || len(notes) == 0 || !strings.Contains(notes[0].Text, p.What) {
				t.Errorf("the note is missing: %+v, %v", notes, err)
			}
			if tt.cell && notes[0].Cell != p.Where.Cell {
				t.Errorf("the note is at %s, not at %s", notes[0].Cell, p.Where.Cell)
			}
			// The annotated copy, with its mistakes corrected or not, is still ours.
			if _, again := read(out.Bytes()); len(again) != len(found) {
				t.Errorf("the annotated copy has %d mistakes, not %d: %v", len(again), len(found), again)
			}
		})
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	_, found := read(edited(t, write(t, book()), func(f *excelize.File) {
		set(t, f, "Tickets", "Subject", "Rule", "Coppy")
		set(t, f, "Tickets", "Description", "Source field", "Nix")
		set(t, f, "Tickets Status", "Offen", "Becomes", "Opne")
		set(t, f, "Customers", "Name", "State", "ok")
	}))
	if len(found) != 4 {
		t.Errorf("got %v", found)
	}
}

// TestRandomEdits: any one edit of a text gives just that change.
func TestRandomEdits(t *testing.T) {
	raw := write(t, book())
	columns := []string{"Meaning", "Owner", "Note"}
	// "_x0041_" is not among the texts: Excel writes it with an escape that the library's
	// own SetCellStr leaves out. That it survives our writing is TestRandomVersions' part.
	lines := []string{"Subject", "Description", "Status", "Priority", "Customer", "Tags", "Created"}
	rapid.Check(t, func(rt *rapid.T) {
		column, line := rapid.SampledFrom(columns).Draw(rt, "column"), rapid.SampledFrom(lines).Draw(rt, "line")
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"=1+1", "+49 170", "@x", "-1", "007", "12345678901234567890", "\t=x", "a\nb", "'quoted", "TRUE", "1e5"})).Draw(rt, "text")
		got, found := read(edited(t, raw, func(f *excelize.File) { set(t, f, "Tickets", line, column, text) }))
		if len(found) > 0 {
			rt.Fatal(found)
		}
		d := mapping.Diff(version(), got)
		if len(d) > 1 {
			rt.Fatalf("one edit gave %v", d)
		}
		if len(d) == 1 && (d[0].Object != model.Ticket || !strings.EqualFold(string(d[0].Part), column)) {
			rt.Fatalf("got %v", d)
		}
		plain := strings.TrimSpace(text) != "" && !strings.ContainsFunc(text, func(r rune) bool { return r < 32 || r == 0xFFFD || r == 0xFFFE || r == 0xFFFF })
		if plain && column == "Owner" && (len(d) != 1 || d[0].New != strings.TrimSpace(text)) {
			rt.Fatalf("%q became %v", text, d)
		}
	})
}

// TestRandomVersions: whatever a version holds, writing and reading changes nothing.
func TestRandomVersions(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "=1+1", " x ", "a\r\nb", "\x00", "_x0041_", "'", "Yes", "(leave empty)", strings.Repeat("ä", 33000)}))
	otherwise := rapid.SampledFrom([]model.Otherwise{"", model.OtherwiseHold, model.OtherwiseUse, model.OtherwiseLeave})
	rapid.Check(t, func(rt *rapid.T) {
		v := version()
		for i := range v.Objects {
			for j := range v.Objects[i].Fields {
				f := &v.Objects[i].Fields[j]
				if !rapid.Bool().Draw(rt, "change") {
					continue
				}
				f.Rule = rapid.SampledFrom([]mapping.RuleKind{mapping.Copy, mapping.Values, mapping.Fixed, mapping.Join, mapping.Formula, mapping.LeaveOut, "", "odd"}).Draw(rt, "rule")
				f.Sources = rapid.SliceOfN(rapid.SampledFrom([]string{"Betreff", "Status", "=cmd|' /C calc'!A0", "gone"}), 0, 4).Draw(rt, "sources")
				f.Separator, f.Fixed, f.Formula = text.Draw(rt, "separator"), text.Draw(rt, "fixed"), text.Draw(rt, "formula")
				f.IfEmpty, f.IfUnknown = otherwise.Draw(rt, "empty"), otherwise.Draw(rt, "unknown")
				f.EmptyValue, f.UnknownValue, f.Note = text.Draw(rt, "e"), text.Draw(rt, "u"), text.Draw(rt, "note")
				seen := map[string]bool{}
				f.Values = nil
				for range rapid.IntRange(0, 5).Draw(rt, "values") {
					p := mapping.ValuePair{From: text.Draw(rt, "from"), To: text.Draw(rt, "to"), Decided: rapid.Bool().Draw(rt, "decided"), Count: int64(rapid.IntRange(0, 9).Draw(rt, "count"))}
					if !seen[p.From] {
						seen[p.From] = true
						f.Values = append(f.Values, p)
					}
				}
			}
		}
		b := book()
		b.Version = v
		raw := write(t, b)
		got, found := readFrom(raw, v)
		if len(found) > 0 {
			rt.Fatal(found)
		}
		if d := mapping.Diff(v, got); len(d) > 0 {
			rt.Fatalf("changed: %v", d)
		}
	})
}

func TestDropDownsAndLocks(t *testing.T) {
	raw := write(t, book())
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	want := map[string]int{"Tickets": 12, "Customers": 9, "Review": 1, "Tickets Status": 1, "Tickets Priority": 1, "Not used": 0}
	for sheet, n := range want {
		dv, err := f.GetDataValidations(sheet)
		if err != nil {
			t.Fatal(err)
		}
		if len(dv) != n {
			t.Errorf("%s has %d drop-downs, want %d", sheet, len(dv), n)
		}
		p, err := f.GetSheetProtection(sheet)
		if err != nil || !p.AutoFilter || p.FormatCells {
			t.Errorf("%s is not locked as meant: %+v, %v", sheet, p, err)
		}
	}
	for _, s := range []string{"_waybill", "_lists"} {
		if on, err := f.GetSheetVisible(s); err != nil || on {
			t.Errorf("%s can be seen", s)
		}
	}
	for _, c := range []struct {
		cell string
		open bool
	}{{cell(t, f, "Tickets", "Subject", "Rule"), true}, {cell(t, f, "Tickets", "Subject", "Required"), false}} {
		id, err := f.GetCellStyle("Tickets", c.cell)
		if err != nil {
			t.Fatal(err)
		}
		s, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		if s.NumFmt != 49 || (s.Protection != nil && !s.Protection.Locked) != c.open {
			t.Errorf("%s: format %d, protection %+v", c.cell, s.NumFmt, s.Protection)
		}
	}
	// No cell is a formula or a number, but for the counts.
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for r, row := range rows {
			for c := range row {
				name, err := excelize.CoordinatesToCellName(c+1, r+1)
				if err != nil {
					t.Fatal(err)
				}
				if formula, err := f.GetCellFormula(sheet, name); err != nil || formula != "" {
					t.Errorf("%s!%s holds the formula %q, %v", sheet, name, formula, err)
				}
			}
		}
	}
}

func TestRefused(t *testing.T) {
	good := write(t, book())
	repack := func(change func(name string, body []byte) (string, []byte), extra map[string]string) []byte {
		z, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		w.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) { return flate.NewWriter(to, flate.BestSpeed) })
		add := func(name string, body []byte) {
			to, err := w.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := to.Write(body); err != nil {
				t.Fatal(err)
			}
		}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			name := f.Name
			if change != nil {
				name, body = change(name, body)
			}
			add(name, body)
		}
		for name, body := range extra {
			add(name, []byte(body))
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	ole := append([]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}, make([]byte, 600)...)
	secret := slices.Clone(ole)
	for i, c := range "EncryptedPackage" {
		secret[100+2*i] = byte(c)
	}
	other, plain := book(), excelize.NewFile()
	other.ProjectID, other.ProjectName = "p-2", "Another move"
	var foreign bytes.Buffer
	if err := plain.Write(&foreign); err != nil {
		t.Fatal(err)
	}
	newer := book()
	newer.Version.Objects = newer.Version.Objects[:1]
	bomb := repack(nil, map[string]string{"xl/media/a.bin": strings.Repeat("0", 130<<20)})
	if len(bomb) > 4<<20 {
		t.Fatalf("the bomb is not one: %d bytes", len(bomb))
	}
	many := map[string]string{}
	for i := range 1100 {
		many[fmt.Sprintf("xl/x%d.xml", i)] = ""
	}
	stamped := func(old, now string) []byte {
		return edited(t, good, func(f *excelize.File) {
			rows, err := f.GetRows("_waybill")
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range rows {
				if len(r) > 1 && r[0] == old {
					if err := f.SetCellStr("_waybill", fmt.Sprintf("B%d", i+1), now); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
	for _, tt := range []struct {
		name string
		raw  []byte
		code problem.Code
	}{
		{"empty", nil, workbook.CodeNotExcel},
		{"text", []byte("Subject;Status\n"), workbook.CodeNotExcel},
		{"three bytes", []byte("PK\x03"), workbook.CodeNotExcel},
		{"another ZIP", repack(func(n string, b []byte) (string, []byte) { return "z/" + n, b }, nil), workbook.CodeNotExcel},
		{"truncated", good[:len(good)*2/3], workbook.CodeTruncated},
		{"encrypted", secret, workbook.CodeEncrypted},
		{"old format", ole, workbook.CodeOldFormat},
		{"macros", repack(nil, map[string]string{"xl/vbaProject.bin": "x"}), workbook.CodeMacros},
		{"external links", repack(nil, map[string]string{"xl/externalLinks/externalLink1.xml": "<x/>"}), workbook.CodeExternal},
		{"ZIP bomb", bomb, workbook.CodeTooLarge},
		{"too many parts", repack(nil, many), workbook.CodeTooLarge},
		{"a path that climbs", repack(nil, map[string]string{"../evil.xml": "<x/>"}), workbook.CodeDamaged},
		{"broken XML", repack(func(n string, b []byte) (string, []byte) {
			if strings.HasPrefix(n, "xl/worksheets/sheet2") {
				return n, []byte(`<worksheet><sheetData><row r="1"><c r="A1`)
			}
			return n, b
		}, nil), workbook.CodeDamaged},
		{"another workbook", foreign.Bytes(), workbook.CodeNotOurs},
		{"another project", write(t, other), workbook.CodeOtherProject},
		{"another template", stamped("template", "99"), workbook.CodeTemplate},
		{"another version", write(t, newer), workbook.CodeOtherVersion},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, found := read(tt.raw)
			if len(found) != 1 || found[0].Code != tt.code {
				t.Fatalf("got %v, want %s", found, tt.code)
			}
			p := found[0]
			if p.What == "" || p.Why == "" || p.Next == "" || got.Hash() != version().Hash() {
				t.Errorf("incomplete, or something was taken: %+v", p)
			}
		})
	}
}

func TestInspect(t *testing.T) {
	raw := write(t, book())
	s, err := workbook.Inspect(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	want := workbook.Stamp{ProjectID: "p-1", ProjectName: "Halden move", Version: 3, Hash: version().Hash(), Template: workbook.Template}
	if s != want {
		t.Errorf("got %+v, want %+v", s, want)
	}
	if _, err = workbook.Inspect(bytes.NewReader(nil), 0); !problem.Is(err, workbook.CodeNotExcel) {
		t.Errorf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	good := write(f, book())
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, found := read(raw)
		if len(found) > 0 && got.Hash() != version().Hash() {
			t.Fatal("something was taken in spite of mistakes")
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	for b.Loop() {
		if err := workbook.Write(io.Discard, book()); err != nil {
			b.Fatal(err)
		}
	}
}

// TestMain lowers the number of random cases: each one writes and reads a whole workbook.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "10"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
