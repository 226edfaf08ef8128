// Package formula reads and computes the formulas of a mapping. They are
// written as in Excel, with source fields in brackets:
//
//	IF([Tier]="Gold","P1","P3")
//	TRIM([First]&" "&[Last])
//	DATEVALUE([Opened],"DD-MM-YYYY")
//
// An Expr is a formula that was understood; a Value is what a field or a
// formula holds: a text, a number, TRUE or FALSE, nothing, or an error such as
// #VALUE!. Names, argument order, results and errors are Excel's. Where
// Waybill differs it is on purpose and said at the function: there is no clock
// and no chance, dates state their format, and characters are counted as
// people count them, so an emoji has length 1.
//
// The package also reads dates (ParseDate, DateFormat), with one set of tokens
// for formulas and for the columns of files.
package formula

import (
	"errors"
	"strconv"
	"sync"

	"waybill/backend/problem"
)

// Budgets: what a formula and its result may cost. A formula that goes past
// them ends with a problem, never with a hanging window.
const (
	maxSource = 8192    // characters of a formula, as in Excel
	maxDepth  = 64      // nested calls and brackets, as in Excel
	maxResult = 4 << 20 // bytes of one text
	maxBytes  = 16 << 20
	maxSteps  = 100_000
)

// Codes of this package.
const (
	CodeEmpty    problem.Code = "formula.empty"
	CodeSyntax   problem.Code = "formula.syntax"
	CodeFunction problem.Code = "formula.unknown_function"
	CodeArgs     problem.Code = "formula.arguments"
	CodeNoClock  problem.Code = "formula.no_clock"
	CodeTooLong  problem.Code = "formula.too_long"
	CodeBudget   problem.Code = "formula.too_much_work"
	CodeDate     problem.Code = "formula.date_format"
	CodeZone     problem.Code = "formula.zone"
	CodePattern  problem.Code = "formula.pattern"
	CodePath     problem.Code = "formula.path"
	CodeField    problem.Code = "formula.unknown_field"
	CodeTable    problem.Code = "formula.unknown_table"
)

// Expr is a formula that was understood. It may be used by many goroutines at once.
type Expr struct {
	root   node
	run    eval
	fields []string
	tables []TableColumn
	vars   int
}

// RawField is the name under which a formula sees the whole record as the source's own JSON,
// where no field is called so.
const RawField = "raw"

// Env is what a formula sees of the world.
type Env struct {
	// Field gives a source field's value by its name.
	Field func(name string) Value
	// Slot, if set, is asked instead of Field: for the field Fields()[i].
	Slot func(i int) Value
	// Tables are the look-up tables; nil: there are none.
	Tables Tables
}

// Parse understands a formula. A leading "=" is allowed. The error is a
// *problem.Problem that says the column, what was expected there and how to fix it.
func Parse(text string) (*Expr, error) {
	e, err := parse(text)
	var m *mistake
	if errors.As(err, &m) {
		return nil, m.p
	}
	return e, err
}

func parse(text string) (*Expr, error) {
	p, err := newParser(text)
	if err != nil {
		return nil, err
	}
	root, err := p.formula()
	if err != nil {
		return nil, err
	}
	run, err := compile(root)
	if err != nil {
		return nil, err
	}
	return &Expr{root: root, run: run, fields: p.fields, tables: p.tables, vars: p.most}, nil
}

// Fields lists the source fields that the formula uses, each once, in the order of their first use.
func (e *Expr) Fields() []string { return append([]string(nil), e.fields...) }

// Tables lists the columns of look-up tables that the formula uses, each once.
func (e *Expr) Tables() []TableColumn { return append([]TableColumn(nil), e.tables...) }

// String prints the formula in its plainest form; Parse of it gives the same formula.
func (e *Expr) String() string {
	var b []byte
	return string(show(b, e.root, 0))
}

// Eval computes the formula. The result may be an error value such as #VALUE!;
// the error is only for a formula that went past its budget.
func (e *Expr) Eval(field func(name string) Value) (Value, error) {
	return e.EvalIn(Env{Field: field})
}

// EvalIn computes the formula as Eval does, with look-up tables.
func (e *Expr) EvalIn(env Env) (Value, error) {
	r, _ := runners.Get().(*runner)
	*r = runner{env: env, names: e.fields, steps: maxSteps, bytes: maxBytes}
	if e.vars > 0 {
		r.vars = make([]Value, e.vars)
	}
	v := e.run(r)
	if v.kind == KindList && r.over == nil {
		v = r.result(v)
	}
	over := r.over
	*r = runner{} // keeps nothing of the record
	runners.Put(r)
	if over != nil {
		return Error(ErrValue), over
	}
	return v, nil
}

// runners are used again: a formula is computed for each of many records.
var runners = sync.Pool{New: func() any { return new(runner) }}

// Function describes one function for people who write formulas.
type Function struct {
	Name string
	// Use shows the arguments: "LEFT(text, [count])".
	Use string
	// Help says in one sentence what it gives.
	Help string
	// Group: Text, Logic, Date and time, Number, List and look-up.
	Group string
	// Own: Excel has no such function.
	Own bool
	// Differs says in one sentence where it differs from Excel's; empty where it does not.
	Differs string

	min, max int // max < 0: any number
	build    func(c *call) (eval, error)
}

// FieldRef writes a field's name as a formula names it.
func FieldRef(name string) string { return string(appendField(nil, name)) }

// Quote writes a text as a formula holds it.
func Quote(text string) string { return string(appendText(nil, text)) }

func itoa(n int) string { return strconv.Itoa(n) }
