package pace

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"waybill/backend/problem"
)

// CodeSchedule is the problem of a schedule that cannot be understood.
const CodeSchedule problem.Code = "pace.schedule"

// days in the order in which people write a week.
var days = []struct {
	name string
	day  time.Weekday
}{
	{"Mon", time.Monday},
	{"Tue", time.Tuesday},
	{"Wed", time.Wednesday},
	{"Thu", time.Thursday},
	{"Fri", time.Friday},
	{"Sat", time.Saturday},
	{"Sun", time.Sunday},
}

// ParseSchedule reads what a person wrote, parts between semicolons:
//
//	50%                       half of the limit, always
//	Mon-Fri 08:00-18:00 20%   less while the team works
//	22:00-06:00 100%          all of it at night
//	Sat,Sun 100%              and at the weekend
//
// A part without days and times is the share of all other hours; it is 100 % when it
// is not given. Empty text is Always. The error is a problem of CodeSchedule.
func ParseSchedule(text string) (Schedule, error) {
	s := Always()
	general := false
	for part := range strings.SplitSeq(text, ";") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		w, bare, why := parsePart(part)
		switch {
		case why != "":
			return Schedule{}, unreadable(part, why)
		case bare && general:
			return Schedule{}, unreadable(part, "There are two shares without a time, so it is not clear which one is meant.")
		case bare:
			s.Percent, general = w.Percent, true
		default:
			s.Windows = append(s.Windows, w)
		}
	}
	if _, opens := s.Opens(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); !opens {
		return Schedule{}, unreadable(strings.TrimSpace(text), "It never leaves anything to the migration, so nothing would ever be sent.")
	}
	return s, nil
}

func unreadable(part, why string) error {
	return problem.New(CodeSchedule, "The schedule cannot be used as it is.", why,
		`Write a share such as "50%", and if you like other shares for some hours: "50%; Mon-Fri 08:00-18:00 20%; 22:00-06:00 100%".`).
		At(problem.Place{Field: "schedule", Value: part})
}

// loose are the signs that people write with and without blanks around them.
var loose = regexp.MustCompile(`\s*[-–,]\s*|\s+%`)

// parsePart reads one part; why says what is wrong with it, for people. bare says
// that it has neither days nor times.
func parsePart(part string) (w Window, bare bool, why string) {
	part = loose.ReplaceAllStringFunc(part, func(s string) string {
		return strings.ReplaceAll(strings.TrimSpace(s), "–", "-")
	})
	words := strings.Fields(part)
	last := words[len(words)-1]
	number, ok := strings.CutSuffix(last, "%")
	if !ok {
		return w, false, fmt.Sprintf("%q does not end with a share such as 50%%.", part)
	}
	percent, good := parsePercent(number)
	if !good {
		return w, false, fmt.Sprintf("%q is not a share between 0%% and 100%%.", last)
	}
	w.Percent, w.To = percent, day
	words = words[:len(words)-1]
	if len(words) == 0 {
		return w, true, ""
	}
	timed := words[len(words)-1][0] >= '0' && words[len(words)-1][0] <= '9'
	if timed {
		from, to, ok := parseHours(words[len(words)-1])
		if !ok {
			return w, false, fmt.Sprintf("%q is not a stretch of time such as 08:00-18:00.", words[len(words)-1])
		}
		w.From, w.To = from, to
		words = words[:len(words)-1]
	}
	switch len(words) {
	case 0:
		return w, false, ""
	case 1:
		if w.Days, ok = parseDays(words[0]); !ok {
			return w, false, fmt.Sprintf("%q names no days such as Mon-Fri or Sat,Sun.", words[0])
		}
		return w, false, ""
	}
	return w, false, fmt.Sprintf("%q has more in it than days, hours and a share.", part)
}

// parsePercent takes digits with at most two decimals, so that it prints as it was written.
func parsePercent(text string) (float64, bool) {
	whole, decimals, dotted := strings.Cut(text, ".")
	if !digits(whole) || len(whole) > 3 || dotted && (!digits(decimals) || len(decimals) > 2) {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && f <= 100
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// parseHours reads "08:00-18:00". The same hour twice is a whole day from then.
func parseHours(text string) (from, to int, ok bool) {
	a, b, dash := strings.Cut(text, "-")
	from, fine := parseClock(a)
	to, ok = parseClock(b)
	return from, to, dash && fine && ok && from < day
}

// parseClock reads "8:00" or "24:00" as minutes after midnight.
func parseClock(text string) (int, bool) {
	h, m, colon := strings.Cut(text, ":")
	if !colon || !digits(h) || !digits(m) || len(h) > 2 || len(m) != 2 {
		return 0, false
	}
	hour, minute := 0, 0
	for _, r := range h {
		hour = hour*10 + int(r-'0')
	}
	for _, r := range m {
		minute = minute*10 + int(r-'0')
	}
	return hour*60 + minute, minute < 60 && hour*60+minute <= day
}

// parseDays reads "Mon", "Mon-Fri", "Sat,Sun" or a mixture as one bit per weekday.
func parseDays(text string) (bits uint8, ok bool) {
	for part := range strings.SplitSeq(text, ",") {
		first, last, ranged := strings.Cut(part, "-")
		from, found := dayAt(first)
		to := from
		if ranged && found {
			to, found = dayAt(last)
		}
		if !found {
			return 0, false
		}
		for i := from; ; i = (i + 1) % len(days) {
			bits |= 1 << days[i].day
			if i == to {
				break
			}
		}
	}
	return bits, true
}

// dayAt finds a day's place in the week by its name or the beginning of it.
func dayAt(name string) (int, bool) {
	name = strings.ToLower(name)
	for i, d := range days {
		if len(name) >= 3 && strings.HasPrefix(strings.ToLower(d.day.String()), name) {
			return i, true
		}
	}
	return 0, false
}

// String is the schedule as ParseSchedule reads it, always in the same form.
func (s Schedule) String() string {
	parts := []string{percentText(s.Percent)}
	for _, w := range s.Windows {
		words := make([]string, 0, 3)
		if w.Days != 0 {
			words = append(words, daysText(w.Days))
		}
		if w.From != 0 || w.To != day || w.Days == 0 {
			words = append(words, clockText(w.From)+"-"+clockText(w.To))
		}
		parts = append(parts, strings.Join(append(words, percentText(w.Percent)), " "))
	}
	return strings.Join(parts, "; ")
}

func percentText(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) + "%" }

func clockText(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// daysText joins neighbours: "Mon-Fri", "Sat-Sun", "Mon,Wed".
func daysText(bits uint8) string {
	var parts []string
	for i := 0; i < len(days); i++ {
		if bits&(1<<days[i].day) == 0 {
			continue
		}
		end := i
		for end+1 < len(days) && bits&(1<<days[end+1].day) != 0 {
			end++
		}
		name := days[i].name
		if end > i {
			name += "-" + days[end].name
		}
		parts, i = append(parts, name), end
	}
	return strings.Join(parts, ",")
}
