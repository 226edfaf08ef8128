package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"waybill/backend/connector/files"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
)

func commands() map[string]command {
	all := movingCommands()
	for name, cmd := range projectCommands() {
		all[name] = cmd
	}
	for name, cmd := range sourceCommands() {
		all[name] = cmd
	}
	for name, cmd := range keepingCommands() {
		all[name] = cmd
	}
	for name, cmd := range mapCommands() {
		all[name] = cmd
	}
	return all
}

// projectCommands prepare a move, check it and prove it.
func projectCommands() map[string]command {
	return map[string]command{
		"demo": {use: "demo [DIR]", help: "the whole journey on the sample project and the practice desk", run: demo},
		"new": {use: "new DIR --source KIND --target KIND --name NAME", help: "make a project", min: 1, run: newProject, flags: func(f *flag.FlagSet) {
			f.String("source", "files", "kind of the source")
			f.String("target", "practice", "kind of the target")
			f.String("name", "", "name of the project")
			f.String("company", "", "whose move it is; stands on the report")
		}},
		"connect": {use: "connect DIR source|target [--name NAME] --set k=v ... [FILE ...]", help: "choose a desk, or the export files", min: 2, run: within(connect), flags: func(f *flag.FlagSet) {
			f.Var(&multi{}, "set", "a setting, as key=value")
			f.Var(&multi{}, "secret-env", "a secret from the environment, as name=VARIABLE")
			f.String("kind", "", "kind of the desk; default: as the project was made with")
			f.String("name", "", "with source: a further source of this name, such as crm")
			f.String("placeholder", "", "a customer for tickets that name nobody, as 'Name <address>'")
			f.String("tables", "", "a file with the tables as 'inspect --tables' printed them, corrected")
		}},
		"inspect": {use: "inspect DIR source|target", help: "account, rights, objects, fields, exact counts", min: 2, run: within(inspect), flags: func(f *flag.FlagSet) {
			f.Bool("tables", false, "print how the export files were understood, to correct and give back to connect --tables")
			f.String("name", "", "with source: the further source of this name")
		}},
		"rules": {use: "rules DIR [RULE ...] [--read | --export FILE | --import FILE | --state S]", help: "what the old desk does by itself, until it is built again", min: 1, run: within(doRules), flags: func(f *flag.FlagSet) {
			f.Bool("read", false, "read them anew from the source")
			f.String("export", "", "write them into this workbook")
			f.String("import", "", "take over what this workbook states")
			f.String("state", "", "state about the named rules: open, rebuilt or not_needed")
			f.String("owner", "", "who builds the named rules")
			f.String("note", "", "a note about the named rules")
		}},
		"extract": {use: "extract DIR [--source NAME] [--objects a,b]", help: "read the sources; goes on where it stopped", min: 1, run: within(doExtract), flags: func(f *flag.FlagSet) {
			f.String("objects", "", "only these, with commas")
			f.String("source", "", "only this source; main is the first one")
		}},
		"profile": {use: "profile DIR [--object o] [--report FILE.pdf|FILE.xlsx]", help: "measure what was read", min: 1, run: within(doProfile), flags: func(f *flag.FlagSet) {
			f.String("object", "", "only this one")
			f.String("report", "", "write the profile as PDF or workbook, too")
		}},
		"clean": {use: "clean DIR [--list | --apply RULE | --undo N | --duplicates OBJECT | --try FILE | --make FILE]", help: "decide what is merged, archived, left out, corrected", min: 1, run: within(doClean), flags: func(f *flag.FlagSet) {
			f.Bool("list", false, "list the rules and the decisions")
			f.String("apply", "", "decide by this rule; 'all' for every rule that is listed except archiving")
			f.Int64("undo", 0, "take this decision back")
			f.String("why", "", "the reason")
			f.Var(&multi{}, "set", "a setting of the rule, as key=value")
			f.String("duplicates", "", "who is there twice: contact, agent or organization")
			f.Bool("seek", false, "with duplicates: look for them")
			f.Bool("plus-tags", false, "with seek: addresses with different +tags are different ones")
			f.Bool("merge-sure", false, "with duplicates: merge those that are surely one")
			f.String("export", "", "with duplicates: write them to a workbook")
			f.String("import", "", "with duplicates: take over a workbook that came back")
			f.String("try", "", "show whom a rule of one's own would hit, from a JSON file")
			f.String("make", "", "put a rule of one's own in force, from a JSON file")
		}},
		"map": {use: "map DIR suggest|show|set|export FILE|import FILE|accept|approve|check|people|table NAME FILE|values|route|freeze|drift|versions|diff A B|restore N|git export|import FOLDER|document FILE.pdf|.xlsx", help: "the mapping, also through Excel", min: 2, run: within(doMap), flags: func(f *flag.FlagSet) {
			f.String("reason", "", "why this version")
			f.String("conflicts", "", "with import: where both sides changed the same, take mine or theirs")
			f.String("object", "", "with set and values: the source object")
			f.String("field", "", "with set and values: the target field")
			f.String("rule", "", "with set: the rule as JSON, laid over the present one")
		}},
		"rollback": {use: "rollback DIR RUN | --slice NAME [--list]", help: "remove from the target what a run created, and prove it; --list looks first", min: 1, run: within(doRollback), flags: func(f *flag.FlagSet) {
			f.String("slice", "", "all runs of this slice")
			f.Bool("list", false, "only list what would be removed and what would stay")
		}},
		"pilot": {use: "pilot DIR [--size 10%] [--add KIND:NUMBER] [--out KIND:NUMBER]", help: "choose the records of the rehearsal: those in which everything occurs that is hard", min: 1, run: within(doPilot), flags: func(f *flag.FlagSet) {
			f.String("size", "", "so much of the tickets; default: 10%, or as much as covers everything")
			f.Var(&multi{}, "add", "a record that is to be one of them, such as ticket:4711")
			f.Var(&multi{}, "out", "one that is not to be one of them")
			f.Var(&multi{}, "leave", "take back what was said of one by hand")
			f.String("why", "", "the reason for those")
		}},
		"check": {use: "check DIR [--sample N|N%] [--quick] [--plan]", help: "read the target back and compare; --plan only says what that takes", min: 1, run: within(doCheck), flags: func(f *flag.FlagSet) {
			f.String("sample", "", "look at so many records of each kind, or at such a share: 1200, 5%")
			f.Bool("quick", false, "count, compare lists, and look closer only where they differ")
			f.Bool("plan", false, "only say how many requests it takes, and how long")
			f.Bool("speed", false, "measure how quickly the target answers, too")
			f.Bool("fresh", false, "begin anew, although an earlier check was interrupted")
			f.Var(&multi{}, "strict", "from now on, count what only this makes equal as a difference: line_ends, html_form ...")
			f.Var(&multi{}, "lenient", "take that back")
		}},
		"find": {use: "find DIR WORDS [--object ticket] [--limit 20]", help: "records with all these words, each by its beginning; 'in \"quotes\"' as they stand", min: 2, run: within(doFind), flags: func(f *flag.FlagSet) {
			f.String("object", "", "only of this kind; tickets are found by their messages, too; default: every kind")
			f.Int("limit", 20, "list so many of each kind")
		}},
		"manifest": {use: "manifest DIR", help: "the account of every object", min: 1, run: within(doManifest)},
		"numbers":  {use: "numbers DIR FILE.csv|FILE.html", help: "where every old ticket and help article is found now", min: 2, run: within(doNumbers)},
		"journey":  {use: "journey DIR [--next]", help: "where the move stands and what comes next", min: 1, run: within(doJourney), flags: func(f *flag.FlagSet) { f.Bool("next", false, "only the next step") }},
		"sign": {use: "sign DIR technical|business|waiver --statement TEXT", help: "sign the state as it is", min: 2, run: within(doSign), flags: func(f *flag.FlagSet) {
			f.String("statement", "", "what is signed")
		}},
		"report": {use: "report DIR FILE.pdf", help: "write the sign-off report", min: 2, run: within(doReport)},
		"verify": {use: "verify FILE.pdf [--project DIR]", help: "say whether a report is what was sealed, and by whom", min: 1, run: doVerify, flags: func(f *flag.FlagSet) {
			f.String("project", "", "ask this project's audit trail, too")
		}},
		"desks": {use: "desks [--markdown]", help: "the desks that Waybill knows, and what each can do", run: doDesks, flags: func(f *flag.FlagSet) {
			f.Bool("markdown", false, "the table of the README")
		}},
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
	next := "--set address=... --secret-env token=VARIABLE"
	if c.text("source") == files.Kind().Name {
		next = "FILE ..."
	}
	c.say("Made %s. Next: waybill connect %s source %s", dir, dir, next)
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
	side, err := sideOf(c)
	if err != nil {
		return exitUse, err
	}
	kind := c.text("kind")
	if kind == "" {
		if kind, err = p.ChosenKind(c.ctx, side); err != nil {
			return exitFailed, err
		}
	}
	if kind == "files" {
		return connectFiles(c, p, side)
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
	return connectDesk(c, p, side, kind, settings)
}

// sideOf reads which side is meant, and which of several sources.
func sideOf(c *call) (string, error) {
	side := c.args[1]
	if side != project.Source && side != project.Target {
		return "", problem.New("use.side", fmt.Sprintf("%q is neither source nor target.", side), "", "Write source or target.")
	}
	name := c.text("name")
	if name == "" || name == project.MainSource && side == project.Source {
		return side, nil
	}
	if side == project.Target {
		return "", problem.New("use.name", "Only a further source has a name.", "There is one target.", "Leave --name out.")
	}
	key, err := project.SourceKey(name)
	return project.SideOf(key), err
}

func connectFiles(c *call, p *project.Project, side string) (int, error) {
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
	if err := p.SetTablesOf(c.ctx, side, tables); err != nil {
		return exitFailed, err
	}
	if who := c.text("placeholder"); who != "" && side == project.Source {
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
