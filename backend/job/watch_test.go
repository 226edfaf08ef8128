package job_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"waybill/backend/job"
	"waybill/backend/problem"
)

// work adds records at a rate per second that may change, until the time is over.
func work(p *job.Progress, lasting time.Duration, rate func(second int) int) {
	for s := range int(lasting / time.Second) {
		time.Sleep(time.Second)
		p.Add(int64(rate(s)), 0)
	}
}

// The range of the time left holds what it really takes, for work that is even,
// uneven, comes in batches or waits now and then.
func TestInvariant11_TimeLeftIsARange(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	for name, x := range map[string]struct {
		rate    func(int) int
		widest  float64 // high over low
		perHour int64
	}{
		"even":             {func(int) int { return 10 }, 1.15, 36000},
		"uneven":           {func(int) int { return dice.IntN(21) }, 1.6, 36000},
		"in batches":       {func(s int) int { return 100 * btoi(s%10 == 9) }, 1.6, 36000},
		"a wait a minute":  {func(s int) int { return 12 * btoi(s%60 < 50) }, 2, 36000},
		"slower and lower": {func(s int) int { return 5 + 10*btoi(s/150%2 == 0) }, 4, 36000},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := job.New("work")
				p.Stage("things", x.perHour)
				if s := p.Status(); s.LeftLow != -1 || s.LeftHigh != -1 {
					t.Errorf("known at the start: %v to %v", s.LeftLow, s.LeftHigh)
				}
				start := time.Now()
				work(p, 20*time.Minute, x.rate)
				s := p.Status()
				for second := 1200; p.Status().Done < x.perHour; second++ {
					time.Sleep(time.Second)
					p.Add(int64(x.rate(second)), 0)
				}
				took := time.Since(start) - 20*time.Minute
				if s.LeftLow > took || s.LeftHigh < took {
					t.Errorf("said %v to %v, it took %v", s.LeftLow, s.LeftHigh, took)
				}
				if wide := float64(s.LeftHigh) / float64(s.LeftLow); wide > x.widest {
					t.Errorf("%v to %v is too wide to help: %.2f", s.LeftLow, s.LeftHigh, wide)
				}
				if s := p.Status(); s.LeftLow != 0 || s.LeftHigh != 0 {
					time.Sleep(time.Second)
					if s = p.Status(); s.LeftLow != 0 || s.LeftHigh != 0 {
						t.Errorf("at the end: %v to %v", s.LeftLow, s.LeftHigh)
					}
				}
			})
		})
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// While nothing moves nobody knows, and a job without a total is never done soon.
func TestInvariant11_TimeLeftThatIsNotKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := job.New("work")
		p.Stage("things", 0)
		work(p, time.Minute, func(int) int { return 10 })
		if s := p.Status(); s.LeftLow >= 0 || s.LeftHigh >= 0 {
			t.Errorf("without a total: %v to %v", s.LeftLow, s.LeftHigh)
		}
		p.Restart("again")
		p.Stage("things", 10000)
		work(p, 5*time.Second, func(int) int { return 10 })
		if s := p.Status(); s.LeftLow >= 0 {
			t.Errorf("after five seconds of new work: %v to %v", s.LeftLow, s.LeftHigh)
		}
		work(p, time.Minute, func(int) int { return 10 })
		if s := p.Status(); s.LeftLow < 0 || s.LeftHigh < s.LeftLow {
			t.Errorf("after a minute: %v to %v", s.LeftLow, s.LeftHigh)
		}
		time.Sleep(2 * time.Minute)
		if s := p.Status(); s.LeftLow < 0 || s.LeftHigh >= 0 {
			t.Errorf("after standing still for two minutes: %v to %v", s.LeftLow, s.LeftHigh)
		}
		time.Sleep(10 * time.Minute)
		if s := p.Status(); s.LeftLow >= 0 || s.LeftHigh >= 0 {
			t.Errorf("after standing still for long: %v to %v", s.LeftLow, s.LeftHigh)
		}
	})
}

func TestProgress_Meter(t *testing.T) {
	p := job.New("work")
	if s := p.Status(); s.Requests == nil || len(s.Requests) != 0 || s.LimitPerMinute != 0 || s.Problems == nil {
		t.Errorf("without a meter: %+v", s)
	}
	line := []float64{1, 2, 3}
	p.Meter(func() ([]float64, float64) {
		p.Enter("elsewhere") // a source may have locks of its own, and even use the job
		return line, 700
	})
	s := p.Status()
	line[0] = 9
	if fmt.Sprint(s.Requests) != "[1 2 3]" || s.LimitPerMinute != 700 {
		t.Errorf("got %v, %v", s.Requests, s.LimitPerMinute)
	}
	p.Meter(func() ([]float64, float64) { return nil, 350 })
	if s := p.Status(); s.Requests == nil || s.LimitPerMinute != 350 {
		t.Errorf("got %v, %v", s.Requests, s.LimitPerMinute)
	}
}

func TestP68_ProblemsAreCountedInGroups(t *testing.T) {
	p := job.New("work")
	p.Problem("nothing", nil)
	refused := problem.New("target.refused", "The target refused the e-mail address.", "It was not created.", "Correct it.")
	for i := range 312 {
		p.Problem("email", refused.At(problem.Place{Record: fmt.Sprint(i)}))
	}
	p.Problem("size", problem.New("target.size", "A file is too large.", "It was held.", "Choose."))
	got := p.Status().Problems
	if len(got) != 2 || got[0].Count != 312 || got[0].Group != "email" || got[0].Code != "target.refused" || got[0].What != refused.What ||
		got[0].Example.Where.Record != "0" || got[1].Count != 1 {
		t.Fatalf("got %+v", got)
	}
	// Of very many groups the largest are shown, and none is lost from the count.
	for i := range 1000 {
		p.Problem(fmt.Sprint("g", i), refused)
	}
	for range 50 {
		p.Problem("g100", refused)
	}
	got = p.Status().Problems
	sum := int64(0)
	for i, x := range got {
		if sum += x.Count; x.Example == nil || x.What == "" || i > 0 && i < len(got)-1 && x.Count > got[i-1].Count {
			t.Errorf("group %d: %+v", i, x)
		}
	}
	if len(got) != 20 || sum != 312+1+1000+50 || got[1].Group != "g100" || got[1].Count != 51 || got[19].Group != "" {
		t.Errorf("%d groups, %d problems: %+v", len(got), sum, got[1])
	}
	p.Restart("again")
	if got := p.Status().Problems; len(got) != 0 {
		t.Errorf("after a restart: %+v", got)
	}
}

// A job that needs an answer ends, keeps its question, and leaves room for the next.
func TestRunner_aJobThatNeedsAPerson(t *testing.T) {
	r := &job.Runner{}
	defer r.Close()
	ask := func(context.Context, *job.Progress) (string, error) {
		return "one canary record each", fmt.Errorf("run: %w", job.Ask("Does the ticket look right in the new desk?"))
	}
	id, err := r.Start("run", "Moving", ask)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Wait(t.Context(), id)
	if err != nil || s.State != job.NeedsPerson || !strings.HasPrefix(s.Question, "Does the ticket") || s.Error != nil || s.Result == "" {
		t.Errorf("%+v %v", s, err)
	}
	if _, busy := r.Current(); busy {
		t.Error("it still counts as running")
	}
	id, err = r.Start("run", "Moving", func(context.Context, *job.Progress) (string, error) { return "", errors.New("boom") })
	if err != nil {
		t.Fatal(err)
	}
	if s, err = r.Wait(t.Context(), id); err != nil || s.State != job.Failed || s.Question != "" {
		t.Errorf("%+v %v", s, err)
	}
	if _, ok := job.Asked(nil); ok {
		t.Error("nothing was asked")
	}
}
