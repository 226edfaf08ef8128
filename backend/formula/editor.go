package formula

import (
	"slices"
	"sort"
	"strings"
	"unicode"
)

// Piece is a part of a formula's text, for colours. From and To count characters from 1; To
// is the one behind the last. What lies between pieces is blank.
type Piece struct {
	Kind     string
	From, To int
}

// Kinds of pieces, as strings that a style sheet may name.
const (
	PieceText     = "text"
	PieceNumber   = "number"
	PieceField    = "field"
	PieceFunction = "function"
	PieceName     = "name" // of a table, or given by LET
	PieceConstant = "constant"
	PieceOperator = "operator"
	PieceBracket  = "bracket"
	PieceWrong    = "wrong"
)

// Pieces cuts a formula into parts for colours, however wrong it is.
func Pieces(text string) []Piece {
	r := []rune(text)
	if len(r) > maxSource {
		r = r[:maxSource]
	}
	toks := tolerant(r)
	out := make([]Piece, 0, len(toks)+1)
	if i := begin(r); i > 0 && r[i-1] == '=' {
		out = append(out, Piece{PieceOperator, i, i + 1})
	}
	for i, t := range toks {
		kind := PieceWrong
		switch t.kind {
		case tokText:
			kind = PieceText
		case tokNumber:
			kind = PieceNumber
		case tokField:
			kind = PieceField
		case tokOp:
			kind = PieceOperator
			if strings.Contains("(){},", t.s) {
				kind = PieceBracket
			}
		case tokName:
			kind = nameKind(t, i+1 < len(toks) && toks[i+1].kind == tokOp && toks[i+1].s == "(")
		}
		out = append(out, Piece{kind, t.col, t.end})
	}
	return out
}

func nameKind(t token, called bool) string {
	name := strings.ToUpper(t.s)
	switch {
	case called && functions[name] != nil:
		return PieceFunction
	case called:
		return PieceWrong
	case name == "TRUE" || name == "FALSE":
		return PieceConstant
	}
	return PieceName
}

// tolerant reads tokens as lex does; what no token is becomes one of kind tokEnd.
func tolerant(r []rune) []token {
	var out []token
	for i := begin(r); i < len(r); {
		t, next, err := scan(r, i)
		switch {
		case err != nil && (r[i] == '"' || r[i] == '['): // without an end: all that follows
			kind := tokText
			if r[i] == '[' {
				kind = tokField
			}
			return append(out, token{kind: kind, s: string(r[i+1:]), col: i + 1, end: len(r) + 1})
		case err != nil:
			out, i = append(out, token{kind: tokEnd, col: i + 1, end: i + 2}), i+1
		default:
			if i = next; t.kind != tokEnd {
				out = append(out, t)
			}
		}
	}
	return out
}

// tokenAt finds the token that stands at a column.
func tokenAt(r []rune, col int) (token, bool) {
	for _, t := range tolerant(r) {
		if t.col <= col && col < t.end {
			return t, true
		}
	}
	return token{}, false
}

// Proposal is what could stand at the cursor.
type Proposal struct {
	// Kind: function, field, table, column or name.
	Kind string
	// Label as people see it; Insert as it is written, with the cursor Back characters before its end.
	Label, Insert string
	Back          int
	// Use and Help of a function.
	Use, Help string
}

// Within is the function in whose brackets the cursor stands.
type Within struct {
	Function Function
	// Argument is the number of the argument at the cursor, from 0.
	Argument int
}

// Completion is what an editor shows at the cursor.
type Completion struct {
	// From and To are the characters that a proposal replaces.
	From, To  int
	Proposals []Proposal
	Within    *Within
}

// mostProposals of a list.
const mostProposals = 50

// Complete proposes what could stand at the cursor, which is before the character number
// cursor, counted from 1.
func Complete(text string, cursor int, names Names) Completion {
	r := []rune(text)
	cursor = max(1, min(cursor, len(r)+1))
	toks := tolerant(r[:min(len(r), maxSource)])
	out := Completion{From: cursor, To: cursor, Within: within(toks, cursor)}
	for i, t := range toks {
		if t.col >= cursor || t.end < cursor {
			continue
		}
		inside := t.end > cursor || !closed(r, t)
		switch {
		case t.kind == tokText && inside:
			return out // nothing is proposed inside a text
		case t.kind == tokField && inside:
			typed := string(r[t.col : cursor-1])
			out.From, out.To = t.col, cursor
			if closed(r, t) {
				out.To = t.end
			} else if i == len(toks)-1 {
				out.To = max(cursor, fieldEnd(r, cursor))
			}
			if i > 0 && toks[i-1].kind == tokName && toks[i-1].end == t.col {
				out.Proposals = columns(typed, toks[i-1].s, names)
			} else {
				out.Proposals = fields(typed, names)
			}
			return out
		case t.kind == tokName:
			typed := string(r[t.col-1 : cursor-1])
			out.From, out.To = t.col, t.end
			called := t.end-1 < len(r) && r[t.end-1] == '('
			out.Proposals = words(typed, called, toks[:i], names)
			return out
		}
	}
	if cursor == 1 || len(toks) == 0 || wantsValue(toks, cursor) {
		out.Proposals = fields("", names)
	}
	return out
}

// closed tells whether a text or field has its end.
func closed(r []rune, t token) bool {
	last := t.end - 2
	switch t.kind {
	case tokText:
		return last > t.col-1 && r[last] == '"' && strings.Count(string(r[t.col-1:t.end-1]), `"`)%2 == 0
	case tokField:
		_, next, ok := bracketed(r, t.col-1)
		return ok && next+1 == t.end
	}
	return true
}

func fieldEnd(r []rune, cursor int) int {
	i := cursor - 1
	for i < len(r) && (unicode.IsLetter(r[i]) || unicode.IsDigit(r[i]) || r[i] == '_') {
		i++
	}
	return i + 1
}

// wantsValue tells whether a value could begin at the cursor.
func wantsValue(toks []token, cursor int) bool {
	last := token{}
	for _, t := range toks {
		if t.end <= cursor {
			last = t
		}
	}
	return last.col == 0 || last.kind == tokOp && last.s != ")" && last.s != "}" && last.s != "%"
}

// within finds the function around the cursor.
func within(toks []token, cursor int) *Within {
	type open struct {
		fn   *Function
		args int
	}
	var stack []open
	for i, t := range toks {
		if t.col >= cursor {
			break
		}
		if t.kind != tokOp {
			continue
		}
		switch t.s {
		case "(":
			o := open{}
			if i > 0 && toks[i-1].kind == tokName {
				o.fn = functions[strings.ToUpper(toks[i-1].s)]
			}
			stack = append(stack, o)
		case "{":
			stack = append(stack, open{})
		case ",":
			if len(stack) > 0 {
				stack[len(stack)-1].args++
			}
		case ")", "}":
			if len(stack) > 0 {
				stack = stack[:len(stack)-1]
			}
		}
	}
	for i := len(stack) - 1; i >= 0; i-- {
		if f := stack[i].fn; f != nil {
			shown := *f
			shown.build = nil
			return &Within{Function: shown, Argument: stack[i].args}
		}
	}
	return nil
}

// rankName says how well a name fits what was typed: 0 begins with it, 1 a word in it begins
// with it, 2 contains it, -1 does not fit.
func rankName(name, typed string) int {
	n, t := strings.ToLower(name), strings.ToLower(strings.TrimSpace(typed))
	switch i := strings.Index(n, t); {
	case t == "" || i == 0:
		return 0
	case i > 0 && strings.ContainsRune(" _-.", rune(n[i-1])):
		return 1
	case i > 0:
		return 2
	}
	return -1
}

// pick sorts names by how well they fit.
func pick(names []string, typed string) []string {
	type ranked struct {
		name string
		rank int
	}
	var found []ranked
	for _, n := range names {
		if k := rankName(n, typed); k >= 0 {
			found = append(found, ranked{n, k})
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].rank < found[j].rank })
	out := make([]string, 0, min(len(found), mostProposals))
	for _, f := range found[:min(len(found), mostProposals)] {
		out = append(out, f.name)
	}
	return out
}

func fields(typed string, names Names) []Proposal {
	return bracketedNames("field", names.Fields, typed)
}

func bracketedNames(kind string, names []string, typed string) []Proposal {
	var out []Proposal
	for _, n := range pick(names, typed) {
		out = append(out, Proposal{Kind: kind, Label: n, Insert: FieldRef(n)})
	}
	return out
}

func columns(typed, table string, names Names) []Proposal {
	for name, cols := range names.Tables {
		if strings.EqualFold(name, table) {
			return bracketedNames("column", append(slices.Clone(cols), wholeTable), typed)
		}
	}
	return nil
}

// words proposes functions, tables, names of LET and, since nobody types brackets first, fields.
func words(typed string, called bool, before []token, names Names) []Proposal {
	var out []Proposal
	var own, tables []string
	for i, t := range before {
		// A name before a comma that follows "LET(" or another comma.
		if t.kind == tokName && i+1 < len(before) && before[i+1].s == "," && i > 0 && (before[i-1].s == "(" || before[i-1].s == ",") && !slices.Contains(own, t.s) {
			own = append(own, t.s)
		}
	}
	for _, n := range pick(own, typed) {
		out = append(out, Proposal{Kind: "name", Label: n, Insert: n})
	}
	all := Functions()
	var fnames []string
	for _, f := range all {
		fnames = append(fnames, f.Name)
	}
	inner := 0
	for _, n := range pick(fnames, typed) {
		f := functions[n]
		if rankName(n, typed) == 2 {
			inner++
		}
		p := Proposal{Kind: "function", Label: n, Insert: n, Use: f.Use, Help: f.Help}
		if !called {
			if p.Insert = n + "()"; f.max != 0 {
				p.Back = 1
			}
		}
		out = append(out, p)
	}
	for name := range names.Tables {
		tables = append(tables, name)
	}
	sort.Strings(tables)
	for _, n := range pick(tables, typed) {
		out = append(out, Proposal{Kind: "table", Label: n, Insert: n + "[]", Back: 1})
	}
	if better, ok := instead[strings.ToUpper(typed)]; ok {
		if name, _, _ := strings.Cut(better, "("); functions[name] != nil {
			f := functions[name]
			p := Proposal{Kind: "function", Label: name, Insert: name, Use: f.Use, Help: f.Help}
			if !called {
				p.Insert, p.Back = name+"()", 1
			}
			out = append([]Proposal{p}, out...)
		}
	}
	if !called {
		fs := fields(typed, names)
		at := len(out) - inner // before functions that only contain it
		if at < 0 || at > len(out) {
			at = len(out)
		}
		out = slices.Insert(out, at, fs...)
	}
	return out[:min(len(out), mostProposals)]
}
