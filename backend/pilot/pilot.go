// Package pilot chooses the records of a rehearsal: not any ten percent, but those in which
// everything occurs that is hard. Each record says why it was chosen, and a figure says how
// much of what occurs is covered.
package pilot

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/store"
)

// Order says how large the pilot is to be.
type Order struct {
	// Percent of the tickets (or of the largest object, where there are none); 0: 10, or as
	// many as cover everything if those are more.
	Percent float64
	// Now is when due dates are near; zero: now.
	Now time.Time
}

// Result says what was chosen.
type Result struct {
	// Features is how many hard things occur, Covered how many of them the pilot has.
	Features int     `json:"features"`
	Covered  int     `json:"covered"`
	Percent  float64 `json:"covered_percent"`
	// Records of the pilot, without what they need and what hangs on them.
	Records int64 `json:"records"`
	// Needed is how many of them cover everything; the others fill it up by chance.
	Needed  int64                  `json:"needed"`
	Objects map[model.Object]int64 `json:"objects"`
	// Missing names what is not covered, because the pilot is smaller than that needs.
	Missing []string `json:"missing"`
	Groups  []Group  `json:"groups"`
}

// Group is one kind of hard thing, such as status by option.
type Group struct {
	Name    string `json:"name"`
	All     int    `json:"all"`
	Covered int    `json:"covered"`
}

// bounds keep the choice small in memory however large the source is.
const (
	page         = 500
	candidates   = 12     // records that are remembered of each feature
	mostFeatures = 20_000 // beyond that, further values of free fields are not told apart
)

// feature is one hard thing and records that have it.
type feature struct {
	name string
	// seqs are candidates; of a feature that many have, those with most others.
	seqs []int64
	rich []int
}

// chooser looks at every record once.
type chooser struct {
	features map[string]*feature
	has      map[int64][]string
	object   map[int64]model.Object
	now      time.Time
}

// Choose looks at everything that waits to be moved and keeps the pilot. What people added
// or took out stays as they wanted it.
func Choose(ctx context.Context, db *store.DB, source model.Schema, o Order, p *job.Progress) (Result, error) {
	c := &chooser{features: map[string]*feature{}, has: map[int64][]string{}, object: map[int64]model.Object{}, now: o.Now}
	if c.now.IsZero() {
		c.now = time.Now()
	}
	var counts map[model.Object]int64
	err := db.Read(ctx, func(tx *store.Tx) error {
		counts = map[model.Object]int64{}
		for _, shape := range source.Objects {
			n, err := tx.Count(store.Filter{Object: shape.Object, Retry: true})
			if err != nil {
				return err
			}
			counts[shape.Object] = n
			p.Stage("look at "+string(shape.Object), n)
		}
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	for _, shape := range source.Objects {
		if counts[shape.Object] == 0 {
			continue
		}
		p.Enter("look at " + string(shape.Object))
		if err := c.look(ctx, db, shape, p); err != nil {
			return Result{}, fmt.Errorf("look at %s: %w", shape.Object, err)
		}
	}
	if err := c.remarkable(ctx, db, source); err != nil {
		return Result{}, err
	}
	return c.choose(ctx, db, o, counts)
}

// look notes what is hard about the records of one object.
func (c *chooser) look(ctx context.Context, db *store.DB, shape model.ObjectSchema, p *job.Progress) error {
	r := newReader(shape, c.now)
	for after := int64(0); ; {
		if err := p.Checkpoint(ctx); err != nil {
			return err
		}
		var rows []store.Content
		err := db.Read(ctx, func(tx *store.Tx) (err error) {
			rows, err = tx.Contents(shape.Object, after, page)
			return err
		})
		if err != nil || len(rows) == 0 {
			c.extremes(shape.Object, r)
			return err
		}
		after = rows[len(rows)-1].Seq
		for _, row := range rows {
			if row.Fate != model.Pending && row.Fate != model.Held {
				continue
			}
			values, err := model.Values(row.Raw)
			if err != nil {
				continue // what cannot be read was held when it was staged
			}
			list := r.features(row.Seq, values)
			for _, f := range list {
				c.note(shape.Object, f, row.Seq, len(list))
			}
		}
		p.Add(int64(len(rows)), 0)
	}
}

func (c *chooser) extremes(o model.Object, r *reader) {
	for name, w := range r.extreme {
		c.note(o, name, w.Seq, candidates)
	}
}

// note remembers that a record has a feature.
func (c *chooser) note(o model.Object, name string, seq int64, rich int) {
	key := string(o) + ": " + name
	f, ok := c.features[key]
	if !ok {
		if len(c.features) >= mostFeatures {
			return
		}
		f = &feature{name: key}
		c.features[key] = f
	}
	if slices.Contains(f.seqs, seq) {
		return
	}
	if len(f.seqs) < candidates {
		f.seqs, f.rich = append(f.seqs, seq), append(f.rich, rich)
		c.object[seq] = o
		return
	}
	least := 0
	for i := range f.rich {
		if f.rich[i] < f.rich[least] {
			least = i
		}
	}
	if rich > f.rich[least] {
		f.seqs[least], f.rich[least] = seq, rich
		c.object[seq] = o
	}
}

// remarkable adds what the project knows of records: findings, rules, merges, long
// conversations, large files.
func (c *chooser) remarkable(ctx context.Context, db *store.DB, source model.Schema) error {
	return db.Read(ctx, func(tx *store.Tx) error {
		known := map[model.Object]bool{}
		for _, s := range source.Objects {
			known[s.Object] = true
		}
		add := func(seq int64, what string) error {
			row, err := tx.RecordAt(seq)
			if err == nil && known[row.Record.Key.Object] {
				c.note(row.Record.Key.Object, what, seq, candidates)
			}
			return err
		}
		marked, err := tx.Remarked(candidates)
		if err != nil {
			return err
		}
		for _, m := range marked {
			if err := add(m.Seq, m.What); err != nil {
				return err
			}
		}
		for o := range known {
			for child := range known {
				if o.Kind() != model.Ticket || child.Kind() != model.Message || o.Source() != child.Source() {
					continue
				}
				longest, err := tx.LongestThreads(o, child, 3)
				if err != nil {
					return err
				}
				for i, w := range longest {
					if err := add(w.Seq, fmt.Sprintf("size: %s conversation, %d messages", nth(i), w.N)); err != nil {
						return err
					}
				}
			}
		}
		files, err := tx.LargestFiles(3)
		if err != nil {
			return err
		}
		for i, w := range files {
			if err := add(w.Seq, fmt.Sprintf("size: %s file, %d bytes", nth2(i), w.N)); err != nil {
				return err
			}
		}
		merged, err := tx.Survivors(3)
		if err != nil {
			return err
		}
		for _, w := range merged {
			if err := add(w.Seq, fmt.Sprintf("merged: %d others live on in it", w.N)); err != nil {
				return err
			}
		}
		return nil
	})
}

func nth(i int) string  { return [...]string{"longest", "second longest", "third longest"}[i] }
func nth2(i int) string { return [...]string{"largest", "second largest", "third largest"}[i] }

// choose covers the features greedily, fills up by chance, and keeps the pilot.
func (c *chooser) choose(ctx context.Context, db *store.DB, o Order, counts map[model.Object]int64) (Result, error) {
	for _, f := range c.features {
		for _, seq := range f.seqs {
			c.has[seq] = append(c.has[seq], f.name)
		}
	}
	main := mainObject(counts)
	percent := o.Percent
	if percent == 0 {
		percent = 10
	}
	size := int(math.Ceil(float64(counts[main]) * percent / 100))
	limit := 0
	if o.Percent > 0 {
		limit = max(size, 1) // so many records; what they need comes along
	}
	res := Result{Features: len(c.features), Objects: map[model.Object]int64{}, Missing: []string{}, Groups: []Group{}}
	var picks []store.PilotPick
	err := db.Write(ctx, func(tx *store.Tx) error {
		hand, refused, err := byHand(tx)
		if err != nil {
			return err
		}
		covered := map[string]bool{}
		for _, h := range hand {
			for _, f := range c.has[h.Seq] {
				covered[f] = true
			}
		}
		picks = c.cover(covered, refused, limit)
		res.Needed = int64(len(picks) + len(hand))
		left := size
		for _, p := range slices.Concat(picks, hand) {
			if p.Object == main {
				left--
			}
		}
		fill, err := c.fill(tx, main, left, picks, hand, refused)
		if err != nil {
			return err
		}
		picks = append(picks, fill...)
		for i := range picks {
			picks[i].N = int64(i + 1)
			res.Objects[picks[i].Object]++
		}
		for _, h := range hand {
			res.Objects[h.Object]++
		}
		res.Records = int64(len(picks) + len(hand))
		c.sumUp(&res, covered)
		if err := tx.SetPilot(picks); err != nil {
			return err
		}
		return tx.Set("pilot", res)
	})
	return res, err
}

// mainObject is what the size of a pilot is measured by: tickets, or what there is most of.
func mainObject(counts map[model.Object]int64) (main model.Object) {
	if counts[model.Ticket] > 0 {
		return model.Ticket
	}
	for o, n := range counts {
		if n > counts[main] || n == counts[main] && o < main {
			main = o
		}
	}
	return main
}

func byHand(tx *store.Tx) (added []store.PilotPick, refused map[int64]bool, err error) {
	out, err := tx.Pilot(true, 0, 1<<31)
	if err != nil {
		return nil, nil, err
	}
	refused = map[int64]bool{}
	for _, p := range out {
		refused[p.Seq] = true
	}
	all, err := tx.Pilot(false, 0, 1<<31)
	for _, p := range all {
		if p.Hand == store.PilotAdded {
			added = append(added, p)
		}
	}
	return added, refused, err
}

// cover takes the record that covers most of what is not covered yet, again and again; of
// equals the one that stands first in the source, so that the same source has the same pilot.
func (c *chooser) cover(covered map[string]bool, refused map[int64]bool, limit int) (picks []store.PilotPick) {
	gain := func(seq int64) (n int) {
		for _, f := range c.has[seq] {
			if !covered[f] {
				n++
			}
		}
		return n
	}
	// What a record can add only ever shrinks: so the one that stood first and still adds as
	// much as the next one did is the best.
	list := make(offers, 0, len(c.has))
	for seq := range c.has {
		if !refused[seq] {
			list = append(list, offer{seq, gain(seq)})
		}
	}
	heap.Init(&list)
	for len(list) > 0 && (limit == 0 || len(picks) < limit) {
		first := &list[0]
		now := gain(first.seq)
		switch {
		case now == 0:
			heap.Pop(&list)
			continue
		case now < first.gain:
			first.gain = now
			heap.Fix(&list, 0)
			continue
		}
		seq := first.seq
		heap.Pop(&list)
		why := []string{}
		for _, f := range c.has[seq] {
			if !covered[f] {
				covered[f] = true
				_, words, _ := strings.Cut(f, ": ")
				why = append(why, words)
			}
		}
		slices.Sort(why)
		picks = append(picks, store.PilotPick{Seq: seq, Object: c.object[seq], Why: why})
	}
	return picks
}

// offer is what a record would add.
type offer struct {
	seq  int64
	gain int
}

// offers is a heap, the one that adds most on top; of equals the first in the source.
type offers []offer

func (o offers) Len() int { return len(o) }
func (o offers) Less(i, j int) bool {
	return o[i].gain > o[j].gain || o[i].gain == o[j].gain && o[i].seq < o[j].seq
}
func (o offers) Swap(i, j int) { o[i], o[j] = o[j], o[i] }
func (o *offers) Push(x any)   { *o = append(*o, x.(offer)) } //nolint:forcetypeassert // only offers are pushed
func (o *offers) Pop() any {
	last := (*o)[len(*o)-1]
	*o = (*o)[:len(*o)-1]
	return last
}

// fill adds records of the main object by chance, always the same ones.
func (c *chooser) fill(tx *store.Tx, main model.Object, n int, picks, hand []store.PilotPick, refused map[int64]bool) ([]store.PilotPick, error) {
	if n <= 0 {
		return nil, nil
	}
	taken := map[int64]bool{}
	for _, p := range slices.Concat(picks, hand) {
		taken[p.Seq] = true
	}
	type lot struct {
		by  uint64
		seq int64
	}
	var lots []lot
	shrink := func() {
		slices.SortFunc(lots, func(a, b lot) int { return cmp.Compare(a.by, b.by) })
		lots = lots[:min(len(lots), n)]
	}
	for after := int64(0); ; {
		rows, err := tx.Records(store.Filter{Object: main, Retry: true}, after, 2000)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			break
		}
		after = rows[len(rows)-1].Seq
		for _, r := range rows {
			if !taken[r.Seq] && !refused[r.Seq] {
				lots = append(lots, lot{xxhash.Sum64String(r.Record.Key.ID), r.Seq})
			}
		}
		if len(lots) > 2*n+2000 {
			shrink()
		}
	}
	shrink()
	out := make([]store.PilotPick, len(lots))
	for i, l := range lots {
		out[i] = store.PilotPick{Seq: l.seq, Object: main, Why: []string{"by chance, to fill the pilot up"}}
	}
	slices.SortFunc(out, func(a, b store.PilotPick) int { return cmp.Compare(a.Seq, b.Seq) })
	return out, nil
}

func (c *chooser) sumUp(res *Result, covered map[string]bool) {
	groups := map[string]*Group{}
	for name := range c.features {
		_, words, _ := strings.Cut(name, ": ")
		kind, _, _ := strings.Cut(words, ": ")
		g := groups[kind]
		if g == nil {
			g = &Group{Name: kind}
			groups[kind] = g
		}
		g.All++
		if covered[name] {
			g.Covered++
			res.Covered++
		} else if len(res.Missing) < 100 {
			res.Missing = append(res.Missing, name)
		}
	}
	slices.Sort(res.Missing)
	for _, g := range groups {
		res.Groups = append(res.Groups, *g)
	}
	slices.SortFunc(res.Groups, func(a, b Group) int { return strings.Compare(a.Name, b.Name) })
	res.Percent = 100
	if res.Features > 0 {
		res.Percent = math.Round(1000*float64(res.Covered)/float64(res.Features)) / 10
	}
}
