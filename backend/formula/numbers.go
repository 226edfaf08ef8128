package formula

import (
	"math"
	"strconv"
)

func numberFunctions() []Function {
	one := func(name, help string, fn func(float64) float64) Function {
		return Function{Name: name, Use: name + "(number)", Help: help, min: 1, max: 1, build: eager(func(_ *runner, a []Value) Value {
			n, fail := a[0].number()
			if fail.IsError() {
				return fail
			}
			return Number(fn(n))
		})}
	}
	round := func(name, help string, how rounding) Function {
		return Function{Name: name, Use: name + "(number, digits)", Help: help, min: 2, max: 2, build: eager(func(_ *runner, a []Value) Value {
			return rounded(a, how)
		})}
	}
	return []Function{
		one("ABS", "Without its sign.", math.Abs),
		one("INT", "Rounded down to a whole number.", math.Floor),
		one("SIGN", "1, 0 or -1.", func(f float64) float64 {
			switch {
			case f > 0:
				return 1
			case f < 0:
				return -1
			}
			return 0
		}),
		round("ROUND", "Rounded to that many digits after the point.", roundNearest),
		round("ROUNDUP", "Rounded away from zero.", roundAway),
		round("ROUNDDOWN", "Rounded towards zero.", roundToZero),
		over("SUM", "The sum.", func(ns []float64) Value { return Number(sum(ns)) }),
		over("MIN", "The smallest number.", func(ns []float64) Value { return Number(extreme(ns, math.Min)) }),
		over("MAX", "The largest number.", func(ns []float64) Value { return Number(extreme(ns, math.Max)) }),
		{Name: "MOD", Use: "MOD(number, divisor)", Help: "What is left over after a division.", min: 2, max: 2, build: eager(fnMod)},
		{Name: "VALUE", Use: "VALUE(text)", Help: "A text as a number: \"1,234.50\" or \"12%\".", min: 1, max: 1, build: eager(func(_ *runner, a []Value) Value {
			if a[0].kind == KindLogical {
				return Error(ErrValue)
			}
			n, fail := a[0].number()
			if fail.IsError() {
				return fail
			}
			return Number(n)
		})},
		{Name: "NUMBERVALUE", Use: "NUMBERVALUE(text, [decimal_sign], [group_sign])", Help: "A text as a number, with other signs: NUMBERVALUE([Price],\",\",\".\").", min: 1, max: 3, build: eager(fnNumberValue)},
		{Name: "N", Use: "N(value)", Help: "The value as a number; a text is 0.", min: 1, max: 1, build: eager(func(_ *runner, a []Value) Value {
			if a[0].kind == KindNumber || a[0].kind == KindLogical {
				return Number(a[0].n)
			}
			return Number(0)
		})},
		{Name: "TEXT", Use: "TEXT(value, format, [zone])", Help: "A number or date as text: TEXT([No],\"00000\"), TEXT([Opened],\"yyyy-mm-dd hh:mm\",\"Europe/Berlin\").", min: 2, max: 3, build: eager(fnText)},
	}
}

func extreme(ns []float64, pick func(a, b float64) float64) float64 {
	if len(ns) == 0 {
		return 0
	}
	m := ns[0]
	for _, n := range ns[1:] {
		m = pick(m, n)
	}
	return m
}

// roundHalf rounds as ROUND does.
func roundHalf(n float64, digits int) Value {
	return rounded([]Value{Number(n), Number(float64(digits))}, roundNearest)
}

// rounded works on the 15 digits that Excel shows, so that 2.675 rounds up.
func rounded(a []Value, how rounding) Value {
	n, fail := a[0].number()
	if fail.IsError() {
		return fail
	}
	places, fail := count(a, 1, 0, math.MinInt32)
	if fail.IsError() {
		return fail
	}
	if places > 20 {
		return Number(n)
	}
	if places < -310 {
		return Number(0)
	}
	f, ok := roundDigits(n, places, how)
	if !ok {
		return Error(ErrNum)
	}
	return Number(f)
}

// Ways to round.
type rounding uint8

const (
	roundNearest rounding = iota // away from zero when it is in the middle
	roundAway
	roundToZero
)

// roundDigits rounds the 15 digits of a number to that many places after the point.
func roundDigits(n float64, places int, how rounding) (float64, bool) {
	if n == math.Trunc(n) && places >= 0 && math.Abs(n) < 1e15 {
		return n, true
	}
	var buf [64]byte
	b := strconv.AppendFloat(buf[:0], math.Abs(n), 'e', 14, 64) // 1.23456789012345e+02
	exp, err := strconv.Atoi(string(b[17:]))
	if err != nil {
		return 0, false
	}
	keep := exp + 1 + places
	if keep >= 15 {
		return exact15(n), true
	}
	whole, more, half := uint64(0), false, false
	for i, at := 0, 0; at < 15; i++ {
		if b[i] == '.' {
			continue
		}
		d := b[i] - '0'
		switch {
		case at < keep:
			whole = whole*10 + uint64(d)
		case at == keep:
			half, more = d >= 5, more || d > 0
		default:
			more = more || d > 0
		}
		at++
	}
	if keep < 0 {
		half = false
	}
	if how == roundNearest && half || how == roundAway && more {
		whole++
	}
	b = append(strconv.AppendUint(buf[:0], whole, 10), 'e')
	f, err := strconv.ParseFloat(string(strconv.AppendInt(b, int64(-places), 10)), 64)
	return math.Copysign(f, n), err == nil
}

func fnMod(_ *runner, a []Value) Value {
	n, fail := a[0].number()
	if fail.IsError() {
		return fail
	}
	d, fail := a[1].number()
	if fail.IsError() {
		return fail
	}
	if d == 0 {
		return Error(ErrDiv0)
	}
	m := math.Mod(n, d)
	if m != 0 && (m < 0) != (d < 0) {
		m += d
	}
	return Number(m)
}

func fnNumberValue(_ *runner, a []Value) Value {
	dec, group := '.', ','
	for i, dst := range []*rune{&dec, &group} {
		if i+1 < len(a) {
			r := []rune(a[i+1].text())
			if len(r) == 0 {
				return Error(ErrValue)
			}
			*dst = r[0]
		}
	}
	var out []rune
	point := false
	for _, c := range a[0].text() {
		switch {
		case c == dec:
			if point {
				return Error(ErrValue)
			}
			point = true
			out = append(out, '.')
		case c == group:
			if point {
				return Error(ErrValue)
			}
		case c == ' ', c == '\u00a0':
		default:
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return Number(0)
	}
	if f, ok := textNumber(string(out)); ok {
		return Number(f)
	}
	return Error(ErrValue)
}
