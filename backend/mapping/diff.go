package mapping

import (
	"encoding/json"
	"slices"
	"strings"

	"waybill/backend/model"
)

// Part names what a change is about.
type Part string

// The parts of a mapping that change one by one.
const (
	PartObject    Part = "object" // what records become
	PartRule      Part = "rule"
	PartIfEmpty   Part = "if_empty"
	PartIfUnknown Part = "if_unknown"
	PartValue     Part = "value" // one line of a value list
	PartMeaning   Part = "meaning"
	PartOwner     Part = "owner"
	PartState     Part = "state"
	PartNote      Part = "note"
)

// Change is one difference between two versions.
type Change struct {
	Object model.Object `json:"object"`
	// Field is the target field; empty when the change is about the object.
	Field string `json:"field,omitempty"`
	Part  Part   `json:"part"`
	// Value is the source value, for a line of a value list.
	Value string `json:"value,omitempty"`
	// Old and New in words; empty when there was, or is, nothing.
	Old string `json:"old"`
	New string `json:"new"`

	// what is set by taking the change; absent removes.
	raw    string
	absent bool
	count  int64
}

// String says the change in words.
func (c Change) String() string {
	var b strings.Builder
	b.WriteString(string(c.Object))
	if c.Field != "" {
		b.WriteString(" › " + c.Field)
	}
	switch c.Part {
	case PartRule:
		b.WriteString(": rule")
	case PartIfEmpty:
		b.WriteString(": if empty")
	case PartIfUnknown:
		b.WriteString(": if it does not fit")
	case PartValue:
		b.WriteString(": value “" + c.Value + "”")
	case PartObject:
		b.WriteString(": becomes")
	default:
		b.WriteString(": " + string(c.Part))
	}
	switch {
	case c.Old == "":
		return b.String() + " is now " + quoteIfPlain(c, c.New) + " (was not stated)."
	case c.New == "":
		return b.String() + " was " + quoteIfPlain(c, c.Old) + ", and is removed."
	}
	return b.String() + " was " + quoteIfPlain(c, c.Old) + ", is now " + quoteIfPlain(c, c.New) + "."
}

func quoteIfPlain(c Change, s string) string {
	if c.Part == PartRule || c.Part == PartIfEmpty || c.Part == PartIfUnknown || c.Part == PartValue {
		return strings.TrimSuffix(s, ".")
	}
	return "“" + s + "”"
}

// Conflict is a part that both sides changed, each in another way.
type Conflict struct {
	// Change is theirs: from the base to what they want.
	Change
	// Mine is what our side has made of it, in words.
	Mine string `json:"mine"`
}

// partKey names one part of a version.
type partKey struct {
	object model.Object
	field  string
	part   Part
	value  string
}

type ruleParts struct {
	Rule      RuleKind `json:"rule"`
	Sources   []string `json:"sources,omitempty"`
	Separator string   `json:"separator,omitempty"`
	Fixed     string   `json:"fixed,omitempty"`
	Formula   string   `json:"formula,omitempty"`
}

type otherwiseParts struct {
	What  model.Otherwise `json:"what"`
	Value string          `json:"value,omitempty"`
}

type valueParts struct {
	To      string `json:"to"`
	Decided bool   `json:"decided"`
}

type objectParts struct {
	Target model.Object `json:"target"`
	Why    string       `json:"why,omitempty"`
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // texts and truths can always be written
		panic(err)
	}
	return string(b)
}

// flat is a version cut into its parts, in the order of the version.
type flat struct {
	keys   []partKey
	parts  map[partKey]string
	counts map[partKey]int64
}

func flatten(v Version) flat {
	f := flat{parts: map[partKey]string{}, counts: map[partKey]int64{}}
	put := func(k partKey, s string) {
		if _, dup := f.parts[k]; !dup {
			f.keys = append(f.keys, k)
			f.parts[k] = s
		}
	}
	for _, m := range v.Objects {
		put(partKey{m.Source, "", PartObject, ""}, encode(objectParts{m.Target, m.Why}))
		for _, x := range m.Fields {
			k := func(p Part) partKey { return partKey{m.Source, x.Target, p, ""} }
			sources := x.Sources
			if len(sources) == 0 {
				sources = nil
			}
			put(k(PartRule), encode(ruleParts{x.Rule, sources, x.Separator, x.Fixed, x.Formula}))
			for _, o := range []struct {
				p Part
				w otherwiseParts
			}{{PartIfEmpty, otherwiseParts{x.IfEmpty, x.EmptyValue}}, {PartIfUnknown, otherwiseParts{x.IfUnknown, x.UnknownValue}}} {
				if o.w != (otherwiseParts{}) {
					put(k(o.p), encode(o.w))
				}
			}
			for _, o := range []struct {
				p Part
				s string
			}{{PartMeaning, x.Meaning}, {PartOwner, x.Owner}, {PartState, x.State}, {PartNote, x.Note}} {
				if o.s != "" {
					put(k(o.p), o.s)
				}
			}
			for _, p := range x.Values {
				kv := partKey{m.Source, x.Target, PartValue, p.From}
				put(kv, encode(valueParts{p.To, p.Decided}))
				f.counts[kv] = p.Count
			}
		}
	}
	return f
}

// words says a part for people.
func (k partKey) words(s string) string {
	if s == "" {
		return ""
	}
	switch k.part {
	case PartRule:
		var r ruleParts
		_ = json.Unmarshal([]byte(s), &r) // our own text
		return explainRule(FieldMap{Rule: r.Rule, Sources: r.Sources, Separator: r.Separator, Fixed: r.Fixed, Formula: r.Formula})
	case PartIfEmpty, PartIfUnknown:
		var o otherwiseParts
		_ = json.Unmarshal([]byte(s), &o) // our own text
		switch o.What {
		case model.OtherwiseUse:
			return "use “" + o.Value + "”"
		case model.OtherwiseLeave:
			return "leave empty"
		case model.OtherwiseHold:
			return "hold the record"
		}
		return string(o.What)
	case PartValue:
		var v valueParts
		_ = json.Unmarshal([]byte(s), &v) // our own text
		switch {
		case !v.Decided && v.To == "":
			return "not decided"
		case !v.Decided:
			return "perhaps “" + v.To + "”, not decided"
		case v.To == "":
			return "left empty"
		}
		return "“" + v.To + "”"
	case PartObject:
		var o objectParts
		_ = json.Unmarshal([]byte(s), &o) // our own text
		if o.Target == "" {
			return "not moved"
		}
		return string(o.Target)
	}
	return s
}

func (k partKey) change(from, to flat) Change {
	old, now := from.parts[k], to.parts[k]
	_, present := to.parts[k]
	return Change{
		Object: k.object, Field: k.field, Part: k.part, Value: k.value,
		Old: k.words(old), New: k.words(now), raw: now, absent: !present, count: to.counts[k],
	}
}

// changed lists the parts that differ, in the order of the newer version; what is gone comes last.
func changed(a, b flat) []partKey {
	var out []partKey
	for _, k := range b.keys {
		if old, ok := a.parts[k]; !ok || old != b.parts[k] {
			out = append(out, k)
		}
	}
	for _, k := range a.keys {
		if _, ok := b.parts[k]; !ok {
			out = append(out, k)
		}
	}
	return out
}

// Diff lists what changed from a to b. Counts, confidences and reasons of
// suggestions are not decisions, and not compared.
func Diff(a, b Version) []Change {
	fa, fb := flatten(a), flatten(b)
	var out []Change
	for _, k := range changed(fa, fb) {
		out = append(out, k.change(fa, fb))
	}
	return out
}

// Merge brings what they changed since base into mine. What both changed, each in
// another way, is a conflict: mine is kept until somebody takes theirs.
func Merge(base, mine, theirs Version) (Version, []Change, []Conflict) {
	fb, fm, ft := flatten(base), flatten(mine), flatten(theirs)
	out := mine.clone()
	var changes []Change
	var conflicts []Conflict
	for _, k := range changed(fb, ft) {
		was, wasThere := fb.parts[k]
		my, myThere := fm.parts[k]
		their, theirThere := ft.parts[k]
		c := k.change(fb, ft)
		switch {
		case my == their && myThere == theirThere: // both did the same
		case my == was && myThere == wasThere:
			c.apply(&out)
			changes = append(changes, c)
		default:
			conflicts = append(conflicts, Conflict{Change: c, Mine: k.words(my)})
		}
	}
	return out, changes, conflicts
}

// Take settles a conflict: theirs instead of mine.
func (c Conflict) Take(v Version) Version {
	out := v.clone()
	c.apply(&out)
	return out
}

func (v Version) clone() Version {
	out := Version{Number: v.Number, Objects: slices.Clone(v.Objects)}
	for i := range out.Objects {
		fs := slices.Clone(out.Objects[i].Fields)
		for j := range fs {
			fs[j].Sources = slices.Clone(fs[j].Sources)
			fs[j].Values = slices.Clone(fs[j].Values)
		}
		out.Objects[i].Fields = fs
	}
	return out
}

func (c Change) apply(v *Version) {
	oi := slices.IndexFunc(v.Objects, func(m ObjectMap) bool { return m.Source == c.Object })
	if oi < 0 {
		if c.absent {
			return
		}
		v.Objects = append(v.Objects, ObjectMap{Source: c.Object, Fields: []FieldMap{}})
		oi = len(v.Objects) - 1
	}
	m := &v.Objects[oi]
	if c.Part == PartObject {
		if c.absent {
			v.Objects = slices.Delete(v.Objects, oi, oi+1)
			return
		}
		var o objectParts
		_ = json.Unmarshal([]byte(c.raw), &o) // our own text
		m.Target, m.Why = o.Target, o.Why
		return
	}
	fi := slices.IndexFunc(m.Fields, func(f FieldMap) bool { return f.Target == c.Field })
	if fi < 0 {
		if c.absent {
			return
		}
		m.Fields = append(m.Fields, FieldMap{Target: c.Field})
		fi = len(m.Fields) - 1
	}
	if c.Part == PartRule && c.absent {
		m.Fields = slices.Delete(m.Fields, fi, fi+1)
		return
	}
	c.set(&m.Fields[fi])
}

func (c Change) set(f *FieldMap) {
	switch c.Part {
	case PartRule:
		var r ruleParts
		_ = json.Unmarshal([]byte(c.raw), &r) // our own text
		f.Rule, f.Sources, f.Separator, f.Fixed, f.Formula = r.Rule, r.Sources, r.Separator, r.Fixed, r.Formula
	case PartIfEmpty, PartIfUnknown:
		var o otherwiseParts
		if !c.absent {
			_ = json.Unmarshal([]byte(c.raw), &o) // our own text
		}
		if c.Part == PartIfEmpty {
			f.IfEmpty, f.EmptyValue = o.What, o.Value
		} else {
			f.IfUnknown, f.UnknownValue = o.What, o.Value
		}
	case PartMeaning:
		f.Meaning = c.raw
	case PartOwner:
		f.Owner = c.raw
	case PartState:
		f.State = c.raw
	case PartNote:
		f.Note = c.raw
	case PartValue:
		i := slices.IndexFunc(f.Values, func(p ValuePair) bool { return p.From == c.Value })
		if c.absent {
			if i >= 0 {
				f.Values = slices.Delete(f.Values, i, i+1)
			}
			return
		}
		var v valueParts
		_ = json.Unmarshal([]byte(c.raw), &v) // our own text
		if i < 0 {
			f.Values = append(f.Values, ValuePair{From: c.Value, Count: c.count})
			i = len(f.Values) - 1
		}
		f.Values[i].To, f.Values[i].Decided = v.To, v.Decided
	}
}
