package likeness

import (
	"cmp"
	"slices"
	"strings"
)

// Capped is a key that would bring together more records than can be compared with each
// other. They are still compared where another key brings them together.
type Capped struct {
	// By says what they share: "e-mail", "name and place"; Value is the shared value when it is one.
	By      string `json:"by"`
	Value   string `json:"value"`
	Records int    `json:"records"`
}

// mostCapped is how many capped keys are named; Result.CappedAll counts all.
const mostCapped = 50

type keyed struct {
	key uint64
	rec uint32
}

// blocker brings records together by one rule after the other, so that only one rule's
// keys are in memory at a time.
type blocker struct {
	f      *Finder
	pairs  []uint64
	tidied int // how many were left the last time
	keys   []keyed
	capped []Capped
	all    int
}

func pairOf(a, b uint32) uint64 {
	if a > b {
		a, b = b, a
	}
	return uint64(a)<<32 | uint64(b)
}

// mix makes one key of two, so that different ones stay different in practice.
func mix(a, b uint64) uint64 {
	x := a*0x9E3779B97F4A7C15 ^ (b + 0x7F4A7C15F39CC060 + a<<6 + a>>2)
	x ^= x >> 32
	x *= 0xD6E8FEB86659FD93
	return x ^ x>>29
}

// flush pairs the records of each key. say names a key by one of its records.
func (b *blocker) flush(by string, say func(rec uint32) string) {
	slices.SortFunc(b.keys, func(x, y keyed) int {
		if c := cmp.Compare(x.key, y.key); c != 0 {
			return c
		}
		return cmp.Compare(x.rec, y.rec)
	})
	for from := 0; from < len(b.keys); {
		to := from + 1
		for to < len(b.keys) && b.keys[to].key == b.keys[from].key {
			to++
		}
		group := b.keys[from:to]
		from = to
		if len(group) > b.f.opts.MostTogether {
			b.all++
			if len(b.capped) < mostCapped && say != nil {
				b.capped = append(b.capped, Capped{By: by, Value: say(group[0].rec), Records: len(group)})
			}
			continue
		}
		for i, x := range group {
			for _, y := range group[i+1:] {
				if x.rec != y.rec {
					b.pairs = append(b.pairs, pairOf(x.rec, y.rec))
				}
			}
		}
	}
	b.keys = b.keys[:0]
	if len(b.pairs) > mostPairs && len(b.pairs) > b.tidied+b.tidied/2 {
		b.tidy()
	}
}

// mostPairs are collected before those that were found twice are dropped.
const mostPairs = 4_000_000

func (b *blocker) tidy() {
	slices.Sort(b.pairs)
	b.pairs = slices.Compact(b.pairs)
	b.tidied = len(b.pairs)
}

// candidates gives all pairs that are worth comparing, each once, in order.
func (f *Finder) candidates() *blocker {
	b := &blocker{f: f, keys: make([]keyed, 0, f.n)}
	each := func(give func(rec uint32)) {
		for rec := range f.n {
			give(uint32(rec)) //nolint:gosec // as many as were added
		}
	}
	var names *facet
	for _, fc := range f.facets {
		if fc.field.Kind == Name {
			names = fc
		}
	}
	for _, fc := range f.facets {
		switch fc.field.Kind {
		case Name, Choice:
			continue
		case Email, Phone:
			each(func(rec uint32) {
				for _, id := range f.of(fc, rec) {
					b.keys = append(b.keys, keyed{uint64(id), rec})
				}
			})
			b.flush(fc.field.Name, func(rec uint32) string { return fc.text(f.of(fc, rec)) })
		}
		if fc.parts != nil {
			each(func(rec uint32) {
				for _, id := range f.of(fc, rec) {
					p := fc.about[id].part
					if x := &fc.parts.about[p]; x.size >= 4 && !x.role {
						b.keys = append(b.keys, keyed{uint64(p), rec})
					}
				}
			})
			b.flush("the first part of "+fc.field.Name, func(rec uint32) string { return fc.parts.words[fc.about[f.of(fc, rec)[0]].part] })
			// Slips in an address: its first part with the letters after the first four left out.
			each(func(rec uint32) {
				for _, id := range f.of(fc, rec) {
					_, domain, ok := strings.Cut(fc.words[id], "@")
					local := fc.parts.words[fc.about[id].part]
					if ok && len(local) >= 6 {
						b.keys = append(b.keys, keyed{mix(textKey(local[:4]), textKey(domain)), rec})
					}
				}
			})
			b.flush("nearly the same "+fc.field.Name, nil)
		}
		if fc.field.Kind >= Web && names != nil {
			// The same place or day, and a name that is spoken alike.
			each(func(rec uint32) {
				for _, id := range f.of(fc, rec) {
					for _, n := range b.f.of(names, rec) {
						if x := &names.about[n]; x.sound != 0 && x.size > 1 {
							b.keys = append(b.keys, keyed{mix(uint64(id), uint64(x.sound)), rec})
						}
					}
				}
			})
			b.flush("name and "+fc.field.Name, func(rec uint32) string { return names.text(b.f.of(names, rec)) })
		}
		if fc.field.Kind == Day || fc.field.Kind == Place {
			each(func(rec uint32) {
				for _, id := range f.of(fc, rec) {
					if n := fc.about[id].records; n > 1 && int(n) <= f.opts.MostTogether {
						b.keys = append(b.keys, keyed{uint64(id), rec})
					}
				}
			})
			b.flush(fc.field.Name, nil)
		}
	}
	if names != nil {
		b.byName(names, each)
	}
	b.tidy()
	return b
}

// byName brings together whole names, however they are ordered and spelt, and records
// that share a rare word.
func (b *blocker) byName(names *facet, each func(func(uint32))) {
	say := func(rec uint32) string { return names.text(b.f.of(names, rec)) }
	each(func(rec uint32) {
		for _, id := range b.f.of(names, rec) {
			x := &names.about[id]
			if n := int(x.records); n > 1 && n <= b.f.opts.MostTogether/2 && x.size > 2 {
				b.keys = append(b.keys, keyed{uint64(id), rec})
			}
		}
	})
	b.flush("a rare name", say)
	each(func(rec uint32) {
		ids := b.f.of(names, rec)
		for i, x := range ids {
			for _, y := range ids[i+1:] {
				s, t := names.about[x].sound, names.about[y].sound
				if s == 0 || t == 0 || names.about[x].size == 1 || names.about[y].size == 1 {
					continue
				}
				if s > t {
					s, t = t, s
				}
				b.keys = append(b.keys, keyed{uint64(s)<<32 | uint64(t), rec})
			}
		}
	})
	b.flush("names that sound alike", say)
	// The common names again, exactly: a smaller group where the spoken one was too large.
	each(func(rec uint32) {
		ids := b.f.of(names, rec)
		for i, x := range ids {
			for _, y := range ids[i+1:] {
				if x > y {
					b.keys = append(b.keys, keyed{uint64(y)<<32 | uint64(x), rec})
				} else {
					b.keys = append(b.keys, keyed{uint64(x)<<32 | uint64(y), rec})
				}
			}
		}
	})
	b.flush("the same name", say)
}

// textKey makes a number of a short text (FNV-1a).
func textKey(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
