package store

import (
	"database/sql"
	"encoding/json"

	"waybill/backend/model"
)

// PartItems lists what a plan creates of an object together with other records, which are
// named by their places; in the order of the source.
func (tx *Tx) PartItems(plan int64, o model.Object, owners []int64) ([]PlanItem, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT i.seq, i.draft, i.whole FROM json_each(?) j CROSS JOIN plan_item i INDEXED BY plan_item_whole ON i.plan = ? AND i.whole = j.value AND i.whole <> 0 AND i.object = ?
		WHERE i.action = 1 ORDER BY i.seq`, jsonInts(owners), plan, obj)
	return collect(rows, err, func(r *sql.Rows) (it PlanItem, err error) {
		it.Action = ActCreate
		return it, r.Scan(&it.Seq, &it.Draft, &it.Whole)
	})
}

// Torn is a record of a plan that cannot go because another one, which would have to go
// with it, is held back.
type Torn struct {
	Object model.Object
	Seq    int64
	// By is the one that is held.
	By Row
}

// TornOwners lists planned records of which a part, of one of these objects, is to be held.
func (tx *Tx) TornOwners(plan int64, parts []model.Object, n int) ([]Torn, error) {
	return tx.torn(plan, parts, n, `SELECT o.object, o.seq, min(i.seq) FROM plan_item i CROSS JOIN plan_item o ON o.plan = i.plan AND o.seq = i.whole AND o.action = 1
		WHERE i.plan = ? AND i.whole <> 0 AND i.action = 3 AND i.object IN (SELECT value FROM json_each(?)) GROUP BY 1, 2 LIMIT ?`)
}

// TornParts lists planned records that go along with one that is to be held.
func (tx *Tx) TornParts(plan int64, parts []model.Object, n int) ([]Torn, error) {
	return tx.torn(plan, parts, n, `SELECT i.object, i.seq, o.seq FROM plan_item i CROSS JOIN plan_item o ON o.plan = i.plan AND o.seq = i.whole AND o.action = 3
		WHERE i.plan = ? AND i.whole <> 0 AND i.action = 1 AND i.object IN (SELECT value FROM json_each(?)) LIMIT ?`)
}

func (tx *Tx) torn(plan int64, parts []model.Object, n int, q string) ([]Torn, error) {
	var ids []int64
	for _, o := range parts {
		id, err := tx.objectID(o, true)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	rows, err := tx.rows(q, plan, jsonInts(ids), n)
	type line struct{ obj, seq, by int64 }
	all, err := collect(rows, err, func(r *sql.Rows) (l line, err error) { return l, r.Scan(&l.obj, &l.seq, &l.by) })
	if err != nil {
		return nil, err
	}
	out := make([]Torn, len(all))
	for i, l := range all {
		by, err := tx.RecordAt(l.by)
		if err != nil {
			return nil, err
		}
		out[i] = Torn{Object: tx.objectName(l.obj), Seq: l.seq, By: by}
	}
	return out, nil
}

// DraftHashes gives the hash of the draft that was sent, or was about to be, of records.
func (tx *Tx) DraftHashes(seqs []int64) (map[int64][]byte, error) {
	rows, err := tx.rows(`SELECT seq, draft FROM ledger WHERE seq IN (SELECT value FROM json_each(?))`, jsonInts(seqs))
	type pair struct {
		seq  int64
		hash []byte
	}
	all, err := collect(rows, err, func(r *sql.Rows) (p pair, err error) { return p, r.Scan(&p.seq, &p.hash) })
	out := make(map[int64][]byte, len(all))
	for _, p := range all {
		out[p.seq] = p.hash
	}
	return out, err
}

// Leave gives up what was there before us: it waits again, nothing was deleted.
func (tx *Tx) Leave(seqs []int64) error {
	list := jsonInts(seqs)
	if _, err := tx.exec(`UPDATE ledger SET state = 5 WHERE seq IN (SELECT value FROM json_each(?))`, list); err != nil {
		return err
	}
	for _, seq := range seqs {
		if err := tx.SetFate(seq, model.Pending); err != nil {
			return err
		}
	}
	return nil
}

// IndexTargets makes MarksByID quick. It is made only for desks in which we leave no mark,
// because each index makes a run slower.
func (tx *Tx) IndexTargets() error {
	for _, q := range []string{
		`CREATE INDEX IF NOT EXISTS ledger_target ON ledger (target, id) WHERE state IN (2, 3)`,
		`CREATE INDEX IF NOT EXISTS extra_target ON extra (target, id) WHERE state IN (2, 3)`,
	} {
		if _, err := tx.exec(q); err != nil {
			return err
		}
	}
	return nil
}

// MarksByID gives the marks of records of the target that carry none, by their ids.
func (tx *Tx) MarksByID(target model.Object, ids []string) (map[string][]string, error) {
	b, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	list := string(b)
	out := map[string][]string{}
	for _, q := range []string{
		`SELECT g.id, g.mark FROM json_each(?) j CROSS JOIN ledger g INDEXED BY ledger_target ON g.target = ? AND g.id = j.value AND g.state IN (2, 3)`,
		`SELECT g.id, g.mark FROM json_each(?) j CROSS JOIN extra g INDEXED BY extra_target ON g.target = ? AND g.id = j.value AND g.state IN (2, 3)`,
	} {
		rows, err := tx.rows(q, list, string(target))
		all, err := collect(rows, err, func(r *sql.Rows) (p [2]string, err error) { return p, r.Scan(&p[0], &p[1]) })
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			out[p[0]] = append(out[p[0]], p[1])
		}
	}
	return out, nil
}

// HasBefore says whether something of ours was in the target before us.
func (tx *Tx) HasBefore() (bool, error) {
	return tx.exists(`SELECT 1 FROM ledger WHERE before = 1 AND state IN (2, 3) LIMIT 1`)
}
