package project

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/store"
	"waybill/backend/transform"
)

const working = "mapping_working"

// Accepted gives an accepted mapping; number 0 is the newest.
func (p *Project) Accepted(ctx context.Context, number int) (v mapping.Version, n int, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		m, err := tx.Mapping(number)
		if err != nil {
			return err
		}
		n = m.Number
		return json.Unmarshal([]byte(m.Body), &v)
	})
	v.Number = n
	return v, n, err
}

// Working is the mapping that is being worked on: the copy with changes, else the
// newest accepted one, else a fresh suggestion.
func (p *Project) Working(ctx context.Context) (v mapping.Version, err error) {
	found := false
	err = p.db.Read(ctx, func(tx *store.Tx) (err error) {
		if found, err = tx.Setting(working, &v); err != nil || found {
			return err
		}
		m, err := tx.Mapping(0)
		if problem.Is(err, "mapping.none") {
			return nil
		}
		if err != nil {
			return err
		}
		found = true
		v.Number = m.Number
		return json.Unmarshal([]byte(m.Body), &v)
	})
	if err != nil {
		return v, err
	}
	if found {
		return p.withNewObjects(ctx, v)
	}
	return p.Suggest(ctx)
}

// withNewObjects adds suggestions for objects that came into the source after the
// mapping was made: nothing is left behind because nobody was asked.
func (p *Project) withNewObjects(ctx context.Context, v mapping.Version) (mapping.Version, error) {
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return v, err
	}
	fresh := model.Schema{Objects: []model.ObjectSchema{}}
	for _, o := range src.Objects {
		if _, ok := v.Object(o.Object); !ok {
			fresh.Objects = append(fresh.Objects, o)
		}
	}
	if len(fresh.Objects) == 0 {
		return v, nil
	}
	dst, err := p.Schema(ctx, Target)
	if err != nil {
		return v, err
	}
	profiles, err := p.Profiles(ctx)
	if err != nil {
		return v, err
	}
	takes, _, err := p.takes(ctx, dst)
	if err != nil {
		return v, err
	}
	v.Objects = append(v.Objects, mapping.Suggest(fresh, takes, profile.Stats(profiles)).Objects...)
	return v, nil
}

// Left counts, per source object, what a person still has to decide in a mapping:
// values without a decision, rules that are open, and rules that cannot be used.
func Left(v mapping.Version, found []*problem.Problem) map[model.Object]int {
	out := map[model.Object]int{}
	blamed := map[problem.Place]bool{}
	for _, p := range found {
		if mapping.Structural(p) {
			blamed[problem.Place{Object: p.Where.Object, Field: p.Where.Field}] = true
		}
	}
	for _, m := range v.Objects {
		if m.Target == "" {
			continue
		}
		for _, f := range m.Fields {
			n := 0
			if f.Rule == mapping.Values {
				for _, pair := range f.Values {
					if !pair.Decided {
						n++
					}
				}
			}
			if n == 0 && (f.State == mapping.Open && f.Rule != mapping.Values || f.Rule == "") {
				n = 1
			}
			at := problem.Place{Object: string(m.Source), Field: f.Target}
			if n == 0 && blamed[at] {
				n = 1
			}
			delete(blamed, at)
			out[m.Source] += n
		}
	}
	for _, x := range found { // people about whom nobody decided
		if x.Code == mapping.CodeUndecided && x.Where.Field == "" && x.Where.Object != "" {
			for _, p := range v.People {
				if string(p.Object) == x.Where.Object && !p.Decided {
					out[p.Object]++
				}
			}
		}
	}
	for at := range blamed { // required fields without any rule, and objects without a place
		out[model.Object(at.Object)]++
	}
	return out
}

// Suggest makes a fresh suggestion and keeps it as the working copy. It needs a
// source that was read and a target.
func (p *Project) Suggest(ctx context.Context) (mapping.Version, error) {
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return mapping.Version{}, err
	}
	dst, err := p.Schema(ctx, Target)
	if err != nil {
		return mapping.Version{}, err
	}
	if len(src.Objects) == 0 || len(dst.Objects) == 0 {
		return mapping.Version{}, problem.New("mapping.too_early", "A mapping needs a source and a target.", "One of them is not there yet.", "Read the source and connect the target first; the practice desk is enough.")
	}
	profiles, err := p.Profiles(ctx)
	if err != nil {
		return mapping.Version{}, err
	}
	takes, title, err := p.takes(ctx, dst)
	if err != nil {
		return mapping.Version{}, err
	}
	v := mapping.Suggest(src, takes, profile.Stats(profiles))
	for i := range v.Objects {
		if o := &v.Objects[i]; o.Target == "" {
			if x, ok := dst.Object(o.Source); ok {
				o.Why = title + " has " + strings.ToLower(x.Title) + " too, but lets no program create them."
			}
		}
	}
	stands, err := p.HasPlaceholder(ctx)
	if err != nil {
		return v, err
	}
	if stands {
		usePlaceholder(&v, dst)
	}
	return v, p.SetWorking(ctx, v)
}

// takes is the shape of what the target lets a program create or find, and the target's title.
func (p *Project) takes(ctx context.Context, dst model.Schema) (out model.Schema, title string, err error) {
	c, ok, err := p.Connection(ctx, Target)
	if err != nil || !ok {
		return dst, "", err
	}
	k, err := p.env.Kind(c.Kind)
	if err != nil || len(k.Caps.Order) == 0 {
		return dst, k.Title, err
	}
	for _, o := range dst.Objects {
		if slices.Contains(k.Caps.Order, o.Object) || k.Caps.Matched(o.Object) {
			out.Objects = append(out.Objects, o)
		}
	}
	return out, k.Title, nil
}

// SetWorking keeps the working copy.
func (p *Project) SetWorking(ctx context.Context, v mapping.Version) error {
	return p.db.Write(ctx, func(tx *store.Tx) error { return tx.Set(working, v) })
}

// Discard drops the working copy.
func (p *Project) Discard(ctx context.Context) error {
	return p.db.Write(ctx, func(tx *store.Tx) error { return tx.Unset(working) })
}

// SetField changes one rule of the working copy; of an object with conditions that of the
// map that takes the rest.
func (p *Project) SetField(ctx context.Context, o model.Object, f mapping.FieldMap) error {
	return p.SetBranchField(ctx, o, "", f)
}

// SetBranchField changes one rule of the map that a condition leads to; branch as
// mapping.ObjectMap.Branch gives it.
func (p *Project) SetBranchField(ctx context.Context, o, branch model.Object, f mapping.FieldMap) error {
	v, err := p.Working(ctx)
	if err != nil {
		return err
	}
	for i := range v.Objects {
		if v.Objects[i].Source != o || v.Objects[i].Branch() != branch {
			continue
		}
		for j := range v.Objects[i].Fields {
			if v.Objects[i].Fields[j].Target == f.Target {
				v.Objects[i].Fields[j] = f
				return p.SetWorking(ctx, v)
			}
		}
		v.Objects[i].Fields = append(v.Objects[i].Fields, f)
		return p.SetWorking(ctx, v)
	}
	return noObject(o)
}

func noObject(o model.Object) error {
	return problem.New("mapping.no_object", "This object is not in the mapping.", "", "Choose one from the list.").At(problem.Place{Object: string(o)})
}

// SetObject says what an object becomes; an empty target means that it is not moved.
func (p *Project) SetObject(ctx context.Context, o, target model.Object, why string) error {
	v, err := p.Working(ctx)
	if err != nil {
		return err
	}
	for i := range v.Objects {
		m := &v.Objects[i]
		if m.Source != o || m.IsBranch() {
			continue
		}
		if target == "" && strings.TrimSpace(why) == "" {
			return problem.New("mapping.no_reason", "Please say why these records are not moved.", "The report names the reason for everything that stays behind.", "Type a reason.").At(problem.Place{Object: string(o)})
		}
		if m.Target != target && target != "" {
			fresh, err := p.suggestOne(ctx, o, target)
			if err != nil {
				return err
			}
			*m = fresh
		}
		m.Target, m.Why = target, why
		if target != "" {
			m.Why = ""
		} else {
			m.Fields = []mapping.FieldMap{}
		}
		return p.SetWorking(ctx, v)
	}
	return noObject(o)
}

// suggestOne proposes rules for one object into a chosen target.
func (p *Project) suggestOne(ctx context.Context, o, target model.Object) (mapping.ObjectMap, error) {
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return mapping.ObjectMap{}, err
	}
	dst, err := p.Schema(ctx, Target)
	if err != nil {
		return mapping.ObjectMap{}, err
	}
	profiles, err := p.Profiles(ctx)
	if err != nil {
		return mapping.ObjectMap{}, err
	}
	so, ok := src.Object(o)
	do, has := dst.Object(target)
	if !ok || !has {
		return mapping.ObjectMap{}, noObject(o)
	}
	// The suggestion pairs objects by name, so the source borrows the target's for a moment.
	borrowed := so
	borrowed.Object = target
	stats := profile.Stats(profiles)
	v := mapping.Suggest(model.Schema{Objects: []model.ObjectSchema{borrowed}}, model.Schema{Objects: []model.ObjectSchema{do}}, mapping.Stats{target: stats[o]})
	m, _ := v.Object(target)
	m.Source, m.Target = o, target
	return m, nil
}

// Lint lists what is wrong or undecided in a mapping.
func (p *Project) Lint(ctx context.Context, v mapping.Version) ([]*problem.Problem, error) {
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return nil, err
	}
	dst, err := p.Schema(ctx, Target)
	if err != nil {
		return nil, err
	}
	more, err := p.lintLookups(ctx, v)
	if err != nil {
		return nil, err
	}
	return append(append([]*problem.Problem{}, v.Lint(src, dst)...), more...), nil
}

// Accept makes the working copy, or the given one, a new version. Records of
// objects that it does not move are left out by that decision, and come back when
// a later version moves them.
func (p *Project) Accept(ctx context.Context, v mapping.Version, reason string) (store.MappingVersion, error) {
	if err := p.idle(ctx); err != nil {
		return store.MappingVersion{}, err
	}
	if strings.TrimSpace(reason) == "" {
		return store.MappingVersion{}, problem.New("mapping.no_reason", "Please say what changed and why.", "Later readers of the report will ask.", "Type a short reason.")
	}
	by := p.Person()
	var out store.MappingVersion
	err := p.db.Write(ctx, func(tx *store.Tx) (err error) {
		if out, err = accept(tx, v, reason, by); err != nil {
			return err
		}
		return tx.Unset(working)
	})
	return out, err
}

// accept keeps a mapping as the newest version, and leaves out what it does not move.
func accept(tx *store.Tx, v mapping.Version, reason string, by model.Person) (out store.MappingVersion, err error) {
	v = accepted(v)
	body, err := json.Marshal(v)
	if err != nil {
		return out, err
	}
	last, err := tx.Mapping(0)
	if err == nil && last.Hash == v.Hash() {
		return out, problem.New("mapping.same", "Nothing changed since the last version.", "A version without a change would only confuse.", "Change something first, or keep the version in force.")
	}
	if err != nil && !problem.Is(err, "mapping.none") {
		return out, err
	}
	if out, err = tx.AcceptMapping(store.MappingVersion{By: by, Reason: reason, Hash: v.Hash(), Body: string(body)}); err != nil {
		return out, err
	}
	return out, scope(tx, v, by)
}

// NotMoved begins the rule of decisions that follow from the mapping itself.
const NotMoved = "mapping.not_moved."

// scope leaves out what the mapping does not move, and brings back what it does.
func scope(tx *store.Tx, v mapping.Version, by model.Person) error {
	decisions, err := tx.Decisions()
	if err != nil {
		return err
	}
	inForce := map[string]int64{}
	for _, d := range decisions {
		if d.UndoneAt == "" && strings.HasPrefix(d.Rule, NotMoved) {
			inForce[d.Rule] = d.ID
		}
	}
	objects, err := tx.Objects()
	if err != nil {
		return err
	}
	var prog *transform.Program
	for _, o := range objects {
		m, ok := v.Object(o)
		rule := NotMoved + string(o)
		routed := restStays(v, o)
		if ok && m.Target != "" || routed {
			if id := inForce[rule]; id != 0 {
				if err := tx.Undo(id, by); err != nil {
					return err
				}
			}
			if !routed {
				continue
			}
			if prog == nil {
				if prog, err = programIn(tx, v); err != nil {
					return err
				}
			}
		}
		hits := []store.Hit{}
		for after := int64(0); ; {
			rows, err := tx.Records(store.Filter{Object: o, Fates: []model.Fate{model.Pending, model.Held}}, after, 1000)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				break
			}
			after = rows[len(rows)-1].Seq
			for _, r := range rows {
				if routed {
					if _, none, _ := prog.Route(r.Record); !none {
						continue // it moves, or is held because that cannot be told
					}
				}
				hits = append(hits, store.Hit{Seq: r.Seq})
			}
		}
		if len(hits) == 0 {
			continue
		}
		why := m.Why
		if routed && why == "" {
			why = "No condition of the mapping is true for them."
		}
		if why == "" {
			why = "The mapping has no place for them."
		}
		if _, err := tx.Decide(store.Decision{By: by, Rule: rule, Does: "leave_out", Object: o, Title: "Not moved by the mapping", Why: why, Settings: map[string]string{}}, model.LeftOut, hits); err != nil {
			return err
		}
	}
	return nil
}

// Approve signs the newest mapping as its business owner. Who made it may not
// approve it alone (invariant 14).
func (p *Project) Approve(ctx context.Context, number int, statement string) error {
	by := p.Person()
	return p.db.Write(ctx, func(tx *store.Tx) error {
		m, err := tx.Mapping(number)
		if err != nil {
			return err
		}
		return approveAs(tx, m, by, statement)
	})
}
