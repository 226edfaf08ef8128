package clean

import (
	"context"
	"encoding/json"
	"sort"
	"strings"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Later is a decision in force whose rule fits records that it does not cover: they were
// read, or changed in the source, after it was decided.
type Later struct {
	Decision store.Decision
	// Count without what goes along; Also counts that, such as the messages of tickets.
	Count    int64
	Also     map[model.Object]int64
	Examples []string
	// Seqs are the places of the first ones, to open them.
	Seqs []int64
}

// FitLater lists the decisions in force that would hit more today, oldest first. Corrections
// of values are not among them: they hold for whatever is read later by themselves.
func FitLater(ctx context.Context, db *store.DB, src model.Schema) ([]Later, error) {
	out := []Later{}
	err := db.Read(ctx, func(tx *store.Tx) error {
		decisions, err := tx.Decisions()
		if err != nil {
			return err
		}
		rules, err := inForce(tx, src)
		if err != nil {
			return err
		}
		for i := len(decisions) - 1; i >= 0; i-- {
			d := decisions[i]
			if d.UndoneAt != "" {
				continue
			}
			l, _, err := later(tx, src, rules, d)
			if err != nil {
				return err
			}
			if l.Count > 0 {
				out = append(out, l)
			}
		}
		return nil
	})
	return out, err
}

// IncludeLater puts the records that a decision in force would hit today under it: they have
// its rule and its reason, and go back with it when it is taken back.
func IncludeLater(ctx context.Context, db *store.DB, src model.Schema, id int64, by model.Person) (d store.Decision, err error) {
	err = db.Write(ctx, func(tx *store.Tx) error {
		if d, err = tx.Decision(id); err != nil {
			return err
		}
		if d.UndoneAt != "" {
			return problem.New("decision.undone", "This decision was already taken back.", "", "Decide anew by its rule.")
		}
		rules, err := inForce(tx, src)
		if err != nil {
			return err
		}
		l, hits, err := later(tx, src, rules, d)
		if err != nil {
			return err
		}
		if l.Count == 0 {
			return problem.New("clean.none", "The decision covers everything that its rule fits.", "Nothing came later, or somebody included it already.", "Look at the list again.")
		}
		if d.Does != store.Correct {
			d, err = tx.Widen(d, fateOf[d.Does], hits, by)
			return err
		}
		s, err := SpecOf(d)
		if err != nil {
			return err
		}
		o, err := s.check(src)
		if err != nil {
			return err
		}
		to, err := json.Marshal(o.to)
		if err != nil {
			return err
		}
		fixes := make([]store.Fix, len(hits))
		for i, h := range hits {
			fixes[i] = store.Fix{Seq: h.Seq, Field: s.Field, How: store.FixLink, Value: string(to)}
		}
		d, err = tx.WidenLinks(d, fixes, by)
		return err
	})
	return d, err
}

var fateOf = map[string]model.Fate{Merge: model.Merged, Archive: model.Archived, LeaveOut: model.LeftOut}

// inForce gives the proposed rules by the decision that put them in force.
func inForce(tx *store.Tx, src model.Schema) (map[int64]Rule, error) {
	all, err := offered(tx, src)
	if err != nil {
		return nil, err
	}
	out := map[int64]Rule{}
	for _, r := range all {
		if r.Applied != 0 {
			out[r.Applied] = r
		}
	}
	return out, nil
}

// later finds what a decision in force would hit besides what it covers, with what goes along.
func later(tx *store.Tx, src model.Schema, rules map[int64]Rule, d store.Decision) (l Later, hits []store.Hit, err error) {
	l = Later{Decision: d, Also: map[model.Object]int64{}, Examples: []string{}, Seqs: []int64{}}
	r, proposed := rules[d.ID]
	switch {
	case proposed:
		hits, err = r.find(tx, d.Settings)
		if err == nil && d.Does == Merge {
			hits, err = joining(tx, d, hits)
		}
	case strings.HasPrefix(d.Rule, "own."):
		hits, err = ownLater(tx, src, d)
	default: // a review of single records, or what a run decided itself: it names its records
		return l, nil, nil
	}
	if err != nil {
		return l, nil, err
	}
	if hits, err = stillFree(tx, hits); err != nil || len(hits) == 0 {
		return l, nil, err
	}
	l.Count = int64(len(hits))
	if l.Examples, err = examples(tx, hits); err != nil {
		return l, nil, err
	}
	for _, h := range hits[:min(len(hits), mostOpened)] {
		l.Seqs = append(l.Seqs, h.Seq)
	}
	if d.Does != Archive && d.Does != LeaveOut {
		return l, hits, nil
	}
	all, err := withChildren(tx, d.Object, hits)
	if err != nil {
		return l, nil, err
	}
	along, err := stillFree(tx, all[len(hits):])
	if err != nil {
		return l, nil, err
	}
	return l, append(all[:len(hits):len(hits)], along...), countAlong(tx, along, l.Also)
}

// ownLater finds what a rule of one's own would hit today. What its field or object is no
// longer there for hits nothing.
func ownLater(tx *store.Tx, src model.Schema, d store.Decision) ([]store.Hit, error) {
	s, err := SpecOf(d)
	if err != nil {
		return nil, err
	}
	if d.Does == store.Correct && s.How != HowOwner {
		return nil, nil
	}
	o, err := s.check(src)
	if err != nil {
		return nil, nil //nolint:nilerr // the source has another shape now; the decision keeps what it covers
	}
	seqs, err := o.find(tx, func(store.Row, map[string]any) {}, func(store.Row, Change) {})
	if err != nil || d.Does != store.Correct {
		return hitsOf(seqs), err
	}
	fixes, err := tx.Fixes()
	if err != nil {
		return nil, err
	}
	given := map[int64]bool{}
	for _, f := range fixes {
		if f.How == store.FixLink && f.Field == s.Field {
			given[f.Seq] = true
		}
	}
	out := []store.Hit{}
	for _, q := range seqs {
		if !given[q] {
			out = append(out, store.Hit{Seq: q})
		}
	}
	return out, nil
}

func stillFree(tx *store.Tx, hits []store.Hit) ([]store.Hit, error) {
	if len(hits) == 0 {
		return nil, nil
	}
	seqs := make([]int64, len(hits))
	for i, h := range hits {
		seqs[i] = h.Seq
	}
	open, err := tx.Free(seqs)
	if err != nil {
		return nil, err
	}
	in := map[int64]bool{}
	for _, s := range open {
		in[s] = true
	}
	out := []store.Hit{}
	for _, h := range hits {
		if in[h.Seq] {
			out = append(out, h)
		}
	}
	return out, nil
}

// joining lets those that came later live on in the record in which the others of a merge do
// already, though they may be fuller: what others became must not become another one again.
func joining(tx *store.Tx, d store.Decision, hits []store.Hit) ([]store.Hit, error) {
	old, err := tx.MergedInto(d.ID)
	if err != nil {
		return nil, err
	}
	into := map[int64]int64{} // a fuller newcomer to the survivor of its group
	for _, h := range hits {
		if old[h.Seq] && !old[h.Survivor] && into[h.Survivor] == 0 {
			into[h.Survivor] = h.Seq
		}
	}
	out := []store.Hit{}
	for _, h := range hits {
		if s := into[h.Survivor]; !old[h.Seq] && s == 0 {
			out = append(out, h) // others of a turned group come the next time, compared with its survivor
		}
	}
	for newcomer, s := range into {
		out = append(out, store.Hit{Seq: newcomer, Survivor: s})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Seq < out[j].Seq })
	return out, nil
}
