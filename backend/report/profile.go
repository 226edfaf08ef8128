package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"waybill/backend/problem"
)

// Profile is what was measured in the source, for a paper to read.
type Profile struct {
	Project, Company, Source string
	// MeasuredAt is when the source was measured; the paper asks no other clock.
	MeasuredAt     time.Time
	Points, Enough int
	Formula        string
	// Order lists the objects as they load, with what they hang on.
	Order    []ProfileStep
	Objects  []ProfileObject
	Findings []ProfileFinding
}

// ProfileStep is one object of the load order.
type ProfileStep struct {
	Title string
	Rows  int64
	// On are the objects that must be there before; Broken counts links that lead nowhere.
	On     string
	Broken int64
}

// ProfileObject is one kind of record with its fields and ages.
type ProfileObject struct {
	Title  string
	Rows   int64
	Ages   []ProfileBar
	Fields []ProfileField
}

// ProfileBar is a bar of a picture.
type ProfileBar struct {
	Label string
	Count int64
}

// ProfileField is one field: how full, how many different values, how long, what is in it.
type ProfileField struct {
	Name, Type, Holds, Top string
	Filled, Distinct       int64
	About                  bool
	Longest                int
}

// ProfileFinding is one finding.
type ProfileFinding struct {
	Severity, Where, What, Means, Fix, State string
	Count                                    int64
	Examples                                 []string
}

// WriteProfile writes the profile as PDF. As Write it asks no clock and no chance: the same
// profile gives the same bytes (invariant 12).
func WriteProfile(w io.Writer, f Profile) error {
	if f.MeasuredAt.IsZero() {
		return problem.New("report.no-time", "The source was not measured yet.", "There is nothing to print.", "Read the source, then print again.")
	}
	d := document{name: "profile", title: f.Project + ": profile of the source", author: f.Company, at: f.MeasuredAt}
	doc, err := d.layOut(func(p *paper) error {
		p.profile(f)
		return nil
	})
	return d.deliver(w, doc, err)
}

func (p *paper) profile(f Profile) {
	p.page()
	p.profileHead(f)
	p.profileObjects(f)
	p.profileOrder(f)
	p.profileFindings(f)
	for _, o := range f.Objects {
		p.profileFields(o)
	}
	p.profileFeet(f)
}

func (p *paper) profileHead(f Profile) {
	p.y = 48
	company := f.Company
	if company == "" {
		company = f.Project
	}
	p.single(company, marginSide, p.y+13, p.inner()/2, body.at(10.5).in(strong))
	p.right("Profile of the source", p.w-marginSide, p.y+13, p.inner()/3, body.with(soft))
	p.y += 30
	p.rule(marginSide, p.w-marginSide, p.y, 1.4, accent)
	p.y += 16
	title := style{size: 21, lead: 27, voice: strong, colour: ink}
	for _, l := range p.atMost(2, f.Project, p.inner(), title) {
		p.put(l, marginSide, baseline(p.y, title), title)
		p.y += title.lead
	}
	p.text(f.Source+", measured on "+moment(f.MeasuredAt), body.with(soft))
	p.y += 12
	// How ready, as a bar with the mark from where on it is clean enough.
	big := style{size: 26, lead: 32, voice: strong, colour: ink}
	number := fmt.Sprintf("%d", f.Points)
	p.single(number, marginSide, baseline(p.y, big), 70, big)
	p.single(fmt.Sprintf("of 100 points; clean enough from %d on", f.Enough), marginSide+58, baseline(p.y, big), p.inner()-58, body)
	p.y += big.lead + 2
	p.fill(rule, marginSide, p.y, p.inner(), 6)
	p.fill(accent, marginSide, p.y, p.inner()*float64(f.Points)/100, 6)
	p.fill(ink, marginSide+p.inner()*float64(f.Enough)/100, p.y-3, 1, 12)
	p.y += 14
	p.text(f.Formula, body.with(soft))
	p.y += 8
}

// profileObjects shows each object: how many, how full its fields are, and how old it is.
func (p *paper) profileObjects(f Profile) {
	p.section("What there is", "Each thin bar is a field: the dark part is filled. Counts are exact.")
	for _, o := range f.Objects {
		p.need(70)
		p.single(o.Title, marginSide+22, p.y+10, 160, body.in(strong))
		p.right(count(o.Rows), p.w-marginSide, p.y+10, 90, body.in(strong))
		p.y += 16
		x, wide := marginSide+22, p.inner()-22
		each := min(wide/float64(max(len(o.Fields), 1)), 14)
		for i, c := range o.Fields {
			if float64(i+1)*each > wide {
				break
			}
			at, h := x+float64(i)*each, 0.0
			if o.Rows > 0 {
				h = 22 * float64(c.Filled) / float64(o.Rows)
			}
			p.fill(rule, at, p.y, max(each-1.5, 0.6), 22)
			p.fill(accent, at, p.y+22-h, max(each-1.5, 0.6), h)
		}
		p.y += 28
		p.profileAges(o)
		p.y += 8
	}
}

// profileAges draws the years as columns from zero.
func (p *paper) profileAges(o ProfileObject) {
	if len(o.Ages) == 0 {
		return
	}
	ages := o.Ages[max(len(o.Ages)-24, 0):]
	p.need(52)
	most := int64(1)
	for _, a := range ages {
		most = max(most, a.Count)
	}
	small := style{size: 6.5, lead: 8, voice: regular, colour: soft}
	x, each := marginSide+22, (p.inner()-22)/float64(max(len(ages), 8))
	for i, a := range ages {
		at, h := x+float64(i)*each, 26*float64(a.Count)/float64(most)
		p.fill(accent, at, p.y+8+26-h, each-3, h)
		p.single(count(a.Count), at, p.y+6+26-h, each+8, small)
		p.single(a.Label, at, p.y+43, each+2, small)
	}
	p.y += 48
}

func (p *paper) profileOrder(f Profile) {
	p.section("In which order they load", "What others hang on comes first.")
	rows := []row{}
	for i, s := range f.Order {
		broken := ""
		if s.Broken > 0 {
			broken = count(s.Broken)
		}
		rows = append(rows, row{cells: []cell{{text: count(int64(i + 1))}, {text: s.Title, bold: true}, {text: count(s.Rows)}, {text: s.On, soft: true}, {text: broken}}})
	}
	p.table([]column{{head: "Step", width: 30}, {head: "Records", width: 120}, {head: "Count", width: 70, right: true}, {head: "Hang on"}, {head: "Lead nowhere", width: 70, right: true}}, rows)
}

func (p *paper) profileFindings(f Profile) {
	p.section("What was found", "The grave ones first. What holds records must be decided before the move.")
	if len(f.Findings) == 0 {
		none("Nothing that needs a decision was found.").print(p)
		return
	}
	rows := []row{}
	for _, x := range f.Findings {
		under := []string{x.Means + " " + x.Fix}
		if len(x.Examples) > 0 {
			under = append(under, "For example: "+strings.Join(x.Examples[:min(len(x.Examples), 3)], " · "))
		}
		if x.State != "" {
			under = append(under, x.State)
		}
		rows = append(rows, row{cells: []cell{{text: x.Severity}, {text: x.What, bold: true}, {text: x.Where, soft: true}, {text: count(x.Count)}}, under: under})
	}
	p.table([]column{{head: "Weight", width: 62}, {head: "What"}, {head: "Where", width: 96}, {head: "How many", width: 58, right: true}}, rows)
}

func (p *paper) profileFields(o ProfileObject) {
	p.section(o.Title+", field by field", count(o.Rows)+" records. Different values are estimates where it says about.")
	rows := []row{}
	for _, f := range o.Fields {
		different := count(f.Distinct)
		if f.About {
			different = "about " + different
		}
		r := row{cells: []cell{{text: f.Name, bold: true}, {text: f.Holds, soft: true}, {text: percent(f.Filled, o.Rows)}, {text: different}, {text: count(int64(f.Longest))}}}
		if f.Top != "" {
			r.under = []string{f.Top}
		}
		rows = append(rows, r)
	}
	p.table([]column{{head: "Field", width: 130}, {head: "Looks like"}, {head: "Filled", width: 54, right: true}, {head: "Different", width: 82, right: true}, {head: "Longest", width: 50, right: true}}, rows)
}

// profileFeet writes the feet once the number of pages is known.
func (p *paper) profileFeet(f Profile) {
	small := style{size: 7.5, lead: 10, voice: regular, colour: faint}
	pages, half := p.pdf.PageCount(), p.inner()/2-8
	for n := 1; n <= pages; n++ {
		p.pdf.SetPage(n)
		if n > 1 {
			p.single(f.Project+": profile of the source", marginSide, 40, half+60, small)
			p.rule(marginSide, p.w-marginSide, 46, 0.4, rule)
		}
		y := p.h - 36
		p.rule(marginSide, p.w-marginSide, y-10, 0.4, rule)
		p.single("Made by Waybill, "+moment(f.MeasuredAt), marginSide, y, half+60, small)
		p.right(fmt.Sprintf("Page %d of %d", n, pages), p.w-marginSide, y, half-60, small.with(soft))
	}
}
