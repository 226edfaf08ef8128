package store

import (
	"database/sql"
	"encoding/json"

	"waybill/backend/model"
)

// How a record came into the pilot.
const (
	PilotChosen  = 0 // by what it covers, or by chance
	PilotAdded   = 1 // by hand
	PilotRefused = 2 // taken out by hand
)

// PilotPick is a record of the pilot, and why it is one.
type PilotPick struct {
	Seq    int64
	Object model.Object
	// N is its place: the one that covers most comes first.
	N    int64
	Hand int
	Why  []string
}

// SetPilot replaces what was chosen; what people added or took out stays.
func (tx *Tx) SetPilot(list []PilotPick) error {
	if _, err := tx.exec(`DELETE FROM pilot WHERE hand = 0`); err != nil {
		return err
	}
	for _, p := range list {
		if err := tx.putPilot(p, ` ON CONFLICT (seq) DO UPDATE SET n = excluded.n, why = CASE WHEN hand = 0 THEN excluded.why ELSE why END`); err != nil {
			return err
		}
	}
	return nil
}

// PutPilot adds a record by hand, or takes one out.
func (tx *Tx) PutPilot(p PilotPick) error {
	return tx.putPilot(p, ` ON CONFLICT (seq) DO UPDATE SET hand = excluded.hand, why = CASE WHEN excluded.hand = 2 THEN why ELSE excluded.why END`)
}

func (tx *Tx) putPilot(p PilotPick, conflict string) error {
	obj, err := tx.objectID(p.Object, false)
	if err != nil {
		return err
	}
	why, err := json.Marshal(p.Why)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO pilot (seq, object, n, hand, why) VALUES (?, ?, ?, ?, ?)`+conflict, p.Seq, obj, p.N, p.Hand, string(why))
	return err
}

// ForgetPilotHand lets a record be chosen, or not, as before anybody touched it.
func (tx *Tx) ForgetPilotHand(seq int64) error {
	_, err := tx.exec(`DELETE FROM pilot WHERE seq = ? AND hand <> 0`, seq)
	return err
}

// Pilot lists the records of the pilot behind a place, added ones first; refused says whether
// those that people took out are wanted instead.
func (tx *Tx) Pilot(refused bool, skip, limit int) ([]PilotPick, error) {
	rows, err := tx.rows(`SELECT seq, object, n, hand, why FROM pilot WHERE (hand = 2) = ?1 ORDER BY hand DESC, n, seq LIMIT ?2 OFFSET ?3`, refused, limit, skip)
	return collect(rows, err, func(r *sql.Rows) (p PilotPick, err error) {
		var obj int64
		var why string
		if err := r.Scan(&p.Seq, &obj, &p.N, &p.Hand, &why); err != nil {
			return p, err
		}
		p.Object = tx.objectName(obj)
		return p, json.Unmarshal([]byte(why), &p.Why)
	})
}

// PickPilot adds the records of the pilot to the part of the source that a plan is about.
func (tx *Tx) PickPilot(plan int64) (n int64, err error) {
	res, err := tx.exec(`INSERT INTO plan_pick SELECT ?, object, seq FROM pilot WHERE hand <> 2 ON CONFLICT DO NOTHING`, plan)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Weighed is a record and a measure of it: messages of a conversation, bytes of a file.
type Weighed struct{ Seq, N int64 }

func (tx *Tx) weighed(q string, args ...any) ([]Weighed, error) {
	rows, err := tx.rows(q, args...)
	return collect(rows, err, func(r *sql.Rows) (w Weighed, err error) { return w, r.Scan(&w.Seq, &w.N) })
}

// LongestThreads lists the records of an object on which most records of another one hang.
func (tx *Tx) LongestThreads(o, child model.Object, n int) ([]Weighed, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	kid, err := tx.objectID(child, false)
	if err != nil {
		return nil, err
	}
	return tx.weighed(`SELECT p.seq, count(*) FROM rec c CROSS JOIN link l ON l.seq = c.seq AND l.object = ?1 AND l.by = '' CROSS JOIN rec p ON p.object = l.object AND p.id = l.value
		WHERE c.object = ?2 AND p.fate IN (0, 5) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?3`, obj, kid, n)
}

// LargestFiles lists the records with the largest contents.
func (tx *Tx) LargestFiles(n int) ([]Weighed, error) {
	return tx.weighed(`SELECT f.seq, f.size FROM file f JOIN rec r ON r.seq = f.seq WHERE f.problem = '' AND r.fate IN (0, 5) ORDER BY f.size DESC, f.seq LIMIT ?`, n)
}

// Survivors lists records that others live on in, with how many.
func (tx *Tx) Survivors(n int) ([]Weighed, error) {
	return tx.weighed(`SELECT r.survivor, count(*) FROM rec r JOIN rec s ON s.seq = r.survivor WHERE r.survivor <> 0 AND r.fate = 2 AND s.fate IN (0, 5) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?`, n)
}

// Marked is a record that something was said about: a finding of the profile, a decision,
// a reason for which it is held.
type Marked struct {
	Seq  int64
	What string
}

// Remarked lists records with something that was said about them, at most each of them for
// what: findings of the profile, decisions, and reasons for which records are held.
func (tx *Tx) Remarked(each int) ([]Marked, error) {
	out := []Marked{}
	for _, q := range []string{
		`SELECT seq, what FROM (SELECT d.seq, 'finding: ' || d.code || ' of ' || d.field AS what, row_number() OVER (PARTITION BY d.object, d.code, d.field ORDER BY d.seq) AS k
			FROM finding_rec d JOIN rec r ON r.seq = d.seq WHERE r.fate IN (0, 5)) WHERE k <= ?`,
		`SELECT seq, what FROM (SELECT d.seq, 'rule: ' || x.title AS what, row_number() OVER (PARTITION BY d.decision ORDER BY d.seq) AS k
			FROM decision_rec d JOIN decision x ON x.id = d.decision AND x.undone_at = '' JOIN rec r ON r.seq = d.seq WHERE r.fate IN (0, 5)) WHERE k <= ?`,
		`SELECT seq, what FROM (SELECT h.seq, 'held: ' || h.code || CASE h.field WHEN '' THEN '' ELSE ' of ' || h.field END AS what, row_number() OVER (PARTITION BY h.code, h.field ORDER BY h.seq) AS k
			FROM held h JOIN rec r ON r.seq = h.seq WHERE h.n = 0 AND h.stage <> 'stage' AND r.fate = 5) WHERE k <= ?`,
	} {
		rows, err := tx.rows(q, each)
		list, err := collect(rows, err, func(r *sql.Rows) (m Marked, err error) { return m, r.Scan(&m.Seq, &m.What) })
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}
