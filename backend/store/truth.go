package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"waybill/backend/model"
)

// Sameness is what a decision in force about records of several sources is brought up to
// date with, after the sources were read again.
type Sameness struct {
	// Hits are all records that live on in another one now.
	Hits []Hit
	// Fixes are all values that the survivors get of the others.
	Fixes []Fix
	// Unseen are records that are not in their source any more.
	Unseen []int64
}

// Renewed counts what bringing a decision up to date changed.
type Renewed struct {
	// Joined and Left: records that came to the decision, and that it no longer holds for.
	// Forgotten are not in their source any more and were never sent.
	Joined, Left, Forgotten int64
	// Survivors whose values are others now.
	Survivors int64
}

// Renew brings a decision up to date. Records that were decided about otherwise, or are in
// the target by themselves, are left alone. Of what is in the target, a change is noted.
func (tx *Tx) Renew(decision int64, now Sameness, by model.Person) (r Renewed, err error) {
	held, err := tx.decided(decision)
	if err != nil {
		return r, err
	}
	want := make(map[int64]int64, len(now.Hits))
	for _, h := range now.Hits {
		want[h.Seq] = h.Survivor
	}
	leave := []int64{}
	for seq, survivor := range held {
		into, still := want[seq]
		if into == survivor {
			continue
		}
		if !still {
			// Who lives on in a record that was archived, left out or merged since shares its fate.
			decided, err := tx.exists(`SELECT 1 FROM rec WHERE seq = ? AND fate IN (2, 3, 4)`, survivor)
			if err != nil {
				return r, err
			}
			if decided {
				continue
			}
		}
		leave = append(leave, seq)
	}
	slices.Sort(leave)
	list := jsonInts(leave)
	for _, q := range []string{
		`UPDATE rec SET decision = 0, survivor = 0, fate = CASE WHEN EXISTS (SELECT 1 FROM held h WHERE h.seq = rec.seq) THEN 5 ELSE 0 END WHERE decision = ? AND seq IN (SELECT value FROM json_each(?))`,
		`DELETE FROM decision_rec WHERE decision = ? AND seq IN (SELECT value FROM json_each(?))`,
	} {
		if _, err := tx.exec(q, decision, list); err != nil {
			return r, err
		}
	}
	r.Left = int64(len(leave))
	for _, h := range now.Hits {
		if held[h.Seq] == h.Survivor {
			continue
		}
		res, err := tx.exec(`UPDATE rec SET fate = ?, decision = ?, survivor = ? WHERE seq = ? AND fate IN (0, 5) AND NOT EXISTS (SELECT 1 FROM ledger g WHERE g.seq = rec.seq AND g.state IN (1, 2, 3))`,
			int(model.Merged), decision, h.Survivor, h.Seq)
		if err != nil {
			return r, err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return r, err
		}
		if n == 0 {
			continue
		}
		if _, err := tx.exec(`INSERT INTO decision_rec VALUES (?, ?) ON CONFLICT DO NOTHING`, decision, h.Seq); err != nil {
			return r, err
		}
		r.Joined++
	}
	if r.Survivors, err = tx.renewFixes(decision, now.Fixes); err != nil {
		return r, err
	}
	if r.Forgotten, err = tx.ForgetUnseen(now.Unseen); err != nil || r == (Renewed{}) {
		return r, err
	}
	// A plan that was made before is stale.
	if _, err := tx.exec(`UPDATE decision SET n = n + ?, parts = parts + 1 WHERE id = ?`, r.Joined-r.Left, decision); err != nil {
		return r, err
	}
	return r, tx.Audit(by, "decision.renewed", map[string]any{"decision": decision, "joined": r.Joined, "left": r.Left, "values": r.Survivors, "forgotten": r.Forgotten})
}

// decided leads from the records of a decision to the ones they live on in.
func (tx *Tx) decided(decision int64) (map[int64]int64, error) {
	rows, err := tx.rows(`SELECT seq, survivor FROM rec WHERE decision = ? AND decision <> 0`, decision)
	all, err := collect(rows, err, func(r *sql.Rows) (h Hit, err error) { return h, r.Scan(&h.Seq, &h.Survivor) })
	out := make(map[int64]int64, len(all))
	for _, h := range all {
		out[h.Seq] = h.Survivor
	}
	return out, err
}

type fixKey struct {
	seq        int64
	field, how string
}

// GiveFixes keeps what a decision gives single records; of those that are in the target, a
// change is noted.
func (tx *Tx) GiveFixes(decision int64, fixes []Fix) error {
	_, err := tx.renewFixes(decision, fixes)
	return err
}

// renewFixes gives the survivors of a decision their values anew, and counts whose changed.
func (tx *Tx) renewFixes(decision int64, fixes []Fix) (n int64, err error) {
	rows, err := tx.rows(`SELECT seq, field, how, value FROM fix WHERE decision = ?`, decision)
	had, err := collect(rows, err, func(r *sql.Rows) (f Fix, err error) { return f, r.Scan(&f.Seq, &f.Field, &f.How, &f.Value) })
	if err != nil {
		return 0, err
	}
	was := make(map[fixKey]string, len(had))
	for _, f := range had {
		was[fixKey{f.Seq, f.Field, f.How}] = f.Value
	}
	differs := map[int64]bool{}
	for _, f := range fixes {
		k := fixKey{f.Seq, f.Field, f.How}
		if v, ok := was[k]; !ok || v != f.Value {
			differs[f.Seq] = true
		}
		delete(was, k)
	}
	for k := range was {
		differs[k.seq] = true
	}
	order := make([]int64, 0, len(differs))
	for seq := range differs {
		order = append(order, seq)
	}
	slices.Sort(order)
	for _, seq := range order {
		if err := tx.noteFixes(seq); err != nil {
			return 0, err
		}
		if _, err := tx.exec(`DELETE FROM fix WHERE decision = ? AND seq = ?`, decision, seq); err != nil {
			return 0, err
		}
	}
	fresh := fixes[:0:0]
	for _, f := range fixes {
		if differs[f.Seq] {
			fresh = append(fresh, f)
		}
	}
	return int64(len(order)), tx.PutFixes(decision, fresh)
}

// noteFixes remembers, before decisions give a record other values, which it was last
// written with, if it is in the target or may be.
func (tx *Tx) noteFixes(seq int64) error {
	there, err := tx.exists(maybeThere, seq)
	if err != nil || !there {
		return err
	}
	had := ""
	err = tx.row(`SELECT fixes FROM change WHERE seq = ?`, seq).Scan(&had)
	if errors.Is(err, sql.ErrNoRows) {
		err = tx.putChange(seq, HowChanged, "", "")
	}
	if err != nil || had != "" {
		return err
	}
	fixes, err := tx.FixesOf(seq)
	if err != nil {
		return err
	}
	b, err := json.Marshal(append([]Fix{}, fixes...))
	if err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE change SET fixes = ?, settled = 0, run = 0, problem = '' WHERE seq = ?`, string(b), seq)
	return err
}

// HeldOf lists the records of a decision that would be held without it.
func (tx *Tx) HeldOf(decision int64) (map[int64]bool, error) {
	rows, err := tx.rows(`SELECT DISTINCT h.seq FROM held h CROSS JOIN rec r ON r.seq = h.seq WHERE r.decision = ? AND r.decision <> 0`, decision)
	seqs, err := collect(rows, err, func(r *sql.Rows) (s int64, err error) { return s, r.Scan(&s) })
	out := make(map[int64]bool, len(seqs))
	for _, s := range seqs {
		out[s] = true
	}
	return out, err
}

// Unseen lists the records of an object that its last complete reading did not see any more
// and that are only here because others live on in them, or because of this decision.
func (tx *Tx) Unseen(o model.Object, decision int64) ([]int64, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT r.seq FROM rec r WHERE r.object = ?1 AND r.pass < (SELECT pass FROM reading WHERE object = ?1 AND done = 1)
		AND (r.fate IN (0, 5) AND r.decision = 0 OR r.fate = 2 AND r.decision = ?2 AND ?2 <> 0)
		AND NOT EXISTS (SELECT 1 FROM ledger g WHERE g.seq = r.seq AND g.state NOT IN (4, 5)) ORDER BY r.seq`, obj, decision)
	return collect(rows, err, func(r *sql.Rows) (s int64, err error) { return s, r.Scan(&s) })
}

// ForgetUnseen lets go of records that Unseen gave, once nobody lives on in them any more.
func (tx *Tx) ForgetUnseen(seqs []int64) (n int64, err error) {
	for _, seq := range seqs {
		stays, err := tx.exists(`SELECT 1 FROM rec WHERE seq = ?1 AND (fate NOT IN (0, 5) OR decision <> 0) UNION ALL SELECT 1 FROM rec WHERE survivor = ?1 AND survivor <> 0`, seq)
		if err != nil {
			return n, err
		}
		if stays {
			continue
		}
		if err := tx.forget(seq); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// SameNumber is a number that records of two objects share without being the same one.
type SameNumber struct {
	ID           string
	First, Other int64 // their places in the stage
}

// SameNumbers lists up to n numbers that records of both objects have, where neither was
// merged into the other, and counts all of them.
func (tx *Tx) SameNumbers(a, b model.Object, n int) (list []SameNumber, count int64, err error) {
	x, err := tx.objectID(a, false)
	if err != nil {
		return nil, 0, err
	}
	y, err := tx.objectID(b, false)
	if err != nil {
		return nil, 0, err
	}
	const from = ` FROM rec q CROSS JOIN rec r ON r.object = ?2 AND r.id = q.id WHERE q.object = ?1 AND q.survivor <> r.seq AND r.survivor <> q.seq AND q.repeat_of = '' AND r.repeat_of = ''`
	if err := tx.row(`SELECT count(*)`+from, x, y).Scan(&count); err != nil {
		return nil, 0, err
	}
	rows, err := tx.rows(`SELECT q.id, q.seq, r.seq`+from+` ORDER BY q.seq LIMIT ?3`, x, y, n)
	list, err = collect(rows, err, func(r *sql.Rows) (s SameNumber, err error) { return s, r.Scan(&s.ID, &s.First, &s.Other) })
	return list, count, err
}

// FixCounts counts, per field, the records of an object to which decisions in force give a value.
func (tx *Tx) FixCounts(o model.Object) (map[string]int64, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT f.field, count(DISTINCT f.seq) FROM fix f CROSS JOIN rec r ON r.seq = f.seq WHERE r.object = ? GROUP BY 1`, obj)
	type pair struct {
		field string
		n     int64
	}
	all, err := collect(rows, err, func(r *sql.Rows) (p pair, err error) { return p, r.Scan(&p.field, &p.n) })
	out := map[string]int64{}
	for _, p := range all {
		out[p.field] = p.n
	}
	return out, err
}
