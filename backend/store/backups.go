package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"waybill/backend/model"
)

// Snapshot writes a whole copy of the project file to a new file at path, as it is at one
// moment. SQLite copies it: what lies in the log beside the file comes along.
func (db *DB) Snapshot(ctx context.Context, path string) error { return db.backup(ctx, path) }

// EachContent calls each with every record of an object, in the order of its id: the hash
// that was kept when it was read, and its content. Neither may be kept.
func (tx *Tx) EachContent(o model.Object, each func(id string, hash, raw []byte) error) error {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(tx.ctx, `SELECT r.id, r.hash, w.body FROM rec r JOIN raw w ON w.seq = r.seq WHERE r.object = ? ORDER BY r.id`, obj)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	var id string
	var hash, raw sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&id, &hash, &raw); err != nil {
			return err
		}
		if err := each(id, hash, raw); err != nil {
			return err
		}
	}
	return rows.Err()
}

// EachFile calls each with every content that was fetched, once, in the order of its hash.
func (tx *Tx) EachFile(each func(hash, name string, size int64) error) error {
	rows, err := tx.QueryContext(tx.ctx, `SELECT hash, min(name), max(size) FROM file WHERE hash <> '' AND problem = '' GROUP BY hash ORDER BY hash`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	for rows.Next() {
		var hash, name string
		var size int64
		if err := rows.Scan(&hash, &name, &size); err != nil {
			return err
		}
		if err := each(hash, name, size); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Kept is one backup that was made of the project.
type Kept struct {
	ID    int64
	At    string
	By    model.Person
	Place string // in words
	File  string
	// Body is what was written, as JSON.
	Body json.RawMessage
	// Test is the newest test of it; nil when it was never restored.
	Test *KeptTest
}

// KeptTest is what restoring a backup showed.
type KeptTest struct {
	At     string
	By     model.Person
	Passed bool
	Body   json.RawMessage
}

// NoteBackup remembers a backup that was made, and gives its number.
func (tx *Tx) NoteBackup(k Kept) (id int64, err error) {
	err = tx.row(`INSERT INTO backup (at, name, role, place, file, body) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
		model.Stamp(time.Now()), k.By.Name, k.By.Role, k.Place, k.File, string(k.Body)).Scan(&id)
	return id, err
}

// NoteBackupTest remembers what restoring a backup showed.
func (tx *Tx) NoteBackupTest(backup int64, t KeptTest) error {
	_, err := tx.exec(`INSERT INTO backup_test (backup, at, name, role, passed, body) VALUES (?, ?, ?, ?, ?, ?)`,
		backup, model.Stamp(time.Now()), t.By.Name, t.By.Role, t.Passed, string(t.Body))
	return err
}

// Backups lists the backups that were made, newest first.
func (tx *Tx) Backups() ([]Kept, error) {
	rows, err := tx.rows(`SELECT b.id, b.at, b.name, b.role, b.place, b.file, b.body, t.at, t.name, t.role, t.passed, t.body FROM backup b
		LEFT JOIN backup_test t ON t.id = (SELECT max(x.id) FROM backup_test x WHERE x.backup = b.id) ORDER BY b.id DESC`)
	return collect(rows, err, func(r *sql.Rows) (k Kept, err error) {
		var body string
		var at, name, role, test sql.NullString
		var passed sql.NullBool
		err = r.Scan(&k.ID, &k.At, &k.By.Name, &k.By.Role, &k.Place, &k.File, &body, &at, &name, &role, &passed, &test)
		k.Body = json.RawMessage(body)
		if at.Valid {
			k.Test = &KeptTest{At: at.String, By: model.Person{Name: name.String, Role: role.String}, Passed: passed.Bool, Body: json.RawMessage(test.String)}
		}
		return k, err
	})
}
