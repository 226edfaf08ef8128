package profile

import (
	"bytes"
	"regexp"
	"sort"
	"strings"
	"time"

	"github.com/xrash/smetrics"

	"waybill/backend/mapping"
)

// Codes of facts, with which the records behind a figure of a field are opened as those
// behind a finding are: the fact's name follows.
const (
	FactKind    = "kind."
	FactMark    = "mark."
	FactOrder   = "order."
	FactPattern = "pattern."
	FactTag     = "tag."
	FactDates   = "dates."
	FactNumber  = "number."
	FactPhone   = "phone."
	FactMoney   = "money."
)

// A bare word, with a number at most, or the word set apart: "Test 3", "[test] hello",
// "TEST - please ignore". "Test results wrong" is a customer's subject.
var testSubject = regexp.MustCompile(`(?i)^\s*(\[test\].*|(test|testing|testticket|test ticket|asdf+|dummy)[\s\d.!#]*([-:–].*)?|testing the .*delete me.*)$`)

// testName says whether a subject says that somebody tried something out.
func testName(v []byte) bool {
	word := bytes.TrimLeft(v, " \t\n\v\f\r")
	if len(word) < 4 {
		return false
	}
	switch string([]byte{word[0] | 0x20, word[1] | 0x20}) {
	case "te", "as", "du":
		return testSubject.Match(v)
	}
	return word[0] == '[' && testSubject.Match(v)
}

// Suspects gives the test by which the records of a finding or a fact are found again: their
// values are to be given in staging order. It is nil when a finding's own filter says it
// all. at is when the profile was measured.
func Suspects(code string, f Field, at string) func(value string) bool {
	now := time.Now().Unix()
	if t, err := time.Parse(time.RFC3339, at); err == nil { // an old profile has no moment
		now = t.Unix()
	}
	fits := func(want func(facts) bool) func(string) bool {
		return func(v string) bool {
			return strings.Trim(v, Blanks) != "" && want(look([]byte(v), now))
		}
	}
	marked := func(m marks) func(string) bool { return fits(func(x facts) bool { return x.marks&m != 0 }) }
	for _, t := range textTroubles {
		if t.code == code {
			return marked(t.mark)
		}
	}
	kind, name, _ := strings.Cut(code, ".")
	switch kind + "." {
	case FactKind:
		return fits(func(x facts) bool { return x.kind.String() == name })
	case FactMark:
		for _, m := range markNames {
			if m.name == name {
				return marked(m.mark)
			}
		}
	case FactOrder:
		return fits(func(x facts) bool { return x.order != orderNone && orderNames[x.order] == name })
	case FactPattern:
		return fits2(func(v []byte, x facts) bool {
			return x.size <= longestShape && x.kind != KindHTML && x.marks&markLines == 0 && shapeOf(v) == name
		}, now)
	case FactTag:
		return func(v string) bool { return hasTag(v, f, name) }
	case FactPhone:
		return fits2(func(v []byte, x facts) bool { return x.kind == KindPhone && phoneCountry(v) == name }, now)
	case FactMoney:
		return fits2(func(v []byte, x facts) bool { return x.kind == KindMoney && currencyOf(v) == name }, now)
	case FactNumber:
		return fits(func(x facts) bool {
			is := x.kind == KindInteger || x.kind == KindDecimal || x.kind == KindMoney
			return is && (name == "all" || name == "negative" && x.number < 0 || name == "zero" && x.number == 0)
		})
	}
	switch code {
	case "dates.two_orders":
		return fits(func(x facts) bool { return x.order == orderDay || x.order == orderMonth || x.order == orderEither })
	case "dates.ambiguous":
		return fits(func(x facts) bool { return x.order == orderEither })
	case "dates.impossible":
		return fits(func(x facts) bool { return x.order == orderImpossible })
	case "dates.out_of_range":
		return marked(markOddYear)
	case "dates.future":
		return marked(markFuture)
	case "dates.before_1970":
		return marked(markBefore1970)
	case "dates.zoned":
		return fits(func(x facts) bool { return x.order != orderNone && x.zoned })
	case "dates.clock":
		return fits(func(x facts) bool { return x.order != orderNone && x.clock })
	case "dates.all":
		return fits(func(x facts) bool { return x.order != orderNone })
	case "text.normal_forms":
		return marked(markDecomposed)
	case "email.malformed":
		return fits(func(x facts) bool { return x.kind != KindEmail })
	case "values.placeholder":
		return marked(markPlaceholder)
	case "records.test":
		return func(v string) bool { return testName([]byte(v)) }
	case "values.near_twins":
		set := map[string]bool{}
		for _, t := range nearTwins(f) {
			set[t.value] = true
		}
		return func(v string) bool { return set[v] }
	case "people.same_address":
		seen := map[string]bool{}
		return func(v string) bool {
			v = strings.ToLower(strings.Trim(v, Blanks))
			again := v != "" && seen[v]
			seen[v] = true
			return again
		}
	}
	return nil
}

func fits2(want func([]byte, facts) bool, now int64) func(string) bool {
	return func(v string) bool {
		return strings.Trim(v, Blanks) != "" && want([]byte(v), look([]byte(v), now))
	}
}

func hasTag(v string, f Field, name string) bool {
	for _, w := range splitTags(v, f.Separator) {
		if w == name {
			return true
		}
	}
	return false
}

// Counted gives the figure behind a code that opens records of a field: what Suspects will
// find. ok is false for codes that the profile does not know.
func Counted(o Object, code, field string) (n int64, ok bool) {
	for _, x := range o.Findings {
		if x.Code == code && x.Field == field {
			return x.Count, true
		}
	}
	for _, f := range o.Fields {
		if f.Name != field {
			continue
		}
		for fact, list := range map[string][]Share{FactKind: f.Kinds, FactMark: f.Marks, FactPattern: f.Patterns, FactTag: f.Tags, FactPhone: f.Phones, FactMoney: f.Currencies} {
			for _, s := range list {
				if fact+s.Name == code {
					return s.Count, true
				}
			}
		}
		if d := f.Dates; d != nil {
			for _, s := range d.Orders {
				if FactOrder+s.Name == code {
					return s.Count, true
				}
			}
			n, ok = map[string]int64{"all": d.Count, "ambiguous": d.Ambiguous, "impossible": d.Impossible, "out_of_range": d.OutOfRange, "future": d.Future, "before_1970": d.Before1970, "zoned": d.Zoned, "clock": d.Clock}[strings.TrimPrefix(code, FactDates)]
			if ok && strings.HasPrefix(code, FactDates) {
				return n, true
			}
		}
		if x := f.Numbers; x != nil && strings.HasPrefix(code, FactNumber) {
			n, ok = map[string]int64{"all": x.Count, "negative": x.Negative, "zero": x.Zero}[strings.TrimPrefix(code, FactNumber)]
			return n, ok
		}
	}
	return 0, false
}

type twin struct {
	value, like string
	count       int64
}

// nearTwins finds values of a list that look like a commoner one: other case, blanks
// around it, or a letter lost.
func nearTwins(f Field) []twin {
	if f.Distinct < 2 || f.Distinct > 200 || int64(len(f.Top)) != f.Distinct || f.Longest > 60 || f.Filled < f.Distinct*3 || f.TagsUsed > 0 {
		return nil
	}
	return twins(f.Top)
}

// tagTwins does the same for the single words of a field of tags.
func tagTwins(f Field) []twin {
	list := make([]mapping.ValueCount, len(f.Tags))
	for i, t := range f.Tags {
		list[i] = mapping.ValueCount{Value: t.Name, Count: t.Count}
	}
	return twins(list)
}

// twins compares values that are sorted by how common they are.
func twins(list []mapping.ValueCount) []twin {
	out := []twin{}
	folded := make([]string, len(list))
	for i, v := range list {
		folded[i] = strings.ToLower(strings.Trim(v.Value, Blanks))
	}
	for i, v := range list {
		a := folded[i]
		for j, w := range list[:i] {
			b := folded[j]
			alike := a == b
			if !alike && len(a) > 4 && len(b) > 4 && letters(a) && letters(b) && v.Count*3 <= w.Count {
				alike = smetrics.JaroWinkler(a, b, 0.7, 4) > 0.94 && smetrics.WagnerFischer(a, b, 1, 1, 1) <= 2
			}
			if alike {
				out = append(out, twin{v.Value, w.Value, v.Count})
				break
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].count > out[j].count })
	return out
}

// letters says that a word has no digits: "Level 1" and "Level 2" are no twins.
func letters(s string) bool { return !strings.ContainsAny(s, "0123456789") }
