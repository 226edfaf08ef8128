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

// readBack reads what the target has of our records. Of those that are just as they were
// meant only the hash is kept; the others are kept as they came, to be looked at.
func (c *checker) readBack(ctx context.Context, marker connector.Marker) (int64, error) {
	total := int64(0)
	for _, target := range c.targets {
		if c.How.Quick && c.dear(target) {
			continue
		}
		at := c.at[target]
		if !at.Done {
			if err := c.readObject(ctx, marker, target, &at); err != nil {
				return 0, fmt.Errorf("read back %s: %w", target, err)
			}
		}
		total += at.N
	}
	return total, nil
}

func (c *checker) readObject(ctx context.Context, marker connector.Marker, target model.Object, at *store.CheckAt) error {
	n, _, err := c.j.Target.Conn.Count(ctx, target)
	if err != nil {
		return err
	}
	c.p.Stage("read back "+string(target), n)
	err = c.j.Target.Conn.Pages(ctx, target, connector.Cursor(at.Cursor), func(page connector.Page) error {
		if err := c.p.Checkpoint(ctx); err != nil {
			return err
		}
		at.Cursor = string(page.Next)
		if err := c.take(ctx, marker, target, page.Records, at, false); err != nil {
			return err
		}
		c.p.Add(int64(len(page.Records)), 0)
		return nil
	})
	if err != nil {
		return err
	}
	at.Done = true
	c.at[target] = *at
	return c.j.DB.Write(ctx, func(tx *store.Tx) error { return tx.SetCheckPlace(target, *at) })
}

// ours is a record of the target with one of our marks.
type ours struct {
	back store.Readback
	key  int64
	got  store.CheckGot
}

// take keeps a page together with the place behind it.
func (c *checker) take(ctx context.Context, marker connector.Marker, target model.Object, records []model.Record, at *store.CheckAt, all bool) error {
	byID, err := c.marksByID(ctx, target, records)
	if err != nil {
		return err
	}
	prefix := load.MarkPrefix(c.j.Project)
	shape := c.shapeOf(target)
	var list []ours
	var values []store.CheckValue
	read := make([]map[string]any, 0, len(records))
	for _, r := range records {
		v, err := model.Values(r.Raw)
		if err != nil {
			return err
		}
		for _, i := range shape.once {
			f := shape.shape.Fields[i]
			if s := store.Fold(model.Plain(v[f.Name])); s != "" {
				values = append(values, store.CheckValue{Key: valueKey(target, f, s), Got: 1, ID: r.Key.ID, Field: f.Name})
			}
		}
		marks := byID[r.Key.ID]
		if m := string(marker.MarkOf(r)); strings.HasPrefix(m, prefix) && !slices.Contains(marks, m) {
			marks = append(marks, m)
		}
		if len(marks) == 0 {
			continue
		}
		links := map[string][]string{}
		for _, l := range r.Links {
			for _, to := range l.To {
				links[l.Role] = append(links[l.Role], to.Value)
			}
		}
		moment := int64(0)
		if shape.ordering >= 0 {
			if t, ok := load.Moment(v[shape.shape.Fields[shape.ordering].Name]); ok {
				moment = t.UnixMilli()
			}
		}
		for _, mark := range marks {
			at.N++
			key := number(mark)
			list = append(list, ours{store.Readback{ID: r.Key.ID, Mark: mark, Raw: r.Raw, Links: links}, key, store.CheckGot{Key: key, N: at.N, At: moment, ID: r.Key.ID}})
			read = append(read, v)
		}
	}
	return c.j.DB.Write(ctx, func(tx *store.Tx) error {
		keys := make([]int64, len(list))
		for i, x := range list {
			keys[i] = x.key
		}
		want, err := tx.ExpectedAt(keys)
		if err != nil {
			return err
		}
		got := make([]store.CheckGot, len(list))
		same := make([]bool, len(list))
		for i, x := range list {
			got[i] = x.got
			w, known := want[x.key]
			if known {
				got[i].Hash = shape.got(w.Mask, read[i], x.back.Links)
				same[i] = got[i].Hash == w.Hash && !shape.file && !all
			}
		}
		doubled, err := tx.PutGot(got)
		if err != nil {
			return err
		}
		keep := make([]store.Readback, 0, len(list))
		for i, x := range list {
			if !same[i] || doubled[x.key] {
				keep = append(keep, x.back)
			}
		}
		if err := tx.PutReadback(target, keep); err != nil {
			return err
		}
		if err := tx.CountValues(values); err != nil {
			return err
		}
		return tx.SetCheckPlace(target, *at)
	})
}

// marksByID finds by their ids the records of a page that carry no mark of ours.
func (c *checker) marksByID(ctx context.Context, target model.Object, records []model.Record) (out map[string][]string, err error) {
	caps := c.j.Target.Kind.Caps
	if caps.Marked(target) && !c.before || len(records) == 0 {
		return map[string][]string{}, nil
	}
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r.Key.ID
	}
	err = c.j.DB.Read(ctx, func(tx *store.Tx) error {
		out, err = tx.MarksByID(target, ids)
		return err
	})
	return out, err
}

// dear says whether reading all records of an object takes about a request each.
func (c *checker) dear(target model.Object) bool {
	return c.j.Target.Kind.Caps.ReadCost[target] > 0.1 || c.shapeOf(target).file || target.Kind() == model.Message
}

// count asks the target how many records it has: the cheapest check, and the first.
func (c *checker) count(ctx context.Context) error {
	caps := c.j.Target.Kind.Caps
	for _, target := range c.targets {
		o, ours := c.owner[target]
		if !ours {
			continue
		}
		n, exact, err := c.j.Target.Conn.Count(ctx, target)
		if err != nil {
			return err
		}
		meant := int64(0)
		for _, x := range c.objects {
			for _, g := range c.goals[x] {
				if g.target == target {
					meant += g.sent
				}
			}
		}
		if meant == 0 {
			continue
		}
		if !exact || caps.Matched(target) {
			c.cannot(Counted, o, c.j.Target.Kind.Title+" does not say exactly how many it has; they are counted while they are read")
			continue
		}
		it := c.item(Counted, o)
		it.LookedAt += meant
		it.Scope = "one question to the target"
		it.Parts = append(it.Parts, Part{By: "all", Of: load.Words(target), Expected: "at least " + count(meant), Found: count(n), Same: n >= meant})
		if n < meant {
			it.Failed += meant - n
			it.Examples = append(it.Examples, fmt.Sprintf("the target counts %s %s, %s were sent", count(n), load.Words(target), count(meant)))
		}
	}
	return nil
}
