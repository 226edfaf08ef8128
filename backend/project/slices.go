package project

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/backend/check"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

func stamp() string { return model.Stamp(time.Now()) }

// Slices are the parts in which the source is moved, in their order; none: all at once.
func (p *Project) Slices(ctx context.Context) ([]load.Slice, error) {
	out := []load.Slice{}
	return out, p.setting(ctx, slicesSetting, &out)
}

// SetSlices states the parts. Each has a name of its own and conditions that can be read.
func (p *Project) SetSlices(ctx context.Context, list []load.Slice) error {
	src, err := p.Schema(ctx, Source)
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for i := range list {
		list[i].Name = strings.TrimSpace(list[i].Name)
		if list[i].Conditions == nil {
			list[i].Conditions = []load.Condition{}
		}
		name := strings.ToLower(list[i].Name)
		if name == "" || names[name] {
			return problem.New("slice.name", "Each slice needs a name of its own.", "Runs and reports are named after it.", "Give it a short name, such as Open tickets.").At(problem.Place{Value: list[i].Name})
		}
		names[name] = true
		if err := load.CheckSlice(list[i], src); err != nil {
			return err
		}
	}
	return p.change(ctx, "slices", list, func(tx *store.Tx) error { return tx.Set(slicesSetting, list) })
}

// Slice finds one by its name.
func (p *Project) Slice(ctx context.Context, name string) (load.Slice, error) {
	list, err := p.Slices(ctx)
	if err != nil {
		return load.Slice{}, err
	}
	names := []string{}
	for _, s := range list {
		if strings.EqualFold(s.Name, strings.TrimSpace(name)) {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return load.Slice{}, problem.New("slice.none", fmt.Sprintf("There is no slice %q.", name), "The slices of this project are: "+strings.Join(names, ", ")+".", "Use one of them, or state it first.").At(problem.Place{Value: name})
}

// SliceState says how far a slice is.
type SliceState struct {
	Slice load.Slice `json:"slice"`
	// Runs of it, newest first.
	Runs []int64 `json:"runs"`
	// State: open, canary, running, done, stopped, failed, rolled_back.
	State string `json:"state"`
	// Wait says in words why its run may not start yet; empty when it may.
	Wait string `json:"wait"`
}

// SliceStates says how far each slice is, and which may start next.
func (p *Project) SliceStates(ctx context.Context) ([]SliceState, error) {
	list, err := p.Slices(ctx)
	if err != nil {
		return nil, err
	}
	limits, err := p.Thresholds(ctx)
	if err != nil {
		return nil, err
	}
	out := []SliceState{}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		runs, err := tx.Runs()
		if err != nil {
			return err
		}
		part := map[int64]string{}
		for _, r := range runs {
			if r.Plan == 0 {
				continue
			}
			pl, err := tx.Plan(r.Plan)
			if err != nil {
				return err
			}
			part[r.ID] = pl.Part
		}
		result, at, checked, err := check.Last(tx)
		if err != nil {
			return err
		}
		before, wait := "", ""
		for _, s := range list {
			st := SliceState{Slice: s, Runs: []int64{}, State: "open"}
			var newest *store.Run
			for i, r := range runs {
				if strings.EqualFold(part[r.ID], s.Name) {
					st.Runs = append(st.Runs, r.ID)
					if newest == nil {
						newest, st.State = &runs[i], r.State
					}
				}
			}
			if before != "" {
				st.Wait = wait
			}
			out = append(out, st)
			before, wait = s.Name, sliceWait(s.Name, newest, limits, result, at, checked)
		}
		return nil
	})
	return out, err
}

// sliceWait says why what comes after a slice may not start yet.
func sliceWait(name string, run *store.Run, limits load.Thresholds, result check.Result, at store.Checking, checked bool) string {
	switch {
	case run == nil:
		return "“" + name + "” comes first and was not moved yet."
	case run.State != "done":
		return fmt.Sprintf("“%s” comes first and is not done: its run is %s.", name, strings.ReplaceAll(run.State, "_", " "))
	}
	created, held := int64(0), int64(0)
	for _, c := range run.Counts {
		created += c["created"] + c["existed"]
		held += c["held"]
	}
	if all := created + held; limits.HeldPercent > 0 && all > 0 && 100*float64(held)/float64(all) > limits.HeldPercent {
		return fmt.Sprintf("“%s” held back %.1f %% of its records, more than the %.1f %% that were agreed.", name, 100*float64(held)/float64(all), limits.HeldPercent)
	}
	if !limits.CheckedFirst {
		return ""
	}
	if !checked || at.At < run.Finished {
		return "“" + name + "” was not checked since it was moved."
	}
	for _, c := range result.Checks {
		if !c.Passed && c.Code != check.Complete {
			return "“" + name + "” did not pass its check: " + c.Title + "."
		}
	}
	return ""
}

// sliceMayStart keeps the stop points: the next slice starts only if the last one kept
// its thresholds, unless that was accepted by name (finding "slice/NAME").
func (p *Project) sliceMayStart(ctx context.Context, s *load.Slice) error {
	if s == nil {
		return problem.New("slice.none", "It was not said which slice to plan.", "", "Name one of the project's slices.")
	}
	states, err := p.SliceStates(ctx)
	if err != nil {
		return err
	}
	accepted, err := p.AcceptedFindings(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(states, func(x SliceState) bool { return strings.EqualFold(x.Slice.Name, s.Name) })
	if i < 0 || states[i].Wait == "" {
		return nil
	}
	if _, ok := accepted["slice/"+states[i].Slice.Name]; ok {
		return nil
	}
	limits, err := p.Thresholds(ctx)
	if err != nil {
		return err
	}
	who := limits.Decides
	if who == "" {
		who = "the migration lead"
	}
	return problem.New("slice.waits", states[i].Wait, "Slices are moved one after the other, each only when the one before kept what was agreed.",
		"Bring the one before to its end, or let "+who+" accept it by name.").At(problem.Place{Value: "slice/" + states[i].Slice.Name})
}
