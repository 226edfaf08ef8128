package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"waybill/backend/model"
	"waybill/backend/store"
)

// order compares the order of each conversation: by time, ties in the order of the source
// (P-39). One conversation after the other is held in memory.
func (c *checker) order(ctx context.Context, o model.Object) error {
	var thread []store.ThreadStep
	var wrong [][2]int64
	judge := func() {
		if len(thread) == 0 {
			return
		}
		c.look(Order, o, 1)
		got := slices.Clone(thread)
		slices.SortStableFunc(got, func(a, b store.ThreadStep) int {
			return cmp.Or(cmp.Compare(a.Got, b.Got), cmp.Compare(a.Place, b.Place))
		})
		for i := range thread {
			if thread[i].Seq != got[i].Seq {
				wrong = append(wrong, [2]int64{thread[i].Seq, got[i].Seq})
				break
			}
		}
		thread = thread[:0]
	}
	err := c.j.DB.Read(ctx, func(tx *store.Tx) error {
		return tx.Threads(o, func(s store.ThreadStep) error {
			if len(thread) > 0 && thread[0].Thread != s.Thread {
				judge()
			}
			thread = append(thread, s)
			return nil
		})
	})
	if err != nil {
		return err
	}
	judge()
	for _, w := range wrong {
		if err := c.misplaced(ctx, o, w[0], w[1]); err != nil {
			return err
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
