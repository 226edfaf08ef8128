package profile

import "bytes"

// written is a date as it stands in a text; seconds since midnight of its own day, with
// its zone taken away when it states one.
type written struct {
	order            order
	year, month, day int
	seconds          int64
	clock, zoned     bool
}

// readDate reads 2024-03-01T10:00:00Z, 31.12.2024 10:00, 12/31/24 4:05 PM, 1 Mar 2024.
func readDate(t []byte) (d written, ok bool) {
	if d, ok = plainDate(t); ok {
		return d, true
	}
	if t[0] < '0' || t[0] > '9' {
		return dateInWords(t)
	}
	a, n := digitsOf(t)
	if n == len(t) || n > 4 {
		return d, false
	}
	sep := t[n]
	if sep == ' ' {
		return dateInWords(t)
	}
	if sep != '-' && sep != '/' && sep != '.' {
		return d, false
	}
	rest := t[n+1:]
	b, m := digitsOf(rest)
	if m == 0 || m > 2 || m == len(rest) || rest[m] != sep {
		return d, false
	}
	rest = rest[m+1:]
	c, k := digitsOf(rest)
	if k == 0 || k > 4 || k == 3 {
		return d, false
	}
	rest = rest[k:]
	switch {
	case n == 4 && k <= 2:
		d.order, d.year, d.month, d.day = orderYear, a, b, c
	case n <= 2 && (k == 4 || k == 2):
		if d.year = c; k == 2 {
			// Two digits say no century: as most programs do, up to 69 is this one.
			d.year = c + 1900
			if c < 70 {
				d.year = c + 2000
			}
		}
		switch {
		case a > 12:
			d.order, d.day, d.month = orderDay, a, b
		case b > 12:
			d.order, d.day, d.month = orderMonth, b, a
		default:
			d.order, d.day, d.month = orderEither, a, b
		}
	default:
		return d, false
	}
	if k == 2 && n <= 2 && sep == '.' && len(rest) > 0 && rest[0] == '.' {
		return d, false // 192.16.10.1
	}
	if !d.time(rest) {
		return written{}, false
	}
	if d.month < 1 || d.month > 12 || d.day < 1 || d.day > monthDays(d.year, d.month) {
		d.order = orderImpossible
	}
	return d, true
}

// plainDate reads 2024-03-01, 2024-03-01 10:00 and 2024-03-01T10:00:00Z, which most programs
// write. What it does not take is not wrong.
func plainDate(t []byte) (d written, ok bool) {
	if len(t) < 10 || t[4] != '-' || t[7] != '-' {
		return d, false
	}
	century, year := twoDigits(t, 0), twoDigits(t, 2)
	d = written{order: orderYear, year: century*100 + year, month: twoDigits(t, 5), day: twoDigits(t, 8)}
	if century > 99 || year > 99 || d.month < 1 || d.month > 12 || d.day < 1 || d.day > monthDays(d.year, d.month) {
		return written{}, false
	}
	if len(t) == 10 {
		return d, true
	}
	if len(t) < 16 || t[10] != 'T' && t[10] != ' ' || t[13] != ':' {
		return written{}, false
	}
	h, m, s := twoDigits(t, 11), twoDigits(t, 14), 0
	rest := t[16:]
	if len(rest) >= 3 && rest[0] == ':' {
		s = twoDigits(rest, 1)
		rest = rest[3:]
	}
	if h > 24 || m > 59 || s > 60 || len(rest) > 1 || len(rest) == 1 && rest[0] != 'Z' {
		return written{}, false
	}
	d.clock, d.zoned, d.seconds = true, len(rest) == 1, int64(h*3600+m*60+s)
	return d, true
}

// twoDigits reads a number of two digits; above 99: it is none.
func twoDigits(t []byte, i int) int {
	a, b := t[i]-'0', t[i+1]-'0'
	if a > 9 || b > 9 {
		return 100
	}
	return int(a)*10 + int(b)
}

func monthDays(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// digitsOf reads the digits at the beginning.
func digitsOf(t []byte) (value, n int) {
	for n < len(t) && n < 9 && t[n] >= '0' && t[n] <= '9' {
		value = value*10 + int(t[n]-'0')
		n++
	}
	return value, n
}

// time reads what stands behind a date: nothing, or a clock time, perhaps with its zone.
func (d *written) time(t []byte) bool {
	if len(t) == 0 {
		return true
	}
	if t[0] != 'T' && t[0] != ' ' && t[0] != ',' {
		return false
	}
	t = bytes.TrimLeft(t[1:], " ")
	h, n := digitsOf(t)
	if n == 0 || n > 2 || n == len(t) || t[n] != ':' {
		return false
	}
	t = t[n+1:]
	m, n := digitsOf(t)
	if n != 2 || m > 59 || h > 24 {
		return false
	}
	t = t[n:]
	s := 0
	if len(t) > 2 && t[0] == ':' {
		if s, n = digitsOf(t[1:]); n != 2 || s > 60 {
			return false
		}
		t = t[3:]
		if len(t) > 1 && (t[0] == '.' || t[0] == ',') {
			_, n = digitsOf(t[1:])
			if n == 0 {
				return false
			}
			t = t[1+n:]
		}
	}
	d.clock = true
	t = bytes.TrimLeft(t, " ")
	if len(t) >= 2 && (t[1]|0x20) == 'm' && (t[0]|0x20 == 'a' || t[0]|0x20 == 'p') {
		if h < 1 || h > 12 {
			return false
		}
		h %= 12
		if t[0]|0x20 == 'p' {
			h += 12
		}
		t = bytes.TrimLeft(t[2:], " ")
	}
	d.seconds = int64(h)*3600 + int64(m)*60 + int64(s)
	return d.zone(t)
}

// zone reads Z, +02:00, -0500, GMT, UTC.
func (d *written) zone(t []byte) bool {
	switch string(t) {
	case "":
		return true
	case "Z", "z", "UTC", "GMT":
		d.zoned = true
		return true
	}
	if t[0] != '+' && t[0] != '-' {
		return false
	}
	h, n := digitsOf(t[1:])
	rest := t[1+n:]
	m := 0
	switch {
	case n == 4:
		h, m = h/100, h%100
	case n == 2 && len(rest) == 3 && rest[0] == ':':
		var k int
		if m, k = digitsOf(rest[1:]); k != 2 {
			return false
		}
		rest = nil
	case n != 2:
		return false
	}
	if len(rest) > 0 || h > 14 || m > 59 {
		return false
	}
	off := int64(h*3600 + m*60)
	if t[0] == '-' {
		off = -off
	}
	d.seconds -= off
	d.zoned = true
	return true
}

var monthNames = [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

func monthOf(t []byte) int {
	if len(t) < 3 || len(t) > 9 {
		return 0
	}
	for i, m := range monthNames {
		if bytes.EqualFold(t[:3], []byte(m)) {
			return i + 1
		}
	}
	return 0
}

// dateInWords reads "1 Mar 2024", "March 1, 2024 10:00", "Fri, 01 Mar 2024 10:00:00 +0100".
func dateInWords(t []byte) (d written, ok bool) {
	if comma := bytes.IndexByte(t, ','); comma == 3 && t[0] > '9' {
		t = bytes.TrimLeft(t[4:], " ")
	}
	words := bytes.SplitN(t, []byte(" "), 4)
	if len(words) < 3 {
		return d, false
	}
	one, two, three := words[0], bytes.TrimSuffix(words[1], []byte(",")), bytes.TrimSuffix(words[2], []byte(","))
	if monthOf(one) > 0 {
		one, two = two, one
	}
	day, n := digitsOf(one)
	year, k := digitsOf(three)
	d.month = monthOf(two)
	if d.month == 0 || n == 0 || n > 2 || n != len(one) || k != 4 || k != len(three) {
		return d, false
	}
	d.order, d.day, d.year = orderWords, day, year
	if len(words) == 4 && !d.time(append([]byte(" "), words[3]...)) {
		return written{}, false
	}
	if day < 1 || day > monthDays(year, d.month) {
		d.order = orderImpossible
	}
	return d, true
}
