package delta

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"waybill/backend/connector"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// outcomes of one request, sorted.
type outcomes struct {
	done    []written
	refused map[int64]*problem.Problem
	// look: touched, or of unknown outcome; the target must be read.
	look, again []*edit
}

type written struct {
	*edit
	version string
	// ours is false when people wrote the very same in the target.
	ours bool
}

// deliver brings a batch of edits to its end: each is written, refused, a conflict, or the
// run stops. The version that goes with each edit makes sure that one whose answer was
// lost is never written over anything when it is sent again.
func (w *worker) deliver(ctx context.Context, o model.Object, batch []*edit) error {
	t := load.NewTrouble(w.j, w.p)
	for len(batch) > 0 {
		seqs, edits := make([]int64, len(batch)), make([]connector.Edit, len(batch))
		for i, e := range batch {
			seqs[i], edits[i] = e.plan.Seq, e.send
		}
		if err := w.slower.turn(ctx, w); err != nil {
			return err
		}
		// Invariant 3: durable before sent.
		if err := w.j.DB.Write(ctx, func(tx *store.Tx) error { return tx.SendChanges(w.run.ID, seqs) }); err != nil {
			return err
		}
		// A stop must not tear a request apart: it is let finish, and its outcome is kept.
		got, failure := w.updater.Update(context.WithoutCancel(ctx), edits, w.j.Files)
		if len(got) != len(batch) {
			failure = errors.Join(failure, fmt.Errorf("the connector gave %d outcomes for %d changes", len(got), len(batch)))
			for len(got) < len(batch) {
				got = append(got, connector.Outcome{State: connector.Unknown})
			}
		}
		out := sortOutcomes(batch, got)
		if err := w.versions(ctx, out.done); err != nil {
			return err
		}
		if err := w.wrote(ctx, o, out.done); err != nil {
			return err
		}
		if err := w.fail(ctx, o, out.refused, countFailed); err != nil {
			return err
		}
		if err := w.j.Saw(int64(len(out.done)), slices.Collect(maps.Values(out.refused))); err != nil {
			return err
		}
		if len(out.look) > 0 {
			again, err := w.lookAt(ctx, o, out.look)
			if err != nil {
				return err
			}
			out.again = append(out.again, again...)
		}
		if failure != nil && !load.Passes(failure) {
			return failure
		}
		if len(out.again) == 0 {
			return nil
		}
		if len(out.again) < len(batch) {
			t.Over()
		}
		if err := t.Wait(ctx, failure); err != nil {
			return err
		}
		batch = slices.DeleteFunc(batch, func(e *edit) bool { return !slices.Contains(out.again, e) })
	}
	return nil
}

func sortOutcomes(batch []*edit, got []connector.Outcome) outcomes {
	out := outcomes{refused: map[int64]*problem.Problem{}}
	for i, e := range batch {
		switch got[i].State {
		case connector.Updated:
			out.done = append(out.done, written{edit: e, version: got[i].Version, ours: true})
		case connector.Refused:
			why := got[i].Err
			if why == nil {
				why = problem.New(connector.CodeRefused, "The target refused a change without saying why.", "The record stays there as it was.", "Look at the record, then make a new plan.")
			}
			at := why.Where
			at.Object, at.Record = string(e.c.Line.Object), e.c.Line.Source
			out.refused[e.plan.Seq] = why.At(at)
		case connector.Unsent:
			out.again = append(out.again, e)
		case connector.Touched:
			out.look = append(out.look, e)
		default:
			e.maybe = true
			out.look = append(out.look, e)
		}
	}
	return out
}

// versions asks for those that the desk did not tell with its answer.
func (w *worker) versions(ctx context.Context, done []written) error {
	marks := []model.Mark{}
	for _, x := range done {
		if x.version == "" && x.item.Version != "" {
			marks = append(marks, x.c.Line.Mark)
		}
	}
	if len(marks) == 0 {
		return nil
	}
	found, err := w.j.Find(ctx, done[0].c.Line.Target, marks)
	if err != nil {
		return err
	}
	for i := range done {
		if f, ok := found[done[i].c.Line.Mark]; ok && done[i].version == "" {
			done[i].version = f.Version
		}
	}
	return nil
}

// wrote commits that the target has changes. The ledger learns the new version only
// where nobody else edited the record: a rollback must still see that people did.
func (w *worker) wrote(ctx context.Context, o model.Object, done []written) error {
	if len(done) == 0 {
		return nil
	}
	err := w.j.DB.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		items := make([]store.Written, len(done))
		ours := int64(0)
		for i, x := range done {
			items[i] = store.Written{Seq: x.plan.Seq, Draft: x.plan.Draft, Version: x.version}
			if x.ours {
				ours++
			}
			switch {
			case x.take:
				d := x.item.decision(x.plan.Seq, o, w, false)
				d.Wrote = x.version
				if err := tx.Conclude(d); err != nil {
					return err
				}
				items[i].Version = ""
			case x.rewrote:
				if err := tx.Rewrote(x.plan.Seq, x.version); err != nil {
					return err
				}
				items[i].Version = ""
			case !x.ours:
				items[i].Version = ""
			}
		}
		if err := tx.WroteChanges(items); err != nil {
			return err
		}
		if err := tx.CountRun(w.run.ID, o, countExisted, int64(len(done))-ours); err != nil {
			return err
		}
		return tx.CountRun(w.run.ID, o, countUpdated, ours)
	})
	w.p.Add(int64(len(done)), 0)
	return err
}

// lookAt reads what the target has of edits that met another version, or whose answer was
// lost, and gives those that may be sent again because they surely changed nothing.
func (w *worker) lookAt(ctx context.Context, o model.Object, list []*edit) (again []*edit, err error) {
	there, err := w.read(ctx, list)
	if err != nil {
		return nil, err
	}
	shape, _ := w.j.Target.Schema.Object(list[0].draft.Object)
	done, conflicts, unclear := []written{}, map[int64]*problem.Problem{}, map[int64]*problem.Problem{}
	for _, e := range list {
		s, ok := there[e.plan.Seq]
		switch {
		case ok && s.version == e.send.Version && e.send.Version != "":
			// The request never arrived; should it do so late, the version stops the second one.
			again = append(again, e)
		case ok && s.values != nil && s.holds(shape, e.draft, e.item):
			done = append(done, written{edit: e, version: s.version, ours: e.maybe})
		case ok && s.values == nil && e.maybe:
			unclear[e.plan.Seq] = problem.New(CodeUnclear, "It is not known whether a change arrived.",
				"The answer was lost, and the record has another version now, by us or by somebody else. It is not sent again.",
				"Look at the record in the target, then make a new plan.").At(place(e.c))
		default:
			conflicts[e.plan.Seq] = problem.New(CodeConflict, "People changed this record in the target while the changes were brought over.",
				"It was left as it is there.", "Make a new plan: it lists both sides, and you choose.").At(place(e.c))
		}
	}
	if err := w.wrote(ctx, o, done); err != nil {
		return nil, err
	}
	if err := w.fail(ctx, o, unclear, countFailed); err != nil {
		return nil, err
	}
	return again, w.fail(ctx, o, conflicts, countConflicts)
}

// read gives what the target has of edits, by place in the stage; without values where it
// cannot be read but only be found.
func (w *worker) read(ctx context.Context, list []*edit) (map[int64]seen, error) {
	out := map[int64]seen{}
	target := list[0].c.Line.Target
	if w.reader == nil {
		marks := make([]model.Mark, len(list))
		for i, e := range list {
			marks[i] = e.c.Line.Mark
		}
		var found map[model.Mark]connector.Found
		err := w.patient(ctx, func() (err error) {
			found, err = w.j.Find(ctx, target, marks)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			if f, ok := found[e.c.Line.Mark]; ok {
				out[e.plan.Seq] = seen{version: f.Version}
			}
		}
		return out, nil
	}
	ids := make([]string, len(list))
	for i, e := range list {
		ids[i] = e.c.Line.ID
	}
	var records map[string]model.Record
	err := w.patient(ctx, func() (err error) {
		records, err = w.reader.Read(ctx, target, ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		r, ok := records[e.c.Line.ID]
		if !ok {
			continue
		}
		if out[e.plan.Seq], err = see(w.marker, r); err != nil {
			return nil, err
		}
	}
	return out, nil
}
