package journey_test

import (
	"testing"

	"waybill/backend/journey"
)

// moved is a state after a run into the practice desk, changed by what a case needs.
func moved(change func(*journey.State)) journey.State {
	s := journey.State{
		Source: "Export files", Target: "Practice desk", Practice: true, Begun: true, Read: true, Profiled: true, Objects: 7, Records: 10_000, Links: 5,
		LeaveDecisions: 1, Mapping: 1, Plan: 1, PlanUsed: true, RunState: "done", Runs: 1, Moved: 10_000, Verdict: journey.Fails, Checks: map[string]journey.Checked{},
	}
	if change != nil {
		change(&s)
	}
	return s
}

func checked(change func(*journey.State)) journey.State {
	return moved(func(s *journey.State) {
		s.Checked, s.Balanced, s.Verdict = true, true, journey.Balances
		s.Checks = map[string]journey.Checked{
			"arrived": {Looked: 10_000}, "doubled": {Looked: 10_000}, "fields": {Looked: 50_000}, "times": {Looked: 9}, "links": {Looked: 8}, "authors": {Looked: 7},
			"thread_order": {Looked: 6}, "file_content": {Looked: 5},
		}
		if change != nil {
			change(s)
		}
	})
}

func TestNext(t *testing.T) {
	read := journey.State{Source: "Export files", Begun: true, Read: true, Profiled: true, Objects: 7, Records: 100, Pending: 100}
	with := func(s journey.State, change func(*journey.State)) journey.State { change(&s); return s }
	for _, c := range []struct {
		name       string
		s          journey.State
		task, page string
	}{
		{"nothing yet", journey.State{}, "source", "source"},
		{"a source, not read", journey.State{Source: "Export files"}, "read", "source"},
		{"half read", journey.State{Source: "Export files", Begun: true}, "read", "source"},
		{"a target before the source", journey.State{Target: "Practice desk"}, "source", "source"},
		{"read", read, "target", "target"},
		{"duplicates to decide about", with(read, func(s *journey.State) { s.CleanFindings = 2 }), "clean", "clean"},
		{"duplicates, decided", with(read, func(s *journey.State) { s.CleanFindings, s.MergeDecisions = 2, 1 }), "target", "target"},
		{"broken rows", with(read, func(s *journey.State) { s.HeldAtReading, s.Held, s.MergeDecisions = 2, 2, 1 }), "clean", "clean"},
		{"mapping with things left", with(read, func(s *journey.State) { s.Target, s.Left = "Practice desk", 3 }), "mapping", "mapping"},
		{"mapping ready", with(read, func(s *journey.State) { s.Target = "Practice desk" }), "mapping", "mapping"},
		{"mapping accepted", with(read, func(s *journey.State) { s.Target, s.Mapping = "Practice desk", 1 }), "plan", "plan"},
		{"mapping accepted with open values", with(read, func(s *journey.State) { s.Target, s.Mapping, s.Left = "Practice desk", 1, 2 }), "plan", "plan"},
		{"mapping changed", with(read, func(s *journey.State) { s.Target, s.Mapping, s.Changed = "Practice desk", 1, true }), "mapping", "mapping"},
		{"duplicates never decided, mapping accepted", with(read, func(s *journey.State) { s.Target, s.Mapping, s.CleanFindings = "Practice desk", 1, 4 }), "plan", "plan"},
		{"planned", with(read, func(s *journey.State) { s.Target, s.Mapping, s.Plan, s.Create, s.Hold = "Practice desk", 1, 1, 98, 2 }), "run", "run"},
		{"plan out of date", with(read, func(s *journey.State) { s.Target, s.Mapping, s.Plan, s.PlanStale = "Practice desk", 1, 1, true }), "plan", "plan"},
		{"running", moved(func(s *journey.State) { s.RunState, s.Pending = "running", 5 }), "run", "run"},
		{"interrupted", moved(func(s *journey.State) { s.RunState, s.Pending, s.PlanUsed = "interrupted", 5, false }), "run", "run"},
		{"first records wait", moved(func(s *journey.State) {
			s.RunState, s.Pending, s.PlanUsed, s.HeldAtReading, s.Held = "canary", 5, false, 2, 2
		}), "run", "run"},
		{"first records wait, then decided anew", moved(func(s *journey.State) {
			s.RunState, s.Pending, s.PlanUsed, s.RunStale, s.PlanStale = "canary", 5, false, true, true
		}), "plan", "plan"},
		{"stopped by a threshold", moved(func(s *journey.State) { s.RunState, s.Pending, s.PlanUsed = "stopped", 5, false }), "run", "run"},
		{"interrupted, then decided anew", moved(func(s *journey.State) {
			s.RunState, s.Pending, s.PlanUsed, s.RunStale, s.PlanStale = "interrupted", 5, false, true, true
		}), "plan", "plan"},
		{"more was read after the run", moved(func(s *journey.State) { s.Pending = 3 }), "plan", "plan"},
		{"taken back", moved(func(s *journey.State) { s.RunState, s.Moved, s.Pending, s.PlanUsed = "rolled_back", 0, 10_000, false }), "run", "run"},
		{"held", moved(func(s *journey.State) { s.Held = 4 }), "held", "held"},
		{"held, and something was decided", moved(func(s *journey.State) { s.Held, s.RunStale, s.PlanStale = 4, true, true }), "held", "held"},
		{"held, waived", checked(func(s *journey.State) { s.Held, s.Verdict = 4, journey.Waived }), "sign", "report"},
		{"moved", moved(nil), "check", "check"},
		{"checked and different", checked(func(s *journey.State) {
			s.Verdict = journey.Fails
			s.Checks["times"] = journey.Checked{Looked: 9, Failed: 1}
		}), "check", "check"},
		{"checked, fails for another reason", checked(func(s *journey.State) { s.Verdict = journey.Fails }), "sign", "report"},
		{"checked", checked(nil), "sign", "report"},
		{"signed once", checked(func(s *journey.State) { s.Technical = "Tom" }), "sign", "report"},
		{"signed twice", checked(func(s *journey.State) { s.Technical, s.Business = "Tom", "Bea" }), "report", "report"},
		{"everything", checked(func(s *journey.State) { s.Technical, s.Business, s.Reported = "Tom", "Bea", true }), "report", "report"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.s.Next()
			if got.Task != c.task || got.Page != c.page {
				t.Errorf("got %+v, want the task %s on the page %s", got, c.task, c.page)
			}
			if got.Title == "" || got.Why == "" || got.Button == "" {
				t.Errorf("a step without words: %+v", got)
			}
			consistent(t, c.s, got)
		})
	}
}

// consistent: exactly the task of the next step is current, in exactly one phase.
func consistent(t *testing.T, s journey.State, next journey.Step) {
	t.Helper()
	current, phases := []string{}, 0
	for i, p := range s.Phases() {
		if p.Number != i+1 || p.Title == "" || p.Total != len(p.Tasks) {
			t.Errorf("phase %+v", p)
		}
		done := 0
		for _, task := range p.Tasks {
			switch task.State {
			case journey.Current:
				current = append(current, task.ID)
			case journey.Done:
				done++
			case journey.Todo, journey.Attention:
			default:
				t.Errorf("task %s is in the state %q", task.ID, task.State)
			}
			if task.Page == "" || task.Title == "" {
				t.Errorf("task %+v leads nowhere", task)
			}
		}
		if done != p.Done {
			t.Errorf("phase %d says %d done, %d are", p.Number, p.Done, done)
		}
		if p.State == journey.Current {
			phases++
		}
	}
	if next.Title == "The move is signed off" {
		if len(current) != 0 || phases != 0 {
			t.Errorf("all is done, yet %v is current", current)
		}
		return
	}
	if len(current) != 1 || current[0] != next.Task || phases != 1 {
		t.Errorf("current are %v in %d phases, next is %s", current, phases, next.Task)
	}
}

func TestPoints(t *testing.T) {
	state := func(s journey.State, number int) string {
		for _, p := range s.Points() {
			if p.Number == number {
				if (p.State == "done") != (p.Evidence != "") && p.State != "in_progress" {
					t.Errorf("point %d is %s with the evidence %q", number, p.State, p.Evidence)
				}
				return p.State
			}
		}
		return "missing"
	}
	for _, c := range []struct {
		name   string
		s      journey.State
		number int
		want   string
	}{
		{"counts before reading", journey.State{Source: "x"}, 5, "not_started"},
		{"counts", moved(nil), 5, "done"},
		{"inventory", moved(nil), 4, "done"},
		{"mapping", moved(nil), 27, "done"},
		{"review by the maker alone", moved(nil), 29, "not_started"},
		{"review", moved(func(s *journey.State) { s.Approved = "Bea, owner" }), 29, "done"},
		{"archive rule", moved(func(s *journey.State) { s.ArchiveDecisions = 1 }), 23, "done"},
		{"no archive rule", moved(nil), 23, "not_started"},
		{"threads before the check", moved(nil), 44, "not_started"},
		{"threads", checked(nil), 44, "done"},
		{"threads that differ", checked(func(s *journey.State) { s.Checks["thread_order"] = journey.Checked{Looked: 6, Failed: 2} }), 44, "in_progress"},
		{"times", checked(nil), 47, "done"},
		{"parity", checked(nil), 50, "done"},
		{"no attachment at all proves nothing", checked(func(s *journey.State) { delete(s.Checks, "file_content") }), 46, "not_started"},
		{"rollback", checked(func(s *journey.State) { s.RolledBack = true }), 51, "done"},
		{"the practice desk is no cut-over", checked(nil), 59, "not_started"},
		{"cut-over", checked(func(s *journey.State) { s.Practice = false }), 59, "done"},
		{"checks after the cut-over", checked(func(s *journey.State) { s.Practice = false }), 64, "done"},
		{"training is nothing that is measured", checked(nil), 42, "missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := state(c.s, c.number); got != c.want {
				t.Errorf("point %d is %s, want %s", c.number, got, c.want)
			}
		})
	}
	last := 0
	for _, p := range checked(nil).Points() {
		if p.Number <= last || p.Number > 86 || p.Kind != "measured" {
			t.Errorf("point %+v after %d", p, last)
		}
		last = p.Number
	}
}
