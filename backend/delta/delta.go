// Package delta brings over what happened at the source to records that are in the
// target already: changed, deleted, merged, redacted. It plans and runs as a part of
// package load (it is a load.Changes), from the list of changes that the stage keeps.
//
// A *change* is a record whose source is not as it was when it was last written. Only
// the fields and links that differ are sent, and only where the target still has the
// version that we wrote. A *conflict* is a change of a record that people edited in the
// target meanwhile: it is listed with a choice and never overwritten by itself (P-80).
// What is *gone* at the source is listed with a choice too (P-79). A choice that keeps
// the target is remembered until the source or the target changes again.
package delta

import (
	"encoding/json"
	"slices"

	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/store"
)

// The choices. Keep is the default of all.
const (
	Keep   = "keep"   // the target stays as it is
	Take   = "take"   // the source's values are written over the target's
	Note   = "note"   // the target stays as it is, and a private note says what the source has
	Delete = "delete" // what is gone at the source is deleted in the target too
)

// Codes of this package.
const (
	CodeNoUpdates  problem.Code = "delta.no_updates"  // the target's records cannot be changed
	CodeNotQuiet   problem.Code = "delta.not_quiet"   // a change there would mail people
	CodeConflict   problem.Code = "delta.conflict"    // people edited the record there meanwhile
	CodeUnclear    problem.Code = "delta.unclear"     // nobody can say whether a change arrived
	CodeOtherWay   problem.Code = "delta.other_way"   // the mapping does not make of it what it is there
	CodeParts      problem.Code = "delta.parts"       // a long text lies there in several parts
	CodeKept       problem.Code = "delta.kept"        // a deletion that was not carried out
	CodeNoDelete   problem.Code = "delta.no_delete"   // the target's records cannot be deleted
	CodeNoNote     problem.Code = "delta.no_note"     // no private note can be written there
	CodeChoice     problem.Code = "delta.choice"      // not a choice that there is
	CodeStarted    problem.Code = "delta.started"     // too late to choose
	CodeNothingSet problem.Code = "delta.nothing_set" // a choice that fits no record
)

// Delta plans and carries out changes; the zero value is ready to use.
type Delta struct {
	// Acknowledged: a person takes upon themselves that the target mails people when
	// records are changed there (P-72).
	Acknowledged bool
}

var _ load.Changes = (*Delta)(nil)

// Difference is one field of a conflict, as people read it.
type Difference struct {
	Field string `json:"field"`
	Title string `json:"title"`
	// Wrote is what was last written, Source what the source says now, Target what the
	// target says; empty texts are empty fields.
	Wrote  string `json:"wrote"`
	Source string `json:"source"`
	Target string `json:"target"`
	// Changed at the source; else it was just edited in the target.
	Changed bool `json:"changed"`
}

// Item is what a plan says about one record: for an update the fields and links that
// change, for a conflict or a record that is gone also the choice.
type Item struct {
	Fields []string `json:"fields"`
	Links  []string `json:"links"`
	// File: the content is replaced.
	File bool `json:"file"`
	// Version of the target's record that was seen when the plan was made.
	Version string `json:"version"`
	// Choice out of Choices, and who chose it and why; nobody: the default.
	Choice  string       `json:"choice"`
	Choices []string     `json:"choices"`
	By      model.Person `json:"by"`
	Why     string       `json:"why"`
	// Differences of a conflict. Missing: the record is not in the target any more.
	Differences []Difference `json:"differences"`
	Missing     bool         `json:"missing"`
	// Rerouted: by the mapping's conditions it would become Becomes by now; empty: nothing.
	// It stays what it is in the target.
	Rerouted bool         `json:"rerouted,omitempty"`
	Becomes  model.Object `json:"becomes,omitempty"`
	// How, Into and At of what is gone at the source; an update says here that content was
	// redacted there.
	How  string `json:"how"`
	Into string `json:"into"`
	At   string `json:"at"`
}

func (it Item) text() (string, error) {
	if it.Fields == nil {
		it.Fields = []string{}
	}
	if it.Links == nil {
		it.Links = []string{}
	}
	if it.Choices == nil {
		it.Choices = []string{}
	}
	if it.Differences == nil {
		it.Differences = []Difference{}
	}
	b, err := json.Marshal(it)
	return string(b), err
}

func readItem(body string) (it Item, err error) {
	return it, json.Unmarshal([]byte(body), &it)
}

// ordered lists the objects that have changes, in the order in which the target must
// learn of them.
func ordered(j *load.Job, sum load.Summary, have map[model.Object]int64) []model.Object {
	out := []model.Object{}
	for _, o := range sum.Objects {
		if have[o.Object] > 0 && !slices.Contains(out, o.Object) { // one that goes several ways has several lines
			out = append(out, o.Object)
		}
	}
	rest := []model.Object{}
	for o := range have {
		if _, ok := j.Program.Target(o); ok && !slices.Contains(out, o) {
			rest = append(rest, o)
		}
	}
	slices.Sort(rest)
	return append(out, rest...)
}

// lineOf finds an object's line in a summary, and makes it when it is missing.
func lineOf(sum *load.Summary, o, target model.Object) *load.Object {
	for i := range sum.Objects {
		if sum.Objects[i].Object == o {
			return &sum.Objects[i]
		}
	}
	sum.Objects = append(sum.Objects, load.Object{Object: o, Target: target})
	return &sum.Objects[len(sum.Objects)-1]
}

func place(c store.Change) problem.Place {
	return problem.Place{Object: string(c.Line.Object), Record: c.Line.Source}
}
