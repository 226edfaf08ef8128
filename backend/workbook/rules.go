package workbook

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"waybill/backend/problem"
)

// RuleBook is a workbook of the rules that are to be built again in the new desk: to be
// worked through by whoever builds them, and to come back with what is done.
type RuleBook struct {
	ProjectID, ProjectName string
	// Made says on the cover when and by whom, in words.
	Made string
	// Source and Target are the titles of the desks; Target may be empty.
	Source, Target string
	// Missing says what the account could not see.
	Missing []string
	Rules   []RuleLine
}

// RuleLine is one rule.
type RuleLine struct {
	// Key finds it again. Kind is what people call its kind: "Trigger".
	Key, Kind, Name, About string
	Active                 bool
	When, AnyOf, Does      []string
	// Test says how to find out whether it works.
	Test string
	// Text of a macro or canned answer.
	Text string
	// Drift says what changed in the source; empty: nothing.
	Drift string
	// Placeholders in its texts.
	Placeholders []RulePlaceholder
	RuleState
}

// RulePlaceholder is a placeholder and what becomes of it, in words.
type RulePlaceholder struct{ Text, Becomes string }

// RuleState is what people state about a rule. State is the word of RuleStates.
type RuleState struct {
	State string `json:"s"`
	Owner string `json:"o"`
	Note  string `json:"n"`
}

// RuleStates are the words of the column State.
var RuleStates = []string{"To rebuild", "Rebuilt", "Not needed"}

// RuleAnswer is a line that was changed in a workbook: what stood there when it was
// written, and what stands there now.
type RuleAnswer struct {
	Key         string
	Was, Now    RuleState
	Sheet, Cell string
}

const (
	colRuleName = "Rule"
	colAbout    = "What it is for"
	colActive   = "In the old desk"
	colWhen     = "When all of this is so"
	colAnyOf    = "and one of these"
	colDoes     = "It does"
	colTest     = "How to test it"
	colDrift    = "Changed since"
	colText     = "Text"
	colHolder   = "Placeholder"
	colHolderTo = "In the new desk"

	idRules = "waybill:rules:list"
)

// WriteRules writes the workbook: the same book gives the same bytes (invariant 12).
func WriteRules(w io.Writer, b RuleBook) error {
	return write(w, Book{ProjectID: b.ProjectID, ProjectName: b.ProjectName, Title: "Rules to rebuild: " + b.ProjectName, Made: b.Made}, func(m *maker) error { return m.makeRules(b) })
}

func (m *maker) makeRules(b RuleBook) error {
	list, err := m.rulesSheet(b)
	if err != nil {
		return err
	}
	sheets := []*sheet{list}
	for _, s := range []*sheet{m.textsSheet(b), m.holdersSheet(b)} {
		if len(s.rows) > 0 {
			sheets = append(sheets, s)
		}
	}
	return m.bind(kindRules, sheetCover, sheets, func() error { return m.rulesCover(b) })
}

// ruleKey is the hidden cell of a line: the rule, and what was stated when it was written,
// so that it can be told what was changed here and what there.
type ruleKey struct {
	Key string    `json:"k"`
	Was RuleState `json:"w"`
}

// rulesSheet has one line for each rule.
func (m *maker) rulesSheet(b RuleBook) (*sheet, error) {
	s := &sheet{
		name: "Rules", id: idRules, freeze: 3, tab: inkEdit, title: "What the old desk does, to be built again",
		hint: "One line for each rule. Build it, test it as the line says, then set State. Only the columns with a green head can be changed.",
		columns: []column{
			{colKey, 4, false},
			{colObjects, 14, false},
			{colRuleName, 34, false},
			{colState, 14, true},
			{colOwner, 18, true},
			{colNote, 34, true},
			{colActive, 14, false},
			{colWhen, 40, false},
			{colAnyOf, 34, false},
			{colDoes, 40, false},
			{colTest, 60, false},
			{colDrift, 30, false},
			{colAbout, 34, false},
		},
	}
	for i, r := range b.Rules {
		k, err := json.Marshal(ruleKey{r.Key, r.RuleState})
		if err != nil {
			return nil, err
		}
		if list := m.listRange(RuleStates); list != "" {
			s.checks = append(s.checks, check{col: 3, from: firstRow + i, to: firstRow + i, list: list, prompt: "How far the rule is."})
		}
		active := "On"
		if !r.Active {
			active = "Off"
		}
		style := m.st.edit
		if r.State == RuleStates[0] {
			style = m.st.problem
		}
		s.rows = append(s.rows, []any{
			textCell(m.st.hidden, string(k)), textCell(m.st.locked, r.Kind), textCell(m.st.lockedWrap, r.Name),
			textCell(style, r.State), textCell(m.st.edit, r.Owner), textCell(m.st.editWrap, r.Note),
			textCell(m.st.locked, active), textCell(m.st.lockedWrap, strings.Join(r.When, "\n")), textCell(m.st.lockedWrap, strings.Join(r.AnyOf, "\n")),
			textCell(m.st.lockedWrap, strings.Join(r.Does, "\n")), textCell(m.st.lockedWrap, r.Test), textCell(m.st.lockedWrap, r.Drift), textCell(m.st.lockedWrap, r.About),
		})
	}
	if n := len(s.checks); n > 1 { // one range is enough: all lines have the same list
		s.checks = []check{{col: 3, from: firstRow, to: firstRow + n - 1, list: s.checks[0].list, prompt: s.checks[0].prompt}}
	}
	return s, nil
}

// textsSheet holds the texts of macros and canned answers, to copy from.
func (m *maker) textsSheet(b RuleBook) *sheet {
	s := &sheet{
		name: "Texts", id: idOther + "texts", freeze: 2, tab: "8A939B", title: "The texts of macros and canned answers",
		hint:    "To copy from; nothing here is read back.",
		columns: []column{{colKey, 4, false}, {colObjects, 14, false}, {colRuleName, 34, false}, {colText, 110, false}},
	}
	for _, r := range b.Rules {
		if r.Text != "" {
			s.rows = append(s.rows, []any{textCell(m.st.hidden, ""), textCell(m.st.locked, r.Kind), textCell(m.st.lockedWrap, r.Name), textCell(m.st.lockedWrap, r.Text)})
		}
	}
	return s
}

// holdersSheet lists the placeholders, and what becomes of them.
func (m *maker) holdersSheet(b RuleBook) *sheet {
	s := &sheet{
		name: "Placeholders", id: idOther + "placeholders", freeze: 2, tab: "8A939B", title: "What the desk fills in when a text is sent",
		hint:    "Customers would read a dead placeholder as it stands there. Nothing here is read back.",
		columns: []column{{colKey, 4, false}, {colObjects, 14, false}, {colRuleName, 34, false}, {colHolder, 44, false}, {colHolderTo, 60, false}},
	}
	for _, r := range b.Rules {
		for _, p := range r.Placeholders {
			s.rows = append(s.rows, []any{
				textCell(m.st.hidden, ""), textCell(m.st.locked, r.Kind), textCell(m.st.lockedWrap, r.Name), textCell(m.st.lockedWrap, p.Text), textCell(m.st.lockedWrap, p.Becomes),
			})
		}
	}
	return s
}

func (m *maker) rulesCover(b RuleBook) error {
	to := b.Target
	if to == "" {
		to = "the new desk"
	}
	lines := [][2]string{
		{"What this is", fmt.Sprintf("%d rules of %s: what it does by itself, and its canned answers. They cannot be moved; they are built again in %s and tested one by one.", len(b.Rules), b.Source, to)},
		{"1. Build", "The sheet Rules has one line for each, with its conditions and what it does, in words. Texts and their placeholders are on sheets of their own."},
		{"2. Test", "The column “" + colTest + "” says what to do and what must happen. Keep it switched off until the move is over: what goes off while records arrive mails customers."},
		{"3. State", "Set State to Rebuilt, or to Not needed and say why in Note. Put your name into Owner."},
		{"4. Send back", "Save the file as .xlsx and return it. Nothing is taken over before all of it is understood; each mistake is pointed out by its cell."},
	}
	for _, x := range b.Missing {
		lines = append(lines, [2]string{"Not in here", x})
	}
	kinds := []string{}
	count, left := map[string]int{}, map[string]int{}
	for _, r := range b.Rules {
		if !slices.Contains(kinds, r.Kind) {
			kinds = append(kinds, r.Kind)
		}
		count[r.Kind]++
		if r.State == RuleStates[0] {
			left[r.Kind]++
		}
	}
	return m.coverSheet(sheetCover, lines, [3]string{"Kind", "To rebuild", "Rules"}, func(put func(a, b string, n any)) {
		for _, k := range kinds {
			put(k, fmt.Sprint(left[k]), count[k])
		}
	})
}

// ReadRules takes what was changed in a returned workbook: all of it, or nothing and every
// mistake with its sheet and cell. want says which rules there are now.
func ReadRules(r io.ReaderAt, size int64, want RuleBook) ([]RuleAnswer, []*problem.Problem) {
	b, bad := open(r, size)
	if bad != nil {
		return nil, []*problem.Problem{bad}
	}
	defer b.close()
	if bad := b.fits(kindRules, Identity{want.ProjectID, want.ProjectName}, "", "", ""); bad != nil {
		return nil, []*problem.Problem{bad}
	}
	rd := newReader(b, Want{})
	t := rd.tabs()[idRules]
	if t == nil {
		return nil, append(rd.found, problem.New(CodeSheet, "The sheet “Rules” is missing.", "Without it nothing is stated. Nothing was taken from the workbook.", "Export the rules again, and state what is done in that file."))
	}
	out := rd.ruleLines(t, want)
	if len(rd.found) > 0 {
		return nil, rd.found
	}
	return out, nil
}

// ruleLines reads the lines that were changed.
func (rd *reader) ruleLines(t *tab, want RuleBook) []RuleAnswer {
	if !rd.find(t, []string{colKey, colRuleName, colState, colOwner, colNote}) {
		return nil
	}
	out, seen := []RuleAnswer{}, map[string]bool{}
	for row := t.head + 1; row < len(t.grid); row++ {
		if t.blank(row) {
			continue
		}
		name := t.text(row, colRuleName)
		var k ruleKey
		unreadable := json.Unmarshal([]byte(t.text(row, colKey)), &k) != nil
		if !unreadable && rd.within && !slices.ContainsFunc(want.Rules, func(r RuleLine) bool { return r.Key == k.Key }) {
			rd.note(t, row, t.col(colRuleName), "This rule is not in the project any more.", "The old desk was read again after the workbook was sent; what it says about the rule is not taken.")
			continue
		}
		if unreadable || !slices.ContainsFunc(want.Rules, func(r RuleLine) bool { return r.Key == k.Key }) {
			rd.mistake(t, row, t.col(colRuleName), CodeRow, name, "Waybill did not write this line, or the rule is not in the project any more.", "It cannot tell which rule it is about.", "Delete the line, or export the rules again.")
			continue
		}
		if seen[k.Key] {
			rd.mistake(t, row, t.col(colRuleName), CodeRow, name, "This rule is here twice.", "Waybill cannot tell which of the lines counts.", "Delete one of the two.")
			continue
		}
		seen[k.Key] = true
		a := RuleAnswer{Key: k.Key, Was: k.Was, Sheet: t.name, Cell: cellName(row, t.col(colState))}
		now := func(head, was string) string { // what was only written differently by the program was not changed
			text, changed := rd.changed(t, row, head, was)
			if !changed {
				return was
			}
			return strings.TrimSpace(text)
		}
		a.Now = RuleState{State: now(colState, k.Was.State), Owner: now(colOwner, k.Was.Owner), Note: now(colNote, k.Was.Note)}
		i := slices.IndexFunc(RuleStates, func(s string) bool { return strings.EqualFold(s, a.Now.State) })
		if i < 0 {
			rd.mistake(t, row, t.col(colState), CodeChoice, a.Now.State, fmt.Sprintf("“%s” is not a state of a rule.", clip(a.Now.State)), "Waybill does not guess what is meant.", nearest(a.Now.State, RuleStates))
			continue
		}
		a.Now.State = RuleStates[i]
		if a.Now != a.Was {
			out = append(out, a)
		}
	}
	return out
}
