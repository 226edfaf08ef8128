package profile

import (
	"bytes"
	"math/bits"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"waybill/backend/model"
)

// Bounds of what is kept and looked at per field.
const (
	mostShapes    = 400
	shapesShown   = 12
	mostPhones    = 2_000 // numbers whose country is looked up; more are a sample
	mostTexts     = 2_000 // texts whose language is guessed
	mostTags      = 20_000
	longestShape  = 40
	longestSample = 80
)

// totals adds up the facts of a field's values.
type totals struct {
	kinds                       [kinds]int64
	marks                       [32]int64
	orders                      [orders]int64
	longest, shortest           int
	longestBytes, shortestBytes int
	zoned, clock                int64
	low, high                   float64
	numbers, negative, zero     int64
	places                      int
	first, last                 int64
	dated                       bool
	shapes                      values // patterns, with how many values have them
	shapeLess                   int64  // values whose shape was not counted
	examples                    [32]string
	orderExamples               [orders]string
	repairs                     []Repaired
	phones                      map[string]int64
	phonesSeen                  int64
	currencies                  map[string]int64
	languages                   map[string]int64
	textsSeen                   int64
	tags                        map[string]int64
	tagsLost                    bool
}

func (t *totals) add(v []byte, f *facts, n int64, separator string) {
	t.kinds[f.kind] += n
	t.longest = max(t.longest, f.runes)
	t.longestBytes = max(t.longestBytes, f.size)
	if t.shortest < 0 || f.runes < t.shortest {
		t.shortest = f.runes
	}
	if t.shortestBytes < 0 || f.size < t.shortestBytes {
		t.shortestBytes = f.size
	}
	for m := f.marks; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(uint32(m))
		t.marks[i] += n
		if t.examples[i] == "" {
			t.examples[i] = sample(v)
		}
	}
	if f.marks&markMojibake != 0 && len(t.repairs) < 5 && len(v) <= clipValue {
		if r, ok := Repair(string(v)); ok {
			t.repairs = append(t.repairs, Repaired{From: sample(v), To: sample([]byte(r))})
		}
	}
	switch f.kind {
	case KindMoney:
		if t.currencies == nil {
			t.currencies = map[string]int64{}
		}
		t.currencies[currencyOf(v)] += n
		t.number(f, n)
	case KindInteger, KindDecimal:
		t.number(f, n)
	case KindDate, KindMoment:
		t.orders[f.order] += n
		if t.orderExamples[f.order] == "" {
			t.orderExamples[f.order] = sample(v)
		}
		if f.clock {
			t.clock += n
		}
		if f.zoned {
			t.zoned += n
		}
	case KindPhone:
		t.phone(v, n)
	case KindText, KindHTML:
		if f.size >= 25 {
			t.language(v, n)
		}
	}
	t.shape(v, f, n)
	if t.tags != nil {
		t.tag(v, n, separator)
	}
}

func (t *totals) number(f *facts, n int64) {
	if t.numbers == 0 {
		t.low, t.high = f.number, f.number
	}
	t.numbers += n
	t.low, t.high, t.places = min(t.low, f.number), max(t.high, f.number), max(t.places, f.places)
	switch {
	case f.number < 0:
		t.negative += n
	case f.number == 0:
		t.zero += n
	}
}

func (t *totals) moment(at int64) {
	if !t.dated {
		t.dated, t.first, t.last = true, at, at
	}
	t.first, t.last = min(t.first, at), max(t.last, at)
}

func (t *totals) phone(v []byte, n int64) {
	t.phonesSeen += n
	if t.phones == nil {
		t.phones = map[string]int64{}
	}
	if len(t.phones) > 300 || t.phonesSeen > mostPhones {
		return
	}
	t.phones[phoneCountry(v)] += n
}

// phoneCountry names the country of a number by its prefix; "no prefix" when it has none.
func phoneCountry(v []byte) string {
	s := strings.Trim(string(v), Blanks)
	if rest, ok := strings.CutPrefix(s, "00"); ok {
		s = "+" + rest
	}
	if !strings.HasPrefix(s, "+") {
		return "no prefix"
	}
	p, err := phonenumbers.Parse(s, "")
	if err != nil {
		return "not a number"
	}
	if c := phonenumbers.GetRegionCodeForNumber(p); c != "" {
		return c
	}
	return "not a number"
}

func (t *totals) language(v []byte, n int64) {
	t.textsSeen += n
	if t.textsSeen > mostTexts {
		return
	}
	if l := Language(v); l != "" {
		if t.languages == nil {
			t.languages = map[string]int64{}
		}
		t.languages[l] += n
	}
}

func (t *totals) tag(v []byte, n int64, separator string) {
	for _, w := range splitTags(string(v), separator) {
		if _, ok := t.tags[w]; !ok && len(t.tags) >= mostTags {
			t.tagsLost = true
			continue
		}
		t.tags[w] += n
	}
}

// splitTags parts a cell of several values; separator is the field's own, empty for a list.
func splitTags(v, separator string) []string {
	if separator == "" {
		separator = ","
	}
	out := []string{}
	for w := range strings.SplitSeq(v, separator) {
		if w = strings.Trim(w, Blanks); w != "" && !slices.Contains(out, w) { // a tag that is there twice is one
			out = append(out, w)
		}
	}
	return out
}

// sample is the beginning of a value, to show.
func sample(v []byte) string {
	v = bytes.Trim(v, "\t\n\v\f\r ")
	if len(v) <= longestSample {
		return string(v)
	}
	r := []rune(string(v[:min(len(v), 4*longestSample)]))
	if len(r) <= longestSample {
		return string(r)
	}
	return string(r[:longestSample]) + "…"
}

func (t *totals) has(m marks) int64 { return t.marks[bits.TrailingZeros32(uint32(m))] }

func (t *totals) example(m marks) string { return t.examples[bits.TrailingZeros32(uint32(m))] }

// into writes the totals into a field's profile.
func (t *totals) into(f *Field, field model.Field) {
	f.Longest, f.Shortest = t.longest, max(t.shortest, 0)
	f.LongestBytes, f.ShortestBytes = t.longestBytes, max(t.shortestBytes, 0)
	of := map[string]int64{}
	for k, n := range t.kinds {
		of[kindNames[k]] = n
	}
	f.Kinds = shares(of, len(of))
	f.Marks = []Share{}
	for _, m := range markNames {
		if n := t.has(m.mark); n > 0 {
			f.Marks = append(f.Marks, Share{m.name, n})
		}
	}
	patterns := make(map[string]int64, t.shapes.n)
	t.shapes.each(func(name []byte, s *slot) { patterns[string(name)] = int64(s.times) })
	f.Patterns, f.PatternsExact = shares(patterns, shapesShown), t.shapeLess == 0 && t.shapes.n <= shapesShown
	if t.numbers > 0 {
		f.Numbers = &Numbers{Count: t.numbers, Low: t.low, High: t.high, Places: t.places, Negative: t.negative, Zero: t.zero}
	}
	if n := t.kinds[KindDate] + t.kinds[KindMoment]; n > 0 {
		d := &Dates{Count: n, Orders: []Share{}, Clock: t.clock, Zoned: t.zoned}
		for o := orderYear; o < orders; o++ {
			if t.orders[o] > 0 {
				d.Orders = append(d.Orders, Share{orderNames[o], t.orders[o]})
			}
		}
		d.Ambiguous, d.Impossible = t.orders[orderEither], t.orders[orderImpossible]
		d.Future, d.Before1970, d.OutOfRange = t.has(markFuture), t.has(markBefore1970), t.has(markOddYear)
		d.Decided = decided(t)
		f.Dates = d
	}
	if t.dated {
		f.Min, f.Max = time.Unix(t.first, 0).UTC().Format(shownMoment), time.Unix(t.last, 0).UTC().Format(shownMoment)
	}
	f.Phones, f.PhonesExact = shares(t.phones, 12), t.phonesSeen <= mostPhones
	f.Currencies = shares(t.currencies, len(currencies))
	f.Languages = shares(t.languages, 6)
	f.Repairs = t.repairs
	if f.Repairs == nil {
		f.Repairs = []Repaired{}
	}
	f.Tags, f.Separator = []Share{}, field.Separator
	if t.tags != nil {
		f.Tags = shares(t.tags, topShown)
		f.TagsUsed = int64(len(t.tags))
		for _, n := range t.tags {
			if n == 1 {
				f.TagsOnce++
			}
		}
	}
}

const shownMoment = "2006-01-02 15:04:05"

// decided says in which order the ambiguous dates of a field are surely written: the others
// show it, when they agree.
func decided(t *totals) string {
	switch {
	case t.orders[orderEither] == 0:
		return ""
	case t.orders[orderDay] > 0 && t.orders[orderMonth] == 0:
		return orderNames[orderDay]
	case t.orders[orderMonth] > 0 && t.orders[orderDay] == 0:
		return orderNames[orderMonth]
	}
	return ""
}

// markNames are the names of marks, in the order in which they are told.
var markNames = []struct {
	mark marks
	name string
}{
	{markReplacement, "lost_characters"},
	{markMojibake, "mojibake"},
	{markControl, "control"},
	{markBidi, "bidi"},
	{markLookalike, "lookalike"},
	{markDecomposed, "decomposed"},
	{markComposed, "composed"},
	{markPadded, "padded"},
	{markGaps, "repeated_blanks"},
	{markLines, "several_lines"},
	{markEntity, "html_entities"},
	{markPlaceholder, "placeholder"},
	{markBadAddress, "bad_address"},
	{markZero, "leading_zero"},
	{markGrouped, "grouped_thousands"},
	{markComma, "decimal_comma"},
	{markOddYear, "odd_year"},
	{markFuture, "future"},
	{markBefore1970, "before_1970"},
}

// same finds fields that hold the same as an earlier one in every record.
func same(fields []Field, meters map[string]*meter) {
	type key struct {
		print  uint64
		filled int64
	}
	first := map[key]string{}
	order := make([]int, len(fields))
	for i := range order {
		order[i] = i
	}
	// A field that the desk itself declares is the one that others repeat.
	sort.SliceStable(order, func(i, j int) bool {
		return !meters[fields[order[i]].Name].field.Custom && meters[fields[order[j]].Name].field.Custom
	})
	for _, i := range order {
		f := &fields[i]
		if f.Distinct < 2 {
			continue // that two fields hold one constant says nothing
		}
		k := key{meters[f.Name].print, f.Filled}
		if other, ok := first[k]; ok {
			f.SameAs = other
		} else {
			first[k] = f.Name
		}
	}
}
