package workbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"waybill/backend/mapping"
	"waybill/backend/model"
)

// The columns of the people's sheet.
const (
	colPerson = "In the old system"
	colMail   = "E-mail"
	colThere  = "Still there"
	colHow    = "What happens"
	colTo     = "In the new system"
	colStands = "Only stands in"

	idPeople = "waybill:people"
)

var howWords = []struct{ how, word string }{
	{mapping.PersonMoves, "Moves along"}, {mapping.PersonTarget, "Is somebody in the new system"}, {mapping.PersonLeave, "Leave empty"},
}

func howList() []string {
	out := make([]string, len(howWords))
	for i, w := range howWords {
		out[i] = w.word
	}
	return out
}

// personCells is what a line of the people map shows. What is only proposed is not decided,
// and its cell is empty.
func personCells(p mapping.PersonPair, to []model.Choice) map[string]string {
	out := map[string]string{colHow: "", colTo: "", colStands: ""}
	if !p.Decided {
		return out
	}
	for _, w := range howWords {
		if w.how == p.How {
			out[colHow] = w.word
		}
	}
	if p.How == mapping.PersonTarget {
		out[colTo], out[colStands] = personName(p.To, p.ToName, to), yesNo(p.Stands)
	}
	return out
}

// personName is what people see of somebody in the target: the name, with the id where two
// have the same.
func personName(id, name string, to []model.Choice) string {
	n := 0
	for _, c := range to {
		if c.Value == id && c.Title != "" {
			name = c.Title
		}
	}
	for _, c := range to {
		if strings.EqualFold(c.Title, name) {
			n++
		}
	}
	if n > 1 || name == "" {
		return strings.TrimSpace(name + " (" + id + ")")
	}
	return name
}

// personKey finds a line again.
func personKey(p mapping.PersonPair) string { return key(string(p.Object) + "\x00" + p.From) }

func (m *maker) peopleSheet() *sheet {
	s := &sheet{
		name: sheetPeople, id: idPeople, freeze: 3, tab: inkEdit, title: "People and groups: who becomes whom",
		hint: "One line for each of the old system. Say what happens, and who it is in the new one. Records of those that are red wait.",
		columns: []column{
			{colKey, 4, false},
			{colObjects, 12, false},
			{colPerson, 30, false},
			{colMail, 30, false},
			{colThere, 11, false},
			{colCount, 11, false},
			{colHint, 34, false},
			{colHow, 28, true},
			{colTo, 30, true},
			{colStands, 14, true},
		},
		paints: []paint{
			{colHow, `TRIM({` + colHow + `})=""`, m.st.wants},
			{colTo, `AND({` + colHow + `}="` + howWords[1].word + `",TRIM({` + colTo + `})="")`, m.st.wants},
		},
	}
	for _, p := range m.Version.People {
		to := m.PeopleTo[p.Object]
		row := firstRow + len(s.rows)
		if r := m.listRange(howList()); r != "" {
			s.checks = append(s.checks, check{col: 7, from: row, to: row, list: r, prompt: "What becomes of what points here."})
		}
		names := make([]string, len(to))
		for i, c := range to {
			names[i] = fit(personName(c.Value, c.Title, to))
		}
		if r := m.listRange(names); r != "" {
			s.checks = append(s.checks, check{col: 8, from: row, to: row, list: r, prompt: "Who it is in the new system."})
		}
		if r := m.listRange([]string{"Yes", "No"}); r != "" {
			s.checks = append(s.checks, check{col: 9, from: row, to: row, list: r, prompt: "Yes: not the same person, only a place for the records."})
		}
		name, hint := p.Name, ""
		if name == "" {
			name = p.From
		}
		if !p.Decided && p.How == mapping.PersonTarget {
			hint = "Perhaps " + personName(p.To, p.ToName, to)
			if p.Confidence > 0 {
				hint += fmt.Sprintf(" (%d %%)", p.Confidence)
			}
		}
		c := personCells(p, to)
		s.rows = append(s.rows, []any{
			textCell(m.st.hidden, personKey(p)), textCell(m.st.locked, objectTitle(m.Src, p.Object)), textCell(m.st.lockedWrap, name), textCell(m.st.lockedWrap, p.Email),
			textCell(m.st.locked, yesNo(!p.Inactive)),
			excelize.Cell{StyleID: m.st.count, Value: p.Count},
			textCell(m.st.lockedWrap, strings.TrimSpace(hint+" "+p.Reason)),
			textCell(m.st.editWrap, c[colHow]), textCell(m.st.editWrap, c[colTo]), textCell(m.st.edit, c[colStands]),
		})
	}
	return s
}

// people reads the lines of the people map that were changed.
func (rd *reader) people(t *tab, people []mapping.PersonPair) []mapping.PersonPair {
	out := slices.Clone(people)
	if !rd.find(t, []string{colKey, colPerson, colHow, colTo}, colStands) {
		return out
	}
	byKey := map[string]int{}
	for i, p := range people {
		byKey[personKey(p)] = i
	}
	seen := map[int]int{}
	for r := t.head + 1; r < len(t.grid); r++ {
		if t.blank(r) {
			continue
		}
		i, ok := byKey[strings.TrimSpace(t.text(r, colKey))]
		if !ok {
			rd.mistake(t, r, t.col(colPerson), CodeRow, t.text(r, colPerson), "Waybill did not write this line.", "It cannot tell whom it is about.", "Delete the line, and fill in the one that Waybill wrote.")
			continue
		}
		if !rd.once(t, r, colPerson, seen, i) {
			continue
		}
		rd.person(t, r, &out[i])
	}
	rd.missing(t, len(people)-len(seen), "people")
	return out
}

func (rd *reader) person(t *tab, r int, p *mapping.PersonPair) {
	to := rd.want.PeopleTo[p.Object]
	was := personCells(*p, to)
	how, changedHow := rd.changed(t, r, colHow, was[colHow])
	who, changedWho := rd.changed(t, r, colTo, was[colTo])
	stands, changedStands := rd.changed(t, r, colStands, was[colStands])
	if !changedHow && !changedWho && !changedStands {
		return
	}
	how, who = strings.TrimSpace(how), strings.TrimSpace(who)
	if how == "" && who != "" && changedWho {
		how = howWords[1].word // who it is says what happens
	}
	i := slices.IndexFunc(howWords, func(w struct{ how, word string }) bool { return strings.EqualFold(w.word, how) })
	switch {
	case how == "":
		p.Decided = false
		return
	case i < 0:
		rd.mistake(t, r, t.col(colHow), CodeChoice, how, "“"+clip(how)+"” is not one of the choices of “"+colHow+"”.", "Waybill does not guess what is meant.", didYouMean(how, howList(), "Choose one from the list in the cell."))
		return
	case howWords[i].how != mapping.PersonTarget:
		if changedWho && who != "" {
			rd.mistake(t, r, t.col(colTo), CodeMistake, who, "Somebody is named, but “"+how+"” needs nobody.", "Waybill cannot tell which of the two is meant.", "Choose “"+howWords[1].word+"”, or empty the cell.")
			return
		}
		p.How, p.To, p.ToName, p.Stands, p.Decided = howWords[i].how, "", "", false, true
		return
	case who == "":
		rd.mistake(t, r, t.col(colTo), CodeMistake, "", "It is not said who this is in the new system.", "The records would belong to nobody.", "Choose somebody, or another way.")
		return
	}
	id, name, ok := findPerson(who, to)
	if !ok && !changedWho { // as it was, though the list does not have them any more
		id, name, ok = p.To, p.ToName, true
	}
	if !ok {
		names := make([]string, len(to))
		for i, c := range to {
			names[i] = personName(c.Value, c.Title, to)
		}
		rd.mistake(t, r, t.col(colTo), CodeChoice, who, "The new system has nobody called “"+clip(who)+"”.", "The records would belong to nobody.", didYouMean(who, names, "Choose one from the list in the cell, or create them in the new system first."))
		return
	}
	p.How, p.To, p.ToName, p.Decided = mapping.PersonTarget, id, name, true
	if changedStands {
		b, ok := mapping.Truth(stands)
		if !ok && strings.TrimSpace(stands) != "" {
			rd.mistake(t, r, t.col(colStands), CodeChoice, stands, "“"+clip(stands)+"” is neither Yes nor No.", "Waybill does not guess what is meant.", "Choose Yes or No.")
			return
		}
		p.Stands = b
	}
}

// findPerson finds somebody of the target by what stands in a cell.
func findPerson(text string, to []model.Choice) (id, name string, ok bool) {
	for _, c := range to {
		if same(text, personName(c.Value, c.Title, to)) || c.Value == text {
			return c.Value, c.Title, true
		}
	}
	for _, c := range to {
		if strings.EqualFold(text, personName(c.Value, c.Title, to)) {
			return c.Value, c.Title, true
		}
	}
	return "", "", false
}
