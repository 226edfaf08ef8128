package load

import (
	"bytes"
	"context"
	"errors"
	"hash/fnv"
	"time"

	"golang.org/x/sync/errgroup"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// parcel is a draft on its way, with the record it came from.
type parcel struct {
	seq    int64
	n      int // 0: the record itself; else the number of an extra
	what   string
	draft  model.Draft
	hash   []byte
	later  []store.LaterLink
	extras []extraDraft
	// sent: the record itself is there already, only its extras are missing.
	sent bool
	// of is the object that it is a record of.
	of Object
	// parts go into the same request; part says that this parcel is one itself.
	parts []parcel
	part  bool
	// owner is the record of the target that it belongs to, where marks are not enough to find it.
	owner model.Key
	// changed: what was sent would look different by now, so it cannot be recognised.
	changed bool
}

// maxParallel bounds how many portions of one object are under way to the target.
const maxParallel = 64

// slots lets as many portions be under way to the target as it takes at once.
func (j *Job) slots() chan struct{} {
	return make(chan struct{}, min(max(j.Target.Kind.Caps.Parallel, 1), maxParallel))
}

// workers is how many goroutines send. There are twice as many as the target takes at once:
// while some wait until the ledger has written down what they did, the others send. Where
// marks cannot be asked for there are no spare ones, as portions stay small there.
func (r *runner) workers() int {
	if _, ok := r.j.Target.Conn.(connector.Finder); !ok {
		return cap(r.slots)
	}
	return 2 * cap(r.slots)
}

// ahead is how many pages are prepared ahead: while one worker waits for a desk that fails,
// the others have something to do.
const ahead = 3

// create sends what the plan says of one object. One goroutine reads and prepares, the
// workers send: those of one thread one after another, the others side by side.
func (r *runner) create(ctx context.Context, o Object) error {
	if o.Create == 0 {
		return nil
	}
	defer collectLess()()
	batch := max(r.j.Target.Kind.Caps.Batch, 1)
	queues := make([]chan []parcel, r.workers())
	for i := range queues {
		queues[i] = make(chan []parcel, ahead)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer func() {
			for _, q := range queues {
				close(q)
			}
		}()
		return r.feed(gctx, o, queues, batch)
	})
	for _, q := range queues {
		g.Go(func() error { return r.work(gctx, o, q, batch) })
	}
	return g.Wait()
}

// work sends what one queue gives, a portion at a time.
func (r *runner) work(ctx context.Context, o Object, queue <-chan []parcel, batch int) error {
	t := NewTrouble(r.j, r.p)
	size := r.newPortion(batch)
	var last note // what was reported last; nobody has to wait for it before the next intents
	for list := range queue {
		for len(list) > 0 {
			if err := r.p.Checkpoint(ctx); err != nil {
				return errors.Join(err, last.wait())
			}
			n := min(size.size, len(list))
			began, before := time.Now(), *t
			var err error
			if last, err = r.deliver(ctx, o, list[:n:n], t, last); err != nil {
				return err
			}
			size.took(time.Since(began)-(t.queued-before.queued), t.requests-before.requests)
			list = list[n:]
		}
	}
	return last.wait()
}

// feedPage is how many planned records are read at once, so that each worker gets some.
const feedPage = 1024

// feed reads the planned records in order and gives the workers what is theirs of each
// page, in whole batches.
func (r *runner) feed(ctx context.Context, o Object, queues []chan []parcel, batch int) error {
	waiting := make([][]parcel, len(queues))
	give := func(least int) error {
		for i, list := range waiting {
			n := len(list)
			if n -= n % least; n == 0 {
				continue
			}
			select {
			case queues[i] <- list[:n:n]:
				waiting[i] = append([]parcel(nil), list[n:]...)
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}
	next, free := int64(0), 0
	for {
		if err := r.p.Checkpoint(ctx); err != nil {
			return err
		}
		parcels, last, n, err := r.nextParcels(ctx, o, next, max(batch*2, feedPage))
		if err != nil {
			return err
		}
		if n == 0 {
			return give(1)
		}
		next = last
		for _, x := range parcels {
			q := free
			if x.draft.Thread != "" {
				h := fnv.New32a()
				_, _ = h.Write([]byte(x.draft.Thread)) // a hash never fails
				q = int(h.Sum32() % uint32(len(queues)))
			} else if len(waiting[q])%batch == batch-1 {
				free = (free + 1) % len(queues)
			}
			waiting[q] = append(waiting[q], x)
		}
		if err := give(batch); err != nil {
			return err
		}
	}
}

// reach tells, while running, whether what a link leads to is in the target.
func (r *runner) reach(_ store.Row, s store.Spot) reach {
	switch {
	case s.TargetID != "":
		return there
	case s.Action == store.ActCreate && s.Fate == model.Pending:
		return coming
	}
	return nowhere
}

// nextParcels reads the next planned records, makes their drafts again and resolves
// their links to ids of the target. n is how many records of the plan were passed.
func (r *runner) nextParcels(ctx context.Context, of Object, after int64, limit int) (out []parcel, last int64, n int, err error) {
	var refused []store.Settlement
	passed := int64(0)
	err = r.j.DB.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.PlannedRows(r.plan.ID, of.Object, after, limit)
		if err != nil || len(rows) == 0 {
			return err
		}
		n, last = len(rows), rows[len(rows)-1].Seq
		out, refused, passed, err = r.parcels(tx, of, rows)
		return err
	})
	if err != nil {
		return nil, 0, 0, err
	}
	if len(refused) > 0 {
		if err := r.scribe.write(func(tx *store.Tx) error { return tx.Settle(r.run.ID, of.Object, refused) }); err != nil {
			return nil, 0, 0, err
		}
		r.tell(refused)
	}
	r.p.Add(passed+int64(len(refused)), int64(len(refused)))
	return out, last, n, nil
}

// tell counts what was held on the progress, by reason.
func (r *runner) tell(refused []store.Settlement) {
	for _, s := range refused {
		if len(s.Problems) > 0 {
			r.p.Problem(string(s.Problems[0].Code), s.Problems[0])
		}
	}
}

func (r *runner) parcels(tx *store.Tx, of Object, rows []store.Planned) (out []parcel, refused []store.Settlement, passed int64, err error) {
	wait, planned := make([]store.Row, 0, len(rows)), make([]store.Planned, 0, len(rows))
	routed := r.j.Program.Routed(of.Object)
	for _, row := range rows {
		// What is held by now was refused by this very run (see Release): a run that
		// goes on does not try it again, the next plan does.
		if row.Fate != model.Pending {
			if r.round == 0 && (!routed || r.j.goes(row.Row, of.Target)) {
				passed++
			}
			continue
		}
		wait, planned = append(wait, row.Row), append(planned, row)
	}
	made, err := r.j.prepare(tx, wait, r.known, r.reach)
	if err != nil {
		return nil, nil, 0, err
	}
	for i, p := range made {
		if p.draft.Object != of.Target {
			continue // it goes another way
		}
		if p.hash == nil || !bytes.Equal(p.hash, planned[i].Draft) {
			return nil, nil, 0, stale(p.row.Record.Key)
		}
		if len(p.why) > 0 {
			refused = append(refused, store.Settlement{Seq: p.seq, State: store.LedgerRefused, Problems: p.why})
			continue
		}
		if r.waits(of, p) {
			r.waiting++
			continue
		}
		out = append(out, parcel{of: of, owner: p.ownerID, seq: p.seq, draft: p.draft, hash: p.hash, later: append(p.later, p.hoped...), extras: p.extras, sent: planned[i].Sent})
	}
	torn, err := r.addParts(tx, of.Target, out)
	if err != nil || len(torn) == 0 {
		return out, refused, passed, err
	}
	whole := out[:0:0]
	for _, x := range out {
		if why := torn[x.seq]; why != nil {
			refused = append(refused, store.Settlement{Seq: x.seq, State: store.LedgerRefused, Problems: []*problem.Problem{why}})
			continue
		}
		whole = append(whole, x)
	}
	return whole, refused, passed, nil
}
