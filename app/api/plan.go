package api

import (
	"context"
	"strconv"
	"strings"

	"waybill/backend/delta"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// PlanSlice plans one of the parts in which the source is moved.
func (r *Runs) PlanSlice(name string) (id string, err error) {
	defer guard(&err)
	return r.s.work("plan", "Planning “"+name+"”", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		slice, err := p.Slice(ctx, name)
		if err != nil {
			return "", err
		}
		pl, _, err := p.Plan(ctx, load.Scope{Kind: load.RunSlice, Slice: &slice}, pr)
		if err != nil {
			return "", err
		}
		return project.ID("plan", pl.ID), nil
	})
}

// PlanView shows a plan; an empty id is the newest.
func (r *Runs) PlanView(id string) (v PlanView, err error) {
	defer guard(&err)
	v = PlanView{Objects: []PlanRow{}, Losses: []LossView{}, Groups: []HeldGroup{}}
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	n := int64(0)
	if id != "" {
		if n, err = project.Number("plan", id); err != nil {
			return v, err
		}
	}
	print, err := p.Fingerprint(r.s.ctx)
	if err != nil {
		return v, err
	}
	hours, err := p.Window(r.s.ctx)
	if err != nil {
		return v, err
	}
	err = p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
		pl, err := tx.Plan(n)
		if err != nil {
			return err
		}
		if v, err = planView(tx, pl, print); err != nil {
			return err
		}
		v.WindowHours, v.Fits = hours, load.Fits(v.LowS, v.HighS, hours)
		return nil
	})
	return v, err
}

func planView(tx *store.Tx, pl store.Plan, print string) (PlanView, error) {
	v := PlanView{ID: project.ID("plan", pl.ID), Scope: pl.Scope, Part: pl.Part, Made: pl.At, Mapping: pl.Mapping, Objects: []PlanRow{}, Losses: []LossView{}, Groups: []HeldGroup{}}
	sum, err := project.Summary(pl)
	if err != nil {
		return v, err
	}
	v.Target, v.Requests, v.LowS, v.HighS, v.Quiet = sum.Target, sum.Requests, sum.LowS, sum.HighS, sum.Quiet
	counts, err := tx.PlanCount(pl.ID)
	if err != nil {
		return v, err
	}
	merged, err := mergedCounts(tx)
	if err != nil {
		return v, err
	}
	conflicts, err := tx.Chosen(pl.ID, store.ActConflict)
	if err != nil {
		return v, err
	}
	gone, err := tx.Chosen(pl.ID, store.ActGone)
	if err != nil {
		return v, err
	}
	var does deeds
	for _, o := range sum.Objects {
		n := counts[o.Object]
		at := func(action, words string) Figure {
			return figure(n[action], Filter{Object: string(o.Object), Plan: v.ID, Action: action, Words: title(o.Object) + " " + words})
		}
		create, match := at(store.ActCreate, "to create"), bare(0)
		if o.Matched { // nobody is created: who is there is looked up
			create, match = bare(0), at(store.ActCreate, "to look up")
			n[store.ActCreate] = 0
		}
		v.Objects = append(v.Objects, PlanRow{
			Object: string(o.Object), Title: title(o.Object), Create: create, Match: match, Update: at(store.ActUpdate, "to change"),
			Merge: figure(merged[o.Object], fateFilter(o.Object, "merged")), Skip: at(store.ActSkip, "to keep in the archive only"), Hold: at(store.ActHold, "to hold back"),
			Unchanged: bare(o.Unchanged), Conflict: at(store.ActConflict, "that both desks changed"), Gone: at(store.ActGone, "that are gone at the source"), Delete: bare(o.Delete),
		})
		does.create += n[store.ActCreate]
		does.change += n[store.ActUpdate] + conflicts[o.Object][delta.Take]
		does.remove += o.Delete
		does.note += conflicts[o.Object][delta.Note] + gone[o.Object][delta.Note]
	}
	v.Number, v.Confirm = does.all(), does.words(v.Target)
	if v.Losses, err = losses(tx, pl, sum); err != nil {
		return v, err
	}
	holds, err := tx.PlanHolds(pl.ID)
	if err != nil {
		return v, err
	}
	for _, h := range holds {
		g := heldGroup(h)
		g.Count = figure(h.Count, Filter{Object: string(h.Object), Plan: v.ID, Action: store.ActHold, Code: h.Code, Field: h.Field, Op: "held", Words: title(h.Object) + " to hold back: " + g.Title})
		v.Groups = append(v.Groups, g)
	}
	return v, planState(tx, pl, sum, print, &v)
}

func mergedCounts(tx *store.Tx) (map[model.Object]int64, error) {
	all, err := tx.Manifest()
	out := map[model.Object]int64{}
	for _, m := range all {
		out[m.Object] = m.Merged
	}
	return out, err
}

// deeds count what a run writes into the target.
type deeds struct{ create, change, remove, note int64 }

func (d deeds) all() int64 { return d.create + d.change + d.remove + d.note }

// words say it on the button: "Create 12,480 records and change 3 in Practice desk".
func (d deeds) words(target string) string {
	parts := []string{}
	for _, x := range []struct {
		n    int64
		verb string
	}{{d.create, "create"}, {d.change, "change"}, {d.remove, "delete"}} {
		switch {
		case x.n == 0:
		case len(parts) == 0:
			parts = append(parts, strings.ToUpper(x.verb[:1])+x.verb[1:]+" "+counted(x.n, "record", "records"))
		default:
			parts = append(parts, x.verb+" "+num(x.n))
		}
	}
	if d.note > 0 {
		add := "add "
		if len(parts) == 0 {
			add = "Add "
		}
		parts = append(parts, add+counted(d.note, "private note", "private notes"))
	}
	switch last := len(parts) - 1; {
	case last < 0:
		return "Write down what is held back and decided"
	case last == 0:
		return parts[0] + " in " + target
	default:
		return strings.Join(parts[:last], ", ") + " and " + parts[last] + " in " + target
	}
}

// planState says whether a plan can be started, and what became of it.
func planState(tx *store.Tx, pl store.Plan, sum load.Summary, print string, v *PlanView) error {
	runs, err := tx.Runs()
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.Plan != pl.ID {
			continue
		}
		switch r.State {
		case "done", "rolled_back":
			v.Used = true
		case load.StateCanary, load.StateStopped:
			v.Run = project.ID("run", r.ID)
		}
	}
	switch {
	case v.Used:
		v.Stale = "This plan was carried out. Make a new one when there is something to move."
	case sum.Fingerprint != print:
		v.Stale = "Something was decided or changed since this plan was made. Make a new one."
	}
	return nil
}

// Preflight looks what is in the way of a plan. It asks the target and writes nothing.
func (r *Runs) Preflight(planID string) (out []PreflightView, err error) {
	defer guard(&err)
	out = []PreflightView{}
	p, err := r.s.project()
	if err != nil {
		return out, err
	}
	n, err := project.Number("plan", planID)
	if err != nil {
		return out, err
	}
	ctx, done := r.s.quick()
	defer done()
	found, err := p.Preflight(ctx, n)
	if err != nil {
		return out, err
	}
	accepted, err := p.AcceptedFindings(ctx)
	if err != nil {
		return out, err
	}
	for _, f := range found {
		x := PreflightView{Code: f.Code, State: f.State, What: f.What, Why: f.Why, Next: f.Next, Details: nilless(f.Details), CanAccept: f.CanAccept && f.State == load.PreflightStop, Accepted: f.Accepted}
		if a, ok := accepted[f.Code]; ok && f.Accepted {
			x.AcceptedBy, x.AcceptedAt, x.AcceptedWhy = a.By.Name, a.At, a.Why
		}
		out = append(out, x)
	}
	return out, nil
}

// Accept takes a finding of the preflight, or the wait of a slice ("slice/NAME"), upon
// oneself, by name and with a reason. An empty reason takes that back.
func (r *Runs) Accept(code, why string) (err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return err
	}
	if strings.TrimSpace(why) != "" {
		if p, err = r.signed(why); err != nil {
			return err
		}
	}
	if err := p.AcceptFinding(r.s.ctx, code, strings.TrimSpace(why)); err != nil {
		return err
	}
	r.s.changed("plan")
	return nil
}

// Thresholds that stop a run by themselves.
func (r *Runs) Thresholds() (v Thresholds, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	t, err := p.Thresholds(r.s.ctx)
	return Thresholds(t), err
}

// SetThresholds agrees on when a run stops by itself, and who decides then.
func (r *Runs) SetThresholds(t Thresholds) (err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return err
	}
	t.Decides = strings.TrimSpace(t.Decides)
	if err := p.SetThresholds(r.s.ctx, load.Thresholds(t)); err != nil {
		return err
	}
	r.s.changed("plan")
	return nil
}

// SetWindow states how many hours the cut-over may take; 0 takes that back.
func (r *Runs) SetWindow(hours float64) (err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return err
	}
	if hours > 24*365 {
		return problem.New("window.wrong", "A cut-over is not planned for more than a year.", "The hours say how long both desks may stand still.", "Give the hours, such as 48 for a week-end.").At(problem.Place{Value: strconv.FormatFloat(hours, 'f', -1, 64)})
	}
	if err := p.SetWindow(r.s.ctx, hours); err != nil {
		return err
	}
	r.s.changed("plan")
	return nil
}

// Share says how much of the target's limit the move may use, and when: "50%; 22:00-06:00
// 100%". Empty: all of it.
func (r *Runs) Share() (text string, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return "", err
	}
	s, err := p.Share(r.s.ctx, project.Target)
	return s.String(), err
}

// SetShare leaves a part of the target's limit to others. It holds at once, also for a
// run that is under way; what was understood comes back.
func (r *Runs) SetShare(text string) (understood string, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return "", err
	}
	s, err := p.SetShare(r.s.ctx, project.Target, strings.TrimSpace(text))
	if err != nil {
		return "", err
	}
	r.s.changed("plan")
	return s.String(), nil
}
