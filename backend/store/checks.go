package store

import (
	"database/sql"
	"encoding/json"
	"time"

	"waybill/backend/model"
)

// Difference between what was meant to arrive and what was found.
type Difference struct {
	N               int64
	Code            string
	Object          model.Object
	Seq             int64
	Target          string // id in the target
	Field           string
	Expected, Found string
}

// Checking is one complete check; Body is its summary as JSON.
type Checking struct {
	ID     int64
	At     string
	By     model.Person
	Passed bool
	Body   string
}

// Readback is a record as the target gave it.
type Readback struct {
	N    int64
	ID   string
	Mark string
	// Links by role: the ids that the record points to.
	Links map[string][]string
	Raw   []byte
}

// PutReadback keeps a page of what the target gave.
func (tx *Tx) PutReadback(o model.Object, page []Readback) error {
	for _, r := range page {
		links, err := json.Marshal(r.Links)
		if err != nil {
			return err
		}
		if _, err := tx.exec(`INSERT INTO readback (object, id, mark, links, raw) VALUES (?, ?, ?, ?, ?)`, string(o), r.ID, r.Mark, string(links), r.Raw); err != nil {
			return err
		}
	}
	return nil
}

// ReadbackOf gives, for marks, what the target gave, with doubles in order.
func (tx *Tx) ReadbackOf(marks []model.Mark) (map[string][]Readback, error) {
	list, err := json.Marshal(marks)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT n, id, mark, links, raw FROM readback WHERE mark IN (SELECT value FROM json_each(?)) ORDER BY n`, string(list))
	all, err := collect(rows, err, func(r *sql.Rows) (b Readback, err error) {
		var links string
		if err := r.Scan(&b.N, &b.ID, &b.Mark, &links, &b.Raw); err != nil {
			return b, err
		}
		return b, json.Unmarshal([]byte(links), &b.Links)
	})
	out := map[string][]Readback{}
	for _, b := range all {
		out[b.Mark] = append(out[b.Mark], b)
	}
	return out, err
}

// Strays lists records in the target that carry a mark of this project's prefix
// which the ledger does not know as existing.
func (tx *Tx) Strays(prefix string, limit int) ([]Readback, error) {
	rows, err := tx.rows(`SELECT b.n, b.id, b.mark, b.object FROM readback b WHERE substr(b.mark, 1, length(?1)) = ?1
		AND NOT EXISTS (SELECT 1 FROM ledger g WHERE g.mark = b.mark AND g.state IN (2, 3))
		AND NOT EXISTS (SELECT 1 FROM extra e WHERE e.mark = b.mark AND e.state IN (2, 3)) ORDER BY b.n LIMIT ?2`, prefix, limit)
	return collect(rows, err, func(r *sql.Rows) (b Readback, err error) {
		var o string
		err = r.Scan(&b.N, &b.ID, &b.Mark, &o)
		b.Raw = []byte(o)
		return b, err
	})
}

// SaveChecking keeps a check and its differences.
func (tx *Tx) SaveChecking(c Checking, differences []Difference) (Checking, error) {
	c.At = model.Stamp(time.Now())
	passed := 0
	if c.Passed {
		passed = 1
	}
	if err := tx.row(`INSERT INTO checking (at, name, passed, body) VALUES (?, ?, ?, ?) RETURNING id`, c.At, c.By.Name, passed, c.Body).Scan(&c.ID); err != nil {
		return c, err
	}
	for i, d := range differences {
		if _, err := tx.exec(`INSERT INTO difference VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, c.ID, i+1, d.Code, string(d.Object), d.Seq, d.Target, d.Field, d.Expected, d.Found); err != nil {
			return c, err
		}
	}
	return c, tx.Audit(c.By, "check", map[string]any{"check": c.ID, "passed": c.Passed, "differences": len(differences)})
}

// LastChecking gives the newest check; ok is false when there was none.
func (tx *Tx) LastChecking() (c Checking, ok bool, err error) {
	rows, err := tx.rows(`SELECT id, at, name, passed, body FROM checking ORDER BY id DESC LIMIT 1`)
	found, err := collect(rows, err, func(r *sql.Rows) (c Checking, err error) {
		return c, r.Scan(&c.ID, &c.At, &c.By.Name, &c.Passed, &c.Body)
	})
	if err != nil || len(found) == 0 {
		return Checking{}, false, err
	}
	return found[0], true, nil
}

// Differences lists what a check found, behind a place. Object may be empty.
func (tx *Tx) Differences(checking int64, code string, o model.Object, after int64, limit int) ([]Difference, error) {
	rows, err := tx.rows(`SELECT n, code, object, seq, target, field, expected, found FROM difference
		WHERE checking = ?1 AND code = ?2 AND (?3 = '' OR object = ?3) AND n > ?4 ORDER BY n LIMIT ?5`, checking, code, string(o), after, limit)
	return collect(rows, err, func(r *sql.Rows) (d Difference, err error) {
		return d, r.Scan(&d.N, &d.Code, &d.Object, &d.Seq, &d.Target, &d.Field, &d.Expected, &d.Found)
	})
}
