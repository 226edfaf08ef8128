package pace_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/pace"
)

// Invariant 11, measured: the whole limit is used, and the desk never has to refuse.
func TestInvariant11_TheLimitIsUsedAndNeverPassed(t *testing.T) {
	for _, perMinute := range []int{700, 2500} {
		for _, bucket := range []bool{false, true} {
			for _, headers := range []bool{false, true} {
				for _, workers := range []int{1, 16} {
					name := fmt.Sprintf("%d a minute, bucket %v, headers %v, %d workers", perMinute, bucket, headers, workers)
					t.Run(name, func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							// One worker can only use a limit whose distance is longer than an answer takes.
							longest := 50 * time.Millisecond
							if workers == 1 && perMinute == 2500 {
								longest = 20 * time.Millisecond
							}
							d := &desk{perMinute: perMinute, bucket: bucket, headers: headers, between: [2]time.Duration{time.Millisecond, longest}}
							limits := pace.Limits{PerMinute: perMinute, Parallel: 16}
							if headers {
								limits.Left = left
							}
							const minutes = 10
							flood(pace.Transport(d, limits, nil), workers, minutes*time.Minute)
							if d.refused != 0 {
								t.Errorf("%d refusals", d.refused)
							}
							used := 100 * float64(d.served) / float64(perMinute*minutes)
							if used < 99 {
								t.Errorf("only %.2f%% of the limit was used", used)
							}
							t.Logf("%.2f%%", used)
						})
					})
				}
			}
		}
	}
}

// A share of the limit is kept to the same accuracy, whatever the desk's headers say is free.
func TestInvariant11_AShareOfTheLimit(t *testing.T) {
	for _, x := range []struct {
		perMinute       int
		bucket, headers bool
	}{{700, false, false}, {700, false, true}, {700, true, true}, {2500, false, true}, {2500, true, false}} {
		t.Run(fmt.Sprintf("%+v", x), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &desk{perMinute: x.perMinute, bucket: x.bucket, headers: x.headers, between: [2]time.Duration{time.Millisecond, 50 * time.Millisecond}}
				limits := pace.Limits{PerMinute: x.perMinute, Parallel: 16, Schedule: func() pace.Schedule { return pace.Schedule{Percent: 50} }}
				if x.headers {
					limits.Left = left
				}
				rt := pace.Transport(d, limits, nil)
				flood(rt, 16, 10*time.Minute)
				want := float64(x.perMinute) * 10 / 2
				if got := float64(d.served); d.refused != 0 || got < 0.99*want || got > want {
					t.Errorf("%v requests, want at most %v and hardly fewer; %d refusals", got, want, d.refused)
				}
				s, ok := pace.StatsOf(rt)
				if !ok || s.Share != 0.5 || s.LimitPerMinute != float64(x.perMinute)/2 || !strings.Contains(s.Why, "50%") {
					t.Errorf("the screen is told %+v", s)
				}
			})
		})
	}
}

// Where only headers tell of a limit, a share of it is a share of each window.
func TestInvariant11_AShareOfALimitThatOnlyHeadersTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{perMinute: 700, headers: true, latency: 20 * time.Millisecond}
		limits := pace.Limits{Parallel: 8, Left: left, Schedule: func() pace.Schedule { return pace.Schedule{Percent: 50} }}
		flood(pace.Transport(d, limits, nil), 8, 10*time.Minute)
		if d.refused != 0 || d.served > 3500 || d.served < 3000 {
			t.Errorf("%d requests, %d refusals; half of the limit is 3500", d.served, d.refused)
		}
		t.Logf("%d of 3500", d.served)
	})
}

// Others who spend half of the limit are left their half, and nobody is refused
// because of us: neither we nor they.
func TestInvariant11_OthersSpendHalf(t *testing.T) {
	for _, perMinute := range []int{700, 2500} {
		for _, bucket := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d a minute, bucket %v", perMinute, bucket), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := &desk{perMinute: perMinute, bucket: bucket, headers: true, between: [2]time.Duration{time.Millisecond, 50 * time.Millisecond}}
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
					defer cancel()
					var wg sync.WaitGroup
					wg.Go(func() {
						for ctx.Err() == nil {
							d.judge()
							time.Sleep(2 * time.Minute / time.Duration(perMinute))
						}
					})
					rt := pace.Transport(d, pace.Limits{PerMinute: perMinute, Parallel: 16, Left: left}, nil)
					var midway pace.Stats
					wg.Go(func() {
						time.Sleep(9*time.Minute + 30*time.Second)
						midway, _ = pace.StatsOf(rt)
					})
					flood(rt, 16, 10*time.Minute)
					wg.Wait()
					if d.refused != 0 {
						t.Errorf("%d refusals, %d of them ours", d.refused, d.bounced)
					}
					if used := 100 * float64(d.served) / float64(perMinute*10); used < 95 {
						t.Errorf("together only %.2f%% of the limit was used", used)
					} else {
						t.Logf("%.2f%%", used)
					}
					if midway.LimitPerMinute > 0.75*float64(perMinute) || midway.Why == "" {
						t.Errorf("the screen is told %v, %q", midway.LimitPerMinute, midway.Why)
					}
				})
			})
		}
	}
}

// A limit that the headers name replaces the one that the connector assumed.
func TestInvariant11_TheHeadersNameTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{perMinute: 200, latency: 10 * time.Millisecond}
		rt := pace.Transport(d, pace.Limits{PerMinute: 700, Parallel: 4, Allowed: func(http.Header) (int, bool) { return 200, true }}, nil)
		flood(rt, 4, 5*time.Minute)
		if s, _ := pace.StatsOf(rt); d.refused != 0 || d.served < 990 || s.Told != 200 || s.LimitPerMinute != 200 {
			t.Errorf("%d requests, %d refusals, told %v, in force %v", d.served, d.refused, s.Told, s.LimitPerMinute)
		}
	})
}

// A laptop that slept for an hour, with all workers' answers outstanding, goes on
// evenly: nothing of the hour is made up for.
func TestP67_NoBurstAfterASleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		d.answer = func(_ *http.Request, n int) (*http.Response, error) {
			if n >= 300 && n < 304 {
				time.Sleep(time.Hour) // all four are caught by it
			}
			return reply(200, ""), nil
		}
		flood(pace.Transport(d, pace.Limits{PerMinute: 700, Parallel: 4}, nil), 16, 2*time.Hour)
		woken := 0
		for i := range d.at {
			j := i
			for j < len(d.at) && d.at[j].Sub(d.at[i]) < time.Second {
				j++
			}
			if j-i > 13 { // 700 a minute are 11.7 a second
				t.Fatalf("%d requests within a second, %v after the start", j-i, d.at[i].Sub(d.at[0]))
			}
			if i > 0 && d.at[i].Sub(d.at[i-1]) > 30*time.Minute {
				woken = len(d.at) - i
			}
		}
		if woken < 1000 {
			t.Errorf("only %d requests after the sleep", woken)
		}
	})
}

// A desk whose clock is an hour wrong, ahead or behind, is obeyed in full and no longer.
func TestP13_AServerClockThatIsWrong(t *testing.T) {
	for _, off := range []time.Duration{-time.Hour, 0, time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock := func() time.Time { return time.Now().Add(off) }
				used, window := 0, time.Time{}
				refused := 0
				var at []time.Time
				var mu sync.Mutex
				rt := pace.Transport(carrier(func(*http.Request) (*http.Response, error) {
					mu.Lock()
					defer mu.Unlock()
					at = append(at, time.Now())
					if clock().Sub(window) >= time.Minute {
						window, used = clock().Truncate(time.Second), 0
					}
					used++
					reset := window.Add(time.Minute)
					resp := reply(200, "", "Date", clock().UTC().Format(http.TimeFormat), "Left", fmt.Sprint(max(0, 20-used)), "Reset", fmt.Sprint(reset.Unix()))
					if used > 20 {
						refused++
						resp.StatusCode = http.StatusTooManyRequests
						resp.Header.Set("Retry-After", reset.UTC().Format(http.TimeFormat))
					}
					return resp, nil
				}), pace.Limits{PerMinute: 600, Left: left}, nil)
				flood(rt, 4, 10*time.Minute)
				// Twenty a minute, although ten a second were promised: the headers say so.
				if refused > 1 || len(at) < 180 || len(at) > 201 {
					t.Errorf("%d requests, %d refused", len(at), refused)
				}
			})
		})
	}
}

// Time that nobody used is not made up for: at a slow limit two requests would follow
// each other at once.
func TestInvariant11_AnIdleMomentIsNotMadeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		rt := pace.Transport(d, pace.Limits{PerMinute: 10}, nil)
		for _, idle := range []time.Duration{0, 9 * time.Second, 0, time.Hour, 0} {
			time.Sleep(idle)
			if _, err := get(t, rt, t.Context(), "GET", nil); err != nil {
				t.Fatal(err)
			}
		}
		for i := 1; i < len(d.at); i++ {
			if gap := d.at[i].Sub(d.at[i-1]); gap < 6*time.Second {
				t.Errorf("request %d left %v after the one before", i+1, gap)
			}
		}
	})
}

// Without any limit a share is a share of what may be under way.
func TestInvariant11_AShareWithoutALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{latency: time.Second}
		limits := pace.Limits{Parallel: 16, Schedule: func() pace.Schedule { return pace.Schedule{Percent: 50} }}
		flood(pace.Transport(d, limits, nil), 32, 10*time.Minute)
		if d.most != 8 {
			t.Errorf("%d at once, half of sixteen is eight", d.most)
		}
	})
}

// A moment to wait for that is over already does not mean "at once, and again".
func TestP13_ARetryAfterThatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{answer: func(_ *http.Request, n int) (*http.Response, error) {
			if n <= 3 {
				return reply(429, "", "Retry-After", []string{"Sat, 01 Jan 1994 00:00:00 GMT", "0"}[n%2]), nil
			}
			return reply(200, ""), nil
		}}
		if _, err := get(t, pace.Transport(d, pace.Limits{}, nil), t.Context(), "POST", nil); err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(d.at); i++ {
			if gap := d.at[i].Sub(d.at[i-1]); gap < time.Second<<(i-1) {
				t.Errorf("asked again after %v", gap)
			}
		}
	})
}

type carrier func(*http.Request) (*http.Response, error)

func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	return c(r)
}
