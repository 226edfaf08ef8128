package project

import (
	"context"
	"strings"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/store"
)

// SayOfFinding keeps what a person says about a finding of the profile: accepted or
// decided, with the reason; open takes it back. It holds until the finding grows.
func (p *Project) SayOfFinding(ctx context.Context, o model.Object, code, field, state, why string) error {
	why = strings.TrimSpace(why)
	switch state {
	case profile.Open:
		state, why = "", ""
	case profile.Accepted, profile.Decided:
		if why == "" {
			return problem.New("finding.why", "Say why.", "Whoever reads the report later wants to know the reason.", "Write one sentence, such as: agreed with the team of Berlin.").At(problem.Place{Object: string(o), Field: field})
		}
	default:
		return problem.New("finding.state", "A finding is open, decided or accepted.", "", "Choose one of them.").At(problem.Place{Object: string(o), Field: field, Value: state})
	}
	return p.db.Write(ctx, func(tx *store.Tx) error {
		all, err := profile.Load(tx)
		if err != nil {
			return err
		}
		f, ok := profile.FindingOf(all, o, code, field)
		if !ok {
			return problem.New("finding.gone", "This finding is not there any more.", "The source was measured again, and it is solved.", "Look at the list again.").At(problem.Place{Object: string(o), Field: field})
		}
		return tx.SetFindingState(store.FindingState{Object: o, Code: code, Field: field, State: state, Count: f.Count, Why: why, By: p.Person()})
	})
}
