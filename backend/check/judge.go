package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/store"
)

// pair is a record as it was meant to be, and as the target has it.
type pair struct {
	line  store.LedgerLine
	name  string
	draft model.Draft
	got   []store.Readback
	// alike: the first one that the target has is as it was meant to be.
	alike string
	// kept is what a person decided to leave as the target has it; nil: nobody did.
	kept *store.Conflict
	// extras belong to it: the rest of a long text, a file that holds it.
	extras    []model.Draft
	gotExtras map[string][]store.Readback
	// alikeExtras are those parts, from 1, that are as they were meant to be.
	alikeExtras map[int64]bool
}

// judge looks at what differs of an object, and at what can only be seen over all of it.
func (c *checker) judge(ctx context.Context, o model.Object) error {
	if c.onlyQuickly(o) {
		return c.quickly(ctx, o)
	}
	var want, got int64
	err := c.j.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if want, got, err = tx.CountExpected(o); err != nil {
			return err
		}
		if want < c.Totals[o].N || c.any(o, func(f *fieldsOf) bool { return f.file }) {
			return tx.DeepAll(o)
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.look(Arrived, o, c.Totals[o].N)
	c.look(Doubled, o, c.Totals[o].N)
	c.Found[o] = got
	c.p.Stage("compare "+string(o), c.sent[o])
	for after := int64(0); ; {
		if err := c.p.Checkpoint(ctx); err != nil {
			return err
		}
		pairs, last, err := c.nextPairs(ctx, o, after)
		if err != nil {
			return err
		}
		if len(pairs) == 0 {
			break
		}
		after = last
		for _, x := range pairs {
			if err := c.one(ctx, o, x.line.Target, c.shapeOf(x.line.Target), x); err != nil {
				return err
			}
		}
		c.Deep += int64(len(pairs))
		c.p.Add(int64(len(pairs)), 0)
	}
	return c.order(ctx, o)
}

// nextPairs makes the next records to be looked at once more, and finds what the target gave.
func (c *checker) nextPairs(ctx context.Context, o model.Object, after int64) (out []pair, last int64, err error) {
	err = c.j.DB.Read(ctx, func(tx *store.Tx) error {
		seqs, err := tx.Deep(o, after, pairPage)
		if err != nil || len(seqs) == 0 {
			return err
		}
		last = seqs[len(seqs)-1]
		lines, err := tx.LedgerAt(o, seqs)
		if err != nil {
			return err
		}
		out, err = c.pairs(tx, o, lines)
		return err
	})
	return out, last, err
}

// pairs are records as they were meant to be with what the target gave for them.
func (c *checker) pairs(tx *store.Tx, o model.Object, lines []store.LedgerLine) ([]pair, error) {
	out, err := c.expected(tx, o, lines)
	if err != nil {
		return nil, err
	}
	var marks []model.Mark
	seqs := make([]int64, len(lines))
	for i, x := range out {
		seqs[i] = x.line.Seq
		marks = append(marks, x.line.Mark)
		for _, d := range x.extras {
			marks = append(marks, d.Mark)
		}
	}
	got, err := tx.ReadbackOf(marks)
	if err != nil {
		return nil, err
	}
	alike, err := tx.Alike(seqs)
	if err != nil {
		return nil, err
	}
	for i := range out {
		x := &out[i]
		x.got, x.gotExtras = once(got[string(x.line.Mark)]), got
		x.alike = alike[[2]int64{x.line.Seq, 0}]
		x.alikeExtras = map[int64]bool{}
		for n := range x.extras {
			if _, ok := alike[[2]int64{x.line.Seq, int64(n + 1)}]; ok {
				x.alikeExtras[int64(n+1)] = true
			}
		}
	}
	return out, nil
}

// one looks at one record.
func (c *checker) one(ctx context.Context, o, target model.Object, shape *fieldsOf, x pair) error {
	ids := []string{}
	if x.alike != "" {
		ids = append(ids, x.alike)
	}
	for _, b := range x.got {
		if !slices.Contains(ids, b.ID) {
			ids = append(ids, b.ID)
		}
	}
	if len(ids) == 0 {
		return c.gone(ctx, o, shape, x)
	}
	if len(ids) > 1 {
		c.fail(Doubled, o, store.Difference{Seq: x.line.Seq, Target: ids[1], Expected: "once", Found: fmt.Sprintf("%d times", len(ids))},
			fmt.Sprintf("%s is there %d times: %s and %s", label(o, x), len(ids), ids[0], ids[1]))
		for range ids[1:] {
			c.Totals[o].double(shape, c, x)
		}
	}
	if x.line.Before { // it was looked up, not written: it is what it was
		return nil
	}
	if x.alike == "" || shape.file {
		b := x.got[slices.IndexFunc(x.got, func(b store.Readback) bool { return b.ID == ids[0] })]
		values, err := model.Values(b.Raw)
		if err != nil {
			return err
		}
		x.got = []store.Readback{b}
		if x.alike == "" {
			if err := c.record(ctx, o, shape, x, values); err != nil {
				return err
			}
		}
		if x.draft.File != nil {
			if err := c.file(ctx, o, target, x, values); err != nil {
				return err
			}
		}
	}
	return c.parts(o, x)
}

// gone notes a record that is not there, and what would lead to it.
func (c *checker) gone(ctx context.Context, o model.Object, shape *fieldsOf, x pair) error {
	c.fail(Arrived, o, store.Difference{Seq: x.line.Seq, Target: x.line.ID, Expected: "there", Found: "not there"},
		fmt.Sprintf("%s was sent as %s and is not there", label(o, x), x.line.ID))
	w := c.want(shape, x)
	c.account(o, shape, x, w.Hash, -1)
	c.Totals[o].gone(shape, c, x, w.Hash)
	var left []store.LedgerLine
	err := c.j.DB.Read(ctx, func(tx *store.Tx) (err error) {
		left, err = tx.PointTo(model.Key{Object: o, ID: x.line.Source}, 20)
		return err
	})
	if err != nil {
		return err
	}
	for _, l := range left {
		c.fail(Orphans, l.Object, store.Difference{Seq: l.Seq, Target: l.ID, Field: o.Word(), Expected: x.line.ID, Found: "not there"},
			fmt.Sprintf("%s %s leads to %s %s, which is not there", l.Object.Word(), l.Source, o.Word(), x.line.Source))
	}
	return nil
}

// quickly looks at records of an object that costs a request each only where what they
// belong to differs.
func (c *checker) quickly(ctx context.Context, o model.Object) error {
	c.Totals[o] = newTotals()
	reader, ok := c.j.Target.Conn.(connector.Reader)
	why := "a quick check reads " + load.Words(o) + " only where the record that they belong to differs"
	if !ok {
		c.cannot(Arrived, o, why+", and "+c.j.Target.Kind.Title+" does not give single records")
		return nil
	}
	c.cannot(Fields, o, why)
	var lines []store.LedgerLine
	err := c.j.DB.Read(ctx, func(tx *store.Tx) error {
		seen := map[int64]bool{}
		for _, d := range c.Diffs {
			if d.Seq == 0 || seen[d.Seq] || len(lines) > 2000 {
				continue
			}
			seen[d.Seq] = true
			below, err := tx.Below(d.Seq)
			if err != nil {
				return err
			}
			for _, l := range below {
				if l.Object == o && !seen[l.Seq] {
					seen[l.Seq] = true
					lines = append(lines, l)
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	marker, _ := c.j.Target.Conn.(connector.Marker) // Make asked for it
	return c.closely(ctx, reader, marker, o, lines)
}

// closely reads records one by one, as what they are in the target, and looks at them.
func (c *checker) closely(ctx context.Context, reader connector.Reader, marker connector.Marker, o model.Object, lines []store.LedgerLine) error {
	for _, part := range load.ByTarget(lines) {
		if err := c.closelyAs(ctx, reader, marker, o, part[0].Target, part); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) closelyAs(ctx context.Context, reader connector.Reader, marker connector.Marker, o, target model.Object, lines []store.LedgerLine) error {
	shape := c.shapeOf(target)
	for list := range slices.Chunk(lines, 100) {
		if err := c.p.Checkpoint(ctx); err != nil {
			return err
		}
		ids := make([]string, len(list))
		for i, l := range list {
			ids[i] = l.ID
		}
		found, err := reader.Read(ctx, target, ids)
		if err != nil {
			return err
		}
		var pairs []pair
		err = c.j.DB.Read(ctx, func(tx *store.Tx) error {
			pairs, err = c.pairs(tx, o, list)
			return err
		})
		if err != nil {
			return err
		}
		for _, x := range pairs {
			w := c.want(shape, x)
			c.account(o, shape, x, w.Hash, 1)
			c.look(Arrived, o, 1)
			x.alike, x.got = "", nil
			if r, ok := found[x.line.ID]; ok {
				links := map[string][]string{}
				for _, l := range r.Links {
					for _, to := range l.To {
						links[l.Role] = append(links[l.Role], to.Value)
					}
				}
				x.got = []store.Readback{{ID: r.Key.ID, Mark: string(marker.MarkOf(r)), Raw: r.Raw, Links: links}}
			}
			x.extras = nil // they are read with the whole only
			if err := c.one(ctx, o, target, shape, x); err != nil {
				return err
			}
		}
		c.Deep += int64(len(pairs))
		c.p.Add(int64(len(list)), 0)
	}
	return nil
}

// repeated are values that stand more than once in the target and were meant to stand once.
func (c *checker) repeated(ctx context.Context) error {
	if c.How.Quick {
		return nil
	}
	for _, o := range c.objects {
		if c.Totals[o].N > 0 && c.any(o, func(f *fieldsOf) bool { return len(f.once) > 0 }) {
			c.look(Repeated, o, c.Totals[o].N)
		}
	}
	return c.j.DB.Read(ctx, func(tx *store.Tx) error {
		list, err := tx.Repeated(1000)
		if err != nil {
			return err
		}
		for _, v := range list {
			row, err := tx.RecordAt(v.Seq)
			if err != nil {
				return err
			}
			o := row.Record.Key.Object
			ids := strings.Fields(v.ID)
			c.fail(Repeated, o, store.Difference{Seq: v.Seq, Target: ids[len(ids)-1], Field: v.Field, Expected: "once", Found: "in " + strings.Join(ids, " and ")},
				fmt.Sprintf("%s %s: the same %s stands in %s", o.Word(), row.Record.Key.ID, v.Field, strings.Join(ids, " and ")))
		}
		return nil
	})
}
