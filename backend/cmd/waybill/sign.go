package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"waybill/backend/journey"
	"waybill/backend/practice"
	"waybill/backend/problem"
	"waybill/backend/project"
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
