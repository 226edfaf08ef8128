package truth

import (
	"context"
	"encoding/json"
	"strings"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Decide puts a rule in force, instead of the one about the object that was: the records
// that match live on in one, which says what the rule calls right.
func Decide(ctx context.Context, db *store.DB, src model.Schema, r Rule, why string, by model.Person) (d store.Decision, err error) {
	r = r.complete(src)
	if err := r.Check(src); err != nil {
		return d, err
	}
	if strings.TrimSpace(why) == "" {
		why = "Several sources know the same record; it moves once, with what the most trusted of them says."
	}
	body, err := json.Marshal(r)
	if err != nil {
		return d, err
	}
	err = db.Write(ctx, func(tx *store.Tx) error {
		before, _, was, err := InForce(tx, r.Object)
		if err != nil {
			return err
		}
		if was {
			if err := tx.Undo(before.ID, by); err != nil {
				return err
			}
		}
		now, err := work(ctx, tx, src, r, 0)
		if err != nil {
			return err
		}
		if len(now.Hits) == 0 {
			return problem.New("truth.none", "No record is in two sources by this key.", "Nothing was decided.", "Choose another key, or look at what the sources have.").At(problem.Place{Object: string(r.Object)})
		}
		d, err = tx.Decide(store.Decision{By: by, Rule: RuleID(r.Object), Does: Does, Object: r.Object, Title: r.Title(src), Why: why, Settings: map[string]string{"rule": string(body)}}, model.Merged, now.Hits)
		if err != nil {
			return err
		}
		return tx.GiveFixes(d.ID, now.Fixes)
	})
	return d, err
}

// work finds who lives on in whom, and what the survivors get.
func work(ctx context.Context, tx *store.Tx, src model.Schema, r Rule, inForce int64) (out store.Sameness, err error) {
	s, err := gather(ctx, tx, src, r, inForce)
	if err != nil {
		return out, err
	}
	out.Unseen = s.unseen
	for _, g := range s.matched {
		lives := g.survivor()
		for i, m := range g.members {
			if i != lives {
				out.Hits = append(out.Hits, store.Hit{Seq: m.seq, Survivor: g.members[lives].seq})
			}
		}
	}
	var w *watcher
	out.Fixes, err = w.all(ctx, tx, src, r, s, nil)
	return out, err
}

// Refresh brings the rules in force up to date with what was read since: records that came
// join them, values that changed at a source reach the survivors.
func Refresh(ctx context.Context, db *store.DB, src model.Schema, by model.Person) (map[model.Object]store.Renewed, error) {
	out := map[model.Object]store.Renewed{}
	for _, kind := range Kinds(src) {
		err := db.Write(ctx, func(tx *store.Tx) error {
			d, r, ok, err := InForce(tx, kind)
			if err != nil || !ok {
				return err
			}
			if usable := r.Check(src) == nil; !usable {
				return nil // a source lost the field that it speaks of: the rule stays as it was
			}
			now, err := work(ctx, tx, src, r, d.ID)
			if err != nil {
				return err
			}
			got, err := tx.Renew(d.ID, now, by)
			if got != (store.Renewed{}) {
				out[kind] = got
			}
			return err
		})
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// Undo takes the rule about an object back: each record moves by itself again.
func Undo(ctx context.Context, db *store.DB, kind model.Object, by model.Person) error {
	return db.Write(ctx, func(tx *store.Tx) error {
		d, _, ok, err := InForce(tx, kind)
		if err != nil {
			return err
		}
		if !ok {
			return problem.New("truth.not_in_force", "No rule about these records is in force.", "", "There is nothing to take back.").At(problem.Place{Object: string(kind)})
		}
		return tx.Undo(d.ID, by)
	})
}
