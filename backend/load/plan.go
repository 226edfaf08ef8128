package load

import (
	"context"
	"encoding/json"
	"fmt"

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
	// Choices about losses that it was made with.
	Choices map[string]string `json:"choices,omitempty"`
	// Shape of the target when the plan was made: a run stops when it is another one.
	Shape model.Schema `json:"shape"`
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
	// Merge counts the records that live on in others; LeftOut those that stay behind by a
	// decision, in the archive or not at all. No plan touches them.
	Merge   int64 `json:"merge"`
	LeftOut int64 `json:"left_out"`
	// Matched: those of Create are looked up in the target, where nobody can create any.
	Matched bool `json:"matched,omitempty"`
	// Extra records that are created beside: the rest of long texts.
	Extra int64 `json:"extra,omitempty"`
	// Unchanged at the target although the source's record changed: it needs no write.
	Unchanged int64 `json:"unchanged"`
	// Delete counts what was deleted at the source and is to be deleted in the target too.
	Delete int64 `json:"delete"`
}

const planPage = 500

// Scope says which part of the source a plan is about.
type Scope struct {
	// Kind is full (all that waits), delta (what happened since), slice, pilot or retry.
	Kind string
	// Slice of Kind slice.
	Slice *Slice
	// Group of Kind retry: just the records that are held for this reason; nil: all that are held.
	Group *store.HeldGroup
}

// Plan works out, record by record, what a run would do, and stores it. Nothing is
// written to the target.
func Plan(ctx context.Context, j *Job, scope Scope, p *job.Progress) (store.Plan, Summary, error) {
	sum := Summary{Objects: []Object{}, Losses: []Loss{}, Fingerprint: j.Fingerprint, Target: j.Target.Kind.Title, Quiet: j.Target.Kind.Caps.Quiet, Choices: j.Choices, Shape: j.Target.Schema}
	pl := &planner{j: j, sum: &sum, p: p, scope: scope, place: map[model.Object]int{}}
	err := pl.begin(ctx)
	if err != nil {
		return pl.plan, sum, err
	}
	taken := map[model.Object]*uniques{} // by object of the target: two objects of the source may become one
	for _, way := range pl.ways {
		o, target := way.object, way.target
		p.Enter(string(o))
		line := Object{Object: o, Target: target, Matched: j.Target.Kind.Caps.Matched(target)}
		if way.first {
			line.Merge, line.LeftOut = pl.decided[o].Merged, pl.decided[o].Archived+pl.decided[o].LeftOut
		}
		if taken[target] == nil {
			taken[target] = newUniques(j.Target.Schema, target)
			// A delta is small: the target refuses what it has already, and that is said then.
			if scope.Kind != model.RunDelta && pl.counts[o] > 0 {
				if err := j.rememberSent(ctx, pl.order, target, taken[target], p); err != nil {
					return pl.plan, sum, fmt.Errorf("plan %s: %w", o, err)
				}
			}
		}
		if err := pl.object(ctx, o, &line, taken[target]); err != nil {
			return pl.plan, sum, fmt.Errorf("plan %s: %w", o, err)
		}
		sum.Objects = append(sum.Objects, line)
	}
	if err := pl.settleLater(ctx); err != nil {
		return pl.plan, sum, err
	}
	if err := pl.settleWholes(ctx); err != nil {
		return pl.plan, sum, err
	}
	if scope.Kind == model.RunDelta && j.Changes != nil {
		if err := j.Changes.Plan(ctx, j, pl.plan.ID, &sum, p); err != nil {
			return pl.plan, sum, err
		}
	}
	j.forecast(&sum)
	return pl.plan, sum, j.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if sum.Losses, err = j.forecastLosses(tx, pl.plan.ID); err != nil {
			return err
		}
		body, err := json.Marshal(sum)
		if err != nil {
			return err
		}
		pl.plan.Body = string(body)
		return tx.FinishPlan(pl.plan)
	})
}

// planner makes one plan.
type planner struct {
	j      *Job
	sum    *Summary
	p      *job.Progress
	scope  Scope
	plan   store.Plan
	order  []model.Object
	ways   []way
	place  map[model.Object]int // of each target object in the ways
	counts map[model.Object]int64
	// decided is the account of each object before the plan.
	decided map[model.Object]model.Manifest
	known   *lookup
}

// filter chooses what the plan may consider of one object.
func (pl *planner) filter(o model.Object) store.Filter {
	f := store.Filter{Object: o, Retry: true}
	switch pl.scope.Kind {
	case model.RunDelta:
		f = store.Filter{Object: o, Fates: []model.Fate{model.Pending}}
	case RunSlice, RunRetry, model.RunPilot:
		f.Part = pl.plan.ID
	}
	return f
}

func (pl *planner) begin(ctx context.Context) error {
	j := pl.j
	pl.counts = map[model.Object]int64{}
	part := ""
	if pl.scope.Slice != nil {
		part = pl.scope.Slice.Name
	}
	var objects []model.Object
	err := j.DB.Write(ctx, func(tx *store.Tx) (err error) {
		// What is gone at the source and was taken back waits for nothing.
		if _, err := tx.ForgetGone(); err != nil {
			return err
		}
		if objects, err = tx.Objects(); err != nil {
			return err
		}
		pl.plan, err = tx.NewPlan(store.Plan{By: j.By, Scope: pl.scope.Kind, Part: part, Mapping: j.Mapping})
		return err
	})
	if err != nil {
		return err
	}
	pl.known = newLookup(pl.plan.ID)
	pl.order = j.order(objects)
	pl.ways = j.ways(pl.order)
	for i, w := range pl.ways {
		if _, ok := pl.place[w.target]; !ok {
			pl.place[w.target] = i
		}
	}
	if err := pl.pick(ctx); err != nil {
		return err
	}
	pl.decided = map[model.Object]model.Manifest{}
	return j.DB.Read(ctx, func(tx *store.Tx) (err error) {
		accounts, err := tx.Manifest()
		if err != nil {
			return err
		}
		for _, m := range accounts {
			pl.decided[m.Object] = m
		}
		for _, o := range pl.order {
			if pl.counts[o], err = tx.Count(pl.filter(o)); err != nil {
				return err
			}
			pl.p.Stage(string(o), pl.counts[o])
		}
		return nil
	})
}

// object plans all records of one object of the source, page by page.
func (pl *planner) object(ctx context.Context, o model.Object, line *Object, unique *uniques) error {
	after := int64(0)
	for pl.counts[o] > 0 {
		if err := pl.p.Checkpoint(ctx); err != nil {
			return err
		}
		var n int
		err := pl.j.DB.Write(ctx, func(tx *store.Tx) error {
			rows, err := tx.Records(pl.filter(o), after, planPage)
			if err != nil || len(rows) == 0 {
				return err
			}
			if err := tx.Links(rows); err != nil {
				return err
			}
			n, after = len(rows), rows[len(rows)-1].Seq
			return pl.page(tx, o, rows, line, unique)
		})
		if err != nil || n == 0 {
			return err
		}
		if !pl.j.Program.Routed(o) {
			pl.p.Add(int64(n), 0)
		}
	}
	return nil
}

// reach tells, while planning, whether what a link leads to is or will be in the target.
func (pl *planner) reach(row store.Row, s store.Spot) reach {
	if s.TargetID != "" {
		return there
	}
	own, _ := pl.j.Program.Target(row.Record.Key.Object)
	other, moves := pl.j.Program.Target(s.Object)
	if pl.j.Program.Routed(row.Record.Key.Object) || pl.j.Program.Routed(s.Object) {
		return pl.routedReach(row, s)
	}
	switch {
	case !moves:
		return nowhere
	case s.Action == store.ActCreate && own != other:
		return there
	case s.Action == store.ActCreate:
		return coming // in the same batch, perhaps
	case s.Action == "" && (s.Fate == model.Pending || s.Fate == model.Held) && pl.place[other] >= pl.place[own] && s.Seq != row.Seq:
		return coming // it is not planned yet
	}
	return nowhere
}

func (pl *planner) page(tx *store.Tx, o model.Object, rows []store.Row, line *Object, unique *uniques) error {
	made, err := pl.j.prepare(tx, rows, pl.known, pl.reach)
	if err != nil {
		return err
	}
	lost, err := tx.OutcomeUnknown(o)
	if err != nil {
		return err
	}
	items := make([]store.PlanItem, 0, len(rows))
	var losses []store.Loss
	var later []store.LaterLink
	for i, p := range made {
		if p.draft.Object != line.Target {
			continue // it goes another way
		}
		if pl.j.Program.Routed(o) {
			pl.p.Add(1, 0)
		}
		losses = append(losses, p.losses...)
		if p.aside != "" {
			items = append(items, store.PlanItem{Seq: p.seq, Action: store.ActSkip})
			line.Skip++
			continue
		}
		if lost[p.seq] {
			p.why = []*problem.Problem{outcomeUnknown(rows[i].Record.Key)}
		}
		if len(p.why) == 0 {
			if clash := unique.clash(p.draft); clash != nil {
				p.why = append(p.why, clash)
			}
		}
		if len(p.why) == 0 && len(p.later) > 0 && !pl.j.Target.Kind.Caps.Updates {
			p.why = append(p.why, p.at(problem.New(CodeLinkCycle, "What it points to is created after it, and this desk lets nothing be changed afterwards.",
				"The link could never be set.", "Leave the link out in the mapping, or leave these records out.").At(problem.Place{Field: p.later[0].Field})))
		}
		whole := int64(0)
		if p.ownerID.ID == "" {
			whole = p.owner
		}
		if len(p.why) > 0 {
			items = append(items, store.PlanItem{Seq: p.seq, Action: store.ActHold, Problems: p.why, Whole: whole})
			line.Hold++
			continue
		}
		later = append(later, p.later...)
		line.Extra += int64(len(p.extras))
		items = append(items, store.PlanItem{Seq: p.seq, Action: store.ActCreate, Draft: p.hash, Whole: whole})
		line.Create++
	}
	if err := tx.PutPlanItems(pl.plan.ID, o, items); err != nil {
		return err
	}
	if err := tx.PutLosses(pl.plan.ID, o, losses); err != nil {
		return err
	}
	return tx.PutLaterLinks(pl.plan.ID, later)
}

// settleLater holds what points to a record that, as it turned out, is not created.
func (pl *planner) settleLater(ctx context.Context) error {
	for {
		var unmet []store.LaterLink
		err := pl.j.DB.Write(ctx, func(tx *store.Tx) (err error) {
			if unmet, err = tx.UnmetLinks(pl.plan.ID, planPage); err != nil {
				return err
			}
			for _, l := range unmet {
				to, err := tx.RecordAt(l.To)
				if err != nil {
					return err
				}
				word := to.Record.Key.Object.Word()
				why := problem.New(CodeLinkWaits, "Its "+word+" is held back.",
					"Moved now, this record would miss it.",
					"Settle what holds the "+word+" back, or leave it out; then try these records again.").
					At(problem.Place{Object: string(l.Object), Field: l.Field, Value: to.Record.Key.ID})
				if err := tx.HoldItem(pl.plan.ID, l.Object, l.Seq, why); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(unmet) == 0 {
			return err
		}
		for _, l := range unmet {
			if err := pl.heldAfterAll(ctx, l.Object, l.Seq); err != nil {
				return err
			}
		}
	}
}
