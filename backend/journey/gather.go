package journey

import (
	"context"
	"strings"

	"waybill/backend/check"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/project"
	"waybill/backend/report"
	"waybill/backend/store"
)

// Gather finds out what is true of a project now. It asks no desk.
func Gather(ctx context.Context, p *project.Project) (State, error) {
	s := State{Checks: map[string]Checked{}}
	source, hasSource, err := p.Connection(ctx, project.Source)
	if err != nil {
		return s, err
	}
	target, hasTarget, err := p.Connection(ctx, project.Target)
	if err != nil {
		return s, err
	}
	s.Practice = hasTarget && target.Settings[project.BuiltIn] != ""
	f, err := p.Facts(ctx)
	if err != nil {
		return s, err
	}
	if hasSource && source.Kind != "" {
		s.Source = f.Source
	}
	if hasTarget && target.Kind != "" {
		s.Target = f.Target
	}
	verdict := f.Verdict()
	s.Verdict = map[report.Outcome]string{report.Balances: Balances, report.WaivedOpen: Waived, report.OutOfLine: Fails}[verdict.Outcome]
	s.Sentence = verdict.Sentence
	print, err := p.Fingerprint(ctx)
	if err != nil {
		return s, err
	}
	steps := []func(*store.Tx) error{
		s.stage, s.decided,
		func(tx *store.Tx) error { return s.planned(tx, print) },
		func(tx *store.Tx) error { return s.proven(tx, f) },
		s.kept,
	}
	err = p.DB().Read(ctx, func(tx *store.Tx) error {
		for _, step := range steps {
			if err := step(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return s, err
	}
	return s, s.mapped(ctx, p)
}

// stage is what was read and measured.
func (s *State) stage(tx *store.Tx) error {
	all, err := tx.Manifest()
	if err != nil {
		return err
	}
	s.Objects, s.Balanced = len(all), project.Balances(all)
	s.Read = len(all) > 0
	for _, m := range all {
		s.Records += m.Source
		s.Pending, s.Held, s.Moved = s.Pending+m.Pending, s.Held+m.Held, s.Moved+m.Moved
		r, err := tx.Reading(m.Object)
		if err != nil {
			return err
		}
		s.Read = s.Read && r.Done
		if m.Held == 0 {
			continue
		}
		n, err := tx.Count(store.Filter{Object: m.Object, Fates: []model.Fate{model.Held}, HeldBy: "stage"})
		if err != nil {
			return err
		}
		s.HeldAtReading += n
	}
	s.Begun = len(all) > 0
	asChosen, err := project.ReadAsChosen(tx)
	if err != nil {
		return err
	}
	s.Read = s.Read && asChosen
	if s.Rules, s.RulesLeft, err = tx.CountRules(); err != nil {
		return err
	}
	profiles, err := profile.Load(tx)
	if err != nil {
		return err
	}
	s.Profiled = len(all) > 0 && len(profiles) == len(all)
	for _, o := range profiles {
		s.Links += len(o.Orphans)
		for _, x := range o.Findings {
			if x.Page == "clean" && x.Code != "rows.held" {
				s.CleanFindings++
			}
			if x.Code == "people.same_address" {
				s.Duplicates += x.Count
			}
		}
	}
	return nil
}

// decided counts the decisions of people that are in force.
func (s *State) decided(tx *store.Tx) error {
	all, err := tx.Decisions()
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.UndoneAt != "" || strings.HasPrefix(d.Rule, project.NotMoved) {
			continue
		}
		switch d.Does {
		case "merge":
			s.MergeDecisions++
		case "archive":
			s.ArchiveDecisions++
		default:
			s.LeaveDecisions++
		}
	}
	return nil
}

// planned is what is known of plans and runs.
func (s *State) planned(tx *store.Tx, print string) error {
	pl, err := tx.Plan(0)
	if err != nil && !problem.Is(err, "plan.none") {
		return err
	}
	runs, err := tx.Runs()
	if err != nil {
		return err
	}
	if pl.ID != 0 {
		sum, err := project.Summary(pl)
		if err != nil {
			return err
		}
		s.Plan, s.PlanStale = pl.ID, sum.Fingerprint != print
		for _, o := range sum.Objects {
			s.Create, s.Hold = s.Create+o.Create, s.Hold+o.Hold
		}
	}
	for i := len(runs) - 1; i >= 0; i-- { // oldest first, so that the newest has the last word
		r := runs[i]
		if r.Kind == model.RunRollback {
			s.RolledBack = s.RolledBack || (r.State == "done" && takenBack(runs, r.Of))
			continue
		}
		s.Runs++
		s.RunState = r.State
		if r.Kind == model.RunDelta && r.State == "done" {
			s.Deltas++
		}
		if r.Plan == pl.ID && r.State == "done" {
			s.PlanUsed = true
		}
		used, err := tx.Plan(r.Plan)
		if err != nil {
			return err
		}
		sum, err := project.Summary(used)
		if err != nil {
			return err
		}
		s.RunStale = sum.Fingerprint != print
	}
	return nil
}

func takenBack(runs []store.Run, id int64) bool {
	for _, r := range runs {
		if r.ID == id {
			return r.State == "rolled_back"
		}
	}
	return false
}

// proven is what is known of checks, signatures and reports.
func (s *State) proven(tx *store.Tx, f report.Facts) error {
	res, at, ok, err := check.Last(tx)
	if err != nil {
		return err
	}
	counts := map[model.Object]int64{}
	fresh, err := tx.Setting("target_counts", &counts)
	if err != nil {
		return err
	}
	s.Checked = ok && fresh
	if s.Checked {
		for _, c := range res.Checks {
			if c.Code == check.Complete {
				continue // the manifest says it as it is now
			}
			sum := s.Checks[c.Code]
			s.Checks[c.Code] = Checked{sum.Looked + c.LookedAt, sum.Failed + c.Failed}
		}
	}
	approvals, err := tx.Approvals()
	if err != nil {
		return err
	}
	for _, a := range approvals {
		if !s.Checked || a.At < at.At {
			continue
		}
		switch a.Kind {
		case "technical":
			s.Technical = a.By.Name
		case "business":
			s.Business = a.By.Name
		}
	}
	for _, a := range f.Mapping.Approvals {
		s.Approved = a.Name + ", " + a.Role
	}
	reports, err := project.Reports(tx)
	if err != nil {
		return err
	}
	last, err := tx.AuditBefore("report.")
	if err != nil {
		return err
	}
	for _, r := range reports {
		s.Reported = s.Reported || r.At >= last.At
	}
	return nil
}

// mapped is what is known of the mapping. A suggestion is made when there is none yet
// and everything for one is there.
func (s *State) mapped(ctx context.Context, p *project.Project) error {
	accepted, n, err := p.Accepted(ctx, 0)
	if err != nil && !problem.Is(err, "mapping.none") {
		return err
	}
	s.Mapping = n
	if !s.Profiled || s.Target == "" {
		return nil
	}
	v, err := p.Working(ctx)
	if problem.Is(err, "mapping.too_early") {
		return nil
	}
	if err != nil {
		return err
	}
	s.Changed = n > 0 && v.Canonical().Hash() != accepted.Canonical().Hash()
	found, err := p.Lint(ctx, v)
	if err != nil {
		return err
	}
	for _, n := range project.Left(v, found) {
		s.Left += n
	}
	for _, x := range found {
		if x.Code == mapping.CodeNoField || x.Code == mapping.CodeNoObject || x.Code == mapping.CodeOption {
			s.Lacking++
		}
	}
	return nil
}
