// Package job runs long work in the background: it can be watched, paused,
// resumed and stopped. A status can be asked for at any moment and is complete;
// events are only a nudge to ask.
package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"waybill/backend/problem"
)

// States of a job.
const (
	Running   = "running"
	Paused    = "paused"
	Done      = "done"
	Failed    = "failed"
	Cancelled = "cancelled"
)

// Stage is the progress of one part of a job.
type Stage struct {
	Name                string
	Done, Total, Failed int64
}

// Status of a job, complete at any moment.
type Status struct {
	ID, Kind, Title, State string
	Stages                 []Stage
	// Stage that runs now.
	Stage               string
	Done, Total, Failed int64
	// Rate per second, smoothed. Left is what remains, negative when not known.
	Rate float64
	Left time.Duration
	// LeftLow and LeftHigh are the range of what remains, from how much the rates of
	// the last minutes differed; negative when not known. LeftHigh alone is negative
	// when nothing moved for too long to tell.
	LeftLow, LeftHigh time.Duration

	Started  time.Time
	Finished time.Time
	Waiting  string
	Error    *problem.Problem
	// Question is what a person must confirm, when State is NeedsPerson.
	Question string
	Result   string
	// Rates per second of the last minutes, oldest first.
	Rates []float64
	// Requests per second that left for the desk in the last minutes, oldest first, and
	// the limit a minute in force now (0: none known); as Progress.Meter gives them.
	Requests       []float64
	LimitPerMinute float64
	// Problems so far in groups, largest first, at most twenty.
	Problems []ProblemCount
	Seq      int64
}

// ErrBusy says that another job is running.
var ErrBusy = errors.New("job: another one is running")

// Runner runs one job at a time: a project has one writer.
type Runner struct {
	mu   sync.Mutex
	jobs map[string]*Progress
	last string
	n    int
	wg   sync.WaitGroup
	// Prefix begins the ids of jobs; "job" when it is empty.
	Prefix string
	// Nudge is called, at most four times a second and at the end, when something changed.
	Nudge func(id string)
}

// Progress is the job's own handle: it reports, and waits while paused.
type Progress struct {
	mu     sync.Mutex
	s      Status
	pause  chan struct{} // closed when not paused
	cancel context.CancelFunc
	nudge  func(string)
	asked  bool // a pause was asked for
	ended  chan struct{}
	tick   time.Time
	base   int64
	// measured is how many of the rates are of this piece of work.
	measured int
	nudged   time.Time
	meter    func() (perSecond []float64, limit float64)

	problems []ProblemCount
	groups   map[string]int // place in problems
	rest     ProblemCount   // those of more groups than are kept
}

// Start runs fn in the background and returns at once. It refuses while another job runs.
func (r *Runner) Start(kind, title string, fn func(context.Context, *Progress) (result string, err error)) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p, ok := r.jobs[r.last]; ok && !p.over() {
		return "", problem.Wrap(ErrBusy, "job.busy", "Something else is still running: "+p.Status().Title+".",
			"A project does one long thing at a time, so that its accounts stay true.", "Wait until it is done, or stop it first.")
	}
	r.n++
	ctx, cancel := context.WithCancel(context.Background())
	open := make(chan struct{})
	close(open)
	now := time.Now()
	p := &Progress{pause: open, cancel: cancel, nudge: r.Nudge, ended: make(chan struct{}), tick: now}
	p.s = Status{ID: fmt.Sprintf("%s-%d", cmp.Or(r.Prefix, "job"), r.n), Kind: kind, Title: title, State: Running, Started: now, Left: -1, LeftLow: -1, LeftHigh: -1, Stages: []Stage{}, Rates: []float64{}}
	if r.jobs == nil {
		r.jobs = map[string]*Progress{}
	}
	r.jobs[p.s.ID], r.last = p, p.s.ID
	r.wg.Add(1)
	go func() {
		defer r.wg.Done()
		defer cancel()
		result, err := guard(ctx, p, fn)
		p.finish(result, err)
	}()
	return p.s.ID, nil
}

// guard turns a panic into an error: a job never takes the program down.
func guard(ctx context.Context, p *Progress, fn func(context.Context, *Progress) (string, error)) (result string, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return fn(ctx, p)
}

// Status of a job; false when there is no such job.
func (r *Runner) Status(id string) (Status, bool) {
	r.mu.Lock()
	p, ok := r.jobs[id]
	r.mu.Unlock()
	if !ok {
		return Status{}, false
	}
	return p.Status(), true
}

// Current gives the job that runs now, if any.
func (r *Runner) Current() (Status, bool) {
	r.mu.Lock()
	id := r.last
	r.mu.Unlock()
	s, ok := r.Status(id)
	return s, ok && (s.State == Running || s.State == Paused)
}

// Pause asks a job to wait at its next checkpoint.
func (r *Runner) Pause(id string) { r.with(id, (*Progress).setPause) }

// Resume lets a paused job go on.
func (r *Runner) Resume(id string) { r.with(id, (*Progress).unpause) }

// Cancel stops a job at its next checkpoint; what it did stays.
func (r *Runner) Cancel(id string) {
	r.with(id, func(p *Progress) { p.unpause(); p.cancel() })
}

func (r *Runner) with(id string, fn func(*Progress)) {
	r.mu.Lock()
	p, ok := r.jobs[id]
	r.mu.Unlock()
	if ok {
		fn(p)
	}
}

// Wait waits until a job is over and gives its status.
func (r *Runner) Wait(ctx context.Context, id string) (Status, error) {
	r.mu.Lock()
	p, ok := r.jobs[id]
	r.mu.Unlock()
	if !ok {
		return Status{}, fmt.Errorf("job %s is not known", id)
	}
	select {
	case <-p.ended:
		return p.Status(), nil
	case <-ctx.Done():
		return p.Status(), ctx.Err()
	}
}

// Close stops all jobs and waits for them.
func (r *Runner) Close() {
	r.mu.Lock()
	all := make([]string, 0, len(r.jobs))
	for id := range r.jobs {
		all = append(all, id)
	}
	r.mu.Unlock()
	for _, id := range all {
		r.Cancel(id)
	}
	r.wg.Wait()
}

// New makes a progress that nobody watches, for work outside a runner.
func New(kind string) *Progress {
	open := make(chan struct{})
	close(open)
	now := time.Now()
	return &Progress{
		pause: open, cancel: func() {}, ended: make(chan struct{}), tick: now,
		s: Status{Kind: kind, State: Running, Started: now, Left: -1, LeftLow: -1, LeftHigh: -1, Stages: []Stage{}, Rates: []float64{}},
	}
}

func (p *Progress) over() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.s.State != Running && p.s.State != Paused
}

// Status of this job now.
func (p *Progress) Status() Status {
	p.mu.Lock()
	p.measure(time.Now())
	s := p.s
	s.Stages = append([]Stage{}, p.s.Stages...)
	s.Rates = append([]float64{}, p.s.Rates...)
	s.Problems = p.counted()
	meter := p.meter
	p.mu.Unlock()
	s.Requests = []float64{}
	if meter != nil { // outside the lock: it has locks of its own
		line, limit := meter()
		s.Requests, s.LimitPerMinute = append(s.Requests, line...), limit
	}
	return s
}

// Meter sets who knows the requests per second and the limit a minute; it is asked
// each time that somebody asks for the status.
func (p *Progress) Meter(source func() (perSecond []float64, limit float64)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.meter = source
}

// OnNudge sets who is told of changes, for a progress made by New.
func (p *Progress) OnNudge(fn func(string)) { p.nudge = fn }

// Stage begins a part of the work, or goes on with one that was begun. total is 0 when not known.
func (p *Progress) Stage(name string, total int64) {
	p.change(func() {
		p.s.Stage = name
		for i := range p.s.Stages {
			if p.s.Stages[i].Name == name {
				p.s.Total += total - p.s.Stages[i].Total
				p.s.Stages[i].Total = total
				return
			}
		}
		p.s.Stages = append(p.s.Stages, Stage{Name: name, Total: total})
		p.s.Total += total
	})
}

// Restart begins a second piece of work in the same job: its stages are counted anew.
func (p *Progress) Restart(title string) {
	p.change(func() {
		p.s.Title, p.s.Stage, p.s.Stages = title, "", []Stage{}
		p.s.Done, p.s.Total, p.s.Failed, p.s.Left = 0, 0, 0, -1
		p.s.LeftLow, p.s.LeftHigh = -1, -1
		p.problems, p.groups, p.rest = nil, nil, ProblemCount{}
		p.base, p.measured = 0, 0
	})
}

// Enter makes a stage that was announced the one that runs.
func (p *Progress) Enter(name string) { p.change(func() { p.s.Stage = name }) }

// Add counts work in the current stage.
func (p *Progress) Add(done, failed int64) {
	p.change(func() {
		p.s.Done += done
		p.s.Failed += failed
		for i := range p.s.Stages {
			if p.s.Stages[i].Name == p.s.Stage {
				p.s.Stages[i].Done += done
				p.s.Stages[i].Failed += failed
				// A total that turned out too small grows: "12 of 10" would be a lie.
				if st := &p.s.Stages[i]; st.Total > 0 && st.Done > st.Total {
					p.s.Total += st.Done - st.Total
					st.Total = st.Done
				}
			}
		}
	})
}

// Waiting says in words why nothing moves; empty when it moves again.
func (p *Progress) Waiting(why string) {
	p.change(func() { p.s.Waiting = why })
}

// Checkpoint stands between two steps: it waits while paused, and gives an error once stopped.
func (p *Progress) Checkpoint(ctx context.Context) error {
	p.mu.Lock()
	gate, asked := p.pause, p.asked
	p.mu.Unlock()
	if !asked {
		return ctx.Err()
	}
	p.change(func() { p.s.State = Paused })
	select {
	case <-gate:
		p.change(func() {
			if p.s.State == Paused {
				p.s.State = Running
			}
		})
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Progress) setPause() {
	p.change(func() {
		if p.s.State == Running && !p.asked {
			p.asked, p.pause = true, make(chan struct{})
		}
	})
}

func (p *Progress) unpause() {
	p.change(func() {
		if p.asked {
			p.asked = false
			close(p.pause)
		}
	})
}

func (p *Progress) finish(result string, err error) {
	p.mu.Lock()
	p.s.Finished, p.s.Result, p.s.State, p.s.Waiting = time.Now(), result, Done, ""
	what, asks := Asked(err)
	switch {
	case errors.Is(err, context.Canceled):
		p.s.State = Cancelled
	case asks:
		p.s.State, p.s.Question = NeedsPerson, what
	case err != nil:
		p.s.State, p.s.Error = Failed, problem.From(err)
	}
	p.s.Seq++
	id := p.s.ID
	p.mu.Unlock()
	close(p.ended)
	if p.nudge != nil {
		p.nudge(id)
	}
}

func (p *Progress) change(fn func()) {
	p.mu.Lock()
	fn()
	p.s.Seq++
	now := time.Now()
	p.measure(now)
	due := p.nudge != nil && now.Sub(p.nudged) >= 250*time.Millisecond
	if due {
		p.nudged = now
	}
	id := p.s.ID
	p.mu.Unlock()
	if due {
		p.nudge(id)
	}
}

// keepRates is how many seconds of the rate line are kept.
const keepRates = 300

// measure closes full seconds of the rate line and smooths the rate.
func (p *Progress) measure(now time.Time) {
	if p.s.State == Paused {
		p.tick, p.base = now, p.s.Done
		return
	}
	if p.s.State != Running {
		return
	}
	passed := int(now.Sub(p.tick) / time.Second)
	if passed < 1 {
		return
	}
	per := float64(p.s.Done-p.base) / float64(passed)
	p.measured = min(p.measured+passed, keepRates)
	for range min(passed, keepRates) {
		p.s.Rates = append(p.s.Rates, per)
		if p.s.Rate == 0 {
			p.s.Rate = per
		} else {
			p.s.Rate = 0.8*p.s.Rate + 0.2*per
		}
	}
	if extra := len(p.s.Rates) - keepRates; extra > 0 {
		p.s.Rates = append([]float64{}, p.s.Rates[extra:]...)
	}
	p.tick, p.base = p.tick.Add(time.Duration(passed)*time.Second), p.s.Done
	p.reckon()
	p.s.Left = -1
	if p.s.Total > 0 && p.s.Rate > 0 {
		p.s.Left = time.Duration(float64(max(p.s.Total-p.s.Done, 0)) / p.s.Rate * float64(time.Second))
	}
}

// Note says on the job that runs now why nothing moves; it is for what all workers
// share, such as a desk's limit.
func (r *Runner) Note(why string) {
	r.mu.Lock()
	p, ok := r.jobs[r.last]
	r.mu.Unlock()
	if ok && !p.over() {
		p.Waiting(why)
	}
}
