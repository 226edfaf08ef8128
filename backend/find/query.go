package find

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// pieces takes apart what somebody typed: what stands in quotes, and what blanks separate.
func pieces(text string, give func(piece string, quoted bool)) {
	for i, part := range strings.Split(strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`).Replace(text), `"`) {
		if i%2 == 1 {
			give(part, true)
			continue
		}
		for _, f := range strings.Fields(part) {
			give(f, false)
		}
	}
}

// Plain gives the parts of a query for reading records through, where there is no index.
func Plain(text string) []string {
	out := []string{}
	pieces(text, func(p string, _ bool) {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	})
	return out
}

// clause is one thing that must be found: a word, the beginning of one, or several words
// one after another.
type clause struct {
	words []string
	// begins: the last word may go on.
	begins bool
}

// Query is what somebody looks for.
type Query struct {
	text    string
	clauses []clause
}

// Parse reads what somebody typed. Each word is found by its beginning, words in quotes just
// as they are, one behind another; all must be found. What is joined without a blank, such as
// an address or "don't", is found as it is joined.
func Parse(text string) Query {
	q := Query{text: text}
	pieces(normal(text), func(piece string, quoted bool) {
		c := clause{begins: !quoted}
		eachWord(piece, func(key []byte, _, _ int) { c.words = append(c.words, string(key)) })
		if len(c.words) == 0 {
			return
		}
		// A single letter begins too much to be worth it.
		if last := c.words[len(c.words)-1]; utf8.RuneCountInString(last) < 2 {
			c.begins = false
		}
		if !slices.ContainsFunc(q.clauses, func(o clause) bool { return o.begins == c.begins && slices.Equal(o.words, c.words) }) {
			q.clauses = append(q.clauses, c)
		}
	})
	return q
}

// Empty says that there is no word to look for: only signs, such as "!" or a smiley.
func (q Query) Empty() bool { return len(q.clauses) == 0 }

// index is all segments together, ready to be asked.
type index struct {
	stamp    string
	segments []*segment
	size     int // of a set of places
	// parents of records that belong to others, by place; 0: none.
	parents []uint32
}

func openIndex(paths []string) (x *index, err error) {
	x = &index{}
	defer func() {
		if err != nil {
			x.close()
		}
	}()
	lists := make([][]doc, len(paths))
	for i, p := range paths {
		s, err := openSegment(p)
		if err != nil {
			return x, err
		}
		x.segments = append(x.segments, s)
		if lists[i], err = s.records(); err != nil {
			return x, err
		}
		if n := len(lists[i]); n > 0 {
			x.size = max(x.size, int(lists[i][n-1].seq)+1)
		}
	}
	x.parents = make([]uint32, x.size)
	for i, s := range x.segments {
		s.has = x.none()
		for _, d := range lists[i] {
			s.has.set(d.seq)
			x.parents[d.seq] = d.parent // the newest says it
		}
		lists[i] = nil
	}
	return x, nil
}

func (x *index) close() {
	for _, s := range x.segments {
		_ = s.close() // it was only read
	}
}

func (x *index) none() bits { return make(bits, (x.size+63)/64) }

// prints gives what is known of every record; 0 of one that isn't there.
func (x *index) prints() ([]uint64, error) {
	out := make([]uint64, x.size)
	for _, s := range x.segments {
		list, err := s.records()
		if err != nil {
			return nil, err
		}
		for _, d := range list {
			out[d.seq] = d.print
		}
	}
	return out, nil
}

// found gives the records that have a clause.
func (x *index) found(c clause) (bits, error) {
	out := x.none()
	for i, s := range x.segments {
		got, err := x.inSegment(s, c)
		if err != nil {
			return nil, err
		}
		for _, later := range x.segments[i+1:] {
			got.without(later.has)
		}
		out.or(got)
	}
	return out, nil
}

func (x *index) inSegment(s *segment, c clause) (bits, error) {
	var out bits
	entries := make([][]entry, len(c.words))
	for i, w := range c.words {
		set := x.none()
		err := s.words(w, c.begins && i == len(c.words)-1, func(e entry) error {
			entries[i] = append(entries[i], e)
			return s.mark(e, set)
		})
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = set
		} else {
			out.and(set)
		}
	}
	if len(c.words) == 1 {
		return out, nil
	}
	// Where each word stands right behind the one before.
	var row []spot
	for i := range c.words {
		var here []spot
		var err error
		for _, e := range entries[i] {
			if here, err = s.spots(e, out, here); err != nil {
				return nil, err
			}
		}
		if len(entries[i]) > 1 {
			slices.SortFunc(here, compareSpots)
		}
		if i == 0 {
			row = here
			continue
		}
		next, k := row[:0], 0
		for _, p := range row {
			want := spot{p.doc, p.place + 1}
			for k < len(here) && (here[k].doc < want.doc || here[k].doc == want.doc && here[k].place < want.place) {
				k++
			}
			if k < len(here) && here[k] == want {
				next = append(next, want)
			}
		}
		row = next
	}
	out = x.none()
	for _, p := range row {
		out.set(p.doc)
	}
	return out, nil
}

func compareSpots(a, b spot) int {
	if a.doc != b.doc {
		return int(int64(a.doc) - int64(b.doc))
	}
	return int(int64(a.place) - int64(b.place))
}

// upwards adds to a set the records that those in it belong to: the ticket of a message.
func (x *index) upwards(set bits) bits {
	out := slices.Clone(set)
	for i, w := range set {
		for w != 0 {
			low := w & -w
			w ^= low
			at := uint32(i<<6 + trailing(low)) //nolint:gosec // a place in the stage
			if int(at) >= x.size {
				return out // damaged, and nothing is behind it
			}
			for range deepest {
				if at = x.parents[at]; at == 0 || int(at) >= x.size || out.has(at) {
					break
				}
				out.set(at)
			}
		}
	}
	return out
}

// deepest is how far a record can be below the one it belongs to: the file of a message of
// a ticket.
const deepest = 6

// Answer is which records a query found.
type Answer struct {
	Query Query
	x     *index
	// all have every clause in themselves or in what belongs to them; whole have all of them
	// in themselves; some have at least one.
	all, whole, some bits
}

// Stamp is of the stage that the answer is about.
func (a *Answer) Stamp() string { return a.x.stamp }

// Has says whether a record is found: by its own words, or by those of what belongs to it.
func (a *Answer) Has(seq int64) bool {
	return seq >= 0 && seq < int64(a.x.size) && a.all.has(uint32(seq))
}

func (x *index) answer(q Query) (*Answer, error) {
	a := &Answer{Query: q, x: x}
	for _, c := range q.clauses {
		got, err := x.found(c)
		if err != nil {
			return nil, err
		}
		up := x.upwards(got)
		if a.all == nil {
			a.all, a.whole, a.some = up, got, slices.Clone(got)
			continue
		}
		a.all.and(up)
		a.whole.and(got)
		a.some.or(got)
	}
	return a, nil
}

// below names, of each of some records that were found, one that belongs to it and has the
// words: all of them, if there is one. Records that have all words themselves are left out.
func (a *Answer) below(seqs []int64) map[int64]int64 {
	want := map[uint32]bool{}
	for _, seq := range seqs {
		if a.Has(seq) && !a.whole.has(uint32(seq)) { //nolint:gosec // Has looked
			want[uint32(seq)] = true //nolint:gosec // the same
		}
	}
	out := map[int64]int64{}
	if len(want) == 0 {
		return out
	}
	for _, set := range []bits{a.whole, a.some} {
		for i, w := range set {
			for w != 0 {
				low := w & -w
				w ^= low
				from := uint32(i<<6 + trailing(low)) //nolint:gosec // a place in the stage
				at := from
				if int(at) >= a.x.size {
					return out
				}
				for range deepest {
					if at = a.x.parents[at]; at == 0 || int(at) >= a.x.size {
						break
					}
					if want[at] {
						if _, ok := out[int64(at)]; !ok {
							out[int64(at)] = int64(from)
						}
					}
				}
			}
		}
	}
	return out
}
