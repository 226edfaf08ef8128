package main

import (
	"fmt"
	"strings"

	"waybill/backend/delta"
	"waybill/backend/extract"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
)

// doDelta reads what changed at the source, plans it and carries it out.
func doDelta(c *call, p *project.Project) (int, error) {
	var read []extract.Result
	err := c.work("Reading what changed", func(pr *job.Progress) (err error) {
		read, err = p.ReadChanges(c.ctx, pr)
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	for _, r := range read {
		if r.New+r.Changed+r.Deleted+r.Merged+r.Redacted > 0 {
			c.say("%-14s new %7d  changed %7d  deleted %6d  merged %6d  redacted %6d", project.Title(r.Object), r.New, r.Changed, r.Deleted, r.Merged, r.Redacted)
		}
	}
	out, err := c.makePlan(p, load.Scope{Kind: model.RunDelta})
	if err != nil {
		return exitFailed, err
	}
	c.showPlan(out)
	if c.has("plan-only") {
		c.say("Next: waybill conflicts %s, then waybill run %s %s", c.args[0], c.args[0], out.Plan)
		return personIf(out.Conflicts+out.Gone > 0), c.give(out)
	}
	id, err := project.Number("plan", out.Plan)
	if err != nil {
		return exitFailed, err
	}
	code, err := c.carryOut(p, load.Order{Plan: id, Yes: c.has("yes")})
	if err == nil && code == exitDone && out.Conflicts+out.Gone > 0 {
		code = exitPerson // they were kept as they are in the target, and nobody said so
	}
	return code, err
}

// doConflicts lists what people edited in the target meanwhile, or with --gone what is
// gone at the source, and takes choices about it.
func doConflicts(c *call, p *project.Project) (int, error) {
	kind := delta.KindConflict
	if c.has("gone") {
		kind = delta.KindGone
	}
	list, err := c.conflicts(p, kind)
	if err != nil {
		return exitFailed, err
	}
	if choice := c.text("choose"); choice != "" {
		pick := delta.Pick{Kind: kind}
		if !c.has("all") {
			if pick.Seqs, err = picked(list, c.list("record")); err != nil {
				return exitUse, err
			}
		}
		if _, err := p.ChooseConflict(c.ctx, 0, pick, choice, c.text("why")); err != nil {
			return exitFailed, err
		}
		if list, err = c.conflicts(p, kind); err != nil {
			return exitFailed, err
		}
	}
	open := false
	for _, r := range list {
		by := "by default"
		if r.Item.By.Name != "" {
			by = "chosen by " + r.Item.By.Name
		} else {
			open = true
		}
		c.say("%s/%s %s (in the target %s): %s, %s; possible: %s", r.Object, r.Source, short(r.Name, 60), r.Target, r.Item.Choice, by, strings.Join(r.Item.Choices, ", "))
		for _, d := range r.Item.Differences {
			c.say("    %-16s wrote %s | source %s | target %s", d.Field, short(d.Wrote, 40), short(d.Source, 40), short(d.Target, 40))
		}
		if r.Item.How != "" {
			c.say("    %s at the source %s", r.Item.How, r.Item.At)
		}
	}
	if len(list) == 0 {
		c.say("There are none.")
	}
	return personIf(open), c.give(map[string]any{"kind": kind, "records": list})
}

func (c *call) conflicts(p *project.Project, kind string) ([]delta.Row, error) {
	out := []delta.Row{}
	get := p.Conflicts
	if kind == delta.KindGone {
		get = p.GoneList
	}
	for after := int64(0); ; {
		rows, err := get(c.ctx, 0, after, 500)
		if err != nil || len(rows) == 0 {
			return out, err
		}
		after = rows[len(rows)-1].Seq
		out = append(out, rows...)
	}
}

// picked finds the records that are named as object/id.
func picked(list []delta.Row, names []string) ([]int64, error) {
	if len(names) == 0 {
		return nil, problem.New("use.record", "It was not said for which records this is chosen.", "", "Name them with --record OBJECT/ID, or say --all.")
	}
	out := []int64{}
	for _, name := range names {
		found := false
		for _, r := range list {
			if string(r.Object)+"/"+r.Source == name {
				out, found = append(out, r.Seq), true
			}
		}
		if !found {
			return nil, problem.New("use.record", fmt.Sprintf("%q is not in the list.", name), "Records are named as object/id, such as ticket/1042.", "Look at the list and try again.").At(problem.Place{Value: name})
		}
	}
	return out, nil
}
