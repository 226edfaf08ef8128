package store

import "database/sql"

// DifferencesOf lists what a checking found different about one record.
func (tx *Tx) DifferencesOf(checking, seq int64) ([]Difference, error) {
	rows, err := tx.rows(`SELECT n, code, object, seq, target, field, expected, found FROM difference WHERE checking = ? AND seq = ? ORDER BY n`, checking, seq)
	return collect(rows, err, func(r *sql.Rows) (d Difference, err error) {
		return d, r.Scan(&d.N, &d.Code, &d.Object, &d.Seq, &d.Target, &d.Field, &d.Expected, &d.Found)
	})
}
