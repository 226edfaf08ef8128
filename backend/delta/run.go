package delta

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// figures of a run, by object.
const (
	countUpdated   = "updated"
	countExisted   = "existed" // people did the same in the target
	countFailed    = "failed"
	countConflicts = "conflicts"
	countKept      = "kept"
	countNoted     = "noted"
	countDeleted   = "deleted"
	countUnchanged = "unchanged"
)

// worker carries out one plan.
type worker struct {
	j       *load.Job
	run     store.Run
	plan    int64
	p       *job.Progress
	quiet   bool
	updater connector.Updater
	reader  connector.Reader
	marker  connector.Marker
	slower  slower
}

// Run carries out what was planned: updates in the order of the objects, then notes, then
// deletions, children first. What is done is gone from the list of changes, so a run
// that was stopped anywhere simply goes on.
func (d *Delta) Run(ctx context.Context, j *load.Job, run store.Run, plan int64, sum load.Summary, p *job.Progress) error {
	w := &worker{j: j, run: run, plan: plan, p: p}
	w.updater, _ = j.Target.Conn.(connector.Updater)
	w.reader, _ = j.Target.Conn.(connector.Reader)
	w.marker, _ = j.Target.Conn.(connector.Marker)
	w.quiet = j.Target.Kind.Caps.QuietUpdates || d.Acknowledged || j.Accepted[load.PreUpdates]
	var todo map[model.Object]map[string]int64
	err := j.DB.Write(ctx, func(tx *store.Tx) (err error) {
		counted := map[model.Object]bool{}
		for _, o := range sum.Objects {
			if counted[o.Object] {
				continue // an object that goes several ways has it all in its first line
			}
			counted[o.Object] = true
			if err := tx.SetRunCount(run.ID, o.Object, countUnchanged, o.Unchanged); err != nil {
				return err
			}
		}
		todo, err = tx.PlanCount(plan)
		return err
	})
	if err != nil {
		return err
	}
	have := map[model.Object]int64{}
	for o, actions := range todo {
		for _, a := range []string{store.ActUpdate, store.ActConflict, store.ActGone} {
			have[o] += actions[a]
		}
	}
	objects := ordered(j, sum, have)
	for _, o := range objects {
		p.Stage("change "+string(o), have[o])
	}
	for _, o := range objects {
		p.Enter("change " + string(o))
		if err := w.updates(ctx, o, store.ActUpdate, ""); err != nil {
			return fmt.Errorf("change %s: %w", o, err)
		}
		if err := w.updates(ctx, o, store.ActConflict, Take); err != nil {
			return fmt.Errorf("change %s: %w", o, err)
		}
	}
	for _, o := range objects {
		p.Enter("change " + string(o))
		if err := w.notes(ctx, o); err != nil {
			return fmt.Errorf("note %s: %w", o, err)
		}
	}
	slices.Reverse(objects)
	for _, o := range objects {
		p.Enter("change " + string(o))
		if err := w.deletions(ctx, o); err != nil {
			return fmt.Errorf("delete %s: %w", o, err)
		}
		if err := w.keep(ctx, o); err != nil {
			return fmt.Errorf("keep %s: %w", o, err)
		}
	}
	return nil
}

// edit is a change on its way.
type edit struct {
	plan  store.DeltaItem
	item  Item
	c     store.Change
	draft model.Draft // as it is sent, with all fields
	send  connector.Edit
	// maybe: it was sent before and its outcome is not known.
	maybe bool
	// take: it is written over what people edited in the target. rewrote: it was once.
	take, rewrote bool
}

// byTarget parts edits by what their records are in the target.
func byTarget(edits []*edit) (out [][]*edit) {
	for _, e := range edits {
		i := slices.IndexFunc(out, func(part []*edit) bool { return part[0].c.Line.Target == e.c.Line.Target })
		if i < 0 {
			i, out = len(out), append(out, nil)
		}
		out[i] = append(out[i], e)
	}
	return out
}

func (w *worker) updates(ctx context.Context, o model.Object, action, choice string) error {
	caps := w.j.Target.Kind.Caps
	batch, workers := min(max(caps.Batch, 1), page), min(max(caps.Parallel, 1), 4)
	for after := int64(0); ; {
		if err := w.p.Checkpoint(ctx); err != nil {
			return err
		}
		var edits []*edit
		var failed map[int64]*problem.Problem
		n := 0
		err := w.j.DB.Read(ctx, func(tx *store.Tx) error {
			items, err := tx.DeltaItems(w.plan, o, action, choice, after, batch*workers)
			if err != nil || len(items) == 0 {
				return err
			}
			n, after = len(items), items[len(items)-1].Seq
			edits, failed, err = w.prepare(tx, o, items, choice == Take)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
		if err := w.fail(ctx, o, failed, countFailed); err != nil {
			return err
		}
		w.p.Add(int64(n-len(edits)-len(failed)), 0)
		if len(edits) > 0 {
			if err := w.mayWrite(); err != nil {
				return err
			}
		}
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(workers)
		for _, alike := range byTarget(edits) { // a desk is told of one object at a time
			for part := range slices.Chunk(alike, batch) {
				g.Go(func() error { return w.deliver(gctx, o, part) })
			}
		}
		if err := g.Wait(); err != nil {
			return err
		}
	}
}

// mayWrite refuses where a change would mail people (P-72), or cannot be made.
func (w *worker) mayWrite() error {
	title := w.j.Target.Kind.Title
	if w.updater == nil {
		return problem.New(CodeNoUpdates, title+" lets nobody change its records from outside.", "What changed at the source cannot be brought over.", "Change these records there by hand.")
	}
	if !w.quiet {
		// Invariant 9: a change that would mail people waits for a person who says so.
		return problem.New(CodeNotQuiet, title+" may write to your customers when records are changed.",
			"Changes set off its triggers, also for records that were imported silently.",
			"Turn its triggers and notifications off there and say that you did, then resume. Everything new is there already.")
	}
	return nil
}

// prepare makes the edits of plan items once more, and proves that they are what was planned.
func (w *worker) prepare(tx *store.Tx, o model.Object, items []store.DeltaItem, take bool) (out []*edit, failed map[int64]*problem.Problem, err error) {
	seqs := make([]int64, len(items))
	for i, it := range items {
		seqs[i] = it.Seq
	}
	changes, err := tx.ChangesAt(seqs)
	if err != nil {
		return nil, nil, err
	}
	decided, err := tx.ConflictsAt(seqs)
	if err != nil {
		return nil, nil, err
	}
	open, at := items[:0:0], []store.PlanItem{}
	for _, it := range items {
		// Done, or brought to an end by this very run: the next plan tries it again.
		if c, ok := changes[it.Seq]; !ok || c.Run == w.run.ID {
			continue
		}
		open, at = append(open, it), append(at, store.PlanItem{Seq: it.Seq})
	}
	rows, err := tx.RowsAt(o, at)
	if err != nil {
		return nil, nil, err
	}
	drafts, why, err := w.j.Ready(tx, rows)
	if err != nil {
		return nil, nil, err
	}
	failed = map[int64]*problem.Problem{}
	for i, it := range open {
		now, _, err := w.j.Draft(tx, rows[i])
		if err != nil {
			return nil, nil, err
		}
		hash, err := load.HashOf(now)
		if err != nil {
			return nil, nil, err
		}
		if !bytes.Equal(hash, it.Draft) {
			return nil, nil, problem.New(load.CodeStale, "A record changed since the plan was made.",
				"A run only does what its plan showed, so it stopped before sending that record.", "Make a new plan, then start it: what was written already stays as it is.").
				At(place(changes[it.Seq]))
		}
		if len(why[i]) > 0 {
			failed[it.Seq] = why[i][0]
			continue
		}
		e := &edit{plan: it, c: changes[it.Seq], draft: drafts[i], take: take}
		if e.item, err = readItem(it.Body); err != nil {
			return nil, nil, err
		}
		e.maybe, e.rewrote = e.c.Sent != 0, decided[it.Seq].Wrote != ""
		e.send = only(e)
		out = append(out, e)
	}
	return out, failed, nil
}

// only takes just the fields and links that change into an edit.
func only(e *edit) connector.Edit {
	d := model.Draft{Mark: e.draft.Mark, Object: e.draft.Object, Source: e.draft.Source, Fields: map[string]any{}}
	for _, f := range e.item.Fields {
		d.Fields[f] = e.draft.Fields[f] // nil empties it
	}
	for _, f := range e.item.Links {
		l, ok := linkOf(e.draft, f)
		if !ok {
			l = model.DraftLink{Field: f}
		}
		d.Links = append(d.Links, l)
	}
	if e.item.File {
		d.File = e.draft.File
	}
	return connector.Edit{Key: model.Key{Object: e.draft.Object, ID: e.c.Line.ID}, Version: e.item.Version, Draft: d}
}

// fail keeps why records could not be brought to their end by this run.
func (w *worker) fail(ctx context.Context, o model.Object, failed map[int64]*problem.Problem, what string) error {
	if len(failed) == 0 {
		return nil
	}
	err := w.j.DB.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		for seq, why := range failed {
			if err := tx.FailChange(w.run.ID, seq, why); err != nil {
				return err
			}
		}
		return tx.CountRun(w.run.ID, o, what, int64(len(failed)))
	})
	for _, why := range failed {
		w.p.Problem(string(why.Code), why)
	}
	w.p.Add(int64(len(failed)), int64(len(failed)))
	return err
}

// keep settles what stays in the target as it is.
func (w *worker) keep(ctx context.Context, o model.Object) error {
	for _, action := range []string{store.ActConflict, store.ActGone} {
		for after := int64(0); ; {
			if err := w.p.Checkpoint(ctx); err != nil {
				return err
			}
			n, kept := 0, int64(0)
			err := w.j.DB.Write(ctx, func(tx *store.Tx) error {
				items, err := tx.DeltaItems(w.plan, o, action, Keep, after, 500)
				if err != nil || len(items) == 0 {
					return err
				}
				n, after = len(items), items[len(items)-1].Seq
				kept, err = w.conclude(tx, o, action, items)
				if err != nil {
					return err
				}
				return tx.CountRun(w.run.ID, o, countKept, kept)
			})
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
			w.p.Add(int64(n), 0)
		}
	}
	return nil
}

// conclude keeps what was decided about items that are not written, and counts those
// that were open.
func (w *worker) conclude(tx *store.Tx, o model.Object, action string, items []store.DeltaItem) (n int64, err error) {
	seqs := make([]int64, len(items))
	for i, it := range items {
		seqs[i] = it.Seq
	}
	open, err := tx.ChangesAt(seqs)
	if err != nil {
		return 0, err
	}
	done, err := tx.ConflictsAt(seqs)
	if err != nil {
		return 0, err
	}
	for _, it := range items {
		if _, ok := open[it.Seq]; !ok || done[it.Seq].Plan == w.plan {
			continue
		}
		item, err := readItem(it.Body)
		if err != nil {
			return n, err
		}
		if err := tx.Conclude(item.decision(it.Seq, o, w, action == store.ActGone)); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// decision is an item's choice as it is kept. Nobody chose: it is the one who runs.
func (it Item) decision(seq int64, o model.Object, w *worker, gone bool) store.Conflict {
	by := it.By
	if by.Name == "" {
		by = w.j.By
	}
	// The fields that stay as the target has them: all that differ, but those that are taken.
	fields := []string{}
	for _, d := range it.Differences {
		if it.Choice != Take || !d.Changed {
			fields = append(fields, d.Field)
		}
	}
	for _, f := range append(slices.Clone(it.Fields), it.Links...) {
		if it.Choice != Take && !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	return store.Conflict{Seq: seq, Object: o, Gone: gone, Choice: it.Choice, Plan: w.plan, By: by, Why: it.Why, Version: it.Version, Fields: fields}
}
