package load

import (
	"context"
	"errors"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// deliver brings one batch to its end: every record is created with all that belongs to
// it, or refused, or the run stops.
func (r *runner) deliver(ctx context.Context, o Object, batch []parcel, t *Trouble) error {
	if r.askFirst {
		var err error
		if batch, err = r.adopt(ctx, o, batch); err != nil {
			return err
		}
	}
	fresh, ids := batch[:0:0], map[int64]string{}
	extras, whole := 0, []int64{}
	for _, x := range batch {
		extras += len(x.extras)
		switch {
		case !x.sent:
			fresh = append(fresh, x)
		case len(x.extras) == 0:
			whole = append(whole, x.seq)
		}
	}
	if len(whole) > 0 {
		r.p.Add(int64(len(whole)), 0)
		if err := r.scribe.write(func(tx *store.Tx) error { return tx.Whole(r.run.ID, o.Object, whole, nil) }); err != nil {
			return err
		}
	}
	if err := r.ship(ctx, o, fresh, t, ids); err != nil || extras == 0 {
		return err
	}
	for _, x := range batch {
		if len(x.extras) == 0 || !x.sent && ids[x.seq] == "" {
			continue // it was refused
		}
		if err := r.deliverExtras(ctx, o, x, ids[x.seq], t); err != nil {
			return err
		}
	}
	return nil
}

// deliverExtras creates what belongs to a record beside itself, one after the other, and
// gives the record its fate.
func (r *runner) deliverExtras(ctx context.Context, o Object, x parcel, id string, t *Trouble) error {
	var have []store.Extra
	err := r.j.DB.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.ExtrasOf([]int64{x.seq})
		have = all[x.seq]
		if err == nil && id == "" {
			line, _, lerr := tx.LedgerOf(x.seq)
			id, err = line.ID, lerr
		}
		return err
	})
	if err != nil {
		return err
	}
	done := map[int]bool{}
	for _, h := range have {
		if h.State == store.LedgerCreated || h.State == store.LedgerExisted {
			done[h.N] = true
		}
	}
	refused := map[int64][]*problem.Problem{}
	for _, e := range x.extras {
		if done[e.n] {
			continue
		}
		d := e.draft
		if e.owner != "" {
			d.Links = []model.DraftLink{{Field: e.owner, Required: true, Target: model.Key{Object: o.Target, ID: id}}}
		}
		made := map[int64]string{}
		if err := r.ship(ctx, Object{Object: o.Object, Target: d.Object}, []parcel{{seq: x.seq, n: e.n, what: e.what, draft: d}}, t, made); err != nil {
			return err
		}
		if made[x.seq] == "" {
			refused[x.seq] = []*problem.Problem{problem.New("load.part_refused", "A part of it was refused by the target.",
				"The record itself is there, but not all of its text.", "Choose in the plan another way for long texts, then try these records again.").
				At(problem.Place{Object: string(o.Object), Record: x.draft.Source.ID})}
			break
		}
	}
	return r.scribe.write(func(tx *store.Tx) error { return tx.Whole(r.run.ID, o.Object, []int64{x.seq}, refused) })
}

// ship sends parcels until each is created or refused. ids gets the target's id of what is there.
func (r *runner) ship(ctx context.Context, o Object, batch []parcel, t *Trouble, ids map[int64]string) error {
	for len(batch) > 0 {
		drafts := make([]model.Draft, len(batch))
		for i, x := range batch {
			drafts[i] = x.draft
		}
		// Invariant 3: durable before sent.
		if err := r.intend(o, batch); err != nil {
			return err
		}
		outcomes, sent, late, failure := r.send(ctx, drafts, t)
		settled, unknown, again := sortOutcomes(batch, outcomes)
		stop := r.settle(o.Object, settled, ids)
		if stop != nil && !isThreshold(stop) {
			return stop
		}
		if len(unknown) > 0 {
			missing, err := r.ask(ctx, o, unknown, sent, ids)
			if err != nil {
				return errors.Join(err, r.unsend(o.Object, again))
			}
			again = append(again, missing...)
		}
		if stop == nil && failure != nil && !Passes(failure) {
			stop = failure
		}
		if stop != nil {
			return errors.Join(stop, r.unsend(o.Object, again))
		}
		if len(again) < len(batch) {
			t.Over()
		}
		if len(again) == 0 {
			return nil
		}
		if late && len(unknown) == 0 {
			if err := r.p.Checkpoint(ctx); err != nil {
				return errors.Join(err, r.unsend(o.Object, again))
			}
			batch = inOrder(batch, again)
			continue
		}
		if err := t.Wait(ctx, failure); err != nil {
			return errors.Join(err, r.unsend(o.Object, again))
		}
		batch = inOrder(batch, again)
	}
	return nil
}

func isThreshold(err error) bool {
	var p *problem.Problem
	return errors.As(err, &p) && p.Code == CodeThreshold
}

// intend commits what is about to be sent.
func (r *runner) intend(o Object, batch []parcel) error {
	var intents []store.Intent
	var extras []store.Extra
	for _, x := range batch {
		if x.n > 0 {
			extras = append(extras, store.Extra{Seq: x.seq, N: x.n, Object: o.Object, What: x.what, Target: x.draft.Object, Mark: x.draft.Mark})
			continue
		}
		intents = append(intents, store.Intent{Seq: x.seq, Mark: x.draft.Mark, Draft: x.hash, Later: x.later})
	}
	return r.scribe.write(func(tx *store.Tx) error {
		if err := tx.Intend(r.run.ID, o.Object, o.Target, intents); err != nil {
			return err
		}
		return tx.IntendExtras(r.run.ID, extras)
	})
}

// outcome of one parcel, as it is settled.
type settled struct {
	parcel
	state    int
	id       string
	version  string
	problems []*problem.Problem
}

func sortOutcomes(batch []parcel, outcomes []connector.Outcome) (done []settled, unknown, again []parcel) {
	for i, x := range batch {
		out := outcomes[i]
		switch out.State {
		case connector.Created, connector.Updated:
			done = append(done, settled{parcel: x, state: store.LedgerCreated, id: out.Key.ID, version: out.Version})
		case connector.Existed:
			done = append(done, settled{parcel: x, state: store.LedgerExisted, id: out.Key.ID, version: out.Version})
		case connector.Refused:
			why := out.Err
			if why == nil {
				why = problem.New("load.refused", "The target refused this record without saying why.", "It was not created.", "Look at the record, then try again.")
			}
			w := why.Where
			w.Object, w.Record = string(x.draft.Source.Object), x.draft.Source.ID
			done = append(done, settled{parcel: x, state: store.LedgerRefused, problems: []*problem.Problem{why.At(w)}})
		case connector.Unsent:
			again = append(again, x)
		default:
			unknown = append(unknown, x)
		}
	}
	return done, unknown, again
}

// settle commits outcomes. An error of its own is a threshold that was passed.
func (r *runner) settle(o model.Object, list []settled, ids map[int64]string) error {
	if len(list) == 0 {
		return nil
	}
	var items []store.Settlement
	var extras []store.Extra
	good, refused := int64(0), []*problem.Problem{}
	for _, s := range list {
		if s.id != "" && ids != nil {
			ids[s.seq] = s.id
		}
		if s.n > 0 {
			extras = append(extras, store.Extra{Seq: s.seq, N: s.n, State: s.state, ID: s.id, Version: s.version})
			continue
		}
		if len(s.problems) > 0 {
			refused = append(refused, s.problems[0])
		} else {
			good++
		}
		items = append(items, store.Settlement{Seq: s.seq, State: s.state, ID: s.id, Version: s.version, Problems: s.problems, More: len(s.extras) > 0})
	}
	err := r.scribe.write(func(tx *store.Tx) error {
		if err := tx.Settle(r.run.ID, o, items); err != nil {
			return err
		}
		return tx.SettleExtras(extras)
	})
	if err != nil {
		return err
	}
	for _, p := range refused {
		r.p.Problem(string(p.Code), p)
	}
	if !r.trial {
		r.p.Add(int64(len(items)), int64(len(refused)))
	}
	return r.watch.see(good, refused)
}

// unsend writes down that parcels surely did not arrive: they wait for the next try.
func (r *runner) unsend(o model.Object, list []parcel) error {
	if len(list) == 0 {
		return nil
	}
	var items []store.Settlement
	var extras []store.Extra
	for _, x := range list {
		if x.n > 0 {
			extras = append(extras, store.Extra{Seq: x.seq, N: x.n, State: store.LedgerRefused})
			continue
		}
		items = append(items, store.Settlement{Seq: x.seq, State: store.LedgerRefused})
	}
	return r.scribe.write(func(tx *store.Tx) error {
		if err := tx.Settle(r.run.ID, o, items); err != nil {
			return err
		}
		return tx.SettleExtras(extras)
	})
}

// inOrder keeps those of batch that are in again, in the order of batch.
func inOrder(batch, again []parcel) []parcel {
	type place struct {
		seq int64
		n   int
	}
	want := make(map[place]bool, len(again))
	for _, x := range again {
		want[place{x.seq, x.n}] = true
	}
	out := make([]parcel, 0, len(again))
	for _, x := range batch {
		if want[place{x.seq, x.n}] {
			out = append(out, x)
		}
	}
	return out
}
