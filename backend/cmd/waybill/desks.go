package main

import (
	"fmt"
	"slices"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/load"
	"waybill/backend/model"
)

// deskView is what a desk can do, from its own description.
type deskView struct {
	Kind      string   `json:"kind"`
	Title     string   `json:"title"`
	Source    bool     `json:"source"`
	Target    bool     `json:"target"`
	Writes    []string `json:"writes"`
	Matches   []string `json:"matches"`
	Together  []string `json:"together"`
	Finds     bool     `json:"finds"`
	Changes   bool     `json:"changes"`
	Updates   bool     `json:"updates"`
	Deletes   bool     `json:"deletes"`
	Backdates bool     `json:"backdates"`
	Authors   bool     `json:"keeps_author"`
	Files     bool     `json:"files"`
	Quiet     bool     `json:"quiet"`
	PerMinute int      `json:"per_minute,omitempty"`
	Plain     []string `json:"plain"`
}

func viewOf(k connector.Kind) deskView {
	c := k.Caps
	v := deskView{
		Kind: k.Name, Title: k.Title, Source: k.Source, Target: k.Target, Writes: []string{}, Matches: []string{}, Together: []string{}, Plain: append([]string{}, c.Plain...),
		Finds: c.Finds, Changes: c.Changes, Updates: c.Updates, Deletes: c.Deletes, Backdates: c.Backdates, Authors: c.KeepsAuthor, Files: c.Files, Quiet: c.Quiet, PerMinute: c.PerMinute,
	}
	for _, o := range c.Order {
		if !c.Matched(o) {
			v.Writes = append(v.Writes, load.Words(o))
		}
	}
	for _, o := range c.Matches {
		v.Matches = append(v.Matches, load.Words(o))
	}
	for _, w := range c.Wholes {
		some := "all " + load.Words(w.Part)
		if w.First {
			some = "the first " + w.Part.Word()
		}
		v.Together = append(v.Together, some+" of a "+w.Owner.Word())
	}
	return v
}

// doDesks lists the desks that Waybill knows and what each can do.
func doDesks(c *call) (int, error) {
	if c.has("markdown") {
		c.say("%s", deskTable(kinds()))
		return exitDone, nil
	}
	out := []deskView{}
	for _, k := range kinds() {
		v := viewOf(k)
		out = append(out, v)
		c.say("%-10s %s", v.Kind, v.Title)
		for _, line := range v.Plain {
			c.say("             %s", line)
		}
	}
	return exitDone, c.give(out)
}

// deskTable is the README's table, from what the desks say of themselves.
func deskTable(list []connector.Kind) string {
	var b strings.Builder
	b.WriteString("| desk | read | only what changed | written there | looked up there | found again | changed | deleted | own times | own authors | quiet |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	yes := func(ok bool) string {
		if ok {
			return "yes"
		}
		return "no"
	}
	for _, k := range list {
		c := k.Caps
		if !k.Target {
			fmt.Fprintf(&b, "| %s | yes | %s | - | - | - | - | - | - | - | - |\n", k.Title, yes(c.Changes))
			continue
		}
		v := viewOf(k)
		deletes, authors, times, finds := yes(c.Deletes), yes(c.KeepsAuthor), yes(c.Backdates), yes(c.Finds)
		if c.Deletes && len(c.NotDeleted) > 0 {
			if tied := words(c, c.NotDeleted); tied != "" {
				deletes = "yes, but " + tied + " only with what they belong to"
			}
		}
		if c.NotesLoseOrigin {
			authors, times = authors+", of notes in the text", times+", of notes in the text"
		}
		if c.Finds && len(c.Unmarked) > 0 {
			if inside := words(c, c.Unmarked); inside != "" {
				finds = "yes, but " + inside + " by their number and content"
			}
		}
		quiet := yes(c.Quiet)
		if !c.Quiet {
			quiet = "after its switches were turned off by hand"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", k.Title, yes(k.Source), yes(c.Changes),
			strings.Join(v.Writes, ", "), dash(strings.Join(v.Matches, ", ")), finds, yes(c.Updates), deletes, times, authors, quiet)
	}
	return strings.TrimRight(b.String(), "\n")
}

// words lists objects that are created there, by name.
func words(c connector.Caps, list []model.Object) string {
	out := []string{}
	for _, o := range list {
		if w := load.Words(o); !c.Matched(o) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return strings.Join(out, ", ")
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
