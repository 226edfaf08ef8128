package main

import (
	"time"

	"waybill/backend/check"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/project"
)

func personIf(needed bool) int {
	if needed {
		return exitPerson
	}
	return exitDone
}

func doCheck(c *call, p *project.Project) (int, error) {
	how := check.How{Quick: c.has("quick"), Speed: c.has("speed"), Fresh: c.has("fresh")}
	if s := c.text("sample"); s != "" {
		var err error
		if how.Sample, how.Percent, err = check.ParseSample(s); err != nil {
			return exitUse, err
		}
	}
	for _, x := range []struct {
		flag string
		on   bool
	}{{"strict", false}, {"lenient", true}} {
		for _, code := range c.list(x.flag) {
			if err := p.SetNormal(c.ctx, code, x.on); err != nil {
				return exitUse, err
			}
		}
	}
	cost, err := p.CheckCost(c.ctx, how)
	if err != nil {
		return exitFailed, err
	}
	c.say("This asks the target about %d questions, which takes %s to %s.", cost.Requests, seconds(cost.LowS), seconds(cost.HighS))
	if c.has("plan") {
		for _, o := range cost.Objects {
			c.say("  %-14s %9d records, %9d requests", project.Title(o.Object), o.Records, o.Requests)
		}
		return exitDone, c.give(cost)
	}
	var res check.Result
	err = c.work("Checking", func(pr *job.Progress) (err error) {
		res, err = p.CheckAs(c.ctx, how, pr)
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	c.showChecks(res)
	return personIf(!res.Passed), c.give(res)
}

func (c *call) showChecks(res check.Result) {
	for _, k := range res.Checks {
		word := "passed"
		if !k.Passed {
			word = "FAILED"
		}
		c.say("%-7s %-46s %-14s looked at %8d, failed %d  (%s)", word, k.Title, project.Title(k.Object), k.LookedAt, k.Failed, k.Scope)
		for _, e := range k.Examples {
			c.say("          %s", e)
		}
	}
	for _, e := range res.Equal {
		if e.Count > 0 {
			c.say("equal   %d values after: %s (%s)", e.Count, e.Title, e.Code)
		}
	}
	for _, m := range res.NotPossible {
		c.say("not possible here: %s, because %s", m.Title, m.Why)
	}
	for _, b := range res.Breached {
		c.say("overdue now: %s", b)
	}
}

func seconds(n int64) string { return (time.Duration(n) * time.Second).String() }

type manifest struct {
	Balances bool             `json:"balances"`
	Objects  []model.Manifest `json:"objects"`
}

func doManifest(c *call, p *project.Project) (int, error) {
	all, err := p.Manifest(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	out := manifest{Balances: project.Balances(all), Objects: all}
	c.printManifest(out)
	return exitDone, c.give(out)
}

// doNumbers writes the table of old numbers.
func doNumbers(c *call, p *project.Project) (int, error) {
	n, err := p.WriteOldNumbers(c.ctx, c.args[1])
	if err != nil {
		return exitFailed, err
	}
	c.say("%d old numbers are in %s.", n, c.args[1])
	return exitDone, c.give(map[string]any{"file": c.args[1], "numbers": n})
}

func (c *call) printManifest(m manifest) {
	for _, o := range m.Objects {
		mark := "open"
		if o.Balances() {
			mark = "balances"
		}
		c.say("%-14s %8d = %8d moved + %5d merged + %5d archived + %5d left out + %5d held + %7d waiting   target %8d   %s",
			project.Title(o.Object), o.Source, o.Moved, o.Merged, o.Archived, o.LeftOut, o.Held, o.Pending, o.Target, mark)
		if o.Erased > 0 {
			c.say("%-14s %8d more were erased on request; the audit trail says by whom and why", "", o.Erased)
		}
	}
	switch {
	case len(m.Objects) == 0:
		c.say("There is nothing to account for: nothing was read yet, or the source is empty.")
	case m.Balances:
		c.say("The manifest balances.")
	default:
		c.say("The manifest does not balance yet.")
	}
}
