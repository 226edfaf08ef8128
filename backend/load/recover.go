package load

import (
	"context"
	"fmt"
	"time"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// recoverAll settles what a crash left open: for every intent without an outcome the
// target is asked whether the record arrived (invariant 4).
func (j *Job) recoverAll(ctx context.Context, run int64, p *job.Progress) error {
	for {
		var open []store.LedgerLine
		err := j.DB.Read(ctx, func(tx *store.Tx) (err error) {
			open, err = tx.OpenIntents(1000)
			return err
		})
		if err != nil || len(open) == 0 {
			return err
		}
		groups := map[model.Object][]parcel{}
		target := map[model.Object]model.Object{}
		sent := time.Time{}
		for _, l := range open {
			groups[l.Object] = append(groups[l.Object], parcel{seq: l.Seq, draft: model.Draft{Mark: l.Mark, Source: model.Key{Object: l.Object, ID: l.Source}}})
			target[l.Object] = l.Target
			at, err := time.Parse(time.RFC3339, l.At)
			if err != nil {
				return fmt.Errorf("ledger time of %s %s: %w", l.Object, l.Source, err)
			}
			if at.After(sent) {
				sent = at
			}
		}
		for o, list := range groups {
			missing, err := j.ask(ctx, run, Object{Object: o, Target: target[o]}, list, sent, p)
			if err != nil {
				return err
			}
			if err := j.unsend(ctx, run, o, missing); err != nil {
				return err
			}
		}
	}
}

// ask finds out which parcels of unknown outcome arrived. Those that did are settled;
// those that surely did not are given back. Where the target can't be asked, the
// records are held and say so.
func (j *Job) ask(ctx context.Context, run int64, o Object, list []parcel, sent time.Time, p *job.Progress) (missing []parcel, err error) {
	finder, ok := j.Target.Conn.(connector.Finder)
	if !ok {
		items := make([]store.Settlement, len(list))
		for i, x := range list {
			items[i] = store.Settlement{Seq: x.seq, State: store.LedgerUnknown, Problems: []*problem.Problem{outcomeUnknown(model.Key{Object: o.Object, ID: x.draft.Source.ID})}}
		}
		return nil, j.settle(ctx, run, o.Object, items, p)
	}
	// The last request may still be worked on, and what was written may not be findable yet.
	travel := j.Target.Kind.Caps.Travel
	if travel == 0 {
		travel = 30 * time.Second
	}
	full := travel + j.Target.Kind.Caps.FindLag
	wait := full
	if now := time.Now(); sent.Before(now) { // a clock that was set back shortens nothing
		wait = min(max(sent.Add(full).Sub(now), 0), full)
	}
	p.Waiting(fmt.Sprintf("waiting %d seconds to ask %s what arrived: an answer was lost", max(1, int(wait/time.Second)), j.Target.Kind.Title))
	defer p.Waiting("")
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	marks := make([]model.Mark, len(list))
	for i, x := range list {
		marks[i] = x.draft.Mark
	}
	found, err := j.find(ctx, finder, o.Target, marks)
	if err != nil {
		return nil, err
	}
	items := []store.Settlement{}
	for _, x := range list {
		f, ok := found[x.draft.Mark]
		if !ok {
			missing = append(missing, x)
			continue
		}
		items = append(items, store.Settlement{Seq: x.seq, State: store.LedgerExisted, ID: f.Key.ID, Version: f.Version})
	}
	return missing, j.settle(context.WithoutCancel(ctx), run, o.Object, items, p)
}

// outcomeUnknown is the problem of a record that may have arrived, in a desk that cannot be asked.
func outcomeUnknown(k model.Key) *problem.Problem {
	return problem.New("load.outcome_unknown", "It is not known whether this record arrived.",
		"The answer was lost and this desk cannot be asked for it, so it is not sent again: it could be there twice.",
		"Look for it in the target by hand and add it there if it is missing, then leave it out here.").
		At(problem.Place{Object: string(k.Object), Record: k.ID})
}

// find asks in portions, and again when the target has trouble: asking is always safe.
func (j *Job) find(ctx context.Context, finder connector.Finder, o model.Object, marks []model.Mark) (map[model.Mark]connector.Found, error) {
	out := map[model.Mark]connector.Found{}
	for len(marks) > 0 {
		n := min(len(marks), 100)
		var part map[model.Mark]connector.Found
		var err error
		for try := range 6 {
			if part, err = finder.Find(ctx, o, marks[:n]); err == nil {
				break
			}
			select {
			case <-time.After(min(100*time.Millisecond<<try, 5*time.Second)):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if err != nil {
			return nil, err
		}
		for m, f := range part {
			out[m] = f
		}
		marks = marks[n:]
	}
	return out, nil
}
