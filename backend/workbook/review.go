package workbook

import (
	"strconv"
	"strings"
	"time"
)

// Review is what the business owner wrote on the review sheet. It is bound to the mapping that
// the workbook shows.
type Review struct {
	Name, Role string
	// Date as written by the reviewer: 2026-11-22.
	Date string
	// Approved or refused; the remark says more.
	Approved bool
	Remark   string
	// Hash of the mapping as the workbook was sent.
	Hash        string
	Sheet, Cell string
}

const (
	colAsk   = "What is asked"
	colGiven = "Your answer"
	colHelp  = "What it means"

	idReview = "waybill:review"
)

// The choices of the review sheet.
const (
	Approved    = "Approved"
	NotApproved = "Not approved"
)

// The lines of the review sheet.
var reviewLines = []struct{ key, ask, help string }{
	{"name", "Your name", "Who answers for this. Whoever made the mapping may not approve it alone."},
	{"role", "Your role", "For instance: Head of support, business owner of the data."},
	{"date", "Date", "Such as 2026-11-22."},
	{"decision", "Your decision", "Approved: the mapping in this workbook, with the changes that you made in it, is right. It becomes an approval in the audit trail when the workbook is taken over."},
	{"remark", "Remark", "Whatever should be known with it."},
}

func (m *maker) reviewSheet() *sheet {
	s := &sheet{
		name: sheetReview, id: idReview, freeze: 2, tab: inkEdit, title: "Review by the business owner",
		hint:    "Fill in the column " + colGiven + " when you have gone through the sheets.",
		columns: []column{{colKey, 4, false}, {colAsk, 26, false}, {colGiven, 44, true}, {colHelp, 60, false}},
		paints: []paint{
			{colGiven, `AND({` + colAsk + `}="Your decision",{` + colGiven + `}="` + Approved + `")`, m.st.agreed},
			{colGiven, `AND({` + colAsk + `}="Your decision",{` + colGiven + `}="` + NotApproved + `")`, m.st.wants},
		},
	}
	for i, l := range reviewLines {
		s.rows = append(s.rows, []any{textCell(m.st.hidden, l.key), textCell(m.st.lockedWrap, l.ask), textCell(m.st.editWrap, ""), textCell(m.st.lockedWrap, l.help)})
		if list := m.listRange([]string{Approved, NotApproved}); list != "" && l.key == "decision" {
			s.checks = append(s.checks, check{col: 2, from: firstRow + i, to: firstRow + i, list: list, prompt: "Your decision about the whole mapping."})
		}
	}
	version := "not accepted yet"
	if m.Version.Number > 0 {
		version = strconv.Itoa(m.Version.Number)
	}
	for _, x := range [][2]string{{"Mapping version", version}, {"Its fingerprint", m.Hash}} {
		s.rows = append(s.rows, []any{textCell(m.st.hidden, ""), textCell(m.st.lockedWrap, x[0]), textCell(m.st.lockedWrap, x[1]), textCell(m.st.lockedWrap, "What is reviewed here.")})
	}
	return s
}

// review reads the sheet; nil: nobody decided.
func (rd *reader) review(t *tab) *Review {
	if !rd.find(t, []string{colKey, colAsk, colGiven}) {
		return nil
	}
	said, at := map[string]string{}, map[string]int{}
	for r := t.head + 1; r < len(t.grid); r++ {
		k := strings.TrimSpace(t.text(r, colKey))
		for _, l := range reviewLines {
			if k != l.key && (k != "" || !strings.EqualFold(strings.TrimSpace(t.text(r, colAsk)), l.ask)) {
				continue
			}
			text, _ := rd.changed(t, r, colGiven, "")
			if _, dup := at[l.key]; dup && strings.TrimSpace(text) != said[l.key] {
				rd.mistake(t, r, t.col(colGiven), CodeRow, text, "“"+l.ask+"” is answered twice.", "Waybill cannot tell which of the answers counts.", "Delete one of the two lines.")
				return nil
			}
			said[l.key], at[l.key] = strings.TrimSpace(text), r
		}
	}
	decision := said["decision"]
	if decision == "" {
		return nil
	}
	v := &Review{Name: said["name"], Role: said["role"], Remark: said["remark"], Hash: rd.stamp.Hash, Sheet: t.name, Cell: cellName(at["decision"], t.col(colGiven))}
	missing := func(key, what, next string) {
		row, ok := at[key]
		if !ok {
			row = at["decision"]
		}
		rd.mistake(t, row, t.col(colGiven), CodeReview, said[key], what, "An approval is a signature: it needs a name, a date and a clear word.", next)
	}
	switch {
	case strings.EqualFold(decision, Approved):
		v.Approved = true
	case !strings.EqualFold(decision, NotApproved):
		missing("decision", "“"+clip(decision)+"” is neither “"+Approved+"” nor “"+NotApproved+"”.", didYouMean(decision, []string{Approved, NotApproved}, "Choose one of the two."))
	}
	if v.Name == "" {
		missing("name", "The review has a decision, but no name.", "Write your name.")
	}
	date, ok := reviewDate(said["date"])
	if !ok {
		missing("date", "The date of the review cannot be read.", "Write it as 2026-11-22.")
	}
	v.Date = date
	if v.Role == "" {
		v.Role = "Business owner"
	}
	return v
}

// reviewDate reads a date that has one meaning only.
func reviewDate(s string) (string, bool) {
	for _, layout := range []string{time.DateOnly, "2006-1-2", time.RFC3339, "2006-01-02T15:04:05", "2.1.2006", "2 January 2006", "2 Jan 2006", "January 2, 2006", "Jan 2, 2006"} {
		if d, err := time.Parse(layout, s); err == nil {
			return d.Format(time.DateOnly), true
		}
	}
	return "", false
}
