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
	for _, own := range []string{sheetPeople, sheetDecisions, sheetTwins, sheetRebuild, sheetSpare, sheetChanges, sheetReview} {
		m.names.take(own)
	}
	var sheets []*sheet
	for _, o := range m.ordered() {
		so, ok := m.Src.Object(o.Source)
		do, has := m.Dst.Object(o.Target)
		if o.Target == "" || !ok || !has {
			continue
		}
		to := newShape(do)
		sheets = append(sheets, m.objectSheet(o, so, to))
		for _, x := range o.Fields {
			if t, ok := to.field(x.Target); ok && listed(x) {
				sheets = append(sheets, m.valueSheet(o, x, to, t))
			}
		}
	}
	if len(m.Version.People) > 0 {
		sheets = append(sheets, m.peopleSheet())
	}
	if len(m.Decisions) > 0 {
		sheets = append(sheets, m.cleaningSheet())
	}
	if len(m.Twins.Groups) > 0 {
		sheets = append(sheets, m.twinSheet(m.Twins))
	}
	if len(m.Rules.Rules) > 0 {
		s, err := m.rulesSheet(m.Rules)
		if err != nil {
			return err
		}
		s.name = sheetRebuild
		sheets = append(sheets, s)
	}
	if s := m.spareSheet(); s != nil {
		sheets = append(sheets, s)
	}
	if len(m.Changes) > 0 {
		sheets = append(sheets, m.changesSheet())
	}
	sheets = append(sheets, m.reviewSheet())
	return m.bind(kindMapping, cover, sheets, func() error { return m.coverRows(cover, sheets) },
		[2]string{"version", strconv.Itoa(m.Version.Number)}, [2]string{"hash", m.Hash})
}

// coverRows writes the page that says how to go about it.
func (m *maker) coverRows(name string, sheets []*sheet) error {
	made := "Mapping as it stands now"
	if m.Version.Number > 0 {
		made = "Mapping version " + strconv.Itoa(m.Version.Number)
	}
	if m.Made != "" {
		made += " · " + m.Made
	}
	lines := [][2]string{
		{"What this is", "It says for each field of the new help desk where its value comes from. Nothing is moved before you and the migration lead agree."},
		{"1. Look", "Go through the sheets at the bottom. Each line is one field of the new system. Fields marked Required must get a value."},
		{"2. Change", "Only the columns with a green head can be changed. Where a cell has a list, choose from it. Red cells wait for your decision."},
		{"3. Values", "The sheets named after a field list every value of the old system with the number of records behind it. Choose what each becomes; (leave empty) drops the value."},
		{"4. Agree", "Set State to Reviewed where you agree. Leave a note where you do not. Then sign on the sheet " + sheetReview + "."},
		{"5. Send back", "Save the file as .xlsx and return it. You may sort, filter, move columns and add your own; lines that you delete stay as they are. Waybill shows each change before it takes it, and points out each mistake by its cell."},
		{"Rules", "Copy: as it is. Value list: each value is translated. Fixed value: always the same. Join: several fields with a separator. Split: a part of a field, such as part 2 by \";\". Formula: as in Excel, with fields in brackets, without = at the beginning: TRIM([First name]&\" \"&[Last name]). Look up: from another record or table. People map: who stands for whom. Leave out: stays empty."},
	}
	return m.coverPage(name, made, lines, [3]string{"Sheet", "What it holds", "Lines"}, func(put func(a, b string, n any)) {
		for _, s := range sheets {
			put(s.name, s.title, len(s.rows))
		}
		for _, o := range m.Version.Objects {
			if o.Target == "" {
				put(objectTitle(m.Src, o.Source), "Not moved. "+o.Why, "")
			}
		}
	})
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
		to := newShape(do)
		at := func(f mapping.FieldMap) int {
			if n, ok := to.at[f.Target]; ok {
				return n
			}
			return math.MaxInt
		}
		out[i].Fields = slices.Clone(out[i].Fields)
		slices.SortStableFunc(out[i].Fields, func(a, b mapping.FieldMap) int { return cmp.Compare(at(a), at(b)) })
	}
	return out
}

// mapKey finds a map of records again: by its source, and of those with a condition by where they go.
func mapKey(o mapping.ObjectMap) string {
	if o.IsBranch() {
		return key(string(o.Source) + "\x00" + string(o.Target))
	}
	return key(string(o.Source))
}

// objectSheet plans the sheet of one kind of record.
func (m *maker) objectSheet(o mapping.ObjectMap, so model.ObjectSchema, do shape) *sheet {
	most := 2
	for _, x := range o.Fields {
		most = max(most, len(x.Sources))
	}
	s := &sheet{
		name: m.names.take(objectTitle(m.Dst, o.Target)), id: idObject + mapKey(o), freeze: 2, tab: inkHead,
		title: becomeTitle(objectTitle(m.Src, o.Source), objectTitle(m.Dst, o.Target)),
		hint:  "One line for each field of the new system. Change the columns with a green head; choose from the lists where a cell has one.",
	}
	if o.IsBranch() {
		s.hint = "Only the records for which this is true: " + o.When
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
		{colSplit, 20, true},
		{colLookup, 26, true},
		{colIfEmpty, 17, true},
		{colEmptyValue, 16, true},
		{colIfUnknown, 17, true},
		{colUnknownValue, 16, true},
		{colMust, 26, true},
		{colKeep, 18, true},
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
	add := func(col string, from, to int, list []string, prompt string) {
		if r := m.listRange(list); r != "" {
			s.checks = append(s.checks, check{col: at[col], from: from, to: to, list: r, prompt: prompt})
		}
	}
	add(colRule, firstRow, last, ruleList(), "How the field gets its value.")
	sources := words(so.Fields, func(f model.Field) string { return fit(f.Name) })
	for i := range most {
		add(sourceColumn(i), firstRow, last, sources, "A field of the old system.")
	}
	add(colIfEmpty, firstRow, last, otherwiseList(), "What happens when the old system has nothing here.")
	add(colIfUnknown, firstRow, last, otherwiseList(), "What happens when a value is not in the list, or cannot be written.")
	add(colState, firstRow, last, stateList(), "Choose Reviewed when you agree.")
	for i, x := range o.Fields {
		t, _ := do.field(x.Target)
		if t.Type == model.Option || t.Type == model.Bool {
			for _, c := range []string{colFixed, colEmptyValue, colUnknownValue} {
				add(c, firstRow+i, firstRow+i, words(labels(t), fit), "A choice of the new system.")
			}
		}
		s.rows = append(s.rows, m.objectRow(s, o, x, t, do))
	}
	s.paints = m.rulePaints()
	return s
}

// rulePaints show what waits for a decision, what is agreed, and what is missing for the
// chosen rule; they follow every change.
func (m *maker) rulePaints() []paint {
	rule := func(r mapping.RuleKind) string { return `{` + colRule + `}="` + ruleWord(r) + `"` }
	open := `{` + colState + `}="` + stateWord(mapping.Open) + `"`
	use := otherwiseWord(model.OtherwiseUse)
	empty := func(head string) string { return `TRIM({` + head + `})=""` }
	return []paint{
		{colRule, `OR(` + open + `,` + empty(colRule) + `,AND({` + colRequired + `}="Yes",` + rule(mapping.LeaveOut) + `))`, m.st.wants},
		{colState, open, m.st.wants},
		{colState, `{` + colState + `}="` + stateWord(mapping.Reviewed) + `"`, m.st.agreed},
		{colSource, `AND(` + empty(colSource) + `,OR(` + strings.Join([]string{rule(mapping.Copy), rule(mapping.Values), rule(mapping.Join), rule(mapping.Split), rule(mapping.LookUp), rule(mapping.People)}, ",") + `))`, m.st.wants},
		{colFixed, `AND(` + rule(mapping.Fixed) + `,` + empty(colFixed) + `)`, m.st.wants},
		{colFormula, `AND(` + rule(mapping.Formula) + `,` + empty(colFormula) + `)`, m.st.wants},
		{colSplit, `AND(` + rule(mapping.Split) + `,` + empty(colSplit) + `)`, m.st.wants},
		{colLookup, `AND(` + rule(mapping.LookUp) + `,` + empty(colLookup) + `)`, m.st.wants},
		{colEmptyValue, `AND({` + colIfEmpty + `}="` + use + `",` + empty(colEmptyValue) + `)`, m.st.wants},
		{colUnknownValue, `AND({` + colIfUnknown + `}="` + use + `",` + empty(colUnknownValue) + `)`, m.st.wants},
	}
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

func (m *maker) objectRow(s *sheet, o mapping.ObjectMap, x mapping.FieldMap, t model.Field, do shape) []any {
	texts := cells(x, t)
	for i, name := range x.Sources {
		texts[sourceColumn(i)] = name
	}
	texts[colKey], texts[colTarget], texts[colType] = key(x.Target), do.title(t), typeWords[t.Type]
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
	row := make([]any, len(s.columns))
	for i, c := range s.columns {
		style := m.st.locked
		switch {
		case c.head == colKey:
			style = m.st.hidden
		case c.head == colRequired && texts[colRequired] != "":
			style = m.st.required
		case c.edit && c.width >= 26:
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
