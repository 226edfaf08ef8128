package main

import (
	"context"
	"sort"
	"strings"

	"waybill/backend/check"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/project"
	"waybill/backend/store"
)

// planned is what plan prints.
type planned struct {
	Plan     string        `json:"plan"`
	Objects  []load.Object `json:"objects"`
	Losses   []load.Loss   `json:"losses"`
	Requests int64         `json:"requests"`
	Duration struct {
		Low  int64 `json:"low"`
		High int64 `json:"high"`
	} `json:"duration_s"`
	Held []heldGroup `json:"held"`
}

func doPlan(c *call, p *project.Project) (int, error) {
	var pl store.Plan
	var sum load.Summary
	err := c.work("Planning", func(pr *job.Progress) (err error) {
		pl, sum, err = p.Plan(c.ctx, load.Scope{Kind: c.text("scope")}, pr)
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	out := planned{Plan: project.ID("plan", pl.ID), Objects: sum.Objects, Losses: sum.Losses, Requests: sum.Requests, Held: []heldGroup{}}
	out.Duration.Low, out.Duration.High = sum.LowS, sum.HighS
	err = p.DB().Read(c.ctx, func(tx *store.Tx) error {
		groups, err := tx.PlanHolds(pl.ID)
		for _, g := range groups {
			out.Held = append(out.Held, groupOf(g))
		}
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	hold := int64(0)
	for _, o := range sum.Objects {
		c.say("%-14s create %8d  hold %6d", project.Title(o.Object), o.Create, o.Hold)
		hold += o.Hold
	}
	for _, g := range out.Held {
		c.say("  %6d %s held: %s %s", g.Count, g.Object, g.Message, strings.Join(g.Examples, "; "))
	}
	for _, l := range sum.Losses {
		c.say("  %6d %s: %s stays empty", l.Count, l.Object, l.Field)
	}
	c.say("%s: about %d requests, %d to %d seconds. Next: waybill run %s %s", out.Plan, out.Requests, out.Duration.Low, out.Duration.High, c.args[0], out.Plan)
	return personIf(hold > 0), c.give(out)
}

func personIf(needed bool) int {
	if needed {
		return exitPerson
	}
	return exitDone
}

// ran is what run and rollback print.
type ran struct {
	Run     string      `json:"run"`
	State   string      `json:"state"`
	Objects []ranObject `json:"objects"`
	Proof   *load.Proof `json:"proof,omitempty"`
}

type ranObject struct {
	Object    model.Object `json:"object"`
	Created   int64        `json:"created"`
	Updated   int64        `json:"updated"`
	Unchanged int64        `json:"unchanged"`
	Deleted   int64        `json:"deleted"`
	Held      int64        `json:"held"`
	Kept      int64        `json:"kept"`
}

// outcome reads a run's end from the project.
func outcome(ctx context.Context, p *project.Project, id int64) (ran, int64, error) {
	var r store.Run
	err := p.DB().Read(ctx, func(tx *store.Tx) (err error) {
		r, err = tx.Run(id)
		return err
	})
	out := ran{Run: project.ID("run", id), State: r.State, Objects: []ranObject{}}
	held := int64(0)
	for _, o := range order(r.Counts) {
		n := r.Counts[o]
		// What was found by its mark was created by an earlier request of ours.
		out.Objects = append(out.Objects, ranObject{Object: o, Created: n["created"] + n["existed"], Deleted: n["deleted"], Held: n["held"], Kept: n["kept"]})
		held += n["held"] + n["kept"]
	}
	return out, held, err
}

func order(m map[model.Object]map[string]int64) []model.Object {
	out := []model.Object{}
	known := map[model.Object]bool{}
	for _, o := range model.Known() {
		known[o] = true
		if _, ok := m[o]; ok {
			out = append(out, o)
		}
	}
	rest := []model.Object{}
	for o := range m {
		if !known[o] {
			rest = append(rest, o)
		}
	}
	sort.Slice(rest, func(i, j int) bool { return rest[i] < rest[j] })
	return append(out, rest...)
}

func (c *call) tell(out ran) {
	for _, o := range out.Objects {
		c.say("%-14s created %8d  deleted %7d  held %6d  kept %5d", project.Title(o.Object), o.Created, o.Deleted, o.Held, o.Kept)
	}
	c.say("%s is %s.", out.Run, out.State)
}

func doRun(c *call, p *project.Project) (int, error) {
	var plan, resume int64
	var err error
	if s := c.text("resume"); s != "" {
		resume, err = project.Number("run", s)
	} else if len(c.args) > 1 {
		plan, err = project.Number("plan", c.args[1])
	}
	if err != nil {
		return exitUse, err
	}
	var r store.Run
	err = c.work("Moving", func(pr *job.Progress) (err error) {
		r, err = p.Run(c.ctx, load.Order{Plan: plan, Resume: resume, Yes: c.has("yes")}, pr)
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	out, held, err := outcome(c.ctx, p, r.ID)
	if err != nil {
		return exitFailed, err
	}
	c.tell(out)
	return personIf(held > 0), c.give(out)
}

func doRollback(c *call, p *project.Project) (int, error) {
	id, err := project.Number("run", c.args[1])
	if err != nil {
		return exitUse, err
	}
	var r store.Run
	var proof load.Proof
	err = c.work("Removing", func(pr *job.Progress) (err error) {
		r, proof, err = p.Rollback(c.ctx, id, pr)
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	out, kept, err := outcome(c.ctx, p, r.ID)
	if err != nil {
		return exitFailed, err
	}
	out.Proof = &proof
	c.tell(out)
	c.say("%d removed, %d of them looked for and not found any more, %d kept because people changed them. The source is untouched: %v.", proof.Deleted, proof.Absent, proof.Kept, proof.SourceUntouched)
	return personIf(kept > 0), c.give(out)
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

func (c *call) printManifest(m manifest) {
	for _, o := range m.Objects {
		mark := "open"
		if o.Balances() {
			mark = "balances"
		}
		c.say("%-14s %8d = %8d moved + %5d merged + %5d archived + %5d left out + %5d held + %7d waiting   target %8d   %s",
			project.Title(o.Object), o.Source, o.Moved, o.Merged, o.Archived, o.LeftOut, o.Held, o.Pending, o.Target, mark)
	}
	if m.Balances {
		c.say("The manifest balances.")
	} else {
		c.say("The manifest does not balance yet.")
	}
}

type heldGroup struct {
	Code     string       `json:"code"`
	Object   model.Object `json:"object"`
	Field    string       `json:"field"`
	Count    int64        `json:"count"`
	Message  string       `json:"message"`
	Next     string       `json:"next"`
	Examples []string     `json:"examples"`
}

func groupOf(g store.HeldGroup) heldGroup {
	out := heldGroup{Code: g.Code, Object: g.Object, Field: g.Field, Count: g.Count, Examples: g.Examples}
	if g.Example != nil {
		out.Message, out.Next = g.Example.What, g.Example.Next
	}
	return out
}

func doHeld(c *call, p *project.Project) (int, error) {
	if c.has("retry") {
		err := c.work("Trying again", func(pr *job.Progress) error {
			pl, _, err := p.Plan(c.ctx, load.Scope{Kind: load.RunRetry}, pr)
			if err != nil {
				return err
			}
			_, err = p.Run(c.ctx, load.Order{Plan: pl.ID, Yes: true}, pr)
			return err
		})
		if err != nil {
			return exitFailed, err
		}
	}
	out := []heldGroup{}
	err := p.DB().Read(c.ctx, func(tx *store.Tx) error {
		groups, err := tx.HeldGroups()
		for _, g := range groups {
			out = append(out, groupOf(g))
		}
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	for _, g := range out {
		c.say("%7d %-12s %-28s %s %s (%s)", g.Count, g.Object, g.Code, g.Message, g.Next, strings.Join(g.Examples, "; "))
	}
	if len(out) == 0 {
		c.say("Nothing is held back.")
	}
	return personIf(len(out) > 0), c.give(map[string]any{"groups": out})
}
