package store

import (
	"database/sql"
	"encoding/json"

	"waybill/backend/model"
)

// Print tells whether a record changed, without its content.
type Print struct {
	Seq    int64
	Object model.Object
	// Hash of the record as it was read.
	Hash []byte
}

// Prints gives the prints of up to n records of any object behind the place after, in
// staging order.
func (tx *Tx) Prints(after int64, n int) ([]Print, error) {
	rows, err := tx.rows(`SELECT seq, object, hash FROM rec WHERE seq > ? ORDER BY seq LIMIT ?`, after, n)
	return collect(rows, err, func(r *sql.Rows) (p Print, err error) {
		var obj int64
		err = r.Scan(&p.Seq, &obj, &p.Hash)
		p.Object = tx.objectName(obj)
		return p, err
	})
}

// Text is what can be searched of a record.
type Text struct {
	Seq      int64
	Object   model.Object
	ID, Name string
	Raw      json.RawMessage
}

// Texts gives what can be searched of records by their places in the stage, in the order of
// seqs, of any objects. What is not there any more is left out.
func (tx *Tx) Texts(seqs []int64) ([]Text, error) {
	rows, err := tx.rows(`SELECT r.seq, r.object, r.id, r.name, `+rawOf+` FROM json_each(?) j CROSS JOIN rec r ON r.seq = j.value ORDER BY j.key`, jsonInts(seqs))
	return collect(rows, err, func(r *sql.Rows) (t Text, err error) {
		var obj int64
		err = r.Scan(&t.Seq, &obj, &t.ID, &t.Name, (*content)(&t.Raw))
		t.Object = tx.objectName(obj)
		return t, err
	})
}

// Parents gives the place of the record that each of seqs belongs to by one of the roles;
// those that belong to none are left out.
func (tx *Tx) Parents(seqs []int64, roles []string) (map[int64]int64, error) {
	list, err := json.Marshal(roles)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT l.seq, CASE WHEN l.by = '' THEN (SELECT t.seq FROM rec t WHERE t.object = l.object AND t.id = l.value)
			ELSE (SELECT a.seq FROM alias a WHERE a.object = l.object AND a.field = l.by AND a.value = l.value LIMIT 1) END AS owner
		FROM json_each(?) j CROSS JOIN link l ON l.seq = j.value WHERE l.role IN (SELECT value FROM json_each(?)) AND owner IS NOT NULL
		ORDER BY l.seq, l.pos, l.cand`, jsonInts(seqs), string(list))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	out := map[int64]int64{}
	for rows.Next() {
		var seq, parent int64
		if err := rows.Scan(&seq, &parent); err != nil {
			return nil, err
		}
		if _, ok := out[seq]; !ok {
			out[seq] = parent
		}
	}
	return out, rows.Err()
}

// Stamps changes whenever records of any object were read anew, or erased; rows is how many
// there are of all.
func (tx *Tx) Stamps() (stamp string, rows int64, err error) {
	objects, err := tx.Objects()
	if err != nil {
		return "", 0, err
	}
	for _, o := range objects {
		s, n, err := tx.Stamp(o)
		if err != nil {
			return "", 0, err
		}
		stamp += string(o) + " " + s + ";"
		rows += n
	}
	var erasures int64
	if err := tx.row(`SELECT count(*) FROM erasure`).Scan(&erasures); err != nil {
		return "", 0, err
	}
	return stamp + string(rune('0'+erasures%10)), rows, nil
}
