package store

import (
	"database/sql"
	"encoding/json"
	"time"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// States of a group of records that are alike.
const (
	AlikeOpen   = "open"
	AlikeMerged = "merged"
	AlikeApart  = "apart"
)

// Alike is a group of records that are the same one, surely or perhaps.
type Alike struct {
	ID     int64
	Object model.Object
	// Band is sure, ask or different; Score in bits.
	Band  string
	Score float64
	State string
	// Survivor is the record that the others are merged into.
	Survivor int64
	// Picks says of which member a field takes its value, where a person chose.
	Picks    map[string]int64
	Decision int64
	By       model.Person
	At, Why  string
	// Body is what speaks for it, as JSON.
	Body    string
	Members []AlikeMember
}

// AlikeMember is a record of a group.
type AlikeMember struct {
	Seq   int64
	Band  string
	Score float64
	// Out: a person said that it is somebody else.
	Out bool
}

// AlikeCount counts groups of one band and state.
type AlikeCount struct {
	Band, State     string
	Groups, Records int64
}

// AlikeFilter chooses groups; empty values do not restrict.
type AlikeFilter struct {
	Object      model.Object
	Band, State string
}

// PutAlike keeps what a search found: what waits is forgotten, what a person reviewed stays.
func (tx *Tx) PutAlike(o model.Object, groups []Alike) error {
	obj, err := tx.objectID(o, true)
	if err != nil {
		return err
	}
	for _, q := range []string{`DELETE FROM alike_member WHERE alike IN (SELECT id FROM alike WHERE object = ? AND state = 'open')`, `DELETE FROM alike WHERE object = ? AND state = 'open'`} {
		if _, err := tx.exec(q, obj); err != nil {
			return err
		}
	}
	for _, g := range groups {
		var id int64
		err := tx.row(`INSERT INTO alike (object, band, score, survivor, body) VALUES (?, ?, ?, ?, ?) RETURNING id`, obj, g.Band, g.Score, g.Survivor, g.Body).Scan(&id)
		if err != nil {
			return err
		}
		for _, m := range g.Members {
			if _, err := tx.exec(`INSERT INTO alike_member VALUES (?, ?, ?, ?, ?)`, id, m.Seq, m.Band, m.Score, m.Out); err != nil {
				return err
			}
		}
	}
	return nil
}

const alikeColumns = `id, band, score, state, survivor, picks, decision, by_name, by_role, at, why, body`

func (tx *Tx) scanAlike(o model.Object) func(*sql.Rows) (Alike, error) {
	return func(r *sql.Rows) (a Alike, err error) {
		a.Object = o
		picks := ""
		if err := r.Scan(&a.ID, &a.Band, &a.Score, &a.State, &a.Survivor, &picks, &a.Decision, &a.By.Name, &a.By.Role, &a.At, &a.Why, &a.Body); err != nil {
			return a, err
		}
		return a, json.Unmarshal([]byte(picks), &a.Picks)
	}
}

// AlikeGroups lists groups, the surest first, n of them from the place skip on.
func (tx *Tx) AlikeGroups(f AlikeFilter, skip, n int) ([]Alike, error) {
	obj, err := tx.objectID(f.Object, false)
	if err != nil {
		return nil, err
	}
	q, args := `SELECT `+alikeColumns+` FROM alike WHERE object = ?`, []any{obj}
	if f.State != "" {
		q, args = q+` AND state = ?`, append(args, f.State)
	}
	if f.Band != "" {
		q, args = q+` AND band = ?`, append(args, f.Band)
	}
	rows, err := tx.rows(q+` ORDER BY score DESC, id LIMIT ? OFFSET ?`, append(args, n, skip)...)
	out, err := collect(rows, err, tx.scanAlike(f.Object))
	if err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].Members, err = tx.alikeMembers(out[i].ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// AlikeGroup finds one group.
func (tx *Tx) AlikeGroup(id int64) (Alike, error) {
	var obj int64
	err := tx.row(`SELECT coalesce((SELECT object FROM alike WHERE id = ?), -1)`, id).Scan(&obj)
	if err != nil {
		return Alike{}, err
	}
	rows, err := tx.rows(`SELECT `+alikeColumns+` FROM alike WHERE id = ?`, id)
	found, err := collect(rows, err, tx.scanAlike(tx.objectName(obj)))
	if err != nil {
		return Alike{}, err
	}
	if len(found) == 0 {
		return Alike{}, problem.New(CodeNotFound, "There is no such group of duplicates.", "They were looked for again since.", "Look at the list again.")
	}
	found[0].Members, err = tx.alikeMembers(id)
	return found[0], err
}

func (tx *Tx) alikeMembers(id int64) ([]AlikeMember, error) {
	rows, err := tx.rows(`SELECT seq, band, score, out FROM alike_member WHERE alike = ? ORDER BY seq`, id)
	return collect(rows, err, func(r *sql.Rows) (m AlikeMember, err error) { return m, r.Scan(&m.Seq, &m.Band, &m.Score, &m.Out) })
}

// CountAlike counts the groups of an object by band and state, with the records in them.
func (tx *Tx) CountAlike(o model.Object) ([]AlikeCount, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.rows(`SELECT a.band, a.state, count(DISTINCT a.id), count(*) FROM alike a CROSS JOIN alike_member m ON m.alike = a.id WHERE a.object = ? GROUP BY 1, 2 ORDER BY 1, 2`, obj)
	return collect(rows, err, func(r *sql.Rows) (c AlikeCount, err error) {
		return c, r.Scan(&c.Band, &c.State, &c.Groups, &c.Records)
	})
}

// SetAlike keeps what a person said about a group.
func (tx *Tx) SetAlike(a Alike) error {
	if a.Picks == nil {
		a.Picks = map[string]int64{}
	}
	picks, err := json.Marshal(a.Picks)
	if err != nil {
		return err
	}
	if a.State != AlikeOpen && a.At == "" {
		a.At = model.Stamp(time.Now())
	}
	_, err = tx.exec(`UPDATE alike SET state = ?, survivor = ?, picks = ?, decision = ?, by_name = ?, by_role = ?, at = ?, why = ? WHERE id = ?`,
		a.State, a.Survivor, string(picks), a.Decision, a.By.Name, a.By.Role, a.At, a.Why, a.ID)
	if err != nil {
		return err
	}
	for _, m := range a.Members {
		if _, err := tx.exec(`UPDATE alike_member SET out = ? WHERE alike = ? AND seq = ?`, m.Out, a.ID, m.Seq); err != nil {
			return err
		}
	}
	return nil
}

// openAlike opens the groups again that a decision merged.
func (tx *Tx) openAlike(decision int64) error {
	_, err := tx.exec(`UPDATE alike SET state = 'open', decision = 0, by_name = '', by_role = '', at = '', why = '' WHERE decision = ? AND decision <> 0`, decision)
	return err
}

// CountLinksTo counts the records that lead to one, by its number or by a name that they use.
func (tx *Tx) CountLinksTo(seq int64) (n int64, err error) {
	err = tx.row(`SELECT count(*) FROM (
		SELECT l.seq FROM rec r CROSS JOIN link l ON l.object = r.object AND l.by = '' AND l.value = r.id WHERE r.seq = ?1
		UNION SELECT l.seq FROM alias a CROSS JOIN link l ON l.object = a.object AND l.by = a.field AND l.value = a.value WHERE a.seq = ?1)`, seq).Scan(&n)
	return n, err
}
