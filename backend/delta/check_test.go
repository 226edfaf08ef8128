package delta_test

import (
	"context"
	"slices"
	"testing"

	"waybill/backend/check"
	"waybill/backend/delta"
	"waybill/backend/job"
	"waybill/backend/load/loadtest"
	"waybill/backend/model"
	"waybill/backend/store"
)

// failures lists the checks that failed, and kept how many records each object keeps by decision.
func (w *two) failures() (failed []string, kept map[model.Object]int64) {
	w.TB.Helper()
	res, err := check.Run(context.Background(), w.Job, job.New("check"))
	if err != nil {
		w.TB.Fatal(err)
	}
	kept = map[model.Object]int64{}
	for _, it := range res.Checks {
		if !it.Passed {
			failed = append(failed, it.Code+" "+string(it.Object))
		}
		if it.Code == check.Kept {
			kept[it.Object] = it.LookedAt
			if len(it.Examples) == 0 {
				w.TB.Errorf("%s: %d kept and none named", it.Object, it.LookedAt)
			}
		}
	}
	return failed, kept
}

func TestP80_TheCheckKnowsWhatWasDecided(t *testing.T) {
	w := newTwo(t)
	for _, name := range []string{"t1", "t2", "t3"} {
		w.edit("tickets", name, loadtest.Fields{"status": "solved"})
		w.touch("tickets", model.Ticket, name, `{"status":"pending","priority":"low"}`)
	}
	w.say("DELETE", "messages/"+w.id["t4m1"], nil)
	w.read()
	pl, _ := w.plan()
	w.Write(func(tx *store.Tx) error {
		for name, choice := range map[string]string{"t1": delta.Keep, "t2": delta.Note, "t3": delta.Take} {
			if _, err := delta.Choose(tx, pl.ID, delta.Pick{Kind: delta.KindConflict, Seqs: []int64{w.seqIn(tx, model.Ticket, name)}}, choice, model.Person{Name: "Ben"}, ""); err != nil {
				return err
			}
		}
		return nil
	})
	if got, _ := w.failures(); !slices.Contains(got, "options ticket") {
		t.Errorf("before anything was decided the check finds %v", got)
	}
	if _, err := w.Start(pl.ID, 0); err != nil {
		t.Fatal(err)
	}
	got, kept := w.failures()
	if len(got) > 0 {
		t.Errorf("the check fails %v", got)
	}
	if kept[model.Ticket] != 3 || kept[model.Message] != 1 {
		t.Errorf("kept by decision: %v", kept)
	}
	// What nobody decided about is still found.
	w.touch("tickets", model.Ticket, "t1", `{"subject":"Another"}`)
	w.touch("tickets", model.Ticket, "t3", `{"status":"open"}`)
	if got, _ := w.failures(); !slices.Contains(got, "fields ticket") {
		t.Errorf("the check fails %v", got)
	}
}
