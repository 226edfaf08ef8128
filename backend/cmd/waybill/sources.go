package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/truth"
)

// sourceCommands are about several sources in one project, and which of them is right.
func sourceCommands() map[string]command {
	return map[string]command{
		"sources": {use: "sources DIR [--remove NAME]", help: "the sources of the project, with what was read of each", min: 1, run: within(doSources), flags: func(f *flag.FlagSet) {
			f.String("remove", "", "take this further source out, while nothing of it has moved")
		}},
		"truth": {use: "truth DIR [OBJECT] [--by SOURCE=FIELD ...] [--rank a,b] [--field FACT=a,b ...] [--decide | --undo]", help: "which source is right where several know the same", min: 1, run: within(doTruth), flags: func(f *flag.FlagSet) {
			f.Var(&multi{}, "by", "by what records are the same, as SOURCE=FIELD for each source, or FIELD for all; SOURCE=# is the record's number")
			f.String("rank", "", "the sources, the most trusted first, with commas; 'newest' is whichever record changed last")
			f.Var(&multi{}, "field", "who is right about one fact, as FACT=SOURCE,SOURCE")
			f.Bool("only-own", false, "fields that only another source has do not come along")
			f.String("rule", "", "a file with the whole rule, as --json prints it")
			f.Bool("decide", false, "put it in force: who matches is merged")
			f.Bool("undo", false, "take the rule about the object back")
			f.String("why", "", "the reason")
			f.String("prefix", "", "with ticket@NAME as OBJECT: put this before its numbers; 'none' takes it back")
			f.String("keep-in", "", "with ticket@NAME or ticket as OBJECT: write its numbers into this field of the target")
		}},
	}
}

func doSources(c *call, p *project.Project) (int, error) {
	if name := c.text("remove"); name != "" {
		if err := p.RemoveSource(c.ctx, name); err != nil {
			return exitFailed, err
		}
		c.say("%s was taken out.", name)
	}
	all, err := p.Sources(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	unread := false
	for _, s := range all {
		state := "read"
		if !s.Read {
			state, unread = "to be read", true
		}
		c.say("%-16s %-16s %-24s %9d records  %s", s.Name, s.Desk, short(s.Account, 24), s.Records, state)
		for _, o := range s.Objects {
			c.say("  %-30s %9d", project.Title(o.Object), o.Count)
		}
	}
	return personIf(unread), c.give(map[string]any{"sources": all})
}

// truthSeen is what truth prints with --json about one object.
type truthSeen struct {
	Object    model.Object     `json:"object"`
	Proposals []truth.Proposal `json:"proposals"`
	View      *truth.View      `json:"view"`
}

func doTruth(c *call, p *project.Project) (int, error) {
	if len(c.args) > 1 {
		o := model.Object(c.args[1])
		if c.text("prefix") != "" || c.text("keep-in") != "" {
			return doNumbersOf(c, p, o)
		}
		return truthOf(c, p, o)
	}
	kinds, err := p.TruthKinds(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	open := false
	out := []truthSeen{}
	for _, k := range kinds {
		seen, err := seeTruth(c, p, k)
		if err != nil {
			return exitFailed, err
		}
		out = append(out, seen)
		open = open || seen.View == nil || seen.View.Decision == 0 && seen.View.Matched > 0
		sayTruth(c, seen, false)
	}
	collisions, err := p.Collisions(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	for _, x := range collisions {
		open = open || x.Prefix == "" && x.Kept == ""
		sayCollision(c, x)
	}
	if len(kinds) == 0 && len(collisions) == 0 {
		c.say("No object is in two sources.")
	}
	return personIf(open), c.give(map[string]any{"objects": out, "collisions": collisions})
}

func sayCollision(c *call, x project.Collision) {
	what := "nothing is decided"
	switch {
	case x.Prefix != "":
		what = "those of " + model.SourceTitle(x.Object.Source()) + " begin with " + x.Prefix
	case x.Kept != "":
		what = "kept in " + x.Kept
	}
	c.say("%s and %s: %d numbers are in both and mean different records; %s.", project.Title(x.Other), project.Title(x.Object), x.Count, what)
	for _, e := range x.Examples {
		c.say("  %-12s %-36s | %s", e.ID, short(e.First, 36), short(e.Other, 36))
	}
}

func seeTruth(c *call, p *project.Project, k model.Object) (truthSeen, error) {
	out := truthSeen{Object: k}
	var err error
	if out.Proposals, err = p.ProposeTruth(c.ctx, k); err != nil {
		return out, err
	}
	r, ok, err := p.TruthRule(c.ctx, k)
	if err != nil || !ok {
		return out, err
	}
	v, err := p.LookTruth(c.ctx, r)
	out.View = &v
	return out, err
}

// truthOf looks at one object, with what the flags say otherwise, and decides when asked to.
func truthOf(c *call, p *project.Project, o model.Object) (int, error) {
	if c.has("undo") {
		if err := p.UndoTruth(c.ctx, o); err != nil {
			return exitFailed, err
		}
		c.say("Taken back: each record moves by itself again.")
		return exitDone, c.give(map[string]any{"object": o, "undone": true})
	}
	r, err := ruleOf(c, p, o)
	if err != nil {
		return exitFailed, err
	}
	if c.has("decide") {
		d, err := p.DecideTruth(c.ctx, r, c.text("why"))
		if err != nil {
			return exitFailed, err
		}
		c.say("Decision %d: %s, %d records.", d.ID, d.Title, d.Count)
	}
	out := truthSeen{Object: o}
	if out.Proposals, err = p.ProposeTruth(c.ctx, o); err != nil {
		return exitFailed, err
	}
	v, err := p.LookTruth(c.ctx, r)
	if err != nil {
		return exitFailed, err
	}
	out.View = &v
	sayTruth(c, out, true)
	return personIf(v.Decision == 0 || v.Ambiguous > 0), c.give(out)
}

// ruleOf is the rule in force or the proposed one, changed as the flags say.
func ruleOf(c *call, p *project.Project, o model.Object) (r truth.Rule, err error) {
	if file := c.text("rule"); file != "" {
		b, err := os.ReadFile(file) //nolint:gosec // the person names the file
		if err != nil {
			return r, problem.Wrap(err, "file.missing", "The file with the rule cannot be read.", "", "Check its name.").At(problem.Place{File: file})
		}
		if err := json.Unmarshal(b, &r); err != nil {
			return r, problem.Wrap(err, "file.rule", "The file with the rule cannot be understood.", "It must be JSON.", "Print it with truth --json, and change only values.").At(problem.Place{File: file})
		}
	} else if by := c.list("by"); len(by) > 0 {
		keys, err := keysOf(c, p, o, by)
		if err != nil {
			return r, err
		}
		if r, err = p.BeginTruth(c.ctx, o, keys); err != nil {
			return r, err
		}
	} else if r, _, err = p.TruthRule(c.ctx, o); err != nil {
		return r, err
	}
	if rank := c.text("rank"); rank != "" {
		r.Rank = commaList(rank)
	}
	fields, err := pairs(c.list("field"))
	if err != nil {
		return r, err
	}
	if len(fields) > 0 && r.Fields == nil {
		r.Fields = map[string][]string{}
	}
	for f, who := range fields {
		r.Fields[f] = commaList(who)
	}
	if c.has("only-own") {
		r.Bring = false
	}
	return r, nil
}

// keysOf reads what --by says: a field for each source, or one for all.
func keysOf(c *call, p *project.Project, o model.Object, by []string) (map[model.Object]string, error) {
	src, err := p.Schema(c.ctx, project.Source)
	if err != nil {
		return nil, err
	}
	out := map[model.Object]string{}
	for _, s := range by {
		source, field, named := strings.Cut(s, "=")
		if !named {
			for _, x := range src.Objects {
				if _, ok := x.Field(s); ok && x.Object.Kind() == o.Kind() {
					out[x.Object] = s
				}
			}
			continue
		}
		if source == truth.Main {
			source = ""
		}
		if field == "#" {
			field = ""
		}
		out[o.From(source)] = field
	}
	return out, nil
}

func commaList(s string) []string {
	out := []string{}
	for _, x := range strings.Split(s, ",") {
		if x = strings.TrimSpace(x); x != "" {
			out = append(out, x)
		}
	}
	return out
}

func sayTruth(c *call, s truthSeen, whole bool) {
	c.say("\n%s", project.Title(s.Object))
	for _, x := range s.Proposals {
		agree := ""
		if x.Agree >= 0 {
			agree = fmt.Sprintf(", %d %% of them are called alike", x.Agree)
		}
		by := []string{}
		for _, o := range slices.Sorted(maps.Keys(x.By)) {
			by = append(by, string(o)+" "+orNumber(x.By[o]))
		}
		c.say("  the same by %-24s %d match%s, %d are in one source only, %d ambiguous (%s)", x.Title+":", x.Matched, agree, x.Alone, x.Ambiguous, strings.Join(by, ", "))
	}
	v := s.View
	if v == nil {
		c.say("  The sources share nothing by which they could be told to be the same. Name it with --by.")
		return
	}
	state := "proposed"
	if v.Decision != 0 {
		state = fmt.Sprintf("in force, decision %d", v.Decision)
	}
	c.say("  %s (%s).", v.Title, state)
	c.say("  %d records are in several sources, %d keys are ambiguous, %d are two in the target already.", v.Matched, v.Ambiguous, v.There)
	for _, x := range v.Sources {
		c.say("    %-16s %8d records, %d only here, %d ambiguous, %d without a key", x.Source, x.Records, x.Alone, x.Ambiguous, x.Keyless)
	}
	for _, f := range v.Facts {
		c.say("    %-24s %7d disagree of %d, %d become another value, %d are filled in; right is %s", short(f.Name, 24), f.Differ, f.Both, f.Changes, f.Fills, strings.Join(f.Order, ", then "))
		if !whole {
			continue
		}
		for _, e := range f.Examples {
			c.say("      %-30s %s -> %s", short(e.ID+" "+e.Name, 30), short(e.Before, 36), short(e.After, 36))
		}
	}
	for _, x := range v.Brought {
		c.say("    %-24s %7d come along", short(x.Field, 24), x.Count)
	}
}

func orNumber(field string) string {
	if field == "" {
		return truth.OwnNumber
	}
	return field
}

// doNumbersOf tells the numbers of one source from the same ones of another.
func doNumbersOf(c *call, p *project.Project, o model.Object) (int, error) {
	if prefix := c.text("prefix"); prefix != "" {
		if prefix == "none" {
			prefix = ""
		}
		if _, err := p.PrefixNumbers(c.ctx, o, prefix, c.text("why")); err != nil {
			return exitFailed, err
		}
	}
	if field := c.text("keep-in"); field != "" {
		if err := p.KeepNumbers(c.ctx, o, field); err != nil {
			return exitFailed, err
		}
		c.say("The mapping that is worked on writes the numbers of %s into %s; accept it.", project.Title(o), field)
	}
	all, err := p.Collisions(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	for _, x := range all {
		sayCollision(c, x)
	}
	return exitDone, c.give(map[string]any{"collisions": all})
}
