package likeness

import (
	"math"
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

// score adds up the evidence about two records. note is told of each piece; nil: nobody asks.
func (f *Finder) score(a, b uint32, note func(Evidence)) float64 {
	total := -f.prior()
	var byName, byMail, others float64
	for _, fc := range f.facets {
		x, y := fc.of(a), fc.of(b)
		if len(x) == 0 || len(y) == 0 {
			continue
		}
		var e Evidence
		switch fc.field.Kind {
		case Name:
			e = f.names(fc, x, y)
			byName = e.Bits
		case Email:
			e = f.emails(fc, x, y)
			byMail = e.Bits
		case Phone:
			e = f.shared(fc, x, y, 1, againstPhone)
		case Web:
			e = f.shared(fc, x, y, -3, 0)
			e.Bits = math.Min(e.Bits, 4)
		case Day:
			e = f.days(fc, x, y)
		case Choice:
			if x[0] != y[0] {
				e = Evidence{Bits: againstKind, How: HowDifferent}
			}
		default:
			e = f.places(fc, x, y)
		}
		if e.How == "" {
			continue
		}
		if k := fc.field.Kind; k != Name && k != Email && e.Bits > 0 {
			others += e.Bits
		}
		if note != nil {
			e.Field = fc.field.Name
			if e.A == "" {
				e.A, e.B = fc.text(x), fc.text(y)
			}
			note(e)
		}
		if fc.field.Kind != Name && fc.field.Kind != Email {
			total += e.Bits
		}
	}
	// An address is often made from the name, so they are not two witnesses: the weaker
	// of two that agree counts half.
	if byName > 0 && byMail > 0 {
		total += math.Max(byName, byMail) + math.Min(byName, byMail)/2
	} else {
		total += byName + byMail
	}
	// A name alone is never sure: fathers and sons.
	if byMail <= 0 && others == 0 {
		total = math.Min(total, f.opts.Sure-1)
	}
	return total
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
func (f *Finder) names(fc *facet, x, y []uint32) Evidence {
	if len(x) > len(y) {
		x, y = y, x
	}
	e := Evidence{How: HowDifferent}
	var used, met uint32
	exact, whole := 0, 0
	pair := func(i, j int) { used, met = used|1<<j, met|1<<i }
	for i, v := range x {
		for j, w := range y {
			if v == w && used&(1<<j) == 0 {
				pair(i, j)
				bits := f.rarity(fc.count[v])
				if len(fc.words[v]) == 1 {
					bits = math.Min(bits, 3)
				} else {
					whole++
				}
				e.Bits += bits
				e.Records = max(e.Records, int(fc.count[v]))
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
		for j, w := range y {
			if used&(1<<j) != 0 {
				continue
			}
			s, t := fc.words[v], fc.words[w]
			switch {
			case len(s) == 1 || len(t) == 1:
				if s[0] == t[0] && best < 0.5 {
					at, best, bits = j, 0.5, 2
				}
			case shortOf(s, t):
				if best < 0.95 {
					at, best, bits = j, 0.95, 0.6*f.rarity(max(fc.count[v], fc.count[w]))
				}
			default:
				if n := near(s, t, fc.letters[v], fc.letters[w], 0.86); n > best {
					at, best, bits = j, n, math.Min(f.rarity(max(fc.count[v], fc.count[w])), 10)*(n-0.7)*2.2
				}
			}
		}
		if at >= 0 {
			pair(i, at)
			e.Bits += bits
			if best != 0.5 {
				whole++
			}
			continue
		}
		e.Bits += againstWord
	}
	switch {
	case whole == 0 && met == 0:
		e.Bits = againstName
	case exact == len(x):
		e.How = HowSame
	default:
		e.How = HowNearly
	}
	// Words that only one side has, such as a second first name, say a little against it.
	e.Bits -= 0.5 * float64(len(y)-len(x))
	// A name is never worth more than knowing it once in the whole desk and a little.
	e.Bits = math.Min(e.Bits, f.prior()+5)
	return e
}

// shortOf: "rob" and "robert", and the names that people really use for each other.
func shortOf(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) >= 3 && strings.HasPrefix(b, a) {
		return true
	}
	return calledBy[a] == b || calledBy[b] == a || calledBy[a] != "" && calledBy[a] == calledBy[b]
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

// emails compares addresses: the same, nearly, or the same first part elsewhere.
func (f *Finder) emails(fc *facet, x, y []uint32) Evidence {
	best := Evidence{How: HowDifferent, Bits: againstEmail}
	for _, v := range x {
		for _, w := range y {
			e := f.email(fc, v, w)
			if e.Bits > best.Bits {
				best = e
			}
		}
	}
	return best
}

// uniqueBits is what an address or a number is worth beyond its rarity: they are meant to
// belong to one.
const uniqueBits = 6

func (f *Finder) email(fc *facet, v, w uint32) Evidence {
	s, t := fc.words[v], fc.words[w]
	e := Evidence{How: HowDifferent, Bits: againstEmail, A: s, B: t}
	if v == w {
		e.How, e.Records = HowSame, int(fc.count[v])
		e.Bits = f.rarity(fc.count[v])
		if shared := roles[fc.parts.words[fc.part[v]]]; !shared {
			// What many records have is no longer one's own.
			e.Bits += uniqueBits - 2*math.Log2(math.Max(float64(fc.count[v])-1, 1))
		}
		return e
	}
	p, q := fc.part[v], fc.part[w]
	pw, qw := fc.parts.words[p], fc.parts.words[q]
	switch {
	case p == q && len(pw) >= 4 && !roles[pw]:
		e.How, e.Records = HowNearly, int(fc.parts.count[p])
		e.Bits = 0.75 * f.rarity(fc.parts.count[p])
	case near(pw, qw, fc.parts.letters[p], fc.parts.letters[q], 0.9) > 0 && near(s, t, fc.letters[v], fc.letters[w], 0.93) > 0 && !numbered(s, t):
		e.How, e.Records = HowNearly, int(fc.count[v])
		e.Bits = 0.6 * f.rarity(max(fc.parts.count[p], fc.parts.count[q]))
	}
	return e
}

// shared compares sets of values that are the same or not.
func (f *Finder) shared(fc *facet, x, y []uint32, more, against float64) Evidence {
	best := Evidence{How: HowDifferent, Bits: against}
	for _, v := range x {
		for _, w := range y {
			if v != w {
				continue
			}
			if bits := f.rarity(fc.count[v]) + more - math.Log2(math.Max(float64(fc.count[v])-1, 1)); best.How != HowSame || bits > best.Bits {
				best = Evidence{How: HowSame, Bits: bits, A: fc.words[v], B: fc.words[v], Records: int(fc.count[v])}
			}
		}
	}
	return best
}

// days compares dates: the same, one slip, or a year known and the rest not.
func (f *Finder) days(fc *facet, x, y []uint32) Evidence {
	v, w := x[0], y[0]
	if v == w {
		bits := f.rarity(fc.count[v])
		return Evidence{How: HowSame, Bits: math.Min(bits, 14), Records: int(fc.count[v])}
	}
	s, t := strings.ReplaceAll(fc.words[v], " ", ""), strings.ReplaceAll(fc.words[w], " ", "")
	if len(s) != 8 || len(t) != 8 {
		return Evidence{How: HowDifferent, Bits: againstDay / 2.0}
	}
	wrong := 0
	for i := range len(s) {
		if s[i] != t[i] {
			wrong++
		}
	}
	if wrong == 1 || s[:4] == t[:4] && (s[4:6] == t[6:] && s[6:] == t[4:6] || s[4:] == "0101" || t[4:] == "0101") {
		return Evidence{How: HowNearly, Bits: 4}
	}
	if wrong == 2 {
		return Evidence{How: HowDifferent, Bits: -1}
	}
	return Evidence{How: HowDifferent, Bits: againstDay}
}

func (f *Finder) places(fc *facet, x, y []uint32) Evidence {
	v, w := x[0], y[0]
	if v == w {
		return Evidence{How: HowSame, Bits: 0.8 * f.rarity(fc.count[v]), Records: int(fc.count[v])}
	}
	s, t := fc.words[v], fc.words[w]
	if n := near(s, t, fc.letters[v], fc.letters[w], 0.9); n > 0 && !otherNumber(s, t) {
		return Evidence{How: HowNearly, Bits: 0.5 * f.rarity(max(fc.count[v], fc.count[w]))}
	}
	return Evidence{How: HowDifferent, Bits: againstPlace}
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
