package project

import (
	"context"

	"waybill/backend/store"
)

// VersionOf is an accepted mapping with all that hangs on it.
type VersionOf struct {
	store.MappingVersion
	Approvals []store.Approval
	// Runs that executed a plan made with it, the oldest first.
	Runs []store.Run
}

// Versions lists the accepted mappings, the newest first.
func (p *Project) Versions(ctx context.Context) ([]VersionOf, error) {
	out := []VersionOf{}
	err := p.db.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.Mappings()
		if err != nil {
			return err
		}
		approvals, err := tx.Approvals()
		if err != nil {
			return err
		}
		runs, err := tx.RunsOfMappings()
		if err != nil {
			return err
		}
		for _, m := range all {
			v := VersionOf{MappingVersion: m, Approvals: []store.Approval{}, Runs: []store.Run{}}
			for _, a := range approvals {
				if a.Kind == "mapping" && a.Subject == m.Hash {
					v.Approvals = append(v.Approvals, a)
				}
			}
			for _, r := range runs {
				if r.Version == m.Number {
					v.Runs = append(v.Runs, r.Run)
				}
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// Restore accepts an earlier version anew, as the next one: nothing in between is lost.
func (p *Project) Restore(ctx context.Context, number int, reason string) (store.MappingVersion, error) {
	old, _, err := p.Accepted(ctx, number)
	if err != nil {
		return store.MappingVersion{}, err
	}
	return p.Accept(ctx, old, reason)
}
