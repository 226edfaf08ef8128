package store_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// Whatever happens in whatever order, every record has exactly one place, and the
// accounts that are kept are the accounts that are counted (invariant 1).
func TestAccounts_addUpAfterEveryStep(t *testing.T) {
	ctx := context.Background()
	base := t.TempDir()
	round := 0
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue { // each opens a file of its own
		if err := f.Value.Set("25"); err != nil {
			t.Fatal(err)
		}
	}
	who := model.Person{Name: "Ann", Role: "lead"}
	rapid.Check(t, func(rt *rapid.T) {
		round++
		path := filepath.Join(base, fmt.Sprintf("%d.db", round))
		db, err := store.Open(ctx, path)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() {
			if err := db.Close(); err != nil {
				rt.Error(err)
			}
			_ = os.Remove(path)
		}()
		a := &accountant{db: db, by: who, pass: map[model.Object]int64{}}
		rt.Repeat(map[string]func(*rapid.T){
			"":         a.check,
			"begin":    a.begin,
			"stage":    a.stage,
			"end":      a.end,
			"decide":   a.decide,
			"undo":     a.undo,
			"plan":     a.plan,
			"intend":   a.intend,
			"settle":   a.settle,
			"rollback": a.rollback,
			"fail":     a.fail,
			"reopen": func(rt *rapid.T) {
				if err := db.Close(); err != nil {
					rt.Fatal(err)
				}
				if db, err = store.Open(ctx, path); err != nil {
					rt.Fatal(err)
				}
				a.db = db
			},
		})
	})
}

type accountant struct {
	db        *store.DB
	by        model.Person
	pass      map[model.Object]int64
	run       int64
	decisions []int64
}

var objects = rapid.SampledFrom([]model.Object{model.Contact, model.Ticket})

func (a *accountant) write(rt *rapid.T, fn func(*store.Tx) error) {
	if err := a.db.Write(context.Background(), fn); err != nil {
		rt.Fatal(err)
	}
}

// of chooses some records of an object by their fates.
func (a *accountant) of(rt *rapid.T, tx *store.Tx, o model.Object, fates ...model.Fate) []store.Row {
	rows, err := tx.Records(store.Filter{Object: o, Fates: fates}, 0, 100)
	if err != nil {
		rt.Fatal(err)
	}
	out := []store.Row{}
	for _, r := range rows {
		if rapid.Bool().Draw(rt, "take") {
			out = append(out, r)
		}
	}
	return out
}

func (a *accountant) begin(rt *rapid.T) {
	o := objects.Draw(rt, "object")
	a.write(rt, func(tx *store.Tx) error {
		r, err := tx.BeginReading(o)
		a.pass[o] = r.Pass
		return err
	})
}

func (a *accountant) stage(rt *rapid.T) {
	o := objects.Draw(rt, "object")
	if a.pass[o] == 0 {
		a.begin(rt)
		return
	}
	p := store.Page{Object: o, Pass: a.pass[o], Next: rapid.StringN(0, 3, 9).Draw(rt, "cursor"), Count: rapid.Bool().Draw(rt, "count"), First: rapid.Bool().Draw(rt, "first")}
	for range rapid.IntRange(0, 5).Draw(rt, "records") {
		raw := fmt.Sprintf(`{"v":%d}`, rapid.IntRange(0, 2).Draw(rt, "value"))
		p.Records = append(p.Records, record(o, fmt.Sprint(rapid.IntRange(1, 8).Draw(rt, "id")), raw))
	}
	for range rapid.IntRange(0, 1).Draw(rt, "broken") {
		p.Broken = append(p.Broken, store.Broken{
			Place: fmt.Sprintf("file.csv, line %d", rapid.IntRange(1, 3).Draw(rt, "line")), Raw: []byte("a,b"),
			Why: problem.New("file.row", "This row is broken.", "It was not read.", "Repair it."),
		})
	}
	a.write(rt, func(tx *store.Tx) error {
		_, err := tx.StagePage(p)
		return err
	})
}

func (a *accountant) end(rt *rapid.T) {
	o := objects.Draw(rt, "object")
	if a.pass[o] == 0 {
		return
	}
	a.write(rt, func(tx *store.Tx) error {
		_, err := tx.EndReading(o)
		return err
	})
}

func (a *accountant) decide(rt *rapid.T) {
	o := objects.Draw(rt, "object")
	fate := rapid.SampledFrom([]model.Fate{model.Merged, model.Archived, model.LeftOut}).Draw(rt, "fate")
	a.write(rt, func(tx *store.Tx) error {
		rows := a.of(rt, tx, o) // also those about which nothing may be decided any more
		if len(rows) == 0 {
			return nil
		}
		hits, survivor := []store.Hit{}, int64(0)
		if fate == model.Merged {
			survivor = rows[0].Seq
			rows = rows[1:]
		}
		for _, r := range rows {
			hits = append(hits, store.Hit{Seq: r.Seq, Survivor: survivor})
		}
		d, err := tx.Decide(store.Decision{By: a.by, Rule: "r", Does: fate.String(), Object: o, Why: "w"}, fate, hits)
		a.decisions = append(a.decisions, d.ID)
		return err
	})
}

func (a *accountant) undo(rt *rapid.T) {
	if len(a.decisions) == 0 {
		return
	}
	id := rapid.SampledFrom(a.decisions).Draw(rt, "decision")
	err := a.db.Write(context.Background(), func(tx *store.Tx) error { return tx.Undo(id, a.by) })
	if err != nil && !problem.Is(err, "decision.undone") {
		rt.Fatal(err)
	}
}

func (a *accountant) plan(rt *rapid.T) {
	o := objects.Draw(rt, "object")
	a.write(rt, func(tx *store.Tx) error {
		items := []store.PlanItem{}
		for _, r := range a.of(rt, tx, o, model.Pending, model.Held) {
			items = append(items, store.PlanItem{Seq: r.Seq, Action: store.ActHold, Problems: []*problem.Problem{problem.New("x", "What.", "Why.", "Next.")}})
		}
		_, err := tx.HoldPlanned(items)
		return err
	})
}

func (a *accountant) intend(rt *rapid.T) {
	o := objects.Draw(rt, "object")
	a.write(rt, func(tx *store.Tx) error {
		if a.run == 0 {
			r, err := tx.NewRun(store.Run{Kind: model.RunFull, By: a.by})
			if err != nil {
				return err
			}
			a.run = r.ID
		}
		intents := []store.Intent{}
		// As a plan chooses them: what was held at reading is never sent.
		rows, err := tx.Records(store.Filter{Object: o, Retry: true}, 0, 100)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if rapid.Bool().Draw(rt, "left for later") {
				continue
			}
			intents = append(intents, store.Intent{Seq: r.Seq, Mark: model.Mark(fmt.Sprint("m", r.Seq)), Draft: []byte{1}})
		}
		return tx.Intend(a.run, o, o, intents)
	})
}

func (a *accountant) settle(rt *rapid.T) {
	a.write(rt, func(tx *store.Tx) error {
		open, err := tx.OpenIntents(100)
		if err != nil {
			return err
		}
		by := map[model.Object][]store.Settlement{}
		for _, l := range open {
			s := store.Settlement{Seq: l.Seq, State: rapid.SampledFrom([]int{store.LedgerCreated, store.LedgerExisted, store.LedgerRefused, store.LedgerUnknown}).Draw(rt, "state"), ID: "t" + fmt.Sprint(l.Seq)}
			if s.State == store.LedgerUnknown || s.State == store.LedgerRefused && rapid.Bool().Draw(rt, "why") {
				s.Problems = []*problem.Problem{problem.New("x", "What.", "Why.", "Next.")}
			}
			by[l.Object] = append(by[l.Object], s)
		}
		for o, items := range by {
			if err := tx.Settle(a.run, o, items); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *accountant) rollback(rt *rapid.T) {
	o := objects.Draw(rt, "object")
	a.write(rt, func(tx *store.Tx) error {
		lines, err := tx.Sent(o, 0, 100)
		if err != nil {
			return err
		}
		deleted, kept := []int64{}, []int64{}
		for _, l := range lines {
			if rapid.Bool().Draw(rt, "deleted") {
				deleted = append(deleted, l.Seq)
			} else {
				kept = append(kept, l.Seq)
			}
		}
		return tx.TakeBack(a.run, o, deleted, kept)
	})
}

// fail does a lot and then fails: none of it may stay.
func (a *accountant) fail(rt *rapid.T) {
	o := objects.Draw(rt, "object")
	before := a.figures(rt)
	err := a.db.Write(context.Background(), func(tx *store.Tx) error {
		rows := a.of(rt, tx, o)
		for _, r := range rows {
			if err := tx.SetFate(r.Seq, model.Archived); err != nil {
				return err
			}
		}
		return problem.New("x", "What.", "Why.", "Next.")
	})
	if !problem.Is(err, "x") {
		rt.Fatal(err)
	}
	if after := a.figures(rt); after != before {
		rt.Fatalf("before %s, after a failure %s", before, after)
	}
}

func (a *accountant) figures(rt *rapid.T) (s string) {
	if err := a.db.Read(context.Background(), func(tx *store.Tx) error {
		all, err := tx.Manifest()
		s = fmt.Sprint(all)
		return err
	}); err != nil {
		rt.Fatal(err)
	}
	return s
}

func (a *accountant) check(rt *rapid.T) {
	err := a.db.Read(context.Background(), func(tx *store.Tx) error {
		all, err := tx.Manifest()
		if err != nil {
			return err
		}
		for _, m := range all {
			counted, err := tx.Recount(m.Object)
			if err != nil {
				return err
			}
			counted.Target = m.Target
			if counted != m || !m.Adds() {
				rt.Fatalf("kept %+v, counted %+v", m, counted)
			}
			if m.Target != m.Moved {
				rt.Fatalf("%s: %d moved, %d in the ledger", m.Object, m.Moved, m.Target)
			}
			for _, f := range model.Fates() {
				rows, err := tx.Records(store.Filter{Object: m.Object, Fates: []model.Fate{f}}, 0, 1000)
				if err != nil {
					return err
				}
				for _, r := range rows {
					if err := explained(tx, r); err != nil {
						rt.Fatal(err)
					}
				}
			}
		}
		return tx.VerifyAudit()
	})
	if err != nil {
		rt.Fatal(err)
	}
}

// explained: what is held says why, what is not held does not; what was merged lives on
// in a record that is there.
func explained(tx *store.Tx, r store.Row) error {
	why, err := tx.WhyHeld(r.Seq)
	if err != nil {
		return err
	}
	switch r.Fate {
	case model.Held:
		if len(why) == 0 {
			return fmt.Errorf("%v is held without a reason", r.Record.Key)
		}
	case model.Merged:
		if _, err := tx.RecordAt(r.Survivor); err != nil {
			return fmt.Errorf("%v was merged into nothing: %w", r.Record.Key, err)
		}
	case model.Pending, model.Moved:
		if len(why) != 0 {
			return fmt.Errorf("%v is %s and yet has a reason to be held: %w", r.Record.Key, r.Fate, why[0].Problem)
		}
	}
	return nil
}
