package api

import (
	"unicode/utf16"

	"waybill/backend/formula"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
)

// FormulaPiece is a part of a formula's text, for its colour. From and To count as the
// window counts characters (UTF-16), from 0; To is the one behind the last.
type FormulaPiece struct {
	Kind string `json:"kind"`
	From int    `json:"from"`
	To   int    `json:"to"`
}

// FormulaFix is a change of the text that mends a mistake.
type FormulaFix struct {
	Label string `json:"label"`
	From  int    `json:"from"`
	To    int    `json:"to"`
	Text  string `json:"text"`
}

// FormulaMistake is why a formula cannot be used, and what would mend it.
type FormulaMistake struct {
	Problem *problem.Problem `json:"problem"`
	From    int              `json:"from"`
	To      int              `json:"to"`
	Fixes   []FormulaFix     `json:"fixes"`
}

// FormulaProposal is what could stand at the cursor.
type FormulaProposal struct {
	// Kind: function, field, table, column or name.
	Kind   string `json:"kind"`
	Label  string `json:"label"`
	Insert string `json:"insert"`
	// Back is how many characters before the end of what is inserted the cursor then stands.
	Back int    `json:"back"`
	Use  string `json:"use"`
	Help string `json:"help"`
}

// FormulaFunction describes a function. Argument is the number of the one at the cursor.
type FormulaFunction struct {
	Name     string `json:"name"`
	Use      string `json:"use"`
	Help     string `json:"help"`
	Group    string `json:"group"`
	Own      bool   `json:"own"`
	Differs  string `json:"differs"`
	Argument int    `json:"argument"`
}

// FormulaLook is what the editor of a formula shows.
type FormulaLook struct {
	Pieces []FormulaPiece `json:"pieces"`
	// Mistake is nil for a formula that can be used, and for an empty one.
	Mistake *FormulaMistake `json:"mistake"`
	// From and To are what a proposal replaces.
	From      int               `json:"from"`
	To        int               `json:"to"`
	Proposals []FormulaProposal `json:"proposals"`
	// Within is the function in whose brackets the cursor stands.
	Within *FormulaFunction `json:"within"`
}

// FormulaHelp lists the functions, and how they differ from Excel's.
type FormulaHelp struct {
	Functions   []FormulaFunction `json:"functions"`
	Differences string            `json:"differences"`
}

// FormulaHelp gives what there is to know about formulas.
func (m *Mapping) FormulaHelp() (h FormulaHelp, err error) {
	defer guard(&err)
	h = FormulaHelp{Functions: []FormulaFunction{}, Differences: formula.Differences()}
	for _, f := range formula.Functions() {
		h.Functions = append(h.Functions, described(f))
	}
	return h, nil
}

// LookFormula reads a formula as it is being written: its parts for colours, its first
// mistake, and what could stand at the cursor. Fields are those of an object of the source.
func (m *Mapping) LookFormula(object, text string, cursor int) (l FormulaLook, err error) {
	defer guard(&err)
	l = FormulaLook{Pieces: []FormulaPiece{}, Proposals: []FormulaProposal{}}
	p, err := m.s.project()
	if err != nil {
		return l, err
	}
	names, err := m.formulaNames(p, model.Object(object))
	if err != nil {
		return l, err
	}
	at := newOffsets(text)
	for _, x := range formula.Pieces(text) {
		l.Pieces = append(l.Pieces, FormulaPiece{Kind: x.Kind, From: at.units(x.From), To: at.units(x.To)})
	}
	if x := formula.Check(text, names); x != nil && x.Problem.Code != formula.CodeEmpty {
		l.Mistake = &FormulaMistake{Problem: x.Problem, From: at.units(x.From), To: at.units(x.To), Fixes: []FormulaFix{}}
		for _, f := range x.Fixes {
			l.Mistake.Fixes = append(l.Mistake.Fixes, FormulaFix{Label: f.Label, From: at.units(f.From), To: at.units(f.To), Text: f.Text})
		}
	}
	c := formula.Complete(text, at.characters(cursor), names)
	l.From, l.To = at.units(c.From), at.units(c.To)
	for _, x := range c.Proposals {
		l.Proposals = append(l.Proposals, FormulaProposal{Kind: x.Kind, Label: x.Label, Insert: x.Insert, Back: x.Back, Use: x.Use, Help: x.Help})
	}
	if c.Within != nil {
		f := described(c.Within.Function)
		f.Argument = c.Within.Argument
		l.Within = &f
	}
	return l, nil
}

func described(f formula.Function) FormulaFunction {
	return FormulaFunction{Name: f.Name, Use: f.Use, Help: f.Help, Group: f.Group, Own: f.Own, Differs: f.Differs}
}

// formulaNames are the fields of an object and the imported tables.
func (m *Mapping) formulaNames(p *project.Project, o model.Object) (formula.Names, error) {
	names := formula.Names{Fields: []string{}, Tables: map[string][]string{}}
	src, err := p.Schema(m.s.ctx, project.Source)
	if err != nil {
		return names, err
	}
	if so, ok := src.Object(o); ok {
		for _, f := range so.Fields {
			names.Fields = append(names.Fields, f.Name)
		}
	}
	names.Fields = append(names.Fields, formula.RawField)
	all, err := p.Lookups(m.s.ctx)
	for _, l := range all {
		names.Tables[formula.TableName(l.Name)] = l.Columns
	}
	return names, err
}

// offsets turns columns of characters, from 1, into the offsets of a text in the window.
type offsets struct{ of []int }

func newOffsets(text string) offsets {
	o := offsets{of: make([]int, 1, len(text)+1)}
	for _, c := range text {
		o.of = append(o.of, o.of[len(o.of)-1]+max(1, utf16.RuneLen(c)))
	}
	return o
}

func (o offsets) units(column int) int {
	return o.of[max(0, min(column-1, len(o.of)-1))]
}

func (o offsets) characters(units int) int {
	for i, u := range o.of {
		if u >= units {
			return i + 1
		}
	}
	return len(o.of)
}
