package formula

import (
	"math"

	"waybill/backend/problem"
)

// runner is one evaluation with what is left of its budget.
type runner struct {
	field func(string) Value
	steps int
	bytes int
	over  error
}

type eval func(*runner) Value

// step counts work; false means that the budget is used up.
func (r *runner) step(n int) bool {
	r.steps -= n
	if r.steps < 0 && r.over == nil {
		r.over = problem.New(CodeBudget, "The formula needs more work than a formula may.",
			"It would slow down every record.", "Make it simpler, or split it over two fields.")
	}
	return r.over == nil
}

// made counts the bytes of a text before it is made.
func (r *runner) made(n int) bool {
	if n > 0 {
		r.bytes -= n
	}
	if (n < 0 || n > maxResult || r.bytes < 0) && r.over == nil {
		r.over = problem.New(CodeBudget, "The formula's result is too long.",
			"A formula may give up to 4 million characters.", "Shorten what it joins or repeats.")
	}
	return r.over == nil
}

// newText gives a text that was counted.
func (r *runner) newText(s string) Value {
	if !r.made(len(s)) {
		return Error(ErrValue)
	}
	return Text(s)
}

func compile(n node) (eval, error) {
	switch x := n.(type) {
	case literal:
		v := x.v
		return func(*runner) Value { return v }, nil
	case fieldRef:
		name := x.name
		return func(r *runner) Value {
			r.step(1)
			return r.field(name)
		}, nil
	case negate:
		return compileSign(x)
	case percent:
		f, err := compile(x.x)
		if err != nil {
			return nil, err
		}
		return func(r *runner) Value {
			n, fail := f(r).number()
			if fail.IsError() {
				return fail
			}
			return Number(n / 100)
		}, nil
	case binary:
		return compileBinary(x)
	case *call:
		return x.fn.build(x)
	}
	return nil, problem.New(problem.Internal, "The formula could not be prepared.",
		"Waybill does not know one of its parts.", "Write it in another way.")
}

func compileSign(x negate) (eval, error) {
	f, err := compile(x.x)
	if err != nil {
		return nil, err
	}
	if x.op == '+' { // changes nothing, not even a text
		return f, nil
	}
	return func(r *runner) Value {
		n, fail := f(r).number()
		if fail.IsError() {
			return fail
		}
		return Number(-n)
	}, nil
}

func compileBinary(x binary) (eval, error) {
	l, err := compile(x.l)
	if err != nil {
		return nil, err
	}
	rr, err := compile(x.r)
	if err != nil {
		return nil, err
	}
	op := x.op
	return func(r *runner) Value {
		if !r.step(1) {
			return Error(ErrValue)
		}
		a, b := l(r), rr(r)
		if a.IsError() {
			return a
		}
		if b.IsError() {
			return b
		}
		switch op {
		case "&":
			s, t := a.text(), b.text()
			if !r.made(len(s) + len(t)) {
				return Error(ErrValue)
			}
			return Text(s + t)
		case "=":
			return Logical(compare(a, b) == 0)
		case "<>":
			return Logical(compare(a, b) != 0)
		case "<":
			return Logical(compare(a, b) < 0)
		case "<=":
			return Logical(compare(a, b) <= 0)
		case ">":
			return Logical(compare(a, b) > 0)
		case ">=":
			return Logical(compare(a, b) >= 0)
		}
		return arithmetic(op, a, b)
	}, nil
}

func arithmetic(op string, a, b Value) Value {
	m, fail := a.number()
	if fail.IsError() {
		return fail
	}
	n, fail := b.number()
	if fail.IsError() {
		return fail
	}
	switch op {
	case "+":
		v := Number(tidy(m+n, m, n))
		v.as = sumFormat(a, b)
		return v
	case "-":
		v := Number(tidy(m-n, m, n))
		if a.as != asPlain && b.as == asPlain {
			v.as = sumFormat(a, b)
		}
		return v
	case "*":
		return Number(m * n)
	case "/":
		if n == 0 {
			return Error(ErrDiv0)
		}
		return Number(m / n)
	default:
		if m == 0 && n == 0 {
			return Error(ErrNum)
		}
		if m == 0 && n < 0 {
			return Error(ErrDiv0)
		}
		return Number(math.Pow(m, n))
	}
}

// sumFormat: a date plus days is a date.
func sumFormat(a, b Value) uint8 {
	as := max(a.as, b.as)
	if as == asDay {
		if m, _ := a.number(); m != math.Trunc(m) {
			return asMoment
		}
		if n, _ := b.number(); n != math.Trunc(n) {
			return asMoment
		}
	}
	return as
}

// tidy makes a difference that is only binary noise zero, as Excel does.
func tidy(sum, m, n float64) float64 {
	if sum != 0 && math.Abs(sum) < 1e-15*math.Max(math.Abs(m), math.Abs(n)) {
		return 0
	}
	return sum
}

// args compiles the arguments of a call.
func (c *call) compile() ([]eval, error) {
	out := make([]eval, len(c.args))
	for i, a := range c.args {
		f, err := compile(a)
		if err != nil {
			return nil, err
		}
		out[i] = f
	}
	return out, nil
}

// eager makes a function that sees all its arguments computed; an error in one of them is its result.
func eager(fn func(r *runner, a []Value) Value) func(*call) (eval, error) {
	return func(c *call) (eval, error) {
		fs, err := c.compile()
		if err != nil {
			return nil, err
		}
		return func(r *runner) Value {
			if !r.step(1 + len(fs)) {
				return Error(ErrValue)
			}
			var buf [4]Value
			vals := buf[:0]
			for _, f := range fs {
				v := f(r)
				if v.IsError() {
					return v
				}
				vals = append(vals, v)
			}
			return fn(r, vals)
		}, nil
	}
}

// lazy makes a function that decides itself which arguments it computes.
func lazy(fn func(r *runner, a []eval) Value) func(*call) (eval, error) {
	return func(c *call) (eval, error) {
		fs, err := c.compile()
		if err != nil {
			return nil, err
		}
		return func(r *runner) Value {
			if !r.step(1) {
				return Error(ErrValue)
			}
			return fn(r, fs)
		}, nil
	}
}
