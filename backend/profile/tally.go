package profile

import (
	"math/bits"
	"slices"

	"github.com/axiomhq/hyperloglog"
)

// values remembers how often each value of a field came up, in a table of its own: a
// lookup costs one hash and mostly one line of the cache.
type values struct {
	slots []slot
	n     int
	texts []byte
}

// slot is one remembered value; times 0 is a free slot. Its text lies at start, behind two
// bytes that say how long it is.
type slot struct {
	hash  uint64
	times uint32
	start uint32
}

func (t *values) text(s *slot) []byte {
	at := t.texts[s.start:]
	n := int(at[0])<<8 | int(at[1])
	return at[2 : 2+n]
}

// add counts a value n times. Two values with one hash of 64 bits would be taken for one;
// among the values that are kept this happens once in many million fields.
func (t *values) add(h uint64, v []byte, n uint32) {
	if t.n*2 >= len(t.slots) {
		t.grow()
	}
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.times == 0 {
			*s = slot{hash: h, times: n, start: uint32(len(t.texts))}              //nolint:gosec // bounded: keepTop texts of clipValue bytes
			t.texts = append(append(t.texts, byte(len(v)>>8), byte(len(v))), v...) //nolint:gosec // the two bytes of it
			t.n++
			return
		}
		if s.hash == h {
			s.times += n
			return
		}
	}
}

// again counts a value that is remembered n times more; false when it is not.
func (t *values) again(h uint64, n uint32) bool {
	if t.n == 0 {
		return false
	}
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch s := &t.slots[i]; {
		case s.times == 0:
			return false
		case s.hash == h:
			s.times += n
			return true
		}
	}
}

func (t *values) grow() {
	old := t.slots
	t.slots = make([]slot, max(64, 4*len(old)))
	mask := uint64(len(t.slots) - 1)
	for _, s := range old {
		if s.times == 0 {
			continue
		}
		i := s.hash & mask
		for t.slots[i].times != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = s
	}
}

// each calls fn for every remembered value, in the order in which they came up first: which
// examples are shown does not hang on hashes.
func (t *values) each(fn func(text []byte, s *slot)) {
	order := make([]uint64, 0, t.n)
	for i := range t.slots {
		if s := &t.slots[i]; s.times > 0 {
			order = append(order, uint64(s.start)<<32|uint64(i))
		}
	}
	slices.Sort(order)
	for _, at := range order {
		s := &t.slots[uint32(at)] //nolint:gosec // the lower half of it
		fn(t.text(s), s)
	}
}

// hashes is a set of hashes; zero is kept apart.
type hashes struct {
	slots []uint64
	n     int
	zero  bool
	// fetched keeps the compiler from leaving fetch out.
	fetched uint64
}

// add says whether the hash is new.
func (t *hashes) add(h uint64) bool {
	if h == 0 {
		was := t.zero
		t.zero = true
		if !was {
			t.n++
		}
		return !was
	}
	if t.n*2 >= len(t.slots) {
		old := t.slots
		t.slots = make([]uint64, max(64, 4*len(old)))
		for _, x := range old {
			if x != 0 {
				t.place(x)
			}
		}
	}
	if !t.place(h) {
		return false
	}
	t.n++
	return true
}

// fetch brings the places of hashes into the cache: together they come in the time of one.
func (t *hashes) fetch(all []uint64) {
	if len(t.slots) == 0 {
		return
	}
	mask, sum := uint64(len(t.slots)-1), uint64(0)
	for _, h := range all {
		sum += t.slots[(h>>20)&mask]
	}
	t.fetched = sum
}

func (t *hashes) place(h uint64) bool {
	mask := uint64(len(t.slots) - 1)
	// The low bits choose the slot of values too; the high ones spread better here.
	for i := (h >> 20) & mask; ; i = (i + 1) & mask {
		switch t.slots[i] {
		case 0:
			t.slots[i] = h
			return true
		case h:
			return false
		}
	}
}

// distinct counts different values: exactly up to keepDistinct, about beyond.
type distinct struct {
	set    hashes
	sketch *hyperloglog.Sketch
	// ranks are the highest that the sketch was given later in each of its registers: what does
	// not rise above changes nothing. Nil when the sketch remembers more than registers.
	ranks []uint8
}

const (
	// registers of the sketch: the highest bits of a hash choose one.
	registerBits = 14
	// denseFrom values on a sketch has nothing but registers, so it need not begin with more.
	denseFrom = 4 << registerBits
)

func (d *distinct) add(h uint64) {
	if d.sketch != nil {
		if d.ranks != nil {
			rank, rest := &d.ranks[h>>(64-registerBits)], h<<registerBits|1<<(registerBits-1)
			if rest>>(64-*rank) != 0 {
				return
			}
			*rank = uint8(bits.LeadingZeros64(rest)) + 1 //nolint:gosec // at most 64
		}
		d.sketch.InsertHash(h)
		return
	}
	if d.set.add(h) && d.set.n > keepDistinct {
		if d.sketch = hyperloglog.New14(); d.set.n >= denseFrom {
			d.sketch, d.ranks = hyperloglog.NewNoSparse(), make([]uint8, 1<<registerBits)
		}
		for _, x := range d.set.slots {
			if x != 0 {
				d.sketch.InsertHash(x)
			}
		}
		if d.set.zero {
			d.sketch.InsertHash(0)
		}
		d.set = hashes{}
	}
}

// addAll adds many.
func (d *distinct) addAll(all []uint64) {
	for len(all) > 0 {
		some := all[:min(len(all), 64)]
		d.set.fetch(some)
		for _, h := range some {
			d.add(h)
		}
		all = all[len(some):]
	}
}

func (d *distinct) count() (n int64, exact bool) {
	if d.sketch != nil {
		return int64(d.sketch.Estimate()), false //nolint:gosec // far below 2^63
	}
	return int64(d.set.n), true
}
