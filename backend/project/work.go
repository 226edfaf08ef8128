package project

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"waybill/backend/clean"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/store"
)

// Profile measures the stage, all objects or those that are named.
func (p *Project) Profile(ctx context.Context, objects []model.Object, pr *job.Progress) ([]profile.Object, error) {
	schema, err := p.plainSources(ctx)
	if err != nil {
		return nil, err
	}
	counts := map[model.Object]int64{}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.Manifest()
		for _, m := range all {
			counts[m.Object] = m.Source
			if objects == nil || contains(objects, m.Object) {
				pr.Stage("measure "+string(m.Object), m.Source)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := []profile.Object{}
	for _, shape := range schema.Objects {
		if counts[shape.Object] == 0 || (objects != nil && !contains(objects, shape.Object)) {
			continue
		}
		pr.Enter("measure " + string(shape.Object))
		o, err := profile.Run(ctx, p.db, shape, pr)
		if err != nil {
			return out, err
		}
		out = append(out, o)
	}
	if err := profile.Unused(ctx, p.db, schema, pr); err != nil {
		return out, err
	}
	all, err := p.Profiles(ctx) // as kept: with what nothing refers to, and how far findings are
	if err != nil {
		return out, err
	}
	kept := map[model.Object]profile.Object{}
	for _, o := range all {
		kept[o.Object] = o
	}
	for i := range out {
		out[i] = kept[out[i].Object]
	}
	return out, nil
}

func contains(list []model.Object, o model.Object) bool {
	for _, x := range list {
		if x == o {
			return true
		}
	}
	return false
}

// Profiles are the kept measurements.
func (p *Project) Profiles(ctx context.Context) (out []profile.Object, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		out, err = profile.Load(tx)
		return err
	})
	return out, err
}

// Rules lists what can be decided about many records at once.
func (p *Project) Rules(ctx context.Context) ([]clean.Rule, error) {
	schema, err := p.Schema(ctx, Source)
	if err != nil {
		return nil, err
	}
	return clean.Rules(ctx, p.db, schema)
}

// Decide applies a rule.
func (p *Project) Decide(ctx context.Context, rule string, settings map[string]string, why string) (store.Decision, error) {
	if err := p.idle(ctx); err != nil {
		return store.Decision{}, err
	}
	schema, err := p.Schema(ctx, Source)
	if err != nil {
		return store.Decision{}, err
	}
	return clean.Apply(ctx, p.db, schema, rule, settings, why, p.Person())
}

// Undo takes a decision back.
func (p *Project) Undo(ctx context.Context, decision int64) error {
	if err := p.idle(ctx); err != nil {
		return err
	}
	return p.db.Write(ctx, func(tx *store.Tx) error { return tx.Undo(decision, p.Person()) })
}

// Fingerprint covers everything that a plan depends on: what was read, what was
// decided, the mapping, and the target's shape.
func (p *Project) Fingerprint(ctx context.Context) (sum string, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		h := sha256.New()
		decisions, err := tx.Decisions()
		if err != nil {
			return err
		}
		for _, d := range decisions {
			if d.Rule == store.RuleGone && d.UndoneAt == "" {
				continue // what a run deleted itself must not keep it from going on
			}
			_, _ = fmt.Fprintf(h, "d%d %s;", d.ID, d.UndoneAt) // a hash never fails
			if d.Parts > 0 || d.Place != d.ID {                // a part was taken back, or corrections were ordered
				_, _ = fmt.Fprintf(h, "p%d %d;", d.Parts, d.Place)
			}
		}
		objects, err := tx.Objects()
		if err != nil {
			return err
		}
		for _, o := range objects {
			r, err := tx.Reading(o)
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(h, "r%s %d %v;", o, r.Pass, r.Done)
			if r.Feed != "" { // a delta read further
				_, _ = fmt.Fprintf(h, "f%s;", r.Feed)
			}
		}
		maps, err := tx.Mappings()
		if err != nil {
			return err
		}
		if len(maps) > 0 {
			_, _ = fmt.Fprintf(h, "m%d %s;", maps[0].Number, maps[0].Hash)
		}
		choices := map[string]string{}
		if _, err := tx.Setting(choicesSetting, &choices); err != nil {
			return err
		}
		made, err := json.Marshal(choices) // a map is written in the order of its keys
		if err != nil {
			return err
		}
		h.Write(made)
		var c Connection
		if _, err := tx.Setting(Target, &c); err != nil {
			return err
		}
		// The target's shape is compared by itself (load.Drift): what a run creates, such as
		// groups to choose from, must not make its own plan stale.
		b, err := json.Marshal(c)
		if err != nil {
			return err
		}
		h.Write(b)
		sum = hex.EncodeToString(h.Sum(nil))
		return nil
	})
	return sum, err
}

// complete refuses to plan on a source that was not read to its end.
func (p *Project) complete(ctx context.Context) error {
	return p.db.Read(ctx, func(tx *store.Tx) error {
		objects, err := tx.Objects()
		if err != nil {
			return err
		}
		if len(objects) == 0 {
			return problem.New("stage.empty", "Nothing was read from the source yet.", "There is nothing to plan with.", "Open Source and read it first.")
		}
		for _, o := range objects {
			r, err := tx.Reading(o)
			if err != nil {
				return err
			}
			if !r.Done {
				return problem.New("stage.incomplete", "The source was not read to its end.", "A plan made now would miss records.", "Open Source and read it again: it goes on where it stopped.").At(problem.Place{Object: string(o)})
			}
		}
		return nil
	})
}

// Rollback removes from the target just what a run created, and proves it.
func (p *Project) Rollback(ctx context.Context, run int64, pr *job.Progress) (store.Run, load.Proof, error) {
	leave, err := p.enter(ctx)
	if err != nil {
		return store.Run{}, load.Proof{}, err
	}
	defer leave()
	j, err := p.loadOf(ctx, run)
	if err != nil {
		return store.Run{}, load.Proof{}, err
	}
	p.meter(pr, Target)
	return load.Rollback(ctx, j, run, pr)
}

// moved finds the mapping version that the newest run used, and the choices about losses:
// what was chosen since says nothing of what was sent.
func (p *Project) moved(ctx context.Context) (version int, choices map[string]string, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		runs, err := tx.Runs()
		if err != nil {
			return err
		}
		for _, r := range runs {
			if r.Plan == 0 {
				continue
			}
			pl, err := tx.Plan(r.Plan)
			if err != nil {
				return err
			}
			sum, err := Summary(pl)
			version, choices = pl.Mapping, sum.Choices
			return err
		}
		return problem.New("check.nothing", "Nothing was moved yet.", "There is nothing to compare.", "Plan and run first.")
	})
	return version, choices, err
}

// Manifest is the account of every object.
func (p *Project) Manifest(ctx context.Context) (out []model.Manifest, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		out, err = tx.Manifest()
		return err
	})
	return out, err
}

// Balances says whether every object's account balances, and there is at least one.
func Balances(all []model.Manifest) bool {
	for _, m := range all {
		if !m.Balances() {
			return false
		}
	}
	return len(all) > 0
}

// ID writes a plan's or run's number as people see it, and Number reads it back.
func ID(kind string, n int64) string { return kind + "-" + strconv.FormatInt(n, 10) }

// Number reads what ID wrote; a bare number is taken too.
func Number(kind, id string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimPrefix(id, kind+"-"), 10, 64)
	if err != nil || n < 1 {
		return 0, problem.Wrap(err, "id.wrong", fmt.Sprintf("%q is not the number of a %s.", id, kind), fmt.Sprintf("They look like %s-3.", kind), "Look at the list and use one of its numbers.").At(problem.Place{Value: id})
	}
	return n, nil
}
