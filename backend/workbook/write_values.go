package workbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"waybill/backend/mapping"
	"waybill/backend/model"
)

// valueSheet plans the sheet of a value list.
func (m *maker) valueSheet(o mapping.ObjectMap, x mapping.FieldMap, do shape, t model.Field) *sheet {
	s := &sheet{
		name: m.names.take(objectTitle(m.Dst, o.Target) + " " + do.title(t)), id: idValues + mapKey(o) + ":" + key(x.Target),
		title: objectTitle(m.Dst, o.Target) + ": values of " + do.title(t), freeze: 2, tab: inkEdit,
		hint: "One line for each value of the old system. Choose what it becomes. Records with an empty choice are held back until somebody decides.",
		columns: []column{
			{colKey, 4, false}, {colFrom, 40, false}, {colCount, 11, false}, {colHint, 26, false}, {colBecomes, 30, true},
		},
	}
	if x.Keep != nil {
		s.columns = append(s.columns, column{colKeepOne, 20, true})
		if r := m.listRange([]string{"Yes", "No"}); len(x.Values) > 0 {
			s.checks = append(s.checks, check{col: 5, from: firstRow, to: firstRow + len(x.Values) - 1, list: r, prompt: "Yes: the old word is kept in " + x.Keep.Field + "."})
		}
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
		hint := ""
		if !p.Decided && p.To != "" {
			hint = "Perhaps " + stated(t, p.To)
			if p.Confidence > 0 {
				hint += fmt.Sprintf(" (%d %%)", p.Confidence)
			}
		}
		row := []any{
			textCell(m.st.hidden, key(p.From)), textCell(m.st.lockedWrap, p.From),
			excelize.Cell{StyleID: m.st.count, Value: n},
			textCell(m.st.lockedWrap, hint), textCell(m.st.edit, becomes(p, t)),
		}
		if x.Keep != nil {
			row = append(row, textCell(m.st.edit, yesNo(p.Keep)))
		}
		s.rows = append(s.rows, row)
	}
	s.paints = []paint{{colBecomes, `TRIM({` + colBecomes + `})=""`, m.st.wants}}
	return s
}

// spareSheet lists what no rule uses, so that nothing is forgotten silently.
func (m *maker) spareSheet() *sheet {
	left := m.Version.Leftovers(m.Src, m.Dst)
	if len(left) == 0 {
		return nil
	}
	s := &sheet{
		name: sheetSpare, id: idOther + "spare", title: "Fields of the old system that no rule uses", freeze: 0, tab: "8A939B",
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

func yesNo(b bool) string {
	if b {
		return "Yes"
	}
	return "No"
}
