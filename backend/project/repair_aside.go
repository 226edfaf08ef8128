package project

import (
	"context"
	"fmt"
	"strings"

	"waybill/backend/clean"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// aside offers to leave the records out, or to keep them in the archive only: with a
// ticket go its messages and their attachments, in one decision that can be taken back.
func (o *offers) aside() {
	for _, x := range []struct {
		id, does, title, why string
		fate                 model.Fate
	}{
		{"leave_out", clean.LeaveOut, "Leave these " + o.things() + " out", "For when the repair is not worth it. The report counts them, with the reason.", model.LeftOut},
		{"archive", clean.Archive, "Keep these " + o.things() + " in the archive only", "They do not move; the project keeps them, and the report counts them.", model.Archived},
	} {
		o.list = append(o.list, Repair{ID: x.id, Title: x.title, Why: x.why, Asks: AskNothing, make: func(_ context.Context, _, why string) (change, error) {
			if why == "" {
				why = "The repair is not worth it."
			}
			return change{write: func(tx *store.Tx) (int64, error) { return o.decide(tx, x.does, x.fate, why) }}, nil
		}})
	}
}

func (o *offers) decide(tx *store.Tx, does string, fate model.Fate, why string) (int64, error) {
	seqs, err := tx.HeldSeqs(o.g)
	if err != nil {
		return 0, err
	}
	hits, err := withBelow(tx, o.g.Object, seqs)
	if err != nil {
		return 0, err
	}
	what := o.g.Code
	if o.g.Example != nil {
		what = o.g.Example.What
	}
	title := "Leave out " + o.things() + " that are held: " + what
	rule := clean.HeldRule(o.g.Object, o.g.Code, o.g.Field)
	if does == clean.Archive {
		title, rule = "Archive "+o.things()+" that are held: "+what, strings.Replace(rule, "leave_out.", "archive.", 1)
	}
	d, err := tx.Decide(store.Decision{By: o.p.Person(), Rule: rule, Does: does, Object: o.g.Object, Title: title, Why: why, Settings: map[string]string{}}, fate, hits)
	if err == nil && d.Count == 0 {
		err = problem.New("held.there", "These records are in the target already, at least in part.", "What is there cannot be left out; it would be there and not in the accounts.",
			"Try them again, or roll their run back first.").At(problem.Place{Object: string(o.g.Object)})
	}
	return d.ID, err
}

// withBelow adds what hangs on records: the messages of tickets, the attachments of messages.
func withBelow(tx *store.Tx, o model.Object, seqs []int64) ([]store.Hit, error) {
	out, have := []store.Hit{}, map[int64]bool{}
	add := func(list []int64) (fresh []int64) {
		for _, s := range list {
			if !have[s] {
				have[s] = true
				fresh, out = append(fresh, s), append(out, store.Hit{Seq: s})
			}
		}
		return fresh
	}
	type level struct {
		o    model.Object
		seqs []int64
	}
	below := map[model.Object][]model.Object{model.Ticket: {model.Message, model.Attachment}, model.Message: {model.Attachment}}
	for queue := []level{{o, add(seqs)}}; len(queue) > 0; queue = queue[1:] {
		for _, child := range below[queue[0].o] {
			found, err := tx.Children(queue[0].o, child, queue[0].seqs)
			if err != nil {
				return nil, err
			}
			if fresh := add(found); len(fresh) > 0 {
				queue = append(queue, level{child, fresh})
			}
		}
	}
	return out, nil
}

// outcomesListed is how many records a person is asked about one by one.
const outcomesListed = 500

// outcomes offers to settle by hand what nobody could say about records whose answer was
// lost: a person looks into the target, and their word is kept with their name.
func (o *offers) outcomes(ctx context.Context) error {
	seqs := map[string]int64{}
	there := Repair{ID: "there", Title: "They are there: note their numbers in the target", Asks: AskValues, Why: "You looked each of them up in the target. It is not sent again."}
	err := o.p.db.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.Records(store.Filter{Object: o.g.Object, Fates: []model.Fate{model.Held}, Op: "held", Code: o.g.Code, Field: o.g.Field}, 0, outcomesListed)
		for _, row := range rows {
			seqs[row.Record.Key.ID] = row.Seq
			there.Values = append(there.Values, RepairOption{Value: row.Record.Key.ID, Title: row.Name, Count: 1})
		}
		return err
	})
	if err != nil {
		return err
	}
	asked := there
	there.make = func(_ context.Context, value, why string) (change, error) {
		answers, err := asked.answers(value)
		if err == nil {
			err = needsWhy(why)
		}
		if err != nil {
			return change{}, err
		}
		return change{write: func(tx *store.Tx) (int64, error) {
			for id, target := range answers {
				if target == "" || target == leaveEmpty {
					continue // nothing was noted for this one: it waits
				}
				if err := tx.SettleByHand(seqs[id], target, o.p.Person(), why); err != nil {
					return 0, err
				}
			}
			return 0, nil
		}}, nil
	}
	absent := Repair{ID: "absent", Title: "They are not there: send them", Asks: AskNothing, Again: true, Why: "You looked in the target and none of them is there. If one is, it will be there twice."}
	absent.make = func(_ context.Context, _, why string) (change, error) {
		if err := needsWhy(why); err != nil {
			return change{}, err
		}
		return change{write: func(tx *store.Tx) (int64, error) {
			list, err := tx.HeldSeqs(o.g)
			if err != nil {
				return 0, err
			}
			for _, seq := range list {
				if err := tx.SettleByHand(seq, "", o.p.Person(), why); err != nil {
					return 0, err
				}
			}
			return 0, nil
		}}, nil
	}
	o.list = append(o.list, there, absent)
	o.aside()
	return nil
}

// needsWhy: what rests on a person's word alone needs their reason.
func needsWhy(why string) error {
	if strings.TrimSpace(why) != "" {
		return nil
	}
	return problem.New("held.no_reason", "Please say how you know.", "Waybill cannot ask the target, so it goes by your word, and keeps it with your name.", fmt.Sprintf("Type a reason, such as %q.", "Looked for each of them by its number."))
}
