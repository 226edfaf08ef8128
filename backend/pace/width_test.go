package pace_test

import (
	"errors"
	"math"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/pace"
)

// Concurrency = limit x latency: slow answers are asked for side by side until the
// limit is used, and no more of them than that takes.
func TestInvariant11_AsManyAtOnceAsTheLimitNeeds(t *testing.T) {
	for _, x := range []struct {
		latency    time.Duration
		from, most int
	}{
		{50 * time.Millisecond, 1, 4},
		{time.Second, 12, 24}, // 11.7 a second, a second each
		{4 * time.Second, 47, 64},
	} {
		t.Run(x.latency.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &desk{perMinute: 700, latency: x.latency}
				rt := pace.Transport(d, pace.Limits{PerMinute: 700, Parallel: 64}, nil)
				flood(rt, 64, 20*time.Minute)
				s, _ := pace.StatsOf(rt)
				if s.AtOnce < x.from || s.AtOnce > x.most || s.AtOnceWhy == "" {
					t.Errorf("%d at once (%s), want %d to %d", s.AtOnce, s.AtOnceWhy, x.from, x.most)
				}
				if used := float64(d.served) / (700 * 20); used < 0.98 || d.refused > 0 {
					t.Errorf("%.1f%% of the limit, %d refusals", used*100, d.refused)
				}
				if d.most > x.most {
					t.Errorf("%d under way at once", d.most)
				}
			})
		})
	}
}

// A desk that answers 500 for ten minutes is asked by one at a time, then by more again.
func TestP67_FewerAtOnceWhileTheDeskFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		d := &desk{latency: time.Second}
		d.answer = func(*http.Request, int) (*http.Response, error) {
			if at := time.Since(start); at > 10*time.Minute && at < 20*time.Minute {
				return reply(500, ""), nil
			}
			return reply(200, ""), nil
		}
		rt := pace.Transport(d, pace.Limits{PerMinute: 700, Parallel: 16}, nil)
		at := map[string]pace.Stats{}
		var mu sync.Mutex
		var wg sync.WaitGroup
		for name, when := range map[string]time.Duration{"before": 9 * time.Minute, "amid": 15 * time.Minute, "after": 29 * time.Minute} {
			wg.Go(func() {
				time.Sleep(when)
				s, _ := pace.StatsOf(rt)
				mu.Lock()
				defer mu.Unlock()
				at[name] = s
			})
		}
		flood(rt, 16, 30*time.Minute)
		wg.Wait()
		if n := at["before"].AtOnce; n < 12 {
			t.Errorf("%d at once before", n)
		}
		if s := at["amid"]; s.AtOnce != 1 || !strings.Contains(s.AtOnceWhy, "trouble") {
			t.Errorf("%d at once while it fails: %s", s.AtOnce, s.AtOnceWhy)
		}
		if n := at["after"].AtOnce; n < 12 {
			t.Errorf("%d at once after", n)
		}
	})
}

// A desk whose answers take long because we ask for many at once is asked for fewer.
func TestInvariant11_FewerAtOnceWhenAnswersSlowDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		under, most := 0, 0
		base := carrier(func(*http.Request) (*http.Response, error) {
			mu.Lock()
			under++
			most = max(most, under)
			// Four are served side by side; beyond that each makes all slower, badly.
			d := time.Duration(float64(100*time.Millisecond) * math.Max(1, math.Pow(float64(under)/4, 2)))
			mu.Unlock()
			time.Sleep(d)
			mu.Lock()
			under--
			mu.Unlock()
			return reply(200, ""), nil
		})
		rt := pace.Transport(base, pace.Limits{Parallel: 64}, nil)
		flood(rt, 64, 30*time.Minute)
		s, _ := pace.StatsOf(rt)
		if most < 5 || s.AtOnce > 20 {
			t.Errorf("%d at once (%s), %d at most", s.AtOnce, s.AtOnceWhy, most)
		}
		rate := float64(s.Sent) / 1800
		if rate < 20 {
			t.Errorf("%.1f requests a second; four at once would make 40", rate)
		}
		t.Logf("%d at once, at most %d, %.1f a second", s.AtOnce, most, rate)
	})
}

// Slow uploads among quick looks are no reason to slow down.
func TestInvariant11_UploadsAreComparedWithUploads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		base := carrier(func(r *http.Request) (*http.Response, error) {
			if r.ContentLength > 1<<20 {
				time.Sleep(5 * time.Second)
			} else {
				time.Sleep(50 * time.Millisecond)
			}
			return reply(200, ""), nil
		})
		rt := pace.Transport(base, pace.Limits{Parallel: 16}, nil)
		big := strings.Repeat("x", 2<<20)
		var wg sync.WaitGroup
		for worker := range 16 {
			wg.Go(func() {
				for range 50 {
					body := "x"
					if worker%2 == 0 {
						body = big
					}
					resp, err := get(t, rt, t.Context(), "POST", strings.NewReader(body))
					if err != nil {
						t.Error(err)
						return
					}
					_ = resp.Body.Close()
				}
			})
		}
		wg.Wait()
		if s, _ := pace.StatsOf(rt); s.AtOnce != 16 {
			t.Errorf("%d at once (%s)", s.AtOnce, s.AtOnceWhy)
		}
	})
}

func TestStats(t *testing.T) {
	if _, ok := pace.StatsOf(http.DefaultTransport); ok {
		t.Error("a foreign transport has a pace")
	}
	synctest.Test(t, func(t *testing.T) {
		d := &desk{latency: 10 * time.Millisecond, answer: func(_ *http.Request, n int) (*http.Response, error) {
			if n == 700 {
				return reply(429, "", "Retry-After", "30"), nil
			}
			return reply(200, ""), nil
		}}
		rt := pace.Transport(d, pace.Limits{PerMinute: 600}, nil)
		if s, ok := pace.StatsOf(rt); !ok || len(s.PerSecond) != 0 || s.Sent != 0 || s.LimitPerMinute != 600 || s.Told != 600 || s.Share != 1 {
			t.Errorf("at the start: %+v", s)
		}
		var amid pace.Stats
		var wg sync.WaitGroup
		wg.Go(func() {
			time.Sleep(85 * time.Second)
			amid, _ = pace.StatsOf(rt)
		})
		flood(rt, 4, 2*time.Minute)
		wg.Wait()
		if amid.Reason == "" || amid.Until.IsZero() || amid.Refused != 1 || amid.LimitPerMinute >= 600 || !strings.Contains(amid.Why, "refused") {
			t.Errorf("while it is closed: %+v", amid)
		}
		s, _ := pace.StatsOf(rt)
		sum := 0.0
		for i, n := range s.PerSecond {
			if sum += n; n > 11 || i < 60 && n < 9 {
				t.Errorf("second %d: %v requests", i, n)
			}
		}
		if len(s.PerSecond) != 120 || int64(sum) != s.Sent || s.Sent != int64(d.n) || !s.Until.IsZero() {
			t.Errorf("%d seconds with %v requests, %d sent, %d arrived", len(s.PerSecond), sum, s.Sent, d.n)
		}
		time.Sleep(time.Hour)
		s, _ = pace.StatsOf(rt)
		if len(s.PerSecond) != 300 || s.PerSecond[0] != 0 || s.PerSecond[299] != 0 || s.Sent != int64(d.n) {
			t.Errorf("an hour later: %d seconds, %v", len(s.PerSecond), s.PerSecond[:3])
		}
	})
}

// A network that is gone makes the width small, and does not spend more than the limit.
func TestP67_ANetworkThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		n := 0
		var mu sync.Mutex
		base := carrier(func(*http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			n++
			if time.Since(start) < time.Hour {
				return nil, &net.OpError{Op: "read", Err: syscall.ENETUNREACH}
			}
			return reply(200, ""), nil
		})
		rt := pace.Transport(base, pace.Limits{PerMinute: 700, Parallel: 8}, nil)
		flood(rt, 8, 70*time.Minute)
		if s, _ := pace.StatsOf(rt); n > 70*700 || s.AtOnce < 1 || s.LimitPerMinute != 700 {
			t.Errorf("%d requests, %d at once, %v a minute", n, s.AtOnce, s.LimitPerMinute)
		}
		if _, err := get(t, rt, t.Context(), "POST", nil); err != nil || errors.Is(err, pace.ErrNotSent) {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// Waiting for answers is a wait too, and says so.
func TestInvariant11_AWaitForAnswersIsExplained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var events []pace.Event
		rt := pace.Transport(&desk{latency: 30 * time.Second}, pace.Limits{Parallel: 1}, func(e pace.Event) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, e)
			if e.Why != "" && time.Until(e.Until) <= time.Second {
				t.Errorf("a wait that is over when it is told: %+v", e)
			}
		})
		flood(rt, 2, time.Minute)
		if len(events) < 10 || len(events) > 40 || !strings.Contains(events[0].Why, "takes long to answer") || events[0].Refused {
			t.Errorf("%d reports: %+v", len(events), events)
		}
	})
}

// A desk that became slow for good, whatever we do, is asked for as many as before:
// slow is its usual now.
func TestInvariant11_WhatStaysSlowBecomesUsual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		base := carrier(func(*http.Request) (*http.Response, error) {
			if time.Since(start) < 10*time.Minute {
				time.Sleep(200 * time.Millisecond)
			} else {
				time.Sleep(2 * time.Second)
			}
			return reply(200, ""), nil
		})
		rt := pace.Transport(base, pace.Limits{Parallel: 16}, nil)
		least := 99
		var wg sync.WaitGroup
		wg.Go(func() {
			for time.Since(start) < 20*time.Minute {
				time.Sleep(time.Second)
				s, _ := pace.StatsOf(rt)
				if time.Since(start) > 10*time.Minute {
					least = min(least, s.AtOnce)
				}
			}
		})
		flood(rt, 16, 40*time.Minute)
		wg.Wait()
		if s, _ := pace.StatsOf(rt); least > 8 || s.AtOnce < 14 {
			t.Errorf("at least %d at once when it became slow, %d (%s) half an hour later", least, s.AtOnce, s.AtOnceWhy)
		}
	})
}
