package project

import (
	"context"
	"slices"

	"waybill/backend/clean"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// restStays says that conditions decide about an object, and that records for which none is
// true are not moved.
func restStays(v mapping.Version, o model.Object) bool {
	all := v.Branches(o)
	return len(all) > 0 && all[0].IsBranch() && (all[len(all)-1].IsBranch() || all[len(all)-1].Target == "")
}

// programIn compiles a mapping inside a transaction, with the corrections in force and
// the tables that its conditions name. It has no look-up rules: conditions use none.
func programIn(tx *store.Tx, v mapping.Version) (*transform.Program, error) {
	src, err := allSources(tx)
	if err != nil {
		return nil, err
	}
	var dst model.Schema
	if _, err := tx.Setting(Target+"_schema", &dst); err != nil {
		return nil, err
	}
	prog, _ := transform.Compile(v, src, dst) // a condition with a mistake holds its records
	tables, err := tablesIn(tx, v)
	if err != nil {
		return nil, err
	}
	prog.Tables(tables)
	return prog, clean.Install(tx, src, prog)
}

// SetBranch lets records of an object for which a condition is true become something else
// . The first condition that is true counts; place is where it stands among them,
// from 1, 0: last. An empty condition removes the way to that target. A new way begins with
// proposed rules.
func (p *Project) SetBranch(ctx context.Context, o, target model.Object, when string, place int) error {
	v, err := p.Working(ctx)
	if err != nil {
		return err
	}
	if _, ok := v.Object(o); !ok {
		return noObject(o)
	}
	if target == "" {
		return problem.New(mapping.CodeBranch, "It is not said what these records become.", "", "Choose an object of the target.").At(problem.Place{Object: string(o)})
	}
	i := slices.IndexFunc(v.Objects, func(m mapping.ObjectMap) bool { return m.Source == o && m.Branch() == target })
	var m mapping.ObjectMap
	switch {
	case when == "" && i < 0:
		return noObject(o)
	case i >= 0:
		m = v.Objects[i]
		v.Objects = slices.Delete(slices.Clone(v.Objects), i, i+1)
	default:
		if m, err = p.suggestOne(ctx, o, target); err != nil {
			return err
		}
	}
	if when == "" {
		return p.SetWorking(ctx, v)
	}
	m.When = when
	at, n := len(v.Objects), 0
	for k, x := range v.Objects {
		if x.Source != o {
			continue
		}
		if n++; !x.IsBranch() || place > 0 && n == place {
			at = k
			break
		}
	}
	v.Objects = slices.Insert(slices.Clone(v.Objects), at, m)
	return p.SetWorking(ctx, v)
}

// RouteCount is how many records of an object go one way.
type RouteCount struct {
	// Target, empty: none of the conditions is true and nothing takes the rest.
	Target model.Object `json:"target"`
	When   string       `json:"when"`
	Count  int64        `json:"count"`
	// Unclear: of these it cannot be told where they go; they would be held.
	Unclear bool `json:"unclear,omitempty"`
}

// Routes counts, from the stage, how many records of an object go each way of the working
// copy. Records that were left out, merged or archived do not count.
func (p *Project) Routes(ctx context.Context, o model.Object) ([]RouteCount, error) {
	v, err := p.Working(ctx)
	if err != nil {
		return nil, err
	}
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return nil, err
	}
	dst, err := p.Schema(ctx, Target)
	if err != nil {
		return nil, err
	}
	prog, _, err := p.Program(ctx, v, src, dst)
	if err != nil {
		return nil, err
	}
	out := []RouteCount{}
	for _, m := range v.Branches(o) {
		if m.Target != "" {
			out = append(out, RouteCount{Target: m.Target, When: m.When})
		}
	}
	none, unclear := RouteCount{}, RouteCount{Unclear: true}
	err = p.eachRow(ctx, store.Filter{Object: o, Fates: []model.Fate{model.Pending, model.Held, model.Moved}}, func(rows []store.Row) error {
		for _, r := range rows {
			n, stays, why := prog.Way(r.Record)
			switch {
			case stays:
				none.Count++
			case why != nil || n >= len(out):
				unclear.Count++
			default:
				out[n].Count++
			}
		}
		return nil
	})
	for _, x := range []RouteCount{none, unclear} {
		if x.Count > 0 {
			out = append(out, x)
		}
	}
	return out, err
}
