package main

import (
	"strings"

	"waybill/backend/check"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/pilot"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// pilotRecord is a record of the pilot as JSON.
type pilotRecord struct {
	Object model.Object `json:"object"`
	ID     string       `json:"id"`
	Name   string       `json:"name"`
	Why    []string     `json:"why"`
	Hand   bool         `json:"by_hand"`
}

// doPilot chooses the records of the rehearsal, or adds and takes out by hand.
func doPilot(c *call, p *project.Project) (int, error) {
	percent := 0.0
	if s := c.text("size"); s != "" {
		n, share, err := check.ParseSample(s)
		if err != nil || n > 0 {
			return exitUse, problem.Wrap(err, "pilot.size", "The size of a pilot is a share of the tickets.", "So it stays the same when more are read.", "Write a share such as 10%.").At(problem.Place{Field: "size", Value: s})
		}
		percent = share
	}
	for _, x := range []string{"add", "out", "leave"} {
		for _, s := range c.list(x) {
			object, id, ok := strings.Cut(s, ":")
			if !ok {
				return exitUse, problem.New("pilot.record", "A record is named by its kind and number.", "", "Write it as ticket:4711.").At(problem.Place{Field: x, Value: s})
			}
			if err := p.PilotHand(c.ctx, model.Key{Object: model.Object(object), ID: id}, x, c.text("why")); err != nil {
				return exitFailed, err
			}
		}
	}
	var res pilot.Result
	err := c.work("Choosing the pilot", func(pr *job.Progress) (err error) {
		res, err = p.ChoosePilot(c.ctx, percent, pr)
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	records := []pilotRecord{}
	err = p.DB().Read(c.ctx, func(tx *store.Tx) error {
		list, err := tx.Pilot(false, 0, 1000)
		if err != nil {
			return err
		}
		for _, x := range list {
			row, err := tx.RecordAt(x.Seq)
			if err != nil {
				return err
			}
			records = append(records, pilotRecord{x.Object, row.Record.Key.ID, row.Name, x.Why, x.Hand == store.PilotAdded})
		}
		return nil
	})
	if err != nil {
		return exitFailed, err
	}
	c.say("%d records, which cover %d of %d things that are hard: %g %%. %d of them would be enough for that.", res.Records, res.Covered, res.Features, res.Percent, res.Needed)
	for _, g := range res.Groups {
		c.say("  %-24s %5d of %5d", g.Name, g.Covered, g.All)
	}
	for _, r := range records[:min(len(records), 20)] {
		c.say("  %-12s %-12s %s", r.Object, r.ID, strings.Join(r.Why[:min(len(r.Why), 4)], "; "))
	}
	for _, m := range res.Missing {
		c.say("  not covered: %s", m)
	}
	c.say("Next: waybill plan %s --scope pilot", c.args[0])
	return exitDone, c.give(struct {
		pilot.Result
		Records []pilotRecord `json:"picks"`
	}{res, records})
}
