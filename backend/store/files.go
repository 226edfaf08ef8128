package store

import (
	"database/sql"
	"encoding/json"
	"errors"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// File is the content that belongs to a record.
type File struct {
	Ref, Name, Type, Hash string
	Size                  int64
	// Problem says why the content could not be had; nil when it could.
	Problem *problem.Problem
}

// PutFile keeps where a record's content is.
func (tx *Tx) PutFile(seq int64, f File) error {
	why := ""
	if f.Problem != nil {
		b, err := json.Marshal(f.Problem)
		if err != nil {
			return err
		}
		why = string(b)
	}
	_, err := tx.exec(`INSERT INTO file VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (seq) DO UPDATE SET ref = excluded.ref, name = excluded.name,
		type = excluded.type, hash = excluded.hash, size = excluded.size, problem = excluded.problem`, seq, f.Ref, f.Name, f.Type, f.Hash, f.Size, why)
	return err
}

// File finds the content of a record; ok is false when it has none.
func (tx *Tx) File(seq int64) (f File, ok bool, err error) {
	var why string
	err = tx.row(`SELECT ref, name, type, hash, size, problem FROM file WHERE seq = ?`, seq).Scan(&f.Ref, &f.Name, &f.Type, &f.Hash, &f.Size, &why)
	if errors.Is(err, sql.ErrNoRows) {
		return File{}, false, nil
	}
	if err == nil && why != "" {
		f.Problem = &problem.Problem{}
		err = json.Unmarshal([]byte(why), f.Problem)
	}
	return f, true, err
}

// WithoutFile lists records of an object whose content was not fetched yet, or could
// not be had, in order.
func (tx *Tx) WithoutFile(o model.Object, after int64, n int) ([]Row, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT `+rowColumns+` FROM rec r WHERE r.object = ? AND r.seq > ? AND +r.fate <> 3 AND NOT EXISTS (SELECT 1 FROM file f WHERE f.seq = r.seq AND f.problem = '')
		ORDER BY r.seq LIMIT ?`, obj, after, n)
	return collect(rows, err, scanRow(o))
}
