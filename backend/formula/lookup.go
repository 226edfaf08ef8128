package formula

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/theory/jsonpath"

	"waybill/backend/problem"
)

func lookupFunctions() []Function {
	return []Function{
		{Name: "XLOOKUP", Use: "XLOOKUP(value, look_in, return_from, [if_not_found], [match_mode], [search_mode])", Help: "Looks a value up and gives what stands beside it: XLOOKUP([Sku],Products[Code],Products[Name],\"unknown\").", min: 3, max: 6, build: lazy(fnXlookup)},
		{Name: "XMATCH", Use: "XMATCH(value, look_in, [match_mode], [search_mode])", Help: "The place of a value in a list.", min: 2, max: 4, build: wideRest(func(r *runner, v Value, a []Value) Value {
			o, fail := opts(a, 1, 0, 1)
			if fail.IsError() {
				return fail
			}
			return place(find(r, v, a[0].list(), o[0], o[1]))
		})},
		{Name: "MATCH", Use: "MATCH(value, look_in, [match_type])", Help: "The place of a value in a list; match_type 0: exactly that value, with ? and * for any characters.", min: 2, max: 3, build: wideRest(fnMatch)},
		{Name: "VLOOKUP", Use: "VLOOKUP(value, table, column, [nearest])", Help: "Looks a value up in the first column of a table: VLOOKUP([Sku],Products[#Data],2,FALSE).", min: 3, max: 4, build: wideRest(fnVlookup)},
		{Name: "HLOOKUP", Use: "HLOOKUP(value, table, row, [nearest])", Help: "Looks a value up in the first row of a table.", min: 3, max: 4, build: wideRest(func(r *runner, v Value, a []Value) Value {
			b := append([]Value{turn(a[0])}, a[1:]...)
			return fnVlookup(r, v, b)
		})},
		{Name: "LOOKUP", Use: "LOOKUP(value, look_in, [return_from])", Help: "Looks a value up in a list that is in order; the next smaller one counts.", min: 2, max: 3, build: wideRest(func(r *runner, v Value, a []Value) Value {
			l := a[0].list()
			from := l
			if len(a) > 1 {
				from = a[1].list()
			}
			if i := find(r, v, l, -1, 1); i >= 0 && i < len(from.cells) {
				return from.cells[i]
			}
			return Error(ErrNA)
		})},
		{Name: "JSONPATH", Use: "JSONPATH(json, path)", Help: "What stands at a path of a JSON text: JSONPATH([raw],\"$.custom.items[0].id\"); several values are a list.", min: 2, max: 2, build: buildJSONPath},
	}
}

// wideRest makes a function whose first argument is a single value, and the others lists.
func wideRest(fn func(r *runner, v Value, a []Value) Value) func(*call) (eval, error) {
	return lazy(func(r *runner, fs []eval) Value {
		v := fs[0](r)
		if v.kind == KindError {
			return v
		}
		a := make([]Value, 0, 4)
		for _, f := range fs[1:] {
			x := r.as(true, f)
			if x.kind == KindError {
				return x
			}
			a = append(a, x)
		}
		return r.each(v, func(v Value) Value { return fn(r, v, a) })
	})
}

func place(i int) Value {
	if i < 0 {
		return Error(ErrNA)
	}
	return Number(float64(i + 1))
}

// Ways in which a value is looked for, as XLOOKUP's match_mode numbers them.
const (
	findSmaller = -1
	findExact   = 0
	findLarger  = 1
	findLike    = 2
	findPattern = 3
)

// find gives the place of a value in a list; -1: it is not there. search below 0 begins at the end.
func find(r *runner, v Value, l *array, mode, search int) int {
	if mode == findExact && search > 0 && l.index != nil && v.kind == KindText {
		if i, ok := l.index()[strings.ToLower(v.s)]; ok {
			return i
		}
		return -1
	}
	if !r.step(len(l.cells) / 32) {
		return -1
	}
	var fits func(c Value) bool
	switch mode {
	case findLike:
		if v.kind == KindText && hasWild(v.s) {
			fits = func(c Value) bool { return c.kind == KindText && like(r, v.s, c.s) }
		}
	case findPattern:
		re := pattern(v)
		if re == nil {
			return -1
		}
		fits = func(c Value) bool { return c.kind == KindText && re.MatchString(c.s) }
	}
	if fits == nil {
		fits = func(c Value) bool { return c.kind != KindError && sameKind(v, c) && compare(v, c) == 0 }
	}
	best := -1
	for n := range l.cells {
		i := n
		if search < 0 {
			i = len(l.cells) - 1 - n
		}
		c := l.cells[i]
		if fits(c) {
			return i
		}
		if mode != findSmaller && mode != findLarger || c.kind == KindError || !sameKind(v, c) {
			continue
		}
		d := compare(c, v) * mode
		if d > 0 && (best < 0 || compare(c, l.cells[best])*mode < 0) {
			best = i
		}
	}
	return best
}

// sameKind tells whether two values can be compared in a look-up: a number is never a text,
// unless that text is a field's.
func sameKind(a, b Value) bool {
	if a.kind == KindBlank {
		a = Number(0)
	}
	if a.kind == KindNumber && b.kind == KindText {
		b = loose(b)
	} else if a.kind == KindText && b.kind == KindNumber {
		a = loose(a)
	}
	return a.kind == b.kind
}

func pattern(v Value) *regexp.Regexp {
	re, _, err := readPattern(v.text(), false)
	if err != nil {
		return nil // what cannot be read fits nothing
	}
	return re
}

func fnXlookup(r *runner, fs []eval) Value {
	v := fs[0](r)
	if v.kind == KindError {
		return v
	}
	in := r.as(true, fs[1])
	if in.kind == KindError {
		return in
	}
	from := r.as(true, fs[2])
	if from.kind == KindError {
		return from
	}
	var rest []Value
	for _, f := range fs[min(len(fs), 4):] {
		x := f(r)
		if x.kind == KindError {
			return x
		}
		rest = append(rest, x)
	}
	o, fail := opts(rest, 0, 0, 1)
	if fail.IsError() {
		return fail
	}
	l, out := in.list(), from.list()
	column := l.cols == 1
	if column && out.rows != l.rows || !column && (l.rows != 1 || out.cols != l.cols) {
		return Error(ErrValue)
	}
	return r.each(v, func(v Value) Value {
		i := find(r, v, l, o[0], o[1])
		switch {
		case i < 0 && len(fs) > 3:
			return fs[3](r)
		case i < 0:
			return Error(ErrNA)
		case column:
			return slice(out, i+1, 0)
		}
		return slice(out, 0, i+1)
	})
}

func fnMatch(r *runner, v Value, a []Value) Value {
	kind := 1
	if len(a) > 1 {
		n, fail := a[1].number()
		if fail.IsError() {
			return fail
		}
		kind = 0
		if n > 0 {
			kind = 1
		} else if n < 0 {
			kind = -1
		}
	}
	l := a[0].list()
	switch kind {
	case 0:
		if v.kind == KindText && hasWild(v.s) {
			return place(find(r, v, l, findLike, 1))
		}
		return place(find(r, v, l, findExact, 1))
	case 1: // the list goes up: the last that is not larger
		best := -1
		for i, c := range l.cells {
			if c.kind != KindError && sameKind(v, c) {
				if compare(c, v) > 0 {
					break
				}
				best = i
			}
		}
		return place(best)
	}
	best := -1
	for i, c := range l.cells { // the list goes down: the last that is not smaller
		if c.kind != KindError && sameKind(v, c) {
			if compare(c, v) < 0 {
				break
			}
			best = i
		}
	}
	return place(best)
}

func fnVlookup(r *runner, v Value, a []Value) Value {
	l := a[0].list()
	col, fail := whole(a[1])
	if fail.IsError() {
		return fail
	}
	near := true
	if len(a) > 2 {
		if near, fail = a[2].truth(); fail.IsError() {
			return fail
		}
	}
	if col < 1 {
		return Error(ErrValue)
	}
	if col > l.cols {
		return Error(ErrRef)
	}
	first := &array{rows: l.rows, cols: 1, cells: make([]Value, l.rows)}
	if !r.step(l.rows / 16) {
		return Error(ErrValue)
	}
	for i := range l.rows {
		first.cells[i] = l.cells[i*l.cols]
	}
	kind := Number(0)
	if near {
		kind = Number(1)
	}
	at := fnMatch(r, v, []Value{{kind: KindList, arr: first}, kind})
	if at.kind == KindError {
		return at
	}
	return l.cells[(int(at.n)-1)*l.cols+col-1]
}

// buildJSONPath reads the path once when it stands in the formula.
func buildJSONPath(c *call) (eval, error) {
	var ready *jsonpath.Path
	if constant(c.args, 1) {
		var err error
		if ready, err = jsonpath.Parse(constText(c.args, 1)); err != nil {
			return nil, problem.Wrap(err, CodePath, "The JSON path at column "+itoa(c.col)+" cannot be read.",
				"Nothing could be found with it.", `Begin with $ and write names and places: "$.custom.items[0].id".`).At(problem.Place{Column: c.col})
		}
	}
	return eager(func(r *runner, a []Value) Value {
		path := ready
		if path == nil {
			p, err := jsonpath.Parse(a[1].text())
			if err != nil || !r.step(200) {
				return Error(ErrValue)
			}
			path = p
		}
		if a[0].kind == KindBlank {
			return Error(ErrNA)
		}
		s := a[0].text()
		if !r.step(len(s)/64) || strings.Contains(path.String(), "..") && !r.step(len(s)/4) {
			return Error(ErrValue)
		}
		dec := json.NewDecoder(strings.NewReader(s))
		dec.UseNumber()
		var doc any
		if err := dec.Decode(&doc); err != nil {
			return Error(ErrValue)
		}
		found := selected(path, doc)
		if len(found) > most {
			r.step(maxSteps)
			return Error(ErrValue)
		}
		cells := make([]Value, len(found))
		for i, x := range found {
			cells[i] = fromJSON(x)
			if !r.made(len(cells[i].s)) {
				return Error(ErrValue)
			}
		}
		if len(cells) == 0 {
			return Error(ErrNA)
		}
		return listOf(len(cells), 1, cells)
	})(c)
}

// selected gives what a path finds, in the same order each time: what stands beside each other
// under names comes by name, because JSON knows no order of names.
func selected(path *jsonpath.Path, doc any) []any {
	if !strings.ContainsAny(path.String(), "*?") && !strings.Contains(path.String(), "..") {
		return path.Select(doc)
	}
	nodes := path.SelectLocated(doc)
	nodes.Sort()
	out := make([]any, len(nodes))
	for i, n := range nodes {
		out[i] = n.Node
	}
	return out
}

// fromJSON reads a value of JSON: a number with more digits than Excel keeps is a text.
func fromJSON(x any) Value {
	switch x := x.(type) {
	case nil:
		return Blank()
	case string:
		return Text(x)
	case bool:
		return Logical(x)
	case json.Number:
		return FieldNumber(x.String())
	}
	b, err := json.Marshal(x)
	if err != nil {
		return Error(ErrValue)
	}
	return Text(string(b))
}
