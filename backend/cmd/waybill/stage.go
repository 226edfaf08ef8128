package main

import (
	"fmt"
	"strconv"
	"strings"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/project"
)

func doExtract(c *call, p *project.Project) (int, error) {
	if err := c.work("Reading", func(pr *job.Progress) error {
		only := objects(c.text("objects"))
		if name := c.text("source"); name != "" {
			_, err := p.ExtractFrom(c.ctx, name, only, pr)
			return err
		}
		_, err := p.Extract(c.ctx, only, pr)
		return err
	}); err != nil {
		return exitFailed, err
	}
	return doManifest(c, p)
}

func doProfile(c *call, p *project.Project) (int, error) {
	var all []profile.Object
	err := c.work("Measuring", func(pr *job.Progress) (err error) {
		o := objects(c.text("object"))
		if len(o) == 0 {
			o = nil
		}
		all, err = p.Profile(c.ctx, o, pr)
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	findings := []profile.Finding{}
	for _, o := range all {
		c.say("\n%s: %d records", project.Title(o.Object), o.Rows)
		for _, f := range o.Fields {
			top := []string{}
			for _, v := range f.Top[:min(3, len(f.Top))] {
				top = append(top, fmt.Sprintf("%s (%d)", short(v.Value, 24), v.Count))
			}
			about := ""
			if !f.Exact {
				about = "about "
			}
			c.say("  %-24s %-9s filled %7d  empty %7d  %sdifferent %7d  longest %6d  %s", short(f.Name, 24), f.Type, f.Filled, f.Empty+f.Blank, about, f.Distinct, f.Longest, strings.Join(top, ", "))
		}
		findings = append(findings, o.Findings...)
	}
	if len(findings) > 0 {
		c.say("\nWhat stands out:")
	}
	for _, f := range findings {
		state := ""
		if f.State != profile.Open {
			state = " (" + f.State + ")"
		}
		c.say("  [%s]%s %d %s. %s %s", f.Severity, state, f.Count, f.What, f.Means, f.Fix)
	}
	graph, ready := profile.GraphOf(all), profile.Ready(all)
	order := []string{}
	for _, n := range graph.Nodes {
		order = append(order, project.Title(n.Object))
	}
	c.say("\nThey load in this order: %s.", strings.Join(order, ", "))
	c.say("Readiness: %d of 100; from %d on it is clean enough. %s", ready.Points, ready.Enough, ready.Formula)
	if file := c.text("report"); file != "" {
		if err := p.WriteProfile(c.ctx, file); err != nil {
			return exitFailed, err
		}
		c.say("Written: %s", file)
	}
	return exitDone, c.give(map[string]any{"objects": all, "findings": findings, "graph": graph, "readiness": ready})
}

func short(s string, n int) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) <= n {
		return string(r)
	}
	return string(r[:n-1]) + "…"
}

func doClean(c *call, p *project.Project) (int, error) {
	settings, err := pairs(c.list("set"))
	if err != nil {
		return exitUse, err
	}
	if n, err := strconv.ParseInt(c.text("undo"), 10, 64); err == nil && n != 0 {
		if err := p.Undo(c.ctx, n); err != nil {
			return exitFailed, err
		}
		c.say("Took decision %d back.", n)
		return exitDone, c.give(map[string]int64{"undone": n})
	}
	if o := c.text("duplicates"); o != "" {
		return doDuplicates(c, p, model.Object(o))
	}
	for _, name := range []string{"try", "make"} {
		if file := c.text(name); file != "" {
			return doOwnRule(c, p, file, name == "make")
		}
	}
	apply := c.text("apply")
	if apply != "" && apply != "all" {
		d, err := p.Decide(c.ctx, apply, settings, c.text("why"))
		if err != nil {
			return exitFailed, err
		}
		c.say("Decision %d: %s, %d records.", d.ID, d.Title, d.Count)
		return exitDone, c.give(d)
	}
	rules, err := p.Rules(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	if apply == "all" {
		for _, r := range rules {
			if r.Applied != 0 || r.Does == "archive" {
				continue
			}
			d, err := p.Decide(c.ctx, r.ID, settings, c.text("why"))
			if problem.Is(err, "clean.none") {
				continue // an earlier rule decided about the same records
			}
			if err != nil {
				return exitFailed, err
			}
			c.say("Decision %d: %s, %d records.", d.ID, d.Title, d.Count)
		}
		if rules, err = p.Rules(c.ctx); err != nil {
			return exitFailed, err
		}
	} else {
		for _, r := range rules {
			state := "open"
			if r.Applied != 0 {
				state = fmt.Sprintf("decided (%d)", r.Applied)
			}
			c.say("%-44s %7d  %-12s %s", r.ID, r.Count, state, r.Title)
		}
	}
	return exitDone, c.give(map[string]any{"rules": rules})
}
