package store

import (
	"database/sql"
	"time"

	"waybill/backend/model"
)

// SpotTask is a record that somebody is to look at in both desks.
type SpotTask struct {
	Seq    int64
	Object model.Object
	// ID in the source, Name as people know it, Target in the target.
	ID, Name, Target string
	Reviewer         string
	// Band is its age, Why it was chosen.
	Band, Why string
	// Verdict: empty until somebody judged.
	Verdict, Note string
	// Picture is the hash of a screenshot; empty: none.
	Picture string
	At      string
	By      model.Person
}

// SetSpots replaces the tasks that nobody judged yet; what was judged stays as it is.
func (tx *Tx) SetSpots(list []SpotTask) (n int64, err error) {
	if _, err := tx.exec(`DELETE FROM spot WHERE verdict = ''`); err != nil {
		return 0, err
	}
	for _, t := range list {
		res, err := tx.exec(`INSERT INTO spot (seq, reviewer, band, why) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, t.Seq, t.Reviewer, t.Band, t.Why)
		if err != nil {
			return n, err
		}
		added, err := res.RowsAffected()
		if err != nil {
			return n, err
		}
		n += added
	}
	return n, nil
}

// Spots lists the tasks by reviewer, in the order in which they were chosen.
func (tx *Tx) Spots() ([]SpotTask, error) {
	rows, err := tx.rows(`SELECT s.seq, r.object, r.id, r.name, coalesce(g.id, ''), s.reviewer, s.band, s.why, s.verdict, s.note, s.picture, s.at, s.name, s.role
		FROM spot s JOIN rec r ON r.seq = s.seq LEFT JOIN ledger g ON g.seq = s.seq AND g.state IN (2, 3) ORDER BY s.reviewer, s.rowid`)
	return collect(rows, err, func(r *sql.Rows) (t SpotTask, err error) {
		var obj int64
		err = r.Scan(&t.Seq, &obj, &t.ID, &t.Name, &t.Target, &t.Reviewer, &t.Band, &t.Why, &t.Verdict, &t.Note, &t.Picture, &t.At, &t.By.Name, &t.By.Role)
		t.Object = tx.objectName(obj)
		return t, err
	})
}

// JudgeSpot keeps what a person says of a record; ok is false when it is no task. An empty
// picture leaves the one that is there.
func (tx *Tx) JudgeSpot(seq int64, verdict, note, picture string, by model.Person) (ok bool, err error) {
	res, err := tx.exec(`UPDATE spot SET verdict = ?, note = ?, picture = CASE WHEN ?3 = '' THEN picture ELSE ?3 END, at = ?, name = ?, role = ? WHERE seq = ?`,
		verdict, note, picture, model.Stamp(time.Now()), by.Name, by.Role, seq)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}
