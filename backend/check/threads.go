package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/store"
)

// entry is one message, as short as possible: all of them are held in memory.
type entry struct {
	thread    uint64 // hash of the thread
	seq       int64
	want, got int64 // milliseconds
	place     int64 // in which order the target gave it
}

// threads collects the messages of all conversations.
type threads struct{ all []entry }

// see notes a message of a thread.
func (t *threads) see(shape model.ObjectSchema, x pair, values map[string]any) {
	if x.draft.Thread == "" {
		return
	}
	for _, f := range shape.Fields {
		if !f.Ordering {
			continue
		}
		want, ok := x.draft.Fields[f.Name].(time.Time)
		if !ok {
			return
		}
		got, ok := load.Moment(values[f.Name])
		if !ok {
			got = time.Time{}
		}
		t.all = append(t.all, entry{xxhash.Sum64String(x.draft.Thread), x.line.Seq, want.UnixMilli(), got.UnixMilli(), x.got[0].N})
		return
	}
}

// judge compares the order of each thread: by time, ties in the order of the source (P-39).
func (t *threads) judge(ctx context.Context, c *checker, o model.Object) error {
	slices.SortFunc(t.all, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.thread, b.thread), cmp.Compare(a.want, b.want), cmp.Compare(a.seq, b.seq))
	})
	got := []entry{}
	for len(t.all) > 0 {
		n := 1
		for n < len(t.all) && t.all[n].thread == t.all[0].thread {
			n++
		}
		want := t.all[:n]
		t.all = t.all[n:]
		c.look(Order, o, 1)
		got = append(got[:0], want...)
		slices.SortStableFunc(got, func(a, b entry) int { return cmp.Or(cmp.Compare(a.got, b.got), cmp.Compare(a.place, b.place)) })
		for i := range want {
			if want[i].seq == got[i].seq {
				continue
			}
			if err := c.misplaced(ctx, o, want[i].seq, got[i].seq); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

// misplaced names the two messages of which one stands in the other's place.
func (c *checker) misplaced(ctx context.Context, o model.Object, want, got int64) error {
	var ids [2]string
	err := c.j.DB.Read(ctx, func(tx *store.Tx) error {
		for i, seq := range []int64{want, got} {
			row, err := tx.RecordAt(seq)
			if err != nil {
				return err
			}
			ids[i] = row.Record.Key.ID
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.fail(Order, o, store.Difference{Seq: want, Field: "order", Expected: ids[0], Found: ids[1]},
		fmt.Sprintf("message %s stands in its conversation where %s should", ids[1], ids[0]))
	return nil
}
