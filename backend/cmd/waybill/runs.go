package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// ran is what run, delta and rollback print.
type ran struct {
	Run     string      `json:"run"`
	State   string      `json:"state"`
	Objects []ranObject `json:"objects"`
	// Canary is what a person has to look at while State is "canary".
	Canary []load.Canary `json:"canary,omitempty"`
	// Problem says why a run stopped by itself.
	Problem *problem.Problem `json:"problem,omitempty"`
	Proof   *load.Proof      `json:"proof,omitempty"`
}

type ranObject struct {
	Object    model.Object `json:"object"`
	Created   int64        `json:"created"`
	Updated   int64        `json:"updated"`
	Unchanged int64        `json:"unchanged"`
	Deleted   int64        `json:"deleted"`
	Held      int64        `json:"held"`
	Kept      int64        `json:"kept"`
	Noted     int64        `json:"noted"`
	Conflicts int64        `json:"conflicts"`
}

// outcome reads a run's end from the project; open counts what needs a person.
func outcome(ctx context.Context, p *project.Project, id int64) (out ran, open int64, err error) {
	var r store.Run
	plan := map[model.Object]map[string]int64{}
	err = p.DB().Read(ctx, func(tx *store.Tx) (err error) {
		if r, err = tx.Run(id); err == nil && r.Kind == model.RunDelta {
			plan, err = tx.PlanCount(r.Plan)
		}
		return err
	})
	out = ran{Run: project.ID("run", id), State: r.State, Objects: []ranObject{}}
	for _, o := range order(r.Counts) {
		n := r.Counts[o]
		out.Objects = append(out.Objects, ranObject{
			Object: o, Created: n["created"] + n["existed"], // what was found by its mark was created by an earlier request of ours
			Updated: n["updated"], Unchanged: n["unchanged"], Deleted: n["deleted"], Held: n["held"] + n["failed"],
			Kept: n["kept"], Noted: n["noted"], Conflicts: n["conflicts"] + plan[o][store.ActConflict], // those that came up while it ran, and those of its plan
		})
		open += n["held"] + n["failed"] + n["conflicts"]
		if r.Kind == model.RunRollback {
			open += n["kept"]
		}
	}
	if err == nil && r.Error != "" {
		out.Problem = &problem.Problem{}
		err = json.Unmarshal([]byte(r.Error), out.Problem)
	}
	if err == nil && r.State == load.StateCanary {
		out.Canary, err = p.Canaries(ctx, id)
	}
	return out, open, err
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
		line := fmt.Sprintf("%-14s created %8d  updated %7d  unchanged %7d  deleted %7d  held %6d", project.Title(o.Object), o.Created, o.Updated, o.Unchanged, o.Deleted, o.Held)
		for _, x := range []struct {
			word string
			n    int64
		}{{"kept", o.Kept}, {"noted", o.Noted}, {"conflicts", o.Conflicts}} {
			if x.n > 0 {
				line += fmt.Sprintf("  %s %d", x.word, x.n)
			}
		}
		c.say("%s", line)
	}
	c.say("%s is %s.", out.Run, strings.ReplaceAll(out.State, "_", " "))
	if out.Problem != nil {
		c.say("%s %s %s", out.Problem.What, out.Problem.Why, out.Problem.Next)
	}
}

// showCanary prints the first records as they were meant and as they came back.
func (c *call) showCanary(list []load.Canary) {
	for _, x := range list {
		c.say("\nThe first of %s: %s (%s), in the target %s", strings.ToLower(project.Title(x.Object)), x.Name, x.ID, or(x.Target, "not there"))
		if x.Error != "" {
			c.say("  NOT AS MEANT: %s", x.Error)
		}
		for _, f := range append(append([]load.CanaryField{}, x.Fields...), x.Links...) {
			if f.Same {
				c.say("  same       %-16s %s", f.Field, short(f.Meant, 80))
				continue
			}
			c.say("  DIFFERENT  %-16s meant %s", f.Field, short(f.Meant, 80))
			c.say("  %-10s %-16s found %s", "", "", short(f.Found, 80))
		}
	}
	if len(list) == 0 {
		return
	}
	if x := list[0]; x.Silent.Known { // it is the same for all: they were sent together
		c.say("\n%d messages went to customers, as the target says at %s.", x.Silent.Sent, x.At)
		return
	}
	c.say("\nThe target does not say whether it sent messages to customers: look into an inbox.")
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func doCanary(c *call, p *project.Project) (int, error) {
	id, err := project.Number("run", c.args[1])
	if err != nil {
		return exitUse, err
	}
	list, err := p.Canaries(c.ctx, id)
	if err != nil {
		return exitFailed, err
	}
	c.showCanary(list)
	if len(list) == 0 {
		c.say("This run sent no records ahead: all of their kind were confirmed before.")
	}
	good := true
	for _, x := range list {
		good = good && x.OK && x.Silent.Sent == 0
	}
	return personIf(!good), c.give(map[string]any{"run": project.ID("run", id), "canary": list})
}

func doRun(c *call, p *project.Project) (int, error) {
	order := load.Order{Yes: c.has("yes"), Beyond: c.has("beyond")}
	var err error
	if s := c.text("resume"); s != "" {
		order.Resume, err = project.Number("run", s)
	} else if len(c.args) > 1 {
		order.Plan, err = project.Number("plan", c.args[1])
	}
	if err != nil {
		return exitUse, err
	}
	if order.Beyond {
		if err := p.GoBeyond(c.ctx, order.Resume, c.text("why")); err != nil {
			return exitUse, err
		}
	}
	return c.carryOut(p, order)
}

// carryOut runs a plan, or goes on with a run, until it is over or needs a person.
func (c *call) carryOut(p *project.Project, order load.Order) (int, error) {
	var r store.Run
	err := c.work("Moving", func(pr *job.Progress) (err error) {
		r, err = p.Run(c.ctx, order, pr)
		return err
	})
	if err != nil && !problem.Is(err, load.CodeThreshold) {
		return exitFailed, err
	}
	out, open, err := outcome(c.ctx, p, r.ID)
	if err != nil {
		return exitFailed, err
	}
	switch out.State {
	case load.StateCanary:
		c.showCanary(out.Canary)
		if c.asks("\nDo these look right? Type yes to send all the rest: ") {
			return c.carryOut(p, load.Order{Resume: r.ID, Yes: true})
		}
		c.say("\nNothing else was sent. Look at these records in the target. Then:\n  all right:  waybill run %s --resume %s --yes\n  not right:  waybill rollback %s %s", c.args[0], out.Run, c.args[0], out.Run)
		return exitPerson, c.give(out)
	case load.StateStopped:
		c.tell(out)
		c.say("\n  go on all the same:  waybill run %s --resume %s --yes --beyond --why REASON\n  see what is held:    waybill held %s\n  take it back:        waybill rollback %s %s", c.args[0], out.Run, c.args[0], c.args[0], out.Run)
		return exitPerson, c.give(out)
	}
	c.tell(out)
	return personIf(open > 0), c.give(out)
}

// asks asks on a terminal; anything else than yes is no. Where nobody sits, it asks nothing.
func (c *call) asks(question string) bool {
	info, err := os.Stdin.Stat()
	if c.json || err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	_, _ = fmt.Fprint(c.out, question) // a closed terminal answers nothing either
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	return err == nil && strings.EqualFold(strings.TrimSpace(line), "yes")
}

func doRollback(c *call, p *project.Project) (int, error) {
	runs, err := c.takenBack(p)
	if err != nil {
		return exitUse, err
	}
	if c.has("list") {
		return c.listRollback(p, runs)
	}
	var last ran
	proof := load.Proof{SourceUntouched: true, KeptList: []string{}}
	open := int64(0)
	total := map[model.Object]*ranObject{}
	for _, id := range runs {
		var r store.Run
		var one load.Proof
		err := c.work("Removing", func(pr *job.Progress) (err error) {
			r, one, err = p.Rollback(c.ctx, id, pr)
			return err
		})
		if err != nil {
			return exitFailed, err
		}
		out, kept, err := outcome(c.ctx, p, r.ID)
		if err != nil {
			return exitFailed, err
		}
		open += kept
		proof.Deleted, proof.Absent, proof.Kept = proof.Deleted+one.Deleted, proof.Absent+one.Absent, proof.Kept+one.Kept
		proof.KeptList, proof.Target = append(proof.KeptList, one.KeptList...), one.Target
		proof.SourceUntouched = proof.SourceUntouched && one.SourceUntouched
		proof.SourceBefore, proof.SourceAfter = or(proof.SourceBefore, one.SourceBefore), one.SourceAfter
		for _, o := range out.Objects {
			if total[o.Object] == nil {
				total[o.Object] = &ranObject{Object: o.Object}
			}
			total[o.Object].Deleted += o.Deleted
			total[o.Object].Kept += o.Kept
		}
		last = out
	}
	for i := range last.Objects {
		last.Objects[i] = *total[last.Objects[i].Object]
		delete(total, last.Objects[i].Object)
	}
	for _, o := range total {
		last.Objects = append(last.Objects, *o)
	}
	last.Proof = &proof
	c.tell(last)
	c.say("%d removed, %d of them looked for and not found any more, %d kept because people changed them. The source is untouched: %v.", proof.Deleted, proof.Absent, proof.Kept, proof.SourceUntouched)
	for _, k := range proof.KeptList {
		c.say("  kept: %s", k)
	}
	return personIf(open > 0), c.give(last)
}

// takenBack says which runs a rollback is about.
func (c *call) takenBack(p *project.Project) ([]int64, error) {
	if name := c.text("slice"); name != "" {
		return p.SliceRuns(c.ctx, name)
	}
	if len(c.args) < 2 {
		return nil, problem.New("use.rollback", "It was not said what to take back.", "A rollback is of one run, or of all runs of a slice.", "Name a run such as run-3, or a slice with --slice.")
	}
	id, err := project.Number("run", c.args[1])
	return []int64{id}, err
}

// leaving is what rollback --list prints of one run.
type leaving struct {
	Run string `json:"run"`
	project.Leaving
}

func (c *call) listRollback(p *project.Project, runs []int64) (int, error) {
	out := []leaving{}
	for _, id := range runs {
		var l project.Leaving
		err := c.work("Looking", func(pr *job.Progress) (err error) {
			l, err = p.RollbackList(c.ctx, id, pr)
			return err
		})
		if err != nil {
			return exitFailed, err
		}
		out = append(out, leaving{project.ID("run", id), l})
		c.say("%s would lose in the target, children first:", project.ID("run", id))
		for _, o := range l.Objects {
			c.say("  %-14s %8d removed, %6d kept", project.Title(o.Object), o.Delete, o.Keep)
		}
		for _, k := range l.Kept {
			c.say("    stays: %s", k)
		}
	}
	c.say("Nothing was removed. Without --list it is.")
	return exitDone, c.give(map[string]any{"rollback": out})
}
