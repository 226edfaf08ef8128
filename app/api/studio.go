package api

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
)

// maxSteps bounds how far back a draft of the mapping can be undone.
const maxSteps = 100

// steps are the states of the draft in this sitting: what was done can be undone, and
// done again, until something else changed the draft.
type steps struct {
	of     *project.Project
	states []string // JSON of the draft; the one at at is what is there now
	words  []string // words[i] led from states[i] to states[i+1]
	at     int
}

// fits says whether a draft is the one that the steps lead to.
func (s *steps) fits(p *project.Project, now string) bool {
	return s.of == p && s.at < len(s.states) && s.states[s.at] == now
}

// add keeps one step; what was undone before it cannot be done again any more.
func (s *steps) add(p *project.Project, before, after, words string) {
	if before == after {
		return
	}
	if !s.fits(p, before) {
		*s = steps{of: p, states: []string{before}}
	}
	s.states = append(s.states[:s.at+1], after)
	s.words = append(s.words[:s.at], words)
	if len(s.words) > maxSteps {
		s.states, s.words = s.states[1:], s.words[1:]
	}
	s.at = len(s.words)
}

// could names what undo and redo would take back and do again; empty when there is nothing.
func (s *steps) could(p *project.Project, now string) (undo, redo string) {
	if !s.fits(p, now) {
		return "", ""
	}
	if s.at > 0 {
		undo = s.words[s.at-1]
	}
	if s.at < len(s.words) {
		redo = s.words[s.at]
	}
	return undo, redo
}

// step does something to the draft and remembers it. An empty text stands for what changed.
func (m *Mapping) step(p *project.Project, words string, do func() error) error {
	m.s.draft.Lock()
	defer m.s.draft.Unlock()
	before, err := p.Working(m.s.ctx)
	if err != nil {
		return err
	}
	was, err := json.Marshal(before)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	after, err := p.Working(m.s.ctx)
	if err != nil {
		return err
	}
	is, err := json.Marshal(after)
	if err != nil {
		return err
	}
	if words == "" {
		if words, err = stepWords(m.s.ctx, p, before, after); err != nil {
			return err
		}
	}
	m.s.mu.Lock()
	m.s.steps.add(p, string(was), string(is), words)
	m.s.mu.Unlock()
	m.s.changed("mapping")
	return nil
}

// stepWords says what one step changed: by its only change, else by their number.
func stepWords(ctx context.Context, p *project.Project, before, after mapping.Version) (string, error) {
	dst, err := p.Schema(ctx, project.Target)
	if err != nil {
		return "", err
	}
	all := mapping.Diff(before, after)
	fields := map[string]bool{}
	for _, c := range all {
		name := title(c.Object)
		if c.Field != "" {
			om, _ := after.Object(c.Object)
			shape, _ := dst.Object(om.Target)
			name += ", " + fieldTitle(shape, c.Field)
		}
		fields[name] = true
	}
	if len(fields) == 1 {
		for name := range fields {
			return name, nil
		}
	}
	return fmt.Sprintf("%d rules", max(len(fields), 1)), nil
}

// couldStep gives what undo and redo would do to a draft.
func (m *Mapping) couldStep(p *project.Project, v mapping.Version) (undo, redo string, err error) {
	now, err := json.Marshal(v)
	if err != nil {
		return "", "", err
	}
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	undo, redo = m.s.steps.could(p, string(now))
	return undo, redo, nil
}

// Undo takes the last step of this sitting back, and says which.
func (m *Mapping) Undo() (what string, err error) {
	defer guard(&err)
	return m.walk(-1)
}

// Redo does again what was undone, and says what.
func (m *Mapping) Redo() (what string, err error) {
	defer guard(&err)
	return m.walk(1)
}

func (m *Mapping) walk(by int) (string, error) {
	m.s.draft.Lock()
	defer m.s.draft.Unlock()
	p, err := m.s.project()
	if err != nil {
		return "", err
	}
	v, err := p.Working(m.s.ctx)
	if err != nil {
		return "", err
	}
	undo, redo, err := m.couldStep(p, v)
	if err != nil {
		return "", err
	}
	what := redo
	if by < 0 {
		what = undo
	}
	if what == "" {
		return "", problem.New("mapping.no_step", "There is nothing to take back or to do again.", "Steps are kept until the mapping is accepted, a workbook comes back or Waybill is closed.", "The versions of the mapping go further back.")
	}
	m.s.mu.Lock()
	to := m.s.steps.states[m.s.steps.at+by]
	m.s.mu.Unlock()
	var old mapping.Version
	if err := json.Unmarshal([]byte(to), &old); err != nil {
		return "", err
	}
	if err := p.SetWorking(m.s.ctx, old); err != nil {
		return "", err
	}
	m.s.mu.Lock()
	m.s.steps.at += by
	m.s.mu.Unlock()
	m.s.changed("mapping")
	return what, nil
}

// Sure lists the suggestions at or above a confidence in percent: what accepting them
// together would settle, and what it would not and why. An empty object means all.
func (m *Mapping) Sure(object string, percent int) (v SureView, err error) {
	defer guard(&err)
	v = SureView{Accepted: []SureRow{}, Passed: []SureRow{}}
	d, err := m.working()
	if err != nil {
		return v, err
	}
	found, err := d.p.Lint(m.s.ctx, d.v)
	if err != nil {
		return v, err
	}
	prog, _, err := d.p.Program(m.s.ctx, d.v, d.src, d.dst) // what is wrong shows at each field
	if err != nil {
		return v, err
	}
	for _, om := range inOrder(d.v, d.src) {
		if om.Target == "" || object != "" && mapID(om) != object {
			continue
		}
		x, err := d.object(m.s.ctx, om, prog, found)
		if err != nil {
			return v, err
		}
		for _, f := range x.Fields {
			if f.Map.State != mapping.Proposed || f.Map.Confidence < percent {
				continue
			}
			row := SureRow{Object: x.ID, ObjectTitle: x.SourceTitle, Field: f.Map.Target, FieldTitle: fieldTitleOf(f.Target), Words: f.Words, Confidence: f.Map.Confidence, Reason: f.Map.Reason, Why: whyNot(f)}
			if len(f.Samples) > 0 {
				row.Before, row.After = f.Samples[0].Before, f.Samples[0].After
			}
			if row.Why == "" {
				v.Accepted = append(v.Accepted, row)
			} else {
				v.Passed = append(v.Passed, row)
			}
		}
	}
	return v, nil
}

// whyNot says why a suggestion is not accepted together with others; empty when it can be.
func whyNot(f FieldMapView) string {
	for _, pair := range f.Map.Values {
		if !pair.Decided {
			return "Some of its values are not decided."
		}
	}
	if len(f.Problem) > 0 {
		return f.Problem[0].What
	}
	for _, s := range f.Samples {
		if s.Problem != nil {
			return "It does not work on all examples: " + s.Problem.What
		}
	}
	return ""
}

func fieldTitleOf(f model.Field) string {
	if f.Title != "" {
		return f.Title
	}
	return f.Name
}

// AcceptSure accepts suggestions together, as one step, and says how many.
func (m *Mapping) AcceptSure(rows []SureRow) (n int, err error) {
	defer guard(&err)
	p, err := m.s.project()
	if err != nil {
		return 0, err
	}
	err = m.step(p, "", func() error {
		v, err := p.Working(m.s.ctx)
		if err != nil {
			return err
		}
		for i := range v.Objects {
			for j := range v.Objects[i].Fields {
				f := &v.Objects[i].Fields[j]
				if f.State == mapping.Proposed && slices.ContainsFunc(rows, func(r SureRow) bool {
					return r.Object == mapID(v.Objects[i]) && r.Field == f.Target
				}) {
					f.State = mapping.Reviewed
					n++
				}
			}
		}
		return p.SetWorking(m.s.ctx, v)
	})
	return n, err
}
