package workbook

import (
	"slices"
	"strings"

	"waybill/backend/mapping"
	"waybill/backend/model"
)

// valueSheet reads a value list.
func (rd *reader) valueSheet(t *tab, o mapping.ObjectMap, m mapping.FieldMap, f model.Field) []mapping.ValuePair {
	out := slices.Clone(m.Values)
	if !rd.find(t, []string{colKey, colFrom, colBecomes}, colKeepOne) {
		return out
	}
	byKey, byTitle := map[string]int{}, map[string]int{}
	for i, p := range m.Values {
		byKey[key(p.From)] = i
		named(byTitle, p.From, i)
	}
	seen := map[int]int{}
	for r := t.head + 1; r < len(t.grid); r++ {
		if t.blank(r) {
			continue
		}
		i, ok := lineOf(byKey, byTitle, t.text(r, colKey), t.text(r, colFrom))
		if !ok {
			if i, ok = rd.newValue(t, r, &out); !ok {
				continue
			}
		}
		if !rd.once(t, r, colFrom, seen, i) {
			continue
		}
		rd.spots[spot{o.Source, o.Branch(), m.Target, out[i].From, true}] = line{t, r}
		rd.valueRow(t, r, m, f, &out[i])
	}
	gone := 0
	for i := range m.Values {
		if _, ok := seen[i]; !ok {
			gone++
		}
	}
	rd.missing(t, gone, "what these values become")
	return out
}

func (rd *reader) valueRow(t *tab, r int, m mapping.FieldMap, f model.Field, p *mapping.ValuePair) {
	if m.Keep != nil {
		if text, ok := rd.changed(t, r, colKeepOne, yesNo(p.Keep)); ok {
			keep, known := mapping.Truth(text)
			if !known && strings.TrimSpace(text) != "" {
				rd.mistake(t, r, t.col(colKeepOne), CodeChoice, text, "“"+clip(text)+"” is neither Yes nor No.", "Waybill does not guess what is meant.", "Choose Yes or No.")
				return
			}
			p.Keep = keep
		}
	}
	text, ok := rd.changed(t, r, colBecomes, becomes(*p, f))
	if !ok {
		return
	}
	switch clean := strings.TrimSpace(text); {
	case clean == "":
		p.To, p.Decided = "", false
	case strings.EqualFold(clean, leaveEmpty):
		p.To, p.Decided = "", true
	default:
		if v, ok := rd.value(t, r, colBecomes, text, f); ok {
			p.To, p.Decided = v, true
		}
	}
}

func (rd *reader) newValue(t *tab, r int, out *[]mapping.ValuePair) (int, bool) {
	from, _ := rd.changed(t, r, colFrom, "")
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
