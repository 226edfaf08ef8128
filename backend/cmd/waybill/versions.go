package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"waybill/backend/problem"
	"waybill/backend/project"
)

// listVersions prints the accepted versions with who approved them and which runs they made.
func listVersions(c *call, p *project.Project) (int, error) {
	all, err := p.Versions(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	out := []map[string]any{}
	for _, v := range all {
		c.say("%d  %s  %s, %s: %s", v.Number, v.Hash[:12], v.By.Name, v.At, v.Reason)
		runs, approved := []string{}, []string{}
		for _, a := range v.Approvals {
			approved = append(approved, a.By.Name)
			c.say("   approved by %s, %s on %s", a.By.Name, a.By.Role, a.At)
		}
		for _, r := range v.Runs {
			runs = append(runs, project.ID("run", r.ID))
			c.say("   %s: %s, %s", project.ID("run", r.ID), r.Kind, strings.ReplaceAll(r.State, "_", " "))
		}
		out = append(out, map[string]any{"version": v.Number, "hash": v.Hash, "author": v.By.Name, "at": v.At, "reason": v.Reason, "approved_by": approved, "runs": runs})
	}
	return exitDone, c.give(map[string]any{"versions": out})
}

// restoreVersion accepts an earlier version anew.
func restoreVersion(c *call, p *project.Project) (int, error) {
	if len(c.args) < 3 {
		return exitUse, problem.New("use.version", "The version is not named.", "", "For example: map DIR restore 2 --reason WHY.")
	}
	n, err := project.Number("version", c.args[2])
	if err != nil {
		return exitUse, err
	}
	m, err := p.Restore(c.ctx, int(n), c.text("reason"))
	if err != nil {
		return exitFailed, err
	}
	c.say("Version %d is in force; it says what version %d says.", m.Number, n)
	return exitDone, c.give(map[string]any{"version": m.Number, "hash": m.Hash})
}

// gitFolder writes the versions into a Git folder, or takes its text over.
func gitFolder(c *call, p *project.Project) (int, error) {
	if len(c.args) < 4 || c.args[2] != "export" && c.args[2] != "import" {
		return exitUse, problem.New("use.git", "It is not said what to do with which folder.", "", "For example: map DIR git export FOLDER, or map DIR git import FOLDER.")
	}
	if c.args[2] == "import" {
		return importFolder(c, p, c.args[3])
	}
	folder, made, err := p.ExportFolder(c.ctx, c.args[3])
	if err != nil {
		return exitFailed, err
	}
	commits := []map[string]any{}
	for _, x := range made {
		c.say("Version %d: commit %s.", x.Number, x.ID[:12])
		commits = append(commits, map[string]any{"version": x.Number, "commit": x.ID})
	}
	if len(made) == 0 {
		c.say("The folder has every version already.")
	}
	c.say("The text is in %s. Nothing was pushed.", folder)
	return exitDone, c.give(map[string]any{"folder": folder, "commits": commits})
}

func importFolder(c *call, p *project.Project, dir string) (int, error) {
	r, err := p.ReadFolder(c.ctx, dir)
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
	out := map[string]any{"changes": changes, "conflicts": conflicts, "problems": list2(r.Problems), "version": 0}
	if len(r.Problems) > 0 {
		for _, x := range r.Problems {
			c.say("  %s: %s %s", place(x.Where), x.What, x.Next)
		}
		c.say("Nothing was taken over.")
		return exitPerson, c.give(out)
	}
	if !r.Says() {
		c.say("The folder changes nothing.")
		return exitDone, c.give(out)
	}
	t, err := takes(c, len(conflicts), "From the folder "+filepath.Base(dir)+".")
	if err != nil {
		return exitUse, err
	}
	if len(t.Theirs) < len(conflicts) {
		c.say("Nothing was taken over: say with --conflicts theirs or --conflicts mine which side counts.")
		return exitPerson, c.give(out)
	}
	m, err := p.ApplyFolder(c.ctx, dir, r.Token, t)
	if err != nil {
		return exitFailed, err
	}
	c.say("Version %d is in force.", m.Number)
	out["version"] = m.Number
	return exitDone, c.give(out)
}

// writeDocument writes the mapping for the hand-over, as PDF or workbook.
func writeDocument(c *call, p *project.Project) (int, error) {
	if len(c.args) < 3 {
		return exitUse, problem.New("use.file", "The document's file is not named.", "", "For example: map DIR document mapping.pdf, or mapping.xlsx.")
	}
	sha, err := p.WriteDocument(c.ctx, c.args[2])
	if err != nil {
		return exitFailed, err
	}
	c.say("Wrote %s (SHA-256 %s).", c.args[2], sha)
	return exitDone, c.give(map[string]string{"file": c.args[2], "sha256": sha})
}
