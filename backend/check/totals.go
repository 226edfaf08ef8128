package check

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/store"
)

// dimension is something by which records are counted.
type dimension struct {
	// by is the word for people; field the place of its field in the shape.
	by    string
	field int
}

// dimensionsOf finds by what records of an object are counted: month, status, group, channel.
func dimensionsOf(shape model.ObjectSchema) (out []dimension) {
	has := map[string]bool{}
	add := func(by string, i int) {
		if !has[by] {
			has[by] = true
			out = append(out, dimension{by, i})
		}
	}
	for i, f := range shape.Fields {
		if f.ReadOnly {
			continue
		}
		name := lastName(f.Name)
		switch {
		case f.Type == model.DateTime && (f.Ordering || strings.HasPrefix(name, "created")):
			add("month", i)
		case (f.Type == model.Option || f.Type == model.Text) && (name == "status" || name == "state" || name == "status_id"):
			add("status", i)
		case f.Type == model.LinkType && (slices.Contains(f.To, model.Group) || name == "group" || name == "group_id"):
			add("group", i)
		case f.Type == model.Option && (name == "channel" || name == "source" || name == "via"):
			add("channel", i)
		}
	}
	return out
}

// bucket is one line of what is counted, expected and found.
type bucket struct {
	Want, Got int64
	// Seqs are records that make the difference.
	Seqs []int64 `json:",omitempty"`
}

// sum of one field, as an exact decimal, and its earliest and latest.
type sum struct {
	Want, Got string
	// Seq is a record that makes the difference.
	Seq int64 `json:",omitempty"`
}

// totals are the figures of one object, expected and found. Found begins as expected, and
// each record that differs changes it: so nothing of what agrees has to be held.
type totals struct {
	// N is how many were sent.
	N       int64
	Buckets map[string]*bucket
	Sums    map[string]*sum
	Spans   map[string]*span
	// Want and Got are the checksums of all contents; Apart is how many differ.
	Want, Got uint64
	Apart     int64
	Seqs      []int64
}

// span is the earliest and the latest of a field, in milliseconds.
type span struct {
	From, To       int64
	GotFrom, GotTo int64
	Seq            int64 `json:",omitempty"`
}

func newTotals() *totals {
	return &totals{Buckets: map[string]*bucket{}, Sums: map[string]*sum{}, Spans: map[string]*span{}}
}

const bucketMost = 20_000

func (t *totals) bucket(by, of string) *bucket {
	k := by + "\x00" + of
	b, ok := t.Buckets[k]
	if !ok {
		if len(t.Buckets) >= bucketMost {
			k = by + "\x00(others)"
			if b, ok = t.Buckets[k]; ok {
				return b
			}
		}
		b = &bucket{}
		t.Buckets[k] = b
	}
	return b
}

// byObject counts what records became, where conditions decide about it.
const byObject = "object"

// routed: records like this one became several objects of the target.
func (c *checker) routed(x pair) bool { return len(c.goals[x.line.Object]) > 1 }

// value is in which bucket a record is: the month of a moment, a choice, a group.
func value(f model.Field, v any) string {
	switch x := v.(type) {
	case time.Time:
		if x.IsZero() {
			return "(none)"
		}
		return x.UTC().Format("2006-01")
	case string:
		if f.Type == model.DateTime {
			if t, ok := load.Moment(x); ok {
				return t.UTC().Format("2006-01")
			}
		}
	}
	if s := strings.TrimSpace(model.Plain(v)); s != "" {
		return s
	}
	return "(none)"
}

// meant adds a record as it was meant to be: n is 1; -1 of one that is not there changes nothing here.
func (t *totals) meant(shape *fieldsOf, c *checker, x pair, hash, n int64) {
	if n < 0 {
		return
	}
	t.N++
	if x.line.Before {
		return
	}
	t.Want += spread(x.line.Seq, hash)
	t.Got += spread(x.line.Seq, hash)
	if c.routed(x) {
		b := t.bucket(byObject, load.Words(x.line.Target))
		b.Want++
		b.Got++
	}
	for _, d := range shape.dims {
		f := shape.shape.Fields[d.field]
		if v, ok := x.meant(f); ok {
			b := t.bucket(d.by, value(f, v))
			b.Want++
			b.Got++
		}
	}
	for i, f := range shape.shape.Fields {
		if len(shape.codes[i]) == 0 {
			continue
		}
		switch f.Type {
		case model.Number, model.Integer:
			t.add(f.Name, model.Plain(x.draft.Fields[f.Name]), 1, 1, 0)
		case model.DateTime:
			if w, ok := x.draft.Fields[f.Name].(time.Time); ok && !w.IsZero() {
				t.span(f.Name, w.UnixMilli())
			}
		}
	}
}

// spread makes the checksum depend on which record has which content.
func spread(seq, hash int64) uint64 {
	h := uint64(hash) ^ uint64(seq)*0x9E3779B97F4A7C15
	h ^= h >> 29
	return h * 0xBF58476D1CE4E5B9
}

func (t *totals) add(field, text string, want, got int, seq int64) {
	r, ok := decimal(text)
	if !ok {
		return
	}
	s, have := t.Sums[field]
	if !have {
		s = &sum{Want: "0", Got: "0"}
		t.Sums[field] = s
	}
	plus := func(a string, times int) string {
		if times == 0 {
			return a
		}
		x, _ := decimal(a)
		if times < 0 {
			return x.Sub(x, r).RatString()
		}
		return x.Add(x, r).RatString()
	}
	s.Want, s.Got = plus(s.Want, want), plus(s.Got, got)
	if seq != 0 && s.Seq == 0 {
		s.Seq = seq
	}
}

// decimal reads a number exactly; huge exponents are none.
func decimal(s string) (*big.Rat, bool) {
	if s == "" || len(s) > 60 || strings.ContainsAny(s, "eE") {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

func (t *totals) span(field string, at int64) {
	s, ok := t.Spans[field]
	if !ok {
		t.Spans[field] = &span{From: at, To: at, GotFrom: at, GotTo: at}
		return
	}
	s.From, s.To = min(s.From, at), max(s.To, at)
	s.GotFrom, s.GotTo = s.From, s.To
}

// gone takes away what is not there.
func (t *totals) gone(shape *fieldsOf, c *checker, x pair, hash int64) {
	if x.line.Before {
		return
	}
	t.Got -= spread(x.line.Seq, hash)
	t.apart(x.line.Seq)
	if c.routed(x) {
		t.moves(byObject, load.Words(x.line.Target), -1, x.line.Seq)
	}
	for _, d := range shape.dims {
		f := shape.shape.Fields[d.field]
		if v, ok := x.meant(f); ok {
			t.moves(d.by, value(f, v), -1, x.line.Seq)
		}
	}
	for _, f := range shape.shape.Fields {
		if f.Type == model.Number || f.Type == model.Integer {
			t.add(f.Name, model.Plain(x.draft.Fields[f.Name]), 0, -1, x.line.Seq)
		}
	}
}

// double adds what is there a second time.
func (t *totals) double(shape *fieldsOf, c *checker, x pair) {
	if c.routed(x) {
		t.moves(byObject, load.Words(x.line.Target), 1, x.line.Seq)
	}
	for _, d := range shape.dims {
		f := shape.shape.Fields[d.field]
		if v, ok := x.meant(f); ok {
			t.moves(d.by, value(f, v), 1, x.line.Seq)
		}
	}
}

func (t *totals) apart(seq int64) {
	t.Apart++
	if len(t.Seqs) < 1000 {
		t.Seqs = append(t.Seqs, seq)
	}
}

func (t *totals) moves(by, of string, n, seq int64) {
	b := t.bucket(by, of)
	b.Got += n
	if len(b.Seqs) < 50 {
		b.Seqs = append(b.Seqs, seq)
	}
}

// differs changes what was found by a record that is not as it was meant to be.
func (t *totals) differs(shape *fieldsOf, c *checker, x pair, values map[string]any, links map[string][]string) {
	w := c.want(shape, x)
	t.Got += spread(x.line.Seq, shape.got(w.Mask, values, links)) - spread(x.line.Seq, w.Hash)
	t.apart(x.line.Seq)
	for _, d := range shape.dims {
		f := shape.shape.Fields[d.field]
		v, ok := x.meant(f)
		if !ok || x.keeps(f.Name) {
			continue
		}
		got := values[f.Name]
		if f.Type == model.LinkType {
			got = strings.Join(linked(f, values, links), ", ")
			if v == "" && f.Default != "" {
				continue
			}
		}
		if same, _ := load.Compare(f, v, got, c.may); same || value(f, v) == value(f, got) {
			continue
		}
		t.moves(d.by, value(f, v), -1, x.line.Seq)
		t.moves(d.by, value(f, got), 1, x.line.Seq)
	}
	for i, f := range shape.shape.Fields {
		want, ok := x.draft.Fields[f.Name]
		if len(shape.codes[i]) == 0 || !ok || x.keeps(f.Name) {
			continue
		}
		switch f.Type {
		case model.Number, model.Integer:
			if same, _ := load.Compare(f, want, values[f.Name], c.may); !same {
				t.add(f.Name, model.Plain(want), 0, -1, x.line.Seq)
				t.add(f.Name, model.Plain(values[f.Name]), 0, 1, x.line.Seq)
			}
		case model.DateTime:
			g, read := load.Moment(values[f.Name])
			if s := t.Spans[f.Name]; s != nil && read && (g.UnixMilli() < s.GotFrom || g.UnixMilli() > s.GotTo) {
				s.GotFrom, s.GotTo = min(s.GotFrom, g.UnixMilli()), max(s.GotTo, g.UnixMilli())
				s.Seq = x.line.Seq
			}
		}
	}
}

// sumUp makes the checks of figures.
func (c *checker) sumUp(res *Result) {
	if c.How.Mode() != ModeFull {
		for _, code := range []string{Buckets, Sums, Digest} {
			c.cannot(code, "", "figures over all records need all of them; a full check reads them")
		}
		return
	}
	for _, o := range c.objects {
		t := c.Totals[o]
		if t == nil || t.N == 0 {
			continue
		}
		c.bucketsOf(o, t)
		c.sumsOf(o, t)
		c.look(Digest, o, t.N)
		want, got := fmt.Sprintf("%016x", t.Want), fmt.Sprintf("%016x", t.Got)
		if t.Apart == 0 {
			got = want
		}
		res.Digests[o] = [2]string{want, got}
		it := c.item(Digest, o)
		it.Parts = append(it.Parts, Part{By: "checksum", Of: "all contents", Expected: want, Found: got, Same: want == got})
		for _, seq := range t.Seqs {
			c.note(Digest, o, store.Difference{Seq: seq, Field: "all contents", Expected: "as it was meant", Found: "not as it was meant"})
		}
		if it.Failed = t.Apart; t.Apart > 0 {
			it.Examples = append(it.Examples, fmt.Sprintf("%s of %s %s are not as they were meant to be", count(t.Apart), count(t.N), load.Words(o)))
		}
	}
}

// note keeps evidence without counting a failure.
func (c *checker) note(code string, o model.Object, d store.Difference) {
	if len(c.Diffs) < keepDifferences {
		d.Code, d.Object = code, o
		c.Diffs = append(c.Diffs, d)
	}
}

func (c *checker) bucketsOf(o model.Object, t *totals) {
	if len(t.Buckets) == 0 {
		return
	}
	it := c.item(Buckets, o)
	for k, b := range t.Buckets {
		by, of, _ := strings.Cut(k, "\x00")
		if by == "group" && c.names[of] != "" {
			of = c.names[of]
		}
		it.LookedAt++
		it.Parts = append(it.Parts, Part{By: by, Of: of, Expected: count(b.Want), Found: count(b.Got), Same: b.Want == b.Got})
		if b.Want == b.Got {
			continue
		}
		for _, seq := range b.Seqs {
			c.note(Buckets, o, store.Difference{Seq: seq, Field: by + " " + of, Expected: count(b.Want), Found: count(b.Got)})
		}
	}
	c.tell(it, func(p Part) string {
		return fmt.Sprintf("%s %s: %s were meant, %s are there", p.By, p.Of, p.Expected, p.Found)
	})
	it.Scope = fmt.Sprintf("%s of all %s", words(it.LookedAt, "group", "groups"), load.Words(o))
}

// tell orders the figures, the ones that differ first, and counts and names those.
func (c *checker) tell(it *Item, say func(Part) string) {
	slices.SortFunc(it.Parts, func(a, b Part) int {
		return cmp.Or(rank(a.Same)-rank(b.Same), strings.Compare(a.By, b.By), strings.Compare(a.Of, b.Of))
	})
	for _, p := range it.Parts {
		if p.Same {
			break
		}
		if it.Failed++; len(it.Examples) < 5 {
			it.Examples = append(it.Examples, say(p))
		}
	}
	it.Parts = it.Parts[:min(len(it.Parts), 500)]
}

func rank(same bool) int {
	if same {
		return 1
	}
	return 0
}

func (c *checker) sumsOf(o model.Object, t *totals) {
	if len(t.Sums)+len(t.Spans) == 0 {
		return
	}
	it := c.item(Sums, o)
	for field, s := range t.Sums {
		it.LookedAt++
		it.Parts = append(it.Parts, Part{By: "sum", Of: field, Expected: plainRat(s.Want), Found: plainRat(s.Got), Same: s.Want == s.Got})
		if s.Want != s.Got && s.Seq != 0 {
			c.note(Sums, o, store.Difference{Seq: s.Seq, Field: "sum of " + field, Expected: plainRat(s.Want), Found: plainRat(s.Got)})
		}
	}
	for field, s := range t.Spans {
		it.LookedAt += 2
		show := func(ms int64) string { return load.Show(time.UnixMilli(ms)) }
		it.Parts = append(it.Parts,
			Part{By: "earliest", Of: field, Expected: show(s.From), Found: show(s.GotFrom), Same: s.From == s.GotFrom},
			Part{By: "latest", Of: field, Expected: show(s.To), Found: show(s.GotTo), Same: s.To == s.GotTo})
		if s.Seq != 0 {
			c.note(Sums, o, store.Difference{Seq: s.Seq, Field: field, Expected: show(s.From) + " to " + show(s.To), Found: show(s.GotFrom) + " to " + show(s.GotTo)})
		}
	}
	c.tell(it, func(p Part) string {
		return fmt.Sprintf("%s of %s: %s was meant, %s is there", p.By, p.Of, p.Expected, p.Found)
	})
	it.Scope = fmt.Sprintf("%s over all %s", words(it.LookedAt, "figure", "figures"), load.Words(o))
}

func plainRat(s string) string {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return s
	}
	if r.IsInt() {
		return r.Num().String()
	}
	return strings.TrimRight(r.FloatString(8), "0")
}

// count writes a number as people read it.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func words(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}
