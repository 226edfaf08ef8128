package load

import (
	"context"
	"errors"
	"fmt"

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
		for _, l := range lines {
			if x.safe[l.Seq] {
				kept = x.keep(kept, l, "changed in the target since, or needed by something that was")
				continue
			}
			going = append(going, l)
		}
		if err := x.remove(ctx, o, going, kept, false); err != nil {
			return err
		}
	}
}

func (x *taking) keep(kept []int64, l store.LedgerLine, why string) []int64 {
	if len(x.proof.KeptList) < 100 {
		x.proof.KeptList = append(x.proof.KeptList, fmt.Sprintf("%s %s: %s", Word(l.Object), l.ID, why))
	}
	return append(kept, l.Seq)
}

// remove deletes lines, proves that they are absent, and writes both down.
func (x *taking) remove(ctx context.Context, o model.Object, going []store.LedgerLine, kept []int64, last bool) error {
	doomed := make([]connector.Doomed, len(going))
	for i, l := range going {
		doomed[i] = connector.Doomed{Key: model.Key{Object: l.Target, ID: l.ID}, Version: l.Version}
	}
	seqs := make([]int64, len(going))
	for i, l := range going {
		seqs[i] = l.Seq
	}
	if err := x.j.DB.Write(ctx, func(tx *store.Tx) error { return tx.Doom(0, seqs) }); err != nil {
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
		return tx.TakeBack(x.run, o, deleted, kept)
	}); err != nil {
		return err
	}
	x.p.Add(int64(len(deleted)+len(kept)), int64(len(kept)))
	return failure
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
		found, err := j.findPatiently(ctx, p, finder, x.Target, []model.Mark{x.Mark})
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
