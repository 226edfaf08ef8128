package store

import (
	"database/sql"
	"encoding/json"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// Lookup is an imported table in which the mapping looks values up.
type Lookup struct {
	ID   int64        `json:"id"`
	Name string       `json:"name"`
	At   string       `json:"at"`
	By   model.Person `json:"by"`
	// File it was read from, without its folder, and the file's SHA-256.
	File    string   `json:"file"`
	SHA256  string   `json:"sha256"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
}

// PutLookup keeps a table under its name, in place of one that has it already. rows gives
// its rows to put, one after the other.
func (tx *Tx) PutLookup(l Lookup, rows func(put func(cells []string) error) error) (Lookup, error) {
	columns, err := json.Marshal(l.Columns)
	if err != nil {
		return l, err
	}
	if _, err := tx.exec(`DELETE FROM lookup_row WHERE lookup IN (SELECT id FROM lookup WHERE title = ?)`, l.Name); err != nil {
		return l, err
	}
	if _, err := tx.exec(`DELETE FROM lookup WHERE title = ?`, l.Name); err != nil {
		return l, err
	}
	l.At, l.Rows = model.Stamp(time.Now()), 0
	err = tx.row(`INSERT INTO lookup (title, at, name, role, file, sha256, columns, rows) VALUES (?, ?, ?, ?, ?, ?, ?, 0) RETURNING id`,
		l.Name, l.At, l.By.Name, l.By.Role, l.File, l.SHA256, string(columns)).Scan(&l.ID)
	if err != nil {
		return l, err
	}
	err = rows(func(cells []string) error {
		b, err := json.Marshal(cells)
		if err != nil {
			return err
		}
		l.Rows++
		_, err = tx.exec(`INSERT INTO lookup_row VALUES (?, ?, ?)`, l.ID, l.Rows, string(b))
		return err
	})
	if err != nil {
		return l, err
	}
	if _, err := tx.exec(`UPDATE lookup SET rows = ? WHERE id = ?`, l.Rows, l.ID); err != nil {
		return l, err
	}
	return l, tx.Audit(l.By, "lookup.imported", map[string]any{"table": l.Name, "file": l.File, "sha256": l.SHA256, "rows": l.Rows})
}

// Lookups lists the imported tables by name.
func (tx *Tx) Lookups() ([]Lookup, error) {
	rows, err := tx.rows(`SELECT id, title, at, name, role, file, sha256, columns, rows FROM lookup ORDER BY title`)
	return collect(rows, err, func(r *sql.Rows) (l Lookup, err error) {
		var columns string
		if err := r.Scan(&l.ID, &l.Name, &l.At, &l.By.Name, &l.By.Role, &l.File, &l.SHA256, &columns, &l.Rows); err != nil {
			return l, err
		}
		return l, json.Unmarshal([]byte(columns), &l.Columns)
	})
}

// LookupRows gives rows of an imported table, from just after a number on; each returns
// its cells in the order of the columns. n 0: all of them.
func (tx *Tx) LookupRows(id, after int64, n int, each func(n int64, cells []string) error) error {
	if n == 0 {
		n = -1
	}
	rows, err := tx.rows(`SELECT n, cells FROM lookup_row WHERE lookup = ? AND n > ? ORDER BY n LIMIT ?`, id, after, n)
	_, err = collect(rows, err, func(r *sql.Rows) (x struct{}, err error) {
		var at int64
		var body string
		if err := r.Scan(&at, &body); err != nil {
			return x, err
		}
		var cells []string
		if err := json.Unmarshal([]byte(body), &cells); err != nil {
			return x, err
		}
		return x, each(at, cells)
	})
	return err
}

// RemoveLookup forgets an imported table.
func (tx *Tx) RemoveLookup(name string, by model.Person) error {
	if _, err := tx.exec(`DELETE FROM lookup_row WHERE lookup IN (SELECT id FROM lookup WHERE title = ?)`, name); err != nil {
		return err
	}
	res, err := tx.exec(`DELETE FROM lookup WHERE title = ?`, name)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		if err != nil {
			return err
		}
		return problem.New(CodeNotFound, "There is no table of this name.", "It was removed or renamed meanwhile.", "Look at the list again.").At(problem.Place{Value: name})
	}
	return tx.Audit(by, "lookup.removed", map[string]any{"table": name})
}

// TargetPerson is somebody, or a group, of the target.
type TargetPerson struct {
	Object model.Object `json:"object"`
	ID     string       `json:"id"`
	Name   string       `json:"name"`
	Email  string       `json:"email"`
	Active bool         `json:"active"`
	Role   string       `json:"role"`
}

// PutTargetPeople keeps who is in the target of one object, in place of who was.
func (tx *Tx) PutTargetPeople(o model.Object, list []TargetPerson) error {
	if _, err := tx.exec(`DELETE FROM target_person WHERE object = ?`, string(o)); err != nil {
		return err
	}
	for _, p := range list {
		if _, err := tx.exec(`INSERT OR REPLACE INTO target_person VALUES (?, ?, ?, ?, ?, ?)`, string(o), p.ID, p.Name, p.Email, p.Active, p.Role); err != nil {
			return err
		}
	}
	return nil
}

// TargetPeople lists who is in the target, as it was asked last; an empty object: all.
func (tx *Tx) TargetPeople(o model.Object) ([]TargetPerson, error) {
	rows, err := tx.rows(`SELECT object, id, title, email, active, role FROM target_person WHERE ? = '' OR object = ? ORDER BY object, title COLLATE NOCASE, id`, string(o), string(o))
	return collect(rows, err, func(r *sql.Rows) (p TargetPerson, err error) {
		return p, r.Scan(&p.Object, &p.ID, &p.Name, &p.Email, &p.Active, &p.Role)
	})
}

// Frozen is the target's configuration at one moment; Body is its schema as JSON.
type Frozen struct {
	ID      int64        `json:"id"`
	At      string       `json:"at"`
	By      model.Person `json:"by"`
	Why     string       `json:"why"`
	Account string       `json:"account"`
	Hash    string       `json:"hash"`
	Body    string       `json:"-"`
}

// Freeze keeps a configuration of the target.
func (tx *Tx) Freeze(f Frozen) (Frozen, error) {
	f.At = model.Stamp(time.Now())
	err := tx.row(`INSERT INTO frozen (at, name, role, why, account, hash, body) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		f.At, f.By.Name, f.By.Role, f.Why, f.Account, f.Hash, f.Body).Scan(&f.ID)
	if err != nil {
		return f, err
	}
	return f, tx.Audit(f.By, "target.frozen", map[string]any{"account": f.Account, "hash": f.Hash, "why": f.Why})
}

// Frozens lists the frozen configurations, newest first.
func (tx *Tx) Frozens() ([]Frozen, error) {
	rows, err := tx.rows(`SELECT id, at, name, role, why, account, hash, body FROM frozen ORDER BY id DESC`)
	return collect(rows, err, func(r *sql.Rows) (f Frozen, err error) {
		return f, r.Scan(&f.ID, &f.At, &f.By.Name, &f.By.Role, &f.Why, &f.Account, &f.Hash, &f.Body)
	})
}

// Dry is a dry validation; Body is its result as JSON.
type Dry struct {
	ID int64
	At string
	By model.Person
	// Mapping and Shape are the hashes of what was tried.
	Mapping, Shape string
	Body           string
}

// keepDries is how many results stay; the records behind the counts only stay of the newest.
const keepDries = 50

// SaveDry keeps a dry validation: held are the records of each of its groups, by number.
func (tx *Tx) SaveDry(d Dry, held map[int][]int64) (Dry, error) {
	d.At = model.Stamp(time.Now())
	err := tx.row(`INSERT INTO dry (at, name, role, mapping, shape, body) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
		d.At, d.By.Name, d.By.Role, d.Mapping, d.Shape, d.Body).Scan(&d.ID)
	if err != nil {
		return d, err
	}
	if _, err := tx.exec(`DELETE FROM dry_held WHERE dry <> ?`, d.ID); err != nil {
		return d, err
	}
	if _, err := tx.exec(`DELETE FROM dry WHERE id <= ?`, d.ID-keepDries); err != nil {
		return d, err
	}
	for part, seqs := range held {
		for len(seqs) > 0 {
			n := min(len(seqs), 5000)
			if _, err := tx.exec(`INSERT OR IGNORE INTO dry_held SELECT ?, ?, value FROM json_each(?)`, d.ID, part, jsonInts(seqs[:n])); err != nil {
				return d, err
			}
			seqs = seqs[n:]
		}
	}
	return d, tx.Audit(d.By, "mapping.validated", map[string]any{"mapping": d.Mapping, "shape": d.Shape})
}

// Dries lists the newest dry validations, at most n.
func (tx *Tx) Dries(n int) ([]Dry, error) {
	rows, err := tx.rows(`SELECT id, at, name, role, mapping, shape, body FROM dry ORDER BY id DESC LIMIT ?`, n)
	return collect(rows, err, func(r *sql.Rows) (d Dry, err error) {
		return d, r.Scan(&d.ID, &d.At, &d.By.Name, &d.By.Role, &d.Mapping, &d.Shape, &d.Body)
	})
}

// DryHeld gives the records of one group of a dry validation, by their place in the stage,
// from just after one on.
func (tx *Tx) DryHeld(dry int64, part int, after int64, n int) ([]int64, error) {
	rows, err := tx.rows(`SELECT seq FROM dry_held WHERE dry = ? AND part = ? AND seq > ? ORDER BY seq LIMIT ?`, dry, part, after, n)
	return collect(rows, err, func(r *sql.Rows) (seq int64, err error) { return seq, r.Scan(&seq) })
}

// PointedAt is somebody, or something, that records point to.
type PointedAt struct {
	// By is the field whose value is given; empty: the other record's id.
	By, Value string
	// ID of the record that it leads to; empty: there is none in the stage.
	ID    string
	Count int64
}

// PointedAt counts the records that point to each record of an object, those with the most
// first. A value that leads nowhere counts where nothing else could be meant. Records that
// were left out, merged or archived do not count.
func (tx *Tx) PointedAt(o model.Object) ([]PointedAt, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT l.by, l.value,
			CASE WHEN l.by = '' THEN coalesce((SELECT x.id FROM rec x WHERE x.object = l.object AND x.id = l.value), '')
				ELSE coalesce((SELECT x.id FROM alias a JOIN rec x ON x.seq = a.seq WHERE a.object = l.object AND a.field = l.by AND a.value = l.value ORDER BY a.seq LIMIT 1), '') END AS id,
			count(DISTINCT l.seq)
		FROM link l JOIN rec r ON r.seq = l.seq
		WHERE l.object = ? AND r.fate IN (0, 1, 5)
			AND (NOT EXISTS (SELECT 1 FROM link m WHERE m.seq = l.seq AND m.role = l.role AND m.pos = l.pos AND m.object <> l.object)
				OR EXISTS (SELECT 1 FROM rec x WHERE x.object = l.object AND x.id = l.value))
		GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2`, obj)
	return collect(rows, err, func(r *sql.Rows) (p PointedAt, err error) {
		return p, r.Scan(&p.By, &p.Value, &p.ID, &p.Count)
	})
}
