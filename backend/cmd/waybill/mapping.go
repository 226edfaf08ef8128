package main

import (
	"encoding/json"
	"fmt"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
)

// mapped is what the map commands print.
type mapped struct {
	Version  int                `json:"version"`
	Hash     string             `json:"hash"`
	Mapping  mapping.Version    `json:"mapping"`
	Problems []*problem.Problem `json:"problems"`
	Changes  []string           `json:"changes,omitempty"`
}

func doMap(c *call, p *project.Project) (int, error) {
	switch what := c.args[1]; what {
	case "suggest":
		v, err := p.Suggest(c.ctx)
		if err != nil {
			return exitFailed, err
		}
		return showMapping(c, p, v)
	case "show":
		v, err := p.Working(c.ctx)
		if err != nil {
			return exitFailed, err
		}
		return showMapping(c, p, v)
	case "set":
		return setRule(c, p)
	case "accept":
		v, err := p.Working(c.ctx)
		if err != nil {
			return exitFailed, err
		}
		m, err := p.Accept(c.ctx, v, c.text("reason"))
		if err != nil {
			return exitFailed, err
		}
		c.say("Version %d is in force (%s).", m.Number, m.Hash[:12])
		return exitDone, c.give(map[string]any{"version": m.Number, "hash": m.Hash})
	case "approve":
		if err := p.Approve(c.ctx, 0, c.text("reason")); err != nil {
			return exitFailed, err
		}
		c.say("Approved as %s.", p.Person().Name)
		return exitDone, c.give(map[string]string{"approved_by": p.Person().Name})
	case "diff":
		return diffMappings(c, p)
	case "versions":
		return listVersions(c, p)
	case "restore":
		return restoreVersion(c, p)
	case "git":
		return gitFolder(c, p)
	case "document":
		return writeDocument(c, p)
	case "export", "import":
		if len(c.args) < 3 {
			return exitUse, problem.New("use.file", "The workbook's file is not named.", "", "Name it behind "+what+".")
		}
		if what == "export" {
			return exportWorkbook(c, p, c.args[2])
		}
		return importWorkbook(c, p, c.args[2])
	default:
		if code, ok, err := mapWork(c, p); ok {
			return code, err
		}
		return exitUse, problem.New("use.map", fmt.Sprintf("map does not know %q.", what), "It knows suggest, show, set, accept, approve, diff, export, import, "+mapWords+".", "Use one of them.")
	}
}

func showMapping(c *call, p *project.Project, v mapping.Version) (int, error) {
	found, err := p.Lint(c.ctx, v)
	if err != nil {
		return exitFailed, err
	}
	for _, o := range v.Objects {
		if o.Target == "" {
			c.say("\n%s: not moved. %s", project.Title(o.Source), o.Why)
			continue
		}
		c.say("\n%s become %s", project.Title(o.Source), project.Title(o.Target))
		for _, f := range o.Fields {
			sure := ""
			if f.Confidence > 0 {
				sure = fmt.Sprintf("%d %%", f.Confidence)
			}
			c.say("  %-22s %-5s %s", f.Target, sure, mapping.Explain(f))
		}
	}
	if len(found) > 0 {
		c.say("\nTo settle:")
	}
	for _, x := range found {
		c.say("  %s %s (%s)", x.What, x.Next, place(x.Where))
	}
	return personIf(len(found) > 0), c.give(mapped{Version: v.Number, Hash: v.Hash(), Mapping: v, Problems: found})
}

// setRule lays the given JSON over a rule of the working copy.
func setRule(c *call, p *project.Project) (int, error) {
	v, err := p.Working(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	o, field := model.Object(c.text("object")), c.text("field")
	m, ok := v.Object(o)
	if !ok {
		return exitUse, problem.New("mapping.no_object", "This object is not in the mapping.", "", "Name one with --object; map show lists them.").At(problem.Place{Object: string(o)})
	}
	if field == "" { // the object itself
		var change struct{ Target, Why string }
		if err := json.Unmarshal([]byte(c.text("rule")), &change); err != nil {
			return exitUse, badRule(err)
		}
		if err := p.SetObject(c.ctx, o, model.Object(change.Target), change.Why); err != nil {
			return exitFailed, err
		}
	} else {
		f, ok := m.Field(field)
		if !ok {
			f = mapping.FieldMap{Target: field}
		}
		if err := json.Unmarshal([]byte(c.text("rule")), &f); err != nil {
			return exitUse, badRule(err)
		}
		f.Target, f.State, f.Confidence, f.Reason = field, mapping.Reviewed, 0, ""
		if err := p.SetField(c.ctx, o, f); err != nil {
			return exitFailed, err
		}
	}
	if v, err = p.Working(c.ctx); err != nil {
		return exitFailed, err
	}
	return showMapping(c, p, v)
}

func badRule(err error) error {
	return problem.Wrap(err, "use.rule", "The rule is not readable.", "It must be JSON, such as {\"rule\":\"fixed\",\"fixed\":\"email\"}.", "Correct it and try again.")
}

func diffMappings(c *call, p *project.Project) (int, error) {
	if len(c.args) < 4 {
		return exitUse, problem.New("use.diff", "Two versions must be named.", "", "For example: map DIR diff 1 2.")
	}
	var v [2]mapping.Version
	for i := range v {
		n, err := project.Number("version", c.args[2+i])
		if err != nil {
			return exitUse, err
		}
		if v[i], _, err = p.Accepted(c.ctx, int(n)); err != nil {
			return exitFailed, err
		}
	}
	out := []string{}
	for _, x := range mapping.Diff(v[0], v[1]) {
		out = append(out, x.String())
		c.say("%s", x)
	}
	return exitDone, c.give(map[string]any{"changes": out})
}
