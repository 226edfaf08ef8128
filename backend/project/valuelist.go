package project

import (
	"cmp"
	"context"
	"slices"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// maxValues bounds how many different values of one field are listed.
const maxValues = 100_000

// ValueCounts lists every different value of a source field with how many records have it,
// the most frequent first: exactly, from the stage, after corrections. Values in one cell
// are parted by the source's own rule (P-59). Records that were left out do not count.
func (p *Project) ValueCounts(ctx context.Context, o model.Object, field string) ([]mapping.ValueCount, error) {
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return nil, err
	}
	prog, _, err := p.Program(ctx, mapping.Version{}, src, model.Schema{})
	if err != nil {
		return nil, err
	}
	counts := map[string]int64{}
	err = p.eachRow(ctx, store.Filter{Object: o, Fates: []model.Fate{model.Pending, model.Held, model.Moved}}, func(rows []store.Row) error {
		for _, r := range rows {
			for _, v := range prog.List(r.Record, field) {
				if len(counts) < maxValues || counts[v] > 0 {
					counts[v]++
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]mapping.ValueCount, 0, len(counts))
	for v, n := range counts {
		out = append(out, mapping.ValueCount{Value: v, Count: n})
	}
	slices.SortFunc(out, func(a, b mapping.ValueCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return out, nil
}

// eachRow walks records with their links, a page at a time.
func (p *Project) eachRow(ctx context.Context, f store.Filter, each func([]store.Row) error) error {
	for after := int64(0); ; {
		var rows []store.Row
		err := p.db.Read(ctx, func(tx *store.Tx) (err error) {
			if rows, err = tx.Records(f, after, 2000); err != nil {
				return err
			}
			return tx.Links(rows)
		})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		after = rows[len(rows)-1].Seq
		if err := each(rows); err != nil {
			return err
		}
	}
}

// ValueLine is one line of a value list, with what is known about the value.
type ValueLine struct {
	mapping.ValuePair
	// Near is what Waybill would choose for a value that nobody decided.
	Near string `json:"near"`
	// Exists: To is an option of the target, or needs none. CanCreate: the target's API can
	// make it.
	Exists    bool `json:"exists"`
	CanCreate bool `json:"can_create"`
	// Gone: no record has the value any more.
	Gone bool `json:"gone"`
}

// ValueList is a value list with every different value of its field.
type ValueList struct {
	Object model.Object `json:"object"`
	Branch model.Object `json:"branch"`
	Field  string       `json:"field"`
	Source string       `json:"source"`
	Lines  []ValueLine  `json:"lines"`
	// Undecided values and the records that have them; these would be held.
	Undecided        int            `json:"undecided"`
	UndecidedRecords int64          `json:"undecided_records"`
	Options          []model.Choice `json:"options"`
}

// ValueList gives the list of one target field: every different value of its source, with
// exact counts, near matches for what nobody decided, and lines whose value is gone.
func (p *Project) ValueList(ctx context.Context, o, branch model.Object, field string) (out ValueList, err error) {
	v, err := p.Working(ctx)
	if err != nil {
		return out, err
	}
	m, ok := v.BranchMap(o, branch)
	if !ok {
		return out, noObject(o)
	}
	f, ok := m.Field(field)
	if !ok || len(f.Sources) == 0 {
		return out, problem.New("mapping.no_sources", "This field has no source whose values could be listed.", "", "Choose its source field first.").At(problem.Place{Object: string(o), Field: field})
	}
	dst, err := p.Schema(ctx, Target)
	if err != nil {
		return out, err
	}
	do, _ := dst.Object(m.Target)
	t, _ := do.Field(field)
	counts, err := p.ValueCounts(ctx, o, f.Sources[0])
	if err != nil {
		return out, err
	}
	creates, err := p.creates(ctx)
	if err != nil {
		return out, err
	}
	out = ValueList{Object: o, Branch: branch, Field: field, Source: f.Sources[0], Lines: []ValueLine{}, Options: t.Options}
	if out.Options == nil {
		out.Options = []model.Choice{}
	}
	f.Values = mapping.Complete(f, t, counts)
	for _, pair := range f.Values {
		line := ValueLine{ValuePair: pair, CanCreate: creates, Gone: pair.Count == 0}
		line.Exists = pair.To == "" || len(t.Options) == 0 || slices.ContainsFunc(t.Options, func(c model.Choice) bool { return c.Value == pair.To })
		if near, ok := mapping.NearestOption(pair.From, t); ok {
			line.Near = near.Value
		}
		if !pair.Decided {
			out.Undecided++
			out.UndecidedRecords += pair.Count
		}
		out.Lines = append(out.Lines, line)
	}
	return out, nil
}

// FillValueList puts every different value of the source into the list of a target field:
// new ones with what is near, counts as they are now. What people decided stays.
func (p *Project) FillValueList(ctx context.Context, o, branch model.Object, field string) (ValueList, error) {
	l, err := p.ValueList(ctx, o, branch, field)
	if err != nil {
		return l, err
	}
	return l, p.editField(ctx, o, branch, field, func(f *mapping.FieldMap) error {
		f.Values = f.Values[:0:0]
		for _, line := range l.Lines {
			f.Values = append(f.Values, line.ValuePair)
		}
		return nil
	})
}

// DecideValues settles lines of a value list; values that the list lacks are added.
func (p *Project) DecideValues(ctx context.Context, o, branch model.Object, field string, pairs []mapping.ValuePair) error {
	return p.editField(ctx, o, branch, field, func(f *mapping.FieldMap) error {
		f.Values = slices.Clone(f.Values)
		for _, pair := range pairs {
			i := slices.IndexFunc(f.Values, func(x mapping.ValuePair) bool { return x.From == pair.From })
			if i < 0 {
				f.Values = append(f.Values, pair)
				continue
			}
			x := &f.Values[i]
			x.To, x.Decided, x.Keep = pair.To, pair.Decided, pair.Keep
		}
		return nil
	})
}

// editField changes one rule of the working copy.
func (p *Project) editField(ctx context.Context, o, branch model.Object, field string, edit func(*mapping.FieldMap) error) error {
	v, err := p.Working(ctx)
	if err != nil {
		return err
	}
	for i := range v.Objects {
		if v.Objects[i].Source != o || v.Objects[i].Branch() != branch {
			continue
		}
		for k := range v.Objects[i].Fields {
			if f := &v.Objects[i].Fields[k]; f.Target == field {
				if err := edit(f); err != nil {
					return err
				}
				return p.SetWorking(ctx, v)
			}
		}
	}
	return problem.New("mapping.no_field", "This field is not in the mapping.", "", "Choose one from the list.").At(problem.Place{Object: string(o), Field: field})
}

// creates says whether the target's API lets fields and options be made.
func (p *Project) creates(ctx context.Context) (bool, error) {
	c, ok, err := p.Connection(ctx, Target)
	if err != nil || !ok {
		return false, err
	}
	k, err := p.env.Kind(c.Kind)
	known := err == nil // a kind that this version does not know creates nothing
	return known && k.Caps.Shapes, nil
}
