package project

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Validation is what became of everything that is staged when it was transformed for the
// frozen target without sending anything.
type Validation struct {
	ID int64        `json:"id"`
	At string       `json:"at"`
	By model.Person `json:"by"`
	// Mapping and Shape are the hashes of what was tried; Frozen says that the target's
	// shape was frozen before.
	Mapping string `json:"mapping"`
	Shape   string `json:"shape"`
	Frozen  bool   `json:"frozen"`
	// Ready and Held records, and Errors: the problems of all held records together.
	Ready  int64 `json:"ready"`
	Held   int64 `json:"held"`
	Errors int64 `json:"errors"`
	// Before is the validation before this one; nil: this is the first.
	Before  *ValidationCounts  `json:"before,omitempty"`
	Objects []ValidatedObject  `json:"objects"`
	Groups  []ValidationGroup  `json:"groups"`
	Losses  []ValidationLoss   `json:"losses"`
	Lint    []*problem.Problem `json:"lint"`
}

// ValidationCounts are the figures of an earlier validation.
type ValidationCounts struct {
	ID     int64  `json:"id"`
	At     string `json:"at"`
	Ready  int64  `json:"ready"`
	Held   int64  `json:"held"`
	Errors int64  `json:"errors"`
}

// ValidatedObject counts the records that go one way.
type ValidatedObject struct {
	Object model.Object `json:"object"`
	Target model.Object `json:"target"`
	Ready  int64        `json:"ready"`
	Held   int64        `json:"held"`
}

// ValidationGroup is the held records that one repair would free.
type ValidationGroup struct {
	// Part numbers the group, for ValidationRecords.
	Part   int          `json:"part"`
	Object model.Object `json:"object"`
	Code   string       `json:"code"`
	Field  string       `json:"field"`
	// Kind of the mistake in one word: required, option, length, type, link, formula, check,
	// person, look_up, undecided, condition, twice, privacy, rule or other.
	Kind  string `json:"kind"`
	Count int64  `json:"count"`
	// Before is how many it were in the validation before.
	Before  int64                `json:"before"`
	Problem *problem.Problem     `json:"problem"`
	Values  []mapping.ValueCount `json:"values"`
	// Examples are ids of records.
	Examples []string `json:"examples"`
}

// ValidationLoss is something that the target would not keep, although it takes the record.
type ValidationLoss struct {
	Code     string       `json:"code"`
	Object   model.Object `json:"object"`
	Field    string       `json:"field"`
	Count    int64        `json:"count"`
	What     string       `json:"what"`
	Examples []string     `json:"examples"`
}

// LossDigits says that the target keeps fewer digits after the point (P-62).
const LossDigits = "digits_cut"

// kindOfMistake sorts codes into what people repair in the same way.
func kindOfMistake(code problem.Code) string {
	c := string(code)
	for _, k := range []struct{ part, kind string }{
		{"required", "required"},
		{"transform.empty", "required"},
		{"unknown_value", "option"},
		{"several_values", "option"},
		{"too_long", "length"},
		{"transform.date", "type"},
		{"transform.number", "type"},
		{"transform.bool", "type"},
		{"transform.email", "type"},
		{"link", "link"},
		{"formula", "formula"},
		{"transform.check", "check"},
		{"transform.person", "person"},
		{"not_found", "look_up"},
		{"undecided", "undecided"},
		{"condition", "condition"},
		{"not_mapped", "condition"},
		{"same_value", "twice"},
		{"visibility", "privacy"},
		{"transform.rule", "rule"},
	} {
		if strings.Contains(c, k.part) {
			return k.kind
		}
	}
	return "other"
}

const (
	validationPage     = 2000
	validationValues   = 200 // different values that are counted for each group
	validationShown    = 20
	validationExamples = 5
)

type groupKey struct {
	object      model.Object
	code, field string
}

// validator collects what a dry validation finds.
type validator struct {
	out     Validation
	target  model.Schema
	objects map[[2]model.Object]*ValidatedObject
	groups  map[groupKey]*ValidationGroup
	values  map[groupKey]map[string]int64
	losses  map[groupKey]*ValidationLoss
	held    map[groupKey][]int64
}

// Validate transforms everything that waits or is held for the frozen target, without
// sending anything: the working copy with mapping version 0, else that version. The result
// is kept. It can be cancelled and shows its progress.
func (p *Project) Validate(ctx context.Context, version int, pr *job.Progress) (Validation, error) {
	v, err := p.Working(ctx)
	if version > 0 {
		v, _, err = p.Accepted(ctx, version)
	}
	if err != nil {
		return Validation{}, err
	}
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return Validation{}, err
	}
	dst, frozen, err := p.FrozenSchema(ctx)
	if err != nil {
		return Validation{}, err
	}
	prog, _, err := p.Program(ctx, v, src, dst)
	if err != nil {
		return Validation{}, err
	}
	choices, err := p.Choices(ctx)
	if err != nil {
		return Validation{}, err
	}
	(&load.Job{Program: prog, Choices: choices}).Ease()
	lint, err := p.Lint(ctx, v)
	if err != nil {
		return Validation{}, err
	}
	x := &validator{
		out:    Validation{By: p.Person(), Mapping: v.Hash(), Shape: ShapeHash(dst), Frozen: frozen, Objects: []ValidatedObject{}, Groups: []ValidationGroup{}, Losses: []ValidationLoss{}, Lint: lint},
		target: dst, objects: map[[2]model.Object]*ValidatedObject{}, groups: map[groupKey]*ValidationGroup{}, values: map[groupKey]map[string]int64{}, losses: map[groupKey]*ValidationLoss{}, held: map[groupKey][]int64{},
	}
	objects := []model.Object{}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.Objects()
		for _, o := range all {
			if _, ok := prog.Target(o); !ok {
				continue
			}
			n, err := tx.Count(store.Filter{Object: o, Retry: true})
			if err != nil {
				return err
			}
			objects = append(objects, o)
			pr.Stage("check "+string(o), n)
		}
		return err
	})
	if err != nil {
		return x.out, err
	}
	dry := load.NewDry(prog, dst)
	for _, o := range objects {
		pr.Enter("check " + string(o))
		for after := int64(0); ; {
			if err := pr.Checkpoint(ctx); err != nil {
				return x.out, err
			}
			var rows []store.Row
			var drafts []model.Draft
			var found, links [][]*problem.Problem
			err := p.db.Read(ctx, func(tx *store.Tx) (err error) {
				if rows, err = tx.Records(store.Filter{Object: o, Retry: true}, after, validationPage); err != nil || len(rows) == 0 {
					return err
				}
				if err := tx.Links(rows); err != nil {
					return err
				}
				drafts, found = applyAll(rows, func(r model.Record) (model.Draft, []*problem.Problem) {
					d, why := prog.Apply(r)
					d.Source = r.Key
					return d, why
				})
				links, err = dry.Links(tx, drafts)
				return err
			})
			if err != nil {
				return x.out, err
			}
			if len(rows) == 0 {
				break
			}
			after = rows[len(rows)-1].Seq
			for i, r := range rows {
				why := append(found[i], links[i]...)
				if len(why) == 0 {
					if clash := dry.Clash(drafts[i]); clash != nil {
						why = append(why, clash)
					}
				}
				target := drafts[i].Object
				if target == "" {
					target, _ = prog.Target(o)
				}
				x.take(r, target, drafts[i], why)
			}
			pr.Add(int64(len(rows)), 0)
		}
	}
	return p.keepValidation(ctx, x)
}

// applyAll transforms records side by side; the answers stand in their order.
func applyAll(rows []store.Row, apply func(model.Record) (model.Draft, []*problem.Problem)) ([]model.Draft, [][]*problem.Problem) {
	drafts, found := make([]model.Draft, len(rows)), make([][]*problem.Problem, len(rows))
	workers := max(runtime.GOMAXPROCS(0), 1)
	size := (len(rows) + workers - 1) / workers
	var wg sync.WaitGroup
	for from := 0; from < len(rows); from += size {
		wg.Go(func() {
			for i := from; i < min(from+size, len(rows)); i++ {
				drafts[i], found[i] = apply(rows[i].Record)
			}
		})
	}
	wg.Wait()
	return drafts, found
}

// take counts one record.
func (x *validator) take(r store.Row, target model.Object, d model.Draft, why []*problem.Problem) {
	o := r.Record.Key.Object
	k := [2]model.Object{o, target}
	line := x.objects[k]
	if line == nil {
		line = &ValidatedObject{Object: o, Target: target}
		x.objects[k] = line
	}
	if len(why) == 0 {
		line.Ready++
		x.out.Ready++
		x.digits(o, d)
		return
	}
	line.Held++
	x.out.Held++
	x.out.Errors += int64(len(why))
	first := why[0]
	at := groupKey{o, string(first.Code), first.Where.Field}
	g := x.groups[at]
	if g == nil {
		g = &ValidationGroup{Object: o, Code: at.code, Field: at.field, Kind: kindOfMistake(first.Code), Problem: first, Values: []mapping.ValueCount{}, Examples: []string{}}
		x.groups[at] = g
		x.values[at] = map[string]int64{}
	}
	g.Count++
	if len(g.Examples) < validationExamples {
		g.Examples = append(g.Examples, r.Record.Key.ID)
	}
	if v := first.Where.Value; v != "" && (len(x.values[at]) < validationValues || x.values[at][v] > 0) {
		x.values[at][v]++
	}
	x.held[at] = append(x.held[at], r.Seq)
}

// digits forecasts numbers of which the target cuts the end (P-62).
func (x *validator) digits(o model.Object, d model.Draft) {
	shape, _ := x.target.Object(d.Object)
	for _, f := range shape.Fields {
		if f.Decimals == 0 || f.Type != model.Number {
			continue
		}
		v, ok := d.Fields[f.Name]
		if !ok {
			continue
		}
		_, after, _ := strings.Cut(model.Plain(v), ".")
		if len(strings.TrimRight(after, "0")) <= f.Decimals {
			continue
		}
		at := groupKey{o, LossDigits, f.Name}
		l := x.losses[at]
		if l == nil {
			name := cmp.Or(f.Title, f.Name)
			l = &ValidationLoss{Code: LossDigits, Object: o, Field: f.Name, Examples: []string{}, What: "“" + name + fmt.Sprintf("” keeps only %d digits after the point in the target; the rest is cut.", f.Decimals)}
			x.losses[at] = l
		}
		l.Count++
		if len(l.Examples) < validationExamples {
			l.Examples = append(l.Examples, d.Source.ID)
		}
	}
}

// keepValidation puts what was found in order, compares it with the last one, and keeps it.
func (p *Project) keepValidation(ctx context.Context, x *validator) (Validation, error) {
	for _, o := range x.objects {
		x.out.Objects = append(x.out.Objects, *o)
	}
	slices.SortFunc(x.out.Objects, func(a, b ValidatedObject) int {
		return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.Target, b.Target))
	})
	for k, g := range x.groups {
		for v, n := range x.values[k] {
			g.Values = append(g.Values, mapping.ValueCount{Value: v, Count: n})
		}
		slices.SortFunc(g.Values, func(a, b mapping.ValueCount) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
		})
		g.Values = g.Values[:min(len(g.Values), validationShown)]
		x.out.Groups = append(x.out.Groups, *g)
	}
	slices.SortFunc(x.out.Groups, func(a, b ValidationGroup) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Field, b.Field))
	})
	held := map[int][]int64{}
	for i := range x.out.Groups {
		g := &x.out.Groups[i]
		g.Part = i + 1
		held[g.Part] = x.held[groupKey{g.Object, g.Code, g.Field}]
	}
	for _, l := range x.losses {
		x.out.Losses = append(x.out.Losses, *l)
	}
	slices.SortFunc(x.out.Losses, func(a, b ValidationLoss) int {
		return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.Field, b.Field))
	})
	last, ok, err := p.LastValidation(ctx)
	if err != nil {
		return x.out, err
	}
	if ok {
		x.out.Before = &ValidationCounts{ID: last.ID, At: last.At, Ready: last.Ready, Held: last.Held, Errors: last.Errors}
		for i := range x.out.Groups {
			for _, g := range last.Groups {
				if a := &x.out.Groups[i]; a.Object == g.Object && a.Code == g.Code && a.Field == g.Field {
					a.Before = g.Count
				}
			}
		}
	}
	body, err := json.Marshal(x.out)
	if err != nil {
		return x.out, err
	}
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		d, err := tx.SaveDry(store.Dry{By: x.out.By, Mapping: x.out.Mapping, Shape: x.out.Shape, Body: string(body)}, held)
		x.out.ID, x.out.At = d.ID, d.At
		return err
	})
	return x.out, err
}

// Validations lists the kept dry validations, newest first.
func (p *Project) Validations(ctx context.Context, n int) ([]Validation, error) {
	var dries []store.Dry
	err := p.db.Read(ctx, func(tx *store.Tx) (err error) {
		dries, err = tx.Dries(n)
		return err
	})
	out := make([]Validation, 0, len(dries))
	for _, d := range dries {
		var v Validation
		if err := json.Unmarshal([]byte(d.Body), &v); err != nil {
			return nil, err
		}
		v.ID, v.At, v.By = d.ID, d.At, d.By
		out = append(out, v)
	}
	return out, err
}

// LastValidation is the newest dry validation; ok is false when there was none.
func (p *Project) LastValidation(ctx context.Context) (Validation, bool, error) {
	all, err := p.Validations(ctx, 1)
	if err != nil || len(all) == 0 {
		return Validation{}, false, err
	}
	return all[0], true, nil
}

// ValidationRecords gives the records behind a group of the newest validation, by their
// place in the stage, from just after one on (invariant 13).
func (p *Project) ValidationRecords(ctx context.Context, id int64, part int, after int64, n int) (rows []store.Row, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		seqs, err := tx.DryHeld(id, part, after, n)
		if err != nil {
			return err
		}
		rows = make([]store.Row, 0, len(seqs))
		for _, s := range seqs {
			row, err := tx.RecordAt(s)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}
