package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// planned is what plan prints.
type planned struct {
	Plan     string        `json:"plan"`
	Scope    string        `json:"scope"`
	Slice    string        `json:"slice,omitempty"`
	Objects  []load.Object `json:"objects"`
	Losses   []load.Loss   `json:"losses"`
	Requests int64         `json:"requests"`
	Duration struct {
		Low  int64 `json:"low"`
		High int64 `json:"high"`
	} `json:"duration_s"`
	// WindowHours that the cut-over may take, and whether it fits: yes, perhaps, no; empty: none was stated.
	WindowHours float64     `json:"window_hours"`
	Fits        string      `json:"fits"`
	Conflicts   int64       `json:"conflicts"`
	Gone        int64       `json:"gone"`
	Held        []heldGroup `json:"held"`
}

func doPlan(c *call, p *project.Project) (int, error) {
	scope := load.Scope{Kind: c.text("scope")}
	if name := c.text("slice"); name != "" {
		s, err := p.Slice(c.ctx, name)
		if err != nil {
			return exitFailed, err
		}
		scope.Kind, scope.Slice = load.RunSlice, &s
	}
	out, err := c.makePlan(p, scope)
	if err != nil {
		return exitFailed, err
	}
	hold := int64(0)
	for _, o := range out.Objects {
		hold += o.Hold
	}
	c.showPlan(out)
	c.say("Next: waybill preflight %s %s, then waybill run %s %s", c.args[0], out.Plan, c.args[0], out.Plan)
	return personIf(hold+out.Conflicts+out.Gone > 0), c.give(out)
}

// makePlan plans and reads what the plan says.
func (c *call) makePlan(p *project.Project, scope load.Scope) (planned, error) {
	var pl store.Plan
	var sum load.Summary
	err := c.work("Planning", func(pr *job.Progress) (err error) {
		pl, sum, err = p.Plan(c.ctx, scope, pr)
		return err
	})
	if err != nil {
		return planned{}, err
	}
	out := planned{
		Plan: project.ID("plan", pl.ID), Scope: pl.Scope, Slice: pl.Part, Objects: sum.Objects, Losses: sum.Losses, Requests: sum.Requests,
		Conflicts: sum.Conflicts, Gone: sum.Gone, Held: []heldGroup{},
	}
	out.Duration.Low, out.Duration.High = sum.LowS, sum.HighS
	if out.WindowHours, err = p.Window(c.ctx); err != nil {
		return out, err
	}
	out.Fits = load.Fits(sum.LowS, sum.HighS, out.WindowHours)
	return out, p.DB().Read(c.ctx, func(tx *store.Tx) error {
		groups, err := tx.PlanHolds(pl.ID)
		for _, g := range groups {
			out.Held = append(out.Held, groupOf(g))
		}
		return err
	})
}

func (c *call) showPlan(out planned) {
	for _, o := range out.Objects {
		does := "create"
		if o.Matched {
			does = "look up"
		}
		line := fmt.Sprintf("%-14s %-7s %7d  update %7d  skip %6d  hold %6d  merged %5d  left out %5d", project.Title(o.Object), does, o.Create, o.Update, o.Skip, o.Hold, o.Merge, o.LeftOut)
		if o.Unchanged+o.Delete > 0 {
			line += fmt.Sprintf("  unchanged %d  delete %d", o.Unchanged, o.Delete)
		}
		c.say("%s", line)
	}
	for _, g := range out.Held {
		c.say("  %6d %s held: %s %s", g.Count, g.Object, g.Message, strings.Join(g.Examples, "; "))
	}
	c.showLosses(out.Losses)
	if out.Conflicts+out.Gone > 0 {
		c.say("%d records were edited in the target too, %d are gone at the source: waybill conflicts %s", out.Conflicts, out.Gone, c.args[0])
	}
	fits := ""
	switch out.Fits {
	case "yes":
		fits = fmt.Sprintf(" It fits the %g hours of the cut-over.", out.WindowHours)
	case "perhaps":
		fits = fmt.Sprintf(" Whether it fits the %g hours of the cut-over is not sure.", out.WindowHours)
	case "no":
		fits = fmt.Sprintf(" It does NOT fit the %g hours of the cut-over.", out.WindowHours)
	}
	c.say("%s: about %d requests, %s to %s.%s", out.Plan, out.Requests, lasting(out.Duration.Low), lasting(out.Duration.High), fits)
}

func lasting(seconds int64) string { return (time.Duration(seconds) * time.Second).String() }

func (c *call) showLosses(list []load.Loss) {
	if len(list) > 0 {
		c.say("What the target will not have as the source has it:")
	}
	for _, l := range list {
		where := ""
		if len(l.Examples) > 0 {
			where = " (" + strings.Join(l.Examples, ", ") + ")"
		}
		c.say("  %s%s", l.Title(), where)
		if len(l.Choices) > 0 {
			c.say("      now: %s. Others: waybill losses %s --choose %s=%s", l.Choice, c.args[0], load.LossKey(l.Code, l.Object, l.Field), strings.Join(l.Choices, "|"))
		}
	}
}

// newestPlan reads the newest plan, or the one that is named behind the project.
func (c *call) newestPlan(p *project.Project) (pl store.Plan, sum load.Summary, err error) {
	id := int64(0)
	if len(c.args) > 1 {
		if id, err = project.Number("plan", c.args[1]); err != nil {
			return pl, sum, err
		}
	}
	err = p.DB().Read(c.ctx, func(tx *store.Tx) (err error) {
		pl, err = tx.Plan(id)
		return err
	})
	if err == nil {
		sum, err = project.Summary(pl)
	}
	return pl, sum, err
}

// doLosses lists what the newest plan foresees to be lost, and takes choices about it.
func doLosses(c *call, p *project.Project) (int, error) {
	pl, sum, err := c.newestPlan(p)
	if err != nil {
		return exitFailed, err
	}
	given := c.list("choose")
	for _, s := range given {
		key, choice, ok := strings.Cut(s, "=")
		part := strings.SplitN(key, "/", 3)
		if !ok || len(part) != 3 {
			return exitUse, problem.New("use.choose", fmt.Sprintf("%q is not of the form code/object/field=choice.", s), "", "Copy it from the list that losses prints.").At(problem.Place{Value: s})
		}
		if err := p.Choose(c.ctx, part[0], model.Object(part[1]), part[2], choice); err != nil {
			return exitFailed, err
		}
	}
	choices, err := p.Choices(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	for i, l := range sum.Losses {
		if now := choices[load.LossKey(l.Code, l.Object, l.Field)]; now != "" {
			sum.Losses[i].Choice = now
		}
	}
	c.showLosses(sum.Losses)
	switch {
	case len(given) > 0:
		c.say("Kept. Plans made before are out of date: waybill plan %s", c.args[0])
	case len(sum.Losses) == 0:
		c.say("Nothing will be lost.")
	}
	return exitDone, c.give(map[string]any{"plan": project.ID("plan", pl.ID), "plan_again": len(given) > 0, "losses": sum.Losses})
}

// doPreflight says what is in the way of a plan; it writes nothing to the target.
func doPreflight(c *call, p *project.Project) (int, error) {
	if code := c.text("accept"); code != "" {
		if strings.TrimSpace(c.text("why")) == "" {
			return exitUse, problem.New("use.why", "Please say why you accept it.", "It is kept with your name.", "Add --why and a reason.")
		}
		if err := p.AcceptFinding(c.ctx, code, c.text("why")); err != nil {
			return exitFailed, err
		}
	}
	pl, _, err := c.newestPlan(p)
	if err != nil {
		return exitFailed, err
	}
	list, err := p.Preflight(c.ctx, pl.ID)
	if err != nil {
		return exitFailed, err
	}
	stops := false
	for _, f := range list {
		word := f.State
		if f.State == load.PreflightStop {
			word = "STOP"
			if f.Accepted {
				word = "accepted"
			}
			stops = stops || !f.Accepted
		}
		c.say("%-9s %-15s %s %s", word, f.Code, f.What, f.Why)
		for _, d := range f.Details {
			c.say("%26s- %s", "", d)
		}
		if f.State != load.PreflightOK && !f.Accepted {
			c.say("%26s%s", "", f.Next)
			if f.CanAccept {
				c.say("%26sOr: waybill preflight %s --accept %s --why REASON", "", c.args[0], f.Code)
			}
		}
	}
	return personIf(stops), c.give(map[string]any{"plan": project.ID("plan", pl.ID), "may_start": !stops, "findings": list})
}

// doThresholds shows and agrees on when a run stops by itself.
func doThresholds(c *call, p *project.Project) (int, error) {
	t, err := p.Thresholds(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	before := t
	for _, x := range []struct {
		flag string
		set  func(string) error
	}{
		{"held-percent", func(s string) (err error) { t.HeldPercent, err = strconv.ParseFloat(s, 64); return err }},
		{"in-a-row", func(s string) (err error) { t.InARow, err = strconv.ParseInt(s, 10, 64); return err }},
		{"at-least", func(s string) (err error) { t.AtLeast, err = strconv.ParseInt(s, 10, 64); return err }},
		{"decides", func(s string) error { t.Decides = s; return nil }},
		{"checked-first", func(s string) (err error) { t.CheckedFirst, err = strconv.ParseBool(s); return err }},
	} {
		s := c.text(x.flag)
		if s == "" {
			continue
		}
		if err := x.set(s); err != nil {
			return exitUse, problem.Wrap(err, "use.number", fmt.Sprintf("--%s cannot be %q.", x.flag, s), "", "Give a number, or true or false for --checked-first.").At(problem.Place{Field: x.flag, Value: s})
		}
	}
	if t != before {
		if err := p.SetThresholds(c.ctx, t); err != nil {
			return exitFailed, err
		}
	}
	c.say("A run stops by itself when the target refuses more than %g %% of at least %d records, or %d in a row (0: never). Then %s decides. The next slice waits for a check: %v.",
		t.HeldPercent, t.AtLeast, t.InARow, or(t.Decides, "the migration lead"), t.CheckedFirst)
	return exitDone, c.give(t)
}

// doWindow shows or states how many hours the cut-over may take.
func doWindow(c *call, p *project.Project) (int, error) {
	if len(c.args) > 1 {
		hours, err := strconv.ParseFloat(c.args[1], 64)
		if err != nil {
			return exitUse, problem.Wrap(err, "use.number", fmt.Sprintf("%q is not a number of hours.", c.args[1]), "", "Give a number such as 36.")
		}
		if err := p.SetWindow(c.ctx, hours); err != nil {
			return exitFailed, err
		}
	}
	hours, err := p.Window(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	if hours == 0 {
		c.say("No window of the cut-over was stated.")
	} else {
		c.say("The cut-over may take %g hours.", hours)
	}
	return exitDone, c.give(map[string]float64{"hours": hours})
}

// doPace shows how much of a side's limit is used, or states it.
func doPace(c *call, p *project.Project) (int, error) {
	side := c.args[1]
	if !slices.Contains([]string{project.Source, project.Target}, side) {
		return exitUse, problem.New("use.side", fmt.Sprintf("%q is neither source nor target.", side), "", "Write source or target.")
	}
	if s := c.text("share"); s != "" {
		if _, err := p.SetShare(c.ctx, side, s); err != nil {
			return exitFailed, err
		}
	}
	share, err := p.Share(c.ctx, side)
	if err != nil {
		return exitFailed, err
	}
	now := 100 * share.Share(time.Now())
	c.say("Of the limit of the %s the move uses: %s. Now that is %g %%.", side, share, now)
	return exitDone, c.give(map[string]any{"side": side, "share": share.String(), "now_percent": now})
}

// doClock says how many records would be left behind by going back.
func doClock(c *call, p *project.Project) (int, error) {
	k, err := p.Clock(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	if k.Since == "" {
		c.say("Nothing was moved yet.")
		return exitDone, c.give(k)
	}
	c.say("%d records live only in the target since %s.", k.Total, k.Since)
	for _, h := range k.Hours {
		c.say("  %s  %6d new, %6d in all", h.At, h.Count, h.Total)
	}
	return exitDone, c.give(k)
}
