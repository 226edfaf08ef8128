package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
)

// inspected is what inspect prints with --json; other programs rely on its shape.
type inspected struct {
	Account string   `json:"account"`
	As      string   `json:"as"`
	Plan    string   `json:"plan,omitempty"`
	Zone    string   `json:"zone,omitempty"`
	Rights  []string `json:"rights"`
	Missing []string `json:"missing"`
	// PerMinute is the limit of requests; 0: none is known.
	PerMinute int               `json:"per_minute"`
	Objects   []inspectedObject `json:"objects"`
	// Requests and seconds that reading everything takes at the limit, at least and at most.
	Requests lowHigh `json:"requests"`
	Duration lowHigh `json:"duration_s"`
}

type lowHigh struct {
	Low  int64 `json:"low"`
	High int64 `json:"high"`
}

type inspectedObject struct {
	Object model.Object  `json:"object"`
	Title  string        `json:"title"`
	Count  int64         `json:"count"`
	Exact  bool          `json:"exact"`
	Fields []model.Field `json:"fields"`
	// Unknown: the desk says it only while it is read.
	Unknown bool             `json:"unknown,omitempty"`
	Error   *problem.Problem `json:"error,omitempty"`
}

// connectDesk connects a side to a desk and says what the test of it found out.
func connectDesk(c *call, p *project.Project, side, kind string, settings map[string]string) (int, error) {
	if _, err := p.Connect(c.ctx, side, kind, settings); err != nil {
		if problem.Is(err, connector.CodeSetting) && !c.json {
			c.sayForm(kind, settings)
		}
		return exitFailed, err
	}
	conn, _, err := p.Connection(c.ctx, side)
	if err != nil {
		return exitFailed, err
	}
	out, err := c.inspectSide(p, side, conn.Settings["address"])
	if err != nil {
		return exitFailed, err
	}
	return exitDone, c.give(struct {
		Name    string `json:"name"`
		Address string `json:"address,omitempty"`
		inspected
	}{out.Account, conn.Settings["address"], out})
}

// sayForm prints what a desk asks for, and how to get it.
func (c *call) sayForm(kind string, settings map[string]string) {
	k, err := c.env.Kind(kind)
	if err != nil {
		return // the error that led here says it
	}
	c.say("%s asks for:", k.Title)
	for _, f := range k.Form {
		if !project.Shown(k.Form, f, settings) {
			continue
		}
		flag := "--set " + f.Name + "=..."
		if f.Secret {
			flag = "--secret-env " + f.Name + "=VARIABLE"
		}
		notes := []string{f.Title}
		if !f.Required {
			notes = append(notes, "may be left out")
		}
		if len(f.Options) > 0 {
			values := []string{}
			for _, o := range f.Options {
				values = append(values, o.Value)
			}
			notes = append(notes, "one of "+strings.Join(values, ", "))
		}
		c.say("  %-34s %s", flag, strings.Join(notes, "; "))
		if f.Help != "" {
			c.say("  %-34s %s", "", f.Help)
		}
	}
	for i, g := range k.Guide {
		if i == 0 {
			c.say("How to get it:")
		}
		c.say("  %d. %s", i+1, g)
	}
	for i, b := range k.Before {
		if i == 0 {
			c.say("As a target, before anything is written there:")
		}
		c.say("  - %s", b)
	}
}

// inspectSide asks a side's desk who we are and counts what it holds.
func (c *call) inspectSide(p *project.Project, side, address string) (inspected, error) {
	var s project.Survey
	err := c.work("Counting", func(pr *job.Progress) (err error) {
		s, err = p.Survey(c.ctx, side, pr)
		return err
	})
	if err != nil {
		return inspected{}, err
	}
	schema, err := p.Schema(c.ctx, side)
	if err != nil {
		return inspected{}, err
	}
	a := s.Account
	out := inspected{
		Account: a.Name, As: a.As, Plan: a.Plan, Zone: a.Zone, Rights: list(a.Rights), Missing: list(a.Missing), PerMinute: s.PerMinute, Objects: []inspectedObject{},
		Requests: lowHigh{s.RequestsLow, s.RequestsHigh}, Duration: lowHigh{s.LowS, s.HighS},
	}
	who := "Connected to " + a.Name
	if a.As != "" {
		who += " as " + a.As
	}
	c.say("%s.", who)
	for _, x := range [][2]string{{"Address", address}, {"Plan", a.Plan}, {"Time zone", a.Zone}} {
		if x[1] != "" {
			c.say("  %-10s %s", x[0]+":", x[1])
		}
	}
	if s.PerMinute > 0 {
		c.say("  %-10s %d requests a minute", "Limit:", s.PerMinute)
	}
	for _, r := range a.Rights {
		c.say("  You may:     %s", r)
	}
	for _, m := range a.Missing {
		c.say("  You may not: %s", m)
	}
	for _, o := range s.Objects {
		shape, _ := schema.Object(o.Object)
		fields := shape.Fields
		if fields == nil {
			fields = []model.Field{}
		}
		out.Objects = append(out.Objects, inspectedObject{o.Object, o.Title, o.Count, o.Exact, fields, o.Unknown, o.Problem})
		switch {
		case o.Problem != nil:
			c.say("%-16s   not available: %s %s", o.Object, o.Problem.What, o.Problem.Next)
		case o.Unknown:
			c.say("%-16s         ? %d fields (known only once it is read)", o.Object, len(fields))
		case !o.Exact:
			c.say("%-16s ~%8d %d fields (about: the desk itself does not say it exactly)", o.Object, o.Count, len(fields))
		default:
			c.say("%-16s %9d %d fields", o.Object, o.Count, len(fields))
		}
	}
	if project.IsSource(side) && s.HighS > 0 {
		c.say("Reading all of it takes %s at this limit: about %d requests.", timeRange(s.LowS, s.HighS), s.RequestsLow)
		if len(s.Unreckoned) > 0 {
			c.say("Not in that figure, because the desk does not say how much there is: %s.", strings.Join(s.Unreckoned, ", "))
		}
	}
	return out, nil
}

// timeRange says a range of seconds for people.
func timeRange(low, high int64) string {
	a, b := roughly(low), roughly(high)
	if a == b {
		return "about " + a
	}
	return "between " + a + " and " + b
}

// roughly says seconds in the two largest units.
func roughly(s int64) string {
	d := time.Duration(s) * time.Second
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min", int64(d.Round(time.Minute).Minutes()))
	case s < 48*3600:
		m := int64(d.Round(time.Minute).Minutes())
		return fmt.Sprintf("%d h %02d min", m/60, m%60)
	}
	return fmt.Sprintf("%.1f days", d.Hours()/24)
}

func inspect(c *call, p *project.Project) (int, error) {
	side, err := sideOf(c)
	if err != nil {
		return exitUse, err
	}
	if c.has("tables") {
		tables, err := p.TablesOf(c.ctx, side)
		if err != nil {
			return exitFailed, err
		}
		c.json = true
		return exitDone, c.give(tables)
	}
	conn, _, err := p.Connection(c.ctx, side)
	if err != nil {
		return exitFailed, err
	}
	out, err := c.inspectSide(p, side, conn.Settings["address"])
	if err != nil {
		return exitFailed, err
	}
	return exitDone, c.give(out)
}

var errNoRule = errors.New("no rule named")

// ruleRow is a rule as rules --json prints it.
type ruleRow struct {
	Rule   string   `json:"rule"`
	Kind   string   `json:"kind"`
	Name   string   `json:"name"`
	Active bool     `json:"active"`
	When   []string `json:"when"`
	AnyOf  []string `json:"any_of"`
	Does   []string `json:"does"`
	Text   string   `json:"text,omitempty"`
	State  string   `json:"state"`
	Owner  string   `json:"owner"`
	Note   string   `json:"note"`
	By     string   `json:"by"`
	At     string   `json:"at"`
	// Drift since the reading before: new, changed, gone. Stale: it changed since its state was stated.
	Drift        string                `json:"drift"`
	Stale        bool                  `json:"stale"`
	Placeholders []project.Placeholder `json:"placeholders"`
	Test         project.Script        `json:"test"`
}

// doRules lists what is to be built again in the target, states it, and carries it to Excel and back.
func doRules(c *call, p *project.Project) (int, error) {
	if c.has("read") {
		err := c.work("Reading the rules", func(pr *job.Progress) error {
			_, err := p.ReadRules(c.ctx, pr)
			return err
		})
		if err != nil {
			return exitFailed, err
		}
	}
	switch {
	case c.text("export") != "":
		if err := p.ExportRules(c.ctx, c.text("export")); err != nil {
			return exitFailed, err
		}
		c.say("Wrote %s. Send it to whoever builds the rules; bring it back with rules --import.", c.text("export"))
		return exitDone, c.give(map[string]string{"file": c.text("export")})
	case c.text("import") != "":
		return c.importRules(p, c.text("import"))
	}
	if c.text("state") != "" || c.text("owner") != "" || c.text("note") != "" {
		if err := c.stateRules(p); err != nil {
			return exitFailed, err
		}
	}
	return c.listRules(p)
}

// stateRules states something about the rules that are named behind the folder.
func (c *call) stateRules(p *project.Project) error {
	s := project.RuleState{}
	for name, to := range map[string]**string{"state": &s.State, "owner": &s.Owner, "note": &s.Note} {
		if v := c.text(name); v != "" {
			*to = &v
		}
	}
	if len(c.args) < 2 {
		return problem.Wrap(errNoRule, "use.rule", "No rule is named.", "Waybill does not state anything about all of them at once.", "Name rules behind the folder, such as trigger/12 macro/7.")
	}
	ids := []int64{}
	for _, ref := range c.args[1:] {
		r, err := p.FindRule(c.ctx, ref)
		if err != nil {
			return err
		}
		ids = append(ids, r.ID)
	}
	return p.StateRules(c.ctx, ids, s)
}

// importRules takes a workbook with states, whole or not at all.
func (c *call) importRules(p *project.Project, path string) (int, error) {
	r, err := p.ReadRulesBook(c.ctx, path)
	if err != nil {
		return exitFailed, err
	}
	if len(r.Problems) > 0 {
		for _, x := range r.Problems {
			c.say("  %s: %s %s", place(x.Where), x.What, x.Next)
		}
		c.say("Nothing was taken over.")
		return exitPerson, c.give(map[string]any{"problems": r.Problems, "changed": 0})
	}
	for _, x := range r.Changes {
		line := fmt.Sprintf("  %-16s %s: %s", x.Rule.Ref(), x.Rule.Name, project.RuleStateWord(x.State))
		if x.Conflict {
			line += " (it was changed here as well; the workbook wins)"
		}
		c.say("%s", line)
	}
	n, err := p.ApplyRulesBook(c.ctx, path, r.Token)
	if err != nil {
		return exitFailed, err
	}
	c.say("Took over what the workbook says about %d rules.", n)
	return exitDone, c.give(map[string]any{"problems": []*problem.Problem{}, "changed": n})
}

func (c *call) listRules(p *project.Project) (int, error) {
	all, err := p.Rebuilds(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	rows, left, kind := []ruleRow{}, 0, ""
	for _, r := range all.Rules {
		if r.Left() {
			left++
		}
		rows = append(rows, ruleRow{
			Rule: r.Ref(), Kind: r.Kind, Name: r.Name, Active: r.Words.Active, When: list(r.Words.When), AnyOf: list(r.Words.AnyOf), Does: list(r.Words.Does), Text: r.Words.Text,
			State: r.State, Owner: r.Owner, Note: r.Note, By: r.By.Name, At: r.At, Drift: r.Drift, Stale: r.Stale(), Placeholders: r.Placeholders, Test: r.Script,
		})
		if _, many := project.RuleKindTitle(r.Kind); many != kind {
			kind = many
			c.say("%s", kind)
		}
		c.sayRule(r)
	}
	if all.Failed != nil {
		c.say("The rules could not be read: %s %s", all.Failed.What, all.Failed.Next)
	}
	for _, m := range all.Reading.Missing {
		c.say("Not seen: %s", m)
	}
	switch {
	case all.Reading.N == 0:
		c.say("The rules were not read yet. Read them with: waybill rules %s --read", c.args[0])
	default:
		c.say("%d of %d rules are still to do. Read at %s.", left, all.Reading.Rules, all.Reading.At)
	}
	return personIf(left > 0), c.give(map[string]any{
		"read_at": all.Reading.At, "account": all.Reading.Account, "added": all.Reading.Added, "changed": all.Reading.Changed, "gone": all.Reading.Gone,
		"missing": list(all.Reading.Missing), "failed": all.Failed, "left": left, "rules": rows,
	})
}

func (c *call) sayRule(r project.Rebuild) {
	notes := []string{}
	if !r.Words.Active {
		notes = append(notes, "off")
	}
	if w := r.DriftWords(); w != "" {
		notes = append(notes, w)
	}
	if n := r.Dead(); n > 0 {
		notes = append(notes, fmt.Sprintf("%d dead placeholders", n))
	}
	if r.Owner != "" {
		notes = append(notes, r.Owner)
	}
	tail := ""
	if len(notes) > 0 {
		tail = " (" + strings.Join(notes, "; ") + ")"
	}
	c.say("  %-11s %-16s %s%s", project.RuleStateWord(r.State), r.Ref(), r.Name, tail)
	for _, x := range r.Words.When {
		c.say("              when %s", x)
	}
	if len(r.Words.AnyOf) > 0 {
		c.say("              when one of: %s", strings.Join(r.Words.AnyOf, "; "))
	}
	for _, x := range r.Words.Does {
		c.say("              does %s", x)
	}
	for _, h := range r.Placeholders {
		if h.Dead {
			c.say("              dead placeholder %s: %s", h.Text, h.Words())
		}
	}
}
