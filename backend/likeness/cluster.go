package likeness

import (
	"cmp"
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"
)

// Group are records that are the same one, surely or perhaps.
type Group struct {
	Band    Band
	Members []Member
	// Score is that of the weakest member.
	Score float64
}

// Member of a group.
type Member struct {
	// Record is its number, in the order of Add.
	Record int
	// Band is Sure for those that are surely the same one as each other; Score is that of the
	// link that brought it to the group.
	Band  Band
	Score float64
}

// Result of a search.
type Result struct {
	// Groups, the surest first.
	Groups []Group
	// Compared pairs of records.
	Compared int
	// Capped names keys that brought too many together, CappedAll counts them.
	Capped    []Capped
	CappedAll int
}

// link between two records.
type link struct {
	a, b  uint32
	score float32
}

// Find compares what was added and groups what is alike. It stops when ctx ends. It is
// called once, after the last Add.
func (f *Finder) Find(ctx context.Context) (Result, error) {
	for _, fc := range f.facets { // room for the pairs
		fc.index = nil
		if fc.parts != nil {
			fc.parts.index = nil
		}
	}
	f.rarities()
	b := f.candidates()
	b.keys = nil
	links, err := f.links(ctx, b.pairs)
	if err != nil {
		return Result{}, err
	}
	res := Result{Compared: len(b.pairs), Capped: b.capped, CappedAll: b.all}
	b.pairs = nil
	res.Groups = f.group(links)
	return res, ctx.Err()
}

// links scores all pairs, on all processors, and keeps those that are worth a look.
func (f *Finder) links(ctx context.Context, pairs []uint64) ([]link, error) {
	const portion = 16_384
	parts := make([][]link, (len(pairs)+portion-1)/portion)
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				for _, p := range pairs[i*portion : min(len(pairs), (i+1)*portion)] {
					x := link{a: uint32(p >> 32), b: uint32(p)} //nolint:gosec // the two halves
					s := f.score(x.a, x.b, nil)
					if s >= f.opts.Ask || s >= f.opts.Ask-overruled && f.named(x.a, x.b) {
						x.score = float32(s)
						parts[i] = append(parts[i], x)
					}
				}
			}
		})
	}
	for i := range parts {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	out := make([]link, 0, n)
	for i, p := range parts {
		out, parts[i] = append(out, p...), nil
	}
	slices.SortFunc(out, func(x, y link) int {
		if c := cmp.Compare(y.score, x.score); c != 0 {
			return c
		}
		return cmp.Compare(pairOf(x.a, x.b), pairOf(y.a, y.b))
	})
	return out, nil
}

// overruled is how far below asking a pair may be and still be shown as different: people
// look for those that share an address.
const overruled = 12

// named says whether two records share an e-mail address.
func (f *Finder) named(a, b uint32) bool {
	for _, fc := range f.facets {
		if fc.field.Kind != Email {
			continue
		}
		for _, v := range f.of(fc, a) {
			if slices.Contains(f.of(fc, b), v) {
				return true
			}
		}
	}
	return false
}

// mostMembers is how large a group may grow: none that people know is larger, and each
// new member is compared with all.
const mostMembers = 40

// group joins records link by link, the strongest first. Nobody joins because of one
// friend: two groups become one only when no pair inside contradicts and all of them
// together speak for it.
func (f *Finder) group(links []link) []Group {
	home := map[uint32]int{} // record to group
	groups := map[int][]Member{}
	made := 0
	of := func(rec uint32, l link, band Band) int {
		if g, ok := home[rec]; ok {
			return g
		}
		made++
		home[rec], groups[made] = made, []Member{{Record: int(rec), Band: band, Score: float64(l.score)}}
		return made
	}
	apart := []link{}
	core := map[uint32]int{} // what was surely one, before asking joins more
	for i, l := range links {
		band := f.band(float64(l.score))
		if band != Sure && (i == 0 || f.band(float64(links[i-1].score)) == Sure) {
			maps.Copy(core, home)
		}
		if band == Different {
			apart = append(apart, l)
			continue
		}
		g, h := of(l.a, l, band), of(l.b, l, band)
		if g == h {
			continue
		}
		x, y := groups[g], groups[h]
		if len(x)+len(y) > mostMembers || !f.agree(x, y, l, band) {
			continue
		}
		if len(x) < len(y) {
			g, h, x, y = h, g, y, x
		}
		for i, m := range y {
			home[uint32(m.Record)] = g //nolint:gosec // it came from one
			if m.Score > float64(l.score) {
				y[i].Score, y[i].Band = float64(l.score), band
			}
		}
		groups[g] = append(x, y...)
		delete(groups, h)
	}
	out := make([]Group, 0, len(groups))
	for _, members := range groups {
		if len(members) > 1 {
			out = append(out, groupOf(coreOf(members, core)))
		}
	}
	// What shares an address and is not the same one is shown too, so that it can be overruled.
	for _, l := range apart {
		if _, ok := home[l.a]; ok {
			continue
		}
		if _, ok := home[l.b]; ok {
			continue
		}
		s := float64(l.score)
		home[l.a], home[l.b] = 0, 0
		out = append(out, groupOf([]Member{{int(l.a), Different, s}, {int(l.b), Different, s}}))
	}
	slices.SortFunc(out, func(a, b Group) int {
		if c := cmp.Compare(b.Score, a.Score); c != 0 {
			return c
		}
		return cmp.Compare(a.Members[0].Record, b.Members[0].Record)
	})
	return out
}

// coreOf marks the largest part of a group that is surely one.
func coreOf(members []Member, core map[uint32]int) []Member {
	if len(core) == 0 { // no link was less than sure
		return members
	}
	size, best := map[int]int{}, 0
	for _, m := range members {
		if c := core[uint32(m.Record)]; c != 0 { //nolint:gosec // numbers of records
			size[c]++
			if size[c] > size[best] || size[c] == size[best] && c < best {
				best = c
			}
		}
	}
	for i, m := range members {
		if members[i].Band = Ask; best != 0 && size[best] > 1 && core[uint32(m.Record)] == best { //nolint:gosec // numbers of records
			members[i].Band = Sure
		}
	}
	return members
}

func groupOf(members []Member) Group {
	g := Group{Band: Sure, Members: members, Score: members[0].Score}
	for _, m := range members {
		g.Score = min(g.Score, m.Score)
		if m.Band == Different || m.Band == Ask && g.Band == Sure {
			g.Band = m.Band
		}
	}
	slices.SortFunc(g.Members, func(a, b Member) int { return cmp.Compare(a.Record, b.Record) })
	return g
}

func (f *Finder) band(score float64) Band {
	switch {
	case score >= f.opts.Sure:
		return Sure
	case score >= f.opts.Ask:
		return Ask
	}
	return Different
}

// agree checks the pairs between two groups before they become one.
func (f *Finder) agree(x, y []Member, l link, band Band) bool {
	if len(x) == 1 && len(y) == 1 {
		return true
	}
	sum, least := 0.0, float64(l.score)
	for _, a := range x {
		for _, b := range y {
			s := f.score(uint32(a.Record), uint32(b.Record), nil) //nolint:gosec // numbers of records
			sum, least = sum+min(s, f.opts.Sure*2), min(least, s)
		}
	}
	mean := sum / float64(len(x)*len(y))
	need := f.opts.Ask
	if band == Sure {
		need = (f.opts.Ask + f.opts.Sure) / 2
	}
	return mean >= need && least >= f.opts.Ask-contradiction
}

// contradiction is how far below asking a pair inside a group may be: less known about
// one of them is no contradiction, another name is.
const contradiction = 12

// Explain lists what speaks for and against two records, the strongest first.
func (f *Finder) Explain(a, b int) (score float64, why []Evidence) {
	score = f.score(uint32(a), uint32(b), func(e Evidence) { why = append(why, e) }) //nolint:gosec // numbers of records
	slices.SortStableFunc(why, func(x, y Evidence) int { return cmp.Compare(y.Bits, x.Bits) })
	return score, why
}

// Of says in which band a score is.
func (f *Finder) Of(score float64) Band { return f.band(score) }
