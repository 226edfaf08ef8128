package formula

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind says what a value is.
type Kind uint8

// The kinds of values.
const (
	KindBlank Kind = iota
	KindText
	KindNumber
	KindLogical
	KindError
	// KindList is a list while a formula is computed. A result is never one: it is then
	// a text that has a list, as the value of a field with several values is.
	KindList
)

// The errors that Excel shows in a cell.
const (
	ErrValue = "#VALUE!"
	ErrDiv0  = "#DIV/0!"
	ErrNum   = "#NUM!"
	ErrNA    = "#N/A"
	ErrName  = "#NAME?"
	ErrRef   = "#REF!"  // a table or a column that is not there
	ErrCalc  = "#CALC!" // a list that would be empty
)

// how a number is to be shown, as a cell's format would.
const (
	asPlain uint8 = iota
	asDay
	asMoment
)

// Value is what a field or a formula holds. The zero Value is blank.
type Value struct {
	kind Kind
	as   uint8
	// dated: a text that is also a known date, with its serial number in n.
	dated bool
	// given: a text that comes from a field, so that "5" may be compared with 5.
	given bool
	n     float64
	s     string
	arr   *array
}

// Text is a text value.
func Text(s string) Value { return Value{kind: KindText, s: s} }

// Number is a number value.
func Number(f float64) Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Error(ErrNum)
	}
	if f == 0 {
		f = 0 // no negative zero
	}
	return Value{kind: KindNumber, n: f}
}

// Logical is TRUE or FALSE.
func Logical(b bool) Value {
	v := Value{kind: KindLogical}
	if b {
		v.n = 1
	}
	return v
}

// Blank is the value of an empty field.
func Blank() Value { return Value{} }

// Error is an error value, such as #VALUE!.
func Error(code string) Value { return Value{kind: KindError, s: code} }

// FieldText is the text of a source field; an empty text is blank. Unlike a
// text in the formula it may be compared with a number: [Level]=1 is true for
// "1", as it would be in Excel after opening the file.
func FieldText(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{kind: KindText, s: s, given: true}
}

// FieldList is a source field with several values. As a text they are parted by a comma and a blank.
func FieldList(list []string) Value {
	if len(list) == 0 {
		return Value{}
	}
	cells := make([]Value, len(list))
	for i, s := range list {
		cells[i] = FieldText(s)
	}
	return Value{kind: KindText, s: strings.Join(list, ", "), arr: &array{rows: len(list), cols: 1, cells: cells}, given: true}
}

// FieldNumber is a source field of numbers: a number if Excel could keep all its digits, else the text.
func FieldNumber(s string) Value {
	if s == "" {
		return Value{}
	}
	digits := 0
	for _, c := range s {
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	if digits <= 15 {
		if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return Number(f)
		}
	}
	return FieldText(s)
}

// FieldDate is a source field whose text was read as a date: text functions see
// the text as it stands, arithmetic and comparison see the date.
func FieldDate(text string, t time.Time, dateOnly bool) Value {
	v := FieldText(text)
	if m := Moment(t, dateOnly); m.kind == KindNumber && v.kind == KindText {
		v.dated, v.n, v.as = true, m.n, m.as
	}
	return v
}

// Moment is a date as Excel keeps it: days since 1900 with the time as fraction, in UTC.
func Moment(t time.Time, dateOnly bool) Value {
	n, ok := serial(t)
	if !ok {
		return Error(ErrValue)
	}
	v := Number(n)
	v.as = asMoment
	if dateOnly {
		v.as = asDay
	}
	return v
}

var excelEpoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

const maxSerial = 2958466 // the first day after 9999-12-31

func serial(t time.Time) (float64, bool) {
	t = t.UTC()
	ms := t.UnixMilli() - excelEpoch.UnixMilli()
	n := float64(ms) / 86_400_000
	if n < 61 { // Excel believes in 29 February 1900
		n--
	}
	return n, n >= 1 && n < maxSerial
}

func fromSerial(n float64) (time.Time, bool) {
	if n < 0 || n >= maxSerial {
		return time.Time{}, false
	}
	if n < 60 {
		n++
	}
	days := math.Floor(n)
	ms := math.Round((n - days) * 86_400_000)
	return excelEpoch.AddDate(0, 0, int(days)).Add(time.Duration(ms) * time.Millisecond), true
}

// Kind says what the value is.
func (v Value) Kind() Kind { return v.kind }

// IsError tells whether the value is an error such as #VALUE!; String gives which.
func (v Value) IsError() bool { return v.kind == KindError }

// Number gives the number of a number value.
func (v Value) Number() (float64, bool) { return v.n, v.kind == KindNumber }

// Logical gives TRUE or FALSE of a logical value.
func (v Value) Logical() (value, ok bool) { return v.n != 0, v.kind == KindLogical }

// List gives the values of a field that has several.
func (v Value) List() []string {
	if v.arr == nil {
		return nil
	}
	out := make([]string, len(v.arr.cells))
	for i, c := range v.arr.cells {
		out[i] = c.String()
	}
	return out
}

// Time reads a number as the date that it stands for. shown tells whether the
// value is known to be a date, rather than a number that could be one.
func (v Value) Time() (t time.Time, dateOnly, shown, ok bool) {
	if v.kind != KindNumber && !v.dated {
		return time.Time{}, false, false, false
	}
	t, ok = fromSerial(v.n)
	return t, v.as == asDay, v.as != asPlain, ok
}

// String is the value as a cell shows it: a date as a date.
func (v Value) String() string {
	if v.kind == KindNumber && v.as != asPlain {
		if t, ok := fromSerial(v.n); ok {
			if v.as == asDay {
				return t.Format("2006-01-02")
			}
			if t.Nanosecond() != 0 {
				return t.Format("2006-01-02T15:04:05.000Z")
			}
			return t.Format("2006-01-02T15:04:05Z")
		}
	}
	return v.text()
}

// text is the value as & sees it: a date as its number.
func (v Value) text() string {
	switch v.kind {
	case KindNumber:
		return numberText(v.n)
	case KindLogical:
		if v.n != 0 {
			return "TRUE"
		}
		return "FALSE"
	default:
		return v.s
	}
}

// numberText writes a number with at most 15 digits, as Excel does.
func numberText(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatInt(int64(f), 10)
	}
	f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64) // cannot fail: our own text
	if a := math.Abs(f); a != 0 && (a >= 1e21 || a < 1e-9) {
		s := strconv.FormatFloat(f, 'E', -1, 64)
		return s
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// number coerces as Excel's operators do. fail is an error value, or blank when all is well.
func (v Value) number() (n float64, fail Value) {
	switch v.kind {
	case KindNumber, KindLogical:
		return v.n, Value{}
	case KindBlank:
		return 0, Value{}
	case KindError:
		return 0, v
	case KindList:
		return 0, Error(ErrValue)
	}
	if v.dated {
		return v.n, Value{}
	}
	if f, ok := textNumber(v.s); ok {
		return f, Value{}
	}
	if t, day, err := ParseDate(v.s, "", ""); err == nil {
		if m := Moment(t, day); m.kind == KindNumber {
			return m.n, Value{}
		}
	}
	return 0, Error(ErrValue)
}

// textNumber reads what a person would type as a number: 1,234.50, 12%, $5, (3).
func textNumber(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 64 {
		return 0, false
	}
	neg := false
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") {
		neg, s = true, s[1:len(s)-1]
	}
	div := 1.0
	for strings.HasSuffix(s, "%") {
		div, s = div*100, strings.TrimSpace(strings.TrimSuffix(s, "%"))
	}
	sign := ""
	if s != "" && (s[0] == '+' || s[0] == '-') {
		sign, s = s[:1], strings.TrimSpace(s[1:])
	}
	s = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(s, "$"), "€"))
	if s == "" || !(s[0] == '.' || s[0] >= '0' && s[0] <= '9') {
		return 0, false
	}
	for i := range len(s) {
		if !strings.ContainsRune("0123456789.,eE+-", rune(s[i])) {
			return 0, false
		}
	}
	if whole, _, _ := strings.Cut(s, "."); strings.Contains(s, ",") {
		groups := strings.Split(whole, ",")
		for i, g := range groups {
			if i > 0 && len(g) != 3 || g == "" {
				return 0, false
			}
		}
		s = strings.ReplaceAll(whole, ",", "") + s[len(whole):]
	}
	f, err := strconv.ParseFloat(sign+s, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return 0, false
	}
	if neg {
		f = -f
	}
	return f / div, true
}

// truth coerces to TRUE or FALSE.
func (v Value) truth() (b bool, fail Value) {
	switch v.kind {
	case KindNumber, KindLogical:
		return v.n != 0, Value{}
	case KindBlank:
		return false, Value{}
	case KindError:
		return false, v
	case KindList:
		return false, Error(ErrValue)
	}
	switch strings.ToUpper(strings.TrimSpace(v.s)) {
	case "TRUE":
		return true, Value{}
	case "FALSE":
		return false, Value{}
	}
	return false, Error(ErrValue)
}

// compare orders two values as Excel does: numbers before texts before
// logicals, texts without regard to case.
func compare(a, b Value) int {
	if a.kind == KindBlank {
		a = blankLike(b)
	}
	if b.kind == KindBlank {
		b = blankLike(a)
	}
	if a.kind == KindText && b.kind == KindText && a.dated && b.dated {
		return cmpFloat(a.n, b.n)
	}
	if a.kind == KindText && b.kind == KindNumber {
		a = loose(a)
	} else if b.kind == KindText && a.kind == KindNumber {
		b = loose(b)
	}
	if ra, rb := rank(a), rank(b); ra != rb {
		return ra - rb
	}
	if a.kind == KindText {
		return compareFold(a.s, b.s)
	}
	return cmpFloat(a.n, b.n)
}

// compareFold compares two texts without regard to case, without copies where they are plain ASCII.
func compareFold(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		x, y := a[i], b[i]
		if x >= utf8.RuneSelf || y >= utf8.RuneSelf {
			return strings.Compare(strings.ToLower(a), strings.ToLower(b))
		}
		if x != y {
			if x, y = lowerByte(x), lowerByte(y); x != y {
				return int(x) - int(y)
			}
		}
	}
	return len(a) - len(b)
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func blankLike(v Value) Value {
	if v.kind == KindText || v.kind == KindBlank {
		return Text("")
	}
	return Value{kind: v.kind}
}

// loose reads a field's text as the number that Excel would have made of it.
func loose(v Value) Value {
	if v.dated {
		return Number(v.n)
	}
	if v.given {
		if f, ok := textNumber(v.s); ok {
			return Number(f)
		}
	}
	return v
}

func rank(v Value) int {
	switch v.kind {
	case KindText:
		return 1
	case KindLogical:
		return 2
	default:
		return 0
	}
}

func cmpFloat(a, b float64) int {
	// Excel compares what it shows: 15 digits.
	if a == b || math.Abs(a-b) <= 1e-15*math.Max(math.Abs(a), math.Abs(b)) {
		return 0
	}
	if a < b {
		return -1
	}
	return 1
}

// Plain is the value as & sees it: a date as its number.
func (v Value) Plain() string { return v.text() }
