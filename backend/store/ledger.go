package store

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// States of a ledger line.
const (
	LedgerIntended   = 1 // committed before the request leaves (invariant 3)
	LedgerCreated    = 2
	LedgerExisted    = 3 // found by its mark: an earlier request had arrived
	LedgerRefused    = 4 // surely not in the target
	LedgerRolledBack = 5
	LedgerUnknown    = 6 // nobody can say whether it arrived: never sent again by itself (invariant 4)
)

// Intent is a record that is about to be created.
type Intent struct {
	Seq   int64
	Mark  model.Mark
	Draft []byte
	// Later are links that are set once what they lead to exists.
	Later []LaterLink
}

// Intend commits intents; call it in a transaction of its own, before the request leaves.
func (tx *Tx) Intend(run int64, o, target model.Object, items []Intent) error {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return err
	}
	err = tx.execMany(`INSERT OR FAIL INTO ledger (object, target, run, at, state, seq, mark, draft) VALUES `, `(?1, ?2, ?3, ?4, 1, ?, ?, ?)`, `
		ON CONFLICT (seq) DO UPDATE SET run = excluded.run, state = 1, draft = excluded.draft, target = excluded.target, mark = excluded.mark, id = '', version = '', at = excluded.at, before = 0
		WHERE ledger.state IN (1, 4, 5)`, []any{obj, string(target), run, model.Stamp(time.Now())}, len(items), func(args []any, i int) []any {
		return append(args, items[i].Seq, string(items[i].Mark), items[i].Draft)
	})
	if err != nil {
		return err
	}
	for _, it := range items {
		if err := tx.PutLater(it.Seq, it.Later); err != nil {
			return err
		}
	}
	return nil
}

// Settlement is what became of an intent.
type Settlement struct {
	Seq     int64
	State   int
	ID      string
	Version string
	// Problems hold the record when it was refused.
	Problems []*problem.Problem
	// More: it is moved only once its extras are there too; Whole settles it then.
	More bool
	// Before: it was in the target before us, and was only looked up.
	Before bool
}

// Settle commits outcomes, gives the records their fate and counts them for the run.
func (tx *Tx) Settle(run int64, o model.Object, items []Settlement) error {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return err
	}
	err = tx.execMany(`WITH v (at, seq, state, id, version, before) AS (VALUES `, `(?1, ?, ?, ?, ?, ?)`, `)
		UPDATE OR FAIL ledger SET state = v.state, id = v.id, version = v.version, at = v.at, before = max(ledger.before, v.before) FROM v WHERE ledger.seq = v.seq`,
		[]any{model.Stamp(time.Now())}, len(items), func(args []any, i int) []any {
			it := items[i]
			return append(args, it.Seq, it.State, it.ID, it.Version, it.Before)
		})
	if err != nil {
		return err
	}
	counts := map[string]int64{}
	moved := make([]int64, 0, len(items))
	for _, it := range items {
		switch it.State {
		case LedgerCreated, LedgerExisted:
			if !it.More {
				moved = append(moved, it.Seq)
			}
			if it.State == LedgerCreated {
				counts["created"]++
			} else {
				counts["existed"]++
			}
		case LedgerRefused, LedgerUnknown:
			if len(it.Problems) == 0 { // not sent after all: it waits for the next try
				continue
			}
			if _, err := tx.exec(`DELETE FROM held WHERE seq = ?`, it.Seq); err != nil { // why it was held before
				return err
			}
			if err := tx.SetFate(it.Seq, model.Held); err != nil {
				return err
			}
			if err := tx.Hold(it.Seq, "run", it.Problems...); err != nil {
				return err
			}
			counts["held"]++
		}
	}
	if err := tx.setMoved(moved); err != nil {
		return err
	}
	return tx.countRun(run, obj, counts)
}

// setMoved gives many records at once the fate that most of them come to. Here and in the
// statements beside it OR FAIL spares SQLite copying each page before it is changed, in
// case just one statement had to be undone: an error undoes the whole transaction.
func (tx *Tx) setMoved(seqs []int64) error {
	if len(seqs) == 0 {
		return nil
	}
	list := jsonInts(seqs)
	// Few records were held before: between the first and the last there may be none at all.
	if _, err := tx.exec(`DELETE FROM held WHERE seq BETWEEN ? AND ? AND +seq IN (SELECT value FROM json_each(?))`, slices.Min(seqs), slices.Max(seqs), list); err != nil {
		return err
	}
	_, err := tx.exec(`UPDATE OR FAIL rec SET fate = ? WHERE seq IN (SELECT value FROM json_each(?))`, int(model.Moved), list)
	return err
}

// Whole gives records their fate once their extras are there, or holds them because one was refused.
func (tx *Tx) Whole(run int64, o model.Object, seqs []int64, refused map[int64][]*problem.Problem) error {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return err
	}
	held := int64(0)
	for _, seq := range seqs {
		fate := model.Moved
		if why := refused[seq]; len(why) > 0 {
			fate = model.Held
			held++
			if _, err := tx.exec(`DELETE FROM held WHERE seq = ?`, seq); err != nil {
				return err
			}
			if err := tx.Hold(seq, "run", why...); err != nil {
				return err
			}
		}
		if err := tx.SetFate(seq, fate); err != nil {
			return err
		}
	}
	return tx.countRun(run, obj, map[string]int64{"held": held})
}

func (tx *Tx) countRun(run, obj int64, counts map[string]int64) error {
	for what, n := range counts {
		if n == 0 {
			continue
		}
		if _, err := tx.exec(`INSERT INTO run_count VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n`, run, obj, what, n); err != nil {
			return err
		}
	}
	return nil
}

// Release lets the records wait again that a plan is about to create although they
// were held before: what is held among them from now on was held by this run.
func (tx *Tx) Release(plan int64) error {
	const chosen = `SELECT i.seq FROM plan_item i JOIN rec r ON r.seq = i.seq WHERE i.plan = ? AND i.action = 1 AND r.fate = 5`
	if _, err := tx.exec(`DELETE FROM held WHERE seq IN (`+chosen+`)`, plan); err != nil {
		return err
	}
	_, err := tx.exec(`UPDATE rec SET fate = 0 WHERE seq IN (`+chosen+`)`, plan)
	return err
}

// OutcomeUnknown lists the records of an object of which nobody can say whether they arrived.
func (tx *Tx) OutcomeUnknown(o model.Object) (map[int64]bool, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT seq FROM ledger WHERE state = 6 AND object = ?`, obj)
	seqs, err := collect(rows, err, func(r *sql.Rows) (s int64, err error) { return s, r.Scan(&s) })
	out := make(map[int64]bool, len(seqs))
	for _, s := range seqs {
		out[s] = true
	}
	return out, err
}

// planned counts apart what a run held because its plan said so: a run that goes on
// passes the plan anew, and must not count it twice.
const planned = "planned"

// CountPlanned keeps how many records a run held because its plan said so.
func (tx *Tx) CountPlanned(run int64, o model.Object, n int64) error {
	obj, err := tx.objectID(o, false)
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.exec(`INSERT INTO run_count VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = excluded.n`, run, obj, planned, n)
	return err
}

// HoldPlanned holds the records that the plan said it would hold, and counts them.
func (tx *Tx) HoldPlanned(items []PlanItem) (n int64, err error) {
	for _, it := range items {
		res, err := tx.exec(`UPDATE rec SET fate = 5 WHERE seq = ? AND fate IN (0, 5)`, it.Seq)
		if err != nil {
			return n, err
		}
		if hit, err := res.RowsAffected(); err != nil {
			return n, err
		} else if hit == 0 {
			continue
		}
		if _, err := tx.exec(`DELETE FROM held WHERE seq = ?`, it.Seq); err != nil {
			return n, err
		}
		if err := tx.Hold(it.Seq, "plan", it.Problems...); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// LedgerLine is a record that was sent.
type LedgerLine struct {
	Seq     int64
	Object  model.Object
	Source  string
	Target  model.Object
	Mark    model.Mark
	State   int
	ID      string
	Version string
	// Run that last sent it, and when its state changed.
	Run int64
	At  string
	// Before: it was in the target before us, and is never taken back.
	Before bool
}

func (tx *Tx) ledger(q string, args ...any) ([]LedgerLine, error) {
	rows, err := tx.rows(`SELECT g.seq, g.object, r.id, g.target, g.mark, g.state, g.id, g.version, g.run, g.at, g.before FROM ledger g JOIN rec r ON r.seq = g.seq WHERE `+q, args...)
	return collect(rows, err, func(r *sql.Rows) (l LedgerLine, err error) {
		var obj int64
		err = r.Scan(&l.Seq, &obj, &l.Source, &l.Target, &l.Mark, &l.State, &l.ID, &l.Version, &l.Run, &l.At, &l.Before)
		l.Object = tx.objectName(obj)
		return l, err
	})
}

// OpenIntents lists intents whose outcome is not known (invariant 4).
func (tx *Tx) OpenIntents(limit int) ([]LedgerLine, error) {
	return tx.ledger(`g.state = 1 ORDER BY g.object, g.seq LIMIT ?`, limit)
}

// OpenIntentsOf lists those of one object.
func (tx *Tx) OpenIntentsOf(o model.Object, limit int) ([]LedgerLine, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	return tx.ledger(`g.state = 1 AND g.object = ? ORDER BY g.seq LIMIT ?`, obj, limit)
}

// Sent lists what exists in the target of one object behind a place, in order.
func (tx *Tx) Sent(o model.Object, after int64, n int) ([]LedgerLine, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	return tx.ledger(`g.state IN (2, 3) AND g.object = ? AND g.seq > ? ORDER BY g.seq LIMIT ?`, obj, after, n)
}

// SentByRun lists what a run created of one object and what still exists, in order.
func (tx *Tx) SentByRun(run int64, o model.Object, after int64, n int) ([]LedgerLine, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	return tx.ledger(`g.run = ? AND g.state IN (2, 3) AND g.object = ? AND g.seq > ? ORDER BY g.seq LIMIT ?`, run, obj, after, n)
}

// ByMarks finds ledger lines by their marks.
func (tx *Tx) ByMarks(marks []string) (map[string]LedgerLine, error) {
	list, err := json.Marshal(marks)
	if err != nil {
		return nil, err
	}
	lines, err := tx.ledger(`g.mark IN (SELECT value FROM json_each(?))`, string(list))
	out := make(map[string]LedgerLine, len(lines))
	for _, l := range lines {
		out[string(l.Mark)] = l
	}
	return out, err
}

// LedgerOf finds the line of a record; ok is false when it was never sent.
func (tx *Tx) LedgerOf(seq int64) (l LedgerLine, ok bool, err error) {
	lines, err := tx.ledger(`g.seq = ?`, seq)
	if err != nil || len(lines) == 0 {
		return LedgerLine{}, false, err
	}
	return lines[0], true, nil
}

// SentCount counts what a run has in the target, by object.
func (tx *Tx) SentCount(run int64) (map[model.Object]int64, error) {
	rows, err := tx.rows(`SELECT object, count(*) FROM ledger WHERE run = ? AND state IN (2, 3) GROUP BY 1`, run)
	type pair struct{ o, n int64 }
	all, err := collect(rows, err, func(r *sql.Rows) (p pair, err error) { return p, r.Scan(&p.o, &p.n) })
	out := map[model.Object]int64{}
	for _, p := range all {
		out[tx.objectName(p.o)] = p.n
	}
	return out, err
}

// TakeBack commits deletions: the records wait again. Kept ones were changed by people
// since, and stay moved.
func (tx *Tx) TakeBack(run int64, o model.Object, deleted, kept []int64) error {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return err
	}
	for _, seq := range deleted {
		if _, err := tx.exec(`UPDATE ledger SET state = 5, at = ? WHERE seq = ?`, model.Stamp(time.Now()), seq); err != nil {
			return err
		}
		if err := tx.SetFate(seq, model.Pending); err != nil {
			return err
		}
		// What is not there any more has neither changes to bring over nor links to set; that
		// it is gone at the source stays known, for ForgetGone.
		for _, q := range []string{`DELETE FROM change WHERE seq = ? AND how IN (1, 4)`, `DELETE FROM later WHERE seq = ?`} {
			if _, err := tx.exec(q, seq); err != nil {
				return err
			}
		}
	}
	if err := tx.Spare(0, append(append([]int64{}, deleted...), kept...)); err != nil {
		return err
	}
	return tx.countRun(run, obj, map[string]int64{"deleted": int64(len(deleted)), "kept": int64(len(kept))})
}

// Run in the history. State: running, paused, done, cancelled, failed, interrupted, rolled_back.
type Run struct {
	ID       int64
	Kind     string
	Plan     int64
	Of       int64
	By       model.Person
	State    string
	Started  string
	Finished string
	Error    string
	Proof    string
	// Counts by object and by what became of it.
	Counts map[model.Object]map[string]int64
}

// NewRun begins a run.
func (tx *Tx) NewRun(r Run) (Run, error) {
	r.Started, r.State = model.Stamp(time.Now()), "running"
	err := tx.row(`INSERT INTO run (kind, plan, of, name, role, state, started) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		r.Kind, r.Plan, r.Of, r.By.Name, r.By.Role, r.State, r.Started).Scan(&r.ID)
	if err != nil {
		return r, err
	}
	return r, tx.Audit(r.By, "run.started", map[string]any{"run": r.ID, "kind": r.Kind, "plan": r.Plan, "of": r.Of})
}

// SetRun changes a run's state; failure and proof are kept when given.
func (tx *Tx) SetRun(id int64, state, failure, proof string, by model.Person) error {
	finished := ""
	if state != "running" && state != "paused" {
		finished = model.Stamp(time.Now())
	}
	_, err := tx.exec(`UPDATE run SET state = ?, finished = ?, error = ?, proof = CASE WHEN ? <> '' THEN ? ELSE proof END WHERE id = ?`, state, finished, failure, proof, proof, id)
	if err != nil {
		return err
	}
	return tx.Audit(by, "run."+state, map[string]any{"run": id})
}

// Interrupt marks runs that were under way when the program ended.
func (tx *Tx) Interrupt() error {
	_, err := tx.exec(`UPDATE run SET state = 'interrupted', finished = ? WHERE state IN ('running', 'paused')`, model.Stamp(time.Now()))
	return err
}

// Runs lists all runs, newest first.
func (tx *Tx) Runs() ([]Run, error) {
	rows, err := tx.rows(`SELECT id, kind, plan, of, name, role, state, started, finished, error, proof FROM run ORDER BY id DESC`)
	runs, err := collect(rows, err, func(r *sql.Rows) (x Run, err error) {
		x.Counts = map[model.Object]map[string]int64{}
		return x, r.Scan(&x.ID, &x.Kind, &x.Plan, &x.Of, &x.By.Name, &x.By.Role, &x.State, &x.Started, &x.Finished, &x.Error, &x.Proof)
	})
	if err != nil {
		return nil, err
	}
	rows, err = tx.rows(`SELECT run, object, what, n FROM run_count`)
	type line struct {
		run, obj, n int64
		what        string
	}
	counts, err := collect(rows, err, func(r *sql.Rows) (l line, err error) { return l, r.Scan(&l.run, &l.obj, &l.what, &l.n) })
	if err != nil {
		return nil, err
	}
	for i := range runs {
		for _, c := range counts {
			if c.run != runs[i].ID {
				continue
			}
			o := tx.objectName(c.obj)
			if runs[i].Counts[o] == nil {
				runs[i].Counts[o] = map[string]int64{}
			}
			if c.what == planned {
				c.what = "held"
			}
			runs[i].Counts[o][c.what] += c.n
		}
	}
	return runs, nil
}

// Run finds one run.
func (tx *Tx) Run(id int64) (Run, error) {
	runs, err := tx.Runs()
	if err != nil {
		return Run{}, err
	}
	for _, r := range runs {
		if r.ID == id {
			return r, nil
		}
	}
	return Run{}, problem.New("run.none", "There is no such run.", "", "Look at the list of runs and choose again.")
}

// IsSent says whether a record exists in the target.
func (tx *Tx) IsSent(seq int64) (bool, error) {
	var n int
	err := tx.row(`SELECT count(*) FROM ledger WHERE seq = ? AND state IN (2, 3)`, seq).Scan(&n)
	return n > 0, err
}

// RowsAt gives the records of plan items, in their order, with their links.
func (tx *Tx) RowsAt(o model.Object, items []PlanItem) ([]Row, error) {
	seqs := make([]int64, len(items))
	for i, it := range items {
		seqs[i] = it.Seq
	}
	list, err := json.Marshal(seqs)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT `+rowColumns+` FROM json_each(?) j CROSS JOIN rec r ON r.seq = j.value ORDER BY r.seq`, string(list))
	out, err := collect(rows, err, scanRow(o))
	if err != nil {
		return nil, err
	}
	return out, tx.Links(out)
}

// Planned is a record that a plan creates. Of its row only Seq, Record and Fate are read.
type Planned struct {
	Row
	// Draft is the hash of the draft that was planned.
	Draft []byte
	// Sent: it exists in the target already.
	Sent bool
}

// PlannedRows gives up to n records that a plan creates of an object, behind a place, in
// their order, with their links.
func (tx *Tx) PlannedRows(plan int64, o model.Object, after int64, n int) ([]Planned, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT r.seq, r.id, r.fate, r.version, r.place, i.draft, coalesce(g.state IN (2, 3), 0), `+rawOf+` FROM plan_item i CROSS JOIN rec r ON r.seq = i.seq LEFT JOIN ledger g ON g.seq = i.seq
		WHERE i.plan = ? AND i.object = ? AND i.seq > ? AND i.action = 1 ORDER BY i.seq LIMIT ?`, plan, obj, after, n)
	out, err := collect(rows, err, func(r *sql.Rows) (p Planned, err error) {
		p.Record.Key.Object = o
		return p, r.Scan(&p.Seq, &p.Record.Key.ID, &p.Fate, &p.Record.Version, &p.Record.Place, &p.Draft, &p.Sent, (*content)(&p.Record.Raw))
	})
	if err != nil {
		return nil, err
	}
	of := make([]*Row, len(out))
	for i := range out {
		of[i] = &out[i].Row
	}
	return out, tx.links(of)
}

// StageHash is one hash over all staged records, to prove that they are untouched.
func (tx *Tx) StageHash() (string, error) {
	rows, err := tx.rows(`SELECT seq, hash FROM rec ORDER BY seq`)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	h := sha256.New()
	var line [8]byte
	for rows.Next() {
		var seq int64
		var sum []byte
		if err := rows.Scan(&seq, &sum); err != nil {
			return "", err
		}
		binary.BigEndian.PutUint64(line[:], uint64(seq))
		h.Write(line[:])
		h.Write(sum)
	}
	return hex.EncodeToString(h.Sum(nil)), rows.Err()
}

// Kin gives records, all that hangs on them (messages, attachments), and all that
// they and those point to, so that nothing that is kept points to nothing.
func (tx *Tx) Kin(seqs []int64) ([]int64, error) {
	list, err := json.Marshal(seqs)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`WITH RECURSIVE
		down (seq) AS (
			SELECT value FROM json_each(?)
			UNION
			SELECT l.seq FROM down d JOIN rec p ON p.seq = d.seq JOIN object po ON po.id = p.object
				JOIN link l ON l.object = p.object AND l.by = '' AND l.value = p.id
				JOIN rec c ON c.seq = l.seq JOIN object co ON co.id = c.object
			WHERE (po.name = 'ticket' AND co.name IN ('message', 'attachment')) OR (po.name = 'message' AND co.name = 'attachment')
			UNION
			SELECT l.seq FROM down d JOIN rec p ON p.seq = d.seq JOIN object po ON po.id = p.object
				CROSS JOIN alias a ON a.seq = p.seq CROSS JOIN link l ON l.object = a.object AND l.by = a.field AND l.value = a.value
				JOIN rec c ON c.seq = l.seq JOIN object co ON co.id = c.object
			WHERE (po.name = 'ticket' AND co.name IN ('message', 'attachment')) OR (po.name = 'message' AND co.name = 'attachment')),
		up (seq) AS (
			SELECT seq FROM down
			UNION
			SELECT t.seq FROM up u JOIN link l ON l.seq = u.seq JOIN rec t ON t.object = l.object AND t.id = l.value WHERE l.by = ''
			UNION
			SELECT a.seq FROM up u JOIN link l ON l.seq = u.seq JOIN alias a ON a.object = l.object AND a.field = l.by AND a.value = l.value WHERE l.by <> '')
		SELECT seq FROM up`, string(list))
	return collect(rows, err, func(r *sql.Rows) (s int64, err error) { return s, r.Scan(&s) })
}
