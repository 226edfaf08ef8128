package delta

import (
	"encoding/json"
	"slices"

	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Kinds of what a person may choose about.
const (
	KindConflict = store.ActConflict
	KindGone     = store.ActGone
)

const defaultsSetting = "delta_choices"

var choicesOf = map[string][]string{
	KindConflict: {Keep, Take, Note},
	KindGone:     {Keep, Delete, Note},
}

// Pick says which records of a plan a choice is for.
type Pick struct {
	// Kind is KindConflict or KindGone.
	Kind string
	// Object restricts to one object of the source; empty: all.
	Object model.Object
	// Seqs restricts to places in the stage; nil: all of the kind.
	Seqs []int64
}

// Defaults gives the choice that new plans begin with, by kind.
func Defaults(tx *store.Tx) (map[string]string, error) {
	out := map[string]string{}
	if _, err := tx.Setting(defaultsSetting, &out); err != nil {
		return nil, err
	}
	for kind := range choicesOf {
		if !slices.Contains(choicesOf[kind], out[kind]) {
			out[kind] = Keep
		}
	}
	return out, nil
}

// SetDefault keeps the choice that new plans begin with. It is audited.
func SetDefault(tx *store.Tx, kind, choice string, by model.Person) error {
	if !slices.Contains(choicesOf[kind], choice) {
		return noChoice(choice)
	}
	all, err := Defaults(tx)
	if err != nil {
		return err
	}
	all[kind] = choice
	if err := tx.Set(defaultsSetting, all); err != nil {
		return err
	}
	return tx.Audit(by, "delta.default", map[string]any{"kind": kind, "choice": choice})
}

func noChoice(choice string) error {
	return problem.New(CodeChoice, "That is not something that can be chosen here.",
		"A record that both desks changed can be kept, taken from the source or noted; one that is gone at the source can be kept, deleted or noted.",
		"Choose one of these.").At(problem.Place{Value: choice})
}

// Choose sets what becomes of conflicts or of what is gone, in a plan that was not
// started yet, and gives for how many records. Records for which the choice is not
// possible are passed. It is audited (invariant 14).
func Choose(tx *store.Tx, plan int64, pick Pick, choice string, by model.Person, why string) (int64, error) {
	if !slices.Contains(choicesOf[pick.Kind], choice) {
		return 0, noChoice(choice)
	}
	pl, err := tx.Plan(plan)
	if err != nil {
		return 0, err
	}
	started, err := tx.PlanStarted(pl.ID)
	if err != nil {
		return 0, err
	}
	if started {
		return 0, problem.New(CodeStarted, "This plan is being carried out, or was.",
			"A run does what its plan showed when it began.", "Make a new plan and choose there.")
	}
	n, err := tx.Choose(pl.ID, pick.Kind, pick.Object, pick.Seqs, choice, by, why)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, problem.New(CodeNothingSet, "There is no record for which this can be chosen.",
			"What is not in the target any more can only be kept, and only tickets, messages and attachments can have a note.", "Look at the list and choose again.")
	}
	var sum load.Summary
	if err := json.Unmarshal([]byte(pl.Body), &sum); err != nil {
		return 0, err
	}
	chosen, err := tx.Chosen(pl.ID, KindGone)
	if err != nil {
		return 0, err
	}
	counted := map[model.Object]bool{}
	for i := range sum.Objects {
		o := &sum.Objects[i]
		o.Delete = 0
		if !counted[o.Object] { // one that goes several ways has it all in its first line
			o.Delete = chosen[o.Object][Delete]
		}
		counted[o.Object] = true
	}
	body, err := json.Marshal(sum)
	if err != nil {
		return 0, err
	}
	if err := tx.SetPlanBody(pl.ID, string(body)); err != nil {
		return 0, err
	}
	return n, tx.Audit(by, "delta.choice", map[string]any{"plan": pl.ID, "kind": pick.Kind, "object": pick.Object, "choice": choice, "records": n, "why": why})
}
