package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// A target that takes one record with each request would cost two commits a record, which
// a fast one waits for. So a worker takes several requests' worth as one portion, whose
// intents are committed together, and whose outcomes are (invariant 3). Portions grow only
// while the ledger takes longer than the target: at a vendor's real limit each is one request.
const (
	mostOfPortion = 64
	// slowPortion ends a portion: what was answered is not kept waiting to be written down.
	slowPortion = 100 * time.Millisecond
)

// portion is how many records one worker takes at once: at least one request's worth. Its
// size stays as it is where most is 0.
type portion struct{ size, least, most int }

// newPortion starts with one request. Where marks cannot be asked for it stays at that,
// so that no more than that can be in doubt after a crash (invariant 4).
func (r *runner) newPortion(batch int) *portion {
	if _, ok := r.j.Target.Conn.(connector.Finder); !ok {
		return &portion{size: batch}
	}
	return &portion{size: batch, least: batch, most: max(mostOfPortion, batch)}
}

// took learns from how long a portion took, and how much of that its requests did.
func (p *portion) took(all, requests time.Duration) {
	switch {
	case p.most == 0:
	case requests > slowPortion:
		p.size = max(p.size/2, p.least)
	case 2*requests < slowPortion && requests < 4*(all-requests):
		p.size = min(2*p.size, p.most)
	}
}

// send makes the requests of a portion, one after another, as soon as the target takes
// another one. It ends early, with late, when
// that takes long or the run is asked to stop; then, and behind a request without a clear
// answer, the rest is Unsent. last is when the last request was made.
func (r *runner) send(ctx context.Context, drafts []model.Draft, t *Trouble) (out []connector.Outcome, last time.Time, late bool, err error) {
	step := max(r.j.Target.Kind.Caps.Batch, 1)
	out = make([]connector.Outcome, 0, len(drafts))
	came := time.Now()
	if err = r.takeSlot(ctx); err == nil {
		defer func() { <-r.slots }()
	}
	began := time.Now()
	t.queued += began.Sub(came)
	defer func() { t.requests += time.Since(began) }()
	for from := 0; from < len(drafts) && err == nil; from += step {
		if late = from > 0 && (ctx.Err() != nil || time.Since(began) > slowPortion); late {
			break
		}
		some := drafts[from:min(from+step, len(drafts))]
		// A stop must not tear a request apart: it is let finish, and its outcome is kept.
		var got []connector.Outcome
		last = time.Now()
		got, err = r.writer.Write(context.WithoutCancel(ctx), some, r.j.Files)
		if len(got) != len(some) {
			err = errors.Join(err, fmt.Errorf("the connector gave %d outcomes for %d records", len(got), len(some)))
			for len(got) < len(some) {
				got = append(got, connector.Outcome{State: connector.Unknown})
			}
		}
		out = append(out, got[:len(some)]...)
		if unclear(got) {
			break
		}
	}
	for i := len(out); i < len(drafts); i++ {
		out = append(out, connector.Outcome{Mark: drafts[i].Mark, State: connector.Unsent})
	}
	return out, last, late, err
}

// takeSlot waits until the target takes another portion, or for the stop of the run.
func (r *runner) takeSlot(ctx context.Context) error {
	select {
	case r.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case r.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func unclear(outcomes []connector.Outcome) bool {
	for _, o := range outcomes {
		if o.State == connector.Unknown || o.State == connector.Unsent {
			return true
		}
	}
	return false
}
