package project

import (
	"context"

	"waybill/backend/clean"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// Corrected gives a program what was decided about the values of the source: corrections,
// and what single records got when others were merged into them.
func (p *Project) Corrected(ctx context.Context, src model.Schema, prog *transform.Program) error {
	return p.db.Read(ctx, func(tx *store.Tx) error { return clean.Install(tx, src, prog) })
}

// deciding runs what changes decisions: nothing else may work on the project meanwhile.
func (p *Project) deciding(ctx context.Context, fn func(model.Schema) error) error {
	if err := p.idle(ctx); err != nil {
		return err
	}
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return err
	}
	return fn(src)
}

// Seek looks for people and companies that are there more than once. plusTags keeps
// addresses with different tags apart.
func (p *Project) Seek(ctx context.Context, o model.Object, plusTags bool, pr *job.Progress) (out clean.Search, err error) {
	err = p.deciding(ctx, func(src model.Schema) error {
		out, err = clean.Seek(ctx, p.db, src, o, plusTags, p.Person(), pr)
		return err
	})
	return out, err
}

// Searches tells of the last search for duplicates of each object that has records.
func (p *Project) Searches(ctx context.Context) ([]clean.Search, error) {
	out := []clean.Search{}
	have, err := p.Manifest(ctx)
	if err != nil {
		return out, err
	}
	for _, o := range clean.Duplicates() {
		for _, m := range have {
			if m.Object != o || m.Source == 0 {
				continue
			}
			s, err := clean.Found(ctx, p.db, o)
			if err != nil {
				return out, err
			}
			out = append(out, s)
		}
	}
	return out, nil
}

// Twins lists groups of duplicates side by side, n of them from the place skip on.
func (p *Project) Twins(ctx context.Context, f store.AlikeFilter, skip, n int) ([]clean.Review, error) {
	out := []clean.Review{}
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return out, err
	}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		groups, err := tx.AlikeGroups(f, skip, n)
		if err != nil {
			return err
		}
		for _, g := range groups {
			r, err := clean.Look(tx, src, g.ID)
			if problem.Is(err, store.CodeNotFound) {
				continue // its records are gone from the source; the next search forgets it
			}
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	return out, err
}

// ChooseTwin says who of a group survives and of whom fields take their values.
func (p *Project) ChooseTwin(ctx context.Context, id, survivor int64, picks map[string]int64) error {
	return p.deciding(ctx, func(model.Schema) error { return clean.Choose(ctx, p.db, id, survivor, picks) })
}

// ExcludeTwin takes a record out of a group, or puts it back.
func (p *Project) ExcludeTwin(ctx context.Context, id, seq int64, out bool) error {
	return p.deciding(ctx, func(model.Schema) error { return clean.Exclude(ctx, p.db, id, seq, out) })
}

// MergeTwins merges one group as it is shown.
func (p *Project) MergeTwins(ctx context.Context, id int64, why string) (d store.Decision, err error) {
	err = p.deciding(ctx, func(src model.Schema) error {
		d, err = clean.Accept(ctx, p.db, src, id, why, p.Person())
		return err
	})
	return d, err
}

// MergeSure merges all groups that are surely one, in one decision.
func (p *Project) MergeSure(ctx context.Context, o model.Object, why string) (d store.Decision, err error) {
	err = p.deciding(ctx, func(src model.Schema) error {
		d, err = clean.AcceptSure(ctx, p.db, src, o, why, p.Person())
		return err
	})
	return d, err
}

// KeepApart says that the records of a group are different ones.
func (p *Project) KeepApart(ctx context.Context, id int64, why string) error {
	return p.deciding(ctx, func(model.Schema) error { return clean.Apart(ctx, p.db, id, why, p.Person()) })
}

// ReopenTwins takes back what was said about a group.
func (p *Project) ReopenTwins(ctx context.Context, id int64) error {
	return p.deciding(ctx, func(model.Schema) error { return clean.Reopen(ctx, p.db, id, p.Person()) })
}

// FitLater lists the decisions in force whose rule fits records that were read, or changed
// in the source, after it was decided.
func (p *Project) FitLater(ctx context.Context) ([]clean.Later, error) {
	schema, err := p.Schema(ctx, Source)
	if err != nil {
		return nil, err
	}
	return clean.FitLater(ctx, p.db, schema)
}

// IncludeLater puts those records under the decision.
func (p *Project) IncludeLater(ctx context.Context, decision int64) (store.Decision, error) {
	if err := p.idle(ctx); err != nil {
		return store.Decision{}, err
	}
	schema, err := p.Schema(ctx, Source)
	if err != nil {
		return store.Decision{}, err
	}
	return clean.IncludeLater(ctx, p.db, schema, decision, p.Person())
}

// TryRule shows whom a person's own rule would hit.
func (p *Project) TryRule(ctx context.Context, s clean.Spec) (clean.Preview, error) {
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return clean.Preview{}, err
	}
	return clean.Try(ctx, p.db, src, s)
}

// MakeRule puts a person's own rule in force.
func (p *Project) MakeRule(ctx context.Context, s clean.Spec, why string) (d store.Decision, err error) {
	err = p.deciding(ctx, func(src model.Schema) error {
		d, err = clean.Make(ctx, p.db, src, s, why, p.Person())
		return err
	})
	return d, err
}

// OrderCorrections orders the corrections in force: the first one first.
func (p *Project) OrderCorrections(ctx context.Context, ids []int64) error {
	return p.deciding(ctx, func(model.Schema) error {
		return p.db.Write(ctx, func(tx *store.Tx) error { return tx.PlaceCorrections(ids, p.Person()) })
	})
}
