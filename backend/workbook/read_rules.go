package workbook

import (
	"slices"
	"strings"

	"waybill/backend/mapping"
	"waybill/backend/model"
)

// objectSheet reads the lines of one kind of record.
func (rd *reader) objectSheet(t *tab, o *mapping.ObjectMap, so model.ObjectSchema, do shape) {
	heads := []string{
		colKey, colTarget, colRule, colSource, colSeparator, colFixed, colFormula, colIfEmpty, colEmptyValue,
		colIfUnknown, colUnknownValue, colMeaning, colOwner, colState, colNote,
	}
	if !rd.find(t, heads, colSplit, colLookup, colMust, colKeep) {
		return
	}
	from := newShape(so)
	byKey, byTitle := map[string]int{}, map[string]int{}
	for i, x := range o.Fields {
		f, _ := do.field(x.Target)
		byKey[key(x.Target)] = i
		named(byTitle, do.title(f), i)
	}
	had := len(o.Fields)
	seen := map[int]int{}
	for r := t.head + 1; r < len(t.grid); r++ {
		if t.blank(r) {
			continue
		}
		i, ok := lineOf(byKey, byTitle, t.text(r, colKey), t.text(r, colTarget))
		if !ok {
			if i, ok = rd.newRule(t, r, o, do); !ok {
				continue
			}
		}
		if !rd.once(t, r, colTarget, seen, i) {
			continue
		}
		f, _ := do.field(o.Fields[i].Target)
		rd.ruleRow(t, r, *o, &o.Fields[i], f, from)
	}
	gone := 0
	for i := range had {
		if _, ok := seen[i]; !ok {
			gone++
		}
	}
	rd.missing(t, gone, "their rules")
}

// named keeps which line has a title; a title that two lines have finds none.
func named(byTitle map[string]int, title string, i int) {
	title = fit(title)
	if _, dup := byTitle[title]; dup {
		i = -1
	}
	byTitle[title] = i
}

// lineOf finds a line by what people see in it, else by its hidden key: whoever sorts only
// some of the columns parts the two, and means what they see.
func lineOf(byKey, byTitle map[string]int, hidden, title string) (int, bool) {
	if i, ok := byTitle[title]; ok && i >= 0 {
		return i, true
	}
	i, ok := byKey[strings.TrimSpace(hidden)]
	return i, ok
}

// newRule adds a line that a person wrote for a target field without one.
func (rd *reader) newRule(t *tab, r int, o *mapping.ObjectMap, do shape) (int, bool) {
	name := strings.TrimSpace(t.text(r, colTarget))
	if name == "" {
		rd.mistake(t, r, t.col(colTarget), CodeRow, "", "This line does not say which field it is for.",
			"Its rule would go nowhere.", "Write the field's name, or delete the line.")
		return 0, false
	}
	for _, f := range do.Fields {
		if !strings.EqualFold(f.Name, name) && !strings.EqualFold(do.title(f), name) && !strings.EqualFold(f.Title, name) {
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
		names = append(names, do.title(f))
	}
	rd.mistake(t, r, t.col(colTarget), CodeRow, name, "The new system has no field “"+clip(name)+"”.",
		"The rule would go nowhere.", didYouMean(name, names, "Write a field that exists, or ask for it to be created."))
	return 0, false
}

// ruleRow brings the cells of a line that were changed into its rule.
func (rd *reader) ruleRow(t *tab, r int, o mapping.ObjectMap, m *mapping.FieldMap, f model.Field, so shape) {
	was := cells(*m, f)
	rd.spots[spot{source: o.Source, branch: o.Branch(), field: m.Target}] = line{t, r}
	changed := func(head string) (string, bool) { return rd.changed(t, r, head, was[head]) }
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
	phrases(rd, t, r, colSplit, was, parseSplit, &m.Split, `Write for instance: part 2 by ";", last part by " ", or characters 1 to 5.`)
	phrases(rd, t, r, colLookup, was, parseLookup, &m.Lookup, `Write for instance: table "Regions" by "Code" take "Name", or linked "organization" take "name".`)
	phrases(rd, t, r, colMust, was, parseCheck, &m.Check, `Write for instance: one of "A", "B"; at most 20 characters; pattern "[A-Z]+"; least "1"; says "two letters".`)
	phrases(rd, t, r, colKeep, was, parseKeep, &m.Keep, `Write for instance: in "tags" behind "old status: ".`)
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

// phrases reads a setting that is written as a phrase; an empty cell removes it.
func phrases[T any](rd *reader, t *tab, r int, head string, was map[string]string, parse func(string) (*T, bool), to **T, next string) {
	text, ok := rd.changed(t, r, head, was[head])
	if !ok {
		return
	}
	if strings.TrimSpace(text) == "" {
		*to = nil
		return
	}
	v, ok := parse(text)
	if !ok {
		rd.mistake(t, r, t.col(head), CodePhrase, text, "What stands in “"+head+"” is not understood.", "Waybill does not guess what is meant.", next)
		return
	}
	*to = v
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
func (rd *reader) sources(t *tab, r int, m *mapping.FieldMap, so shape) {
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
		old := ""
		if i < len(m.Sources) {
			old = m.Sources[i]
		}
		if s, _ := rd.changed(t, r, sourceColumn(i), old); strings.TrimSpace(s) != "" {
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
	names := words(so.Fields, func(f model.Field) string { return f.Name })
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
