package project

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/connector/files"
	"waybill/backend/job"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// maxLookupRows bounds an imported table: it is held in memory while records are transformed.
const maxLookupRows = 1_000_000

// ImportLookup reads a CSV file or a workbook into the project as a table that the mapping
// can look values up in. name is what rules call it, empty: the file's own name; part is
// the sheet of a workbook, empty: the only one, or the first that has rows. A table of the
// same name is replaced.
func (p *Project) ImportLookup(ctx context.Context, path, part, name string, pr *job.Progress) (store.Lookup, error) {
	pr.Stage("read "+filepath.Base(path), 0)
	found, err := files.Inspect(ctx, []string{path}, func(string, int64, int64) {})
	if err != nil {
		return store.Lookup{}, err
	}
	i := slices.IndexFunc(found, func(t files.Table) bool {
		return t.Refused == nil && (part == "" && t.Rows > 0 || part != "" && strings.EqualFold(t.Part, part))
	})
	if i < 0 {
		for _, t := range found {
			if t.Refused != nil {
				return store.Lookup{}, t.Refused
			}
		}
		return store.Lookup{}, problem.New("lookup.empty", "There is no table in this file.", "A table needs a row with the names of its columns, and rows below it.",
			"Choose another file or sheet.").At(problem.Place{File: path, Sheet: part})
	}
	t := found[i]
	if t.Rows > maxLookupRows {
		return store.Lookup{}, problem.New("lookup.too_large", "This table has more than a million rows.", "A table to look values up in is held in memory.",
			"Choose it as a source instead; then rules can look into its records.").At(problem.Place{File: path})
	}
	if name = strings.TrimSpace(name); name == "" {
		name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	}
	if strings.ContainsAny(name, "[]") || len([]rune(name)) > 80 {
		return store.Lookup{}, problem.New("lookup.name", "A table cannot have this name.", "Formulas write it in front of brackets.", "Use up to 80 letters, without brackets.").At(problem.Place{Value: name})
	}
	columns := make([]string, len(t.Columns))
	for k, c := range t.Columns {
		columns[k] = c.Name
	}
	t.Outputs = []files.Output{{Object: "row", Key: []string{}, Repeats: files.Count, Columns: []string{}, Links: []files.LinkSpec{}}}
	source := files.New([]files.Table{t})
	pr.Stage("read "+filepath.Base(path), t.Rows)
	var out store.Lookup
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		out, err = tx.PutLookup(store.Lookup{Name: name, By: p.Person(), File: filepath.Base(path), SHA256: t.SHA256, Columns: columns}, func(put func([]string) error) error {
			return source.Pages(ctx, "row", "", func(page connector.Page) error {
				if len(page.Broken) > 0 {
					return page.Broken[0].Why
				}
				if err := pr.Checkpoint(ctx); err != nil {
					return err
				}
				pr.Add(int64(len(page.Records)), 0)
				for _, r := range page.Records {
					values, err := model.Values(r.Raw)
					if err != nil {
						return err
					}
					cells := make([]string, len(columns))
					for k, c := range columns {
						cells[k] = model.Plain(values[c])
					}
					if err := put(cells); err != nil {
						return err
					}
				}
				return nil
			})
		})
		return err
	})
	return out, err
}

// Lookups lists the imported tables.
func (p *Project) Lookups(ctx context.Context) (out []store.Lookup, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		out, err = tx.Lookups()
		return err
	})
	return out, err
}

// LookupRows gives rows of an imported table, from just after row number after on.
func (p *Project) LookupRows(ctx context.Context, name string, after int64, n int) (out [][]string, err error) {
	out = [][]string{}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		t, ok, err := lookupNamed(tx, name)
		if err != nil || !ok {
			return err
		}
		return tx.LookupRows(t.ID, after, n, func(_ int64, cells []string) error {
			out = append(out, cells)
			return nil
		})
	})
	return out, err
}

// RemoveLookup forgets an imported table. Rules that look into it then find nothing, and
// their check says so.
func (p *Project) RemoveLookup(ctx context.Context, name string) error {
	return p.db.Write(ctx, func(tx *store.Tx) error { return tx.RemoveLookup(name, p.Person()) })
}

func lookupNamed(tx *store.Tx, name string) (store.Lookup, bool, error) {
	all, err := tx.Lookups()
	if err != nil {
		return store.Lookup{}, false, err
	}
	for _, l := range all {
		if strings.EqualFold(l.Name, name) {
			return l, true, nil
		}
	}
	return store.Lookup{}, false, nil
}

// Program compiles a mapping as records are really transformed: with the corrections that
// are in force, and with what its rules look up in.
func (p *Project) Program(ctx context.Context, v mapping.Version, src, dst model.Schema) (*transform.Program, []*problem.Problem, error) {
	prog, found := transform.Compile(v, src, dst)
	prog.Know(src)
	if err := p.Corrected(ctx, src, prog); err != nil {
		return nil, nil, err
	}
	l, err := p.readLookups(ctx, v, prog)
	if err != nil {
		return nil, nil, err
	}
	prog.Look(l)
	tables, err := p.readTables(ctx, v)
	if err != nil {
		return nil, nil, err
	}
	prog.Tables(tables)
	return prog, found, nil
}

// lookups holds what rules look up: for each rule its values by folded key. Of several
// rows with the same key the first one counts.
type lookups map[mapping.LookupRule]map[string]string

// Find gives the value of a key.
func (l lookups) Find(rule mapping.LookupRule, key string) (string, bool) {
	v, ok := l[rule][store.Fold(strings.TrimSpace(key))]
	return v, ok
}

// readLookups reads what the rules of a mapping look up in.
func (p *Project) readLookups(ctx context.Context, v mapping.Version, prog *transform.Program) (lookups, error) {
	out := lookups{}
	for _, rule := range v.Lookups() {
		values := map[string]string{}
		put := func(key, value string) {
			k := store.Fold(strings.TrimSpace(key))
			if _, have := values[k]; !have && k != "" {
				values[k] = value
			}
		}
		var err error
		if rule.Table != "" {
			err = p.eachLookupRow(ctx, rule, put)
		} else {
			err = p.eachRecord(ctx, rule.Object, func(r model.Record) error {
				value, err := prog.Source(r)
				if err != nil {
					return nil //nolint:nilerr // a record that cannot be read is held by itself, and gives no value here
				}
				key := r.Key.ID
				if rule.Key != "" {
					key = value(rule.Key)
				}
				put(key, value(rule.Value))
				return nil
			})
		}
		if err != nil {
			return nil, err
		}
		out[rule] = values
	}
	return out, nil
}

func (p *Project) eachLookupRow(ctx context.Context, rule mapping.LookupRule, put func(key, value string)) error {
	return p.db.Read(ctx, func(tx *store.Tx) error {
		t, ok, err := lookupNamed(tx, rule.Table)
		if err != nil || !ok {
			return err
		}
		k, v := columnOf(t.Columns, rule.Key), columnOf(t.Columns, rule.Value)
		if k < 0 || v < 0 {
			return nil
		}
		return tx.LookupRows(t.ID, 0, 0, func(_ int64, cells []string) error {
			if k < len(cells) && v < len(cells) {
				put(cells[k], cells[v])
			}
			return nil
		})
	})
}

func columnOf(columns []string, name string) int {
	if i := slices.Index(columns, name); i >= 0 {
		return i
	}
	return slices.IndexFunc(columns, func(c string) bool { return strings.EqualFold(c, name) })
}

// eachRecord walks all records of an object that are in the stage, a page at a time.
func (p *Project) eachRecord(ctx context.Context, o model.Object, each func(model.Record) error) error {
	for after := int64(0); ; {
		var rows []store.Row
		err := p.db.Read(ctx, func(tx *store.Tx) (err error) {
			rows, err = tx.Records(store.Filter{Object: o}, after, 2000)
			return err
		})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return nil
		}
		after = rows[len(rows)-1].Seq
		for _, r := range rows {
			if err := each(r.Record); err != nil {
				return err
			}
		}
	}
}

// lintLookups says which look-ups of a mapping have no table, or no such column.
func (p *Project) lintLookups(ctx context.Context, v mapping.Version) ([]*problem.Problem, error) {
	all, err := p.Lookups(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(all))
	for i, l := range all {
		names[i] = l.Name
	}
	out := []*problem.Problem{}
	for _, m := range v.Objects {
		for _, f := range m.Fields {
			if f.Rule != mapping.LookUp || f.Lookup == nil || f.Lookup.Table == "" {
				continue
			}
			at := problem.Place{Object: string(m.Source), Field: f.Target, Value: f.Lookup.Table}
			i := columnOf(names, f.Lookup.Table)
			if i < 0 {
				next := "Import it under this name."
				if near := mapping.Nearest(f.Lookup.Table, names); near != "" {
					next = "Did you mean “" + near + "”? Otherwise import it under this name."
				}
				out = append(out, problem.New(mapping.CodeLookup, "There is no table “"+f.Lookup.Table+"”.", "The rule would find nothing.", next).At(at))
				continue
			}
			for _, c := range []string{f.Lookup.Key, f.Lookup.Value} {
				if columnOf(all[i].Columns, c) >= 0 || c == "" {
					continue
				}
				next := "Its columns are " + strings.Join(all[i].Columns, ", ") + "."
				if near := mapping.Nearest(c, all[i].Columns); near != "" {
					next = "Did you mean “" + near + "”?"
				}
				at.Value = c
				out = append(out, problem.New(mapping.CodeLookup, "The table “"+f.Lookup.Table+"” has no column “"+c+"”.", "The rule would find nothing.", next).At(at))
			}
		}
	}
	return out, nil
}

// LookupMiss is a key that a look-up does not find, with the number of its records.
type LookupMiss struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}

// LookupMisses finds the values of a field that a look-up does not know, the most frequent first.
func (p *Project) LookupMisses(ctx context.Context, o model.Object, field string, rule mapping.LookupRule) ([]LookupMiss, error) {
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return nil, err
	}
	v := mapping.Version{Objects: []mapping.ObjectMap{{Source: o, Fields: []mapping.FieldMap{{Rule: mapping.LookUp, Lookup: &rule, Sources: []string{field}}}}}}
	prog, _ := transform.Compile(v, src, model.Schema{})
	prog.Know(src)
	l, err := p.readLookups(ctx, v, prog)
	if err != nil {
		return nil, err
	}
	counts, err := p.ValueCounts(ctx, o, field)
	if err != nil {
		return nil, err
	}
	out := []LookupMiss{}
	for _, c := range counts {
		if _, ok := l.Find(rule, c.Value); !ok {
			out = append(out, LookupMiss(c))
		}
	}
	return out, nil
}

var _ transform.Lookups = lookups(nil)
