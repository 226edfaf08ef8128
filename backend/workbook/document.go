package workbook

import (
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"waybill/backend/report"
)

// WriteDocument writes the mapping for the hand-over, to read: every field with its rule
// in words, value lists, what stays behind and why, people, decisions and versions. The same
// document gives the same bytes (invariant 12).
func WriteDocument(w io.Writer, d report.MappingDoc) error {
	version := "Mapping version " + strconv.Itoa(d.Version)
	if d.Version == 0 {
		version = "The working copy, which nobody accepted yet"
	}
	made := version + " · " + d.Author + " · " + d.At.UTC().Format("2 Jan 2006, 15:04 UTC")
	return write(w, Book{ProjectName: d.Project, Title: "Mapping document of " + d.Project, Made: made}, func(m *maker) error { return m.makeDocument(d) })
}

// table plans a sheet that is only read.
func (m *maker) table(name, title, hint string, freeze int, columns ...column) *sheet {
	return &sheet{name: m.names.take(name), id: idOther + name, freeze: freeze, tab: inkHead, title: title, hint: hint, columns: append([]column{{colKey, 4, false}}, columns...)}
}

// add puts a line of texts and counts into a table.
func (m *maker) add(s *sheet, values ...any) {
	row := []any{textCell(m.st.hidden, "")}
	for i, v := range values {
		switch v := v.(type) {
		case int64:
			row = append(row, excelize.Cell{StyleID: m.st.count, Value: v})
		case string:
			style := m.st.locked
			if s.columns[i+1].width >= 26 {
				style = m.st.lockedWrap
			}
			row = append(row, textCell(style, v))
		}
	}
	s.rows = append(s.rows, row)
}

func (m *maker) makeDocument(d report.MappingDoc) error {
	cover := m.names.take("Mapping")
	for _, reserved := range []string{sheetStamp, sheetLists} {
		m.names.take(reserved)
	}
	fields := m.table("Fields", "Every field of the new desk", "One line for each field, with its rule in words.", 3,
		column{"From", 18, false}, column{"To", 18, false}, column{"Field", 26, false}, column{colType, 16, false}, column{colRequired, 10, false}, column{"Where it comes from", 60, false},
		column{"The new desk's own", 18, false}, column{colMeaning, 34, false}, column{colOwner, 18, false}, column{colState, 16, false}, column{colNote, 34, false}, column{colBefore, 28, false}, column{colAfter, 28, false})
	values := m.table("Value lists", "What each value becomes", "Values that are open hold their records.", 4,
		column{"To", 18, false}, column{"Field", 26, false}, column{colFrom, 40, false}, column{colBecomes, 30, false}, column{colCount, 11, false})
	behind := m.table("Stays behind", "What does not move, and why", "Fields that get no value, fields that no rule uses, and records that are not moved.", 3,
		column{"Of", 20, false}, column{"What", 30, false}, column{"How", 16, false}, column{"Why", 70, false})
	for _, o := range d.Objects {
		if o.To == "" {
			m.add(behind, o.From, "all records", "not moved", o.Why)
			continue
		}
		for _, f := range o.Fields {
			if f.Excluded {
				m.add(behind, o.To, f.Name, "left empty", f.Why)
			}
			required := ""
			if f.Required {
				required = "Yes"
			}
			rule := f.Rule
			if o.When != "" {
				rule += " Only when " + o.When
			}
			m.add(fields, o.From, o.To, f.Name, f.Type, required, rule, f.Default, f.Meaning, f.Owner, f.State, f.Note, f.Before, f.After)
			for _, v := range f.Values {
				to := v.To
				switch {
				case v.Open:
					to = "open: its records are held"
				case to == "":
					to = leaveEmpty
				}
				m.add(values, o.To, f.Name, v.From, to, v.Count)
			}
		}
		for _, u := range o.Unused {
			m.add(behind, o.From, u.Name, "not used", "Filled in "+strconv.FormatInt(u.Filled, 10)+" records; no rule uses it.")
		}
	}
	people := m.table(sheetPeople, "Who becomes whom", "This decides who owns what.", 3,
		column{colObjects, 14, false}, column{colPerson, 30, false}, column{colMail, 30, false}, column{colTo, 40, false}, column{colCount, 11, false})
	for _, x := range d.People {
		m.add(people, x.Kind, x.Name, x.Email, x.Becomes, x.Count)
	}
	decisions := m.table(sheetDecisions, "Cleaning rules in force", strings.Join(d.Twins, " "), 2,
		column{"Rule", 40, false}, column{colObjects, 16, false}, column{colHappens, 14, false}, column{colCount, 11, false}, column{"Why", 50, false}, column{"Decided by", 20, false}, column{"When", 22, false})
	for _, x := range d.Decisions {
		m.add(decisions, x.Rule, x.Object, x.Fate, x.Count, x.Why, x.Who, x.When.UTC().Format("2 Jan 2006, 15:04 UTC"))
	}
	history := m.table("Versions", "Versions of the mapping", "The newest first.", 2,
		column{"Version", 10, false}, column{"When", 22, false}, column{"By", 20, false}, column{"Why", 60, false}, column{"Approved by", 40, false})
	for _, v := range d.Versions {
		m.add(history, strconv.Itoa(v.Number), v.At.UTC().Format("2 Jan 2006, 15:04 UTC"), v.Author, v.Reason, v.Approved)
	}
	sheets := []*sheet{}
	for _, s := range []*sheet{fields, values, behind, people, decisions, history} {
		if len(s.rows) > 0 {
			sheets = append(sheets, s)
		}
	}
	lines := [][2]string{{"From and to", d.Source + " to " + d.Target}, {"Why this version", d.Reason}, {"Fingerprint", d.Hash}}
	for _, a := range d.Approvals {
		lines = append(lines, [2]string{"Approved", a.Name + ", " + a.Role + ", " + a.At.UTC().Format("2 Jan 2006, 15:04 UTC") + ". " + a.Statement})
	}
	if len(d.Approvals) == 0 {
		lines = append(lines, [2]string{"Approved", "Nobody approved it yet."})
	}
	return m.bind(kindDocument, cover, sheets, func() error {
		return m.coverSheet(cover, lines, [3]string{"Sheet", "What it holds", "Lines"}, func(put func(a, b string, n any)) {
			for _, s := range sheets {
				put(s.name, s.title, len(s.rows))
			}
		})
	}, [2]string{"hash", d.Hash})
}
