package workbook

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Write writes the workbook: the same book gives the same bytes (invariant 12).
func Write(w io.Writer, b Book) error {
	if b.Hash == "" {
		b.Hash = b.Version.Hash()
	}
	return write(w, b, (*maker).make)
}

// write makes a workbook sheet by sheet and packs it, always into the same bytes.
func write(w io.Writer, b Book, fill func(*maker) error) (err error) {
	f := excelize.NewFile()
	defer func() {
		if e := f.Close(); err == nil && e != nil {
			err = notWritten(e)
		}
	}()
	m := &maker{Book: b, f: f, lists: map[string]string{}, names: sheetNames{}}
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

const headRow, firstRow = 3, 4

type maker struct {
	Book
	f     *excelize.File
	st    styles
	lists map[string]string // key -> range on the lists sheet
	cols  [][]string        // the lists sheet's columns
	names sheetNames
}

func (m *maker) make() error {
	var err error
	if m.st, err = newStyles(m.f); err != nil {
		return err
	}
	cover := m.names.take(sheetCover)
	for _, reserved := range []string{sheetStamp, sheetLists} {
		m.names.take(reserved)
	}
	var sheets []*sheet
	for _, o := range m.ordered() {
		so, ok := m.Src.Object(o.Source)
		do, has := m.Dst.Object(o.Target)
		if o.Target == "" || !ok || !has {
			continue
		}
		sheets = append(sheets, m.objectSheet(o, so, do))
		for _, x := range o.Fields {
			if t, ok := do.Field(x.Target); ok && listed(x) {
				sheets = append(sheets, m.valueSheet(o, x, so, do, t))
			}
		}
	}
	if s := m.spareSheet(); s != nil {
		sheets = append(sheets, s)
	}
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
	if err := m.properties(); err != nil {
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
	if err := m.coverRows(cover, sheets); err != nil {
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
	return m.stampRows()
}

// ordered gives the objects in the order in which they load, and their fields in
// the order in which the target shows them. Reading does not depend on it.
func (m *maker) ordered() []mapping.ObjectMap {
	rank := func(i int) int { // what is not in the list comes last
		if i < 0 {
			return math.MaxInt
		}
		return i
	}
	out := slices.Clone(m.Version.Objects)
	known := model.Known()
	slices.SortStableFunc(out, func(a, b mapping.ObjectMap) int {
		return cmp.Compare(rank(slices.Index(known, a.Target)), rank(slices.Index(known, b.Target)))
	})
	for i := range out {
		do, _ := m.Dst.Object(out[i].Target)
		at := func(f mapping.FieldMap) int {
			return rank(slices.IndexFunc(do.Fields, func(x model.Field) bool { return x.Name == f.Target }))
		}
		out[i].Fields = slices.Clone(out[i].Fields)
		slices.SortStableFunc(out[i].Fields, func(a, b mapping.FieldMap) int { return cmp.Compare(at(a), at(b)) })
	}
	return out
}

// properties have fixed times: the same book, the same bytes.
func (m *maker) properties() error {
	return m.f.SetDocProps(&excelize.DocProperties{
		Created: "2000-01-01T00:00:00Z", Modified: "2000-01-01T00:00:00Z", Creator: "Waybill", LastModifiedBy: "Waybill",
		Title: fit(m.heading()), Description: "Mapping workbook, template " + Template,
	})
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

// objectSheet plans the sheet of one kind of record.
func (m *maker) objectSheet(o mapping.ObjectMap, so, do model.ObjectSchema) *sheet {
	most := 2
	for _, x := range o.Fields {
		most = max(most, len(x.Sources))
	}
	s := &sheet{
		name: m.names.take(objectTitle(m.Dst, o.Target)), id: idObject + key(string(o.Source)), freeze: 2, tab: inkHead,
		title: becomeTitle(objectTitle(m.Src, o.Source), objectTitle(m.Dst, o.Target)),
		hint:  "One line for each field of the new system. Change the columns with a green head; choose from the lists where a cell has one.",
	}
	s.columns = []column{
		{colKey, 4, false}, {colTarget, 24, false}, {colRequired, 10, false}, {colType, 15, false}, {colRule, 13, true},
	}
	for i := range most {
		s.columns = append(s.columns, column{sourceColumn(i), 22, true})
	}
	s.columns = append(s.columns, []column{
		{colSeparator, 11, true},
		{colFixed, 18, true},
		{colFormula, 34, true},
		{colIfEmpty, 17, true},
		{colEmptyValue, 16, true},
		{colIfUnknown, 17, true},
		{colUnknownValue, 16, true},
		{colMeaning, 30, true},
		{colOwner, 16, true},
		{colState, 17, true},
		{colNote, 28, true},
		{colReason, 34, false},
		{colBefore, 26, false},
		{colAfter, 26, false},
	}...)
	at := map[string]int{}
	for i, c := range s.columns {
		at[c.head] = i
	}
	last := firstRow + max(len(o.Fields), 1) - 1
	sources := words(so.Fields, func(f model.Field) string { return fit(f.Name) })
	add := func(col string, list []string, prompt string) {
		if r := m.listRange(list); r != "" {
			s.checks = append(s.checks, check{col: at[col], from: firstRow, to: last, list: r, prompt: prompt})
		}
	}
	add(colRule, words(ruleWords, func(w struct {
		rule mapping.RuleKind
		word string
	},
	) string {
		return w.word
	}), "How the field gets its value.")
	for i := range most {
		add(sourceColumn(i), sources, "A field of the old system.")
	}
	other := words(otherwiseWords, func(w struct {
		what model.Otherwise
		word string
	},
	) string {
		return w.word
	})
	add(colIfEmpty, other, "What happens when the old system has nothing here.")
	add(colIfUnknown, other, "What happens when a value is not in the list, or cannot be written.")
	add(colState, words(stateWords, func(w struct{ state, word string }) string { return w.word }), "Choose Reviewed when you agree.")
	for i, x := range o.Fields {
		t, ok := do.Field(x.Target)
		if !ok {
			t = model.Field{Name: x.Target, Type: model.Text}
		}
		if t.Type == model.Option || t.Type == model.Bool {
			if r := m.listRange(words(labels(t), fit)); r != "" {
				for _, c := range []string{colFixed, colEmptyValue, colUnknownValue} {
					s.checks = append(s.checks, check{col: at[c], from: firstRow + i, to: firstRow + i, list: r, prompt: "A choice of the new system."})
				}
			}
		}
		s.rows = append(s.rows, m.objectRow(s, o, x, t, do))
	}
	return s
}

func becomeTitle(old, now string) string {
	if strings.EqualFold(old, now) {
		return now + ": where each field comes from"
	}
	return old + " become " + now
}

func sourceColumn(i int) string {
	if i == 0 {
		return colSource
	}
	return colSource + " " + strconv.Itoa(i+1)
}

func (m *maker) objectRow(s *sheet, o mapping.ObjectMap, x mapping.FieldMap, t model.Field, do model.ObjectSchema) []any {
	texts := cells(x, t)
	for i, name := range x.Sources {
		texts[sourceColumn(i)] = name
	}
	texts[colKey], texts[colTarget], texts[colType] = key(x.Target), fieldTitle(do, t), typeWords[t.Type]
	if needed(t) {
		texts[colRequired] = "Yes"
	}
	if x.Reason != "" {
		texts[colReason] = x.Reason
		if x.Confidence > 0 {
			texts[colReason] = fmt.Sprintf("%d %% sure. %s", x.Confidence, x.Reason)
		}
	}
	e := m.Examples[o.Source][x.Target]
	texts[colBefore], texts[colAfter] = e.Before, e.After
	unsettled := x.State == mapping.Open || needed(t) && (x.Rule == mapping.LeaveOut || x.Rule == mapping.Fixed && x.Fixed == "")
	row := make([]any, len(s.columns))
	for i, c := range s.columns {
		style := m.st.locked
		switch {
		case c.head == colKey:
			style = m.st.hidden
		case c.head == colRequired && texts[colRequired] != "":
			style = m.st.required
		case unsettled && (c.head == colRule || c.head == colState || c.head == colFixed && x.Rule == mapping.Fixed):
			style = m.st.problem
		case c.edit && c.width >= 28:
			style = m.st.editWrap
		case c.edit:
			style = m.st.edit
		case c.width >= 26:
			style = m.st.lockedWrap
		}
		row[i] = textCell(style, texts[c.head])
	}
	return row
}

// textCell is always a text, never a formula and never a number: ids keep their zeros.
func textCell(style int, s string) excelize.Cell {
	if s == "" {
		return excelize.Cell{StyleID: style}
	}
	return excelize.Cell{StyleID: style, Value: fit(s)}
}

// valueSheet plans the sheet of a value list.
func (m *maker) valueSheet(o mapping.ObjectMap, x mapping.FieldMap, so, do model.ObjectSchema, t model.Field) *sheet {
	s := &sheet{
		name: m.names.take(objectTitle(m.Dst, o.Target) + " " + fieldTitle(do, t)), id: idValues + key(string(o.Source)) + ":" + key(x.Target),
		title: objectTitle(m.Dst, o.Target) + ": values of " + fieldTitle(do, t), freeze: 2, tab: inkEdit,
		hint: "One line for each value of the old system. Choose what it becomes. Records with an empty choice are held back until somebody decides.",
		columns: []column{
			{colKey, 4, false}, {colFrom, 40, false}, {colCount, 11, false}, {colHint, 24, false}, {colBecomes, 30, true},
		},
	}
	counts := map[string]int64{}
	for _, src := range x.Sources {
		for _, c := range m.Stats[o.Source][src].Top {
			counts[c.Value] = c.Count
		}
	}
	list := words(labels(t), fit)
	if r := m.listRange(append(slices.Clip(list), leaveEmpty)); r != "" && len(list) > 0 && len(x.Values) > 0 {
		s.checks = append(s.checks, check{col: 4, from: firstRow, to: firstRow + len(x.Values) - 1, list: r, prompt: "What this value becomes in the new system."})
	}
	for _, p := range x.Values {
		n := p.Count
		if n == 0 {
			n = counts[p.From]
		}
		hint, style := "", m.st.edit
		if !p.Decided {
			style = m.st.problem
			if p.To != "" {
				hint = "Perhaps " + stated(t, p.To)
			}
		}
		s.rows = append(s.rows, []any{
			textCell(m.st.hidden, key(p.From)), textCell(m.st.lockedWrap, p.From),
			excelize.Cell{StyleID: m.st.count, Value: n},
			textCell(m.st.locked, hint), textCell(style, becomes(p, t)),
		})
	}
	return s
}

// spareSheet lists what no rule uses, so that nothing is forgotten silently.
func (m *maker) spareSheet() *sheet {
	left := m.Version.Leftovers(m.Src, m.Dst)
	if len(left) == 0 {
		return nil
	}
	s := &sheet{
		name: m.names.take(sheetSpare), id: idOther + "spare", title: "Fields of the old system that no rule uses", freeze: 0, tab: "8A939B",
		hint:    "Their values stay behind. If one of them matters, ask for a field in the new system, or use it in a rule.",
		columns: []column{{colKey, 4, false}, {"Records", 22, false}, {"Field", 32, false}, {colType, 18, false}, {"Filled", 12, false}, {"Frequent values", 60, false}},
	}
	for _, l := range left {
		st := m.Stats[l.Source][l.Field.Name]
		var top []string
		for _, v := range st.Top[:min(5, len(st.Top))] {
			top = append(top, short(v.Value, 40))
		}
		var filled any
		if st.Rows > 0 {
			filled = st.Filled
		}
		s.rows = append(s.rows, []any{
			textCell(m.st.hidden, ""), textCell(m.st.locked, objectTitle(m.Src, l.Source)), textCell(m.st.lockedWrap, l.Field.Name),
			textCell(m.st.locked, typeWords[l.Field.Type]),
			excelize.Cell{StyleID: m.st.count, Value: filled},
			textCell(m.st.lockedWrap, strings.Join(top, ", ")),
		})
	}
	return s
}
