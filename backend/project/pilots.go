package project

import (
	"context"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/pilot"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// pilotSetting keeps what the last choice of a pilot said.
const pilotSetting = "pilot"

// ChoosePilot chooses the records of the rehearsal: percent of the tickets, or, with 0, as
// many as cover everything that is hard and at least ten percent. What people added or took
// out stays.
func (p *Project) ChoosePilot(ctx context.Context, percent float64, pr *job.Progress) (res pilot.Result, err error) {
	if err := p.idle(ctx); err != nil {
		return res, err
	}
	if err := p.complete(ctx); err != nil {
		return res, err
	}
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return res, err
	}
	if res, err = pilot.Choose(ctx, p.db, src, pilot.Order{Percent: percent}, pr); err != nil {
		return res, err
	}
	return res, p.change(ctx, "pilot.chosen", map[string]any{"records": res.Records, "covered_percent": res.Percent}, func(*store.Tx) error { return nil })
}

// Pilot says what was chosen; ok is false when nothing was yet.
func (p *Project) Pilot(ctx context.Context) (res pilot.Result, ok bool, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		ok, err = tx.Setting(pilotSetting, &res)
		return err
	})
	return res, ok, err
}

// PilotHand adds a record to the pilot by hand, takes one out, or leaves it to the choice again.
func (p *Project) PilotHand(ctx context.Context, k model.Key, hand, why string) error {
	return p.change(ctx, "pilot.by_hand", map[string]any{"object": k.Object, "id": k.ID, "how": hand, "why": why}, func(tx *store.Tx) error {
		row, err := tx.Record(k)
		if err != nil {
			return err
		}
		pick := store.PilotPick{Seq: row.Seq, Object: k.Object, Why: []string{or(why, "added by "+p.Person().Name)}}
		switch hand {
		case "add":
			pick.Hand = store.PilotAdded
		case "out":
			pick.Hand = store.PilotRefused
		case "leave":
			return tx.ForgetPilotHand(row.Seq)
		default:
			return problem.New("pilot.hand", "A record is added, taken out, or left to the choice.", "", "Use add, out or leave.").At(problem.Place{Value: hand})
		}
		return tx.PutPilot(pick)
	})
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
