package load

import (
	"context"
	"slices"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// way is where records of one object of the source go. Most objects have one; where
// conditions decide, each of their targets is one, and has a line of its own in the
// plan. A record's way is decided when it is planned; what was sent keeps it.
type way struct {
	object, target model.Object
	first          bool // of its object
}

// ways lists where the records of objects go, in the order in which the target must learn of them.
func (j *Job) ways(objects []model.Object) []way {
	var out []way
	routed := false
	for _, o := range objects {
		targets := j.Program.Targets(o)
		routed = routed || len(targets) > 1
		for _, t := range targets {
			out = append(out, way{object: o, target: t})
		}
	}
	if routed {
		order := j.Target.Kind.Caps.Order
		at := func(w way) int {
			if i := slices.Index(order, w.target); i >= 0 {
				return i
			}
			return len(order)
		}
		slices.SortStableFunc(out, func(a, b way) int { return at(a) - at(b) })
	}
	seen := map[model.Object]bool{}
	for i := range out {
		out[i].first = !seen[out[i].object]
		seen[out[i].object] = true
	}
	return out
}

// ByTarget parts lines of the ledger by what they are in the target: a desk is asked for one
// object at a time.
func ByTarget(lines []store.LedgerLine) [][]store.LedgerLine {
	var out [][]store.LedgerLine
	for _, l := range lines {
		i := slices.IndexFunc(out, func(part []store.LedgerLine) bool { return part[0].Target == l.Target })
		if i < 0 {
			i, out = len(out), append(out, nil)
		}
		out[i] = append(out[i], l)
	}
	return out
}

// apply drafts a record. What is in the target stays what it became, also when its
// condition would lead elsewhere by now.
func (j *Job) apply(tx *store.Tx, row store.Row) (model.Draft, []*problem.Problem, error) {
	if !j.Program.Routed(row.Record.Key.Object) {
		d, found := j.Program.Apply(row.Record)
		return d, found, nil
	}
	line, ok, err := tx.LedgerOf(row.Seq)
	if err != nil {
		return model.Draft{}, nil, err
	}
	if ok && line.State != store.LedgerRefused && line.State != store.LedgerRolledBack {
		d, found := j.Program.ApplyAs(row.Record, line.Target)
		return d, found, nil
	}
	d, found := j.Program.Apply(row.Record)
	return d, found, nil
}

// goes says whether a record goes one way, as far as its conditions tell.
func (j *Job) goes(row store.Row, target model.Object) bool {
	t, none, why := j.Program.Route(row.Record)
	if none || why != nil {
		t, _ = j.Program.Target(row.Record.Key.Object)
	}
	return t == target
}

// targets is what a record became, or else may become.
func (j *Job) targets(s store.Spot) []model.Object {
	if s.Target != "" {
		return []model.Object{s.Target}
	}
	if !j.Program.Routed(s.Object) {
		if t, ok := j.Program.Target(s.Object); ok {
			return []model.Object{t}
		}
		return nil
	}
	return j.Program.Targets(s.Object)
}

// routedReach is reach where conditions decide about one of the two records.
func (pl *planner) routedReach(row store.Row, s store.Spot) reach {
	own, other := pl.j.Program.Targets(row.Record.Key.Object), pl.j.targets(s)
	shared := slices.ContainsFunc(own, func(t model.Object) bool { return slices.Contains(other, t) })
	switch {
	case len(other) == 0:
		return nowhere
	case s.Action == store.ActCreate && row.Record.Key.Object != s.Object && !shared:
		return there // it was planned before, so it is created before
	case s.Action == store.ActCreate:
		return coming
	case s.Action == "" && (s.Fate == model.Pending || s.Fate == model.Held) && s.Seq != row.Seq:
		return coming // it is not planned yet
	}
	return nowhere
}

// heldAfterAll moves a record from those that are created to those that are held, in its
// line of the plan.
func (pl *planner) heldAfterAll(ctx context.Context, o model.Object, seq int64) error {
	target, _ := pl.j.Program.Target(o)
	if pl.j.Program.Routed(o) {
		err := pl.j.DB.Read(ctx, func(tx *store.Tx) error {
			row, err := tx.RecordAt(seq)
			if err != nil {
				return err
			}
			for _, t := range pl.j.Program.Targets(o) {
				if pl.j.goes(row, t) {
					target = t
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for i := range pl.sum.Objects {
		if x := &pl.sum.Objects[i]; x.Object == o && x.Target == target {
			x.Create--
			x.Hold++
		}
	}
	return nil
}

// firstLine is the number of the first line of an object in the plan.
func (r *runner) firstLine(o model.Object) int {
	return slices.IndexFunc(r.sum.Objects, func(x Object) bool { return x.Object == o })
}

// planned counts what the plan has of an object in all of its lines.
func (r *runner) planned(o model.Object) (n int64) {
	for _, x := range r.sum.Objects {
		if x.Object == o {
			n += x.Create + x.Hold + x.Skip
		}
	}
	return n
}
