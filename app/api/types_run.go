package api

import "waybill/backend/problem"

// PlanView says what a run will do, before it does anything.
type PlanView struct {
	ID string `json:"id"`
	// Scope: full, delta, retry, slice; Part names the slice.
	Scope    string     `json:"scope"`
	Part     string     `json:"part"`
	Made     string     `json:"made"`
	Mapping  int        `json:"mapping"`
	Target   string     `json:"target"`
	Objects  []PlanRow  `json:"objects"`
	Losses   []LossView `json:"losses"`
	Requests int64      `json:"requests"`
	LowS     int64      `json:"low_s"`
	HighS    int64      `json:"high_s"`
	// WindowHours is how long the cut-over may take, 0 when nobody said; Fits: yes,
	// perhaps, no, or empty without a window.
	WindowHours float64 `json:"window_hours"`
	Fits        string  `json:"fits"`
	// Mails that customers would get: always 0, or the run needs an acknowledgement.
	Quiet bool `json:"quiet"`
	// Confirm is the sentence on the button: "Create 12,480 tickets in Practice desk";
	// Number is what has to be typed: all records that are created, changed or deleted.
	Confirm string `json:"confirm"`
	Number  int64  `json:"number"`
	// Stale says in words why the plan can't be used any more, empty when it can.
	Stale string `json:"stale"`
	// Used: it was carried out. Run is the run of it that waits for a person, if any.
	Used   bool        `json:"used"`
	Run    string      `json:"run"`
	Groups []HeldGroup `json:"groups"`
}

// PlanRow is the plan of one object.
type PlanRow struct {
	Object string `json:"object"`
	Title  string `json:"title"`
	Create Figure `json:"create"`
	// Match counts records that are looked up in the target, where none can be created.
	Match  Figure `json:"match"`
	Update Figure `json:"update"`
	// Merge counts records that live on in another one, as was decided.
	Merge Figure `json:"merge"`
	// Skip counts records that are kept in the archive only, as was chosen.
	Skip Figure `json:"skip"`
	Hold Figure `json:"hold"`
	// Unchanged in the target although the source's record changed.
	Unchanged Figure `json:"unchanged"`
	// Conflict counts records that people edited in the target meanwhile, Gone those that
	// were deleted or merged at the source; Delete those of them that will be deleted.
	Conflict Figure `json:"conflict"`
	Gone     Figure `json:"gone"`
	Delete   Figure `json:"delete"`
}

// LossView is a line of the loss forecast: what the target will not have as the source
// has it, with the records and a choice.
type LossView struct {
	Code   string `json:"code"`
	Object string `json:"object"`
	Field  string `json:"field"`
	// Count opens the records; What goes on behind it: "messages: Text is longer than …".
	Count Figure `json:"count"`
	What  string `json:"what"`
	// Choice in force; no choices: it can only be known.
	Choice  string       `json:"choice"`
	Choices []ChoiceView `json:"choices"`
	// ChosenBy and ChosenAt are empty while nobody chose.
	ChosenBy string   `json:"chosen_by"`
	ChosenAt string   `json:"chosen_at"`
	Examples []string `json:"examples"`
}

// ChoiceView is something that can be chosen, and what it means.
type ChoiceView struct {
	Value string `json:"value"`
	Title string `json:"title"`
	Means string `json:"means"`
}

// PreflightView is one thing that was looked at before a run. State: ok, warn, stop.
type PreflightView struct {
	Code  string `json:"code"`
	State string `json:"state"`
	What  string `json:"what"`
	Why   string `json:"why"`
	Next  string `json:"next"`
	// Details are single lines, such as the names of triggers.
	Details   []string `json:"details"`
	CanAccept bool     `json:"can_accept"`
	Accepted  bool     `json:"accepted"`
	// Who took it upon themselves, when, and why.
	AcceptedBy  string `json:"accepted_by"`
	AcceptedAt  string `json:"accepted_at"`
	AcceptedWhy string `json:"accepted_why"`
}

// Thresholds stop a run by themselves.
type Thresholds struct {
	// HeldPercent of the records sent that the target may refuse, once AtLeast were sent;
	// 0: none is set.
	HeldPercent float64 `json:"held_percent"`
	AtLeast     int64   `json:"at_least"`
	// InARow refusals stop the run at once; 0: none is set.
	InARow int64 `json:"in_a_row"`
	// Decides names who says how it goes on; empty: the migration lead.
	Decides string `json:"decides"`
	// CheckedFirst: the next slice starts only after the last one was checked and passed.
	CheckedFirst bool `json:"checked_first"`
}

// SlicesView is how the source is moved in parts.
type SlicesView struct {
	Slices []SliceView `json:"slices"`
	// Objects that slices can be about, with their fields.
	Objects []SliceObject `json:"objects"`
}

// SliceView is one part and how far it is. State: open, canary, running, paused, done,
// stopped, failed, cancelled, interrupted, rolled_back.
type SliceView struct {
	Name       string      `json:"name"`
	Object     string      `json:"object"`
	Conditions []Condition `json:"conditions"`
	// Words say the conditions: "Tickets whose Status is open".
	Words string `json:"words"`
	State string `json:"state"`
	// Wait says why its run may not start yet; AcceptedBy who let it start all the same.
	Wait        string `json:"wait"`
	AcceptedBy  string `json:"accepted_by"`
	AcceptedWhy string `json:"accepted_why"`
	// Runs of it, newest first; There counts what they created and is in the target.
	Runs  []string `json:"runs"`
	There int64    `json:"there"`
}

// SliceForm states a slice.
type SliceForm struct {
	Name       string      `json:"name"`
	Object     string      `json:"object"`
	Conditions []Condition `json:"conditions"`
}

// Condition about one field. Op: is, is_not, since, before, contains, filled, empty, formula.
type Condition struct {
	Field string `json:"field"`
	Op    string `json:"op"`
	Value string `json:"value"`
}

// SliceObject is an object that a slice can be about.
type SliceObject struct {
	Object string       `json:"object"`
	Title  string       `json:"title"`
	Fields []SliceField `json:"fields"`
}

// SliceField is a field of the source, with the values that occur most.
type SliceField struct {
	Name   string   `json:"name"`
	Type   string   `json:"type"`
	Values []string `json:"values"`
}

// CanaryView is the first record of each kind, as it was meant and as the target gave it
// back. Nothing else is sent before a person has looked.
type CanaryView struct {
	Run     string         `json:"run"`
	Target  string         `json:"target"`
	Records []CanaryRecord `json:"records"`
	// Good: every record came back as it was meant, and nobody got a message.
	Good bool `json:"good"`
	// Known: the desk says how many messages it sent to customers; Sent since the run began.
	Known bool  `json:"known"`
	Sent  int64 `json:"sent"`
	// Proof names the record that proves it: "ticket 1042"; At is when it was read back.
	Proof string `json:"proof"`
	At    string `json:"at"`
	// Rest is how many records the run still has to create.
	Rest int64 `json:"rest"`
}

// CanaryRecord is one of them.
type CanaryRecord struct {
	Object string `json:"object"`
	// Title of what it is, such as Ticket.
	Title    string        `json:"title"`
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	TargetID string        `json:"target_id"`
	OK       bool          `json:"ok"`
	Error    string        `json:"error"`
	Fields   []CanaryField `json:"fields"`
	Links    []CanaryField `json:"links"`
}

// CanaryField is one value of it.
type CanaryField struct {
	Field string `json:"field"`
	Title string `json:"title"`
	Meant string `json:"meant"`
	Found string `json:"found"`
	Same  bool   `json:"same"`
}

// RunView is a run in the history. State: running, paused, done, cancelled, failed,
// interrupted, rolled_back, canary (its first records wait to be looked at), stopped (a
// threshold was passed).
type RunView struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	State string `json:"state"`
	Plan  string `json:"plan"`
	// Part names the slice that it moved.
	Part     string   `json:"part"`
	By       string   `json:"by"`
	Started  string   `json:"started"`
	Finished string   `json:"finished"`
	Mapping  int      `json:"mapping"`
	Objects  []RunRow `json:"objects"`
	// Of is the run that a rollback took back.
	Of          string `json:"of"`
	CanResume   bool   `json:"can_resume"`
	CanRollback bool   `json:"can_rollback"`
	// Decides names who says how a stopped run goes on.
	Decides string           `json:"decides"`
	Error   *problem.Problem `json:"error"`
	// Proof of a rollback, once it is over.
	Proof *ProofView `json:"proof"`
}

// RunRow counts one object of a run. There counts what it created and is in the target
// now, and opens it.
type RunRow struct {
	Object    string `json:"object"`
	Title     string `json:"title"`
	Created   int64  `json:"created"`
	Existed   int64  `json:"existed"`
	Updated   int64  `json:"updated"`
	Unchanged int64  `json:"unchanged"`
	Held      int64  `json:"held"`
	Failed    int64  `json:"failed"`
	Noted     int64  `json:"noted"`
	Deleted   int64  `json:"deleted"`
	Kept      int64  `json:"kept"`
	There     Figure `json:"there"`
}

// RollbackRow says what a rollback would remove of one object.
type RollbackRow struct {
	Object string `json:"object"`
	Title  string `json:"title"`
	Remove Figure `json:"remove"`
}

// ProofView proves that a rollback reached just as far as the run did.
type ProofView struct {
	Deleted int64 `json:"deleted"`
	// Absent of the deleted ones were looked for and not found.
	Absent int64 `json:"absent"`
	// Kept with the reasons, the first hundred.
	Kept     int64    `json:"kept"`
	KeptList []string `json:"kept_list"`
	// SourceUntouched: its records are exactly as before; Source says how many, before and after.
	SourceUntouched bool          `json:"source_untouched"`
	Source          []BeforeCount `json:"source"`
	// Target counts after it.
	Target []NameValue `json:"target"`
}

// BeforeCount is a count before and after.
type BeforeCount struct {
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// ClockView says what lives only in the target since the move began: going back would
// leave it behind.
type ClockView struct {
	// Since is empty when nothing was moved yet.
	Since   string      `json:"since"`
	Total   int64       `json:"total"`
	Hours   []ClockHour `json:"hours"`
	Objects []NameValue `json:"objects"`
	// At is when it was counted.
	At string `json:"at"`
}

// ClockHour is one hour: Count of it, Total until its end.
type ClockHour struct {
	At    string `json:"at"`
	Count int64  `json:"count"`
	Total int64  `json:"total"`
}

// HeldGroup is a group of held records with one repair.
type HeldGroup struct {
	Code     string   `json:"code"`
	Object   string   `json:"object"`
	Field    string   `json:"field"`
	Title    string   `json:"title"`
	Why      string   `json:"why"`
	Next     string   `json:"next"`
	Page     string   `json:"page"`
	Count    Figure   `json:"count"`
	Examples []string `json:"examples"`
}
