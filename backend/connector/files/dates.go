package files

import (
	"strings"
	"time"
	"unicode/utf8"
)

// ambiguousOrder is the key of DateOrders for rows that fit both orders.
const ambiguousOrder = "ambiguous"

// shape is how one cell writes a date. In its pattern \x01 and \x02 stand for
// two numbers of which one is the day and the other the month.
type shape struct {
	pattern      string
	ordered      bool // the order of day and month is a question
	dayFirst     bool // ... and day first is possible
	monthFirst   bool
	short        bool // a day, month or hour of one digit
	clock, zoned bool
	year         int
	iso          bool
}

// scan is a cell being read from the left.
type scan struct {
	s string
	i int
}

func (p *scan) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

// digits reads up to limit digits; n is how many there were.
func (p *scan) digits(limit int) (v, n int) {
	for n < limit && p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
		v = v*10 + int(p.s[p.i]-'0')
		p.i++
		n++
	}
	return v, n
}

func (p *scan) letters() string {
	from := p.i
	for p.i < len(p.s) && (p.s[p.i]|0x20 >= 'a' && p.s[p.i]|0x20 <= 'z' || p.s[p.i] >= 0x80) {
		p.i++
	}
	return p.s[from:p.i]
}

func (p *scan) eat(c byte) bool {
	if p.peek() == c {
		p.i++
		return true
	}
	return false
}

var months = map[string]int{
	"jan": 1, "january": 1, "feb": 2, "february": 2, "mar": 3, "march": 3, "apr": 4, "april": 4,
	"may": 5, "jun": 6, "june": 6, "jul": 7, "july": 7, "aug": 8, "august": 8, "sep": 9, "sept": 9,
	"januar": 1, "jän": 1, "jänner": 1, "februar": 2, "märz": 3, "mär": 3, "mrz": 3, "mai": 5, "juni": 6, "juli": 7, "okt": 10, "oktober": 10,
	"dez": 12, "dezember": 12,
	"september": 9, "oct": 10, "october": 10, "nov": 11, "november": 11, "dec": 12, "december": 12,
}

// parseShape reads a date, or says that the cell is none. Digits alone are
// never taken for a date here: they are numbers first.
func parseShape(s string) (shape, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 6 || len(s) > 40 {
		return shape{}, false
	}
	p := &scan{s: s}
	var out shape
	ok := false
	if c := p.peek(); c >= '0' && c <= '9' {
		ok = p.numbersFirst(&out)
	} else if c|0x20 >= 'a' && c|0x20 <= 'z' {
		ok = p.monthFirst(&out)
	}
	if !ok || !p.time(&out) || p.i != len(s) {
		return shape{}, false
	}
	return out, true
}

func (p *scan) numbersFirst(out *shape) bool {
	a, n := p.digits(4)
	sep := p.peek()
	if n == 3 || n == 0 || sep == 0 {
		return false
	}
	p.i++
	if n == 4 { // year first
		if sep != '-' && sep != '/' && sep != '.' {
			return false
		}
		m, mn := p.digits(2)
		if mn == 0 || !p.eat(sep) {
			return false
		}
		d, dn := p.digits(2)
		if dn == 0 || !validDay(a, m, d) {
			return false
		}
		out.year, out.short = a, mn == 1 || dn == 1
		out.iso = sep == '-' && !out.short
		out.pattern = "YYYY" + string(sep) + "MM" + string(sep) + "DD"
		return true
	}
	out.short = n == 1
	if sep == ' ' || sep == '-' || sep == '/' || sep == '.' {
		save := p.i
		if sep == '.' {
			p.eat(' ')
		}
		if name := p.letters(); name != "" {
			return p.dayMonthName(out, a, name, p.s[n:p.i-len(name)])
		}
		p.i = save
	}
	if sep == ' ' {
		return false
	}
	b, bn := p.digits(2)
	if bn == 0 || !p.eat(sep) {
		return false
	}
	y, yn := p.digits(4)
	if yn != 4 && yn != 2 {
		return false
	}
	out.short = out.short || bn == 1
	token := "YYYY"
	if yn == 2 {
		y, token = century(y), "YY"
	}
	out.year, out.ordered = y, true
	out.dayFirst, out.monthFirst = validDay(y, b, a), validDay(y, a, b)
	out.pattern = "\x01" + string(sep) + "\x02" + string(sep) + token
	return out.dayFirst || out.monthFirst
}

// dayMonthName reads the rest of "5 March 2024", "05-Mar-24" or "5. Mar 2024".
func (p *scan) dayMonthName(out *shape, day int, name, between string) bool {
	m := months[strings.ToLower(name)]
	if m == 0 {
		return false
	}
	sep := ""
	if p.eat('.') {
		sep = "."
	}
	if c := p.peek(); c == ' ' || c == '-' || c == '/' {
		sep += string(c)
		p.i++
	} else if p.eat(',') && p.eat(' ') {
		sep += ", "
	}
	y, n := p.digits(4)
	token := "YYYY"
	if n == 2 {
		y, token = century(y), "YY"
	} else if n != 4 {
		return false
	}
	out.year = y
	out.pattern = "DD" + between + monthToken(name) + sep + token
	return validDay(y, m, day)
}

// monthFirst reads "March 5, 2024", also after a weekday.
func (p *scan) monthFirst(out *shape) bool {
	name := p.letters()
	if len(name) < 3 {
		return false
	}
	m := months[strings.ToLower(name)]
	if m == 0 {
		return false
	}
	p.eat('.')
	if !p.eat(' ') {
		return false
	}
	d, n := p.digits(2)
	if n == 0 {
		return false
	}
	out.short = n == 1
	sep := " "
	if p.eat(',') {
		sep = ", "
	}
	if !p.eat(' ') {
		return false
	}
	y, yn := p.digits(4)
	if yn != 4 {
		return false
	}
	out.year = y
	out.pattern = monthToken(name) + " DD" + sep + "YYYY"
	return validDay(y, m, d)
}

func monthToken(name string) string {
	if utf8.RuneCountInString(name) > 3 && !strings.EqualFold(name, "sept") {
		return "MMMM"
	}
	return "MMM"
}

// time reads the clock after a date, if there is one.
func (p *scan) time(out *shape) bool {
	if p.i == len(p.s) {
		return true
	}
	var lead string
	switch {
	case p.eat('T'):
		lead = "T"
	case p.eat(','):
		lead = ","
		if p.eat(' ') {
			lead = ", "
		}
	case p.eat(' '):
		lead = " "
	default:
		return false
	}
	h, hn := p.digits(2)
	if hn == 0 || !p.eat(':') {
		return false
	}
	mi, mn := p.digits(2)
	if mn != 2 || mi > 59 || h > 24 {
		return false
	}
	clock := ":mm"
	if p.eat(':') {
		s, sn := p.digits(2)
		if sn != 2 || s > 60 {
			return false
		}
		clock += ":ss"
		if c := p.peek(); c == '.' || c == ',' {
			p.i++
			if _, n := p.digits(9); n == 0 {
				return false
			}
			clock += string(c) + "SSS"
		}
	}
	out.short = out.short || hn == 1
	hour := "HH"
	spaced := p.eat(' ')
	if word := strings.ToUpper(p.ampm()); word != "" {
		if h < 1 || h > 12 {
			return false
		}
		hour = "hh"
		if spaced {
			clock += " "
		}
		clock += "AM/PM"
		spaced = p.eat(' ')
	} else if h > 23 {
		return false
	}
	out.clock = true
	out.pattern += lead + hour + clock
	return p.zone(out, spaced)
}

func (p *scan) ampm() string {
	if p.i+2 <= len(p.s) {
		switch w := strings.ToUpper(p.s[p.i : p.i+2]); w {
		case "AM", "PM":
			p.i += 2
			return w
		}
	}
	return ""
}

func (p *scan) zone(out *shape, spaced bool) bool {
	if p.i == len(p.s) {
		return !spaced
	}
	lead := ""
	if spaced {
		lead = " "
	}
	switch c := p.peek(); c {
	case 'Z', 'z', 'U', 'G':
		switch strings.ToUpper(p.letters()) {
		case "Z", "UTC", "GMT":
		default:
			return false
		}
	case '+', '-':
		p.i++
		h, n := p.digits(2)
		if n != 2 || h > 14 {
			return false
		}
		p.eat(':')
		if m, n := p.digits(2); n == 1 || m > 59 {
			return false
		}
	default:
		return false
	}
	out.zoned = true
	out.pattern += lead + "Z"
	return true
}

func century(y int) int {
	if y <= 68 { // as the formulas have it
		return 2000 + y
	}
	return 1900 + y
}

func validDay(y, m, d int) bool {
	if y < 1 || m < 1 || m > 12 || d < 1 || d > 31 {
		return false
	}
	return d <= time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// compactDate reads 20240131 and 20240131094500, which only a column's name can
// tell from a number.
func compactDate(s string) (shape, bool) {
	switch { // seconds or milliseconds since 1970, from 1990 to 2065
	case len(s) == 10 && s >= "0631152000" && s < "3000000000":
		return shape{pattern: "X", clock: true, zoned: true}, true
	case len(s) == 13 && s >= "0631152000000" && s < "3000000000000":
		return shape{pattern: "x", clock: true, zoned: true}, true
	}
	if len(s) != 8 && len(s) != 14 {
		return shape{}, false
	}
	p := &scan{s: s}
	y, _ := p.digits(4)
	m, _ := p.digits(2)
	d, n := p.digits(2)
	out := shape{pattern: "YYYYMMDD", year: y}
	if n != 2 || y < 1950 || y > 2100 || !validDay(y, m, d) {
		return shape{}, false
	}
	if len(s) == 14 {
		h, _ := p.digits(2)
		mi, _ := p.digits(2)
		sec, n := p.digits(2)
		if n != 2 || h > 23 || mi > 59 || sec > 59 {
			return shape{}, false
		}
		out.pattern, out.clock = "YYYYMMDDHHmmss", true
	}
	return out, true
}

// dateCount is how many cells of a column have one pattern.
type dateCount struct {
	day, month, both, fixed int64
	short, clock, zoned     bool
	iso                     bool
}

func (c *dateCount) total() int64 { return c.day + c.month + c.both + c.fixed }

func (c *dateCount) add(s shape) {
	switch {
	case !s.ordered:
		c.fixed++
	case s.dayFirst && s.monthFirst:
		c.both++
	case s.dayFirst:
		c.day++
	default:
		c.month++
	}
	c.short = c.short || s.short
	c.clock = c.clock || s.clock
	c.zoned = c.zoned || s.zoned
	c.iso = s.iso
}

// layout spells a pattern with its day and month in order.
func (c *dateCount) layout(pattern string, dayFirst bool) string {
	d, m := "DD", "MM"
	if c.short {
		d, m = "D", "M"
		pattern = strings.NewReplacer("HH", "H", "hh", "h", "MMMM", "MMMM", "MMM", "MMM", "MM", "M", "DD", "D").Replace(pattern)
	}
	if !dayFirst {
		d, m = m, d
	}
	return strings.NewReplacer("\x01", d, "\x02", m).Replace(pattern)
}
