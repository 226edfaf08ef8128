package formula

import (
	"math"
	"time"

	"waybill/backend/problem"
)

func dateFunctions() []Function {
	part := func(name, help string, clock bool, fn func(time.Time) int) Function {
		return Function{Name: name, Use: name + "(date)", Help: help, min: 1, max: 1, build: eager(func(_ *runner, a []Value) Value {
			n, fail := a[0].number()
			if fail.IsError() {
				return fail
			}
			t, ok := fromSerial(n)
			if !ok {
				return Error(ErrNum)
			}
			if t.Nanosecond() != 0 && clock {
				t = t.Round(time.Second) // as Excel does
			}
			return Number(float64(fn(t)))
		})}
	}
	return []Function{
		{Name: "DATE", Use: "DATE(year, month, day)", Help: "A date from its parts.", min: 3, max: 3, build: eager(fnDate)},
		{Name: "TIME", Use: "TIME(hour, minute, second)", Help: "A time of day, as a part of a day.", min: 3, max: 3, build: eager(fnTime)},
		{Name: "DATEVALUE", Use: "DATEVALUE(text, [format], [zone])", Help: "A text as a date: DATEVALUE([Opened],\"DD.MM.YYYY HH:mm\",\"Europe/Berlin\"). The format and the zone are Waybill's own.", min: 1, max: 3, build: buildDateValue},
		{Name: "TIMEVALUE", Use: "TIMEVALUE(text)", Help: "A text such as \"14:05\" as a time of day.", min: 1, max: 1, build: eager(fnTimeValue)},
		part("YEAR", "The year of a date.", false, time.Time.Year),
		part("MONTH", "The month of a date, 1 to 12.", false, func(t time.Time) int { return int(t.Month()) }),
		part("DAY", "The day of a date, 1 to 31.", false, time.Time.Day),
		part("HOUR", "The hour of a time, 0 to 23.", true, time.Time.Hour),
		part("MINUTE", "The minute of a time.", true, time.Time.Minute),
		part("SECOND", "The second of a time.", true, time.Time.Second),
		{Name: "WEEKDAY", Use: "WEEKDAY(date, [type])", Help: "The day of the week: 1 is Sunday, with type 2 Monday.", min: 1, max: 2, build: eager(fnWeekday)},
		{Name: "DAYS", Use: "DAYS(end, start)", Help: "How many days lie between two dates.", min: 2, max: 2, build: eager(func(_ *runner, a []Value) Value {
			end, fail := a[0].number()
			if fail.IsError() {
				return fail
			}
			start, fail := a[1].number()
			if fail.IsError() {
				return fail
			}
			return Number(math.Floor(end) - math.Floor(start))
		})},
		{Name: "EDATE", Use: "EDATE(date, months)", Help: "A date that many months later.", min: 2, max: 2, build: eager(fnEdate)},
	}
}

func fnDate(_ *runner, a []Value) Value {
	var p [3]int
	for i := range p {
		n, fail := a[i].number()
		if fail.IsError() {
			return fail
		}
		if math.Abs(n) > 100_000 {
			return Error(ErrNum)
		}
		p[i] = int(math.Floor(n))
	}
	if p[0] < 0 || p[0] > 9999 {
		return Error(ErrNum)
	}
	if p[0] < 1900 {
		p[0] += 1900
	}
	v := Moment(time.Date(p[0], time.Month(p[1]), p[2], 0, 0, 0, 0, time.UTC), true)
	if v.IsError() {
		return Error(ErrNum)
	}
	return v
}

func fnTime(_ *runner, a []Value) Value {
	total := 0.0
	for i, unit := range []float64{3600, 60, 1} {
		n, fail := a[i].number()
		if fail.IsError() {
			return fail
		}
		if math.Abs(n) > 32767 {
			return Error(ErrNum)
		}
		total += math.Floor(n) * unit
	}
	if total < 0 {
		return Error(ErrNum)
	}
	return Number(math.Mod(total, 86400) / 86400)
}

// buildDateValue prepares the format once when it stands in the formula, as it nearly always does.
func buildDateValue(c *call) (eval, error) {
	fs, err := c.compile()
	if err != nil {
		return nil, err
	}
	var ready *DateFormat
	if constant(c.args, 1) && constant(c.args, 2) {
		if ready, err = NewDateFormat(constText(c.args, 1), constText(c.args, 2)); err != nil {
			return nil, atColumn(err, c.col)
		}
	}
	return func(r *runner) Value {
		if !r.step(1) {
			return Error(ErrValue)
		}
		v := fs[0](r)
		if v.IsError() {
			return v
		}
		if v.kind != KindText && v.kind != KindBlank {
			return Error(ErrValue)
		}
		d := ready
		if d == nil {
			var args [2]string
			for i := range args {
				if i+1 < len(fs) {
					x := fs[i+1](r)
					if x.IsError() {
						return x
					}
					args[i] = x.text()
				}
			}
			made, err := NewDateFormat(args[0], args[1])
			if err != nil {
				return Error(ErrValue)
			}
			d = made
		}
		t, day, err := d.Parse(v.text())
		if err != nil {
			return Error(ErrValue)
		}
		return Moment(t, day)
	}, nil
}

func constant(args []node, i int) bool {
	if i >= len(args) {
		return true
	}
	_, ok := args[i].(literal)
	return ok
}

func constText(args []node, i int) string {
	if i >= len(args) {
		return ""
	}
	l, _ := args[i].(literal)
	return l.v.text()
}

// atColumn says where in the formula a problem of an argument is.
func atColumn(err error, col int) error {
	p := problem.From(err)
	at := p.Where
	at.Column = col
	return p.At(at)
}

func fnTimeValue(_ *runner, a []Value) Value {
	s := trim(a[0].text())
	for _, f := range []string{"HH:mm:ss", "HH:mm", "h:mm:ss AM/PM", "h:mm AM/PM", "h AM/PM"} {
		t, _, err := ParseDate("2000-01-01 "+s, "YYYY-MM-DD "+f, "")
		if err == nil {
			return Number(float64(t.Hour()*3600+t.Minute()*60+t.Second()) / 86400)
		}
	}
	if t, dateOnly, err := ParseDate(s, "", ""); err == nil && !dateOnly {
		return Number(float64(t.Hour()*3600+t.Minute()*60+t.Second()) / 86400)
	}
	return Error(ErrValue)
}

func fnWeekday(_ *runner, a []Value) Value {
	n, fail := a[0].number()
	if fail.IsError() {
		return fail
	}
	t, ok := fromSerial(n)
	if !ok {
		return Error(ErrNum)
	}
	kind, fail := count(a, 1, 1, 1)
	if fail.IsError() {
		return fail
	}
	w := int(t.Weekday())
	switch kind {
	case 1:
		return Number(float64(w + 1))
	case 2:
		return Number(float64((w+6)%7 + 1))
	case 3:
		return Number(float64((w + 6) % 7))
	}
	if kind >= 11 && kind <= 17 { // 11 begins on Monday, 17 on Sunday
		return Number(float64((w+17-kind)%7 + 1))
	}
	return Error(ErrNum)
}

func fnEdate(_ *runner, a []Value) Value {
	n, fail := a[0].number()
	if fail.IsError() {
		return fail
	}
	t, ok := fromSerial(math.Floor(n))
	m, fail := count(a, 1, 0, math.MinInt32)
	if fail.IsError() {
		return fail
	}
	if !ok || m > 120_000 || m < -120_000 {
		return Error(ErrNum)
	}
	first := time.Date(t.Year(), t.Month()+time.Month(m), 1, 0, 0, 0, 0, time.UTC)
	day := min(t.Day(), daysIn(first.Year(), int(first.Month())))
	v := Moment(first.AddDate(0, 0, day-1), true)
	if v.IsError() {
		return Error(ErrNum)
	}
	return v
}
