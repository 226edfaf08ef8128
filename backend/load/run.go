package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"golang.org/x/sync/errgroup"

	"waybill/backend/connector"
	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Codes of this package that callers look for.
const (
	CodeStale problem.Code = "plan.stale"
	CodeGone  problem.Code = "load.target_gone"
	// CodeLinkWaits: what the record belongs to is held back itself.
	CodeLinkWaits problem.Code = "load.link_waits"
)

// Stale says why a plan can't be executed any more, or nil.
func (j *Job) Stale(s Summary) *problem.Problem {
	if s.Fingerprint == j.Fingerprint {
		return nil
	}
	return problem.New(CodeStale, "Something was decided or changed since this plan was made.",
		"A run only does what its plan showed, so this plan is no longer used.", "Make a new plan, look it over, then start.")
}

// Start begins a new run of a plan, or goes on with one that was interrupted when
// resume is its id. It returns when the run is over, one way or another; the run's
// state says how.
func Start(ctx context.Context, j *Job, planID, resume int64, p *job.Progress) (store.Run, error) {
	var run store.Run
	var sum Summary
	err := j.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if resume != 0 {
			if run, err = tx.Run(resume); err != nil {
				return err
			}
			planID = run.Plan
		}
		plan, err := tx.Plan(planID)
		if err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(plan.Body), &sum); err != nil {
			return err
		}
		if why := j.Stale(sum); why != nil {
			return why
		}
		planID = plan.ID
		if err := tx.Unset("target_counts"); err != nil {
			return err
		}
		if resume != 0 {
			return tx.SetRun(run.ID, "running", "", "", j.By)
		}
		if err := tx.Release(plan.ID); err != nil {
			return err
		}
		run, err = tx.NewRun(store.Run{Kind: plan.Scope, Plan: plan.ID, By: j.By})
		return err
	})
	if err != nil {
		return run, err
	}
	err = j.execute(ctx, run, planID, sum, p)
	return run, j.close(run.ID, err, "")
}

// close writes down how a run ended. It uses a context of its own: a run that was
// stopped must still be able to say so.
func (j *Job) close(run int64, err error, proof string) error {
	state, failure := "done", ""
	switch {
	case errors.Is(err, context.Canceled):
		state = "cancelled"
	case err != nil:
		state = "failed"
		b, merr := json.Marshal(problem.From(err))
		if merr != nil {
			return errors.Join(err, merr)
		}
		failure = string(b)
	}
	werr := j.DB.Write(context.Background(), func(tx *store.Tx) error { return tx.SetRun(run, state, failure, proof, j.By) })
	return errors.Join(err, werr)
}

func (j *Job) execute(ctx context.Context, run store.Run, planID int64, sum Summary, p *job.Progress) error {
	writer, ok := j.Target.Conn.(connector.Writer)
	if !ok {
		return problem.New("load.read_only", j.Target.Kind.Title+" cannot be written to.", "It can only be a source.", "Choose another target.")
	}
	if !j.Target.Kind.Caps.Quiet {
		// Invariant 9: a target that cannot be kept silent is not written to.
		return problem.New("load.not_quiet", j.Target.Kind.Title+" would write to your customers.",
			"It sends mails for what is created there, and Waybill cannot keep it quiet.", "Turn its notifications off there, or choose another way into it.")
	}
	for _, o := range sum.Objects {
		p.Stage(string(o.Object), o.Create+o.Hold)
	}
	if err := j.recoverAll(ctx, run.ID, p); err != nil {
		return err
	}
	for _, o := range sum.Objects {
		p.Enter(string(o.Object))
		if err := j.hold(ctx, run.ID, planID, o.Object, p); err != nil {
			return fmt.Errorf("hold %s: %w", o.Object, err)
		}
		if err := j.create(ctx, run.ID, planID, o, writer, p); err != nil {
			return fmt.Errorf("create %s: %w", o.Object, err)
		}
	}
	return nil
}

func (j *Job) hold(ctx context.Context, run, plan int64, o model.Object, p *job.Progress) error {
	after, all := int64(0), int64(0)
	for {
		var n int
		err := j.DB.Write(ctx, func(tx *store.Tx) error {
			items, err := tx.PlanItems(plan, o, store.ActHold, after, planPage)
			if err != nil {
				return err
			}
			if len(items) == 0 {
				return tx.CountPlanned(run, o, all)
			}
			n, after = len(items), items[len(items)-1].Seq
			held, err := tx.HoldPlanned(items)
			all += held
			return err
		})
		if err != nil || n == 0 {
			return err
		}
		p.Add(int64(n), int64(n))
	}
}

// parcel is a draft on its way, with the record it came from.
type parcel struct {
	seq   int64
	draft model.Draft
	hash  []byte
}

func (j *Job) create(ctx context.Context, run, plan int64, o Object, writer connector.Writer, p *job.Progress) error {
	caps := j.Target.Kind.Caps
	batch, workers := max(caps.Batch, 1), min(max(caps.Parallel, 1), 8)
	after := int64(0)
	for {
		if err := p.Checkpoint(ctx); err != nil {
			return err
		}
		parcels, last, n, err := j.nextParcels(ctx, run, plan, o.Object, after, batch*workers*2, p)
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		after = last
		if err := j.send(ctx, run, o, writer, parcels, batch, workers, p); err != nil {
			return err
		}
	}
}

// nextParcels reads the next planned records, makes their drafts again and resolves
// their links to ids of the target. n is how many records of the plan were passed.
func (j *Job) nextParcels(ctx context.Context, run, plan int64, o model.Object, after int64, limit int, p *job.Progress) (out []parcel, last int64, n int, err error) {
	var refused []store.Settlement
	sent := int64(0)
	err = j.DB.Read(ctx, func(tx *store.Tx) error {
		items, err := tx.PlanItems(plan, o, store.ActCreate, after, limit)
		if err != nil || len(items) == 0 {
			return err
		}
		n, last = len(items), items[len(items)-1].Seq
		rows, err := tx.RowsAt(o, items)
		if err != nil {
			return err
		}
		drafts := make([]model.Draft, 0, len(rows))
		for i, row := range rows {
			done, err := tx.IsSent(row.Seq)
			if err != nil {
				return err
			}
			// What is held by now was refused by this very run (see Release): a run that
			// goes on does not try it again, the next plan does.
			if done || row.Fate == model.Held {
				sent++
				continue
			}
			d, found, err := j.draft(tx, row)
			if err != nil {
				return err
			}
			hash, err := hashOf(d)
			if err != nil {
				return err
			}
			if len(found) > 0 || !bytes.Equal(hash, items[i].Draft) {
				return problem.New(CodeStale, "A record changed since the plan was made.",
					"A run only does what its plan showed, so it stopped before sending that record.", "Make a new plan, then start it: what is moved already stays as it is.").
					At(problem.Place{Object: string(o), Record: row.Record.Key.ID})
			}
			drafts = append(drafts, d)
			out = append(out, parcel{seq: row.Seq, hash: hash})
		}
		spots, err := tx.Resolve(refsOf(drafts), plan)
		if err != nil {
			return err
		}
		kept := out[:0]
		for i := range drafts {
			d, why := resolve(drafts[i], spots, j)
			if len(why) > 0 {
				refused = append(refused, store.Settlement{Seq: out[i].seq, State: store.LedgerRefused, Problems: why})
				continue
			}
			kept = append(kept, parcel{seq: out[i].seq, draft: d, hash: out[i].hash})
		}
		out = kept
		return nil
	})
	if err != nil {
		return nil, 0, 0, err
	}
	if len(refused) > 0 {
		if err := j.DB.Write(ctx, func(tx *store.Tx) error { return tx.Settle(run, o, refused) }); err != nil {
			return nil, 0, 0, err
		}
	}
	p.Add(sent+int64(len(refused)), int64(len(refused)))
	return out, last, n, nil
}

// resolve gives a draft's links their ids in the target.
func resolve(d model.Draft, spots map[model.Ref]store.Spot, j *Job) (model.Draft, []*problem.Problem) {
	var why []*problem.Problem
	links := make([]model.DraftLink, 0, len(d.Links))
	for _, l := range d.Links {
		at, keep, p := settleLink(l, spots, func(s store.Spot) bool { return s.TargetID != "" })
		switch {
		case p != nil:
			w := p.Where
			w.Object, w.Record = string(d.Source.Object), d.Source.ID
			why = append(why, p.At(w))
		case keep:
			l.Target = model.Key{Object: j.targetOf(at, l), ID: at.TargetID}
			links = append(links, l)
		}
	}
	d.Links = links
	return d, why
}

// targetOf finds what kind of record a resolved link leads to in the target.
func (j *Job) targetOf(at store.Spot, l model.DraftLink) model.Object {
	if t, ok := j.Program.Target(at.Object); ok {
		return t
	}
	return l.To[0].Object
}

// send writes parcels: those of one thread one after another, the others side by side.
func (j *Job) send(ctx context.Context, run int64, o Object, writer connector.Writer, parcels []parcel, batch, workers int, p *job.Progress) error {
	queues := make([][]parcel, workers)
	for i, x := range parcels {
		q := i / batch % workers
		if x.draft.Thread != "" {
			h := fnv.New32a()
			_, _ = h.Write([]byte(x.draft.Thread)) // a hash never fails
			q = int(h.Sum32() % uint32(workers))
		}
		queues[q] = append(queues[q], x)
	}
	g, gctx := errgroup.WithContext(ctx)
	for _, q := range queues {
		g.Go(func() error {
			for len(q) > 0 {
				n := min(batch, len(q))
				if err := gctx.Err(); err != nil {
					return err
				}
				if err := j.deliver(gctx, run, o, writer, q[:n], p); err != nil {
					return err
				}
				q = q[n:]
			}
			return nil
		})
	}
	return g.Wait()
}

// deliver brings one batch to its end: every parcel is created, refused, or the run stops.
func (j *Job) deliver(ctx context.Context, run int64, o Object, writer connector.Writer, batch []parcel, p *job.Progress) error {
	patience := j.Patience
	if patience == 0 {
		patience = 6
	}
	for try := 0; len(batch) > 0; try++ {
		intents := make([]store.Intent, len(batch))
		drafts := make([]model.Draft, len(batch))
		for i, x := range batch {
			intents[i] = store.Intent{Seq: x.seq, Mark: x.draft.Mark, Draft: x.hash}
			drafts[i] = x.draft
		}
		// Invariant 3: durable before sent.
		if err := j.DB.Write(ctx, func(tx *store.Tx) error { return tx.Intend(run, o.Object, o.Target, intents) }); err != nil {
			return err
		}
		// A stop must not tear a request apart: it is let finish, and its outcome is kept.
		sending := context.WithoutCancel(ctx)
		sent := time.Now()
		outcomes, failure := writer.Write(sending, drafts, j.Files)
		if len(outcomes) != len(drafts) {
			failure = errors.Join(failure, fmt.Errorf("the connector gave %d outcomes for %d records", len(outcomes), len(drafts)))
			for len(outcomes) < len(drafts) {
				outcomes = append(outcomes, connector.Outcome{State: connector.Unknown})
			}
		}
		settled, unknown, again := sortOutcomes(batch, outcomes)
		if err := j.settle(sending, run, o.Object, settled, p); err != nil {
			return err
		}
		if len(unknown) > 0 {
			missing, err := j.ask(ctx, run, o, unknown, sent, p)
			if err != nil {
				return err
			}
			again = append(again, missing...)
		}
		if failure != nil {
			if err := j.unsend(sending, run, o.Object, again); err != nil {
				return err
			}
			return failure
		}
		if len(again) == 0 {
			return nil
		}
		if try >= patience {
			if err := j.unsend(sending, run, o.Object, again); err != nil {
				return err
			}
			return problem.New(CodeGone, j.Target.Kind.Title+" does not answer as it should.",
				"It was tried again and again. Everything that arrived is written down, nothing was sent twice.",
				"Look whether the desk works in your browser, then press Resume.")
		}
		if err := pause(ctx, try, p, j.Target.Kind.Title); err != nil {
			return errors.Join(err, j.unsend(sending, run, o.Object, again))
		}
		batch = inOrder(batch, again)
	}
	return nil
}

// inOrder keeps those of batch that are in again, in the order of batch.
func inOrder(batch, again []parcel) []parcel {
	want := make(map[int64]bool, len(again))
	for _, x := range again {
		want[x.seq] = true
	}
	out := make([]parcel, 0, len(again))
	for _, x := range batch {
		if want[x.seq] {
			out = append(out, x)
		}
	}
	return out
}

func pause(ctx context.Context, try int, p *job.Progress, title string) error {
	wait := min(time.Second<<try, 30*time.Second) / 4
	p.Waiting(fmt.Sprintf("%s has trouble; trying again in %d seconds", title, max(1, int(wait/time.Second))))
	defer p.Waiting("")
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func sortOutcomes(batch []parcel, outcomes []connector.Outcome) (settled []store.Settlement, unknown, again []parcel) {
	for i, x := range batch {
		out := outcomes[i]
		switch out.State {
		case connector.Created, connector.Updated:
			settled = append(settled, store.Settlement{Seq: x.seq, State: store.LedgerCreated, ID: out.Key.ID, Version: out.Version})
		case connector.Existed:
			settled = append(settled, store.Settlement{Seq: x.seq, State: store.LedgerExisted, ID: out.Key.ID, Version: out.Version})
		case connector.Refused:
			why := out.Err
			if why == nil {
				why = problem.New("load.refused", "The target refused this record without saying why.", "It was not created.", "Look at the record, then try again.")
			}
			w := why.Where
			w.Object, w.Record = string(x.draft.Source.Object), x.draft.Source.ID
			settled = append(settled, store.Settlement{Seq: x.seq, State: store.LedgerRefused, Problems: []*problem.Problem{why.At(w)}})
		case connector.Unsent:
			again = append(again, x)
		default:
			unknown = append(unknown, x)
		}
	}
	return settled, unknown, again
}

func (j *Job) settle(ctx context.Context, run int64, o model.Object, items []store.Settlement, p *job.Progress) error {
	if len(items) == 0 {
		return nil
	}
	if err := j.DB.Write(ctx, func(tx *store.Tx) error { return tx.Settle(run, o, items) }); err != nil {
		return err
	}
	failed := int64(0)
	for _, it := range items {
		if it.State == store.LedgerRefused {
			failed++
		}
	}
	p.Add(int64(len(items)), failed)
	return nil
}

// unsend writes down that parcels surely did not arrive: they wait for the next try.
func (j *Job) unsend(ctx context.Context, run int64, o model.Object, list []parcel) error {
	if len(list) == 0 {
		return nil
	}
	items := make([]store.Settlement, len(list))
	for i, x := range list {
		items[i] = store.Settlement{Seq: x.seq, State: store.LedgerRefused}
	}
	return j.DB.Write(ctx, func(tx *store.Tx) error { return tx.Settle(run, o, items) })
}
