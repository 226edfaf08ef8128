package project

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// valuesListed is how many distinct values a person is asked about at once.
const valuesListed = 1000

func (o *offers) held(ctx context.Context) (out []store.HeldValue, err error) {
	err = o.p.db.Read(ctx, func(tx *store.Tx) error {
		out, err = tx.HeldValues(o.g, valuesListed)
		return err
	})
	return slices.DeleteFunc(out, func(v store.HeldValue) bool { return strings.TrimSpace(v.Value) == "" }), err
}

// values offers to say what each value becomes: lines of a value list.
func (o *offers) values(ctx context.Context) error {
	if o.rule.Rule != mapping.Values && (o.rule.Rule != mapping.Copy || len(o.rule.Sources) != 1) {
		return nil
	}
	found, err := o.held(ctx)
	if err != nil || len(found) == 0 {
		return err
	}
	r := Repair{
		ID: "value_list", Title: "Say what each value becomes", Asks: AskValues, Options: optionsOf(o.target), Again: true,
		Why: fmt.Sprintf("“%s” needs one of the target's own values. Waybill does not guess.", o.fieldTitle()),
	}
	for _, v := range found {
		r.Values = append(r.Values, RepairOption{Value: v.Value, Title: v.Value, Count: v.Count})
	}
	counts := map[string]int64{}
	for _, v := range found {
		counts[v.Value] = v.Count
	}
	asked := r
	r.make = func(ctx context.Context, value, _ string) (change, error) {
		answers, err := asked.answers(value)
		if err != nil {
			return change{}, err
		}
		base := []mapping.ValuePair{}
		if o.rule.Rule == mapping.Copy { // the list must also say what was copied so far
			if base, err = o.known(ctx); err != nil {
				return change{}, err
			}
		}
		return change{edit: o.editRule(func(f *mapping.FieldMap) error {
			if f.Rule == mapping.Copy {
				f.Rule, f.Values = mapping.Values, slices.Clone(base)
			}
			for _, from := range sorted(answers) {
				to := answers[from]
				if to == leaveEmpty {
					to = ""
				}
				setPair(f, mapping.ValuePair{From: from, To: to, Count: counts[from], Decided: true})
			}
			return nil
		})}, nil
	}
	o.list = append(o.list, r)
	return nil
}

func sorted(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// setPair settles a line of a value list, also where the list writes it in another case.
func setPair(f *mapping.FieldMap, p mapping.ValuePair) {
	hit := false
	for i := range f.Values {
		if strings.EqualFold(strings.TrimSpace(f.Values[i].From), strings.TrimSpace(p.From)) && !f.Values[i].Decided {
			f.Values[i].To, f.Values[i].Decided, hit = p.To, true, true
		}
	}
	if i := slices.IndexFunc(f.Values, func(x mapping.ValuePair) bool { return x.From == p.From }); i >= 0 {
		f.Values[i].To, f.Values[i].Decided, hit = p.To, true, true
	}
	if !hit {
		f.Values = append(f.Values, p)
	}
}

// known lists the values of the source's field that are understood as they are.
func (o *offers) known(ctx context.Context) ([]mapping.ValuePair, error) {
	counts := map[string]int64{}
	field := o.rule.Sources[0]
	for after := int64(0); ; {
		n := 0
		err := o.p.db.Read(ctx, func(tx *store.Tx) error {
			rows, err := tx.Records(store.Filter{Object: o.g.Object}, after, 1000)
			for _, row := range rows {
				after = row.Seq
				for _, v := range o.prog.List(row.Record, field) { // a row that could not be read has none
					counts[v]++
				}
			}
			n = len(rows)
			return err
		})
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		if len(counts) > 20_000 {
			return nil, problem.New("held.too_many_values", "“"+field+"” has too many different values for a value list.", "It holds free text rather than choices.", "Choose another rule for it in Mapping.").At(problem.Place{Field: field})
		}
	}
	options := map[string]string{}
	for _, c := range o.target.Options {
		options[store.Fold(c.Title)] = c.Value
	}
	for _, c := range o.target.Options {
		options[store.Fold(c.Value)] = c.Value
	}
	delete(options, "")
	out := []mapping.ValuePair{}
	for v, n := range counts {
		to, ok := options[store.Fold(v)]
		if o.target.Type == model.Bool {
			b, is := mapping.Truth(v)
			to, ok = fmt.Sprint(b), is
		}
		if ok {
			out = append(out, mapping.ValuePair{From: v, To: to, Count: n, Decided: true})
		}
	}
	slices.SortFunc(out, func(a, b mapping.ValuePair) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.From, b.From))
	})
	return out, nil
}

// decimals offers to read numbers that are written with other signs.
func (o *offers) decimals() {
	if o.rule.Rule != mapping.Copy || len(o.rule.Sources) != 1 {
		return
	}
	ref := formula.FieldRef(o.rule.Sources[0])
	o.byRule(Repair{
		ID: "decimal_comma", Title: "Read numbers with a comma, such as 1.234,50", Asks: AskNothing, Why: "The comma parts the decimals, and points between digits are left out. Numbers that were read before stay as they are.",
	}, func(f *mapping.FieldMap, _ string) error {
		f.Rule, f.Sources = mapping.Formula, nil
		f.Formula = fmt.Sprintf(`IF(%[1]s="","",IF(IFERROR(FIND(",",%[1]s),0)>0,NUMBERVALUE(%[1]s,",","."),%[1]s))`, ref)
		return nil
	})
}
