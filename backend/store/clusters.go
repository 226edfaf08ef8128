package store

import (
	"database/sql"

	"waybill/backend/model"
)

// Cluster is a group of records that are alike, as a picture of many shows it.
type Cluster struct {
	ID int64
	// Band is sure, ask or different; Score in bits.
	Band  string
	Score float64
	State string
	// Records in it, without those that a person took out; Name of the survivor.
	Records int64
	Name    string
}

// Clusters gives the largest groups of an object, of equals the surest first, and how many
// groups there are.
func (tx *Tx) Clusters(o model.Object, n int) (out []Cluster, all int64, err error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, 0, err
	}
	if err := tx.row(`SELECT count(*) FROM alike WHERE object = ?`, obj).Scan(&all); err != nil {
		return nil, 0, err
	}
	rows, err := tx.rows(`SELECT a.id, a.band, a.score, a.state, count(*) AS n,
			coalesce((SELECT r.name FROM rec r WHERE r.seq = CASE WHEN a.survivor <> 0 THEN a.survivor ELSE (SELECT min(f.seq) FROM alike_member f WHERE f.alike = a.id) END), '')
		FROM alike a CROSS JOIN alike_member m ON m.alike = a.id AND m.out = 0 WHERE a.object = ? GROUP BY a.id ORDER BY n DESC, a.score DESC, a.id LIMIT ?`, obj, n)
	out, err = collect(rows, err, func(r *sql.Rows) (c Cluster, err error) {
		return c, r.Scan(&c.ID, &c.Band, &c.Score, &c.State, &c.Records, &c.Name)
	})
	return out, all, err
}
