package practice

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// FaultKind is one way in which an answer goes wrong.
type FaultKind string

// The faults.
const (
	DropAfter   FaultKind = "drop_after"   // the work is done, the connection ends without an answer
	DropBefore  FaultKind = "drop_before"  // the connection ends, nothing was done
	ErrorBefore FaultKind = "error_before" // 500, nothing was done
	ErrorAfter  FaultKind = "error_after"  // 500 although the work is done
	HalfBatch   FaultKind = "half_batch"   // half of a batch is done, then the connection ends
	Slow        FaultKind = "slow"         // the answer comes after Delay
	Reset       FaultKind = "reset"        // the work is done, the connection is reset
	HalfBody    FaultKind = "half_body"    // the work is done, the answer stops in its middle
	TooMany     FaultKind = "too_many"     // 429 with Retry-After of Delay, nothing was done
	Unavailable FaultKind = "unavailable"  // 503 with Retry-After of Delay, nothing was done
	HTML        FaultKind = "html"         // a proxy's page instead of JSON, nothing was done
	Revoke      FaultKind = "revoke"       // 401 from now on, until another plan is set; strikes once
	Down        FaultKind = "down"         // for Delay every connection ends, nothing is done; strikes once
)

var faultKinds = []FaultKind{
	DropAfter, DropBefore, ErrorBefore, ErrorAfter, HalfBatch, Slow, Reset, HalfBody, TooMany, Unavailable, HTML, Revoke, Down,
}

// Fault is one line of a plan.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Chance that a request is struck, from 0 to 1. Zero stands for 1, because a
	// fault that never strikes needs no line.
	Chance float64 `json:"chance,omitempty"`
	// Skip lets so many matching requests pass first; Times ends the fault after it
	// struck so often (0: never; Revoke and Down: once).
	Skip  int `json:"skip,omitempty"`
	Times int `json:"times,omitempty"`
	// Method and Path narrow it down: "POST", and a part of the path such as "/tickets".
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	// Delay of Slow, how long Down lasts, and the wait that TooMany and Unavailable ask for, in milliseconds.
	DelayMS int64 `json:"delay_ms,omitempty"`
	// Date writes Retry-After as a date; Raw writes it as it is.
	Date bool   `json:"date,omitempty"`
	Raw  string `json:"raw,omitempty"`
}

// FaultPlan says what goes wrong. The first fault that strikes counts.
type FaultPlan struct {
	Faults []Fault `json:"faults"`
}

type faults struct {
	mu   sync.Mutex
	rand *rand.Rand
	plan []Fault
	met  []int
	hits []int

	revoked bool
	down    time.Time // until then
}

func newFaults(seed uint64, p FaultPlan) *faults {
	f := &faults{rand: rand.New(rand.NewPCG(seed, 0x77617962696c6c))} // #nosec G404 -- repeatable on purpose
	f.set(p)
	return f
}

func (f *faults) set(p FaultPlan) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plan = slices.Clone(p.Faults)
	f.met, f.hits = make([]int, len(f.plan)), make([]int, len(f.plan))
	f.revoked, f.down = false, time.Time{}
	for i := range f.plan {
		if k := f.plan[i].Kind; (k == Revoke || k == Down) && f.plan[i].Times == 0 {
			f.plan[i].Times = 1
		}
	}
}

// state is Down or Revoke while such a fault lasts, or empty.
func (f *faults) state(now time.Time) FaultKind {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case now.Before(f.down):
		return Down
	case f.revoked:
		return Revoke
	}
	return ""
}

func (f *faults) counts() map[FaultKind]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[FaultKind]int{}
	for i, x := range f.plan {
		out[x.Kind] += f.hits[i]
	}
	return out
}

// strike decides what happens to a request; nil: nothing.
func (f *faults) strike(r *http.Request, now time.Time) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, x := range f.plan {
		if x.Method != "" && x.Method != r.Method || !strings.Contains(r.URL.Path, x.Path) {
			continue
		}
		if x.Times > 0 && f.hits[i] >= x.Times {
			continue
		}
		f.met[i]++
		if f.met[i] <= x.Skip {
			continue
		}
		if x.Chance > 0 && x.Chance < 1 && f.rand.Float64() >= x.Chance {
			continue
		}
		f.hits[i]++
		switch x.Kind {
		case Revoke:
			f.revoked = true
		case Down:
			f.down = now.Add(time.Duration(x.DelayMS) * time.Millisecond)
		}
		return &x
	}
	return nil
}

func (p FaultPlan) check() []FieldError {
	for i, x := range p.Faults {
		if !slices.Contains(faultKinds, x.Kind) {
			return []FieldError{{
				Field: fmt.Sprintf("faults.%d.kind", i), Code: "invalid", Reason: "there is no such fault", Value: string(x.Kind),
			}}
		}
	}
	return nil
}

// suffer serves a request that was struck.
func (d *Desk) suffer(x *Fault, w http.ResponseWriter, r *http.Request) {
	delay := time.Duration(x.DelayMS) * time.Millisecond
	switch x.Kind {
	case Slow:
		t := time.NewTimer(delay)
		defer t.Stop()
		select {
		case <-t.C:
			d.route(w, r)
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	case Revoke:
		fail(w, http.StatusUnauthorized, "unauthorized", "The token was revoked.")
	case DropBefore, Down:
		panic(http.ErrAbortHandler)
	case ErrorBefore:
		fail(w, http.StatusInternalServerError, "internal", "Something broke here.")
	case HTML:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><body><h1>Please sign in</h1></body></html>"))
	case TooMany, Unavailable:
		switch {
		case x.Raw != "":
			w.Header().Set("Retry-After", x.Raw)
		case x.DelayMS > 0:
			now := d.now()
			retryAfter(w.Header(), now.Add(delay), now, x.Date)
		}
		status := http.StatusTooManyRequests
		if x.Kind == Unavailable {
			status = http.StatusServiceUnavailable
		}
		fail(w, status, string(x.Kind), "Not now.")
	case HalfBatch:
		d.route(discardWriter{http.Header{}}, r.WithContext(withHalf(r.Context())))
		panic(http.ErrAbortHandler)
	case DropAfter:
		d.route(discardWriter{http.Header{}}, r)
		panic(http.ErrAbortHandler)
	case ErrorAfter:
		d.route(discardWriter{http.Header{}}, r)
		fail(w, http.StatusInternalServerError, "internal", "Something broke here.")
	case Reset:
		d.route(discardWriter{http.Header{}}, r)
		resetConnection(w)
	case HalfBody:
		b := &bufferWriter{header: w.Header(), status: http.StatusOK}
		d.route(b, r)
		w.Header().Set("Content-Length", strconv.Itoa(b.body.Len()))
		w.WriteHeader(b.status)
		_, _ = w.Write(b.body.Bytes()[:b.body.Len()/2])
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	}
}
