package load

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Proof that a rollback reached just as far as the run did (invariant 8).
type Proof struct {
	// Deleted and then looked for: Absent of them were not found any more.
	Deleted int64 `json:"deleted"`
	Absent  int64 `json:"absent"`
	// Kept because people changed them since, or because something kept needs them.
	Kept     int64    `json:"kept"`
	KeptList []string `json:"kept_list"`
	// Source was not touched: its records and their hashes are the same as before.
	SourceUntouched bool `json:"source_untouched"`
	// Source as it says of itself, before and after: counts, and hashes of files.
	SourceBefore string `json:"source_before,omitempty"`
	SourceAfter  string `json:"source_after,omitempty"`
	// Target counts after it, by object.
	Target map[model.Object]int64 `json:"target"`
}

// Rollback removes from the target what a run created, children first, and proves it.
func Rollback(ctx context.Context, j *Job, of int64, p *job.Progress) (store.Run, Proof, error) {
	proof := Proof{KeptList: []string{}, Target: map[model.Object]int64{}}
	var run store.Run
	deleter, ok := j.Target.Conn.(connector.Deleter)
	finder, canFind := j.Target.Conn.(connector.Finder)
	if !ok || !canFind {
		return run, proof, problem.New("load.cannot_delete", j.Target.Kind.Title+" does not let Waybill delete records.",
			"What a run created must be removed by hand there.", "Open the run's records; the list names every one with its number in the target.")
	}
	var objects []model.Object
	var counts map[model.Object]int64
	var before string
	var err error
	if j.SourceState != nil {
		if proof.SourceBefore, err = j.SourceState(ctx); err != nil {
			return run, proof, err
		}
	}
	err = j.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Run(of); err != nil {
			return err
		}
		all, err := tx.Objects()
		if err != nil {
			return err
		}
		objects = j.order(all)
		slices.Reverse(objects)
		if counts, err = tx.SentCount(of); err != nil {
			return err
		}
		if before, err = tx.StageHash(); err != nil {
			return err
		}
		if err := tx.Unset("target_counts"); err != nil {
			return err
		}
		run, err = tx.NewRun(store.Run{Kind: model.RunRollback, Of: of, By: j.By})
		return err
	})
	if err != nil {
		return run, proof, err
	}
	err = func() error {
		for _, o := range objects {
			p.Stage(string(o), counts[o])
		}
		// What a crash left open belongs to what is taken back.
		if err := j.settleOpen(ctx, of, p); err != nil {
			return err
		}
		if err := j.relink(ctx, run, objects, p); err != nil {
			return err
		}
		safe, err := j.touched(ctx, of, objects, finder, p)
		if err != nil {
			return err
		}
		rb := &taking{j: j, run: run.ID, deleter: deleter, finder: finder, safe: safe, proof: &proof, p: p, stuck: map[model.Object][]store.LedgerLine{}}
		for _, o := range objects {
			p.Enter(string(o))
			if err := j.takeBackExtras(ctx, of, o, deleter, finder, safe, &proof, p); err != nil {
				return fmt.Errorf("remove what belongs to %s: %w", o, err)
			}
			if err := rb.all(ctx, of, o); err != nil {
				return fmt.Errorf("remove %s: %w", o, err)
			}
		}
		if err := rb.again(ctx, objects); err != nil {
			return err
		}
		for _, o := range slices.Backward(objects) {
			if err := rb.withOwners(ctx, of, o); err != nil {
				return fmt.Errorf("take back %s: %w", o, err)
			}
		}
		if err := j.relink(ctx, run, objects, p); err != nil {
			return err
		}
		return j.prove(ctx, before, &proof, p)
	}()
	b, merr := json.Marshal(proof)
	if merr != nil {
		return run, proof, merr
	}
	if err := j.close(run.ID, "", err, string(b)); err != nil {
		return run, proof, err
	}
	return run, proof, j.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ForgetGone(); err != nil {
			return err
		}
		left, err := tx.SentCount(of)
		if err != nil || len(left) > 0 {
			return err
		}
		return tx.SetRun(of, "rolled_back", "", "", j.By)
	})
}

// touched finds the records of a run that people changed since, with what hangs on
// them and what they hang on: none of these is deleted.
func (j *Job) touched(ctx context.Context, of int64, objects []model.Object, finder connector.Finder, p *job.Progress) (map[int64]bool, error) {
	safe := map[int64]bool{}
	for _, o := range objects {
		after := int64(0)
		for {
			if err := p.Checkpoint(ctx); err != nil {
				return nil, err
			}
			lines, err := j.sentPage(ctx, of, o, after)
			if err != nil {
				return nil, err
			}
			if len(lines) == 0 {
				break
			}
			after = lines[len(lines)-1].Seq
			found := map[model.Mark]connector.Found{}
			for _, part := range ByTarget(lines) {
				got, err := j.findPatiently(ctx, p, finder, part[0].Target, marksOf(part))
				if err != nil {
					return nil, err
				}
				maps.Copy(found, got)
			}
			changed := []int64{}
			for _, l := range lines {
				if f, ok := found[l.Mark]; ok && f.Version != l.Version {
					changed = append(changed, l.Seq)
				}
			}
			if len(changed) == 0 {
				continue
			}
			err = j.DB.Read(ctx, func(tx *store.Tx) error {
				kin, err := tx.Kin(changed)
				for _, s := range kin {
					safe[s] = true
				}
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return safe, nil
}

func (j *Job) sentPage(ctx context.Context, of int64, o model.Object, after int64) (lines []store.LedgerLine, err error) {
	err = j.DB.Read(ctx, func(tx *store.Tx) (err error) {
		lines, err = tx.SentByRun(of, o, after, 100)
		return err
	})
	return lines, err
}

func marksOf(lines []store.LedgerLine) []model.Mark {
	out := make([]model.Mark, len(lines))
	for i, l := range lines {
		out[i] = l.Mark
	}
	return out
}

// absent asks the target for what was just deleted.
func (j *Job) absent(ctx context.Context, p *job.Progress, finder connector.Finder, lines []store.LedgerLine, deleted []int64) (int64, error) {
	gone := []store.LedgerLine{}
	for _, l := range lines {
		if slices.Contains(deleted, l.Seq) {
			gone = append(gone, l)
		}
	}
	if len(gone) == 0 {
		return 0, nil
	}
	list := make([]whom, len(gone))
	for i, l := range gone {
		list[i] = whom{l.Mark, l.ID}
	}
	there, err := j.present(ctx, p, finder, gone[0].Target, list)
	return int64(len(gone) - len(there)), err
}

func (j *Job) prove(ctx context.Context, before string, proof *Proof, p *job.Progress) error {
	err := j.DB.Read(ctx, func(tx *store.Tx) error {
		after, err := tx.StageHash()
		proof.SourceUntouched = after == before
		return err
	})
	if err != nil {
		return err
	}
	if j.SourceState != nil {
		if proof.SourceAfter, err = j.SourceState(ctx); err != nil {
			return err
		}
		proof.SourceUntouched = proof.SourceUntouched && proof.SourceAfter == proof.SourceBefore
	}
	for _, o := range j.Target.Schema.Objects {
		var n int64
		err := j.patiently(ctx, p, func() (err error) {
			n, _, err = j.Target.Conn.Count(ctx, o.Object)
			return err
		})
		if err != nil {
			return err
		}
		proof.Target[o.Object] = n
	}
	return nil
}
