package report

// A bar shows where the records of one object ended. Each part has a pattern of
// its own, so that it reads in black and white.

type part struct {
	name    string
	n       int64
	pattern func(p *paper, x, y, w, h float64)
}

var (
	deep  = accent
	light = colour{0xb9, 0xd6, 0xda}
	grey  = colour{0xcf, 0xd5, 0xdc}
)

func parts(r Row) []part {
	return []part{
		{"moved", r.Moved, solid(deep)},
		{"merged", r.Merged, striped(light, deep, 1)},
		{"archived", r.Archived, solid(grey)},
		{"left out", r.LeftOut, dotted},
		{"held", r.Held, crossed},
		{"waiting", r.Pending, striped(white, ink, -1)},
	}
}

func (p *paper) fill(c colour, x, y, w, h float64) {
	p.pdf.SetFillColor(c[0], c[1], c[2])
	p.pdf.Rect(x, y, w, h, "F")
}

func solid(c colour) func(*paper, float64, float64, float64, float64) {
	return func(p *paper, x, y, w, h float64) { p.fill(c, x, y, w, h) }
}

func (p *paper) hatch(c colour, x, y, w, h, step float64, dir int) {
	p.pdf.SetDrawColor(c[0], c[1], c[2])
	p.pdf.SetLineWidth(0.6)
	for a := -h; a < w; a += step {
		if dir > 0 {
			p.pdf.Line(x+a, y+h, x+a+h, y)
		} else {
			p.pdf.Line(x+a, y, x+a+h, y+h)
		}
	}
}

func striped(ground, lines colour, dir int) func(*paper, float64, float64, float64, float64) {
	return func(p *paper, x, y, w, h float64) {
		p.fill(ground, x, y, w, h)
		p.pdf.ClipRect(x, y, w, h, false)
		p.hatch(lines, x, y, w, h, 3, dir)
		p.pdf.ClipEnd()
	}
}

func crossed(p *paper, x, y, w, h float64) {
	p.fill(white, x, y, w, h)
	p.pdf.ClipRect(x, y, w, h, false)
	p.hatch(ink, x, y, w, h, 2.4, 1)
	p.hatch(ink, x, y, w, h, 2.4, -1)
	p.pdf.ClipEnd()
}

func dotted(p *paper, x, y, w, h float64) {
	p.fill(white, x, y, w, h)
	p.pdf.SetFillColor(soft[0], soft[1], soft[2]) // before the clip: what is set inside ends with it, and gofpdf does not notice
	p.pdf.ClipRect(x, y, w, h, false)
	for n, b := 0, y+1.2; b < y+h; n, b = n+1, b+2.4 {
		for a := x + 1.2 + float64(n%2)*1.2; a < x+w; a += 2.4 {
			p.pdf.Circle(a, b, 0.45, "F")
		}
	}
	p.pdf.ClipEnd()
}

// bar draws one object's parts. Nothing that exists is drawn too thin to be seen.
func (p *paper) bar(r Row, x, y, width, h float64) {
	const least = 2.5
	list := parts(r)
	var sum int64
	tiny, tinySum := 0, int64(0)
	for _, a := range list {
		sum += a.n
	}
	if sum > 0 {
		for _, a := range list {
			if a.n > 0 && float64(a.n)*width/float64(sum) < least {
				tiny++
				tinySum += a.n
			}
		}
		left, at := width-float64(tiny)*least, x
		for _, a := range list {
			if a.n <= 0 {
				continue
			}
			w := least
			if float64(a.n)*width/float64(sum) >= least {
				w = float64(a.n) * left / float64(sum-tinySum)
			}
			a.pattern(p, at, y, w, h)
			p.frame(at, y, w, h)
			at += w
		}
	}
	p.frame(x, y, width, h)
}

func (p *paper) frame(x, y, w, h float64) {
	p.pdf.SetDrawColor(ink[0], ink[1], ink[2])
	p.pdf.SetLineWidth(0.5)
	p.pdf.Rect(x, y, w, h, "D")
}

// legend names the patterns that occur.
func (p *paper) legend(rows []Row, x, y float64) {
	var sum Row
	for _, r := range rows {
		sum.Moved += r.Moved
		sum.Merged += r.Merged
		sum.Archived += r.Archived
		sum.LeftOut += r.LeftOut
		sum.Held += r.Held
		sum.Pending += r.Pending
	}
	st := style{size: 7.5, lead: 10, voice: regular, colour: soft}
	for _, a := range parts(sum) {
		if a.n == 0 {
			continue
		}
		a.pattern(p, x, y, 12, 7)
		p.frame(x, y, 12, 7)
		p.single(a.name, x+16, y+6, 80, st)
		x += 16 + p.width(a.name, st) + 14
	}
}
