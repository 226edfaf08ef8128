package api

import (
	"context"
	"strings"
	"unicode"

	"waybill/backend/clean"
	"waybill/backend/model"
	"waybill/backend/profile"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Records shows what was read: the inventory, lists behind every number, single records.
type Records struct{ s *session }

const (
	firstColumns = 5
	mostColumns  = 12
	clipCell     = 200
)

// suspects gives the test of filters that the store cannot answer; nil for the others.
func suspects(tx *store.Tx, q store.Filter, f Filter, shape model.ObjectSchema) (func(string) bool, error) {
	switch f.Op {
	case "year":
		age, _ := shape.Field(f.Field)
		age.Name = f.Field
		return func(v string) bool { return profile.Year(v, age) == f.Value }, nil
	case "finding":
		profiles, err := profile.Load(tx)
		if err != nil {
			return nil, err
		}
		for _, o := range profiles {
			for _, x := range o.Fields {
				if o.Object == q.Object && x.Name == f.Field {
					if fits := profile.Suspects(f.Value, x, o.At); fits != nil {
						return fits, nil
					}
				}
			}
		}
		return func(string) bool { return false }, nil
	}
	return nil, nil
}

// hits lists the records that a rule of cleaning would hit, once until something changes.
func (r *Records) hits(p *project.Project, rule string) ([]int64, error) {
	s := r.s
	s.mu.Lock()
	found, ok := s.hits[rule]
	s.mu.Unlock()
	if ok {
		return found, nil
	}
	src, err := p.Schema(s.ctx, project.Source)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.HasPrefix(rule, dryPrefix):
		found, err = dryHits(s.ctx, p, rule)
	case strings.HasPrefix(rule, laterPrefix):
		found, err = laterHits(s.ctx, p, rule)
	default:
		found, err = clean.Hits(s.ctx, p.DB(), src, rule)
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.hits[rule] = found
	s.mu.Unlock()
	return found, nil
}

// total counts the records of a filter, once until something changes.
func (r *Records) total(tx *store.Tx, q store.Filter, f Filter) (Figure, error) {
	s := r.s
	key := filterKey(f)
	s.mu.Lock()
	n, ok := s.counts[key]
	s.mu.Unlock()
	if ok {
		return figure(n, f), nil
	}
	n, err := count(tx, q, f)
	if err != nil {
		return Figure{}, err
	}
	if p := s.current(); p != nil {
		if _, busy := p.Jobs.Current(); busy {
			return figure(n, f), nil // it changes all the time
		}
	}
	s.mu.Lock()
	s.counts[key] = n
	s.mu.Unlock()
	return figure(n, f), nil
}

func count(tx *store.Tx, q store.Filter, f Filter) (int64, error) {
	if f.Op != "year" && f.Op != "finding" {
		return tx.Count(q)
	}
	profiles, err := profile.Load(tx)
	if err != nil {
		return 0, err
	}
	for _, o := range profiles {
		if o.Object != q.Object {
			continue
		}
		for _, a := range o.Ages {
			if f.Op == "year" && a.Year == f.Value {
				return a.Count, nil
			}
		}
		if f.Op == "finding" {
			n, _ := profile.Counted(o, f.Value, f.Field) // what the profile does not know counts nothing
			return n, nil
		}
	}
	return 0, nil
}

func sourceShape(ctx context.Context, p *project.Project, o model.Object) (model.ObjectSchema, error) {
	schema, err := p.Schema(ctx, project.Source)
	if err != nil {
		return model.ObjectSchema{}, err
	}
	shape, ok := schema.Object(o)
	if !ok {
		shape = model.ObjectSchema{Object: o, Title: title(o)}
	}
	return shape, nil
}

// columnsFor gives the columns that were chosen, or the first ones that tell records apart.
func columnsFor(ctx context.Context, p *project.Project, shape model.ObjectSchema, chosen []string) ([]string, error) {
	if len(chosen) > 0 {
		return chosen[:min(len(chosen), mostColumns)], nil
	}
	profiles, err := p.Profiles(ctx)
	if err != nil {
		return nil, err
	}
	empty := map[string]bool{}
	for _, o := range profiles {
		for _, f := range o.Fields {
			if o.Object == shape.Object && f.Filled == 0 {
				empty[f.Name] = true
			}
		}
	}
	out := []string{}
	for _, f := range shape.Fields {
		switch f.Type {
		case model.LongText, model.HTML, model.JSONType, model.FileType:
			continue
		}
		if f.Name == shape.Name || f.Unique || empty[f.Name] || len(out) == firstColumns {
			continue
		}
		out = append(out, f.Name)
	}
	return out, nil
}

func recordRow(tx *store.Tx, row store.Row, columns []string) (RecordRow, error) {
	out := RecordRow{ID: row.Record.Key.ID, Name: row.Name, Fate: row.Fate.String(), Place: row.Record.Place, Cells: make([]string, len(columns))}
	if values, err := model.Values(row.Record.Raw); err == nil { // a broken row has no cells
		for i, c := range columns {
			out.Cells[i] = clip(model.Plain(values[c]), clipCell)
		}
	}
	var err error
	if out.Why, err = fateWhy(tx, row); err != nil {
		return out, err
	}
	out.TargetID, _, err = sentAs(tx, row.Seq)
	return out, err
}

// sentAs gives a record's number in the target, when it is there, and its ledger line.
func sentAs(tx *store.Tx, seq int64) (id string, line store.LedgerLine, err error) {
	line, ok, err := tx.LedgerOf(seq)
	if err != nil || !ok || (line.State != store.LedgerCreated && line.State != store.LedgerExisted) {
		return "", line, err
	}
	return line.ID, line, nil
}

// fateWhy says why a record has its fate.
func fateWhy(tx *store.Tx, row store.Row) (string, error) {
	switch row.Fate {
	case model.Held:
		why, err := tx.WhyHeld(row.Seq)
		if err != nil || len(why) == 0 {
			return "", err
		}
		return why[0].Problem.What, nil
	case model.Merged, model.Archived, model.LeftOut:
		into := ""
		if row.Survivor != 0 {
			s, err := tx.RecordAt(row.Survivor)
			if err != nil {
				return "", err
			}
			into = " It lives on in " + s.Record.Key.Object.Word() + " " + s.Record.Key.ID + "."
		}
		if row.Decision == 0 {
			if row.RepeatOf != "" {
				return "The same row came twice." + into, nil
			}
			return "", nil
		}
		d, err := tx.Decision(row.Decision)
		if err != nil {
			return "", err
		}
		return d.Title + "." + into, nil
	}
	return "", nil
}

// clip keeps a cell short and on one line.
func clip(s string, n int) string {
	out, length := make([]rune, 0, min(len(s), n)), 0
	for _, r := range s {
		if length++; length > n {
			return string(out) + "…"
		}
		if unicode.IsSpace(r) {
			r = ' '
		}
		out = append(out, r)
	}
	return string(out)
}
