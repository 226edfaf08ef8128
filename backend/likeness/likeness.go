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
	room   []uint32 // of one Add
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
			f.facets = append(f.facets, newFacet(fd))
		}
		f.facet[i] = at
	}
	return f
}

// Add takes a record in; values are those of the fields, in their order. Records are
// numbered from 0 in the order in which they come.
func (f *Finder) Add(values []string) {
	for at, fc := range f.facets {
		ids := f.room[:0]
		for i, v := range values {
			if f.facet[i] == at && v != "" {
				ids = fc.take(ids, v, f.opts)
			}
		}
		fc.add(ids)
		f.room = ids
	}
	f.n++
}

// Len is how many records came.
func (f *Finder) Len() int { return f.n }

// facet holds what all records have of one kind, each value once.
type facet struct {
	field Field
	words []string // by id, from 1
	index map[string]uint32
	count []uint32 // how many records have it
	// letters tells cheaply that two values cannot be nearly the same.
	letters []uint64
	// sound groups names that are spoken alike; tail is the first part of an e-mail address
	// or of a domain, as an id of parts.
	sound, part []uint32
	parts       *facet
	at          []uint32 // where the values of each record begin in ids
	ids         []uint32
}

func newFacet(fd Field) *facet {
	fc := &facet{field: fd, words: []string{""}, index: map[string]uint32{}, count: []uint32{0}, letters: []uint64{0}, at: []uint32{0}}
	switch fd.Kind {
	case Email:
		fc.part, fc.parts = []uint32{0}, &facet{words: []string{""}, index: map[string]uint32{}, count: []uint32{0}, letters: []uint64{0}}
	case Name:
		fc.sound = []uint32{0}
	}
	return fc
}

// take adds the ids of a value to those of a record.
func (fc *facet) take(ids []uint32, value string, opts Options) []uint32 {
	put := func(s string) {
		id := fc.id(s)
		for _, have := range ids {
			if have == id {
				return
			}
		}
		if len(ids) < mostValues {
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
	fc.words, fc.count, fc.letters = append(fc.words, s), append(fc.count, 0), append(fc.letters, lettersOf(s))
	if fc.parts != nil {
		local, _, _ := strings.Cut(s, "@")
		fc.part = append(fc.part, fc.parts.id(local))
	}
	if fc.field.Kind == Name && fc.sound != nil {
		fc.sound = append(fc.sound, soundOf(s))
	}
	return id
}

func (fc *facet) add(ids []uint32) {
	for i, id := range ids {
		fc.count[id]++
		if fc.parts == nil {
			continue
		}
		again := false
		for _, other := range ids[:i] {
			again = again || fc.part[other] == fc.part[id]
		}
		if !again {
			fc.parts.count[fc.part[id]]++
		}
	}
	fc.ids = append(fc.ids, ids...)
	fc.at = append(fc.at, uint32(len(fc.ids))) //nolint:gosec // 12 values of each of 300 million records
}

// of gives the values of a record.
func (fc *facet) of(rec uint32) []uint32 { return fc.ids[fc.at[rec]:fc.at[rec+1]] }

// prior is how unlikely it is that any two records are the same one.
func (f *Finder) prior() float64 { return math.Log2(math.Max(float64(f.n), 2)) }

// rarity is the evidence of two records sharing a value that count records have. Few
// records tell little about how common a name is, so they count as some of many.
func (f *Finder) rarity(count uint32) float64 {
	return math.Log2(math.Max(float64(f.n), leastCrowd) / math.Max(float64(count)-1, 1))
}

const leastCrowd = 1000
