package report

import (
	"fmt"
	"strings"
)

// A report is a list of *sections*, each of *blocks*. The same blocks are printed on paper and
// written as a page; neither knows what they are about.

type section struct {
	title, intro string
	blocks       []block
}

func (s section) add(b ...block) section {
	s.blocks = append(s.blocks, b...)
	return s
}

// block is one thing that stands in a section.
type block interface {
	print(p *paper)
	write(h *html)
}

// none says that a section is empty, which is a statement too.
type none string

func (b none) print(p *paper) { p.textAt(string(b), marginSide+22, p.inner()-22, body) }

// para is a paragraph in small letters.
type para string

func (b para) print(p *paper) {
	p.need(30)
	p.y += 4
	p.text(string(b), body.at(8).with(soft))
}

// head is a heading inside a section.
type head string

func (b head) print(p *paper) {
	p.y += 8
	p.need(60)
	p.single(string(b), marginSide, p.y+9, p.inner(), body.in(strong))
	p.y += 15
}

// table of columns and rows. name is for those who cannot see it.
type table struct {
	name string
	cols []column
	rows []row
}

func (b table) print(p *paper) { p.table(b.cols, b.rows) }

// pairs are names and values, one below the other.
type pairs struct {
	list  [][2]string
	voice voice
}

func (b pairs) print(p *paper) {
	for _, kv := range b.list {
		st := body.in(b.voice)
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

// account is the manifest: a table that adds up, and a bar for each object.
type account []Row

var figures = body.at(8.5)

// total of all objects; the target's is unknown as soon as one is.
func (b account) total() (sum Row, all bool) {
	sum.Title, sum.Target, all = "All objects", new(int64), true
	for _, r := range b {
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
	return sum, all
}

var accountHeads = []string{"In the source", "Moved", "Merged", "Archived", "Left out", "Held", "Waiting", "In the target"}

func (b account) rows() []row {
	var rows []row
	for _, r := range b {
		rows = append(rows, row{cells: manifestCells(r, r.Balances())})
	}
	sum, all := b.total()
	return append(rows, row{cells: manifestCells(sum, all), total: true})
}

func (b account) print(p *paper) {
	rows := b.rows()
	p.table(p.manifestColumns(rows), rows)
	p.need(float64(len(b))*17 + 40)
	p.y += 12
	for _, r := range b {
		if p.need(17) {
			p.y += 4
		}
		p.single(r.Title, marginSide, p.y+9, 96, figures)
		p.bar(r, marginSide+104, p.y+2, p.inner()-104-64, 9)
		p.right(percent(r.Moved, r.Source)+" moved", p.w-marginSide, p.y+9, 64, figures)
		p.y += 17
	}
	p.legend(b, marginSide, p.y+4)
	p.y += 16
}

// manifestColumns are as wide as their numbers; where those leave too little for
// the names, all of them are set smaller.
func (p *paper) manifestColumns(rows []row) []column {
	for size := figures.size; ; size -= 0.5 {
		st := figures.at(size)
		cols, names := []column{{head: "Object"}}, p.inner()-40-float64(len(accountHeads)+1)*cellGap
		for i, h := range accountHeads {
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

// shown says what this kind of document could not show as it is; it stands where it is printed
// last, so that it counts everything.
type shown struct{}

func (shown) print(p *paper) {
	st := body.at(8).with(soft)
	p.text("This file is not a PDF/A and is not tagged for screen readers; the page report.html in the folder beside it is.", st)
	if p.standIn > 0 {
		p.text(fmt.Sprintf("%s could not be printed with the fonts at hand and stand as □ (emoji, rare scripts). The project keeps them unchanged.",
			plural(p.standIn, "character", "characters")), st)
	}
	if p.marked > 0 {
		p.text(markedWords(p.marked), st)
	}
}

func markedWords(n int) string {
	return fmt.Sprintf("%s that cannot be seen (controls, direction overrides) %s printed by code, such as ‹U+202E› for a reversal of reading order.",
		plural(n, "character", "characters"), isAre(int64(n)))
}

// print sets the sections, numbered, and notes on which page each begins.
func (p *paper) print(list []section) {
	for _, s := range list {
		p.section(s.title, s.intro)
		p.contents = append(p.contents, entry{s.title, p.pdf.PageNo()})
		for _, b := range s.blocks {
			b.print(p)
		}
	}
}

// entry is a line of the table of contents.
type entry struct {
	title string
	page  int
}

// tableOfContents lists what follows; each line leads there.
func (p *paper) tableOfContents(list []entry) {
	p.heading("Contents")
	p.rule(marginSide, p.w-marginSide, p.y, 0.9, ink)
	for i, e := range list {
		y := baseline(p.y+2, body)
		p.single(count(int64(i+1)), marginSide, y, 20, body.with(accent).in(strong))
		p.single(e.title, marginSide+22, y, p.inner()-80, body)
		if e.page > 0 {
			p.right(fmt.Sprint(e.page), p.w-marginSide, y, 40, body)
			link := p.pdf.AddLink()
			p.pdf.SetLink(link, 0, e.page)
			p.pdf.Link(marginSide, p.y, p.inner(), body.lead+4, link)
		}
		p.y += body.lead + 4
		p.rule(marginSide, p.w-marginSide, p.y, 0.4, rule)
	}
	p.y += 10
}
