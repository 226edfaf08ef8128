package workbook

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"waybill/backend/problem"
)

// HeldBook is a workbook about records that are held back: to be sent to whoever knows
// what is right, and to come back with a repair chosen for each group.
type HeldBook struct {
	ProjectID, ProjectName string
	// State of what is held; a workbook of another state is stale.
	State string
	// Made says on the cover when and by whom, in words.
	Made   string
	Groups []HeldGroup
}

// HeldGroup is all that is held for one reason.
type HeldGroup struct {
	// ID finds the group again. Objects is what its records are called: "Tickets".
	ID, Objects string
	Count       int64
	// What is wrong, and what to do.
	What, Next string
	Examples   []string
	Repairs    []HeldRepair
	Records    []HeldRecord
}

// HeldRepair is one way to put a group right.
type HeldRepair struct {
	ID, Title string
	// Asks: none, text, option or values.
	Asks    string
	Options []HeldChoice
	Values  []HeldChoice
}

// HeldChoice is something to choose, or a value that something is to be chosen for.
type HeldChoice struct {
	Value, Title string
	Count        int64
}

// HeldRecord is one record as people find it again.
type HeldRecord struct{ ID, Name, Place, Value string }

// HeldAnswer is what was chosen for a group, with its cells.
type HeldAnswer struct {
	Group, Repair, Value, Why string
	Sheet, Cell               string
}

// CodeStale says that what is held is not what it was when the workbook was made.
const CodeStale problem.Code = "workbook.stale"

// HeldRecordsMost is how many records are listed one by one; the groups count all.
const HeldRecordsMost = 100_000

const (
	colObjects  = "Kind"
	colWrong    = "What is wrong"
	colExamples = "Examples"
	colRepair   = "Repair"
	colAnswer   = "Answer"
	colWhy      = "Why"
	colValue    = "Value"
	colID       = "Number"
	colName     = "Name"
	colPlace    = "Where in the export"

	idDecisions = "waybill:held:decisions"
	idAnswers   = "waybill:held:values"
)

// WriteHeld writes the workbook: the same book gives the same bytes (invariant 12).
func WriteHeld(w io.Writer, b HeldBook) error {
	return write(w, Book{ProjectID: b.ProjectID, ProjectName: b.ProjectName, Title: "Held records of " + b.ProjectName, Made: b.Made}, func(m *maker) error { return m.makeHeld(b) })
}

func (m *maker) makeHeld(b HeldBook) error {
	sheets := []*sheet{m.decisionsSheet(b)}
	if s := m.answersSheet(b); len(s.rows) > 0 {
		sheets = append(sheets, s)
	}
	sheets = append(sheets, m.recordsSheet(b))
	return m.bind(kindHeld, sheetCover, sheets, func() error { return m.heldCover(b) }, [2]string{"hash", b.State})
}

// decisionsSheet has one line for each group, where a repair is chosen.
func (m *maker) decisionsSheet(b HeldBook) *sheet {
	s := &sheet{
		name: "Decisions", id: idDecisions, freeze: 2, tab: inkEdit, title: "What is held back, and what puts it right",
		hint: "One line for each reason. Choose a repair; where it asks for something, fill in Answer. Lines without a repair stay held.",
		columns: []column{
			{colKey, 4, false},
			{colObjects, 16, false},
			{colCount, 11, false},
			{colWrong, 48, false},
			{colExamples, 36, false},
			{colRepair, 44, true},
			{colAnswer, 34, true},
			{colWhy, 34, true},
		},
	}
	for i, g := range b.Groups {
		row := firstRow + i
		titles, options := []string{}, []string{}
		for _, r := range g.Repairs {
			titles = append(titles, fit(r.Title))
			if r.Asks == "option" {
				for _, o := range r.Options {
					options = append(options, fit(o.Title))
				}
			}
		}
		if list := m.listRange(titles); list != "" {
			s.checks = append(s.checks, check{col: 5, from: row, to: row, list: list, prompt: "What puts these records right."})
		}
		if list := m.listRange(options); list != "" {
			s.checks = append(s.checks, check{col: 6, from: row, to: row, list: list, prompt: "What the repair asks for.", loose: true})
		}
		s.rows = append(s.rows, []any{
			textCell(m.st.hidden, g.ID), textCell(m.st.locked, g.Objects),
			excelize.Cell{StyleID: m.st.count, Value: g.Count},
			textCell(m.st.lockedWrap, strings.TrimSpace(g.What+" "+g.Next)), textCell(m.st.lockedWrap, strings.Join(g.Examples, "\n")),
			textCell(m.st.problem, ""), textCell(m.st.editWrap, ""), textCell(m.st.editWrap, ""),
		})
	}
	return s
}

// answersSheet has one line for each value that a repair asks about.
func (m *maker) answersSheet(b HeldBook) *sheet {
	s := &sheet{
		name: "Values", id: idAnswers, freeze: 2, tab: inkEdit, title: "What each value becomes",
		hint: "For repairs that ask about each value. Lines that stay empty stay held; (leave empty) drops the value.",
		columns: []column{
			{colKey, 4, false},
			{colRepair, 44, false},
			{colValue, 40, false},
			{colName, 30, false},
			{colCount, 11, false},
			{colBecomes, 30, true},
		},
	}
	for _, g := range b.Groups {
		for _, r := range g.Repairs {
			if r.Asks != "values" {
				continue
			}
			from := firstRow + len(s.rows)
			for _, v := range r.Values {
				name := v.Title
				if name == v.Value {
					name = ""
				}
				s.rows = append(s.rows, []any{
					textCell(m.st.hidden, heldKey(g.ID, r.ID, v.Value)), textCell(m.st.lockedWrap, g.Objects+": "+r.Title), textCell(m.st.lockedWrap, v.Value),
					textCell(m.st.lockedWrap, name),
					excelize.Cell{StyleID: m.st.count, Value: v.Count},
					textCell(m.st.edit, ""),
				})
			}
			options := []string{}
			for _, o := range r.Options {
				options = append(options, fit(o.Title))
			}
			if len(options) > 0 && len(r.Values) > 0 {
				if list := m.listRange(append(options, leaveEmpty)); list != "" {
					s.checks = append(s.checks, check{col: 5, from: from, to: firstRow + len(s.rows) - 1, list: list, prompt: "What this value becomes."})
				}
			}
		}
	}
	return s
}

func heldKey(group, repair, value string) string {
	return key(group + "\x00" + repair + "\x00" + value)
}

// recordsSheet lists the records of each group, to look them up.
func (m *maker) recordsSheet(b HeldBook) *sheet {
	s := &sheet{
		name: "Records", id: idOther + "records", freeze: 2, tab: "8A939B", title: "The records behind the lines",
		hint:    "To look them up; nothing here is read back.",
		columns: []column{{colKey, 4, false}, {colObjects, 16, false}, {colID, 24, false}, {colName, 40, false}, {colPlace, 34, false}, {colValue, 48, false}, {colWrong, 60, false}},
	}
	for _, g := range b.Groups {
		for _, r := range g.Records {
			if len(s.rows) == HeldRecordsMost {
				s.hint = fmt.Sprintf("The first %d; Waybill shows all of them. Nothing here is read back.", HeldRecordsMost)
				return s
			}
			s.rows = append(s.rows, []any{
				textCell(m.st.hidden, ""), textCell(m.st.locked, g.Objects), textCell(m.st.locked, r.ID), textCell(m.st.lockedWrap, r.Name),
				textCell(m.st.lockedWrap, r.Place), textCell(m.st.lockedWrap, short(r.Value, 500)), textCell(m.st.lockedWrap, g.What),
			})
		}
	}
	return s
}

func (m *maker) heldCover(b HeldBook) error {
	all := int64(0)
	for _, g := range b.Groups {
		all += g.Count
	}
	lines := [][2]string{
		{"What this is", fmt.Sprintf("%d records of the old help desk could not be moved, for %d reasons. Each needs somebody who knows what is right.", all, len(b.Groups))},
		{"1. Look", "The sheet Decisions has one line for each reason, with how many records it holds back and three examples. The sheet Records lists them."},
		{"2. Choose", "Choose a repair for each line from its list. Some ask for something: write or choose it in the column Answer, or on the sheet Values for each value."},
		{"3. Say why", "A short reason helps those who read the report later. It is kept with the name of who takes the workbook over."},
		{"4. Send back", "Save the file as .xlsx and return it. Nothing is changed before all of it is understood; each mistake is pointed out by its cell."},
		{"Not sure?", "Leave the line empty: these records stay held and nothing is lost."},
	}
	return m.coverSheet(sheetCover, lines, [3]string{"Kind", "What is wrong", "Records"}, func(put func(a, b string, n any)) {
		for _, g := range b.Groups {
			put(g.Objects, g.What, g.Count)
		}
	})
}
