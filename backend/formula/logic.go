package formula

import (
	"strings"
	"unicode"
)

// maxAny is how many values a function of any number takes, as in Excel.
const maxAny = 254

func logicFunctions() []Function {
	test := func(name, help string, fn func(Value) bool) Function {
		return Function{
			Name: name, Use: name + "(value)", Help: help, min: 1, max: 1,
			build: lazy(func(r *runner, a []eval) Value { return Logical(fn(a[0](r))) }),
		}
	}
	return []Function{
		{Name: "IF", Use: "IF(condition, then, [else])", Help: "One value if a condition is true, another if not.", min: 2, max: 3, build: lazy(fnIf)},
		{Name: "IFS", Use: "IFS(condition1, value1, [condition2, value2], …)", Help: "The value behind the first condition that is true; #N/A if none is.", min: 2, max: maxAny, build: pairs(fnIfs)},
		{Name: "SWITCH", Use: "SWITCH(value, case1, result1, [case2, result2], …, [otherwise])", Help: "The result behind the case that equals the value.", min: 3, max: maxAny, build: lazy(fnSwitch)},
		{Name: "CHOOSE", Use: "CHOOSE(number, value1, [value2], …)", Help: "The value with that number.", min: 2, max: maxAny, build: lazy(fnChoose)},
		{Name: "AND", Use: "AND(condition1, [condition2], …)", Help: "TRUE if all conditions are true.", min: 1, max: maxAny, build: eager(logical(func(t, n int) bool { return t == n }))},
		{Name: "OR", Use: "OR(condition1, [condition2], …)", Help: "TRUE if at least one condition is true.", min: 1, max: maxAny, build: eager(logical(func(t, _ int) bool { return t > 0 }))},
		{Name: "XOR", Use: "XOR(condition1, [condition2], …)", Help: "TRUE if an odd number of conditions is true.", min: 1, max: maxAny, build: eager(logical(func(t, _ int) bool { return t%2 == 1 }))},
		{Name: "NOT", Use: "NOT(condition)", Help: "TRUE if the condition is false.", min: 1, max: 1, build: eager(func(_ *runner, a []Value) Value {
			b, fail := a[0].truth()
			if fail.IsError() {
				return fail
			}
			return Logical(!b)
		})},
		{Name: "IFERROR", Use: "IFERROR(value, instead)", Help: "The value, or something else if it is an error.", min: 2, max: 2, build: lazy(func(r *runner, a []eval) Value {
			if v := a[0](r); !v.IsError() || r.over != nil {
				return v
			}
			return a[1](r)
		})},
		{Name: "IFNA", Use: "IFNA(value, instead)", Help: "The value, or something else if it is #N/A.", min: 2, max: 2, build: lazy(func(r *runner, a []eval) Value {
			if v := a[0](r); !v.IsError() || v.s != ErrNA || r.over != nil {
				return v
			}
			return a[1](r)
		})},
		{Name: "IFBLANK", Use: "IFBLANK(value, instead)", Help: "The value, or something else if it is empty or only blanks. (Waybill's own.)", min: 2, max: 2, build: lazy(func(r *runner, a []eval) Value {
			if v := a[0](r); v.IsError() || !empty(v) {
				return v
			}
			return a[1](r)
		})},
		{Name: "NA", Use: "NA()", Help: "The error #N/A: holds the record.", min: 0, max: 0, build: lazy(func(*runner, []eval) Value { return Error(ErrNA) })},
		test("ISBLANK", "TRUE if the field is empty.", func(v Value) bool { return v.kind == KindBlank }),
		test("ISNUMBER", "TRUE if the value is a number.", func(v Value) bool { return v.kind == KindNumber }),
		test("ISTEXT", "TRUE if the value is a text.", func(v Value) bool { return v.kind == KindText }),
		test("ISNONTEXT", "TRUE if the value is not a text.", func(v Value) bool { return v.kind != KindText }),
		test("ISLOGICAL", "TRUE if the value is TRUE or FALSE.", func(v Value) bool { return v.kind == KindLogical }),
		test("ISERROR", "TRUE if the value is an error.", Value.IsError),
		test("ISNA", "TRUE if the value is #N/A.", func(v Value) bool { return v.IsError() && v.s == ErrNA }),
	}
}

func empty(v Value) bool {
	return v.kind == KindBlank || v.kind == KindText && strings.TrimFunc(v.s, unicode.IsSpace) == ""
}

// fnIf differs from Excel in one thing: an empty place, as in IF([A]="x",,1),
// stays empty, where Excel shows 0.
func fnIf(r *runner, a []eval) Value {
	b, fail := a[0](r).truth()
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

func logical(fn func(trues, all int) bool) func(*runner, []Value) Value {
	return func(_ *runner, a []Value) Value {
		t, n := 0, 0
		for _, v := range a {
			if v.kind == KindBlank { // Excel ignores empty cells
				continue
			}
			b, fail := v.truth()
			if fail.IsError() {
				return fail
			}
			n++
			if b {
				t++
			}
		}
		if n == 0 {
			return Error(ErrValue)
		}
		return Logical(fn(t, n))
	}
}
