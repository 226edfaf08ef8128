package formula

import (
	"strings"
	"time"
	_ "time/tzdata" // the same zones on every machine
	"unicode"
	"unicode/utf8"

	"waybill/backend/problem"
)

// DateFormat reads dates of one format in one zone. The tokens:
//
//	YYYY YY            year (YY: 69-99 is 19xx, 00-68 is 20xx)
//	MMMM MMM MM M      month by name (English or German), or number
//	DD D               day
//	dddd ddd           name of the weekday, read over
//	HH H hh h          hour; with AM/PM of twelve
//	mm m ss s SSS      minute, second, fraction of a second
//	AM/PM              also am/pm, A, a
//	Z                  Z, +02:00, +0200, +02 or UTC
//	X x                seconds or milliseconds since 1970
//
// yyyy, yy, dd and d are read as Excel reads them, and so is MM or mm beside an
// hour or a second. Everything else, and what stands between apostrophes, must
// be in the text as it is. A DateFormat may be used by many goroutines at once.
type DateFormat struct {
	parts    []datePart
	zone     *time.Location
	hasTime  bool
	iso      bool
	twelve   bool
	describe string
}

type dateTok uint8

const (
	dtLiteral dateTok = iota
	dtYear4
	dtYear2
	dtMonth
	dtMonthName
	dtDay
	dtWeekday
	dtHour
	dtMinute
	dtSecond
	dtFraction
	dtHalf
	dtZone
	dtUnix
	dtUnixMilli
)

type datePart struct {
	tok   dateTok
	width int // 2: exactly two digits unless something else follows
	text  string
}

// NewDateFormat understands a format. An empty one reads ISO 8601 and RFC 3339
// in their usual variants. An empty zoneName is UTC.
func NewDateFormat(format, zoneName string) (*DateFormat, error) {
	loc, err := zone(zoneName)
	if err != nil {
		return nil, err
	}
	d := &DateFormat{zone: loc, describe: format}
	if strings.TrimSpace(format) == "" {
		d.iso = true
		return d, nil
	}
	if len(format) > 200 {
		return nil, badFormat(format, "The date format is too long.")
	}
	if err := d.read(format); err != nil {
		return nil, err
	}
	return d, nil
}

// Zone is the zone of dates that state none.
func (d *DateFormat) Zone() *time.Location { return d.zone }

func badFormat(format, what string) error {
	return problem.New(CodeDate, what, "Without a usable format the dates cannot be read.",
		`Use tokens such as "DD.MM.YYYY", "MM/DD/YYYY HH:mm" or "YYYY-MM-DD HH:mm:ss".`).At(problem.Place{Value: format})
}

func (d *DateFormat) read(format string) error {
	seen := map[dateTok]bool{}
	twice := false
	add := func(t dateTok, width int) {
		twice = twice || seen[t] && t != dtWeekday
		d.parts = append(d.parts, datePart{tok: t, width: width})
		seen[t] = true
	}
	lit := func(s string) {
		if n := len(d.parts); n > 0 && d.parts[n-1].tok == dtLiteral {
			d.parts[n-1].text += s
			return
		}
		d.parts = append(d.parts, datePart{tok: dtLiteral, text: s})
	}
	lastTok := func() dateTok { // the last token that is not a separator
		for i := len(d.parts) - 1; i >= 0; i-- {
			if d.parts[i].tok != dtLiteral {
				return d.parts[i].tok
			}
		}
		return dtLiteral
	}
	for i := 0; i < len(format); {
		c := format[i]
		n := 1
		for i+n < len(format) && format[i+n] == c {
			n++
		}
		rest := format[i:]
		switch {
		case c == '\'':
			end := strings.IndexByte(format[i+1:], '\'')
			if end < 0 {
				return badFormat(format, "The date format has an apostrophe without a second one.")
			}
			lit(format[i+1 : i+1+end])
			n = end + 2
		case hasFold(rest, "AM/PM"):
			add(dtHalf, 0)
			n, d.twelve = 5, true
		case c == 'A' || c == 'a':
			add(dtHalf, 0)
			d.twelve = true
			if n = 1; len(rest) > 1 && (rest[1] == 'M' || rest[1] == 'm') {
				n = 2
			}
		case (c == 'Y' || c == 'y') && n == 4:
			add(dtYear4, 4)
		case (c == 'Y' || c == 'y') && n == 2:
			add(dtYear2, 2)
		case (c == 'M' || c == 'm') && n <= 2:
			var minute bool
			if c == 'm' {
				minute = lastTok() == dtHour || secondsFollow(format[i+n:]) || strings.Contains(format, "M")
			} else {
				minute = lastTok() == dtHour && (seen[dtMonth] || seen[dtMonthName] || strings.Contains(format[i+n:], "M"))
			}
			if minute {
				add(dtMinute, n)
			} else {
				add(dtMonth, n)
			}
		case (c == 'M' || c == 'm') && n <= 4:
			add(dtMonthName, 0)
		case (c == 'D' || c == 'd') && n <= 2:
			add(dtDay, n)
		case (c == 'D' || c == 'd' || c == 'E') && n <= 4:
			add(dtWeekday, 0)
		case (c == 'H' || c == 'h') && n <= 2:
			add(dtHour, n)
		case c == 's' && n <= 2:
			add(dtSecond, n)
		case c == 'S' && n == 2 && lastTok() == dtMinute:
			add(dtSecond, n)
		case c == 'S':
			add(dtFraction, 0)
		case c == 'Z' || c == 'z':
			add(dtZone, 0)
		case c == 'X' && n == 1:
			add(dtUnix, 0)
		case c == 'x' && n == 1:
			add(dtUnixMilli, 0)
		case c == 'T' && n == 1 || c >= utf8.RuneSelf || !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'):
			lit(format[i : i+n])
		default:
			return badFormat(format, "“"+format[i:i+n]+"” in the date format has no meaning.")
		}
		i += n
	}
	d.hasTime = seen[dtHour] || seen[dtUnix] || seen[dtUnixMilli]
	if seen[dtUnix] || seen[dtUnixMilli] {
		return nil
	}
	if twice || seen[dtYear4] && seen[dtYear2] || seen[dtMonth] && seen[dtMonthName] {
		return badFormat(format, "The date format names the same part of a date twice.")
	}
	year := seen[dtYear4] || seen[dtYear2]
	month := seen[dtMonth] || seen[dtMonthName]
	if !year || !month {
		return badFormat(format, "The date format does not say where the year and the month stand.")
	}
	return nil
}

func secondsFollow(rest string) bool {
	rest = strings.TrimLeft(rest, ":. ")
	return strings.HasPrefix(rest, "s")
}

func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// ParseDate reads one date. Use a DateFormat to read many. dateOnly says that
// the text states a day and no time; the time is then midnight UTC.
func ParseDate(text, format, zone string) (t time.Time, dateOnly bool, err error) {
	d, err := NewDateFormat(format, zone)
	if err != nil {
		return time.Time{}, false, err
	}
	return d.Parse(text)
}

// errNoDate is one value, because it is made for each bad row; it must not carry the row's text.
var errNoDate = problem.New("formula.not_a_date", "The value is not a date in the expected format.",
	"Its moment cannot be told.", "Correct the value or the format of its field.")

// Parse reads one date.
func (d *DateFormat) Parse(text string) (t time.Time, dateOnly bool, err error) {
	text = strings.TrimFunc(text, unicode.IsSpace)
	if d.iso {
		return parseISO(text, d.zone)
	}
	m := moment{month: 1, day: 1, half: -1}
	rest := text
	for i, p := range d.parts {
		var ok bool
		rest, ok = m.take(p, rest, i+1 < len(d.parts) && d.parts[i+1].tok != dtLiteral)
		if !ok {
			return time.Time{}, false, errNoDate
		}
	}
	if rest != "" {
		return time.Time{}, false, errNoDate
	}
	if m.unix {
		return m.at, false, nil
	}
	if d.twelve {
		if m.half < 0 || m.hour < 1 || m.hour > 12 {
			return time.Time{}, false, errNoDate
		}
		m.hour = m.hour%12 + 12*m.half
	}
	return m.finish(d.zone, !d.hasTime)
}

type moment struct {
	year, month, day, hour, minute, second, nano, half int
	zoned, unix                                        bool
	offset                                             int
	at                                                 time.Time
}

func (m *moment) finish(zone *time.Location, dateOnly bool) (time.Time, bool, error) {
	if m.month < 1 || m.month > 12 || m.day < 1 || m.day > daysIn(m.year, m.month) || m.hour > 24 || m.minute > 59 || m.second > 60 {
		return time.Time{}, false, errNoDate
	}
	if m.hour == 24 && (m.minute > 0 || m.second > 0 || m.nano > 0) {
		return time.Time{}, false, errNoDate
	}
	if dateOnly {
		return time.Date(m.year, time.Month(m.month), m.day, 0, 0, 0, 0, time.UTC), true, nil
	}
	if m.zoned {
		t := time.Date(m.year, time.Month(m.month), m.day, m.hour, m.minute, m.second, m.nano, time.UTC)
		return t.Add(-time.Duration(m.offset) * time.Second), false, nil
	}
	return time.Date(m.year, time.Month(m.month), m.day, m.hour, m.minute, m.second, m.nano, zone).UTC(), false, nil
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// digits reads between lo and hi digits.
func digits(s string, lo, hi int) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && i < hi && s[i] >= '0' && s[i] <= '9' {
		n = n*10 + int(s[i]-'0')
		i++
	}
	return n, s[i:], i >= lo
}

// take reads one part; tight says that another token follows at once, so that widths count.
func (m *moment) take(p datePart, s string, tight bool) (string, bool) {
	two := func(dst *int) (string, bool) {
		lo := 1
		if tight && p.width == 2 {
			lo = 2
		}
		n, rest, ok := digits(s, lo, 2)
		*dst = n
		return rest, ok
	}
	switch p.tok {
	case dtLiteral:
		return takeLiteral(p.text, s)
	case dtYear4:
		n, rest, ok := digits(s, 4, 4)
		m.year = n
		return rest, ok
	case dtYear2:
		n, rest, ok := digits(s, 2, 2)
		m.year = 2000 + n
		if n >= 69 {
			m.year = 1900 + n
		}
		return rest, ok
	case dtMonth:
		return two(&m.month)
	case dtDay:
		return two(&m.day)
	case dtHour:
		return two(&m.hour)
	case dtMinute:
		return two(&m.minute)
	case dtSecond:
		return two(&m.second)
	case dtMonthName, dtWeekday:
		return m.takeName(p.tok, s)
	case dtFraction:
		n, scale := 0, 100_000_000
		i := 0
		for ; i < len(s) && i < 9 && s[i] >= '0' && s[i] <= '9'; i++ {
			n += int(s[i]-'0') * scale
			scale /= 10
		}
		m.nano = n
		return s[i:], i > 0
	case dtHalf:
		return m.takeHalf(s)
	case dtZone:
		return m.takeZone(s)
	default:
		return m.takeUnix(p.tok, s)
	}
}

func takeLiteral(lit, s string) (string, bool) {
	if strings.HasPrefix(s, lit) && !strings.HasSuffix(lit, " ") {
		return s[len(lit):], true
	}
	// Blanks: any number of any kind, so that "5.3.2020  14:00" fits "D.M.YYYY HH:mm".
	for _, c := range lit {
		if unicode.IsSpace(c) {
			t := strings.TrimLeftFunc(s, unicode.IsSpace)
			if len(t) == len(s) {
				return s, false
			}
			s = t
			continue
		}
		r, n := utf8.DecodeRuneInString(s)
		if n == 0 || r != c {
			return s, false
		}
		s = s[n:]
	}
	return s, true
}

func (m *moment) takeName(t dateTok, s string) (string, bool) {
	n := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	if n < 0 {
		n = len(s)
	}
	word := strings.ToLower(s[:n])
	rest := strings.TrimPrefix(s[n:], ".")
	if t == dtWeekday {
		return rest, n > 0
	}
	m.month = monthNames[word]
	return rest, m.month > 0
}

var monthNames = func() map[string]int {
	names := [12]string{
		"january jan januar jän jänner", "february feb februar", "march mar märz mär mrz maerz", "april apr",
		"may mai", "june jun juni", "july jul juli", "august aug", "september sep sept",
		"october oct oktober okt", "november nov", "december dec dezember dez",
	}
	out := map[string]int{}
	for i, line := range names {
		for w := range strings.FieldsSeq(line) {
			out[w] = i + 1
		}
	}
	return out
}()

func (m *moment) takeHalf(s string) (string, bool) {
	s = strings.TrimLeft(s, " ")
	for half, words := range [2][]string{{"a.m.", "am", "a"}, {"p.m.", "pm", "p"}} {
		for _, w := range words {
			if hasFold(s, w) {
				m.half = half
				return s[len(w):], true
			}
		}
	}
	return s, false
}

func (m *moment) takeZone(s string) (string, bool) {
	s = strings.TrimLeft(s, " ")
	for _, w := range []string{"UTC", "GMT", "Z"} {
		if hasFold(s, w) {
			m.zoned, m.offset = true, 0
			return s[len(w):], true
		}
	}
	if s == "" || s[0] != '+' && s[0] != '-' {
		return s, false
	}
	h, rest, ok := digits(s[1:], 2, 2)
	if !ok || h > 15 {
		return s, false
	}
	mi := 0
	if r, colon := strings.CutPrefix(rest, ":"); colon {
		if mi, rest, ok = digits(r, 2, 2); !ok {
			return s, false
		}
	} else if n, r, ok := digits(rest, 2, 2); ok {
		mi, rest = n, r
	}
	if mi > 59 {
		return s, false
	}
	m.zoned, m.offset = true, h*3600+mi*60
	if s[0] == '-' {
		m.offset = -m.offset
	}
	return rest, true
}

func (m *moment) takeUnix(t dateTok, s string) (string, bool) {
	i, n, neg := 0, int64(0), false
	if strings.HasPrefix(s, "-") {
		neg, s = true, s[1:]
	}
	for ; i < len(s) && i < 15 && s[i] >= '0' && s[i] <= '9'; i++ {
		n = n*10 + int64(s[i]-'0')
	}
	if neg {
		n = -n
	}
	m.unix = true
	if m.at = time.Unix(n, 0).UTC(); t == dtUnixMilli {
		m.at = time.UnixMilli(n).UTC()
	}
	good := i > 0 && m.at.Year() < 10000 && m.at.Year() > 0
	// Seconds may have a fraction: 1701806790.536.
	if rest := s[i:]; t == dtUnix && good && len(rest) > 1 && rest[0] == '.' {
		part := time.Duration(0)
		j, unit := 1, time.Second
		for ; j < len(rest) && rest[j] >= '0' && rest[j] <= '9'; j++ {
			unit /= 10
			part += time.Duration(rest[j]-'0') * unit
		}
		if neg {
			part = -part
		}
		if j > 1 {
			m.at, i = m.at.Add(part), i+j
		}
	}
	return s[i:], good
}

// parseISO reads 2024-01-31, 2024-01-31T14:05, ...:09.123+02:00 and 20240131T140509Z,
// with a T or a blank between day and time.
func parseISO(s string, zone *time.Location) (time.Time, bool, error) {
	m := moment{half: -1}
	var ok bool
	rest := s
	if m.year, rest, ok = digits(rest, 4, 4); !ok {
		return time.Time{}, false, errNoDate
	}
	r, dash := strings.CutPrefix(rest, "-")
	if m.month, rest, ok = digits(r, 2, 2); !ok {
		return time.Time{}, false, errNoDate
	}
	if dash {
		if rest, ok = strings.CutPrefix(rest, "-"); !ok {
			return time.Time{}, false, errNoDate
		}
	}
	if m.day, rest, ok = digits(rest, 2, 2); !ok {
		return time.Time{}, false, errNoDate
	}
	if rest == "" {
		return m.finish(zone, true)
	}
	if rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ' {
		return time.Time{}, false, errNoDate
	}
	if rest, ok = m.isoTime(strings.TrimLeft(rest[1:], " ")); !ok || rest != "" {
		return time.Time{}, false, errNoDate
	}
	return m.finish(zone, false)
}

func (m *moment) isoTime(rest string) (string, bool) {
	var ok bool
	if m.hour, rest, ok = digits(rest, 2, 2); !ok {
		return rest, false
	}
	r, colon := strings.CutPrefix(rest, ":")
	if m.minute, rest, ok = digits(r, 2, 2); !ok {
		return rest, false
	}
	if r, has := strings.CutPrefix(rest, ":"); has || !colon && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
		if m.second, rest, ok = digits(r, 2, 2); !ok {
			return rest, false
		}
		if rest != "" && (rest[0] == '.' || rest[0] == ',') {
			if rest, ok = m.take(datePart{tok: dtFraction}, rest[1:], false); !ok {
				return rest, false
			}
			for rest != "" && rest[0] >= '0' && rest[0] <= '9' { // finer than a nanosecond
				rest = rest[1:]
			}
		}
	}
	if rest == "" {
		return rest, true
	}
	return m.takeZone(rest)
}
