package pace_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/pace"
)

// updates are PUT requests: a hundred a minute for the account, thirty in ten minutes
// for one ticket.
func updates() []pace.Budget {
	put := func(r *http.Request) bool { return r.Method == http.MethodPut }
	return []pace.Budget{
		{What: "updates of one ticket", Requests: 30, Per: 10 * time.Minute, Key: func(r *http.Request) (string, bool) { return r.URL.Path, put(r) }},
		{What: "updates", Requests: 100, Per: time.Minute, Key: func(r *http.Request) (string, bool) { return "", put(r) }},
	}
}

// worst is the largest number of moments within any stretch of that length.
func worst(at []time.Time, stretch time.Duration) int {
	most, first := 0, 0
	for i := range at {
		for at[i].Sub(at[first]) >= stretch {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

func TestP73_UpdatesKeepTheirOwnBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var all, puts []time.Time
		byTicket := map[string][]time.Time{}
		d := &desk{latency: 40 * time.Millisecond}
		base := carrier(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			now := time.Now()
			all = append(all, now)
			if r.Method == http.MethodPut {
				puts = append(puts, now)
				byTicket[r.URL.Path] = append(byTicket[r.URL.Path], now)
			}
			mu.Unlock()
			return d.RoundTrip(r)
		})
		var reasons []string
		rt := pace.Transport(base, pace.Limits{PerMinute: 700, Parallel: 16, Budgets: updates()}, func(e pace.Event) {
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(e.Why, "updates") {
				reasons = append(reasons, e.Why)
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
		defer cancel()
		var wg sync.WaitGroup
		for worker := range 16 {
			wg.Go(func() {
				for n := 0; ctx.Err() == nil; n++ {
					method, path := http.MethodPut, fmt.Sprintf("/tickets/%d", (worker+n*8)%1000)
					switch {
					case worker < 8: // these only create
						method, path = http.MethodPost, "/tickets"
					case worker == 15: // and this one is fond of one ticket
						path = "/tickets/favourite"
					}
					req, err := http.NewRequestWithContext(ctx, method, "http://desk"+path, nil)
					if err != nil {
						t.Error(err)
						return
					}
					if resp, err := rt.RoundTrip(req); err == nil {
						_ = resp.Body.Close()
					}
				}
			})
		}
		wg.Wait()
		if n := worst(puts, time.Minute); n > 100 {
			t.Errorf("%d updates within a minute", n)
		}
		if len(puts) < 99*20 {
			t.Errorf("only %d updates in twenty minutes", len(puts))
		}
		if n := worst(byTicket["/tickets/favourite"], 10*time.Minute); n != 30 {
			t.Errorf("%d updates of one ticket within ten minutes, want 30", n)
		}
		if n := len(byTicket["/tickets/favourite"]); n < 58 || n > 61 {
			t.Errorf("%d updates of the favourite in twenty minutes", n)
		}
		// What waits for the second budget leaves the first to the others.
		if n := worst(all, time.Minute); n > 700 || float64(len(all)) < 0.99*700*20 {
			t.Errorf("%d requests, %d within a minute", len(all), n)
		}
		said := strings.Join(reasons, "\n")
		if !strings.Contains(said, "the desk allows 100 updates a minute") || !strings.Contains(said, "the desk allows 30 updates of one ticket in 10 minutes") {
			t.Errorf("reasons: %q", said)
		}
	})
}

// A closing of the whole desk does not let the second budget's requests pile up.
func TestP73_NoBurstOfUpdatesAfterAClosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{answer: func(_ *http.Request, n int) (*http.Response, error) {
			if n == 50 {
				return reply(429, "", "Retry-After", "300"), nil
			}
			return reply(200, ""), nil
		}}
		limits := pace.Limits{PerMinute: 2500, Parallel: 16, Budgets: []pace.Budget{{
			What: "updates", Requests: 20, Per: time.Minute, Key: func(*http.Request) (string, bool) { return "", true },
		}}}
		flood(pace.Transport(d, limits, nil), 100, 20*time.Minute)
		if n := worst(d.at, time.Minute); n > 20 || len(d.at) < 280 {
			t.Errorf("%d within a minute, %d together", n, len(d.at))
		}
	})
}

func TestP73_AWaitForTheSecondBudgetEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		rt := pace.Transport(d, pace.Limits{Budgets: []pace.Budget{{
			What: "updates", Requests: 1, Per: time.Hour, Key: func(*http.Request) (string, bool) { return "", true },
		}}}, nil)
		if _, err := get(t, rt, t.Context(), "PUT", nil); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := get(t, rt, ctx, "PUT", nil); !errors.Is(err, pace.ErrNotSent) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		// Its place is free again: after the hour exactly one may leave.
		start := time.Now()
		if _, err := get(t, rt, t.Context(), "PUT", nil); err != nil || d.n != 2 {
			t.Errorf("%v, %d requests", err, d.n)
		}
		if waited := time.Since(start); waited > time.Hour {
			t.Errorf("waited %v", waited)
		}
	})
}

// A share of the limit is a share of what is counted apart, too.
func TestP73_AShareOfTheSecondBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		share := 100.0
		d := &desk{}
		limits := pace.Limits{
			PerMinute: 700, Parallel: 4, Budgets: []pace.Budget{{
				What: "updates", Requests: 100, Per: time.Minute, Key: func(*http.Request) (string, bool) { return "", true },
			}},
			Schedule: func() pace.Schedule {
				mu.Lock()
				defer mu.Unlock()
				return pace.Schedule{Percent: share}
			},
		}
		start := time.Now()
		time.AfterFunc(10*time.Minute, func() {
			mu.Lock()
			defer mu.Unlock()
			share = 20
		})
		flood(pace.Transport(d, limits, nil), 16, 20*time.Minute)
		var late []time.Time
		for _, at := range d.at {
			if at.Sub(start) > 11*time.Minute {
				late = append(late, at)
			}
		}
		if n, m := worst(d.at, time.Minute), worst(late, time.Minute); n != 100 || m != 20 || len(late) < 9*19 {
			t.Errorf("%d within a minute, at a fifth of it %d, %d together", n, m, len(late))
		}
	})
}

// A second limit that only the desk's headers tell is kept from its first answer on.
func TestP73_ASecondLimitThatTheHeadersTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{latency: 50 * time.Millisecond, answer: func(*http.Request, int) (*http.Response, error) {
			return reply(200, "", "Updates", "30"), nil
		}}
		rt := pace.Transport(d, pace.Limits{Parallel: 4, Budgets: []pace.Budget{{
			What: "updates", Per: time.Minute, Key: func(r *http.Request) (string, bool) { return "", r.Method == http.MethodPost },
			Allowed: func(h http.Header) (int, bool) {
				n, err := strconv.Atoi(h.Get("Updates"))
				return n, err == nil
			},
		}}}, nil)
		flood(rt, 4, 10*time.Minute)
		if n := worst(d.at, time.Minute); n != 30 || len(d.at) < 290 {
			t.Errorf("%d within a minute, %d together", n, len(d.at))
		}
	})
}

// A place that was taken and given up is free at once for who waits for it.
func TestP73_APlaceThatIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{answer: func(_ *http.Request, n int) (*http.Response, error) {
			if n == 1 {
				return reply(429, "", "Retry-After", "60"), nil
			}
			return reply(200, ""), nil
		}}
		rt := pace.Transport(d, pace.Limits{PerMinute: 600, Budgets: []pace.Budget{{
			What: "updates", Requests: 1, Per: time.Hour, Key: func(r *http.Request) (string, bool) { return "", r.Method == http.MethodPut },
		}}}, nil)
		var wg sync.WaitGroup
		wg.Go(func() { // the desk is closed for a minute
			if _, err := get(t, rt, t.Context(), "GET", nil); err != nil {
				t.Error(err)
			}
		})
		start := time.Now()
		wg.Go(func() { // it takes the only place, waits for the desk, and gives up before it opens
			time.Sleep(time.Second)
			ctx, cancel := context.WithTimeout(t.Context(), 57*time.Second)
			defer cancel()
			if _, err := get(t, rt, ctx, "PUT", nil); !errors.Is(err, pace.ErrNotSent) {
				t.Errorf("got %v", err)
			}
		})
		wg.Go(func() {
			time.Sleep(2 * time.Second)
			if _, err := get(t, rt, t.Context(), "PUT", nil); err != nil {
				t.Error(err)
			}
			if waited := time.Since(start); waited > 61*time.Second {
				t.Errorf("it left after %v; the desk was open after a minute", waited)
			}
		})
		wg.Wait()
	})
}
