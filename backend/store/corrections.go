package store

import (
	"database/sql"
	"encoding/json"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// Correct is what a decision does that gives values and no fate.
const Correct = "correct"

// How a fix changes a record.
const (
	FixValue     = "value"     // a JSON text or list of texts for a field
	FixLink      = "link"      // where a role leads: a JSON list of references
	FixAddresses = "addresses" // a JSON list of addresses that the record has besides its own
)

// Fix is what a decision gives one record instead of what the source says.
type Fix struct {
	Seq        int64
	Key        model.Key
	Field, How string
	// Value is JSON, by How.
	Value    string
	Decision int64
}

// DecideCorrection keeps that a correction is in force, and which records it changes now.
// It changes no fate: the values are given when a draft is made.
func (tx *Tx) DecideCorrection(d Decision, hits []int64, fixes []Fix) (Decision, error) {
	settings, err := json.Marshal(d.Settings)
	if err != nil {
		return d, err
	}
	d.Does, d.At, d.Count = Correct, model.Stamp(time.Now()), int64(len(hits))
	err = tx.row(`INSERT INTO decision (at, name, role, rule, does, object, title, why, settings, n) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		d.At, d.By.Name, d.By.Role, d.Rule, d.Does, string(d.Object), d.Title, d.Why, string(settings), d.Count).Scan(&d.ID)
	if err != nil {
		return d, err
	}
	d.Place = d.ID
	if _, err := tx.exec(`UPDATE decision SET place = id WHERE id = ?`, d.ID); err != nil {
		return d, err
	}
	for _, seq := range hits {
		if _, err := tx.exec(`INSERT INTO decision_rec VALUES (?, ?)`, d.ID, seq); err != nil {
			return d, err
		}
	}
	if err := tx.PutFixes(d.ID, fixes); err != nil {
		return d, err
	}
	return d, tx.Audit(d.By, "decision", map[string]any{"decision": d.ID, "rule": d.Rule, "does": d.Does, "object": d.Object, "records": d.Count, "settings": d.Settings, "why": d.Why})
}

// PutFixes keeps what a decision gives single records; it goes when the decision is taken back.
func (tx *Tx) PutFixes(decision int64, fixes []Fix) error {
	for _, f := range fixes {
		if _, err := tx.exec(`INSERT INTO fix VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value`, f.Seq, f.Field, f.How, decision, f.Value); err != nil {
			return err
		}
	}
	return nil
}

// Fixes lists what decisions in force give single records, in the order of the decisions.
func (tx *Tx) Fixes() ([]Fix, error) {
	rows, err := tx.rows(`SELECT f.seq, r.object, r.id, f.field, f.how, f.value, f.decision FROM fix f CROSS JOIN decision d ON d.id = f.decision CROSS JOIN rec r ON r.seq = f.seq ORDER BY d.place, d.id, f.seq, f.field, f.how`)
	return collect(rows, err, func(r *sql.Rows) (f Fix, err error) {
		var obj int64
		err = r.Scan(&f.Seq, &obj, &f.Key.ID, &f.Field, &f.How, &f.Value, &f.Decision)
		f.Key.Object = tx.objectName(obj)
		return f, err
	})
}

// Corrections lists the corrections in force, in the order in which they apply.
func (tx *Tx) Corrections() ([]Decision, error) {
	rows, err := tx.rows(`SELECT ` + decisionColumns + ` FROM decision WHERE does = '` + Correct + `' AND undone_at = '' ORDER BY place, id`)
	return collect(rows, err, scanDecision)
}

// PlaceCorrections orders the corrections in force: ids lists them, the first one first.
func (tx *Tx) PlaceCorrections(ids []int64, by model.Person) error {
	all, err := tx.Corrections()
	if err != nil {
		return err
	}
	open := map[int64]bool{}
	for _, d := range all {
		open[d.ID] = true
	}
	for i, id := range ids {
		if !open[id] {
			return orderWrong()
		}
		delete(open, id)
		if _, err := tx.exec(`UPDATE decision SET place = ? WHERE id = ?`, i+1, id); err != nil {
			return err
		}
	}
	if len(open) > 0 {
		return orderWrong()
	}
	return tx.Audit(by, "decision.ordered", map[string]any{"decisions": ids})
}

func orderWrong() error {
	return problem.New("decision.order", "The list of corrections is not the one that is in force.", "Somebody added or took back a correction meanwhile. Nothing was changed.", "Look at the list again and order it anew.")
}

// UndoPart takes some records out of a decision: they wait again, the others keep their fate.
func (tx *Tx) UndoPart(id int64, seqs []int64, by model.Person) error {
	d, err := tx.Decision(id)
	if err != nil {
		return err
	}
	if d.UndoneAt != "" {
		return nil
	}
	list := jsonInts(seqs)
	res, err := tx.exec(`UPDATE rec SET decision = 0, survivor = 0, fate = CASE WHEN EXISTS (SELECT 1 FROM held h WHERE h.seq = rec.seq) THEN 5 ELSE 0 END
		WHERE decision = ? AND seq IN (SELECT value FROM json_each(?))`, id, list)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	for _, q := range []string{`DELETE FROM decision_rec WHERE decision = ? AND seq IN (SELECT value FROM json_each(?))`, `DELETE FROM fix WHERE decision = ? AND seq IN (SELECT value FROM json_each(?))`} {
		if _, err := tx.exec(q, id, list); err != nil {
			return err
		}
	}
	if d.Count == n {
		_, err = tx.exec(`UPDATE decision SET n = 0, parts = parts + 1, undone_at = ?, undone_by = ? WHERE id = ?`, model.Stamp(time.Now()), by.Name, id)
	} else {
		_, err = tx.exec(`UPDATE decision SET n = n - ?, parts = parts + 1 WHERE id = ?`, n, id)
	}
	if err != nil {
		return err
	}
	return tx.Audit(by, "decision.part_undone", map[string]any{"decision": id, "rule": d.Rule, "records": n})
}

// FixesOf lists what decisions in force give one record.
func (tx *Tx) FixesOf(seq int64) ([]Fix, error) {
	rows, err := tx.rows(`SELECT f.field, f.how, f.value, f.decision FROM fix f CROSS JOIN decision d ON d.id = f.decision WHERE f.seq = ? ORDER BY d.place, d.id, f.field, f.how`, seq)
	return collect(rows, err, func(r *sql.Rows) (f Fix, err error) {
		f.Seq = seq
		return f, r.Scan(&f.Field, &f.How, &f.Value, &f.Decision)
	})
}

// CountByObject counts records by what they are.
func (tx *Tx) CountByObject(seqs []int64) (map[model.Object]int64, error) {
	rows, err := tx.rows(`SELECT r.object, count(*) FROM json_each(?) j CROSS JOIN rec r ON r.seq = j.value GROUP BY 1`, jsonInts(seqs))
	type pair struct{ o, n int64 }
	all, err := collect(rows, err, func(r *sql.Rows) (p pair, err error) { return p, r.Scan(&p.o, &p.n) })
	out := map[model.Object]int64{}
	for _, p := range all {
		out[tx.objectName(p.o)] = p.n
	}
	return out, err
}
