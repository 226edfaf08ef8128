package mapping

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// Canonical gives a version in one fixed order, without its number: two
// mappings that do the same are then equal.
func (v Version) Canonical() Version {
	out := Version{Objects: slices.Clone(v.Objects)}
	if out.Objects == nil {
		out.Objects = []ObjectMap{}
	}
	slices.SortStableFunc(out.Objects, func(a, b ObjectMap) int {
		rest := func(m ObjectMap) int { // those with a condition keep their order, the rest comes last
			if m.IsBranch() {
				return 0
			}
			return 1
		}
		if c := cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(rest(a), rest(b))); c != 0 || a.IsBranch() {
			return c
		}
		return cmp.Compare(a.Target, b.Target)
	})
	out.People = slices.Clone(v.People)
	slices.SortStableFunc(out.People, func(a, b PersonPair) int {
		return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.From, b.From))
	})
	for i := range out.Objects {
		m := &out.Objects[i]
		m.Fields = slices.Clone(m.Fields)
		if m.Fields == nil {
			m.Fields = []FieldMap{}
		}
		slices.SortStableFunc(m.Fields, func(a, b FieldMap) int { return cmp.Compare(a.Target, b.Target) })
		for j := range m.Fields {
			f := &m.Fields[j]
			f.Values = slices.Clone(f.Values)
			slices.SortStableFunc(f.Values, func(a, b ValuePair) int { return cmp.Compare(a.From, b.From) })
		}
	}
	return out
}

// Hash is the SHA-256 of the version's canonical JSON, without its number.
func (v Version) Hash() string {
	b, err := json.Marshal(v.Canonical())
	if err != nil { // texts and numbers can always be written
		panic(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
