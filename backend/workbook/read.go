package workbook

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Read takes the changes of a returned workbook: all of them, or none and every
// mistake with its sheet and cell. base is the version that it was made from (see
// Inspect). Columns may have been moved, sheets renamed and lines sorted.
func Read(r io.ReaderAt, size int64, base mapping.Version, want Identity, src, dst model.Schema) (mapping.Version, []*problem.Problem) {
	b, bad := open(r, size)
	if bad != nil {
		return base, []*problem.Problem{bad}
	}
	defer b.close()
	stamp, bad := b.stamp()
	if bad == nil {
		bad = stamp.belongs(want, base)
	}
	if bad != nil {
		return base, []*problem.Problem{bad}
	}
	rd := &reader{book: b, base: base, src: src, dst: dst, places: map[place]cellRef{}}
	out := rd.version()
	if len(rd.found) == 0 {
		rd.lint(out)
	}
	if len(rd.found) > 0 {
		slices.SortStableFunc(rd.found, func(x, y *problem.Problem) int { return cmp.Compare(rd.order[x.Where.Sheet], rd.order[y.Where.Sheet]) })
		return base, rd.found
	}
	return out, nil
}

func (s Stamp) belongs(want Identity, base mapping.Version) *problem.Problem {
	switch {
	case s.ProjectID != want.ProjectID:
		return refuse(CodeOtherProject, "This workbook belongs to another project, “"+clip(s.ProjectName)+"”.",
			"Its rules would not fit here. "+nothingTaken, "Open that project, or choose the workbook of “"+want.ProjectName+"”.")
	case s.Template != Template:
		return refuse(CodeTemplate, "This workbook was made by another version of Waybill.",
			"Its layout is not the one that this version reads. "+nothingTaken, "Export the workbook again, and bring the changes over.")
	case s.Hash != base.Hash():
		return refuse(CodeOtherVersion, "This workbook was not made from a mapping that this project has.",
			"Its changes cannot be told from what was there before. "+nothingTaken, "Export the workbook again, and bring the changes over.")
	}
	return nil
}

type cellRef struct{ sheet, cell string }

// place names the cell of a part of a rule, so that a mistake found later finds its cell.
type place struct {
	object model.Object
	field  string
	column string
}

type reader struct {
	*book
	base     mapping.Version
	src, dst model.Schema
	found    []*problem.Problem
	places   map[place]cellRef
	order    map[string]int
}

// tab is a sheet that was recognised.
type tab struct {
	name string
	grid grid
	head int
	cols map[string]int
}

func (rd *reader) mistake(t *tab, row, col int, c problem.Code, value, what, why, next string) {
	cell := ""
	if row >= 0 && col >= 0 {
		cell, _ = excelize.CoordinatesToCellName(col+1, row+1) // always inside of Excel's limits: it was read from there
	}
	rd.found = append(rd.found, problem.New(c, what, why, next).At(problem.Place{Sheet: t.name, Cell: cell, Value: clip(value)}))
}

func clip(s string) string {
	r := []rune(s)
	if len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}

// tabs recognises the sheets by what is hidden in them.
func (rd *reader) tabs() map[string]*tab {
	out := map[string]*tab{}
	rd.order = map[string]int{}
	for i, name := range rd.f.GetSheetList() {
		rd.order[name] = i
		g, bad := rd.read(name)
		if bad != nil {
			rd.found = append(rd.found, bad.At(problem.Place{Sheet: name}))
			continue
		}
		id := ""
		for r := range min(len(g), 10) {
			for _, c := range g[r] {
				if strings.HasPrefix(c, "waybill:") && id == "" {
					id = strings.TrimSpace(c)
				}
			}
		}
		if id == "" || strings.HasPrefix(id, idOther) {
			continue
		}
		t := &tab{name: name, grid: g, cols: map[string]int{}, head: -1}
		if old := out[id]; old != nil {
			rd.mistake(t, -1, -1, CodeSheet, name, "The sheet “"+name+"” is a copy of “"+old.name+"”.",
				"Waybill cannot tell which of them counts.", "Delete one of the two.")
			continue
		}
		out[id] = t
		rd.formulaMistakes(t)
	}
	return out
}

// formulaMistakes: a cell that Excel computes is not what a person decided.
func (rd *reader) formulaMistakes(t *tab) {
	for _, cell := range rd.formulas[t.name] {
		rd.found = append(rd.found, problem.New(CodeFormulaCell, "This cell holds a formula of Excel itself.",
			"Waybill takes only what is written in a cell, not what Excel computes.",
			"Write the value as text. A formula of the mapping stands in the column Formula, as text, without = at the beginning.").
			At(problem.Place{Sheet: t.name, Cell: cell}))
	}
}

// find locates the head and its columns by their words.
func (rd *reader) find(t *tab, needed []string) bool {
	for r := range min(len(t.grid), 20) {
		cols := map[string]int{}
		for c, text := range t.grid[r] {
			if text = strings.TrimSpace(text); text != "" {
				if _, dup := cols[strings.ToLower(text)]; !dup {
					cols[strings.ToLower(text)] = c
				}
			}
		}
		hits := 0
		for _, n := range needed {
			if _, ok := cols[strings.ToLower(n)]; ok {
				hits++
			}
		}
		if hits*2 > len(needed) {
			t.head, t.cols = r, cols
			break
		}
	}
	if t.head < 0 {
		rd.mistake(t, 0, 0, CodeColumn, "", "The line with the column heads is missing in the sheet “"+t.name+"”.",
			"Without it the columns cannot be told apart.", "Write the heads again as Waybill made them, or export the workbook again.")
		return false
	}
	ok := true
	for _, n := range needed {
		if _, there := t.cols[strings.ToLower(n)]; !there {
			rd.mistake(t, t.head, 0, CodeColumn, n, "The column “"+n+"” is missing in the sheet “"+t.name+"”.",
				"Its cells cannot be checked.", "Write its head again as Waybill made it, or export the workbook again.")
			ok = false
		}
	}
	return ok
}

func (t *tab) col(head string) int {
	if c, ok := t.cols[strings.ToLower(head)]; ok {
		return c
	}
	return -1
}

func (t *tab) text(row int, head string) string { return t.grid.at(row, t.col(head)) }

func (t *tab) blank(row int) bool {
	return !slices.ContainsFunc(t.grid[row], func(s string) bool { return strings.TrimSpace(s) != "" })
}

// version reads all sheets into a copy of the base.
func (rd *reader) version() mapping.Version {
	out := rd.base
	out.Objects = slices.Clone(rd.base.Objects)
	tabs := rd.tabs()
	for i := range out.Objects {
		o := &out.Objects[i]
		so, ok := rd.src.Object(o.Source)
		do, has := rd.dst.Object(o.Target)
		if o.Target == "" || !ok || !has {
			continue
		}
		o.Fields = slices.Clone(o.Fields)
		t := tabs[idObject+key(string(o.Source))]
		if t == nil {
			rd.missingSheet(objectTitle(rd.dst, o.Target))
			continue
		}
		values := o.Fields // the value lists are those of the base's rules
		rd.objectSheet(t, o, so, do)
		for _, x := range values {
			f, ok := do.Field(x.Target)
			if !ok || !listed(x) {
				continue
			}
			vt := tabs[idValues+key(string(o.Source))+":"+key(x.Target)]
			if vt == nil {
				rd.missingSheet(objectTitle(rd.dst, o.Target) + " " + fieldTitle(do, f))
				continue
			}
			j := slices.IndexFunc(o.Fields, func(m mapping.FieldMap) bool { return m.Target == x.Target })
			if j >= 0 {
				o.Fields[j].Values = rd.valueSheet(vt, o.Source, x, f)
			}
		}
	}
	return out
}

func (rd *reader) missingSheet(name string) {
	rd.found = append(rd.found, problem.New(CodeSheet, "The sheet of “"+name+"” is missing.",
		"Waybill does not guess that its rules should go.", "Bring the sheet back from the file as it was sent, and choose Leave out for what is not wanted.").
		At(problem.Place{Sheet: name}))
}

// objectSheet reads the lines of one kind of record.
func (rd *reader) objectSheet(t *tab, o *mapping.ObjectMap, so, do model.ObjectSchema) {
	heads := []string{
		colKey, colTarget, colRule, colSource, colSeparator, colFixed, colFormula, colIfEmpty, colEmptyValue,
		colIfUnknown, colUnknownValue, colMeaning, colOwner, colState, colNote,
	}
	if !rd.find(t, heads) {
		return
	}
	byKey := map[string]int{}
	for i, x := range o.Fields {
		byKey[key(x.Target)] = i
	}
	seen := map[int]int{}
	for r := t.head + 1; r < len(t.grid); r++ {
		if t.blank(r) {
			continue
		}
		i, ok := byKey[strings.TrimSpace(t.text(r, colKey))]
		if !ok {
			if i, ok = rd.newRule(t, r, o, do); !ok {
				continue
			}
		}
		if first, dup := seen[i]; dup {
			rd.mistake(t, r, t.col(colTarget), CodeRow, t.text(r, colTarget), fmt.Sprintf("This line stands for the same field as line %d.", first+1),
				"Waybill cannot tell which of them counts.", "Delete one of the two lines.")
			continue
		}
		seen[i] = r
		f, ok := do.Field(o.Fields[i].Target)
		if !ok {
			f = model.Field{Name: o.Fields[i].Target, Type: model.Text}
		}
		rd.ruleRow(t, r, o.Source, &o.Fields[i], f, so)
	}
	for i, x := range o.Fields {
		if _, ok := seen[i]; !ok {
			rd.mistake(t, -1, -1, CodeRow, x.Target, "The line of “"+x.Target+"” is missing.",
				"Waybill does not guess that its rule should go.", "Bring the line back, and choose Leave out if the field is not wanted.")
		}
	}
}

// newRule adds a line that a person wrote for a target field without one.
func (rd *reader) newRule(t *tab, r int, o *mapping.ObjectMap, do model.ObjectSchema) (int, bool) {
	name := strings.TrimSpace(t.text(r, colTarget))
	if name == "" {
		rd.mistake(t, r, t.col(colTarget), CodeRow, "", "This line does not say which field it is for.",
			"Its rule would go nowhere.", "Write the field's name, or delete the line.")
		return 0, false
	}
	for _, f := range do.Fields {
		if !strings.EqualFold(f.Name, name) && !strings.EqualFold(fieldTitle(do, f), name) && !strings.EqualFold(f.Title, name) {
			continue
		}
		if i := slices.IndexFunc(o.Fields, func(m mapping.FieldMap) bool { return m.Target == f.Name }); i >= 0 {
			return i, true
		}
		o.Fields = append(o.Fields, mapping.FieldMap{Target: f.Name})
		return len(o.Fields) - 1, true
	}
	var names []string
	for _, f := range do.Fields {
		names = append(names, fieldTitle(do, f))
	}
	rd.mistake(t, r, t.col(colTarget), CodeRow, name, "The new system has no field “"+clip(name)+"”.",
		"The rule would go nowhere.", didYouMean(name, names, "Write a field that exists, or ask for it to be created."))
	return 0, false
}

func didYouMean(text string, choices []string, otherwise string) string {
	if near := mapping.Nearest(text, choices); near != "" {
		return "Did you mean “" + near + "”?"
	}
	return otherwise
}

// ruleRow brings the cells of a line that were changed into its rule.
func (rd *reader) ruleRow(t *tab, r int, source model.Object, m *mapping.FieldMap, f model.Field, so model.ObjectSchema) {
	was := cells(*m, f)
	for _, head := range []string{colRule, colSource, colSeparator, colFixed, colFormula, colIfEmpty, colEmptyValue, colIfUnknown, colUnknownValue} {
		cell, _ := excelize.CoordinatesToCellName(t.col(head)+1, r+1) // as in mistake
		rd.places[place{source, m.Target, head}] = cellRef{t.name, cell}
	}
	changed := func(head string) (string, bool) {
		text := t.text(r, head)
		return text, !same(text, was[head])
	}
	choice := func(head string, list []string, take func(i int)) {
		text, ok := changed(head)
		if !ok {
			return
		}
		clean := strings.TrimSpace(text)
		i := slices.IndexFunc(list, func(w string) bool { return strings.EqualFold(w, clean) })
		if i < 0 && clean != "" {
			rd.mistake(t, r, t.col(head), CodeChoice, text, "“"+clip(clean)+"” is not one of the choices of “"+head+"”.",
				"Waybill does not guess what is meant.", didYouMean(clean, list, "Choose one of: "+strings.Join(list, ", ")+"."))
			return
		}
		take(i)
	}
	text := func(head string, take func(string)) {
		if s, ok := changed(head); ok {
			take(s)
		}
	}
	value := func(head string, take func(string)) {
		if s, ok := changed(head); ok {
			if v, ok := rd.value(t, r, head, s, f); ok {
				take(v)
			}
		}
	}
	choice(colRule, ruleList(), func(i int) {
		m.Rule = ""
		if i >= 0 {
			m.Rule = ruleWords[i].rule
		}
	})
	rd.sources(t, r, m, so)
	text(colSeparator, func(s string) { m.Separator = separator(s) })
	value(colFixed, func(v string) { m.Fixed = v })
	text(colFormula, func(s string) { m.Formula = strings.TrimSpace(s) })
	otherwise := func(head string, to *model.Otherwise) {
		choice(head, otherwiseList(), func(i int) {
			*to = ""
			if i >= 0 {
				*to = otherwiseWords[i].what
			}
		})
	}
	otherwise(colIfEmpty, &m.IfEmpty)
	value(colEmptyValue, func(v string) { m.EmptyValue = v })
	otherwise(colIfUnknown, &m.IfUnknown)
	value(colUnknownValue, func(v string) { m.UnknownValue = v })
	text(colMeaning, func(s string) { m.Meaning = s })
	text(colOwner, func(s string) { m.Owner = strings.TrimSpace(s) })
	text(colNote, func(s string) { m.Note = s })
	choice(colState, stateList(), func(i int) {
		m.State = ""
		if i >= 0 {
			m.State = stateWords[i].state
		}
	})
}

func ruleList() (out []string) {
	for _, w := range ruleWords {
		out = append(out, w.word)
	}
	return out
}

func otherwiseList() (out []string) {
	for _, w := range otherwiseWords {
		out = append(out, w.word)
	}
	return out
}

func stateList() (out []string) {
	for _, w := range stateWords {
		out = append(out, w.word)
	}
	return out
}

func separator(s string) string {
	t := strings.TrimSpace(s)
	if len(t) >= 2 && strings.HasPrefix(t, `"`) && strings.HasSuffix(t, `"`) {
		s = t[1 : len(t)-1]
	}
	return strings.ReplaceAll(s, lineBreak, "\n")
}

// value reads what the mapping states for a field: a choice, if the field has choices.
func (rd *reader) value(t *tab, r int, head, text string, f model.Field) (string, bool) {
	if f.Type != model.Option && f.Type != model.Bool || strings.TrimSpace(text) == "" {
		return text, true
	}
	v, ok := unlabel(f, text)
	if !ok {
		list := labels(f)
		next := didYouMean(text, list, "Choose one from the list in the cell.")
		if o, near := mapping.NearestOption(text, f); near {
			next = "Did you mean “" + label(f, o.Value) + "”?"
		}
		rd.mistake(t, r, t.col(head), CodeChoice, text, "“"+clip(text)+"” is not a choice of this field in the new system.",
			"The new system would refuse it.", next)
	}
	return v, ok
}

// sources reads the source columns of a line.
func (rd *reader) sources(t *tab, r int, m *mapping.FieldMap, so model.ObjectSchema) {
	var texts []string
	var cols []int
	for i := 0; ; i++ {
		c := t.col(sourceColumn(i))
		if c < 0 {
			if i < len(m.Sources) { // a column was deleted
				rd.mistake(t, t.head, 0, CodeColumn, sourceColumn(i), "The column “"+sourceColumn(i)+"” is missing in the sheet “"+t.name+"”.",
					"Its cells cannot be checked.", "Write its head again as Waybill made it, or export the workbook again.")
				return
			}
			break
		}
		if s := t.grid.at(r, c); strings.TrimSpace(s) != "" {
			texts, cols = append(texts, s), append(cols, c)
		}
	}
	unchanged := len(texts) == len(m.Sources)
	for i := range texts {
		unchanged = unchanged && same(texts[i], m.Sources[i])
	}
	if unchanged {
		return
	}
	names := make([]string, len(so.Fields))
	for i, f := range so.Fields {
		names[i] = f.Name
	}
	var out []string
	for i, s := range texts {
		j := slices.IndexFunc(names, func(n string) bool { return same(s, n) })
		if j < 0 {
			clean := strings.Trim(strings.TrimSpace(s), "[]")
			j = slices.IndexFunc(so.Fields, func(f model.Field) bool {
				return strings.EqualFold(f.Name, clean) || f.Title != "" && strings.EqualFold(f.Title, clean)
			})
		}
		if j < 0 {
			rd.mistake(t, r, cols[i], CodeChoice, s, "The old system has no field “"+clip(s)+"”.",
				"The rule would always give nothing.", didYouMean(s, names, "Choose one from the list in the cell."))
			continue
		}
		out = append(out, names[j])
	}
	m.Sources = out
}

// valueSheet reads a value list.
func (rd *reader) valueSheet(t *tab, source model.Object, m mapping.FieldMap, f model.Field) []mapping.ValuePair {
	out := slices.Clone(m.Values)
	if !rd.find(t, []string{colKey, colFrom, colBecomes}) {
		return out
	}
	byKey := map[string]int{}
	for i, p := range m.Values {
		byKey[key(p.From)] = i
	}
	seen := map[int]int{}
	for r := t.head + 1; r < len(t.grid); r++ {
		if t.blank(r) {
			continue
		}
		text := t.text(r, colBecomes)
		i, ok := byKey[strings.TrimSpace(t.text(r, colKey))]
		if !ok {
			if i, ok = rd.newValue(t, r, &out); !ok {
				continue
			}
		}
		if first, dup := seen[i]; dup {
			rd.mistake(t, r, t.col(colFrom), CodeRow, t.text(r, colFrom), fmt.Sprintf("This value stands in line %d as well.", first+1),
				"Waybill cannot tell which of them counts.", "Delete one of the two lines.")
			continue
		}
		seen[i] = r
		cell, _ := excelize.CoordinatesToCellName(t.col(colBecomes)+1, r+1) // as in mistake
		rd.places[place{source, m.Target, colBecomes + out[i].From}] = cellRef{t.name, cell}
		if same(text, becomes(out[i], f)) {
			continue
		}
		switch clean := strings.TrimSpace(text); {
		case clean == "":
			out[i].To, out[i].Decided = "", false
		case strings.EqualFold(clean, leaveEmpty):
			out[i].To, out[i].Decided = "", true
		default:
			if v, ok := rd.value(t, r, colBecomes, text, f); ok {
				out[i].To, out[i].Decided = v, true
			}
		}
	}
	for i := range m.Values {
		if _, ok := seen[i]; !ok {
			rd.mistake(t, -1, -1, CodeRow, m.Values[i].From, "The line of a value is missing in the sheet “"+t.name+"”.",
				"Waybill does not guess what should become of it.", "Bring the line back, and choose "+leaveEmpty+" if the value is not wanted.")
		}
	}
	return out
}

func (rd *reader) newValue(t *tab, r int, out *[]mapping.ValuePair) (int, bool) {
	from := t.text(r, colFrom)
	if strings.TrimSpace(from) == "" {
		rd.mistake(t, r, t.col(colFrom), CodeRow, "", "This line does not say which value it is for.",
			"Its choice would never be used.", "Write the value of the old system, or delete the line.")
		return 0, false
	}
	if i := slices.IndexFunc(*out, func(p mapping.ValuePair) bool { return p.From == from }); i >= 0 {
		return i, true
	}
	*out = append(*out, mapping.ValuePair{From: from})
	return len(*out) - 1, true
}

// lint finds what the changes broke, and says in which cell.
func (rd *reader) lint(v mapping.Version) {
	type id struct {
		code          problem.Code
		object, field string
		value         string
	}
	of := func(p *problem.Problem) id { return id{p.Code, p.Where.Object, p.Where.Field, p.Where.Value} }
	known := map[id]bool{}
	for _, p := range rd.base.Lint(rd.src, rd.dst) {
		known[of(p)] = true
	}
	for _, p := range v.Lint(rd.src, rd.dst) {
		if known[of(p)] || p.Code == mapping.CodeUndecided {
			continue
		}
		at := rd.cellOf(p, v)
		w := problem.Place{Sheet: at.sheet, Cell: at.cell, Value: clip(p.Where.Value), Column: p.Where.Column, Object: p.Where.Object, Field: p.Where.Field}
		rd.found = append(rd.found, problem.Wrap(p.Unwrap(), CodeMistake, p.What, p.Why, p.Next).At(w))
	}
}

func (rd *reader) cellOf(p *problem.Problem, v mapping.Version) cellRef {
	object := model.Object(p.Where.Object)
	m, _ := v.Object(object)
	f, _ := m.Field(p.Where.Field)
	column := colRule
	switch p.Code {
	case mapping.CodeFormula:
		column = colFormula
	case mapping.CodeNoSourceName:
		if column = colSource; f.Rule == mapping.Formula {
			column = colFormula
		}
	case mapping.CodeNoSources, mapping.CodeLink:
		column = colSource
	case mapping.CodeFixed, mapping.CodeOption:
		switch p.Where.Value {
		case f.Fixed:
			column = colFixed
		case f.EmptyValue:
			column = colEmptyValue
		case f.UnknownValue:
			column = colUnknownValue
		}
		for _, x := range f.Values {
			if x.To == p.Where.Value && x.Decided {
				column = colBecomes + x.From
			}
		}
		if p.Where.Value == "" {
			if column = colUnknownValue; f.IfEmpty == model.OtherwiseUse && f.EmptyValue == "" {
				column = colEmptyValue
			}
		}
	case mapping.CodeRequired:
		if f.Rule == mapping.Fixed {
			column = colFixed
		}
	}
	return rd.places[place{object, p.Where.Field, column}]
}
