package workbook

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"waybill/backend/mapping"
	"waybill/backend/problem"
)

// ReadHeld takes the answers of a returned workbook: all of them, or none and every
// mistake with its sheet and cell. want is what would be written now.
func ReadHeld(r io.ReaderAt, size int64, want HeldBook) ([]HeldAnswer, []*problem.Problem) {
	b, bad := open(r, size)
	if bad != nil {
		return nil, []*problem.Problem{bad}
	}
	defer b.close()
	if bad := b.fits(kindHeld, Identity{want.ProjectID, want.ProjectName}, want.State,
		"What is held back has changed since this workbook was made.", "A choice could hit other records than the ones it was made for."); bad != nil {
		return nil, []*problem.Problem{bad}
	}
	rd := newReader(b, Want{})
	tabs := rd.tabs()
	given := rd.heldValues(tabs[idAnswers], want)
	answers := rd.decisions(tabs[idDecisions], want, given)
	if len(rd.found) > 0 {
		return nil, rd.found
	}
	return answers, nil
}

// heldValues reads what each value becomes, by heldKey.
func (rd *reader) heldValues(t *tab, want HeldBook) map[string]string {
	out := map[string]string{}
	if t == nil || !rd.find(t, []string{colKey, colValue, colBecomes}) {
		return out
	}
	options := map[string][]HeldChoice{}
	for _, g := range want.Groups {
		for _, r := range g.Repairs {
			for _, v := range r.Values {
				options[heldKey(g.ID, r.ID, v.Value)] = r.Options
			}
		}
	}
	for row := t.head + 1; row < len(t.grid); row++ {
		text := rd.said(t, row, colBecomes)
		if text == "" {
			continue
		}
		k := t.text(row, colKey)
		list, ok := options[k]
		if !ok {
			rd.mistake(t, row, t.col(colBecomes), CodeRow, text, "Waybill did not write this line.", "It cannot tell which value it is about.", "Fill in one of the lines that Waybill wrote.")
			continue
		}
		value, ok := chosen(list, text)
		if !ok {
			rd.mistake(t, row, t.col(colBecomes), CodeChoice, text, fmt.Sprintf("“%s” is not one of the choices.", clip(text)), "The target would refuse it.", nearest(text, titlesOf(list)))
			continue
		}
		out[k] = value
	}
	return out
}

// chosen finds what a person chose or typed among options; without options any text is good.
func chosen(list []HeldChoice, text string) (string, bool) {
	if len(list) == 0 || strings.EqualFold(text, leaveEmpty) {
		return text, true
	}
	for _, o := range list {
		if same(text, o.Title) || o.Value == text {
			return o.Value, true
		}
	}
	for _, o := range list {
		if strings.EqualFold(o.Title, text) || strings.EqualFold(o.Value, text) {
			return o.Value, true
		}
	}
	return "", false
}

func titlesOf(list []HeldChoice) []string {
	out := make([]string, len(list))
	for i, o := range list {
		out[i] = o.Title
	}
	return out
}

func nearest(text string, titles []string) string {
	if near := mapping.Nearest(text, titles); near != "" {
		return "Did you mean “" + near + "”? Choose from the list of the cell."
	}
	return "Choose from the list of the cell."
}

// decisions reads which repair was chosen for each group.
func (rd *reader) decisions(t *tab, want HeldBook, given map[string]string) []HeldAnswer {
	if t == nil {
		rd.found = append(rd.found, problem.New(CodeSheet, "The sheet “Decisions” is missing.", "Without it nothing is chosen. Nothing was taken from the workbook.", "Export the held records again, and choose in that file."))
		return nil
	}
	if !rd.find(t, []string{colKey, colRepair, colAnswer, colWhy}) {
		return nil
	}
	out, seen := []HeldAnswer{}, map[string]bool{}
	for row := t.head + 1; row < len(t.grid); row++ {
		id, title, answer := t.text(row, colKey), rd.said(t, row, colRepair), rd.said(t, row, colAnswer)
		if title == "" && answer == "" {
			continue
		}
		at := slices.IndexFunc(want.Groups, func(g HeldGroup) bool { return g.ID == id })
		switch {
		case at < 0 || seen[id]:
			rd.mistake(t, row, t.col(colRepair), CodeRow, title, "Waybill did not write this line, or wrote it once and it is here twice.", "It cannot tell which records it is about.", "Delete the line, and fill in the one that Waybill wrote.")
			continue
		case title == "":
			rd.mistake(t, row, t.col(colRepair), CodeMistake, "", "There is an answer, but no repair is chosen.", "Waybill cannot tell what the answer is for.", "Choose a repair, or empty the answer.")
			continue
		}
		seen[id] = true
		a := HeldAnswer{Group: id, Why: rd.said(t, row, colWhy), Sheet: t.name}
		a.Cell = cellName(row, t.col(colRepair))
		if rd.repair(t, row, want.Groups[at], title, answer, given, &a) {
			out = append(out, a)
		}
	}
	return out
}

// repair checks one chosen repair and its answer.
func (rd *reader) repair(t *tab, row int, g HeldGroup, title, answer string, given map[string]string, a *HeldAnswer) bool {
	titles := make([]string, len(g.Repairs))
	for i, r := range g.Repairs {
		titles[i] = r.Title
	}
	i := slices.IndexFunc(g.Repairs, func(r HeldRepair) bool {
		return same(title, r.Title) || strings.EqualFold(title, r.Title) || r.ID == title
	})
	if i < 0 {
		rd.mistake(t, row, t.col(colRepair), CodeChoice, title, fmt.Sprintf("“%s” is not a repair of these records.", clip(title)), "Waybill does not guess what is meant.", nearest(title, titles))
		return false
	}
	r := g.Repairs[i]
	a.Repair = r.ID
	wants := func(what, next string) bool {
		rd.mistake(t, row, t.col(colAnswer), CodeMistake, answer, what, "The repair cannot be carried out without it.", next)
		return false
	}
	switch r.Asks {
	case "text":
		if answer == "" {
			return wants("The repair asks for something, and the answer is empty.", "Write it in the column Answer.")
		}
		a.Value = answer
	case "option":
		value, ok := chosen(r.Options, answer)
		if answer == "" || !ok || strings.EqualFold(answer, leaveEmpty) {
			return wants(fmt.Sprintf("“%s” is not one of the choices of this repair.", clip(answer)), nearest(answer, titlesOf(r.Options)))
		}
		a.Value = value
	case "values":
		found := map[string]string{}
		for _, v := range r.Values {
			if to, ok := given[heldKey(g.ID, r.ID, v.Value)]; ok {
				found[v.Value] = to
			}
		}
		if len(found) == 0 {
			return wants("The repair asks about each value, and no value is answered.", "Fill in the sheet Values, or choose another repair.")
		}
		b, err := json.Marshal(found)
		if err != nil {
			rd.found = append(rd.found, damaged(err))
			return false
		}
		a.Value = string(b)
	}
	return true
}
