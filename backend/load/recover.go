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

// settleOpen settles what a crash left open, for what is not a run of a plan itself.
func (j *Job) settleOpen(ctx context.Context, run int64, p *job.Progress) error {
	r := &runner{j: j, p: p, run: store.Run{ID: run}, watch: &watch{off: true}}
	var stop func()
	r.scribe, stop = newScribe(j.DB)
	defer stop()
	return r.recoverAll(ctx)
}

// recoverAll settles what a crash left open: for every intent without an outcome the
// target is asked whether the record arrived (invariant 4), and for every deletion
// without one whether the record is still there.
func (r *runner) recoverAll(ctx context.Context) error {
	// A delta that goes on deletes once more what it was about to delete, by its plan.
	if r.run.Kind != model.RunDelta || r.order.Resume == 0 {
		if err := r.recoverDeletions(ctx); err != nil {
			return err
		}
	}
	for {
		groups, sent, err := r.openIntents(ctx)
		if err != nil || len(groups) == 0 {
			return err
		}
		for g, list := range groups {
			missing, err := r.ask(ctx, Object{Object: g.object, Target: g.target}, list, sent, nil)
			if err != nil {
				return err
			}
			if err := r.unsend(g.object, missing); err != nil {
				return err
			}
		}
	}
}

// recoverDeletions finds out which records a rollback had deleted when it died.
func (r *runner) recoverDeletions(ctx context.Context) error {
	finder, ok := r.j.Target.Conn.(connector.Finder)
	if !ok {
		return nil // nothing was ever deleted there
	}
	for {
		var lines []store.LedgerLine
		var extras []store.Extra
		err := r.j.DB.Read(ctx, func(tx *store.Tx) (err error) {
			lines, extras, err = tx.Doomed(1000)
			return err
		})
		if err != nil || len(lines)+len(extras) == 0 {
			return err
		}
		marks := map[model.Object][]model.Mark{}
		for _, l := range lines {
			marks[l.Target] = append(marks[l.Target], l.Mark)
		}
		for _, x := range extras {
			marks[x.Target] = append(marks[x.Target], x.Mark)
		}
		there := map[model.Mark]bool{}
		for o, list := range marks {
			found, err := r.j.findPatiently(ctx, r.p, finder, o, list)
			if err != nil {
				return err
			}
			for m := range found {
				there[m] = true
			}
		}
		if err := r.j.DB.Write(ctx, func(tx *store.Tx) error { return r.settleDeletions(tx, lines, extras, there) }); err != nil {
			return err
		}
	}
}

func (r *runner) settleDeletions(tx *store.Tx, lines []store.LedgerLine, extras []store.Extra, there map[model.Mark]bool) error {
	for _, l := range lines {
		if there[l.Mark] || l.State != store.LedgerCreated && l.State != store.LedgerExisted {
			if err := tx.Spare(0, []int64{l.Seq}); err != nil {
				return err
			}
			continue
		}
		if err := tx.TakeBack(r.run.ID, l.Object, []int64{l.Seq}, nil); err != nil {
			return err
		}
	}
	for _, x := range extras {
		if err := tx.Spare(x.N, []int64{x.Seq}); err != nil {
			return err
		}
		if !there[x.Mark] {
			if err := tx.TakeBackExtras([]store.Extra{x}); err != nil {
				return err
			}
		}
	}
	return nil
}

// group of open intents: what they are made of, and what they become.
type intentGroup struct{ object, target model.Object }

func (r *runner) openIntents(ctx context.Context) (groups map[intentGroup][]parcel, sent time.Time, err error) {
	groups = map[intentGroup][]parcel{}
	newest := func(stamp string) error {
		at, err := time.Parse(time.RFC3339, stamp)
		if err == nil && at.After(sent) {
			sent = at
		}
		return err
	}
	err = r.j.DB.Read(ctx, func(tx *store.Tx) error {
		open, err := tx.OpenIntents(1000)
		if err != nil {
			return err
		}
		waits, err := tx.WaitsForMore(open)
		if err != nil {
			return err
		}
		for _, l := range open {
			g := intentGroup{l.Object, l.Target}
			x := parcel{seq: l.Seq, draft: model.Draft{Mark: l.Mark, Source: model.Key{Object: l.Object, ID: l.Source}}}
			if waits[l.Seq] {
				x.extras = []extraDraft{{}} // only that there are some matters here
			}
			groups[g] = append(groups[g], x)
			if err := newest(l.At); err != nil {
				return fmt.Errorf("ledger time of %s %s: %w", l.Object, l.Source, err)
			}
		}
		extras, err := tx.OpenExtras(1000)
		if err != nil {
			return err
		}
		for _, x := range extras {
			g := intentGroup{x.Object, x.Target}
			groups[g] = append(groups[g], parcel{seq: x.Seq, n: x.N, what: x.What, draft: model.Draft{Mark: x.Mark, Source: model.Key{Object: x.Object}}})
			if err := newest(x.At); err != nil {
				return fmt.Errorf("ledger time of an extra of %s: %w", x.Object, err)
			}
		}
		return nil
	})
	return groups, sent, err
}

// ask finds out which parcels of unknown outcome arrived. Those that did are settled;
// those that surely did not are given back. Where the target can't be asked, the
// records are held and say so.
func (r *runner) ask(ctx context.Context, o Object, list []parcel, sent time.Time, ids map[int64]string) (missing []parcel, err error) {
	j := r.j
	finder, ok := j.Target.Conn.(connector.Finder)
	if !ok {
		items := make([]settled, len(list))
		for i, x := range list {
			items[i] = settled{parcel: x, state: store.LedgerUnknown, problems: []*problem.Problem{outcomeUnknown(model.Key{Object: o.Object, ID: x.draft.Source.ID})}}
		}
		return nil, r.settle(o.Object, items, ids)
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
	if wait >= time.Second {
		r.p.Waiting(fmt.Sprintf("waiting %d seconds to ask %s what arrived: an answer was lost", int(wait/time.Second), j.Target.Kind.Title))
		defer r.p.Waiting("")
	}
	if err := Sleep(ctx, r.p, wait); err != nil {
		return nil, err
	}
	marks := make([]model.Mark, len(list))
	for i, x := range list {
		marks[i] = x.draft.Mark
	}
	found, err := r.j.findPatiently(ctx, r.p, finder, o.Target, marks)
	if err != nil {
		return nil, err
	}
	var items []settled
	for _, x := range list {
		f, ok := found[x.draft.Mark]
		if !ok {
			missing = append(missing, x)
			continue
		}
		items = append(items, settled{parcel: x, state: store.LedgerExisted, id: f.Key.ID, version: f.Version})
	}
	return missing, r.settle(o.Object, items, ids)
}

// findPatiently asks until the target answers: asking is always safe.
func (j *Job) findPatiently(ctx context.Context, p *job.Progress, finder connector.Finder, o model.Object, marks []model.Mark) (found map[model.Mark]connector.Found, err error) {
	err = j.patiently(ctx, p, func() (err error) {
		found, err = j.find(ctx, finder, o, marks)
		return err
	})
	return found, err
}

// adopt finds records that are in the target although the ledger does not know them, such
// as after an old copy of the project was opened; they are settled, not sent again (P-66).
func (r *runner) adopt(ctx context.Context, o Object, batch []parcel) ([]parcel, error) {
	finder, ok := r.j.Target.Conn.(connector.Finder)
	if !ok {
		return batch, nil
	}
	var marks []model.Mark
	for _, x := range batch {
		if !x.sent {
			marks = append(marks, x.draft.Mark)
		}
	}
	found, err := r.j.findPatiently(ctx, r.p, finder, o.Target, marks)
	if err != nil || len(found) == 0 {
		return batch, err
	}
	var there []settled
	for i := range batch {
		if f, ok := found[batch[i].draft.Mark]; ok && !batch[i].sent {
			there = append(there, settled{parcel: batch[i], state: store.LedgerExisted, id: f.Key.ID, version: f.Version})
			batch[i].sent = true
		}
	}
	known := make([]parcel, len(there))
	for i, s := range there {
		known[i] = s.parcel
	}
	if err := r.intend(o, known); err != nil {
		return nil, err
	}
	return batch, r.settle(o.Object, there, nil)
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
		for try := range 4 {
			if part, err = finder.Find(ctx, o, marks[:n]); err == nil || !Passes(err) {
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
