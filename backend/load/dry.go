package load

import (
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// Dry tells what a plan would hold, without making one: links that lead nowhere, and values
// that the target takes only once. It asks no desk.
type Dry struct {
	prog  *transform.Program
	shape model.Schema
	known *lookup
	taken map[model.Object]*uniques
}

// NewDry begins a dry look at everything that a program moves.
func NewDry(prog *transform.Program, target model.Schema) *Dry {
	return &Dry{prog: prog, shape: target, known: newLookup(0), taken: map[model.Object]*uniques{}}
}

// Links says of each draft for which of its links it would be held.
func (d *Dry) Links(tx *store.Tx, drafts []model.Draft) ([][]*problem.Problem, error) {
	spots, err := d.known.resolve(tx, refsOf(drafts))
	if err != nil {
		return nil, err
	}
	how := func(s store.Spot) reach {
		if s.TargetID != "" {
			return there
		}
		if _, moves := d.prog.Target(s.Object); moves && (s.Fate == model.Pending || s.Fate == model.Held) {
			return there // it may be held itself, and is listed then
		}
		return nowhere
	}
	out := make([][]*problem.Problem, len(drafts))
	for i, draft := range drafts {
		for _, l := range draft.Links {
			if _, why := settleLink(l, spots, how, Instead(l)); why != nil {
				w := why.Where
				w.Object, w.Record = string(draft.Source.Object), draft.Source.ID
				out[i] = append(out[i], why.At(w))
			}
		}
	}
	return out, nil
}

// Clash says whether an earlier draft has a value already that the target takes only once.
// Ask it in the order of the stage.
func (d *Dry) Clash(draft model.Draft) *problem.Problem {
	if d.taken[draft.Object] == nil {
		d.taken[draft.Object] = newUniques(d.shape, draft.Object)
	}
	return d.taken[draft.Object].clash(draft)
}
