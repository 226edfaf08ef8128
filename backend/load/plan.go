package load

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"sort"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Summary of a plan: what a run will do, before it does anything.
type Summary struct {
	Objects     []Object `json:"objects"`
	Losses      []Loss   `json:"losses"`
	Requests    int64    `json:"requests"`
	LowS        int64    `json:"low_s"`
	HighS       int64    `json:"high_s"`
	Fingerprint string   `json:"fingerprint"`
	Target      string   `json:"target"`
	Quiet       bool     `json:"quiet"`
	// Conflicts are records that people edited in the target meanwhile; Gone were deleted
	// or merged at the source. Both have a choice for each.
	Conflicts int64 `json:"conflicts"`
	Gone      int64 `json:"gone"`
}

// Object is the plan of one source object.
type Object struct {
	Object model.Object `json:"object"`
	Target model.Object `json:"target"`
	Create int64        `json:"create"`
	Update int64        `json:"update"`
	Skip   int64        `json:"skip"`
	Hold   int64        `json:"hold"`
	// Unchanged at the target although the source's record changed: it needs no write.
	Unchanged int64 `json:"unchanged"`
	// Delete counts what was deleted at the source and is to be deleted in the target too.
	Delete int64 `json:"delete"`
}

// Loss is something that the target will not have, from the user's own data.
type Loss struct {
	Code   string       `json:"code"`
	Object model.Object `json:"object"`
	Field  string       `json:"field"`
	Count  int64        `json:"count"`
}

const planPage = 500

// Plan works out, record by record, what a run would do, and stores it. Nothing is
// written to the target.
func Plan(ctx context.Context, j *Job, scope string, p *job.Progress) (store.Plan, Summary, error) {
	sum := Summary{Objects: []Object{}, Losses: []Loss{}, Fingerprint: j.Fingerprint, Target: j.Target.Kind.Title, Quiet: j.Target.Kind.Caps.Quiet}
	var plan store.Plan
	var objects []model.Object
	counts := map[model.Object]int64{}
	err := j.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if objects, err = tx.Objects(); err != nil {
			return err
		}
		for _, o := range objects {
			if counts[o], err = tx.Count(store.Filter{Object: o, Retry: true}); err != nil {
				return err
			}
		}
		plan, err = tx.NewPlan(store.Plan{By: j.By, Scope: scope, Mapping: j.Mapping})
		return err
	})
	if err != nil {
		return plan, sum, err
	}
	ordered := j.order(objects)
	for _, o := range ordered {
		p.Stage(string(o), counts[o])
	}
	losses := map[Loss]int64{}
	taken := map[model.Object]*uniques{} // by object of the target: two objects of the source may become one
	for _, o := range ordered {
		p.Enter(string(o))
		target, _ := j.Program.Target(o)
		line := Object{Object: o, Target: target}
		if taken[target] == nil {
			taken[target] = newUniques(j.Target.Schema, target)
			if err := j.rememberSent(ctx, ordered, target, taken[target], p); err != nil {
				return plan, sum, fmt.Errorf("plan %s: %w", o, err)
			}
		}
		if err := j.planObject(ctx, plan.ID, o, &line, taken[target], losses, p); err != nil {
			return plan, sum, fmt.Errorf("plan %s: %w", o, err)
		}
		sum.Objects = append(sum.Objects, line)
	}
	for l, n := range losses {
		l.Count = n
		sum.Losses = append(sum.Losses, l)
	}
	sort.Slice(sum.Losses, func(a, b int) bool {
		x, y := sum.Losses[a], sum.Losses[b]
		return fmt.Sprint(x.Object, x.Code, x.Field) < fmt.Sprint(y.Object, y.Code, y.Field)
	})
	j.forecast(&sum)
	body, err := json.Marshal(sum)
	if err != nil {
		return plan, sum, err
	}
	plan.Body = string(body)
	return plan, sum, j.DB.Write(ctx, func(tx *store.Tx) error { return tx.FinishPlan(plan) })
}

// forecast says how many requests the plan needs, and how long they take as a range.
func (j *Job) forecast(s *Summary) {
	caps := j.Target.Kind.Caps
	batch := int64(max(caps.Batch, 1))
	for _, o := range s.Objects {
		per := batch
		if j.fileField(o.Target) {
			per = 1
		}
		s.Requests += (o.Create + per - 1) / per
	}
	if s.Requests == 0 {
		return
	}
	if caps.PerMinute > 0 {
		low := float64(s.Requests) * 60 / float64(caps.PerMinute)
		s.LowS, s.HighS = int64(math.Ceil(low)), int64(math.Ceil(low*1.25))
		return
	}
	// Without a limit the answer time decides: 20 to 300 ms a request, by experience.
	parallel := float64(max(caps.Parallel, 1))
	s.LowS, s.HighS = int64(math.Ceil(float64(s.Requests)*0.02/parallel)), int64(math.Ceil(float64(s.Requests)*0.3/parallel))
}

func (j *Job) planObject(ctx context.Context, plan int64, o model.Object, line *Object, unique *uniques, losses map[Loss]int64, p *job.Progress) error {
	after := int64(0)
	for {
		if err := p.Checkpoint(ctx); err != nil {
			return err
		}
		var n int
		err := j.DB.Write(ctx, func(tx *store.Tx) error {
			rows, err := tx.Records(store.Filter{Object: o, Retry: true}, after, planPage)
			if err != nil || len(rows) == 0 {
				return err
			}
			if err := tx.Links(rows); err != nil {
				return err
			}
			items, err := j.planPage(tx, plan, rows, unique, line, losses)
			if err != nil {
				return err
			}
			n, after = len(rows), rows[len(rows)-1].Seq
			return tx.PutPlanItems(plan, o, items)
		})
		if err != nil || n == 0 {
			return err
		}
		p.Add(int64(n), 0)
	}
}

func (j *Job) planPage(tx *store.Tx, plan int64, rows []store.Row, unique *uniques, line *Object, losses map[Loss]int64) ([]store.PlanItem, error) {
	drafts := make([]model.Draft, len(rows))
	held := make([][]*problem.Problem, len(rows))
	for i, row := range rows {
		var err error
		if drafts[i], held[i], err = j.draft(tx, row); err != nil {
			return nil, err
		}
	}
	spots, err := tx.Resolve(refsOf(drafts), plan)
	if err != nil {
		return nil, err
	}
	lost, err := tx.OutcomeUnknown(line.Object)
	if err != nil {
		return nil, err
	}
	items := make([]store.PlanItem, 0, len(rows))
	for i, row := range rows {
		d, why := drafts[i], held[i]
		if lost[row.Seq] {
			why = []*problem.Problem{outcomeUnknown(row.Record.Key)}
		}
		dropped := []string{}
		if len(why) == 0 {
			for _, l := range d.Links {
				_, keep, p := settleLink(l, spots, func(s store.Spot) bool { return s.TargetID != "" || s.Action == store.ActCreate })
				switch {
				case p != nil:
					w := p.Where
					w.Object, w.Record = string(row.Record.Key.Object), row.Record.Key.ID
					why = append(why, p.At(w))
				case !keep:
					dropped = append(dropped, l.Field)
				}
			}
		}
		if len(why) == 0 {
			if p := unique.clash(d); p != nil {
				why = append(why, p)
			}
		}
		if len(why) > 0 {
			items = append(items, store.PlanItem{Seq: row.Seq, Action: store.ActHold, Problems: why})
			line.Hold++
			continue
		}
		hash, err := hashOf(d)
		if err != nil {
			return nil, err
		}
		for _, f := range dropped {
			losses[Loss{Code: "link.left_empty", Object: d.Source.Object, Field: f}]++
		}
		items = append(items, store.PlanItem{Seq: row.Seq, Action: store.ActCreate, Draft: hash})
		line.Create++
	}
	return items, nil
}

// uniques finds records that the target would refuse because it already has, or
// will have, another one with the same value.
type uniques struct {
	fields []model.Field
	seen   map[string]map[[16]byte]string
}

func newUniques(s model.Schema, o model.Object) *uniques {
	u := &uniques{seen: map[string]map[[16]byte]string{}}
	shape, _ := s.Object(o)
	for _, f := range shape.Fields {
		if f.Unique {
			u.fields = append(u.fields, f)
			u.seen[f.Name] = map[[16]byte]string{}
		}
	}
	return u
}

// rememberSent fills in the values of what is in the target already.
func (j *Job) rememberSent(ctx context.Context, objects []model.Object, target model.Object, u *uniques, p *job.Progress) error {
	if len(u.fields) == 0 {
		return nil
	}
	for _, o := range objects {
		if t, _ := j.Program.Target(o); t != target {
			continue
		}
		for after := int64(0); ; {
			if err := p.Checkpoint(ctx); err != nil {
				return err
			}
			n := 0
			err := j.DB.Read(ctx, func(tx *store.Tx) error {
				lines, err := tx.Sent(o, after, planPage)
				if err != nil || len(lines) == 0 {
					return err
				}
				n, after = len(lines), lines[len(lines)-1].Seq
				items := make([]store.PlanItem, n)
				for i, l := range lines {
					items[i].Seq = l.Seq
				}
				rows, err := tx.RowsAt(o, items)
				if err != nil {
					return err
				}
				for _, row := range rows {
					d, _ := j.Program.Apply(row.Record) // what is there was drafted once
					d.Source = row.Record.Key
					_ = u.clash(d) // only to remember its values
				}
				return nil
			})
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
		}
	}
	return nil
}

func (u *uniques) clash(d model.Draft) *problem.Problem {
	for _, f := range u.fields {
		v := store.Fold(model.Plain(d.Fields[f.Name]))
		if v == "" {
			continue
		}
		sum := sha256.Sum256([]byte(v))
		k := [16]byte(sum[:16])
		if first, ok := u.seen[f.Name][k]; ok {
			return problem.New("load.same_value", "Another record already has the same "+f.Name+".",
				"The target allows each "+f.Name+" only once, so it would refuse this one.",
				"Merge them under Clean, or correct one of them.").
				At(problem.Place{Object: string(d.Source.Object), Record: d.Source.ID, Field: f.Name, Value: first})
		}
		u.seen[f.Name][k] = d.Source.ID
	}
	return nil
}
