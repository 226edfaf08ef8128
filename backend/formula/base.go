package formula

import (
	"math"
	"strconv"
	"strings"
)

func baseFunctions() []Function {
	to := func(name, help string, base int, least, most float64) Function {
		return Function{Name: name, Use: name + "(number, [places])", Help: help, min: 1, max: 2, build: eager(func(_ *runner, a []Value) Value {
			return decTo(a, base, least, most)
		})}
	}
	from := func(name, help string, base int) Function {
		return Function{Name: name, Use: name + "(text)", Help: help, min: 1, max: 1, build: eager(func(_ *runner, a []Value) Value {
			return toDec(a[0], base)
		})}
	}
	return []Function{
		{Name: "BASE", Use: "BASE(number, base, [places])", Help: "A whole number as text, in a base of 2 to 36.", min: 2, max: 3, build: eager(fnBase)},
		{Name: "DECIMAL", Use: "DECIMAL(text, base)", Help: "A text in a base of 2 to 36 as a number.", min: 2, max: 2, build: eager(fnDecimal)},
		to("DEC2BIN", "A whole number as binary digits.", 2, -512, 511),
		to("DEC2OCT", "A whole number as octal digits.", 8, -1<<29, 1<<29-1),
		to("DEC2HEX", "A whole number as hexadecimal digits.", 16, -1<<39, 1<<39-1),
		from("BIN2DEC", "Binary digits as a number.", 2),
		from("OCT2DEC", "Octal digits as a number.", 8),
		from("HEX2DEC", "Hexadecimal digits as a number.", 16),
		{Name: "FIXED", Use: "FIXED(number, [digits], [no_commas])", Help: "A number as text with that many digits after the point.", min: 1, max: 3, build: eager(func(r *runner, a []Value) Value {
			return fixed(r, a, "")
		})},
		{Name: "DOLLAR", Use: "DOLLAR(number, [digits])", Help: "A number as text in dollars: $1,234.50.", min: 1, max: 2, build: eager(func(r *runner, a []Value) Value {
			return fixed(r, a, "$")
		})},
	}
}

func fnBase(_ *runner, a []Value) Value {
	n, fail := a[0].number()
	if fail.IsError() {
		return fail
	}
	base, fail := a[1].number()
	if fail.IsError() {
		return fail
	}
	places := 0.0
	if len(a) > 2 {
		if places, fail = a[2].number(); fail.IsError() {
			return fail
		}
	}
	n, base = math.Trunc(n), math.Trunc(base)
	if n < 0 || n >= 1<<53 || base < 2 || base > 36 || places < 0 || places > 255 {
		return Error(ErrNum)
	}
	s := strings.ToUpper(strconv.FormatInt(int64(n), int(base)))
	if short := int(places) - len(s); short > 0 {
		s = strings.Repeat("0", short) + s
	}
	return Text(s)
}

func fnDecimal(_ *runner, a []Value) Value {
	base, fail := a[1].number()
	if fail.IsError() {
		return fail
	}
	base = math.Trunc(base)
	s := strings.ToUpper(trim(a[0].text()))
	switch base {
	case 16:
		s = strings.TrimPrefix(strings.TrimPrefix(s, "0X"), "X")
		s = strings.TrimSuffix(s, "H")
	case 2:
		s = strings.TrimSuffix(s, "B")
	}
	if base < 2 || base > 36 || len(s) > 255 {
		return Error(ErrNum)
	}
	n := 0.0
	for _, c := range s {
		d, err := strconv.ParseInt(string(c), 36, 64)
		if err != nil || float64(d) >= base {
			return Error(ErrNum)
		}
		n = n*base + float64(d)
	}
	return Number(n)
}

// decTo writes a whole number in another base: a negative one as ten digits of its complement.
func decTo(a []Value, base int, least, most float64) Value {
	n, fail := a[0].number()
	if fail.IsError() {
		return fail
	}
	if a[0].kind == KindLogical {
		return Error(ErrValue)
	}
	if n = math.Trunc(n); n < least || n > most {
		return Error(ErrNum)
	}
	if n < 0 {
		return Text(strings.ToUpper(strconv.FormatInt(int64(n)+int64(2*(most+1)), base)))
	}
	s := strings.ToUpper(strconv.FormatInt(int64(n), base))
	if len(a) > 1 {
		places, fail := a[1].number()
		if fail.IsError() {
			return fail
		}
		if places = math.Trunc(places); places < float64(len(s)) || places > 10 {
			return Error(ErrNum)
		}
		s = strings.Repeat("0", int(places)-len(s)) + s
	}
	return Text(s)
}

func toDec(v Value, base int) Value {
	if v.kind == KindLogical {
		return Error(ErrValue)
	}
	s := v.text()
	if s == "" {
		return Number(0)
	}
	n, err := strconv.ParseUint(s, base, 64)
	if err != nil || len(s) > 10 {
		return Error(ErrNum)
	}
	all := math.Pow(float64(base), 10)
	if f := float64(n); f >= all/2 {
		return Number(f - all)
	}
	return Number(float64(n))
}

// fixed is FIXED and DOLLAR: rounded, with commas between thousands.
func fixed(r *runner, a []Value, sign string) Value {
	n, fail := a[0].number()
	if fail.IsError() {
		return fail
	}
	digits := 2
	if len(a) > 1 && a[1].kind != KindBlank {
		if digits, fail = count(a, 1, 2, math.MinInt32); fail.IsError() {
			return fail
		}
	}
	plain := false
	if len(a) > 2 {
		if plain, fail = a[2].truth(); fail.IsError() {
			return fail
		}
	}
	if digits > 127 {
		return Error(ErrValue)
	}
	v := roundHalf(n, digits)
	if v.IsError() {
		return v
	}
	format := "#,##0"
	if plain {
		format = "0"
	}
	if digits > 0 {
		format += "." + strings.Repeat("0", digits)
	}
	s, ok := formatNumber(format, math.Abs(v.n), false)
	if !ok {
		return Error(ErrValue)
	}
	switch {
	case v.n < 0 && sign != "":
		s = "(" + sign + s + ")"
	case v.n < 0:
		s = "-" + s
	default:
		s = sign + s
	}
	return r.newText(s)
}
