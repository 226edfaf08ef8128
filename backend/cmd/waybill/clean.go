package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"waybill/backend/clean"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// doDuplicates looks for people and companies that are there twice, lists them, merges the
// sure ones, and sends the rest out for somebody else to decide.
func doDuplicates(c *call, p *project.Project, o model.Object) (int, error) {
	if c.has("seek") {
		if err := c.work("Looking for duplicates", func(pr *job.Progress) error {
			_, err := p.Seek(c.ctx, o, c.has("plus-tags"), pr)
			return err
		}); err != nil {
			return exitFailed, err
		}
	}
	if file := c.text("import"); file != "" {
		if code, err := takeDuplicates(c, p, o, file); err != nil || code != exitDone {
			return code, err
		}
	}
	if c.has("merge-sure") {
		d, err := p.MergeSure(c.ctx, o, c.text("why"))
		if err != nil {
			return exitFailed, err
		}
		c.say("Decision %d: %s, %d records.", d.ID, d.Title, d.Count)
	}
	if file := c.text("export"); file != "" {
		if err := p.ExportTwins(c.ctx, o, file); err != nil {
			return exitFailed, err
		}
		c.say("Written to %s.", file)
	}
	return listDuplicates(c, p, o)
}

func takeDuplicates(c *call, p *project.Project, o model.Object, file string) (int, error) {
	got, err := p.ReadTwins(c.ctx, o, file)
	if err != nil {
		return exitFailed, err
	}
	for _, x := range got.Problems {
		c.say("  %s %s: %s %s", x.Where.Sheet, x.Where.Cell, x.What, x.Next)
	}
	if len(got.Problems) > 0 {
		return exitPerson, c.give(map[string]any{"problems": got.Problems})
	}
	if _, err := p.ApplyTwins(c.ctx, o, file, got.Token); err != nil {
		return exitFailed, err
	}
	c.say("%d groups merged, %d are different ones.", got.Merges, got.Aparts)
	return exitDone, nil
}

// twinLine is a group as other programs read it.
type twinLine struct {
	ID       int64    `json:"id"`
	Band     string   `json:"band"`
	Score    float64  `json:"score"`
	Survivor string   `json:"survivor"`
	Members  []string `json:"members"`
}

func listDuplicates(c *call, p *project.Project, o model.Object) (int, error) {
	s, err := clean.Found(c.ctx, p.DB(), o)
	if err != nil {
		return exitFailed, err
	}
	if s.At == "" {
		return exitFailed, problem.New("clean.not_sought", "Duplicates were not looked for yet.", "", "Add --seek.").At(problem.Place{Object: string(o)})
	}
	open := int64(0)
	for _, n := range s.Counts {
		c.say("%-10s %-8s %7d groups %8d records", n.Band, n.State, n.Groups, n.Records)
		if n.State == store.AlikeOpen && n.Band != "different" {
			open += n.Groups
		}
	}
	for _, x := range s.Capped {
		c.say("not compared in full: %d records share %s %q", x.Records, x.By, x.Value)
	}
	groups, err := p.Twins(c.ctx, store.AlikeFilter{Object: o, State: store.AlikeOpen}, 0, 100)
	if err != nil {
		return exitFailed, err
	}
	out := []twinLine{}
	for _, g := range groups {
		l := twinLine{ID: g.ID, Band: g.Band, Score: g.Score, Members: []string{}}
		names := []string{}
		for _, m := range g.Members {
			if m.Survivor {
				l.Survivor = m.Key.ID
			}
			if !m.Out {
				l.Members = append(l.Members, m.Key.ID)
				names = append(names, short(m.Key.ID+" "+m.Name, 36))
			}
		}
		out = append(out, l)
		c.say("  %-9s %5.1f  %s", g.Band, g.Score, strings.Join(names, " | "))
	}
	return personIf(open > 0), c.give(map[string]any{"object": o, "at": s.At, "records": s.Records, "counts": countsOf(s.Counts), "capped": s.Capped, "groups": out})
}

func countsOf(list []store.AlikeCount) []map[string]any {
	out := []map[string]any{}
	for _, n := range list {
		out = append(out, map[string]any{"band": n.Band, "state": n.State, "groups": n.Groups, "records": n.Records})
	}
	return out
}

// doOwnRule previews a rule of one's own from a file, or puts it in force.
func doOwnRule(c *call, p *project.Project, file string, apply bool) (int, error) {
	b, err := os.ReadFile(file) //nolint:gosec // the person names the file
	if err != nil {
		return exitFailed, problem.Wrap(err, "file.missing", "The file with the rule cannot be read.", "", "Check its name.").At(problem.Place{File: file})
	}
	var s clean.Spec
	if err := json.Unmarshal(b, &s); err != nil {
		return exitFailed, problem.Wrap(err, "file.rule", "The file with the rule cannot be understood.", "It must be JSON.",
			`Write {"object":"ticket","does":"archive","where":[{"field":"status","op":"is","value":"closed"}]} or {"object":"contact","does":"correct","field":"email","how":"email"}.`).At(problem.Place{File: file})
	}
	if apply {
		d, err := p.MakeRule(c.ctx, s, c.text("why"))
		if err != nil {
			return exitFailed, err
		}
		c.say("Decision %d: %s, %d records.", d.ID, d.Title, d.Count)
		return exitDone, c.give(d)
	}
	got, err := p.TryRule(c.ctx, s)
	if err != nil {
		return exitFailed, err
	}
	c.say("%s: %d records", got.Title, got.Count)
	examples := []map[string]string{}
	for _, e := range got.Examples {
		line := fmt.Sprintf("  %s %s", e.ID, short(e.Name, 40))
		if e.Before != e.After {
			line += fmt.Sprintf(": %q becomes %q", short(e.Before, 60), short(e.After, 60))
		}
		c.say("%s", line)
		examples = append(examples, map[string]string{"id": e.ID, "name": e.Name, "before": e.Before, "after": e.After})
	}
	return exitDone, c.give(map[string]any{"title": got.Title, "count": got.Count, "examples": examples})
}
