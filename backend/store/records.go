package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"waybill/backend/model"
	"waybill/backend/problem"
)

// Row is a staged record with its place in the accounts.
type Row struct {
	Seq    int64
	Record model.Record
	Fate   model.Fate
	Name   string
	Hash   []byte
	// Decision that gave the fate, 0 for none. Survivor is the seq of the record it lives on in.
	Decision, Survivor int64
	RepeatOf           string
}

// Filter chooses staged records. Zero values do not restrict.
type Filter struct {
	Object model.Object
	Fates  []model.Fate
	Code   string // held for this reason
	HeldBy string // held at this stage: stage, plan, run
	Field  string
	// Op: equals, filled, empty, blank, linked, broken_link, repeated_key; "links_to" Value
	// by the role Field; "file" with missing, empty, large or dangerous as Value; "found" by
	// the profile as Value; "held" with Code and Field chooses exactly the records of that HeldGroup.
	Op    string
	Value string
	Text  string
	// Words all stand in the record as it was read, whatever their case.
	Words    []string
	Decision int64
	Plan     int64
	Action   string // of Plan: create, merge, skip, hold
	Run      int64
	Check    string // failed this check in the last checking
	Parent   *model.Key
	// Seqs restricts to these places in the stage.
	Seqs []int64
	// Retry restricts to what a plan may consider: pending, and held by a plan or a run.
	Retry bool
	// Part restricts to the part of the source that this plan is about.
	Part int64
	// Change restricts to records of the target that differ at the source: HowChanged and
	// its like, "settled" when that was decided, "problem" when it could not be written.
	Change string
	// Loss of Plan: records of which the target will not have everything; Field as in the forecast.
	Loss string
}

// Plan actions.
const (
	ActCreate = "create"
	ActSkip   = "skip"
	ActHold   = "hold"
	// Of a delta: change what is there; ask a person, because people changed it there too;
	// ask a person, because it is gone at the source.
	ActUpdate   = "update"
	ActConflict = "conflict"
	ActGone     = "gone"
)

var actions = map[string]int{ActCreate: 1, ActSkip: 2, ActHold: 3, ActUpdate: 4, ActConflict: 5, ActGone: 6}

var actionNames = [...]string{1: ActCreate, 2: ActSkip, 3: ActHold, 4: ActUpdate, 5: ActConflict, 6: ActGone}

func actionName(n int) string {
	if n < 0 || n >= len(actionNames) {
		return ""
	}
	return actionNames[n]
}

// where builds the condition of a filter; every value is bound.
func (tx *Tx) where(f Filter) (string, []any, error) {
	obj, err := tx.objectID(f.Object, false)
	if err != nil {
		return "", nil, err
	}
	cond, args := []string{`r.object = ?`}, []any{obj}
	add := func(c string, a ...any) { cond = append(cond, c); args = append(args, a...) }
	if len(f.Fates) > 0 {
		marks := make([]string, len(f.Fates))
		for i, x := range f.Fates {
			marks[i] = "?"
			args = append(args, int(x))
		}
		// The plus keeps SQLite from sorting: pages come in staging order, by the object's index.
		plus := "+"
		if len(f.Fates) == 1 {
			plus = ""
		}
		cond = append(cond, plus+`r.fate IN (`+strings.Join(marks, ",")+`)`)
	}
	if f.Retry {
		add(`(+r.fate = 0 OR (+r.fate = 5 AND NOT EXISTS (SELECT 1 FROM held h WHERE h.seq = r.seq AND h.stage = 'stage')))`)
	}
	// Of a plan, Code and Field mean what the plan would hold records for.
	exact := f.Op == "held"
	if f.Code != "" && f.Plan == 0 {
		q := `EXISTS (SELECT 1 FROM held h WHERE h.seq = r.seq AND h.code = ?`
		a := []any{f.Code}
		if exact {
			q += ` AND h.n = 0`
		}
		if exact || (f.Field != "" && f.Op == "") {
			q, a = q+` AND h.field = ?`, append(a, f.Field)
		}
		add(q+`)`, a...)
	}
	if f.HeldBy != "" {
		add(`EXISTS (SELECT 1 FROM held h WHERE h.seq = r.seq AND h.stage = ?)`, f.HeldBy)
	}
	switch f.Op {
	case "", "held":
	case "equals":
		add(`waybill_field(`+rawOf+`, ?) = ?`, f.Field, f.Value)
	case "filled":
		add(`trim(coalesce(waybill_field(`+rawOf+`, ?), ''), char(9, 10, 11, 12, 13, 32, 160)) <> ''`, f.Field)
	case "empty":
		// A row that could not be read was staged as one text; it has no fields that could be empty.
		add(`coalesce(waybill_field(`+rawOf+`, ?), '') = '' AND NOT (r.fate IN (4, 5) AND substr(`+rawOf+`, 1, 1) = x'22')`, f.Field)
	case "blank":
		add(`waybill_field(`+rawOf+`, ?) <> '' AND trim(waybill_field(`+rawOf+`, ?), char(9, 10, 11, 12, 13, 32, 160)) = ''`, f.Field, f.Field)
	case "broken_link":
		add(brokenLink, f.Field)
	case "linked":
		add(`EXISTS (SELECT 1 FROM link l WHERE l.seq = r.seq AND l.role = ?)`, f.Field)
	case "repeated_key":
		add(`r.repeat_of <> ''`)
	case "links_to":
		add(`EXISTS (SELECT 1 FROM link l WHERE l.seq = r.seq AND l.role = ? AND l.value = ?)`, f.Field, f.Value)
	case "found":
		add(`EXISTS (SELECT 1 FROM finding_rec d WHERE d.object = r.object AND d.code = ? AND d.field = ? AND d.seq = r.seq)`, f.Value, f.Field)
	case "file":
		q, ok := fileConditions[f.Value]
		if !ok {
			return "", nil, fmt.Errorf("filter of files %q is not known", f.Value)
		}
		add(q)
	default:
		return "", nil, fmt.Errorf("filter op %q is not known", f.Op)
	}
	if f.Text != "" {
		add(`instr(lower(CAST(`+rawOf+` AS TEXT)), lower(?)) > 0`, f.Text)
	}
	for _, w := range f.Words {
		add(`instr(lower(CAST(`+rawOf+` AS TEXT)), lower(?)) > 0`, w)
	}
	if f.Seqs != nil {
		list, err := json.Marshal(f.Seqs)
		if err != nil {
			return "", nil, err
		}
		add(`r.seq IN (SELECT value FROM json_each(?))`, string(list))
	}
	if f.Part != 0 {
		add(`EXISTS (SELECT 1 FROM plan_pick k WHERE k.plan = ? AND k.object = r.object AND k.seq = r.seq)`, f.Part)
	}
	if f.Loss != "" {
		add(`r.seq IN (SELECT seq FROM plan_loss WHERE plan = ? AND code = ? AND object = ? AND field = ?)`, f.Plan, f.Loss, obj, f.Field)
	}
	switch f.Change {
	case "":
	case "settled":
		add(`r.seq IN (SELECT seq FROM change WHERE object = ? AND settled = 1)`, obj)
	case "problem":
		add(`r.seq IN (SELECT seq FROM change WHERE object = ? AND problem <> '')`, obj)
	default:
		add(`r.seq IN (SELECT seq FROM change WHERE object = ? AND how = ?)`, obj, howNumber(f.Change))
	}
	if f.Decision != 0 {
		add(`r.seq IN (SELECT seq FROM decision_rec WHERE decision = ?)`, f.Decision)
	}
	if f.Plan != 0 && f.Loss == "" {
		q, a := `EXISTS (SELECT 1 FROM plan_item i WHERE i.plan = ? AND i.object = r.object AND i.seq = r.seq AND i.action = ?`, []any{f.Plan, actions[f.Action]}
		if f.Code != "" {
			q += ` AND json_extract(i.body, '$[0].code') = ? AND coalesce(json_extract(i.body, '$[0].where.field'), '') = ?`
			a = append(a, f.Code, f.Field)
		}
		add(q+`)`, a...)
	}
	if f.Run != 0 {
		add(`EXISTS (SELECT 1 FROM ledger g WHERE g.seq = r.seq AND g.run = ?)`, f.Run)
	}
	if f.Check != "" {
		add(`r.seq IN (SELECT seq FROM difference WHERE checking = (SELECT max(id) FROM checking) AND code = ?)`, f.Check)
	}
	if f.Parent != nil {
		parent, err := tx.objectID(f.Parent.Object, false)
		if err != nil {
			return "", nil, err
		}
		add(`r.seq IN (SELECT l.seq FROM link l WHERE l.object = ? AND l.by = '' AND l.value = ?
			UNION ALL SELECT l.seq FROM rec p CROSS JOIN alias a ON a.seq = p.seq CROSS JOIN link l ON l.object = a.object AND l.by = a.field AND l.value = a.value
				WHERE p.object = ? AND p.id = ?)`, parent, f.Parent.ID, parent, f.Parent.ID)
	}
	return strings.Join(cond, " AND "), args, nil
}

// brokenLink: none of the candidates of this role leads to a staged record.
const brokenLink = `EXISTS (SELECT 1 FROM link l0 WHERE l0.seq = r.seq AND l0.role = ? AND NOT EXISTS (
	SELECT 1 FROM link l WHERE l.seq = l0.seq AND l.role = l0.role AND l.pos = l0.pos AND (
		(l.by = '' AND EXISTS (SELECT 1 FROM rec t WHERE t.object = l.object AND t.id = l.value))
		OR (l.by <> '' AND EXISTS (SELECT 1 FROM alias a WHERE a.object = l.object AND a.field = l.by AND a.value = l.value)))))`

// rawOf is the content of a record.
const rawOf = `(SELECT w.body FROM raw w WHERE w.seq = r.seq)`

const rowColumns = `r.seq, r.id, r.fate, r.name, r.version, r.place, r.hash, r.decision, r.survivor, r.repeat_of, ` + rawOf

func scanRow(o model.Object) func(*sql.Rows) (Row, error) {
	return func(rows *sql.Rows) (Row, error) {
		w := Row{Record: model.Record{Key: model.Key{Object: o}}}
		err := rows.Scan(w.columns()...)
		return w, err
	}
}

// columns are where rowColumns go.
func (w *Row) columns() []any {
	return []any{&w.Seq, &w.Record.Key.ID, &w.Fate, &w.Name, &w.Record.Version, &w.Record.Place, &w.Hash, &w.Decision, &w.Survivor, &w.RepeatOf, (*content)(&w.Record.Raw)}
}

// content takes what the driver read without copying it a second time: this driver makes
// each value anew.
type content json.RawMessage

// Scan implements sql.Scanner.
func (c *content) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok && v != nil {
		return fmt.Errorf("the content of a record is %T", v)
	}
	*c = b
	return nil
}

// Records gives up to n records of a filter behind the place after, in staging
// order, without their links.
func (tx *Tx) Records(f Filter, after int64, n int) ([]Row, error) {
	cond, args, err := tx.where(f)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(tx.ctx, `SELECT `+rowColumns+` FROM rec r WHERE `+cond+` AND r.seq > ? ORDER BY r.seq LIMIT ?`, append(args, after, n)...)
	return collect(rows, err, scanRow(f.Object))
}

// Count counts the records of a filter.
func (tx *Tx) Count(f Filter) (n int64, err error) {
	cond, args, err := tx.where(f)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(tx.ctx, `SELECT count(*) FROM rec r WHERE `+cond, args...).Scan(&n)
	return n, err
}

// Record finds one record with its links.
func (tx *Tx) Record(k model.Key) (Row, error) {
	obj, err := tx.objectID(k.Object, false)
	if err != nil {
		return Row{}, err
	}
	rows, err := tx.rows(`SELECT `+rowColumns+` FROM rec r WHERE r.object = ? AND r.id = ?`, obj, k.ID)
	found, err := collect(rows, err, scanRow(k.Object))
	if err != nil {
		return Row{}, err
	}
	if len(found) == 0 {
		return Row{}, problem.New(CodeNotFound, "This record is not here.", "It was never read, or the source was read anew without it.", "Go back to the list and choose again.").
			At(problem.Place{Object: string(k.Object), Record: k.ID})
	}
	if err := tx.Links(found); err != nil {
		return Row{}, err
	}
	return found[0], nil
}

// RecordAt finds one record by its place in the stage.
func (tx *Tx) RecordAt(seq int64) (Row, error) {
	var obj int64
	var id string
	err := tx.row(`SELECT object, id FROM rec WHERE seq = ?`, seq).Scan(&obj, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return Row{}, problem.New(CodeNotFound, "This record is not here.", "", "Go back to the list and choose again.")
	}
	if err != nil {
		return Row{}, err
	}
	return tx.Record(model.Key{Object: tx.objectName(obj), ID: id})
}

// Links fills in the links of rows that are in staging order.
func (tx *Tx) Links(page []Row) error {
	of := make([]*Row, len(page))
	for i := range page {
		of[i] = &page[i]
	}
	return tx.links(of)
}

func (tx *Tx) links(page []*Row) error {
	if len(page) == 0 {
		return nil
	}
	at := make(map[int64]*Row, len(page))
	seqs := make([]int64, len(page))
	for i, w := range page {
		at[w.Seq], seqs[i] = w, w.Seq
	}
	rows, err := tx.rows(`SELECT l.seq, l.role, l.pos, l.object, l.by, l.value FROM json_each(?) j CROSS JOIN link l ON l.seq = j.value ORDER BY l.seq, l.role, l.pos, l.cand`, jsonInts(seqs))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	last, lastPos := int64(-1), -1
	for rows.Next() {
		var seq, obj int64
		var pos int
		var role, by, value string
		if err := rows.Scan(&seq, &role, &pos, &obj, &by, &value); err != nil {
			return err
		}
		rec := &at[seq].Record
		ref := model.Ref{Object: tx.objectName(obj), By: by, Value: value}
		if n := len(rec.Links); n > 0 && last == seq && rec.Links[n-1].Role == role && lastPos == pos {
			rec.Links[n-1].To = append(rec.Links[n-1].To, ref)
		} else {
			rec.Links = append(rec.Links, model.Link{Role: role, To: []model.Ref{ref}})
		}
		last, lastPos = seq, pos
	}
	return rows.Err()
}

// HeldProblem is why a record is held, and where that was found.
type HeldProblem struct {
	Stage   string
	Problem *problem.Problem
}

// WhyHeld lists why a record is held.
func (tx *Tx) WhyHeld(seq int64) ([]HeldProblem, error) {
	rows, err := tx.rows(`SELECT stage, body FROM held WHERE seq = ? ORDER BY n`, seq)
	return collect(rows, err, func(r *sql.Rows) (h HeldProblem, err error) {
		var body string
		if err := r.Scan(&h.Stage, &body); err != nil {
			return h, err
		}
		h.Problem = &problem.Problem{}
		return h, json.Unmarshal([]byte(body), h.Problem)
	})
}

// HeldGroup is one repair for many records.
type HeldGroup struct {
	Object   model.Object
	Code     string
	Field    string
	Count    int64
	Example  *problem.Problem
	Examples []string
}

// HeldGroups groups the held records by object, code and field: by repair, not by row.
func (tx *Tx) HeldGroups() ([]HeldGroup, error) {
	rows, err := tx.rows(`SELECT r.object, h.code, h.field, count(DISTINCT h.seq), min(h.seq) FROM held h JOIN rec r ON r.seq = h.seq
		WHERE r.fate = 5 AND h.n = 0 GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3`)
	type group struct {
		HeldGroup
		first int64
	}
	found, err := collect(rows, err, func(r *sql.Rows) (g group, err error) {
		var obj int64
		err = r.Scan(&obj, &g.Code, &g.Field, &g.Count, &g.first)
		g.Object = tx.objectName(obj)
		return g, err
	})
	if err != nil {
		return nil, err
	}
	out := make([]HeldGroup, 0, len(found))
	for _, g := range found {
		why, err := tx.WhyHeld(g.first)
		if err != nil {
			return nil, err
		}
		if len(why) > 0 {
			g.Example = why[0].Problem
		}
		rows, err := tx.rows(`SELECT CASE WHEN r.place <> '' THEN r.id || ' (' || r.place || ')' ELSE r.id END FROM held h JOIN rec r ON r.seq = h.seq
			WHERE h.code = ? AND h.field = ? AND h.n = 0 AND r.fate = 5 AND r.object = (SELECT object FROM rec WHERE seq = ?) ORDER BY h.seq LIMIT 3`, g.Code, g.Field, g.first)
		if g.Examples, err = collect(rows, err, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) }); err != nil {
			return nil, err
		}
		out = append(out, g.HeldGroup)
	}
	return out, nil
}

// SetFate gives a record its fate, and forgets why it was held when it is no longer.
func (tx *Tx) SetFate(seq int64, f model.Fate) error {
	if f != model.Held {
		if _, err := tx.exec(`DELETE FROM held WHERE seq = ?`, seq); err != nil {
			return err
		}
	}
	_, err := tx.exec(`UPDATE rec SET fate = ? WHERE seq = ?`, int(f), seq)
	return err
}

// LinkCount counts, per role, the records of an object that have such a link, and
// those of which one at least leads nowhere: what the filters linked and
// broken_link open.
type LinkCount struct {
	Role           string
	To             []model.Object
	Linked, Broken int64
}

// LinkCounts counts the links of an object by role.
func (tx *Tx) LinkCounts(o model.Object) ([]LinkCount, error) {
	obj, err := tx.objectID(o, false)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(tx.ctx, `SELECT role, count(*), sum(NOT ok) FROM (SELECT l.role, min(ok) AS ok FROM (
			SELECT l.role, l.seq, l.pos, max((l.by = '' AND EXISTS (SELECT 1 FROM rec t WHERE t.object = l.object AND t.id = l.value))
				OR (l.by <> '' AND EXISTS (SELECT 1 FROM alias a WHERE a.object = l.object AND a.field = l.by AND a.value = l.value))) AS ok
			FROM rec r JOIN link l ON l.seq = r.seq WHERE r.object = ? GROUP BY l.seq, l.role, l.pos) l
			GROUP BY l.seq, l.role)
		GROUP BY role ORDER BY role`, obj)
	out, err := collect(rows, err, func(r *sql.Rows) (c LinkCount, err error) { return c, r.Scan(&c.Role, &c.Linked, &c.Broken) })
	if err != nil {
		return nil, err
	}
	for i := range out {
		rows, err := tx.QueryContext(tx.ctx, `SELECT DISTINCT l.object FROM rec r JOIN link l ON l.seq = r.seq WHERE r.object = ? AND l.role = ? LIMIT 8`, obj, out[i].Role)
		ids, err := collect(rows, err, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) })
		if err != nil {
			return nil, err
		}
		out[i].To = []model.Object{}
		for _, id := range ids {
			out[i].To = append(out[i].To, tx.objectName(id))
		}
		sortObjects(out[i].To)
	}
	return out, nil
}

// Manifest gives the account of every staged object (invariant 1).
func (tx *Tx) Manifest() ([]model.Manifest, error) {
	objects, err := tx.Objects()
	if err != nil {
		return nil, err
	}
	targets := map[model.Object]int64{}
	checked, err := tx.Setting("target_counts", &targets)
	if err != nil {
		return nil, err
	}
	out := []model.Manifest{}
	for _, o := range objects {
		id, err := tx.objectID(o, false)
		if err != nil {
			return nil, err
		}
		m := model.Manifest{Object: o}
		if m.Erased, err = tx.erasedCount(id); err != nil {
			return nil, err
		}
		type pair struct {
			f model.Fate
			n int64
		}
		rows, err := tx.rows(`SELECT fate, n FROM tally WHERE object = ?`, id)
		tallies, err := collect(rows, err, func(r *sql.Rows) (p pair, err error) { return p, r.Scan(&p.f, &p.n) })
		if err != nil {
			return nil, err
		}
		for _, t := range tallies {
			m.Add(t.f, t.n)
		}
		if checked {
			m.Target = targets[o]
		} else if err := tx.row(`SELECT count(*) FROM ledger WHERE object = ? AND state IN (2, 3)`, id).Scan(&m.Target); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// Recount counts the fates record by record, to prove the kept accounts.
func (tx *Tx) Recount(o model.Object) (model.Manifest, error) {
	id, err := tx.objectID(o, false)
	if err != nil {
		return model.Manifest{}, err
	}
	m := model.Manifest{Object: o}
	rows, err := tx.rows(`SELECT fate, count(*) FROM rec WHERE object = ? GROUP BY fate`, id)
	type pair struct {
		f model.Fate
		n int64
	}
	counts, err := collect(rows, err, func(r *sql.Rows) (p pair, err error) { return p, r.Scan(&p.f, &p.n) })
	for _, c := range counts {
		m.Add(c.f, c.n)
	}
	return m, err
}
