package formula

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

func textFunctions() []Function {
	one := func(name, use, help string, fn func(string) string) Function {
		return Function{Name: name, Use: use, Help: help, min: 1, max: 1, build: eager(func(r *runner, a []Value) Value {
			return r.newText(fn(a[0].text()))
		})}
	}
	return []Function{
		one("TRIM", "TRIM(text)", "Without blanks at both ends, and with single blanks between words.", trim),
		one("CLEAN", "CLEAN(text)", "Without control characters, such as line breaks.", clean),
		one("UPPER", "UPPER(text)", "In capital letters.", strings.ToUpper),
		one("LOWER", "LOWER(text)", "In small letters.", strings.ToLower),
		one("PROPER", "PROPER(text)", "Each word with a capital letter.", proper),
		{Name: "LEFT", Use: "LEFT(text, [count])", Help: "The first characters of a text.", min: 1, max: 2, build: eager(fnLeft)},
		{Name: "RIGHT", Use: "RIGHT(text, [count])", Help: "The last characters of a text.", min: 1, max: 2, build: eager(fnRight)},
		{Name: "MID", Use: "MID(text, start, count)", Help: "Characters from the middle of a text.", min: 3, max: 3, build: eager(fnMid)},
		{Name: "LEN", Use: "LEN(text)", Help: "How many characters a text has.", min: 1, max: 1, build: eager(func(_ *runner, a []Value) Value {
			return Number(float64(utf8.RuneCountInString(a[0].text())))
		})},
		{Name: "FIND", Use: "FIND(find, within, [start])", Help: "Where a text stands in another, exactly as written.", min: 2, max: 3, build: eager(fnFind)},
		{Name: "SEARCH", Use: "SEARCH(find, within, [start])", Help: "Where a text stands in another, without regard to case; ? and * stand for any characters.", min: 2, max: 3, build: eager(fnSearch)},
		{Name: "SUBSTITUTE", Use: "SUBSTITUTE(text, old, new, [which])", Help: "With one text replaced by another.", min: 3, max: 4, build: eager(fnSubstitute)},
		{Name: "REPLACE", Use: "REPLACE(text, start, count, new)", Help: "With the characters at one place replaced.", min: 4, max: 4, build: eager(fnReplace)},
		{Name: "REPT", Use: "REPT(text, times)", Help: "A text repeated.", min: 2, max: 2, build: eager(fnRept)},
		{Name: "EXACT", Use: "EXACT(text1, text2)", Help: "TRUE if two texts are the same, in capital and small letters too.", min: 2, max: 2, build: eager(func(_ *runner, a []Value) Value {
			return Logical(a[0].text() == a[1].text())
		})},
		{Name: "CHAR", Use: "CHAR(number)", Help: "The character with that number, 1 to 255; CHAR(10) is a line break.", min: 1, max: 1, build: eager(fnChar)},
		{Name: "CODE", Use: "CODE(text)", Help: "The number of the first character, as CHAR counts.", min: 1, max: 1, build: eager(fnCode)},
		{Name: "UNICHAR", Use: "UNICHAR(number)", Help: "The character with that Unicode number.", min: 1, max: 1, build: eager(fnUnichar)},
		{Name: "UNICODE", Use: "UNICODE(text)", Help: "The Unicode number of the first character.", min: 1, max: 1, build: eager(func(_ *runner, a []Value) Value {
			s := a[0].text()
			if s == "" {
				return Error(ErrValue)
			}
			c, _ := utf8.DecodeRuneInString(s)
			return Number(float64(c))
		})},
		{Name: "T", Use: "T(value)", Help: "The value if it is a text, else nothing.", min: 1, max: 1, build: eager(func(_ *runner, a []Value) Value {
			if a[0].kind == KindText {
				return a[0]
			}
			return Text("")
		})},
	}
}

// trim is Excel's: it knows only the blank, not the tab or the no-break space.
func trim(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for w := range strings.SplitSeq(s, " ") {
		if w == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}

func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 32 {
			return -1
		}
		return r
	}, s)
}

func proper(s string) string {
	word := false
	return strings.Map(func(r rune) rune {
		was := word
		word = unicode.IsLetter(r)
		if was {
			return unicode.ToLower(r)
		}
		return unicode.ToTitle(r)
	}, s)
}

// runeIndex gives the byte offset behind n characters, at most the length.
func runeIndex(s string, n int) int {
	if n >= len(s) {
		return len(s)
	}
	i := 0
	for ; n > 0 && i < len(s); n-- {
		_, w := utf8.DecodeRuneInString(s[i:])
		i += w
	}
	return i
}

// count reads an argument as a whole number of at least low.
func count(a []Value, i, otherwise, low int) (int, Value) {
	if i >= len(a) {
		return otherwise, Value{}
	}
	n, fail := a[i].number()
	if fail.IsError() {
		return 0, fail
	}
	n = math.Trunc(n)
	if n < float64(low) {
		return 0, Error(ErrValue)
	}
	return int(math.Min(n, math.MaxInt32)), Value{}
}

func fnLeft(_ *runner, a []Value) Value {
	s := a[0].text()
	n, fail := count(a, 1, 1, 0)
	if fail.IsError() {
		return fail
	}
	return Text(s[:runeIndex(s, n)])
}

func fnRight(_ *runner, a []Value) Value {
	s := a[0].text()
	n, fail := count(a, 1, 1, 0)
	if fail.IsError() {
		return fail
	}
	return Text(s[runeIndex(s, max(0, utf8.RuneCountInString(s)-n)):])
}

func fnMid(_ *runner, a []Value) Value {
	s := a[0].text()
	from, fail := count(a, 1, 1, 1)
	if fail.IsError() {
		return fail
	}
	n, fail := count(a, 2, 0, 0)
	if fail.IsError() {
		return fail
	}
	s = s[runeIndex(s, from-1):]
	return Text(s[:runeIndex(s, n)])
}

func fnFind(_ *runner, a []Value) Value {
	find, s := a[0].text(), a[1].text()
	from, fail := count(a, 2, 1, 1)
	if fail.IsError() {
		return fail
	}
	if from-1 > utf8.RuneCountInString(s) {
		return Error(ErrValue)
	}
	skip := runeIndex(s, from-1)
	i := strings.Index(s[skip:], find)
	if i < 0 {
		return Error(ErrValue)
	}
	return Number(float64(utf8.RuneCountInString(s[:skip+i]) + 1))
}

func fnSearch(r *runner, a []Value) Value {
	find, s := []rune(strings.ToLower(a[0].text())), []rune(strings.ToLower(a[1].text()))
	from, fail := count(a, 2, 1, 1)
	if fail.IsError() {
		return fail
	}
	if from-1 > len(s) {
		return Error(ErrValue)
	}
	for i := from - 1; i <= len(s); i++ {
		if matchHere(r, find, s[i:], false) {
			return Number(float64(i + 1))
		}
		if r.over != nil {
			break
		}
	}
	return Error(ErrValue)
}

// matchHere matches a pattern with ? and * at the beginning of s, or all of s; ~ takes
// their meaning away.
func matchHere(r *runner, pat, s []rune, whole bool) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for {
		if p == len(pat) {
			if !whole || i == len(s) {
				return true
			}
		} else {
			if (p+i)%64 == 0 && !r.step(1) {
				return false
			}
			c, w, wild := pat[p], 1, true
			if c == '~' && p+1 < len(pat) {
				c, w, wild = pat[p+1], 2, false
			}
			if wild && c == '*' {
				star, mark = p, i
				p++
				continue
			}
			if i < len(s) && (wild && c == '?' || s[i] == c) {
				p, i = p+w, i+1
				continue
			}
		}
		if star < 0 || mark >= len(s) {
			return false
		}
		mark++
		p, i = star+1, mark
	}
}

// hasWild tells whether a text is a pattern.
func hasWild(s string) bool { return strings.ContainsAny(s, "*?~") }

// like matches all of a text with a pattern, without regard to case.
func like(r *runner, pattern, s string) bool {
	return matchHere(r, []rune(strings.ToLower(pattern)), []rune(strings.ToLower(s)), true)
}

func fnSubstitute(r *runner, a []Value) Value {
	s, old, repl := a[0].text(), a[1].text(), a[2].text()
	if len(a) == 4 {
		which, fail := count(a, 3, 1, 1)
		if fail.IsError() {
			return fail
		}
		if old == "" {
			return Text(s)
		}
		at := 0
		for n := 1; ; n++ {
			i := strings.Index(s[at:], old)
			if i < 0 {
				return Text(s)
			}
			if at += i; n == which {
				return r.newText(s[:at] + repl + s[at+len(old):])
			}
			at += len(old)
		}
	}
	if old == "" {
		return Text(s)
	}
	if !r.made(len(s) + strings.Count(s, old)*(len(repl)-len(old))) {
		return Error(ErrValue)
	}
	return Text(strings.ReplaceAll(s, old, repl))
}

func fnReplace(r *runner, a []Value) Value {
	s := a[0].text()
	from, fail := count(a, 1, 1, 1)
	if fail.IsError() {
		return fail
	}
	n, fail := count(a, 2, 0, 0)
	if fail.IsError() {
		return fail
	}
	i := runeIndex(s, from-1)
	return r.newText(s[:i] + a[3].text() + s[i+runeIndex(s[i:], n):])
}

func fnRept(r *runner, a []Value) Value {
	s := a[0].text()
	n, fail := count(a, 1, 0, 0)
	if fail.IsError() {
		return fail
	}
	if n > maxResult && s != "" || !r.made(len(s)*n) {
		r.made(-1)
		return Error(ErrValue)
	}
	return Text(strings.Repeat(s, n))
}

func fnChar(_ *runner, a []Value) Value {
	n, fail := count(a, 0, 0, 1)
	if fail.IsError() || n > 255 {
		return Error(ErrValue)
	}
	return Text(string(charmap.Windows1252.DecodeByte(byte(n))))
}

func fnCode(_ *runner, a []Value) Value {
	s := a[0].text()
	if s == "" {
		return Error(ErrValue)
	}
	c, _ := utf8.DecodeRuneInString(s)
	if b, ok := charmap.Windows1252.EncodeRune(c); ok {
		return Number(float64(b))
	}
	return Number('?') // as Excel does for what its code page lacks
}

func fnUnichar(_ *runner, a []Value) Value {
	n, fail := count(a, 0, 0, 1)
	if fail.IsError() {
		return fail
	}
	if n > unicode.MaxRune || !utf8.ValidRune(rune(n)) {
		return Error(ErrNA)
	}
	return Text(string(rune(n)))
}
