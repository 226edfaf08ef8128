package store

import (
	"database/sql"
	"strings"
	"time"

	"waybill/backend/model"
)

// Content is what a measurement reads of a record.
type Content struct {
	Seq  int64
	Fate model.Fate
	Raw  []byte
}

// Contents gives up to n records of an object behind the place after, in staging order,
// with nothing but their content: the quickest way through all of them.
func (tx *Tx) Contents(o model.Object, after int64, n int) ([]Content, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT r.seq, r.fate, w.body FROM rec r CROSS JOIN raw w ON w.seq = r.seq WHERE r.object = ? AND r.seq > ? ORDER BY r.seq LIMIT ?`, obj, after, n)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	out := make([]Content, 0, n)
	for rows.Next() {
		var c Content
		if err := rows.Scan(&c.Seq, &c.Fate, (*content)(&c.Raw)); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// SetFound keeps the records behind a finding that no filter can express.
func (tx *Tx) SetFound(o model.Object, code, field string, seqs []int64) error {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return err
	}
	if _, err := tx.exec(`DELETE FROM finding_rec WHERE object = ? AND code = ? AND field = ?`, obj, code, field); err != nil {
		return err
	}
	if len(seqs) == 0 {
		return nil
	}
	_, err = tx.exec(`INSERT INTO finding_rec SELECT ?, ?, ?, value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`, obj, code, field, jsonInts(seqs))
	return err
}

// Edge is a link between two staged records of one object.
type Edge struct{ From, To int64 }

// SelfLinks lists the links of a role that lead from an object to the same object.
func (tx *Tx) SelfLinks(o model.Object, role string) ([]Edge, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT l.seq, t.seq FROM rec r CROSS JOIN link l ON l.seq = r.seq CROSS JOIN rec t ON t.object = l.object AND t.id = l.value
		WHERE r.object = ? AND l.role = ? AND +l.object = ? AND +l.by = ''`, obj, role, obj)
	return collect(rows, err, func(r *sql.Rows) (e Edge, err error) { return e, r.Scan(&e.From, &e.To) })
}

// Owned is a record that points to another one: by which role, and how it wrote it.
type Owned struct {
	Role, Value string
	Seq         int64
}

// OwnedBy lists the records of an object that point to the record at a place, by its id or
// by another name of it.
func (tx *Tx) OwnedBy(o model.Object, owner Row) ([]Owned, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	to, err := tx.objectID(owner.Record.Key.Object, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT l.role, l.value, l.seq FROM link l CROSS JOIN rec r ON r.seq = l.seq WHERE l.object = ?1 AND l.by = '' AND l.value = ?2 AND r.object = ?3
		UNION SELECT l.role, l.value, l.seq FROM alias a CROSS JOIN link l ON l.object = a.object AND l.by = a.field AND l.value = a.value CROSS JOIN rec r ON r.seq = l.seq
			WHERE a.seq = ?4 AND r.object = ?3 ORDER BY 1, 2, 3`, to, owner.Record.Key.ID, obj, owner.Seq)
	return collect(rows, err, func(r *sql.Rows) (w Owned, err error) { return w, r.Scan(&w.Role, &w.Value, &w.Seq) })
}

// Named is a record with what people call it.
type Named struct {
	Seq      int64
	ID, Name string
}

// Unreferred lists the records of an object to which no link of another record leads, by their
// id or by another name of theirs.
func (tx *Tx) Unreferred(o model.Object) ([]Named, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT r.seq, r.id, r.name FROM rec r WHERE r.object = ?1
			AND NOT EXISTS (SELECT 1 FROM link l WHERE l.object = ?1 AND l.by = '' AND l.value = r.id AND l.seq <> r.seq)
			AND NOT EXISTS (SELECT 1 FROM alias a CROSS JOIN link l ON l.object = a.object AND l.by = a.field AND l.value = a.value WHERE a.seq = r.seq AND l.seq <> r.seq)
		ORDER BY r.seq`, obj)
	return collect(rows, err, func(r *sql.Rows) (n Named, err error) { return n, r.Scan(&n.Seq, &n.ID, &n.Name) })
}

// LargeFile is from how many bytes on a file is large: most desks take no more in one message.
const LargeFile = 20 << 20

// DangerousTypes are the endings of files that a computer runs when they are opened; desks
// refuse them, or their scanners do.
var DangerousTypes = []string{"exe", "com", "bat", "cmd", "scr", "pif", "msi", "msp", "jar", "js", "jse", "vbs", "vbe", "wsf", "wsh", "ps1", "hta", "cpl", "reg", "lnk", "dll", "app", "apk", "iso", "docm", "xlsm", "pptm"}

// fileConditions are the questions about the content of attachments, by their name.
var fileConditions = map[string]string{
	"missing":   `NOT EXISTS (SELECT 1 FROM file f WHERE f.seq = r.seq AND f.problem = '')`,
	"empty":     `EXISTS (SELECT 1 FROM file f WHERE f.seq = r.seq AND f.problem = '' AND f.size = 0)`,
	"large":     `EXISTS (SELECT 1 FROM file f WHERE f.seq = r.seq AND f.problem = '' AND f.size > 20971520)`,
	"dangerous": `EXISTS (SELECT 1 FROM file f WHERE f.seq = r.seq AND f.problem = '' AND (` + endings() + `))`,
}

func endings() string {
	out := make([]string, len(DangerousTypes))
	for i, e := range DangerousTypes {
		out[i] = `lower(f.name) LIKE '%.` + e + `'`
	}
	return strings.Join(out, " OR ")
}

// RepeatedFiles lists the attachments whose content is in the same thread before. The plus
// signs keep SQLite from looking links up by their goal: each record's own are few.
func (tx *Tx) RepeatedFiles(o model.Object) ([]int64, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	ticket, err := tx.objectID(model.Ticket.From(o.Source()), false)
	if err != nil {
		return nil, err
	}
	message, err := tx.objectID(model.Message.From(o.Source()), false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT seq FROM (SELECT seq, thread, row_number() OVER (PARTITION BY hash, thread ORDER BY seq) AS k FROM (
			SELECT f.seq, f.hash, coalesce(
				(SELECT l.value FROM link l WHERE l.seq = f.seq AND +l.object = ?2 LIMIT 1),
				(SELECT k.value FROM link l CROSS JOIN rec m ON m.object = l.object AND m.id = l.value CROSS JOIN link k ON k.seq = m.seq AND +k.object = ?2
					WHERE l.seq = f.seq AND +l.object = ?3 LIMIT 1)) AS thread
			FROM rec r CROSS JOIN file f ON f.seq = r.seq WHERE r.object = ?1 AND f.problem = '' AND f.hash <> '' AND f.size > 0))
		WHERE k > 1 AND thread IS NOT NULL ORDER BY seq`, obj, ticket, message)
	return collect(rows, err, func(r *sql.Rows) (s int64, err error) { return s, r.Scan(&s) })
}

// FindingState is what a person said about a finding.
type FindingState struct {
	Object             model.Object
	Code, Field, State string
	// Count is what the finding counted when it was said.
	Count int64
	Why   string
	By    model.Person
	At    string
}

// FindingStates lists what people said about findings.
func (tx *Tx) FindingStates() ([]FindingState, error) {
	rows, err := tx.rows(`SELECT object, code, field, state, n, why, name, role, at FROM finding_state ORDER BY object, code, field`)
	return collect(rows, err, func(r *sql.Rows) (s FindingState, err error) {
		return s, r.Scan(&s.Object, &s.Code, &s.Field, &s.State, &s.Count, &s.Why, &s.By.Name, &s.By.Role, &s.At)
	})
}

// SetFindingState keeps what a person says about a finding; an empty state takes it back.
func (tx *Tx) SetFindingState(s FindingState) error {
	if _, err := tx.exec(`DELETE FROM finding_state WHERE object = ? AND code = ? AND field = ?`, string(s.Object), s.Code, s.Field); err != nil {
		return err
	}
	if s.State != "" {
		if _, err := tx.exec(`INSERT INTO finding_state VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, string(s.Object), s.Code, s.Field, s.State, s.Count, s.Why, s.By.Name, s.By.Role, model.Stamp(time.Now())); err != nil {
			return err
		}
	}
	return tx.Audit(s.By, "finding.state", map[string]any{"object": s.Object, "finding": s.Code, "field": s.Field, "state": s.State, "count": s.Count, "why": s.Why})
}
