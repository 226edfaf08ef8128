package formula

import (
	"errors"
	"regexp"
	resyntax "regexp/syntax"
	"strings"

	"waybill/backend/problem"
)

// patternFunctions are Excel's own for regular expressions. They run on RE2, which never
// hangs, whatever the pattern; for that it lacks looking ahead or behind and references to
// what was matched before.
func patternFunctions() []Function {
	return []Function{
		{Name: "REGEXTEST", Use: "REGEXTEST(text, pattern, [case_sensitivity])", Help: "TRUE if a part of the text fits a regular expression; case_sensitivity 1: capital or small does not matter.", min: 2, max: 3, build: matching(2, func(_ *runner, re *regexp.Regexp, a []Value) Value {
			return Logical(re.MatchString(a[0].text()))
		})},
		{Name: "REGEXEXTRACT", Use: "REGEXEXTRACT(text, pattern, [return_mode], [case_sensitivity])", Help: "The part of the text that fits; return_mode 1: all such parts, 2: the groups of the first.", min: 2, max: 4, build: matching(3, fnRegexExtract)},
		{Name: "REGEXREPLACE", Use: "REGEXREPLACE(text, pattern, replacement, [occurrence], [case_sensitivity])", Help: "With what fits replaced; $1 is the first group, occurrence 2 replaces only the second, -1 the last.", min: 3, max: 5, build: matching(4, fnRegexReplace)},
	}
}

// longestPattern of a regular expression, in bytes.
const longestPattern = 2000

// readPattern compiles a regular expression; fold: capital or small does not matter.
func readPattern(pattern string, fold bool) (re *regexp.Regexp, size int, err error) {
	if len(pattern) > longestPattern {
		return nil, 0, errors.New("the pattern is too long")
	}
	flags := resyntax.Perl
	if fold {
		flags |= resyntax.FoldCase
		pattern = "(?i)" + pattern
	}
	tree, err := resyntax.Parse(pattern, flags)
	if err != nil {
		return nil, 0, err
	}
	prog, err := resyntax.Compile(tree.Simplify())
	if err != nil {
		return nil, 0, err
	}
	re, err = regexp.Compile(pattern)
	return re, len(prog.Inst), err
}

// patternProblem says what is wrong with a pattern that stands in the formula.
func patternProblem(err error, col int) error {
	next := "Correct the pattern. Try it with a short text first."
	why := "No record could be compared with it."
	what := "The regular expression at column " + itoa(col) + " cannot be read."
	var bad *resyntax.Error
	if errors.As(err, &bad) {
		what = "The regular expression at column " + itoa(col) + " cannot be read: " + bad.Code.String() + " “" + clip(bad.Expr) + "”."
		if strings.HasPrefix(bad.Expr, "(?") || bad.Code == resyntax.ErrInvalidEscape {
			why = "Looking ahead, looking behind and references to a match (\\1) are not possible here, unlike in Excel, so that no pattern can hang."
			next = "Write it without them, for instance with a group and REGEXEXTRACT(text, pattern, 2)."
		}
	}
	return problem.Wrap(err, CodePattern, what, why, next).At(problem.Place{Column: col})
}

// matching prepares the pattern once when it stands in the formula, as it nearly always does.
// fold is the place of case_sensitivity among the arguments.
func matching(fold int, fn func(r *runner, re *regexp.Regexp, a []Value) Value) func(*call) (eval, error) {
	return func(c *call) (eval, error) {
		var ready *regexp.Regexp
		size := 0
		if constant(c.args, 1) && constant(c.args, fold) {
			sense, fail := literalValue(c.args, fold).number()
			re, n, err := readPattern(constText(c.args, 1), sense == 1)
			if err != nil {
				return nil, patternProblem(err, c.col)
			}
			if !fail.IsError() {
				ready, size = re, n
			}
		}
		return eager(func(r *runner, a []Value) Value {
			re, size := ready, size
			if re == nil {
				sense := 0
				if len(a) > fold {
					o, fail := opts(a, fold, 0)
					if fail.IsError() {
						return fail
					}
					sense = o[0]
				}
				var err error
				if re, size, err = readPattern(a[1].text(), sense == 1); err != nil {
					return Error(ErrValue)
				}
				r.step(size)
			}
			if !r.step(1 + len(a[0].text())/16*(1+size/64)) {
				return Error(ErrValue)
			}
			return fn(r, re, a)
		})(c)
	}
}

func literalValue(args []node, i int) Value {
	if i < len(args) {
		if l, ok := args[i].(literal); ok {
			return l.v
		}
	}
	return Blank()
}

func fnRegexExtract(r *runner, re *regexp.Regexp, a []Value) Value {
	o, fail := opts(a, 2, 0)
	if fail.IsError() {
		return fail
	}
	s := a[0].text()
	var found []string
	switch o[0] {
	case 0:
		m := re.FindStringIndex(s)
		if m == nil {
			return Error(ErrNA)
		}
		return Text(s[m[0]:m[1]])
	case 1:
		found = re.FindAllString(s, most+1)
	case 2:
		if m := re.FindStringSubmatch(s); len(m) > 1 {
			found = m[1:]
		} else {
			found = m
		}
	default:
		return Error(ErrValue)
	}
	if len(found) == 0 {
		return Error(ErrNA)
	}
	if len(found) > most || !r.step(len(found)/16) {
		r.step(maxSteps)
		return Error(ErrValue)
	}
	cells := make([]Value, len(found))
	for i, f := range found {
		cells[i] = Text(f)
	}
	if o[0] == 1 { // one under the other, groups beside each other, as in Excel
		return listOf(len(cells), 1, cells)
	}
	return listOf(1, len(cells), cells)
}

func fnRegexReplace(r *runner, re *regexp.Regexp, a []Value) Value {
	o, fail := opts(a, 3, 0)
	if fail.IsError() {
		return fail
	}
	s, which := a[0].text(), o[0]
	found := re.FindAllStringSubmatchIndex(s, -1)
	if which < 0 {
		if which = len(found) + which + 1; which < 1 {
			return Text(s)
		}
	}
	by := template(a[2].text())
	var b strings.Builder
	at := 0
	for i, m := range found {
		if which != 0 && which != i+1 {
			continue
		}
		if !r.made(m[0] - at) {
			return Error(ErrValue)
		}
		b.WriteString(s[at:m[0]])
		for _, p := range by {
			t := p.text
			if g := p.group; g >= 0 {
				if t = ""; 2*g+1 < len(m) && m[2*g] >= 0 {
					t = s[m[2*g]:m[2*g+1]]
				}
			}
			if !r.made(len(t)) {
				return Error(ErrValue)
			}
			b.WriteString(t)
		}
		if !r.fits(b.Len()) {
			return Error(ErrValue)
		}
		at = m[1]
	}
	if !r.made(len(s) - at) {
		return Error(ErrValue)
	}
	b.WriteString(s[at:])
	return Text(b.String())
}

// piece of a replacement: a text, or a group by its number.
type piece struct {
	text  string
	group int
}

// template reads $1, ${1}, $0 and $$ in a replacement, as Excel does.
func template(s string) []piece {
	var out []piece
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 || i+1 == len(s) {
			return append(out, piece{s, -1})
		}
		rest := s[i+1:]
		brace := rest[0] == '{'
		if brace {
			rest = rest[1:]
		}
		n, group := 0, 0
		for n < len(rest) && n < 2 && rest[n] >= '0' && rest[n] <= '9' {
			group = group*10 + int(rest[n]-'0')
			n++
		}
		switch {
		case !brace && rest[0] == '$':
			out, s = append(out, piece{s[:i+1], -1}), rest[1:]
		case n == 0 || brace && (n == len(rest) || rest[n] != '}'):
			out, s = append(out, piece{s[:i+1], -1}), s[i+1:]
		default:
			out = append(out, piece{s[:i], -1}, piece{"", group})
			if s = rest[n:]; brace {
				s = s[1:]
			}
		}
	}
}
