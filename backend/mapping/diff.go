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
	PartCheck     Part = "check"  // what the value must be like
	PartPerson    Part = "person" // one line of the people map
)

// Change is one difference between two versions.
type Change struct {
	Object model.Object `json:"object"`
	// Branch is the target of a map with a condition; empty: the map that takes the rest.
	Branch model.Object `json:"branch,omitempty"`
	// Field is the target field; empty when the change is about the object.
	Field string `json:"field,omitempty"`
	Part  Part   `json:"part"`
	// Value is the source value, for a line of a value list or of the people map.
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
	if c.Branch != "" {
		b.WriteString(" (to " + string(c.Branch) + ")")
	}
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
	case PartPerson:
		b.WriteString(" “" + c.Value + "”: goes")
	case PartCheck:
		b.WriteString(": must be")
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
	if c.Part == PartRule || c.Part == PartIfEmpty || c.Part == PartIfUnknown || c.Part == PartValue || c.Part == PartPerson || c.Part == PartCheck {
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
	branch model.Object
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

	Split  *SplitRule  `json:"split,omitempty"`
	Lookup *LookupRule `json:"look_up,omitempty"`
	Keep   *Keep       `json:"keep,omitempty"`
}

type otherwiseParts struct {
	What  model.Otherwise `json:"what"`
	Value string          `json:"value,omitempty"`
}

type valueParts struct {
	To      string `json:"to"`
	Decided bool   `json:"decided"`
	Keep    bool   `json:"keep,omitempty"`
}

type objectParts struct {
	Target model.Object `json:"target"`
	Why    string       `json:"why,omitempty"`
	When   string       `json:"when,omitempty"`
	// Place among the maps with a condition, from 1: the first that is true counts.
	Place int `json:"place,omitempty"`
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
	places := map[model.Object]int{}
	for _, m := range v.Objects {
		place := 0
		if m.IsBranch() {
			places[m.Source]++
			place = places[m.Source]
		}
		put(partKey{m.Source, m.Branch(), "", PartObject, ""}, encode(objectParts{m.Target, m.Why, m.When, place}))
		for _, x := range m.Fields {
			k := func(p Part) partKey { return partKey{m.Source, m.Branch(), x.Target, p, ""} }
			sources := x.Sources
			if len(sources) == 0 {
				sources = nil
			}
			put(k(PartRule), encode(ruleParts{x.Rule, sources, x.Separator, x.Fixed, x.Formula, x.Split, x.Lookup, x.Keep}))
			if x.Check != nil {
				put(k(PartCheck), encode(x.Check))
			}
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
				kv := partKey{m.Source, m.Branch(), x.Target, PartValue, p.From}
				put(kv, encode(valueParts{p.To, p.Decided, p.Keep}))
				f.counts[kv] = p.Count
			}
		}
	}
	for _, p := range v.People {
		put(partKey{p.Object, "", "", PartPerson, p.From}, encode(p.decision()))
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
		return explainRule(FieldMap{Rule: r.Rule, Sources: r.Sources, Separator: r.Separator, Fixed: r.Fixed, Formula: r.Formula, Split: r.Split, Lookup: r.Lookup, Keep: r.Keep})
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
			return "left empty" + keptWord(v.Keep)
		}
		return "“" + v.To + "”" + keptWord(v.Keep)
	case PartCheck:
		var c Check
		_ = json.Unmarshal([]byte(s), &c) // our own text
		return c.String()
	case PartPerson:
		var p PersonPair
		_ = json.Unmarshal([]byte(s), &p) // our own text
		return p.words()
	case PartObject:
		var o objectParts
		_ = json.Unmarshal([]byte(s), &o) // our own text
		if o.Target == "" {
			return "not moved"
		}
		if o.When != "" {
			return string(o.Target) + " when " + o.When
		}
		return string(o.Target)
	}
	return s
}

func (k partKey) change(from, to flat) Change {
	old, now := from.parts[k], to.parts[k]
	_, present := to.parts[k]
	return Change{
		Object: k.object, Branch: k.branch, Field: k.field, Part: k.part, Value: k.value,
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
	out := Version{Number: v.Number, Objects: slices.Clone(v.Objects), People: slices.Clone(v.People)}
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
	if c.Part == PartPerson {
		c.applyPerson(v)
		return
	}
	oi := slices.IndexFunc(v.Objects, func(m ObjectMap) bool { return m.Source == c.Object && m.Branch() == c.Branch })
	if oi < 0 {
		if c.absent {
			return
		}
		m := ObjectMap{Source: c.Object, Fields: []FieldMap{}}
		if c.Branch != "" && c.Part != PartObject {
			return // the branch itself is gone, and takes its rules with it
		}
		v.Objects = append(v.Objects, m)
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
		m.Target, m.Why, m.When = o.Target, o.Why, o.When
		v.place(oi, o.Place)
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
		f.Split, f.Lookup, f.Keep = r.Split, r.Lookup, r.Keep
	case PartCheck:
		f.Check = nil
		if !c.absent {
			f.Check = &Check{}
			_ = json.Unmarshal([]byte(c.raw), f.Check) // our own text
		}
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
		f.Values[i].To, f.Values[i].Decided, f.Values[i].Keep = v.To, v.Decided, v.Keep
	}
}

// place moves a map to its place among those of its source object that have a condition.
func (v *Version) place(at, want int) {
	m := v.Objects[at]
	if want == 0 {
		return
	}
	rest := slices.Delete(slices.Clone(v.Objects), at, at+1)
	n, to := 0, len(rest)
	for i, x := range rest {
		if x.Source != m.Source || !x.IsBranch() {
			continue
		}
		if n++; n == want {
			to = i
			break
		}
	}
	v.Objects = slices.Insert(rest, to, m)
}

func (c Change) applyPerson(v *Version) {
	i := slices.IndexFunc(v.People, func(p PersonPair) bool { return p.Object == c.Object && p.From == c.Value })
	if c.absent {
		if i >= 0 {
			v.People = slices.Delete(v.People, i, i+1)
		}
		return
	}
	var p PersonPair
	_ = json.Unmarshal([]byte(c.raw), &p) // our own text
	if i < 0 {
		v.People = append(v.People, p)
		return
	}
	x := &v.People[i]
	x.How, x.To, x.ToName, x.Stands, x.Decided = p.How, p.To, p.ToName, p.Stands, p.Decided
}

// decision is what of a line counts as a change; counts and reasons do not.
func (p PersonPair) decision() PersonPair {
	p.Count, p.Confidence, p.Reason = 0, 0, ""
	return p
}

func (p PersonPair) words() string {
	var said string
	switch p.How {
	case PersonMoves:
		said = "along with its own record"
	case PersonLeave:
		said = "nowhere: what points there is left empty"
	case PersonTarget:
		said = "to “" + p.target() + "”"
		if p.Stands {
			said += ", who stands in"
		}
	default:
		return "nowhere yet: not decided"
	}
	if !p.Decided {
		return "perhaps " + said + ", not decided"
	}
	return said
}

func (p PersonPair) target() string {
	if p.ToName != "" {
		return p.ToName
	}
	return p.To
}

func keptWord(keep bool) string {
	if keep {
		return ", its own word is kept"
	}
	return ""
}
