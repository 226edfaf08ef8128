package store

import (
	"database/sql"
	"encoding/json"
	"strconv"
	"time"

	"waybill/backend/model"
)

// Extra is a record that a source record needs in the target beside its own.
type Extra struct {
	Seq    int64
	N      int
	Object model.Object // of the source record
	// What it is for: text (the rest of a long text), file (a file that holds it), note.
	What    string
	Target  model.Object
	Mark    model.Mark
	Run     int64
	State   int
	ID      string
	Version string
	At      string
}

// IntendExtras commits the intent to create extras; call it before the request leaves.
func (tx *Tx) IntendExtras(run int64, items []Extra) error {
	now := model.Stamp(time.Now())
	for _, x := range items {
		obj, err := tx.objectID(x.Object, true)
		if err != nil {
			return err
		}
		if _, err := tx.exec(`INSERT INTO extra (seq, n, object, what, target, mark, run, state, at) VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)
			ON CONFLICT (seq, n) DO UPDATE SET what = excluded.what, target = excluded.target, mark = excluded.mark, run = excluded.run, state = 1, id = '', version = '', at = excluded.at
			WHERE extra.state IN (1, 4, 5)`, x.Seq, x.N, obj, x.What, string(x.Target), string(x.Mark), run, now); err != nil {
			return err
		}
	}
	return nil
}

// SettleExtras commits what became of extras.
func (tx *Tx) SettleExtras(items []Extra) error {
	now := model.Stamp(time.Now())
	for _, x := range items {
		if _, err := tx.exec(`UPDATE extra SET state = ?, id = ?, version = ?, at = ? WHERE seq = ? AND n = ?`, x.State, x.ID, x.Version, now, x.Seq, x.N); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) extras(q string, args ...any) ([]Extra, error) {
	rows, err := tx.rows(`SELECT seq, n, object, what, target, mark, run, state, id, version, at FROM extra WHERE `+q, args...)
	return collect(rows, err, func(r *sql.Rows) (x Extra, err error) {
		var obj int64
		err = r.Scan(&x.Seq, &x.N, &obj, &x.What, &x.Target, &x.Mark, &x.Run, &x.State, &x.ID, &x.Version, &x.At)
		x.Object = tx.objectName(obj)
		return x, err
	})
}

// ExtrasOf lists the extras of records.
func (tx *Tx) ExtrasOf(seqs []int64) (map[int64][]Extra, error) {
	list, err := json.Marshal(seqs)
	if err != nil {
		return nil, err
	}
	all, err := tx.extras(`seq IN (SELECT value FROM json_each(?)) ORDER BY seq, n`, string(list))
	out := map[int64][]Extra{}
	for _, x := range all {
		out[x.Seq] = append(out[x.Seq], x)
	}
	return out, err
}

// OpenExtras lists extras of an object whose outcome is not known (invariant 4).
func (tx *Tx) OpenExtras(o model.Object, limit int) ([]Extra, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	return tx.extras(`state = 1 AND object = ? ORDER BY seq, n LIMIT ?`, obj, limit)
}

// ExtrasByRun lists the extras that a run created and that still exist.
func (tx *Tx) ExtrasByRun(run int64, o model.Object, limit int) ([]Extra, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	return tx.extras(`run = ? AND state IN (2, 3) AND object = ? ORDER BY seq, n LIMIT ?`, run, obj, limit)
}

// Doom commits that records are about to be deleted in the target; n is 0 for the records
// themselves, else the number of an extra.
func (tx *Tx) Doom(n int, seqs []int64) error {
	_, err := tx.exec(`INSERT INTO doomed SELECT value, ? FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`, n, jsonInts(seqs))
	return err
}

// Spare forgets that records were about to be deleted: what became of them is known.
func (tx *Tx) Spare(n int, seqs []int64) error {
	_, err := tx.exec(`DELETE FROM doomed WHERE n = ? AND seq IN (SELECT value FROM json_each(?))`, n, jsonInts(seqs))
	return err
}

// Doomed lists records and extras of which nobody knows whether they were deleted.
func (tx *Tx) Doomed(limit int) ([]LedgerLine, []Extra, error) {
	lines, err := tx.ledger(`g.seq IN (SELECT seq FROM doomed WHERE n = 0) ORDER BY g.object, g.seq LIMIT ?`, limit)
	if err != nil {
		return nil, nil, err
	}
	extras, err := tx.extras(`EXISTS (SELECT 1 FROM doomed d WHERE d.seq = extra.seq AND d.n = extra.n) ORDER BY object, seq, n LIMIT ?`, limit)
	return lines, extras, err
}

// ExtraTargets lists the objects of the target that extras are.
func (tx *Tx) ExtraTargets() ([]model.Object, error) {
	rows, err := tx.rows(`SELECT DISTINCT target FROM extra WHERE state IN (2, 3)`)
	return collect(rows, err, func(r *sql.Rows) (o model.Object, err error) { return o, r.Scan(&o) })
}

// TakeBackExtras commits that extras are not in the target any more: the records that they
// belong to are not whole without them, and wait.
func (tx *Tx) TakeBackExtras(list []Extra) error {
	for i := range list {
		list[i].State = LedgerRolledBack
		if err := tx.SetFate(list[i].Seq, model.Pending); err != nil {
			return err
		}
	}
	return tx.SettleExtras(list)
}

// PutLater notes links that are set once what they lead to exists.
func (tx *Tx) PutLater(seq int64, links []LaterLink) error {
	for _, l := range links {
		if _, err := tx.exec(`INSERT INTO later VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET goes_to = excluded.goes_to`, seq, l.Field, l.To); err != nil {
			return err
		}
	}
	return nil
}

// DropLater forgets links that were set.
func (tx *Tx) DropLater(seq int64, fields []string) error {
	for _, f := range fields {
		if _, err := tx.exec(`DELETE FROM later WHERE seq = ? AND field = ?`, seq, f); err != nil {
			return err
		}
	}
	return nil
}

// Later lists up to n records, behind a place, that exist in the target and miss links to
// what exists there by now, merges followed.
func (tx *Tx) Later(o model.Object, after int64, n int) (map[int64][]string, []int64, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, nil, err
	}
	rows, err := tx.rows(`SELECT l.seq, l.field FROM later l WHERE l.seq IN (SELECT DISTINCT k.seq FROM later k CROSS JOIN ledger g ON g.seq = k.seq
			CROSS JOIN rec t ON t.seq = k.goes_to CROSS JOIN ledger h ON h.seq = CASE WHEN t.fate = 2 AND t.survivor <> 0 THEN t.survivor ELSE t.seq END
			WHERE +g.object = ? AND +g.state IN (2, 3) AND +h.state IN (2, 3) AND k.seq > ? ORDER BY k.seq LIMIT ?) ORDER BY l.seq, l.field`, obj, after, n)
	type pair struct {
		seq   int64
		field string
	}
	all, err := collect(rows, err, func(r *sql.Rows) (p pair, err error) { return p, r.Scan(&p.seq, &p.field) })
	out, order := map[int64][]string{}, []int64{}
	for _, p := range all {
		if out[p.seq] == nil {
			order = append(order, p.seq)
		}
		out[p.seq] = append(out[p.seq], p.field)
	}
	return out, order, err
}

// LaterOf lists the links of a record that are still to be set.
func (tx *Tx) LaterOf(seq int64) ([]string, error) {
	rows, err := tx.rows(`SELECT field FROM later WHERE seq = ?`, seq)
	return collect(rows, err, func(r *sql.Rows) (f string, err error) { return f, r.Scan(&f) })
}

// Touched renews the version of a record that Waybill itself changed.
func (tx *Tx) Touched(seq int64, version string) error {
	_, err := tx.exec(`UPDATE ledger SET version = ? WHERE seq = ?`, version, seq)
	return err
}

// Canary is the first record of an object in a run, as it was meant and as it came back.
type Canary struct {
	N    int
	Seq  int64
	Body string
}

// PutCanary keeps one.
func (tx *Tx) PutCanary(run int64, c Canary) error {
	_, err := tx.exec(`INSERT INTO canary VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, body = excluded.body`, run, c.N, c.Seq, c.Body)
	return err
}

// Canaries of a run, in the order in which they were sent.
func (tx *Tx) Canaries(run int64) ([]Canary, error) {
	rows, err := tx.rows(`SELECT n, seq, body FROM canary WHERE run = ? ORDER BY n`, run)
	return collect(rows, err, func(r *sql.Rows) (c Canary, err error) { return c, r.Scan(&c.N, &c.Seq, &c.Body) })
}

// WaitsForMore tells which of these intents have extras too, so that the record is not
// whole before they are there. Before the first extra was intended nobody can know; the
// record then waits, and is prepared again.
func (tx *Tx) WaitsForMore(lines []LedgerLine) (map[int64]bool, error) {
	seqs := make([]int64, len(lines))
	for i, l := range lines {
		seqs[i] = l.Seq
	}
	more, err := tx.rows(`SELECT DISTINCT p.seq FROM plan_loss p WHERE p.code = 'text_too_long' AND p.seq IN (SELECT value FROM json_each(?))`, jsonInts(seqs))
	list, err := collect(more, err, func(r *sql.Rows) (s int64, err error) { return s, r.Scan(&s) })
	out := map[int64]bool{}
	for _, s := range list {
		out[s] = true
	}
	return out, err
}

func jsonInts(list []int64) string {
	b := []byte{'['}
	for i, n := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, n, 10)
	}
	return string(append(b, ']'))
}
