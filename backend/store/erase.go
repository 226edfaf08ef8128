package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"waybill/backend/model"
)

// Erasure is one person who was erased on request, without saying who it was.
type Erasure struct {
	ID  int64
	At  string
	By  model.Person
	Why string
	// Digest proves later that it was this person, to whoever knows who that is.
	Digest string
	// Body is what was erased and what is left to do, as JSON.
	Body json.RawMessage
}

// Erasures lists them, newest first.
func (tx *Tx) Erasures() ([]Erasure, error) {
	rows, err := tx.rows(`SELECT id, at, name, role, why, digest, body FROM erasure ORDER BY id DESC`)
	return collect(rows, err, func(r *sql.Rows) (e Erasure, err error) {
		var body string
		err = r.Scan(&e.ID, &e.At, &e.By.Name, &e.By.Role, &e.Why, &e.Digest, &body)
		e.Body = json.RawMessage(body)
		return e, err
	})
}

// NoteErasure keeps an erasure, and gives its number. Its body comes later.
func (tx *Tx) NoteErasure(e Erasure) (id int64, err error) {
	err = tx.row(`INSERT INTO erasure (at, name, role, why, digest, body) VALUES (?, ?, ?, ?, ?, '{}') RETURNING id`,
		model.Stamp(time.Now()), e.By.Name, e.By.Role, e.Why, e.Digest).Scan(&id)
	return id, err
}

// FillErasure writes what an erasure did.
func (tx *Tx) FillErasure(id int64, body json.RawMessage) error {
	_, err := tx.exec(`UPDATE erasure SET body = ? WHERE id = ?`, string(body), id)
	return err
}

// idHash is what is kept of an erased record, so that it is not read in again.
func idHash(id string) []byte {
	h := sha256.Sum256([]byte("waybill erased " + id))
	return h[:]
}

func (tx *Tx) erasedCount(obj int64) (n int64, err error) {
	return n, tx.row(`SELECT count(*) FROM erased WHERE object = ?`, obj).Scan(&n)
}

// withoutErased leaves out of a page what was erased: reading the source again must not
// bring it back.
func (tx *Tx) withoutErased(obj int64, p Page) (Page, error) {
	var any bool
	if err := tx.row(`SELECT EXISTS (SELECT 1 FROM erased WHERE object = ?)`, obj).Scan(&any); err != nil || !any {
		return p, err
	}
	out := p
	out.Records, out.Names, out.Aliases = nil, nil, nil
	for i, r := range p.Records {
		var gone bool
		if err := tx.row(`SELECT EXISTS (SELECT 1 FROM erased WHERE object = ? AND id_hash = ?)`, obj, idHash(r.Key.ID)).Scan(&gone); err != nil {
			return p, err
		}
		if gone {
			continue
		}
		out.Records = append(out.Records, r)
		if i < len(p.Names) {
			out.Names = append(out.Names, p.Names[i])
		}
		if i < len(p.Aliases) {
			out.Aliases = append(out.Aliases, p.Aliases[i])
		}
	}
	return out, nil
}

// InTarget is a record of the target that was made from an erased one.
type InTarget struct {
	Object string `json:"object"`
	ID     string `json:"id"`
}

// Removed is what Erase took away.
type Removed struct {
	Records map[model.Object]int64
	Target  []InTarget
	// Hashes of attachments that nobody else has.
	Hashes []string
}

// Erase removes records with everything that is kept of them. The accounts follow; what
// was in the target is listed, because only the target can forget it.
func (tx *Tx) Erase(erasure int64, seqs []int64) (out Removed, err error) {
	out.Records = map[model.Object]int64{}
	run := func(q string, args ...any) {
		if err == nil {
			_, err = tx.ExecContext(tx.ctx, q, args...)
		}
	}
	run(`CREATE TEMP TABLE IF NOT EXISTS erasing (seq INTEGER PRIMARY KEY)`)
	run(`DELETE FROM temp.erasing`)
	run(`INSERT OR IGNORE INTO temp.erasing SELECT value FROM json_each(?)`, jsonInts(seqs))
	if err != nil {
		return out, err
	}
	rows, err := tx.QueryContext(tx.ctx, `SELECT r.object, r.id FROM temp.erasing e CROSS JOIN rec r ON r.seq = e.seq`)
	type key struct {
		obj int64
		id  string
	}
	keys, err := collect(rows, err, func(r *sql.Rows) (k key, err error) { return k, r.Scan(&k.obj, &k.id) })
	if err != nil {
		return out, err
	}
	for _, k := range keys {
		out.Records[tx.objectName(k.obj)]++
		run(`INSERT OR IGNORE INTO erased VALUES (?, ?, ?)`, k.obj, idHash(k.id), erasure)
	}
	if err != nil {
		return out, err
	}
	rows, err = tx.QueryContext(tx.ctx, `SELECT target, id FROM ledger WHERE state IN (2, 3) AND id <> '' AND seq IN (SELECT seq FROM temp.erasing)
		UNION ALL SELECT target, id FROM extra WHERE state IN (2, 3) AND id <> '' AND seq IN (SELECT seq FROM temp.erasing)`)
	if out.Target, err = collect(rows, err, func(r *sql.Rows) (t InTarget, err error) { return t, r.Scan(&t.Object, &t.ID) }); err != nil {
		return out, err
	}
	rows, err = tx.QueryContext(tx.ctx, `SELECT DISTINCT f.hash FROM file f WHERE f.hash <> '' AND f.seq IN (SELECT seq FROM temp.erasing)
		AND NOT EXISTS (SELECT 1 FROM file o WHERE o.hash = f.hash AND o.seq NOT IN (SELECT seq FROM temp.erasing))`)
	if out.Hashes, err = collect(rows, err, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) }); err != nil {
		return out, err
	}
	// Groups of people who are alike say in words what speaks for it.
	run(`DELETE FROM alike WHERE id IN (SELECT alike FROM alike_member WHERE seq IN (SELECT seq FROM temp.erasing)) OR survivor IN (SELECT seq FROM temp.erasing)`)
	run(`DELETE FROM alike_member WHERE alike NOT IN (SELECT id FROM alike)`)
	for _, t := range []string{"later", "plan_later"} {
		run(`DELETE FROM ` + t + ` WHERE goes_to IN (SELECT seq FROM temp.erasing)`)
	}
	// What was measured shows values, and what was read back shows records; both are made anew.
	run(`DELETE FROM profile`)
	run(`DELETE FROM readback`)
	run(`DELETE FROM check_state`)
	if err != nil {
		return out, err
	}
	tables, err := tx.columns()
	if err != nil {
		return out, err
	}
	// Whatever is kept by a record's place goes with it; rec itself last.
	for _, t := range tables {
		if t.name != "rec" && slices.Contains(t.columns, "seq") {
			run(`DELETE FROM "` + t.name + `" WHERE seq IN (SELECT seq FROM temp.erasing)`)
		}
	}
	run(`DELETE FROM rec WHERE seq IN (SELECT seq FROM temp.erasing)`)
	run(`DELETE FROM temp.erasing`)
	if err != nil {
		return out, err
	}
	return out, tx.Unset("target_counts") // they counted the erased ones, too
}

type table struct {
	name    string
	columns []string
}

// columns lists the project's tables with their columns; the names are SQLite's own answer.
func (tx *Tx) columns() ([]table, error) {
	rows, err := tx.QueryContext(tx.ctx, `SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'goose_%' ORDER BY m.name, c.cid`)
	all, err := collect(rows, err, func(r *sql.Rows) (p [2]string, err error) { return p, r.Scan(&p[0], &p[1]) })
	if err != nil {
		return nil, err
	}
	var out []table
	for _, p := range all {
		if len(out) == 0 || out[len(out)-1].name != p[0] {
			out = append(out, table{name: p[0]})
		}
		last := &out[len(out)-1]
		last.columns = append(last.columns, p[1])
	}
	return out, nil
}

// Mention is a place where a text still stands.
type Mention struct {
	// Table it stands in; of the content of records, Object and ID say whose.
	Table  string       `json:"table"`
	Object model.Object `json:"object,omitempty"`
	ID     string       `json:"id,omitempty"`
	Count  int64        `json:"count"`
}

// mostMentions are listed one by one.
const mostMentions = 1000

// Mentions looks through the whole file for texts, whatever their case, and for telephone
// numbers by their last digits (model.PhoneDigits), however they are written.
func (tx *Tx) Mentions(texts, phones []string) ([]Mention, error) {
	out := []Mention{}
	tables, err := tx.columns()
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		switch t.name {
		case "rec", "link", "alias":
			continue // made from the content of records, which is looked through
		}
		var conds []string
		var args []any
		for _, c := range t.columns {
			for _, s := range texts {
				conds = append(conds, `instr(lower(CAST("`+c+`" AS TEXT)), lower(?)) > 0`)
				args = append(args, s)
			}
			for _, s := range phones {
				conds = append(conds, `waybill_phone("`+c+`", ?)`)
				args = append(args, s)
			}
		}
		if len(conds) == 0 {
			continue
		}
		where := strings.Join(conds, " OR ")
		if t.name == "raw" {
			rows, err := tx.QueryContext(tx.ctx, `SELECT r.object, r.id FROM raw w JOIN rec r ON r.seq = w.seq WHERE w.seq IN (SELECT seq FROM raw WHERE `+where+`) LIMIT ?`, append(args, mostMentions)...)
			list, err := collect(rows, err, func(r *sql.Rows) (m Mention, err error) {
				var obj int64
				err = r.Scan(&obj, &m.ID)
				m.Table, m.Object, m.Count = "raw", tx.objectName(obj), 1
				return m, err
			})
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
			continue
		}
		if t.name == "setting" {
			rows, err := tx.QueryContext(tx.ctx, `SELECT name FROM setting WHERE `+where, args...)
			list, err := collect(rows, err, func(r *sql.Rows) (m Mention, err error) { m.Table, m.Count = t.name, 1; return m, r.Scan(&m.ID) })
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
			continue
		}
		m := Mention{Table: t.name}
		if err := tx.QueryRowContext(tx.ctx, `SELECT count(*) FROM "`+t.name+`" WHERE `+where, args...).Scan(&m.Count); err != nil {
			return nil, err
		}
		if m.Count > 0 {
			out = append(out, m)
		}
	}
	return out, nil
}

// Purge writes the file anew without anything that was deleted from it: no free page, no
// log beside it and no older copy keeps it.
func (db *DB) Purge(ctx context.Context) error {
	for _, q := range []string{`PRAGMA secure_delete = ON`, `VACUUM`} {
		if _, err := db.w.ExecContext(ctx, q); err != nil {
			return plain(err)
		}
	}
	var busy, log, done int
	if err := db.w.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &done); err != nil {
		return plain(err)
	}
	if busy != 0 {
		return plain(fmt.Errorf("the log of the project's file is in use"))
	}
	old, err := filepath.Glob(db.path + ".before-*")
	if err != nil {
		return err
	}
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	return nil
}

// MergedWith lists the records that were merged into one, and the one it was merged into.
func (tx *Tx) MergedWith(seq int64) ([]int64, error) {
	rows, err := tx.rows(`SELECT seq FROM rec WHERE survivor = ?1 AND survivor <> 0 UNION SELECT survivor FROM rec WHERE seq = ?1 AND survivor <> 0`, seq)
	return collect(rows, err, func(r *sql.Rows) (s int64, err error) { return s, r.Scan(&s) })
}

// Path of the project's file.
func (db *DB) Path() string { return db.path }
