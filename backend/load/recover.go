package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
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
	var objects []model.Object
	err := r.j.DB.Read(ctx, func(tx *store.Tx) (err error) {
		objects, err = tx.Objects()
		return err
	})
	if err != nil {
		return err
	}
	// Owners come before what goes along with them, which is looked for inside them.
	for _, o := range r.j.order(objects) {
		for {
			list, sent, err := r.openIntents(ctx, o)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				break
			}
			missing, err := r.ask(ctx, list, nil, sent, nil)
			if err != nil {
				return err
			}
			if err := r.unsend(missing); err != nil {
				return err
			}
		}
	}
	return nil
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
		asked := map[model.Object][]whom{}
		for _, l := range lines {
			asked[l.Target] = append(asked[l.Target], whom{l.Mark, l.ID})
		}
		for _, x := range extras {
			asked[x.Target] = append(asked[x.Target], whom{x.Mark, x.ID})
		}
		there := map[model.Mark]bool{}
		for o, list := range asked {
			some, err := r.j.present(ctx, r.p, finder, o, list)
			if err != nil {
				return err
			}
			for m := range some {
				there[m] = true
			}
		}
		if err := r.j.DB.Write(ctx, func(tx *store.Tx) error { return r.settleDeletions(tx, lines, extras, there) }); err != nil {
			return err
		}
	}
}

func (r *runner) settleDeletions(tx *store.Tx, lines []store.LedgerLine, extras []store.Extra, there map[model.Mark]bool) error {
	tied := map[model.Object][]store.LedgerLine{}
	for _, l := range lines {
		if r.j.Target.Kind.Caps.Undeletable(l.Target) {
			tied[l.Object] = append(tied[l.Object], l)
			continue
		}
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
	objects, err := tx.Objects()
	if err != nil {
		return err
	}
	for _, o := range r.j.order(objects) { // it went if what it belonged to went
		gone, stay, err := r.j.goneWithOwner(tx, tied[o])
		if err != nil {
			return err
		}
		went := slices.DeleteFunc(slices.Clone(tied[o]), func(l store.LedgerLine) bool { return !slices.Contains(gone, l.Seq) })
		if err := r.j.takeBackTied(tx, r.run.ID, went); err != nil {
			return err
		}
		if err := tx.Spare(0, seqsOf(stay)); err != nil {
			return err
		}
	}
	for _, x := range extras {
		if err := tx.Spare(x.N, []int64{x.Seq}); err != nil {
			return err
		}
		gone := !there[x.Mark]
		if r.j.Target.Kind.Caps.Undeletable(x.Target) { // it went if its record went
			line, ok, err := tx.LedgerOf(x.Seq)
			if err != nil {
				return err
			}
			gone = ok && line.State == store.LedgerRolledBack
		}
		if gone {
			if err := tx.TakeBackExtras([]store.Extra{x}); err != nil {
				return err
			}
		}
	}
	return nil
}

// openIntents gives the next records of an object, and their extras, of which a crash left
// open whether they arrived, and when the last of them was sent.
func (r *runner) openIntents(ctx context.Context, o model.Object) (list []parcel, sent time.Time, err error) {
	newest := func(stamp string) error {
		at, err := time.Parse(time.RFC3339, stamp)
		if err == nil && at.After(sent) {
			sent = at
		}
		return err
	}
	err = r.j.DB.Read(ctx, func(tx *store.Tx) error {
		open, err := tx.OpenIntentsOf(o, 1000)
		if err != nil {
			return err
		}
		waits, err := tx.WaitsForMore(open)
		if err != nil {
			return err
		}
		for _, l := range open {
			x := parcel{of: Object{Object: o, Target: l.Target}, seq: l.Seq, draft: model.Draft{Mark: l.Mark, Object: l.Target, Source: model.Key{Object: o, ID: l.Source}}}
			if waits[l.Seq] {
				x.extras = []extraDraft{{}} // only that there are some matters here
			}
			list = append(list, x)
			if err := newest(l.At); err != nil {
				return fmt.Errorf("ledger time of %s %s: %w", o, l.Source, err)
			}
		}
		if len(open) > 0 { // a file that hangs on a record is looked for once that is settled
			return r.remember(tx, o, list)
		}
		extras, err := tx.OpenExtras(o, 1000)
		if err != nil {
			return err
		}
		for _, x := range extras {
			list = append(list, parcel{of: Object{Object: o, Target: x.Target}, seq: x.Seq, n: x.N, what: x.What, draft: model.Draft{Mark: x.Mark, Object: x.Target, Source: model.Key{Object: o}}})
			if err := newest(x.At); err != nil {
				return fmt.Errorf("ledger time of an extra of %s: %w", o, err)
			}
		}
		return r.remember(tx, o, list)
	})
	return list, sent, err
}

// remember makes the drafts again of what cannot be found by its mark alone. One that would
// look different by now keeps no draft: nobody can tell any more whether it arrived.
func (r *runner) remember(tx *store.Tx, o model.Object, list []parcel) error {
	items := []store.PlanItem{}
	for _, x := range list {
		if !r.j.Target.Kind.Caps.Marked(x.draft.Object) && (len(items) == 0 || items[len(items)-1].Seq != x.seq) {
			items = append(items, store.PlanItem{Seq: x.seq})
		}
	}
	if len(items) == 0 {
		return nil
	}
	seqs := make([]int64, len(items))
	for i, it := range items {
		seqs[i] = it.Seq
	}
	hashes, err := tx.DraftHashes(seqs)
	if err != nil {
		return err
	}
	rows, err := tx.RowsAt(o, items)
	if err != nil {
		return err
	}
	made, err := r.j.prepare(tx, rows, newLookup(0), inTarget)
	if err != nil {
		return err
	}
	bySeq := map[int64]*prepared{}
	for i := range made {
		bySeq[made[i].seq] = &made[i]
	}
	for i := range list {
		x := &list[i]
		p := bySeq[x.seq]
		if p == nil || r.j.Target.Kind.Caps.Marked(x.draft.Object) {
			continue
		}
		x.owner = p.ownerID
		if x.n == 0 {
			x.draft.Fields, x.draft.Links, x.draft.File = p.draft.Fields, p.draft.Links, p.draft.File
			x.changed = p.hash == nil || !bytes.Equal(p.hash, hashes[x.seq])
			continue
		}
		x.changed = true
		for _, e := range p.extras {
			if e.n != x.n {
				continue
			}
			x.draft.Fields, x.draft.Links, x.draft.File, x.changed = e.draft.Fields, e.draft.Links, e.draft.File, false
			if e.owner != "" { // it hangs on the record itself
				line, _, err := tx.LedgerOf(x.seq)
				if err != nil {
					return err
				}
				x.owner = model.Key{Object: line.Target, ID: line.ID}
			}
		}
	}
	return nil
}

// ask finds out which parcels of unknown outcome arrived, and which of lost, whose owners
// did. Those that did are settled; those that surely did not are given back, parts of
// what is there wait for their turn. Where the target can't be asked, the records are held
// and say so.
func (r *runner) ask(ctx context.Context, unknown, lost []parcel, sent time.Time, ids map[int64]string) (missing []parcel, err error) {
	if err := r.travel(ctx, unknown, lost, sent); err != nil {
		return nil, err
	}
	finder, _ := r.j.Target.Conn.(connector.Finder)
	var items []settled
	var nobodyKnows []parcel
	for o, list := range byTarget(unknown) {
		if finder == nil || !r.j.Target.Kind.Caps.Marked(o) {
			lost = append(lost, list...)
			continue
		}
		marks := make([]model.Mark, len(list))
		for i, x := range list {
			marks[i] = x.draft.Mark
		}
		found, err := r.j.findPatiently(ctx, r.p, finder, o, marks)
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			f, ok := found[x.draft.Mark]
			if !ok {
				missing = append(missing, x)
				continue
			}
			items = append(items, settled{parcel: x, state: store.LedgerExisted, id: f.Key.ID, version: f.Version, half: r.inSteps(o)})
			lost = append(lost, owned(x, f.Key)...)
		}
	}
	// Parts are looked for in what they belong to, level by level.
	for len(lost) > 0 {
		var deeper []parcel
		there, gone, unclear, err := r.seek(ctx, finder, lost)
		if err != nil {
			return nil, err
		}
		for _, s := range there {
			s.half = r.inSteps(s.draft.Object)
			items = append(items, s)
			deeper = append(deeper, owned(s.parcel, model.Key{Object: s.draft.Object, ID: s.id})...)
		}
		missing, nobodyKnows = append(missing, gone...), append(nobodyKnows, unclear...)
		lost = deeper
	}
	for _, x := range nobodyKnows {
		items = append(items, settled{parcel: x, state: store.LedgerUnknown, problems: []*problem.Problem{outcomeUnknown(model.Key{Object: x.of.Object, ID: x.draft.Source.ID})}})
	}
	// A part of something that is there waits for its turn, it does not go again at once.
	alone := []parcel{}
	rest := missing[:0:0]
	for _, x := range missing {
		if x.part {
			alone = append(alone, x)
		} else {
			rest = append(rest, x)
		}
	}
	return rest, errors.Join(r.settle(items, ids), r.unsend(alone))
}

// seek looks for parcels whose owners are in the target.
func (r *runner) seek(ctx context.Context, finder connector.Finder, list []parcel) (there []settled, gone, unclear []parcel, err error) {
	var inside []parcel
	found := map[model.Mark]connector.Found{}
	for o, some := range byTarget(list) {
		if finder == nil || !r.j.Target.Kind.Caps.Marked(o) {
			for _, x := range some {
				_, part := r.j.Target.Kind.Caps.Whole(o)
				if x.changed && x.owner.ID != "" || !part {
					unclear = append(unclear, x)
				} else {
					inside = append(inside, x)
				}
			}
			continue
		}
		marks := make([]model.Mark, len(some))
		for i, x := range some {
			marks[i] = x.draft.Mark
		}
		got, err := r.j.findPatiently(ctx, r.p, finder, o, marks)
		if err != nil {
			return nil, nil, nil, err
		}
		for m, f := range got {
			found[m] = f
		}
	}
	got, lost, err := r.locate(ctx, inside)
	if err != nil {
		return nil, nil, nil, err
	}
	for m, f := range got {
		found[m] = f
	}
	unclear = append(unclear, lost...)
	for _, x := range list {
		f, ok := found[x.draft.Mark]
		switch {
		case ok:
			there = append(there, settled{parcel: x, state: store.LedgerExisted, id: f.Key.ID, version: f.Version})
		case !contains(unclear, x):
			gone = append(gone, x)
		}
	}
	return there, gone, unclear, nil
}

func contains(list []parcel, x parcel) bool {
	return slices.ContainsFunc(list, func(y parcel) bool { return y.seq == x.seq && y.n == x.n })
}

// inSteps says that a record of the target which was found after a lost answer may be half made.
func (r *runner) inSteps(o model.Object) bool {
	_, can := r.j.Target.Conn.(connector.Updater)
	half := can && slices.Contains(r.j.Target.Kind.Caps.Steps, o)
	if half {
		r.halves.Store(true)
	}
	return half
}

// owned gives the parts of a parcel with the key of what they belong to.
func owned(x parcel, owner model.Key) []parcel {
	out := slices.Clone(x.parts)
	for i := range out {
		out[i].owner = owner
	}
	return out
}

func byTarget(list []parcel) map[model.Object][]parcel {
	out := map[model.Object][]parcel{}
	for _, x := range list {
		out[x.draft.Object] = append(out[x.draft.Object], x)
	}
	return out
}

// travel waits until the last request can't be under way any more and what was written can be found.
func (r *runner) travel(ctx context.Context, unknown, lost []parcel, sent time.Time) error {
	caps := r.j.Target.Kind.Caps
	_, canFind := r.j.Target.Conn.(connector.Finder)
	_, canSeek := r.j.Target.Conn.(connector.PartFinder)
	if len(unknown)+len(lost) == 0 || !canFind && !canSeek {
		return nil
	}
	travel := caps.Travel
	if travel == 0 {
		travel = 30 * time.Second
	}
	full := travel + caps.FindLag
	wait := full
	if now := time.Now(); sent.Before(now) { // a clock that was set back shortens nothing
		wait = min(max(sent.Add(full).Sub(now), 0), full)
	}
	if wait >= time.Second {
		r.p.Waiting(fmt.Sprintf("waiting %d seconds to ask %s what arrived: an answer was lost", int(wait/time.Second), r.j.Target.Kind.Title))
		defer r.p.Waiting("")
	}
	return Sleep(ctx, r.p, wait)
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
func (r *runner) adopt(ctx context.Context, batch []parcel) ([]parcel, error) {
	finder, ok := r.j.Target.Conn.(connector.Finder)
	if !ok {
		return batch, nil
	}
	var look []parcel
	for _, x := range batch {
		if !x.sent {
			look = append(look, x)
		}
	}
	var known []parcel
	var there []settled
	for len(look) > 0 {
		got, _, _, err := r.seek(ctx, finder, look)
		if err != nil {
			return nil, err
		}
		look = nil
		for _, s := range got {
			alone := s.parcel
			alone.parts = nil // each of them is found by itself, or waits for its turn
			known = append(known, alone)
			s.parcel = alone
			there = append(there, s)
			look = append(look, owned(parcel{parts: partsIn(batch, s.seq, s.n)}, model.Key{Object: s.draft.Object, ID: s.id})...)
		}
	}
	if len(there) == 0 {
		return batch, nil
	}
	for i := range batch {
		if contains(known, batch[i]) {
			batch[i].sent, batch[i].parts = true, nil
		}
	}
	if err := r.intend(known); err != nil {
		return nil, err
	}
	return batch, r.settle(there, nil)
}

// partsIn finds the parts of a parcel, wherever it is among others.
func partsIn(list []parcel, seq int64, n int) []parcel {
	for _, x := range list {
		if x.seq == seq && x.n == n {
			return x.parts
		}
		if found := partsIn(x.parts, seq, n); found != nil {
			return found
		}
	}
	return nil
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
	if !j.Target.Kind.Caps.Marked(o) {
		return out, nil // they carry no mark: whoever needs them reads them by their ids
	}
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

// whom names a record of the target by our mark and by its own id.
type whom struct {
	mark model.Mark
	id   string
}

// present tells which records are in the target: by their marks, or by their ids where they
// carry none. What can't be asked for counts as there: it is only ever deleted once more.
func (j *Job) present(ctx context.Context, p *job.Progress, finder connector.Finder, o model.Object, list []whom) (map[model.Mark]bool, error) {
	out := map[model.Mark]bool{}
	if j.Target.Kind.Caps.Marked(o) {
		marks := make([]model.Mark, len(list))
		for i, w := range list {
			marks[i] = w.mark
		}
		found, err := j.findPatiently(ctx, p, finder, o, marks)
		for m := range found {
			out[m] = true
		}
		return out, err
	}
	reader, ok := j.Target.Conn.(connector.Reader)
	var got map[string]model.Record
	if ok {
		ids := make([]string, len(list))
		for i, w := range list {
			ids[i] = w.id
		}
		err := j.patiently(ctx, p, func() (err error) {
			got, err = reader.Read(ctx, o, ids)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for _, w := range list {
		if _, there := got[w.id]; there || !ok {
			out[w.mark] = true
		}
	}
	return out, nil
}
