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

var errNoAnswers = errors.New("requests were not answered")

// Passes tells trouble that goes away by itself: no network, a desk that is down,
// overloaded or answers nonsense. A right that is missing or a token that was revoked
// needs a person.
func Passes(err error) bool {
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

// Trouble is a stretch of time in which the target does not work as it should.
type Trouble struct {
	job   *Job
	p     *job.Progress
	since time.Time
	pause time.Duration
	// requests is how long the requests of this goroutine took, all together.
	requests time.Duration
	// queued is how long it waited for others to end theirs.
	queued time.Duration
}

// NewTrouble begins to watch one stretch of work; it is for one goroutine.
func NewTrouble(j *Job, p *job.Progress) *Trouble { return &Trouble{job: j, p: p} }

// Wait pauses before the next try, longer each time, and says why. It gives an error
// when a person stopped the run, or when patience is over.
//
// cause is nil when requests simply had no answer; one that no waiting helps is given back.
func (t *Trouble) Wait(ctx context.Context, cause error) error {
	switch {
	case cause == nil:
		cause = errNoAnswers
	case !Passes(cause):
		return cause
	}
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
	return Sleep(ctx, t.p, pause)
}

// patiently asks until the target answers: what only reads may be asked again.
func (j *Job) patiently(ctx context.Context, p *job.Progress, ask func() error) error {
	t := NewTrouble(j, p)
	for {
		err := ask()
		if err == nil || ctx.Err() != nil || !Passes(err) {
			return err
		}
		if err := t.Wait(ctx, err); err != nil {
			return err
		}
	}
}

// Over ends the stretch: the target works again.
func (t *Trouble) Over() { t.since = time.Time{} }

// Sleep waits, but no longer than until a person stops the run.
func Sleep(ctx context.Context, p *job.Progress, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return p.Checkpoint(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}
