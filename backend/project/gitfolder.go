package project

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"slices"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/versions"
)

// takenFolder is the setting that says that a content which people wrote into a folder of text
// was looked at and taken over, or decided against.
const takenFolder = "folder:"

// written are the accepted versions as a folder of text has them, the oldest first.
func (p *Project) written(ctx context.Context) ([]versions.Version, error) {
	out := []versions.Version{}
	err := p.db.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.Mappings()
		if err != nil {
			return err
		}
		approvals, err := tx.Approvals()
		if err != nil {
			return err
		}
		for _, m := range slices.Backward(all) {
			v := versions.Version{Number: m.Number, Hash: m.Hash, Author: m.By.Name, At: when(m.At), Reason: m.Reason}
			if err := json.Unmarshal([]byte(m.Body), &v.Version); err != nil {
				return err
			}
			if n := len(out); n > 0 {
				for _, c := range mapping.Diff(out[n-1].Version, v.Version) {
					v.Changes = append(v.Changes, c.String())
				}
			}
			for _, a := range approvals {
				if a.Kind == "mapping" && a.Subject == m.Hash {
					v.Approved = append(v.Approved, a.By.Name)
				}
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// ExportFolder writes the accepted versions into a Git folder, a commit for each. It
// gives the folder of the text, which lies in the chosen one when that holds something else.
func (p *Project) ExportFolder(ctx context.Context, dir string) (folder string, made []versions.Commit, err error) {
	all, err := p.written(ctx)
	if err != nil {
		return "", nil, err
	}
	var asked error
	folder, made, bad := versions.Export(dir, versions.Identity{ProjectID: p.info.ID, ProjectName: p.info.Name}, all, func(hash string) bool {
		seen, err := p.tookFolder(ctx, hash)
		if err != nil {
			asked = err
		}
		return seen
	})
	if bad != nil {
		err = bad
	}
	if asked != nil {
		err = asked
	}
	if len(made) == 0 {
		return folder, []versions.Commit{}, err
	}
	numbers := []int{}
	for _, c := range made {
		numbers = append(numbers, c.Number)
	}
	if e := p.db.Write(ctx, func(tx *store.Tx) error {
		return tx.Audit(p.Person(), "versions.exported", map[string]any{"folder": filepath.Base(folder), "versions": numbers, "commit": made[len(made)-1].ID})
	}); err == nil {
		err = e
	}
	return folder, made, err
}

// tookFolder says whether a content of a folder was taken over.
func (p *Project) tookFolder(ctx context.Context, hash string) (found bool, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		var at string
		found, err = tx.Setting(takenFolder+hash, &at)
		return err
	})
	return found, err
}

// ReadFolder reads the text of a Git folder: every mistake with its file and line, and what it
// would change, compared three ways with the version that it was written from.
func (p *Project) ReadFolder(ctx context.Context, dir string) (out Returned, err error) {
	out.File = dir
	got, found := versions.ReadFolder(dir, versions.Identity{ProjectID: p.info.ID, ProjectName: p.info.Name})
	if len(found) > 0 {
		out.Problems = found
		return out, nil
	}
	all, err := p.written(ctx)
	if err != nil {
		return out, err
	}
	i := slices.IndexFunc(all, func(v versions.Version) bool { return v.Hash == got.Hash })
	if i < 0 {
		out.Problems = []*problem.Problem{problem.New("versions.unknown", "This folder was written from a version that this project does not have.", "What changed in it cannot be told from what was there before.", "Write the versions into an empty folder, and bring the changes over.").At(problem.Place{File: dir})}
		return out, nil
	}
	base := all[i].Version
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return out, err
	}
	dst, err := p.Schema(ctx, Target)
	if err != nil {
		return out, err
	}
	type id struct {
		code                 problem.Code
		object, field, value string
	}
	of := func(x *problem.Problem) id { return id{x.Code, x.Where.Object, x.Where.Field, x.Where.Value} }
	known := map[id]bool{}
	for _, x := range base.Lint(src, dst) {
		known[of(x)] = true
	}
	for _, x := range got.Lint(src, dst) {
		if known[of(x)] || !mapping.Structural(x) {
			continue
		}
		at := x.Where
		for _, m := range got.Branches(model.Object(x.Where.Object)) {
			if spot, ok := got.Places[versions.Spot{Source: m.Source, Branch: m.Branch(), Field: x.Where.Field}]; ok {
				at.File, at.Line = spot.File, spot.Line
				break
			}
		}
		out.Problems = append(out.Problems, x.At(at))
	}
	if len(out.Problems) > 0 {
		return out, nil
	}
	working, err := p.Working(ctx)
	if err != nil {
		return out, err
	}
	out.theirs, out.sha = got.Version, got.Version.Hash()
	out.Merged, out.Changes, out.Conflicts = mapping.Merge(base, working, got.Version)
	sum := sha256.Sum256([]byte(out.sha + base.Hash() + working.Hash()))
	out.Token = hex.EncodeToString(sum[:])
	return out, nil
}

// ApplyFolder takes the text of a Git folder over as a new version, whole or not at all. token
// is that of ReadFolder: what was shown is what is applied.
func (p *Project) ApplyFolder(ctx context.Context, dir, token string, t Take) (store.MappingVersion, error) {
	none := store.MappingVersion{}
	if err := p.idle(ctx); err != nil {
		return none, err
	}
	r, err := p.ReadFolder(ctx, dir)
	if err != nil {
		return none, err
	}
	if len(r.Problems) > 0 {
		return none, r.Problems[0]
	}
	if r.Token != token {
		return none, changedSince(dir)
	}
	merged, err := r.settle(t)
	if err != nil {
		return none, err
	}
	by := p.Person()
	var out store.MappingVersion
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		if out, err = acceptIfChanged(tx, merged, t.Reason, by, true); err != nil {
			return err
		}
		if err := tx.Set(takenFolder+r.sha, out.At); err != nil {
			return err
		}
		return tx.Audit(by, "versions.imported", map[string]any{"folder": filepath.Base(dir), "text": r.sha, "version": out.Number, "changes": len(r.Changes) + len(r.Conflicts), "conflicts": len(r.Conflicts)})
	})
	return out, err
}
