// Package likeness finds the people and companies that are in a desk more than once.
// Records are compared only where something brings them together (a blocking key), and
// each agreement weighs by its rarity: two Millers say little, two Quittenbaums much
// (Fellegi and Sunter, "A Theory for Record Linkage", 1969). It knows no database: the
// same records give the same groups.
//
// All scores are in bits: 0 is as likely as not, each further bit halves the odds that two
// records agree by accident.
package likeness

import (
	"math"
	"strings"
)

// Kind says how the values of a field are compared.
type Kind uint8

// Kinds of fields. Several fields of one kind Name, Email, Phone or Web are one to the
// comparison: a second address is as good as the first.
const (
	// Name of a person or company: words in any order, initials, small slips.
	Name Kind = iota
	// Email address, without case and accents.
	Email
	// Phone number, by its last digits, however the rest is written.
	Phone
	// Web address or domain.
	Web
	// Day, as of birth, written year first.
	Day
	// Place is an address, a city, a postcode or any other plain text.
	Place
	// Choice is one of a few values; it may contradict, and says little by agreeing.
	Choice
)

// Field of the records that are compared.
type Field struct {
	Name string
	Kind Kind
}

// Options of a search. The zero value is a good start.
type Options struct {
	// PlusTags keeps anna+shop@x.com and anna@x.com apart; by default they are one mailbox.
	PlusTags bool
	// Sure and Ask are the least scores of the two bands, in bits; 0: 8 and -1.
	Sure, Ask float64
	// MostTogether caps how many records one key may bring together; 0: 60. What is above is
	// in Result.Capped.
	MostTogether int
}

func (o Options) filled() Options {
	if o.Sure == 0 {
		o.Sure = 8
	}
	if o.Ask == 0 {
		o.Ask = -1
	}
	if o.MostTogether == 0 {
		o.MostTogether = 60
	}
	return o
}

// Band says how sure it is that records are the same one.
type Band string

// Bands.
const (
	Sure      Band = "sure"
	Ask       Band = "ask"
	Different Band = "different"
)

// Finder takes records in and finds those that are alike. It is for one goroutine.
type Finder struct {
	opts   Options
	fields []Field
	// facet of each field, -1 when it is not compared.
	facet  []int
	facets []*facet
	n      int
	// ids holds one record behind the other, so that two are compared with two looks into
	// the memory: for each facet how many values it has, and these. at is where each begins.
	ids []uint32
	at  []uint32
	// rare is the evidence of a shared value by how many records have it, as far as it is long.
	rare []float64
	odds float64 // prior, as long as rare is there
}

// New makes a finder for records with these fields.
func New(fields []Field, opts Options) *Finder {
	f := &Finder{opts: opts.filled(), fields: fields, facet: make([]int, len(fields))}
	shared := map[Kind]int{}
	for i, fd := range fields {
		at, ok := shared[fd.Kind]
		if !ok || fd.Kind > Web {
			at = len(f.facets)
			shared[fd.Kind] = at
			f.facets = append(f.facets, newFacet(fd, at))
		}
		f.facet[i] = at
	}
	return f
}

// Add takes a record in; values are those of the fields, in their order. Records are
// numbered from 0 in the order in which they come.
func (f *Finder) Add(values []string) {
	f.at = append(f.at, uint32(len(f.ids))) //nolint:gosec // 12 values of each of 50 million records
	for at, fc := range f.facets {
		begin := len(f.ids)
		f.ids = append(f.ids, 0)
		for i, v := range values {
			if f.facet[i] == at && v != "" {
				f.ids = fc.take(f.ids, begin+1, v, f.opts)
			}
		}
		f.ids[begin] = uint32(len(f.ids) - begin - 1) //nolint:gosec // mostValues
		fc.count(f.ids[begin+1:])
	}
	f.n++
}

// of gives the values of one kind that a record has.
func (f *Finder) of(fc *facet, rec uint32) []uint32 {
	ids := f.ids[f.at[rec]:]
	for range fc.slot {
		ids = ids[1+ids[0]:]
	}
	return ids[1 : 1+ids[0]]
}

// Len is how many records came.
func (f *Finder) Len() int { return f.n }

// facet holds what all records have of one kind, each value once.
type facet struct {
	field Field
	slot  int // its place among the facets
	words []string
	index map[string]uint32
	// about is by id, from 1, as words are.
	about []about
	// parts are the first parts of e-mail addresses.
	parts *facet
}

// about is what a comparison mostly needs to know of a value, without looking at its text.
type about struct {
	// letters tells cheaply that two values cannot be nearly the same.
	letters uint64
	records uint32 // how many have it
	size    uint32 // of its text
	// start are its first bytes.
	start uint32
	// sound groups names that are spoken alike; part is the first part of an address, as an
	// id of parts.
	sound, part uint32
	// short is the name in the passport to which a short name leads, full the name itself
	// when it is one of those; 0: none.
	short, full uint8
	// role: the first part of an address that several people share.
	role bool
}

func newFacet(fd Field, slot int) *facet {
	fc := &facet{field: fd, slot: slot, words: []string{""}, index: map[string]uint32{}, about: []about{{}}}
	if fd.Kind == Email {
		fc.parts = &facet{field: fd, words: []string{""}, index: map[string]uint32{}, about: []about{{}}}
	}
	return fc
}

// take adds the ids of a value to those of a record, which begin at from.
func (fc *facet) take(ids []uint32, from int, value string, opts Options) []uint32 {
	put := func(s string) {
		id := fc.id(s)
		for _, have := range ids[from:] {
			if have == id {
				return
			}
		}
		if len(ids)-from < mostValues {
			ids = append(ids, id)
		}
	}
	switch fc.field.Kind {
	case Name:
		eachWord(fold(value), put)
	case Email:
		for _, part := range strings.FieldsFunc(value, between) {
			if s := foldEmail(part, opts.PlusTags); s != "" {
				put(s)
			}
		}
	case Phone:
		for _, part := range strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == ',' || r == '\n' || r == '|' }) {
			if s := foldPhone(part); s != "" {
				put(s)
			}
		}
	case Web:
		if s := foldWeb(value); s != "" {
			put(s)
		}
	default:
		if s := squeeze(fold(value)); s != "" {
			put(s)
		}
	}
	return ids
}

// mostValues is how many values of one kind a record is compared by.
const mostValues = 12

func between(r rune) bool {
	return r == ';' || r == ',' || r == ' ' || r == '\n' || r == '\t' || r == '|'
}

func (fc *facet) id(s string) uint32 {
	if id, ok := fc.index[s]; ok {
		return id
	}
	s = strings.Clone(s)
	id := uint32(len(fc.words)) //nolint:gosec // fewer values than records
	fc.index[s] = id
	fc.words = append(fc.words, s)
	x := about{letters: lettersOf(s), size: uint32(len(s)), role: roles[s]} //nolint:gosec // a value of a record
	for i := range min(len(s), 4) {
		x.start |= uint32(s[i]) << (8 * i)
	}
	switch {
	case fc.parts != nil:
		local, _, _ := strings.Cut(s, "@")
		x.part = fc.parts.id(local)
	case fc.field.Kind == Name:
		x.sound, x.short, x.full = soundOf(s), passports[calledBy[s]], passports[s]
	}
	fc.about = append(fc.about, x)
	return id
}

// count notes that a record has these values.
func (fc *facet) count(ids []uint32) {
	for i, id := range ids {
		fc.about[id].records++
		if fc.parts == nil {
			continue
		}
		part, again := fc.about[id].part, false
		for _, other := range ids[:i] {
			again = again || fc.about[other].part == part
		}
		if !again {
			fc.parts.about[part].records++
		}
	}
}

// prior is how unlikely it is that any two records are the same one.
func (f *Finder) prior() float64 {
	if f.rare != nil {
		return f.odds
	}
	return math.Log2(math.Max(float64(f.n), 2))
}

// rarity is the evidence of two records sharing a value that count records have. Few
// records tell little about how common a name is, so they count as some of many.
func (f *Finder) rarity(count uint32) float64 {
	if int(count) < len(f.rare) {
		return f.rare[count]
	}
	return math.Log2(math.Max(float64(f.n), leastCrowd) / math.Max(float64(count)-1, 1))
}

// rarities keeps the evidence of all but the commonest values ready. It is called when all
// records came.
func (f *Finder) rarities() {
	rare := make([]float64, 4096)
	for i := range rare {
		rare[i] = f.rarity(uint32(i)) //nolint:gosec // small
	}
	f.odds, f.rare = f.prior(), rare
}

const leastCrowd = 1000
