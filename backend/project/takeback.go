package project

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"waybill/backend/job"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Leaving is what a rollback of a run would remove, and what it would keep.
type Leaving struct {
	Run     int64           `json:"-"`
	Objects []LeavingObject `json:"objects"`
	// Kept lists the first hundred records that people touched since, or that hang together
	// with such; they stay.
	Kept []string `json:"kept_list"`
}

// LeavingObject is one object of it. Delete and Keep add up to what the run created and
// what still exists.
type LeavingObject struct {
	Object model.Object `json:"object"`
	Delete int64        `json:"delete"`
	Keep   int64        `json:"keep"`
}

const keptShown = 100

// RollbackList looks what a rollback would remove: it asks the target for each record of
// the run whether people touched it since, and writes nothing.
func (p *Project) RollbackList(ctx context.Context, run int64, pr *job.Progress) (Leaving, error) {
	out := Leaving{Run: run, Objects: []LeavingObject{}, Kept: []string{}}
	j, err := p.loadOf(ctx, run)
	if err != nil {
		return out, err
	}
	p.meter(pr, Target)
	var counts map[model.Object]int64
	var objects []model.Object
	err = p.db.Read(ctx, func(tx *store.Tx) (err error) {
		if counts, err = tx.SentCount(run); err != nil {
			return err
		}
		objects, err = tx.Objects()
		return err
	})
	if err != nil {
		return out, err
	}
	for _, o := range objects {
		pr.Stage(string(o), counts[o])
	}
	touched := map[int64]bool{}
	for _, o := range objects {
		if err := p.touched(ctx, j, run, o, touched, pr); err != nil {
			return out, err
		}
	}
	return out, p.db.Read(ctx, func(tx *store.Tx) error {
		seqs := make([]int64, 0, len(touched))
		for s := range touched {
			seqs = append(seqs, s)
		}
		kin, err := tx.Kin(seqs)
		if err != nil {
			return err
		}
		keep := map[model.Object]int64{}
		for _, s := range kin {
			line, ok, err := tx.LedgerOf(s)
			if err != nil {
				return err
			}
			if !ok || line.Run != run || line.State != store.LedgerCreated && line.State != store.LedgerExisted {
				continue
			}
			keep[line.Object]++
			if len(out.Kept) < keptShown {
				why := "it hangs together with one that people changed"
				if touched[s] {
					why = "people changed it since"
				}
				out.Kept = append(out.Kept, fmt.Sprintf("%s %s: %s", line.Object.Word(), line.ID, why))
			}
		}
		for _, o := range objects {
			if counts[o] > 0 {
				out.Objects = append(out.Objects, LeavingObject{Object: o, Delete: counts[o] - keep[o], Keep: keep[o]})
			}
		}
		return nil
	})
}

// touched asks the target which records of a run people changed since.
func (p *Project) touched(ctx context.Context, j *load.Job, run int64, o model.Object, out map[int64]bool, pr *job.Progress) error {
	pr.Enter(string(o))
	for after := int64(0); ; {
		if err := pr.Checkpoint(ctx); err != nil {
			return err
		}
		var lines []store.LedgerLine
		err := p.db.Read(ctx, func(tx *store.Tx) (err error) {
			lines, err = tx.SentByRun(run, o, after, 100)
			return err
		})
		if err != nil || len(lines) == 0 {
			return err
		}
		after = lines[len(lines)-1].Seq
		marks := make([]model.Mark, len(lines))
		for i, l := range lines {
			marks[i] = l.Mark
		}
		found, err := j.Find(ctx, lines[0].Target, marks)
		if err != nil {
			return err
		}
		for _, l := range lines {
			if f, ok := found[l.Mark]; ok && f.Version != l.Version {
				out[l.Seq] = true
			}
		}
		pr.Add(int64(len(lines)), 0)
	}
}

// loadOf prepares work on a run with the mapping that it used.
func (p *Project) loadOf(ctx context.Context, run int64) (*load.Job, error) {
	version := 0
	err := p.db.Read(ctx, func(tx *store.Tx) error {
		r, err := tx.Run(run)
		if err != nil {
			return err
		}
		pl, err := tx.Plan(r.Plan)
		version = pl.Mapping
		return err
	})
	if err != nil {
		return nil, err
	}
	return p.Load(ctx, version)
}

// SliceRuns lists the runs of a slice that still have something in the target, newest
// first, with those that tried again what it had held back.
func (p *Project) SliceRuns(ctx context.Context, name string) ([]int64, error) {
	states, err := p.SliceStates(ctx)
	if err != nil {
		return nil, err
	}
	slice, err := p.Slice(ctx, name)
	if err != nil {
		return nil, err
	}
	out := []int64{}
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		plans := []int64{}
		for _, s := range states {
			if !strings.EqualFold(s.Slice.Name, slice.Name) {
				continue
			}
			for _, id := range s.Runs {
				r, err := tx.Run(id)
				if err != nil {
					return err
				}
				plans = append(plans, r.Plan)
				n, err := tx.SentCount(id)
				if err != nil {
					return err
				}
				if len(n) > 0 {
					out = append(out, id)
				}
			}
		}
		again, err := tx.RetriesWithin(plans)
		out = append(out, again...)
		return err
	})
	slices.SortFunc(out, func(a, b int64) int { return cmp.Compare(b, a) })
	if err == nil && len(out) == 0 {
		err = problem.New("slice.nothing", "Nothing of “"+slice.Name+"” is in the target.", "It was not moved, or it was taken back already.", "There is nothing to do.").At(problem.Place{Value: slice.Name})
	}
	return out, err
}
