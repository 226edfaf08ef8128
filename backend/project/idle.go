package project

import (
	"context"

	"waybill/backend/problem"
	"waybill/backend/store"
)

// idle refuses what would change decisions under a run. A run that the file calls running
// although none is under way here could not write down its own end, because the disk was
// full or failed: it is interrupted, like one whose program died.
func (p *Project) idle(ctx context.Context) error {
	left := false
	err := p.db.Read(ctx, func(tx *store.Tx) error {
		runs, err := tx.Runs()
		if err != nil {
			return err
		}
		for _, r := range runs {
			left = left || r.State == "running" || r.State == "paused"
		}
		return nil
	})
	if err != nil {
		return err
	}
	if p.running.Load() {
		return busy()
	}
	if !left {
		return nil
	}
	return p.db.Write(ctx, func(tx *store.Tx) error { return tx.Interrupt() })
}

// enter begins a run, one at a time; leave ends it.
func (p *Project) enter(ctx context.Context) (leave func(), err error) {
	if err := p.idle(ctx); err != nil {
		return nil, err
	}
	if !p.running.CompareAndSwap(false, true) {
		return nil, busy()
	}
	return func() { p.running.Store(false) }, nil
}

func busy() error {
	return problem.New("run.busy", "A run is under way.", "While it runs nothing is decided anew, so that it does what its plan showed.", "Wait until it is done, or stop it first.")
}
