package formula

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

func splitFunctions() []Function {
	return []Function{
		{Name: "TEXTSPLIT", Use: "TEXTSPLIT(text, column_delimiter, [row_delimiter], [ignore_empty], [match_mode], [pad_with])", Help: "A text as a list, split at a delimiter; INDEX(TEXTSPLIT([Path],\"/\"),2) is its second part.", min: 2, max: 6, build: buildTextSplit},
		{Name: "TEXTBEFORE", Use: "TEXTBEFORE(text, delimiter, [which], [match_mode], [match_end], [if_not_found])", Help: "What stands before a delimiter; #N/A if there is none.", min: 2, max: 6, build: beside(true)},
		{Name: "TEXTAFTER", Use: "TEXTAFTER(text, delimiter, [which], [match_mode], [match_end], [if_not_found])", Help: "What stands after a delimiter; #N/A if there is none.", min: 2, max: 6, build: beside(false)},
		{Name: "TEXTJOIN", Use: "TEXTJOIN(delimiter, ignore_empty, text1, [text2], …)", Help: "All texts joined with a delimiter between them.", min: 3, max: maxAny, build: wide(fnTextJoin)},
		{Name: "CONCAT", Use: "CONCAT(text1, [text2], …)", Help: "All texts joined.", min: 1, max: maxAny, build: narrow(fnConcat)},
		{Name: "CONCATENATE", Use: "CONCATENATE(text1, [text2], …)", Help: "All texts joined.", min: 1, max: maxAny, build: eager(fnConcat)},
		{Name: "ARRAYTOTEXT", Use: "ARRAYTOTEXT(list)", Help: "The values of a list, parted by a comma and a blank.", min: 1, max: 1, build: wide(func(r *runner, a []Value) Value {
			return joinAll(r, ", ", false, a)
		})},
	}
}

// span is where a delimiter stands in a text.
type span struct{ from, to int }

// delimiters finds all places of any of the delimiters, the earliest and longest first.
func delimiters(s string, seps []string, fold bool) []span {
	if len(seps) == 1 && !fold {
		var out []span
		for at := 0; ; {
			i := strings.Index(s[at:], seps[0])
			if i < 0 {
				return out
			}
			out = append(out, span{at + i, at + i + len(seps[0])})
			at += i + len(seps[0])
		}
	}
	var out []span
	for i := 0; i < len(s); {
		n := 0
		for _, sep := range seps {
			if m := len(sep); m > n && len(s)-i >= m && (s[i:i+m] == sep || fold && strings.EqualFold(s[i:i+m], sep)) {
				n = m
			}
		}
		if n > 0 {
			out = append(out, span{i, i + n})
			i += n
			continue
		}
		_, w := utf8.DecodeRuneInString(s[i:])
		i += w
	}
	return out
}

// seps reads one delimiter or a list of them; ok is false when one is empty.
func seps(v Value) (out []string, ok bool) {
	for _, c := range v.list().cells {
		out = append(out, c.text())
	}
	return out, !slices.Contains(out, "")
}

// opts reads optional arguments as whole numbers; an empty place is the default.
func opts(a []Value, from int, defaults ...int) ([]int, Value) {
	out := slices.Clone(defaults)
	for i := range out {
		if from+i >= len(a) || a[from+i].kind == KindBlank {
			continue
		}
		n, fail := a[from+i].number()
		if fail.IsError() {
			return nil, fail
		}
		out[i] = int(math.Max(math.MinInt32, math.Min(math.MaxInt32, math.Trunc(n))))
	}
	return out, Value{}
}

// buildTextSplit refuses what was Waybill's own once, and what people often mean: the number
// of a part as the third value.
func buildTextSplit(c *call) (eval, error) {
	if len(c.args) == 3 {
		if l, ok := c.args[2].(literal); ok && l.v.kind == KindNumber {
			m := syntax(c.col, "The third value of TEXTSPLIT at column "+itoa(c.col)+" is the delimiter of rows, not the number of a part.",
				"Write INDEX(TEXTSPLIT(text, delimiter), part).").until(c.end)
			if part := appendLiteral(nil, l.v); l.v.n >= 1 {
				inner := &call{fn: c.fn, args: c.args[:2]}
				m.fixes = []Fix{{"Use INDEX instead", c.col, c.end, "INDEX(" + string(show(nil, inner, 0)) + "," + string(part) + ")"}}
			}
			return nil, m
		}
	}
	return narrow(fnTextSplit)(c)
}

func fnTextSplit(r *runner, a []Value) Value {
	o, fail := opts(a, 3, 0, 0)
	if fail.IsError() {
		return fail
	}
	pad := Error(ErrNA)
	if len(a) > 5 {
		pad = a[5]
	}
	text := a[0].text()
	if a[0].kind == KindList {
		text = a[0].arr.cells[0].text()
	}
	if text == "" {
		return Error(ErrValue)
	}
	rows := []string{text}
	cut := func(s string, v Value) ([]string, bool) {
		by, ok := seps(v)
		if !ok {
			return nil, false
		}
		var out []string
		from := 0
		for _, d := range append(delimiters(s, by, o[1] == 1), span{len(s), len(s)}) {
			if part := s[from:d.from]; part != "" || o[0] == 0 {
				out = append(out, part)
			}
			from = d.to
		}
		return out, true
	}
	if len(a) > 2 && a[2].kind != KindBlank {
		var ok bool
		if rows, ok = cut(text, a[2]); !ok {
			return Error(ErrValue)
		}
	}
	var grid [][]string
	cols, cells := 0, 0
	for _, row := range rows {
		line := []string{row}
		if a[1].kind != KindBlank {
			var ok bool
			if line, ok = cut(row, a[1]); !ok {
				return Error(ErrValue)
			}
		}
		if cells += len(line); cells > most || !r.step(1+len(line)/16) {
			r.step(maxSteps)
			return Error(ErrValue)
		}
		grid, cols = append(grid, line), max(cols, len(line))
	}
	if len(grid)*cols > most {
		r.step(maxSteps)
		return Error(ErrValue)
	}
	out := make([]Value, 0, len(grid)*cols)
	for _, line := range grid {
		for c := range cols {
			if c < len(line) {
				out = append(out, Text(line[c]))
			} else {
				out = append(out, pad)
			}
		}
	}
	return listOf(len(grid), cols, out)
}

// beside is TEXTBEFORE and TEXTAFTER. The last value counts only when nothing is found.
func beside(before bool) func(*call) (eval, error) {
	one := func(_ *runner, a []Value) Value { return besideOne(a, before) }
	return func(c *call) (eval, error) {
		var last eval
		d := *c
		if len(c.args) == 6 {
			f, err := compile(c.args[5])
			if err != nil {
				return nil, err
			}
			last, d.args = f, c.args[:5]
		}
		if len(d.args) > 1 {
			if l, ok := d.args[1].(*arrayNode); ok { // several delimiters, as one value
				return besideMany(&d, l.value(), before, last)
			}
		}
		run, err := eager(one)(&d)
		if err != nil {
			return nil, err
		}
		return orElse(run, last), nil
	}
}

func besideMany(c *call, by Value, before bool, last eval) (eval, error) {
	rest := *c
	rest.args = slices.Delete(slices.Clone(c.args), 1, 2)
	run, err := eager(func(_ *runner, a []Value) Value {
		return besideOne(slices.Insert(slices.Clone(a), 1, by), before)
	})(&rest)
	if err != nil {
		return nil, err
	}
	return orElse(run, last), nil
}

func orElse(run, last eval) eval {
	if last == nil {
		return run
	}
	return func(r *runner) Value {
		v := run(r)
		if v.kind == KindError && v.s == ErrNA {
			return last(r)
		}
		return v
	}
}

func besideOne(a []Value, before bool) Value {
	s := a[0].text()
	o, fail := opts(a, 2, 1, 0, 0)
	if fail.IsError() {
		return fail
	}
	n := o[0]
	by, ok := seps(a[1])
	if n == 0 || n > 1 && n > utf8.RuneCountInString(s) {
		return Error(ErrValue)
	}
	if !ok { // an empty delimiter stands at the beginning, from the end at the end
		if before == (n > 0) {
			return Text("")
		}
		return Text(s)
	}
	found := delimiters(s, by, o[1] == 1)
	if o[2] == 1 { // the end counts as a delimiter, and the beginning when counted from there
		if n > 0 {
			found = append(found, span{len(s), len(s)})
		} else {
			found = append([]span{{0, 0}}, found...)
		}
	}
	if n < 0 {
		n = len(found) + n + 1
	}
	if n < 1 || n > len(found) {
		return Error(ErrNA)
	}
	if before {
		return Text(s[:found[n-1].from])
	}
	return Text(s[found[n-1].to:])
}

func fnConcat(r *runner, a []Value) Value { return joinAll(r, "", false, a) }

// fnTextJoin takes one delimiter, or several that follow each other in turn.
func fnTextJoin(r *runner, a []Value) Value {
	skip, fail := a[1].truth()
	if fail.IsError() {
		return fail
	}
	if a[0].kind == KindList {
		return joinTurn(r, a[0].arr.cells, skip, a[2:])
	}
	return joinAll(r, a[0].text(), skip, a[2:])
}

func joinAll(r *runner, sep string, skip bool, a []Value) Value {
	return joinTurn(r, []Value{Text(sep)}, skip, a)
}

func joinTurn(r *runner, by []Value, skip bool, a []Value) Value {
	var b strings.Builder
	n := 0
	fail := Value{}
	flat(a, func(v Value, _ bool) bool {
		if v.kind == KindError {
			fail = v
			return false
		}
		s := v.text()
		if skip && s == "" {
			return true
		}
		sep := ""
		if n > 0 {
			sep = by[(n-1)%len(by)].text()
		}
		if n++; !r.made(len(sep) + len(s)) {
			return false
		}
		b.WriteString(sep)
		b.WriteString(s)
		return r.fits(b.Len())
	})
	if r.over != nil {
		return Error(ErrValue)
	}
	if fail.kind == KindError {
		return fail
	}
	return Text(b.String())
}
