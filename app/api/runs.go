package api

import (
	"context"
	"encoding/json"
	"strings"
	"unicode"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Runs plans, moves, and takes back what was moved.
type Runs struct{ s *session }

// Plan works out what a run would do; nothing is written to the target.
func (r *Runs) Plan(scope string) (id string, err error) {
	defer guard(&err)
	if scope == "" {
		scope = model.RunFull
	}
	return r.s.work("plan", "Planning the run", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		pl, _, err := p.Plan(ctx, load.Scope{Kind: scope}, pr)
		if err != nil {
			return "", err
		}
		return project.ID("plan", pl.ID), nil
	})
}

// Start carries a plan out: it sends the first record of each kind and waits until a
// person has looked at them. confirm is the number of records that are touched, as the
// person typed it, or the sentence of the button.
func (r *Runs) Start(planID, confirm string) (id string, err error) {
	defer guard(&err)
	v, err := r.PlanView(planID)
	if err != nil {
		return "", err
	}
	if v.Stale != "" {
		return "", problem.New(load.CodeStale, "This plan cannot be started any more.", v.Stale, "Make a new plan, look it over, then start.")
	}
	if v.Run != "" {
		return "", problem.New("run.waits", "A run of this plan waits for you.", "Two runs of one plan would get in each other's way.", "Look at "+v.Run+" and say how it goes on.").At(problem.Place{Value: v.Run})
	}
	if confirm != v.Confirm && digits(confirm) != digits(num(v.Number)) {
		return "", problem.New("run.not_confirmed", "The number does not match the plan.", "Nothing is written before somebody has looked at how much it is: this plan touches "+num(v.Number)+".", "Type "+num(v.Number)+", or make another plan.").At(problem.Place{Value: confirm})
	}
	n, err := project.Number("plan", v.ID)
	if err != nil {
		return "", err
	}
	return r.s.work("run", "Moving records to "+v.Target, func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		return carryOut(ctx, p, load.Order{Plan: n}, pr)
	})
}

// carryOut runs, and ends with a question where the first records wait to be looked at.
func carryOut(ctx context.Context, p *project.Project, order load.Order, pr *job.Progress) (string, error) {
	run, err := p.Run(ctx, order, pr)
	if err != nil || run.ID == 0 {
		return runID(run), err
	}
	err = p.DB().Read(ctx, func(tx *store.Tx) (err error) {
		run, err = tx.Run(run.ID)
		return err
	})
	if err == nil && run.State == load.StateCanary {
		err = job.Ask("The first records were sent. Look at them, then say whether the rest may go.")
	}
	return runID(run), err
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

func runID(run store.Run) string {
	if run.ID == 0 {
		return ""
	}
	return project.ID("run", run.ID)
}

// Confirm lets the rest of a run go, after a person has looked at its first records.
func (r *Runs) Confirm(id string) (jobID string, err error) {
	defer guard(&err)
	n, err := r.waiting(id, load.StateCanary, "run.no_canary", "The first records of this run do not wait to be confirmed.")
	if err != nil {
		return "", err
	}
	return r.s.work("run", "Moving the rest", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		return carryOut(ctx, p, load.Order{Resume: n, Yes: true}, pr)
	})
}

// Beyond goes on with a run that a threshold stopped, by a person's word.
func (r *Runs) Beyond(id, why string) (jobID string, err error) {
	defer guard(&err)
	n, err := r.waiting(id, load.StateStopped, "run.not_stopped", "No threshold stopped this run.")
	if err != nil {
		return "", err
	}
	p, err := r.signed(why)
	if err != nil {
		return "", err
	}
	err = p.DB().Write(r.s.ctx, func(tx *store.Tx) error {
		return tx.Audit(p.Person(), "run.beyond_reason", map[string]any{"run": n, "why": strings.TrimSpace(why)})
	})
	if err != nil {
		return "", err
	}
	return r.s.work("run", "Going on with "+id, func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		return carryOut(ctx, p, load.Order{Resume: n, Beyond: true}, pr)
	})
}

// waiting gives the number of a run that is in a state.
func (r *Runs) waiting(id, state string, code problem.Code, what string) (n int64, err error) {
	p, err := r.s.project()
	if err != nil {
		return 0, err
	}
	if n, err = project.Number("run", id); err != nil {
		return 0, err
	}
	return n, p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
		run, err := tx.Run(n)
		if err == nil && run.State != state {
			return problem.New(code, what, "It is "+strings.ReplaceAll(run.State, "_", " ")+".", "Look at the list of runs.").At(problem.Place{Value: id})
		}
		return err
	})
}

// signed gives the project when somebody works here by name and says why.
func (r *Runs) signed(why string) (*project.Project, error) {
	p, err := r.s.project()
	if err != nil {
		return nil, err
	}
	if p.Person().Name == "" {
		return nil, problem.New("project.no_person", "Please say who is working.", "What is taken upon oneself is kept with a name.", "Type your name at the top right, then try again.")
	}
	if strings.TrimSpace(why) == "" {
		return nil, problem.New("run.no_reason", "Please say why.", "The reason stands in the audit trail and in the report beside your name.", "Type a few words.")
	}
	return p, nil
}

// Resume goes on with a run that was interrupted. What nobody has looked at yet is
// shown first, as in a new run.
func (r *Runs) Resume(id string) (jobID string, err error) {
	defer guard(&err)
	n, err := project.Number("run", id)
	if err != nil {
		return "", err
	}
	return r.s.work("resume", "Going on with "+id, func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		return carryOut(ctx, p, load.Order{Resume: n}, pr)
	})
}

// Retry plans and runs what was held, as things are decided now.
func (r *Runs) Retry() (id string, err error) {
	defer guard(&err)
	return r.s.work("retry", "Trying the held records again", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		pl, _, err := p.Plan(ctx, load.Scope{Kind: load.RunRetry}, pr)
		if err != nil {
			return "", err
		}
		pr.Restart("Moving what fits now")
		return carryOut(ctx, p, load.Order{Plan: pl.ID}, pr)
	})
}

// List gives all runs, newest first.
func (r *Runs) List() (out []RunView, err error) {
	defer guard(&err)
	out = []RunView{}
	p, err := r.s.project()
	if err != nil {
		return out, err
	}
	print, err := p.Fingerprint(r.s.ctx)
	if err != nil {
		return out, err
	}
	limits, err := p.Thresholds(r.s.ctx)
	if err != nil {
		return out, err
	}
	err = p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
		runs, err := tx.Runs()
		if err != nil {
			return err
		}
		for _, x := range runs {
			v, err := runView(tx, x, print)
			v.Decides = decides(limits)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

func runView(tx *store.Tx, x store.Run, print string) (RunView, error) {
	v := RunView{ID: project.ID("run", x.ID), Kind: x.Kind, State: x.State, By: x.By.Name, Started: x.Started, Finished: x.Finished, Objects: []RunRow{}}
	if x.Plan != 0 {
		pl, err := tx.Plan(x.Plan)
		if err != nil {
			return v, err
		}
		sum, err := project.Summary(pl)
		if err != nil {
			return v, err
		}
		v.Plan, v.Part, v.Mapping = project.ID("plan", x.Plan), pl.Part, pl.Mapping
		v.CanResume = (x.State == "interrupted" || x.State == "failed" || x.State == "cancelled") && sum.Fingerprint == print
	}
	if x.Of != 0 {
		v.Of = project.ID("run", x.Of)
	}
	if x.Error != "" {
		v.Error = &problem.Problem{}
		if err := json.Unmarshal([]byte(x.Error), v.Error); err != nil {
			return v, err
		}
	}
	sent, err := tx.SentCount(x.ID)
	if err != nil {
		return v, err
	}
	objects, err := tx.Objects()
	if err != nil {
		return v, err
	}
	for _, o := range objects {
		c := x.Counts[o]
		if len(c) == 0 && sent[o] == 0 {
			continue
		}
		v.Objects = append(v.Objects, RunRow{
			Object: string(o), Title: title(o), Created: c["created"], Existed: c["existed"], Updated: c["updated"], Unchanged: c["unchanged"],
			Held: c["held"], Failed: c["failed"], Noted: c["noted"], Deleted: c["deleted"], Kept: c["kept"], There: createdBy(v.ID, o, sent[o]),
		})
	}
	if x.Proof != "" {
		if v.Proof, err = proofView(x.Proof); err != nil {
			return v, err
		}
	}
	v.CanRollback = x.Kind != model.RunRollback && x.State != "running" && x.State != "paused" && len(sent) > 0
	return v, nil
}

// createdBy counts what a run created and is in the target, and opens it.
func createdBy(run string, o model.Object, n int64) Figure {
	return figure(n, Filter{Object: string(o), Fate: "moved", Run: run, Words: title(o) + " that " + run + " created"})
}

// decides names who says how a stopped run goes on.
func decides(t load.Thresholds) string {
	if t.Decides == "" {
		return "the migration lead"
	}
	return t.Decides
}
