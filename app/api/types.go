// Package api is what the window may call: one thin struct per feature, plain
// data in and out, long work as a job id. It knows nothing of Wails; dialogs,
// events and opening files stand behind small interfaces.
package api

import (
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Filter is a query for records, as data: every number carries the one that opens its records.
type Filter struct {
	Object string `json:"object"`
	// Fate: moved, merged, archived, left_out, held, pending; "open" is held or pending; empty: any.
	Fate string `json:"fate,omitempty"`
	// Code of the problem for which records are held.
	Code string `json:"code,omitempty"`
	// Field with Op: "equals" Value, "filled", "empty", "blank", "linked", "broken_link"
	// (points to nothing), "repeated_key", "links_to" Value, "file" with missing, empty, large
	// or dangerous as Value, "year" Value, "found" and "finding" with the code of a finding or
	// a fact of the profile as Value; "held" with Code and Field chooses exactly one group of held records.
	Field string `json:"field,omitempty"`
	Op    string `json:"op,omitempty"`
	Value string `json:"value,omitempty"`
	// Text holds words that all occur in the record or in what belongs to it, each by its
	// beginning; in quotes as they are.
	Text string `json:"text,omitempty"`
	// Where are further conditions on fields; Sort is the order, else as it was read.
	Where []Narrowing `json:"where,omitempty"`
	Sort  []Sorting   `json:"sort,omitempty"`
	// Check code of the last check: records that failed it.
	Check string `json:"check,omitempty"`
	// Decision id: records that this decision hit.
	Decision int64 `json:"decision,omitempty"`
	// Plan id with Action (create, update, skip, hold, conflict, gone), or with Loss and
	// Field: the records of a line of its loss forecast.
	Plan   string `json:"plan,omitempty"`
	Action string `json:"action,omitempty"`
	Loss   string `json:"loss,omitempty"`
	// Change: records of the target that are changed, deleted, merged or redacted at the
	// source; settled: that was decided; problem: it could not be written.
	Change string `json:"change,omitempty"`
	// Run id: records that this run sent.
	Run string `json:"run,omitempty"`
	// Rule id of cleaning: records that the rule would hit now; "dry ID PARTS": records that
	// a validation of the mapping would hold; "later ID": that a decision in force does not cover.
	Rule string `json:"rule,omitempty"`
	// Thread: the messages of this ticket's id.
	Thread string `json:"thread,omitempty"`
	// Words describe the filter to people: "Tickets held back: no customer".
	Words string `json:"words,omitempty"`
}

// Figure is a number that can be opened.
type Figure struct {
	Value int64 `json:"value"`
	// Exact is false for an estimate, shown as "about".
	Exact  bool    `json:"exact"`
	Filter *Filter `json:"filter"`
}

// StartView is the first screen.
type StartView struct {
	Version string          `json:"version"`
	Person  model.Person    `json:"person"`
	Recent  []RecentProject `json:"recent"`
	// Project is the open project's name, empty when none is open.
	Project string `json:"project"`
	// Folder where new projects are proposed.
	Folder string `json:"folder"`
	// Vault says in words where secrets are kept.
	Vault string `json:"vault"`
	// Problem says why the project that Waybill was started with did not open.
	Problem *problem.Problem `json:"problem"`
}

// RecentProject is a line of the start screen.
type RecentProject struct {
	Name    string `json:"name"`
	Path    string `json:"path"`
	Opened  string `json:"opened"`
	Missing bool   `json:"missing"`
}

// NewProject asks for a project.
type NewProject struct {
	Name    string `json:"name"`
	Company string `json:"company"`
	// Folder in which NAME.waybill is made.
	Folder string `json:"folder"`
}

// Home is the front page and the frame around every page.
type Home struct {
	Project  ProjectView   `json:"project"`
	Phases   []Phase       `json:"phases"`
	Next     Step          `json:"next"`
	Manifest []ManifestRow `json:"manifest"`
	// Balances is true when every row balances; Verdict says so in a sentence.
	Balances bool   `json:"balances"`
	Verdict  string `json:"verdict"`
	Needs    []Need `json:"needs"`
	// Job that runs now, if any.
	Job *JobView `json:"job"`
	// Activity: what happened lately, newest first, from the audit trail.
	Activity []Activity `json:"activity"`
}

// ProjectView says which move this is.
type ProjectView struct {
	Name    string `json:"name"`
	Company string `json:"company"`
	Path    string `json:"path"`
	Source  string `json:"source"`
	Target  string `json:"target"`
	// Practice: the target is Waybill's own practice desk.
	Practice bool `json:"practice"`
	Sample   bool `json:"sample"`
}

// Phase of the rail. State: done, current, todo.
type Phase struct {
	Number int    `json:"number"`
	Title  string `json:"title"`
	State  string `json:"state"`
	Done   int    `json:"done"`
	Total  int    `json:"total"`
	Tasks  []Task `json:"tasks"`
}

// Task of a phase. State: done, current, todo, attention.
type Task struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	State string `json:"state"`
	// Page is the route that does it: source, inventory, clean, mapping, target, plan, run, check, report.
	Page string `json:"page"`
	Note string `json:"note"`
}

// Step is the next thing to do, always right.
type Step struct {
	Title  string `json:"title"`
	Why    string `json:"why"`
	Page   string `json:"page"`
	Button string `json:"button"`
}

// ManifestRow is the account of one object; each figure opens its records.
type ManifestRow struct {
	Object   string `json:"object"`
	Title    string `json:"title"`
	Source   Figure `json:"source"`
	Moved    Figure `json:"moved"`
	Merged   Figure `json:"merged"`
	Archived Figure `json:"archived"`
	LeftOut  Figure `json:"left_out"`
	Held     Figure `json:"held"`
	Pending  Figure `json:"pending"`
	Target   Figure `json:"target"`
	// Erased were taken out on request: they are in none of the other figures.
	Erased   int64 `json:"erased"`
	Adds     bool  `json:"adds"`
	Balances bool  `json:"balances"`
}

// Need is something that waits for a person. Severity: info, warn, stop.
type Need struct {
	Severity string  `json:"severity"`
	Title    string  `json:"title"`
	Detail   string  `json:"detail"`
	Page     string  `json:"page"`
	Figure   *Figure `json:"figure"`
}

// Activity is a line of the audit trail.
type Activity struct {
	At     string `json:"at"`
	Person string `json:"person"`
	What   string `json:"what"`
	Detail string `json:"detail"`
	Hash   string `json:"hash"`
}

// JobView is complete at any moment; events are only a nudge to ask for it.
// State: running, paused, done, failed, cancelled, needs-person.
type JobView struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Title string `json:"title"`
	State string `json:"state"`
	Stage string `json:"stage"`
	// Total is 0 when it is not known.
	Done   int64 `json:"done"`
	Total  int64 `json:"total"`
	Failed int64 `json:"failed"`
	// Rate per second, smoothed; SecondsLeft is -1 when it is not known.
	Rate        float64 `json:"rate"`
	SecondsLeft int64   `json:"seconds_left"`
	// LeftLow and LeftHigh are the range of the seconds left, -1 when not known.
	LeftLow  int64  `json:"left_low"`
	LeftHigh int64  `json:"left_high"`
	Started  string `json:"started"`
	Finished string `json:"finished"`
	// Waiting says in words why nothing moves just now.
	Waiting string           `json:"waiting"`
	Error   *problem.Problem `json:"error"`
	// Result names what was made: a plan id, a run id, a file.
	Result  string      `json:"result"`
	CanStop bool        `json:"can_stop"`
	Stages  []StageView `json:"stages"`
	// Rates are the last minutes' records per second, oldest first, one per second.
	Rates []float64 `json:"rates"`
	// Requests are those that left for the desk, per second, oldest first;
	// LimitPerMinute is the desk's limit in force now, 0 when none is known.
	Requests       []float64 `json:"requests"`
	LimitPerMinute float64   `json:"limit_per_minute"`
	// Problems so far in groups, largest first.
	Problems []JobProblem `json:"problems"`
	// Question is what a person must confirm, when State is needs-person.
	Question string `json:"question"`
	Seq      int64  `json:"seq"`
}

// JobProblem counts problems of one kind: "312 times the target refused the address".
type JobProblem struct {
	Code    string `json:"code"`
	What    string `json:"what"`
	Count   int64  `json:"count"`
	Example string `json:"example"`
}

// StageView is the progress of one part of a job, such as one object.
type StageView struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Done   int64  `json:"done"`
	Total  int64  `json:"total"`
	Failed int64  `json:"failed"`
}

// ObjectView is an object of the inventory.
type ObjectView struct {
	Object      string        `json:"object"`
	Title       string        `json:"title"`
	Rows        Figure        `json:"rows"`
	RepeatedKey Figure        `json:"repeated_keys"`
	Held        Figure        `json:"held"`
	Broken      []BrokenLink  `json:"broken_links"`
	Fields      []FieldView   `json:"fields"`
	Ages        []Bucket      `json:"ages"`
	Findings    []FindingView `json:"findings"`
}

// BrokenLink counts the records whose link leads nowhere.
type BrokenLink struct {
	Field  string `json:"field"`
	To     string `json:"to"`
	Linked Figure `json:"linked"`
	Broken Figure `json:"broken"`
}

// FieldView is the profile of a field.
type FieldView struct {
	Name     string       `json:"name"`
	Type     string       `json:"type"`
	Filled   Figure       `json:"filled"`
	Blank    Figure       `json:"blank"`
	Empty    Figure       `json:"empty"`
	Distinct Figure       `json:"distinct"`
	Longest  int          `json:"longest"`
	Shortest int          `json:"shortest"`
	Top      []ValueCount `json:"top"`
	Format   string       `json:"format"`
	Min      string       `json:"min"`
	Max      string       `json:"max"`
}

// ValueCount is a value with the records that have it.
type ValueCount struct {
	Value string `json:"value"`
	Count Figure `json:"count"`
}

// Bucket is a bar of a chart.
type Bucket struct {
	Label string `json:"label"`
	Count Figure `json:"count"`
}

// FindingView is what the profile found. Severity: info, warn, stop.
type FindingView struct {
	Code     string   `json:"code"`
	Object   string   `json:"object"`
	Field    string   `json:"field"`
	Severity string   `json:"severity"`
	What     string   `json:"what"`
	Means    string   `json:"means"`
	Fix      string   `json:"fix"`
	Page     string   `json:"page"`
	Count    Figure   `json:"count"`
	Examples []string `json:"examples"`
	// State: open, decided, accepted; By, When and Why say who said so.
	State string `json:"state"`
	By    string `json:"by"`
	When  string `json:"when"`
	Why   string `json:"why"`
}

// RecordRow is a line of a record list.
type RecordRow struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Fate  string `json:"fate"`
	Why   string `json:"why"`
	Place string `json:"place"`
	// Cells for the columns of the page.
	Cells []string `json:"cells"`
	// TargetID once moved.
	TargetID string `json:"target_id"`
	// Found is where the words stand that were looked for.
	Found *FoundView `json:"found"`
}

// FoundView is where words stand: in a field of the record, or of the one that Record names
// and that belongs to it.
type FoundView struct {
	Record string      `json:"record"`
	Field  string      `json:"field"`
	Parts  []FoundPart `json:"parts"`
}

// FoundPart is a piece of a text; Mark says that it was looked for.
type FoundPart struct {
	Text string `json:"text"`
	Mark bool   `json:"mark"`
}

// WordsView tells how far the index of words is. Until it is Ready, records are read
// through, which takes longer and does not look into what belongs to them.
type WordsView struct {
	Ready   bool             `json:"ready"`
	Percent int              `json:"percent"`
	Problem *problem.Problem `json:"problem"`
}

// RecordPage is a part of a list, from Offset on. Sortable says by column whether the list
// can be sorted and filtered by it.
type RecordPage struct {
	Columns  []string    `json:"columns"`
	Sortable []bool      `json:"sortable"`
	Rows     []RecordRow `json:"rows"`
	Offset   int         `json:"offset"`
	Total    Figure      `json:"total"`
	// Search when words are looked for.
	Search *WordsView `json:"search"`
}

// Narrowing is a condition on a field of a list: Op is is, is_not, contains, starts, filled, empty, more, less or year.
type Narrowing struct {
	Field string `json:"field"`
	Op    string `json:"op"`
	Value string `json:"value"`
}

// Sorting orders a list by a column: a field, or name, number or fate behind a zero character.
type Sorting struct {
	Field string `json:"field"`
	Desc  bool   `json:"desc"`
}

// RecordView is one record in full.
type RecordView struct {
	Object   string             `json:"object"`
	ID       string             `json:"id"`
	Name     string             `json:"name"`
	Place    string             `json:"place"`
	Fate     string             `json:"fate"`
	Why      string             `json:"why"`
	Problems []*problem.Problem `json:"problems"`
	Fields   []NameValue        `json:"fields"`
	Links    []LinkView         `json:"links"`
	Raw      string             `json:"raw"`
	TargetID string             `json:"target_id"`
	Mark     string             `json:"mark"`
	// Draft is what the target should receive, by the mapping in force.
	Draft []NameValue `json:"draft"`
	// Thread of a ticket, in order.
	Thread []MessageView `json:"thread"`
	// History: decisions and runs that touched it.
	History []Activity `json:"history"`
}

// NameValue is a field with its value as text.
type NameValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// LinkView is a pointer of a record.
type LinkView struct {
	Role   string `json:"role"`
	Object string `json:"object"`
	ID     string `json:"id"`
	Name   string `json:"name"`
	Found  bool   `json:"found"`
}

// MessageView is a message of a thread; HTML is sanitised and goes into a sandboxed frame only.
type MessageView struct {
	ID          string      `json:"id"`
	Author      string      `json:"author"`
	AuthorKind  string      `json:"author_kind"`
	At          string      `json:"at"`
	Private     bool        `json:"private"`
	HTML        string      `json:"html"`
	Attachments []NameValue `json:"attachments"`
}

// CleanRule is something that could be decided about many records at once.
type CleanRule struct {
	// ID is the rule's stable name: "merge.contact.email", "leave_out.ticket.spam".
	ID     string `json:"id"`
	Object string `json:"object"`
	// Does: merge, archive, leave_out.
	Does     string            `json:"does"`
	Title    string            `json:"title"`
	Why      string            `json:"why"`
	Count    Figure            `json:"count"`
	Examples []string          `json:"examples"`
	Settings map[string]string `json:"settings"`
	// Applied is the decision's number when the rule is in force.
	Applied int64 `json:"applied"`
}

// DecisionView is a decision that was taken.
type DecisionView struct {
	ID     int64  `json:"id"`
	Title  string `json:"title"`
	Object string `json:"object"`
	Does   string `json:"does"`
	By     string `json:"by"`
	At     string `json:"at"`
	Why    string `json:"why"`
	// Count of its own object's records; Also counts what hangs on them, such as messages.
	Count  Figure   `json:"count"`
	Also   []Figure `json:"also"`
	Undone bool     `json:"undone"`
}

// MappingView is the mapping that is being worked on.
type MappingView struct {
	// Version in force; 0 when none was accepted yet. Changed: the working copy differs from it.
	Version int    `json:"version"`
	Hash    string `json:"hash"`
	Changed bool   `json:"changed"`
	// Changes of the working copy against the version in force, in words.
	Changes []string        `json:"changes"`
	Objects []ObjectMapView `json:"objects"`
	// SourceObjects and TargetObjects that exist.
	SourceObjects []NameValue        `json:"source_objects"`
	TargetObjects []NameValue        `json:"target_objects"`
	Problems      []*problem.Problem `json:"problems"`
	// Left counts what is still to decide.
	Left     int           `json:"left"`
	Versions []VersionView `json:"versions"`
	Approved string        `json:"approved"`
	// Undo and Redo name the step of this sitting that would be taken back or done again.
	Undo string `json:"undo"`
	Redo string `json:"redo"`
	// Dry is the last time that the mapping was tried on every record; nil when it never was.
	Dry *DryBrief `json:"dry"`
}

// ObjectMapView is the mapping of one object with what the editor needs.
type ObjectMapView struct {
	// ID names this map: the source object, and ">" with the target when a condition decides.
	ID string `json:"id"`
	// When is the formula under which records go this way; empty: all that no condition took.
	When        string `json:"when"`
	Source      string `json:"source"`
	SourceTitle string `json:"source_title"`
	Target      string `json:"target"`
	TargetTitle string `json:"target_title"`
	// Why it is not moved, when it is not.
	Why          string         `json:"why"`
	Rows         Figure         `json:"rows"`
	Left         int            `json:"left"`
	Fields       []FieldMapView `json:"fields"`
	SourceFields []model.Field  `json:"source_fields"`
	// Unused source fields: they reach no target field.
	Unused []string `json:"unused"`
}

// FieldMapView is one row of the mapping table.
type FieldMapView struct {
	Map    mapping.FieldMap `json:"map"`
	Target model.Field      `json:"target"`
	// Words say the rule as a sentence.
	Words string `json:"words"`
	// Samples before -> after from real records.
	Samples []BeforeAfter      `json:"samples"`
	Problem []*problem.Problem `json:"problems"`
	// Held counts the records that the last look at all records would hold for this field;
	// HeldWhy is the commonest reason.
	Held    *Figure `json:"held"`
	HeldWhy string  `json:"held_why"`
}

// BeforeAfter is a value before and after a rule; Problem when it could not be changed.
type BeforeAfter struct {
	Record  string           `json:"record"`
	Before  string           `json:"before"`
	After   string           `json:"after"`
	Problem *problem.Problem `json:"problem"`
}

// VersionView is an accepted mapping.
type VersionView struct {
	Number   int      `json:"number"`
	Hash     string   `json:"hash"`
	Author   string   `json:"author"`
	At       string   `json:"at"`
	Reason   string   `json:"reason"`
	Changes  []string `json:"changes"`
	Approved string   `json:"approved"`
}

// DeskView says what the target is and what it lacks.
type DeskView struct {
	Connected bool             `json:"connected"`
	Kind      string           `json:"kind"`
	Title     string           `json:"title"`
	Address   string           `json:"address"`
	Account   string           `json:"account"`
	As        string           `json:"as"`
	Rights    []string         `json:"rights"`
	Missing   []string         `json:"missing"`
	Practice  bool             `json:"practice"`
	Objects   []NameValue      `json:"objects"`
	Gaps      []Gap            `json:"gaps"`
	Error     *problem.Problem `json:"error"`
}

// Gap is something the target lacks. CanCreate: Waybill can create it there.
type Gap struct {
	ID        string `json:"id"`
	Object    string `json:"object"`
	Field     string `json:"field"`
	What      string `json:"what"`
	Why       string `json:"why"`
	CanCreate bool   `json:"can_create"`
	// Count of source records that use it.
	Count Figure `json:"count"`
}

// Difference is one finding of a check, record by record.
type Difference struct {
	Object   string `json:"object"`
	ID       string `json:"id"`
	Name     string `json:"name"`
	TargetID string `json:"target_id"`
	Field    string `json:"field"`
	Expected string `json:"expected"`
	Found    string `json:"found"`
	// After is the place behind this one, to go on from.
	After string `json:"after"`
}

// ReportView is the sign-off page.
type ReportView struct {
	// Verdict: balances, waived, fails; Words as a sentence.
	Verdict   string         `json:"verdict"`
	Words     string         `json:"words"`
	Missing   []string       `json:"missing"`
	Approvals []ApprovalView `json:"approvals"`
	Files     []ReportFile   `json:"files"`
	CanSign   bool           `json:"can_sign"`
	// CannotSign says in words why not.
	CannotSign string `json:"cannot_sign"`
	AuditHash  string `json:"audit_hash"`
	AuditCount int64  `json:"audit_count"`
	// Logo of the company as a data address; empty when there is none.
	Logo string `json:"logo"`
}

// ApprovalView is a signature. Kind: mapping, business, technical, waiver.
type ApprovalView struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Role      string `json:"role"`
	At        string `json:"at"`
	Statement string `json:"statement"`
	// Drawn by hand, on a field of 1000 by 300; empty: typed only.
	Drawn string `json:"drawn"`
}

// ReportFile is a report that was written.
type ReportFile struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	At     string `json:"at"`
	SHA256 string `json:"sha256"`
}

// EventTypes names the payloads of events, so that their types are generated.
type EventTypes struct {
	// Job is sent as "job"; it is a nudge, the status is always asked for.
	Job JobView `json:"job"`
	// Changed is sent as "changed": which part of the project changed.
	Changed string `json:"changed"`
}
