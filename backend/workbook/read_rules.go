package workbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"waybill/backend/mapping"
	"waybill/backend/model"
)

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
