package formula

import (
	"math"
	"strings"
	"unicode"
)

// maxAny is how many values a function of any number takes, as in Excel.
const maxAny = 254

func logicFunctions() []Function {
	test := func(name, help string, fn func(Value) bool) Function {
		return Function{
			Name: name, Use: name + "(value)", Help: help, min: 1, max: 1,
			build: lazy(func(r *runner, a []eval) Value {
				v := a[0](r)
				if v.kind != KindList {
					return Logical(fn(v))
				}
				out := make([]Value, len(v.arr.cells)) // of errors too, which is why it is not lifted
				for i, c := range v.arr.cells {
					out[i] = Logical(fn(c))
				}
				return listOf(v.arr.rows, v.arr.cols, out)
			}),
		}
	}
	return []Function{
		{Name: "IF", Use: "IF(condition, then, [else])", Help: "One value if a condition is true, another if not.", min: 2, max: 3, build: lazy(fnIf)},
		{Name: "IFS", Use: "IFS(condition1, value1, [condition2, value2], …)", Help: "The value behind the first condition that is true; #N/A if none is.", min: 2, max: maxAny, build: pairs(fnIfs)},
		{Name: "SWITCH", Use: "SWITCH(value, case1, result1, [case2, result2], …, [otherwise])", Help: "The result behind the case that equals the value.", min: 3, max: maxAny, build: lazy(fnSwitch)},
		{Name: "CHOOSE", Use: "CHOOSE(number, value1, [value2], …)", Help: "The value with that number.", min: 2, max: maxAny, build: lazy(fnChoose)},
		{Name: "AND", Use: "AND(condition1, [condition2], …)", Help: "TRUE if all conditions are true.", min: 1, max: maxAny, build: wide(logical(func(t, n int) bool { return t == n }))},
		{Name: "OR", Use: "OR(condition1, [condition2], …)", Help: "TRUE if at least one condition is true.", min: 1, max: maxAny, build: wide(logical(func(t, _ int) bool { return t > 0 }))},
		{Name: "XOR", Use: "XOR(condition1, [condition2], …)", Help: "TRUE if an odd number of conditions is true.", min: 1, max: maxAny, build: wide(logical(func(t, _ int) bool { return t%2 == 1 }))},
		{Name: "NOT", Use: "NOT(condition)", Help: "TRUE if the condition is false.", min: 1, max: 1, build: eager(func(_ *runner, a []Value) Value {
			b, fail := a[0].truth()
			if fail.IsError() {
				return fail
			}
			return Logical(!b)
		})},
		{Name: "IFERROR", Use: "IFERROR(value, instead)", Help: "The value, or something else if it is an error.", min: 2, max: 2, build: lazy(whenBad(func(v Value) bool { return v.IsError() }))},
		{Name: "IFNA", Use: "IFNA(value, instead)", Help: "The value, or something else if it is #N/A.", min: 2, max: 2, build: lazy(whenBad(func(v Value) bool { return v.IsError() && v.s == ErrNA }))},
		{Name: "IFBLANK", Use: "IFBLANK(value, instead)", Help: "The value, or something else if it is empty or only blanks. (Waybill's own.)", min: 2, max: 2, build: lazy(func(r *runner, a []eval) Value {
			if v := a[0](r); v.IsError() || !empty(v) {
				return v
			}
			return a[1](r)
		})},
		{Name: "NA", Use: "NA()", Help: "The error #N/A: holds the record.", min: 0, max: 0, build: lazy(func(*runner, []eval) Value { return Error(ErrNA) })},
		{Name: "TRUE", Use: "TRUE()", Help: "The value TRUE.", min: 0, max: 0, build: lazy(func(*runner, []eval) Value { return Logical(true) })},
		{Name: "FALSE", Use: "FALSE()", Help: "The value FALSE.", min: 0, max: 0, build: lazy(func(*runner, []eval) Value { return Logical(false) })},
		{Name: "LET", Use: "LET(name1, value1, [name2, value2], …, result)", Help: "Names for values that are used more than once: LET(t,TRIM([Subject]),IF(t=\"\",\"none\",t)).", min: 3, max: maxAny, build: buildLet},
		{Name: "ERROR.TYPE", Use: "ERROR.TYPE(value)", Help: "The number of an error: 2 is #DIV/0!, 3 #VALUE!, 5 #NAME?, 6 #NUM!, 7 #N/A; #N/A if it is none.", min: 1, max: 1, build: lazy(func(r *runner, a []eval) Value {
			v := a[0](r)
			if n := errorNumbers[v.s]; v.IsError() && n > 0 {
				return Number(n)
			}
			return Error(ErrNA)
		})},
		test("ISERR", "TRUE if the value is an error other than #N/A.", func(v Value) bool { return v.IsError() && v.s != ErrNA }),
		even("ISEVEN", "TRUE if the number is even.", 0),
		even("ISODD", "TRUE if the number is odd.", 1),
		test("ISBLANK", "TRUE if the field is empty.", func(v Value) bool { return v.kind == KindBlank }),
		test("ISNUMBER", "TRUE if the value is a number.", func(v Value) bool { return v.kind == KindNumber }),
		test("ISTEXT", "TRUE if the value is a text.", func(v Value) bool { return v.kind == KindText }),
		test("ISNONTEXT", "TRUE if the value is not a text.", func(v Value) bool { return v.kind != KindText }),
		test("ISLOGICAL", "TRUE if the value is TRUE or FALSE.", func(v Value) bool { return v.kind == KindLogical }),
		test("ISERROR", "TRUE if the value is an error.", Value.IsError),
		test("ISNA", "TRUE if the value is #N/A.", func(v Value) bool { return v.IsError() && v.s == ErrNA }),
	}
}

// errorNumbers are Excel's.
var errorNumbers = map[string]float64{ErrDiv0: 2, ErrValue: 3, ErrRef: 4, ErrName: 5, ErrNum: 6, ErrNA: 7, ErrCalc: 14}

func even(name, help string, rest float64) Function {
	return Function{Name: name, Use: name + "(number)", Help: help, min: 1, max: 1, build: eager(func(_ *runner, a []Value) Value {
		n, fail := a[0].number()
		if fail.IsError() {
			return fail
		}
		return Logical(math.Mod(math.Abs(math.Trunc(n)), 2) == rest)
	})}
}

// whenBad is IFERROR and IFNA: each bad value is replaced, also in a list.
func whenBad(bad func(Value) bool) func(r *runner, a []eval) Value {
	return func(r *runner, a []eval) Value {
		v := a[0](r)
		if r.over != nil {
			return v
		}
		if v.kind != KindList {
			if bad(v) {
				return a[1](r)
			}
			return v
		}
		var other Value
		asked := false
		out := make([]Value, len(v.arr.cells))
		for i, c := range v.arr.cells {
			if bad(c) {
				if !asked {
					other, asked = a[1](r), true
				}
				if c = other; other.kind == KindList {
					c = other.arr.at(i/v.arr.cols, i%v.arr.cols)
				}
			}
			out[i] = c
		}
		return listOf(v.arr.rows, v.arr.cols, out)
	}
}

func empty(v Value) bool {
	return v.kind == KindBlank || v.kind == KindText && strings.TrimFunc(v.s, unicode.IsSpace) == ""
}

// fnIf differs from Excel in one thing: an empty place, as in IF([A]="x",,1),
// stays empty, where Excel shows 0.
func fnIf(r *runner, a []eval) Value {
	cond := a[0](r)
	if cond.kind == KindList { // both values are computed, and one of them chosen for each place
		vals := []Value{cond, a[1](r), Logical(false)}
		if len(a) == 3 {
			vals[2] = a[2](r)
		}
		return r.choose(vals)
	}
	b, fail := cond.truth()
	if fail.IsError() {
		return fail
	}
	switch {
	case b:
		return a[1](r)
	case len(a) == 3:
		return a[2](r)
	default:
		return Logical(false)
	}
}

// choose is IF with a list of conditions. An error counts only where it is chosen.
func (r *runner) choose(vals []Value) Value {
	rows, cols := 1, 1
	for _, v := range vals {
		if v.kind == KindList {
			rows, cols = max(rows, v.arr.rows), max(cols, v.arr.cols)
		}
	}
	if rows*cols > most*8 || !r.step(rows*cols) {
		r.step(maxSteps)
		return Error(ErrValue)
	}
	out := make([]Value, 0, rows*cols)
	for i := range rows * cols {
		pick := func(v Value) Value {
			if v.kind == KindList {
				return v.arr.at(i/cols, i%cols)
			}
			return v
		}
		b, fail := pick(vals[0]).truth()
		switch {
		case fail.IsError():
			out = append(out, fail)
		case b:
			out = append(out, pick(vals[1]))
		default:
			out = append(out, pick(vals[2]))
		}
	}
	return listOf(rows, cols, out)
}

func pairs(fn func(r *runner, a []eval) Value) func(*call) (eval, error) {
	return func(c *call) (eval, error) {
		if len(c.args)%2 != 0 {
			return nil, arguments(c.col, c.fn.Use, "needs a value behind each condition", len(c.args))
		}
		return lazy(fn)(c)
	}
}

func fnIfs(r *runner, a []eval) Value {
	for i := 0; i+1 < len(a); i += 2 {
		b, fail := a[i](r).truth()
		if fail.IsError() {
			return fail
		}
		if b {
			return a[i+1](r)
		}
	}
	return Error(ErrNA)
}

func fnSwitch(r *runner, a []eval) Value {
	v := a[0](r)
	if v.IsError() {
		return v
	}
	i := 1
	for ; i+1 < len(a); i += 2 {
		c := a[i](r)
		if c.IsError() {
			return c
		}
		if compare(v, c) == 0 {
			return a[i+1](r)
		}
	}
	if i < len(a) {
		return a[i](r)
	}
	return Error(ErrNA)
}

func fnChoose(r *runner, a []eval) Value {
	n, fail := a[0](r).number()
	if fail.IsError() {
		return fail
	}
	if n < 1 || int(n) >= len(a) {
		return Error(ErrValue)
	}
	return a[int(n)](r)
}

// logical is AND, OR and XOR. Texts in lists are passed over, as Excel does in cells.
func logical(fn func(trues, all int) bool) func(*runner, []Value) Value {
	return func(_ *runner, a []Value) Value {
		t, n := 0, 0
		bad := Value{}
		flat(a, func(v Value, several bool) bool {
			if v.kind == KindBlank || several && v.kind == KindText {
				return true
			}
			b, fail := v.truth()
			if fail.IsError() {
				bad = fail
				return false
			}
			n++
			if b {
				t++
			}
			return true
		})
		if bad.IsError() {
			return bad
		}
		if n == 0 {
			return Error(ErrValue)
		}
		return Logical(fn(t, n))
	}
}
