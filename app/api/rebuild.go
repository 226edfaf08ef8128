package api

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"waybill/backend/job"
	"waybill/backend/problem"
	"waybill/backend/project"
)

// Rebuild tracks what the old desk does by itself until it is built again in the new one.
type Rebuild struct{ s *session }

// View lists everything that is to be built again.
func (r *Rebuild) View() (v RebuildView, err error) {
	defer guard(&err)
	v = RebuildView{Missing: []string{}, Kinds: []RebuildKind{}, Rules: []RuleRow{}}
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	if err := r.sides(p, &v); err != nil {
		return v, err
	}
	list, err := p.Rebuilds(r.s.ctx)
	if err != nil {
		return v, err
	}
	v.ReadAt, v.Account, v.Missing, v.Failed = list.Reading.At, list.Reading.Account, nilless(list.Reading.Missing), list.Failed
	if list.Reading.N > 1 { // the first reading has nothing to be compared with
		v.Added, v.Changed, v.Gone = list.Reading.Added, list.Reading.Changed, list.Reading.Gone
	}
	for _, x := range list.Rules {
		row := ruleRow(x)
		v.Rules = append(v.Rules, row)
		if row.Drift == project.RuleGone {
			continue
		}
		if n := len(v.Kinds); n == 0 || v.Kinds[n-1].Kind != row.Kind {
			_, many := project.RuleKindTitle(row.Kind)
			v.Kinds = append(v.Kinds, RebuildKind{Kind: row.Kind, Title: many})
		}
		k := &v.Kinds[len(v.Kinds)-1]
		k.All++
		v.All++
		v.Dead += row.Dead
		if row.Left {
			k.Left++
			v.Left++
		}
	}
	return v, nil
}

// sides says which desks there are, and whether the source's rules can be read at all.
func (r *Rebuild) sides(p *project.Project, v *RebuildView) error {
	for _, side := range []string{project.Source, project.Target} {
		c, ok, err := p.Connection(r.s.ctx, side)
		if err != nil {
			return err
		}
		name := ""
		if ok {
			name = c.Kind
			for _, k := range r.s.o.Kinds {
				if k.Name == c.Kind {
					name = k.Title
				}
			}
		}
		if side == project.Target {
			v.Target = name
			continue
		}
		gives, err := p.GivesRules(r.s.ctx)
		if err != nil {
			return err
		}
		v.Source, v.CanRead = name, ok && c.Kind != "files" && gives
		switch {
		case !ok:
			v.Why = "No source is connected yet."
		case !gives && c.Kind != "files":
			no := project.NoRules(name)
			v.Why = no.What + " " + no.Why + " " + no.Next
		case !v.CanRead:
			v.Why = "Export files hold records, and not what the old desk does by itself. Connect the old desk itself to list its rules; its records can still come from the files in another project."
		}
	}
	return nil
}

func ruleRow(x project.Rebuild) RuleRow {
	one, _ := project.RuleKindTitle(x.Kind)
	row := RuleRow{
		ID: x.ID, Kind: x.Kind, One: one, Name: x.Name, Active: x.Words.Active, State: x.State, Owner: x.Owner, Note: x.Note, By: x.By.Name, At: x.At,
		Drift: x.Drift, Stale: x.Stale(), Left: x.Left(), Dead: x.Dead(), Uses: x.Uses,
	}
	switch {
	case len(x.Words.Does) > 0:
		row.Does = clip(strings.Join(x.Words.Does, "; "), 160)
	case x.Words.Text != "":
		row.Does = clip(strings.Join(strings.Fields(project.RuleText(x.Words)), " "), 160)
	case len(x.Words.When) > 0:
		row.Does = clip(strings.Join(x.Words.When, "; "), 160)
	}
	return row
}

// Get gives a rule in full, with its test.
func (r *Rebuild) Get(id int64) (v RuleDetail, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	list, err := p.Rebuilds(r.s.ctx)
	if err != nil {
		return v, err
	}
	i := slices.IndexFunc(list.Rules, func(x project.Rebuild) bool { return x.ID == id })
	if i < 0 {
		return v, problem.New("rebuild.none", "There is no such rule in this project.", "The list may be older than the last reading.", "Look at the list again.")
	}
	x := list.Rules[i]
	v = RuleDetail{
		Row: ruleRow(x), About: x.Words.Description, Place: x.Words.Place, When: nilless(x.Words.When), AnyOf: nilless(x.Words.AnyOf), Does: nilless(x.Words.Does),
		Text: project.RuleText(x.Words), Placeholders: []PlaceholderView{}, Do: x.Script.Do, Expect: x.Script.Expect, But: x.Script.But, Test: x.Script.Text(),
		Drifted: x.DriftWords(), Changes: nilless(x.Changes()), History: []Activity{},
	}
	for _, h := range x.Placeholders {
		v.Placeholders = append(v.Placeholders, PlaceholderView{Text: h.Text, Means: h.Means, Becomes: h.Becomes, Dead: h.Dead, Words: h.Words()})
	}
	history, err := p.RuleHistory(r.s.ctx, x)
	for _, e := range history {
		v.History = append(v.History, activity(e))
	}
	return v, err
}

// Read reads the source's rules anew.
func (r *Rebuild) Read() (id string, err error) {
	defer guard(&err)
	return r.s.work("rules", "Reading the rules of the source", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		_, err := p.ReadRules(ctx, pr)
		return "", err
	})
}

// State states something about rules, all of them or none.
func (r *Rebuild) State(ids []int64, c RuleChange) (err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return err
	}
	s := project.RuleState{}
	for _, f := range c.Fields {
		switch f {
		case "state":
			s.State = &c.State
		case "owner":
			s.Owner = &c.Owner
		case "note":
			s.Note = &c.Note
		}
	}
	if err := p.StateRules(r.s.ctx, ids, s); err != nil {
		return err
	}
	r.s.changed("rules")
	return nil
}

// Export asks where, and writes the rules for Excel; empty when the person thought better of it.
func (r *Rebuild) Export() (path string, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return "", err
	}
	path, err = r.s.o.Dialogs.SaveFile(r.s.ctx, "Write the workbook of rules", filepath.Join(p.Dir, "workbooks", fileName("Rules of "+p.Info().Name)+".xlsx"))
	if err != nil || path == "" {
		return "", err
	}
	if !strings.EqualFold(filepath.Ext(path), ".xlsx") {
		path += ".xlsx"
	}
	if err := p.ExportRules(r.s.ctx, path); err != nil {
		return "", err
	}
	r.s.changed("rules")
	return path, nil
}

// Import asks which workbook came back, and reads it. Nothing is applied yet.
func (r *Rebuild) Import() (v RulesImport, err error) {
	defer guard(&err)
	v = RulesImport{Changes: []RuleImported{}, Problems: []*problem.Problem{}}
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	files, err := r.s.o.Dialogs.OpenFiles(r.s.ctx, "Choose the workbook that came back", []FileFilter{{Title: "Excel workbook", Pattern: "*.xlsx"}})
	if err != nil || len(files) == 0 {
		return v, err
	}
	back, err := p.ReadRulesBook(r.s.ctx, files[0])
	if err != nil {
		return v, err
	}
	v.File, v.Problems = back.File, nilless(back.Problems)
	for _, c := range back.Changes {
		one, _ := project.RuleKindTitle(c.Rule.Kind)
		v.Changes = append(v.Changes, RuleImported{
			Name: c.Rule.Name, One: one, Was: project.RuleStateWord(c.Rule.State), Now: project.RuleStateWord(c.State), Owner: c.Owner, Note: c.Note, Conflict: c.Conflict,
		})
	}
	if len(v.Problems) == 0 && len(v.Changes) > 0 {
		v.Token = back.Token
		r.s.mu.Lock()
		r.s.imports[back.Token] = pending{path: back.File}
		r.s.mu.Unlock()
	}
	return v, nil
}

// Apply takes over exactly what Import showed, and says how many rules changed.
func (r *Rebuild) Apply(token string) (n int, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return 0, err
	}
	r.s.mu.Lock()
	seen, ok := r.s.imports[token]
	r.s.mu.Unlock()
	if !ok {
		return 0, problem.New("workbook.changed", "The workbook was not looked at in this session.", "Only what was shown is taken over.", "Read the workbook again and look at the list of changes.")
	}
	if n, err = p.ApplyRulesBook(r.s.ctx, seen.path, token); err != nil {
		return 0, err
	}
	r.s.mu.Lock()
	delete(r.s.imports, token)
	r.s.mu.Unlock()
	r.s.changed("rules")
	return n, nil
}
