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

// importWorkbook takes a returned workbook over, whole or not at all. Where both sides changed
// the same, --conflicts says which one counts; without it nothing is taken.
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
		c.say("  changed on both sides: %s", conflicts[len(conflicts)-1])
	}
	others := r.Words()
	for _, x := range others {
		c.say("  %s", x)
	}
	for _, x := range r.Notes {
		c.say("  note, %s: %s %s", place(x.Where), x.What, x.Why)
	}
	out := map[string]any{"changes": changes, "conflicts": conflicts, "others": others, "notes": list2(r.Notes), "problems": list2(r.Problems), "version": 0}
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
	refused := sayReview(c, r, out)
	if !r.Says() {
		c.say("The workbook changes nothing.")
		return exitDone, c.give(out)
	}
	t, err := takes(c, len(conflicts), "From the workbook that came back.")
	if err != nil {
		return exitUse, err
	}
	if len(t.Theirs) < len(conflicts) {
		c.say("Nothing was taken over: say with --conflicts theirs or --conflicts mine which side counts.")
		return exitPerson, c.give(out)
	}
	m, err := p.ApplyWorkbook(c.ctx, path, r.Token, t)
	if err != nil {
		return exitFailed, err
	}
	if m.Number > 0 {
		c.say("Version %d is in force.", m.Number)
	}
	out["version"] = m.Number
	return personIf(refused), c.give(out)
}

// takes reads how conflicts are settled, and why.
func takes(c *call, conflicts int, reason string) (project.Take, error) {
	t := project.Take{Reason: c.text("reason"), Theirs: map[int]bool{}}
	if t.Reason == "" {
		t.Reason = reason
	}
	switch side := c.text("conflicts"); side {
	case "":
	case "mine", "theirs":
		for i := range conflicts {
			t.Theirs[i] = side == "theirs"
		}
	default:
		return t, problem.New("use.conflicts", fmt.Sprintf("%q is neither mine nor theirs.", side), "", "Write --conflicts mine to keep what stands here, or --conflicts theirs to take what came back.")
	}
	return t, nil
}

// sayReview tells what the business owner decided, and whether it is refused.
func sayReview(c *call, r project.Returned, out map[string]any) (refused bool) {
	if r.Review == nil {
		return false
	}
	word := "does not approve it"
	if r.Review.Approved {
		word = "approves it"
	}
	c.say("  Review: %s, %s, %s on %s. %s", r.Review.Name, r.Review.Role, word, r.Review.Date, r.Review.Remark)
	review := map[string]any{"name": r.Review.Name, "role": r.Review.Role, "date": r.Review.Date, "approved": r.Review.Approved, "remark": r.Review.Remark}
	if p := r.Review.Refused; p != nil {
		c.say("  It does not count as an approval: %s %s", p.What, p.Next)
		review["refused"] = p
	}
	out["review"] = review
	return r.Review.Refused != nil
}

func list2(p []*problem.Problem) []*problem.Problem {
	if p == nil {
		return []*problem.Problem{}
	}
	return p
}
