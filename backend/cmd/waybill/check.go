package main

import (
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
	var res check.Result
	err := c.work("Checking", func(pr *job.Progress) (err error) {
		res, err = p.Check(c.ctx, pr)
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	for _, k := range res.Checks {
		word := "passed"
		if !k.Passed {
			word = "FAILED"
		}
		c.say("%-7s %-46s %-14s looked at %8d, failed %d", word, k.Title, project.Title(k.Object), k.LookedAt, k.Failed)
		for _, e := range k.Examples {
			c.say("          %s", e)
		}
	}
	return personIf(!res.Passed), c.give(res)
}

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
