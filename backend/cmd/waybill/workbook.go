package main

import (
	"fmt"

	"waybill/backend/problem"
	"waybill/backend/project"
)

func exportWorkbook(c *call, p *project.Project, path string) (int, error) {
	if err := p.ExportWorkbook(c.ctx, path); err != nil {
		return exitFailed, err
	}
	c.say("Wrote %s. Send it to the business owner; bring it back with map import.", path)
	return exitDone, c.give(map[string]string{"file": path})
}

// importWorkbook takes a returned workbook over, whole or not at all.
func importWorkbook(c *call, p *project.Project, path string) (int, error) {
	r, err := p.ReadWorkbook(c.ctx, path)
	if err != nil {
		return exitFailed, err
	}
	changes, conflicts := []string{}, []string{}
	for _, x := range r.Changes {
		changes = append(changes, x.String())
		c.say("  %s", x)
	}
	for _, x := range r.Conflicts {
		conflicts = append(conflicts, fmt.Sprintf("%s (here: %s)", x.Change, x.Mine))
		c.say("  kept as it is here: %s", conflicts[len(conflicts)-1])
	}
	out := map[string]any{"changes": changes, "conflicts": conflicts, "problems": list2(r.Problems), "version": 0}
	if len(r.Problems) > 0 {
		for _, x := range r.Problems {
			c.say("  %s: %s %s", place(x.Where), x.What, x.Next)
		}
		to, err := p.AnnotateWorkbook(c.ctx, path)
		if err != nil {
			c.say("Nothing was taken over.")
			return exitFailed, r.Problems[0]
		}
		c.say("Nothing was taken over. The mistakes stand as notes in %s.", to)
		out["annotated"] = to
		return exitPerson, c.give(out)
	}
	if len(changes) == 0 {
		c.say("The workbook changes nothing.")
		return personIf(len(conflicts) > 0), c.give(out)
	}
	reason := c.text("reason")
	if reason == "" {
		reason = "From the workbook that came back."
	}
	m, err := p.ApplyWorkbook(c.ctx, path, r.Token, reason)
	if err != nil {
		return exitFailed, err
	}
	c.say("Version %d is in force.", m.Number)
	out["version"] = m.Number
	return personIf(len(conflicts) > 0), c.give(out)
}

func list2(p []*problem.Problem) []*problem.Problem {
	if p == nil {
		return []*problem.Problem{}
	}
	return p
}
