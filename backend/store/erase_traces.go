package store

import (
	"database/sql"
	"slices"

	"waybill/backend/model"
)

// ForgetLookupRows removes the rows of imported tables in which a cell names somebody, and
// says how many those were. The other rows keep their numbers.
func (tx *Tx) ForgetLookupRows(names func(text string) bool) (gone int64, err error) {
	tables, err := tx.Lookups()
	if err != nil {
		return 0, err
	}
	for _, t := range tables {
		var found []int64
		err := tx.LookupRows(t.ID, 0, 0, func(n int64, cells []string) error {
			if slices.ContainsFunc(cells, names) {
				found = append(found, n)
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
		if len(found) == 0 {
			continue
		}
		if _, err := tx.exec(`DELETE FROM lookup_row WHERE lookup = ? AND n IN (SELECT value FROM json_each(?))`, t.ID, jsonInts(found)); err != nil {
			return 0, err
		}
		if _, err := tx.exec(`UPDATE lookup SET rows = rows - ? WHERE id = ?`, len(found), t.ID); err != nil {
			return 0, err
		}
		gone += int64(len(found))
	}
	return gone, nil
}

// ForgetTargetPeople removes what is kept of somebody who is in the target, and gives who
// that was. Asking the target again brings them back for as long as they are there.
func (tx *Tx) ForgetTargetPeople(names func(text string) bool) (gone []TargetPerson, err error) {
	all, err := tx.TargetPeople("")
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if !names(p.Name) && !names(p.Email) && !names(p.ID) {
			continue
		}
		if _, err := tx.exec(`DELETE FROM target_person WHERE object = ? AND id = ?`, string(p.Object), p.ID); err != nil {
			return nil, err
		}
		gone = append(gone, p)
	}
	return gone, nil
}

// ChangeDries writes the results of all dry validations anew, and forgets which records were
// behind their groups.
func (tx *Tx) ChangeDries(change func(body string) (string, error)) error {
	type dry struct {
		id   int64
		body string
	}
	rows, err := tx.rows(`SELECT id, body FROM dry`)
	all, err := collect(rows, err, func(r *sql.Rows) (d dry, err error) { return d, r.Scan(&d.id, &d.body) })
	if err != nil {
		return err
	}
	for _, d := range all {
		body, err := change(d.body)
		if err != nil {
			return err
		}
		if _, err := tx.exec(`UPDATE dry SET body = ? WHERE id = ?`, body, d.id); err != nil {
			return err
		}
	}
	_, err = tx.exec(`DELETE FROM dry_held`)
	return err
}

// ToErase lists those of the target's people who have one of some addresses there: what is
// in the target, only the target can forget.
func ToErase(people []TargetPerson, names func(text string) bool) (out []InTarget) {
	for _, p := range people {
		if p.Email != "" && names(p.Email) && (p.Object.Kind() == model.Contact || p.Object.Kind() == model.Agent) {
			out = append(out, InTarget{Object: string(p.Object), ID: p.ID})
		}
	}
	return out
}
