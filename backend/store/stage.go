package store

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// Reading is how far the reading of one object got.
type Reading struct {
	Pass   int64
	Cursor string
	Done   bool
	// Seen counts the records of this pass, Again those that came more than once.
	Seen, Again int64
	// Since is where reading by change must begin to miss nothing that happened since the
	// pass began; Feed is how far it got. Empty: the source cannot be read by change.
	Since, Feed string
}

// Reading tells how far an object was read; the zero value when never.
func (tx *Tx) Reading(o model.Object) (Reading, error) {
	id, err := tx.objectID(o, false)
	if err != nil {
		return Reading{}, err
	}
	var r Reading
	err = tx.row(`SELECT pass, cursor, done, seen, again, since, feed FROM reading WHERE object = ?`, id).Scan(&r.Pass, &r.Cursor, &r.Done, &r.Seen, &r.Again, &r.Since, &r.Feed)
	if errors.Is(err, sql.ErrNoRows) {
		return Reading{}, nil
	}
	return r, err
}

// BeginReading starts a new pass over an object from its beginning. since is where the
// source's changes stood just before, or empty; a pass that is resumed keeps its own (P-78).
func (tx *Tx) BeginReading(o model.Object, since ...string) (Reading, error) {
	from := ""
	if len(since) > 0 {
		from = since[0]
	}
	id, err := tx.objectID(o, true)
	if err != nil {
		return Reading{}, err
	}
	_, err = tx.exec(`INSERT INTO reading (object, pass, cursor, done, at, since) VALUES (?, 1, '', 0, ?, ?)
		ON CONFLICT (object) DO UPDATE SET pass = pass + 1, cursor = '', done = 0, seen = 0, again = 0, at = excluded.at, since = excluded.since, feed = ''`,
		id, model.Stamp(time.Now()), from)
	if err != nil {
		return Reading{}, err
	}
	return tx.Reading(o)
}

// Ended is what a complete pass found of the records that it did not see.
type Ended struct {
	// Forgotten were never sent and nobody decided about them. Gone are in the target.
	// Decided have a fate that a person gave them, and keep it.
	Forgotten, Gone, Decided int64
}

// EndReading marks a pass as complete and forgets the pending records that it no longer saw.
// Records that have a fate stay: the accounts never lose what was moved or decided.
func (tx *Tx) EndReading(o model.Object) (gone int64, err error) {
	e, err := tx.EndPass(o)
	return e.Forgotten, err
}

// EndPass marks a pass as complete: what it no longer saw is forgotten, noted as deleted
// at the source, or stays as a person decided.
func (tx *Tx) EndPass(o model.Object) (e Ended, err error) {
	id, err := tx.objectID(o, true)
	if err != nil {
		return e, err
	}
	// One walk over the object finds what the pass did not see; all else is asked of that list.
	for _, q := range []string{
		`CREATE TEMP TABLE IF NOT EXISTS unseen (seq INTEGER PRIMARY KEY)`, `DELETE FROM temp.unseen`,
	} {
		if _, err := tx.ExecContext(tx.ctx, q); err != nil {
			return e, err
		}
	}
	if _, err := tx.ExecContext(tx.ctx, `INSERT INTO temp.unseen SELECT seq FROM rec WHERE object = ?1 AND pass < (SELECT pass FROM reading WHERE object = ?1)`, id); err != nil {
		return e, err
	}
	if e.Gone, err = tx.noteUnseen(id); err != nil {
		return e, err
	}
	if err := tx.row(`SELECT count(*) FROM temp.unseen u CROSS JOIN rec r ON r.seq = u.seq WHERE r.decision <> 0`).Scan(&e.Decided); err != nil {
		return e, err
	}
	// A repeat that nobody decided about goes with the rows it stood for; a record that
	// others were merged into stays, or they would live on in nothing.
	const stays = `DELETE FROM temp.unseen WHERE NOT EXISTS (SELECT 1 FROM rec r WHERE r.seq = unseen.seq AND (r.fate IN (0, 5) OR (r.fate = 2 AND r.decision = 0 AND r.repeat_of <> '')))
		OR EXISTS (SELECT 1 FROM ledger g WHERE g.seq = unseen.seq AND g.state NOT IN (4, 5))
		OR EXISTS (SELECT 1 FROM rec m WHERE m.survivor = unseen.seq AND m.survivor <> 0 AND m.fate = 2 AND m.decision <> 0)`
	if _, err := tx.ExecContext(tx.ctx, stays); err != nil {
		return e, err
	}
	for _, q := range []string{
		`DELETE FROM link WHERE seq IN (SELECT seq FROM temp.unseen)`,
		`DELETE FROM held WHERE seq IN (SELECT seq FROM temp.unseen)`,
		`DELETE FROM alias WHERE seq IN (SELECT seq FROM temp.unseen)`,
		`DELETE FROM file WHERE seq IN (SELECT seq FROM temp.unseen)`,
		`DELETE FROM decision_rec WHERE seq IN (SELECT seq FROM temp.unseen)`, // of decisions that were taken back
		`DELETE FROM change WHERE seq IN (SELECT seq FROM temp.unseen)`,
		`DELETE FROM unfetched WHERE seq IN (SELECT seq FROM temp.unseen)`,
		`DELETE FROM extra WHERE state IN (4, 5) AND seq IN (SELECT seq FROM temp.unseen)`,
		`DELETE FROM later WHERE seq IN (SELECT seq FROM temp.unseen)`,
		`DELETE FROM ledger WHERE seq IN (SELECT seq FROM temp.unseen)`, // surely not in the target
	} {
		if _, err := tx.ExecContext(tx.ctx, q); err != nil {
			return e, err
		}
	}
	res, err := tx.ExecContext(tx.ctx, `DELETE FROM rec WHERE seq IN (SELECT seq FROM temp.unseen)`)
	if err != nil {
		return e, err
	}
	if e.Forgotten, err = res.RowsAffected(); err != nil {
		return e, err
	}
	_, err = tx.exec(`UPDATE reading SET done = 1, at = ? WHERE object = ?`, model.Stamp(time.Now()), id)
	return e, err
}

// Page is what StagePage stores together (invariant 5).
type Page struct {
	Object  model.Object
	Records []model.Record
	// Names are what people recognise the records by, one per record; may be empty.
	Names []string
	// Aliases are the values by which other records name these, one map per record: field -> value.
	Aliases []map[string]string
	Broken  []Broken
	Next    string
	Pass    int64
	// Feed: the page tells what changed, and Next is how far the changes were read. Gone
	// are records that are not in the source any more, or not as they were.
	Feed bool
	Gone []Gone
	// Replace: a later row is a later state. Count: a second row with the same key is a
	// record of its own. First: later rows only mention it. None: it is the same record.
	Replace, Count, First bool
}

// Broken is a row that could not be read.
type Broken struct {
	Place string
	Raw   []byte
	Why   *problem.Problem
}

// Staged counts what a page brought.
type Staged struct {
	New, Changed, Same, Again, Held int64
	// Of what is gone: Deleted, Merged and Redacted are in the target; Forgotten were never
	// sent; Decided have a fate that a person gave them, and keep it.
	Deleted, Merged, Redacted, Forgotten, Decided int64
}

// CodeRepeatedKey is the code of a second record with the same key.
const CodeRepeatedKey problem.Code = "stage.repeated_key"

const (
	insertRec = `INSERT INTO rec (object, id, fate, repeat_of, pass, hash, version, name, place, survivor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	insertRaw = `INSERT INTO raw VALUES (?, ?)`
	findRec   = `SELECT seq, pass, hash, fate, decision FROM rec WHERE object = ? AND id = ?`
)

// StagePage stores a page and its cursor, or neither.
func (tx *Tx) StagePage(p Page) (s Staged, err error) {
	obj, err := tx.objectID(p.Object, true)
	if err != nil {
		return s, err
	}
	if p, err = tx.withoutErased(obj, p); err != nil {
		return s, err
	}
	follows, err := tx.mayFollow(p.Object)
	if err != nil {
		return s, err
	}
	here := map[string]bool{}
	for i, r := range p.Records {
		here[r.Key.ID] = true
		name := ""
		if i < len(p.Names) {
			name = p.Names[i]
		}
		var alias map[string]string
		if i < len(p.Aliases) {
			alias = p.Aliases[i]
		}
		if err := tx.stageRecord(obj, p, r, name, alias, follows, &s); err != nil {
			return s, fmt.Errorf("stage %s: %w", p.Object, err)
		}
	}
	for _, g := range p.Gone {
		if here[g.ID] && g.How != HowRedacted {
			continue // what the page shows as it is now was brought back
		}
		if err := tx.stageGone(obj, p.Object, g, &s); err != nil {
			return s, fmt.Errorf("stage what is gone of %s: %w", p.Object, err)
		}
	}
	for _, b := range p.Broken {
		raw, err := json.Marshal(string(b.Raw))
		if err != nil {
			return s, err
		}
		seq, fresh, err := tx.putRow(obj, p.Pass, model.Record{Key: model.Key{Object: p.Object, ID: b.Place}, Raw: raw, Place: b.Place}, "", model.Held, "", 0)
		if err != nil {
			return s, err
		}
		if fresh {
			s.Held++
			if err := tx.Hold(seq, "stage", b.Why); err != nil {
				return s, err
			}
		}
	}
	if p.Feed {
		_, err = tx.exec(`UPDATE reading SET feed = ?, at = ? WHERE object = ?`, p.Next, model.Stamp(time.Now()), obj)
		return s, err
	}
	_, err = tx.exec(`UPDATE reading SET cursor = ?, seen = seen + ?, again = again + ? WHERE object = ?`,
		p.Next, len(p.Records)+len(p.Broken), s.Again, obj)
	return s, err
}

func (tx *Tx) stageRecord(obj int64, p Page, r model.Record, name string, alias map[string]string, follows bool, s *Staged) error {
	sum := sha256.Sum256(r.Raw)
	var seq, pass, decision int64
	var hash []byte
	var fate model.Fate
	err := tx.row(findRec, obj, r.Key.ID).Scan(&seq, &pass, &hash, &fate, &decision)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		res, err := tx.exec(insertRec, obj, r.Key.ID, model.Pending, "", p.Pass, sum[:], r.Version, name, r.Place, 0)
		if err != nil {
			return err
		}
		if seq, err = res.LastInsertId(); err != nil {
			return err
		}
		if _, err := tx.exec(insertRaw, seq, []byte(r.Raw)); err != nil {
			return err
		}
		s.New++
		if err := tx.arrived(p, seq, r.Links, follows); err != nil {
			return err
		}
		return tx.putLinks(obj, seq, r.Links, alias)
	case err != nil:
		return err
	}
	if fate == model.LeftOut && decision != 0 {
		if err := tx.isBack(seq); err != nil {
			return err
		}
	}
	if pass == p.Pass && !p.Feed { // the same key again in this reading
		s.Again++
		switch {
		case p.First:
			return nil
		case p.Count:
			return tx.stageRepeat(obj, p, r, seq, bytes.Equal(hash, sum[:]), name, s)
		case bytes.Equal(hash, sum[:]):
			return nil
		}
	}
	if bytes.Equal(hash, sum[:]) {
		s.Same++
		if p.Feed {
			return tx.notGone(seq)
		}
		_, err := tx.exec(`UPDATE rec SET pass = ? WHERE seq = ?`, p.Pass, seq)
		return err
	}
	s.Changed++
	if err := tx.noteChange(seq, r.Raw); err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE rec SET pass = ?, hash = ?, version = ?, name = ?, place = ? WHERE seq = ?`,
		p.Pass, sum[:], r.Version, name, r.Place, seq)
	if err != nil {
		return err
	}
	if err := tx.setRaw(seq, r.Raw); err != nil {
		return err
	}
	for _, q := range []string{`DELETE FROM link WHERE seq = ?`, `DELETE FROM alias WHERE seq = ?`, `DELETE FROM file WHERE seq = ?`} {
		if _, err := tx.exec(q, seq); err != nil {
			return err
		}
	}
	open := decision == 0 && (fate == model.Pending || fate == model.Held)
	if err := tx.arrived(p, seq, r.Links, follows && open); err != nil {
		return err
	}
	return tx.putLinks(obj, seq, r.Links, alias)
}

// stageRepeat accounts for a second row with the same key: an identical one lives on
// in the first, a different one waits for a person. Neither disappears.
func (tx *Tx) stageRepeat(obj int64, p Page, r model.Record, first int64, same bool, name string, s *Staged) error {
	var n int
	if err := tx.row(`SELECT count(*) FROM rec WHERE object = ? AND repeat_of = ? AND pass = ?`, obj, r.Key.ID, p.Pass).Scan(&n); err != nil {
		return err
	}
	fate, survivor := model.Held, int64(0)
	if same {
		fate, survivor = model.Merged, first
	}
	repeat := r
	repeat.Key.ID = fmt.Sprintf("%s (again %d)", r.Key.ID, n+1)
	seq, fresh, err := tx.putRow(obj, p.Pass, repeat, name, fate, r.Key.ID, survivor)
	if err != nil || !fresh {
		return err
	}
	if same {
		return nil
	}
	s.Held++
	return tx.Hold(seq, "stage", problem.New(CodeRepeatedKey,
		"This number is used by more than one record.",
		"Waybill cannot tell which of them other records mean, so the later one waits.",
		"Choose another column as the number of these records, or leave the later ones out.").
		At(problem.Place{Object: string(p.Object), Record: r.Key.ID, Value: r.Key.ID}))
}

// putRow inserts a row that has no links, or brings it up to date; fresh says that
// it is new or another one than before. A fate that a person gave it stays.
func (tx *Tx) putRow(obj, pass int64, r model.Record, name string, fate model.Fate, repeatOf string, survivor int64) (seq int64, fresh bool, err error) {
	sum := sha256.Sum256(r.Raw)
	var hash []byte
	var was model.Fate
	var decision int64
	err = tx.row(`SELECT seq, hash, fate, decision FROM rec WHERE object = ? AND id = ?`, obj, r.Key.ID).Scan(&seq, &hash, &was, &decision)
	if err == nil {
		now, into := was, survivor
		// Neither what a person decided nor what is in the target already is decided anew.
		open := decision == 0 && was != model.Moved
		if open {
			now = fate
		} else if err := tx.row(`SELECT survivor FROM rec WHERE seq = ?`, seq).Scan(&into); err != nil {
			return 0, false, err
		}
		if was == model.Moved && !bytes.Equal(hash, sum[:]) {
			if err := tx.noteChange(seq, r.Raw); err != nil {
				return 0, false, err
			}
		}
		fresh = open && (now != was || !bytes.Equal(hash, sum[:]))
		if fresh {
			if _, err := tx.exec(`DELETE FROM held WHERE seq = ?`, seq); err != nil {
				return 0, false, err
			}
		}
		_, err = tx.exec(`UPDATE rec SET pass = ?, hash = ?, version = ?, name = ?, place = ?, fate = ?, survivor = ? WHERE seq = ?`,
			pass, sum[:], r.Version, name, r.Place, int(now), into, seq)
		if err != nil {
			return 0, false, err
		}
		return seq, fresh, tx.setRaw(seq, r.Raw)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return 0, false, err
	}
	res, err := tx.exec(insertRec, obj, r.Key.ID, fate, repeatOf, pass, sum[:], r.Version, name, r.Place, survivor)
	if err != nil {
		return 0, false, err
	}
	if seq, err = res.LastInsertId(); err != nil {
		return 0, false, err
	}
	_, err = tx.exec(insertRaw, seq, []byte(r.Raw))
	return seq, true, err
}

// setRaw keeps what the source gave anew of a record.
func (tx *Tx) setRaw(seq int64, raw []byte) error {
	_, err := tx.exec(`UPDATE raw SET body = ? WHERE seq = ?`, raw, seq)
	return err
}

// Fold is how values are compared when a link names a record by a field: without
// outer blanks and case.
func Fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func (tx *Tx) putLinks(obj, seq int64, links []model.Link, alias map[string]string) error {
	pos := map[string]int{}
	for _, l := range links {
		for c, ref := range l.To {
			to, err := tx.objectID(ref.Object, true)
			if err != nil {
				return err
			}
			value := ref.Value
			if ref.By != "" {
				value = Fold(value)
			}
			if _, err := tx.exec(`INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
				seq, l.Role, pos[l.Role], c, to, ref.By, value); err != nil {
				return err
			}
		}
		pos[l.Role]++
	}
	for field, value := range alias {
		if v := Fold(value); v != "" {
			if _, err := tx.exec(`INSERT INTO alias VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, obj, field, v, seq); err != nil {
				return err
			}
		}
	}
	return nil
}

// Hold notes why a record is held; the caller sets its fate. stage is stage, plan or run.
func (tx *Tx) Hold(seq int64, stage string, why ...*problem.Problem) error {
	for i, p := range why {
		b, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if _, err := tx.exec(`INSERT INTO held VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (seq, n) DO UPDATE SET stage = excluded.stage, code = excluded.code, field = excluded.field, body = excluded.body`,
			seq, i, stage, string(p.Code), p.Where.Field, string(b)); err != nil {
			return err
		}
	}
	return nil
}

// ForgetStage empties the stage, for a source that was chosen anew. It refuses
// nothing and must only be called before anything was sent.
func (tx *Tx) ForgetStage() error {
	for _, q := range []string{
		`DELETE FROM link`, `DELETE FROM alias`, `DELETE FROM file`, `DELETE FROM held`, `DELETE FROM decision_rec`, `DELETE FROM plan_item`,
		`DELETE FROM change`, `DELETE FROM conflict`, `DELETE FROM unfetched`, `DELETE FROM rec`, `DELETE FROM tally`, `DELETE FROM reading`, `DELETE FROM profile`, `DELETE FROM alike`, `DELETE FROM alike_member`, `DELETE FROM fix`,
	} {
		if _, err := tx.ExecContext(tx.ctx, q); err != nil {
			return err
		}
	}
	return nil
}
