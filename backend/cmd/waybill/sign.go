package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"waybill/backend/journey"
	"waybill/backend/practice"
	"waybill/backend/project"
	"waybill/backend/seal"
)

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
	if err := p.Sign(c.ctx, c.args[1], p.Person(), c.text("statement"), ""); err != nil {
		return exitFailed, err
	}
	c.say("Signed as %s, %s.", p.Person().Name, p.Person().Role)
	return exitDone, c.give(map[string]string{"signed": c.args[1], "name": p.Person().Name})
}

func doReport(c *call, p *project.Project) (int, error) {
	w, err := p.WriteReport(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	if err := project.CopyReport(w, c.args[1]); err != nil {
		return exitFailed, err
	}
	f, err := p.Facts(c.ctx)
	if err != nil {
		return exitFailed, err
	}
	v := f.Verdict()
	c.say("%s. %s\nWrote %s (SHA-256 %s).", v.Title, v.Sentence, c.args[1], w.SHA256)
	return personIf(len(v.Reasons) > 0), c.give(map[string]any{"file": c.args[1], "sha256": w.SHA256, "evidence": seal.Folder(c.args[1]), "verdict": v.Outcome, "sentence": v.Sentence})
}

// doVerify looks at a report that somebody holds; with a project it also asks its audit trail.
func doVerify(c *call) (int, error) {
	var v project.VerifiedReport
	var err error
	if dir := c.text("project"); dir != "" {
		p, err := project.Open(c.ctx, dir, c.env)
		if err != nil {
			return exitFailed, err
		}
		v, err = p.VerifyReport(c.ctx, c.args[0])
		if err := errors.Join(err, p.Close()); err != nil {
			return exitFailed, err
		}
	} else if v.Result, err = seal.Verify(c.args[0]); err != nil {
		return exitFailed, err
	}
	c.say("%s", v.Sentence)
	if v.Project != "" {
		c.say("%s", v.Project)
	}
	for _, s := range v.Evidence.Signed {
		c.say("  signed by %s, %s, %s", s.Name, s.Role, s.At.Format("2 January 2006 15:04 UTC"))
	}
	for _, f := range v.Files {
		c.say("  %-9s  %s  %s (%s)", f.State, f.SHA256[:min(16, len(f.SHA256))], f.Name, f.What)
	}
	return personIf(!v.Unchanged), c.give(v)
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
