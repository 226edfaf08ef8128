package workbook

import (
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"waybill/backend/mapping"
	"waybill/backend/model"
)

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
