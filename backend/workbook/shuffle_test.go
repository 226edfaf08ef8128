package workbook_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/workbook"
)

// cellsOf are the texts of a sheet, all rows as wide as the widest.
func cellsOf(t testing.TB, f *excelize.File, sheet string) [][]string {
	t.Helper()
	rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	wide := 0
	for _, r := range rows {
		wide = max(wide, len(r))
	}
	for i := range rows {
		rows[i] = append(rows[i], make([]string, wide-len(rows[i]))...)
	}
	return rows
}

func putCells(t testing.TB, f *excelize.File, sheet string, rows [][]string) {
	t.Helper()
	for r, row := range rows {
		for c, text := range row {
			name, err := excelize.CoordinatesToCellName(c+1, r+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellStr(sheet, name, text); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// shuffle does to a workbook what people do to it, and says what.
func shuffle(rt *rapid.T, t testing.TB, f *excelize.File) (did []string) {
	no := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, sheet := range f.GetSheetList() {
		if sheet == "_waybill" || sheet == "_lists" || sheet == "Start here" {
			continue
		}
		what := rapid.SampledFrom([]string{"nothing", "sort", "sort what is seen", "columns", "rename", "hide", "delete lines", "delete", "insert", "own column", "links"}).Draw(rt, sheet)
		did = append(did, sheet+": "+what)
		switch what {
		case "sort", "sort what is seen":
			rows := cellsOf(t, f, sheet)
			body := rows[3:]
			perm := rapid.Permutation(body).Draw(rt, "order")
			if what == "sort what is seen" && (sheet == "Tickets" || sheet == "Customers") { // the hidden keys stay where they were
				keys := make([]string, len(body))
				for i := range body {
					keys[i] = body[i][0]
				}
				perm = slices.Clone(perm)
				for i := range perm {
					perm[i] = append([]string{keys[i]}, perm[i][1:]...)
				}
			}
			putCells(t, f, sheet, append(slices.Clone(rows[:3]), perm...))
		case "columns":
			rows := cellsOf(t, f, sheet)
			order := make([]int, len(rows[0]))
			for i := range order {
				order[i] = i
			}
			order = rapid.Permutation(order).Draw(rt, "columns")
			out := make([][]string, len(rows))
			for r := range rows {
				for _, c := range order {
					out[r] = append(out[r], rows[r][c])
				}
			}
			putCells(t, f, sheet, out)
		case "rename":
			no(f.SetSheetName(sheet, "Blatt "+sheet[:min(3, len(sheet))]+fmt.Sprint(len(did))))
		case "hide":
			no(f.SetRowVisible(sheet, 5, false))
			no(f.SetColVisible(sheet, "C", false))
		case "delete lines":
			if sheet != "Duplicates" { // a group is decided as a whole
				no(f.RemoveRow(sheet, 4))
			}
		case "delete":
			no(f.DeleteSheet(sheet))
		case "insert":
			no(f.InsertCols(sheet, "B", 2))
			no(f.InsertRows(sheet, 2, 3))
			no(f.InsertRows(sheet, 9, 1))
		case "own column":
			no(f.SetCellStr(sheet, "AZ3", "My sum"))
			no(f.SetCellFormula(sheet, "AZ5", "SUM(1,2)"))
			no(f.SetCellStr(sheet, "AY60", "Total"))
		case "links":
			no(f.SetCellHyperLink(sheet, "B4", "https://example.org", "External"))
			no(f.AddComment(sheet, excelize.Comment{Cell: "B5", Text: "?"}))
		}
	}
	i, err := f.NewSheet("Notizen")
	no(err)
	no(f.SetCellStr("Notizen", "B2", "our own notes"))
	f.SetActiveSheet(i)
	return did
}

// Export, shuffle as people do, import: no change.
func TestShuffled_saysNothing(t *testing.T) {
	raw := write(t, fullBook())
	rapid.Check(t, func(rt *rapid.T) {
		var did []string
		b := edited(t, raw, func(f *excelize.File) { did = shuffle(rt, t, f) })
		b = edited(t, b, func(*excelize.File) {}) // saved again
		got, found := readFull(b)
		if len(found) > 0 {
			rt.Fatalf("%q: %v", did, found)
		}
		if s := said(got); len(s) > 0 || got.Version.Hash() != fullVersion().Hash() {
			rt.Fatalf("%q says %q", did, s)
		}
	})
}

// edit is one change that somebody makes in the workbook, and the one thing that it says.
type edit struct{ sheet, line, column, text, want string }

var edits = []edit{
	{"Tickets", "Subject", "Owner", "Mia", "ticket › subject: owner"},
	{"Tickets", "Status", "Note", "=1+1", "ticket › status: note"},
	{"Tickets", "Created", "If empty", "Hold the record", "ticket › created_at: if empty"},
	{"Tickets", "Description", "How to split", `part 3 by ","`, "ticket › description: rule"},
	{"Tickets", "Tags", "Must be", `at most 9 characters`, "ticket › tags: must be"},
	{"Tickets", "Created", "State", "Reviewed", "ticket › created_at: state"},
	{"Tickets Status", "Offen", "Becomes", "Closed", "ticket › status: value “Offen”"},
	{"Tickets Status", "00123", "Becomes", "(leave empty)", "ticket › status: value “00123”"},
	{"Tickets Status", "12345678901234567890", "Becomes", "New", "ticket › status: value “12345678901234567890”"},
	{"Tickets Priority", "hoch", "Keep the old word", "Yes", "ticket › priority: value “hoch”"},
	{"Customers", "Name", "Meaning", "What we call them", "contact › name: meaning"},
	{"People", "Mia Weber", "What happens", "Leave empty", ""},
	{"People", "Vertrieb", "What happens", "Moves along", "group “g”"},
	{"Cleaning", "Spam", "Your decision", "Agree", "decision"},
	{"Rebuild", "Thanks", "Owner", "Zoe", "rule"},
}

// Any single edit gives just that change, wherever the cell went.
func TestSingleEdit_givesJustThatChange(t *testing.T) {
	raw := write(t, fullBook())
	rapid.Check(t, func(rt *rapid.T) {
		e := rapid.SampledFrom(edits).Draw(rt, "edit")
		b := edited(t, raw, func(f *excelize.File) {
			set(t, f, e.sheet, e.line, e.column, e.text)
			rows := cellsOf(t, f, e.sheet)
			putCells(t, f, e.sheet, append(slices.Clone(rows[:3]), rapid.Permutation(rows[3:]).Draw(rt, "order")...))
			if err := f.SetSheetName(e.sheet, "Blatt 1"); err != nil {
				t.Fatal(err)
			}
		})
		got, found := readFull(b)
		if e.want == "" { // somebody is named, and nobody needed: refused with its cell
			if len(found) != 0 && found[0].Where.Cell == "" {
				rt.Fatal(found)
			}
			return
		}
		if s := said(got); len(found) > 0 || len(s) != 1 || !strings.HasPrefix(s[0], e.want) {
			rt.Fatalf("%+v says %q %v", e, s, found)
		}
	})
}

// Three-way merges never lose an edit: what either side changed is in the result, or asked.
func TestMerge_neverLosesAnEdit(t *testing.T) {
	base := fullVersion()
	raw := write(t, fullBook())
	of := func(c mapping.Change) string {
		return fmt.Sprint(c.Object, "|", c.Branch, "|", c.Field, "|", c.Part, "|", c.Value)
	}
	rapid.Check(t, func(rt *rapid.T) {
		some := rapid.SliceOfDistinct(rapid.IntRange(0, 10), func(i int) int { return i }).Draw(rt, "theirs")
		got, found := readFull(edited(t, raw, func(f *excelize.File) {
			for _, i := range some {
				set(t, f, edits[i].sheet, edits[i].line, edits[i].column, edits[i].text)
			}
		}))
		if len(found) > 0 {
			rt.Fatal(found)
		}
		theirs := got.Version
		mine := fullVersion()
		for i := range mine.Objects {
			for k := range mine.Objects[i].Fields {
				f := &mine.Objects[i].Fields[k]
				if rapid.Bool().Draw(rt, "mine") {
					f.Owner = rapid.SampledFrom([]string{"Mia", "Otto"}).Draw(rt, "owner")
				}
				if len(f.Values) > 0 && rapid.Bool().Draw(rt, "value") {
					f.Values[0].To, f.Values[0].Decided = "new", true
				}
			}
		}
		merged, _, conflicts := mapping.Merge(base, mine, theirs)
		asked := map[string]bool{}
		for _, c := range conflicts {
			asked[of(c.Change)] = true
		}
		now := map[string]string{}
		for _, c := range mapping.Diff(base, merged) {
			now[of(c)] = c.New
		}
		for _, c := range mapping.Diff(base, theirs) {
			if !asked[of(c)] && now[of(c)] != c.New {
				rt.Fatalf("theirs is lost: %s", c)
			}
		}
		for _, c := range mapping.Diff(base, mine) {
			if now[of(c)] != c.New {
				rt.Fatalf("mine is lost: %s", c)
			}
		}
		all := merged
		for _, c := range conflicts {
			all = c.Take(all)
		}
		for _, c := range mapping.Diff(base, theirs) {
			if !slices.ContainsFunc(mapping.Diff(base, all), func(x mapping.Change) bool { return of(x) == of(c) && x.New == c.New }) {
				rt.Fatalf("taken, and yet lost: %s", c)
			}
		}
	})
}

// P-65: whatever a spreadsheet program makes of an untouched text, it is no change; what it
// computes, merges or has rounded is refused with its cell.
func TestP65_whatProgramsMakeOfTexts(t *testing.T) {
	b := book()
	v := version()
	put := func(target, note, owner string) {
		for i := range v.Objects {
			for k := range v.Objects[i].Fields {
				if f := &v.Objects[i].Fields[k]; v.Objects[i].Target == model.Ticket && f.Target == target {
					f.Note, f.Owner = note, owner
				}
			}
		}
	}
	put("subject", "00123", "12345678901234567890")
	put("description", "2026-11-21", "0.1")
	put("status", "+49 170 1234567", "TRUE")
	put("tags", "21.11.2026", "1e5")
	b.Version = v
	raw := write(t, b)
	number := func(f *excelize.File, line, column string, n any) {
		if err := f.SetCellValue("Tickets", cell(t, f, "Tickets", line, column), n); err != nil {
			t.Fatal(err)
		}
	}
	date := func(f *excelize.File, line, column string, days float64) {
		c := cell(t, f, "Tickets", line, column)
		id, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStyle("Tickets", c, c, id); err != nil {
			t.Fatal(err)
		}
		number(f, line, column, days)
	}
	same := edited(t, raw, func(f *excelize.File) {
		number(f, "Subject", "Note", 123)
		number(f, "Subject", "Owner", 1.2345678901234567e19)
		date(f, "Description", "Note", 46347)
		number(f, "Description", "Owner", 0.1)
		number(f, "Status", "Owner", true)
		date(f, "Tags", "Note", 46347)
		number(f, "Tags", "Owner", 100000)
	})
	if got, found := readFrom(same, v); len(found) > 0 || len(mapping.Diff(v, got)) > 0 {
		t.Errorf("retyped by a program: %v %v", found, mapping.Diff(v, got))
	}
	changed := edited(t, raw, func(f *excelize.File) {
		number(f, "Priority", "Note", 42.5)
		date(f, "Customer", "Note", 46348)
		number(f, "Customer", "Owner", false)
	})
	got, found := readFrom(changed, v)
	if len(found) > 0 {
		t.Fatal(found)
	}
	var now []string
	for _, c := range mapping.Diff(v, got) {
		now = append(now, c.New)
	}
	slices.Sort(now)
	if !slices.Equal(now, []string{"2026-11-22", "42.5", "FALSE"}) {
		t.Errorf("typed as number, date and truth: %q", now)
	}
	for name, do := range map[string]func(f *excelize.File){
		"a number that Excel rounded": func(f *excelize.File) { number(f, "Priority", "Note", 9.8765432109876543e19) },
		"merged cells": func(f *excelize.File) {
			from := cell(t, f, "Tickets", "Subject", "Owner")
			to := cell(t, f, "Tickets", "Status", "Owner")
			if err := f.MergeCell("Tickets", from, to); err != nil {
				t.Fatal(err)
			}
		},
		"a formula": func(f *excelize.File) {
			if err := f.SetCellFormula("Tickets", cell(t, f, "Tickets", "Subject", "Rule"), `"Copy"`); err != nil {
				t.Fatal(err)
			}
		},
	} {
		if _, found := readFrom(edited(t, raw, do), v); len(found) != 1 || found[0].Where.Cell == "" || found[0].Next == "" {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// FuzzMutated changes single parts of a workbook's inside: whatever came, there is no panic, and
// nothing is taken where there is a mistake.
func FuzzMutated(f *testing.F) {
	raw := write(f, fullBook())
	f.Add(uint8(3), uint16(200), []byte("<f>1+1</f>"))
	f.Add(uint8(3), uint16(900), []byte("<c r=\"ZZZ9999999\" t=\"e\"><v>#N/A</v></c>"))
	f.Add(uint8(5), uint16(40), []byte("<!-- "))
	f.Add(uint8(1), uint16(10), []byte("<![CDATA["))
	f.Add(uint8(9), uint16(300), []byte("<mergeCell ref=\"A1:XFD1048576\"/>"))
	f.Add(uint8(12), uint16(0), []byte("\xff\xfe<"))
	f.Fuzz(func(t *testing.T, part uint8, at uint16, put []byte) {
		got, found := readFull(mutate(t, raw, int(part), int(at), put))
		for _, p := range found {
			if p.What == "" || p.Why == "" || p.Next == "" {
				t.Fatalf("an unclear mistake: %+v", p)
			}
		}
		if len(found) > 0 && (got.Version.Hash() != fullVersion().Hash() && len(got.Version.Objects) > 0 || len(got.Decisions)+len(got.Twins)+len(got.Rules) > 0 || got.Review != nil) {
			t.Fatal("something was taken in spite of mistakes")
		}
	})
}

// mutate puts bytes into a part of a workbook at some place, and packs it again.
func mutate(t testing.TB, raw []byte, part, at int, put []byte) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if i == part%len(in.File) {
			at := at % (len(b) + 1)
			b = slices.Concat(b[:at], put, b[at:])
		}
		to, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// FuzzPhrase: settings that are written as a phrase are understood again as they are printed.
func FuzzPhrase(f *testing.F) {
	for _, s := range []string{`part 2 by ";"`, `last part and the rest by pattern "[0-9]+"`, `characters 1 to 5`, `table "a""b" by "c" take "d"`, `linked "x" take "y"`, `one of "a", "b"; at most 5 characters`, `says "`, `in "tags" behind "x"`, "part 99999999999999999999 by"} {
		f.Add(s)
	}
	raw := write(f, fullBook())
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1000 || strings.ContainsRune(s, '_') { // _x0041_ is an escape of Excel's own
			return
		}
		for _, column := range []string{"How to split", "Look up", "Must be", "Keep the old word"} {
			got, found := readFull(edited(t, raw, func(f *excelize.File) { set(t, f, "Tickets", "Description", column, s) }))
			if len(found) > 0 {
				continue
			}
			b := fullBook()
			b.Version = got.Version
			w := wants(b.Version)
			again := write(t, b)
			if r, found := workbook.Read(bytes.NewReader(again), int64(len(again)), w); len(found) > 0 || len(mapping.Diff(b.Version, r.Version)) > 0 {
				t.Fatalf("%s %q: %v", column, s, found)
			}
		}
	})
}
