package project

import (
	"context"
	"strings"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/store"
)

// formulaTables are the imported tables that formulas of a mapping name, by the name that
// formulas write, in small letters.
type formulaTables map[string]*formula.Table

// Table finds a table, without regard to case.
func (t formulaTables) Table(name string) (*formula.Table, bool) {
	x, ok := t[strings.ToLower(name)]
	return x, ok
}

// readTables reads the tables that the formulas and conditions of a mapping name. A table
// that is not there is left out: a formula then gives #REF!, and its record is held.
func (p *Project) readTables(ctx context.Context, v mapping.Version) (out formulaTables, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		out, err = tablesIn(tx, v)
		return err
	})
	return out, err
}

// tablesIn is readTables inside a transaction.
func tablesIn(tx *store.Tx, v mapping.Version) (formulaTables, error) {
	named := map[string]bool{}
	note := func(text string) {
		e, err := formula.Parse(text)
		if err != nil {
			return // the check of the mapping says so
		}
		for _, t := range e.Tables() {
			named[strings.ToLower(t.Table)] = true
		}
	}
	for _, m := range v.Objects {
		note(m.When)
		for _, f := range m.Fields {
			if f.Rule == mapping.Formula {
				note(f.Formula)
			}
		}
	}
	out := formulaTables{}
	if len(named) == 0 {
		return out, nil
	}
	all, err := tx.Lookups()
	if err != nil {
		return nil, err
	}
	for _, l := range all {
		name := strings.ToLower(formula.TableName(l.Name))
		if !named[name] || out[name] != nil {
			continue
		}
		var rows [][]string
		if err := tx.LookupRows(l.ID, 0, 0, func(_ int64, cells []string) error {
			rows = append(rows, cells)
			return nil
		}); err != nil {
			return nil, err
		}
		out[name] = formula.NewTable(l.Columns, rows)
	}
	return out, nil
}
