package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"waybill/backend/check"
	"waybill/backend/connector/files"
	"waybill/backend/job"
	"waybill/backend/journey"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/project"
	"waybill/backend/store"
)

func commands() map[string]command {
	return map[string]command{
		"demo": {use: "demo [DIR]", help: "the whole journey on the sample project and the practice desk", run: demo},
		"new": {use: "new DIR --source KIND --target KIND --name NAME", help: "make a project", min: 1, run: newProject, flags: func(f *flag.FlagSet) {
			f.String("source", "files", "kind of the source")
			f.String("target", "practice", "kind of the target")
			f.String("name", "", "name of the project")
			f.String("company", "", "whose move it is; stands on the report")
		}},
		"connect": {use: "connect DIR source|target --set k=v ... [FILE ...]", help: "choose a desk, or the export files", min: 2, run: within(connect), flags: func(f *flag.FlagSet) {
			f.Var(&multi{}, "set", "a setting, as key=value")
			f.Var(&multi{}, "secret-env", "a secret from the environment, as name=VARIABLE")
			f.String("kind", "", "kind of the desk; default: as the project was made with")
			f.String("placeholder", "", "a customer for tickets that name nobody, as 'Name <address>'")
			f.String("tables", "", "a file with the tables as 'inspect --tables' printed them, corrected")
		}},
		"inspect": {use: "inspect DIR source|target", help: "account, rights, objects, fields, exact counts", min: 2, run: within(inspect), flags: func(f *flag.FlagSet) {
			f.Bool("tables", false, "print how the export files were understood, to correct and give back to connect --tables")
		}},
		"extract": {use: "extract DIR [--objects a,b]", help: "read the source; goes on where it stopped", min: 1, run: within(doExtract), flags: func(f *flag.FlagSet) { f.String("objects", "", "only these, with commas") }},
		"profile": {use: "profile DIR [--object o]", help: "measure what was read", min: 1, run: within(doProfile), flags: func(f *flag.FlagSet) { f.String("object", "", "only this one") }},
		"clean": {use: "clean DIR [--list | --apply RULE | --undo N]", help: "decide what is merged, archived, left out", min: 1, run: within(doClean), flags: func(f *flag.FlagSet) {
			f.Bool("list", false, "list the rules and the decisions")
			f.String("apply", "", "decide by this rule; 'all' for every rule that is listed except archiving")
			f.Int64("undo", 0, "take this decision back")
			f.String("why", "", "the reason")
			f.Var(&multi{}, "set", "a setting of the rule, as key=value")
		}},
		"map": {use: "map DIR suggest|show|set|export FILE|import FILE|accept|approve", help: "the mapping, also through Excel", min: 2, run: within(doMap), flags: func(f *flag.FlagSet) {
			f.String("reason", "", "why this version")
			f.String("object", "", "with set: the source object")
			f.String("field", "", "with set: the target field")
			f.String("rule", "", "with set: the rule as JSON, laid over the present one")
		}},
		"plan":     {use: "plan DIR --scope full", help: "what a run would do; writes nothing to the target", min: 1, run: within(doPlan), flags: func(f *flag.FlagSet) { f.String("scope", model.RunFull, "full") }},
		"run":      {use: "run DIR PLAN [--resume RUN]", help: "execute a plan, or go on with a run", min: 1, run: within(doRun), flags: func(f *flag.FlagSet) { f.String("resume", "", "the run to go on with") }},
		"rollback": {use: "rollback DIR RUN", help: "remove from the target what a run created, and prove it", min: 2, run: within(doRollback)},
		"check":    {use: "check DIR", help: "read the target back and compare", min: 1, run: within(doCheck)},
		"manifest": {use: "manifest DIR", help: "the account of every object", min: 1, run: within(doManifest)},
		"held":     {use: "held DIR [--retry]", help: "what is held back and why", min: 1, run: within(doHeld), flags: func(f *flag.FlagSet) { f.Bool("retry", false, "plan and run again with what is held") }},
		"journey":  {use: "journey DIR [--next]", help: "where the move stands and what comes next", min: 1, run: within(doJourney), flags: func(f *flag.FlagSet) { f.Bool("next", false, "only the next step") }},
		"sign": {use: "sign DIR technical|business|waiver --statement TEXT", help: "sign the state as it is", min: 2, run: within(doSign), flags: func(f *flag.FlagSet) {
			f.String("statement", "", "what is signed")
		}},
		"report": {use: "report DIR FILE.pdf", help: "write the sign-off report", min: 2, run: within(doReport)},
		"practice": {use: "practice [--address 127.0.0.1:0]", help: "a practice desk to play with", run: doPractice, flags: func(f *flag.FlagSet) {
			f.String("address", "127.0.0.1:0", "where to listen; this computer only")
			f.String("state", "", "a file that keeps the desk; empty: memory")
			f.String("token", "", "the token that requests must carry; empty: a new one")
			f.Int("limit", 0, "requests a minute; 0: none")
		}},
	}
}

func newProject(c *call) (int, error) {
	dir := c.args[0]
	name := c.text("name")
	if name == "" {
		name = strings.TrimSuffix(filepath.Base(dir), project.Extension)
	}
	if !strings.HasSuffix(dir, project.Extension) {
		dir += project.Extension
	}
	for _, side := range []string{project.Source, project.Target} {
		if _, err := c.env.Kind(c.text(side)); err != nil {
			return exitFailed, err
		}
	}
	p, err := project.Create(c.ctx, dir, project.Info{Name: name, Company: c.text("company")}, c.env)
	if err != nil {
		return exitFailed, err
	}
	err = func() error {
		if c.by.Name != "" {
			if err := p.SetPerson(c.ctx, c.by); err != nil {
				return err
			}
		}
		return p.SetKinds(c.ctx, c.text("source"), c.text("target"))
	}()
	if err := errors.Join(err, p.Close()); err != nil {
		return exitFailed, err
	}
	c.say("Made %s. Next: waybill connect %s source FILE ...", dir, dir)
	return exitDone, c.give(map[string]string{"project": dir, "name": name})
}

func pairs(list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range list {
		k, v, ok := strings.Cut(s, "=")
		if !ok {
			return nil, problem.New("use.pair", fmt.Sprintf("%q is not of the form key=value.", s), "", "Write it as key=value.")
		}
		out[k] = v
	}
	return out, nil
}

func connect(c *call, p *project.Project) (int, error) {
	side := c.args[1]
	if side != project.Source && side != project.Target {
		return exitUse, problem.New("use.side", fmt.Sprintf("%q is neither source nor target.", side), "", "Write source or target.")
	}
	kind := c.text("kind")
	if kind == "" {
		var err error
		if kind, err = p.ChosenKind(c.ctx, side); err != nil {
			return exitFailed, err
		}
	}
	if kind == "files" {
		return connectFiles(c, p)
	}
	settings, err := pairs(c.list("set"))
	if err != nil {
		return exitUse, err
	}
	secrets, err := pairs(c.list("secret-env"))
	if err != nil {
		return exitUse, err
	}
	for name, env := range secrets {
		v, ok := os.LookupEnv(env)
		if !ok {
			return exitFailed, problem.New("use.secret", "The environment has no "+env+".", "The secret "+name+" should come from there.", "Set it before you call waybill.")
		}
		settings[name] = v
	}
	if kind == "practice" && settings["address"] == "" {
		settings[project.BuiltIn] = "yes"
	}
	account, err := p.Connect(c.ctx, side, kind, settings)
	if err != nil {
		return exitFailed, err
	}
	c.say("Connected to %s as %s.", account.Name, account.As)
	for _, m := range account.Missing {
		c.say("  You may not: %s", m)
	}
	return exitDone, c.give(account)
}

func connectFiles(c *call, p *project.Project) (int, error) {
	var tables []files.Table
	if f := c.text("tables"); f != "" {
		b, err := os.ReadFile(f)
		if err != nil {
			return exitFailed, problem.Wrap(err, "file.missing", "The file with the tables cannot be read.", "", "Check its name.").At(problem.Place{File: f})
		}
		if err := json.Unmarshal(b, &tables); err != nil {
			return exitFailed, problem.Wrap(err, "file.tables", "The file with the tables is not as inspect printed it.", "", "Print it again with inspect --tables, and change only values.").At(problem.Place{File: f})
		}
	} else {
		if len(c.args) < 3 {
			return exitUse, problem.New("use.files", "No export files are named.", "", "Name files or folders behind the word source.")
		}
		err := c.work("Looking at the files", func(pr *job.Progress) (err error) {
			tables, err = files.Inspect(c.ctx, c.args[2:], func(what string, _, _ int64) { pr.Enter(what) })
			if err != nil {
				return err
			}
			tables, err = files.Propose(c.ctx, tables)
			return err
		})
		if err != nil {
			return exitFailed, err
		}
	}
	if wrong := files.Validate(tables); len(wrong) > 0 {
		return exitFailed, wrong[0]
	}
	if err := p.SetTables(c.ctx, tables); err != nil {
		return exitFailed, err
	}
	if who := c.text("placeholder"); who != "" {
		name, email, _ := strings.Cut(strings.TrimSuffix(who, ">"), "<")
		if err := p.AddPlaceholder(c.ctx, name, email); err != nil {
			return exitFailed, err
		}
		var err error
		if tables, err = p.Tables(c.ctx); err != nil {
			return exitFailed, err
		}
	}
	for _, t := range tables {
		c.say("%-32s %9d rows %s", t.Name, t.Rows, becomes(t))
		if t.Broken > 0 {
			c.say("%-32s %9d rows cannot be read; they will be held", "", t.Broken)
		}
	}
	return exitDone, c.give(map[string]any{"tables": tables})
}

func becomes(t files.Table) string {
	if len(t.Outputs) == 0 {
		return "not moved"
	}
	parts := []string{}
	for _, o := range t.Outputs {
		s := string(o.Object)
		if len(o.Key) > 0 {
			s += " by " + strings.Join(o.Key, " + ")
		}
		parts = append(parts, s)
	}
	return "becomes " + strings.Join(parts, ", ")
}

type inspected struct {
	Account string            `json:"account"`
	As      string            `json:"as"`
	Rights  []string          `json:"rights"`
	Missing []string          `json:"missing"`
	Objects []inspectedObject `json:"objects"`
}

type inspectedObject struct {
	Object model.Object  `json:"object"`
	Title  string        `json:"title"`
	Count  int64         `json:"count"`
	Exact  bool          `json:"exact"`
	Fields []model.Field `json:"fields"`
}

func inspect(c *call, p *project.Project) (int, error) {
	if c.has("tables") {
		tables, err := p.Tables(c.ctx)
		if err != nil {
			return exitFailed, err
		}
		c.json = true
		return exitDone, c.give(tables)
	}
	d, err := p.Desk(c.ctx, c.args[1])
	if err != nil {
		return exitFailed, err
	}
	account, err := d.Conn.Check(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	out := inspected{Account: account.Name, As: account.As, Rights: list(account.Rights), Missing: list(account.Missing), Objects: []inspectedObject{}}
	for _, o := range d.Schema.Objects {
		n, exact, err := d.Conn.Count(c.ctx, o.Object)
		if err != nil {
			return exitFailed, err
		}
		out.Objects = append(out.Objects, inspectedObject{o.Object, o.Title, n, exact, o.Fields})
		c.say("%-16s %9d %d fields", o.Object, n, len(o.Fields))
	}
	return exitDone, c.give(out)
}

func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func objects(s string) []model.Object {
	out := []model.Object{}
	for _, x := range strings.Split(s, ",") {
		if x = strings.TrimSpace(x); x != "" {
			out = append(out, model.Object(x))
		}
	}
	return out
}

func doExtract(c *call, p *project.Project) (int, error) {
	if err := c.work("Reading", func(pr *job.Progress) error {
		_, err := p.Extract(c.ctx, objects(c.text("objects")), pr)
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
		c.say("  [%s] %d %s. %s %s", f.Severity, f.Count, f.What, f.Means, f.Fix)
	}
	return exitDone, c.give(map[string]any{"objects": all, "findings": findings})
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

// planned is what plan prints.
type planned struct {
	Plan     string        `json:"plan"`
	Objects  []load.Object `json:"objects"`
	Losses   []load.Loss   `json:"losses"`
	Requests int64         `json:"requests"`
	Duration struct {
		Low  int64 `json:"low"`
		High int64 `json:"high"`
	} `json:"duration_s"`
	Held []heldGroup `json:"held"`
}

func doPlan(c *call, p *project.Project) (int, error) {
	var pl store.Plan
	var sum load.Summary
	err := c.work("Planning", func(pr *job.Progress) (err error) {
		pl, sum, err = p.Plan(c.ctx, c.text("scope"), pr)
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	out := planned{Plan: project.ID("plan", pl.ID), Objects: sum.Objects, Losses: sum.Losses, Requests: sum.Requests, Held: []heldGroup{}}
	out.Duration.Low, out.Duration.High = sum.LowS, sum.HighS
	err = p.DB().Read(c.ctx, func(tx *store.Tx) error {
		groups, err := tx.PlanHolds(pl.ID)
		for _, g := range groups {
			out.Held = append(out.Held, groupOf(g))
		}
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	hold := int64(0)
	for _, o := range sum.Objects {
		c.say("%-14s create %8d  hold %6d", project.Title(o.Object), o.Create, o.Hold)
		hold += o.Hold
	}
	for _, g := range out.Held {
		c.say("  %6d %s held: %s %s", g.Count, g.Object, g.Message, strings.Join(g.Examples, "; "))
	}
	for _, l := range sum.Losses {
		c.say("  %6d %s: %s stays empty", l.Count, l.Object, l.Field)
	}
	c.say("%s: about %d requests, %d to %d seconds. Next: waybill run %s %s", out.Plan, out.Requests, out.Duration.Low, out.Duration.High, c.args[0], out.Plan)
	return personIf(hold > 0), c.give(out)
}

func personIf(needed bool) int {
	if needed {
		return exitPerson
	}
	return exitDone
}

// ran is what run and rollback print.
type ran struct {
	Run     string      `json:"run"`
	State   string      `json:"state"`
	Objects []ranObject `json:"objects"`
	Proof   *load.Proof `json:"proof,omitempty"`
}

type ranObject struct {
	Object    model.Object `json:"object"`
	Created   int64        `json:"created"`
	Updated   int64        `json:"updated"`
	Unchanged int64        `json:"unchanged"`
	Deleted   int64        `json:"deleted"`
	Held      int64        `json:"held"`
	Kept      int64        `json:"kept"`
}

// outcome reads a run's end from the project.
func outcome(ctx context.Context, p *project.Project, id int64) (ran, int64, error) {
	var r store.Run
	err := p.DB().Read(ctx, func(tx *store.Tx) (err error) {
		r, err = tx.Run(id)
		return err
	})
	out := ran{Run: project.ID("run", id), State: r.State, Objects: []ranObject{}}
	held := int64(0)
	for _, o := range order(r.Counts) {
		n := r.Counts[o]
		// What was found by its mark was created by an earlier request of ours.
		out.Objects = append(out.Objects, ranObject{Object: o, Created: n["created"] + n["existed"], Deleted: n["deleted"], Held: n["held"], Kept: n["kept"]})
		held += n["held"] + n["kept"]
	}
	return out, held, err
}

func order(m map[model.Object]map[string]int64) []model.Object {
	out := []model.Object{}
	known := map[model.Object]bool{}
	for _, o := range model.Known() {
		known[o] = true
		if _, ok := m[o]; ok {
			out = append(out, o)
		}
	}
	rest := []model.Object{}
	for o := range m {
		if !known[o] {
			rest = append(rest, o)
		}
	}
	sort.Slice(rest, func(i, j int) bool { return rest[i] < rest[j] })
	return append(out, rest...)
}

func (c *call) tell(out ran) {
	for _, o := range out.Objects {
		c.say("%-14s created %8d  deleted %7d  held %6d  kept %5d", project.Title(o.Object), o.Created, o.Deleted, o.Held, o.Kept)
	}
	c.say("%s is %s.", out.Run, out.State)
}

func doRun(c *call, p *project.Project) (int, error) {
	var plan, resume int64
	var err error
	if s := c.text("resume"); s != "" {
		resume, err = project.Number("run", s)
	} else if len(c.args) > 1 {
		plan, err = project.Number("plan", c.args[1])
	}
	if err != nil {
		return exitUse, err
	}
	var r store.Run
	err = c.work("Moving", func(pr *job.Progress) (err error) {
		r, err = p.Run(c.ctx, plan, resume, pr)
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	out, held, err := outcome(c.ctx, p, r.ID)
	if err != nil {
		return exitFailed, err
	}
	c.tell(out)
	return personIf(held > 0), c.give(out)
}

func doRollback(c *call, p *project.Project) (int, error) {
	id, err := project.Number("run", c.args[1])
	if err != nil {
		return exitUse, err
	}
	var r store.Run
	var proof load.Proof
	err = c.work("Removing", func(pr *job.Progress) (err error) {
		r, proof, err = p.Rollback(c.ctx, id, pr)
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	out, kept, err := outcome(c.ctx, p, r.ID)
	if err != nil {
		return exitFailed, err
	}
	out.Proof = &proof
	c.tell(out)
	c.say("%d removed, %d of them looked for and not found any more, %d kept because people changed them. The source is untouched: %v.", proof.Deleted, proof.Absent, proof.Kept, proof.SourceUntouched)
	return personIf(kept > 0), c.give(out)
}

func doCheck(c *call, p *project.Project) (int, error) {
	var res check.Result
	err := c.work("Checking", func(pr *job.Progress) (err error) {
		res, err = p.Check(c.ctx, pr)
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	for _, k := range res.Checks {
		word := "passed"
		if !k.Passed {
			word = "FAILED"
		}
		c.say("%-7s %-46s %-14s looked at %8d, failed %d", word, k.Title, project.Title(k.Object), k.LookedAt, k.Failed)
		for _, e := range k.Examples {
			c.say("          %s", e)
		}
	}
	return personIf(!res.Passed), c.give(res)
}

type manifest struct {
	Balances bool             `json:"balances"`
	Objects  []model.Manifest `json:"objects"`
}

func doManifest(c *call, p *project.Project) (int, error) {
	all, err := p.Manifest(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	out := manifest{Balances: project.Balances(all), Objects: all}
	c.printManifest(out)
	return exitDone, c.give(out)
}

func (c *call) printManifest(m manifest) {
	for _, o := range m.Objects {
		mark := "open"
		if o.Balances() {
			mark = "balances"
		}
		c.say("%-14s %8d = %8d moved + %5d merged + %5d archived + %5d left out + %5d held + %7d waiting   target %8d   %s",
			project.Title(o.Object), o.Source, o.Moved, o.Merged, o.Archived, o.LeftOut, o.Held, o.Pending, o.Target, mark)
	}
	if m.Balances {
		c.say("The manifest balances.")
	} else {
		c.say("The manifest does not balance yet.")
	}
}

type heldGroup struct {
	Code     string       `json:"code"`
	Object   model.Object `json:"object"`
	Field    string       `json:"field"`
	Count    int64        `json:"count"`
	Message  string       `json:"message"`
	Next     string       `json:"next"`
	Examples []string     `json:"examples"`
}

func groupOf(g store.HeldGroup) heldGroup {
	out := heldGroup{Code: g.Code, Object: g.Object, Field: g.Field, Count: g.Count, Examples: g.Examples}
	if g.Example != nil {
		out.Message, out.Next = g.Example.What, g.Example.Next
	}
	return out
}

func doHeld(c *call, p *project.Project) (int, error) {
	if c.has("retry") {
		err := c.work("Trying again", func(pr *job.Progress) error {
			pl, _, err := p.Plan(c.ctx, model.RunFull, pr)
			if err != nil {
				return err
			}
			_, err = p.Run(c.ctx, pl.ID, 0, pr)
			return err
		})
		if err != nil {
			return exitFailed, err
		}
	}
	out := []heldGroup{}
	err := p.DB().Read(c.ctx, func(tx *store.Tx) error {
		groups, err := tx.HeldGroups()
		for _, g := range groups {
			out = append(out, groupOf(g))
		}
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	for _, g := range out {
		c.say("%7d %-12s %-28s %s %s (%s)", g.Count, g.Object, g.Code, g.Message, g.Next, strings.Join(g.Examples, "; "))
	}
	if len(out) == 0 {
		c.say("Nothing is held back.")
	}
	return personIf(len(out) > 0), c.give(map[string]any{"groups": out})
}

func doJourney(c *call, p *project.Project) (int, error) {
	s, err := journey.Gather(c.ctx, p)
	if err != nil {
		return exitFailed, err
	}
	next := s.Next()
	if !c.has("next") {
		for _, ph := range s.Phases() {
			c.say("%d %-16s %d of %d", ph.Number, ph.Title, ph.Done, ph.Total)
		}
	}
	c.say("Next: %s. %s", next.Title, next.Why)
	return exitDone, c.give(map[string]any{"next": next.Title, "why": next.Why, "points": s.Points()})
}

func doSign(c *call, p *project.Project) (int, error) {
	if err := p.Sign(c.ctx, c.args[1], p.Person(), c.text("statement")); err != nil {
		return exitFailed, err
	}
	c.say("Signed as %s, %s.", p.Person().Name, p.Person().Role)
	return exitDone, c.give(map[string]string{"signed": c.args[1], "name": p.Person().Name})
}

func doReport(c *call, p *project.Project) (int, error) {
	path, hash, err := p.WriteReport(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return exitFailed, err
	}
	if err := os.WriteFile(c.args[1], b, 0o600); err != nil {
		return exitFailed, problem.Wrap(err, "report.cannot_write", "The report cannot be written there.", "It is in the project's own folder all the same.", "Choose another place, or take it from "+path+".").At(problem.Place{File: c.args[1]})
	}
	f, err := p.Facts(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	v := f.Verdict()
	c.say("%s. %s\nWrote %s (SHA-256 %s).", v.Title, v.Sentence, c.args[1], hash)
	return personIf(len(v.Reasons) > 0), c.give(map[string]any{"file": c.args[1], "sha256": hash, "verdict": v.Outcome, "sentence": v.Sentence})
}

func doPractice(c *call) (int, error) {
	limit, err := strconv.Atoi(c.text("limit"))
	if err != nil {
		return exitUse, err
	}
	s, err := practice.Serve(c.ctx, c.text("address"), practice.Options{State: c.text("state"), Token: c.text("token"), RatePerMinute: limit, SearchLag: time.Second})
	if err != nil {
		return exitFailed, err
	}
	line, err := json.Marshal(map[string]string{"address": s.Address, "token": s.Token})
	if err != nil {
		return exitFailed, err
	}
	_, _ = fmt.Fprintln(c.out, string(line)) // whoever started it reads this line
	s.Wait()
	return exitDone, s.Close()
}
