package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// States of a run in which it waits for a person.
const (
	StateCanary  = "canary"  // the first records were sent and wait to be confirmed
	StateStopped = "stopped" // a threshold was passed
)

// Stale says why a plan can't be executed any more, or nil.
func (j *Job) Stale(s Summary) *problem.Problem {
	if drift := Drift(s.Shape, j.Target.Schema); len(drift) > 0 {
		return drifted(j.Target.Kind.Title, drift)
	}
	if s.Fingerprint == j.Fingerprint {
		return nil
	}
	return problem.New(CodeStale, "Something was decided or changed since this plan was made.",
		"A run only does what its plan showed, so this plan is no longer used.", "Make a new plan, look it over, then start.")
}

// Order says what to carry out, and what a person has agreed to.
type Order struct {
	// Plan to begin with, or the run to go on with.
	Plan, Resume int64
	// Yes: the canary was looked at, or needs no look when it came back as meant.
	Yes bool
	// Beyond: go on although a threshold was passed.
	Beyond bool
}

// Start begins a new run of a plan, or goes on with one that was interrupted. It
// returns when the run is over or waits for a person; the run's state says how.
func Start(ctx context.Context, j *Job, order Order, p *job.Progress) (store.Run, error) {
	r := &runner{j: j, p: p, order: order, watch: &watch{limits: j.Limits, off: order.Beyond}}
	j.watch = r.watch
	if err := r.begin(ctx); err != nil {
		return r.run, err
	}
	err := r.execute(ctx)
	state := ""
	var known *problem.Problem
	switch {
	case errors.Is(err, errLook):
		err, state = nil, StateCanary
	case errors.As(err, &known) && known.Code == CodeThreshold && !errors.Is(err, context.Canceled):
		state = StateStopped
	}
	return r.run, j.close(r.run.ID, state, err, "")
}

// errLook ends a run whose canary a person has to look at first.
var errLook = errors.New("the canary waits to be looked at")

// runner carries out one plan.
type runner struct {
	j      *Job
	p      *job.Progress
	order  Order
	run    store.Run
	plan   store.Plan
	sum    Summary
	writer connector.Writer
	watch  *watch
	scribe *scribe
	known  *lookup
	// slots are taken by what is under way to the target.
	slots chan struct{}
	// askFirst: the target holds records of ours that the ledger does not know, so each
	// is looked for before it is created (P-66).
	askFirst bool
	// trial: canaries are sent; the progress counts them when the run passes them.
	trial bool
	// round of what an object's records wait for, waiting how many did so in it, and circle
	// that they wait for each other; see rounds.
	round   int
	waiting int64
	circle  bool
	// halves: something may be half made (Caps.Steps), and waits for the second pass.
	halves atomic.Bool
}

func (r *runner) begin(ctx context.Context) error {
	j := r.j
	return j.DB.Write(ctx, func(tx *store.Tx) (err error) {
		id := r.order.Plan
		if r.order.Resume != 0 {
			if r.run, err = tx.Run(r.order.Resume); err != nil {
				return err
			}
			id = r.run.Plan
		}
		if r.plan, err = tx.Plan(id); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(r.plan.Body), &r.sum); err != nil {
			return err
		}
		if why := j.Stale(r.sum); why != nil {
			return why
		}
		if err := tx.Unset("target_counts"); err != nil {
			return err
		}
		if r.order.Beyond {
			if err := tx.Audit(j.By, "run.beyond_threshold", map[string]any{"run": r.order.Resume, "plan": r.plan.ID}); err != nil {
				return err
			}
		}
		if r.order.Resume != 0 {
			return tx.SetRun(r.run.ID, "running", "", "", j.By)
		}
		if err := tx.Release(r.plan.ID); err != nil {
			return err
		}
		r.run, err = tx.NewRun(store.Run{Kind: r.plan.Scope, Plan: r.plan.ID, By: j.By})
		return err
	})
}

// close writes down how a run ended. It uses a context of its own: a run that was
// stopped must still be able to say so.
func (j *Job) close(run int64, state string, err error, proof string) error {
	failure := ""
	switch {
	case state != "":
	case errors.Is(err, context.Canceled):
		state = "cancelled"
	case err != nil:
		state = "failed"
	default:
		state = "done"
	}
	if err != nil && state != "cancelled" {
		b, merr := json.Marshal(problem.From(err))
		if merr != nil {
			return errors.Join(err, merr)
		}
		failure = string(b)
	}
	werr := j.DB.Write(context.Background(), func(tx *store.Tx) error { return tx.SetRun(run, state, failure, proof, j.By) })
	return errors.Join(err, werr)
}

func (r *runner) execute(ctx context.Context) error {
	j := r.j
	writer, ok := j.Target.Conn.(connector.Writer)
	if !ok {
		return problem.New("load.read_only", j.Target.Kind.Title+" cannot be written to.", "It can only be a source.", "Choose another target.")
	}
	r.writer, r.known = writer, newLookup(r.plan.ID)
	r.slots = j.slots()
	var stop func()
	r.scribe, stop = newScribe(j.DB)
	defer stop()
	for i, o := range r.sum.Objects {
		if i == r.firstLine(o.Object) {
			r.p.Stage(string(o.Object), r.planned(o.Object))
		}
	}
	if err := r.recoverAll(ctx); err != nil {
		return err
	}
	if err := r.preflight(ctx); err != nil {
		return err
	}
	if err := r.j.startClock(ctx, r.p); err != nil {
		return err
	}
	if err := r.canary(ctx); err != nil {
		return err
	}
	for i, o := range r.sum.Objects {
		r.p.Enter(string(o.Object))
		if err := r.unchangedShape(ctx, o); err != nil {
			return err
		}
		if i == r.firstLine(o.Object) { // an object that goes several ways has several lines
			if err := r.hold(ctx, o.Object); err != nil {
				return fmt.Errorf("hold %s: %w", o.Object, err)
			}
			if err := r.setAside(ctx, o.Object); err != nil {
				return fmt.Errorf("set aside %s: %w", o.Object, err)
			}
		}
		if err := r.rounds(ctx, o); err != nil {
			return fmt.Errorf("create %s: %w", o.Object, err)
		}
	}
	if err := r.setLinks(ctx); err != nil {
		return fmt.Errorf("set links: %w", err)
	}
	if r.run.Kind == model.RunDelta && j.Changes != nil {
		if err := j.Changes.Run(ctx, j, r.run, r.plan.ID, r.sum, r.p); err != nil {
			return err
		}
		return r.recoverDeletions(ctx)
	}
	return nil
}

func (r *runner) hold(ctx context.Context, o model.Object) error {
	after, all := int64(0), int64(0)
	for {
		var n int
		err := r.j.DB.Write(ctx, func(tx *store.Tx) error {
			items, err := tx.PlanItems(r.plan.ID, o, store.ActHold, after, planPage)
			if err != nil {
				return err
			}
			if len(items) == 0 {
				return tx.CountPlanned(r.run.ID, o, all)
			}
			n, after = len(items), items[len(items)-1].Seq
			held, err := tx.HoldPlanned(items)
			all += held
			return err
		})
		if err != nil || n == 0 {
			return err
		}
		r.p.Add(int64(n), int64(n))
	}
}

// setAside archives what a person chose to keep out of the move, as a decision with a name.
func (r *runner) setAside(ctx context.Context, o model.Object) error {
	after := int64(0)
	for {
		var n int
		err := r.j.DB.Write(ctx, func(tx *store.Tx) error {
			items, err := tx.PlanItems(r.plan.ID, o, store.ActSkip, after, planPage)
			if err != nil || len(items) == 0 {
				return err
			}
			n, after = len(items), items[len(items)-1].Seq
			hits := []store.Hit{}
			for _, it := range items {
				row, err := tx.RecordAt(it.Seq)
				if err != nil {
					return err
				}
				if row.Fate == model.Pending || row.Fate == model.Held {
					hits = append(hits, store.Hit{Seq: it.Seq})
				}
			}
			if len(hits) == 0 {
				return nil
			}
			_, err = tx.Decide(store.Decision{
				By: r.j.By, Rule: LossKey(LossFile, o, "content"), Does: "archive", Object: o, Title: "Files larger than the target takes",
				Why: "Chosen in plan " + fmt.Sprint(r.plan.ID), Settings: map[string]string{"choice": ChooseArchive},
			}, model.Archived, hits)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
		r.p.Add(int64(n), 0)
	}
}

// unchangedShape stops the run when somebody changed the target's configuration meanwhile.
func (r *runner) unchangedShape(ctx context.Context, o Object) error {
	if o.Create == 0 {
		return nil
	}
	var now model.Schema
	err := r.j.patiently(ctx, r.p, func() (err error) {
		now, err = r.j.Target.Conn.Schema(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if drift := Drift(r.sum.Shape, now); len(drift) > 0 {
		return drifted(r.j.Target.Kind.Title, drift)
	}
	return nil
}
