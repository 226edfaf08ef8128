package load

import (
	"context"
	"errors"
	"slices"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// deliver brings one batch to its end: every record is created with all that belongs to
// it, or refused, or the run stops. before is what this worker reported last, and what it
// gives is the next such note: an outcome is committed together with the next intents, and
// before they are sent (invariant 3).
func (r *runner) deliver(ctx context.Context, o Object, batch []parcel, t *Trouble, before note) (note, error) {
	if !r.askFirst && !slices.ContainsFunc(batch, parcel.longer) {
		return r.ship(ctx, batch, t, map[int64]string{}, before)
	}
	if err := before.wait(); err != nil {
		return nil, err
	}
	return nil, r.deliverLonger(ctx, o, batch, t)
}

// longer says that a parcel, or what goes along with it, takes more than one request.
func (x parcel) longer() bool {
	return x.sent || len(x.extras) > 0 || slices.ContainsFunc(x.parts, parcel.longer)
}

// deliverLonger delivers a batch in which something takes more than one request.
func (r *runner) deliverLonger(ctx context.Context, o Object, batch []parcel, t *Trouble) error {
	if r.askFirst {
		var err error
		if batch, err = r.adopt(ctx, batch); err != nil {
			return err
		}
	}
	fresh, ids := batch[:0:0], map[int64]string{}
	whole := []int64{}
	for _, x := range batch {
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
	if err := r.shipAll(ctx, fresh, t, ids); err != nil {
		return err
	}
	for _, x := range batch {
		for _, y := range withExtras(x, ids) {
			if !y.sent && ids[y.seq] == "" {
				continue // it was refused, or is a part that waits for its turn
			}
			if err := r.deliverExtras(ctx, y, ids[y.seq], t); err != nil {
				return err
			}
		}
	}
	return nil
}

// withExtras lists a parcel and those of its parts that have extras of their own.
func withExtras(x parcel, ids map[int64]string) (out []parcel) {
	if len(x.extras) > 0 {
		out = append(out, x)
	}
	for _, p := range x.parts {
		p.owner = model.Key{Object: x.draft.Object, ID: ids[x.seq]}
		out = append(out, withExtras(p, ids)...)
	}
	return out
}

// deliverExtras creates what belongs to a record beside itself, one after the other, and
// gives the record its fate.
func (r *runner) deliverExtras(ctx context.Context, x parcel, id string, t *Trouble) error {
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
		d, owner := e.draft, x.owner
		if e.owner != "" {
			owner = model.Key{Object: x.of.Target, ID: id}
			d.Links = []model.DraftLink{{Field: e.owner, Required: true, Target: owner}}
		} else {
			d.Links = r.j.ledBy(d, owner)
		}
		made := map[int64]string{}
		if err := r.shipAll(ctx, []parcel{{of: Object{Object: x.of.Object, Target: d.Object}, seq: x.seq, n: e.n, what: e.what, draft: d, owner: owner}}, t, made); err != nil {
			return err
		}
		if made[x.seq] == "" {
			refused[x.seq] = []*problem.Problem{partRefused(x)}
			break
		}
	}
	return r.scribe.write(func(tx *store.Tx) error { return tx.Whole(r.run.ID, x.of.Object, []int64{x.seq}, refused) })
}

func partRefused(x parcel) *problem.Problem {
	return problem.New("load.part_refused", "A part of it was refused by the target.",
		"The record itself is there, but not all of its text.", "Choose in the plan another way for long texts, then try these records again.").
		At(problem.Place{Object: string(x.of.Object), Record: x.draft.Source.ID})
}

// shipAll sends parcels until each is created or refused, and that is on disk.
func (r *runner) shipAll(ctx context.Context, batch []parcel, t *Trouble, ids map[int64]string) error {
	last, err := r.ship(ctx, batch, t, ids, nil)
	if err != nil {
		return err
	}
	return last.wait()
}

// ship sends parcels until each is created or refused. ids gets the target's id of what is
// there. Nothing is sent before the note before is on disk.
func (r *runner) ship(ctx context.Context, batch []parcel, t *Trouble, ids map[int64]string, before note) (note, error) {
	for len(batch) > 0 {
		drafts := make([]model.Draft, len(batch))
		for i, x := range batch {
			drafts[i] = x.draft
		}
		// Invariant 3: durable before sent, and what was sent before too.
		err := r.intend(batch)
		last := before.wait()
		if before = nil; err != nil {
			return nil, err
		}
		if last != nil {
			return nil, errors.Join(last, r.unsend(batch))
		}
		outcomes, sent, late, failure := r.send(ctx, drafts, t)
		var s sorted
		for i, x := range batch {
			s.take(x, outcomes[i])
		}
		done, stop := r.report(s.done, ids)
		if stop == nil && failure == nil && s.clear() {
			t.Over()
			return done, nil
		}
		if err := done.wait(); err != nil {
			return nil, err
		}
		// Parts that did not go along wait for their turn.
		if err := r.unsend(s.alone); err != nil {
			return nil, err
		}
		if len(s.unknown)+len(s.lost) > 0 {
			missing, err := r.ask(ctx, s.unknown, s.lost, sent, ids)
			if err != nil {
				return nil, errors.Join(err, r.unsend(s.again))
			}
			s.again = append(s.again, missing...)
		}
		again := s.again
		if stop == nil && failure != nil && !Passes(failure) {
			stop = failure
		}
		if stop != nil {
			return nil, errors.Join(stop, r.unsend(again))
		}
		if len(again) < len(batch) {
			t.Over()
		}
		if len(again) == 0 {
			return nil, nil
		}
		if late && len(s.unknown) == 0 {
			if err := r.p.Checkpoint(ctx); err != nil {
				return nil, errors.Join(err, r.unsend(again))
			}
			batch = inOrder(batch, again)
			continue
		}
		if err := t.Wait(ctx, failure); err != nil {
			return nil, errors.Join(err, r.unsend(again))
		}
		batch = inOrder(batch, again)
	}
	return nil, before.wait()
}

// group is one object of the source and the object of the target that it becomes.
type group struct{ object, target model.Object }

// byObject parts parcels and all that goes along with them by their objects, in the order
// of the first of each.
func byObject(list []parcel) (order []group, out map[group][]parcel) {
	out = map[group][]parcel{}
	var add func(x parcel)
	add = func(x parcel) {
		g := group{x.of.Object, x.draft.Object}
		if out[g] == nil {
			order = append(order, g)
		}
		out[g] = append(out[g], x)
		for _, p := range x.parts {
			add(p)
		}
	}
	for _, x := range list {
		add(x)
	}
	return order, out
}

// intend commits what is about to be sent, with all that goes along.
func (r *runner) intend(batch []parcel) error {
	order, groups := byObject(batch)
	return r.scribe.write(func(tx *store.Tx) error {
		for _, g := range order {
			var intents []store.Intent
			var extras []store.Extra
			for _, x := range groups[g] {
				if x.n > 0 {
					extras = append(extras, store.Extra{Seq: x.seq, N: x.n, Object: g.object, What: x.what, Target: x.draft.Object, Mark: x.draft.Mark})
					continue
				}
				intents = append(intents, store.Intent{Seq: x.seq, Mark: x.draft.Mark, Draft: x.hash, Later: x.later})
			}
			if err := tx.Intend(r.run.ID, g.object, g.target, intents); err != nil {
				return err
			}
			if err := tx.IntendExtras(r.run.ID, extras); err != nil {
				return err
			}
		}
		return nil
	})
}

// settled is the outcome of one parcel, as it is written down.
type settled struct {
	parcel
	state   int
	id      string
	version string
	before  bool
	// half: it may be half made, so the second pass writes all its values once more.
	half     bool
	problems []*problem.Problem
}

// settle commits outcomes. An error of its own is a threshold that was passed.
func (r *runner) settle(list []settled, ids map[int64]string) error {
	done, stop := r.report(list, ids)
	if err := done.wait(); err != nil {
		return err
	}
	return stop
}

// report gives outcomes to the scribe. stop is a threshold that they passed.
func (r *runner) report(list []settled, ids map[int64]string) (done note, stop error) {
	if len(list) == 0 {
		return nil, nil
	}
	type notes struct {
		items  []store.Settlement
		extras []store.Extra
	}
	byObject := map[model.Object]*notes{}
	order := []model.Object{}
	good, refused, own, ownRefused := int64(0), []*problem.Problem{}, int64(0), int64(0)
	for _, s := range list {
		n := byObject[s.of.Object]
		if n == nil {
			n = &notes{}
			byObject[s.of.Object], order = n, append(order, s.of.Object)
		}
		if s.id != "" && ids != nil && (s.n == 0 || !s.part) {
			ids[s.seq] = s.id
		}
		if s.n > 0 {
			n.extras = append(n.extras, store.Extra{Seq: s.seq, N: s.n, State: s.state, ID: s.id, Version: s.version})
			continue
		}
		if len(s.problems) > 0 {
			refused = append(refused, s.problems[0])
		} else {
			good++
		}
		if !s.part {
			own++
			if len(s.problems) > 0 {
				ownRefused++
			}
		}
		n.items = append(n.items, store.Settlement{Seq: s.seq, State: s.state, ID: s.id, Version: s.version, Problems: s.problems, More: len(s.extras) > 0, Before: s.before})
	}
	done = r.scribe.begin(func(tx *store.Tx) error {
		for _, o := range order {
			n := byObject[o]
			if err := tx.Settle(r.run.ID, o, n.items); err != nil {
				return err
			}
			if err := tx.SettleExtras(n.extras); err != nil {
				return err
			}
		}
		return putHalves(tx, list)
	}, func() {
		for _, p := range refused {
			r.p.Problem(string(p.Code), p)
		}
		if !r.trial { // what went along is counted when its own object is passed
			r.p.Add(own, ownRefused)
		}
	})
	return done, r.watch.see(good, refused)
}

// unsend writes down that parcels, with all that went along, surely did not arrive: they
// wait for the next try.
func (r *runner) unsend(list []parcel) error {
	if len(list) == 0 {
		return nil
	}
	order, groups := byObject(list)
	return r.scribe.write(func(tx *store.Tx) error {
		for _, g := range order {
			var items []store.Settlement
			var extras []store.Extra
			for _, x := range groups[g] {
				if x.n > 0 {
					extras = append(extras, store.Extra{Seq: x.seq, N: x.n, State: store.LedgerRefused})
					continue
				}
				items = append(items, store.Settlement{Seq: x.seq, State: store.LedgerRefused})
			}
			if err := tx.Settle(r.run.ID, g.object, items); err != nil {
				return err
			}
			if err := tx.SettleExtras(extras); err != nil {
				return err
			}
		}
		return nil
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
