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
	"strconv"

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
)

// Expr is a formula that was understood. It may be used by many goroutines at once.
type Expr struct {
	root   node
	run    eval
	fields []string
}

// Parse understands a formula. A leading "=" is allowed. The error is a
// *problem.Problem that says the column, what was expected there and how to fix it.
func Parse(text string) (*Expr, error) {
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
	e := &Expr{root: root, run: run}
	seen := map[string]bool{}
	for _, f := range p.fields {
		if !seen[f] {
			seen[f] = true
			e.fields = append(e.fields, f)
		}
	}
	return e, nil
}

// Fields lists the source fields that the formula uses, each once, in the order of their first use.
func (e *Expr) Fields() []string { return append([]string(nil), e.fields...) }

// String prints the formula in its plainest form; Parse of it gives the same formula.
func (e *Expr) String() string {
	var b []byte
	return string(show(b, e.root, 0))
}

// Eval computes the formula. The result may be an error value such as #VALUE!;
// the error is only for a formula that went past its budget.
func (e *Expr) Eval(field func(name string) Value) (Value, error) {
	r := &runner{field: field, steps: maxSteps, bytes: maxBytes}
	v := e.run(r)
	if r.over != nil {
		return Error(ErrValue), r.over
	}
	return v, nil
}

// Function describes one function for people who write formulas.
type Function struct {
	Name string
	// Use shows the arguments: "LEFT(text, [count])".
	Use string
	// Help says in one sentence what it gives.
	Help string

	min, max int // max < 0: any number
	build    func(c *call) (eval, error)
}

// FieldRef writes a field's name as a formula names it.
func FieldRef(name string) string { return string(appendField(nil, name)) }

// Quote writes a text as a formula holds it.
func Quote(text string) string { return string(appendText(nil, text)) }

func syntax(col int, what, next string) *problem.Problem {
	p := problem.New(CodeSyntax, what, "The formula cannot be used until it is complete.", next)
	return p.At(problem.Place{Column: col})
}

func itoa(n int) string { return strconv.Itoa(n) }
