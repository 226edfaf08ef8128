package truth

import (
	"cmp"
	"context"
	"hash/fnv"
	"maps"
	"slices"
	"strings"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/store"
)

// Proposal is one way to tell that records of several sources are the same.
type Proposal struct {
	Object model.Object            `json:"object"`
	By     map[model.Object]string `json:"by"`
	// Title says by what, in words.
	Title string `json:"title"`
	// Matched, Ambiguous and Alone as in View; Alone over all sources.
	Matched   int64 `json:"matched"`
	Ambiguous int64 `json:"ambiguous"`
	Alone     int64 `json:"alone"`
	Keyless   int64 `json:"keyless"`
	// Agree in percent: how often what matches is also called alike. -1: no names to compare.
	Agree    int      `json:"agree"`
	Examples []string `json:"examples"`
}

// Bounds of what is looked at to propose.
const (
	sketchSize    = 2048
	mostProposals = 6
	leastShare    = 0.02 // of the smaller source must be in both
	namesCompared = 400
)

// sketch keeps the smallest hashes of the values of a field: of two fields they tell how
// many values both have.
type sketch struct {
	low    map[uint64]struct{}
	limit  uint64
	filled int64
}

func (s *sketch) add(value string) {
	s.filled++
	h := fnv.New64a()
	_, _ = h.Write([]byte(value)) // a hash never fails
	x := h.Sum64() * 0x9E3779B97F4A7C15
	if s.limit != 0 && x >= s.limit {
		return
	}
	if s.low == nil {
		s.low = map[uint64]struct{}{}
	}
	s.low[x] = struct{}{}
	if len(s.low) < 2*sketchSize {
		return
	}
	all := slices.Sorted(maps.Keys(s.low))
	s.limit = all[sketchSize]
	for _, x := range all[sketchSize:] {
		delete(s.low, x)
	}
}

// distinct estimates how many different values there are.
func (s *sketch) distinct() float64 {
	if s.limit == 0 {
		return float64(len(s.low))
	}
	return float64(len(s.low)) / (float64(s.limit) / float64(1<<63) / 2)
}

// shared estimates which part of the smaller one's values is in both.
func (s *sketch) shared(o *sketch) float64 {
	limit := s.limit
	if limit == 0 || o.limit != 0 && o.limit < limit {
		limit = o.limit
	}
	a, b, both := 0, 0, 0
	for x := range s.low {
		if limit != 0 && x >= limit {
			continue
		}
		a++
		if _, ok := o.low[x]; ok {
			both++
		}
	}
	for x := range o.low {
		if limit == 0 || x < limit {
			b++
		}
	}
	if min(a, b) == 0 {
		return 0
	}
	return float64(both) / float64(min(a, b))
}

// candidate is a field that may be a key.
type candidate struct {
	field string
	class keyClass
	col   *column
	sketch
}

// candidates of an object: what tells its records apart.
func candidates(shape model.ObjectSchema) []*candidate {
	out := []*candidate{{}}
	for _, f := range shape.Fields {
		switch f.Type {
		case model.Text, model.Email, model.Phone, model.URL, model.Integer:
			out = append(out, &candidate{field: f.Name, col: newColumn(f), class: classOf(model.Schema{Objects: []model.ObjectSchema{shape}}, map[model.Object]string{shape.Object: f.Name})})
		}
	}
	return out
}

// survey sketches the candidates of one object.
func survey(ctx context.Context, tx *store.Tx, shape model.ObjectSchema, inForce int64) ([]*candidate, error) {
	all := candidates(shape)
	err := walk(ctx, tx, shape.Object, inForce, func(r store.Row) error {
		v := valuesOf(r)
		for _, c := range all {
			s := r.Record.Key.ID
			if c.col != nil {
				list := c.col.list(v[c.field])
				if len(list) == 0 {
					continue
				}
				s = list[0]
			}
			if s = c.class.keyOf(s); s != "" {
				c.add(s)
			}
		}
		return nil
	})
	kept := all[:0]
	for _, c := range all {
		// What many records share does not tell them apart.
		if c.filled > 0 && c.distinct() >= float64(c.filled)*0.5 {
			kept = append(kept, c)
		}
	}
	return kept, err
}

// Propose finds by which fields the records of an object can be told to be the same in
// several sources, the best first, with what each would come to.
func Propose(ctx context.Context, db *store.DB, src model.Schema, kind model.Object) ([]Proposal, error) {
	out := []Proposal{}
	err := db.Read(ctx, func(tx *store.Tx) error {
		inForce, _, _, err := InForce(tx, kind)
		if err != nil {
			return err
		}
		shapes := of(src, kind)
		found := make([][]*candidate, len(shapes))
		for i, shape := range shapes {
			if found[i], err = survey(ctx, tx, shape, inForce.ID); err != nil {
				return err
			}
		}
		for _, by := range keys(shapes, found) {
			p, err := evaluate(ctx, tx, src, kind, by, inForce.ID)
			if err != nil {
				return err
			}
			// Numbers that were only counted up are the same by chance.
			if p.Matched > 0 && (p.Agree < 0 || p.Agree >= 30) {
				out = append(out, p)
			}
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b Proposal) int {
		worth := func(p Proposal) int64 {
			n := p.Matched - p.Ambiguous
			if p.Agree >= 0 {
				n = n * int64(p.Agree) / 100
			}
			return n * trust(src, p) / 100
		}
		return cmp.Compare(worth(b), worth(a))
	})
	return out[:min(len(out), mostProposals)], err
}

// trust in percent that what a key tells is really the same: people share names, and
// colleagues a telephone.
func trust(src model.Schema, p Proposal) int64 {
	switch classOf(src, p.By) {
	case mailKey:
		return 100
	case phoneKey:
		return 70
	case siteKey:
		return 95
	}
	for o, field := range p.By {
		shape, _ := src.Object(o)
		if field == shape.Name || strings.Contains(strings.ToLower(field), "name") {
			if o.Kind() == model.Organization {
				return 90
			}
			return 50
		}
	}
	return 98
}

// keys puts candidates of several sources together: for each field of one, the field of
// each other source that shares the most values with it.
func keys(shapes []model.ObjectSchema, found [][]*candidate) []map[model.Object]string {
	type key struct {
		by    map[model.Object]string
		share float64
	}
	all := []key{}
	seen := map[string]bool{}
	for home := range shapes {
		for _, c := range found[home] {
			k := key{by: map[model.Object]string{shapes[home].Object: c.field}}
			for i := home + 1; i < len(shapes); i++ {
				best, share := "", 0.0
				for _, d := range found[i] {
					if d.class != c.class {
						continue
					}
					if x := c.shared(&d.sketch); x >= leastShare && (x > share || x == share && strings.EqualFold(d.field, c.field)) {
						best, share = d.field, x
					}
				}
				if share > 0 {
					k.by[shapes[i].Object] = best
					k.share = max(k.share, share)
				}
			}
			if len(k.by) > 1 {
				id := ""
				for _, o := range slices.Sorted(maps.Keys(k.by)) {
					id += string(o) + "\x1f" + k.by[o] + "\x1e"
				}
				if !seen[id] {
					seen[id] = true
					all = append(all, k)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b key) int { return cmp.Compare(b.share, a.share) })
	out := []map[model.Object]string{}
	for _, k := range all[:min(len(all), mostProposals)] {
		out = append(out, k.by)
	}
	return out
}

// evaluate counts exactly what a key comes to.
func evaluate(ctx context.Context, tx *store.Tx, src model.Schema, kind model.Object, by map[model.Object]string, inForce int64) (p Proposal, err error) {
	r := Rule{Object: kind.Kind(), By: by}
	s, err := gather(ctx, tx, src, r, inForce)
	if err != nil {
		return p, err
	}
	p = Proposal{Object: r.Object, By: by, Matched: int64(len(s.matched)), Ambiguous: int64(len(s.ambiguous)), Agree: -1, Examples: []string{}}
	titles := []string{}
	for i, o := range s.objects {
		p.Alone, p.Keyless = p.Alone+int64(len(s.alone[i])), p.Keyless+int64(len(s.keyless[i]))
		if t := fieldTitle(src, o, by[o]); !slices.ContainsFunc(titles, func(x string) bool { return strings.EqualFold(x, t) }) {
			titles = append(titles, t)
		}
	}
	p.Title = strings.Join(titles, " / ")
	some := s.matched[:min(len(s.matched), namesCompared)]
	rows, err := rowsOf(tx, s.objects, some)
	if err != nil {
		return p, err
	}
	agree, compared := 0, 0
	for _, g := range some {
		if len(p.Examples) < 3 {
			p.Examples = append(p.Examples, example(g, rows))
		}
		first := words(rows[g.members[0].seq].Name)
		for _, m := range g.members[1:] {
			other := words(rows[m.seq].Name)
			if len(first) == 0 || len(other) == 0 {
				continue
			}
			compared++
			if slices.ContainsFunc(other, func(w string) bool { return slices.Contains(first, w) }) {
				agree++
			}
		}
	}
	if compared > 0 {
		p.Agree = agree * 100 / compared
	}
	return p, nil
}

func example(g group, rows map[int64]store.Row) string {
	parts := []string{}
	for _, m := range g.members {
		r := rows[m.seq]
		parts = append(parts, strings.TrimSpace(r.Record.Key.ID+" "+r.Name))
	}
	return strings.Join(parts, " = ")
}

// words of a name; those of an address are its parts.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return strings.ContainsRune(" .,-_@'\"()\u00a0\t", r) })
}

// Pairs proposes which fields mean the same in the sources of an object, from names, types
// and the values themselves: as a mapping is proposed from one desk to another.
func Pairs(src model.Schema, kind model.Object, seen mapping.Stats) []Pair {
	shapes := of(src, kind)
	out := []Pair{}
	for home := range shapes {
		base := shapes[home]
		for i := home + 1; i < len(shapes); i++ {
			for _, m := range matches(base, shapes[i], seen) {
				place := slices.IndexFunc(out, func(p Pair) bool {
					return p.Fields[base.Object] == m.to || p.Fields[shapes[i].Object] == m.from
				})
				switch {
				case place >= 0 && out[place].Fields[shapes[i].Object] == "" && out[place].Fields[base.Object] == m.to:
					out[place].Fields[shapes[i].Object] = m.from
					out[place].Confidence = min(out[place].Confidence, m.confidence)
				case place < 0:
					out = append(out, Pair{Name: unusedName(out, m.title), Fields: map[model.Object]string{base.Object: m.to, shapes[i].Object: m.from}, Confidence: m.confidence})
				}
			}
		}
	}
	return out
}

func unusedName(pairs []Pair, name string) string {
	for slices.ContainsFunc(pairs, func(p Pair) bool { return p.Name == name }) {
		name += " (2)"
	}
	return name
}

type match struct {
	to, from, title string
	confidence      int
}

// matches proposes the fields of one shape for those of another.
func matches(base, other model.ObjectSchema, seen mapping.Stats) []match {
	dst, from := base, other
	dst.Object = base.Object.Kind()
	from.Object = other.Object
	dst.Fields = slices.Clone(base.Fields)
	for i := range dst.Fields {
		f := &dst.Fields[i]
		f.ReadOnly, f.Required, f.Unique, f.MaxLength = false, false, false, 0
		to := make([]model.Object, len(f.To))
		for k, o := range f.To {
			to[k] = o.Kind()
		}
		f.To = to
	}
	out := []match{}
	for _, o := range mapping.Suggest(model.Schema{Objects: []model.ObjectSchema{from}}, model.Schema{Objects: []model.ObjectSchema{dst}}, seen).Objects {
		for _, m := range o.Fields {
			if len(m.Sources) != 1 || m.Rule != mapping.Copy && m.Rule != mapping.Values {
				continue
			}
			f, ok := dst.Field(m.Target)
			g, has := other.Field(m.Sources[0])
			if !ok || !has || isNumber(f) || isNumber(g) || f.Type == model.FileType || (f.Type == model.LinkType) != (g.Type == model.LinkType) {
				continue
			}
			out = append(out, match{to: m.Target, from: m.Sources[0], title: cmp.Or(f.Title, f.Name), confidence: m.Confidence})
		}
	}
	return out
}

// Begin gives a whole rule to begin with: the best key, the pairs, the main source right.
func Begin(src model.Schema, kind model.Object, by map[model.Object]string, seen mapping.Stats) Rule {
	r := Rule{Object: kind.Kind(), By: by, Pairs: []Pair{}, Bring: true}
	for _, p := range Pairs(src, kind, seen) {
		isKey := len(p.Fields) > 1
		for o, f := range p.Fields {
			isKey = isKey && by[o] == f
		}
		if !isKey {
			r.Pairs = append(r.Pairs, p)
		}
	}
	return r.complete(src)
}
