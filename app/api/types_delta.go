package api

import "waybill/backend/problem"

// DeltaView is how the delta stands: what happened at the source since it was read.
type DeltaView struct {
	// Read is when the source was last asked; empty: never. Moved: something is in the
	// target, so that there is anything to bring up to date.
	Read    string     `json:"read"`
	Moved   bool       `json:"moved"`
	Objects []DeltaRow `json:"objects"`
	// Plan is the newest plan when it is about a delta, empty without one. Started: it was
	// begun, so that nothing can be chosen in it any more. Stale: it cannot be started.
	Plan    string `json:"plan"`
	Started bool   `json:"started"`
	Stale   bool   `json:"stale"`
	// Conflicts and Gone count the records of the plan that have a choice.
	Conflicts int64 `json:"conflicts"`
	Gone      int64 `json:"gone"`
	// Choices that there are about each, and with which one new plans begin.
	ConflictChoices []ChoiceView `json:"conflict_choices"`
	GoneChoices     []ChoiceView `json:"gone_choices"`
	ConflictDefault string       `json:"conflict_default"`
	GoneDefault     string       `json:"gone_default"`
}

// DeltaRow is one object of the delta. New, Changed, Deleted, Merged and Redacted wait to
// be brought over; Settled ones were decided; Problems could not be written.
type DeltaRow struct {
	Object    string `json:"object"`
	Title     string `json:"title"`
	New       Figure `json:"new"`
	Changed   Figure `json:"changed"`
	Deleted   Figure `json:"deleted"`
	Merged    Figure `json:"merged"`
	Redacted  Figure `json:"redacted"`
	Conflicts Figure `json:"conflicts"`
	Problems  Figure `json:"problems"`
	Settled   Figure `json:"settled"`
}

// ConflictPage is a part of a list of conflicts, or of what is gone at the source; After
// continues behind it, 0 at the end.
type ConflictPage struct {
	Rows  []ConflictRow `json:"rows"`
	After int64         `json:"after"`
}

// ConflictRow is one record with its choice.
type ConflictRow struct {
	Seq    int64  `json:"seq"`
	Object string `json:"object"`
	// Title of what it is, such as Ticket.
	Title    string `json:"title"`
	ID       string `json:"id"`
	Name     string `json:"name"`
	TargetID string `json:"target_id"`
	// Missing: it is not in the target any more.
	Missing bool `json:"missing"`
	// How, Into and At of what is gone: deleted, merged.
	How  string `json:"how"`
	Into string `json:"into"`
	At   string `json:"at"`
	// Choice out of Choices; ChosenBy is empty while nobody chose.
	Choice   string          `json:"choice"`
	Choices  []string        `json:"choices"`
	ChosenBy string          `json:"chosen_by"`
	Why      string          `json:"why"`
	Fields   []ConflictField `json:"fields"`
}

// ConflictField is one field: as we wrote it, as the source says it now, as the target does.
type ConflictField struct {
	Field  string `json:"field"`
	Title  string `json:"title"`
	Wrote  string `json:"wrote"`
	Source string `json:"source"`
	Target string `json:"target"`
	// Changed at the source; else it was only edited in the target.
	Changed bool `json:"changed"`
}

// RepairView is one way to put right all that is held for one reason.
type RepairView struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Why   string `json:"why"`
	// Asks: none, text, option (one of Options), values (for each of Values one of Options,
	// or a text where there are none).
	Asks    string         `json:"asks"`
	Options []RepairOption `json:"options"`
	Values  []RepairOption `json:"values"`
	// Count of the records that it concerns; Again: they are tried again afterwards.
	Count int64 `json:"count"`
	Again bool  `json:"again"`
}

// RepairOption is something to choose, or a value that something is chosen for.
type RepairOption struct {
	Value string `json:"value"`
	Title string `json:"title"`
	Count int64  `json:"count"`
}

// HeldImport is what a workbook of held records that came back asks for. Nothing is done yet.
type HeldImport struct {
	// File is empty when the person thought better of it.
	File    string       `json:"file"`
	Answers []HeldAnswer `json:"answers"`
	// Problems by sheet and cell; with any of them nothing can be applied.
	Problems []*problem.Problem `json:"problems"`
	// Token applies exactly this; empty when there are problems.
	Token string `json:"token"`
}

// HeldAnswer is a repair that was chosen for one group.
type HeldAnswer struct {
	Group  string `json:"group"`
	Repair string `json:"repair"`
	Value  string `json:"value"`
}
