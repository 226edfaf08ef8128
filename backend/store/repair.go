package store

import (
	"database/sql"
	"encoding/json"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// HeldValue is a value for which records are held, and how many.
type HeldValue struct {
	Value string
	Count int64
}

const heldOf = ` FROM held h CROSS JOIN rec r ON r.seq = h.seq WHERE h.code = ? AND h.field = ? AND h.n = 0 AND r.object = ? AND r.fate = 5`

// HeldValues lists the distinct values for which the records of a group are held, the
// most frequent first, up to n of them. A value is cut where its message cuts it.
func (tx *Tx) HeldValues(g HeldGroup, n int) ([]HeldValue, error) {
	obj, err := tx.objectID(g.Object, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT coalesce(json_extract(h.body, '$.where.value'), ''), count(*)`+heldOf+` GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?`, g.Code, g.Field, obj, n)
	return collect(rows, err, func(r *sql.Rows) (v HeldValue, err error) { return v, r.Scan(&v.Value, &v.Count) })
}

// HeldSeqs lists the places of a group's records, in order.
func (tx *Tx) HeldSeqs(g HeldGroup) ([]int64, error) {
	obj, err := tx.objectID(g.Object, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT h.seq`+heldOf+` ORDER BY h.seq`, g.Code, g.Field, obj)
	return collect(rows, err, func(r *sql.Rows) (s int64, err error) { return s, r.Scan(&s) })
}

// SettleByHand commits what a person found out in the target about a record of which
// nobody could say whether it arrived: it is there, under id; or it surely is not, when
// id is empty, and may be sent once more (invariant 4).
func (tx *Tx) SettleByHand(seq int64, id string, by model.Person, why string) error {
	line, ok, err := tx.LedgerOf(seq)
	if err != nil {
		return err
	}
	if !ok || line.State != LedgerUnknown {
		return problem.New("ledger.known", "What became of this record is known already.", "It was settled meanwhile.", "Look at the list again.").
			At(problem.Place{Object: string(line.Object), Record: line.Source})
	}
	state := LedgerRefused
	if id != "" {
		state = LedgerExisted
		taken, err := tx.exists(`SELECT 1 FROM ledger WHERE target = ? AND id = ? AND state IN (2, 3) LIMIT 1`, string(line.Target), id)
		if err != nil {
			return err
		}
		if taken {
			return problem.New("ledger.taken", "This number of the target belongs to another record already.", "Two records of the source cannot be one there without being merged.",
				"Look in the target again and note the right number.").At(problem.Place{Object: string(line.Object), Record: line.Source, Value: id})
		}
	}
	if _, err := tx.exec(`UPDATE ledger SET state = ?, id = ?, version = '', at = ? WHERE seq = ?`, state, id, model.Stamp(time.Now()), seq); err != nil {
		return err
	}
	if id != "" {
		if err := tx.SetFate(seq, model.Moved); err != nil {
			return err
		}
	}
	return tx.Audit(by, "ledger.by_hand", map[string]any{"object": line.Object, "record": line.Source, "target": id, "there": id != "", "why": why})
}

// RetriesWithin lists the runs that tried held records again, all of whose records belong
// to the parts that these plans are about, newest first: taking such a part back takes
// them back too.
func (tx *Tx) RetriesWithin(plans []int64) ([]int64, error) {
	list, err := json.Marshal(plans)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT u.id FROM run u WHERE u.kind = 'retry'
		AND EXISTS (SELECT 1 FROM ledger g WHERE g.run = u.id AND g.state IN (2, 3))
		AND NOT EXISTS (SELECT 1 FROM ledger g WHERE g.run = u.id AND g.state IN (2, 3)
			AND NOT EXISTS (SELECT 1 FROM json_each(?) j CROSS JOIN plan_pick k ON k.plan = j.value AND k.object = g.object AND k.seq = g.seq))
		ORDER BY u.id DESC`, string(list))
	return collect(rows, err, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) })
}
