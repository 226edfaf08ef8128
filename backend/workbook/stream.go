package workbook

import (
	"fmt"
	"slices"
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
	// Before the sheet's properties: it replaces them. The hidden keys are sorted along.
	if err = m.f.AutoFilter(s.name, "A"+strconv.Itoa(headRow)+":"+end, nil); err != nil {
		return err
	}
	wide, titles := 1, fmt.Sprintf("%s!$%d:$%d", quoteSheet(s.name), headRow, headRow)
	if len(s.columns) > 12 { // several pages beside each other, each with the fields' names
		wide, titles = (len(s.columns)+8)/9, fmt.Sprintf("%s!$B:$B,%s", quoteSheet(s.name), titles)
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
	if err = m.dropDowns(s); err != nil {
		return err
	}
	if err = m.paint(s, last); err != nil {
		return err
	}
	return m.protect(s.name)
}

// dropDowns sets the lists of a sheet: cells of one column with the same list have one rule.
func (m *maker) dropDowns(s *sheet) error {
	type same struct {
		col          int
		list, prompt string
		loose        bool
	}
	var order []same
	spans := map[same][][2]int{}
	for _, c := range s.checks {
		k := same{c.col, c.list, c.prompt, c.loose}
		old := spans[k]
		switch {
		case len(old) == 0:
			order = append(order, k)
		case old[len(old)-1][1]+1 == c.from:
			old[len(old)-1][1] = c.to
			continue
		}
		spans[k] = append(old, [2]int{c.from, c.to})
	}
	const most = 200 // ranges of one rule: the text of an attribute is limited
	for _, k := range order {
		name, err := excelize.ColumnNumberToName(k.col + 1)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(spans[k], most) {
			ranges := make([]string, len(some))
			for i, r := range some {
				ranges[i] = fmt.Sprintf("%s%d:%s%d", name, r[0], name, r[1])
			}
			v := excelize.NewDataValidation(true)
			v.SetSqref(strings.Join(ranges, " "))
			v.SetSqrefDropList(k.list)
			if k.loose {
				v.SetError(excelize.DataValidationErrorStyleWarning, "Not in the list", "Is this what is meant?")
			} else {
				v.SetError(excelize.DataValidationErrorStyleStop, "Not in the list", "Please choose from the list.")
			}
			v.SetInput(s.columns[k.col].head, k.prompt)
			if err = m.f.AddDataValidation(s.name, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// paint sets the colours that follow what people choose. In the formulas {Head} is the cell of
// that column in the same line.
func (m *maker) paint(s *sheet, last int) error {
	for _, p := range s.paints {
		formula, at := p.when, ""
		for i, c := range s.columns {
			name, err := excelize.ColumnNumberToName(i + 1)
			if err != nil {
				return err
			}
			formula = strings.ReplaceAll(formula, "{"+c.head+"}", "$"+name+strconv.Itoa(firstRow))
			if c.head == p.head {
				at = fmt.Sprintf("%s%d:%s%d", name, firstRow, name, last)
			}
		}
		look := p.look
		if err := m.f.SetConditionalFormat(s.name, at, []excelize.ConditionalFormatOptions{{Type: "formula", Criteria: formula, Format: &look}}); err != nil {
			return err
		}
	}
	return nil
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

// stampSheet writes the hidden sheet that says where a workbook belongs.
func (m *maker) stampSheet(pairs [][2]string) error {
	sw, err := m.f.NewStreamWriter(sheetStamp)
	if err != nil {
		return err
	}
	for i, kv := range pairs {
		if err = sw.SetRow("A"+strconv.Itoa(i+1), []any{textCell(m.st.hidden, kv[0]), textCell(m.st.hidden, kv[1])}); err != nil {
			return err
		}
	}
	return sw.Flush()
}

// coverSheet writes a page that says how to go about it, with a table below.
func (m *maker) coverSheet(name string, lines [][2]string, heads [3]string, table func(put func(a, b string, n any))) error {
	return m.coverPage(name, m.Made, lines, heads, table)
}

func (m *maker) coverPage(name, made string, lines [][2]string, heads [3]string, table func(put func(a, b string, n any))) error {
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
	if err = sw.SetRow("A1", []any{nil, textCell(m.st.title, m.heading())}, excelize.RowOpts{Height: 26}); err != nil {
		return err
	}
	row++
	put(nil, textCell(m.st.hint, made))
	put()
	for _, l := range lines {
		put(nil, textCell(m.st.lockedWrap, l[0]), textCell(m.st.text, l[1]))
	}
	put()
	put(nil, textCell(m.st.head, heads[0]), textCell(m.st.head, heads[1]), textCell(m.st.head, heads[2]))
	table(func(a, b string, n any) {
		put(nil, textCell(m.st.locked, a), textCell(m.st.lockedWrap, b), excelize.Cell{StyleID: m.st.count, Value: n})
	})
	if err != nil {
		return err
	}
	return sw.Flush()
}
