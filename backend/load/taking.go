package load

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/store"
)

// taking removes what a run created.
type taking struct {
	j       *Job
	run     int64
	deleter connector.Deleter
	finder  connector.Finder
	safe    map[int64]bool
	proof   *Proof
	p       *job.Progress
	// stuck are records that others still point to: they are tried again when those are gone.
	stuck   map[model.Object][]store.LedgerLine
	cleared bool
}

// all removes the records of one object, page by page.
func (x *taking) all(ctx context.Context, of int64, o model.Object) error {
	for after := int64(0); ; {
		if err := x.p.Checkpoint(ctx); err != nil {
			return err
		}
		lines, err := x.j.sentPage(ctx, of, o, after)
		if err != nil || len(lines) == 0 {
			return err
		}
		after = lines[len(lines)-1].Seq
		var kept []int64
		going := lines[:0:0]
		var before []int64
		for _, l := range lines {
			switch {
			case l.Before:
				before = append(before, l.Seq)
				continue
			case x.j.Target.Kind.Caps.Undeletable(l.Target):
				continue // see withOwners
			}
			if x.safe[l.Seq] {
				kept = x.keep(kept, l, "changed in the target since, or needed by something that was")
				continue
			}
			going = append(going, l)
		}
		if err := x.leave(ctx, before); err != nil {
			return err
		}
		if len(going)+len(kept) == 0 {
			continue
		}
		if err := x.remove(ctx, o, going, kept, false); err != nil {
			return err
		}
	}
}

// leave gives up what was in the target before us, and stays there.
func (x *taking) leave(ctx context.Context, seqs []int64) error {
	if len(seqs) == 0 {
		return nil
	}
	x.p.Add(int64(len(seqs)), 0)
	return x.j.DB.Write(ctx, func(tx *store.Tx) error { return tx.Leave(seqs) })
}

// withOwners takes back what cannot be deleted by itself: it went with what it belonged to,
// or it stays, and is listed.
func (x *taking) withOwners(ctx context.Context, of int64, o model.Object) error {
	caps := x.j.Target.Kind.Caps
	if len(caps.NotDeleted) == 0 {
		return x.looseExtras(ctx, of, o)
	}
	for after := int64(0); ; {
		if err := x.p.Checkpoint(ctx); err != nil {
			return err
		}
		lines, err := x.j.sentPage(ctx, of, o, after)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			return x.looseExtras(ctx, of, o)
		}
		after = lines[len(lines)-1].Seq
		lines = slices.DeleteFunc(lines, func(l store.LedgerLine) bool { return !caps.Undeletable(l.Target) })
		err = x.j.DB.Write(ctx, func(tx *store.Tx) error {
			gone, stay, err := x.j.goneWithOwner(tx, lines)
			if err != nil {
				return err
			}
			var kept []int64
			for _, l := range stay {
				kept = x.keep(kept, l, x.j.Target.Kind.Title+" lets nobody delete it by itself")
			}
			x.proof.Deleted, x.proof.Absent, x.proof.Kept = x.proof.Deleted+int64(len(gone)), x.proof.Absent+int64(len(gone)), x.proof.Kept+int64(len(kept))
			x.p.Add(int64(len(lines)), int64(len(kept)))
			return tx.TakeBack(x.run, o, gone, kept)
		})
		if err != nil {
			return err
		}
	}
}

// goneWithOwner parts records by whether what they belong to was taken back.
func (j *Job) goneWithOwner(tx *store.Tx, lines []store.LedgerLine) (gone []int64, stay []store.LedgerLine, err error) {
	if len(lines) == 0 {
		return nil, nil, nil
	}
	items := make([]store.PlanItem, len(lines))
	for i, l := range lines {
		items[i].Seq = l.Seq
	}
	rows, err := tx.RowsAt(lines[0].Object, items)
	if err != nil {
		return nil, nil, err
	}
	drafts, made := make([]model.Draft, len(rows)), make([]prepared, len(rows))
	for i, row := range rows {
		if drafts[i], _, err = j.Draft(tx, row); err != nil {
			return nil, nil, err
		}
		made[i] = prepared{seq: row.Seq, row: row, draft: drafts[i]}
	}
	spots, err := tx.Resolve(refsOf(drafts), 0)
	if err != nil {
		return nil, nil, err
	}
	for i := range made {
		j.findOwner(&made[i], spots)
		owner, ok, err := tx.LedgerOf(made[i].owner)
		if err != nil {
			return nil, nil, err
		}
		if ok && owner.State == store.LedgerRolledBack {
			gone = append(gone, lines[i].Seq)
			continue
		}
		stay = append(stay, lines[i])
	}
	return gone, stay, nil
}

// looseExtras takes back extras that cannot be deleted by themselves and went with their record.
func (x *taking) looseExtras(ctx context.Context, of int64, o model.Object) error {
	return x.j.DB.Write(ctx, func(tx *store.Tx) error {
		page, err := tx.ExtrasByRun(of, o, 1<<31)
		if err != nil {
			return err
		}
		var gone []store.Extra
		for _, e := range page {
			if !x.j.Target.Kind.Caps.Undeletable(e.Target) {
				continue
			}
			line, ok, err := tx.LedgerOf(e.Seq)
			if err != nil {
				return err
			}
			if ok && line.State == store.LedgerRolledBack {
				gone = append(gone, e)
			}
		}
		x.proof.Deleted, x.proof.Absent = x.proof.Deleted+int64(len(gone)), x.proof.Absent+int64(len(gone))
		return tx.TakeBackExtras(gone)
	})
}

func (x *taking) keep(kept []int64, l store.LedgerLine, why string) []int64 {
	if len(x.proof.KeptList) < 100 {
		x.proof.KeptList = append(x.proof.KeptList, fmt.Sprintf("%s %s: %s", l.Object.Word(), l.ID, why))
	}
	return append(kept, l.Seq)
}

// remove deletes lines, proves that they are absent, and writes both down: of one object of
// the target after the other.
func (x *taking) remove(ctx context.Context, o model.Object, going []store.LedgerLine, kept []int64, last bool) error {
	parts := ByTarget(going)
	if len(parts) == 0 {
		parts = append(parts, nil)
	}
	for _, part := range parts {
		if err := x.removeSome(ctx, o, part, kept, last); err != nil {
			return err
		}
		kept = nil
	}
	return nil
}

func (x *taking) removeSome(ctx context.Context, o model.Object, going []store.LedgerLine, kept []int64, last bool) error {
	doomed := make([]connector.Doomed, len(going))
	for i, l := range going {
		doomed[i] = connector.Doomed{Key: model.Key{Object: l.Target, ID: l.ID}, Version: l.Version}
	}
	seqs := seqsOf(going)
	tied := map[int64][]store.LedgerLine{}
	err := x.j.DB.Write(ctx, func(tx *store.Tx) error {
		for _, seq := range seqs {
			below, err := x.j.Tied(tx, seq)
			if err != nil {
				return err
			}
			tied[seq] = below
			if err := tx.Doom(0, seqsOf(below)); err != nil {
				return err
			}
			if err := x.j.eachTiedExtra(tx, append(below, store.LedgerLine{Seq: seq}), func(e store.Extra) error { return tx.Doom(e.N, []int64{e.Seq}) }); err != nil {
				return err
			}
		}
		return tx.Doom(0, seqs)
	})
	if err != nil {
		return err
	}
	outcomes, failure := x.erase(ctx, doomed)
	deleted, spared := []int64{}, []int64{}
	for i, l := range going {
		if i >= len(outcomes) {
			break
		}
		switch out := outcomes[i]; {
		case out.State == connector.Deleted:
			deleted = append(deleted, l.Seq)
		case out.State == connector.Touched:
			kept = x.keep(kept, l, "changed in the target since")
		case out.State == connector.Unknown || out.State == connector.Unsent: // the failure says why
		case out.Err != nil && out.Err.Code == connector.CodeInUse && !last:
			x.stuck[o] = append(x.stuck[o], l)
			spared = append(spared, l.Seq)
		case out.Err != nil:
			kept = x.keep(kept, l, out.Err.What)
		}
	}
	absent, err := x.j.absent(ctx, x.p, x.finder, going, deleted)
	if err != nil {
		failure = errors.Join(failure, err)
	}
	x.proof.Deleted, x.proof.Kept, x.proof.Absent = x.proof.Deleted+int64(len(deleted)), x.proof.Kept+int64(len(kept)), x.proof.Absent+absent
	if err := x.j.DB.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if err := tx.Spare(0, spared); err != nil {
			return err
		}
		if err := tx.TakeBack(x.run, o, deleted, kept); err != nil {
			return err
		}
		for _, seq := range deleted {
			if err := x.j.takeBackTied(tx, x.run, tied[seq], seq); err != nil {
				return err
			}
			x.proof.Deleted, x.proof.Absent = x.proof.Deleted+int64(len(tied[seq])), x.proof.Absent+int64(len(tied[seq]))
		}
		for _, seq := range append(kept, spared...) {
			if err := tx.Spare(0, seqsOf(tied[seq])); err != nil {
				return err
			}
			err := x.j.eachTiedExtra(tx, append(tied[seq], store.LedgerLine{Seq: seq}), func(e store.Extra) error { return tx.Spare(e.N, []int64{e.Seq}) })
			if err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	x.p.Add(int64(len(deleted)+len(kept)), int64(len(kept)))
	return failure
}

// Tied lists what goes when a record of the target is deleted, because it cannot be
// deleted by itself.
func (j *Job) Tied(tx *store.Tx, seq int64) ([]store.LedgerLine, error) {
	if len(j.Target.Kind.Caps.NotDeleted) == 0 {
		return nil, nil
	}
	below, err := tx.Below(seq)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(below, func(l store.LedgerLine) bool { return !j.Target.Kind.Caps.Undeletable(l.Target) }), nil
}

// takeBackTied commits that records went with what they belonged to, the owners, and what
// belonged to these beside themselves.
func (j *Job) takeBackTied(tx *store.Tx, run int64, lines []store.LedgerLine, owners ...int64) error {
	for _, l := range lines {
		if err := tx.TakeBack(run, l.Object, []int64{l.Seq}, nil); err != nil {
			return err
		}
	}
	for _, seq := range owners {
		lines = append(lines, store.LedgerLine{Seq: seq})
	}
	return j.eachTiedExtra(tx, lines, func(e store.Extra) error {
		if err := tx.Spare(e.N, []int64{e.Seq}); err != nil {
			return err
		}
		return tx.TakeBackExtras([]store.Extra{e})
	})
}

// eachTiedExtra goes through what belongs to records beside themselves and cannot be
// deleted by itself either.
func (j *Job) eachTiedExtra(tx *store.Tx, lines []store.LedgerLine, do func(store.Extra) error) error {
	if len(lines) == 0 || len(j.Target.Kind.Caps.NotDeleted) == 0 {
		return nil
	}
	extras, err := tx.ExtrasOf(seqsOf(lines))
	if err != nil {
		return err
	}
	for _, l := range lines {
		for _, e := range extras[l.Seq] {
			if e.State != store.LedgerCreated && e.State != store.LedgerExisted || !j.Target.Kind.Caps.Undeletable(e.Target) {
				continue
			}
			if err := do(e); err != nil {
				return err
			}
		}
	}
	return nil
}

func seqsOf(lines []store.LedgerLine) []int64 {
	out := make([]int64, len(lines))
	for i, l := range lines {
		out[i] = l.Seq
	}
	return out
}

// erase deletes until each deletion has an answer: one whose answer was lost is simply
// repeated, because what is gone already counts as deleted.
func (x *taking) erase(ctx context.Context, doomed []connector.Doomed) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(doomed))
	open := make([]int, len(doomed))
	for i := range open {
		open[i] = i
	}
	t := NewTrouble(x.j, x.p)
	for len(open) > 0 {
		part := make([]connector.Doomed, len(open))
		for k, i := range open {
			part[k] = doomed[i]
		}
		// A stop must not tear a request apart: it is let finish, and its outcome is kept.
		outcomes, err := x.deleter.Delete(context.WithoutCancel(ctx), part)
		again := open[:0:0]
		for k, i := range open {
			if k < len(outcomes) {
				out[i] = outcomes[k]
			}
			if k >= len(outcomes) || out[i].State == connector.Unknown || out[i].State == connector.Unsent {
				again = append(again, i)
			}
		}
		if err != nil && !Passes(err) {
			return out, err
		}
		if len(again) == 0 {
			return out, nil
		}
		if len(again) < len(open) {
			t.Over()
		}
		if err := t.Wait(ctx, err); err != nil {
			return out, err
		}
		open = again
	}
	return out, nil
}

// again tries what others pointed to, as long as some of it goes; at last the links
// among the rest are cleared, so that records that point to each other can go too.
func (x *taking) again(ctx context.Context, objects []model.Object) error {
	for pass := 0; ; pass++ {
		before := x.waiting()
		if before == 0 {
			return nil
		}
		for _, o := range objects {
			lines := x.stuck[o]
			delete(x.stuck, o)
			for len(lines) > 0 {
				n := min(len(lines), 100)
				if err := x.p.Checkpoint(ctx); err != nil {
					return err
				}
				if err := x.remove(ctx, o, lines[:n], nil, pass > 0 && x.cleared); err != nil {
					return err
				}
				lines = lines[n:]
			}
		}
		if x.waiting() < before {
			continue
		}
		if x.cleared {
			return nil
		}
		if err := x.clear(ctx); err != nil {
			return err
		}
	}
}

func (x *taking) waiting() (n int) {
	for _, l := range x.stuck {
		n += len(l)
	}
	return n
}

// takeBackExtras removes what a run created beside the records of an object. What
// belongs to a record that stays, stays.
func (j *Job) takeBackExtras(ctx context.Context, of int64, o model.Object, deleter connector.Deleter, finder connector.Finder, safe map[int64]bool, proof *Proof, p *job.Progress) error {
	for done := map[model.Mark]bool{}; ; {
		if err := p.Checkpoint(ctx); err != nil {
			return err
		}
		var page []store.Extra
		err := j.DB.Read(ctx, func(tx *store.Tx) (err error) {
			page, err = tx.ExtrasByRun(of, o, 100+len(done))
			return err
		})
		if err != nil {
			return err
		}
		var gone []store.Extra
		for _, x := range page {
			if done[x.Mark] || len(gone) >= 100 {
				continue
			}
			done[x.Mark] = true
			if j.Target.Kind.Caps.Undeletable(x.Target) {
				continue // see looseExtras
			}
			if !safe[x.Seq] {
				gone = append(gone, x)
				continue
			}
			proof.Kept++
		}
		if len(gone) == 0 {
			if len(page) < 100+len(done) {
				return nil
			}
			continue
		}
		if err := j.deleteExtras(ctx, gone, deleter, finder, safe, proof, p); err != nil {
			return err
		}
	}
}

func (j *Job) deleteExtras(ctx context.Context, list []store.Extra, deleter connector.Deleter, finder connector.Finder, safe map[int64]bool, proof *Proof, p *job.Progress) error {
	doomed := make([]connector.Doomed, len(list))
	for i, x := range list {
		doomed[i] = connector.Doomed{Key: model.Key{Object: x.Target, ID: x.ID}, Version: x.Version}
	}
	err := j.DB.Write(ctx, func(tx *store.Tx) error {
		for _, x := range list {
			if err := tx.Doom(x.N, []int64{x.Seq}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	outcomes, failure := (&taking{j: j, deleter: deleter, p: p}).erase(ctx, doomed)
	var gone, known []store.Extra
	for i, x := range list {
		if i >= len(outcomes) {
			break
		}
		if s := outcomes[i].State; s != connector.Unknown && s != connector.Unsent {
			known = append(known, x)
		}
		switch out := outcomes[i]; {
		case out.State == connector.Deleted:
			gone = append(gone, x)
		case out.State == connector.Touched:
			safe[x.Seq] = true // people changed a part of it: the rest stays with it
			proof.Kept++
		case out.State == connector.Unknown || out.State == connector.Unsent: // the failure says why
		case out.Err != nil:
			proof.Kept++
		}
	}
	for _, x := range gone {
		found, err := j.present(ctx, p, finder, x.Target, []whom{{x.Mark, x.ID}})
		if err != nil {
			failure = err
			break
		}
		proof.Absent += int64(1 - min(len(found), 1))
	}
	proof.Deleted += int64(len(gone))
	err = j.DB.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		for _, x := range known {
			if err := tx.Spare(x.N, []int64{x.Seq}); err != nil {
				return err
			}
		}
		return tx.TakeBackExtras(gone)
	})
	return errors.Join(err, failure)
}
