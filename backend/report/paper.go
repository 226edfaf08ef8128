package report

import (
	"github.com/jung-kurt/gofpdf"
)

// Margins in points. The head and the foot stand inside them.
const (
	marginSide   = 54.0
	marginTop    = 66.0
	marginBottom = 60.0
)

// paper is the document being written: a column of text with a cursor.
type paper struct {
	*typesetter
	w, h     float64 // of a page
	y        float64 // the cursor: top of what comes next
	sections int
	contents []entry // what was printed, with its page
}

func newPaper(pdf *gofpdf.Fpdf) *paper {
	w, h := pdf.GetPageSize()
	p := &paper{typesetter: newTypesetter(pdf), w: w, h: h}
	pdf.SetMargins(marginSide, marginTop, marginSide)
	pdf.SetAutoPageBreak(false, 0)
	return p
}

func (p *paper) inner() float64  { return p.w - 2*marginSide }
func (p *paper) bottom() float64 { return p.h - marginBottom }

func (p *paper) page() {
	p.pdf.AddPage()
	p.y = marginTop
}

// need starts a new page when less than so much is left.
func (p *paper) need(height float64) bool {
	if p.y+height <= p.bottom() {
		return false
	}
	p.page()
	return true
}

func (p *paper) rule(x1, x2, y, weight float64, c colour) {
	p.pdf.SetDrawColor(c[0], c[1], c[2])
	p.pdf.SetLineWidth(weight)
	p.pdf.Line(x1, y, x2, y)
}

// baseline is where the letters of a line stand that begins at top.
func baseline(top float64, st style) float64 { return top + (st.lead+st.size*0.7)/2 }

// text sets a paragraph in the column and moves the cursor below it.
func (p *paper) text(s string, st style) { p.textAt(s, marginSide, p.inner(), st) }

func (p *paper) textAt(s string, x, width float64, st style) {
	for _, l := range p.wrap(s, width, st) {
		p.need(st.lead)
		p.put(l, x, baseline(p.y, st), st)
		p.y += st.lead
	}
}

// single sets one line at a place, without the cursor.
func (p *paper) single(s string, x, y, width float64, st style) {
	p.put(p.one(s, width, st), x, y, st)
}

// right sets one line that ends at x.
func (p *paper) right(s string, x, y, width float64, st style) {
	l := p.one(s, width, st)
	p.put(l, x-l.width, y, st)
}

// section starts a numbered part; it stays together with what follows.
func (p *paper) section(title, intro string) {
	p.sections++
	st := body.at(13).in(strong)
	lines := p.wrap(intro, p.inner()-22, body.with(soft))
	above := 22.0
	if p.y <= marginTop+1 {
		above = 0
	}
	if p.need(above + 30 + float64(len(lines))*body.lead + 84) {
		above = 0
	}
	p.y += above
	number := count(int64(p.sections))
	p.pdf.Bookmark(label(number+"  "+title), 0, p.y-8)
	p.single(number, marginSide, p.y+12, 30, st.with(accent))
	p.single(title, marginSide+22, p.y+12, p.inner()-22, st)
	p.y += 19
	for _, l := range lines {
		p.put(l, marginSide+22, baseline(p.y, body), body.with(soft))
		p.y += body.lead
	}
	p.y += 7
}

// mark draws a tick, a cross or a bar in a circle, so that a verdict does not
// hang on colour. The circle's centre is (x, y).
func (p *paper) mark(kind Outcome, x, y, r float64) {
	p.pdf.SetLineWidth(r * 0.22)
	p.pdf.SetLineCapStyle("round")
	p.pdf.SetLineJoinStyle("round")
	c := ink
	if kind == Balances {
		c = accent
	}
	p.pdf.SetDrawColor(c[0], c[1], c[2])
	p.pdf.SetFillColor(c[0], c[1], c[2])
	switch kind {
	case Balances:
		p.pdf.Circle(x, y, r, "F")
		p.pdf.SetDrawColor(255, 255, 255)
		p.stroke(x-r*0.45, y+r*0.02, x-r*0.12, y+r*0.36, x+r*0.48, y-r*0.34)
	case WaivedOpen:
		p.pdf.SetLineWidth(r * 0.16)
		p.pdf.Circle(x, y, r*0.92, "D")
		p.pdf.SetLineWidth(r * 0.22)
		p.stroke(x-r*0.45, y, x+r*0.45, y)
	default:
		p.pdf.SetLineWidth(r * 0.16)
		p.pdf.Circle(x, y, r*0.92, "D")
		p.pdf.SetLineWidth(r * 0.22)
		p.stroke(x-r*0.36, y-r*0.36, x+r*0.36, y+r*0.36)
		p.stroke(x-r*0.36, y+r*0.36, x+r*0.36, y-r*0.36)
	}
	p.pdf.SetLineCapStyle("butt")
	p.pdf.SetLineJoinStyle("miter")
}

func (p *paper) stroke(xy ...float64) {
	p.pdf.MoveTo(xy[0], xy[1])
	for i := 2; i < len(xy); i += 2 {
		p.pdf.LineTo(xy[i], xy[i+1])
	}
	p.pdf.DrawPath("D")
}

func passed(yes bool) Outcome {
	if yes {
		return Balances
	}
	return OutOfLine
}
