package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"waybill/backend/model"
)

// RuleGone is the rule of decisions that leave records out because they were deleted at
// the source, and a person chose to delete them in the target too.
const RuleGone = "source.gone"

// Conflict is what a person decided about a record that changed in both desks, or that
// is gone at the source.
type Conflict struct {
	Seq    int64
	Object model.Object
	// Gone: it is about a record that is gone at the source.
	Gone   bool
	Choice string
	Plan   int64
	At     string
	By     model.Person
	Why    string
	// Version of the target's record that was seen, and the one right after we wrote it.
	Version, Wrote string
	// Fields that the target keeps as people there have them.
	Fields []string
}

const conflictColumns = `c.seq, c.object, c.gone, c.choice, c.plan, c.at, c.name, c.role, c.why, c.version, c.wrote, c.fields`

func (tx *Tx) scanConflict(r *sql.Rows) (c Conflict, err error) {
	var obj int64
	var fields string
	err = r.Scan(&c.Seq, &obj, &c.Gone, &c.Choice, &c.Plan, &c.At, &c.By.Name, &c.By.Role, &c.Why, &c.Version, &c.Wrote, &fields)
	if err != nil {
		return c, err
	}
	c.Object = tx.objectName(obj)
	return c, json.Unmarshal([]byte(fields), &c.Fields)
}

// ConflictsAt gives what was decided about records; those without a decision are not in the map.
func (tx *Tx) ConflictsAt(seqs []int64) (map[int64]Conflict, error) {
	list, err := json.Marshal(seqs)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT `+conflictColumns+` FROM json_each(?) j CROSS JOIN conflict c ON c.seq = j.value`, string(list))
	all, err := collect(rows, err, tx.scanConflict)
	out := make(map[int64]Conflict, len(all))
	for _, c := range all {
		out[c.Seq] = c
	}
	return out, err
}

// Conflicts lists what was decided about records of an object, behind a place, in order.
func (tx *Tx) Conflicts(o model.Object, after int64, n int) ([]Conflict, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT `+conflictColumns+` FROM conflict c WHERE c.object = ? AND c.seq > ? ORDER BY c.seq LIMIT ?`, obj, after, n)
	return collect(rows, err, tx.scanConflict)
}

// Conclude keeps a decision. A change that stays unwritten by it is settled until the
// source or the target changes again.
func (tx *Tx) Conclude(c Conflict) error {
	obj, err := tx.objectID(c.Object, false)
	if err != nil {
		return err
	}
	fields, err := json.Marshal(c.Fields)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO conflict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (seq) DO UPDATE SET gone = excluded.gone, choice = excluded.choice, plan = excluded.plan, at = excluded.at, name = excluded.name,
			role = excluded.role, why = excluded.why, version = excluded.version, wrote = excluded.wrote, fields = excluded.fields`,
		c.Seq, obj, c.Gone, c.Choice, c.Plan, model.Stamp(time.Now()), c.By.Name, c.By.Role, c.Why, c.Version, c.Wrote, string(fields))
	if err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE change SET settled = 1, sent = 0, run = 0, problem = '' WHERE seq = ?`, c.Seq)
	return err
}

// Rewrote keeps the version of a record that was written again after a conflict.
func (tx *Tx) Rewrote(seq int64, version string) error {
	_, err := tx.exec(`UPDATE conflict SET wrote = ? WHERE seq = ?`, version, seq)
	return err
}

// DeltaItem is what a plan says about a record that is in the target already. Body is
// the planner's own, as JSON; its "choice" is what a person chose.
type DeltaItem struct {
	Seq    int64
	Action string
	// Draft is the fingerprint of what the record shall become.
	Draft []byte
	Body  string
	// Source and Name are the record's id and what people call it; Target its id there.
	Source, Name, Target string
}

// PutDeltaItems adds to a plan.
func (tx *Tx) PutDeltaItems(plan int64, o model.Object, items []DeltaItem) error {
	obj, err := tx.objectID(o, true)
	if err != nil {
		return err
	}
	for _, it := range items {
		if _, err := tx.exec(`INSERT INTO plan_item (plan, object, seq, action, draft, body) VALUES (?, ?, ?, ?, ?, ?)`, plan, obj, it.Seq, actions[it.Action], it.Draft, it.Body); err != nil {
			return err
		}
	}
	return nil
}

const deltaItems = `SELECT i.seq, i.action, i.draft, i.body, r.id, r.name, coalesce(g.id, '') FROM plan_item i CROSS JOIN rec r ON r.seq = i.seq LEFT JOIN ledger g ON g.seq = i.seq
	WHERE i.plan = ? AND i.object = ? AND i.action = ? AND i.seq > ? ORDER BY i.seq LIMIT ?`

// DeltaItems gives up to n items of a plan with an action, behind a place, in order.
// choice restricts to those with it; empty: all.
func (tx *Tx) DeltaItems(plan int64, o model.Object, action, choice string, after int64, n int) ([]DeltaItem, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	q, args := deltaItems, []any{plan, obj, actions[action], after, n}
	if choice != "" {
		q = strings.Replace(q, ` ORDER BY`, ` AND json_extract(i.body, '$.choice') = ? ORDER BY`, 1)
		args = []any{plan, obj, actions[action], after, choice, n}
	}
	rows, err := tx.rows(q, args...)
	return collect(rows, err, func(r *sql.Rows) (it DeltaItem, err error) {
		var act int
		err = r.Scan(&it.Seq, &act, &it.Draft, &it.Body, &it.Source, &it.Name, &it.Target)
		it.Action = actionName(act)
		return it, err
	})
}

// PlanStarted says whether a run of a plan was ever begun.
func (tx *Tx) PlanStarted(plan int64) (bool, error) {
	return tx.exists(`SELECT 1 FROM run WHERE plan = ? LIMIT 1`, plan)
}

// Choose sets the choice of a plan's items with an action: those of an object, or of all
// when it is empty; those at seqs, or all when nil. It gives how many were set. Items of
// which only keeping is possible are passed.
func (tx *Tx) Choose(plan int64, action string, o model.Object, seqs []int64, choice string, by model.Person, why string) (n int64, err error) {
	cond, args := []string{`plan = ?`, `action = ?`}, []any{plan, actions[action]}
	if o != "" {
		obj, err := tx.objectID(o, false)
		if err != nil {
			return 0, err
		}
		cond, args = append(cond, `object = ?`), append(args, obj)
	}
	if seqs != nil {
		list, err := json.Marshal(seqs)
		if err != nil {
			return 0, err
		}
		cond, args = append(cond, `seq IN (SELECT value FROM json_each(?))`), append(args, string(list))
	}
	cond, args = append(cond, `EXISTS (SELECT 1 FROM json_each(body, '$.choices') c WHERE c.value = ?)`), append(args, choice)
	who, err := json.Marshal(by)
	if err != nil {
		return 0, err
	}
	res, err := tx.ExecContext(tx.ctx, `UPDATE plan_item SET body = json_set(body, '$.choice', ?, '$.by', json(?), '$.why', ?) WHERE `+strings.Join(cond, " AND "),
		append([]any{choice, string(who), why}, args...)...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Chosen counts a plan's items with an action by object and choice.
func (tx *Tx) Chosen(plan int64, action string) (map[model.Object]map[string]int64, error) {
	rows, err := tx.rows(`SELECT object, coalesce(json_extract(body, '$.choice'), ''), count(*) FROM plan_item WHERE plan = ? AND action = ? GROUP BY 1, 2`, plan, actions[action])
	type line struct {
		obj, n int64
		choice string
	}
	all, err := collect(rows, err, func(r *sql.Rows) (l line, err error) { return l, r.Scan(&l.obj, &l.choice, &l.n) })
	out := map[model.Object]map[string]int64{}
	for _, l := range all {
		o := tx.objectName(l.obj)
		if out[o] == nil {
			out[o] = map[string]int64{}
		}
		out[o][l.choice] = l.n
	}
	return out, err
}

// SetPlanBody replaces the summary of a plan that was not started yet.
func (tx *Tx) SetPlanBody(plan int64, body string) error {
	_, err := tx.exec(`UPDATE plan SET body = ? WHERE id = ?`, body, plan)
	return err
}

// below: the messages and attachments that hang on a record, by their links.
const below = `WITH RECURSIVE down (seq, depth) AS (
		SELECT ?1, 0
		UNION
		SELECT l.seq, d.depth + 1 FROM down d CROSS JOIN rec p ON p.seq = d.seq CROSS JOIN link l ON l.object = p.object AND l.by = '' AND l.value = p.id
			CROSS JOIN rec c ON c.seq = l.seq CROSS JOIN object po ON po.id = p.object CROSS JOIN object co ON co.id = c.object
		WHERE d.depth < 3 AND ((po.name = 'ticket' AND co.name IN ('message', 'attachment')) OR (po.name = 'message' AND co.name = 'attachment'))
		UNION
		SELECT l.seq, d.depth + 1 FROM down d CROSS JOIN rec p ON p.seq = d.seq CROSS JOIN alias a ON a.seq = p.seq
			CROSS JOIN link l ON l.object = a.object AND l.by = a.field AND l.value = a.value
			CROSS JOIN rec c ON c.seq = l.seq CROSS JOIN object po ON po.id = p.object CROSS JOIN object co ON co.id = c.object
		WHERE d.depth < 3 AND ((po.name = 'ticket' AND co.name IN ('message', 'attachment')) OR (po.name = 'message' AND co.name = 'attachment')))
	SELECT g.seq, g.object, r.id, g.target, g.mark, g.state, g.id, g.version, g.run, g.at FROM (SELECT seq, max(depth) AS depth FROM down GROUP BY seq) d
		CROSS JOIN ledger g ON g.seq = d.seq CROSS JOIN rec r ON r.seq = g.seq
	WHERE d.depth > 0 AND g.state IN (2, 3) ORDER BY d.depth DESC, g.seq`

// Below lists what hangs on a record and is in the target, the lowest first: the
// attachments of a ticket's messages, then its messages.
func (tx *Tx) Below(seq int64) ([]LedgerLine, error) {
	rows, err := tx.rows(below, seq)
	return collect(rows, err, func(r *sql.Rows) (l LedgerLine, err error) {
		var obj int64
		err = r.Scan(&l.Seq, &obj, &l.Source, &l.Target, &l.Mark, &l.State, &l.ID, &l.Version, &l.Run, &l.At)
		l.Object = tx.objectName(obj)
		return l, err
	})
}

// LeaveOutGone commits that records were deleted in the target because they are gone at
// the source: one decision for each run and object, by the person who chose (invariant 14).
func (tx *Tx) LeaveOutGone(run int64, o model.Object, seqs []int64, by model.Person, why string) error {
	if len(seqs) == 0 {
		return nil
	}
	settings, err := json.Marshal(map[string]string{"run": fmt.Sprint(run)})
	if err != nil {
		return err
	}
	now := model.Stamp(time.Now())
	var id int64
	err = tx.row(`SELECT id FROM decision WHERE rule = ? AND object = ? AND settings = ? AND undone_at = '' ORDER BY id DESC LIMIT 1`, RuleGone, string(o), string(settings)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = tx.row(`INSERT INTO decision (at, name, role, rule, does, object, title, why, settings, n) VALUES (?, ?, ?, ?, 'leave_out', ?, ?, ?, ?, 0) RETURNING id`,
			now, by.Name, by.Role, RuleGone, string(o), "Deleted at the source", why, string(settings)).Scan(&id)
	}
	if err != nil {
		return err
	}
	for _, seq := range seqs {
		for _, q := range []string{`UPDATE ledger SET state = 5, at = ?1 WHERE seq = ?2`, `UPDATE rec SET fate = 4, decision = ?1 WHERE seq = ?2`, `INSERT INTO decision_rec VALUES (?1, ?2) ON CONFLICT DO NOTHING`} {
			first := any(id)
			if strings.HasPrefix(q, `UPDATE ledger`) {
				first = now
			}
			if _, err := tx.exec(q, first, seq); err != nil {
				return err
			}
		}
		for _, q := range []string{`DELETE FROM held WHERE seq = ?`, `DELETE FROM change WHERE seq = ?`} {
			if _, err := tx.exec(q, seq); err != nil {
				return err
			}
		}
	}
	if _, err := tx.exec(`UPDATE decision SET n = (SELECT count(*) FROM decision_rec WHERE decision = ?1) WHERE id = ?1`, id); err != nil {
		return err
	}
	return tx.Audit(by, "decision", map[string]any{"decision": id, "rule": RuleGone, "does": "leave_out", "object": o, "records": len(seqs), "why": why})
}

// DeltaCount is what waits to be brought over, of one object.
type DeltaCount struct {
	Object model.Object
	// New records wait to be created. Changed, Deleted, Merged and Redacted ones are in the
	// target and differ; of those, Settled were decided and Problems could not be written.
	New, Changed, Deleted, Merged, Redacted, Settled, Problems int64
}

// DeltaCounts gives what waits to be brought over, by object.
func (tx *Tx) DeltaCounts() ([]DeltaCount, error) {
	objects, err := tx.Objects()
	if err != nil {
		return nil, err
	}
	out := make([]DeltaCount, 0, len(objects))
	for _, o := range objects {
		obj, err := tx.objectID(o, false)
		if err != nil {
			return nil, err
		}
		c := DeltaCount{Object: o}
		if err := tx.row(`SELECT coalesce(sum(n), 0) FROM tally WHERE object = ? AND fate = 0`, obj).Scan(&c.New); err != nil {
			return nil, err
		}
		err = tx.row(`SELECT coalesce(sum(how = 1), 0), coalesce(sum(how = 2), 0), coalesce(sum(how = 3), 0), coalesce(sum(how = 4), 0), coalesce(sum(settled), 0), coalesce(sum(problem <> ''), 0)
			FROM change WHERE object = ?`, obj).Scan(&c.Changed, &c.Deleted, &c.Merged, &c.Redacted, &c.Settled, &c.Problems)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}
