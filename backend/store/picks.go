package store

import (
	"database/sql"
	"encoding/json"
	"errors"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// Pick adds records to the part of the source that a plan is about.
func (tx *Tx) Pick(plan int64, seqs []int64) error {
	list, err := json.Marshal(seqs)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO plan_pick SELECT ?, r.object, r.seq FROM json_each(?) j CROSS JOIN rec r ON r.seq = j.value WHERE true ON CONFLICT DO NOTHING`, plan, string(list))
	return err
}

// PickGroup adds every record that is held for one reason: code and field as HeldGroup has them.
func (tx *Tx) PickGroup(plan int64, o model.Object, code, field string) error {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO plan_pick SELECT ?, r.object, r.seq FROM held h CROSS JOIN rec r ON r.seq = h.seq
		WHERE h.code = ? AND h.field = ? AND h.n = 0 AND r.object = ? AND r.fate = 5 ON CONFLICT DO NOTHING`, plan, code, field, obj)
	return err
}

// PickChildren closes a part downwards: what hangs on what was picked (messages of tickets,
// attachments of messages) and is not there yet belongs to it. It gives how many were added.
func (tx *Tx) PickChildren(plan int64, parent, child model.Object) (int64, error) {
	return tx.pickLinked(plan, child, `SELECT ?1, c.object, c.seq FROM plan_pick k CROSS JOIN rec p ON p.seq = k.seq
			CROSS JOIN link l ON l.object = k.object AND l.by = '' AND l.value = p.id CROSS JOIN rec c ON c.seq = l.seq AND c.object = ?2
			WHERE k.plan = ?1 AND k.object = ?3 AND c.fate IN (0, 5)
		UNION
		SELECT ?1, c.object, c.seq FROM plan_pick k CROSS JOIN alias a ON a.seq = k.seq
			CROSS JOIN link l ON l.object = a.object AND l.by = a.field AND l.value = a.value CROSS JOIN rec c ON c.seq = l.seq AND c.object = ?2
			WHERE k.plan = ?1 AND k.object = ?3 AND c.fate IN (0, 5)`, parent)
}

// PickNeeded closes a part upwards: what the picked records of an object point to and is
// not in the target yet belongs to it, merges followed. It gives how many were added.
func (tx *Tx) PickNeeded(plan int64, o model.Object) (int64, error) {
	return tx.pickLinked(plan, o, `SELECT ?1, t.object, t.seq FROM plan_pick k CROSS JOIN link l ON l.seq = k.seq
			CROSS JOIN rec n ON n.object = l.object AND n.id = l.value
			CROSS JOIN rec t ON t.seq = CASE WHEN n.fate = 2 AND n.survivor <> 0 THEN n.survivor ELSE n.seq END
			WHERE k.plan = ?1 AND k.object = ?2 AND l.by = '' AND t.fate IN (0, 5)
		UNION
		SELECT ?1, t.object, t.seq FROM plan_pick k CROSS JOIN link l ON l.seq = k.seq
			CROSS JOIN alias a ON a.object = l.object AND a.field = l.by AND a.value = l.value
			CROSS JOIN rec n ON n.seq = a.seq
			CROSS JOIN rec t ON t.seq = CASE WHEN n.fate = 2 AND n.survivor <> 0 THEN n.survivor ELSE n.seq END
			WHERE k.plan = ?1 AND k.object = ?2 AND l.by <> '' AND t.fate IN (0, 5)`)
}

func (tx *Tx) pickLinked(plan int64, o model.Object, q string, more ...model.Object) (int64, error) {
	args := []any{plan}
	for _, x := range append([]model.Object{o}, more...) {
		id, err := tx.objectID(x, false)
		if err != nil {
			return 0, err
		}
		args = append(args, id)
	}
	res, err := tx.ExecContext(tx.ctx, `INSERT INTO plan_pick SELECT * FROM (`+q+`) WHERE true ON CONFLICT DO NOTHING`, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Picked counts the part of a plan by object.
func (tx *Tx) Picked(plan int64) (map[model.Object]int64, error) {
	rows, err := tx.rows(`SELECT object, count(*) FROM plan_pick WHERE plan = ? GROUP BY 1`, plan)
	type pair struct{ o, n int64 }
	all, err := collect(rows, err, func(r *sql.Rows) (p pair, err error) { return p, r.Scan(&p.o, &p.n) })
	out := map[model.Object]int64{}
	for _, p := range all {
		out[tx.objectName(p.o)] = p.n
	}
	return out, err
}

// Loss is a record of which the target will not have everything as the source has it.
type Loss struct {
	Seq         int64
	Code, Field string
}

// PutLosses keeps them with a plan.
func (tx *Tx) PutLosses(plan int64, o model.Object, list []Loss) error {
	obj, err := tx.objectID(o, true)
	if err != nil {
		return err
	}
	for _, l := range list {
		if _, err := tx.exec(`INSERT INTO plan_loss VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, plan, l.Code, obj, l.Field, l.Seq); err != nil {
			return err
		}
	}
	return nil
}

// LossCount is one line of a plan's loss forecast.
type LossCount struct {
	Code   string
	Object model.Object
	Field  string
	Count  int64
	// Examples are the ids of the first three records.
	Examples []string
}

// Losses groups what a plan foresees to be lost, by code, object and field.
func (tx *Tx) Losses(plan int64) ([]LossCount, error) {
	rows, err := tx.rows(`SELECT code, object, field, count(*) FROM plan_loss WHERE plan = ? GROUP BY 1, 2, 3 ORDER BY 2, 1, 3`, plan)
	type line struct {
		LossCount
		obj int64
	}
	all, err := collect(rows, err, func(r *sql.Rows) (l line, err error) { return l, r.Scan(&l.Code, &l.obj, &l.Field, &l.Count) })
	if err != nil {
		return nil, err
	}
	out := make([]LossCount, 0, len(all))
	for _, l := range all {
		l.Object = tx.objectName(l.obj)
		rows, err := tx.rows(`SELECT r.id FROM plan_loss p JOIN rec r ON r.seq = p.seq WHERE p.plan = ? AND p.code = ? AND p.object = ? AND p.field = ? ORDER BY p.seq LIMIT 3`, plan, l.Code, l.obj, l.Field)
		if l.Examples, err = collect(rows, err, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) }); err != nil {
			return nil, err
		}
		out = append(out, l.LossCount)
	}
	return out, nil
}

// LaterLink is a planned link to a record that comes later.
type LaterLink struct {
	Seq    int64
	Object model.Object
	Field  string
	// To is the place of the record that it leads to.
	To int64
}

// PutLaterLinks keeps them with a plan.
func (tx *Tx) PutLaterLinks(plan int64, list []LaterLink) error {
	for _, l := range list {
		obj, err := tx.objectID(l.Object, true)
		if err != nil {
			return err
		}
		if _, err := tx.exec(`INSERT INTO plan_later VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, plan, l.Seq, l.Field, obj, l.To); err != nil {
			return err
		}
	}
	return nil
}

// UnmetLinks lists later links of records that a plan creates, whose goal it does not
// create and that is not in the target either.
func (tx *Tx) UnmetLinks(plan int64, n int) ([]LaterLink, error) {
	rows, err := tx.rows(`SELECT p.seq, p.object, p.field, p.goes_to FROM plan_later p
		JOIN plan_item i ON i.plan = p.plan AND i.object = p.object AND i.seq = p.seq AND i.action = 1
		JOIN rec t ON t.seq = p.goes_to
		WHERE p.plan = ? AND NOT EXISTS (SELECT 1 FROM plan_item k WHERE k.plan = p.plan AND k.object = t.object AND k.seq = t.seq AND k.action = 1)
			AND NOT EXISTS (SELECT 1 FROM ledger g WHERE g.seq = t.seq AND g.state IN (2, 3)) LIMIT ?`, plan, n)
	return collect(rows, err, func(r *sql.Rows) (l LaterLink, err error) {
		var obj int64
		err = r.Scan(&l.Seq, &obj, &l.Field, &l.To)
		l.Object = tx.objectName(obj)
		return l, err
	})
}

// HoldItem changes a planned creation into a record to hold back.
func (tx *Tx) HoldItem(plan int64, o model.Object, seq int64, why ...*problem.Problem) error {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return err
	}
	b, err := json.Marshal(why)
	if err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE plan_item SET action = 3, draft = NULL, body = ? WHERE plan = ? AND object = ? AND seq = ?`, string(b), plan, obj, seq)
	return err
}

// ItemAction is what a plan does with one record; empty when it is not in it.
func (tx *Tx) ItemAction(plan int64, o model.Object, seq int64) (string, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return "", err
	}
	var n int
	err = tx.row(`SELECT action FROM plan_item WHERE plan = ? AND object = ? AND seq = ?`, plan, obj, seq).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return actionName(n), err
}
