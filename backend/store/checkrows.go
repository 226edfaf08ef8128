package store

import (
	"database/sql"
	"encoding/json"

	"waybill/backend/model"
)

// CheckWant is what was meant to arrive, for the check that runs. Key is made of the mark,
// Hash of the values of the fields in Mask.
type CheckWant struct {
	Key, Seq, Hash int64
	// Part counts what belongs to a record beside itself; 0 is the record.
	Part int64
	// Thread and At are that of a message: a number for its conversation, and milliseconds.
	Thread, At int64
	Mask       []byte
}

// CheckGot is what the target gave of one.
type CheckGot struct {
	Key, Hash int64
	// N is the place at which it came, At its moment in milliseconds.
	N, At int64
	ID    string
}

// BeginCheck forgets what an earlier check kept for itself.
func (tx *Tx) BeginCheck() error {
	for _, t := range []string{"readback", "check_want", "check_got", "check_deep", "check_value", "check_at", "check_state", "check_file"} {
		if _, err := tx.exec(`DELETE FROM ` + t); err != nil {
			return err
		}
	}
	return nil
}

// ForgetExpected takes back what is expected, which is then worked out anew. What was read
// of the target stays.
func (tx *Tx) ForgetExpected() error {
	for _, q := range []string{`DELETE FROM check_want`, `DELETE FROM check_deep`, `UPDATE check_value SET want = 0`} {
		if _, err := tx.exec(q); err != nil {
			return err
		}
	}
	return nil
}

// PutExpected keeps what is expected of an object. Two marks of one number are looked at
// field by field, like everything that cannot be told by its hash.
func (tx *Tx) PutExpected(o model.Object, list []CheckWant) error {
	obj, err := tx.objectID(o, true)
	if err != nil {
		return err
	}
	return tx.execMany(`INSERT INTO check_want (object, key, seq, part, hash, thread, at, mask) VALUES `, `(?1, ?, ?, ?, ?, ?, ?, ?)`,
		` ON CONFLICT (key) DO UPDATE SET hash = hash + 1`, []any{obj}, len(list), func(args []any, i int) []any {
			w := list[i]
			return append(args, w.Key, w.Seq, w.Part, w.Hash, w.Thread, w.At, w.Mask)
		})
}

// ExpectedAt gives what is expected under numbers.
func (tx *Tx) ExpectedAt(keys []int64) (map[int64]CheckWant, error) {
	rows, err := tx.rows(`SELECT w.key, w.seq, w.part, w.hash, w.mask FROM json_each(?) j CROSS JOIN check_want w ON w.key = j.value`, jsonInts(keys))
	list, err := collect(rows, err, func(r *sql.Rows) (w CheckWant, err error) {
		return w, r.Scan(&w.Key, &w.Seq, &w.Part, &w.Hash, &w.Mask)
	})
	out := make(map[int64]CheckWant, len(list))
	for _, w := range list {
		out[w.Key] = w
	}
	return out, err
}

// PutGot keeps what the target gave. It gives the numbers that are there already under
// another id: those are doubles, and are looked at.
func (tx *Tx) PutGot(list []CheckGot) (doubled map[int64]bool, err error) {
	doubled = map[int64]bool{}
	if len(list) == 0 {
		return doubled, nil
	}
	keys := make([]int64, len(list))
	for i, g := range list {
		keys[i] = g.Key
	}
	rows, err := tx.rows(`SELECT g.key, g.id FROM json_each(?) j CROSS JOIN check_got g ON g.key = j.value`, jsonInts(keys))
	type pair struct {
		key int64
		id  string
	}
	have, err := collect(rows, err, func(r *sql.Rows) (p pair, err error) { return p, r.Scan(&p.key, &p.id) })
	if err != nil {
		return nil, err
	}
	at := make(map[int64]string, len(have))
	for _, p := range have {
		at[p.key] = p.id
	}
	fresh := list[:0:0]
	for _, g := range list {
		id, there := at[g.Key]
		switch {
		case !there:
			at[g.Key] = g.ID
			fresh = append(fresh, g)
		case id != g.ID:
			doubled[g.Key] = true
		}
	}
	err = tx.execMany(`INSERT INTO check_got (key, hash, n, at, id) VALUES `, `(?, ?, ?, ?, ?)`, ``, nil, len(fresh), func(args []any, i int) []any {
		g := fresh[i]
		return append(args, g.Key, g.Hash, g.N, g.At, g.ID)
	})
	if err != nil {
		return nil, err
	}
	for key := range doubled {
		if _, err := tx.exec(`UPDATE check_got SET more = 1 WHERE key = ?`, key); err != nil {
			return nil, err
		}
	}
	return doubled, nil
}

// Alike says of records of an object whether what the target gave has the expected content:
// those by their places, with the id; the parts by their number.
func (tx *Tx) Alike(seqs []int64) (map[[2]int64]string, error) {
	rows, err := tx.rows(`SELECT w.seq, w.part, g.id FROM check_want w JOIN check_got g ON g.key = w.key AND g.hash = w.hash WHERE w.seq IN (SELECT value FROM json_each(?))`, jsonInts(seqs))
	type one struct {
		at [2]int64
		id string
	}
	list, err := collect(rows, err, func(r *sql.Rows) (o one, err error) { return o, r.Scan(&o.at[0], &o.at[1], &o.id) })
	out := make(map[[2]int64]string, len(list))
	for _, o := range list {
		out[o.at] = o.id
	}
	return out, err
}

// IndexExpected makes Alike quick, once everything is in.
func (tx *Tx) IndexExpected() error {
	_, err := tx.exec(`CREATE INDEX IF NOT EXISTS check_want_seq ON check_want (seq)`)
	return err
}

// DropExpectedIndex makes filling quick again.
func (tx *Tx) DropExpectedIndex() error {
	_, err := tx.exec(`DROP INDEX IF EXISTS check_want_seq`)
	return err
}

// MatchCheck joins what was meant with what was given, by number, and notes what has to be
// looked at: what is not there, not the same, or there twice. Both are read once, in order.
func (tx *Tx) MatchCheck() (apart int64, err error) {
	res, err := tx.exec(`INSERT OR IGNORE INTO check_deep SELECT w.object, w.seq FROM check_want w LEFT JOIN check_got g ON g.key = w.key
		WHERE g.hash IS NOT w.hash OR g.more`)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// DeepAll notes every record of an object that was sent to be looked at.
func (tx *Tx) DeepAll(o model.Object) error {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT OR IGNORE INTO check_deep SELECT object, seq FROM ledger WHERE object = ? AND state IN (2, 3)`, obj)
	return err
}

// Deep lists places of records to be looked at, behind a place.
func (tx *Tx) Deep(o model.Object, after int64, n int) ([]int64, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT seq FROM check_deep WHERE object = ? AND seq > ? ORDER BY seq LIMIT ?`, obj, after, n)
	return collect(rows, err, func(r *sql.Rows) (s int64, err error) { return s, r.Scan(&s) })
}

// CountExpected says of how many records of an object something is expected, and how many of
// them the target gave.
func (tx *Tx) CountExpected(o model.Object) (want, got int64, err error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return 0, 0, err
	}
	err = tx.row(`SELECT count(*), count(g.key) FROM check_want w LEFT JOIN check_got g ON g.key = w.key WHERE w.object = ? AND w.part = 0`, obj).Scan(&want, &got)
	return want, got, err
}

// SentTarget is how many records of an object are in the target as one object of it.
type SentTarget struct {
	Target model.Object
	Sent   int64
}

// SentTargets counts the records of an object that are in the target by what they are there.
func (tx *Tx) SentTargets(o model.Object) ([]SentTarget, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT target, count(*) FROM ledger WHERE state IN (2, 3) AND object = ? GROUP BY target ORDER BY target`, obj)
	return collect(rows, err, func(r *sql.Rows) (s SentTarget, err error) { return s, r.Scan(&s.Target, &s.Sent) })
}

// ThreadStep is one message in its conversation: when it was meant to be, and was found.
type ThreadStep struct{ Thread, Seq, Want, Got, Place int64 }

// Threads goes through the messages of an object as they were meant to be read.
func (tx *Tx) Threads(o model.Object, each func(ThreadStep) error) error {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return err
	}
	rows, err := tx.rows(`SELECT w.thread, w.seq, w.at, g.at, g.n FROM check_want w JOIN check_got g ON g.key = w.key WHERE w.object = ? AND w.thread <> 0 AND w.part = 0
		ORDER BY w.thread, w.at, w.seq`, obj)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	for rows.Next() {
		var s ThreadStep
		if err := rows.Scan(&s.Thread, &s.Seq, &s.Want, &s.Got, &s.Place); err != nil {
			return err
		}
		if err := each(s); err != nil {
			return err
		}
	}
	return rows.Err()
}

// CheckValue is a value that may stand only once, such as an address.
type CheckValue struct {
	Key int64
	// Seq is a record that was meant to have it; 0: none.
	Seq       int64
	Field     string
	ID        string
	Want, Got int64
}

// CountValues adds to how often values were meant to be there, or are.
func (tx *Tx) CountValues(list []CheckValue) error {
	return tx.execMany(`INSERT INTO check_value (key, want, got, seq, field, ids) VALUES `, `(?, ?, ?, ?, ?, ?)`,
		` ON CONFLICT (key) DO UPDATE SET want = want + excluded.want, got = got + (excluded.got > 0 AND instr(ids, excluded.ids) = 0),
			seq = max(seq, excluded.seq), ids = CASE WHEN excluded.ids = '' OR instr(ids, excluded.ids) > 0 OR length(ids) > 100 THEN ids ELSE ids || excluded.ids END`,
		nil, len(list), func(args []any, i int) []any {
			v := list[i]
			id := ""
			if v.ID != "" {
				id = " " + v.ID + " "
			}
			return append(args, v.Key, v.Want, v.Got, v.Seq, v.Field, id)
		})
}

// Repeated lists values that are there more often than was meant.
func (tx *Tx) Repeated(n int) ([]CheckValue, error) {
	rows, err := tx.rows(`SELECT key, want, got, seq, field, ids FROM check_value WHERE want > 0 AND got > want ORDER BY seq, field LIMIT ?`, n)
	return collect(rows, err, func(r *sql.Rows) (v CheckValue, err error) {
		return v, r.Scan(&v.Key, &v.Want, &v.Got, &v.Seq, &v.Field, &v.ID)
	})
}

// CheckAt is how far an object of the target was read.
type CheckAt struct {
	Cursor string
	Done   bool
	N      int64
}

// CheckPlaces gives how far each object of the target was read.
func (tx *Tx) CheckPlaces() (map[model.Object]CheckAt, error) {
	rows, err := tx.rows(`SELECT object, cursor, done, n FROM check_at`)
	type one struct {
		o  model.Object
		at CheckAt
	}
	list, err := collect(rows, err, func(r *sql.Rows) (x one, err error) { return x, r.Scan(&x.o, &x.at.Cursor, &x.at.Done, &x.at.N) })
	out := map[model.Object]CheckAt{}
	for _, x := range list {
		out[x.o] = x.at
	}
	return out, err
}

// SetCheckPlace keeps how far an object of the target was read, with what was read.
func (tx *Tx) SetCheckPlace(o model.Object, at CheckAt) error {
	_, err := tx.exec(`INSERT INTO check_at VALUES (?, ?, ?, ?) ON CONFLICT (object) DO UPDATE SET cursor = excluded.cursor, done = excluded.done, n = excluded.n`, string(o), at.Cursor, at.Done, at.N)
	return err
}

// CheckState reads what a check that did not end had counted; ok is false when there is none.
func (tx *Tx) CheckState(v any) (ok bool, err error) {
	rows, err := tx.rows(`SELECT body FROM check_state`)
	list, err := collect(rows, err, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
	if err != nil || len(list) == 0 {
		return false, err
	}
	return true, json.Unmarshal([]byte(list[0]), v)
}

// SetCheckState keeps what was counted so far.
func (tx *Tx) SetCheckState(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO check_state VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET body = excluded.body`, string(b))
	return err
}

// CheckedFile reads what this check found of a file already.
func (tx *Tx) CheckedFile(seq int64, v any) (ok bool, err error) {
	rows, err := tx.rows(`SELECT body FROM check_file WHERE seq = ?`, seq)
	list, err := collect(rows, err, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
	if err != nil || len(list) == 0 {
		return false, err
	}
	return true, json.Unmarshal([]byte(list[0]), v)
}

// SetCheckedFile keeps what was found of a file.
func (tx *Tx) SetCheckedFile(seq int64, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO check_file VALUES (?, ?) ON CONFLICT (seq) DO UPDATE SET body = excluded.body`, seq, string(b))
	return err
}

// LedgerAt gives the lines of records that are in the target, in order.
func (tx *Tx) LedgerAt(o model.Object, seqs []int64) ([]LedgerLine, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	return tx.ledger(`g.seq IN (SELECT value FROM json_each(?)) AND g.object = ? AND g.state IN (2, 3) ORDER BY g.seq`, jsonInts(seqs), obj)
}

// PointTo lists records that are in the target and point to one, with their objects.
func (tx *Tx) PointTo(k model.Key, n int) ([]LedgerLine, error) {
	obj, err := tx.objectID(k.Object, false)
	if err != nil {
		return nil, err
	}
	return tx.ledger(`g.state IN (2, 3) AND g.seq IN (SELECT l.seq FROM link l WHERE l.object = ?1 AND l.by = '' AND l.value = ?2
		UNION SELECT l.seq FROM rec p CROSS JOIN alias a ON a.seq = p.seq CROSS JOIN link l ON l.object = a.object AND l.by = a.field AND l.value = a.value WHERE p.object = ?1 AND p.id = ?2)
		ORDER BY g.seq LIMIT ?3`, obj, k.ID, n)
}

// CheckWaiver is what a person accepted in writing although a check did not pass.
type CheckWaiver struct {
	Code   string
	Object model.Object
	Failed int64
	By     model.Person
	At     string
	Why    string
}

// WaiveCheck keeps one, in the audit trail too.
func (tx *Tx) WaiveCheck(w CheckWaiver) error {
	if _, err := tx.exec(`INSERT INTO check_waiver VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (code, object) DO UPDATE SET failed = excluded.failed, name = excluded.name, role = excluded.role, at = excluded.at, why = excluded.why`,
		w.Code, string(w.Object), w.Failed, w.By.Name, w.By.Role, w.At, w.Why); err != nil {
		return err
	}
	return tx.Audit(w.By, "check.waived", map[string]any{"check": w.Code, "object": w.Object, "failed": w.Failed, "why": w.Why})
}

// UnwaiveCheck takes a waiver back.
func (tx *Tx) UnwaiveCheck(code string, o model.Object, by model.Person) error {
	if _, err := tx.exec(`DELETE FROM check_waiver WHERE code = ? AND object = ?`, code, string(o)); err != nil {
		return err
	}
	return tx.Audit(by, "check.waiver_taken_back", map[string]any{"check": code, "object": o})
}

// CheckWaivers lists them.
func (tx *Tx) CheckWaivers() ([]CheckWaiver, error) {
	rows, err := tx.rows(`SELECT code, object, failed, name, role, at, why FROM check_waiver ORDER BY code, object`)
	return collect(rows, err, func(r *sql.Rows) (w CheckWaiver, err error) {
		return w, r.Scan(&w.Code, &w.Object, &w.Failed, &w.By.Name, &w.By.Role, &w.At, &w.Why)
	})
}

// ForgetCheckings lets go of all earlier checks, so that the next one is the first.
func (tx *Tx) ForgetCheckings() error {
	if _, err := tx.exec(`DELETE FROM difference`); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM checking`)
	return err
}
