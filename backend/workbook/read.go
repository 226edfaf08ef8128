package workbook

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Read takes the changes of a returned workbook: all of them, or none and every
// mistake with its sheet and cell. base is the version that it was made from (see
// Inspect). Columns may have been moved, sheets renamed and lines sorted.
func Read(r io.ReaderAt, size int64, base mapping.Version, want Identity, src, dst model.Schema) (mapping.Version, []*problem.Problem) {
	b, bad := open(r, size)
	if bad != nil {
		return base, []*problem.Problem{bad}
	}
	defer b.close()
	stamp, bad := b.ours(kindMapping, want)
	if bad == nil && stamp.Hash != base.Hash() {
		bad = refuse(CodeOtherVersion, "This workbook was not made from a mapping that this project has.",
			"Its changes cannot be told from what was there before. "+nothingTaken, "Export the workbook again, and bring the changes over.")
	}
	if bad != nil {
		return base, []*problem.Problem{bad}
	}
	rd := &reader{book: b, base: base, src: src, dst: dst, places: map[place]cellRef{}}
	out := rd.version()
	if len(rd.found) == 0 {
		rd.lint(out)
	}
	if len(rd.found) > 0 {
		slices.SortStableFunc(rd.found, func(x, y *problem.Problem) int { return cmp.Compare(rd.order[x.Where.Sheet], rd.order[y.Where.Sheet]) })
		return base, rd.found
	}
	return out, nil
}

type cellRef struct{ sheet, cell string }

// place names the cell of a part of a rule, so that a mistake found later finds its cell.
type place struct {
	object model.Object
	field  string
	column string
}

type reader struct {
	*book
	base     mapping.Version
	src, dst model.Schema
	found    []*problem.Problem
	places   map[place]cellRef
	order    map[string]int
}

// tab is a sheet that was recognised.
type tab struct {
	name string
	grid grid
	head int
	cols map[string]int
}

func (rd *reader) mistake(t *tab, row, col int, c problem.Code, value, what, why, next string) {
	cell := ""
	if row >= 0 && col >= 0 {
		cell, _ = excelize.CoordinatesToCellName(col+1, row+1) // always inside of Excel's limits: it was read from there
	}
	rd.found = append(rd.found, problem.New(c, what, why, next).At(problem.Place{Sheet: t.name, Cell: cell, Value: clip(value)}))
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
		g, bad := rd.read(name)
		if bad != nil {
			rd.found = append(rd.found, bad.At(problem.Place{Sheet: name}))
			continue
		}
		id := ""
		for r := range min(len(g), 10) {
			for _, c := range g[r] {
				if strings.HasPrefix(c, "waybill:") && id == "" {
					id = strings.TrimSpace(c)
				}
			}
		}
		if id == "" || strings.HasPrefix(id, idOther) {
			continue
		}
		t := &tab{name: name, grid: g, cols: map[string]int{}, head: -1}
		if old := out[id]; old != nil {
			rd.mistake(t, -1, -1, CodeSheet, name, "The sheet “"+name+"” is a copy of “"+old.name+"”.",
				"Waybill cannot tell which of them counts.", "Delete one of the two.")
			continue
		}
		out[id] = t
		rd.formulaMistakes(t)
	}
	return out
}

// formulaMistakes: a cell that Excel computes is not what a person decided.
func (rd *reader) formulaMistakes(t *tab) {
	for _, cell := range rd.formulas[t.name] {
		rd.found = append(rd.found, problem.New(CodeFormulaCell, "This cell holds a formula of Excel itself.",
			"Waybill takes only what is written in a cell, not what Excel computes.",
			"Write the value as text. A formula of the mapping stands in the column Formula, as text, without = at the beginning.").
			At(problem.Place{Sheet: t.name, Cell: cell}))
	}
}

// find locates the head and its columns by their words.
func (rd *reader) find(t *tab, needed []string) bool {
	for r := range min(len(t.grid), 20) {
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
		if _, there := t.cols[strings.ToLower(n)]; !there {
			rd.mistake(t, t.head, 0, CodeColumn, n, "The column “"+n+"” is missing in the sheet “"+t.name+"”.",
				"Its cells cannot be checked.", "Write its head again as Waybill made it, or export the workbook again.")
			ok = false
		}
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

func (t *tab) blank(row int) bool {
	return !slices.ContainsFunc(t.grid[row], func(s string) bool { return strings.TrimSpace(s) != "" })
}

// version reads all sheets into a copy of the base.
func (rd *reader) version() mapping.Version {
	out := rd.base
	out.Objects = slices.Clone(rd.base.Objects)
	tabs := rd.tabs()
	for i := range out.Objects {
		o := &out.Objects[i]
		so, ok := rd.src.Object(o.Source)
		do, has := rd.dst.Object(o.Target)
		if o.Target == "" || !ok || !has {
			continue
		}
		o.Fields = slices.Clone(o.Fields)
		t := tabs[idObject+key(string(o.Source))]
		if t == nil {
			rd.missingSheet(objectTitle(rd.dst, o.Target))
			continue
		}
		values := o.Fields // the value lists are those of the base's rules
		rd.objectSheet(t, o, so, do)
		for _, x := range values {
			f, ok := do.Field(x.Target)
			if !ok || !listed(x) {
				continue
			}
			vt := tabs[idValues+key(string(o.Source))+":"+key(x.Target)]
			if vt == nil {
				rd.missingSheet(objectTitle(rd.dst, o.Target) + " " + fieldTitle(do, f))
				continue
			}
			j := slices.IndexFunc(o.Fields, func(m mapping.FieldMap) bool { return m.Target == x.Target })
			if j >= 0 {
				o.Fields[j].Values = rd.valueSheet(vt, o.Source, x, f)
			}
		}
	}
	return out
}

func (rd *reader) missingSheet(name string) {
	rd.found = append(rd.found, problem.New(CodeSheet, "The sheet of “"+name+"” is missing.",
		"Waybill does not guess that its rules should go.", "Bring the sheet back from the file as it was sent, and choose Leave out for what is not wanted.").
		At(problem.Place{Sheet: name}))
}
