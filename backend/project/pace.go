package project

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"waybill/backend/job"
	"waybill/backend/pace"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// shares are the schedules in force by side; requests ask them at once from many places.
type shares struct{ sides sync.Map }

func (s *shares) of(side string) *atomic.Pointer[pace.Schedule] {
	have, _ := s.sides.LoadOrStore(side, &atomic.Pointer[pace.Schedule]{})
	return have.(*atomic.Pointer[pace.Schedule])
}

func shareSetting(side string) string { return side + "_share" }

// Share says how much of a side's limit the move may use, and when; pace.ParseSchedule
// reads its text.
func (p *Project) Share(ctx context.Context, side string) (pace.Schedule, error) {
	text := ""
	if err := p.setting(ctx, shareSetting(side), &text); err != nil {
		return pace.Schedule{}, err
	}
	return pace.ParseSchedule(text)
}

// SetShare leaves a part of a side's limit to others, such as "50%; 22:00-06:00 100%". It
// holds at once, also for a run that is under way.
func (p *Project) SetShare(ctx context.Context, side, text string) (pace.Schedule, error) {
	if !IsSource(side) && side != Target {
		return pace.Schedule{}, problem.New("use.side", "A share is of the source or of the target.", "Each has a limit of its own.", "Write source or target.").At(problem.Place{Value: side})
	}
	s, err := pace.ParseSchedule(text)
	if err != nil {
		return s, err
	}
	err = p.change(ctx, side+".share", map[string]string{"share": s.String()}, func(tx *store.Tx) error { return tx.Set(shareSetting(side), s.String()) })
	if err == nil {
		p.shares.of(side).Store(&s)
	}
	return s, err
}

// schedule is what a side's requests ask.
func (p *Project) schedule(ctx context.Context, side string) (func() pace.Schedule, error) {
	s, err := p.Share(ctx, side)
	if err != nil {
		return nil, err
	}
	now := p.shares.of(side)
	now.Store(&s)
	return func() pace.Schedule { return *now.Load() }, nil
}

// meanShare is the part of the limit that a schedule gives over a week.
func meanShare(s pace.Schedule) float64 {
	const quarters = 7 * 24 * 4
	sum, at := 0.0, time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	for i := range quarters {
		sum += s.Share(at.Add(time.Duration(i) * 15 * time.Minute))
	}
	return sum / quarters
}

// Pace is how fast a side's requests leave; false while it is not connected.
func (p *Project) Pace(side string) (pace.Stats, bool) {
	p.mu.Lock()
	d := p.desks[side]
	p.mu.Unlock()
	if d == nil {
		return pace.Stats{}, false
	}
	return pace.StatsOf(d.rt)
}

// meter lets a job show the requests to a side against the limit.
func (p *Project) meter(pr *job.Progress, side string) {
	pr.Meter(func() ([]float64, float64) {
		s, _ := p.Pace(side)
		return s.PerSecond, s.LimitPerMinute
	})
}
