package load

import (
	"fmt"
	"sort"

	"waybill/backend/model"
	"waybill/backend/store"
)

// What the target will not have as the source has it.
const (
	LossText      = "text_too_long"    // longer than the field takes
	LossFile      = "file_too_large"   // larger than the target takes
	LossAuthor    = "author_not_kept"  // written under another name; the text says who it was
	LossTime      = "time_not_kept"    // dated by the move; the text says when it was
	LossLinkEmpty = "link.left_empty"  // a pointer that leads nowhere, left out as the mapping says
	LossSeveral   = "several_values"   // several values into a field that takes one
	LossArchive   = "closed_tickets"   // closed tickets can go straight into the target's archive (P-74)
	LossNoField   = "field_not_mapped" // a source field that no rule of the mapping uses
)

// Choices about a loss.
const (
	ChooseHold    = "hold"    // the records wait for a person
	ChooseSplit   = "split"   // a long message becomes several, one after the other
	ChooseAttach  = "attach"  // the whole text is attached as a file
	ChooseShorten = "shorten" // its beginning is kept; the archive keeps all of it
	ChooseNote    = "note"    // a small text file says what is missing and where it is
	ChooseArchive = "archive" // the records stay out of the move, in the archive
	ChooseNormal  = "normal"  // closed tickets are tickets like others
	ChooseText    = "text"    // the text says it
	ChooseFirst   = "first"   // the first value is kept
)

// Unmapped is a field of the source that goes nowhere, and how many records hold something in it.
type Unmapped struct {
	Object model.Object
	Field  string
	Filled int64
}

// LossKey names a loss among a project's choices: code/object/field.
func LossKey(code string, o model.Object, field string) string {
	return code + "/" + string(o) + "/" + field
}

// Loss is one line of the forecast, from the user's own data.
type Loss struct {
	Code   string       `json:"code"`
	Object model.Object `json:"object"`
	Field  string       `json:"field"`
	Count  int64        `json:"count"`
	// Limit of the target: characters, or bytes of a file; 0 where there is none.
	Limit int64 `json:"limit,omitempty"`
	// Choice in force, and what can be chosen; no choices: it can only be known.
	Choice  string   `json:"choice,omitempty"`
	Choices []string `json:"choices"`
	// Examples are ids of records.
	Examples []string `json:"examples"`
}

// Title says the line in words: "312 messages: body is longer than 65,000 characters".
func (l Loss) Title() string {
	word := l.Object.Word()
	if l.Count != 1 {
		word = Words(l.Object)
	}
	what := map[string]string{
		LossText:      fmt.Sprintf("%s is longer than the %d characters that the target takes", l.Field, l.Limit),
		LossFile:      fmt.Sprintf("larger than the %d MB that the target takes", l.Limit>>20),
		LossAuthor:    "cannot keep their author in the target",
		LossTime:      "cannot keep their time in the target",
		LossLinkEmpty: l.Field + " leads to nothing in the source and is left empty",
		LossSeveral:   l.Field + " holds several values and the target takes one",
		LossArchive:   "closed; in the target's archive they can be found and read, but not changed any more, also by no later delta",
		LossTextLink:  "a link in " + l.Field + " leads to a record of the old desk that does not move",
		LossNoField:   l.Field + " goes to no field of the target",
	}[l.Code]
	return fmt.Sprintf("%d %s: %s", l.Count, word, what)
}

// choice in force about a loss, or what happens without one.
func (j *Job) choice(code string, o model.Object, field string) string {
	if c := j.Choices[LossKey(code, o, field)]; c != "" {
		return c
	}
	switch code {
	case LossAuthor, LossTime:
		return ChooseText
	case LossArchive:
		return ChooseNormal
	case LossLinkEmpty, LossNoField, LossTextLink:
		return ""
	}
	return ChooseHold
}

// choices that can be made about a loss of an object of the source.
func (j *Job) choices(code string, o model.Object, field string) []string {
	target, _ := j.Program.Target(o)
	shape, _ := j.Target.Schema.Object(target)
	f, _ := shape.Field(field)
	switch code {
	case LossText:
		out := []string{ChooseHold}
		if target == model.Message && (f.Type == model.HTML || f.Type == model.LongText) {
			out = append(out, ChooseSplit)
		}
		if _, _, ok := j.attachTo(target); ok {
			out = append(out, ChooseAttach)
		}
		return append(out, ChooseShorten)
	case LossFile:
		return []string{ChooseHold, ChooseNote, ChooseArchive}
	case LossSeveral:
		return []string{ChooseHold, ChooseFirst}
	case LossArchive:
		return []string{ChooseNormal, ChooseArchive}
	}
	return []string{}
}

// CanChoose says whether a choice may be made about a loss.
func (j *Job) CanChoose(code string, o model.Object, field, choice string) bool {
	for _, c := range j.choices(code, o, field) {
		if c == choice {
			return true
		}
	}
	return false
}

// attachTo finds the object that carries files for another one, and the link that says so.
func (j *Job) attachTo(o model.Object) (model.ObjectSchema, string, bool) {
	for _, shape := range j.Target.Schema.Objects {
		file, owner := false, ""
		for _, f := range shape.Fields {
			switch {
			case f.Type == model.FileType:
				file = true
			case f.Type == model.LinkType && f.Parent && len(f.To) > 0 && f.To[0] == o:
				owner = f.Name
			}
		}
		if file && owner != "" {
			return shape, owner, true
		}
	}
	return model.ObjectSchema{}, "", false
}

// forecastLosses gathers what planning found, with the choices.
func (j *Job) forecastLosses(tx *store.Tx, plan int64) ([]Loss, error) {
	found, err := tx.Losses(plan)
	if err != nil {
		return nil, err
	}
	out := make([]Loss, 0, len(found))
	for _, c := range found {
		l := Loss{Code: c.Code, Object: c.Object, Field: c.Field, Count: c.Count, Examples: c.Examples, Choice: j.choice(c.Code, c.Object, c.Field), Choices: j.choices(c.Code, c.Object, c.Field)}
		target, _ := j.Program.Target(c.Object)
		shape, _ := j.Target.Schema.Object(target)
		f, _ := shape.Field(c.Field)
		switch c.Code {
		case LossText:
			l.Limit = int64(f.MaxLength)
		case LossFile:
			l.Limit = j.Target.Kind.Caps.MaxFile
		}
		out = append(out, l)
	}
	// What waits for a choice comes first, what can only be known last.
	rank := map[string]int{LossText: 1, LossFile: 1, LossSeveral: 1, LossArchive: 2}
	sort.SliceStable(out, func(a, b int) bool {
		x, y := rank[out[a].Code], rank[out[b].Code]
		return x != 0 && (y == 0 || x < y)
	})
	for _, u := range j.Unmapped {
		out = append(out, Loss{Code: LossNoField, Object: u.Object, Field: u.Field, Count: u.Filled, Choices: []string{}, Examples: []string{}})
	}
	return out, nil
}
