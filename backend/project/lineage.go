package project

import (
	"cmp"
	"context"

	"waybill/backend/check"
	"waybill/backend/clean"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// Lineage says where the values of one record of the target come from.
type Lineage struct {
	Object model.Object `json:"object"`
	ID     string       `json:"id"`
	Name   string       `json:"name"`
	Fate   string       `json:"fate"`
	// Target and TargetID are what it became; the id is empty until it was sent.
	Target   model.Object `json:"target"`
	TargetID string       `json:"target_id"`
	// Run that sent it last, and when; 0: none yet.
	Run     int64  `json:"run"`
	RunKind string `json:"run_kind"`
	SentAt  string `json:"sent_at"`
	// Version of the mapping that made it, with who accepted it, when and why. 0: the
	// working copy, for what was not sent yet and has no accepted mapping.
	Version   int          `json:"version"`
	MappedBy  model.Person `json:"mapped_by"`
	MappedAt  string       `json:"mapped_at"`
	MappedWhy string       `json:"mapped_why"`
	// Changed: the source changed the record after it was sent; values are as they are now.
	Changed bool           `json:"changed"`
	Fields  []FieldLineage `json:"fields"`
}

// FieldLineage says where the value of one target field comes from.
type FieldLineage struct {
	Field    string           `json:"field"`
	Title    string           `json:"title"`
	RuleKind mapping.RuleKind `json:"rule_kind"`
	// Rule in words, and who is responsible for it.
	Rule    string          `json:"rule"`
	Owner   string          `json:"owner"`
	Sources []SourceLineage `json:"sources"`
	// Value as it was meant to arrive; Empty: the field stays empty.
	Value string `json:"value"`
	Empty bool   `json:"empty"`
	// Read back by the last check: what the target had, when, and whether it is what was meant.
	Checked   bool   `json:"checked"`
	CheckedAt string `json:"checked_at"`
	Found     string `json:"found"`
	AsMeant   bool   `json:"as_meant"`
	// Problem for which the record is held, if any.
	Problem *problem.Problem `json:"problem,omitempty"`
}

// SourceLineage is one value of the source and what was corrected about it.
type SourceLineage struct {
	Field string `json:"field"`
	Title string `json:"title"`
	// Raw as the source gave it, Value as the rule saw it.
	Raw         string       `json:"raw"`
	Value       string       `json:"value"`
	Corrections []Correction `json:"corrections"`
}

// Correction that applied to a value.
type Correction struct {
	Decision int64        `json:"decision"`
	Title    string       `json:"title"`
	Why      string       `json:"why"`
	By       model.Person `json:"by"`
	At       string       `json:"at"`
}

// Lineage says where the values of a record come from; of one target field, or with an
// empty field of all of them. The record is named as the source names it.
func (p *Project) Lineage(ctx context.Context, o model.Object, id, field string) (out Lineage, err error) {
	var row store.Row
	var line store.LedgerLine
	var sent bool
	var decisions []store.Decision
	var fixes []store.Fix
	out = Lineage{Object: o, ID: id, Fields: []FieldLineage{}}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		if row, err = tx.Record(model.Key{Object: o, ID: id}); err != nil {
			return err
		}
		page := []store.Row{row}
		if err := tx.Links(page); err != nil {
			return err
		}
		row = page[0]
		if line, sent, err = tx.LedgerOf(row.Seq); err != nil {
			return err
		}
		changes, err := tx.ChangesAt([]int64{row.Seq})
		if err != nil {
			return err
		}
		_, out.Changed = changes[row.Seq]
		if decisions, err = tx.Corrections(); err != nil {
			return err
		}
		fixes, err = tx.FixesOf(row.Seq)
		return err
	})
	if err != nil {
		return out, err
	}
	out.Name, out.Fate = row.Name, row.Fate.String()
	sent = sent && (line.State == store.LedgerCreated || line.State == store.LedgerExisted)
	v, err := p.madeBy(ctx, &out, line, sent)
	if err != nil {
		return out, err
	}
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return out, err
	}
	dst, err := p.Schema(ctx, Target)
	if err != nil {
		return out, err
	}
	prog, _, err := p.Program(ctx, v, src, dst)
	if err != nil {
		return out, err
	}
	if out.Target == "" {
		out.Target, _, _ = prog.Route(row.Record) // why it goes nowhere is each field's problem
	}
	m, ok := v.BranchMap(o, out.Target)
	if !ok {
		m, ok = v.BranchMap(o, "")
	}
	if !ok || m.Target == "" {
		return out, nil
	}
	raw, err := transform.New(src).Source(row.Record)
	if err != nil {
		return out, err
	}
	so, _ := src.Object(o)
	do, _ := dst.Object(m.Target)
	for _, f := range m.Fields {
		if field != "" && f.Target != field {
			continue
		}
		t, _ := do.Field(f.Target)
		e := prog.Explain(row.Record, f.Target)
		x := FieldLineage{
			Field: f.Target, Title: cmp.Or(t.Title, f.Target), RuleKind: f.Rule, Rule: e.Rule, Owner: f.Owner, Sources: []SourceLineage{},
			Value: e.Result, Empty: e.Empty, Problem: e.Problem,
		}
		for _, s := range e.Sources {
			x.Sources = append(x.Sources, SourceLineage{
				Field: s.Field, Title: s.Title, Raw: raw(s.Field), Value: s.Value, Corrections: correctionsOf(o, so, s.Field, decisions, fixes, raw(s.Field) != s.Value),
			})
		}
		out.Fields = append(out.Fields, x)
	}
	if field != "" && len(out.Fields) == 0 {
		return out, problem.New("lineage.no_field", "No rule of the mapping fills this field.", "It stays as the target makes it.", "Choose one of the mapped fields.").At(problem.Place{Object: string(o), Field: field})
	}
	return out, p.readBack(ctx, &out, row.Seq, sent)
}

// madeBy finds the mapping that made a record, and says so.
func (p *Project) madeBy(ctx context.Context, out *Lineage, line store.LedgerLine, sent bool) (v mapping.Version, err error) {
	number := 0
	if sent {
		out.Target, out.TargetID, out.Run, out.SentAt = line.Target, line.ID, line.Run, line.At
		err := p.db.Read(ctx, func(tx *store.Tx) error {
			run, err := tx.Run(line.Run)
			if err != nil {
				return err
			}
			out.RunKind = run.Kind
			if run.Plan == 0 {
				return nil
			}
			plan, err := tx.Plan(run.Plan)
			number = plan.Mapping
			return err
		})
		if err != nil {
			return v, err
		}
	}
	v, n, err := p.Accepted(ctx, number)
	if problem.Is(err, "mapping.none") {
		return p.Working(ctx)
	}
	if err != nil {
		return v, err
	}
	out.Version = n
	return v, p.db.Read(ctx, func(tx *store.Tx) error {
		m, err := tx.Mapping(n)
		out.MappedBy, out.MappedAt, out.MappedWhy = m.By, m.At, m.Reason
		return err
	})
}

// correctionsOf lists the corrections of one source field that may have changed a record's
// value: those for all records when it differs from what the source gave, and what was
// decided about this one.
func correctionsOf(o model.Object, so model.ObjectSchema, field string, decisions []store.Decision, fixes []store.Fix, differs bool) []Correction {
	out := []Correction{}
	one := map[int64]bool{}
	for _, f := range fixes {
		if f.Field == field {
			one[f.Decision] = true
		}
	}
	for _, d := range decisions {
		s, err := clean.SpecOf(d)
		general := err == nil && s.Object == o && s.Field == field && s.How != clean.HowOwner && differs
		if !general && !one[d.ID] {
			continue
		}
		out = append(out, Correction{Decision: d.ID, Title: d.Title, Why: d.Why, By: d.By, At: d.At})
	}
	return out
}

// readBack adds what the last check found, where it looked after the record was sent.
func (p *Project) readBack(ctx context.Context, out *Lineage, seq int64, sent bool) error {
	if !sent {
		return nil
	}
	return p.db.Read(ctx, func(tx *store.Tx) error {
		c, ok, err := tx.LastChecking()
		if err != nil || !ok || c.At < out.SentAt {
			return err
		}
		found, err := tx.DifferencesOf(c.ID, seq)
		if err != nil {
			return err
		}
		missing := false
		by := map[string]store.Difference{}
		for _, d := range found {
			missing = missing || d.Code == check.Arrived
			by[d.Field] = d
		}
		for i := range out.Fields {
			f := &out.Fields[i]
			f.Checked, f.CheckedAt, f.AsMeant, f.Found = true, c.At, true, f.Value
			if d, differs := by[f.Field]; differs {
				f.AsMeant, f.Found = false, d.Found
			} else if missing {
				f.AsMeant, f.Found = false, ""
			}
		}
		return nil
	})
}
