package delta

import (
	"waybill/backend/model"
	"waybill/backend/store"
)

// Row is one record of a plan's conflicts, updates or of what is gone, for a screen.
type Row struct {
	Seq    int64        `json:"seq"`
	Object model.Object `json:"object"`
	// Source is its id there, Name what people call it, Target its id in the target.
	Source string `json:"source"`
	Name   string `json:"name"`
	Target string `json:"target"`
	Item   Item   `json:"item"`
}

// Rows gives up to n records of a plan with an action (store.ActUpdate, ActConflict or
// ActGone), behind a place in the stage, in order.
func Rows(tx *store.Tx, plan int64, o model.Object, action string, after int64, n int) ([]Row, error) {
	items, err := tx.DeltaItems(plan, o, action, "", after, n)
	if err != nil {
		return nil, err
	}
	out := make([]Row, len(items))
	for i, it := range items {
		item, err := readItem(it.Body)
		if err != nil {
			return nil, err
		}
		out[i] = Row{Seq: it.Seq, Object: o, Source: it.Source, Name: it.Name, Target: it.Target, Item: item}
	}
	return out, nil
}

// Figure is one object's part of the delta, for a screen. Every figure opens the
// records behind it: by Rows, by store.Tx.Changes or by a store.Filter of the plan.
type Figure struct {
	Object model.Object `json:"object"`
	// Waiting: records that are new, and those in the target that differ at the source.
	New      int64 `json:"new"`
	Changed  int64 `json:"changed"`
	Deleted  int64 `json:"deleted"`
	Merged   int64 `json:"merged"`
	Redacted int64 `json:"redacted"`
	Settled  int64 `json:"settled"`
	Problems int64 `json:"problems"`
	// Of the plan.
	Update    int64            `json:"update"`
	Conflicts map[string]int64 `json:"conflicts"` // by choice
	Gone      map[string]int64 `json:"gone"`      // by choice
}

// Figures gives what waits to be brought over, and what a plan makes of it.
func Figures(tx *store.Tx, plan int64) ([]Figure, error) {
	waiting, err := tx.DeltaCounts()
	if err != nil {
		return nil, err
	}
	items, err := tx.PlanCount(plan)
	if err != nil {
		return nil, err
	}
	conflicts, err := tx.Chosen(plan, store.ActConflict)
	if err != nil {
		return nil, err
	}
	gone, err := tx.Chosen(plan, store.ActGone)
	if err != nil {
		return nil, err
	}
	orEmpty := func(m map[string]int64) map[string]int64 {
		if m == nil {
			return map[string]int64{}
		}
		return m
	}
	out := make([]Figure, len(waiting))
	for i, c := range waiting {
		out[i] = Figure{
			Object: c.Object, New: c.New, Changed: c.Changed, Deleted: c.Deleted, Merged: c.Merged, Redacted: c.Redacted,
			Settled: c.Settled, Problems: c.Problems, Update: items[c.Object][store.ActUpdate],
			Conflicts: orEmpty(conflicts[c.Object]), Gone: orEmpty(gone[c.Object]),
		}
	}
	return out, nil
}
