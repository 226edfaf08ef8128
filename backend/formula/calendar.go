package formula

import (
	"math"
	"strings"
	"time"

	"waybill/backend/problem"
)

func calendarFunctions() []Function {
	return []Function{
		{Name: "EOMONTH", Use: "EOMONTH(date, months)", Help: "The last day of a month that many months later.", min: 2, max: 2, build: eager(fnEomonth)},
		{Name: "WEEKNUM", Use: "WEEKNUM(date, [type])", Help: "The week of the year; type 21 counts as ISO does, 2 from the Monday.", min: 1, max: 2, build: eager(fnWeeknum)},
		{Name: "ISOWEEKNUM", Use: "ISOWEEKNUM(date)", Help: "The week of the year as ISO 8601 counts.", min: 1, max: 1, build: eager(func(_ *runner, a []Value) Value {
			t, fail := dateArg(a, 0)
			if fail.IsError() {
				return fail
			}
			_, w := t.ISOWeek()
			return Number(float64(w))
		})},
		{Name: "DATEDIF", Use: "DATEDIF(start, end, unit)", Help: "How long it is from one date to another, in whole \"Y\", \"M\" or \"D\".", min: 3, max: 3, build: eager(fnDatedif)},
		{Name: "DAYS360", Use: "DAYS360(start, end, [european])", Help: "How many days lie between two dates in years of 360 days.", min: 2, max: 3, build: eager(fnDays360)},
		{Name: "NETWORKDAYS", Use: "NETWORKDAYS(start, end, [holidays])", Help: "How many working days lie between two dates, both counted.", min: 2, max: 3, build: wide(func(r *runner, a []Value) Value { return netWorkdays(r, a, 3) })},
		{Name: "NETWORKDAYS.INTL", Use: "NETWORKDAYS.INTL(start, end, [weekend], [holidays])", Help: "As NETWORKDAYS, with other days off: weekend 7 is Friday and Saturday, \"0000011\" Saturday and Sunday.", min: 2, max: 4, build: wide(func(r *runner, a []Value) Value { return netWorkdays(r, a, 4) })},
		{Name: "WORKDAY", Use: "WORKDAY(start, days, [holidays])", Help: "The working day that many working days later.", min: 2, max: 3, build: wide(func(r *runner, a []Value) Value { return workday(r, a, 3) })},
		{Name: "WORKDAY.INTL", Use: "WORKDAY.INTL(start, days, [weekend], [holidays])", Help: "As WORKDAY, with other days off.", min: 2, max: 4, build: wide(func(r *runner, a []Value) Value { return workday(r, a, 4) })},
		{Name: "CONVERTZONE", Use: "CONVERTZONE(date, from_zone, to_zone)", Help: "The same moment on the clocks of another place: CONVERTZONE([Opened],\"UTC\",\"Europe/Berlin\").", min: 3, max: 3, build: buildConvertZone},
	}
}

// dateArg reads an argument as a date, without its time.
func dateArg(a []Value, i int) (time.Time, Value) {
	n, fail := a[i].number()
	if fail.IsError() {
		return time.Time{}, fail
	}
	t, ok := fromSerial(math.Floor(n))
	if !ok {
		return time.Time{}, Error(ErrNum)
	}
	return t, Value{}
}

// day makes a date of a moment; what no calendar of Excel has is #NUM!.
func day(t time.Time) Value {
	if v := Moment(t, true); !v.IsError() {
		return v
	}
	return Error(ErrNum)
}

func fnEomonth(_ *runner, a []Value) Value {
	t, fail := dateArg(a, 0)
	if fail.IsError() {
		return fail
	}
	m, fail := count(a, 1, 0, math.MinInt32)
	if fail.IsError() {
		return fail
	}
	if m > 120_000 || m < -120_000 {
		return Error(ErrNum)
	}
	return day(time.Date(t.Year(), t.Month()+time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC))
}

func fnWeeknum(_ *runner, a []Value) Value {
	t, fail := dateArg(a, 0)
	if fail.IsError() {
		return fail
	}
	kind, fail := count(a, 1, 1, math.MinInt32)
	if fail.IsError() {
		return fail
	}
	first := 0 // the day on which a week begins, Sunday is 0
	switch {
	case kind == 21:
		_, w := t.ISOWeek()
		return Number(float64(w))
	case kind == 2:
		first = 1
	case kind >= 11 && kind <= 17:
		first = (kind - 10) % 7
	case kind != 1:
		return Error(ErrNum)
	}
	start := time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	lead := (int(start.Weekday()) - first + 7) % 7
	return Number(float64((t.YearDay()-1+lead)/7 + 1))
}

func fnDatedif(_ *runner, a []Value) Value {
	s, fail := dateArg(a, 0)
	if fail.IsError() {
		return fail
	}
	e, fail := dateArg(a, 1)
	if fail.IsError() {
		return fail
	}
	if e.Before(s) {
		return Error(ErrNum)
	}
	months := (e.Year()-s.Year())*12 + int(e.Month()) - int(s.Month())
	if e.Day() < s.Day() {
		months--
	}
	days := func(from time.Time) Value { return Number(math.Round(e.Sub(from).Hours() / 24)) }
	switch strings.ToUpper(a[2].text()) {
	case "Y":
		return Number(float64(months / 12))
	case "M":
		return Number(float64(months))
	case "D":
		return days(s)
	case "YM":
		return Number(float64(months % 12))
	case "MD":
		from := time.Date(e.Year(), e.Month(), s.Day(), 0, 0, 0, 0, time.UTC)
		if e.Day() < s.Day() {
			from = time.Date(e.Year(), e.Month()-1, s.Day(), 0, 0, 0, 0, time.UTC)
		}
		return days(from)
	case "YD":
		from := time.Date(e.Year(), s.Month(), s.Day(), 0, 0, 0, 0, time.UTC)
		if from.After(e) {
			from = time.Date(e.Year()-1, s.Month(), s.Day(), 0, 0, 0, 0, time.UTC)
		}
		return days(from)
	}
	return Error(ErrNum)
}

func fnDays360(_ *runner, a []Value) Value {
	s, fail := dateArg(a, 0)
	if fail.IsError() {
		return fail
	}
	e, fail := dateArg(a, 1)
	if fail.IsError() {
		return fail
	}
	european := false
	if len(a) > 2 {
		if european, fail = a[2].truth(); fail.IsError() {
			return fail
		}
	}
	lastDay := func(t time.Time) bool { return t.AddDate(0, 0, 1).Day() == 1 }
	d1, d2, m2, y2 := s.Day(), e.Day(), int(e.Month()), e.Year()
	if european {
		d1, d2 = min(d1, 30), min(d2, 30)
	} else {
		if s.Month() == 2 && lastDay(s) {
			d1 = 30
		}
		d1 = min(d1, 30)
		if d2 == 31 {
			if d1 < 30 {
				d2, m2 = 1, m2+1
			} else {
				d2 = 30
			}
		}
	}
	return Number(float64((y2-s.Year())*360 + (m2-int(s.Month()))*30 + d2 - d1))
}

// weekend reads which days are off, Sunday first.
func weekend(v Value) (off [7]bool, fail Value) {
	if v.kind == KindText {
		s := v.s
		if len(s) != 7 || strings.Trim(s, "01") != "" || s == "1111111" {
			return off, Error(ErrValue)
		}
		for i := range s { // the text begins on Monday
			off[(i+1)%7] = s[i] == '1'
		}
		return off, Value{}
	}
	n := 1.0
	if v.kind != KindBlank {
		if n, fail = v.number(); fail.IsError() {
			return off, fail
		}
	}
	switch k := int(n); {
	case k >= 1 && k <= 7: // two days, 1 is Saturday and Sunday
		off[(k+5)%7], off[(k+6)%7] = true, true
	case k >= 11 && k <= 17: // one day, 11 is Sunday
		off[(k-11)%7] = true
	default:
		return off, Error(ErrNum)
	}
	return off, Value{}
}

// daysOff reads the days off and the holidays of NETWORKDAYS and WORKDAY; most arguments are
// four for the .INTL forms.
func daysOff(a []Value, args int) (off [7]bool, holidays map[float64]bool, fail Value) {
	week, free := Blank(), 2
	if args == 4 {
		free = 3
		if len(a) > 2 {
			week = a[2]
		}
	}
	if off, fail = weekend(week); fail.IsError() || len(a) <= free {
		return off, nil, fail
	}
	holidays = map[float64]bool{}
	flat(a[free:], func(v Value, _ bool) bool {
		if v.kind == KindBlank {
			return true
		}
		n, bad := v.number()
		if fail = bad; fail.IsError() {
			return false
		}
		holidays[math.Floor(n)] = true
		return true
	})
	return off, holidays, fail
}

func netWorkdays(r *runner, a []Value, args int) Value {
	s, fail := dateArg(a, 0)
	if fail.IsError() {
		return fail
	}
	e, fail := dateArg(a, 1)
	if fail.IsError() {
		return fail
	}
	off, holidays, fail := daysOff(a, args)
	if fail.IsError() {
		return fail
	}
	sign := 1.0
	if e.Before(s) {
		s, e, sign = e, s, -1
	}
	if !r.step(int(e.Sub(s).Hours() / 24 / 32)) {
		return Error(ErrValue)
	}
	n := 0.0
	for t := s; !t.After(e); t = t.AddDate(0, 0, 1) {
		if d, _ := serial(t); !off[t.Weekday()] && !holidays[d] {
			n++
		}
	}
	return Number(sign * n)
}

func workday(r *runner, a []Value, args int) Value {
	t, fail := dateArg(a, 0)
	if fail.IsError() {
		return fail
	}
	n, fail := count(a, 1, 0, math.MinInt32)
	if fail.IsError() {
		return fail
	}
	off, holidays, fail := daysOff(a, args)
	if fail.IsError() {
		return fail
	}
	way := 1
	if n < 0 {
		n, way = -n, -1
	}
	for n > 0 {
		t = t.AddDate(0, 0, way)
		d, ok := serial(t)
		if !ok {
			return Error(ErrNum)
		}
		if !off[t.Weekday()] && !holidays[d] {
			if n--; n%32 == 0 && !r.step(1) {
				return Error(ErrValue)
			}
		}
	}
	return day(t)
}

// buildConvertZone prepares the zones once when they stand in the formula.
func buildConvertZone(c *call) (eval, error) {
	var from, to *time.Location
	if constant(c.args, 1) && constant(c.args, 2) {
		var err error
		if from, err = zone(constText(c.args, 1)); err == nil {
			to, err = zone(constText(c.args, 2))
		}
		if err != nil {
			return nil, atColumn(err, c.col)
		}
	}
	return eager(func(r *runner, a []Value) Value {
		n, fail := a[0].number()
		if fail.IsError() {
			return fail
		}
		t, ok := fromSerial(n)
		if !ok {
			return Error(ErrNum)
		}
		f, z := from, to
		if f == nil {
			if !r.step(100) { // the zone is looked up
				return Error(ErrValue)
			}
			var err, err2 error
			f, err = zone(a[1].text())
			z, err2 = zone(a[2].text())
			if err != nil || err2 != nil {
				return Error(ErrValue)
			}
		}
		at := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), f).In(z)
		return Moment(time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC), false)
	})(c)
}

// zone finds a time zone by its name; an empty one is UTC.
func zone(name string) (*time.Location, error) {
	if name == "" || name == "UTC" {
		return time.UTC, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, problem.Wrap(err, CodeZone, "The time zone is not known.", "Without it the moments would be wrong by hours.",
			`Use a name such as "Europe/Berlin", "America/New_York" or "UTC".`).At(problem.Place{Value: name})
	}
	return loc, nil
}
