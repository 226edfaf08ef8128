package store

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// Entry is a line of the audit trail.
type Entry struct {
	N      int64
	At     string
	By     model.Person
	What   string
	Detail string
	Hash   string
}

// link of the chain: the hash covers the line before it.
func (e Entry) chain(before string) string {
	h := sha256.New()
	for _, s := range []string{before, e.At, e.By.Name, e.By.Role, e.What, e.Detail} {
		b, _ := json.Marshal(s) // a string always has JSON
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Audit appends a line: who did what (invariant 14). Never secrets, never people's texts.
func (tx *Tx) Audit(by model.Person, what string, detail any) error {
	b, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	head, _, err := tx.AuditHead()
	if err != nil {
		return err
	}
	e := Entry{At: model.Stamp(time.Now()), By: by, What: what, Detail: string(b)}
	_, err = tx.exec(`INSERT INTO audit (at, name, role, what, detail, hash) VALUES (?, ?, ?, ?, ?, ?)`, e.At, by.Name, by.Role, what, e.Detail, e.chain(head))
	return err
}

// AuditHead gives the closing hash of the trail and its length.
func (tx *Tx) AuditHead() (hash string, n int64, err error) {
	err = tx.row(`SELECT hash, n FROM audit ORDER BY n DESC LIMIT 1`).Scan(&hash, &n)
	if errors.Is(err, sql.ErrNoRows) {
		return "", 0, nil
	}
	return hash, n, err
}

// AuditTrail lists up to limit lines, newest first.
func (tx *Tx) AuditTrail(limit int) ([]Entry, error) {
	rows, err := tx.rows(`SELECT n, at, name, role, what, detail, hash FROM audit ORDER BY n DESC LIMIT ?`, limit)
	return collect(rows, err, func(r *sql.Rows) (e Entry, err error) {
		return e, r.Scan(&e.N, &e.At, &e.By.Name, &e.By.Role, &e.What, &e.Detail, &e.Hash)
	})
}

// AuditUpTo lists the lines up to number n, oldest first.
func (tx *Tx) AuditUpTo(n int64) ([]Entry, error) {
	rows, err := tx.rows(`SELECT n, at, name, role, what, detail, hash FROM audit WHERE n <= ? ORDER BY n`, n)
	return collect(rows, err, func(r *sql.Rows) (e Entry, err error) {
		return e, r.Scan(&e.N, &e.At, &e.By.Name, &e.By.Role, &e.What, &e.Detail, &e.Hash)
	})
}

// AuditAsk says which lines are wanted: of a person, of a kind, that hold a text, older than
// line Before; what is empty asks for nothing.
type AuditAsk struct {
	Person, Kind, Text string
	Before             int64
	Limit              int
}

// AuditPage lists the lines that fit, newest first.
func (tx *Tx) AuditPage(a AuditAsk) ([]Entry, error) {
	rows, err := tx.rows(`SELECT n, at, name, role, what, detail, hash FROM audit
		WHERE (?1 = '' OR name = ?1) AND (?2 = '' OR what = ?2) AND (?3 = '' OR instr(lower(detail || ' ' || what || ' ' || name || ' ' || role), lower(?3)) > 0) AND (?4 = 0 OR n < ?4)
		ORDER BY n DESC LIMIT ?5`, a.Person, a.Kind, a.Text, a.Before, a.Limit)
	return collect(rows, err, func(r *sql.Rows) (e Entry, err error) {
		return e, r.Scan(&e.N, &e.At, &e.By.Name, &e.By.Role, &e.What, &e.Detail, &e.Hash)
	})
}

// Facet is a value and how many lines have it.
type Facet struct {
	Value string
	N     int64
}

// AuditFacets lists who is named in the trail, and its kinds of lines.
func (tx *Tx) AuditFacets() (people []string, kinds []Facet, err error) {
	rows, err := tx.rows(`SELECT DISTINCT name FROM audit ORDER BY name`)
	if people, err = collect(rows, err, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) }); err != nil {
		return nil, nil, err
	}
	rows, err = tx.rows(`SELECT what, count(*) FROM audit GROUP BY what ORDER BY what`)
	kinds, err = collect(rows, err, func(r *sql.Rows) (f Facet, err error) { return f, r.Scan(&f.Value, &f.N) })
	return people, kinds, err
}

// VerifyAudit walks the whole chain and tells the first line that does not fit.
func (tx *Tx) VerifyAudit() error {
	rows, err := tx.rows(`SELECT n, at, name, role, what, detail, hash FROM audit ORDER BY n`)
	all, err := collect(rows, err, func(r *sql.Rows) (e Entry, err error) {
		return e, r.Scan(&e.N, &e.At, &e.By.Name, &e.By.Role, &e.What, &e.Detail, &e.Hash)
	})
	if err != nil {
		return err
	}
	before := ""
	for i, e := range all {
		if e.N != int64(i)+1 || e.chain(before) != e.Hash {
			return problem.New("audit.broken", "The audit trail was changed from outside.",
				"A line does not fit the one before it, so the trail no longer proves who decided what.",
				"Restore the project from its last backup, and find out who changed the file.").At(problem.Place{Line: e.N})
		}
		before = e.Hash
	}
	return nil
}

// AuditBefore gives the newest line whose kind does not begin with prefix; the zero
// line when there is none.
func (tx *Tx) AuditBefore(prefix string) (Entry, error) {
	rows, err := tx.rows(`SELECT n, at, name, role, what, detail, hash FROM audit WHERE substr(what, 1, length(?1)) <> ?1 ORDER BY n DESC LIMIT 1`, prefix)
	found, err := collect(rows, err, func(r *sql.Rows) (e Entry, err error) {
		return e, r.Scan(&e.N, &e.At, &e.By.Name, &e.By.Role, &e.What, &e.Detail, &e.Hash)
	})
	if err != nil || len(found) == 0 {
		return Entry{}, err
	}
	return found[0], nil
}

// AuditOf lists the lines about one thing, newest first.
func (tx *Tx) AuditOf(what string) ([]Entry, error) {
	rows, err := tx.rows(`SELECT n, at, name, role, what, detail, hash FROM audit WHERE what = ? ORDER BY n DESC`, what)
	return collect(rows, err, func(r *sql.Rows) (e Entry, err error) {
		return e, r.Scan(&e.N, &e.At, &e.By.Name, &e.By.Role, &e.What, &e.Detail, &e.Hash)
	})
}
