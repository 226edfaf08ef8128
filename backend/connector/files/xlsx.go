package files

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// openWorkbook opens a workbook without holding its sheets. What lies in a ZIP
// or is compressed is unpacked into a temporary file first.
func openWorkbook(ctx context.Context, c content, whole bool) (*excelize.File, func(), error) {
	path, remove := c.file, func() {}
	if !c.plain() {
		var err error
		if path, remove, err = c.spill(ctx, maxWorkbook); err != nil {
			return nil, nil, err
		}
	}
	err := checkWorkbook(path, c)
	if err == nil && whole {
		err = checkSheets(path, c)
	}
	if err != nil {
		remove()
		return nil, nil, err
	}
	f, err := excelize.OpenFile(path, excelize.Options{UnzipSizeLimit: maxWorkbookOpen, UnzipXMLSizeLimit: 16 << 20})
	if err != nil {
		remove()
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, nil, truncated(err, c.file, c.name)
		}
		return nil, nil, damaged(err, c.file, c.name, "an Excel workbook")
	}
	return f, func() {
		_ = f.Close() // closes and deletes the library's own temporary files
		remove()
	}, nil
}

// checkWorkbook refuses workbooks that would unpack to far too much.
func checkWorkbook(path string, c content) error {
	f, err := os.Open(path)
	if err != nil {
		return cannotOpen(err, c.file, c.name)
	}
	defer func() { _ = f.Close() }() // only read from
	fi, err := f.Stat()
	if err != nil {
		return cannotOpen(err, c.file, c.name)
	}
	zr, err := zip.NewReader(f, fi.Size())
	if err != nil {
		return truncated(err, c.file, c.name)
	}
	var total uint64
	for _, e := range zr.File {
		total += e.UncompressedSize64
		if total > uint64(maxWorkbookOpen) || len(zr.File) > maxEntries || isBomb(e) {
			return zipBomb(c.file, c.name)
		}
		if e.Flags&1 != 0 {
			return encryptedEntry(c.file, c.name)
		}
	}
	return nil
}

// checkSheets makes sure that every sheet is written to its end. The reader of
// rows stops without a word where a sheet breaks off.
func checkSheets(path string, c content) error {
	zr, err := zip.OpenReader(path)
	if err != nil {
		return truncated(err, c.file, c.name)
	}
	defer func() { _ = zr.Close() }() // only read from
	for _, e := range zr.File {
		if !strings.HasPrefix(e.Name, "xl/worksheets/") || !strings.HasSuffix(e.Name, ".xml") {
			continue
		}
		r, err := e.Open()
		if err != nil {
			return damaged(err, c.file, c.name, "an Excel workbook")
		}
		t := tail{}
		_, err = io.Copy(&t, r)
		if err = errors.Join(err, r.Close()); err != nil {
			return truncated(err, c.file, c.name)
		}
		if !strings.HasSuffix(strings.TrimSpace(string(t.last)), "worksheet>") {
			return truncated(nil, c.file, c.name)
		}
	}
	return nil
}

// tail keeps the last bytes written to it.
type tail struct{ last []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.last = append(t.last, p[max(0, len(p)-256):]...)
	t.last = t.last[max(0, len(t.last)-256):]
	return len(p), nil
}

func isBomb(e *zip.File) bool {
	return e.UncompressedSize64 > uint64(ratioFrom) && e.UncompressedSize64/max(e.CompressedSize64, 1) > uint64(maxRatio)
}

// xlsxRows reads a sheet. Cells are read as stored and as shown, side by side:
// dates need to be recognised by how they are shown, numbers must not lose digits.
type xlsxRows struct {
	table   *Table
	ctx     context.Context
	close   func()
	stored  *excelize.Rows
	shown   *excelize.Rows // nil when no cell is shown differently than stored
	columns []string
	base    bool // days count from 1904
	number  int64
	blank   int64
}

func openXLSX(ctx context.Context, t *Table, at position) (rows, error) {
	f, done, err := openWorkbook(ctx, t.content(), false)
	if err != nil {
		return nil, err
	}
	r, err := sheetRows(ctx, f, done, t)
	if err != nil {
		return nil, err
	}
	for _, c := range t.Columns {
		r.columns = append(r.columns, c.Name)
	}
	for r.number < int64(t.HeaderRow) {
		if _, ok, err := r.next(); err != nil {
			return nil, errors.Join(err, r.Close())
		} else if !ok {
			break
		}
	}
	if err := skipRows(r, at.Row); err != nil {
		return nil, errors.Join(pastEnd(err, t), r.Close())
	}
	return r, nil
}

func sheetRows(ctx context.Context, f *excelize.File, done func(), t *Table) (*xlsxRows, error) {
	r := &xlsxRows{table: t, ctx: ctx, close: done}
	var err error
	if r.stored, err = f.Rows(t.Part); err != nil {
		done()
		return nil, damaged(err, t.File, t.Name, "a sheet of a workbook")
	}
	if hasFormats(f) {
		if r.shown, err = f.Rows(t.Part); err != nil {
			return nil, errors.Join(damaged(err, t.File, t.Name, "a sheet of a workbook"), r.Close())
		}
	}
	if p, err := f.GetWorkbookProps(); err == nil && p.Date1904 != nil {
		r.base = *p.Date1904
	}
	return r, nil
}

// hasFormats says whether any cell style shows numbers in a way of its own.
func hasFormats(f *excelize.File) bool {
	if f.Styles == nil || f.Styles.CellXfs == nil {
		return false
	}
	for _, x := range f.Styles.CellXfs.Xf {
		if x.NumFmtID != nil && *x.NumFmtID != 0 {
			return true
		}
	}
	return false
}

// next gives the next row of the sheet, empty ones included; false at the end.
func (r *xlsxRows) next() ([]string, bool, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, false, err
	}
	if !r.stored.Next() {
		if err := r.stored.Error(); err != nil {
			return nil, false, damaged(err, r.table.File, r.table.Name, "a sheet of a workbook")
		}
		return nil, false, nil
	}
	r.number++
	cells, err := r.stored.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, false, damaged(err, r.table.File, r.table.Name, "a sheet of a workbook")
	}
	var shown []string
	if r.shown != nil && r.shown.Next() {
		if shown, err = r.shown.Columns(); err != nil {
			return nil, false, damaged(err, r.table.File, r.table.Name, "a sheet of a workbook")
		}
	}
	out := make([]string, min(len(cells), maxColumns))
	for i := range out {
		out[i] = cells[i]
		if i < len(shown) {
			out[i] = r.cell(cells[i], shown[i])
		} else {
			out[i] = plainNumber(cells[i])
		}
	}
	return out, true, nil
}

// cell chooses between what is stored and what is shown.
func (r *xlsxRows) cell(stored, shown string) string {
	if stored == shown {
		return plainNumber(stored)
	}
	v, err := strconv.ParseFloat(stored, 64)
	if err != nil {
		return stored
	}
	if shown == "TRUE" || shown == "FALSE" {
		return shown
	}
	if isDateText(shown) {
		return r.date(v, shown)
	}
	if digits := strings.TrimSpace(shown); isInteger(digits) && digits[0] == '0' && strings.TrimLeft(digits, "0") == strings.TrimLeft(plainNumber(stored), "0") {
		return digits // a number shown with leading zeros is a name for something
	}
	return plainNumber(stored)
}

// date writes a serial as ISO text; a time of day without a date stays as shown.
func (r *xlsxRows) date(v float64, shown string) string {
	if v < 1 || v > 2958466 {
		return shown
	}
	t, err := excelize.ExcelDateToTime(v, r.base)
	if err != nil {
		return shown
	}
	t = t.Round(time.Millisecond)
	if t.Nanosecond() < 2e6 || t.Nanosecond() > 998e6 {
		t = t.Round(time.Second) // serials hold seconds only nearly
	}
	if t.Hour()+t.Minute()+t.Second()+t.Nanosecond() == 0 && !strings.Contains(shown, ":") {
		return t.Format("2006-01-02")
	}
	if t.Nanosecond() != 0 {
		return t.Format("2006-01-02 15:04:05.000")
	}
	return t.Format("2006-01-02 15:04:05")
}

// isDateText says that a number is shown as a date or a time.
func isDateText(s string) bool {
	if _, ok := parseShape(s); ok {
		return true
	}
	marks, named := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9' || c == ' ' || c == ',':
		case c == '-' || c == '/' || c == '.':
			if i == 0 {
				return false
			}
			marks++
		case c == ':':
			marks += 2
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			from := i
			for i+1 < len(s) && s[i+1]|0x20 >= 'a' && s[i+1]|0x20 <= 'z' {
				i++
			}
			w := strings.ToLower(s[from : i+1])
			if months[w] == 0 && !weekdays[w] && w != "am" && w != "pm" {
				return false
			}
			named = named || months[w] > 0
		default:
			return false
		}
	}
	return named || marks >= 2
}

var weekdays = map[string]bool{
	"mon": true, "tue": true, "wed": true, "thu": true, "fri": true, "sat": true, "sun": true, "monday": true, "tuesday": true,
	"wednesday": true, "thursday": true, "friday": true, "saturday": true, "sunday": true,
}

// plainNumber writes a stored number with the 15 digits that Excel has, and
// without an exponent. Other text stays as it is.
func plainNumber(s string) string {
	if len(s) < 12 && !strings.ContainsAny(s, "eE") {
		return s
	}
	if !isDecimal(s) && !(len(s) > 2 && strings.IndexAny(s[1:], "eE") > 0 && isExponent(s)) {
		return s
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	v, err = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
	if err != nil {
		return s
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// isExponent recognises 1E+16 and the like, but not a code such as "12E4": Excel
// itself always writes the sign.
func isExponent(s string) bool {
	i := strings.IndexAny(s, "eE")
	rest := s[i+1:]
	if rest == "" || rest[0] != '+' && rest[0] != '-' || !isInteger(rest[1:]) || len(rest) > 4 {
		return false
	}
	m := s[:i]
	return isInteger(m) || isDecimal(m)
}

// Next gives the next row that is not blank.
func (r *xlsxRows) Next() (*row, error) {
	for {
		cells, ok, err := r.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, io.EOF
		}
		if allBlank(cells) {
			r.blank++
			continue
		}
		for i := len(cells) - 1; i >= len(r.columns); i-- {
			if strings.TrimSpace(cells[i]) == "" {
				continue
			}
			for j := len(r.columns); j <= i; j++ {
				r.columns = append(r.columns, fmt.Sprintf("Column %d", j+1)) // a row wider than the header loses nothing
			}
		}
		for len(cells) < len(r.columns) {
			cells = append(cells, "")
		}
		return &row{cells: cells[:len(r.columns)], line: r.number, end: r.number}, nil
	}
}

func (r *xlsxRows) names() []string { return r.columns }

// Close ends reading and removes what was unpacked.
func (r *xlsxRows) Close() error {
	err := r.stored.Close()
	if r.shown != nil {
		err = errors.Join(err, r.shown.Close())
	}
	r.close()
	return err
}
