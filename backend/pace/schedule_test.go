package pace_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/pace"
	"waybill/backend/problem"
)

func TestSchedule_Share(t *testing.T) {
	for _, x := range []struct {
		text string
		at   string // a moment of the week of Monday, 5 January 2026
		want float64
	}{
		{"", "Mon 12:00", 1},
		{"50%", "Mon 12:00", 0.5},
		{"12.5 %", "Mon 12:00", 0.125},
		{"50%; Mon-Fri 08:00-18:00 20%; 22:00-06:00 100%", "Mon 07:59", 0.5},
		{"50%; Mon-Fri 08:00-18:00 20%; 22:00-06:00 100%", "Mon 08:00", 0.2},
		{"50%; Mon-Fri 08:00-18:00 20%; 22:00-06:00 100%", "Mon 18:00", 0.5},
		{"50%; Mon-Fri 08:00-18:00 20%; 22:00-06:00 100%", "Sat 12:00", 0.5},
		{"50%; Mon-Fri 08:00-18:00 20%; 22:00-06:00 100%", "Sat 22:00", 1},
		{"50%; Mon-Fri 08:00-18:00 20%; 22:00-06:00 100%", "Sun 05:59", 1},
		{"50%; Mon-Fri 08:00-18:00 20%; 22:00-06:00 100%", "Sun 06:00", 0.5},
		{"0%; Fri 22:00-06:00 100%", "Sat 05:59", 1}, // the night belongs to the day on which it begins
		{"0%; Fri 22:00-06:00 100%", "Fri 05:59", 0},
		{"0%; Sun 22:00-06:00 100%", "Mon 05:59", 1},
		{"10%; Sat,Sun 100%", "Sun 23:59", 1},
		{"10%; Sat,Sun 100%", "Mon 00:00", 0.1},
		{"10%; Sat-Mon 100%", "Mon 00:00", 1},
		{"08:00-18:00 0%", "Mon 19:00", 1}, // the other hours are all of it
		{"20%; 12:00-24:00 30%; 13:00-14:00 40%", "Mon 13:30", 0.4},
		{"20%; 08:00 – 18:00 30 %", "Mon 13:30", 0.3},
		{"20%; monday - friday 8:00-18:00 30%", "Tue 08:30", 0.3},
	} {
		s, err := pace.ParseSchedule(x.text)
		if err != nil {
			t.Errorf("%q: %v", x.text, err)
			continue
		}
		if got := s.Share(moment(t, x.at, time.UTC)); got != x.want {
			t.Errorf("%q gives %v on %s, want %v", x.text, got, x.at, x.want)
		}
	}
}

func moment(t *testing.T, text string, in *time.Location) time.Time {
	t.Helper()
	clock, err := time.ParseInLocation("15:04", text[4:], in)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 5, clock.Hour(), clock.Minute(), 0, 0, in)
	for at.Format("Mon") != text[:3] {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

func TestSchedule_Opens(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err) // no zones on this machine
	}
	for _, x := range []struct{ text, at, want string }{
		{"0%; 22:00-06:00 100%", "Mon 12:00", "Mon 22:00"},
		{"0%; Sat 100%", "Sun 00:00", "Sat 00:00"},
		{"08:00-18:00 0%", "Mon 12:00", "Mon 18:00"},
		{"Mon-Fri 08:00-18:00 0%; 20:00-21:00 0%", "Fri 20:30", "Fri 21:00"},
		{"0%; Mon 10:00-11:00 5%", "Mon 11:00", "Mon 10:00"},
	} {
		s, err := pace.ParseSchedule(x.text)
		if err != nil {
			t.Fatalf("%q: %v", x.text, err)
		}
		at := moment(t, x.at, berlin)
		got, ok := s.Opens(at)
		if !ok || got.Format("Mon 15:04") != x.want || !got.After(at) {
			t.Errorf("%q on %s opens %v, want %s", x.text, x.at, got, x.want)
		}
	}
	// The night of 29 March 2026 has no 02:30 in Berlin, so that window does not open in it.
	s, err := pace.ParseSchedule("0%; 02:15-02:45 100%")
	if err != nil {
		t.Fatal(err)
	}
	for at := time.Date(2026, 3, 28, 22, 0, 0, 0, berlin); at.Before(time.Date(2026, 3, 30, 1, 0, 0, 0, berlin)); at = at.Add(time.Minute) {
		if s.Share(at) > 0 {
			t.Fatalf("open at %v", at)
		}
	}
	if _, ok := (pace.Schedule{}).Opens(time.Now()); ok {
		t.Error("a schedule of nothing opens")
	}
}

func TestSchedule_errorsSayWhatToDo(t *testing.T) {
	for text, word := range map[string]string{
		"half":                         "half",
		"101%":                         "101%",
		"-5%":                          "-5%",
		"1e2%":                         "1e2%",
		"NaN%":                         "NaN%",
		"50%; 20%":                     "two shares",
		"50%; 25:00-26:00 10%":         "25:00-26:00",
		"50%; 8-18 10%":                "8-18",
		"50%; Mon 08:00 10%":           "08:00",
		"50%; Funday 10%":              "Funday",
		"50%; Mon Tue 10%":             "more in it",
		"50%; 08:60-09:00 10%":         "08:60",
		"0%":                           "never",
		"0%; 08:00-18:00 0%":           "never",
		"100%; 00:00-24:00 0%":         "never",
		"50%; Mon, 10%":                "Mon,",
		"50%; 08:00-18:00":             "does not end",
		"50%; 24:00-06:00 10%":         "24:00-06:00",
		strings.Repeat("9", 400) + "%": "999",
	} {
		_, err := pace.ParseSchedule(text)
		var p *problem.Problem
		if !errors.As(err, &p) || p.Code != pace.CodeSchedule || p.Next == "" || p.What == "" {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if !strings.Contains(p.Why, word) {
			t.Errorf("%q: %q does not speak of %q", text, p.Why, word)
		}
	}
}

func FuzzSchedule(f *testing.F) {
	for _, s := range []string{
		"", "50%", "50%; Mon-Fri 08:00-18:00 20%; 22:00-06:00 100%", "Sat,Sun 100%", "0%; Fri 22:00-06:00 12.25%",
		"1%; sat-mon 0:00-24:00 2 %", "08:00 – 18:00 3%", ";;", "% %", "Mon,Wed-Thu 00:00-00:00 7%",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := pace.ParseSchedule(text)
		if err != nil {
			return
		}
		printed := s.String()
		again, err := pace.ParseSchedule(printed)
		if err != nil || !reflect.DeepEqual(s, again) || again.String() != printed {
			t.Fatalf("%q prints as %q, which reads as %+v, %v instead of %+v", text, printed, again, err, s)
		}
		at := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
		for range 7 * 24 {
			share := s.Share(at)
			if share < 0 || share > 1 {
				t.Fatalf("%q gives %v", text, share)
			}
			opens, ok := s.Opens(at)
			if !ok || s.Share(opens) <= 0 || !opens.After(at) {
				t.Fatalf("%q opens %v after %v", text, opens, at)
			}
			at = at.Add(time.Hour)
		}
	})
}

// The share follows the clock while requests wait, and a wait for it says until when.
func TestInvariant11_TheScheduleIsKeptLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // it begins at midnight, on a Saturday
		s, err := pace.ParseSchedule("0%; 22:00-06:00 100%; 06:00-07:00 50%")
		if err != nil {
			t.Fatal(err)
		}
		d := &desk{perMinute: 60, latency: 10 * time.Millisecond}
		var events []pace.Event
		rt := pace.Transport(d, pace.Limits{PerMinute: 60, Schedule: func() pace.Schedule { return s }}, func(e pace.Event) {
			if time.Until(e.Until) > time.Minute {
				events = append(events, e)
			}
		})
		start := time.Now().In(time.UTC)
		if start.Hour() != 0 {
			t.Skip("the bubble's clock begins elsewhere")
		}
		local := time.Now().Format("15:04")
		if local != "00:00" {
			t.Skipf("this machine's zone is not UTC (%s)", local)
		}
		flood(rt, 4, 24*time.Hour)
		perHour := map[int]int{}
		for _, at := range d.at {
			perHour[at.Hour()]++
		}
		for hour := range 24 {
			want := 0
			switch {
			case hour < 6 || hour >= 22:
				want = 3600
			case hour == 6:
				want = 1800
			}
			if got := perHour[hour]; float64(got) < 0.99*float64(want) || got > want+1 {
				t.Errorf("%d requests from %d o'clock, want about %d", got, hour, want)
			}
		}
		if len(events) != 1 || !strings.Contains(events[0].Why, "paused until 22:00: your schedule") || events[0].Until.Hour() != 22 {
			t.Errorf("reported %+v", events)
		}
	})
}

func TestInvariant11_AChangedScheduleHoldsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now atomic.Pointer[pace.Schedule]
		now.Store(&pace.Schedule{})
		d := &desk{}
		rt := pace.Transport(d, pace.Limits{PerMinute: 60, Schedule: func() pace.Schedule { return *now.Load() }}, nil)
		start := time.Now()
		time.AfterFunc(time.Hour, func() { now.Store(&pace.Schedule{Percent: 100}) })
		go func() {
			time.Sleep(time.Minute)
			if s, _ := pace.StatsOf(rt); s.Share != 0 || s.LimitPerMinute != 0 || !strings.Contains(s.Reason, "all the time") || s.Until.IsZero() {
				t.Errorf("while closed the screen is told %+v", s)
			}
		}()
		resp, err := get(t, rt, t.Context(), "GET", nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if waited := time.Since(start); waited < time.Hour || waited > time.Hour+10*time.Second {
			t.Errorf("the first request left after %v", waited)
		}
		// The lowest share, and then all: who waits half an hour for a turn does not wait on.
		now.Store(&pace.Schedule{Percent: 0.05})
		time.AfterFunc(time.Minute, func() { now.Store(&pace.Schedule{Percent: 100}) })
		start = time.Now()
		if _, err := get(t, rt, t.Context(), "GET", nil); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited < time.Minute || waited > time.Minute+2*time.Second {
			t.Errorf("the second request left after %v", waited)
		}
	})
}

func ExampleParseSchedule() {
	s, err := pace.ParseSchedule("50 %; monday-friday 8:00 - 18:00 20%; 22:00-06:00 100%")
	fmt.Println(s, err)
	// Output: 50%; Mon-Fri 08:00-18:00 20%; 22:00-06:00 100% <nil>
}
