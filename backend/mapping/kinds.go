package mapping

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"waybill/backend/model"
)

// Further rules.
const (
	Split  RuleKind = "split"   // one part of a field
	LookUp RuleKind = "look_up" // a value of another record of the source, or of an imported table
	People RuleKind = "people"  // through the people map
)

// Rules lists all rules in the order in which people choose from them.
func Rules() []RuleKind {
	return []RuleKind{Copy, Values, Fixed, Join, Split, Formula, LookUp, People, LeaveOut}
}

// Ways to part a text.
const (
	ByText     = "text"     // at every occurrence of a separator, as written
	ByPattern  = "pattern"  // at every match of a regular expression; its groups are the parts, if it has any
	ByPosition = "position" // from one character to another
)

// SplitRule takes a part out of a text.
type SplitRule struct {
	How string `json:"how"` // ByText, ByPattern or ByPosition
	// By is the separator or the regular expression (Go's RE2).
	By string `json:"by,omitempty"`
	// Part counts from 1; -1 is the last one, -2 the one before; 0: all parts, for a
	// target that takes several values.
	Part int `json:"part,omitempty"`
	// Rest: the part with everything behind it; with a negative Part everything before it too.
	Rest bool `json:"rest,omitempty"`
	// From and To are the first and the last character of ByPosition, from 1; To 0: up to the end.
	From int `json:"from,omitempty"`
	To   int `json:"to,omitempty"`
}

// LookupRule finds a value by a key: in an imported table, or in another object of the source.
type LookupRule struct {
	// Table is the name of an imported table; empty: Object is looked into.
	Table  string       `json:"table,omitempty"`
	Object model.Object `json:"object,omitempty"`
	// Key is the column or field that is compared with the source's value, without case and
	// outer blanks. Empty with an Object: the record that the link leads to.
	Key string `json:"key,omitempty"`
	// Value is the column or field whose value is taken.
	Value string `json:"value"`
}

// Check says what a target field's value must be like. A record whose value is not is held.
type Check struct {
	// Pattern is a regular expression (Go's RE2) that the whole value must match.
	Pattern string `json:"pattern,omitempty"`
	// OneOf lists the values that are allowed, compared without case.
	OneOf []string `json:"one_of,omitempty"`
	// Least and Most bound a number or a date (ISO 8601); empty: no bound.
	Least string `json:"least,omitempty"`
	Most  string `json:"most,omitempty"`
	// MinLength and MaxLength in characters; 0: no bound.
	MinLength int `json:"min_length,omitempty"`
	MaxLength int `json:"max_length,omitempty"`
	// Says what is wanted, in the words of the business; shown with every record that fails.
	Says string `json:"says,omitempty"`
}

// Keep writes a value's own word into another target field, where the list makes one of
// several: Pending is not lost although the target only knows open and closed (P-60).
type Keep struct {
	// Field of the target: tags, or a text.
	Field string `json:"field"`
	// Prefix stands before the word: "old status: ".
	Prefix string `json:"prefix,omitempty"`
}

// What the people map can say of a person, a group, a brand or a role of the source.
const (
	PersonMoves  = "moves"  // the record moves by itself, and links follow it
	PersonTarget = "target" // one that is in the target already stands for it
	PersonLeave  = "leave"  // what points to it is left empty
)

// PersonPair is one line of the people map.
type PersonPair struct {
	// Object of the source: agent, group ...
	Object model.Object `json:"object"`
	// From is the source's id; for owners that are only names or addresses, that text.
	From string `json:"from"`
	// Name and Email as the source has them. Links that name a person by these find the line too.
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	// Inactive: the person left, or cannot log in any more.
	Inactive bool `json:"inactive,omitempty"`
	// How is PersonMoves, PersonTarget or PersonLeave; empty: nobody said.
	How string `json:"how,omitempty"`
	// To is the id in the target of PersonTarget, and ToName what people call it.
	To     string `json:"to,omitempty"`
	ToName string `json:"to_name,omitempty"`
	// Stands: To is a placeholder or a legacy agent, not the person itself.
	Stands bool `json:"stands,omitempty"`
	// Count of records that point to it when the list was made.
	Count int64 `json:"count,omitempty"`
	// Confidence in percent and reason of a proposal.
	Confidence int    `json:"confidence,omitempty"`
	Reason     string `json:"reason,omitempty"`
	// Decided by a person, or by a match that leaves no doubt.
	Decided bool `json:"decided,omitempty"`
}

// IsBranch says that only some records of the source object go this way.
func (m ObjectMap) IsBranch() bool { return m.When != "" }

// Branch names a map among those of its source object: empty for the one that takes all
// that no condition matched, else the target.
func (m ObjectMap) Branch() model.Object {
	if m.IsBranch() {
		return m.Target
	}
	return ""
}

// Branches lists the maps of a source object as a record meets them: those with a
// condition in their order, then the one without.
func (v Version) Branches(o model.Object) []ObjectMap {
	var out []ObjectMap
	var rest []ObjectMap
	for _, m := range v.Objects {
		switch {
		case m.Source != o:
		case m.IsBranch():
			out = append(out, m)
		default:
			rest = append(rest, m)
		}
	}
	return append(out, rest...)
}

// BranchMap finds one map of a source object; branch as ObjectMap.Branch gives it.
func (v Version) BranchMap(o, branch model.Object) (ObjectMap, bool) {
	for _, m := range v.Objects {
		if m.Source == o && m.Branch() == branch {
			return m, true
		}
	}
	return ObjectMap{}, false
}

// Person finds the line of the people map for a reference: by id, or by the name or the
// address that the source wrote instead. Without case and outer blanks.
func (v Version) Person(r model.Ref) (PersonPair, bool) {
	return NewPeople(v.People).Find(r)
}

// PeopleMap finds lines quickly.
type PeopleMap struct {
	by map[[2]string]PersonPair // object, and id, name or address
}

// NewPeople makes a people map that is asked often. Of two people with the same name none
// is found by it.
func NewPeople(pairs []PersonPair) *PeopleMap {
	m := &PeopleMap{by: map[[2]string]PersonPair{}}
	twice := map[[2]string]bool{}
	for _, kind := range []func(PersonPair) string{
		func(p PersonPair) string { return p.From },
		func(p PersonPair) string { return p.Email },
		func(p PersonPair) string { return p.Name },
	} {
		fresh := map[[2]string]PersonPair{}
		for _, p := range pairs {
			k := [2]string{string(p.Object), foldCell(kind(p))}
			if k[1] == "" {
				continue
			}
			if old, dup := fresh[k]; dup && old.From != p.From {
				twice[k] = true
			}
			fresh[k] = p
		}
		for k, p := range fresh {
			if _, have := m.by[k]; !have && !twice[k] {
				m.by[k] = p
			}
		}
	}
	return m
}

// Find gives the line of a reference.
func (m *PeopleMap) Find(r model.Ref) (PersonPair, bool) {
	p, ok := m.by[[2]string{string(r.Object), foldCell(r.Value)}]
	return p, ok
}

func foldCell(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

var patterns sync.Map // text -> *regexp.Regexp; a mapping has few

// Compiled is a regular expression of a mapping; it is compiled once. A pattern of more than
// 1,000 characters is refused.
func Compiled(pattern string) (*regexp.Regexp, error) {
	if re, ok := patterns.Load(pattern); ok {
		return re.(*regexp.Regexp), nil
	}
	if len(pattern) > 1000 {
		return nil, errLongPattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	patterns.Store(pattern, re)
	return re, nil
}

// Of takes the parts out of a text. Parts keep their place: an empty one between two
// separators counts. nil when the text has no such part.
func (s SplitRule) Of(text string) []string {
	if s.How == ByPosition {
		part := cut(text, s.From, s.To)
		if part == "" {
			return nil
		}
		return []string{part}
	}
	parts, starts, ends := s.parts(text)
	if s.Part == 0 {
		return nonEmpty(parts)
	}
	i := s.Part - 1
	if s.Part < 0 {
		i = len(parts) + s.Part
	}
	if i < 0 || i >= len(parts) {
		return nil
	}
	out := parts[i]
	if s.Rest {
		from, to := starts[i], ends[len(ends)-1]
		if s.Part < 0 {
			from, to = starts[0], ends[i]
		}
		if from < to { // groups of a pattern may stand inside each other
			out = text[from:to]
		}
	}
	if out = strings.TrimSpace(out); out == "" {
		return nil
	}
	return []string{out}
}

// mostParts bounds how many parts a text may have; what comes behind belongs to the last one.
const mostParts = 10_000

// parts cuts a text, and says where each part stood.
func (s SplitRule) parts(text string) (parts []string, starts, ends []int) {
	put := func(from, to int) {
		parts, starts, ends = append(parts, strings.TrimSpace(text[from:to])), append(starts, from), append(ends, to)
	}
	if s.How == ByPattern {
		re, err := Compiled(s.By)
		if err != nil {
			return nil, nil, nil
		}
		if re.NumSubexp() > 0 {
			m := re.FindStringSubmatchIndex(text)
			for i := 2; i+1 < len(m); i += 2 {
				if m[i] < 0 { // a group that took no part in the match keeps its number
					put(0, 0)
					continue
				}
				put(m[i], m[i+1])
			}
			return parts, starts, ends
		}
		at := 0
		for _, m := range re.FindAllStringIndex(text, mostParts) {
			if m[1] == m[0] {
				continue
			}
			put(at, m[0])
			at = m[1]
		}
		put(at, len(text))
		return parts, starts, ends
	}
	if s.By == "" {
		put(0, len(text))
		return parts, starts, ends
	}
	at := 0
	for len(parts) < mostParts {
		i := strings.Index(text[at:], s.By)
		if i < 0 {
			break
		}
		put(at, at+i)
		at += i + len(s.By)
	}
	put(at, len(text))
	return parts, starts, ends
}

// cut takes characters from one place to another, from 1; to 0: up to the end.
func cut(text string, from, to int) string {
	n, start, end := 0, len(text), len(text)
	for i := 0; i < len(text); {
		n++
		_, size := utf8.DecodeRuneInString(text[i:])
		if n == max(from, 1) {
			start = i
		}
		if n == to {
			end = i + size
			break
		}
		i += size
	}
	if start >= end {
		return ""
	}
	return strings.TrimSpace(text[start:end])
}

// Tables lists the names of the imported tables that a version looks into.
func (v Version) Tables() []string {
	var out []string
	v.lookups(func(l LookupRule) {
		if l.Table != "" && !slices.Contains(out, l.Table) {
			out = append(out, l.Table)
		}
	})
	return out
}

// Lookups lists the different look-ups of a version, in the order of its fields.
func (v Version) Lookups() []LookupRule {
	var out []LookupRule
	v.lookups(func(l LookupRule) {
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	})
	return out
}

func (v Version) lookups(each func(LookupRule)) {
	for _, m := range v.Objects {
		for _, f := range m.Fields {
			if f.Rule == LookUp && f.Lookup != nil {
				each(*f.Lookup)
			}
		}
	}
}

var errLongPattern = errors.New("the pattern is longer than 1,000 characters")

// PersonFields are the fields of an object's records that say who somebody is.
type PersonFields struct {
	Name, Email, Role string
	// Active and Inactive are fields of yes and no; one of them at most is set.
	Active, Inactive string
}

// PersonFieldsOf finds them by what they mean.
func PersonFieldsOf(o model.ObjectSchema) PersonFields {
	out := PersonFields{Name: o.Name}
	first := func(at *string, name string) {
		if *at == "" {
			*at = name
		}
	}
	for _, f := range o.Fields {
		switch c := concept(f); {
		case f.Type == model.Email || c == "email":
			first(&out.Email, f.Name)
		case c == "name":
			first(&out.Name, f.Name)
		case c == "role":
			first(&out.Role, f.Name)
		case c == "active" && f.Type != model.LinkType:
			first(&out.Active, f.Name)
		case c == "inactive" && f.Type != model.LinkType:
			first(&out.Inactive, f.Name)
		}
	}
	if out.Role == "" { // roles that a desk tells in another way
		for _, name := range []string{"role_ids", "ticket_scope", "type"} {
			for _, f := range o.Fields {
				if f.Name == name {
					first(&out.Role, name)
				}
			}
		}
	}
	return out
}

// RoleRank says how much a role may do, as far as its name tells: 3 an administrator, 2 an
// agent, 1 somebody who mostly reads, 0 when it cannot be told.
func RoleRank(role string) int {
	best := 0
	for _, word := range append([]string{plain(role)}, strings.Fields(plain(role))...) {
		rank := map[string]int{"admin": 3, "agent": 2, "light": 1}[roleWords.sure[word]]
		if rank == 0 {
			rank = map[string]int{"agent": 2, "light": 1}[roleWords.likely[word]]
		}
		best = max(best, rank)
	}
	return best
}
