package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"waybill/backend/problem"
)

// MappingDoc is the mapping for the hand-over: every field with its rule in words, the
// value lists, what stays behind and why, people, decisions and approvals.
type MappingDoc struct {
	Project, Company, Source, Target string
	// Version 0: the working copy, which nobody accepted yet.
	Version int
	Hash    string
	Author  string
	Reason  string
	// At is when the version was accepted; the paper asks no other clock.
	At        time.Time
	Approvals []Approval
	Objects   []MappingObject
	People    []MappingPerson
	Decisions []Decision
	// Twins say in words how duplicates are treated.
	Twins    []string
	Versions []MappingVersion
}

// MappingObject is one kind of record and where it goes.
type MappingObject struct {
	// From and To are titles; To is empty when the records are not moved, and Why says why.
	From, To, Why string
	// When is the condition under which records go this way; empty: all that no other takes.
	When   string
	Rows   int64
	Fields []MappingField
	// Unused are the fields of the source that no rule uses.
	Unused []MappingUnused
}

// MappingField is one field of the target.
type MappingField struct {
	Name, Type string
	Required   bool
	// Excluded: the field is left out, and Why says why.
	Excluded bool
	Why      string
	// Rule in words, with what happens otherwise and what the value must be like.
	Rule string
	// Default is what the target fills in by itself.
	Default                     string
	Meaning, Owner, State, Note string
	Before, After               string
	Values                      []MappingValue
}

// MappingValue is a line of a value list.
type MappingValue struct {
	From, To string
	Count    int64
	// Open: nobody decided; its records are held.
	Open bool
}

// MappingUnused is a field of the source that stays behind.
type MappingUnused struct {
	Name, Type string
	Filled     int64
}

// MappingPerson is a line of the people map.
type MappingPerson struct {
	Kind, Name, Email, Becomes string
	Count                      int64
}

// MappingVersion is a version before this one, or this one.
type MappingVersion struct {
	Number         int
	At             time.Time
	Author, Reason string
	Approved       string
}

// WriteMapping writes the mapping document as PDF. As Write it asks no clock and no chance: the
// same document gives the same bytes (invariant 12).
func WriteMapping(w io.Writer, f MappingDoc) error {
	if f.At.IsZero() {
		return problem.New("report.no-time", "The mapping document has no date.", "Two people could print two different ones.", "Accept the mapping, then print again.")
	}
	d := document{name: "mapping document", title: f.Project + ": mapping", subject: f.Source + " to " + f.Target, author: f.Company, keywords: "mapping " + f.Hash, at: f.At}
	doc, err := d.layOut(func(p *paper) error {
		p.mapping(f)
		return nil
	})
	return d.deliver(w, doc, err)
}

func (p *paper) mapping(f MappingDoc) {
	p.page()
	p.mappingHead(f)
	p.mappingOverview(f)
	for _, o := range f.Objects {
		if o.To != "" {
			p.mappingObject(o)
		}
	}
	p.mappingBehind(f)
	p.mappingPeople(f)
	p.mappingDecisions(f)
	p.mappingVersions(f)
	p.mappingFeet(f)
}

func (p *paper) mappingHead(f MappingDoc) {
	p.y = 48
	company := f.Company
	if company == "" {
		company = f.Project
	}
	p.single(company, marginSide, p.y+13, p.inner()/2, body.at(10.5).in(strong))
	p.right("Mapping document", p.w-marginSide, p.y+13, p.inner()/3, body.with(soft))
	p.y += 30
	p.rule(marginSide, p.w-marginSide, p.y, 1.4, accent)
	p.y += 16
	title := style{size: 21, lead: 27, voice: strong, colour: ink}
	for _, l := range p.atMost(2, f.Project, p.inner(), title) {
		p.put(l, marginSide, baseline(p.y, title), title)
		p.y += title.lead
	}
	p.text(f.Source+" to "+f.Target, body.with(soft))
	p.y += 10
	version := "Version " + count(int64(f.Version))
	if f.Version == 0 {
		version = "The working copy, which nobody accepted yet"
	}
	rows := []row{
		{cells: []cell{{text: "Mapping", bold: true}, {text: version + ", by " + f.Author + ", " + moment(f.At)}}},
		{cells: []cell{{text: "Why", bold: true}, {text: f.Reason}}},
		{cells: []cell{{text: "Fingerprint", bold: true}, {text: f.Hash}}},
	}
	if len(f.Approvals) == 0 {
		rows = append(rows, row{cells: []cell{{text: "Approved", bold: true}, {text: "Nobody approved it yet."}}})
	}
	for _, a := range f.Approvals {
		rows = append(rows, row{cells: []cell{{text: "Approved", bold: true}, {text: a.Name + ", " + a.Role + ", " + moment(a.At)}}, under: []string{a.Statement}})
	}
	p.table([]column{{head: "", width: 90}, {head: ""}}, rows)
}

// mappingOverview counts, for each kind of record, its fields and what is open.
func (p *paper) mappingOverview(f MappingDoc) {
	p.section("What becomes what", "Each line is one kind of record. Open values hold their records until somebody decides.")
	rows := []row{}
	for _, o := range f.Objects {
		to, filled, out, open := o.To, 0, 0, 0
		for _, x := range o.Fields {
			if x.Excluded {
				out++
			} else {
				filled++
			}
			for _, v := range x.Values {
				if v.Open {
					open++
				}
			}
		}
		r := row{}
		if to == "" {
			to = "not moved"
			r.under = []string{o.Why}
		}
		if o.When != "" {
			r.under = append(r.under, "Only when "+o.When)
		}
		r.cells = []cell{{text: o.From, bold: true}, {text: to}, {text: count(o.Rows)}, {text: count(int64(filled))}, {text: count(int64(out))}, {text: count(int64(open))}}
		rows = append(rows, r)
	}
	p.table([]column{{head: "Old"}, {head: "New", width: 120}, {head: "Records", width: 60, right: true}, {head: "Fields", width: 44, right: true}, {head: "Left out", width: 48, right: true}, {head: "Open values", width: 52, right: true}}, rows)
}

func (p *paper) mappingObject(o MappingObject) {
	intro := count(o.Rows) + " records. One line for each field of the new desk."
	if o.When != "" {
		intro = "Only records for which this is true: " + o.When
	}
	p.section(o.From+" become "+o.To, intro)
	rows := []row{}
	for _, f := range o.Fields {
		if f.Excluded {
			continue
		}
		required := ""
		if f.Required {
			required = "required"
		}
		r := row{cells: []cell{{text: f.Name, bold: true}, {text: strings.TrimSuffix(f.Type+", "+required, ", "), soft: true}, {text: f.Rule}}}
		put := func(head, s string) {
			if s != "" {
				r.under = append(r.under, head+": "+s)
			}
		}
		put("Means", f.Meaning)
		put("The new desk fills in by itself", f.Default)
		if f.Before != "" || f.After != "" {
			put("For example", f.Before+" → "+f.After)
		}
		put("Note", f.Note)
		if f.Owner != "" {
			put("Owner", f.Owner+". "+f.State)
		} else {
			put("State", f.State)
		}
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		p.textAt("No field gets a value.", marginSide+22, p.inner()-22, body)
		return
	}
	p.table([]column{{head: "Field", width: 110}, {head: "Type", width: 84}, {head: "Where it comes from"}}, rows)
	for _, f := range o.Fields {
		if len(f.Values) > 0 && !f.Excluded {
			p.mappingValues(o, f)
		}
	}
}

func (p *paper) mappingValues(o MappingObject, f MappingField) {
	p.need(80)
	p.y += 8
	p.text(o.To+", "+f.Name+": what each value becomes", body.in(strong))
	rows := []row{}
	for _, v := range f.Values {
		to := cell{text: v.To}
		switch {
		case v.Open:
			to = cell{text: "open: its records are held", bold: true}
		case v.To == "":
			to = cell{text: "left empty", soft: true}
		}
		rows = append(rows, row{cells: []cell{{text: v.From}, to, {text: count(v.Count)}}})
	}
	p.table([]column{{head: "In the old desk"}, {head: "In the new desk", width: 190}, {head: "Records", width: 60, right: true}}, rows)
}

// mappingBehind lists what does not move, with its reason.
func (p *paper) mappingBehind(f MappingDoc) {
	p.section("What stays behind", "Fields of the new desk that get no value, fields of the old desk that no rule uses, and records that are not moved.")
	rows := []row{}
	add := func(where, what, kind, why string) {
		rows = append(rows, row{cells: []cell{{text: where}, {text: what, bold: true}, {text: kind, soft: true}, {text: why}}})
	}
	for _, o := range f.Objects {
		if o.To == "" {
			add(o.From, "all records", "not moved", o.Why)
			continue
		}
		for _, x := range o.Fields {
			if x.Excluded {
				add(o.To, x.Name, "left empty", x.Why)
			}
		}
		for _, u := range o.Unused {
			add(o.From, u.Name, "not used", fmt.Sprintf("Filled in %s records; no rule uses it.", count(u.Filled)))
		}
	}
	if len(rows) == 0 {
		p.textAt("Nothing stays behind.", marginSide+22, p.inner()-22, body)
		return
	}
	p.table([]column{{head: "Of", width: 90}, {head: "What", width: 130}, {head: "", width: 56}, {head: "Why"}}, rows)
}

func (p *paper) mappingPeople(f MappingDoc) {
	if len(f.People) == 0 {
		return
	}
	p.section("People and groups", "Who of the old desk becomes whom in the new one: this decides who owns what.")
	rows := []row{}
	for _, x := range f.People {
		rows = append(rows, row{cells: []cell{{text: x.Kind, soft: true}, {text: x.Name, bold: true}, {text: x.Email}, {text: x.Becomes}, {text: count(x.Count)}}})
	}
	p.table([]column{{head: "Kind", width: 56}, {head: "In the old desk", width: 110}, {head: "E-mail", width: 120}, {head: "In the new desk"}, {head: "Records", width: 50, right: true}}, rows)
}

func (p *paper) mappingDecisions(f MappingDoc) {
	p.section("Cleaning and duplicates", "Rules in force that keep records from moving as they are, and how duplicates are treated.")
	for _, s := range f.Twins {
		p.textAt(s, marginSide+22, p.inner()-22, body)
	}
	if len(f.Decisions) == 0 {
		p.textAt("No cleaning rule is in force.", marginSide+22, p.inner()-22, body)
		return
	}
	rows := []row{}
	for _, d := range f.Decisions {
		rows = append(rows, row{cells: []cell{{text: d.Rule, bold: true}, {text: d.Object}, {text: d.Fate}, {text: count(d.Count)}, {text: d.Who + ", " + moment(d.When), soft: true}}, under: []string{d.Why}})
	}
	p.table([]column{{head: "Rule"}, {head: "Records", width: 80}, {head: "Fate", width: 54}, {head: "Count", width: 50, right: true}, {head: "Decided by", width: 140}}, rows)
}

func (p *paper) mappingVersions(f MappingDoc) {
	if len(f.Versions) == 0 {
		return
	}
	p.section("Versions", "The newest first.")
	rows := []row{}
	for _, v := range f.Versions {
		rows = append(rows, row{cells: []cell{{text: count(int64(v.Number)), bold: true}, {text: moment(v.At)}, {text: v.Author}, {text: v.Reason}, {text: v.Approved}}})
	}
	p.table([]column{{head: "Version", width: 44}, {head: "When", width: 116}, {head: "By", width: 90}, {head: "Why"}, {head: "Approved by", width: 100}}, rows)
}

// mappingFeet writes the feet once the number of pages is known.
func (p *paper) mappingFeet(f MappingDoc) {
	small := style{size: 7.5, lead: 10, voice: regular, colour: faint}
	pages, half := p.pdf.PageCount(), p.inner()/2-8
	for n := 1; n <= pages; n++ {
		p.pdf.SetPage(n)
		if n > 1 {
			p.single(f.Project+": mapping document", marginSide, 40, half+60, small)
			p.rule(marginSide, p.w-marginSide, 46, 0.4, rule)
		}
		y := p.h - 36
		p.rule(marginSide, p.w-marginSide, y-10, 0.4, rule)
		p.single("Made by Waybill from mapping "+f.Hash[:min(12, len(f.Hash))]+", "+moment(f.At), marginSide, y, half+60, small)
		p.right(fmt.Sprintf("Page %d of %d", n, pages), p.w-marginSide, y, half-60, small.with(soft))
	}
}
