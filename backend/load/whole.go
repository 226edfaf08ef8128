package load

import (
	"bytes"
	"context"
	"slices"
	"time"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Real desks take some records only together with the one that they belong to: the files of
// a message inside the message, the first message of a ticket, or all of them, inside the
// ticket (connector.Whole). The plan notes which records go along with which; the run puts
// them into one parcel, whose intents are committed together and whose outcomes come one by one.

// CodePartWaits says that a record waits because a part, which the target takes only together with it, is held.
const CodePartWaits problem.Code = "load.part_waits"

// findOwner finds the record that the target takes a prepared one together with.
func (j *Job) findOwner(p *prepared, spots map[model.Ref]store.Spot) {
	w, ok := j.Target.Kind.Caps.Whole(p.draft.Object)
	if !ok {
		return
	}
	shape, _ := j.Target.Schema.Object(p.draft.Object)
	for _, l := range p.draft.Links {
		if f, ok := shape.Field(l.Field); !ok || !f.Parent {
			continue
		}
		for _, ref := range l.To {
			s, ok := spots[ref]
			if !ok {
				continue
			}
			if slices.Contains(j.targets(s), w.Owner) {
				p.owner, p.ownerID = s.Seq, model.Key{Object: w.Owner, ID: s.TargetID}
				return
			}
		}
	}
}

// ledBy gives the links of a draft, the one to its owner now with the owner's id.
func (j *Job) ledBy(d model.Draft, owner model.Key) []model.DraftLink {
	shape, _ := j.Target.Schema.Object(d.Object)
	links := slices.Clone(d.Links)
	for i, l := range links {
		if f, ok := shape.Field(l.Field); ok && f.Parent && l.Target.ID == "" && l.Target.Object == owner.Object {
			links[i].Target = owner
		}
	}
	return links
}

// partsOf lists the objects of the plan whose records go along with those of an object of the target.
func (r *runner) partsOf(owner model.Object) (out []Object, first map[model.Object]bool) {
	first = map[model.Object]bool{}
	for _, o := range r.sum.Objects {
		if w, ok := r.j.Target.Kind.Caps.Whole(o.Target); ok && w.Owner == owner && o.Create > 0 {
			out = append(out, o)
			first[o.Object] = w.First
		}
	}
	return out, first
}

// addParts puts into parcels of one object of the target what goes along with them. torn
// are those that cannot go, because one of their parts cannot.
func (r *runner) addParts(tx *store.Tx, target model.Object, list []parcel) (torn map[int64]*problem.Problem, err error) {
	objects, first := r.partsOf(target)
	torn = map[int64]*problem.Problem{}
	place := map[int64]int{}
	owners := []int64{}
	for i, x := range list {
		if x.sent {
			continue // its parts are sent by themselves
		}
		place[x.seq] = i
		owners = append(owners, x.seq)
	}
	if len(owners) == 0 {
		return torn, nil
	}
	for _, o := range objects {
		parts, held, err := r.partsOfOne(tx, o, owners, first[o.Object])
		if err != nil {
			return nil, err
		}
		for seq, why := range held {
			torn[seq] = why
		}
		for _, p := range parts {
			x := &list[place[p.ownerSeq]]
			x.parts = append(x.parts, p.parcel)
		}
	}
	for i := range list {
		r.fold(&list[i])
		list[i].draft.Parts = draftsOf(list[i].parts)
	}
	return torn, nil
}

func draftsOf(parts []parcel) []model.Draft {
	out := make([]model.Draft, len(parts))
	for i, p := range parts {
		out[i] = p.draft
	}
	return out
}

// fold puts those extras into a parcel that the target takes only together with it. They
// stay on its list: the record is moved once each of them is there.
func (r *runner) fold(x *parcel) {
	for _, e := range x.extras {
		if w, ok := r.j.Target.Kind.Caps.Whole(e.draft.Object); ok && !w.First && w.Owner == x.draft.Object && e.owner != "" {
			x.parts = append(x.parts, parcel{of: x.of, seq: x.seq, n: e.n, what: e.what, draft: e.draft, part: true})
		}
	}
}

// partParcel is a part and the record that it goes along with.
type partParcel struct {
	parcel
	ownerSeq int64
	at       time.Time
}

// partsOfOne prepares what goes along of one object: all of it, or just the first of each owner.
func (r *runner) partsOfOne(tx *store.Tx, o Object, owners []int64, first bool) (out []partParcel, torn map[int64]*problem.Problem, err error) {
	items, err := tx.PartItems(r.plan.ID, o.Object, owners)
	if err != nil || len(items) == 0 {
		return nil, nil, err
	}
	rows, err := tx.RowsAt(o.Object, items)
	if err != nil {
		return nil, nil, err
	}
	owner, planned := map[int64]int64{}, map[int64][]byte{}
	for _, it := range items {
		owner[it.Seq], planned[it.Seq] = it.Whole, it.Draft
	}
	rows = slices.DeleteFunc(rows, func(row store.Row) bool { return row.Fate != model.Pending })
	made, err := r.j.prepare(tx, rows, r.known, func(row store.Row, s store.Spot) reach {
		if s.Seq == owner[row.Seq] {
			return there // in the same request
		}
		return r.reach(row, s)
	})
	if err != nil {
		return nil, nil, err
	}
	torn = map[int64]*problem.Problem{}
	for _, p := range made {
		switch {
		case len(p.why) > 0 && first:
			continue // it is refused when its turn comes
		case len(p.why) > 0:
			torn[owner[p.seq]] = partWaits(p.row, p.why[0])
			continue
		case p.hash == nil || !bytes.Equal(p.hash, planned[p.seq]):
			return nil, nil, stale(p.row.Record.Key)
		}
		out = append(out, partParcel{
			parcel:   parcel{of: o, seq: p.seq, draft: p.draft, hash: p.hash, later: append(p.later, p.hoped...), extras: p.extras, part: true},
			ownerSeq: owner[p.seq], at: p.moment,
		})
	}
	slices.SortStableFunc(out, func(a, b partParcel) int {
		if a.ownerSeq != b.ownerSeq {
			return int(a.ownerSeq - b.ownerSeq)
		}
		return a.at.Compare(b.at)
	})
	if first {
		out = slices.CompactFunc(out, func(a, b partParcel) bool { return a.ownerSeq == b.ownerSeq })
	}
	inner := make([]parcel, len(out))
	for i, p := range out {
		inner[i] = p.parcel
	}
	deeper, err := r.addParts(tx, o.Target, inner)
	if err != nil {
		return nil, nil, err
	}
	whole := make([]partParcel, 0, len(out)) // not out itself: it may grow faster
	for i, p := range out {
		if why := deeper[p.seq]; why != nil {
			if !first {
				torn[p.ownerSeq] = why
			}
			continue
		}
		p.parcel = inner[i]
		whole = append(whole, p)
		if first {
			continue
		}
		// The rest of a long text can only go along too, right behind its beginning.
		for _, e := range p.extras {
			if e.owner != "" {
				continue // it is inside already
			}
			whole = append(whole, partParcel{ownerSeq: p.ownerSeq, parcel: parcel{of: o, seq: p.seq, n: e.n, what: e.what, draft: e.draft, part: true}})
		}
	}
	return whole, torn, nil
}

// moment by which a thread is read; zero when the target knows none.
func (j *Job) moment(d model.Draft) time.Time {
	shape, _ := j.Target.Schema.Object(d.Object)
	for _, f := range shape.Fields {
		if f.Ordering {
			at, _ := d.Fields[f.Name].(time.Time) // nothing is the zero time: first
			return at
		}
	}
	return time.Time{}
}

func partWaits(part store.Row, why *problem.Problem) *problem.Problem {
	word := part.Record.Key.Object.Word()
	because := "This desk takes it only together with all that belongs to it."
	if why != nil {
		because += " The " + word + ": " + why.What
	}
	return problem.New(CodePartWaits, "One "+word+" that belongs to it is held back.", because,
		"Settle what holds the "+word+" back, or leave it out; then try these records again.").At(problem.Place{Value: part.Record.Key.ID})
}

func ownerWaits(owner store.Row) *problem.Problem {
	word := owner.Record.Key.Object.Word()
	return problem.New(CodeLinkWaits, "Its "+word+" is held back.", "This desk takes it only together with its "+word+".",
		"Settle what holds the "+word+" back, or leave it out; then try these records again.").At(problem.Place{Value: owner.Record.Key.ID})
}

func stale(k model.Key) *problem.Problem {
	return problem.New(CodeStale, "A record changed since the plan was made.",
		"A run only does what its plan showed, so it stopped before sending that record.", "Make a new plan, then start it: what is moved already stays as it is.").
		At(problem.Place{Object: string(k.Object), Record: k.ID})
}

// settleWholes holds what cannot go because something that would have to go along is held.
func (pl *planner) settleWholes(ctx context.Context) error {
	var all, any []model.Object // parts that all go along, and parts of any kind
	for _, o := range pl.order {
		t, _ := pl.j.Program.Target(o)
		if w, ok := pl.j.Target.Kind.Caps.Whole(t); ok {
			any = append(any, o)
			if !w.First {
				all = append(all, o)
			}
		}
	}
	if len(any) == 0 {
		return nil
	}
	for {
		var torn []store.Torn
		err := pl.j.DB.Write(ctx, func(tx *store.Tx) error {
			owners, err := tx.TornOwners(pl.plan.ID, all, planPage)
			if err != nil {
				return err
			}
			parts, err := tx.TornParts(pl.plan.ID, any, planPage)
			if err != nil {
				return err
			}
			for i, x := range append(owners, parts...) {
				why := ownerWaits(x.By)
				if i < len(owners) {
					why = partWaits(x.By, nil)
				}
				w := why.Where
				w.Object = string(x.Object)
				if err := tx.HoldItem(pl.plan.ID, x.Object, x.Seq, why.At(w)); err != nil {
					return err
				}
				torn = append(torn, x)
			}
			return nil
		})
		if err != nil || len(torn) == 0 {
			return err
		}
		for _, x := range torn {
			if err := pl.heldAfterAll(ctx, x.Object, x.Seq); err != nil {
				return err
			}
		}
	}
}

// locate finds out which of these parcels are in the target, through what they belong to,
// which is there. What can't be told is settled as unknown.
func (r *runner) locate(ctx context.Context, list []parcel) (found map[model.Mark]connector.Found, unknown []parcel, err error) {
	found = map[model.Mark]connector.Found{}
	groups := map[model.Key]map[model.Object][]parcel{}
	order := []model.Key{}
	for _, x := range list {
		if x.owner.ID == "" {
			continue // what it belongs to is not there, so it isn't either
		}
		if groups[x.owner] == nil {
			groups[x.owner] = map[model.Object][]parcel{}
			order = append(order, x.owner)
		}
		groups[x.owner][x.draft.Object] = append(groups[x.owner][x.draft.Object], x)
	}
	finder, can := r.j.Target.Conn.(connector.PartFinder)
	for _, owner := range order {
		for _, parts := range groups[owner] {
			if !can {
				unknown = append(unknown, parts...)
				continue
			}
			var got map[model.Mark]connector.Found
			err := r.j.patiently(ctx, r.p, func() (err error) {
				got, err = finder.FindParts(ctx, owner, draftsOf(parts))
				return err
			})
			if ctx.Err() != nil {
				return nil, nil, ctx.Err()
			}
			if err != nil {
				if Passes(err) {
					return nil, nil, err
				}
				unknown = append(unknown, parts...)
				continue
			}
			for m, f := range got {
				found[m] = f
			}
		}
	}
	return found, unknown, nil
}
