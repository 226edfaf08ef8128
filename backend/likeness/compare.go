package likeness

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// Evidence is one thing that speaks for or against two records being the same one.
type Evidence struct {
	// Field that was compared; for several of one kind the first of them.
	Field string `json:"field"`
	// A and B are the values, without case and accents.
	A string `json:"a"`
	B string `json:"b"`
	// How: same, nearly, initials, different.
	How string `json:"how"`
	// Bits for it; below 0 against it.
	Bits float64 `json:"bits"`
	// Records that have the shared value.
	Records int `json:"records"`
}

// How two values compare.
const (
	HowSame      = "same"
	HowNearly    = "nearly"
	HowDifferent = "different"
)

// What is lost by a disagreement, in bits. People move and change their address, their
// date of birth they keep.
const (
	againstName  = -12
	againstWord  = -4
	againstEmail = -1.5
	againstPhone = -1
	againstDay   = -5
	againstPlace = -2
	againstKind  = -3
)

// how two values compare, as a number.
type how uint8

const (
	unknown how = iota // nothing can be said
	same
	nearly
	different
)

var hows = [...]string{"", HowSame, HowNearly, HowDifferent}

// piece of evidence, before anybody wants to read it.
type piece struct {
	bits    float64
	how     how
	records uint32
	// v and w are the values that it is about; 0: all of them.
	v, w uint32
}

// score adds up the evidence about two records. note is told of each piece; nil: nobody asks.
func (f *Finder) score(a, b uint32, note func(Evidence)) float64 {
	total := -f.prior()
	var byName, byMail, others float64
	ids, other := f.ids[f.at[a]:], f.ids[f.at[b]:]
	for _, fc := range f.facets {
		x, y := ids[1:1+ids[0]], other[1:1+other[0]]
		ids, other = ids[1+len(x):], other[1+len(y):]
		if len(x) == 0 || len(y) == 0 {
			continue
		}
		var e piece
		switch fc.field.Kind {
		case Name:
			e = f.names(fc, x, y)
			byName = e.bits
		case Email:
			e = f.emails(fc, x, y)
			byMail = e.bits
		case Phone:
			e = f.shared(fc, x, y, 1, againstPhone)
		case Web:
			e = f.shared(fc, x, y, -3, 0)
			e.bits = min(e.bits, 4)
		case Day:
			e = f.days(fc, x, y)
		case Choice:
			if x[0] != y[0] {
				e = piece{bits: againstKind, how: different}
			}
		default:
			e = f.places(fc, x, y)
		}
		if e.how == unknown {
			continue
		}
		if note != nil {
			note(fc.say(e, x, y))
		}
		if fc.field.Kind != Name && fc.field.Kind != Email {
			others += max(e.bits, 0)
			total += e.bits
		}
	}
	// An address is often made from the name, so they are not two witnesses: the weaker
	// of two that agree counts half.
	if byName > 0 && byMail > 0 {
		total += max(byName, byMail) + min(byName, byMail)/2
	} else {
		total += byName + byMail
	}
	// A name alone is never sure: fathers and sons.
	if byMail <= 0 && others == 0 {
		total = min(total, f.opts.Sure-1)
	}
	return total
}

// say puts a piece of evidence about values x and y into words.
func (fc *facet) say(p piece, x, y []uint32) Evidence {
	e := Evidence{Field: fc.field.Name, How: hows[p.how], Bits: p.bits, Records: int(p.records)}
	if p.v != 0 {
		e.A, e.B = fc.words[p.v], fc.words[p.w]
	} else {
		e.A, e.B = fc.text(x), fc.text(y)
	}
	return e
}

func (fc *facet) text(ids []uint32) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = fc.words[id]
	}
	if fc.field.Kind == Name {
		return strings.Join(words, " ")
	}
	return strings.Join(words, ", ")
}

// names compares two names word by word, in any order.
func (f *Finder) names(fc *facet, x, y []uint32) piece {
	if len(x) > len(y) {
		x, y = y, x
	}
	e := piece{how: different}
	var used, met uint32
	exact, whole := 0, 0
	pair := func(i, j int) { used, met = used|1<<j, met|1<<i }
	for i, v := range x {
		for j, w := range y {
			if v == w && used&(1<<j) == 0 {
				pair(i, j)
				bits := f.rarity(fc.about[v].records)
				if fc.about[v].size == 1 {
					bits = min(bits, 3)
				} else {
					whole++
				}
				e.bits += bits
				e.records = max(e.records, fc.about[v].records)
				exact++
				break
			}
		}
	}
	for i, v := range x {
		if met&(1<<i) != 0 {
			continue
		}
		at, best, bits := -1, 0.0, 0.0
		s := &fc.about[v]
		for j, w := range y {
			if used&(1<<j) != 0 {
				continue
			}
			t := &fc.about[w]
			switch {
			case s.size == 1 || t.size == 1:
				if best < 0.5 && (s.start^t.start)&0xFF == 0 {
					at, best, bits = j, 0.5, 2
				}
			case fc.shortOf(v, w):
				if best < 0.95 {
					at, best, bits = j, 0.95, 0.6*f.rarity(max(s.records, t.records))
				}
			default:
				if n := fc.near(v, w, 0.86); n > best {
					at, best, bits = j, n, min(f.rarity(max(s.records, t.records)), 10)*(n-0.7)*2.2
				}
			}
		}
		if at >= 0 {
			pair(i, at)
			e.bits += bits
			if best != 0.5 {
				whole++
			}
			continue
		}
		e.bits += againstWord
	}
	switch {
	case whole == 0 && met == 0:
		e.bits = againstName
	case exact == len(x):
		e.how = same
	default:
		e.how = nearly
	}
	// Words that only one side has, such as a second first name, say a little against it.
	e.bits -= 0.5 * float64(len(y)-len(x))
	// A name is never worth more than knowing it once in the whole desk and a little.
	e.bits = min(e.bits, f.prior()+5)
	return e
}

// shortOf: "rob" and "robert", and the names that people really use for each other.
func (fc *facet) shortOf(v, w uint32) bool {
	s, t := &fc.about[v], &fc.about[w]
	if s.short != 0 && (s.short == t.full || s.short == t.short) || t.short != 0 && t.short == s.full {
		return true
	}
	if s.size > t.size {
		v, w, s, t = w, v, t, s
	}
	return s.size >= 3 && (s.start^t.start)&0xFFFFFF == 0 && strings.HasPrefix(fc.words[w], fc.words[v])
}

// calledBy leads from a short name to the one in the passport.
var calledBy = map[string]string{
	"bob": "robert", "bobby": "robert", "robbie": "robert", "bill": "william", "billy": "william", "will": "william", "dick": "richard", "rick": "richard",
	"jim": "james", "jimmy": "james", "jack": "john", "johnny": "john", "tony": "anthony", "mike": "michael", "mick": "michael", "ted": "edward", "ned": "edward",
	"harry": "henry", "hank": "henry", "chuck": "charles", "charlie": "charles", "tom": "thomas", "tommy": "thomas", "kate": "katherine", "kathy": "katherine", "katie": "katherine",
	"liz": "elizabeth", "beth": "elizabeth", "betty": "elizabeth", "lizzie": "elizabeth", "peggy": "margaret", "maggie": "margaret", "meg": "margaret",
	"sue": "susan", "becky": "rebecca", "jenny": "jennifer", "jen": "jennifer", "andy": "andrew", "drew": "andrew", "steve": "stephen", "sandy": "alexander", "alex": "alexander",
	"sasha": "alexander", "joe": "joseph", "josie": "josephine", "polly": "mary", "molly": "mary", "hans": "johannes", "hannes": "johannes", "sepp": "josef", "uli": "ulrich",
}

// passports numbers the names in passports.
var passports = func() map[string]uint8 {
	full := slices.Compact(slices.Sorted(maps.Values(calledBy)))
	of := make(map[string]uint8, len(full))
	for i, name := range full {
		of[name] = uint8(i + 1) //nolint:gosec // a few dozen
	}
	return of
}()

// emails compares addresses: the same, nearly, or the same first part elsewhere.
func (f *Finder) emails(fc *facet, x, y []uint32) piece {
	best := piece{how: different, bits: againstEmail}
	for _, v := range x {
		for _, w := range y {
			e := f.email(fc, v, w)
			if e.bits > best.bits {
				best = e
			}
		}
	}
	return best
}

// uniqueBits is what an address or a number is worth beyond its rarity: they are meant to
// belong to one.
const uniqueBits = 6

func (f *Finder) email(fc *facet, v, w uint32) piece {
	e := piece{how: different, bits: againstEmail, v: v, w: w}
	s, t := &fc.about[v], &fc.about[w]
	if v == w {
		e.how, e.records = same, s.records
		e.bits = f.rarity(s.records)
		if shared := fc.parts.about[s.part].role; !shared {
			// What many records have is no longer one's own.
			e.bits += uniqueBits - 2*math.Log2(max(float64(s.records)-1, 1))
		}
		return e
	}
	p, q := &fc.parts.about[s.part], &fc.parts.about[t.part]
	switch {
	case p == q && p.size >= 4 && !p.role:
		e.how, e.records = nearly, p.records
		e.bits = 0.75 * f.rarity(p.records)
	case fc.parts.near(s.part, t.part, 0.9) > 0 && fc.near(v, w, 0.93) > 0 && !numbered(fc.words[v], fc.words[w]):
		e.how, e.records = nearly, s.records
		e.bits = 0.6 * f.rarity(max(p.records, q.records))
	}
	return e
}

// shared compares sets of values that are the same or not.
func (f *Finder) shared(fc *facet, x, y []uint32, more, against float64) piece {
	best := piece{how: different, bits: against}
	for _, v := range x {
		for _, w := range y {
			if v != w {
				continue
			}
			n := fc.about[v].records
			if bits := f.rarity(n) + more - math.Log2(max(float64(n)-1, 1)); best.how != same || bits > best.bits {
				best = piece{how: same, bits: bits, v: v, w: v, records: n}
			}
		}
	}
	return best
}

// days compares dates: the same, one slip, or a year known and the rest not.
func (f *Finder) days(fc *facet, x, y []uint32) piece {
	v, w := x[0], y[0]
	if v == w {
		n := fc.about[v].records
		return piece{how: same, bits: min(f.rarity(n), 14), records: n}
	}
	s, t := strings.ReplaceAll(fc.words[v], " ", ""), strings.ReplaceAll(fc.words[w], " ", "")
	if len(s) != 8 || len(t) != 8 {
		return piece{how: different, bits: againstDay / 2.0}
	}
	wrong := 0
	for i := range len(s) {
		if s[i] != t[i] {
			wrong++
		}
	}
	if wrong == 1 || s[:4] == t[:4] && (s[4:6] == t[6:] && s[6:] == t[4:6] || s[4:] == "0101" || t[4:] == "0101") {
		return piece{how: nearly, bits: 4}
	}
	if wrong == 2 {
		return piece{how: different, bits: -1}
	}
	return piece{how: different, bits: againstDay}
}

func (f *Finder) places(fc *facet, x, y []uint32) piece {
	v, w := x[0], y[0]
	if v == w {
		n := fc.about[v].records
		return piece{how: same, bits: 0.8 * f.rarity(n), records: n}
	}
	if fc.near(v, w, 0.9) > 0 && !otherNumber(fc.words[v], fc.words[w]) {
		return piece{how: nearly, bits: 0.5 * f.rarity(max(fc.about[v].records, fc.about[w].records))}
	}
	return piece{how: different, bits: againstPlace}
}

// otherNumber: house 12 is not house 21, however alike the streets are.
func otherNumber(a, b string) bool {
	x, y := digitsOf(a), digitsOf(b)
	return x != y && x != "" && y != ""
}

// numbered: user17 and user71 differ in nothing but their number, and are two.
func numbered(a, b string) bool {
	return otherNumber(a, b) && lettersIn(a) == lettersIn(b)
}

func lettersIn(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, s)
}

func digitsOf(s string) string {
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			out = append(out, s[i])
		}
	}
	return string(out)
}
