package formula

import (
	"math"
	"slices"
	"strings"
)

func listFunctions() []Function {
	return []Function{
		{Name: "INDEX", Use: "INDEX(list, row, [column])", Help: "The value at a place of a list; INDEX([Tags],1) is the first tag.", min: 2, max: 3, build: wide(fnIndex)},
		{Name: "SORT", Use: "SORT(list, [by], [order], [by_column])", Help: "A list in order; order -1: from the largest.", min: 1, max: 4, build: wide(fnSort)},
		{Name: "UNIQUE", Use: "UNIQUE(list, [by_column], [exactly_once])", Help: "A list with each value once.", min: 1, max: 3, build: wide(fnUnique)},
		{Name: "FILTER", Use: "FILTER(list, include, [if_empty])", Help: "The values of a list for which a condition is true: FILTER([Tags],LEFT([Tags],4)=\"vip_\",\"\").", min: 2, max: 3, build: lazy(fnFilter)},
		{Name: "TAKE", Use: "TAKE(list, rows, [columns])", Help: "The first rows of a list; -1: the last one.", min: 2, max: 3, build: wide(part(false))},
		{Name: "DROP", Use: "DROP(list, rows, [columns])", Help: "A list without its first rows; -1: without the last one.", min: 2, max: 3, build: wide(part(true))},
		{Name: "ROWS", Use: "ROWS(list)", Help: "How many rows a list has.", min: 1, max: 1, build: wide(func(_ *runner, a []Value) Value { return Number(float64(a[0].list().rows)) })},
		{Name: "COLUMNS", Use: "COLUMNS(list)", Help: "How many columns a list has.", min: 1, max: 1, build: wide(func(_ *runner, a []Value) Value { return Number(float64(a[0].list().cols)) })},
		{Name: "TRANSPOSE", Use: "TRANSPOSE(list)", Help: "A list with rows and columns exchanged.", min: 1, max: 1, build: wide(func(_ *runner, a []Value) Value { return turn(a[0]) })},
		{Name: "COUNTIF", Use: "COUNTIF(list, criterion)", Help: "How many values of a list fit: COUNTIF([Tags],\"vip*\"), COUNTIF([Scores],\">=5\").", min: 2, max: 2, build: wide(func(r *runner, a []Value) Value {
			return r.each(a[1], func(c Value) Value {
				n := 0
				fits := criterion(r, c)
				for _, v := range a[0].list().cells {
					if fits(v) {
						n++
					}
				}
				return Number(float64(n))
			})
		})},
		{Name: "SUMIF", Use: "SUMIF(list, criterion, [sum_list])", Help: "The sum of the values that fit, or of those beside them.", min: 2, max: 3, build: wide(func(r *runner, a []Value) Value {
			ns, fail := chosen(r, a)
			if fail.IsError() {
				return fail
			}
			return Number(sum(ns))
		})},
		{Name: "AVERAGEIF", Use: "AVERAGEIF(list, criterion, [average_list])", Help: "The average of the values that fit, or of those beside them.", min: 2, max: 3, build: wide(func(r *runner, a []Value) Value {
			ns, fail := chosen(r, a)
			switch {
			case fail.IsError():
				return fail
			case len(ns) == 0:
				return Error(ErrDiv0)
			}
			return Number(sum(ns) / float64(len(ns)))
		})},
	}
}

// whole reads an argument as a whole number.
func whole(v Value) (int, Value) {
	n, fail := v.number()
	if fail.IsError() {
		return 0, fail
	}
	return int(math.Max(math.MinInt32, math.Min(math.MaxInt32, math.Trunc(n)))), Value{}
}

func fnIndex(r *runner, a []Value) Value {
	l := a[0].list()
	return r.each(a[1], func(v Value) Value {
		row, fail := whole(v)
		if fail.IsError() {
			return fail
		}
		col := 0
		if len(a) > 2 {
			if col, fail = whole(a[2]); fail.IsError() {
				return fail
			}
		} else if l.rows == 1 { // of one row, the number is that of the column
			row, col = 1, row
			if col == 0 {
				return a[0]
			}
		} else if l.cols == 1 {
			col = 1
		}
		if row < 0 || col < 0 {
			return Error(ErrValue)
		}
		if row > l.rows || col > l.cols {
			return Error(ErrRef)
		}
		return slice(l, row, col)
	})
}

// slice gives one value, or a whole row or column where its number is 0.
func slice(l *array, row, col int) Value {
	r0, r1, c0, c1 := row-1, row, col-1, col
	if row == 0 {
		r0, r1 = 0, l.rows
	}
	if col == 0 {
		c0, c1 = 0, l.cols
	}
	return cutOut(l, r0, r1, c0, c1)
}

func cutOut(l *array, r0, r1, c0, c1 int) Value {
	if r1 <= r0 || c1 <= c0 {
		return Error(ErrCalc)
	}
	out := make([]Value, 0, (r1-r0)*(c1-c0))
	for y := r0; y < r1; y++ {
		out = append(out, l.cells[y*l.cols+c0:y*l.cols+c1]...)
	}
	return listOf(r1-r0, c1-c0, out)
}

func part(drop bool) func(*runner, []Value) Value {
	return func(_ *runner, a []Value) Value {
		l := a[0].list()
		bounds := func(i, size int) (int, int, Value) {
			if i >= len(a) || a[i].kind == KindBlank {
				return 0, size, Value{}
			}
			n, fail := whole(a[i])
			if fail.IsError() {
				return 0, 0, fail
			}
			n = max(-size, min(size, n))
			switch {
			case drop && n >= 0:
				return n, size, Value{}
			case drop:
				return 0, size + n, Value{}
			case n >= 0:
				return 0, n, Value{}
			}
			return size + n, size, Value{}
		}
		r0, r1, fail := bounds(1, l.rows)
		if fail.IsError() {
			return fail
		}
		c0, c1, fail := bounds(2, l.cols)
		if fail.IsError() {
			return fail
		}
		return cutOut(l, r0, r1, c0, c1)
	}
}

func turn(v Value) Value {
	if v.arr == nil {
		return v
	}
	l := v.arr
	out := make([]Value, 0, len(l.cells))
	for x := range l.cols {
		for y := range l.rows {
			out = append(out, l.cells[y*l.cols+x])
		}
	}
	return listOf(l.cols, l.rows, out)
}

// small tells whether a list may be worked on as a whole, and counts the work.
func (r *runner) small(l *array) bool {
	if len(l.cells) > most {
		r.step(maxSteps)
		return false
	}
	return r.step(len(l.cells) / 4)
}

func fnSort(r *runner, a []Value) Value {
	l := a[0].list()
	o, fail := opts(a, 1, 1, 1)
	if fail.IsError() {
		return fail
	}
	byCol := false
	if len(a) > 3 {
		if byCol, fail = a[3].truth(); fail.IsError() {
			return fail
		}
	}
	if byCol {
		l = turn(a[0]).list()
	}
	if o[0] < 1 || o[0] > l.cols || o[1] != 1 && o[1] != -1 {
		return Error(ErrValue)
	}
	if !r.small(l) {
		return Error(ErrValue)
	}
	rows := make([]int, l.rows)
	for i := range rows {
		rows[i] = i
	}
	key := func(i int) Value { return l.cells[i*l.cols+o[0]-1] }
	slices.SortStableFunc(rows, func(x, y int) int {
		a, b := key(x), key(y)
		if (a.kind == KindBlank) != (b.kind == KindBlank) { // empty ones are last, in both orders
			if a.kind == KindBlank {
				return 1
			}
			return -1
		}
		return o[1] * compare(a, b)
	})
	out := make([]Value, 0, len(l.cells))
	for _, i := range rows {
		out = append(out, l.cells[i*l.cols:(i+1)*l.cols]...)
	}
	v := listOf(l.rows, l.cols, out)
	if byCol {
		return turn(v)
	}
	return v
}

func fnUnique(r *runner, a []Value) Value {
	byCol, once := false, false
	for i, dst := range []*bool{&byCol, &once} {
		if i+1 < len(a) {
			b, fail := a[i+1].truth()
			if fail.IsError() {
				return fail
			}
			*dst = b
		}
	}
	l := a[0].list()
	if byCol {
		l = turn(a[0]).list()
	}
	if !r.small(l) {
		return Error(ErrValue)
	}
	key := func(i int) string {
		var b strings.Builder
		for _, c := range l.cells[i*l.cols : (i+1)*l.cols] {
			b.WriteByte('0' + byte(c.kind))
			b.WriteString(strings.ToLower(c.text()))
			b.WriteByte(0)
		}
		return b.String()
	}
	times := map[string]int{}
	for i := range l.rows {
		times[key(i)]++
	}
	var out []Value
	n := 0
	for i := range l.rows {
		k := key(i)
		if times[k] == 0 || once && times[k] > 1 {
			continue
		}
		times[k] = 0
		out = append(out, l.cells[i*l.cols:(i+1)*l.cols]...)
		n++
	}
	v := listOf(n, l.cols, out)
	if byCol && v.kind == KindList {
		return turn(v)
	}
	return v
}

// fnFilter computes what it gives for nothing only when there is nothing.
func fnFilter(r *runner, fs []eval) Value {
	v := r.as(true, fs[0])
	if v.kind == KindError {
		return v
	}
	inc := r.as(true, fs[1])
	if inc.kind == KindError {
		return inc
	}
	l, c := v.list(), inc.list()
	if !r.small(l) {
		return Error(ErrValue)
	}
	byRow := c.cols == 1 && c.rows == l.rows
	if !byRow && !(c.rows == 1 && c.cols == l.cols) {
		return Error(ErrValue)
	}
	if !byRow {
		l = turn(v).list()
	}
	var out []Value
	n := 0
	for i := range l.rows {
		keep, fail := c.cells[i].truth()
		if fail.IsError() {
			return fail
		}
		if keep {
			out = append(out, l.cells[i*l.cols:(i+1)*l.cols]...)
			n++
		}
	}
	if n == 0 && len(fs) > 2 {
		return fs[2](r)
	}
	got := listOf(n, l.cols, out)
	if !byRow && got.kind == KindList {
		return turn(got)
	}
	return got
}

// criterion reads ">=5", "<>x", "vip*" or a value that must be equal.
func criterion(r *runner, c Value) func(Value) bool {
	op, want := "=", c
	if c.kind == KindText {
		for _, o := range []string{"<=", ">=", "<>", "=", "<", ">"} {
			if rest, ok := strings.CutPrefix(c.s, o); ok {
				op, want = o, FieldText(rest)
				break
			}
		}
	}
	equal := func(v Value) bool {
		switch {
		case want.kind == KindBlank && c.kind == KindText: // "=" and "": what is empty
			return v.kind == KindBlank || c.s == "" && v.kind == KindText && v.s == ""
		case want.kind == KindText:
			if n, ok := textNumber(want.s); ok {
				x := loose(given(v))
				return x.kind == KindNumber && cmpFloat(x.n, n) == 0
			}
			return v.kind == KindText && like(r, want.s, v.s)
		case want.kind == KindBlank:
			return v.kind == KindNumber && v.n == 0
		case want.kind == KindNumber:
			x := loose(given(v))
			return x.kind == KindNumber && cmpFloat(x.n, want.n) == 0
		}
		return v.kind == want.kind && compare(v, want) == 0
	}
	switch op {
	case "=":
		return equal
	case "<>":
		return func(v Value) bool { return !equal(v) }
	}
	number, isNumber := textNumber(want.s)
	return func(v Value) bool {
		x, w := v, want
		if isNumber {
			w = Number(number)
			x = loose(v)
		}
		if x.kind != w.kind {
			return false
		}
		d := compare(x, w)
		return op == "<" && d < 0 || op == "<=" && d <= 0 || op == ">" && d > 0 || op == ">=" && d >= 0
	}
}

// given sees a text as a field's, so that "5" counts as 5.
func given(v Value) Value {
	if v.kind == KindText {
		v.given = true
	}
	return v
}

// chosen gives the numbers of SUMIF and AVERAGEIF.
func chosen(r *runner, a []Value) (out []float64, fail Value) {
	l := a[0].list()
	from := l
	if len(a) > 2 {
		from = a[2].list()
	}
	fits := criterion(r, a[1])
	for i, v := range l.cells {
		if i >= len(from.cells) || !fits(v) {
			continue
		}
		c := from.cells[i]
		if c.kind == KindError {
			return nil, c
		}
		if c = loose(c); c.kind == KindNumber {
			out = append(out, c.n)
		}
	}
	return out, Value{}
}
