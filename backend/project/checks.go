package project

import (
	"context"
	"fmt"
	"strings"
	"time"

	"waybill/backend/check"
	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// normalsOff is the setting of the normalisations that are not used.
const normalsOff = "check_normals_off"

// Check reads the target back and compares it with what was meant to arrive.
func (p *Project) Check(ctx context.Context, pr *job.Progress) (check.Result, error) {
	return p.CheckAs(ctx, check.How{}, pr)
}

// CheckAs checks as it is ordered: everything, a sample, or quickly.
func (p *Project) CheckAs(ctx context.Context, how check.How, pr *job.Progress) (check.Result, error) {
	if err := p.idle(ctx); err != nil {
		return check.Result{}, err
	}
	j, err := p.checkJob(ctx)
	if err != nil {
		return check.Result{}, err
	}
	if how.Off == nil {
		if err := p.setting(ctx, normalsOff, &how.Off); err != nil {
			return check.Result{}, err
		}
	}
	return check.Make(ctx, j, how, pr)
}

func (p *Project) checkJob(ctx context.Context) (*load.Job, error) {
	version, choices, err := p.moved(ctx)
	if err != nil {
		return nil, err
	}
	return p.loadWith(ctx, version, choices)
}

// CheckCost says what a check would ask of the target, and how long that takes.
func (p *Project) CheckCost(ctx context.Context, how check.How) (cost check.Cost, err error) {
	j, err := p.checkJob(ctx)
	if err != nil {
		return cost, err
	}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		cost, err = check.Forecast(tx, j, how)
		return err
	})
	return cost, err
}

// NormalsOff names the normalisations that are switched off.
func (p *Project) NormalsOff(ctx context.Context) (off []string, err error) {
	off = []string{}
	return off, p.setting(ctx, normalsOff, &off)
}

// SetNormal switches a normalisation on or off for the next checks; the audit trail says who did.
func (p *Project) SetNormal(ctx context.Context, code string, on bool) error {
	if load.NormalsOf([]string{code}) == 0 {
		return problem.New("check.normal", fmt.Sprintf("There is no normalisation %q.", code), "The check lists those that there are.", "Use one of their names, such as line_ends.").At(problem.Place{Value: code})
	}
	off, err := p.NormalsOff(ctx)
	if err != nil {
		return err
	}
	out := []string{}
	for _, c := range off {
		if c != code {
			out = append(out, c)
		}
	}
	if !on {
		out = append(out, code)
	}
	return p.change(ctx, "check.normal", map[string]any{"normal": code, "on": on}, func(tx *store.Tx) error { return tx.Set(normalsOff, out) })
}

// Waivers are what people accepted in writing although a check did not pass. One that was
// given for fewer failures than the newest check found does not count any more.
func (p *Project) Waivers(ctx context.Context) (out []store.CheckWaiver, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		out, err = Waived(tx)
		return err
	})
	return out, err
}

// Waived lists the waivers that count for the newest check.
func Waived(tx *store.Tx) ([]store.CheckWaiver, error) {
	res, _, ok, err := check.Last(tx)
	if err != nil || !ok {
		return nil, err
	}
	all, err := tx.CheckWaivers()
	if err != nil {
		return nil, err
	}
	out := []store.CheckWaiver{}
	for _, w := range all {
		for _, c := range res.Checks {
			if c.Code == w.Code && c.Object == w.Object && !c.Passed && c.Failed <= w.Failed {
				out = append(out, w)
			}
		}
	}
	return out, nil
}

// Waive accepts in writing that a check did not pass. What makes a private note public
// nobody may accept, and who made the mapping may not accept what came of it (invariant 14).
func (p *Project) Waive(ctx context.Context, code string, o model.Object, by model.Person, why string) error {
	if strings.TrimSpace(by.Name) == "" || strings.TrimSpace(by.Role) == "" {
		return problem.New("approval.no_name", "A waiver needs a name and a role.", "The report says who answers for it.", "Type both.")
	}
	if strings.TrimSpace(why) == "" {
		return problem.New("approval.no_waiver", "A waiver needs its reason in writing.", "The report prints it.", "Type what is accepted, and why.")
	}
	return p.db.Write(ctx, func(tx *store.Tx) error {
		res, _, ok, err := check.Last(tx)
		if err != nil {
			return err
		}
		var item *check.Item
		for i, c := range res.Checks {
			if c.Code == code && c.Object == o && !c.Passed {
				item = &res.Checks[i]
			}
		}
		if !ok || item == nil {
			return problem.New("approval.nothing_to_waive", "There is nothing to waive.", "The newest check found nothing of this kind.", "Look at the checks again.")
		}
		if item.Waives == "" {
			return problem.New("check.never_waived", "Nobody may accept this.", item.Why, "Take the records back, put right what made them so, and move them again.")
		}
		if m, err := tx.Mapping(0); err == nil && strings.EqualFold(m.By.Name, by.Name) {
			return problem.New("approval.own_work", "Who made the mapping may not waive this.", "A second person must say that what is missing may be missing.", "Let "+item.Waives+" do it under their own name.")
		} else if err != nil && !problem.Is(err, "mapping.none") {
			return err
		}
		return tx.WaiveCheck(store.CheckWaiver{Code: code, Object: o, Failed: item.Failed, By: by, At: model.Stamp(time.Now()), Why: strings.TrimSpace(why)})
	})
}

// Unwaive takes a waiver back.
func (p *Project) Unwaive(ctx context.Context, code string, o model.Object, by model.Person) error {
	return p.db.Write(ctx, func(tx *store.Tx) error { return tx.UnwaiveCheck(code, o, by) })
}
