package project

import (
	"cmp"
	"context"
	"slices"

	"waybill/backend/connector"
	"waybill/backend/delta"
	"waybill/backend/extract"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

const changesSetting = "changes_read"

// ChangesRead says when the source was last asked for its changes, and what it told.
type ChangesRead struct {
	At      string           `json:"at"`
	Objects []extract.Result `json:"objects"`
}

// ReadChanges brings the stage up to date with what happened at the source since it was
// last read. Of a source that can tell its changes nothing else is read, so its time
// does not grow with the rest. Plans made before are stale when anything came.
func (p *Project) ReadChanges(ctx context.Context, pr *job.Progress) ([]extract.Result, error) {
	if err := p.idle(ctx); err != nil {
		return nil, err
	}
	if err := p.complete(ctx); err != nil {
		return nil, err
	}
	same := false
	err := p.db.Read(ctx, func(tx *store.Tx) (err error) {
		same, err = ReadAsChosen(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !same {
		return nil, problem.New("delta.other_source", "The source was chosen anew since it was read.", "What changed can only be told of the source that was read.", "Open Source and read it again as a whole.")
	}
	sides, err := p.sides(ctx)
	if err != nil {
		return nil, err
	}
	out, whole := []extract.Result{}, map[string]bool{}
	for _, side := range sides {
		src, err := p.Desk(ctx, side)
		if err != nil {
			return out, err
		}
		_, tells := src.Conn.(connector.Changer)
		whole[sourceOf(side)] = !tells
		got, err := extract.Changes(ctx, p.db, p.files, connector.Named(sourceOf(side), src.Conn), nil, pr)
		out = append(out, got...)
		if err != nil {
			return out, err
		}
	}
	if err := p.refreshTruth(ctx); err != nil {
		return out, err
	}
	counts := map[string]map[string]int64{}
	var touched []model.Object
	for _, r := range out {
		if n := r.New + r.Changed + r.Deleted + r.Merged + r.Redacted + r.Gone; n > 0 {
			counts[string(r.Object)] = map[string]int64{"new": r.New, "changed": r.Changed, "deleted": r.Deleted, "merged": r.Merged, "redacted": r.Redacted, "forgotten": r.Gone}
			if whole[r.Object.Source()] {
				touched = append(touched, r.Object)
			}
		}
	}
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.Set(changesSetting, ChangesRead{At: stamp(), Objects: out}); err != nil {
			return err
		}
		return tx.Audit(p.Person(), "source.changes_read", counts)
	})
	if err != nil {
		return out, err
	}
	if len(touched) > 0 {
		// All of it was read anyway, so measuring what changed costs no more than that.
		_, err = p.Profile(ctx, touched, pr)
	}
	return out, err
}

// DeltaState says what waits to be brought over, and what the newest plan makes of it.
type DeltaState struct {
	// Read is when the source was last asked; empty: never.
	Read    string         `json:"read"`
	Figures []delta.Figure `json:"figures"`
	// Plan is the newest plan when it is about a delta; 0: there is none. Started: it was
	// begun, so nothing can be chosen in it any more.
	Plan    int64 `json:"plan"`
	Started bool  `json:"started"`
	// Defaults are the choices that a new plan begins with.
	Defaults map[string]string `json:"defaults"`
}

// DeltaState says how the delta stands.
func (p *Project) DeltaState(ctx context.Context) (out DeltaState, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		var read ChangesRead
		if _, err := tx.Setting(changesSetting, &read); err != nil {
			return err
		}
		out.Read = read.At
		if out.Plan, err = deltaPlan(tx); err != nil {
			return err
		}
		if out.Plan != 0 {
			if out.Started, err = tx.PlanStarted(out.Plan); err != nil {
				return err
			}
		}
		if out.Defaults, err = delta.Defaults(tx); err != nil {
			return err
		}
		out.Figures, err = delta.Figures(tx, out.Plan)
		return err
	})
	return out, err
}

// deltaPlan is the newest plan, if it is about a delta.
func deltaPlan(tx *store.Tx) (int64, error) {
	pl, err := tx.Plan(0)
	if problem.Is(err, "plan.none") || err == nil && pl.Scope != model.RunDelta {
		return 0, nil
	}
	return pl.ID, err
}

// planOfDelta gives a delta's plan; 0 asks for the newest.
func planOfDelta(tx *store.Tx, plan int64) (int64, error) {
	if plan != 0 {
		return plan, nil
	}
	id, err := deltaPlan(tx)
	if err == nil && id == 0 {
		err = problem.New("delta.no_plan", "There is no plan of a delta.", "What people changed in the target is seen when the delta is planned.", "Plan the delta first; it writes nothing.")
	}
	return id, err
}

// Conflicts lists up to n records behind a place in the stage that people edited in the
// target while they changed at the source, in a plan (0: the newest one of a delta).
func (p *Project) Conflicts(ctx context.Context, plan, after int64, n int) ([]delta.Row, error) {
	return p.deltaRows(ctx, plan, store.ActConflict, after, n)
}

// GoneList lists up to n records behind a place in the stage that are gone at the source.
func (p *Project) GoneList(ctx context.Context, plan, after int64, n int) ([]delta.Row, error) {
	return p.deltaRows(ctx, plan, store.ActGone, after, n)
}

func (p *Project) deltaRows(ctx context.Context, plan int64, action string, after int64, n int) ([]delta.Row, error) {
	out := []delta.Row{}
	err := p.db.Read(ctx, func(tx *store.Tx) error {
		id, err := planOfDelta(tx, plan)
		if err != nil {
			return err
		}
		counts, err := tx.PlanCount(id)
		if err != nil {
			return err
		}
		for o, actions := range counts {
			if actions[action] == 0 {
				continue
			}
			rows, err := delta.Rows(tx, id, o, action, after, n)
			if err != nil {
				return err
			}
			out = append(out, rows...)
		}
		return nil
	})
	slices.SortFunc(out, func(a, b delta.Row) int { return cmp.Compare(a.Seq, b.Seq) })
	return out[:min(len(out), n)], err
}

// ChooseConflict says what becomes of conflicts, or of what is gone, in a plan that was
// not started yet (0: the newest one of a delta); it gives of how many records.
func (p *Project) ChooseConflict(ctx context.Context, plan int64, pick delta.Pick, choice, why string) (n int64, err error) {
	if err := p.idle(ctx); err != nil {
		return 0, err
	}
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		id, err := planOfDelta(tx, plan)
		if err != nil {
			return err
		}
		n, err = delta.Choose(tx, id, pick, choice, p.Person(), why)
		return err
	})
	return n, err
}

// SetDeltaDefault says with which choice new plans begin, for delta.KindConflict or
// delta.KindGone.
func (p *Project) SetDeltaDefault(ctx context.Context, kind, choice string) error {
	return p.db.Write(ctx, func(tx *store.Tx) error { return delta.SetDefault(tx, kind, choice, p.Person()) })
}
