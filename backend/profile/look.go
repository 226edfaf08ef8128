package profile

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"unicode/utf8"
)

// Kind is what a value looks like, whatever its field is declared as. Each value has one.
type Kind uint8

// The kinds, in the order in which they are told.
const (
	KindText Kind = iota
	KindInteger
	KindDecimal
	KindMoney
	KindBool
	KindDate
	KindMoment
	KindEmail
	KindPhone
	KindURL
	KindIP
	KindHTML
	KindJSON
	kinds
)

var kindNames = [kinds]string{"text", "integer", "decimal", "money", "bool", "date", "datetime", "email", "phone", "url", "ip", "html", "json"}

func (k Kind) String() string { return kindNames[k] }

// facts is what one value says about itself.
type facts struct {
	kind  Kind
	marks marks
	order order
	// runes and size are its length in characters and in bytes.
	runes, size int
	// number is its value and places its decimal places, when it is one.
	number float64
	places int
	// at is the moment of a date in seconds; zoned: it says in which zone, clock: it has a time.
	at           int64
	zoned, clock bool
}

// marks are things that stand out in a value.
type marks uint32

const (
	markReplacement marks = 1 << iota
	markMojibake
	markControl
	markBidi
	markDecomposed // letters and accents apart
	markComposed   // accented letters in one
	markLookalike  // letters of another script inside a word
	markPadded     // blanks around it
	markGaps       // repeated blanks inside
	markLines      // more than one line
	markEntity     // &amp; and its like
	markZero       // digits that begin with a zero: 00712
	markGrouped    // thousands are parted
	markComma      // decimals behind a comma
	markBadAddress // looks like an e-mail address and is none
	markPlaceholder
	markOddYear // a date before 1900 or after 2100
	markFuture
	markBefore1970
	markTest
)

// order is how a date is written.
type order uint8

const (
	orderNone       order = iota
	orderYear             // 2024-03-01
	orderDay              // 31/12/2024
	orderMonth            // 12/31/2024
	orderEither           // 01/02/2024
	orderWords            // 1 Mar 2024
	orderImpossible       // 0000-00-00, 31/31/2024
	orders
)

var orderNames = [orders]string{"", "year_first", "day_first", "month_first", "either", "words", "impossible"}

// look reads a value once; it is valid UTF-8 and not empty. now is the moment from which
// dates are in the future.
func look(v []byte, now int64) (f facts) {
	f.look(v, now)
	return f
}

// look fills facts that are empty.
func (f *facts) look(v []byte, now int64) {
	var n tallies
	n.count(v)
	f.size, f.runes = len(v), len(v)-n.tails
	if n.lines > 0 {
		f.marks |= markLines
	}
	switch high := n.heads+n.tails > 0; {
	case high && n.odd == 0 && accented(v):
		f.marks |= markComposed
	case high || n.odd > 0:
		f.marks |= beyond(v, high)
	}
	t := trim(v)
	if len(t) < len(v) {
		f.marks |= markPadded
	}
	if n.spaces > 1 && doubled(t) {
		f.marks |= markGaps
	}
	if len(t) == 0 {
		return
	}
	f.classify(t, &n, now)
	if f.kind == KindText && placeholder(t) {
		f.marks |= markPlaceholder
	}
}

// trim takes the outer blanks away. Most values have none, and are told so by two bytes.
func trim(v []byte) []byte {
	if plainSign(v[0]) && plainSign(v[len(v)-1]) {
		return v
	}
	return bytes.Trim(v, Blanks)
}

// plainSign is a byte of ASCII that is no blank.
func plainSign(c byte) bool { return c > ' ' && c < utf8.RuneSelf }

// classify finds the kind of a trimmed value, of which the tallies are known.
func (f *facts) classify(t []byte, n *tallies, now int64) {
	switch {
	case n.digits == len(t):
		f.asDigits(t)
		return
	case n.digits > 0 && n.digits+n.others+2 >= len(t) && n.letters == 0 && f.asNumber(t):
		return
	case n.digits >= 3 && len(t) <= 40 && f.asDate(t, n, now):
		return
	case n.digits == 0 && n.letters > 0 && len(t) <= 5 && truth(t):
		f.kind = KindBool
		return
	}
	if n.ats > 0 && len(t) <= 320 && oneWord(t) {
		if address(t) {
			f.kind = KindEmail
		} else if t[0] != '@' && bytes.IndexByte(t, '@') < len(t)-1 {
			f.marks |= markBadAddress
		}
		return
	}
	switch {
	case n.others > 1 && len(t) <= 45 && network(t):
		f.kind = KindIP
	case n.digits >= 7 && n.digits <= 17 && len(t) <= 32 && n.letters == 0 && phone(t):
		f.kind = KindPhone
	case n.digits > 0 && len(t) <= 32 && priced(t) && f.asMoney(t):
	case n.letters > 3 && link(t):
		f.kind = KindURL
	case n.others > 1 && (t[0] == '{' && t[len(t)-1] == '}' || t[0] == '[' && t[len(t)-1] == ']') && json.Valid(t):
		f.kind = KindJSON
	case n.others > 1 && n.tags > 0 && markup(t):
		f.kind = KindHTML
	}
	if n.others > 1 && n.tags > 0 && entity(t) {
		f.marks |= markEntity
	}
}

// asDigits reads a number that is nothing but digits.
func (f *facts) asDigits(t []byte) {
	if len(t) > longestExact {
		f.asNumber(t)
		return
	}
	whole := uint64(0)
	for _, c := range t {
		whole = whole*10 + uint64(c-'0')
	}
	f.kind, f.number = KindInteger, float64(whole)
	if t[0] == '0' && len(t) > 1 {
		f.marks |= markZero
	}
}

// longestExact is how many digits a float holds exactly, whatever they are.
const longestExact = 15

// asNumber reads digits with a sign, groups and decimals.
func (f *facts) asNumber(t []byte) bool {
	i, neg := 0, false
	if t[0] == '+' || t[0] == '-' {
		neg = t[0] == '-'
		i++
	}
	body := t[i:]
	if len(body) == 0 || len(body) > 40 || body[0] < '0' || body[0] > '9' {
		return false
	}
	var seps [2]byte // the signs between digits, in the order in which they come
	var runs [16]int
	n, kindsOf := 0, 0
	whole := 0.0
	for _, c := range body {
		switch {
		case c >= '0' && c <= '9':
			runs[n]++
			whole = whole*10 + float64(c-'0')
		case c == '.' || c == ',' || c == '\'':
			if runs[n] == 0 || n == len(runs)-1 {
				return false
			}
			if kindsOf == 0 || seps[kindsOf-1] != c {
				if kindsOf == 2 {
					return false
				}
				seps[kindsOf] = c
				kindsOf++
			}
			n++
		default:
			return false
		}
	}
	if runs[n] == 0 {
		return false
	}
	last := seps[max(kindsOf-1, 0)]
	// The last sign parts the decimals when it is there once and is no group of three.
	decimals := kindsOf == 2 || kindsOf == 1 && n == 1 && last != '\'' && (runs[1] != 3 || last == '.' || runs[0] > 3 || body[0] == '0')
	if kindsOf == 2 && (n < 2 || !once(body, last)) {
		return false
	}
	groups := n
	if decimals {
		groups--
	}
	for j := 1; j <= groups; j++ {
		if runs[j] != 3 {
			return false
		}
	}
	if groups > 0 && runs[0] > 3 {
		return false
	}
	if groups > 0 {
		f.marks |= markGrouped
	}
	f.kind, f.number = KindInteger, whole
	if decimals {
		f.kind, f.places = KindDecimal, runs[n]
		if len(body) <= longestExact {
			f.number /= powers[f.places]
		} else {
			for range f.places {
				f.number /= 10
			}
		}
		if last == ',' {
			f.marks |= markComma
		}
	} else if body[0] == '0' && len(body) > 1 {
		f.marks |= markZero
	}
	if neg {
		f.number = -f.number
	}
	return true
}

// powers of ten that a float holds exactly.
var powers = [longestExact + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

func once(t []byte, c byte) bool { return bytes.IndexByte(t, c) == bytes.LastIndexByte(t, c) }

var currencies = []string{"$", "€", "£", "¥", "₹", "USD", "EUR", "GBP", "CHF", "JPY", "INR", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "CZK", "BRL", "CNY"}

// priced says whether the sign or the code of a currency could stand at one end.
func priced(t []byte) bool {
	first, last := t[0], t[len(t)-1]
	if first == '$' || last == '$' || first >= utf8.RuneSelf || last >= utf8.RuneSelf {
		return true
	}
	if len(t) < 4 {
		return false
	}
	code := func(c []byte) bool {
		return c[0] >= 'A' && c[0] <= 'Z' && c[1] >= 'A' && c[1] <= 'Z' && c[2] >= 'A' && c[2] <= 'Z'
	}
	return code(t[:3]) || code(t[len(t)-3:])
}

// asMoney reads an amount with the sign or the code of a currency before or behind it.
func (f *facts) asMoney(t []byte) bool {
	_, rest := priceOf(t)
	if len(rest) > 0 && f.asNumber(rest) {
		f.kind = KindMoney
		f.marks &^= markZero
		return true
	}
	return false
}

// priceOf parts a trimmed value into the sign or code of a currency and the rest; "" when
// there is none.
func priceOf(t []byte) (currency string, rest []byte) {
	for _, c := range currencies {
		rest, ok := bytes.CutPrefix(t, []byte(c))
		if !ok {
			rest, ok = bytes.CutSuffix(t, []byte(c))
		}
		if ok {
			return c, bytes.Trim(rest, Blanks)
		}
	}
	return "", nil
}

// currencyOf names the currency of an amount of money as it is written: "€", "CHF".
func currencyOf(v []byte) string {
	c, _ := priceOf(bytes.Trim(v, Blanks))
	return c
}

func truth(t []byte) bool {
	return bytes.EqualFold(t, []byte("true")) || bytes.EqualFold(t, []byte("false")) || bytes.EqualFold(t, []byte("yes")) || bytes.EqualFold(t, []byte("no"))
}

// address says whether a text without blanks has the shape of an e-mail address.
func address(t []byte) bool {
	at := bytes.IndexByte(t, '@')
	name, host := t[:at], t[at+1:]
	if len(name) == 0 || len(host) < 3 || bytes.IndexByte(host, '@') >= 0 || bytes.Contains(t, []byte("..")) || name[0] == '.' || name[len(name)-1] == '.' {
		return false
	}
	dot := bytes.LastIndexByte(host, '.')
	if dot < 1 || len(host)-dot < 3 || host[0] == '-' {
		return false
	}
	for _, c := range host {
		if c < utf8.RuneSelf && c != '.' && c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// oneWord says that none of the signs that part addresses is in a value.
func oneWord(t []byte) bool {
	return !slices.ContainsFunc(t, func(c byte) bool { return partsAddresses[c] })
}

var partsAddresses = [256]bool{' ': true, '\t': true, '\n': true, '<': true, '>': true, '(': true, ')': true, ',': true, ';': true}

// network says whether a value is an address of a network.
func network(t []byte) bool {
	dots, colons := 0, 0
	for _, c := range t {
		if c == '.' {
			dots++
		} else if c == ':' {
			colons++
		}
	}
	if colons < 2 {
		return dots == 3 && colons == 0 && fourParts(t)
	}
	_, err := netip.ParseAddr(string(t))
	return err == nil
}

// fourParts reads 192.168.10.1, as netip does.
func fourParts(t []byte) bool {
	value, digits := 0, 0
	for i := 0; ; i++ {
		if i == len(t) || t[i] == '.' {
			if digits == 0 {
				return false
			}
			if i == len(t) {
				return true
			}
			value, digits = 0, 0
			continue
		}
		c := t[i] - '0'
		if c > 9 || digits > 0 && value == 0 {
			return false
		}
		if value, digits = value*10+int(c), digits+1; value > 255 {
			return false
		}
	}
}

// phone says whether a value has only what stands in telephone numbers, and more than digits:
// digits alone are a number.
func phone(t []byte) bool {
	sign := t[0] == '+' || t[0] == '('
	for i, c := range t {
		switch {
		case c >= '0' && c <= '9' || c == '+' && i == 0:
		case c == ' ' || c == '-' || c == '(' || c == ')' || c == '/' || c == '.':
			sign = true
		default:
			return false
		}
	}
	return sign
}

var partsLinks = [256]bool{' ': true, '\t': true, '\n': true, '<': true, '>': true, '"': true}

func link(t []byte) bool {
	if c := t[0] | 0x20; c != 'h' && c != 'f' && c != 'w' {
		return false
	}
	for _, p := range [...]string{"http://", "https://", "ftp://", "www."} {
		if len(t) > len(p)+2 && bytes.EqualFold(t[:len(p)], []byte(p)) {
			return !slices.ContainsFunc(t, func(c byte) bool { return partsLinks[c] })
		}
	}
	return false
}

var tagNames = [...]string{"p", "br", "div", "span", "a", "b", "i", "u", "ul", "ol", "li", "table", "tr", "td", "th", "tbody", "img", "h1", "h2", "h3", "h4", "html", "body", "head", "strong", "em", "font", "blockquote", "pre", "code", "hr", "style", "script", "iframe", "center"}

// markup says whether a known tag stands in a text.
func markup(t []byte) bool {
	for {
		i := bytes.IndexByte(t, '<')
		if i < 0 || i+2 >= len(t) {
			return false
		}
		t = t[i+1:]
		name := t
		if name[0] == '/' {
			name = name[1:]
		}
		n := 0
		for n < len(name) && n < 12 && (name[n]|0x20 >= 'a' && name[n]|0x20 <= 'z' || n > 0 && name[n] >= '0' && name[n] <= '9') {
			n++
		}
		if n == 0 || n == len(name) || bytes.IndexByte(name[n:], '>') < 0 || name[n] != '>' && name[n] != ' ' && name[n] != '/' && name[n] != '\n' {
			continue
		}
		for _, w := range tagNames {
			if len(w) == n && bytes.EqualFold(name[:n], []byte(w)) {
				return true
			}
		}
	}
}

// entity says whether a character is written as HTML writes it: &amp; &#39;
func entity(t []byte) bool {
	for {
		i := bytes.IndexByte(t, '&')
		if i < 0 {
			return false
		}
		t = t[i+1:]
		end := bytes.IndexByte(t[:min(len(t), 10)], ';')
		if end < 2 {
			continue
		}
		name := t[:end]
		if name[0] == '#' {
			return true
		}
		for _, w := range [...]string{"amp", "lt", "gt", "quot", "apos", "nbsp", "uuml", "ouml", "auml", "szlig", "eacute", "copy", "euro"} {
			if string(name) == w {
				return true
			}
		}
	}
}

var placeholders = map[string]bool{
	"?": true, "-": true, "--": true, "---": true, ".": true, "n/a": true, "na": true, "n.a.": true, "null": true, "none": true, "nil": true, "unknown": true, "unspecified": true,
	"undefined": true, "tbd": true, "tba": true, "#n/a": true, "#ref!": true, "#value!": true, "#multivalue": true, "not set": true, "nan": true, "unbekannt": true, "keine angabe": true, "xxx": true,
}

const longestPlaceholder = 12

// placeholderStarts are the bytes that placeholders begin with.
var placeholderStarts = func() (of [256]bool) {
	for p := range placeholders {
		of[p[0]] = true
	}
	return of
}()

// placeholder says whether a value stands for nothing: "n/a", "?", "unknown".
func placeholder(t []byte) bool {
	if len(t) > longestPlaceholder {
		return false
	}
	var low [longestPlaceholder]byte
	for i, c := range t {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		low[i] = c
	}
	return placeholderStarts[low[0]] && placeholders[string(low[:len(t)])]
}

// asDate reads a date in the ways in which people and programs write them.
func (f *facts) asDate(t []byte, n *tallies, now int64) bool {
	if t[0] < '0' || t[0] > '9' {
		if n.letters < 3 || n.digits < 5 || n.spaces < 2 {
			return false // not even "Mar 1 2024"
		}
	}
	d, ok := readDate(t)
	if !ok {
		return false
	}
	f.kind, f.order, f.zoned, f.clock, f.at = KindDate, d.order, d.zoned, d.clock, 0
	if d.clock {
		f.kind = KindMoment
	}
	if d.order == orderImpossible {
		return true
	}
	f.at = days(d.year, d.month, d.day)*86400 + d.seconds
	switch {
	case d.year < 1900 || d.year > 2100:
		f.marks |= markOddYear
	case d.year < 1970:
		f.marks |= markBefore1970
	}
	if f.at > now {
		f.marks |= markFuture
	}
	return true
}

// days counts the days of a date since 1970. Years begin in March, so that the odd day is
// the last of one.
func days(y, m, d int) int64 {
	if m <= 2 {
		y, m = y-1, m+12
	}
	leaps := -1 // of the year before year 0
	if y >= 0 {
		leaps = y/4 - y/100 + y/400
	}
	return int64(365*y + leaps + (153*(m-3)+2)/5 + d - 1 - 719_468)
}
