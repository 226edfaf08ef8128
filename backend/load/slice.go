package load

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/backend/formula"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Kinds of runs beside model.RunFull, RunDelta and RunRollback.
const (
	RunSlice = "slice"
	RunRetry = "retry"
)

// Slice is a part of the source that is moved by itself: "recent and open first".
type Slice struct {
	Name string `json:"name"`
	// Object that the conditions are about, such as ticket. What hangs on its records
	// (messages, attachments) and what they need (people, groups) comes along.
	Object model.Object `json:"object"`
	// Conditions must all hold; none: all records of Object.
	Conditions []Condition `json:"conditions"`
}

// Operators of conditions.
const (
	OpIs       = "is"
	OpIsNot    = "is_not"
	OpContains = "contains"
	OpEmpty    = "empty"
	OpFilled   = "filled"
	OpSince    = "since"  // a moment, or a day: at it or after it
	OpBefore   = "before" // a moment, or a day
	OpFormula  = "formula"
)

// Condition about one field of a record. Values of is and is_not may name several, parted by "|".
type Condition struct {
	Field string `json:"field"`
	Op    string `json:"op"`
	Value string `json:"value"`
}

// matcher decides whether a record belongs to a slice.
type matcher struct {
	slice  Slice
	shape  model.ObjectSchema
	exprs  []*formula.Expr
	values [][]string
	times  []time.Time
}

// newMatcher checks a slice against the source's shape.
func newMatcher(s Slice, src model.Schema) (*matcher, error) {
	shape, ok := src.Object(s.Object)
	if !ok {
		return nil, badSlice(s, "", fmt.Sprintf("There is no object %q in the source.", s.Object))
	}
	m := &matcher{slice: s, shape: shape, exprs: make([]*formula.Expr, len(s.Conditions)), values: make([][]string, len(s.Conditions)), times: make([]time.Time, len(s.Conditions))}
	for i, c := range s.Conditions {
		if _, ok := shape.Field(c.Field); !ok && c.Op != OpFormula && c.Field != "id" {
			return nil, badSlice(s, c.Field, fmt.Sprintf("There is no field %q in the source.", c.Field))
		}
		switch c.Op {
		case OpIs, OpIsNot:
			for _, v := range strings.Split(c.Value, "|") {
				m.values[i] = append(m.values[i], store.Fold(v))
			}
		case OpContains:
			m.values[i] = []string{store.Fold(c.Value)}
		case OpEmpty, OpFilled:
		case OpSince, OpBefore:
			t, ok := moment(c.Value)
			if !ok {
				return nil, badSlice(s, c.Field, fmt.Sprintf("%q is not a day such as 2026-01-31.", c.Value))
			}
			m.times[i] = t
		case OpFormula:
			e, err := formula.Parse(c.Value)
			if err != nil {
				return nil, err
			}
			m.exprs[i] = e
		default:
			return nil, badSlice(s, c.Field, fmt.Sprintf("%q is not a comparison that Waybill knows.", c.Op))
		}
	}
	return m, nil
}

// CheckSlice says what is wrong with a slice, before any plan is made with it.
func CheckSlice(s Slice, src model.Schema) error {
	_, err := newMatcher(s, src)
	return err
}

func badSlice(s Slice, field, what string) *problem.Problem {
	return problem.New("slice.condition", what, "The slice "+s.Name+" cannot be chosen by it.", "Correct the condition.").At(problem.Place{Object: string(s.Object), Field: field})
}

func moment(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// matches says whether all conditions hold. A moment that cannot be read is neither
// before nor since: such a record is left for the slice without that condition.
func (m *matcher) matches(r model.Record) (bool, error) {
	values, err := model.Values(r.Raw)
	if err != nil {
		return false, nil //nolint:nilerr // what cannot be read belongs to no slice, and is held by the full plan
	}
	for i, c := range m.slice.Conditions {
		text := model.Plain(values[c.Field])
		if c.Field == "id" {
			text = r.Key.ID
		}
		ok := false
		switch c.Op {
		case OpIs, OpIsNot:
			has := false
			for _, v := range m.values[i] {
				has = has || m.has(values[c.Field], text, v)
			}
			ok = has == (c.Op == OpIs)
		case OpContains:
			ok = strings.Contains(strings.ToLower(text), m.values[i][0])
		case OpEmpty:
			ok = strings.TrimSpace(text) == ""
		case OpFilled:
			ok = strings.TrimSpace(text) != ""
		case OpSince, OpBefore:
			f, _ := m.shape.Field(c.Field)
			t, read := m.read(f, text)
			ok = read && t.Before(m.times[i]) == (c.Op == OpBefore)
		case OpFormula:
			v, err := m.exprs[i].Eval(func(name string) formula.Value { return formula.Text(model.Plain(values[name])) })
			if err != nil {
				return false, err
			}
			ok, _ = v.Logical()
		}
		if !ok {
			return false, nil
		}
	}
	return true, nil
}

func (m *matcher) has(v any, text, want string) bool {
	if list, ok := v.([]string); ok {
		for _, s := range list {
			if store.Fold(s) == want {
				return true
			}
		}
		return false
	}
	return store.Fold(text) == want
}

func (m *matcher) read(f model.Field, text string) (time.Time, bool) {
	if f.Format == "" {
		return moment(text)
	}
	d, err := formula.NewDateFormat(f.Format, f.Zone)
	if err != nil {
		return time.Time{}, false
	}
	t, _, err := d.Parse(text)
	return t, err == nil
}

// pick marks the records that the plan is about: those of the slice, or of a held group,
// with what hangs on them and what they need.
func (pl *planner) pick(ctx context.Context) error {
	switch pl.scope.Kind {
	case RunSlice:
		if pl.scope.Slice == nil {
			return fmt.Errorf("a plan of a slice needs one")
		}
		if err := pl.pickSlice(ctx, *pl.scope.Slice); err != nil {
			return err
		}
		return pl.close(ctx, true)
	case model.RunPilot:
		if err := pl.pickPilot(ctx); err != nil {
			return err
		}
		return pl.close(ctx, true)
	case RunRetry:
		return pl.pickHeld(ctx)
	}
	return nil
}

// pickPilot takes the records that were chosen for the rehearsal.
func (pl *planner) pickPilot(ctx context.Context) error {
	return pl.j.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.PickPilot(pl.plan.ID)
		if err == nil && n == 0 {
			err = problem.New("pilot.none", "No pilot was chosen yet.", "A pilot moves the records in which everything occurs that is hard.", "Choose the pilot first; then plan it.")
		}
		return err
	})
}

func (pl *planner) pickSlice(ctx context.Context, s Slice) error {
	m, err := newMatcher(s, pl.j.Source)
	if err != nil {
		return err
	}
	for after := int64(0); ; {
		if err := pl.p.Checkpoint(ctx); err != nil {
			return err
		}
		n := 0
		err := pl.j.DB.Write(ctx, func(tx *store.Tx) error {
			rows, err := tx.Records(store.Filter{Object: s.Object, Retry: true}, after, planPage)
			if err != nil || len(rows) == 0 {
				return err
			}
			n, after = len(rows), rows[len(rows)-1].Seq
			hits := []int64{}
			for _, row := range rows {
				ok, err := m.matches(row.Record)
				if err != nil {
					return err
				}
				if ok {
					hits = append(hits, row.Seq)
				}
			}
			return tx.Pick(pl.plan.ID, hits)
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

func (pl *planner) pickHeld(ctx context.Context) error {
	err := pl.j.DB.Write(ctx, func(tx *store.Tx) error {
		groups := []store.HeldGroup{}
		if pl.scope.Group != nil {
			groups = append(groups, *pl.scope.Group)
		} else {
			var err error
			if groups, err = tx.HeldGroups(); err != nil {
				return err
			}
		}
		for _, g := range groups {
			if err := tx.PickGroup(pl.plan.ID, g.Object, g.Code, g.Field); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := pl.pickOwners(ctx); err != nil {
		return err
	}
	// What was held only because of these comes along.
	return pl.close(ctx, false)
}

// pickOwners adds what the target takes only together with a picked record.
func (pl *planner) pickOwners(ctx context.Context) error {
	return pl.j.DB.Write(ctx, func(tx *store.Tx) error {
		for _, o := range slices.Backward(pl.order) {
			t, _ := pl.j.Program.Target(o)
			if w, ok := pl.j.Target.Kind.Caps.Whole(t); !ok || w.First {
				continue
			}
			if _, err := tx.PickNeeded(pl.plan.ID, o); err != nil {
				return err
			}
		}
		return nil
	})
}

// close makes a part whole: what hangs on it, and with needs what it points to.
func (pl *planner) close(ctx context.Context, needs bool) error {
	return pl.j.DB.Write(ctx, func(tx *store.Tx) error {
		for _, o := range pl.order {
			for _, child := range pl.order {
				if hangs(o, child) {
					if _, err := tx.PickChildren(pl.plan.ID, o, child); err != nil {
						return err
					}
				}
			}
		}
		for needs {
			more := int64(0)
			for _, o := range pl.order {
				n, err := tx.PickNeeded(pl.plan.ID, o)
				if err != nil {
					return err
				}
				more += n
			}
			if more == 0 {
				break
			}
		}
		return nil
	})
}

// hangs says whether records of an object live and die with those of another one.
func hangs(parent, child model.Object) bool {
	if parent.Source() != child.Source() {
		return false
	}
	parent, child = parent.Kind(), child.Kind()
	return parent == model.Ticket && (child == model.Message || child == model.Attachment) || parent == model.Message && child == model.Attachment
}
