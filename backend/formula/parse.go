package formula

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"waybill/backend/problem"
)

type node interface{ level() int }

type (
	literal  struct{ v Value }
	fieldRef struct {
		name string
		slot int
	}
	// varRef is a name that LET gives; its value has the number slot.
	varRef struct {
		name string
		slot int
	}
	tableRef  struct{ TableColumn }
	arrayNode struct {
		rows, cols int
		cells      []literal
	}
	negate struct {
		op byte
		x  node
	}
	percent struct{ x node }
	binary  struct {
		op   string
		l, r node
	}
	call struct {
		fn   *Function
		args []node
		// col and end count characters from 1; end is the one behind the call.
		col, end int
	}
)

// Levels of binding, loosest first. As in Excel a minus sign binds tighter than ^.
const (
	levelCompare = iota + 1
	levelJoin
	levelAdd
	levelMul
	levelPow
	levelPercent
	levelSign
	levelAtom
)

func (literal) level() int    { return levelAtom }
func (fieldRef) level() int   { return levelAtom }
func (varRef) level() int     { return levelAtom }
func (tableRef) level() int   { return levelAtom }
func (*arrayNode) level() int { return levelAtom }
func (negate) level() int     { return levelSign }
func (percent) level() int    { return levelPercent }
func (b binary) level() int   { return opLevel(b.op) }
func (*call) level() int      { return levelAtom }

func (a *arrayNode) value() Value {
	cells := make([]Value, len(a.cells))
	for i, c := range a.cells {
		cells[i] = c.v
	}
	return listOf(a.rows, a.cols, cells)
}

func opLevel(op string) int {
	switch op {
	case "=", "<>", "<", "<=", ">", ">=":
		return levelCompare
	case "&":
		return levelJoin
	case "+", "-":
		return levelAdd
	case "*", "/":
		return levelMul
	case "^":
		return levelPow
	}
	return 0
}

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokText
	tokNumber
	tokField
	tokName
	tokOp
)

type token struct {
	kind tokenKind
	s    string
	n    float64
	// col and end count characters from 1; end is the one behind the token.
	col, end int
	semi     bool // a semicolon, read as a comma
}

func (t token) words() string {
	switch t.kind {
	case tokEnd:
		return "the end of the formula"
	case tokText:
		return "a text"
	case tokNumber:
		return "a number"
	case tokField:
		return "the field " + FieldRef(clip(t.s))
	default:
		return "“" + clip(t.s) + "”"
	}
}

func clip(s string) string {
	if utf8.RuneCountInString(s) > 40 {
		return string([]rune(s)[:40]) + "…"
	}
	return s
}

type parser struct {
	toks   []token
	at     int
	depth  int
	fields []string
	tables []TableColumn
	// vars are the names of LET that are known here; most of them at once.
	vars []string
	most int
}

func newParser(text string) (*parser, error) {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	if utf8.RuneCountInString(text) > maxSource {
		return nil, problem.New(CodeTooLong, "The formula is longer than "+itoa(maxSource)+" characters.",
			"Excel allows no longer ones either.", "Shorten it, for instance with a value list.").
			At(problem.Place{Column: maxSource + 1})
	}
	toks, err := lex([]rune(text))
	if err != nil {
		return nil, err
	}
	return &parser{toks: toks}, nil
}

func lex(r []rune) ([]token, error) {
	var out []token
	for i := begin(r); i < len(r); {
		t, next, err := scan(r, i)
		if err != nil {
			return nil, err
		}
		if i = next; t.kind != tokEnd {
			out = append(out, t)
		}
	}
	return append(out, token{kind: tokEnd, col: len(r) + 1, end: len(r) + 1}), nil
}

// begin skips blanks and the "=" that may lead a formula.
func begin(r []rune) int {
	i := 0
	for i < len(r) && unicode.IsSpace(r[i]) {
		i++
	}
	if i < len(r) && r[i] == '=' {
		i++
	}
	return i
}

// scan reads one token at i; a blank gives one of kind tokEnd.
func scan(r []rune, i int) (t token, next int, err error) {
	c, col := r[i], i+1
	made := func(kind tokenKind, s string, next int) (token, int, error) {
		return token{kind: kind, s: s, col: col, end: next + 1}, next, nil
	}
	switch {
	case unicode.IsSpace(c):
		return token{}, i + 1, nil
	case c == '"':
		s, next, ok := quoted(r, i)
		if !ok {
			return t, 0, syntax(col, "The text that begins at column "+itoa(col)+" has no end.",
				`Put a straight quotation mark " after the text; write "" for a quotation mark inside it.`,
				Fix{`Add " at the end`, len(r) + 1, len(r) + 1, `"`}).until(len(r) + 1)
		}
		return made(tokText, s, next)
	case c == '[':
		s, next, ok := bracketed(r, i)
		if !ok {
			m := syntax(col, "The field that begins at column "+itoa(col)+" has no closing bracket.", "Put ] after the field's name.").until(len(r) + 1)
			if end := nameEnd(r, i); end > i+1 {
				m.fixes = []Fix{{"Add ]", end + 1, end + 1, "]"}}
			}
			return t, 0, m
		}
		if strings.TrimSpace(s) == "" {
			return t, 0, syntax(col, "The brackets at column "+itoa(col)+" are empty.",
				"Put the name of a source field between them, for instance [Subject].").until(next + 1)
		}
		return made(tokField, s, next)
	case c >= '0' && c <= '9' || c == '.' && i+1 < len(r) && r[i+1] >= '0' && r[i+1] <= '9':
		return number(r, i)
	case unicode.IsLetter(c) || c == '_':
		j := i
		for j < len(r) && (unicode.IsLetter(r[j]) || unicode.IsDigit(r[j]) || r[j] == '_' || r[j] == '.') {
			j++
		}
		return made(tokName, string(r[i:j]), j)
	case c == '<' || c == '>':
		s := string(c)
		if i+1 < len(r) && (r[i+1] == '=' || c == '<' && r[i+1] == '>') {
			s += string(r[i+1])
		}
		return made(tokOp, s, i+len(s))
	case strings.ContainsRune("&+-*/^=%(),{}", c):
		return made(tokOp, string(c), i+1)
	case c == ';': // what Excel writes where the comma is the decimal sign
		return token{kind: tokOp, s: ",", col: col, end: col + 1, semi: true}, i + 1, nil
	}
	return t, 0, strange(r, i)
}

// nameEnd guesses where the name of a field without a closing bracket ends.
func nameEnd(r []rune, i int) int {
	for i++; i < len(r) && !strings.ContainsRune(",;&=<>()+*/\"", r[i]); i++ {
	}
	for i > 0 && r[i-1] == ' ' {
		i--
	}
	return i
}

// strange says what is wrong with a sign that no formula has.
func strange(r []rune, i int) error {
	c, col := r[i], i+1
	switch {
	case strings.ContainsRune("“”„‟«»'‘’", c):
		m := syntax(col, "The quotation mark at column "+itoa(col)+" is not a straight one.",
			`Texts stand between straight double quotation marks: "Gold".`)
		for j := i + 1; j < len(r); j++ {
			if strings.ContainsRune("“”„‟«»'‘’", r[j]) {
				m.fixes = []Fix{{`Use " instead`, col, j + 2, Quote(string(r[i+1 : j]))}}
				return m.until(j + 2)
			}
		}
		return m
	case c == '!' && i+1 < len(r) && r[i+1] == '=':
		return syntax(col, "“!=” at column "+itoa(col)+" has no meaning in a formula.", "Use <> for “not equal”.",
			Fix{"Use <> instead", col, col + 2, "<>"}).until(col + 2)
	case c == '!' || c == '|' || c == '~':
		return syntax(col, "“"+string(c)+"” at column "+itoa(col)+" has no meaning in a formula.",
			`Use NOT(...) and <> for “not”, AND(...) and OR(...) to combine conditions.`)
	}
	return syntax(col, "The sign “"+string(c)+"” at column "+itoa(col)+" has no meaning in a formula.",
		`Put texts between quotation marks "..." and fields between brackets [...].`)
}

func quoted(r []rune, i int) (string, int, bool) {
	var b strings.Builder
	for j := i + 1; j < len(r); j++ {
		if r[j] == '"' {
			if j+1 < len(r) && r[j+1] == '"' {
				j++
			} else {
				return b.String(), j + 1, true
			}
		}
		b.WriteRune(r[j])
	}
	return "", 0, false
}

func bracketed(r []rune, i int) (string, int, bool) {
	var b strings.Builder
	for j := i + 1; j < len(r); j++ {
		if r[j] == ']' {
			if j+1 < len(r) && r[j+1] == ']' {
				j++
			} else {
				return b.String(), j + 1, true
			}
		}
		b.WriteRune(r[j])
	}
	return "", 0, false
}

func number(r []rune, i int) (token, int, error) {
	digit := func(j int) bool { return j < len(r) && r[j] >= '0' && r[j] <= '9' }
	j := i
	for digit(j) {
		j++
	}
	if j < len(r) && r[j] == '.' {
		j++
		for digit(j) {
			j++
		}
	}
	if j < len(r) && (r[j] == 'e' || r[j] == 'E') {
		k := j + 1
		if k < len(r) && (r[k] == '+' || r[k] == '-') {
			k++
		}
		if digit(k) {
			for j = k; digit(j); {
				j++
			}
		}
	}
	f, err := strconv.ParseFloat(string(r[i:j]), 64)
	if err != nil || math.IsInf(f, 0) {
		return token{}, 0, syntax(i+1, "The number at column "+itoa(i+1)+" is too large.",
			`Put long identifiers between quotation marks, as a text.`,
			Fix{"Make it a text", i + 1, j + 1, Quote(string(r[i:j]))}).until(j + 1)
	}
	return token{kind: tokNumber, n: f, s: string(r[i:j]), col: i + 1, end: j + 1}, j, nil
}

func (p *parser) peek() token { return p.toks[p.at] }

func (p *parser) next() token {
	t := p.toks[p.at]
	if t.kind != tokEnd {
		p.at++
	}
	return t
}

func (p *parser) formula() (node, error) {
	if p.peek().kind == tokEnd {
		return nil, problem.New(CodeEmpty, "There is no formula.", "The rule says Formula, so there must be one.",
			`Write one, for instance TRIM([First name]&" "&[Last name]), or choose another rule.`).
			At(problem.Place{Column: 1})
	}
	n, err := p.expr(levelCompare)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokEnd {
		return nil, p.surplus(t)
	}
	return n, nil
}

func (p *parser) surplus(t token) error {
	col := itoa(t.col)
	switch {
	case t.kind == tokOp && t.s == ")":
		return syntax(t.col, "The bracket ) at column "+col+" closes nothing.", "Remove it, or add the ( that is missing before it.",
			Fix{"Remove )", t.col, t.end, ""})
	case t.kind == tokOp && t.s == ",":
		return syntax(t.col, "The comma at column "+col+" is outside of a function.", "Remove it, or put the values into a function such as CONCAT(...).")
	}
	return syntax(t.col, "At column "+col+" the formula should end or go on with an operator, but there is "+t.words()+".",
		"Put & between two texts to join them, or a comma between the values of a function.",
		Fix{"Put & between them", t.col, t.col, "& "}).until(t.end)
}

// expr reads operators that bind at least as tight as level.
func (p *parser) expr(level int) (node, error) {
	if level == levelPercent {
		x, err := p.sign()
		if err != nil {
			return nil, err
		}
		for p.peek().kind == tokOp && p.peek().s == "%" {
			p.next()
			x = percent{x}
		}
		return x, nil
	}
	l, err := p.expr(level + 1)
	if err != nil {
		return nil, err
	}
	for {
		t := p.peek()
		if t.kind != tokOp || opLevel(t.s) != level {
			return l, nil
		}
		p.next()
		r, err := p.expr(level + 1)
		if err != nil {
			return nil, err
		}
		l = binary{op: t.s, l: l, r: r}
	}
}

func (p *parser) enter(col int) error {
	p.depth++
	if p.depth > maxDepth {
		return syntax(col, "The formula is nested more than "+itoa(maxDepth)+" deep at column "+itoa(col)+".",
			"Use IFS or SWITCH instead of many IFs, or a value list.")
	}
	return nil
}

func (p *parser) sign() (node, error) {
	t := p.peek()
	if t.kind == tokOp && (t.s == "-" || t.s == "+") {
		p.next()
		if err := p.enter(t.col); err != nil {
			return nil, err
		}
		x, err := p.sign()
		p.depth--
		if err != nil {
			return nil, err
		}
		return negate{op: t.s[0], x: x}, nil
	}
	return p.atom()
}

func (p *parser) atom() (node, error) {
	t := p.next()
	switch t.kind {
	case tokText:
		return literal{Text(t.s)}, nil
	case tokNumber:
		return literal{Number(t.n)}, nil
	case tokField:
		return fieldRef{t.s, p.field(t.s)}, nil
	case tokName:
		return p.named(t)
	case tokOp:
		if t.s == "(" {
			if err := p.enter(t.col); err != nil {
				return nil, err
			}
			x, err := p.expr(levelCompare)
			if err != nil {
				return nil, err
			}
			p.depth--
			if c := p.next(); c.kind != tokOp || c.s != ")" {
				return nil, syntax(c.col, "At column "+itoa(c.col)+" a closing bracket ) was expected, but there is "+c.words()+".",
					"Close the bracket that opens at column "+itoa(t.col)+".", Fix{"Add )", c.col, c.col, ")"})
			}
			return x, nil
		}
		if t.s == "{" {
			return p.list(t)
		}
	}
	m := syntax(t.col, "At column "+itoa(t.col)+" a value was expected, but there is "+t.words()+".",
		`Put a field [Name], a text "...", a number or a function there.`).until(t.end)
	if before := p.before(t); t.s == "=" && before.s == "=" { // as programs write it
		m.fixes = []Fix{{"Use = instead", before.col, t.end, "="}}
	}
	return nil, m
}

// before gives the token before one that was just read.
func (p *parser) before(t token) token {
	for i := len(p.toks) - 1; i > 0; i-- {
		if p.toks[i].col == t.col {
			return p.toks[i-1]
		}
	}
	return token{}
}

// field numbers the fields in the order of their first use.
func (p *parser) field(name string) int {
	for i, f := range p.fields {
		if f == name {
			return i
		}
	}
	p.fields = append(p.fields, name)
	return len(p.fields) - 1
}

// list reads a list of constants: {"a","b";1,2}. A semicolon begins a row.
func (p *parser) list(open token) (node, error) {
	out := &arrayNode{rows: 1}
	width := 0
	for {
		t := p.next()
		neg := t.kind == tokOp && t.s == "-"
		if neg {
			t = p.next()
		}
		var v Value
		switch {
		case t.kind == tokNumber && neg:
			v = Number(-t.n)
		case t.kind == tokNumber:
			v = Number(t.n)
		case t.kind == tokText && !neg:
			v = Text(t.s)
		case t.kind == tokName && !neg && strings.EqualFold(t.s, "true"), t.kind == tokName && !neg && strings.EqualFold(t.s, "false"):
			v = Logical(strings.EqualFold(t.s, "true"))
		default:
			return nil, syntax(t.col, "At column "+itoa(t.col)+" a text or a number was expected, but there is "+t.words()+".",
				"Between { and } stand only texts and numbers: {\"P1\",\"P2\"}. To combine conditions use AND(...) and OR(...).").until(t.end)
		}
		out.cells = append(out.cells, literal{v})
		width++
		end := p.next()
		switch {
		case end.kind == tokOp && end.s == "," && !end.semi:
			continue
		case end.kind == tokOp && (end.s == "," || end.s == "}"):
			if out.cols == 0 {
				out.cols = width
			}
			if width != out.cols {
				return nil, syntax(end.col, "The rows of the list at column "+itoa(open.col)+" are not of the same length.",
					"Give each row as many values as the first one.")
			}
			if end.s == "}" {
				return out, nil
			}
			out.rows, width = out.rows+1, 0
		default:
			return nil, syntax(end.col, "At column "+itoa(end.col)+" a comma or } was expected, but there is "+end.words()+".",
				"Close the list that opens at column "+itoa(open.col)+".", Fix{"Add }", end.col, end.col, "}"})
		}
	}
}

func (p *parser) named(t token) (node, error) {
	name := strings.ToUpper(t.s)
	open := p.peek().kind == tokOp && p.peek().s == "("
	if !open {
		switch name {
		case "TRUE":
			return literal{Logical(true)}, nil
		case "FALSE":
			return literal{Logical(false)}, nil
		}
		if f := p.peek(); f.kind == tokField && f.col == t.end {
			p.next()
			return p.table(t, f), nil
		}
		for i := len(p.vars) - 1; i >= 0; i-- {
			if strings.EqualFold(p.vars[i], t.s) {
				return varRef{p.vars[i], i}, nil
			}
		}
		if _, ok := functions[name]; ok {
			return nil, syntax(p.peek().col, "After "+name+" a bracket ( was expected.", "Write "+functions[name].Use+".",
				Fix{"Add ( )", t.end, t.end, "()"})
		}
		return nil, syntax(t.col, "“"+clip(t.s)+"” at column "+itoa(t.col)+" is neither a field nor a text.",
			"If it is a source field write ["+clip(t.s)+"], if it is a text write \""+clip(t.s)+"\".",
			Fix{"Field [" + clip(t.s) + "]", t.col, t.end, FieldRef(t.s)}, Fix{"Text \"" + clip(t.s) + "\"", t.col, t.end, Quote(t.s)}).until(t.end)
	}
	p.next()
	fn, ok := functions[name]
	if !ok {
		return nil, unknownFunction(t)
	}
	if err := p.enter(t.col); err != nil {
		return nil, err
	}
	var args []node
	var err error
	if name == "LET" {
		args, err = p.let(t)
	} else {
		args, err = p.arguments(t, name)
	}
	p.depth--
	if err != nil {
		return nil, err
	}
	if len(args) < fn.min || fn.max >= 0 && len(args) > fn.max {
		want := "at least " + plural(fn.min)
		switch {
		case fn.min == fn.max:
			want = plural(fn.min)
		case len(args) > fn.max && fn.max >= 0:
			want = "at most " + plural(fn.max)
		}
		return nil, arguments(t.col, fn.Use, "needs "+want, len(args))
	}
	return &call{fn: fn, args: args, col: t.col, end: p.toks[p.at-1].end}, nil
}

func plural(n int) string {
	if n == 1 {
		return "1 value"
	}
	return itoa(n) + " values"
}

func arguments(col int, use, want string, got int) error {
	name, _, _ := strings.Cut(use, "(")
	p := problem.New(CodeArgs, name+" at column "+itoa(col)+" "+want+", but has "+itoa(got)+".",
		"The formula cannot be used until it is complete.", "Write "+use+".").At(problem.Place{Column: col})
	return &mistake{p: p, from: col, to: col + utf8.RuneCountInString(name)}
}

func (p *parser) arguments(t token, name string) ([]node, error) {
	var args []node
	if c := p.peek(); c.kind == tokOp && c.s == ")" {
		p.next()
		return nil, nil
	}
	for {
		// An empty place counts as blank, as in Excel: IF([A]="x",,1).
		if c := p.peek(); c.kind == tokOp && (c.s == "," || c.s == ")") {
			args = append(args, literal{Blank()})
		} else {
			x, err := p.expr(levelCompare)
			if err != nil {
				return nil, err
			}
			args = append(args, x)
		}
		switch c := p.next(); {
		case c.kind == tokOp && c.s == ",":
		case c.kind == tokOp && c.s == ")":
			return args, nil
		default:
			m := syntax(c.col, "At column "+itoa(c.col)+" a comma or a closing bracket ) was expected, but there is "+c.words()+".",
				"Check the values of "+strings.ToUpper(name)+", which begins at column "+itoa(t.col)+".").until(c.end)
			if c.kind == tokEnd {
				m.fixes = []Fix{{"Add )", c.col, c.col, ")"}}
			}
			return nil, m
		}
	}
}
