package main

import (
	"fmt"
	"strings"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// mapCommands look into what a mapping makes.
func mapCommands() map[string]command {
	return map[string]command{
		"lineage": {use: "lineage DIR OBJECT ID [FIELD]", help: "where the values of a record come from: source, corrections, rule, version, run", min: 3, run: within(doLineage)},
	}
}

// mapWork is what else a mapping can be asked and told; ok is false for another word.
func mapWork(c *call, p *project.Project) (code int, ok bool, err error) {
	switch c.args[1] {
	case "check":
		code, err = checkMapping(c, p)
	case "people":
		code, err = mapPeople(c, p)
	case "table", "tables":
		code, err = mapTables(c, p)
	case "values":
		code, err = mapValues(c, p)
	case "route":
		code, err = mapRoute(c, p)
	case "freeze":
		code, err = freezeTarget(c, p)
	case "drift":
		code, err = compareTarget(c, p)
	default:
		return exitUse, false, nil
	}
	return code, true, err
}

// mapWords are the words that mapWork knows.
const mapWords = "check, people, tables, values, route, freeze and drift"

func argument(c *call, n int) string {
	if len(c.args) > n {
		return c.args[n]
	}
	return ""
}

func checkMapping(c *call, p *project.Project) (int, error) {
	version := int64(0)
	if s := argument(c, 2); s != "" {
		var err error
		if version, err = project.Number("version", s); err != nil {
			return exitUse, err
		}
	}
	var v project.Validation
	err := c.work("Trying the mapping", func(pr *job.Progress) (err error) {
		v, err = p.Validate(c.ctx, int(version), pr)
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	against := "the target as it was last seen"
	if v.Frozen {
		against = "the frozen target " + v.Shape[:12]
	}
	c.say("Mapping %s against %s: %d ready, %d would be held for %d reasons. Nothing was sent.", v.Mapping[:12], against, v.Ready, v.Held, v.Errors)
	if v.Before != nil {
		c.say("Before: %d ready, %d held for %d reasons.", v.Before.Ready, v.Before.Held, v.Before.Errors)
	}
	for _, o := range v.Objects {
		c.say("  %-14s to %-14s %9d ready %9d held", o.Object, o.Target, o.Ready, o.Held)
	}
	for _, g := range v.Groups {
		c.say("\n%d × %s: %s %s", g.Count, g.Object, g.Problem.What, g.Problem.Next)
		if len(g.Values) > 0 {
			list := []string{}
			for _, x := range g.Values[:min(len(g.Values), 5)] {
				list = append(list, fmt.Sprintf("%q %d", x.Value, x.Count))
			}
			c.say("  values: %s", strings.Join(list, ", "))
		}
		c.say("  records: %s", strings.Join(g.Examples, ", "))
	}
	for _, l := range v.Losses {
		c.say("\n%d × %s: %s", l.Count, l.Object, l.What)
	}
	for _, x := range v.Lint {
		c.say("\n%s %s (%s)", x.What, x.Next, place(x.Where))
	}
	return personIf(v.Held > 0 || len(v.Lint) > 0), c.give(v)
}

func mapPeople(c *call, p *project.Project) (int, error) {
	var m project.PeopleMap
	var err error
	switch what := argument(c, 2); what {
	case "":
		m, err = p.People(c.ctx)
	case "read":
		err = c.work("Asking who is in the target", func(pr *job.Progress) error {
			_, err := p.ReadTargetPeople(c.ctx, pr)
			return err
		})
		if err == nil {
			m, err = p.People(c.ctx)
		}
	case "propose":
		m, err = p.ProposePeople(c.ctx)
	case "use":
		if _, err = p.UsePeople(c.ctx, true); err == nil {
			m, err = p.People(c.ctx)
		}
	case "stand-in":
		if len(c.args) < 5 {
			return exitUse, problem.New("use.stand_in", "It is not said who stands in.", "", "For example: map DIR people stand-in agent 4711, with a number of the target.")
		}
		if _, err = p.StandIn(c.ctx, model.Object(c.args[3]), c.args[4]); err == nil {
			m, err = p.People(c.ctx)
		}
	default:
		return exitUse, problem.New("use.people", fmt.Sprintf("map people does not know %q.", what), "It knows read, propose, use and stand-in.", "Use one of them, or none to look.")
	}
	if err != nil {
		return exitFailed, err
	}
	for _, l := range m.Lines {
		to := "nobody said"
		switch {
		case l.How == "target":
			to = l.ToName + " (" + l.To + ")"
			if l.Stands {
				to += ", stands in"
			}
		case l.How != "":
			to = l.How
		}
		if !l.Decided {
			to += ", not decided"
		}
		more := ""
		if l.MayMore {
			more = fmt.Sprintf(" MAY MORE THAN BEFORE: %s, was %s.", l.ToRole, l.Role)
		}
		c.say("  %-8s %-28s %8d records  %s. %s%s", l.Object, l.Title, l.Count, to, l.Reason, more)
	}
	c.say("%d are not decided; %d records would be held.", m.Open, m.OpenRecords)
	return personIf(m.Open > 0), c.give(m)
}

func mapTables(c *call, p *project.Project) (int, error) {
	if path := argument(c, 3); path != "" {
		err := c.work("Reading the table", func(pr *job.Progress) error {
			_, err := p.ImportLookup(c.ctx, path, "", c.args[2], pr)
			return err
		})
		if err != nil {
			return exitFailed, err
		}
	}
	all, err := p.Lookups(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	for _, l := range all {
		c.say("  %-20s %8d rows  %s  (%s)", l.Name, l.Rows, strings.Join(l.Columns, ", "), l.File)
	}
	return exitDone, c.give(map[string][]store.Lookup{"tables": all})
}

func mapValues(c *call, p *project.Project) (int, error) {
	o, field := model.Object(c.text("object")), c.text("field")
	l, err := p.FillValueList(c.ctx, o, "", field)
	if err != nil {
		return exitFailed, err
	}
	for _, x := range l.Lines {
		to := x.To
		if !x.Decided {
			to = "? " + x.Near
		}
		c.say("  %8d  %-30s %s", x.Count, x.From, to)
	}
	c.say("%d values are not decided; %d records would be held.", l.Undecided, l.UndecidedRecords)
	return personIf(l.Undecided > 0), c.give(l)
}

func mapRoute(c *call, p *project.Project) (int, error) {
	o := model.Object(argument(c, 2))
	if target := argument(c, 3); target != "" {
		if err := p.SetBranch(c.ctx, o, model.Object(target), argument(c, 4), 0); err != nil {
			return exitFailed, err
		}
	}
	routes, err := p.Routes(c.ctx, o)
	if err != nil {
		return exitFailed, err
	}
	for _, r := range routes {
		switch {
		case r.Unclear:
			c.say("  %8d  cannot be told", r.Count)
		case r.Target == "":
			c.say("  %8d  not moved", r.Count)
		case r.When == "":
			c.say("  %8d  to %s: the rest", r.Count, r.Target)
		default:
			c.say("  %8d  to %s when %s", r.Count, r.Target, r.When)
		}
	}
	return exitDone, c.give(map[string][]project.RouteCount{"routes": routes})
}

func freezeTarget(c *call, p *project.Project) (int, error) {
	f, err := p.FreezeTarget(c.ctx, c.text("reason"))
	if err != nil {
		return exitFailed, err
	}
	c.say("Frozen: %s.", f.Hash)
	return exitDone, c.give(f)
}

func compareTarget(c *call, p *project.Project) (int, error) {
	d, err := p.CompareTarget(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	switch {
	case d.Same:
		c.say("The target is as it was frozen.")
	default:
		c.say("The target is not as it was frozen on %s by %s.", d.Frozen.At, d.Frozen.By.Name)
	}
	for _, x := range d.Breaks {
		c.say("  stops a run: %s", x)
	}
	for _, x := range d.Others {
		c.say("  %s", x)
	}
	return personIf(len(d.Breaks) > 0), c.give(d)
}

func doLineage(c *call, p *project.Project) (int, error) {
	l, err := p.Lineage(c.ctx, model.Object(c.args[1]), c.args[2], argument(c, 3))
	if err != nil {
		return exitFailed, err
	}
	c.say("%s %s (%s): %s", l.Object, l.ID, l.Name, l.Fate)
	if l.TargetID != "" {
		c.say("In the target: %s %s, sent by run %d on %s.", l.Target, l.TargetID, l.Run, l.SentAt)
	}
	if l.Version > 0 {
		c.say("Mapping version %d, accepted by %s on %s: %s", l.Version, l.MappedBy.Name, l.MappedAt, l.MappedWhy)
	}
	if l.Changed {
		c.say("The source changed this record since; values are as they are now.")
	}
	for _, f := range l.Fields {
		c.say("\n%s: %s", f.Title, f.Value)
		c.say("  %s", f.Rule)
		for _, s := range f.Sources {
			c.say("  [%s] %q", s.Field, s.Raw)
			for _, x := range s.Corrections {
				c.say("    corrected to %q by %s on %s: %s", s.Value, x.By.Name, x.At, x.Why)
			}
		}
		if f.Checked && !f.AsMeant {
			c.say("  Read back on %s: %q", f.CheckedAt, f.Found)
		} else if f.Checked {
			c.say("  Read back on %s as meant.", f.CheckedAt)
		}
		if f.Problem != nil {
			c.say("  %s %s", f.Problem.What, f.Problem.Next)
		}
	}
	return exitDone, c.give(l)
}
