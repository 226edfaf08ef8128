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

// PlanView shows a plan; an empty id is the newest.
func (r *Runs) PlanView(id string) (v PlanView, err error) {
	defer guard(&err)
	v = PlanView{Objects: []PlanRow{}, Groups: []HeldGroup{}}
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
	err = p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
		pl, err := tx.Plan(n)
		if err != nil {
			return err
		}
		v, err = planView(tx, pl, print)
		return err
	})
	return v, err
}

func planView(tx *store.Tx, pl store.Plan, print string) (PlanView, error) {
	v := PlanView{ID: project.ID("plan", pl.ID), Scope: pl.Scope, Made: pl.At, Mapping: pl.Mapping, Objects: []PlanRow{}, Groups: []HeldGroup{}}
	sum, err := project.Summary(pl)
	if err != nil {
		return v, err
	}
	v.Target, v.Requests, v.LowS, v.HighS, v.Quiet = sum.Target, sum.Requests, sum.LowS, sum.HighS, sum.Quiet
	counts, err := tx.PlanCount(pl.ID)
	if err != nil {
		return v, err
	}
	total := int64(0)
	for _, o := range sum.Objects {
		n := counts[o.Object]
		at := func(action, words string) Figure {
			return figure(n[action], Filter{Object: string(o.Object), Plan: v.ID, Action: action, Words: title(o.Object) + " " + words})
		}
		v.Objects = append(v.Objects, PlanRow{
			Object: string(o.Object), Title: title(o.Object), Create: at(store.ActCreate, "to create"), Update: bare(o.Update), Skip: at(store.ActSkip, "to skip"), Hold: at(store.ActHold, "to hold back"),
		})
		total += n[store.ActCreate]
	}
	v.Confirm = confirmWords(total, v.Target)
	holds, err := tx.PlanHolds(pl.ID)
	if err != nil {
		return v, err
	}
	for _, h := range holds {
		g := heldGroup(h)
		g.Count = figure(h.Count, Filter{Object: string(h.Object), Plan: v.ID, Action: store.ActHold, Code: h.Code, Field: h.Field, Op: "held", Words: title(h.Object) + " to hold back: " + g.Title})
		v.Groups = append(v.Groups, g)
	}
	v.Stale, err = staleWords(tx, pl, sum, print)
	return v, err
}

func confirmWords(n int64, target string) string {
	return "Create " + counted(n, "record", "records") + " in " + target
}

// staleWords says why a plan cannot be started any more; empty when it can.
func staleWords(tx *store.Tx, pl store.Plan, sum load.Summary, print string) (string, error) {
	if sum.Fingerprint != print {
		return "Something was decided or changed since this plan was made. Make a new one.", nil
	}
	runs, err := tx.Runs()
	if err != nil {
		return "", err
	}
	for _, r := range runs {
		if r.Plan == pl.ID && r.State == "done" {
			return "This plan was carried out. Make a new one when there is something to move.", nil
		}
	}
	return "", nil
}

// Start carries a plan out. confirm is the number of records to create, as the
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
	total := int64(0)
	for _, o := range v.Objects {
		total += o.Create.Value
	}
	if confirm != v.Confirm && digits(confirm) != digits(num(total)) {
		return "", problem.New("run.not_confirmed", "The number does not match the plan.", "Nothing is written before somebody has looked at how much it is: this plan creates "+num(total)+".", "Type "+num(total)+", or make another plan.").At(problem.Place{Value: confirm})
	}
	n, err := project.Number("plan", v.ID)
	if err != nil {
		return "", err
	}
	return r.s.work("run", "Moving records to "+v.Target, func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		run, err := p.Run(ctx, load.Order{Plan: n, Yes: true}, pr)
		return runID(run), err
	})
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

// Resume goes on with a run that stopped.
func (r *Runs) Resume(id string) (jobID string, err error) {
	defer guard(&err)
	n, err := project.Number("run", id)
	if err != nil {
		return "", err
	}
	return r.s.work("resume", "Going on with "+id, func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		run, err := p.Run(ctx, load.Order{Resume: n, Yes: true}, pr)
		return runID(run), err
	})
}

// Retry plans and runs what waits or was held, as things are decided now.
func (r *Runs) Retry() (id string, err error) {
	defer guard(&err)
	return r.s.work("retry", "Trying the held records again", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		pl, _, err := p.Plan(ctx, load.Scope{Kind: model.RunFull}, pr)
		if err != nil {
			return "", err
		}
		pr.Restart("Moving what fits now")
		run, err := p.Run(ctx, load.Order{Plan: pl.ID, Yes: true}, pr)
		return runID(run), err
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
	err = p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
		runs, err := tx.Runs()
		if err != nil {
			return err
		}
		for _, x := range runs {
			v, err := runView(tx, x, print)
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
	v := RunView{ID: project.ID("run", x.ID), Kind: x.Kind, State: x.State, By: x.By.Name, Started: x.Started, Finished: x.Finished, Objects: []RunRow{}, Proof: []NameValue{}}
	if x.Plan != 0 {
		pl, err := tx.Plan(x.Plan)
		if err != nil {
			return v, err
		}
		sum, err := project.Summary(pl)
		if err != nil {
			return v, err
		}
		v.Plan, v.Mapping = project.ID("plan", x.Plan), pl.Mapping
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
	objects, err := tx.Objects()
	if err != nil {
		return v, err
	}
	for _, o := range objects {
		if c := x.Counts[o]; len(c) > 0 {
			v.Objects = append(v.Objects, RunRow{Object: string(o), Title: title(o), Created: c["created"], Existed: c["existed"], Held: c["held"], Deleted: c["deleted"], Kept: c["kept"]})
		}
	}
	if x.Proof != "" {
		if v.Proof, err = proofWords(x.Proof); err != nil {
			return v, err
		}
	}
	if x.Kind != model.RunRollback && x.State != "running" && x.State != "paused" {
		sent, err := tx.SentCount(x.ID)
		if err != nil {
			return v, err
		}
		v.CanRollback = len(sent) > 0
	}
	return v, nil
}

// proofWords says what a rollback proved.
func proofWords(body string) ([]NameValue, error) {
	var proof load.Proof
	if err := json.Unmarshal([]byte(body), &proof); err != nil {
		return nil, err
	}
	source := "The source records are exactly as before"
	if !proof.SourceUntouched {
		source = "The source records are NOT as before"
	}
	out := []NameValue{
		{Name: "Removed from the target", Value: num(proof.Deleted)},
		{Name: "Looked for afterwards and not found", Value: num(proof.Absent)},
		{Name: "Left there", Value: num(proof.Kept)},
		{Name: "Source", Value: source},
	}
	for _, o := range model.Known() {
		if n, ok := proof.Target[o]; ok {
			out = append(out, NameValue{Name: title(o) + " in the target now", Value: num(n)})
		}
	}
	for _, k := range proof.KeptList {
		out = append(out, NameValue{Name: "Left there", Value: k})
	}
	return out, nil
}

// Held groups the records that are held back, by what would put them right.
func (r *Runs) Held() (out []HeldGroup, err error) {
	defer guard(&err)
	out = []HeldGroup{}
	p, err := r.s.project()
	if err != nil {
		return out, err
	}
	err = p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
		groups, err := tx.HeldGroups()
		for _, g := range groups {
			out = append(out, heldGroup(g))
		}
		return err
	})
	return out, err
}

// heldGroup shows a group of held records.
func heldGroup(g store.HeldGroup) HeldGroup {
	v := HeldGroup{Code: g.Code, Object: string(g.Object), Field: g.Field, Title: g.Code, Page: repairPage(g.Code), Examples: nilless(g.Examples)}
	if g.Example != nil {
		what := g.Example.What
		if many := rowsWords[g.Code]; many != "" && g.Count > 1 {
			what = many // the example's own words name its line
		}
		v.Title, v.Why, v.Next = title(g.Object)+": "+what, g.Example.Why, g.Example.Next
	}
	v.Count = figure(g.Count, Filter{Object: string(g.Object), Fate: "held", Code: g.Code, Field: g.Field, Op: "held", Words: "Held back. " + v.Title})
	return v
}

// rowsWords say for many rows what a problem of one row says with its line.
var rowsWords = map[string]string{
	"file.row_width": "The rows have another number of cells than there are columns.", "file.quote": "The rows have a quotation mark that does not fit.",
	"file.bad_characters": "The rows have characters that cannot be read.", "file.line_too_long": "The rows are far too long.", "file.json": "The rows are not complete JSON.",
	"file.mail": "The messages cannot be read.", "file.key_empty": "The rows have nothing in the column that tells them apart.",
}

// repairPage is where a group of held records is put right.
func repairPage(code string) string {
	for _, at := range []struct{ prefix, page string }{
		{"load.same_value", "clean"},
		{"desk.field_taken", "clean"},
		{"desk.field_", "mapping"},
		{"desk.refused", "mapping"},
		{"desk.file_", "clean"},
		{"file.attachment", "clean"},
		{"load.link_", "mapping"},
		{"load.no_content", "clean"},
		{"load.file_", "clean"},
		{"extract.", "clean"},
		{"stage.repeated", "clean"},
		{"file.", "source"},
		{"stage.", "source"},
		{"transform.", "mapping"},
		{"mapping.", "mapping"},
		{"desk.", "target"},
		{"target.", "target"},
		{"connector.", "target"},
	} {
		if strings.HasPrefix(code, at.prefix) {
			return at.page
		}
	}
	return "mapping"
}

// RollbackPreview counts what a rollback of a run would remove: what it created and
// still exists.
func (r *Runs) RollbackPreview(id string) (out []PlanRow, err error) {
	defer guard(&err)
	out = []PlanRow{}
	p, err := r.s.project()
	if err != nil {
		return out, err
	}
	n, err := project.Number("run", id)
	if err != nil {
		return out, err
	}
	err = p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
		if _, err := tx.Run(n); err != nil {
			return err
		}
		sent, err := tx.SentCount(n)
		if err != nil {
			return err
		}
		objects, err := tx.Objects()
		if err != nil {
			return err
		}
		for _, o := range objects {
			if sent[o] > 0 {
				out = append(out, PlanRow{Object: string(o), Title: title(o), Create: figure(sent[o], Filter{Object: string(o), Fate: "moved", Run: id, Words: title(o) + " that " + id + " created"}), Update: bare(0), Skip: bare(0), Hold: bare(0)})
			}
		}
		return nil
	})
	return out, err
}

// Rollback removes from the target just what a run created, and proves it.
func (r *Runs) Rollback(id string) (jobID string, err error) {
	defer guard(&err)
	n, err := project.Number("run", id)
	if err != nil {
		return "", err
	}
	return r.s.work("rollback", "Taking "+id+" back", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		run, _, err := p.Rollback(ctx, n, pr)
		return runID(run), err
	})
}
