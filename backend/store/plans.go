package store

import (
	"database/sql"
	"encoding/json"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// Plan of a run. Body is the planner's own summary as JSON.
type Plan struct {
	ID    int64
	At    string
	By    model.Person
	Scope string
	// Part names the slice of the source that it is about; empty: all of it.
	Part    string
	Mapping int
	Ready   bool
	Body    string
}

// NewPlan begins a plan; it can be executed only once FinishPlan was called.
func (tx *Tx) NewPlan(p Plan) (Plan, error) {
	p.At = model.Stamp(time.Now())
	err := tx.row(`INSERT INTO plan (at, name, role, scope, part, mapping, body) VALUES (?, ?, ?, ?, ?, ?, '') RETURNING id`,
		p.At, p.By.Name, p.By.Role, p.Scope, p.Part, p.Mapping).Scan(&p.ID)
	return p, err
}

// FinishPlan makes a plan complete.
func (tx *Tx) FinishPlan(p Plan) error {
	if _, err := tx.exec(`UPDATE plan SET ready = 1, body = ? WHERE id = ?`, p.Body, p.ID); err != nil {
		return err
	}
	return tx.Audit(p.By, "plan", map[string]any{"plan": p.ID, "scope": p.Scope, "part": p.Part, "mapping": p.Mapping})
}

// Plan finds a complete plan; 0 is the newest.
func (tx *Tx) Plan(id int64) (Plan, error) {
	rows, err := tx.rows(`SELECT id, at, name, role, scope, part, mapping, ready, body FROM plan WHERE ready = 1 AND (?1 = 0 OR id = ?1) ORDER BY id DESC LIMIT 1`, id)
	found, err := collect(rows, err, func(r *sql.Rows) (p Plan, err error) {
		return p, r.Scan(&p.ID, &p.At, &p.By.Name, &p.By.Role, &p.Scope, &p.Part, &p.Mapping, &p.Ready, &p.Body)
	})
	if err != nil {
		return Plan{}, err
	}
	if len(found) == 0 {
		return Plan{}, problem.New("plan.none", "There is no plan yet.", "A run only does what a plan showed before.", "Make a plan first; it writes nothing.")
	}
	return found[0], nil
}

// PlanItem is what the plan says about one record.
type PlanItem struct {
	Seq      int64
	Action   string
	Draft    []byte // hash of the draft that was planned
	Problems []*problem.Problem
	// Whole is the place of the record that it goes along with in one request; 0: none.
	Whole int64
}

// PutPlanItems adds to a plan.
func (tx *Tx) PutPlanItems(plan int64, o model.Object, items []PlanItem) error {
	obj, err := tx.objectID(o, true)
	if err != nil {
		return err
	}
	bodies := make([]any, len(items))
	for i, it := range items {
		if len(it.Problems) > 0 {
			b, err := json.Marshal(it.Problems)
			if err != nil {
				return err
			}
			bodies[i] = string(b)
		}
	}
	return tx.execMany(`INSERT INTO plan_item (plan, object, seq, action, draft, body, whole) VALUES `, `(?1, ?2, ?, ?, ?, ?, ?)`, ``, []any{plan, obj}, len(items), func(args []any, i int) []any {
		it := items[i]
		return append(args, it.Seq, actions[it.Action], it.Draft, bodies[i], it.Whole)
	})
}

// PlanItems gives up to n items of a plan with an action, behind a place, in order.
func (tx *Tx) PlanItems(plan int64, o model.Object, action string, after int64, n int) ([]PlanItem, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT seq, action, draft, coalesce(body, '') FROM plan_item WHERE plan = ? AND object = ? AND seq > ? AND action = ? ORDER BY seq LIMIT ?`,
		plan, obj, after, actions[action], n)
	return collect(rows, err, func(r *sql.Rows) (it PlanItem, err error) {
		var act int
		var body string
		if err = r.Scan(&it.Seq, &act, &it.Draft, &body); err != nil {
			return it, err
		}
		it.Action = actionName(act)
		if body != "" {
			err = json.Unmarshal([]byte(body), &it.Problems)
		}
		return it, err
	})
}

// LastPlanItems gives the last n items of a plan with an action.
func (tx *Tx) LastPlanItems(plan int64, o model.Object, action string, n int) ([]PlanItem, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT seq FROM plan_item WHERE plan = ? AND object = ? AND action = ? ORDER BY seq DESC LIMIT ?`, plan, obj, actions[action], n)
	return collect(rows, err, func(r *sql.Rows) (it PlanItem, err error) {
		it.Action = action
		return it, r.Scan(&it.Seq)
	})
}

// PlanCount counts the items of a plan by object and action.
func (tx *Tx) PlanCount(plan int64) (map[model.Object]map[string]int64, error) {
	rows, err := tx.rows(`SELECT object, action, count(*) FROM plan_item WHERE plan = ? GROUP BY 1, 2`, plan)
	type line struct {
		obj    int64
		action int
		n      int64
	}
	all, err := collect(rows, err, func(r *sql.Rows) (l line, err error) { return l, r.Scan(&l.obj, &l.action, &l.n) })
	out := map[model.Object]map[string]int64{}
	for _, l := range all {
		o := tx.objectName(l.obj)
		if out[o] == nil {
			out[o] = map[string]int64{}
		}
		out[o][actionName(l.action)] = l.n
	}
	return out, err
}

// PlanHolds groups what a plan would hold, by repair.
func (tx *Tx) PlanHolds(plan int64) ([]HeldGroup, error) {
	rows, err := tx.rows(`SELECT object, json_extract(body, '$[0].code'), coalesce(json_extract(body, '$[0].where.field'), ''), count(*), min(seq) FROM plan_item
		WHERE plan = ? AND action = 3 GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3`, plan)
	type line struct {
		HeldGroup
		obj, first int64
	}
	all, err := collect(rows, err, func(r *sql.Rows) (l line, err error) {
		return l, r.Scan(&l.obj, &l.Code, &l.Field, &l.Count, &l.first)
	})
	if err != nil {
		return nil, err
	}
	out := make([]HeldGroup, 0, len(all))
	for _, l := range all {
		l.Object = tx.objectName(l.obj)
		var body string
		if err := tx.row(`SELECT body FROM plan_item WHERE plan = ? AND object = ? AND seq = ?`, plan, l.obj, l.first).Scan(&body); err != nil {
			return nil, err
		}
		var why []*problem.Problem
		if err := json.Unmarshal([]byte(body), &why); err != nil {
			return nil, err
		}
		l.Example = why[0]
		rows, err := tx.rows(`SELECT CASE WHEN r.place <> '' THEN r.id || ' (' || r.place || ')' ELSE r.id END FROM plan_item i JOIN rec r ON r.seq = i.seq
			WHERE i.plan = ? AND i.object = ? AND i.action = 3 AND json_extract(i.body, '$[0].code') = ? AND coalesce(json_extract(i.body, '$[0].where.field'), '') = ? ORDER BY i.seq LIMIT 3`,
			plan, l.obj, l.Code, l.Field)
		if l.Examples, err = collect(rows, err, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) }); err != nil {
			return nil, err
		}
		out = append(out, l.HeldGroup)
	}
	return out, nil
}

// Spot is where a reference leads.
type Spot struct {
	// Seq of the record, after merges were followed.
	Seq    int64
	Object model.Object
	Fate   model.Fate
	// Action that the plan in question has for it; empty when it has none.
	Action string
	// TargetID is set once the record exists in the target, and Target says as what.
	TargetID string
	Target   model.Object
	// Name that people know it by.
	Name string
}

// Resolve finds where references lead. References that lead nowhere are not in the map.
func (tx *Tx) Resolve(refs []model.Ref, plan int64) (map[model.Ref]Spot, error) {
	type bucket struct {
		object model.Object
		by     string
	}
	want := map[bucket][]string{}
	seen := map[model.Ref]bool{}
	for _, r := range refs {
		if !seen[r] {
			seen[r] = true
			b := bucket{r.Object, r.By}
			want[b] = append(want[b], r.Value)
		}
	}
	out, merged := make(map[model.Ref]Spot, len(seen)), map[int64][]model.Ref{}
	for b, values := range want {
		if b.by == model.ByTarget { // the people map names who is there already
			for _, v := range values {
				out[model.Ref{Object: b.object, By: b.by, Value: v}] = Spot{TargetID: v}
			}
			continue
		}
		obj, err := tx.objectID(b.object, false)
		if err != nil {
			return nil, err
		}
		q, args := `SELECT j.value, `+spotColumns+` FROM json_each(?) j CROSS JOIN rec r ON r.object = ? AND r.id = j.value`+spotJoins, []any{"", obj}
		given := map[string][]string{}
		if b.by != "" {
			q = `SELECT j.value, ` + spotColumns + ` FROM json_each(?) j CROSS JOIN alias a ON a.object = ? AND a.field = ? AND a.value = j.value CROSS JOIN rec r ON r.seq = a.seq` + spotJoins + ` ORDER BY a.seq`
			args = append(args, b.by)
			folded := make([]string, 0, len(values))
			for _, v := range values {
				f := Fold(v)
				if given[f] == nil {
					folded = append(folded, f)
				}
				given[f] = append(given[f], v)
			}
			values = folded
		}
		list, err := json.Marshal(values)
		if err != nil {
			return nil, err
		}
		args[0] = string(list)
		rows, err := tx.rows(q, append(args, plan)...)
		type pair struct {
			v        string
			s        Spot
			survivor int64
		}
		pairs, err := collect(rows, err, func(r *sql.Rows) (p pair, err error) {
			p.s, p.survivor, err = tx.scanSpot(r, &p.v)
			return p, err
		})
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			originals := given[p.v]
			if b.by == "" {
				originals = []string{p.v}
			}
			for _, v := range originals {
				ref := model.Ref{Object: b.object, By: b.by, Value: v}
				if _, ok := out[ref]; ok {
					continue
				}
				out[ref] = p.s
				if p.s.Fate == model.Merged && p.survivor != 0 {
					merged[p.s.Seq] = append(merged[p.s.Seq], ref)
				}
			}
		}
	}
	if len(merged) == 0 {
		return out, nil
	}
	spots, err := tx.survivors(merged, plan)
	if err != nil {
		return nil, err
	}
	for seq, refs := range merged {
		for _, ref := range refs {
			out[ref] = spots[seq]
		}
	}
	return out, nil
}

// What a spot is made of; spotJoins takes the plan, and scanSpot reads it behind what else was asked.
const (
	spotColumns = `r.seq, r.object, r.fate, r.name, r.survivor, coalesce(g.id, ''), coalesce(g.target, ''), coalesce(g.state, 0), coalesce(i.action, 0)`
	spotJoins   = ` LEFT JOIN ledger g ON g.seq = r.seq LEFT JOIN plan_item i ON i.plan = ? AND i.object = r.object AND i.seq = r.seq`
)

func (tx *Tx) scanSpot(rows *sql.Rows, before ...any) (s Spot, survivor int64, err error) {
	var id string
	var target model.Object
	var state, action int
	var obj int64
	if err := rows.Scan(append(before, &s.Seq, &obj, &s.Fate, &s.Name, &survivor, &id, &target, &state, &action)...); err != nil {
		return s, 0, err
	}
	if state == LedgerCreated || state == LedgerExisted {
		s.TargetID, s.Target = id, target
	}
	s.Action, s.Object = actionName(action), tx.objectName(obj)
	return s, survivor, nil
}

// survivors follows merges, and looks up the ledger and the plan for where they end.
func (tx *Tx) survivors(merged map[int64][]model.Ref, plan int64) (map[int64]Spot, error) {
	seqs := make([]int64, 0, len(merged))
	for s := range merged {
		seqs = append(seqs, s)
	}
	rows, err := tx.rows(`WITH RECURSIVE walk (start, seq, depth) AS (
			SELECT value, value, 0 FROM json_each(?)
			UNION ALL
			SELECT w.start, r.survivor, w.depth + 1 FROM walk w CROSS JOIN rec r ON r.seq = w.seq WHERE r.fate = 2 AND r.survivor <> 0 AND w.depth < 20)
		SELECT w.start, `+spotColumns+` FROM walk w CROSS JOIN rec r ON r.seq = w.seq`+spotJoins+` ORDER BY w.start, w.depth`, jsonInts(seqs), plan)
	out := map[int64]Spot{}
	_, err = collect(rows, err, func(r *sql.Rows) (start int64, err error) {
		s, _, err := tx.scanSpot(r, &start)
		out[start] = s // the deepest comes last
		return start, err
	})
	return out, err
}
