package formula

import (
	"math"

	"waybill/backend/problem"
)

// runner is one evaluation with what is left of its budget.
type runner struct {
	env   Env
	names []string // of the fields, by their number
	steps int
	bytes int
	over  error
	// spread: a field with several values is a list here, not its text.
	spread bool
	// vars are the values of LET's names, by their number.
	vars []Value
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

// readPerStep is how many bytes of a text count as one step when a function reads them.
const readPerStep = 1024

// fits tells whether a text that grows may be that long; its bytes are counted already.
func (r *runner) fits(n int) bool { return n <= maxResult || r.made(-1) }

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
		slot := x.slot
		return func(r *runner) Value {
			r.step(1)
			return r.spreadOut(r.value(slot))
		}, nil
	case tableRef:
		return compileTable(x), nil
	case varRef:
		slot := x.slot
		return func(r *runner) Value {
			r.step(1)
			return r.spreadOut(r.vars[slot])
		}, nil
	case *arrayNode:
		v := x.value()
		return func(*runner) Value { return v }, nil
	case negate:
		return compileSign(x)
	case percent:
		f, err := compile(x.x)
		if err != nil {
			return nil, err
		}
		return func(r *runner) Value {
			return r.each(f(r), func(v Value) Value {
				n, fail := v.number()
				if fail.IsError() {
					return fail
				}
				return Number(n / 100)
			})
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
		return r.each(f(r), func(v Value) Value {
			n, fail := v.number()
			if fail.IsError() {
				return fail
			}
			return Number(-n)
		})
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
	apply := operator(x.op)
	return func(r *runner) Value {
		if !r.step(1) {
			return Error(ErrValue)
		}
		a, b := l(r), rr(r)
		if a.kind == KindList || b.kind == KindList {
			return r.lift([]Value{a, b}, func(r *runner, v []Value) Value { return apply(r, v[0], v[1]) })
		}
		if a.kind == KindError {
			return a
		}
		if b.kind == KindError {
			return b
		}
		return apply(r, a, b)
	}, nil
}

// operator gives what an operator does with two values that are no errors.
func operator(op string) func(r *runner, a, b Value) Value {
	order := func(is func(c int) bool) func(*runner, Value, Value) Value {
		return func(_ *runner, a, b Value) Value { return Logical(is(compare(a, b))) }
	}
	switch op {
	case "&":
		return func(r *runner, a, b Value) Value {
			s, t := a.text(), b.text()
			if !r.made(len(s) + len(t)) {
				return Error(ErrValue)
			}
			return Text(s + t)
		}
	case "=":
		return order(func(c int) bool { return c == 0 })
	case "<>":
		return order(func(c int) bool { return c != 0 })
	case "<":
		return order(func(c int) bool { return c < 0 })
	case "<=":
		return order(func(c int) bool { return c <= 0 })
	case ">":
		return order(func(c int) bool { return c > 0 })
	case ">=":
		return order(func(c int) bool { return c >= 0 })
	}
	return func(_ *runner, a, b Value) Value { return arithmetic(op, a, b) }
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
		return power(m, n)
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

// eager makes a function of single values that sees all its arguments computed; an error
// in one of them is its result. Of lists it gives a list, as Excel does.
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
			vals, list := buf[:0], false
			for _, f := range fs {
				v := f(r)
				if v.kind == KindError {
					return v
				}
				list = list || v.kind == KindList
				if len(v.s) >= readPerStep {
					r.step(len(v.s) / readPerStep)
				}
				vals = append(vals, v)
			}
			switch {
			case r.over != nil:
				return Error(ErrValue)
			case list:
				return r.lift(vals, fn)
			}
			return fn(r, vals)
		}, nil
	}
}

// wide makes a function that takes lists: a field with several values is a list in its arguments.
func wide(fn func(r *runner, a []Value) Value) func(*call) (eval, error) {
	return listed(fn, true)
}

// narrow makes a function that takes lists, but sees a field with several values as its text.
func narrow(fn func(r *runner, a []Value) Value) func(*call) (eval, error) {
	return listed(fn, false)
}

func listed(fn func(r *runner, a []Value) Value, spread bool) func(*call) (eval, error) {
	return func(c *call) (eval, error) {
		fs, err := c.compile()
		if err != nil {
			return nil, err
		}
		return func(r *runner) Value {
			if !r.step(1 + len(fs)) {
				return Error(ErrValue)
			}
			vals := make([]Value, 0, 8)
			for _, f := range fs {
				v := r.as(spread, f)
				if v.kind == KindError {
					return v
				}
				if v.arr != nil {
					if !spread && v.kind == KindText {
						v.arr = nil
					} else if !r.step(len(v.arr.cells) / 64) {
						return Error(ErrValue)
					}
				}
				vals = append(vals, v)
			}
			return fn(r, vals)
		}, nil
	}
}

// as computes an argument; spread: a field with several values is a list in it.
func (r *runner) as(spread bool, f eval) Value {
	was := r.spread
	r.spread = spread
	v := f(r)
	r.spread = was
	return v
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
