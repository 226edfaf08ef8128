package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/problem"
)

// Codes of this package that callers look for.
const (
	CodeStale problem.Code = "plan.stale"
	CodeGone  problem.Code = "load.target_gone"
	// CodeLinkWaits: what the record belongs to is held back itself.
	CodeLinkWaits problem.Code = "load.link_waits"
)

const (
	dayOfPatience = 24 * time.Hour
	firstPause    = 250 * time.Millisecond
	longestPause  = time.Minute
)

// passes tells trouble that goes away by itself: no network, a desk that is down,
// overloaded or answers nonsense. A right that is missing or a token that was revoked
// needs a person.
func passes(err error) bool {
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
	job   *Job
	p     *job.Progress
	since time.Time
	pause time.Duration
}

// wait pauses before the next try, longer each time, and says why. It gives an error
// when a person stopped the run, or when patience is over.
func (t *trouble) wait(ctx context.Context, cause error) error {
	title := t.job.Target.Kind.Title
	if t.since.IsZero() {
		t.since, t.pause = time.Now(), firstPause
		if t.job.Pause > 0 {
			t.pause = t.job.Pause
		}
	}
	patience := t.job.Patience
	if patience == 0 {
		patience = dayOfPatience
	}
	if time.Since(t.since) >= patience { // the monotonic clock: no clock that was set back changes it
		return problem.Wrap(cause, CodeGone, title+" does not answer as it should.",
			fmt.Sprintf("It was tried again and again since %s. Everything that arrived is written down, nothing was sent twice.", t.since.Format("15:04")),
			"Look whether the desk works in your browser, then press Resume.")
	}
	why := "has trouble"
	var known *problem.Problem
	if errors.As(cause, &known) && known.Code == connector.CodeUnreachable {
		why = "cannot be reached"
	}
	pause := t.pause
	if t.pause = min(t.pause*2, longestPause); known != nil && !known.RetryAt.IsZero() {
		pause = min(max(pause, time.Until(known.RetryAt)), time.Hour)
	}
	pause = min(pause, max(patience-time.Since(t.since), time.Millisecond))
	if pause >= time.Second || time.Since(t.since) >= time.Second {
		t.p.Waiting(fmt.Sprintf("%s %s since %s; trying again every %d seconds. Nothing is lost, and you can stop at any time.",
			title, why, t.since.Format("15:04"), max(1, int(pause.Round(time.Second)/time.Second))))
		defer t.p.Waiting("")
	}
	return sleep(ctx, t.p, pause)
}

// patiently asks until the target answers: what only reads may be asked again.
func (j *Job) patiently(ctx context.Context, p *job.Progress, ask func() error) error {
	t := trouble{job: j, p: p}
	for {
		err := ask()
		if err == nil || ctx.Err() != nil || !passes(err) {
			return err
		}
		if err := t.wait(ctx, err); err != nil {
			return err
		}
	}
}

// over ends the stretch: the target works again.
func (t *trouble) over() { t.since = time.Time{} }

// sleep waits, but no longer than until a person stops the run.
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
