package delta

import (
	"context"
	"slices"

	"waybill/backend/connector"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// doomed is one record of the target that is to be deleted for an item, or because it
// hangs on the item's record.
type doomed struct {
	owner int64
	line  store.LedgerLine
	// extra is set for what belongs to a record beside itself.
	extra *store.Extra
	// tied goes along: the desk lets nobody delete it by itself.
	tied []doomed
}

// removal is what is gone at the source and is deleted in the target too, with all that
// hangs on it.
type removal struct {
	plan store.DeltaItem
	item Item
	c    store.Change
	// why it is kept after all; nil: it is deleted.
	why *problem.Problem
}

// deletions deletes what a person chose to delete, children first. Whatever people
// touched since is kept with all that it hangs on, and listed (invariant 8).
func (w *worker) deletions(ctx context.Context, o model.Object) error {
	for after := int64(0); ; {
		if err := w.p.Checkpoint(ctx); err != nil {
			return err
		}
		list := map[int64]*removal{}
		var levels [][]doomed
		n := 0
		err := w.j.DB.Read(ctx, func(tx *store.Tx) error {
			items, err := tx.DeltaItems(w.plan, o, store.ActGone, Delete, after, page)
			if err != nil || len(items) == 0 {
				return err
			}
			n, after = len(items), items[len(items)-1].Seq
			levels, err = w.doom(tx, items, list)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
		w.p.Add(int64(n-len(list)), 0)
		if len(list) == 0 {
			continue
		}
		if err := w.untouched(ctx, list, levels); err != nil {
			return err
		}
		for _, level := range levels {
			if err := w.erase(ctx, list, level); err != nil {
				return err
			}
		}
		if err := w.removed(ctx, o, list); err != nil {
			return err
		}
	}
}

// doom lists what is to be deleted, the lowest level first: extras, attachments,
// messages, and the records themselves.
func (w *worker) doom(tx *store.Tx, items []store.DeltaItem, list map[int64]*removal) ([][]doomed, error) {
	seqs := make([]int64, len(items))
	for i, it := range items {
		seqs[i] = it.Seq
	}
	open, err := tx.ChangesAt(seqs)
	if err != nil {
		return nil, err
	}
	level := map[model.Object]int{model.Attachment: 1, model.Message: 2}
	levels := make([][]doomed, 4)
	for _, it := range items {
		c, ok := open[it.Seq]
		if !ok || c.Run == w.run.ID {
			continue
		}
		r := &removal{plan: it, c: c}
		if r.item, err = readItem(it.Body); err != nil {
			return nil, err
		}
		list[it.Seq] = r
		below, err := tx.Below(it.Seq)
		if err != nil {
			return nil, err
		}
		all := append(below, c.Line)
		ids := make([]int64, len(all))
		goes := w.j.Target.Kind.Caps.Undeletable // what goes only with the record itself
		if goes(c.Line.Target) {
			goes = func(model.Object) bool { return false } // it refuses, and says why
		}
		var tied []doomed
		for i, l := range all {
			ids[i] = l.Seq
			if l.Seq != it.Seq && goes(l.Target) {
				tied = append(tied, doomed{owner: it.Seq, line: l})
				continue
			}
			at := level[l.Object]
			if at == 0 || l.Seq == it.Seq {
				at = 3
			}
			levels[at] = append(levels[at], doomed{owner: it.Seq, line: l})
		}
		extras, err := tx.ExtrasOf(ids)
		if err != nil {
			return nil, err
		}
		for _, l := range all {
			for _, x := range extras[l.Seq] {
				if x.State == store.LedgerCreated || x.State == store.LedgerExisted {
					d := doomed{owner: it.Seq, extra: &x, line: store.LedgerLine{Seq: x.Seq, Object: x.Object, Target: x.Target, Mark: x.Mark, ID: x.ID, Version: x.Version}}
					if goes(x.Target) {
						tied = append(tied, d)
						continue
					}
					levels[0] = append(levels[0], d)
				}
			}
		}
		own := levels[3]
		own[len(own)-1].tied = tied // the record itself comes last in all
	}
	return levels, nil
}

// untouched looks at all that is to be deleted before anything is: one record that
// people touched keeps the whole of its owner.
func (w *worker) untouched(ctx context.Context, list map[int64]*removal, levels [][]doomed) error {
	marks := map[model.Object][]model.Mark{}
	for _, level := range levels {
		for _, d := range level {
			marks[d.line.Target] = append(marks[d.line.Target], d.line.Mark)
		}
	}
	found := map[model.Object]map[model.Mark]connector.Found{}
	for o, m := range marks {
		err := w.patient(ctx, func() (err error) {
			found[o], err = w.j.Find(ctx, o, m)
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, level := range levels {
		for _, d := range level {
			f, ok := found[d.line.Target][d.line.Mark]
			if ok && f.Version != d.line.Version {
				list[d.owner].keep("People changed it in the target since it was moved.")
			}
		}
	}
	return nil
}

func (r *removal) keep(what string) {
	if r.why == nil {
		r.why = problem.New(CodeKept, "It was not deleted: "+what, "Only what nobody touched since the move is deleted.",
			"Look at it in the target, and delete it there if nobody needs it.").At(place(r.c))
	}
}

// erase deletes one level of what is doomed, of those whose owners are not kept, and
// commits each outcome.
func (w *worker) erase(ctx context.Context, list map[int64]*removal, level []doomed) error {
	byObject, order := map[model.Object][]doomed{}, []model.Object{}
	for _, d := range level {
		if list[d.owner].why != nil {
			continue
		}
		if byObject[d.line.Target] == nil {
			order = append(order, d.line.Target)
		}
		byObject[d.line.Target] = append(byObject[d.line.Target], d)
	}
	// An extra attachment hangs on an extra message.
	slices.SortStableFunc(order, func(a, b model.Object) int {
		switch {
		case a == model.Attachment && b != a:
			return -1
		case b == model.Attachment && a != b:
			return 1
		}
		return 0
	})
	for _, o := range order {
		for part := range slices.Chunk(byObject[o], page) {
			if err := w.eraseSome(ctx, list, part); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *worker) eraseSome(ctx context.Context, list map[int64]*removal, part []doomed) error {
	deleter, ok := w.j.Target.Conn.(connector.Deleter)
	if !ok {
		return problem.New(CodeNoDelete, w.j.Target.Kind.Title+" does not let Waybill delete records.", "What is gone at the source stays there.", "Choose to keep these records, and delete them there by hand.")
	}
	t := load.NewTrouble(w.j, w.p)
	for len(part) > 0 {
		what := make([]connector.Doomed, len(part))
		for i, d := range part {
			what[i] = connector.Doomed{Key: model.Key{Object: d.line.Target, ID: d.line.ID}, Version: d.line.Version}
		}
		if err := w.slower.turn(ctx, w); err != nil {
			return err
		}
		// Invariant 3: durable before sent. Should nobody learn the outcome, whatever run comes
		// next asks for it.
		if err := w.j.DB.Write(ctx, func(tx *store.Tx) error { return each(part, tx.Doom) }); err != nil {
			return err
		}
		// A stop must not tear a request apart: it is let finish, and its outcome is kept.
		got, failure := deleter.Delete(context.WithoutCancel(ctx), what)
		gone, stay, again := []doomed{}, []doomed{}, []doomed{}
		for i, d := range part {
			out := connector.Outcome{State: connector.Unknown}
			if i < len(got) {
				out = got[i]
			}
			switch out.State {
			case connector.Deleted:
				gone = append(append(gone, d.tied...), d)
			case connector.Touched:
				stay = append(stay, d)
				list[d.owner].keep("People changed it in the target since it was moved.")
			case connector.Refused:
				what := "The target refuses it."
				if out.Err != nil {
					what = out.Err.What
				}
				stay = append(stay, d)
				list[d.owner].keep(what)
			default:
				again = append(again, d) // deleting twice is the same, and the version still guards it
			}
		}
		if err := w.erased(ctx, list, gone, stay); err != nil {
			return err
		}
		if failure != nil && !load.Passes(failure) {
			return failure
		}
		if len(again) == 0 {
			return nil
		}
		if err := t.Wait(ctx, failure); err != nil {
			return err
		}
		part = again
	}
	return nil
}

// each gives the places of what is doomed to a method of the store.
func each(list []doomed, do func(n int, seqs []int64) error) error {
	seqs := map[int][]int64{}
	for _, d := range slices.Clone(list) {
		list = append(list, d.tied...)
	}
	for _, d := range list {
		n := 0
		if d.extra != nil {
			n = d.extra.N
		}
		seqs[n] = append(seqs[n], d.line.Seq)
	}
	for n, list := range seqs {
		if err := do(n, list); err != nil {
			return err
		}
	}
	return nil
}

// erased commits deletions: by whom, and why (invariant 14). What stays was not deleted.
func (w *worker) erased(ctx context.Context, list map[int64]*removal, gone, stay []doomed) error {
	if len(gone)+len(stay) == 0 {
		return nil
	}
	return w.j.DB.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if err := each(append(stay, gone...), tx.Spare); err != nil {
			return err
		}
		type group struct {
			o   model.Object
			by  model.Person
			why string
		}
		groups, order := map[group][]int64{}, []group{}
		for _, d := range gone {
			if d.extra != nil {
				x := *d.extra
				x.State = store.LedgerRolledBack
				if err := tx.SettleExtras([]store.Extra{x}); err != nil {
					return err
				}
				continue
			}
			it := list[d.owner].item
			g := group{o: d.line.Object, by: it.By, why: it.Why}
			if g.by.Name == "" {
				g.by = w.j.By
			}
			if groups[g] == nil {
				order = append(order, g)
			}
			groups[g] = append(groups[g], d.line.Seq)
		}
		for _, g := range order {
			if err := tx.LeaveOutGone(w.run.ID, g.o, groups[g], g.by, g.why); err != nil {
				return err
			}
			if err := tx.CountRun(w.run.ID, g.o, countDeleted, int64(len(groups[g]))); err != nil {
				return err
			}
		}
		return nil
	})
}

// removed keeps why some were not deleted.
func (w *worker) removed(ctx context.Context, o model.Object, list map[int64]*removal) error {
	kept, n := map[int64]*problem.Problem{}, int64(0)
	for seq, r := range list {
		if r.why != nil {
			kept[seq] = r.why
		} else {
			n++
		}
	}
	w.p.Add(n, 0)
	return w.fail(ctx, o, kept, countKept)
}
