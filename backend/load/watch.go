package load

import (
	"fmt"
	"sync"

	"waybill/backend/problem"
)

// CodeThreshold says that a run stopped by itself because too much was refused.
const CodeThreshold problem.Code = "load.threshold"

// Thresholds stop a run by themselves, and name who decides then.
type Thresholds struct {
	// HeldPercent of the records sent that the target may refuse; 0: none is set.
	HeldPercent float64 `json:"held_percent"`
	// AtLeast so many records must have been sent before it counts; 0: one hundred.
	AtLeast int64 `json:"at_least"`
	// InARow refusals stop the run at once; 0: none is set.
	InARow int64 `json:"in_a_row"`
	// Decides names who says whether the run goes on or is rolled back.
	Decides string `json:"decides"`
	// CheckedFirst: the next slice starts only after the last one was checked and passed.
	CheckedFirst bool `json:"checked_first"`
}

// watch counts while a run goes on.
type watch struct {
	limits Thresholds
	mu     sync.Mutex
	sent   int64
	failed int64
	row    int64
	last   *problem.Problem
	off    bool
}

// see counts outcomes; the error stops the run.
func (w *watch) see(good int64, refused []*problem.Problem) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent += good + int64(len(refused))
	w.failed += int64(len(refused))
	if good > 0 {
		w.row = 0
	}
	w.row += int64(len(refused))
	if len(refused) > 0 {
		w.last = refused[len(refused)-1]
	}
	if w.off || len(refused) == 0 {
		return nil
	}
	least := w.limits.AtLeast
	if least == 0 {
		least = 100
	}
	percent := 100 * float64(w.failed) / float64(w.sent)
	switch {
	case w.limits.InARow > 0 && w.row >= w.limits.InARow:
		return w.stop(fmt.Sprintf("The target refused %d records in a row.", w.row))
	case w.limits.HeldPercent > 0 && w.sent >= least && percent > w.limits.HeldPercent:
		return w.stop(fmt.Sprintf("The target refused %.1f %% of the records, more than the %.1f %% that were agreed.", percent, w.limits.HeldPercent))
	}
	return nil
}

// Saw counts what a delta wrote and what the target refused of it; the error stops the run.
func (j *Job) Saw(good int64, refused []*problem.Problem) error {
	if j.watch == nil {
		return nil
	}
	return j.watch.see(good, refused)
}

func (w *watch) stop(what string) error {
	who := w.limits.Decides
	if who == "" {
		who = "the migration lead"
	}
	why := "Something is wrong that concerns many records."
	if w.last != nil {
		why = "The last refusal was: " + w.last.What
	}
	return problem.New(CodeThreshold, what, why+" What arrived stays there, nothing else is sent.",
		"Now "+who+" decides: go on all the same, repair and try the held records again, or roll this run back.")
}
