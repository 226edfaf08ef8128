package api

import (
	"context"
	"path/filepath"
	"strings"

	"waybill/backend/job"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Held groups the records that are held back, by what would put them right.
func (r *Runs) Held() (out []HeldGroup, err error) {
	defer guard(&err)
	out = []HeldGroup{}
	p, err := r.s.project()
	if err != nil {
		return out, err
	}
	err = p.DB().Read(r.s.ctx, func(tx *store.Tx) error {
		groups, err := tx.HeldGroups()
		for _, g := range groups {
			out = append(out, heldGroup(g))
		}
		return err
	})
	return out, err
}

// heldGroup shows a group of held records.
func heldGroup(g store.HeldGroup) HeldGroup {
	v := HeldGroup{Code: g.Code, Object: string(g.Object), Field: g.Field, Title: g.Code, Page: repairPage(g.Code), Examples: nilless(g.Examples)}
	if g.Example != nil {
		what := g.Example.What
		if many := rowsWords[g.Code]; many != "" && g.Count > 1 {
			what = many // the example's own words name its line
		}
		v.Title, v.Why, v.Next = title(g.Object)+": "+what, g.Example.Why, g.Example.Next
	}
	v.Count = figure(g.Count, Filter{Object: string(g.Object), Fate: "held", Code: g.Code, Field: g.Field, Op: "held", Words: "Held back. " + v.Title})
	return v
}

// rowsWords say for many rows what a problem of one row says with its line.
var rowsWords = map[string]string{
	"file.row_width": "The rows have another number of cells than there are columns.", "file.quote": "The rows have a quotation mark that does not fit.",
	"file.bad_characters": "The rows have characters that cannot be read.", "file.line_too_long": "The rows are far too long.", "file.json": "The rows are not complete JSON.",
	"file.mail": "The messages cannot be read.", "file.key_empty": "The rows have nothing in the column that tells them apart.",
}

// repairPage is where a group of held records is put right.
func repairPage(code string) string {
	for _, at := range []struct{ prefix, page string }{
		{"load.same_value", "clean"},
		{"desk.field_taken", "clean"},
		{"desk.field_", "mapping"},
		{"desk.refused", "mapping"},
		{"desk.file_", "clean"},
		{"file.attachment", "clean"},
		{"load.link_", "mapping"},
		{"load.no_content", "clean"},
		{"load.file_", "clean"},
		{"extract.", "clean"},
		{"stage.repeated", "clean"},
		{"file.", "source"},
		{"stage.", "source"},
		{"transform.", "mapping"},
		{"mapping.", "mapping"},
		{"desk.", "target"},
		{"target.", "target"},
		{"connector.", "target"},
	} {
		if strings.HasPrefix(code, at.prefix) {
			return at.page
		}
	}
	return "mapping"
}

// Repairs lists what would put a group of held records right, the best first.
func (r *Runs) Repairs(object, code, field string) (out []RepairView, err error) {
	defer guard(&err)
	out = []RepairView{}
	p, err := r.s.project()
	if err != nil {
		return out, err
	}
	list, err := p.Repairs(r.s.ctx, groupOf(object, code, field))
	if err != nil {
		return out, err
	}
	for _, x := range list {
		v := RepairView{ID: x.ID, Title: x.Title, Why: x.Why, Asks: x.Asks, Options: []RepairOption{}, Values: []RepairOption{}, Count: x.Count, Again: x.Again}
		for _, o := range x.Options {
			v.Options = append(v.Options, RepairOption(o))
		}
		for _, o := range x.Values {
			v.Values = append(v.Values, RepairOption(o))
		}
		out = append(out, v)
	}
	return out, nil
}

// Fix carries out one repair for a whole group, and tries just these records again.
// value is what the repair asked for: a text, an option, or for values a JSON object.
func (r *Runs) Fix(object, code, field, repair, value, why string) (id string, err error) {
	defer guard(&err)
	return r.s.work("retry", "Putting held records right", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		_, runs, err := p.FixAndRetry(ctx, groupOf(object, code, field), repair, value, why, pr)
		if err != nil || len(runs) == 0 {
			return "", err
		}
		return runID(runs[len(runs)-1]), nil
	})
}

// ExportHeld asks where, and writes what is held for Excel; empty when the person
// thought better of it.
func (r *Runs) ExportHeld() (path string, err error) {
	defer guard(&err)
	p, err := r.s.project()
	if err != nil {
		return "", err
	}
	suggested := filepath.Join(p.Dir, "workbooks", fileName("Held records of "+p.Info().Name)+".xlsx")
	path, err = r.s.o.Dialogs.SaveFile(r.s.ctx, "Write the held records", suggested)
	if err != nil || path == "" {
		return "", err
	}
	if !strings.EqualFold(filepath.Ext(path), ".xlsx") {
		path += ".xlsx"
	}
	return path, p.ExportHeld(r.s.ctx, path)
}

// ImportHeld asks which workbook of held records came back, and reads it.
func (r *Runs) ImportHeld() (v HeldImport, err error) {
	defer guard(&err)
	v = HeldImport{Answers: []HeldAnswer{}, Problems: []*problem.Problem{}}
	p, err := r.s.project()
	if err != nil {
		return v, err
	}
	files, err := r.s.o.Dialogs.OpenFiles(r.s.ctx, "Choose the workbook that came back", []FileFilter{{Title: "Excel workbook", Pattern: "*.xlsx"}})
	if err != nil || len(files) == 0 {
		return v, err
	}
	got, err := p.ReadHeld(r.s.ctx, files[0])
	if err != nil {
		return v, err
	}
	v.File, v.Problems = files[0], nilless(got.Problems)
	for _, a := range got.Answers {
		v.Answers = append(v.Answers, r.answerWords(p, a))
	}
	if len(got.Problems) == 0 && len(got.Answers) > 0 {
		v.Token = got.Token
		r.s.mu.Lock()
		r.s.imports["held "+got.Token] = pending{path: files[0]}
		r.s.mu.Unlock()
	}
	return v, nil
}

// answerWords say a chosen repair by its titles.
func (r *Runs) answerWords(p *project.Project, a project.Answer) HeldAnswer {
	out := HeldAnswer{Group: heldGroup(a.Group).Title, Repair: a.Repair, Value: a.Value}
	list, err := p.Repairs(r.s.ctx, a.Group)
	if err != nil {
		return out // its name says it too
	}
	for _, x := range list {
		if x.ID == a.Repair {
			out.Repair = x.Title
		}
	}
	return out
}

// ApplyHeld carries out the repairs of a workbook that was read, all or none, and tries
// just their records again.
func (r *Runs) ApplyHeld(token string) (id string, err error) {
	defer guard(&err)
	r.s.mu.Lock()
	seen, ok := r.s.imports["held "+token]
	r.s.mu.Unlock()
	if !ok {
		return "", problem.New("workbook.changed", "This workbook was not read, or was taken over already.", "Only what was shown is done.", "Read the workbook again and look at the list.")
	}
	return r.s.work("retry", "Putting held records right", func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		_, runs, err := p.ApplyHeld(ctx, seen.path, token, pr)
		if err != nil || len(runs) == 0 {
			return "", err
		}
		r.s.mu.Lock()
		delete(r.s.imports, "held "+token)
		r.s.mu.Unlock()
		return runID(runs[len(runs)-1]), nil
	})
}

// groupOf finds a group of held records by what the window calls it.
func groupOf(object, code, field string) store.HeldGroup {
	return store.HeldGroup{Object: model.Object(object), Code: code, Field: field}
}
