package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

type heldGroup struct {
	// Group names it for --fix.
	Group    string       `json:"group"`
	Code     string       `json:"code"`
	Object   model.Object `json:"object"`
	Field    string       `json:"field"`
	Count    int64        `json:"count"`
	Message  string       `json:"message"`
	Next     string       `json:"next"`
	Examples []string     `json:"examples"`
	// Repairs that would put it right.
	Repairs []project.Repair `json:"repairs,omitempty"`
}

func groupOf(g store.HeldGroup) heldGroup {
	out := heldGroup{Group: project.GroupID(g), Code: g.Code, Object: g.Object, Field: g.Field, Count: g.Count, Examples: list(g.Examples)}
	if g.Example != nil {
		out.Message, out.Next = g.Example.What, g.Example.Next
	}
	return out
}

// doHeld lists what is held back by repair, repairs it, and carries it to somebody and back
// in a workbook.
func doHeld(c *call, p *project.Project) (int, error) {
	var did any
	var err error
	switch {
	case c.text("export") != "":
		err = p.ExportHeld(c.ctx, c.text("export"))
		if err != nil {
			return exitFailed, err
		}
		c.say("Wrote %s. Send it to whoever knows; bring it back with held --import.", c.text("export"))
		return exitDone, c.give(map[string]string{"file": c.text("export")})
	case c.text("import") != "":
		var code int
		if did, code, err = c.importHeld(p, c.text("import")); err != nil || code != exitDone {
			return code, err
		}
	case c.text("fix") != "":
		did, err = c.fixHeld(p)
	case c.has("retry"):
		err = c.work("Trying again", func(pr *job.Progress) error {
			_, err := p.Retry(c.ctx, nil, pr)
			return err
		})
	}
	if err != nil {
		return exitFailed, err
	}
	return c.listHeld(p, did)
}

func (c *call) fixHeld(p *project.Project) (any, error) {
	g, err := p.HeldGroup(c.ctx, c.text("fix"))
	if err != nil {
		return nil, err
	}
	var fixed project.Fixed
	err = c.work("Repairing", func(pr *job.Progress) (err error) {
		fixed, _, err = p.FixAndRetry(c.ctx, g, c.text("repair"), c.text("value"), c.text("why"), pr)
		return err
	})
	return fixed, err
}

// importHeld takes a workbook with repairs, whole or not at all.
func (c *call) importHeld(p *project.Project, path string) (any, int, error) {
	r, err := p.ReadHeld(c.ctx, path)
	if err != nil {
		return nil, exitFailed, err
	}
	if len(r.Problems) > 0 {
		for _, x := range r.Problems {
			c.say("  %s: %s %s", place(x.Where), x.What, x.Next)
		}
		c.say("Nothing was taken over.")
		return nil, exitPerson, c.give(map[string]any{"problems": r.Problems, "groups": []heldGroup{}})
	}
	if len(r.Answers) == 0 {
		c.say("The workbook asks for nothing.")
		return nil, exitDone, nil
	}
	for _, a := range r.Answers {
		c.say("  %d %s: %s", a.Group.Count, strings.ToLower(project.Title(a.Group.Object)), a.Repair)
	}
	var fixed project.Fixed
	err = c.work("Repairing", func(pr *job.Progress) (err error) {
		fixed, _, err = p.ApplyHeld(c.ctx, path, r.Token, pr)
		return err
	})
	return fixed, exitDone, err
}

func (c *call) listHeld(p *project.Project, did any) (int, error) {
	groups, err := p.HeldGroups(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	out := []heldGroup{}
	for _, g := range groups {
		h := groupOf(g)
		if h.Repairs, err = p.Repairs(c.ctx, g); err != nil {
			return exitFailed, err
		}
		out = append(out, h)
		c.say("%7d %-12s %s %s (%s)", h.Count, h.Object, h.Message, h.Next, strings.Join(h.Examples, "; "))
		for _, r := range h.Repairs {
			c.say("          %-16s %s", r.ID, r.Title)
			for _, o := range r.Options[:min(len(r.Options), 6)] {
				if len(r.Values) > 0 {
					c.say("          %-16s   one of: %-10s  %s", "", o.Value, o.Title)
					continue
				}
				c.say("          %-16s   --value %q  %s", "", o.Value, o.Title)
			}
			for _, v := range r.Values[:min(len(r.Values), 6)] {
				c.say("          %-16s   --value %q  for %d records; several values go on several lines", "", v.Value+" -> ...", v.Count)
			}
		}
		c.say("          repair with: waybill held %s --fix %s --repair NAME", c.args[0], h.Group)
	}
	if len(out) == 0 {
		c.say("Nothing is held back.")
	}
	give := map[string]any{"groups": out}
	if did != nil {
		give["fixed"] = did
	}
	return personIf(len(out) > 0), c.give(give)
}

// doSlices shows and states the parts in which the source is moved.
func doSlices(c *call, p *project.Project) (int, error) {
	if f := c.text("set"); f != "" {
		b, err := os.ReadFile(f)
		if err != nil {
			return exitFailed, problem.Wrap(err, "file.missing", "The file with the slices cannot be read.", "", "Check its name.").At(problem.Place{File: f})
		}
		var list []load.Slice
		if err := json.Unmarshal(b, &list); err != nil {
			return exitFailed, problem.Wrap(err, "file.slices", "The file with the slices cannot be understood.", "It must be a JSON list.",
				`Write [{"name":"Open","object":"ticket","conditions":[{"field":"status","op":"is_not","value":"closed"}]}].`).At(problem.Place{File: f})
		}
		if err := p.SetSlices(c.ctx, list); err != nil {
			return exitFailed, err
		}
	}
	if name := c.text("accept"); name != "" {
		if strings.TrimSpace(c.text("why")) == "" {
			return exitUse, problem.New("use.why", "Please say why this slice may start.", "It is kept with your name.", "Add --why and a reason.")
		}
		s, err := p.Slice(c.ctx, name)
		if err != nil {
			return exitFailed, err
		}
		if err := p.AcceptFinding(c.ctx, "slice/"+s.Name, c.text("why")); err != nil {
			return exitFailed, err
		}
	}
	states, err := p.SliceStates(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	for i, s := range states {
		words := []string{}
		for _, x := range s.Slice.Conditions {
			words = append(words, strings.TrimSpace(fmt.Sprintf("%s %s %s", x.Field, strings.ReplaceAll(x.Op, "_", " "), x.Value)))
		}
		c.say("%d. %s: %s %s: %s", i+1, s.Slice.Name, strings.ToLower(project.Title(s.Slice.Object)), strings.Join(words, " and "), strings.ReplaceAll(s.State, "_", " "))
		if s.Wait != "" {
			c.say("   waits: %s", s.Wait)
		}
	}
	if len(states) == 0 {
		c.say("There are no slices: the source is moved all at once.")
	}
	return exitDone, c.give(map[string]any{"slices": states})
}
