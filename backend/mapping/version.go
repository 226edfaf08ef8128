// Package mapping is the mapping as data: for each target field where it comes
// from, how it changes, what happens when it is empty or unknown. It suggests a
// mapping, checks it, compares versions and merges what comes back from Excel.
package mapping

import "waybill/backend/model"

// RuleKind is how a target field gets its value.
type RuleKind string

// The rules that a business owner reads.
const (
	Copy     RuleKind = "copy"      // as it is, converted to the target's type
	Values   RuleKind = "values"    // through a value list
	Fixed    RuleKind = "fixed"     // always the same
	Join     RuleKind = "join"      // several fields with a separator
	Formula  RuleKind = "formula"   // as in Excel
	LeaveOut RuleKind = "leave_out" // the target field stays empty
)

// State of a field's rule in the review.
const (
	Open     = "open"     // nobody decided
	Proposed = "proposed" // suggested by Waybill
	Reviewed = "reviewed" // accepted by a person
)

// Version is one complete mapping. Versions are never changed, only followed by others.
type Version struct {
	Number  int         `json:"number"`
	Objects []ObjectMap `json:"objects"`
	// People says who stands for whom; rules of the kind People ask it.
	People []PersonPair `json:"people,omitempty"`
}

// ObjectMap says what becomes of one object of the source.
type ObjectMap struct {
	Source model.Object `json:"source"`
	// Target is empty when the object is not moved.
	Target model.Object `json:"target"`
	Fields []FieldMap   `json:"fields"`
	// Why an object is not moved.
	Why string `json:"why,omitempty"`
	// When is a formula that is true for the records that go this way. A source
	// object may have several such maps, each with another target; the first that is true
	// counts, and the map without a condition takes the rest.
	When string `json:"when,omitempty"`
}

// FieldMap is the rule of one target field.
type FieldMap struct {
	Target    string   `json:"target"`
	Rule      RuleKind `json:"rule"`
	Sources   []string `json:"sources,omitempty"`
	Separator string   `json:"separator,omitempty"`
	Fixed     string   `json:"fixed,omitempty"`
	Formula   string   `json:"formula,omitempty"`
	// Split and Lookup belong to the rules of their names.
	Split  *SplitRule  `json:"split,omitempty"`
	Lookup *LookupRule `json:"look_up,omitempty"`
	// Check is what the value must be like, whatever the rule; nil: anything that the target takes.
	Check *Check `json:"check,omitempty"`
	// Keep says where values of a value list that ask for it leave their own word.
	Keep *Keep `json:"keep,omitempty"`
	// Values of a value list, compared without case and outer blanks unless an exact entry exists.
	Values []ValuePair `json:"values,omitempty"`
	// IfEmpty: hold, use or leave. IfUnknown: for a value that the list lacks, that the
	// target's type cannot hold, or a link that leads nowhere.
	IfEmpty      model.Otherwise `json:"if_empty,omitempty"`
	EmptyValue   string          `json:"empty_value,omitempty"`
	IfUnknown    model.Otherwise `json:"if_unknown,omitempty"`
	UnknownValue string          `json:"unknown_value,omitempty"`
	Meaning      string          `json:"meaning,omitempty"`
	Owner        string          `json:"owner,omitempty"`
	State        string          `json:"state,omitempty"`
	Note         string          `json:"note,omitempty"`
	// Confidence in percent and reason of a suggestion.
	Confidence int    `json:"confidence,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

// ValuePair is one line of a value list. An empty To leaves the field empty.
type ValuePair struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Count of records with this value when the list was made.
	Count int64 `json:"count,omitempty"`
	// Decided: a person or a sure match settled this line; an undecided one holds its records.
	Decided bool `json:"decided,omitempty"`
	// Keep: the value's own word is kept where FieldMap.Keep says.
	Keep bool `json:"keep,omitempty"`
	// Confidence in percent and reason of a proposal.
	Confidence int    `json:"confidence,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

// Object finds the map of a source object: of several the one without a condition.
func (v Version) Object(o model.Object) (ObjectMap, bool) {
	var branch ObjectMap
	found := false
	for _, m := range v.Objects {
		switch {
		case m.Source != o:
		case !m.IsBranch():
			return m, true
		case !found:
			branch, found = m, true
		}
	}
	return branch, found
}

// Field finds the rule of a target field.
func (m ObjectMap) Field(target string) (FieldMap, bool) {
	for _, f := range m.Fields {
		if f.Target == target {
			return f, true
		}
	}
	return FieldMap{}, false
}

// Stats are the facts about the source's values that suggestions use.
type Stats map[model.Object]map[string]FieldStats

// FieldStats are the facts about one source field.
type FieldStats struct {
	Rows, Filled, Distinct int64
	Longest                int
	// Top values with their counts; Complete when they are all there are.
	Top      []ValueCount
	Complete bool
}

// ValueCount is a value and how many records have it.
type ValueCount struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}
