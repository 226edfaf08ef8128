package workbook

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Want is what a mapping workbook is read against.
type Want struct {
	Identity
	// Base finds the version that the workbook was made from; false: this project has none such.
	Base     func(Stamp) (mapping.Version, bool)
	Src, Dst model.Schema
	// PeopleTo, Decisions, Twins and Rules as they would be written now.
	PeopleTo  map[model.Object][]model.Choice
	Decisions []DecisionLine
	Twins     TwinBook
	Rules     RuleBook
}

// Returned is what a workbook that came back says.
type Returned struct {
	Stamp Stamp
	// Base is what was sent, and Version what came back.
	Base, Version mapping.Version
	Decisions     []DecisionAnswer
	Twins         []TwinAnswer
	Rules         []RuleAnswer
	Review        *Review
	// Notes say what was not in the workbook any more, or is no longer asked; nothing is changed by it.
	Notes []*problem.Problem
}

// Read takes what a returned workbook says: all of it, or nothing and every mistake with its
// sheet and cell. Columns may have been moved, sheets renamed, lines sorted, filtered or
// deleted, and sheets, lines and columns added.
func Read(r io.ReaderAt, size int64, want Want) (Returned, []*problem.Problem) {
	b, bad := open(r, size)
	if bad != nil {
		return Returned{}, []*problem.Problem{bad}
	}
	defer b.close()
	stamp, bad := b.ours(kindMapping, want.Identity)
	var base mapping.Version
	if bad == nil {
		v, ok := want.Base(stamp)
		if base = v; !ok || stamp.Hash != v.Hash() {
			bad = refuse(CodeOtherVersion, "This workbook was not made from a mapping that this project has.",
				"Its changes cannot be told from what was there before. "+nothingTaken, "Export the workbook again, and bring the changes over.")
		}
	}
	if bad != nil {
		return Returned{}, []*problem.Problem{bad}
	}
	rd := newReader(b, want)
	rd.stamp, rd.base = stamp, base
	out := rd.all()
	if len(rd.found) == 0 {
		rd.lint(out.Version)
	}
	if len(rd.found) > 0 {
		slices.SortStableFunc(rd.found, func(x, y *problem.Problem) int { return cmp.Compare(rd.order[x.Where.Sheet], rd.order[y.Where.Sheet]) })
		return Returned{Stamp: stamp, Base: base, Version: base}, rd.found
	}
	out.Stamp, out.Base, out.Notes = stamp, base, rd.notes
	return out, nil
}

// all reads every sheet that is known.
func (rd *reader) all() Returned {
	tabs := rd.tabs()
	out := Returned{Version: rd.version(tabs), Decisions: []DecisionAnswer{}, Twins: []TwinAnswer{}, Rules: []RuleAnswer{}}
	if t := tabs[idPeople]; t != nil {
		out.Version.People = rd.people(t, rd.base.People)
	} else if len(rd.base.People) > 0 {
		rd.missingSheet(sheetPeople)
	}
	if t := tabs[idCleans]; t != nil {
		out.Decisions = rd.cleaning(t)
	}
	if t := tabs[idTwins]; t != nil {
		out.Twins = rd.twins(t, rd.want.Twins)
	}
	if t := tabs[idRules]; t != nil {
		out.Rules = rd.ruleLines(t, rd.want.Rules)
	}
	if t := tabs[idReview]; t != nil {
		out.Review = rd.review(t)
	}
	return out
}

// line is where a rule or a value stands, so that a mistake found later finds its cell.
type line struct {
	tab *tab
	row int
}

// spot names a rule, or one value of its list.
type spot struct {
	source, branch model.Object
	field          string
	value          string
	listed         bool
}

type reader struct {
	*book
	stamp Stamp
	base  mapping.Version
	want  Want
	found []*problem.Problem
	notes []*problem.Problem
	spots map[spot]line
	order map[string]int
	// within: the sheets of other workbooks stand in that of the mapping, and may be older than
	// what is there now.
	within bool
}

func newReader(b *book, want Want) *reader {
	return &reader{book: b, want: want, spots: map[spot]line{}, within: want.Base != nil}
}

// tab is a sheet that was recognised.
type tab struct {
	name  string
	grid  grid
	looks *looks
	head  int
	cols  map[string]int
	// shown are the columns that Waybill knows.
	shown []int
}

func cellName(row, col int) string {
	if row < 0 || col < 0 {
		return ""
	}
	name, _ := excelize.CoordinatesToCellName(col+1, row+1) // always inside of Excel's limits: it was read from there
	return name
}

func (rd *reader) mistake(t *tab, row, col int, c problem.Code, value, what, why, next string) {
	rd.found = append(rd.found, problem.New(c, what, why, next).At(problem.Place{Sheet: t.name, Cell: cellName(row, col), Value: clip(value)}))
}

// note says what is no mistake, but should be known.
func (rd *reader) note(t *tab, row, col int, what, why string) {
	rd.notes = append(rd.notes, problem.New(CodeKept, what, why, "Nothing needs to be done.").At(problem.Place{Sheet: t.name, Cell: cellName(row, col)}))
}

func clip(s string) string {
	r := []rune(s)
	if len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}

// tabs recognises the sheets by what is hidden in them.
func (rd *reader) tabs() map[string]*tab {
	out := map[string]*tab{}
	rd.order = map[string]int{}
	for i, name := range rd.f.GetSheetList() {
		rd.order[name] = i
		if name == sheetLists || name == sheetStamp {
			continue
		}
		g, bad := rd.read(name)
		if bad != nil {
			rd.found = append(rd.found, bad.At(problem.Place{Sheet: name}))
			continue
		}
		id := ""
		for r := range min(len(g), 200) {
			for _, c := range g[r] {
				if strings.HasPrefix(c, "waybill:") && id == "" {
					id = strings.TrimSpace(c)
				}
			}
		}
		if id == "" || strings.HasPrefix(id, idOther) {
			continue
		}
		t := &tab{name: name, grid: g, cols: map[string]int{}, head: -1, looks: rd.looks[name]}
		if t.looks == nil {
			t.looks = &looks{}
		}
		if old := out[id]; old != nil {
			rd.mistake(t, -1, -1, CodeSheet, name, "The sheet “"+name+"” is a copy of “"+old.name+"”.",
				"Waybill cannot tell which of them counts.", "Delete one of the two.")
			continue
		}
		out[id] = t
	}
	return out
}

// find locates the head and its columns by their words. Columns of further may be missing, as
// in a workbook that an older Waybill made.
func (rd *reader) find(t *tab, needed []string, further ...string) bool {
	for r := range min(len(t.grid), 200) {
		cols := map[string]int{}
		for c, text := range t.grid[r] {
			if text = strings.TrimSpace(text); text != "" {
				if _, dup := cols[strings.ToLower(text)]; !dup {
					cols[strings.ToLower(text)] = c
				}
			}
		}
		hits := 0
		for _, n := range needed {
			if _, ok := cols[strings.ToLower(n)]; ok {
				hits++
			}
		}
		if hits*2 > len(needed) {
			t.head, t.cols = r, cols
			break
		}
	}
	if t.head < 0 {
		rd.mistake(t, 0, 0, CodeColumn, "", "The line with the column heads is missing in the sheet “"+t.name+"”.",
			"Without it the columns cannot be told apart.", "Write the heads again as Waybill made them, or export the workbook again.")
		return false
	}
	ok := true
	for _, n := range needed {
		if t.col(n) < 0 {
			rd.mistake(t, t.head, 0, CodeColumn, n, "The column “"+n+"” is missing in the sheet “"+t.name+"”.",
				"Its cells cannot be checked.", "Write its head again as Waybill made it, or export the workbook again.")
			ok = false
		}
	}
	for _, n := range slices.Concat(needed, further) {
		if c := t.col(n); c >= 0 {
			t.shown = append(t.shown, c)
		}
	}
	return ok && rd.unmerged(t)
}

// unmerged refuses cells that were made one: whether they count for one line or for all cannot
// be told.
func (rd *reader) unmerged(t *tab) bool {
	ok := true
	for _, m := range t.looks.merged {
		from, to := m[0], m[1]
		if to.row <= t.head || from.row >= len(t.grid) || !slices.ContainsFunc(t.shown, func(c int) bool { return c >= from.col && c <= to.col }) {
			continue
		}
		rd.mistake(t, max(from.row, t.head), from.col, CodeMerged, "", "Cells are merged here, down to "+cellName(to.row, to.col)+".",
			"Waybill cannot tell for which lines and columns they count.", "Unmerge them, and fill in each cell.")
		ok = false
	}
	return ok
}

func (t *tab) col(head string) int {
	if c, ok := t.cols[strings.ToLower(head)]; ok {
		return c
	}
	return -1
}

func (t *tab) text(row int, head string) string { return t.grid.at(row, t.col(head)) }

// blank: none of the columns that Waybill knows says anything.
func (t *tab) blank(row int) bool {
	for _, c := range t.shown {
		if strings.TrimSpace(t.grid.at(row, c)) != "" {
			return false
		}
	}
	return true
}

// once refuses a line that was there before; n is what it stands for.
func (rd *reader) once(t *tab, row int, head string, seen map[int]int, n int) bool {
	if first, dup := seen[n]; dup {
		rd.mistake(t, row, t.col(head), CodeRow, t.text(row, head), fmt.Sprintf("This line stands for the same as line %d.", first+1),
			"Waybill cannot tell which of them counts.", "Delete one of the two lines.")
		return false
	}
	seen[n] = row
	return true
}

// missing tells that lines are gone: what they said stays.
func (rd *reader) missing(t *tab, n int, what string) {
	switch {
	case n == 1:
		rd.note(t, -1, -1, "1 line of the sheet “"+t.name+"” is not in the workbook any more.", "Nothing was said about it, so what is mapped stays: "+what+".")
	case n > 1:
		rd.note(t, -1, -1, fmt.Sprintf("%d lines of the sheet “%s” are not in the workbook any more.", n, t.name), "Nothing was said about them, so what is mapped stays: "+what+".")
	}
}

func (rd *reader) missingSheet(name string) {
	rd.notes = append(rd.notes, problem.New(CodeKept, "The sheet “"+name+"” is not in the workbook any more.",
		"Nothing was said about it, so its rules stay as they are.", "Nothing needs to be done.").At(problem.Place{Sheet: name}))
}

// version reads the sheets of rules and of values into a copy of the base.
func (rd *reader) version(tabs map[string]*tab) mapping.Version {
	out := rd.base
	out.Objects = slices.Clone(rd.base.Objects)
	for i := range out.Objects {
		o := &out.Objects[i]
		so, ok := rd.want.Src.Object(o.Source)
		do, has := rd.want.Dst.Object(o.Target)
		if o.Target == "" || !ok || !has {
			continue
		}
		to := newShape(do)
		values := o.Fields // the value lists are those of the base's rules
		o.Fields = slices.Clone(o.Fields)
		t := tabs[idObject+mapKey(*o)]
		if t == nil {
			rd.missingSheet(objectTitle(rd.want.Dst, o.Target))
		} else {
			rd.objectSheet(t, o, so, to)
		}
		at := make(map[string]int, len(o.Fields))
		for j, f := range o.Fields {
			at[f.Target] = j
		}
		for _, x := range values {
			f, ok := to.field(x.Target)
			if !ok || !listed(x) {
				continue
			}
			vt := tabs[idValues+mapKey(*o)+":"+key(x.Target)]
			if vt == nil {
				rd.missingSheet(objectTitle(rd.want.Dst, o.Target) + " " + to.title(f))
				continue
			}
			o.Fields[at[x.Target]].Values = rd.valueSheet(vt, *o, x, f)
		}
	}
	return out
}

func didYouMean(text string, choices []string, otherwise string) string {
	if near := mapping.Nearest(text, choices); near != "" {
		return "Did you mean “" + near + "”?"
	}
	return otherwise
}
