package workbook

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// ProfileBook is the profile of a source as a workbook to read: nothing of it is read back.
type ProfileBook struct {
	ProjectID, ProjectName string
	// Made says when the source was measured.
	Made string
	// Points of 100 and Formula: how ready the data is.
	Points  int
	Formula string
	Objects []ProfileObject
	// Findings in the order in which they should be looked at.
	Findings []ProfileFinding
}

// ProfileObject is one kind of record.
type ProfileObject struct {
	Title  string
	Rows   int64
	Fields []ProfileField
}

// ProfileField is a line of an object's sheet. Distinct and the values of Top are estimates
// when About is set.
type ProfileField struct {
	Name, Type             string
	Filled, Blank, Empty   int64
	Distinct               int64
	About                  bool
	Longest, LongestBytes  int
	Kinds, Top, Patterns   string
	Oldest, Newest, Orders string
	Marks, SameAs          string
}

// ProfileFinding is a line of the sheet of findings.
type ProfileFinding struct {
	Severity, Object, Field, What, Means, Fix, State, Examples string
	Count                                                      int64
	Cost                                                       float64
}

// WriteProfile writes the workbook: the same book gives the same bytes (invariant 12). All
// texts are text cells: what looks like a formula stays what it is.
func WriteProfile(w io.Writer, b ProfileBook) error {
	return write(w, Book{ProjectID: b.ProjectID, ProjectName: b.ProjectName, Title: "Profile of " + b.ProjectName, Made: b.Made}, func(m *maker) error { return m.makeProfile(b) })
}

func (m *maker) makeProfile(b ProfileBook) error {
	cover := m.names.take("Profile")
	for _, reserved := range []string{sheetStamp, sheetLists} {
		m.names.take(reserved)
	}
	sheets := []*sheet{m.findingsSheet(b)}
	for _, o := range b.Objects {
		sheets = append(sheets, m.fieldsSheet(o))
	}
	lines := [][2]string{
		{"Readiness", fmt.Sprintf("%d of 100", b.Points)},
		{"How it comes about", b.Formula},
		{"Counts", "Every count is exact unless the line says about. Records are counted as they are in the source; nothing was changed."},
	}
	front := func() error {
		return m.coverSheet(cover, lines, [3]string{"Records", "Fields", "Count"}, func(put func(a, b string, n any)) {
			for _, o := range b.Objects {
				put(o.Title, fmt.Sprintf("%d fields", len(o.Fields)), o.Rows)
			}
		})
	}
	return m.bind(kindProfile, cover, sheets, front)
}

func (m *maker) number(n int64) excelize.Cell { return excelize.Cell{StyleID: m.st.count, Value: n} }

func (m *maker) findingsSheet(b ProfileBook) *sheet {
	s := &sheet{
		name: m.names.take("Findings"), id: idOther + "findings", freeze: 2, tab: "0B6472", title: "What was found", hint: "The grave ones first. Decide about them in Waybill.",
		columns: []column{{colKey, 4, false}, {"Weight", 12, false}, {"Records", 16, false}, {"Field", 24, false}, {"What", 60, false}, {"How many", 12, false}, {"Costs points", 12, false}, {"What it would do", 60, false}, {"What to do", 60, false}, {"Examples", 50, false}, {"State", 24, false}},
	}
	for _, f := range b.Findings {
		s.rows = append(s.rows, []any{
			textCell(m.st.hidden, ""), textCell(m.st.locked, f.Severity), textCell(m.st.locked, f.Object), textCell(m.st.locked, f.Field), textCell(m.st.lockedWrap, f.What), m.number(f.Count),
			excelize.Cell{StyleID: m.st.count, Value: f.Cost},
			textCell(m.st.lockedWrap, f.Means), textCell(m.st.lockedWrap, f.Fix), textCell(m.st.lockedWrap, short(f.Examples, 500)), textCell(m.st.lockedWrap, f.State),
		})
	}
	return s
}

func (m *maker) fieldsSheet(o ProfileObject) *sheet {
	s := &sheet{
		name: m.names.take(o.Title), id: idOther + "fields " + o.Title, freeze: 2, tab: "8A939B", title: o.Title, hint: fmt.Sprintf("%d records. Lengths in characters and in bytes.", o.Rows),
		columns: []column{
			{colKey, 4, false},
			{"Field", 26, false},
			{"Declared as", 14, false},
			{"Filled", 12, false},
			{"Only blanks", 12, false},
			{"Empty", 12, false},
			{"Different", 12, false},
			{"Exact", 9, false},
			{"Longest", 10, false},
			{"Bytes", 10, false},
			{"Looks like", 34, false},
			{"Most common", 60, false},
			{"Patterns", 34, false},
			{"Oldest", 20, false},
			{"Newest", 20, false},
			{"Dates written as", 34, false},
			{"Stands out", 44, false},
			{"Same as", 20, false},
		},
	}
	for _, f := range o.Fields {
		exact := "exact"
		if f.About {
			exact = "about"
		}
		s.rows = append(s.rows, []any{
			textCell(m.st.hidden, ""), textCell(m.st.locked, f.Name), textCell(m.st.locked, f.Type), m.number(f.Filled), m.number(f.Blank), m.number(f.Empty), m.number(f.Distinct), textCell(m.st.locked, exact),
			m.number(int64(f.Longest)), m.number(int64(f.LongestBytes)), textCell(m.st.lockedWrap, f.Kinds), textCell(m.st.lockedWrap, short(f.Top, 500)), textCell(m.st.lockedWrap, f.Patterns), textCell(m.st.locked, f.Oldest),
			textCell(m.st.locked, f.Newest), textCell(m.st.lockedWrap, f.Orders), textCell(m.st.lockedWrap, f.Marks), textCell(m.st.locked, f.SameAs),
		})
	}
	return s
}
