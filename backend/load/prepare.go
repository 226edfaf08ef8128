package load

import (
	"slices"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// prepared is a record on its way to the target: what is sent for it, or why nothing is.
type prepared struct {
	seq   int64
	row   store.Row
	draft model.Draft
	// hash of the draft before its links were resolved and it was made to fit.
	hash []byte
	// later are links that can only be set once what they lead to exists.
	later []store.LaterLink
	// hoped are links to what stays behind: set should it come after all.
	hoped []store.LaterLink
	// extras are what the target needs beside the record itself.
	extras []extraDraft
	losses []store.Loss
	why    []*problem.Problem
	// aside: a person chose to keep such records out of the move, in the archive.
	aside string
	// owner is the record that the target takes this one together with; 0: none. ownerID
	// is its id once it is there.
	owner   int64
	ownerID model.Key
	// addresses in its texts that lead to records of the old desk.
	addresses []address
	// moment by which its thread is read.
	moment time.Time
}

// extraDraft is a record that is created beside another one, after it.
type extraDraft struct {
	n     int
	what  string
	draft model.Draft
	// owner is the link that leads to the record it belongs to; empty: none.
	owner string
}

// prepare makes what will be sent for records: their drafts with content, links settled
// by how, made to fit what the target can hold.
func (j *Job) prepare(tx *store.Tx, rows []store.Row, known *lookup, how func(store.Row, store.Spot) reach) ([]prepared, error) {
	out := make([]prepared, len(rows))
	drafts := make([]model.Draft, len(rows))
	for i, row := range rows {
		p := &out[i]
		p.seq, p.row = row.Seq, row
		if err := j.draftInto(tx, p); err != nil {
			return nil, err
		}
		drafts[i] = p.draft
		if len(p.why) > 0 || p.aside != "" {
			continue
		}
		var err error
		if p.hash, err = hashOf(p.draft); err != nil {
			return nil, err
		}
		p.addresses = j.addressesIn(p.draft)
	}
	refs := refsOf(drafts)
	for i := range out {
		refs = append(refs, refsIn(out[i].addresses)...)
	}
	spots, err := known.resolve(tx, refs)
	if err != nil {
		return nil, err
	}
	for i := range out {
		p := &out[i]
		if len(p.why) > 0 || p.aside != "" {
			j.findOwner(p, spots)
			continue
		}
		swapped := j.settleLinks(p, spots, func(s store.Spot) reach { return how(p.row, s) })
		if len(p.why) > 0 {
			continue
		}
		j.redirect(p, spots, func(s store.Spot) reach { return how(p.row, s) })
		p.moment = j.moment(p.draft)
		if err := j.witness(tx, p, swapped, spots); err != nil {
			return nil, err
		}
		if err := j.fit(p); err != nil {
			return nil, err
		}
		j.archive(p)
	}
	return out, nil
}

// settleLinks gives the links of a draft their goals. It gives the fields in which
// somebody else stands in for whom the source named.
func (j *Job) settleLinks(p *prepared, spots map[model.Ref]store.Spot, how func(store.Spot) reach) (swapped map[string]bool) {
	links := make([]model.DraftLink, 0, len(p.draft.Links))
	j.findOwner(p, spots)
	shape, _ := j.Target.Schema.Object(p.draft.Object)
	for _, l := range p.draft.Links {
		substitutes := Instead(l)
		l.To = j.fitting(shape, l, spots)
		x, why := settleLink(l, spots, how, substitutes)
		switch {
		case why != nil:
			p.why = append(p.why, p.at(why))
		case x.reach == coming:
			p.later = append(p.later, store.LaterLink{Seq: p.seq, Object: p.row.Record.Key.Object, Field: l.Field, To: x.at.Seq})
		case x.reach == there:
			l.Target = model.Key{Object: j.targetOf(x.at, l), ID: x.at.TargetID}
			links = append(links, l)
		default:
			p.lose(LossLinkEmpty, l.Field)
			if x.at.Seq != 0 {
				p.hoped = append(p.hoped, store.LaterLink{Seq: p.seq, Object: p.row.Record.Key.Object, Field: l.Field, To: x.at.Seq})
			}
		}
		if x.swapped {
			if swapped == nil {
				swapped = map[string]bool{}
			}
			swapped[l.Field] = true
		}
	}
	p.draft.Links = links
	return swapped
}

// fitting leaves out what a link of the target cannot lead to: staff who are customers in
// the target cannot be assigned a ticket.
func (j *Job) fitting(shape model.ObjectSchema, l model.DraftLink, spots map[model.Ref]store.Spot) []model.Ref {
	f, ok := shape.Field(l.Field)
	if !ok || len(f.To) == 0 {
		return l.To
	}
	fits := func(ref model.Ref) bool {
		s, known := spots[ref]
		if !known {
			return true
		}
		targets := j.targets(s)
		return len(targets) == 0 || slices.ContainsFunc(targets, func(t model.Object) bool { return slices.Contains(f.To, t) })
	}
	for i, ref := range l.To {
		if fits(ref) {
			continue
		}
		out := slices.Clone(l.To[:i])
		for _, ref := range l.To[i+1:] {
			if fits(ref) {
				out = append(out, ref)
			}
		}
		return out
	}
	return l.To
}

// at says of which record a problem is.
func (p *prepared) at(why *problem.Problem) *problem.Problem {
	w := why.Where
	w.Object, w.Record = string(p.row.Record.Key.Object), p.row.Record.Key.ID
	return why.At(w)
}

// lose notes that the target will not have something as the source has it.
func (p *prepared) lose(code, field string) {
	p.losses = append(p.losses, store.Loss{Seq: p.seq, Code: code, Field: field})
}

// inTarget is the reach of what exists in the target already.
func inTarget(_ store.Row, s store.Spot) reach {
	if s.TargetID != "" {
		return there
	}
	return nowhere
}

// targetOf finds what kind of record a resolved link leads to in the target.
func (j *Job) targetOf(at store.Spot, l model.DraftLink) model.Object {
	if t := j.targets(at); len(t) > 0 {
		return t[0]
	}
	return l.To[0].Object
}

// lookup finds where references lead, and remembers those that will not change while
// one plan is made or carried out: messages ask for the same ticket and people again and again.
type lookup struct {
	plan       int64
	young, old map[model.Ref]store.Spot
}

// lookupSize bounds each of the two generations of what is remembered.
const lookupSize = 20_000

func newLookup(plan int64) *lookup { return &lookup{plan: plan, young: map[model.Ref]store.Spot{}} }

func (l *lookup) resolve(tx *store.Tx, refs []model.Ref) (map[model.Ref]store.Spot, error) {
	out := make(map[model.Ref]store.Spot, len(refs))
	ask := refs[:0:0]
	for _, r := range refs {
		if _, ok := out[r]; ok {
			continue
		}
		s, ok := l.young[r]
		if !ok {
			if s, ok = l.old[r]; ok {
				l.keep(r, s)
			}
		}
		if ok {
			out[r] = s
			continue
		}
		ask = append(ask, r)
	}
	if len(ask) == 0 {
		return out, nil
	}
	found, err := tx.Resolve(ask, l.plan)
	if err != nil {
		return nil, err
	}
	for r, s := range found {
		out[r] = s
		if s.TargetID != "" {
			l.keep(r, s)
		}
	}
	return out, nil
}

func (l *lookup) keep(r model.Ref, s store.Spot) {
	if len(l.young) >= lookupSize {
		l.old, l.young = l.young, make(map[model.Ref]store.Spot, lookupSize)
	}
	l.young[r] = s
}
