package workbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"waybill/backend/mapping"
	"waybill/backend/model"
)

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
