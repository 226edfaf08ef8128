package report

// column is one column of a table. Exactly one column may have width 0: it
// takes what the others leave.
type column struct {
	head  string
	width float64
	right bool // numbers stand above one another
	style style
}

// cell is what stands in one place of a table.
type cell struct {
	text string
	mark Outcome // drawn in place of a text, with its word beside it
	bold bool
	soft bool
}

// row is one row; under is smaller text below it, from the second column on.
type row struct {
	cells []cell
	under []string
	total bool
	drawn string // a signature drawn by hand, last
}

const drawnHeight = 34.0

const (
	cellGap = 10.0
	rowPad  = 4.0
)

var (
	headStyle  = style{size: 7.5, lead: 10, voice: strong, colour: soft}
	underStyle = style{size: 8, lead: 11, voice: regular, colour: soft}
)

// table draws rows under a head that is repeated on each page. A row taller than
// what is left moves to the next page; one taller than a page is cut by lines.
func (p *paper) table(cols []column, rows []row) {
	cols = p.widths(cols)
	head := p.headOf(cols)
	p.need(head.height + 2*rowPad + body.lead*2)
	p.drawHead(cols, head)
	for i, r := range rows {
		p.drawRow(cols, head, r, i == len(rows)-1)
	}
	p.y += 4
}

func (p *paper) widths(cols []column) []column {
	out, left := append([]column(nil), cols...), p.inner()-cellGap*float64(len(cols)-1)
	for _, c := range cols {
		left -= c.width
	}
	for i := range out {
		if out[i].width == 0 {
			out[i].width = left
		}
		if out[i].style.size == 0 {
			out[i].style = body
		}
	}
	return out
}

type tableHead struct {
	lines  [][]line
	height float64
}

func (p *paper) headOf(cols []column) tableHead {
	var h tableHead
	for _, c := range cols {
		l := p.wrap(c.head, c.width, headStyle)
		h.lines = append(h.lines, l)
		h.height = max(h.height, float64(len(l))*headStyle.lead+rowPad)
	}
	return h
}

func (p *paper) drawHead(cols []column, h tableHead) {
	x := marginSide
	for i, c := range cols {
		top := p.y + h.height - rowPad - float64(len(h.lines[i]))*headStyle.lead
		for n, l := range h.lines[i] {
			p.cellLine(l, x, baseline(top+float64(n)*headStyle.lead, headStyle), c, headStyle)
		}
		x += c.width + cellGap
	}
	p.y += h.height
	p.rule(marginSide, p.w-marginSide, p.y, 0.9, ink)
}

func (p *paper) cellLine(l line, x, y float64, c column, st style) {
	if c.right {
		x += c.width - l.width
	}
	p.put(l, x, y, st)
}

func (p *paper) drawRow(cols []column, head tableHead, r row, last bool) {
	lines, styles, tallest := p.rowLines(cols, r)
	lead := body.lead
	for _, st := range styles {
		lead = max(lead, st.lead)
	}
	under, underX := p.underLines(cols, r)
	total := float64(tallest)*lead + float64(len(under))*underStyle.lead + 2*rowPad
	if r.drawn != "" {
		total += drawnHeight
	}
	page := p.bottom() - marginTop - head.height
	if p.y+total > p.bottom() && (total <= page || p.y+4*lead > p.bottom()) {
		p.page()
		p.drawHead(cols, head)
	}
	if r.total {
		p.rule(marginSide, p.w-marginSide, p.y, 0.9, ink)
	}
	p.y += rowPad
	for n := range tallest {
		if p.y+lead > p.bottom() {
			p.page()
			p.drawHead(cols, head)
			p.y += rowPad
		}
		x := marginSide
		for i, c := range cols {
			if n == 0 && i < len(r.cells) && r.cells[i].mark != "" {
				p.markCell(r.cells[i], x, c)
			} else if n < len(lines[i]) {
				p.cellLine(lines[i][n], x, baseline(p.y, style{size: styles[i].size, lead: lead}), c, styles[i])
			}
			x += c.width + cellGap
		}
		p.y += lead
	}
	for _, l := range under {
		if p.y+underStyle.lead > p.bottom() {
			p.page()
			p.drawHead(cols, head)
			p.y += rowPad
		}
		p.put(l, underX, baseline(p.y, underStyle), underStyle)
		p.y += underStyle.lead
	}
	if r.drawn != "" {
		if p.y+drawnHeight > p.bottom() {
			p.page()
			p.drawHead(cols, head)
		}
		p.signature(r.drawn, underX, p.y+2, 120, drawnHeight-4)
		p.y += drawnHeight
	}
	p.y += rowPad
	if last {
		p.rule(marginSide, p.w-marginSide, p.y, 0.9, ink)
	} else {
		p.rule(marginSide, p.w-marginSide, p.y, 0.4, rule)
	}
}

// outcomeWord is what stands beside a mark.
func outcomeWord(c cell) string {
	if c.text != "" {
		return c.text
	}
	return map[Outcome]string{Balances: "passed", OutOfLine: "failed", WaivedOpen: "waived"}[c.mark]
}

func (p *paper) markCell(c cell, x float64, col column) {
	p.mark(c.mark, x+4.5, p.y+body.lead/2, 4.2)
	st := body.in(strong)
	p.single(outcomeWord(c), x+13, baseline(p.y, st), col.width-13, st)
}

func (p *paper) rowLines(cols []column, r row) ([][]line, []style, int) {
	lines, styles, tallest := make([][]line, len(cols)), make([]style, len(cols)), 1
	for i, c := range cols {
		styles[i] = c.style
		if i >= len(r.cells) || r.cells[i].mark != "" {
			continue
		}
		if r.cells[i].bold || r.total {
			styles[i] = styles[i].in(strong)
		}
		if r.cells[i].soft {
			styles[i] = styles[i].with(faint)
		}
		lines[i] = p.wrap(r.cells[i].text, c.width, styles[i])
		tallest = max(tallest, len(lines[i]))
	}
	return lines, styles, tallest
}

func (p *paper) underLines(cols []column, r row) ([]line, float64) {
	x := marginSide
	if len(cols) > 0 && len(r.cells) > 0 && (r.cells[0].mark != "" || cols[0].right) {
		x += cols[0].width + cellGap
	}
	var out []line
	for _, u := range r.under {
		out = append(out, p.wrap(u, p.w-marginSide-x, underStyle)...)
	}
	return out, x
}
