// Package journey is the way through a move: seven phases with their tasks, the one
// step that comes next, and the points of the checklist that can be measured.
//
// A *State* is what is true of a project now; everything else is decided from it
// alone, so that it can be tested without a project. A *point* is one of the 86 of
// the checklist; only those that the engine measures by itself are listed.
package journey

import (
	"fmt"
	"strconv"
)

// States of phases and tasks.
const (
	Done      = "done"
	Current   = "current"
	Todo      = "todo"
	Attention = "attention"
)

// Verdicts, as the report gives them.
const (
	Balances = "balances"
	Waived   = "waived"
	Fails    = "fails"
)

// State is what is true of a project now.
type State struct {
	// Source and Target are the titles of the desks, empty when none was chosen.
	Source, Target string
	// Practice: the target is Waybill's own practice desk.
	Practice bool

	// Begun: something was read. Read: all of it, with the source as it is chosen now.
	Begun, Read, Profiled bool
	Objects               int
	Records               int64
	Links                 int
	// HeldAtReading counts rows that could not be read as they are; only a decision helps them.
	HeldAtReading int64
	// CleanFindings are findings that a cleaning rule answers: duplicates, broken rows.
	CleanFindings int
	Duplicates    int64
	// Decisions in force, by what they do; those of the mapping itself are not counted.
	MergeDecisions, ArchiveDecisions, LeaveDecisions int

	// Mapping is the version in force, 0 for none. Changed: the working copy differs.
	Mapping  int
	Changed  bool
	Left     int
	Lacking  int // things of the mapping that the target does not have
	Approved string

	// Rules of the source that are listed to be built again, and those still to do.
	Rules, RulesLeft int64

	// Plan is the newest plan's number, 0 for none.
	Plan         int64
	PlanStale    bool
	PlanUsed     bool
	Create, Hold int64

	// RunState of the newest run that was not a rollback; empty when there was none.
	RunState string
	// RunStale: something was decided since the newest run was planned.
	RunStale   bool
	Runs       int
	Deltas     int  // runs that brought over what changed, and are done
	RolledBack bool // a rollback was proven complete

	Pending, Held, Moved int64
	Balanced             bool

	// Checked: the target was read back since anything last changed in it.
	Checked bool
	// Checks by code: how many records were looked at, and how many failed.
	Checks map[string]Checked
	// Verdict of the facts: balances, waived or fails; Sentence says it in words.
	Verdict, Sentence string
	// Signed since the last check: technical and business.
	Technical, Business string
	// Reported: the newest report says what is true now.
	Reported bool
	// Kept is what is known of backups.
	Kept Kept
}

// Kept says in words which backup there is, empty for none.
type Kept struct {
	// Made is the newest; Restored the newest that came back whole in a test; Apart the
	// newest that is encrypted.
	Made, Restored, Apart string
	// Last is a backup that was made since the source was last read; LastRestored, when
	// that one came back whole in a test.
	Last, LastRestored string
}

// Checked sums up one check over all objects.
type Checked struct{ Looked, Failed int64 }

// Phase of the rail.
type Phase struct {
	Number int
	Title  string
	State  string
	Done   int
	Total  int
	Tasks  []Task
}

// Task of a phase.
type Task struct {
	ID, Title, State, Page, Note string
}

// Step is the next thing to do.
type Step struct {
	// Task that it belongs to.
	Task                     string
	Title, Why, Page, Button string
}

func num(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return num(n) + " " + many
}

// Next says what to do next. It is always right: doing it changes the answer.
func (s State) Next() Step {
	for _, ask := range []func() (Step, bool){s.nextWaiting, s.nextSource, s.nextClean, s.nextMapping, s.nextRun, s.nextHeld, s.nextProof} {
		if step, ok := ask(); ok {
			return step
		}
	}
	return Step{Task: "report", Title: "The move is signed off", Why: "Every record is accounted for, and the report says so.", Page: "report", Button: "Open the report"}
}

// nextWaiting is a run that somebody began and that waits for a person: it goes before
// all else, unless something was decided since, so that it cannot go on.
func (s State) nextWaiting() (Step, bool) {
	switch {
	case s.RunStale:
	case s.RunState == "canary":
		return Step{"run", "Look at the first records", "One record of each kind was sent. Nothing else goes before you have seen them.", "run", "Look at them"}, true
	case s.RunState == "stopped":
		return Step{"run", "Decide how the run goes on", "It stopped by itself, because the target refused more than was agreed.", "run", "Open the run"}, true
	}
	return Step{}, false
}

func (s State) nextSource() (Step, bool) {
	switch {
	case s.Source == "":
		return Step{"source", "Choose what to move", "Connect the old help desk, or choose its export files.", "source", "Choose the source"}, true
	case !s.Read && !s.Begun:
		return Step{"read", "Read everything", "Waybill copies every record into the project and counts it. The source is only read, never changed.", "source", "Read the source"}, true
	case !s.Read:
		return Step{"read", "Read the source again", "It was not read to its end, or something about it was corrected since. It goes on where it stopped.", "source", "Read the source"}, true
	}
	return Step{}, false
}

func (s State) nextClean() (Step, bool) {
	switch {
	case s.HeldAtReading > 0:
		return Step{
			"clean", "Decide about " + plural(s.HeldAtReading, "row that could not be read", "rows that could not be read"),
			"They are held, so that nothing is lost. Leave them out, or repair the export and read it again.", "clean", "Decide what stays behind",
		}, true
	case s.Mapping == 0 && s.decisions() == 0 && s.CleanFindings > 0:
		return Step{
			"clean", "Decide what stays behind",
			"There are duplicates, or records that hang on nothing. What is decided now need not be put right in the new desk.", "clean", "Look at the proposals",
		}, true
	}
	return Step{}, false
}

func (s State) decisions() int { return s.MergeDecisions + s.ArchiveDecisions + s.LeaveDecisions }

func (s State) nextMapping() (Step, bool) {
	left := plural(int64(s.Left), "thing is", "things are")
	switch {
	case s.Target == "":
		return Step{"target", "Connect the new desk", "Waybill must know what the target offers. The built-in practice desk is enough to begin with.", "target", "Connect the target"}, true
	case s.Mapping == 0 && s.Left > 0:
		return Step{"mapping", "Look through the mapping", left + " left to decide; everything else was proposed from names and values.", "mapping", "Open the mapping"}, true
	case s.Mapping == 0:
		return Step{"mapping", "Accept the mapping", "Everything has a rule. Look it through once, then accept it as version 1.", "mapping", "Open the mapping"}, true
	case s.Changed:
		return Step{"mapping", "Accept the changes of the mapping", "Version " + strconv.Itoa(s.Mapping) + " is in force; what was changed since is not used yet.", "mapping", "Open the mapping"}, true
	}
	return Step{}, false
}

func (s State) nextRun() (Step, bool) {
	switch {
	case s.RunState == "running" || s.RunState == "paused":
		return Step{"run", "A run is under way", "It can be paused at any time, and goes on where it stopped.", "run", "Watch the run"}, true
	case s.Pending == 0:
		return Step{}, false
	case (s.RunState == "interrupted" || s.RunState == "failed" || s.RunState == "cancelled") && !s.RunStale:
		return Step{
			"run", "Go on with the run", "It stopped with " + plural(s.Pending, "record", "records") + " still waiting. Nothing is sent twice.", "run", "Go on",
		}, true
	case s.Plan == 0:
		return Step{"plan", "Make a plan", "It shows what a run would create and what it would hold back. Nothing is written yet.", "plan", "Make a plan"}, true
	case s.PlanStale || s.PlanUsed:
		return Step{"plan", "Make a new plan", plural(s.Pending, "record waits", "records wait") + ", and the last plan does not cover them as things are now.", "plan", "Make a plan"}, true
	}
	why := num(s.Create) + " would be created"
	if s.Hold > 0 {
		why += ", " + num(s.Hold) + " held back"
	}
	return Step{"run", "Look the plan over and start", why + " in " + s.Target + ".", "run", "Open the plan"}, true
}

func (s State) nextHeld() (Step, bool) {
	if s.Held == 0 || s.Verdict == Waived {
		return Step{}, false
	}
	held := plural(s.Held, "record is held back", "records are held back")
	if s.RunStale {
		return Step{"held", "Try the held records again", held + ", and something was decided since. Those that fit now are moved.", "held", "Try them again"}, true
	}
	return Step{"held", held, "They are grouped by what would put them right.", "held", "Look at them"}, true
}

func (s State) nextProof() (Step, bool) {
	switch {
	case !s.Checked && s.Moved > 0:
		return Step{"check", "Check what arrived", "Waybill reads the target back and compares every record with what was meant to arrive.", "check", "Check the target"}, true
	case s.failed() > 0 && s.Verdict == Fails:
		return Step{"check", "Look at what differs", plural(s.failed(), "check", "checks") + " found something that is not as it was meant.", "check", "Open the check"}, true
	case s.Verdict == Fails:
		return Step{"sign", "See what stands in the way", "The manifest cannot be signed yet; the report page lists why.", "report", "Open the report"}, true
	case s.Technical == "":
		return Step{"sign", "Sign that it is complete", "The manifest can be signed: the technical word comes first.", "report", "Sign"}, true
	case s.Business == "":
		return Step{"sign", "Let the business owner accept it", "Somebody else than the maker of the mapping says that the result is right.", "report", "Sign"}, true
	case !s.Reported:
		return Step{"report", "Write the sign-off report", "It puts the manifest, the checks and the signatures on paper.", "report", "Write the report"}, true
	}
	return Step{}, false
}

// failed counts the checks that failed.
func (s State) failed() int64 {
	n := int64(0)
	for _, c := range s.Checks {
		if c.Failed > 0 {
			n++
		}
	}
	return n
}

// Phases are the rail: what is done, what comes next, what needs a person.
func (s State) Phases() []Phase {
	next := s.Next()
	task := func(id, title, page string, done bool, note string) Task {
		t := Task{ID: id, Title: title, Page: page, Note: note, State: Todo}
		switch {
		case id == next.Task && !s.finished(next):
			t.State = Current
		case done:
			t.State = Done
		}
		return t
	}
	attention := func(t Task, when bool) Task {
		if when && t.State != Current {
			t.State = Attention
		}
		return t
	}
	moved := s.Moved > 0 && s.Pending == 0
	signed := s.Technical != "" && s.Business != ""
	real := s.Target != "" && !s.Practice
	phases := []Phase{
		{Number: 1, Title: "Discover", Tasks: []Task{
			task("source", "Choose the source", "source", s.Source != "", ""),
			task("read", "Read everything", "source", s.Read, count(s.Records)),
			task("inventory", "Look at the inventory", "inventory", s.Read && s.Profiled, ""),
		}},
		{Number: 2, Title: "Plan", Tasks: []Task{}},
		{Number: 3, Title: "Prepare and map", Tasks: []Task{
			attention(task("clean", "Decide what stays behind", "clean", s.Read && s.HeldAtReading == 0 && (s.decisions() > 0 || s.CleanFindings == 0), count(s.HeldAtReading)), s.HeldAtReading > 0),
			attention(task("mapping", "Map the fields", "mapping", s.Mapping > 0 && !s.Changed, count(int64(s.Left))), s.Changed),
			task("approve", "Approval by the business owner", "mapping", s.Approved != "", ""),
		}},
		{Number: 4, Title: "Set up the target", Tasks: []Task{
			task("target", "Connect the target", "target", s.Target != "", ""),
			attention(task("gaps", "Close the gaps", "target", s.Target != "" && s.Mapping > 0 && s.Lacking == 0, count(int64(s.Lacking))), s.Lacking > 0),
		}},
		{Number: 5, Title: "Rehearse", Tasks: []Task{
			task("plan", "Plan the run", "plan", s.Plan > 0 && (moved || !s.PlanStale), ""),
			attention(task("run", "Run", "run", moved, ""), s.RunState == "failed" || s.RunState == "interrupted" || s.RunState == "canary" || s.RunState == "stopped"),
			attention(task("held", "Put right what is held back", "held", moved && s.Held == 0, count(s.Held-s.HeldAtReading)), s.Held > s.HeldAtReading),
			attention(task("check", "Check what arrived", "check", s.Checked && s.failed() == 0, ""), s.Checked && s.failed() > 0),
			task("rollback", "Take a run back", "run", s.RolledBack, ""),
		}},
		{Number: 6, Title: "Cut over", Tasks: []Task{
			task("cutover", "Run against the real desk", "run", real && moved, ""),
			task("delta", "Bring over what changed", "delta", s.Deltas > 0, ""),
		}},
		{Number: 7, Title: "Prove and settle", Tasks: []Task{
			task("sign", "Sign off", "report", signed && s.Verdict != Fails, ""),
			task("report", "Write the report", "report", signed && s.Reported, ""),
		}},
	}
	if s.Rules > 0 {
		p := &phases[3]
		p.Tasks = append(p.Tasks, task("rebuild", "Rebuild the rules", "rebuild", s.RulesLeft == 0, count(s.RulesLeft)))
	}
	for i := range phases {
		p := &phases[i]
		p.Total, p.State = len(p.Tasks), Todo
		current := false
		for _, t := range p.Tasks {
			if t.State == Done {
				p.Done++
			}
			current = current || t.State == Current
		}
		switch {
		case current:
			p.State = Current
		case p.Total > 0 && p.Done == p.Total:
			p.State = Done
		}
	}
	return phases
}

// finished says that nothing is left to do: then no task is the current one.
func (s State) finished(next Step) bool {
	return next.Task == "report" && s.Reported && s.Technical != "" && s.Business != "" && s.Verdict != Fails && next.Title == "The move is signed off"
}

func count(n int64) string {
	if n == 0 {
		return ""
	}
	return num(n)
}

// Point is one of the 86 points of the checklist that the engine measures.
type Point struct {
	Number int    `json:"number"`
	Kind   string `json:"kind"`
	State  string `json:"state"`
	// Evidence says in words what was measured.
	Evidence string `json:"evidence"`
}

// Points lists the points of the checklist that the engine can measure by itself.
func (s State) Points() []Point {
	out := []Point{}
	add := func(number int, done bool, evidence string, args ...any) {
		p := Point{Number: number, Kind: "measured", State: "not_started"}
		if done {
			p.State, p.Evidence = "done", fmt.Sprintf(evidence, args...)
		}
		out = append(out, p)
	}
	compared := func(number int, what string, codes ...string) {
		var c Checked
		for _, code := range codes {
			c.Looked, c.Failed = c.Looked+s.Checks[code].Looked, c.Failed+s.Checks[code].Failed
		}
		add(number, s.Checked && c.Looked > 0 && c.Failed == 0, "%s compared, none differs", plural(c.Looked, what, what+"s"))
		if last := &out[len(out)-1]; s.Checked && c.Failed > 0 {
			last.State, last.Evidence = "in_progress", fmt.Sprintf("%s of %s differ", num(c.Failed), num(c.Looked))
		}
	}
	real := s.Target != "" && !s.Practice
	moved := s.Moved > 0 && s.Pending == 0
	add(4, s.Read && s.Profiled, "%s counted and measured", plural(int64(s.Objects), "kind of record", "kinds of records"))
	add(5, s.Read, "%s counted exactly", plural(s.Records, "record", "records"))
	add(6, s.Read && s.Profiled && s.Links > 0, "%s between records followed", plural(int64(s.Links), "kind of link", "kinds of links"))
	add(7, s.Profiled, "Every field of %s measured", plural(int64(s.Objects), "kind of record", "kinds of records"))
	add(9, s.Mapping > 0 && s.Left == 0 && !s.Changed, "Every field and value has a rule in version %d", s.Mapping)
	add(21, s.Profiled && s.HeldAtReading == 0 && s.LeaveDecisions > 0, "%s in force", plural(int64(s.LeaveDecisions), "decision", "decisions"))
	add(22, s.Profiled && (s.MergeDecisions > 0 || s.Duplicates == 0), "%s of duplicates in force", plural(int64(s.MergeDecisions), "merge", "merges"))
	add(23, s.ArchiveDecisions > 0, "%s in force", plural(int64(s.ArchiveDecisions), "retention rule", "retention rules"))
	add(24, s.Kept.Made != "", "%s", s.Kept.Made)
	add(25, s.Kept.Restored != "", "%s", s.Kept.Restored)
	add(26, s.Kept.Apart != "", "%s", s.Kept.Apart)
	add(27, s.Mapping > 0, "Version %d", s.Mapping)
	add(29, s.Approved != "", "%s", s.Approved)
	add(34, s.Target != "" && s.Mapping > 0 && s.Lacking == 0, "The target has every field and option that the mapping uses")
	add(43, moved && s.Practice, "%s in the practice desk", plural(s.Moved, "record", "records"))
	compared(44, "conversation", "thread_order")
	compared(45, "field", "fields")
	compared(46, "attachment", "file_content")
	compared(47, "time", "times")
	compared(48, "link", "links", "authors")
	compared(50, "record", "arrived", "doubled")
	add(51, s.RolledBack, "A run was taken back, and proven gone")
	add(57, real && s.Kept.Last != "", "%s", s.Kept.Last)
	add(58, real && s.Kept.LastRestored != "", "%s", s.Kept.LastRestored)
	add(59, moved && real, "%s moved", plural(s.Moved, "record", "records"))
	add(60, moved && real, "Watched live; %s held back", num(s.Held))
	add(64, s.Checked && real && s.failed() == 0 && s.Balanced, "All checks passed")
	compared(72, "attachment", "file_content")
	return out
}
