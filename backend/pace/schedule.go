package pace

import (
	"math"
	"slices"
	"time"
)

// Schedule says how much of a desk's limit a migration may spend, and when: the
// rest is left to the team and to their integrations. The zero value spends nothing;
// Always spends all of it.
type Schedule struct {
	// Percent of the limit, 0 to 100, whenever no window holds.
	Percent float64
	// Windows of local time with another share. Where two hold, the one named last wins.
	Windows []Window
}

// Window is a stretch of local time with its own share of the limit.
type Window struct {
	// Days on which it begins, one bit per time.Weekday; 0: every day.
	Days uint8
	// From and To are minutes after midnight, 0 to 1440. To at or before From means
	// To on the next day, so that 22:00-06:00 is a night.
	From, To int
	// Percent of the limit, 0 to 100.
	Percent float64
}

// Always is the schedule that spends the whole limit.
func Always() Schedule { return Schedule{Percent: 100} }

const day = 24 * 60

// Share of the limit that may be spent at a moment, 0 to 1, by the local time of at.
func (s Schedule) Share(at time.Time) float64 {
	percent := s.Percent
	hour, minute, _ := at.Clock()
	for _, w := range s.Windows {
		if w.holds(at.Weekday(), hour*60+minute) {
			percent = w.Percent
		}
	}
	return math.Min(math.Max(percent, 0), 100) / 100
}

// Opens is the first moment after at with a share above nothing; false when there is
// none. Its answer is good to the minute, and to the hour where clocks are put forward
// or back in between.
func (s Schedule) Opens(at time.Time) (time.Time, bool) {
	edges := []int{0}
	for _, w := range s.Windows {
		edges = append(edges, w.From, w.To)
	}
	slices.Sort(edges)
	year, month, today := at.Date()
	for ahead := range 9 { // a week, and the night that began before it
		for _, minute := range edges {
			t := time.Date(year, month, today+ahead, 0, minute, 0, 0, at.Location())
			if t.After(at) && s.Share(t) > 0 {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

// holds says whether the window covers a minute of a weekday.
func (w Window) holds(on time.Weekday, minute int) bool {
	begun := func(d time.Weekday) bool { return w.Days == 0 || w.Days&(1<<d) != 0 }
	if w.To > w.From {
		return begun(on) && minute >= w.From && minute < w.To
	}
	yesterday := (on + 6) % 7
	return begun(on) && minute >= w.From || begun(yesterday) && minute < w.To
}
