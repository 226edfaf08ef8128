package delta

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/problem"
)

const (
	dayOfPatience = 24 * time.Hour
	firstPause    = 250 * time.Millisecond
	longestPause  = time.Minute
)

// passing tells trouble that goes away by itself from what needs a person.
func passing(err error) bool {
	var p *problem.Problem
	if !errors.As(err, &p) {
		return false
	}
	switch p.Code {
	case connector.CodeUnreachable, connector.CodeBusy, connector.CodeBroken, connector.CodeNoAnswer, connector.CodeNotSent:
		return true
	}
	return false
}

// trouble is a stretch of time in which the target does not work as it should.
type trouble struct {
	j     *load.Job
	p     *job.Progress
	since time.Time
	pause time.Duration
}

// wait pauses before the next try, longer each time. It gives an error when a person
// stopped the run, when patience is over, or when waiting does not help.
func (t *trouble) wait(ctx context.Context, cause error) error {
	if cause != nil && !passing(cause) {
		return cause
	}
	if t.since.IsZero() {
		t.since, t.pause = time.Now(), firstPause
	}
	patience, title := t.j.Patience, t.j.Target.Kind.Title
	if patience == 0 {
		patience = dayOfPatience
	}
	if time.Since(t.since) >= patience {
		return problem.Wrap(cause, load.CodeGone, title+" does not answer as it should.",
			fmt.Sprintf("It was tried again and again since %s. What arrived is written down, nothing was overwritten twice.", t.since.Format("15:04")),
			"Look whether the desk works in your browser, then press Resume.")
	}
	pause := t.pause
	t.pause = min(t.pause*2, longestPause)
	var known *problem.Problem
	if errors.As(cause, &known) && !known.RetryAt.IsZero() {
		pause = min(max(pause, time.Until(known.RetryAt)), time.Hour)
	}
	if pause >= time.Second {
		t.p.Waiting(fmt.Sprintf("%s has trouble since %s; trying again in %d seconds. Nothing is lost.", title, t.since.Format("15:04"), int(pause/time.Second)))
		defer t.p.Waiting("")
	}
	return sleep(ctx, t.p, pause)
}

// over ends the stretch: the target works again.
func (t *trouble) over() { t.since = time.Time{} }

// patient calls what may safely be called again until it works.
func (w *worker) patient(ctx context.Context, fn func() error) error {
	t := trouble{j: w.j, p: w.p}
	for {
		err := fn()
		if err == nil || ctx.Err() != nil {
			return err
		}
		if err := t.wait(ctx, err); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, p *job.Progress, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return p.Checkpoint(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// slower keeps requests that change records below the desk's own limit for them (P-73).
type slower struct {
	mu   sync.Mutex
	next time.Time
}

// turn waits until a request that changes records may be sent.
func (s *slower) turn(ctx context.Context, w *worker) error {
	limit := w.j.Target.Kind.Caps.UpdatesPerMinute
	if limit <= 0 {
		return nil
	}
	s.mu.Lock()
	now := time.Now()
	at := s.next
	if at.Before(now) {
		at = now
	}
	s.next = at.Add(time.Minute / time.Duration(limit))
	s.mu.Unlock()
	wait := at.Sub(now)
	if wait <= 0 {
		return nil
	}
	w.p.Waiting(fmt.Sprintf("%s takes %d changes a minute", w.j.Target.Kind.Title, limit))
	defer w.p.Waiting("")
	return sleep(ctx, w.p, wait)
}
