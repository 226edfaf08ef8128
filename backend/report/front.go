package report

import (
	"slices"
	"strings"
	"time"
)

func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2 Jan 2006, 15:04 UTC")
}

// front is page one: did it pass, how many of what moved, what did not and why,
// who says so.
func (p *paper) front(f Facts, b Brand, logo string) {
	p.page()
	p.letterhead(f, b, logo)
	p.verdictBox(f)
	p.whatMoved(f)
	p.whatDidNot(f)
	p.whoSaysSo(f)
}

func (p *paper) letterhead(f Facts, b Brand, logo string) {
	p.y = 48
	x := marginSide
	if logo != "" {
		info := p.pdf.GetImageInfo(logo)
		w, h := info.Width()*28/info.Height(), 28.0
		if w > 130 {
			w, h = 130, info.Height()*130/info.Width()
		}
		p.pdf.ImageOptions(logo, x, p.y-4+(28-h)/2, w, h, false, imageOptions, 0, "")
		x += w + 12
	}
	st := body.at(10.5).in(strong)
	company := b.Company
	if company == "" {
		company = f.Project
	}
	p.single(company, x, p.y+13, p.inner()/2, st)
	p.right("Migration sign-off", p.w-marginSide, p.y+13, p.inner()/3, body.with(soft))
	p.y += 30
	p.rule(marginSide, p.w-marginSide, p.y, 1.4, accent)
	p.y += 16
	title := style{size: 21, lead: 27, voice: strong, colour: ink}
	for _, l := range p.atMost(2, f.Project, p.inner(), title) {
		p.put(l, marginSide, baseline(p.y, title), title)
		p.y += title.lead
	}
	line := f.Source + "  →  " + f.Target
	if f.Stage != "" {
		line += "   ·   " + f.Stage
	}
	sub := body.at(11)
	for _, l := range p.atMost(2, line, p.inner(), sub) {
		p.put(l, marginSide, baseline(p.y, sub), sub)
		p.y += sub.lead
	}
	p.y++
	p.text("As things stood on "+moment(f.GeneratedAt), body.with(soft))
	p.y += 11
}

func (p *paper) verdictBox(f Facts) {
	v := f.Verdict()
	title := style{size: 16, lead: 21, voice: strong, colour: ink}
	lines := p.wrap(v.Sentence, p.inner()-66, body.at(9.5))
	height := 15 + title.lead + float64(len(lines))*body.at(9.5).lead + 13
	p.pdf.SetFillColor(0xf2, 0xf6, 0xf7)
	p.pdf.Rect(marginSide, p.y, p.inner(), height, "F")
	p.fill(accent, marginSide, p.y, 3, height)
	p.mark(v.Outcome, marginSide+29, p.y+height/2, 13)
	y := p.y + 12
	p.single(v.Title, marginSide+54, baseline(y, title), p.inner()-66, title)
	y += title.lead + 2
	for _, l := range lines {
		p.put(l, marginSide+54, baseline(y, body.at(9.5)), body.at(9.5))
		y += body.at(9.5).lead
	}
	p.y += height + 16
}

func (p *paper) heading(s string) {
	p.single(s, marginSide, p.y+9, p.inner(), body.at(10.5).in(strong))
	p.y += 16
}

const frontRows = 8

func (p *paper) whatMoved(f Facts) {
	p.heading("How much of what moved")
	rows, rest := f.Manifest, 0
	if len(rows) > frontRows {
		rest = len(rows) - frontRows + 1
		rows = rows[:frontRows-1]
	}
	small := headStyle
	nameW, barX := 104.0, marginSide+104+118
	barW := p.w - marginSide - barX - 62
	p.right("in the source", marginSide+nameW+48, p.y+7, 70, small)
	p.right("moved", marginSide+nameW+104, p.y+7, 60, small)
	p.right("in the target", p.w-marginSide, p.y+7, 62, small)
	p.y += 11
	p.rule(marginSide, p.w-marginSide, p.y, 0.9, ink)
	for _, r := range rows {
		y := baseline(p.y+3, body)
		p.single(r.Title, marginSide, y, nameW-6, body.in(strong))
		p.right(count(r.Source), marginSide+nameW+48, y, 60, body)
		p.right(count(r.Moved), marginSide+nameW+104, y, 54, body)
		p.bar(r, barX, p.y+5, barW, 8.5)
		target := "not asked"
		if r.Target != nil {
			target = count(*r.Target)
		}
		p.right(target, p.w-marginSide, y, 58, body)
		p.y += body.lead + 6
		p.rule(marginSide, p.w-marginSide, p.y, 0.4, rule)
	}
	if rest > 0 {
		p.single(plural(rest, "more object", "more objects")+" in section 1", marginSide, p.y+12, p.inner(), body.with(soft))
		p.y += 15
	}
	p.y += 6
	p.legend(f.Manifest, marginSide, p.y)
	p.y += 24
}

const frontReasons = 8

func (p *paper) whatDidNot(f Facts) {
	p.heading("What did not move, and why")
	type item struct {
		n         int64
		what, why string
	}
	var items []item
	for _, d := range f.Held {
		items = append(items, item{d.Count, d.Object + ", held", d.Message})
	}
	var byDecision []item
	for _, d := range f.Decisions {
		byDecision = append(byDecision, item{d.Count, d.Object + ", " + strings.ToLower(d.Fate), d.Rule + byline(d)})
	}
	slices.SortStableFunc(items, func(a, b item) int { return int(b.n - a.n) })
	slices.SortStableFunc(byDecision, func(a, b item) int { return int(b.n - a.n) })
	items = append(items, byDecision...)
	var pending int64
	for _, r := range f.Manifest {
		pending += r.Pending
	}
	if pending > 0 {
		items = append([]item{{pending, "All objects, waiting", "Not reached yet."}}, items...)
	}
	if len(items) == 0 {
		p.text("Everything moved.", body)
		p.y += 12
		return
	}
	rest, foot := len(items), p.bottom()-heightOfNames(f)-33
	p.rule(marginSide, p.w-marginSide, p.y, 0.9, ink)
	for i, it := range items {
		lines := p.atMost(2, it.why, p.inner()-182, body)
		if i == frontReasons || i > 0 && p.y+float64(len(lines))*body.lead+6 > foot {
			break
		}
		rest--
		y := baseline(p.y+3, body)
		p.right(count(it.n), marginSide+44, y, 44, body.in(strong))
		p.single(it.what, marginSide+56, y, 118, body)
		for i, l := range lines {
			p.put(l, marginSide+182, y+float64(i)*body.lead, body.with(soft))
		}
		p.y += float64(len(lines))*body.lead + 6
		p.rule(marginSide, p.w-marginSide, p.y, 0.4, rule)
	}
	if rest > 0 {
		p.single(plural(rest, "more reason", "more reasons")+" in sections 5 and 6", marginSide, p.y+12, p.inner(), body.with(soft))
		p.y += 15
	}
	p.y += 18
}

func byline(d Decision) string {
	if d.Who == "" {
		return ""
	}
	return " (" + d.Who + ")"
}

const frontApprovals = 4

func heightOfNames(f Facts) float64 {
	if len(f.Approvals) == 0 {
		return 76
	}
	h := 18 + float64(min(len(f.Approvals), frontApprovals))*31
	if len(f.Approvals) > frontApprovals {
		h += 15
	}
	return h
}

// whoSaysSo lists who signed, or leaves room for a pen.
func (p *paper) whoSaysSo(f Facts) {
	approvals := f.Approvals[:min(len(f.Approvals), frontApprovals)]
	p.need(heightOfNames(f))
	p.heading("Who says so")
	p.rule(marginSide, p.w-marginSide, p.y, 0.9, ink)
	if len(approvals) == 0 {
		p.y += 5
		p.text("Nobody has signed yet.", body)
		p.y += 26
		for i, s := range []string{"Name and role", "Date", "Signature"} {
			x, w := marginSide+float64(i)*p.inner()/3, p.inner()/3-16
			p.rule(x, x+w, p.y, 0.5, ink)
			p.single(s, x, p.y+10, w, headStyle)
		}
		p.y += 14
		return
	}
	for _, a := range approvals {
		y := baseline(p.y+3, body)
		p.single(a.Name, marginSide, y, 150, body.in(strong))
		p.single(a.Role, marginSide+158, y, 150, body)
		p.right(moment(a.At), p.w-marginSide, y, 160, body)
		p.signature(a.Drawn, marginSide+312, p.y+1, 64, 19)
		said := a.Statement
		if a.Waiver != "" {
			said = "Waives: " + a.Waiver
		}
		p.single(said, marginSide, y+body.lead, p.inner(), body.in(italic).with(soft))
		p.y += 2*body.lead + 6
		p.rule(marginSide, p.w-marginSide, p.y, 0.4, rule)
	}
	if n := len(f.Approvals) - len(approvals); n > 0 {
		p.single(plural(n, "more name", "more names")+" in section 9", marginSide, p.y+12, p.inner(), body.with(soft))
		p.y += 15
	}
}
