package formula

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

func mathFunctions() []Function {
	return []Function{
		numeric("TRUNC", "TRUNC(number, [digits])", "Without the digits behind, rounded towards zero.", 1, func(n []float64) Value {
			return roundTo(n, roundToZero)
		}),
		numeric("MROUND", "MROUND(number, multiple)", "Rounded to the nearest multiple.", 2, func(n []float64) Value {
			if n[0] == 0 || n[1] == 0 {
				return Number(0)
			}
			if n[0] < 0 != (n[1] < 0) {
				return Error(ErrNum)
			}
			return multiple(n[0], n[1], math.Round)
		}),
		numeric("CEILING", "CEILING(number, multiple)", "Rounded up to a multiple.", 2, func(n []float64) Value {
			if n[1] == 0 {
				return Number(0)
			}
			if n[0] > 0 && n[1] < 0 {
				return Error(ErrNum)
			}
			return multiple(n[0], n[1], math.Ceil)
		}),
		numeric("FLOOR", "FLOOR(number, multiple)", "Rounded down to a multiple.", 2, func(n []float64) Value {
			if n[0] == 0 {
				return Number(0)
			}
			if n[1] == 0 {
				return Error(ErrDiv0)
			}
			if n[0] > 0 && n[1] < 0 {
				return Error(ErrNum)
			}
			return multiple(n[0], n[1], math.Floor)
		}),
		numeric("CEILING.MATH", "CEILING.MATH(number, [multiple], [mode])", "Rounded up to a multiple; with mode 1 a negative number is rounded away from zero.", 1, func(n []float64) Value {
			return roundMath(n, math.Ceil, math.Floor)
		}),
		numeric("FLOOR.MATH", "FLOOR.MATH(number, [multiple], [mode])", "Rounded down to a multiple; with mode 1 a negative number is rounded towards zero.", 1, func(n []float64) Value {
			return roundMath(n, math.Floor, math.Ceil)
		}),
		numeric("EVEN", "EVEN(number)", "Rounded away from zero to an even number.", 1, func(n []float64) Value {
			return Number(math.Copysign(math.Ceil(math.Abs(n[0])/2)*2, n[0]))
		}),
		numeric("ODD", "ODD(number)", "Rounded away from zero to an odd number.", 1, func(n []float64) Value {
			if n[0] == 0 {
				return Number(1)
			}
			return Number(math.Copysign(math.Ceil((math.Abs(n[0])-1)/2)*2+1, n[0]))
		}),
		numeric("QUOTIENT", "QUOTIENT(number, divisor)", "The whole part of a division.", 2, func(n []float64) Value {
			if n[1] == 0 {
				return Error(ErrDiv0)
			}
			return Number(math.Trunc(n[0] / n[1]))
		}),
		numeric("POWER", "POWER(number, power)", "A number to a power.", 2, func(n []float64) Value { return power(n[0], n[1]) }),
		numeric("SQRT", "SQRT(number)", "The square root.", 1, func(n []float64) Value { return Number(math.Sqrt(n[0])) }),
		numeric("EXP", "EXP(number)", "e to a power.", 1, func(n []float64) Value { return Number(math.Exp(n[0])) }),
		numeric("LN", "LN(number)", "The natural logarithm.", 1, func(n []float64) Value { return logarithm(n[0], math.E) }),
		numeric("LOG10", "LOG10(number)", "The logarithm of base 10.", 1, func(n []float64) Value { return logarithm(n[0], 10) }),
		numeric("LOG", "LOG(number, [base])", "The logarithm, of base 10 if none is given.", 1, func(n []float64) Value {
			if len(n) == 1 {
				return logarithm(n[0], 10)
			}
			return logarithm(n[0], n[1])
		}),
		{Name: "PI", Use: "PI()", Help: "3.14159265358979.", min: 0, max: 0, build: lazy(func(*runner, []eval) Value { return Number(math.Pi) })},
		over("AVERAGE", "The average.", func(n []float64) Value {
			if len(n) == 0 {
				return Error(ErrDiv0)
			}
			return Number(sum(n) / float64(len(n)))
		}),
		over("PRODUCT", "All numbers multiplied.", func(n []float64) Value {
			if len(n) == 0 {
				return Number(0)
			}
			p := 1.0
			for _, x := range n {
				p *= x
			}
			return Number(p)
		}),
		over("MEDIAN", "The number in the middle.", func(n []float64) Value {
			if len(n) == 0 {
				return Error(ErrNum)
			}
			slices.Sort(n)
			return Number((n[(len(n)-1)/2] + n[len(n)/2]) / 2)
		}),
		over("GCD", "The greatest number that divides all.", func(n []float64) Value { return wholes(n, gcd) }),
		over("LCM", "The smallest number that all divide.", func(n []float64) Value {
			return wholes(n, func(a, b float64) float64 {
				if a == 0 || b == 0 {
					return 0
				}
				return a / gcd(a, b) * b
			})
		}),
		{Name: "LARGE", Use: "LARGE(list, which)", Help: "The number at that place from the largest.", min: 2, max: 2, build: wide(nth(true))},
		{Name: "SMALL", Use: "SMALL(list, which)", Help: "The number at that place from the smallest.", min: 2, max: 2, build: wide(nth(false))},
		{Name: "COUNT", Use: "COUNT(value1, [value2], …)", Help: "How many of the values are numbers.", min: 1, max: maxAny, build: counting(func(v Value, several bool) bool {
			if v.kind == KindText && !several {
				_, fail := v.number()
				return !fail.IsError()
			}
			return v.kind == KindNumber || v.dated || v.kind == KindLogical && !several
		})},
		{Name: "COUNTA", Use: "COUNTA(value1, [value2], …)", Help: "How many values there are, the empty ones not counted; COUNTA([Tags]) counts tags.", min: 1, max: maxAny, build: counting(func(v Value, _ bool) bool { return v.kind != KindBlank })},
		{Name: "COUNTBLANK", Use: "COUNTBLANK(list)", Help: "How many values are empty.", min: 1, max: 1, build: counting(func(v Value, _ bool) bool { return v.kind == KindBlank || v.kind == KindText && v.s == "" })},
		{Name: "SUMPRODUCT", Use: "SUMPRODUCT(list1, [list2], …)", Help: "The sum of the products of the lists' values.", min: 1, max: maxAny, build: wide(fnSumproduct)},
	}
}

// numeric makes a function of numbers; the least of them are needed, the others may be left out.
func numeric(name, use, help string, least int, fn func(n []float64) Value) Function {
	most := strings.Count(use, ",") + 1
	return Function{Name: name, Use: use, Help: help, min: least, max: most, build: eager(func(_ *runner, a []Value) Value {
		var buf [4]float64
		n := buf[:0]
		for _, v := range a {
			x, fail := v.number()
			if fail.IsError() {
				return fail
			}
			n = append(n, x)
		}
		return fn(n)
	})}
}

// over makes a function of all numbers of its arguments. A text counts when it stands in the
// formula or is a field's; of a list only the numbers count, and texts that are a field's.
func over(name, help string, fn func(n []float64) Value) Function {
	return Function{Name: name, Use: name + "(number1, [number2], …)", Help: help, min: 1, max: maxAny, build: wide(func(_ *runner, a []Value) Value {
		ns, fail := numbersOf(a)
		if fail.IsError() {
			return fail
		}
		return fn(ns)
	})}
}

func numbersOf(a []Value) (out []float64, fail Value) {
	flat(a, func(v Value, several bool) bool {
		switch {
		case v.kind == KindBlank: // Excel ignores empty cells
			return true
		case v.kind == KindError:
			fail = v
			return false
		case several && v.kind == KindLogical:
			return true
		case several && v.kind == KindText:
			if n, ok := textNumber(v.s); ok && v.given {
				out = append(out, n)
			}
			return true
		}
		n, bad := v.number()
		if bad.IsError() {
			fail = bad
			return false
		}
		out = append(out, n)
		return true
	})
	return out, fail
}

func sum(ns []float64) float64 {
	s := 0.0
	for _, n := range ns {
		s += n
	}
	return s
}

// counting counts values that fit; errors are values here, as in Excel.
func counting(fits func(v Value, several bool) bool) func(*call) (eval, error) {
	return lazy(func(r *runner, fs []eval) Value {
		n := 0
		for _, f := range fs {
			flat([]Value{r.as(true, f)}, func(v Value, several bool) bool {
				if fits(v, several) {
					n++
				}
				return true
			})
		}
		return Number(float64(n))
	})
}

func nth(largest bool) func(*runner, []Value) Value {
	return func(r *runner, a []Value) Value {
		ns, fail := numbersOf(a[:1])
		if fail.IsError() {
			return fail
		}
		slices.Sort(ns)
		return r.each(a[1], func(v Value) Value {
			k, fail := v.number()
			if fail.IsError() {
				return fail
			}
			i := int(math.Ceil(math.Min(k, 1e9)))
			if k < 1 || i > len(ns) {
				return Error(ErrNum)
			}
			if largest {
				return Number(ns[len(ns)-i])
			}
			return Number(ns[i-1])
		})
	}
}

func fnSumproduct(_ *runner, a []Value) Value {
	first := a[0].list()
	total := 0.0
	for i := range first.cells {
		p := 1.0
		for _, v := range a {
			l := v.list()
			if l.rows != first.rows || l.cols != first.cols {
				return Error(ErrValue)
			}
			c := l.cells[i]
			if c.kind == KindError {
				return c
			}
			if c.kind != KindNumber { // as Excel counts texts and logicals
				c = loose(c)
			}
			if c.kind != KindNumber {
				p = 0
			}
			p *= c.n
		}
		total += p
	}
	return Number(total)
}

func power(m, n float64) Value {
	if m == 0 && n == 0 {
		return Error(ErrNum)
	}
	if m == 0 && n < 0 {
		return Error(ErrDiv0)
	}
	return Number(math.Pow(m, n))
}

func logarithm(n, base float64) Value {
	if n <= 0 || base <= 0 {
		return Error(ErrNum)
	}
	switch base {
	case 1:
		return Error(ErrDiv0)
	case 10:
		return Number(math.Log10(n))
	case math.E:
		return Number(math.Log(n))
	}
	return Number(math.Log(n) / math.Log(base))
}

// multiple rounds to a multiple, on the 15 digits that people see.
func multiple(n, by float64, round func(float64) float64) Value {
	q := n / by
	if near := math.Round(q); math.Abs(q-near) < 1e-12*math.Max(1, math.Abs(q)) {
		q = near
	} else {
		q = round(q)
	}
	return Number(exact15(q * by))
}

// exact15 drops what a number has beyond 15 digits.
func exact15(n float64) float64 {
	f, _ := strconv.ParseFloat(strconv.FormatFloat(n, 'g', 15, 64), 64) // cannot fail: our own text
	return f
}

// roundMath is CEILING.MATH and FLOOR.MATH; other is used for negative numbers with a mode.
func roundMath(n []float64, round, other func(float64) float64) Value {
	by := 1.0
	if len(n) > 1 {
		by = math.Abs(n[1])
	}
	if by == 0 || n[0] == 0 {
		return Number(0)
	}
	if n[0] < 0 && len(n) > 2 && n[2] != 0 {
		round = other
	}
	return multiple(n[0], by, round)
}

func roundTo(n []float64, how rounding) Value {
	a := []Value{Number(n[0]), Number(0)}
	if len(n) > 1 {
		a[1] = Number(n[1])
	}
	return rounded(a, how)
}

// wholes folds whole numbers that are not negative.
func wholes(ns []float64, fn func(a, b float64) float64) Value {
	out := 0.0
	for i, n := range ns {
		n = math.Trunc(n)
		if n < 0 || n >= 1<<53 {
			return Error(ErrNum)
		}
		if i == 0 {
			out = n
		} else {
			out = fn(out, n)
		}
	}
	if out >= 1<<53 {
		return Error(ErrNum)
	}
	return Number(out)
}

func gcd(a, b float64) float64 {
	for b != 0 {
		a, b = b, math.Mod(a, b)
	}
	return a
}
