package workbook

import (
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
)

// Write writes the workbook: the same book gives the same bytes (invariant 12).
func Write(w io.Writer, b Book) error {
	if b.Hash == "" {
		b.Hash = b.Version.Hash()
	}
	return write(w, b, (*maker).make)
}

func (m *maker) make() error {
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
	return m.bind(kindMapping, cover, sheets, func() error { return m.coverRows(cover, sheets) },
		[2]string{"version", strconv.Itoa(m.Version.Number)}, [2]string{"hash", m.Hash})
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
