package report

import (
	"fmt"
	"strings"
	"time"
)

// rest is everything after page one.
func (p *paper) rest(f Facts) {
	p.page()
	p.manifest(f)
	p.thresholds(f)
	p.checks(f)
	p.differences(f)
	p.decisions(f)
	p.mapping(f)
	p.runs(f)
	p.approvals(f)
	p.evidence(f)
}

var figures = body.at(8.5)

func (p *paper) manifest(f Facts) {
	p.section("Manifest", "Every record of the source has exactly one place. Each line reads as an equation: in the source = moved + merged + archived + left out + held + waiting. "+
		"It balances when nothing is held or waiting and the target itself counts what was moved.")
	if len(f.Manifest) == 0 {
		p.nothing("Nothing has been counted yet.")
		return
	}
	var rows []row
	var sum Row
	sum.Target = new(int64)
	all := true
	for _, r := range f.Manifest {
		rows = append(rows, row{cells: manifestCells(r, r.Balances())})
		all = all && r.Balances()
		sum.Source, sum.Moved, sum.Merged = sum.Source+r.Source, sum.Moved+r.Moved, sum.Merged+r.Merged
		sum.Archived, sum.LeftOut = sum.Archived+r.Archived, sum.LeftOut+r.LeftOut
		sum.Held, sum.Pending = sum.Held+r.Held, sum.Pending+r.Pending
		switch {
		case r.Target == nil:
			sum.Target = nil
		case sum.Target != nil:
			*sum.Target += *r.Target
		}
	}
	sum.Title = "All objects"
	rows = append(rows, row{cells: manifestCells(sum, all), total: true})
	p.table(p.manifestColumns(rows), rows)
	p.need(float64(len(f.Manifest))*17 + 40)
	p.y += 12
	for _, r := range f.Manifest {
		if p.need(17) {
			p.y += 4
		}
		st := body.at(8.5)
		p.single(r.Title, marginSide, p.y+9, 96, st)
		p.bar(r, marginSide+104, p.y+2, p.inner()-104-64, 9)
		p.right(percent(r.Moved, r.Source)+" moved", p.w-marginSide, p.y+9, 64, st)
		p.y += 17
	}
	p.legend(f.Manifest, marginSide, p.y+4)
	p.y += 16
	if words := erased(f.Manifest); words != "" {
		p.need(30)
		p.y += 4
		p.text(words, body.at(8.5))
	}
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

// manifestColumns are as wide as their numbers; where those leave too little for
// the names, all of them are set smaller.
func (p *paper) manifestColumns(rows []row) []column {
	heads := []string{"In the source", "Moved", "Merged", "Archived", "Left out", "Held", "Waiting", "In the target"}
	for size := figures.size; ; size -= 0.5 {
		st := figures.at(size)
		cols, names := []column{{head: "Object"}}, p.inner()-40-float64(len(heads)+1)*cellGap
		for i, h := range heads {
			width := 0.0
			for _, w := range strings.Fields(h) {
				width = max(width, p.width(w, headStyle)+0.5)
			}
			for _, r := range rows {
				width = max(width, p.width(r.cells[i+1].text, st.in(strong))+0.5)
			}
			names -= width
			cols = append(cols, column{head: h, width: width, right: true, style: st})
		}
		if names >= 66 || size <= 5 {
			return append(cols, column{head: "Balances", width: 40})
		}
	}
}

func manifestCells(r Row, balances bool) []cell {
	cells := []cell{{text: r.Title, bold: true}, {text: count(r.Source)}}
	for _, n := range []int64{r.Moved, r.Merged, r.Archived, r.LeftOut, r.Held, r.Pending} {
		cells = append(cells, cell{text: count(n), soft: n == 0})
	}
	target := "-"
	if r.Target != nil {
		target = count(*r.Target)
	}
	word := "no"
	if balances {
		word = "yes"
	}
	return append(cells, cell{text: target}, cell{mark: passed(balances), text: word})
}

func (p *paper) thresholds(f Facts) {
	p.section("Agreed limits", "What was agreed before the move, and what was measured after it.")
	if len(f.Thresholds) == 0 {
		p.nothing("No limits were agreed.")
		return
	}
	var rows []row
	for _, t := range f.Thresholds {
		r := row{cells: []cell{{mark: passed(t.Passed)}, {text: t.Title}, {text: t.Limit}, {text: t.Measured, bold: true}}}
		if t.Note != "" {
			r.under = []string{t.Note}
		}
		rows = append(rows, r)
	}
	p.table([]column{{head: "Result", width: 52}, {head: "What"}, {head: "Agreed", width: 120}, {head: "Measured", width: 90}}, rows)
}

func (p *paper) checks(f Facts) {
	p.section("Checks", "What was read back from the target, and compared with what was meant to arrive.")
	if len(f.Checks) == 0 {
		p.nothing("The target has not been read back. Nothing here proves what it holds.")
		return
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
	p.table([]column{
		{head: "Result", width: 52},
		{head: "Check"},
		{head: "Object", width: 74},
		{head: "Looked at", width: 48, right: true},
		{head: "Differ", width: 40, right: true},
		{head: "Limit", width: 76},
	}, rows)
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

func (p *paper) differences(f Facts) {
	p.section("Held back, and differences", "Held records could not be moved and wait for a person. Differences arrived, but not as they were meant to.")
	groups := func(head string, list []Difference, none string) {
		p.need(60)
		p.single(head, marginSide, p.y+9, p.inner(), body.in(strong))
		p.y += 15
		if len(list) == 0 {
			p.text(none, body)
			p.y += 10
			return
		}
		var rows []row
		for _, d := range list {
			rows = append(rows, row{cells: []cell{{text: count(d.Count), bold: true}, {text: d.Object}, {text: d.Message}}, under: examples(d.Examples)})
		}
		p.table([]column{{head: "Records", width: 46, right: true}, {head: "Object", width: 84}, {head: "What and why"}}, rows)
		p.y += 8
	}
	groups("Held back", f.Held, "No record is held.")
	groups("Differences", f.Differences, "No differences were found.")
}

func (p *paper) decisions(f Facts) {
	p.section("Decisions", "Records that stayed behind because somebody decided so.")
	if len(f.Decisions) == 0 {
		p.nothing("Nothing was merged, archived or left out.")
		return
	}
	var rows []row
	for _, d := range f.Decisions {
		r := row{cells: []cell{{text: count(d.Count), bold: true}, {text: d.Object}, {text: d.Fate}, {text: d.Rule}, {text: d.Who + "\n" + moment(d.When)}}}
		if d.Why != "" {
			r.cells[3].text += "\nWhy: " + d.Why
		}
		rows = append(rows, r)
	}
	p.table([]column{
		{head: "Records", width: 44, right: true},
		{head: "Object", width: 74},
		{head: "Fate", width: 52},
		{head: "Rule"},
		{head: "Decided by", width: 108},
	}, rows)
}

// pairs sets names and values, one below the other.
func (p *paper) pairs(list [][2]string, v voice) {
	for _, kv := range list {
		st := body.in(v)
		lines := p.wrap(kv[1], p.inner()-120, st)
		p.need(float64(min(len(lines), 4)) * body.lead)
		p.single(kv[0], marginSide, baseline(p.y, body), 110, body.with(soft))
		for _, l := range lines {
			p.need(body.lead)
			p.put(l, marginSide+120, baseline(p.y, st), st)
			p.y += body.lead
		}
		p.y += 2.5
	}
}

func (p *paper) mapping(f Facts) {
	m := f.Mapping
	p.section("Mapping", "The version that the records were moved with. Its hash changes with any change to it.")
	if m.Version == 0 {
		p.nothing("No mapping was used.")
		return
	}
	list := [][2]string{{"Version", fmt.Sprintf("%d, by %s, %s", m.Version, orNobody(m.Author), moment(m.At))}}
	if m.Reason != "" {
		list = append(list, [2]string{"Reason", m.Reason})
	}
	p.pairs(list, regular)
	p.pairs([][2]string{{"Hash (SHA-256)", m.Hash}}, mono)
	approved := "not approved"
	if len(m.Approvals) > 0 {
		var names []string
		for _, a := range m.Approvals {
			names = append(names, fmt.Sprintf("%s (%s), %s", a.Name, a.Role, moment(a.At)))
		}
		approved = strings.Join(names, "\n")
	}
	p.pairs([][2]string{{"Approved by", approved}}, regular)
}

func orNobody(s string) string {
	if strings.TrimSpace(s) == "" {
		return "somebody unnamed"
	}
	return s
}

func (p *paper) runs(f Facts) {
	p.section("Runs", "Everything that wrote to the target or removed from it, in order.")
	if len(f.Runs) == 0 {
		p.nothing("Nothing has been run.")
		return
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
	p.table([]column{
		{head: "Run"},
		{head: "Started", width: 102},
		{head: "Ended", width: 102},
		{head: "Took", width: 50},
		{head: "Moved", width: 40, right: true},
		{head: "Held", width: 36, right: true},
	}, rows)
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

func (p *paper) approvals(f Facts) {
	p.section("Approvals and waivers", "Who stands behind this, in their own words. A waiver names what it accepts; it does not make the manifest balance.")
	if len(f.Approvals) == 0 {
		p.nothing("Nobody has signed yet.")
	} else {
		var rows []row
		for _, a := range f.Approvals {
			r := row{cells: []cell{{text: a.Name, bold: true}, {text: a.Role}, {text: a.Statement}, {text: moment(a.At)}}}
			if a.Waiver != "" {
				r.under = append(r.under, "Waiver: "+a.Waiver, "Accepts: "+strings.Join(a.Waives, ", "))
			}
			rows = append(rows, r)
		}
		p.table([]column{{head: "Name", width: 110}, {head: "Role", width: 100}, {head: "Statement"}, {head: "When", width: 104}}, rows)
	}
	reasons := f.Reasons()
	if len(reasons) == 0 {
		return
	}
	p.y += 12
	p.need(60)
	p.single("What keeps the manifest from balancing", marginSide, p.y+9, p.inner(), body.in(strong))
	p.y += 15
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
	p.table([]column{{head: "State", width: 56}, {head: "Reason"}, {head: "Key", width: 130, style: body.at(8).in(mono)}}, rows)
}

func (p *paper) evidence(f Facts) {
	p.section("Evidence", "How to hold this paper against the project.")
	p.pairs([][2]string{{"Audit trail", count(f.Audit.Length) + " entries, each sealed by the hash of the one before it"}}, regular)
	head := f.Audit.Head
	if head == "" {
		head = "-"
	}
	p.pairs([][2]string{{"Its closing hash", head}, {"Hash of these facts", f.Hash()}}, mono)
	p.pairs([][2]string{{"Frozen at", moment(f.GeneratedAt)}}, regular)
	p.y += 6
	p.text("The same project state always prints the same file, byte for byte. All times are UTC. This file is not a PDF/A and is not tagged for screen readers.", body.at(8).with(soft))
	if p.standIn > 0 {
		p.text(fmt.Sprintf("%s could not be printed with the fonts at hand and stand as □ (emoji, rare scripts). The project keeps them unchanged.",
			plural(p.standIn, "character", "characters")), body.at(8).with(soft))
	}
	if p.marked > 0 {
		p.text(fmt.Sprintf("%s that cannot be seen (controls, direction overrides) %s printed by code, such as ‹U+202E› for a reversal of reading order.",
			plural(p.marked, "character", "characters"), isAre(int64(p.marked))), body.at(8).with(soft))
	}
}
