package store

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// MappingVersion is an accepted mapping; Body is its JSON.
type MappingVersion struct {
	Number int
	At     string
	By     model.Person
	Reason string
	Hash   string
	Body   string
}

// AcceptMapping keeps a new version and gives it the next number.
func (tx *Tx) AcceptMapping(v MappingVersion) (MappingVersion, error) {
	v.At = model.Stamp(time.Now())
	err := tx.row(`INSERT INTO mapping (number, at, name, role, reason, hash, body) VALUES ((SELECT coalesce(max(number), 0) + 1 FROM mapping), ?, ?, ?, ?, ?, ?) RETURNING number`,
		v.At, v.By.Name, v.By.Role, v.Reason, v.Hash, v.Body).Scan(&v.Number)
	if err != nil {
		return v, err
	}
	return v, tx.Audit(v.By, "mapping.accepted", map[string]any{"version": v.Number, "hash": v.Hash, "reason": v.Reason})
}

// Mappings lists all versions, newest first.
func (tx *Tx) Mappings() ([]MappingVersion, error) {
	rows, err := tx.rows(`SELECT number, at, name, role, reason, hash, body FROM mapping ORDER BY number DESC`)
	return collect(rows, err, func(r *sql.Rows) (v MappingVersion, err error) {
		return v, r.Scan(&v.Number, &v.At, &v.By.Name, &v.By.Role, &v.Reason, &v.Hash, &v.Body)
	})
}

// Mapping finds one version; number 0 is the newest.
func (tx *Tx) Mapping(number int) (MappingVersion, error) {
	all, err := tx.Mappings()
	if err != nil {
		return MappingVersion{}, err
	}
	for _, v := range all {
		if number == 0 || v.Number == number {
			return v, nil
		}
	}
	return MappingVersion{}, problem.New("mapping.none", "No mapping was accepted yet.",
		"Without one, Waybill does not know what goes where.", "Open Mapping, look it through and accept it.")
}

// Approval is a signature.
type Approval struct {
	At        string
	Kind      string // mapping, technical, business, waiver
	By        model.Person
	Statement string
	// Subject is the hash of what was signed.
	Subject string
	// Drawn is the signature drawn by hand, as package report reads it; may be empty.
	Drawn string
}

// Approve keeps a signature.
func (tx *Tx) Approve(a Approval) error {
	a.At = model.Stamp(time.Now())
	if _, err := tx.exec(`INSERT INTO approval (at, kind, name, role, statement, subject, drawn) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		a.At, a.Kind, a.By.Name, a.By.Role, a.Statement, a.Subject, a.Drawn); err != nil {
		return err
	}
	detail := map[string]any{"statement": a.Statement, "subject": a.Subject}
	if a.Drawn != "" {
		sum := sha256.Sum256([]byte(a.Drawn))
		detail["drawn_sha256"] = hex.EncodeToString(sum[:])
	}
	return tx.Audit(a.By, "approval."+a.Kind, detail)
}

// Approvals lists all signatures, oldest first.
func (tx *Tx) Approvals() ([]Approval, error) {
	rows, err := tx.rows(`SELECT at, kind, name, role, statement, subject, drawn FROM approval ORDER BY id`)
	return collect(rows, err, func(r *sql.Rows) (a Approval, err error) {
		return a, r.Scan(&a.At, &a.Kind, &a.By.Name, &a.By.Role, &a.Statement, &a.Subject, &a.Drawn)
	})
}

// SaveProfile keeps the measurement of an object.
func (tx *Tx) SaveProfile(o model.Object, body string) error {
	_, err := tx.exec(`INSERT INTO profile VALUES (?, ?, ?) ON CONFLICT (object) DO UPDATE SET at = excluded.at, body = excluded.body`,
		string(o), model.Stamp(time.Now()), body)
	return err
}

// Profiles gives the kept measurements by object.
func (tx *Tx) Profiles() (map[model.Object]string, error) {
	rows, err := tx.rows(`SELECT object, body FROM profile`)
	type pair struct {
		o    model.Object
		body string
	}
	all, err := collect(rows, err, func(r *sql.Rows) (p pair, err error) { return p, r.Scan(&p.o, &p.body) })
	out := map[model.Object]string{}
	for _, p := range all {
		out[p.o] = p.body
	}
	return out, err
}
