package workbook

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

func ptr[T any](v T) *T { return &v }

// protect locks a sheet without a password: against mistakes, not against people.
func (m *maker) protect(name string) error {
	return m.f.ProtectSheet(name, &excelize.SheetProtectionOptions{
		AutoFilter: true, FormatColumns: true, FormatRows: true, Sort: true, SelectLockedCells: true, SelectUnlockedCells: true,
	})
}

func (m *maker) page(name, orientation string, wide int) error {
	err := m.f.SetPageLayout(name, &excelize.PageLayoutOptions{
		Size: ptr(9), Orientation: ptr(orientation), FitToWidth: ptr(wide), FitToHeight: ptr(0), // A4
	})
	if err != nil {
		return err
	}
	if err = m.f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: ptr(true)}); err != nil {
		return err
	}
	return m.f.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddFooter: "&L&A&RPage &P of &N"})
}

// prepare sets all of a sheet but its rows.
func (m *maker) prepare(s *sheet) error {
	last := firstRow + max(len(s.rows), 1) - 1
	end, err := excelize.CoordinatesToCellName(len(s.columns), last)
	if err != nil {
		return err
	}
	// Before the sheet's properties: it replaces them.
	if err = m.f.AutoFilter(s.name, "B"+strconv.Itoa(headRow)+":"+end, nil); err != nil {
		return err
	}
	wide, titles := 1, fmt.Sprintf("%s!$%d:$%d", quoteSheet(s.name), headRow, headRow)
	if len(s.columns) > 12 { // two pages, each with the fields' names
		wide, titles = 2, fmt.Sprintf("%s!$B:$B,%s", quoteSheet(s.name), titles)
	}
	if err = m.page(s.name, "landscape", wide); err != nil {
		return err
	}
	if err = m.f.SetSheetProps(s.name, &excelize.SheetPropsOptions{TabColorRGB: ptr(s.tab)}); err != nil {
		return err
	}
	if err = m.f.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Titles", RefersTo: titles, Scope: s.name,
	}); err != nil {
		return err
	}
	for _, c := range s.checks {
		from, err := excelize.CoordinatesToCellName(c.col+1, c.from)
		if err != nil {
			return err
		}
		to, err := excelize.CoordinatesToCellName(c.col+1, c.to)
		if err != nil {
			return err
		}
		v := excelize.NewDataValidation(true)
		v.SetSqref(from + ":" + to)
		v.SetSqrefDropList(c.list)
		if c.loose {
			v.SetError(excelize.DataValidationErrorStyleWarning, "Not in the list", "Is this what the repair asks for?")
		} else {
			v.SetError(excelize.DataValidationErrorStyleStop, "Not in the list", "Please choose from the list.")
		}
		v.SetInput(s.columns[c.col].head, c.prompt)
		if err = m.f.AddDataValidation(s.name, v); err != nil {
			return err
		}
	}
	return m.protect(s.name)
}

func quoteSheet(name string) string {
	out := "'"
	for _, r := range name {
		if r == '\'' {
			out += "'"
		}
		out += string(r)
	}
	return out + "'"
}

// stream writes a sheet's rows.
func (m *maker) stream(s *sheet) error {
	sw, err := m.f.NewStreamWriter(s.name)
	if err != nil {
		return err
	}
	widths := make([]float64, len(s.columns))
	for i, c := range s.columns {
		widths[i] = c.width
		if err = sw.SetColWidth(i+1, i+1, c.width); err != nil {
			return err
		}
	}
	if err = sw.SetColVisible(1, 1, false); err != nil {
		return err
	}
	corner, err := excelize.CoordinatesToCellName(s.freeze+1, firstRow)
	if err != nil {
		return err
	}
	if err = sw.SetPanes(&excelize.Panes{Freeze: true, XSplit: s.freeze, YSplit: headRow, TopLeftCell: corner, ActivePane: pane(s.freeze)}); err != nil {
		return err
	}
	if err = sw.SetRow("A1", []any{textCell(m.st.hidden, s.id), textCell(m.st.title, s.title)}, excelize.RowOpts{Height: 24}); err != nil {
		return err
	}
	if err = sw.SetRow("A2", []any{textCell(m.st.hidden, ""), textCell(m.st.hint, s.hint)}); err != nil {
		return err
	}
	head := make([]any, len(s.columns))
	for i, c := range s.columns {
		style := m.st.head
		if c.edit {
			style = m.st.headEdit
		}
		head[i] = textCell(style, c.head)
	}
	if err = sw.SetRow("A"+strconv.Itoa(headRow), head, excelize.RowOpts{Height: 32}); err != nil {
		return err
	}
	for i, row := range s.rows {
		if err = sw.SetRow("A"+strconv.Itoa(firstRow+i), row, excelize.RowOpts{Height: height(row, widths)}); err != nil {
			return err
		}
	}
	return sw.Flush()
}

// height is that of the tallest cell. Not every program finds it out by itself.
func height(row []any, widths []float64) float64 {
	const line, most = 15, 12
	lines := 1
	for i, c := range row {
		cell, ok := c.(excelize.Cell)
		text, isText := cell.Value.(string)
		if !ok || !isText || widths[i] < 26 { // narrower columns do not wrap
			continue
		}
		n := 0
		for l := range strings.SplitSeq(text, "\n") {
			n += 1 + utf8.RuneCountInString(l)/int(widths[i]*1.15)
		}
		lines = max(lines, n)
	}
	return line * float64(min(lines, most))
}

func pane(columns int) string {
	if columns == 0 {
		return "bottomLeft"
	}
	return "bottomRight"
}

// coverRows writes the page that says how to go about it.
func (m *maker) coverRows(name string, sheets []*sheet) error {
	sw, err := m.f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	widths := []float64{3, 30, 84, 10}
	for i, w := range widths {
		if err = sw.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
	}
	row := 1
	put := func(cells ...any) {
		if err == nil {
			err = sw.SetRow("A"+strconv.Itoa(row), cells, excelize.RowOpts{Height: height(cells, widths)})
		}
		row++
	}
	text := func(s string) excelize.Cell { return textCell(m.st.text, s) }
	if err = sw.SetRow("A1", []any{nil, textCell(m.st.title, m.heading())}, excelize.RowOpts{Height: 26}); err != nil {
		return err
	}
	row++
	made := "Mapping as it stands now"
	if m.Version.Number > 0 {
		made = "Mapping version " + strconv.Itoa(m.Version.Number)
	}
	if m.Made != "" {
		made += " · " + m.Made
	}
	put(nil, textCell(m.st.hint, made))
	put()
	for _, line := range [][2]string{
		{"What this is", "It says for each field of the new help desk where its value comes from. Nothing is moved before you and the migration lead agree."},
		{"1. Look", "Go through the sheets at the bottom. Each line is one field of the new system. Fields marked Required must get a value."},
		{"2. Change", "Only the columns with a green head can be changed. Where a cell has a list, choose from it. Red cells wait for your decision."},
		{"3. Values", "The sheets named after a field list every value of the old system with the number of records behind it. Choose what each becomes; (leave empty) drops the value."},
		{"4. Agree", "Set State to Reviewed where you agree. Leave a note where you do not."},
		{"5. Send back", "Save the file as .xlsx and return it. Waybill shows each change before it takes it, and points out each mistake by its cell."},
		{"Rules", "Copy: as it is. Value list: each value is translated. Fixed value: always the same. Join: several fields with a separator. Formula: as in Excel, with fields in brackets, without = at the beginning: TRIM([First name]&\" \"&[Last name]). Leave out: stays empty."},
	} {
		put(nil, textCell(m.st.lockedWrap, line[0]), text(line[1]))
	}
	put()
	put(nil, textCell(m.st.head, "Sheet"), textCell(m.st.head, "What it holds"), textCell(m.st.head, "Lines"))
	for _, s := range sheets {
		put(nil, textCell(m.st.locked, s.name), textCell(m.st.lockedWrap, s.title), excelize.Cell{StyleID: m.st.count, Value: len(s.rows)})
	}
	for _, o := range m.Version.Objects {
		if o.Target == "" {
			put(nil, textCell(m.st.locked, objectTitle(m.Src, o.Source)), textCell(m.st.lockedWrap, "Not moved. "+o.Why), textCell(m.st.locked, ""))
		}
	}
	if err != nil {
		return err
	}
	return sw.Flush()
}

// listRows writes the hidden sheet that the drop-downs read.
func (m *maker) listRows() error {
	sw, err := m.f.NewStreamWriter(sheetLists)
	if err != nil {
		return err
	}
	rows := 0
	for _, c := range m.cols {
		rows = max(rows, len(c))
	}
	for r := range rows {
		row := make([]any, len(m.cols))
		for i, c := range m.cols {
			if r < len(c) {
				row[i] = textCell(m.st.hidden, c[r])
			}
		}
		if err = sw.SetRow("A"+strconv.Itoa(r+1), row); err != nil {
			return err
		}
	}
	return sw.Flush()
}
