package workbook

import (
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// DecisionLine is a cleaning rule in force.
type DecisionLine struct {
	ID int64
	// Title of the rule; Objects is what its records are called; Does: "Left out".
	Title, Objects, Does string
	Count                int64
	Why, Who, When       string
}

// What can be said about a cleaning rule.
const (
	DecisionAgree    = "Agree"
	DecisionTakeBack = "Take back"
)

// DecisionAnswer is what the business says about a cleaning rule.
type DecisionAnswer struct {
	ID int64
	// TakeBack: its records shall move after all; else the rule is agreed to.
	TakeBack    bool
	Why         string
	Sheet, Cell string
}

// ChangeLine is one change of one version.
type ChangeLine struct {
	Version           int
	When, By, Reason  string
	Objects, Field    string
	What, Was, Become string
}

const (
	colHappens = "What happens"
	colAnswr   = "Your decision"
	colYour    = "Your reason"
	idCleans   = "waybill:cleaning"
	idChanges  = idOther + "changes"
)

// cleaningSheet lists the cleaning rules in force, to be agreed to or taken back.
func (m *maker) cleaningSheet() *sheet {
	s := &sheet{
		name: sheetDecisions, id: idCleans, freeze: 2, tab: inkEdit, title: "What is not moved as it is, and why",
		hint: "One line for each cleaning rule in force. Agree, or take it back: its records then move after all.",
		columns: []column{
			{colKey, 4, false},
			{"Rule", 40, false},
			{colObjects, 14, false},
			{colHappens, 14, false},
			{colCount, 11, false},
			{colWhy, 40, false},
			{"Decided by", 20, false},
			{"When", 20, false},
			{colAnswr, 16, true},
			{colYour, 40, true},
		},
		paints: []paint{
			{colAnswr, `{` + colAnswr + `}="` + DecisionAgree + `"`, m.st.agreed},
			{colAnswr, `{` + colAnswr + `}="` + DecisionTakeBack + `"`, m.st.wants},
			{colYour, `AND({` + colAnswr + `}="` + DecisionTakeBack + `",TRIM({` + colYour + `})="")`, m.st.wants},
		},
	}
	for _, d := range m.Decisions {
		s.rows = append(s.rows, []any{
			textCell(m.st.hidden, strconv.FormatInt(d.ID, 10)), textCell(m.st.lockedWrap, d.Title), textCell(m.st.locked, d.Objects), textCell(m.st.locked, d.Does),
			excelize.Cell{StyleID: m.st.count, Value: d.Count},
			textCell(m.st.lockedWrap, d.Why), textCell(m.st.locked, d.Who), textCell(m.st.locked, d.When),
			textCell(m.st.edit, ""), textCell(m.st.editWrap, ""),
		})
	}
	if list := m.listRange([]string{DecisionAgree, DecisionTakeBack}); list != "" && len(s.rows) > 0 {
		s.checks = append(s.checks, check{col: 8, from: firstRow, to: firstRow + len(s.rows) - 1, list: list, prompt: "Agree, or take the rule back."})
	}
	return s
}

// cleaning reads what is said about the cleaning rules.
func (rd *reader) cleaning(t *tab) []DecisionAnswer {
	out := []DecisionAnswer{}
	if !rd.find(t, []string{colKey, colAnswr, colYour}) {
		return out
	}
	known := map[string]int{}
	for i, d := range rd.want.Decisions {
		known[strconv.FormatInt(d.ID, 10)] = i
	}
	seen := map[int]int{}
	for r := t.head + 1; r < len(t.grid); r++ {
		answer, _ := rd.changed(t, r, colAnswr, "")
		why, _ := rd.changed(t, r, colYour, "")
		if answer = strings.TrimSpace(answer); answer == "" {
			continue
		}
		id := strings.TrimSpace(t.text(r, colKey))
		i, ok := known[id]
		if !ok {
			if _, err := strconv.ParseInt(id, 10, 64); err == nil {
				rd.note(t, r, t.col(colAnswr), "This cleaning rule is not in force any more.", "It was taken back here meanwhile, so nothing is left to say about it.")
				continue
			}
			rd.mistake(t, r, t.col(colAnswr), CodeRow, answer, "Waybill did not write this line.", "It cannot tell which rule it is about.", "Delete the line, and fill in the one that Waybill wrote.")
			continue
		}
		if !rd.once(t, r, colAnswr, seen, i) {
			continue
		}
		a := DecisionAnswer{ID: rd.want.Decisions[i].ID, Why: strings.TrimSpace(why), Sheet: t.name, Cell: cellName(r, t.col(colAnswr))}
		switch {
		case strings.EqualFold(answer, DecisionAgree):
		case !strings.EqualFold(answer, DecisionTakeBack):
			list := []string{DecisionAgree, DecisionTakeBack}
			rd.mistake(t, r, t.col(colAnswr), CodeChoice, answer, "“"+clip(answer)+"” is not one of the choices of “"+colAnswr+"”.", "Waybill does not guess what is meant.", didYouMean(answer, list, "Choose one of: "+strings.Join(list, ", ")+"."))
			continue
		case a.Why == "":
			rd.mistake(t, r, t.col(colYour), CodeMistake, "", "A rule is taken back, and it is not said why.", "The report names the reason for every decision.", "Write a short reason.")
			continue
		default:
			a.TakeBack = true
		}
		out = append(out, a)
	}
	return out
}

// changesSheet lists what changed from version to version, to read.
func (m *maker) changesSheet() *sheet {
	s := &sheet{
		name: sheetChanges, id: idChanges, freeze: 2, tab: "8A939B", title: "What changed so far", hint: "To read; nothing here is read back.",
		columns: []column{
			{colKey, 4, false},
			{"Version", 9, false},
			{"When", 20, false},
			{"By", 18, false},
			{"Reason", 34, false},
			{colObjects, 16, false},
			{"Field", 24, false},
			{"What", 20, false},
			{"Was", 40, false},
			{"Is now", 40, false},
		},
	}
	for _, c := range m.Changes {
		n := strconv.Itoa(c.Version)
		if c.Version == 0 {
			n = "next"
		}
		s.rows = append(s.rows, []any{
			textCell(m.st.hidden, ""), textCell(m.st.locked, n), textCell(m.st.locked, c.When), textCell(m.st.locked, c.By), textCell(m.st.lockedWrap, c.Reason),
			textCell(m.st.locked, c.Objects), textCell(m.st.locked, c.Field), textCell(m.st.locked, c.What), textCell(m.st.lockedWrap, c.Was), textCell(m.st.lockedWrap, c.Become),
		})
	}
	return s
}
