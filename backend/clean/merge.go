package clean

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"waybill/backend/likeness"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Choose says who of a group survives, and of whom fields take their values; 0 and nil leave
// it as it is. An empty pick gives a field back to the proposal.
func Choose(ctx context.Context, db *store.DB, id, survivor int64, picks map[string]int64) error {
	return change(ctx, db, id, func(tx *store.Tx, a *store.Alike) error {
		member := func(seq int64) bool {
			return slices.ContainsFunc(a.Members, func(m store.AlikeMember) bool { return m.Seq == seq && !m.Out })
		}
		if survivor != 0 {
			if !member(survivor) {
				return notMember()
			}
			a.Survivor = survivor
		}
		for f, seq := range picks {
			switch {
			case seq == 0:
				delete(a.Picks, f)
			case !member(seq):
				return notMember()
			default:
				if a.Picks == nil {
					a.Picks = map[string]int64{}
				}
				a.Picks[f] = seq
			}
		}
		return nil
	})
}

func notMember() error {
	return problem.New("clean.member", "This record is not in the group.", "It was taken out, or looked for again since.", "Look at the group again.")
}

// Exclude takes a record out of a group, or puts it back.
func Exclude(ctx context.Context, db *store.DB, id, seq int64, out bool) error {
	return change(ctx, db, id, func(tx *store.Tx, a *store.Alike) error {
		inside, next := 0, int64(0)
		for i, m := range a.Members {
			if m.Seq == seq {
				a.Members[i].Out = out
			}
			if !a.Members[i].Out {
				if inside++; next == 0 {
					next = a.Members[i].Seq
				}
			}
		}
		if inside < 2 {
			return problem.New("clean.alone", "Then nobody would be left to merge.", "A group needs two records.", "Say instead that they are different ones.")
		}
		if a.Survivor == seq && out {
			a.Survivor = next
		}
		for f, p := range a.Picks {
			if p == seq && out {
				delete(a.Picks, f)
			}
		}
		return nil
	})
}

// Apart says that the records of a group are not the same one.
func Apart(ctx context.Context, db *store.DB, id int64, why string, by model.Person) error {
	return change(ctx, db, id, func(tx *store.Tx, a *store.Alike) error {
		a.State, a.By, a.Why, a.At = store.AlikeApart, by, why, ""
		return tx.Audit(by, "duplicates.apart", map[string]any{"object": a.Object, "group": id, "records": len(a.Members), "why": why})
	})
}

// Reopen takes back what was said about a group: merged ones wait again, each by itself.
func Reopen(ctx context.Context, db *store.DB, id int64, by model.Person) error {
	return db.Write(ctx, func(tx *store.Tx) error {
		a, err := tx.AlikeGroup(id)
		if err != nil {
			return err
		}
		if a.State == store.AlikeOpen {
			return problem.New("clean.open", "This group is open already.", "", "There is nothing to take back.")
		}
		if a.State == store.AlikeMerged {
			seqs := []int64{}
			for _, m := range a.Members {
				seqs = append(seqs, m.Seq)
			}
			if err := tx.UndoPart(a.Decision, seqs, by); err != nil {
				return err
			}
		} else if err := tx.Audit(by, "duplicates.reopened", map[string]any{"object": a.Object, "group": id}); err != nil {
			return err
		}
		a.State, a.Decision, a.By, a.At, a.Why = store.AlikeOpen, 0, model.Person{}, "", ""
		return tx.SetAlike(a)
	})
}

// change changes a group that is open.
func change(ctx context.Context, db *store.DB, id int64, fn func(*store.Tx, *store.Alike) error) error {
	return db.Write(ctx, func(tx *store.Tx) error {
		a, err := tx.AlikeGroup(id)
		if err != nil {
			return err
		}
		if a.State != store.AlikeOpen {
			return problem.New("clean.reviewed", "This group was reviewed already.", "What was said is in force.", "Take it back first, then change it.")
		}
		if err := fn(tx, &a); err != nil {
			return err
		}
		return tx.SetAlike(a)
	})
}

// Accept merges one group as it is shown.
func Accept(ctx context.Context, db *store.DB, src model.Schema, id int64, why string, by model.Person) (d store.Decision, err error) {
	err = db.Write(ctx, func(tx *store.Tx) error {
		a, err := tx.AlikeGroup(id)
		if err != nil {
			return err
		}
		if d, err = MergeIn(tx, src, a.Object, []int64{id}, why, by); err != nil {
			return err
		}
		if d.Count == 0 {
			return nothingToMerge(a.Object)
		}
		return nil
	})
	return d, err
}

func nothingToMerge(o model.Object) error {
	return problem.New("clean.none", "There is nothing to merge.", "The records were decided about already, or are all in the new desk.", "Look for duplicates again.").At(problem.Place{Object: string(o)})
}

// AcceptSure merges all open groups that are surely one, in one decision.
func AcceptSure(ctx context.Context, db *store.DB, src model.Schema, o model.Object, why string, by model.Person) (d store.Decision, err error) {
	err = db.Write(ctx, func(tx *store.Tx) error {
		ids := []int64{}
		for skip := 0; ; skip += 1000 {
			groups, err := tx.AlikeGroups(store.AlikeFilter{Object: o, Band: string(likeness.Sure), State: store.AlikeOpen}, skip, 1000)
			if err != nil {
				return err
			}
			for _, g := range groups {
				ids = append(ids, g.ID)
			}
			if len(groups) < 1000 {
				break
			}
		}
		if d, err = MergeIn(tx, src, o, ids, why, by); err != nil {
			return err
		}
		if d.Count == 0 {
			return nothingToMerge(o)
		}
		return nil
	})
	return d, err
}

// MergeIn merges groups in one decision: everybody lives on in the survivor with what they
// bring, and the survivor keeps every address and takes the values that were chosen.
func MergeIn(tx *store.Tx, src model.Schema, o model.Object, ids []int64, why string, by model.Person) (d store.Decision, err error) {
	hits, fixes, open := []store.Hit{}, []store.Fix{}, []store.Alike{}
	shape, _ := src.Object(o)
	for _, id := range ids {
		r, err := look(tx, src, id, false)
		if err != nil {
			return d, err
		}
		if r.State != store.AlikeOpen {
			continue
		}
		into := r.Survivor
		mine := []store.Hit{}
		for _, c := range r.Members {
			if c.Out || c.Seq == into || c.There || c.Fate != model.Pending && c.Fate != model.Held {
				continue // two that are in the target cannot become one
			}
			mine = append(mine, store.Hit{Seq: c.Seq, Survivor: into})
		}
		if len(mine) == 0 {
			continue
		}
		more, err := r.fixes(tx, shape)
		if err != nil {
			return d, err
		}
		hits, fixes, open = append(hits, mine...), append(fixes, more...), append(open, r.Alike)
	}
	if len(hits) == 0 {
		return d, nil
	}
	if why == "" {
		why = "They are the same one written twice; their history comes together in the fuller record."
	}
	d, err = tx.Decide(store.Decision{By: by, Rule: "merge." + string(o) + ".alike", Does: Merge, Object: o, Title: fmt.Sprintf("Merge %s that were there more than once", thing(o)), Why: why, Settings: map[string]string{"groups": fmt.Sprint(len(open))}}, model.Merged, hits)
	if err != nil || d.Count == 0 {
		return d, err
	}
	if err := tx.PutFixes(d.ID, fixes); err != nil {
		return d, err
	}
	for _, a := range open {
		a.State, a.Decision, a.By, a.Why, a.At = store.AlikeMerged, d.ID, by, why, d.At
		if err := tx.SetAlike(a); err != nil {
			return d, err
		}
	}
	return d, nil
}

// fixes are what the survivor gets of the others.
func (r *Review) fixes(tx *store.Tx, shape model.ObjectSchema) ([]store.Fix, error) {
	out := []store.Fix{}
	into := r.Survivor
	for _, row := range r.Rows {
		from := r.Members[row.Pick].Seq
		if from == into {
			continue
		}
		f, _ := shape.Field(row.Field)
		rec, err := tx.RecordAt(from)
		if err != nil {
			return nil, err
		}
		if f.Type == model.LinkType {
			for _, l := range rec.Record.Links {
				if l.Role == f.Name {
					b, err := json.Marshal(l.To)
					if err != nil {
						return nil, err
					}
					out = append(out, store.Fix{Seq: into, Field: f.Name, How: store.FixLink, Value: string(b)})
					break
				}
			}
			continue
		}
		v, err := model.Values(rec.Record.Raw)
		if err != nil {
			return nil, err
		}
		b, err := json.Marshal(v[f.Name])
		if err != nil {
			return nil, err
		}
		out = append(out, store.Fix{Seq: into, Field: f.Name, How: store.FixValue, Value: string(b)})
	}
	if len(r.Addresses) > 0 {
		b, err := json.Marshal(r.Addresses)
		if err != nil {
			return nil, err
		}
		out = append(out, store.Fix{Seq: into, Field: "addresses", How: store.FixAddresses, Value: string(b)})
	}
	return out, nil
}

// Answer is what somebody said about a group in a list that came back. Survivor 0: all are
// different ones.
type Answer struct {
	Group, Survivor int64
	Out             []int64
	Why             string
}

// TakeAnswers does what an approved list says, all of it or nothing, in one decision.
func TakeAnswers(ctx context.Context, db *store.DB, src model.Schema, o model.Object, list []Answer, by model.Person) (d store.Decision, err error) {
	err = db.Write(ctx, func(tx *store.Tx) error {
		d, err = TakeAnswersIn(tx, src, o, list, by)
		return err
	})
	return d, err
}

// TakeAnswersIn is TakeAnswers within a transaction.
func TakeAnswersIn(tx *store.Tx, src model.Schema, o model.Object, list []Answer, by model.Person) (d store.Decision, err error) {
	ids := []int64{}
	for _, x := range list {
		a, err := tx.AlikeGroup(x.Group)
		if err != nil {
			return d, err
		}
		if a.State != store.AlikeOpen || a.Object != o {
			return d, problem.New("clean.reviewed", "A group of the list was reviewed meanwhile.", "What was said is in force. Nothing was taken from the list.", "Export the duplicates again.")
		}
		if x.Survivor == 0 {
			a.State, a.By, a.Why = store.AlikeApart, by, x.Why
		} else {
			a.Survivor, a.Picks = x.Survivor, nil
			for i, m := range a.Members {
				a.Members[i].Out = slices.Contains(x.Out, m.Seq)
			}
			ids = append(ids, a.ID)
		}
		if err := tx.SetAlike(a); err != nil {
			return d, err
		}
	}
	if len(ids) > 0 {
		if d, err = MergeIn(tx, src, o, ids, "By an approved list.", by); err != nil {
			return d, err
		}
	}
	return d, tx.Audit(by, "duplicates.list", map[string]any{"object": o, "groups": len(list), "merged": len(ids)})
}
