package report

import (
	"fmt"
	"strings"
	"time"
)

// signOff is everything after page one of the sign-off.
func signOff(f Facts) []section {
	return []section{manifest(f), thresholds(f), checks(f), spots(f), differences(f), decisions(f), mapping(f), runs(f), approvals(f), evidence(f)}
}

func manifest(f Facts) section {
	s := section{title: "Manifest", intro: "Every record of the source has exactly one place. Each line reads as an equation: in the source = moved + merged + archived + left out + held + waiting. " +
		"It balances when nothing is held or waiting and the target itself counts what was moved."}
	if len(f.Manifest) == 0 {
		return s.add(none("Nothing has been counted yet."))
	}
	s = s.add(account(f.Manifest))
	if words := erased(f.Manifest); words != "" {
		s = s.add(para(words))
	}
	return s
}

// erased says what a person's right to be forgotten took out of the account.
func erased(rows []Row) string {
	var parts []string
	for _, r := range rows {
		if r.Erased > 0 {
			parts = append(parts, r.Title+" "+count(r.Erased))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Erased on request, and in none of these figures: " + strings.Join(parts, ", ") + ". The audit trail says by whom and why."
}

func thresholds(f Facts) section {
	s := section{title: "Agreed limits", intro: "What was agreed before the move, and what was measured after it."}
	if len(f.Thresholds) == 0 {
		return s.add(none("No limits were agreed."))
	}
	var rows []row
	for _, t := range f.Thresholds {
		r := row{cells: []cell{{mark: passed(t.Passed)}, {text: t.Title}, {text: t.Limit}, {text: t.Measured, bold: true}}}
		if t.Note != "" {
			r.under = []string{t.Note}
		}
		rows = append(rows, r)
	}
	return s.add(table{"Agreed limits", []column{{head: "Result", width: 52}, {head: "What"}, {head: "Agreed", width: 120}, {head: "Measured", width: 90}}, rows})
}

func checks(f Facts) section {
	s := section{title: "Checks", intro: "What was read back from the target, and compared with what was meant to arrive."}
	if len(f.Checks) == 0 {
		return s.add(none("The target has not been read back. Nothing here proves what it holds."))
	}
	var rows []row
	for _, c := range f.Checks {
		rows = append(rows, row{
			cells: []cell{
				{mark: passed(c.Passed)},
				{text: c.Title},
				{text: c.Object},
				{text: count(c.Looked)},
				{text: count(c.Failed), bold: c.Failed > 0, soft: c.Failed == 0},
				{text: c.Threshold},
			},
			under: examples(c.Examples),
		})
	}
	return s.add(table{"Checks", []column{
		{head: "Result", width: 52},
		{head: "Check"},
		{head: "Object", width: 74},
		{head: "Looked at", width: 48, right: true},
		{head: "Differ", width: 40, right: true},
		{head: "Limit", width: 76},
	}, rows})
}

func spots(f Facts) section {
	s := section{title: "Spot checks", intro: "Machines compare everything; people looked at these in both desks, as their colleagues see them."}
	if len(f.Spots.Rows) == 0 {
		words := "Nobody looked at single records."
		if f.Spots.Open > 0 {
			words = plural(int(f.Spots.Open), "record was", "records were") + " chosen to be looked at; nobody did yet."
		}
		return s.add(none(words))
	}
	var rows []row
	var sum SpotRow
	number := func(n int64) cell { return cell{text: count(n), soft: n == 0} }
	for _, r := range f.Spots.Rows {
		rows = append(rows, row{cells: []cell{{text: r.Who}, {text: r.Age}, number(r.Looked), number(r.Right), number(r.Wrong), number(r.Unsure)}})
		sum.Looked, sum.Right, sum.Wrong, sum.Unsure = sum.Looked+r.Looked, sum.Right+r.Right, sum.Wrong+r.Wrong, sum.Unsure+r.Unsure
	}
	rows = append(rows, row{cells: []cell{{text: "All"}, {text: ""}, number(sum.Looked), number(sum.Right), number(sum.Wrong), number(sum.Unsure)}, total: true})
	s = s.add(table{"Spot checks by reviewer and age", []column{
		{head: "Reviewer"},
		{head: "Age of the record", width: 120},
		{head: "Looked at", width: 50, right: true},
		{head: "Right", width: 44, right: true},
		{head: "Wrong", width: 44, right: true},
		{head: "Unsure", width: 44, right: true},
	}, rows})
	if f.Spots.Open > 0 {
		s = s.add(para(plural(int(f.Spots.Open), "more record was", "more records were") + " chosen; nobody looked at them yet."))
	}
	if len(f.Spots.Wrong) == 0 {
		return s
	}
	rows = nil
	for _, n := range f.Spots.Wrong {
		rows = append(rows, row{cells: []cell{{text: n.Verdict, bold: n.Verdict == "wrong"}, {text: n.Object + " " + n.Record}, {text: n.Note}, {text: n.Who + "\n" + moment(n.At)}}})
	}
	const what = "Found wrong, or not sure"
	return s.add(head(what), table{what, []column{{head: "Verdict", width: 50}, {head: "Record", width: 110}, {head: "What was seen"}, {head: "By", width: 118}}, rows})
}

const mostExamples = 5

func examples(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	var out []string
	for _, e := range list[:min(len(list), mostExamples)] {
		out = append(out, "–  "+e)
	}
	if n := len(list) - mostExamples; n > 0 {
		out = append(out, "–  and "+plural(n, "more example", "more examples")+" in the project")
	}
	return out
}

func differences(f Facts) section {
	s := section{title: "Held back, and differences", intro: "Held records could not be moved and wait for a person. Differences arrived, but not as they were meant to."}
	for _, group := range []struct {
		head string
		list []Difference
		none string
	}{{"Held back", f.Held, "No record is held."}, {"Differences", f.Differences, "No differences were found."}} {
		s = s.add(head(group.head))
		if len(group.list) == 0 {
			s = s.add(none(group.none))
			continue
		}
		var rows []row
		for _, d := range group.list {
			rows = append(rows, row{cells: []cell{{text: count(d.Count), bold: true}, {text: d.Object}, {text: d.Message}}, under: examples(d.Examples)})
		}
		s = s.add(table{group.head, []column{{head: "Records", width: 46, right: true}, {head: "Object", width: 84}, {head: "What and why"}}, rows})
	}
	return s
}

func decisions(f Facts) section {
	s := section{title: "Decisions", intro: "Records that stayed behind because somebody decided so."}
	if len(f.Decisions) == 0 {
		return s.add(none("Nothing was merged, archived or left out."))
	}
	var rows []row
	for _, d := range f.Decisions {
		r := row{cells: []cell{{text: count(d.Count), bold: true}, {text: d.Object}, {text: d.Fate}, {text: d.Rule}, {text: d.Who + "\n" + moment(d.When)}}}
		if d.Why != "" {
			r.cells[3].text += "\nWhy: " + d.Why
		}
		rows = append(rows, r)
	}
	return s.add(table{"Decisions", []column{
		{head: "Records", width: 44, right: true},
		{head: "Object", width: 74},
		{head: "Fate", width: 52},
		{head: "Rule"},
		{head: "Decided by", width: 108},
	}, rows})
}

func mapping(f Facts) section {
	m := f.Mapping
	s := section{title: "Mapping", intro: "The version that the records were moved with. Its hash changes with any change to it."}
	if m.Version == 0 {
		return s.add(none("No mapping was used."))
	}
	list := [][2]string{{"Version", fmt.Sprintf("%d, by %s, %s", m.Version, orNobody(m.Author), moment(m.At))}}
	if m.Reason != "" {
		list = append(list, [2]string{"Reason", m.Reason})
	}
	approved := "not approved"
	if len(m.Approvals) > 0 {
		var names []string
		for _, a := range m.Approvals {
			names = append(names, fmt.Sprintf("%s (%s), %s", a.Name, a.Role, moment(a.At)))
		}
		approved = strings.Join(names, "\n")
	}
	return s.add(pairs{list, regular}, pairs{[][2]string{{"Hash (SHA-256)", m.Hash}}, mono}, pairs{[][2]string{{"Approved by", approved}}, regular})
}

func orNobody(s string) string {
	if strings.TrimSpace(s) == "" {
		return "somebody unnamed"
	}
	return s
}

func runs(f Facts) section {
	s := section{title: "Runs", intro: "Everything that wrote to the target or removed from it, in order."}
	if len(f.Runs) == 0 {
		return s.add(none("Nothing has been run."))
	}
	var rows []row
	for _, r := range f.Runs {
		end, took := "-", "-"
		if r.Finished != nil {
			end, took = moment(*r.Finished), duration(r.Finished.Sub(r.Started))
		}
		rows = append(rows, row{cells: []cell{
			{text: r.Kind + ", " + r.State, bold: true},
			{text: moment(r.Started)},
			{text: end},
			{text: took},
			{text: count(r.Moved)},
			{text: count(r.Held), soft: r.Held == 0},
		}, under: []string{strings.TrimSuffix("Run "+r.ID+", by "+orNobody(r.By), ", by ")}})
	}
	return s.add(table{"Runs", []column{
		{head: "Run"},
		{head: "Started", width: 102},
		{head: "Ended", width: 102},
		{head: "Took", width: 50},
		{head: "Moved", width: 40, right: true},
		{head: "Held", width: 36, right: true},
	}, rows})
}

func duration(d time.Duration) string {
	d = d.Round(time.Second)
	switch h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60; {
	case h > 0:
		return fmt.Sprintf("%d h %02d min", h, m)
	case m > 0:
		return fmt.Sprintf("%d min %02d s", m, s)
	default:
		return fmt.Sprintf("%d s", s)
	}
}

func approvals(f Facts) section {
	s := section{title: "Approvals and waivers", intro: "Who stands behind this, in their own words. A waiver names what it accepts; it does not make the manifest balance."}
	if len(f.Approvals) == 0 {
		s = s.add(none("Nobody has signed yet."))
	} else {
		var rows []row
		for _, a := range f.Approvals {
			r := row{cells: []cell{{text: a.Name, bold: true}, {text: a.Role}, {text: a.Statement}, {text: moment(a.At)}}, drawn: a.Drawn}
			if a.Waiver != "" {
				r.under = append(r.under, "Waiver: "+a.Waiver, "Accepts: "+strings.Join(a.Waives, ", "))
			}
			rows = append(rows, r)
		}
		s = s.add(table{"Approvals and waivers", []column{{head: "Name", width: 110}, {head: "Role", width: 100}, {head: "Statement"}, {head: "When", width: 104}}, rows})
	}
	reasons := f.Reasons()
	if len(reasons) == 0 {
		return s
	}
	var rows []row
	for _, r := range reasons {
		c := cell{mark: OutOfLine, text: "open"}
		if r.WaivedBy != "" {
			c = cell{mark: WaivedOpen, text: "waived"}
		}
		text := r.Text
		if r.WaivedBy != "" {
			text += " Waived by " + r.WaivedBy + "."
		}
		rows = append(rows, row{cells: []cell{c, {text: text}, {text: r.Key}}})
	}
	const what = "What keeps the manifest from balancing"
	return s.add(head(what), table{what, []column{{head: "State", width: 56}, {head: "Reason"}, {head: "Key", width: 130, style: body.at(8).in(mono)}}, rows})
}

func evidence(f Facts) section {
	closing := f.Audit.Head
	if closing == "" {
		closing = "-"
	}
	return section{title: "Evidence", intro: "How to hold this paper against the project."}.add(
		pairs{[][2]string{{"Audit trail", count(f.Audit.Length) + " entries, each sealed by the hash of the one before it"}}, regular},
		pairs{[][2]string{{"Its closing hash", closing}, {"Hash of these facts", f.Hash()}}, mono},
		pairs{[][2]string{{"Frozen at", moment(f.GeneratedAt)}}, regular},
		para("The same project state always prints the same file, byte for byte. All times are UTC. The folder beside this file holds its evidence, with a seal: "+
			"waybill verify FILE.pdf says whether anything was changed, and so does openssl, as the note in the folder explains."),
		shown{},
	)
}
