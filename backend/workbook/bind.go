package workbook

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"waybill/backend/problem"
)

// write makes a workbook sheet by sheet and packs it, always into the same bytes.
func write(w io.Writer, b Book, fill func(*maker) error) (err error) {
	f := excelize.NewFile()
	defer func() {
		if e := f.Close(); err == nil && e != nil {
			err = notWritten(e)
		}
	}()
	m := &maker{Book: b, f: f, lists: map[string]string{}, names: sheetNames{}}
	if m.st, err = newStyles(f); err != nil {
		return notWritten(err)
	}
	if err := fill(m); err != nil {
		return notWritten(err)
	}
	var raw bytes.Buffer
	if err := f.Write(&raw); err != nil {
		return notWritten(err)
	}
	if err := pack(w, raw.Bytes()); err != nil {
		return notWritten(err)
	}
	return nil
}

func notWritten(err error) error {
	return problem.Wrap(err, CodeWrite, "The workbook could not be written.", "The mapping itself is unchanged.",
		"Check that there is room on the disk and that the file is not open in Excel, then try again.")
}

// sheet is one sheet while it is planned. Everything but the rows is set before the
// first row is streamed: what comes after Flush is lost without an error.
type sheet struct {
	name    string
	title   string
	hint    string
	id      string
	columns []column
	rows    [][]any
	checks  []check
	paints  []paint
	tab     string
	freeze  int // columns that stay when scrolling
}

type column struct {
	head  string
	width float64
	edit  bool
}

// check is a drop-down: a list for a range of cells.
type check struct {
	col, from, to int // column from 0, rows from 1
	list          string
	prompt        string
	// loose: another text may be typed, after a warning.
	loose bool
}

// paint colours the cells of a column where a formula is true; {Head} in it is the cell of
// that column in the same line.
type paint struct {
	head, when string
	look       int
}

const headRow, firstRow = 3, 4

type maker struct {
	Book
	f     *excelize.File
	st    styles
	lists map[string]string // key -> range on the lists sheet
	cols  [][]string        // the lists sheet's columns
	names sheetNames
}

// kind is what a workbook is for, in the words of its refusals.
type kind struct {
	// id stands in the hidden sheet.
	id string
	// is: "workbook of duplicates"; holds: "answers"; again: what is exported again; then: and what next.
	is, holds, again, then string
}

var (
	kindMapping  = kind{"mapping", "mapping workbook of Waybill", "rules", "the workbook", "make the changes in that file"}
	kindTwins    = kind{"twins", "workbook of duplicates", "answers", "the duplicates", "choose in that file"}
	kindHeld     = kind{"held", "workbook of held records", "repairs", "the held records", "choose in that file"}
	kindRules    = kind{"rules", "workbook of rules to rebuild", "states", "the rules", "state what is done in that file"}
	kindProfile  = kind{"profile", "profile", "figures", "the profile", "read that file"}
	kindDocument = kind{"document", "mapping document", "rules", "the document", "read that file"}
)

// bind makes the whole workbook: a cover, the sheets, and hidden ones with the lists of the
// drop-downs and the stamp. more is stamped beside the kind, the layout and the project.
func (m *maker) bind(k kind, cover string, sheets []*sheet, front func() error, more ...[2]string) error {
	if err := m.f.SetSheetName("Sheet1", cover); err != nil {
		return err
	}
	for _, s := range sheets {
		if _, err := m.f.NewSheet(s.name); err != nil {
			return err
		}
	}
	for _, n := range []string{sheetLists, sheetStamp} {
		if _, err := m.f.NewSheet(n); err != nil {
			return err
		}
		if err := m.f.SetSheetVisible(n, false, true); err != nil {
			return err
		}
	}
	m.f.SetActiveSheet(0)
	if err := m.f.SetDocProps(&excelize.DocProperties{ // fixed times: the same book, the same bytes
		Created: "2000-01-01T00:00:00Z", Modified: "2000-01-01T00:00:00Z", Creator: "Waybill", LastModifiedBy: "Waybill",
		Title: fit(m.heading()), Description: "Waybill " + k.is + ", template " + Template,
	}); err != nil {
		return err
	}
	for _, s := range sheets {
		if err := m.prepare(s); err != nil {
			return err
		}
	}
	for _, n := range []string{cover, sheetLists, sheetStamp} {
		if err := m.protect(n); err != nil {
			return err
		}
	}
	if err := m.page(cover, "portrait", 1); err != nil {
		return err
	}
	if err := front(); err != nil {
		return err
	}
	for _, s := range sheets {
		if err := m.stream(s); err != nil {
			return err
		}
	}
	if err := m.listRows(); err != nil {
		return err
	}
	return m.stampSheet(append([][2]string{{"waybill", k.id}, {"template", Template}, {"project", m.ProjectID}, {"name", m.ProjectName}}, more...))
}

func (m *maker) heading() string {
	if m.Title != "" {
		return m.Title
	}
	return "Mapping of " + m.ProjectName
}

// listRange puts a list on the hidden sheet and gives its range.
func (m *maker) listRange(values []string) string {
	if len(values) == 0 {
		return ""
	}
	k := strings.Join(values, "\x00")
	if r, ok := m.lists[k]; ok {
		return r
	}
	m.cols = append(m.cols, values)
	name, err := excelize.ColumnNumberToName(len(m.cols))
	if err != nil { // more lists than Excel has columns: no drop-down
		return ""
	}
	r := fmt.Sprintf("%s!$%s$1:$%s$%d", sheetLists, name, name, len(values))
	m.lists[k] = r
	return r
}

func words[T any](list []T, word func(T) string) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = word(x)
	}
	return out
}
