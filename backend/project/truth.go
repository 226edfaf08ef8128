package project

import (
	"context"
	"slices"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/store"
	"waybill/backend/truth"
)

// plainSources is the shape of all sources as they are, without what comes along by rules.
func (p *Project) plainSources(ctx context.Context) (s model.Schema, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		s, err = allSources(tx)
		return err
	})
	return s, err
}

// TruthKinds lists the objects that several sources have.
func (p *Project) TruthKinds(ctx context.Context) ([]model.Object, error) {
	src, err := p.plainSources(ctx)
	return truth.Kinds(src), err
}

// ProposeTruth finds by what the records of an object can be told to be the same in several
// sources, with counts.
func (p *Project) ProposeTruth(ctx context.Context, kind model.Object) ([]truth.Proposal, error) {
	src, err := p.plainSources(ctx)
	if err != nil {
		return nil, err
	}
	return truth.Propose(ctx, p.db, src, kind)
}

// TruthRule gives the rule about an object that is in force, or else one to begin with: by
// the best key, the main source right. ok is false when the sources share nothing.
func (p *Project) TruthRule(ctx context.Context, kind model.Object) (r truth.Rule, ok bool, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		_, r, ok, err = truth.InForce(tx, kind)
		return err
	})
	if err != nil || ok {
		return r, ok, err
	}
	all, err := p.ProposeTruth(ctx, kind)
	if err != nil || len(all) == 0 {
		return truth.Rule{Object: kind, By: map[model.Object]string{}, Pairs: []truth.Pair{}}, false, err
	}
	r, err = p.BeginTruth(ctx, kind, all[0].By)
	return r, err == nil, err
}

// BeginTruth makes a rule by a key, with the fields that mean the same as far as names, types
// and values tell.
func (p *Project) BeginTruth(ctx context.Context, kind model.Object, by map[model.Object]string) (truth.Rule, error) {
	src, err := p.plainSources(ctx)
	if err != nil {
		return truth.Rule{}, err
	}
	seen, err := p.truthStats(ctx)
	return truth.Begin(src, kind, by, seen), err
}

func (p *Project) truthStats(ctx context.Context) (mapping.Stats, error) {
	profiles, err := p.Profiles(ctx)
	return profile.Stats(profiles), err
}

// LookTruth says what a rule comes to: who matches, about what the sources disagree, and what
// the survivors will say. It decides nothing.
func (p *Project) LookTruth(ctx context.Context, r truth.Rule) (truth.View, error) {
	src, err := p.plainSources(ctx)
	if err != nil {
		return truth.View{}, err
	}
	return truth.Look(ctx, p.db, src, r)
}

// DecideTruth puts a rule in force.
func (p *Project) DecideTruth(ctx context.Context, r truth.Rule, why string) (d store.Decision, err error) {
	if err := p.idle(ctx); err != nil {
		return d, err
	}
	src, err := p.plainSources(ctx)
	if err != nil {
		return d, err
	}
	return truth.Decide(ctx, p.db, src, r, why, p.Person())
}

// UndoTruth takes the rule about an object back.
func (p *Project) UndoTruth(ctx context.Context, kind model.Object) error {
	if err := p.idle(ctx); err != nil {
		return err
	}
	return truth.Undo(ctx, p.db, kind, p.Person())
}

// refreshTruth brings the rules in force up to date with what was read.
func (p *Project) refreshTruth(ctx context.Context) error {
	src, err := p.plainSources(ctx)
	if err != nil || len(truth.Kinds(src)) == 0 {
		return err
	}
	_, err = truth.Refresh(ctx, p.db, src, p.Person())
	return err
}

// Collision says that records of two sources have the same numbers, and are different ones.
type Collision struct {
	// Object of the further source; Other has the same numbers.
	Object model.Object `json:"object"`
	Other  model.Object `json:"other"`
	Count  int64        `json:"count"`
	// Examples of such numbers.
	Examples []NumberTwice `json:"examples"`
	// Field that holds the number; empty: it stands in none, and can only be looked up.
	Field string `json:"field"`
	// Prefix that is in force for the numbers of the further source, with its decision.
	Prefix   string `json:"prefix,omitempty"`
	Decision int64  `json:"decision,omitempty"`
	// Kept names the fields of the target in which the numbers are kept: of the object and of the other.
	Kept      string `json:"kept,omitempty"`
	OtherKept string `json:"other_kept,omitempty"`
}

// NumberTwice is a number with what it means in each source.
type NumberTwice struct {
	ID    string `json:"id"`
	First string `json:"first"`
	Other string `json:"other"`
}

// CodeCollision is under which the records of two sources with the same number are kept.
const CodeCollision = "truth.collision"

// Collisions finds the numbers that people know by heart and that two sources gave to
// different records.
func (p *Project) Collisions(ctx context.Context) ([]Collision, error) {
	src, err := p.plainSources(ctx)
	if err != nil {
		return nil, err
	}
	v, err := p.workingMapping(ctx)
	if err != nil {
		return nil, err
	}
	out := []Collision{}
	return out, p.db.Write(ctx, func(tx *store.Tx) error { // the records behind the figures are kept
		for i, a := range src.Objects {
			if !slices.Contains(numbered, a.Object.Kind()) {
				continue
			}
			for _, b := range src.Objects[i+1:] {
				if b.Object.Kind() != a.Object.Kind() {
					continue
				}
				c, err := collision(tx, src, a.Object, b.Object)
				if err != nil {
					return err
				}
				if c.Count == 0 {
					continue
				}
				field, err := numberField(tx, a)
				if err != nil {
					return err
				}
				c.Kept, c.OtherKept = keptIn(v, b.Object, c.Field), keptIn(v, a.Object, field)
				out = append(out, c)
			}
		}
		return nil
	})
}

func collision(tx *store.Tx, src model.Schema, a, b model.Object) (c Collision, err error) {
	c = Collision{Object: b, Other: a, Examples: []NumberTwice{}}
	const all = 1 << 30
	same, n, err := tx.SameNumbers(a, b, all)
	if err != nil {
		return c, err
	}
	c.Count = n
	firsts, others := make([]int64, len(same)), make([]int64, len(same))
	for i, x := range same {
		firsts[i], others[i] = x.First, x.Other
		if i >= 3 {
			continue
		}
		first, err := tx.RecordAt(x.First)
		if err != nil {
			return c, err
		}
		other, err := tx.RecordAt(x.Other)
		if err != nil {
			return c, err
		}
		c.Examples = append(c.Examples, NumberTwice{ID: x.ID, First: first.Name, Other: other.Name})
	}
	for o, list := range map[model.Object][]int64{a: firsts, b: others} {
		other := b
		if o == b {
			other = a
		}
		if err := tx.SetFound(o, CodeCollision, string(other), list); err != nil {
			return c, err
		}
	}
	shape, _ := src.Object(b)
	if c.Field, err = numberField(tx, shape); err != nil {
		return c, err
	}
	c.Prefix, c.Decision, err = prefixInForce(tx, b, c.Field)
	return c, err
}

// numberField finds the field that holds the number of a record; empty when none does.
func numberField(tx *store.Tx, shape model.ObjectSchema) (string, error) {
	rows, err := tx.Records(store.Filter{Object: shape.Object}, 0, 50)
	if err != nil {
		return "", err
	}
	for _, f := range shape.Fields {
		if f.Type == model.LinkType || f.Type == model.FileType {
			continue
		}
		same := 0
		for _, r := range rows {
			v, err := model.Values(r.Record.Raw)
			if err == nil && model.Plain(v[f.Name]) == r.Record.Key.ID {
				same++
			}
		}
		if len(rows) > 0 && same == len(rows) {
			return f.Name, nil
		}
	}
	return "", nil
}

// keptIn is the field of the target that a mapping fills with a source field.
func keptIn(v mapping.Version, o model.Object, field string) string {
	m, ok := v.Object(o)
	if !ok || field == "" {
		return ""
	}
	for _, f := range m.Fields {
		if f.Rule != mapping.LeaveOut && slices.Contains(f.UsedSources(), field) {
			return f.Target
		}
	}
	return ""
}

func noNumber(o model.Object) error {
	return problem.New("numbers.no_field", "The number of these records stands in none of their fields.", "It is made of several, or of their place in the file.", "Use the table of old numbers instead: it tells the sources apart.").At(problem.Place{Object: string(o)})
}
