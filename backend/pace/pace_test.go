package pace_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/pace"
)

// desk is a vendor's edge: it counts, limits and answers, on the test's clock.
type desk struct {
	perMinute int
	bucket    bool
	headers   bool
	latency   time.Duration
	between   [2]time.Duration                                     // instead of latency: at random from..to
	answer    func(r *http.Request, n int) (*http.Response, error) // nil: 200

	mu      sync.Mutex
	n       int
	refused int // of anybody
	bounced int // of ours
	served  int
	bodies  []string
	at      []time.Time
	now     int // under way
	most    int
	start   time.Time
	used    int
	tokens  float64
	last    time.Time
	dice    *rand.Rand
}

func reply(status int, body string, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		_ = r.Body.Close()
		body = string(b)
	}
	d.mu.Lock()
	d.n++
	n := d.n
	d.at = append(d.at, time.Now())
	d.bodies = append(d.bodies, body)
	d.now++
	d.most = max(d.most, d.now)
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.now--
		d.mu.Unlock()
	}()
	latency := d.latency
	if d.between[1] > 0 {
		d.mu.Lock()
		if d.dice == nil {
			d.dice = rand.New(rand.NewPCG(1, 2))
		}
		latency = d.between[0] + time.Duration(d.dice.Int64N(int64(d.between[1]-d.between[0])))
		d.mu.Unlock()
	}
	if latency > 0 {
		select {
		case <-time.After(latency / 2):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	resp := d.judge()
	if resp.StatusCode == http.StatusTooManyRequests {
		d.mu.Lock()
		d.bounced++
		d.mu.Unlock()
	}
	if latency > 0 {
		time.Sleep(latency / 2)
	}
	if resp.StatusCode == http.StatusOK && d.answer != nil {
		return d.answer(r, n)
	}
	return resp, nil
}

func (d *desk) judge() *http.Response {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	resp := reply(200, "{}")
	if d.perMinute == 0 {
		d.served++
		return resp
	}
	var ok bool
	var left int
	var reset time.Time
	rate := float64(d.perMinute) / 60
	if d.bucket {
		if d.last.IsZero() {
			d.tokens = float64(d.perMinute)
		} else {
			d.tokens = math.Min(float64(d.perMinute), d.tokens+now.Sub(d.last).Seconds()*rate)
		}
		d.last = now
		if ok = d.tokens >= 1; ok {
			d.tokens--
		}
		left = int(d.tokens)
		reset = now.Add(time.Duration((float64(d.perMinute) - d.tokens) / rate * float64(time.Second)))
	} else {
		if now.Sub(d.start) >= time.Minute {
			d.start, d.used = now, 0
		}
		if ok = d.used < d.perMinute; ok {
			d.used++
		}
		left, reset = d.perMinute-d.used, d.start.Add(time.Minute)
	}
	if !ok {
		d.refused++
		resp = reply(429, `{"items":[]}`, "Retry-After", strconv.Itoa(int(math.Ceil(reset.Sub(now).Seconds()))))
	} else {
		d.served++
	}
	if d.headers {
		resp.Header.Set("Left", strconv.Itoa(left))
		resp.Header.Set("Reset", strconv.FormatInt(int64(math.Ceil(float64(reset.UnixMilli())/1000)), 10))
	}
	return resp
}

func left(h http.Header) (int, time.Time, bool) {
	n, err := strconv.Atoi(h.Get("Left"))
	if err != nil {
		return 0, time.Time{}, false
	}
	s, err := strconv.ParseInt(h.Get("Reset"), 10, 64)
	return n, time.Unix(s, 0), err == nil
}

// flood keeps many workers busy for a while, and gives what they were answered.
func flood(rt http.RoundTripper, workers int, d time.Duration) map[int]int {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	var mu sync.Mutex
	got := map[int]int{}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://desk/x", strings.NewReader("x"))
				resp, err := rt.RoundTrip(req)
				if err != nil {
					continue
				}
				_ = resp.Body.Close()
				mu.Lock()
				got[resp.StatusCode]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return got
}

func TestSpendsTheLimitWithoutARefusal(t *testing.T) {
	for _, perMinute := range []int{10, 100, 700, 2500} {
		for _, bucket := range []bool{false, true} {
			for _, headers := range []bool{false, true} {
				t.Run(fmt.Sprintf("%d bucket=%v headers=%v", perMinute, bucket, headers), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						d := &desk{perMinute: perMinute, bucket: bucket, headers: headers, latency: 50 * time.Millisecond}
						limits := pace.Limits{PerMinute: perMinute, Parallel: 16}
						if headers {
							limits.Left = left
						}
						const minutes = 10
						flood(pace.Transport(d, limits, nil), 20, minutes*time.Minute)
						if d.refused != 0 {
							t.Errorf("%d refusals", d.refused)
						}
						if used := float64(d.served) / float64(perMinute*minutes); used < 0.99 {
							t.Errorf("only %.2f%% of the limit was used", used*100)
						} else {
							t.Logf("%.2f%% of the limit", used*100)
						}
					})
				})
			}
		}
	}
}

// Where nobody told us the limit, the desk's headers do.
func TestLearnsTheLimitFromHeaders(t *testing.T) {
	for _, bucket := range []bool{false, true} {
		t.Run(fmt.Sprintf("bucket=%v", bucket), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &desk{perMinute: 700, bucket: bucket, headers: true, latency: 50 * time.Millisecond}
				flood(pace.Transport(d, pace.Limits{Parallel: 8, Left: left}, nil), 8, 10*time.Minute)
				if d.refused != 0 {
					t.Errorf("%d refusals", d.refused)
				}
				if used := float64(d.served) / 7000; used < 0.97 {
					t.Errorf("only %.2f%% of the limit was used", used*100)
				} else {
					t.Logf("%.2f%% of the limit", used*100)
				}
			})
		})
	}
}

// Without limit and headers, refusals teach it: few of them, and no lost request.
func TestLearnsTheLimitFromRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{perMinute: 600, latency: 20 * time.Millisecond}
		got := flood(pace.Transport(d, pace.Limits{Parallel: 8}, nil), 8, 30*time.Minute)
		if got[429] != 0 {
			t.Errorf("%d refusals reached the caller", got[429])
		}
		used := float64(d.served) / (600 * 30)
		if used < 0.7 || d.refused > d.served/50 {
			t.Errorf("%.1f%% of the limit, %d refusals", used*100, d.refused)
		}
		t.Logf("%.1f%% of the limit, %d refusals", used*100, d.refused)
	})
}

// Others who spend the same budget are made room for.
func TestMakesRoomForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{perMinute: 600, headers: true, latency: 20 * time.Millisecond}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() { // a colleague with half of the limit, who asks nobody
			for ctx.Err() == nil {
				d.judge()
				time.Sleep(200 * time.Millisecond)
			}
		})
		got := flood(pace.Transport(d, pace.Limits{PerMinute: 600, Parallel: 8, Left: left}, nil), 8, 10*time.Minute)
		wg.Wait()
		if d.bounced > 20 {
			t.Errorf("%d refusals in ten minutes", d.bounced)
		}
		if got[200] < 2000 || got[429] > 0 {
			t.Errorf("answers: %v", got)
		}
		t.Logf("%d refusals, %v", d.bounced, got)
	})
}

func get(t *testing.T, rt http.RoundTripper, ctx context.Context, method string, body io.Reader) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, "http://desk/x", body)
	if err != nil {
		t.Fatal(err)
	}
	return rt.RoundTrip(req)
}

func TestRetryAfterIsHonouredInFull(t *testing.T) {
	for _, x := range []struct {
		name   string
		status int
		header func() []string
		wait   time.Duration
		method string
	}{
		{"seconds", 429, func() []string { return []string{"Retry-After", "90"} }, 90 * time.Second, "GET"},
		{"a write, whole again", 429, func() []string { return []string{"Retry-After", "90"} }, 90 * time.Second, "POST"},
		{"503 that asks to wait", 503, func() []string { return []string{"Retry-After", "30"} }, 30 * time.Second, "POST"},
		{"nine days", 429, func() []string { return []string{"Retry-After", "777600"} }, 777600 * time.Second, "GET"},
		{"a date", 429, func() []string {
			return []string{"Retry-After", time.Now().Add(2 * time.Minute).UTC().Format(http.TimeFormat)}
		}, 2 * time.Minute, "GET"},
		{"a date by another clock", 429, func() []string {
			there := time.Now().Add(-3 * time.Hour)
			return []string{
				"Date", there.UTC().Format(http.TimeFormat),
				"Retry-After", there.Add(2 * time.Minute).UTC().Format(http.TimeFormat),
			}
		}, 2 * time.Minute, "GET"},
		{"nonsense", 429, func() []string { return []string{"Retry-After", "soon"} }, time.Second, "GET"},
		{"no word", 429, func() []string { return nil }, time.Second, "POST"},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &desk{answer: func(_ *http.Request, n int) (*http.Response, error) {
					if n == 1 {
						return reply(x.status, `{"items":[]}`, x.header()...), nil
					}
					return reply(200, "data"), nil
				}}
				var events []pace.Event
				rt := pace.Transport(d, pace.Limits{}, func(e pace.Event) { events = append(events, e) })
				var body io.Reader
				if x.method == "POST" {
					body = bytes.NewReader([]byte("payload"))
				}
				resp, err := get(t, rt, t.Context(), x.method, body)
				if err != nil {
					t.Fatal(err)
				}
				b, _ := io.ReadAll(resp.Body)
				if string(b) != "data" || d.n != 2 {
					t.Errorf("%d requests, body %q", d.n, b)
				}
				if waited := d.at[1].Sub(d.at[0]); waited < x.wait || waited > x.wait*3/2+2*time.Second {
					t.Errorf("waited %v, asked for %v", waited, x.wait)
				}
				if x.method == "POST" && d.bodies[1] != "payload" {
					t.Errorf("the second body is %q", d.bodies[1])
				}
				if len(events) < 2 || !events[0].Refused || events[0].Why == "" || !events[0].Until.Equal(d.at[1]) || events[len(events)-1] != (pace.Event{}) {
					t.Errorf("events %+v", events)
				}
			})
		})
	}
}

// A refusal stops everybody who shares the budget, not only who was refused.
func TestARefusalStopsEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{latency: time.Second, answer: func(_ *http.Request, n int) (*http.Response, error) {
			if n == 1 {
				return reply(429, "", "Retry-After", "60"), nil
			}
			return reply(200, ""), nil
		}}
		rt := pace.Transport(d, pace.Limits{Parallel: 4}, nil)
		first := time.Now()
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 10 * time.Second)
				if _, err := get(t, rt, t.Context(), "GET", nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, at := range d.at[1:] {
			if at.Sub(first) < 61*time.Second {
				t.Errorf("a request left after %v", at.Sub(first))
			}
		}
		if len(d.at) != 7 {
			t.Errorf("%d requests", len(d.at))
		}
	})
}

func TestWhatIsRepeated(t *testing.T) {
	reset := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	nobody := &net.DNSError{Err: "no such host", IsNotFound: true}
	for _, x := range []struct {
		name, method string
		answer       func() (*http.Response, error)
		tries        int
	}{
		{"GET, reset", "GET", func() (*http.Response, error) { return nil, reset }, 4},
		{"GET, end of file", "GET", func() (*http.Response, error) { return nil, io.EOF }, 4},
		{"GET, 500", "GET", func() (*http.Response, error) { return reply(500, ""), nil }, 4},
		{"GET, 503", "GET", func() (*http.Response, error) { return reply(503, ""), nil }, 4},
		{"GET, 404", "GET", func() (*http.Response, error) { return reply(404, ""), nil }, 1},
		{"GET, no such host", "GET", func() (*http.Response, error) { return nil, nobody }, 1},
		{"POST, reset", "POST", func() (*http.Response, error) { return nil, reset }, 1},
		{"POST, end of file", "POST", func() (*http.Response, error) { return nil, io.EOF }, 1},
		{"POST, 500", "POST", func() (*http.Response, error) { return reply(500, ""), nil }, 1},
		{"POST, 502", "POST", func() (*http.Response, error) { return reply(502, ""), nil }, 1},
		{"POST, 503 without a word", "POST", func() (*http.Response, error) { return reply(503, ""), nil }, 1},
		{"PUT, 500", "PUT", func() (*http.Response, error) { return reply(500, ""), nil }, 1},
		{"DELETE, reset", "DELETE", func() (*http.Response, error) { return nil, reset }, 1},
		{"POST, 429 for ever", "POST", func() (*http.Response, error) { return reply(429, "", "Retry-After", "1"), nil }, 20},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &desk{answer: func(*http.Request, int) (*http.Response, error) { return x.answer() }}
				var body io.Reader
				if x.method != "GET" {
					body = strings.NewReader("x")
				}
				resp, err := get(t, pace.Transport(d, pace.Limits{}, nil), t.Context(), x.method, body)
				want, wantErr := x.answer()
				if d.n != x.tries {
					t.Errorf("%d tries, want %d", d.n, x.tries)
				}
				if !errors.Is(err, wantErr) || (resp == nil) != (want == nil) || resp != nil && resp.StatusCode != want.StatusCode {
					t.Errorf("got %v, %v", resp, err)
				}
			})
		})
	}
	t.Run("a body that cannot be sent again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := &desk{answer: func(*http.Request, int) (*http.Response, error) { return reply(429, ""), nil }}
			resp, err := get(t, pace.Transport(d, pace.Limits{}, nil), t.Context(), "POST", io.MultiReader(strings.NewReader("x")))
			if err != nil || resp.StatusCode != http.StatusTooManyRequests || d.n != 1 {
				t.Errorf("%d tries, %v, %v", d.n, resp, err)
			}
		})
	})
}

func TestEveryWaitEndsWithTheContext(t *testing.T) {
	for name, x := range map[string]struct {
		limits pace.Limits
		answer func(*http.Request, int) (*http.Response, error)
		method string
	}{
		"after a refusal": {method: "POST", answer: func(*http.Request, int) (*http.Response, error) {
			return reply(429, "", "Retry-After", "86400"), nil
		}},
		"before the next repetition": {method: "GET", answer: func(*http.Request, int) (*http.Response, error) { return nil, io.EOF }},
		"for the budget":             {method: "GET", limits: pace.Limits{PerMinute: 1}},
		"for a place": {method: "GET", limits: pace.Limits{Parallel: 1}, answer: func(r *http.Request, _ int) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rt := pace.Transport(&desk{answer: x.answer}, x.limits, nil)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(100*time.Millisecond, cancel)
				start := time.Now()
				var wg sync.WaitGroup
				for range 3 {
					wg.Go(func() {
						for ctx.Err() == nil {
							var body io.Reader
							if x.method == "POST" {
								body = strings.NewReader("x")
							}
							resp, err := get(t, rt, ctx, x.method, body)
							if err == nil {
								_ = resp.Body.Close()
							} else if !errors.Is(err, context.Canceled) {
								t.Errorf("got %v", err)
							}
						}
					})
				}
				wg.Wait()
				if took := time.Since(start); took > 150*time.Millisecond {
					t.Errorf("returned after %v", took)
				}
			})
		})
	}
}

func TestWhatNeverLeftSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		rt := pace.Transport(d, pace.Limits{PerMinute: 1}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := get(t, rt, ctx, "POST", strings.NewReader("x")); !errors.Is(err, pace.ErrNotSent) || d.n != 0 {
			t.Errorf("a dead context: %v, %d requests", err, d.n)
		}
		if _, err := get(t, rt, t.Context(), "POST", strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := get(t, rt, ctx, "POST", strings.NewReader("x"))
		if !errors.Is(err, pace.ErrNotSent) || !errors.Is(err, context.DeadlineExceeded) || d.n != 1 {
			t.Errorf("waiting for the budget: %v, %d requests", err, d.n)
		}
		gone := &desk{answer: func(r *http.Request, _ int) (*http.Response, error) { return nil, io.EOF }}
		if _, err := get(t, pace.Transport(gone, pace.Limits{}, nil), t.Context(), "POST", strings.NewReader("x")); errors.Is(err, pace.ErrNotSent) {
			t.Errorf("a lost answer was called unsent: %v", err)
		}
	})
}

func TestParallelIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{latency: time.Second}
		flood(pace.Transport(d, pace.Limits{Parallel: 3}, nil), 20, time.Minute)
		if d.most != 3 {
			t.Errorf("%d at once, want 3", d.most)
		}
	})
}

func TestShortWaitsAreReportedSparingly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		n := 0
		rt := pace.Transport(&desk{}, pace.Limits{PerMinute: 700}, func(e pace.Event) {
			mu.Lock()
			defer mu.Unlock()
			n++
			if e.Why != "" && !strings.Contains(e.Why, "700") {
				t.Errorf("event %+v", e)
			}
		})
		flood(rt, 4, time.Minute)
		if n < 50 || n > 70 {
			t.Errorf("%d reports in a minute of 700 requests", n)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"0": 0, "5": 5 * time.Second, "1.5": 1500 * time.Millisecond, "99999999999999": 10 * 365 * 24 * time.Hour,
		"Thu, 01 Jan 2026 00:00:10 GMT": 11 * time.Second,
	} {
		if at, ok := pace.RetryAfter(http.Header{"Retry-After": {value}}, now); !ok || at.Sub(now) != want {
			t.Errorf("%s: %v %v, want %v", value, at.Sub(now), ok, want)
		}
	}
	for _, value := range []string{"", "-1", "NaN", "tomorrow"} {
		if at, ok := pace.RetryAfter(http.Header{"Retry-After": {value}}, now); ok {
			t.Errorf("%q: %v", value, at)
		}
	}
}
