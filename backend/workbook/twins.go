package workbook

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"waybill/backend/problem"
)

// TwinBook is a workbook of records that may be there more than once: for somebody who knows
// them to say who is who.
type TwinBook struct {
	ProjectID, ProjectName string
	// State of the open groups; a workbook of another state is stale.
	State string
	// Made says on the cover when and by whom; Objects is what the records are called: "Customers".
	Made, Objects string
	// Fields are the heads of what each record says.
	Fields []string
	Groups []TwinGroup
}

// TwinGroup is a group of records that are the same one, perhaps.
type TwinGroup struct {
	ID int64
	// Sure says in words how sure it is.
	Sure    string
	Members []TwinMember
}

// TwinMember is one record. Survivor: the others would be merged into it.
type TwinMember struct {
	Seq       int64
	ID, Name  string
	Survivor  bool
	Out       bool
	Because   string
	Values    []string
	Suggested string
}

// What can be said about a record.
const (
	TwinKeep  = "Keep this one"
	TwinSame  = "Same one"
	TwinOther = "Somebody else"
)

// TwinAnswer is what was said about a group. Survivor 0: all are different ones.
type TwinAnswer struct {
	Group, Survivor int64
	Out             []int64
	Why             string
}

const (
	colGroup   = "Group"
	colSure    = "How sure"
	colBecause = "What they share"
	colWho     = "Who is it"

	idTwins = "waybill:twins"
)

// WriteTwins writes the workbook: the same book gives the same bytes (invariant 12).
func WriteTwins(w io.Writer, b TwinBook) error {
	return write(w, Book{ProjectID: b.ProjectID, ProjectName: b.ProjectName, Title: "Duplicates of " + b.ProjectName, Made: b.Made}, func(m *maker) error { return m.makeTwins(b) })
}

func (m *maker) makeTwins(b TwinBook) error {
	s := m.twinSheet(b)
	lines := [][2]string{
		{"What this is", fmt.Sprintf("%d groups of %s of the old help desk look like the same one. Somebody who knows them says who is who.", len(b.Groups), strings.ToLower(b.Objects))},
		{"1. Look", "The sheet Duplicates has one line for each record; those of one group follow each other."},
		{"2. Choose", "Say for every line of a group: " + TwinKeep + " (once), " + TwinSame + ", or " + TwinOther + "."},
		{"3. Send back", "Save the file as .xlsx and return it. Nothing is merged before all of it is understood; each mistake is pointed out by its cell."},
		{"Not sure?", "Leave the whole group empty: it stays open and nothing is lost. What was merged can be taken back."},
	}
	front := func() error {
		return m.coverSheet(sheetCover, lines, [3]string{"Kind", "How sure", "Groups"}, func(put func(a, b string, n any)) {
			counts, order := map[string]int{}, []string{}
			for _, g := range b.Groups {
				if counts[g.Sure] == 0 {
					order = append(order, g.Sure)
				}
				counts[g.Sure]++
			}
			for _, o := range order {
				put(b.Objects, o, counts[o])
			}
		})
	}
	return m.bind(kindTwins, sheetCover, []*sheet{s}, front, [2]string{"hash", b.State})
}

func twinKey(group, seq int64) string {
	return strconv.FormatInt(group, 10) + ":" + strconv.FormatInt(seq, 10)
}

func (m *maker) twinSheet(b TwinBook) *sheet {
	s := &sheet{
		name: "Duplicates", id: idTwins, freeze: 5, tab: inkEdit, title: "Who is the same one",
		hint: "Choose for every line of a group, or leave the whole group empty.",
		columns: []column{
			{colKey, 4, false}, {colGroup, 8, false}, {colSure, 12, false}, {colID, 18, false}, {colName, 30, false}, {colWho, 18, true}, {colWhy, 30, true}, {colBecause, 44, false},
		},
	}
	for _, f := range b.Fields {
		s.columns = append(s.columns, column{fit(f), 26, false})
	}
	for i, g := range b.Groups {
		for _, x := range g.Members {
			row := []any{
				textCell(m.st.hidden, twinKey(g.ID, x.Seq)),
				excelize.Cell{StyleID: m.st.count, Value: i + 1},
				textCell(m.st.locked, g.Sure), textCell(m.st.locked, x.ID),
				textCell(m.st.lockedWrap, x.Name), textCell(m.st.problem, x.Suggested), textCell(m.st.editWrap, ""), textCell(m.st.lockedWrap, short(x.Because, 500)),
			}
			for _, v := range x.Values {
				row = append(row, textCell(m.st.lockedWrap, short(v, 500)))
			}
			s.rows = append(s.rows, row)
		}
	}
	if list := m.listRange([]string{TwinKeep, TwinSame, TwinOther}); list != "" && len(s.rows) > 0 {
		s.checks = append(s.checks, check{col: 5, from: firstRow, to: firstRow + len(s.rows) - 1, list: list, prompt: "Who this is."})
	}
	return s
}

// ReadTwins takes the answers of a returned workbook: all of them, or none and every mistake
// with its sheet and cell. want is what would be written now.
func ReadTwins(r io.ReaderAt, size int64, want TwinBook) ([]TwinAnswer, []*problem.Problem) {
	b, bad := open(r, size)
	if bad != nil {
		return nil, []*problem.Problem{bad}
	}
	defer b.close()
	if bad := b.fits(kindTwins, Identity{want.ProjectID, want.ProjectName}, want.State,
		"The duplicates have changed since this workbook was made.", "They were reviewed or looked for again meanwhile."); bad != nil {
		return nil, []*problem.Problem{bad}
	}
	rd := newReader(b, Want{})
	t := rd.tabs()[idTwins]
	if t == nil {
		return nil, append(rd.found, problem.New(CodeSheet, "The sheet “Duplicates” is missing.", "Without it nothing is said. Nothing was taken from the workbook.", "Export the duplicates again, and choose in that file."))
	}
	out := rd.twins(t, want)
	if len(rd.found) > 0 {
		return nil, rd.found
	}
	return out, nil
}

// twins reads what was said about each line, and makes an answer of each group.
func (rd *reader) twins(t *tab, want TwinBook) []TwinAnswer {
	if !rd.find(t, []string{colKey, colWho, colWhy}) {
		return nil
	}
	said, at, why := map[string]string{}, map[string]int{}, map[int64]string{}
	known := map[string]int64{}
	for _, g := range want.Groups {
		for _, m := range g.Members {
			known[twinKey(g.ID, m.Seq)] = g.ID
		}
	}
	for row := t.head + 1; row < len(t.grid); row++ {
		k, who, reason := strings.TrimSpace(t.text(row, colKey)), rd.said(t, row, colWho), rd.said(t, row, colWhy)
		group, ours := known[k]
		if who == "" && (reason == "" || !ours) {
			continue
		}
		_, twice := said[k]
		if _, _, was := strings.Cut(k, ":"); !ours && was && rd.within {
			rd.note(t, row, t.col(colWho), "These duplicates are decided already.", "They were reviewed here after the workbook was sent; what it says about them is not taken.")
			continue
		}
		choices := []string{TwinKeep, TwinSame, TwinOther}
		i := slices.IndexFunc(choices, func(c string) bool { return strings.EqualFold(c, who) })
		switch {
		case !ours || twice:
			rd.mistake(t, row, t.col(colWho), CodeRow, who, "Waybill did not write this line, or wrote it once and it is here twice.", "It cannot tell which record it is about.", "Delete the line, and fill in the one that Waybill wrote.")
			continue
		case who != "" && i < 0:
			rd.mistake(t, row, t.col(colWho), CodeChoice, who, fmt.Sprintf("“%s” is not one of the choices.", clip(who)), "Waybill does not guess what is meant.", nearest(who, choices))
			continue
		}
		at[k] = row
		if who != "" {
			said[k] = choices[i]
		}
		if reason != "" && why[group] == "" {
			why[group] = reason
		}
	}
	out := []TwinAnswer{}
	for _, g := range want.Groups {
		if a, ok := rd.twinGroup(t, g, said, at); ok {
			a.Why = why[g.ID]
			out = append(out, a)
		}
	}
	return out
}

// twinGroup makes one answer of what was said about the lines of a group.
func (rd *reader) twinGroup(t *tab, g TwinGroup, said map[string]string, at map[string]int) (TwinAnswer, bool) {
	a := TwinAnswer{Group: g.ID, Out: []int64{}}
	n, same, first := 0, 0, -1
	for _, m := range g.Members {
		k := twinKey(g.ID, m.Seq)
		if row, ok := at[k]; ok && (first < 0 || row < first) {
			first = row
		}
		switch said[k] {
		case TwinKeep:
			n++
			if a.Survivor != 0 {
				rd.mistake(t, at[k], t.col(colWho), CodeMistake, TwinKeep, "Two lines of one group say “"+TwinKeep+"”.", "Only one can be kept.", "Say “"+TwinSame+"” for the other.")
				return a, false
			}
			a.Survivor = m.Seq
		case TwinSame:
			n, same = n+1, same+1
		case TwinOther:
			n++
			a.Out = append(a.Out, m.Seq)
		}
	}
	wrong := func(what, next string) (TwinAnswer, bool) {
		rd.mistake(t, first, t.col(colWho), CodeMistake, "", what, "Waybill does not guess who is who.", next)
		return a, false
	}
	switch {
	case n == 0:
		return a, false
	case n < len(g.Members):
		return wrong("A line of this group says nothing.", "Choose for every line of the group, or empty all of them.")
	case a.Survivor == 0 && same > 0:
		return wrong("Nobody of this group is to be kept.", "Say “"+TwinKeep+"” for one of them.")
	case a.Survivor != 0 && same == 0:
		return wrong("There is nobody who is the same one as the one to keep.", "Say “"+TwinSame+"” for one, or “"+TwinOther+"” for all.")
	}
	return a, true
}
