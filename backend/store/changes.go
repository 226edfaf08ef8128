package store

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// How a record in the source differs from what was last written of it.
const (
	HowChanged  = "changed"
	HowDeleted  = "deleted"
	HowMerged   = "merged"
	HowRedacted = "redacted" // changed, because content was taken out for good
)

var hows = [...]string{"", HowChanged, HowDeleted, HowMerged, HowRedacted}

func howNumber(how string) int {
	for i, h := range hows {
		if h == how {
			return i
		}
	}
	return 0
}

// Gone is a record that is not in the source any more, or not as it was.
type Gone struct {
	ID, How string
	// Into is the record that it was merged into; At is when, in the source's words.
	Into, At string
}

// Change is a record that is in the target and whose source is not as it was when it
// was last written.
type Change struct {
	Line LedgerLine
	// Draft is the fingerprint of what was last written.
	Draft []byte
	How   string
	Into  string
	At    string
	// Settled: a person decided about it, and the source did not change since.
	Settled bool
	// Former is the record as it was last written, File its content.
	Former model.Record
	File   *File
	// Fixes are what decisions gave it when it was last written; nil: the same as now.
	Fixes []Fix
	// Sent is the run that sent it and has no outcome yet; Run the one that could not
	// write it, for the reason Problem.
	Sent, Run int64
	Problem   *problem.Problem
}

// maybeThere: the ledger says that the record is in the target, or that it may be.
const maybeThere = `SELECT 1 FROM ledger WHERE seq = ? AND state IN (1, 2, 3, 6)`

func (tx *Tx) exists(q string, args ...any) (bool, error) {
	var one int
	err := tx.row(q, args...).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// noteChange remembers that a record in the target is about to become next in the
// stage. The state that was last written is kept over several changes; once the
// record is as it was, there is nothing to do any more.
func (tx *Tx) noteChange(seq int64, next []byte) error {
	var former []byte
	var sent int64
	fixes := ""
	err := tx.row(`SELECT former, sent, fixes FROM change WHERE seq = ?`, seq).Scan(&former, &sent, &fixes)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		there, err := tx.exists(maybeThere, seq)
		if err != nil || !there {
			return err
		}
		return tx.putChange(seq, HowChanged, "", "")
	case err != nil:
		return err
	case sent == 0 && fixes == "" && bytes.Equal(former, next):
		if _, err = tx.exec(`DELETE FROM change WHERE seq = ?`, seq); err != nil {
			return err
		}
		return tx.unlearnGone(seq)
	}
	_, err = tx.exec(`UPDATE change SET how = CASE WHEN how IN (1, 4) THEN how ELSE 1 END, goes_to = '', at = ?, settled = 0, run = 0, problem = '' WHERE seq = ?`,
		model.Stamp(time.Now()), seq)
	if err != nil {
		return err
	}
	return tx.unlearnGone(seq)
}

// putChange keeps the record as it is in the stage now as what was last written.
func (tx *Tx) putChange(seq int64, how, into, at string) error {
	row, err := tx.RecordAt(seq)
	if err != nil {
		return err
	}
	links, err := json.Marshal(row.Record.Links)
	if err != nil {
		return err
	}
	file := ""
	if f, ok, err := tx.File(seq); err != nil {
		return err
	} else if ok {
		b, err := json.Marshal(f)
		if err != nil {
			return err
		}
		file = string(b)
	}
	if at == "" {
		at = model.Stamp(time.Now())
	}
	_, err = tx.exec(`INSERT INTO change (seq, object, how, goes_to, at, former, links, file) SELECT seq, object, ?, ?, ?, (SELECT w.body FROM raw w WHERE w.seq = rec.seq), ?, ? FROM rec WHERE seq = ?`,
		howNumber(how), into, at, string(links), file, seq)
	return err
}

// stageGone takes in that a record is gone at the source. What is in the target waits
// for a choice; what was never sent is forgotten; a person's decision stays (P-79).
func (tx *Tx) stageGone(obj int64, o model.Object, g Gone, s *Staged) error {
	var seq, decision, now int64
	var fate model.Fate
	err := tx.row(`SELECT seq, fate, decision FROM rec WHERE object = ? AND id = ?`, obj, g.ID).Scan(&seq, &fate, &decision)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // it came and went between two readings
	}
	if err != nil {
		return err
	}
	if g.How == HowRedacted {
		res, err := tx.exec(`UPDATE change SET how = 4 WHERE seq = ? AND how = 1`, seq)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		s.Redacted += n
		return err
	}
	there, err := tx.exists(maybeThere, seq)
	if err != nil {
		return err
	}
	if there {
		fresh, err := tx.markGone(seq, g.How, g.Into, g.At)
		switch {
		case err != nil || !fresh:
		case g.How == HowMerged:
			s.Merged++
		default:
			s.Deleted++
		}
		return err
	}
	if decision != 0 || (fate != model.Pending && fate != model.Held) {
		s.Decided++
		return nil
	}
	// One that others were merged into stays, or they would live on in nothing.
	err = tx.row(`SELECT count(*) FROM rec WHERE survivor = ? AND survivor <> 0 AND fate = 2 AND decision <> 0`, seq).Scan(&now)
	if err != nil || now > 0 {
		return err
	}
	s.Forgotten++
	return tx.forget(seq)
}

// markGone notes that a record of the target is gone at the source. fresh is false when
// that was known.
func (tx *Tx) markGone(seq int64, how, into, at string) (fresh bool, err error) {
	var was int
	err = tx.row(`SELECT how FROM change WHERE seq = ?`, seq).Scan(&was)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return true, tx.putChange(seq, how, into, at)
	case err != nil:
		return false, err
	case was == howNumber(how):
		return false, nil
	}
	if at == "" {
		at = model.Stamp(time.Now())
	}
	_, err = tx.exec(`UPDATE change SET how = ?, goes_to = ?, at = ?, settled = 0, run = 0, problem = '' WHERE seq = ?`, howNumber(how), into, at, seq)
	return true, err
}

// notGone takes back that a record is gone: the source shows it again as it was staged.
func (tx *Tx) notGone(seq int64) error {
	_, err := tx.exec(`DELETE FROM change WHERE seq = ?1 AND how IN (2, 3) AND sent = 0 AND former = (SELECT body FROM raw WHERE seq = ?1)`, seq)
	if err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE change SET how = 1, goes_to = '', settled = 0, run = 0, problem = '' WHERE seq = ? AND how IN (2, 3)`, seq)
	if err != nil {
		return err
	}
	return tx.unlearnGone(seq)
}

// unlearnGone forgets what was decided about a record because it was gone.
func (tx *Tx) unlearnGone(seq int64) error {
	_, err := tx.exec(`DELETE FROM conflict WHERE seq = ? AND gone = 1`, seq)
	return err
}

// noteUnseen notes which records of the target a complete pass did not see any more (the
// caller listed them in temp.unseen), and which it saw again. It gives how many are newly gone.
func (tx *Tx) noteUnseen(obj int64) (gone int64, err error) {
	rows, err := tx.rows(`SELECT c.seq FROM change c CROSS JOIN rec r ON r.seq = c.seq WHERE c.object = ?1 AND c.how IN (2, 3) AND r.pass = (SELECT pass FROM reading WHERE object = ?1)`, obj)
	back, err := collect(rows, err, func(r *sql.Rows) (s int64, err error) { return s, r.Scan(&s) })
	if err != nil {
		return 0, err
	}
	for _, seq := range back {
		if err := tx.notGone(seq); err != nil {
			return 0, err
		}
	}
	rows, err = tx.rows(`SELECT u.seq FROM temp.unseen u CROSS JOIN ledger g ON g.seq = u.seq WHERE +g.state IN (1, 2, 3, 6)`)
	unseen, err := collect(rows, err, func(r *sql.Rows) (s int64, err error) { return s, r.Scan(&s) })
	if err != nil {
		return 0, err
	}
	for _, seq := range unseen {
		// How it went was told by the source's own changes, if at all.
		known, err := tx.exists(`SELECT 1 FROM change WHERE seq = ? AND how IN (2, 3)`, seq)
		if err != nil {
			return 0, err
		}
		if known {
			continue
		}
		if _, err := tx.markGone(seq, HowDeleted, "", ""); err != nil {
			return 0, err
		}
		gone++
	}
	return gone, nil
}

// forget lets go of a record that was never sent, or surely is not in the target.
func (tx *Tx) forget(seq int64) error {
	for _, q := range []string{
		`DELETE FROM link WHERE seq = ?`, `DELETE FROM held WHERE seq = ?`, `DELETE FROM alias WHERE seq = ?`, `DELETE FROM file WHERE seq = ?`,
		`DELETE FROM decision_rec WHERE seq = ?`, `DELETE FROM change WHERE seq = ?`, `DELETE FROM unfetched WHERE seq = ?`,
		`DELETE FROM extra WHERE seq = ? AND state IN (4, 5)`, `DELETE FROM later WHERE seq = ?`, `DELETE FROM ledger WHERE seq = ?`, `DELETE FROM rec WHERE seq = ?`,
	} {
		if _, err := tx.exec(q, seq); err != nil {
			return err
		}
	}
	return nil
}

// ForgetGone lets go of records that are gone at the source and, since a rollback, also
// from the target: nothing is left of them that could wait.
func (tx *Tx) ForgetGone() (n int64, err error) {
	rows, err := tx.rows(`SELECT c.seq FROM change c CROSS JOIN ledger g ON g.seq = c.seq CROSS JOIN rec r ON r.seq = c.seq
		WHERE c.how IN (2, 3) AND g.state IN (4, 5) AND r.fate IN (0, 5) AND r.decision = 0`)
	seqs, err := collect(rows, err, func(r *sql.Rows) (s int64, err error) { return s, r.Scan(&s) })
	for _, seq := range seqs {
		if err := tx.forget(seq); err != nil {
			return n, err
		}
		n++
	}
	return n, err
}

// parentsOf lists what records of an object hang on in their own source, nearest first.
func parentsOf(o model.Object) []model.Object {
	switch o.Kind() {
	case model.Message:
		return []model.Object{model.Ticket.From(o.Source())}
	case model.Attachment:
		return []model.Object{model.Message.From(o.Source()), model.Ticket.From(o.Source())}
	}
	return nil
}

// mayFollow says whether any parent of an object was left out or archived at all.
func (tx *Tx) mayFollow(o model.Object) (bool, error) {
	for _, p := range parentsOf(o) {
		id, err := tx.objectID(p, false)
		if err != nil {
			return false, err
		}
		some, err := tx.exists(`SELECT 1 FROM tally WHERE object = ? AND fate IN (3, 4) AND n > 0 LIMIT 1`, id)
		if err != nil || some {
			return some, err
		}
	}
	return false, nil
}

// arrived takes care of a record that is new or changed: its content is to be fetched,
// and where its parent was left out or archived, so is it, by the same decision.
func (tx *Tx) arrived(p Page, seq int64, links []model.Link, follows bool) error {
	if p.Feed && p.Object.Kind() == model.Attachment {
		if _, err := tx.exec(`INSERT INTO unfetched VALUES (?) ON CONFLICT DO NOTHING`, seq); err != nil {
			return err
		}
	}
	if !follows {
		return nil
	}
	for _, parent := range parentsOf(p.Object) {
		for _, l := range links {
			for _, ref := range l.To {
				if ref.Object != parent {
					continue
				}
				fate, decision, ok, err := tx.fateOf(ref)
				if err != nil {
					return err
				}
				if !ok {
					continue // the next candidate may exist
				}
				if decision == 0 || (fate != model.Archived && fate != model.LeftOut) {
					return nil
				}
				return tx.join(seq, fate, decision)
			}
		}
	}
	return nil
}

func (tx *Tx) fateOf(ref model.Ref) (fate model.Fate, decision int64, ok bool, err error) {
	obj, err := tx.objectID(ref.Object, false)
	if err != nil {
		return 0, 0, false, err
	}
	q, args := `SELECT fate, decision FROM rec WHERE object = ? AND id = ?`, []any{obj, ref.Value}
	if ref.By != "" {
		q = `SELECT r.fate, r.decision FROM alias a CROSS JOIN rec r ON r.seq = a.seq WHERE a.object = ? AND a.field = ? AND a.value = ? ORDER BY a.seq LIMIT 1`
		args = []any{obj, ref.By, Fold(ref.Value)}
	}
	err = tx.row(q, args...).Scan(&fate, &decision)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, false, nil
	}
	return fate, decision, err == nil, err
}

// join gives a record the fate of a decision that was taken before it came.
func (tx *Tx) join(seq int64, fate model.Fate, decision int64) error {
	if _, err := tx.exec(`UPDATE rec SET fate = ?, decision = ? WHERE seq = ? AND NOT EXISTS (`+maybeThere+`)`, int(fate), decision, seq, seq); err != nil {
		return err
	}
	res, err := tx.exec(`INSERT INTO decision_rec VALUES (?, ?) ON CONFLICT DO NOTHING`, decision, seq)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE decision SET n = n + ? WHERE id = ?`, n, decision)
	return err
}

// isBack lets a record wait again that was left out because it was deleted at the
// source, now that the source shows it again.
func (tx *Tx) isBack(seq int64) error {
	_, err := tx.exec(`UPDATE rec SET fate = 0, decision = 0 WHERE seq = ? AND decision IN (SELECT id FROM decision WHERE rule = ?)`, seq, RuleGone)
	return err
}

const changeColumns = `c.how, c.goes_to, c.at, c.settled, c.former, c.links, c.file, c.fixes, c.sent, c.run, c.problem,
	g.seq, g.object, r.id, g.target, g.mark, g.state, g.id, g.version, g.run, g.at, g.draft`

const changesOf = `SELECT ` + changeColumns + ` FROM change c CROSS JOIN ledger g ON g.seq = c.seq CROSS JOIN rec r ON r.seq = c.seq
	WHERE c.object = ? AND c.seq > ? AND +g.state IN (2, 3) AND +r.fate = 1 ORDER BY c.seq LIMIT ?`

func (tx *Tx) scanChange(r *sql.Rows) (c Change, err error) {
	var how int
	var obj int64
	var former []byte
	var links, file, fixes, why string
	l := &c.Line
	err = r.Scan(&how, &c.Into, &c.At, &c.Settled, &former, &links, &file, &fixes, &c.Sent, &c.Run, &why,
		&l.Seq, &obj, &l.Source, &l.Target, &l.Mark, &l.State, &l.ID, &l.Version, &l.Run, &l.At, &c.Draft)
	if err != nil {
		return c, err
	}
	l.Object, c.How = tx.objectName(obj), hows[how]
	c.Former = model.Record{Key: model.Key{Object: l.Object, ID: l.Source}, Raw: former}
	if err := json.Unmarshal([]byte(links), &c.Former.Links); err != nil {
		return c, err
	}
	if fixes != "" {
		if err := json.Unmarshal([]byte(fixes), &c.Fixes); err != nil {
			return c, err
		}
	}
	if file != "" {
		c.File = &File{}
		if err := json.Unmarshal([]byte(file), c.File); err != nil {
			return c, err
		}
	}
	if why != "" {
		c.Problem = &problem.Problem{}
		err = json.Unmarshal([]byte(why), c.Problem)
	}
	return c, err
}

// Changes lists up to n records of an object that are whole in the target and differ at
// the source, behind a place, in order. One that still misses parts is planned as such first.
func (tx *Tx) Changes(o model.Object, after int64, n int) ([]Change, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(changesOf, obj, after, n)
	return collect(rows, err, tx.scanChange)
}

// ChangesAt gives the changes of records; those that have none, or are not in the
// target, are not in the map.
func (tx *Tx) ChangesAt(seqs []int64) (map[int64]Change, error) {
	list, err := json.Marshal(seqs)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT `+changeColumns+` FROM json_each(?) j CROSS JOIN change c ON c.seq = j.value CROSS JOIN ledger g ON g.seq = c.seq
		CROSS JOIN rec r ON r.seq = c.seq WHERE +g.state IN (2, 3)`, string(list))
	all, err := collect(rows, err, tx.scanChange)
	out := make(map[int64]Change, len(all))
	for _, c := range all {
		out[c.Line.Seq] = c
	}
	return out, err
}

// ChangedObjects counts the open changes by object.
func (tx *Tx) ChangedObjects() (map[model.Object]int64, error) {
	rows, err := tx.rows(`SELECT object, count(*) FROM change GROUP BY object`)
	type pair struct{ o, n int64 }
	all, err := collect(rows, err, func(r *sql.Rows) (p pair, err error) { return p, r.Scan(&p.o, &p.n) })
	out := map[model.Object]int64{}
	for _, p := range all {
		out[tx.objectName(p.o)] = p.n
	}
	return out, err
}

// DropChanges forgets changes that need no write. draft, when it is given, is the
// fingerprint of what the target has now.
func (tx *Tx) DropChanges(done map[int64][]byte) error {
	for seq, draft := range done {
		if _, err := tx.exec(`DELETE FROM change WHERE seq = ?`, seq); err != nil {
			return err
		}
		if draft == nil {
			continue
		}
		if _, err := tx.exec(`UPDATE ledger SET draft = ? WHERE seq = ?`, draft, seq); err != nil {
			return err
		}
	}
	return nil
}

// SendChanges commits that a run is about to send changes (invariant 3); call it in a
// transaction of its own, before the request leaves.
func (tx *Tx) SendChanges(run int64, seqs []int64) error {
	for _, seq := range seqs {
		if _, err := tx.exec(`UPDATE change SET sent = ? WHERE seq = ?`, run, seq); err != nil {
			return err
		}
	}
	return nil
}

// Written is a change that the target has now.
type Written struct {
	Seq   int64
	Draft []byte
	// Version of the record right after it was written; empty: the ledger keeps its own.
	Version string
}

// WroteChanges commits that changes are in the target.
func (tx *Tx) WroteChanges(items []Written) error {
	for _, w := range items {
		if err := tx.DropChanges(map[int64][]byte{w.Seq: w.Draft}); err != nil {
			return err
		}
		if w.Version == "" {
			continue
		}
		if _, err := tx.exec(`UPDATE ledger SET version = ? WHERE seq = ?`, w.Version, w.Seq); err != nil {
			return err
		}
	}
	return nil
}

// FailChange keeps why a change could not be written; it stays for the next plan.
// run is 0 when it was found while planning.
func (tx *Tx) FailChange(run, seq int64, why *problem.Problem) error {
	b, err := json.Marshal(why)
	if err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE change SET sent = CASE WHEN ?1 = 0 THEN sent ELSE 0 END, run = ?1, problem = ?2 WHERE seq = ?3`, run, string(b), seq)
	return err
}

// ClearChange forgets why a change could not be written, because it is tried again.
func (tx *Tx) ClearChange(seq int64) error {
	_, err := tx.exec(`UPDATE change SET run = 0, problem = '' WHERE seq = ?`, seq)
	return err
}

// CountRun adds to what a run did with records of an object.
func (tx *Tx) CountRun(run int64, o model.Object, what string, n int64) error {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return err
	}
	return tx.countRun(run, obj, map[string]int64{what: n})
}

// SetRunCount keeps a figure of a run that is known as a whole; a run that goes on
// gives the same one again.
func (tx *Tx) SetRunCount(run int64, o model.Object, what string, n int64) error {
	obj, err := tx.objectID(o, false)
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.exec(`INSERT INTO run_count VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = excluded.n`, run, obj, what, n)
	return err
}

// Unfetched lists attachments of an object that came by change and whose content is still
// to be fetched, behind a place, in order.
func (tx *Tx) Unfetched(o model.Object, after int64, n int) ([]Row, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT `+rowColumns+` FROM unfetched u CROSS JOIN rec r ON r.seq = u.seq WHERE u.seq > ? AND +r.object = ? AND +r.fate <> 3 ORDER BY u.seq LIMIT ?`, after, obj, n)
	return collect(rows, err, scanRow(o))
}

// Fetched forgets that content of a record is to be fetched.
func (tx *Tx) Fetched(seq int64) error {
	_, err := tx.exec(`DELETE FROM unfetched WHERE seq = ?`, seq)
	return err
}
