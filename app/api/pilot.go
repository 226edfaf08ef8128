package api

import (
	"context"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/project"
	"waybill/backend/store"
)

// mostPicks of a pilot are listed.
const mostPicks = 300

// Pilot is the pilot as it was chosen.
func (c *Checks) Pilot() (v PilotView, err error) {
	defer guard(&err)
	v.Missing, v.Groups, v.Picks, v.Out = []string{}, []PilotGroup{}, []PilotRecord{}, []PilotRecord{}
	p, err := c.s.project()
	if err != nil {
		return v, err
	}
	res, ok, err := p.Pilot(c.s.ctx)
	if err != nil {
		return v, err
	}
	if v.Chosen = ok; ok {
		v.Records, v.Needed, v.Features, v.Covered, v.Percent, v.Missing = res.Records, res.Needed, res.Features, res.Covered, res.Percent, nilless(res.Missing)
		for _, g := range res.Groups {
			v.Groups = append(v.Groups, PilotGroup(g))
		}
	}
	err = p.DB().Read(c.s.ctx, func(tx *store.Tx) error {
		for _, side := range []struct {
			out  bool
			list *[]PilotRecord
		}{{false, &v.Picks}, {true, &v.Out}} {
			picks, err := tx.Pilot(side.out, 0, mostPicks+1)
			if err != nil {
				return err
			}
			if len(picks) > mostPicks {
				picks, v.More = picks[:mostPicks], true
			}
			for _, x := range picks {
				row, err := tx.RecordAt(x.Seq)
				if err != nil {
					return err
				}
				*side.list = append(*side.list, PilotRecord{Object: string(x.Object), ID: row.Record.Key.ID, Name: row.Name, Why: nilless(x.Why), Hand: x.Hand == store.PilotAdded})
			}
		}
		return nil
	})
	return v, err
}

// ChoosePilot chooses the pilot anew: percent of the tickets, or 0 for as many as cover
// everything and at least ten percent.
func (c *Checks) ChoosePilot(percent float64) (id string, err error) {
	defer guard(&err)
	return c.s.work("pilot", "Choosing the pilot", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		_, err := p.ChoosePilot(ctx, percent, pr)
		return "", err
	})
}

// PilotHand adds a record by hand (add), takes one out (out), or leaves it to the choice (leave).
func (c *Checks) PilotHand(object, id, how, why string) (err error) {
	defer guard(&err)
	p, err := c.s.project()
	if err != nil {
		return err
	}
	return p.PilotHand(c.s.ctx, model.Key{Object: model.Object(object), ID: id}, how, why)
}
