package store

import (
	"database/sql"
	"encoding/json"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// Decision gives many records their fate by one rule and one person.
type Decision struct {
	ID       int64
	At       string
	By       model.Person
	Rule     string
	Does     string // merge, archive, leave_out, correct
	Object   model.Object
	Title    string
	Why      string
	Settings map[string]string
	Count    int64
	UndoneAt string
	UndoneBy string
	// Place orders corrections: the lower comes first. Parts counts how often a part of the
	// decision was taken back, or further records came to it.
	Place, Parts int64
}

// Hit is a record that a decision gives a fate, and the one it lives on in when merged.
type Hit struct {
	Seq, Survivor int64
}

// Decide gives the hits their fate. Only records that wait (pending or held) are
// touched; the number of those that were is kept with the decision.
func (tx *Tx) Decide(d Decision, fate model.Fate, hits []Hit) (Decision, error) {
	settings, err := json.Marshal(d.Settings)
	if err != nil {
		return d, err
	}
	d.At = model.Stamp(time.Now())
	err = tx.row(`INSERT INTO decision (at, name, role, rule, does, object, title, why, settings, n) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0) RETURNING id`,
		d.At, d.By.Name, d.By.Role, d.Rule, d.Does, string(d.Object), d.Title, d.Why, string(settings)).Scan(&d.ID)
	if err != nil {
		return d, err
	}
	d.Place = d.ID
	if d.Count, err = tx.give(d.ID, fate, hits); err != nil {
		return d, err
	}
	if _, err := tx.exec(`UPDATE decision SET n = ?1, place = ?2 WHERE id = ?2`, d.Count, d.ID); err != nil {
		return d, err
	}
	return d, tx.Audit(d.By, "decision", map[string]any{"decision": d.ID, "rule": d.Rule, "does": d.Does, "object": d.Object, "records": d.Count, "why": d.Why})
}

// give lets those hits that wait have the fate that a decision gives them, and counts them.
func (tx *Tx) give(decision int64, fate model.Fate, hits []Hit) (given int64, err error) {
	for _, h := range hits {
		res, err := tx.exec(`UPDATE rec SET fate = ?, decision = ?, survivor = ? WHERE seq = ? AND `+free,
			int(fate), decision, h.Survivor, h.Seq)
		if err != nil {
			return given, err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return given, err
		}
		if n == 0 {
			continue
		}
		given++
		if _, err := tx.exec(`INSERT INTO decision_rec VALUES (?, ?) ON CONFLICT DO NOTHING`, decision, h.Seq); err != nil {
			return given, err
		}
	}
	return given, nil
}

// free says of a record that a decision may still give it a fate.
const free = `fate IN (0, 5) AND NOT EXISTS (SELECT 1 FROM ledger g WHERE g.seq = rec.seq AND g.state IN (1, 2, 3))`

// Free gives those of the records about which a decision may still be made.
func (tx *Tx) Free(seqs []int64) ([]int64, error) {
	rows, err := tx.rows(`SELECT rec.seq FROM json_each(?) j CROSS JOIN rec ON rec.seq = j.value WHERE `+free+` ORDER BY 1`, jsonInts(seqs))
	return collect(rows, err, func(r *sql.Rows) (s int64, err error) { return s, r.Scan(&s) })
}

// MergedInto are the records in which others live on by a decision.
func (tx *Tx) MergedInto(decision int64) (map[int64]bool, error) {
	rows, err := tx.rows(`SELECT DISTINCT survivor FROM rec WHERE decision = ? AND survivor <> 0`, decision)
	all, err := collect(rows, err, func(r *sql.Rows) (s int64, err error) { return s, r.Scan(&s) })
	out := map[int64]bool{}
	for _, s := range all {
		out[s] = true
	}
	return out, err
}

// Widen puts further records under a decision in force: they have its rule, and go back with
// it when it is taken back. by is who says so, which the log keeps.
func (tx *Tx) Widen(d Decision, fate model.Fate, hits []Hit, by model.Person) (Decision, error) {
	n, err := tx.give(d.ID, fate, hits)
	if err != nil {
		return d, err
	}
	return d, tx.widened(&d, n, by)
}

// WidenLinks does the same for a decision that gives links a goal.
func (tx *Tx) WidenLinks(d Decision, fixes []Fix, by model.Person) (Decision, error) {
	for _, f := range fixes {
		if _, err := tx.exec(`INSERT INTO decision_rec VALUES (?, ?) ON CONFLICT DO NOTHING`, d.ID, f.Seq); err != nil {
			return d, err
		}
	}
	if err := tx.PutFixes(d.ID, fixes); err != nil {
		return d, err
	}
	return d, tx.widened(&d, int64(len(fixes)), by)
}

// widened counts what came to a decision; as a part that goes, it makes plans stale.
func (tx *Tx) widened(d *Decision, n int64, by model.Person) error {
	d.Count += n
	if _, err := tx.exec(`UPDATE decision SET n = ?, parts = parts + 1 WHERE id = ?`, d.Count, d.ID); err != nil {
		return err
	}
	return tx.Audit(by, "decision.widened", map[string]any{"decision": d.ID, "rule": d.Rule, "does": d.Does, "object": d.Object, "records": n})
}

// Undo takes a decision back: its records wait again, those that were held at
// reading are held again.
func (tx *Tx) Undo(id int64, by model.Person) error {
	d, err := tx.Decision(id)
	if err != nil {
		return err
	}
	if d.UndoneAt != "" {
		return problem.New("decision.undone", "This decision was already taken back.", "", "There is nothing left to do.")
	}
	if _, err := tx.exec(`UPDATE rec SET decision = 0, survivor = 0, fate = CASE WHEN EXISTS (SELECT 1 FROM held h WHERE h.seq = rec.seq) THEN 5 ELSE 0 END WHERE decision = ?`, id); err != nil {
		return err
	}
	if _, err := tx.renewFixes(id, nil); err != nil {
		return err
	}
	if err := tx.openAlike(id); err != nil {
		return err
	}
	if _, err := tx.exec(`UPDATE decision SET undone_at = ?, undone_by = ? WHERE id = ?`, model.Stamp(time.Now()), by.Name, id); err != nil {
		return err
	}
	return tx.Audit(by, "decision.undone", map[string]any{"decision": id, "rule": d.Rule, "object": d.Object, "records": d.Count})
}

const decisionColumns = `id, at, name, role, rule, does, object, title, why, settings, n, undone_at, undone_by, place, parts`

func scanDecision(r *sql.Rows) (d Decision, err error) {
	var settings string
	err = r.Scan(&d.ID, &d.At, &d.By.Name, &d.By.Role, &d.Rule, &d.Does, &d.Object, &d.Title, &d.Why, &settings, &d.Count, &d.UndoneAt, &d.UndoneBy, &d.Place, &d.Parts)
	if err != nil {
		return d, err
	}
	return d, json.Unmarshal([]byte(settings), &d.Settings)
}

// Decisions lists all decisions, newest first.
func (tx *Tx) Decisions() ([]Decision, error) {
	rows, err := tx.rows(`SELECT ` + decisionColumns + ` FROM decision ORDER BY id DESC`)
	return collect(rows, err, scanDecision)
}

// Decision finds one decision.
func (tx *Tx) Decision(id int64) (Decision, error) {
	rows, err := tx.rows(`SELECT `+decisionColumns+` FROM decision WHERE id = ?`, id)
	found, err := collect(rows, err, scanDecision)
	if err != nil {
		return Decision{}, err
	}
	if len(found) == 0 {
		return Decision{}, problem.New(CodeNotFound, "There is no such decision.", "", "Look at the list of decisions and choose again.")
	}
	return found[0], nil
}

// Children lists the records that hang on the given ones through a link to them, by
// any role of the child object that leads to the parent object.
func (tx *Tx) Children(parent, child model.Object, seqs []int64) ([]int64, error) {
	po, err := tx.objectID(parent, false)
	if err != nil {
		return nil, err
	}
	co, err := tx.objectID(child, false)
	if err != nil {
		return nil, err
	}
	list, err := json.Marshal(seqs)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT c.seq FROM json_each(?1) j CROSS JOIN rec p ON p.seq = j.value
			CROSS JOIN link l ON l.object = ?2 AND l.by = '' AND l.value = p.id CROSS JOIN rec c ON c.seq = l.seq AND c.object = ?3
		UNION
		SELECT c.seq FROM json_each(?1) j CROSS JOIN alias a ON a.seq = j.value
			CROSS JOIN link l ON l.object = ?2 AND l.by = a.field AND l.value = a.value CROSS JOIN rec c ON c.seq = l.seq AND c.object = ?3
		ORDER BY 1`, string(list), po, co)
	return collect(rows, err, func(r *sql.Rows) (s int64, err error) { return s, r.Scan(&s) })
}

// DecisionCounts counts the records of a decision by object: with tickets go their messages.
func (tx *Tx) DecisionCounts(id int64) (map[model.Object]int64, error) {
	rows, err := tx.rows(`SELECT r.object, count(*) FROM decision_rec d CROSS JOIN rec r ON r.seq = d.seq WHERE d.decision = ? GROUP BY 1`, id)
	type pair struct{ o, n int64 }
	all, err := collect(rows, err, func(r *sql.Rows) (p pair, err error) { return p, r.Scan(&p.o, &p.n) })
	out := map[model.Object]int64{}
	for _, p := range all {
		out[tx.objectName(p.o)] = p.n
	}
	return out, err
}
