package formula

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// fnText writes a value in one of Excel's number formats: digits (0 # ? . ,
// %, E+), dates (yyyy mm dd hh mm ss AM/PM), texts ("..." \x @) and sections
// parted by a semicolon.
func fnText(r *runner, a []Value) Value {
	format := a[1].text()
	if len(format) > 255 {
		return Error(ErrValue)
	}
	v := a[0]
	n, fail := v.number()
	if len(a) > 2 && !fail.IsError() {
		t, ok := fromSerial(n)
		loc, err := zone(a[2].text())
		if !ok || err != nil || !r.step(20) {
			return Error(ErrValue)
		}
		at := t.In(loc)
		m := Moment(time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC), false)
		if m.IsError() {
			return m
		}
		n = m.n
	}
	if v.kind == KindLogical || fail.IsError() {
		return r.newText(textSection(format, v.text()))
	}
	if strings.EqualFold(format, "General") {
		return r.newText(numberText(n))
	}
	secs := sections(format)
	neg := n < 0
	pick := 0
	switch {
	case neg && len(secs) > 1:
		pick, n, neg = 1, -n, false
	case n == 0 && len(secs) > 2:
		pick = 2
	}
	s, ok := formatNumber(secs[pick], n, neg)
	if !ok {
		return Error(ErrValue)
	}
	return r.newText(s)
}

// sections splits at semicolons that are not quoted.
func sections(f string) []string {
	var out []string
	from, quote := 0, false
	for i := 0; i < len(f); i++ {
		switch {
		case f[i] == '"':
			quote = !quote
		case f[i] == '\\' && !quote:
			i++
		case f[i] == ';' && !quote:
			out, from = append(out, f[from:i]), i+1
		}
	}
	return append(out, f[from:])
}

func textSection(format, text string) string {
	secs := sections(format)
	f := secs[len(secs)-1]
	if len(secs) < 4 && !strings.Contains(f, "@") {
		return text
	}
	var b strings.Builder
	for _, p := range formatParts(f) {
		switch {
		case p.lit:
			b.WriteString(p.s)
		case p.s == "@":
			b.WriteString(text)
		}
	}
	return b.String()
}

type formatPart struct {
	s   string
	lit bool
}

// formatParts cuts a section into literals and runs of the same sign.
func formatParts(f string) []formatPart {
	var out []formatPart
	for i := 0; i < len(f); {
		switch c := f[i]; {
		case c == '"':
			end := strings.IndexByte(f[i+1:], '"')
			if end < 0 {
				end = len(f) - i - 1
			}
			out = append(out, formatPart{f[i+1 : i+1+end], true})
			i += end + 2
		case c == '\\' && i+1 < len(f):
			_, w := utf8.DecodeRuneInString(f[i+1:])
			out = append(out, formatPart{f[i+1 : i+1+w], true})
			i += 1 + w
		case c == '_' && i+1 < len(f): // a blank as wide as the next sign
			_, w := utf8.DecodeRuneInString(f[i+1:])
			out = append(out, formatPart{" ", true})
			i += 1 + w
		case c == '[':
			end := strings.IndexByte(f[i:], ']')
			if end < 0 {
				end = len(f) - i - 1
			}
			if in := strings.ToLower(f[i+1 : i+end]); in == "h" || in == "m" || in == "s" || in == "hh" || in == "mm" || in == "ss" {
				out = append(out, formatPart{"[" + in + "]", false})
			}
			i += end + 1
		case hasFold(f[i:], "AM/PM"):
			out = append(out, formatPart{"AM/PM", false})
			i += 5
		case hasFold(f[i:], "A/P"):
			out = append(out, formatPart{"A/P", false})
			i += 3
		case hasFold(f[i:], "E+") || hasFold(f[i:], "E-"):
			out = append(out, formatPart{f[i : i+2], false})
			i += 2
		default:
			_, w := utf8.DecodeRuneInString(f[i:])
			n := w
			if strings.IndexByte("ymdhsYMDHS0#?", c) >= 0 {
				for i+n < len(f) && f[i+n]|0x20 == c|0x20 {
					n++
				}
			}
			lit := !strings.ContainsRune("ymdhsYMDHS0#?.,%@", rune(c))
			out = append(out, formatPart{f[i : i+n], lit})
			i += n
		}
	}
	return out
}

func formatNumber(f string, n float64, neg bool) (string, bool) {
	parts := formatParts(f)
	for _, p := range parts {
		if !p.lit && strings.ContainsAny(p.s, "ymdhsYMDHS") {
			if n < 0 {
				return "", false
			}
			return formatMoment(parts, n)
		}
	}
	return formatDigits(parts, math.Abs(n), neg), true
}

// formatMoment writes a serial number as a date or time.
func formatMoment(parts []formatPart, n float64) (string, bool) {
	t, ok := fromSerial(n)
	if !ok {
		return "", false
	}
	twelve, fraction := false, false
	for _, p := range parts {
		twelve = twelve || !p.lit && (p.s == "AM/PM" || p.s == "A/P")
		fraction = fraction || !p.lit && p.s[0] == '0'
	}
	if !fraction {
		t = t.Add(500 * time.Millisecond).Truncate(time.Second)
	}
	var b strings.Builder
	for i, p := range parts {
		if p.lit {
			b.WriteString(p.s)
			continue
		}
		switch s := strings.ToLower(p.s); {
		case s == "am/pm" || s == "a/p":
			half := [2]string{"AM", "PM"}[t.Hour()/12]
			if s == "a/p" {
				half = half[:1]
			}
			b.WriteString(half)
		case s[0] == '[':
			writeElapsed(&b, s, n)
		case s[0] == 'm' && minutes(parts, i):
			pad(&b, t.Minute(), len(s))
		case s[0] == '0':
			frac := t.Nanosecond() / 1_000_000
			b.WriteString((pad3(frac) + "000000")[:min(len(s), 9)])
		case strings.IndexByte("ymdhs", s[0]) >= 0:
			writeMoment(&b, s, t, twelve)
		default:
			b.WriteString(p.s)
		}
	}
	return b.String(), true
}

func pad3(n int) string {
	s := strconv.Itoa(n)
	return "000"[:3-len(s)] + s
}

func pad(b *strings.Builder, n, width int) {
	if width >= 2 && n < 10 {
		b.WriteByte('0')
	}
	b.WriteString(strconv.Itoa(n))
}

func writeElapsed(b *strings.Builder, s string, n float64) {
	secs := math.Round(n * 86400)
	switch s[1] {
	case 'h':
		secs /= 3600
	case 'm':
		secs /= 60
	}
	pad(b, int(secs), len(s)-2)
}

// minutes tells whether an m stands beside an hour or a second.
func minutes(parts []formatPart, at int) bool {
	if len(parts[at].s) > 2 {
		return false
	}
	for i := at - 1; i >= 0; i-- {
		if c := parts[i].s; !parts[i].lit && c != "" && strings.IndexByte("ymdhsYMDHS[", c[0]) >= 0 {
			if c[0]|0x20 == 'h' || strings.HasPrefix(c, "[h") {
				return true
			}
			break
		}
	}
	for i := at + 1; i < len(parts); i++ {
		if c := parts[i].s; !parts[i].lit && c != "" && strings.IndexByte("ymdhsYMDHS[", c[0]) >= 0 {
			return c[0]|0x20 == 's'
		}
	}
	return false
}

func writeMoment(b *strings.Builder, s string, t time.Time, twelve bool) {
	switch s[0] {
	case 'y':
		if len(s) <= 2 {
			pad(b, t.Year()%100, 2)
		} else {
			b.WriteString(strconv.Itoa(t.Year()))
		}
	case 'm':
		switch name := t.Month().String(); len(s) {
		case 1, 2:
			pad(b, int(t.Month()), len(s))
		case 3:
			b.WriteString(name[:3])
		case 5:
			b.WriteString(name[:1])
		default:
			b.WriteString(name)
		}
	case 'd':
		switch name := t.Weekday().String(); len(s) {
		case 1, 2:
			pad(b, t.Day(), len(s))
		case 3:
			b.WriteString(name[:3])
		default:
			b.WriteString(name)
		}
	case 'h':
		h := t.Hour()
		if twelve {
			if h %= 12; h == 0 {
				h = 12
			}
		}
		pad(b, h, len(s))
	case 's':
		pad(b, t.Second(), len(s))
	}
}

// formatDigits writes a number into the places 0 # ? of a format.
func formatDigits(parts []formatPart, n float64, neg bool) string {
	var whole, frac string // the places before and after the point
	point, group, expo := false, false, ""
	percents, scale := 0, 0
	expoPlaces := 0
	lastDigit := -1
	for i, p := range parts {
		if !p.lit && strings.IndexByte("0#?", p.s[0]) >= 0 {
			lastDigit = i
		}
	}
	for i, p := range parts {
		if p.lit {
			continue
		}
		switch {
		case expo != "" && strings.IndexByte("0#?", p.s[0]) >= 0:
			expoPlaces += len(p.s)
		case strings.IndexByte("0#?", p.s[0]) >= 0:
			if point {
				frac += p.s
			} else {
				whole += p.s
			}
		case p.s == ".":
			point = true
		case p.s == "%":
			percents++
		case p.s == ",":
			if i > lastDigit && lastDigit >= 0 {
				scale++
			} else {
				group = true
			}
		case len(p.s) == 2 && p.s[0]|0x20 == 'e':
			expo = p.s
		}
	}
	d, err := decimal.NewFromString(strconv.FormatFloat(n, 'g', 15, 64))
	if err != nil {
		return ""
	}
	d = d.Shift(int32(2*percents - 3*scale))
	ex := 0
	if expo != "" && !d.IsZero() {
		ex = d.NumDigits() + int(d.Exponent()) - max(1, strings.Count(whole, "0"))
		d = d.Shift(int32(-ex))
	}
	digits := d.StringFixed(int32(len(frac)))
	if strings.Trim(digits, "0.") == "" {
		neg = false
	}
	in, out, _ := strings.Cut(digits, ".")
	return placeDigits(parts, wholeDigits(in, whole, group), fracDigits(out, frac), neg, expo, ex, expoPlaces)
}

func wholeDigits(in, places string, group bool) string {
	in = strings.TrimLeft(in, "0")
	for least := strings.Count(places, "0"); len(in) < least; {
		in = "0" + in
	}
	if !group {
		return in
	}
	var b strings.Builder
	for i, c := range in {
		if i > 0 && (len(in)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// fracDigits drops zeros at the end where the format says #.
func fracDigits(out, places string) string {
	for out != "" && out[len(out)-1] == '0' && places[len(out)-1] == '#' {
		out = out[:len(out)-1]
	}
	return out
}

func placeDigits(parts []formatPart, in, out string, neg bool, expo string, ex, expoPlaces int) string {
	var b strings.Builder
	if neg {
		b.WriteByte('-')
	}
	// How many places are left of each kind: surplus digits go to the first place,
	// the others one by one, so that "000-000" keeps its hyphen.
	places := 0
	for _, p := range parts {
		if !p.lit && p.s == "." {
			break
		}
		if !p.lit && strings.IndexByte("0#?", p.s[0]) >= 0 {
			places += len(p.s)
		}
	}
	afterPoint, afterExpo, first := false, false, true
	for _, p := range parts {
		switch {
		case p.lit:
			b.WriteString(p.s)
		case afterExpo && strings.IndexByte("0#?", p.s[0]) >= 0:
		case strings.IndexByte("0#?", p.s[0]) >= 0 && !afterPoint:
			take := countTail(in, places-len(p.s))
			if first || take > 0 {
				b.WriteString(in[:take])
				in = in[take:]
			}
			places -= len(p.s)
			first = false
		case strings.IndexByte("0#?", p.s[0]) >= 0:
			n := min(len(p.s), len(out))
			b.WriteString(out[:n])
			out = out[n:]
		case p.s == ".":
			if first {
				b.WriteString(in)
				in = ""
			}
			if !afterPoint {
				b.WriteByte('.')
			}
			afterPoint = true
		case p.s == "%":
			b.WriteByte('%')
		case p.s == ",":
		case expo != "" && p.s == expo:
			afterExpo = true
			b.WriteByte('E')
			if ex < 0 {
				b.WriteByte('-')
			} else if expo[1] == '+' {
				b.WriteByte('+')
			}
			s := strconv.Itoa(max(ex, -ex))
			for len(s) < expoPlaces {
				s = "0" + s
			}
			b.WriteString(s)
		}
	}
	return b.String()
}

// countTail gives the length of s without its last n digits.
func countTail(s string, n int) int {
	i := len(s)
	for ; i > 0 && n > 0; i-- {
		if s[i-1] != ',' {
			n--
		}
	}
	return i
}
