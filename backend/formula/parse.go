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
	fieldRef struct{ name string }
	negate   struct {
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
		col  int
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

func (literal) level() int  { return levelAtom }
func (fieldRef) level() int { return levelAtom }
func (negate) level() int   { return levelSign }
func (percent) level() int  { return levelPercent }
func (b binary) level() int { return opLevel(b.op) }
func (*call) level() int    { return levelAtom }

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
	col  int
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
	i := 0
	for i < len(r) && unicode.IsSpace(r[i]) {
		i++
	}
	if i < len(r) && r[i] == '=' {
		i++
	}
	for i < len(r) {
		c, col := r[i], i+1
		switch {
		case unicode.IsSpace(c) || c == '\u00a0':
			i++
		case c == '"':
			s, next, ok := quoted(r, i)
			if !ok {
				return nil, syntax(col, "The text that begins at column "+itoa(col)+" has no end.",
					`Put a straight quotation mark " after the text; write "" for a quotation mark inside it.`)
			}
			out, i = append(out, token{kind: tokText, s: s, col: col}), next
		case c == '[':
			s, next, ok := bracketed(r, i)
			if !ok {
				return nil, syntax(col, "The field that begins at column "+itoa(col)+" has no closing bracket.",
					"Put ] after the field's name.")
			}
			if strings.TrimSpace(s) == "" {
				return nil, syntax(col, "The brackets at column "+itoa(col)+" are empty.",
					"Put the name of a source field between them, for instance [Subject].")
			}
			out, i = append(out, token{kind: tokField, s: s, col: col}), next
		case c >= '0' && c <= '9' || c == '.' && i+1 < len(r) && r[i+1] >= '0' && r[i+1] <= '9':
			t, next, err := number(r, i)
			if err != nil {
				return nil, err
			}
			out, i = append(out, t), next
		case unicode.IsLetter(c) || c == '_':
			j := i
			for j < len(r) && (unicode.IsLetter(r[j]) || unicode.IsDigit(r[j]) || r[j] == '_' || r[j] == '.') {
				j++
			}
			out, i = append(out, token{kind: tokName, s: string(r[i:j]), col: col}), j
		case c == '<' || c == '>':
			s := string(c)
			if i+1 < len(r) && (r[i+1] == '=' || c == '<' && r[i+1] == '>') {
				s += string(r[i+1])
			}
			out, i = append(out, token{kind: tokOp, s: s, col: col}), i+len(s)
		case strings.ContainsRune("&+-*/^=%(),;", c):
			s := string(c)
			if c == ';' { // what Excel writes where the comma is the decimal sign
				s = ","
			}
			out, i = append(out, token{kind: tokOp, s: s, col: col}), i+1
		case strings.ContainsRune("“”„‟«»'‘’", c):
			return nil, syntax(col, "The quotation mark at column "+itoa(col)+" is not a straight one.",
				`Texts stand between straight double quotation marks: "Gold".`)
		case c == '!' || c == '|' || c == '~' || c == '{' || c == '}':
			return nil, syntax(col, "“"+string(c)+"” at column "+itoa(col)+" has no meaning in a formula.",
				`Use NOT(...) and <> for “not”, AND(...) and OR(...) to combine conditions.`)
		default:
			return nil, syntax(col, "The sign “"+string(c)+"” at column "+itoa(col)+" has no meaning in a formula.",
				`Put texts between quotation marks "..." and fields between brackets [...].`)
		}
	}
	return append(out, token{kind: tokEnd, col: len(r) + 1}), nil
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
			`Put long identifiers between quotation marks, as a text.`)
	}
	return token{kind: tokNumber, n: f, s: string(r[i:j]), col: i + 1}, j, nil
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
		return syntax(t.col, "The bracket ) at column "+col+" closes nothing.", "Remove it, or add the ( that is missing before it.")
	case t.kind == tokOp && t.s == ",":
		return syntax(t.col, "The comma at column "+col+" is outside of a function.", "Remove it, or put the values into a function such as CONCAT(...).")
	}
	return syntax(t.col, "At column "+col+" the formula should end or go on with an operator, but there is "+t.words()+".",
		"Put & between two texts to join them, or a comma between the values of a function.")
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
		p.fields = append(p.fields, t.s)
		return fieldRef{t.s}, nil
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
					"Close the bracket that opens at column "+itoa(t.col)+".")
			}
			return x, nil
		}
	}
	return nil, syntax(t.col, "At column "+itoa(t.col)+" a value was expected, but there is "+t.words()+".",
		`Put a field [Name], a text "...", a number or a function there.`)
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
		if _, ok := functions[name]; ok {
			return nil, syntax(p.peek().col, "After "+name+" a bracket ( was expected.", "Write "+functions[name].Use+".")
		}
		return nil, syntax(t.col, "“"+clip(t.s)+"” at column "+itoa(t.col)+" is neither a field nor a text.",
			"If it is a source field write ["+clip(t.s)+"], if it is a text write \""+clip(t.s)+"\".")
	}
	p.next()
	fn, ok := functions[name]
	if !ok && name != "TRUE" && name != "FALSE" {
		return nil, unknownFunction(t)
	}
	if err := p.enter(t.col); err != nil {
		return nil, err
	}
	args, err := p.arguments(t, name)
	p.depth--
	if err != nil {
		return nil, err
	}
	if fn == nil {
		if len(args) > 0 {
			return nil, arguments(t.col, name+"()", "takes no values", 0)
		}
		return literal{Logical(name == "TRUE")}, nil
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
	return &call{fn: fn, args: args, col: t.col}, nil
}

func plural(n int) string {
	if n == 1 {
		return "1 value"
	}
	return itoa(n) + " values"
}

func arguments(col int, use, want string, got int) error {
	name, _, _ := strings.Cut(use, "(")
	return problem.New(CodeArgs, name+" at column "+itoa(col)+" "+want+", but has "+itoa(got)+".",
		"The formula cannot be used until it is complete.", "Write "+use+".").At(problem.Place{Column: col})
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
			return nil, syntax(c.col, "At column "+itoa(c.col)+" a comma or a closing bracket ) was expected, but there is "+c.words()+".",
				"Check the values of "+strings.ToUpper(name)+", which begins at column "+itoa(t.col)+".")
		}
	}
}
