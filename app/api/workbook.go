package api

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/project"
	"waybill/backend/store"
)

// pending is a returned workbook that was looked at and may be taken over.
type pending struct{ path string }

// ExportWorkbook asks where, and writes the mapping for Excel; empty when the person
// thought better of it.
func (m *Mapping) ExportWorkbook() (path string, err error) {
	defer guard(&err)
	d, err := m.working()
	if err != nil {
		return "", err
	}
	suggested := filepath.Join(d.p.Dir, "workbooks", fileName("Mapping of "+d.p.Info().Name)+".xlsx")
	path, err = m.s.o.Dialogs.SaveFile(m.s.ctx, "Write the mapping workbook", suggested)
	if err != nil || path == "" {
		return "", err
	}
	if !strings.EqualFold(filepath.Ext(path), ".xlsx") {
		path += ".xlsx"
	}
	if err := d.p.ExportWorkbook(m.s.ctx, path); err != nil {
		return "", err
	}
	m.s.changed("mapping")
	return path, nil
}

// ImportWorkbook asks which workbook came back, and reads it.
func (m *Mapping) ImportWorkbook() (v WorkbookBack, err error) {
	defer guard(&err)
	v = noImport("")
	files, err := m.s.o.Dialogs.OpenFiles(m.s.ctx, "Choose the workbook that came back", []FileFilter{{Title: "Excel workbook", Pattern: "*.xlsx"}})
	if err != nil || len(files) == 0 {
		return v, err
	}
	return m.read(files[0])
}

// ReadWorkbook reads a workbook that came back. Nothing is applied yet.
func (m *Mapping) ReadWorkbook(path string) (v WorkbookBack, err error) {
	defer guard(&err)
	return m.read(path)
}

func noImport(path string) WorkbookBack {
	return WorkbookBack{File: path, Changes: []string{}, Conflict: []ConflictView{}, Others: []string{}, Notes: []*problem.Problem{}, Problems: []*problem.Problem{}}
}

func (m *Mapping) read(path string) (WorkbookBack, error) {
	v := noImport(path)
	p, err := m.s.project()
	if err != nil {
		return v, err
	}
	r, err := p.ReadWorkbook(m.s.ctx, path)
	if err != nil {
		return v, err
	}
	dst, err := p.Schema(m.s.ctx, project.Target)
	if err != nil {
		return v, err
	}
	v = backView(path, r, dst)
	if v.Token != "" {
		m.remember(v.Token, path)
	}
	return v, nil
}

// backView shows what came back.
func backView(path string, r project.Returned, dst model.Schema) WorkbookBack {
	v := noImport(path)
	for _, c := range r.Changes {
		v.Changes = append(v.Changes, changeWords(c, r.Merged, dst))
	}
	for _, c := range r.Conflicts {
		what := changeWords(c.Change, r.Merged, dst)
		for _, end := range []string{" was ", " is now "} { // what it is about, without what it became
			what, _, _ = strings.Cut(what, end)
		}
		v.Conflict = append(v.Conflict, ConflictView{What: what, Here: orNone(c.Mine), There: orNone(c.New)})
	}
	v.Others, v.Notes, v.Problems = r.Words(), nilless(r.Notes), nilless(r.Problems)
	if r.Review != nil {
		v.Review = ReviewView{Said: true, Name: r.Review.Name, Role: r.Review.Role, Date: r.Review.Date, Approved: r.Review.Approved, Remark: r.Review.Remark, Refused: r.Review.Refused}
	}
	if len(r.Problems) == 0 && r.Says() {
		v.Token = r.Token
	}
	return v
}

func orNone(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

func (m *Mapping) remember(token, path string) {
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	m.s.imports[token] = pending{path: path}
}

// ApplyWorkbook takes over exactly what was shown, whole or not at all. theirs says for each
// conflict, in the order shown, whether the workbook counts.
func (m *Mapping) ApplyWorkbook(token, reason string, theirs []bool) (v VersionView, err error) {
	defer guard(&err)
	return m.take(token, reason, theirs, (*project.Project).ApplyWorkbook)
}

// take applies what was read under a token.
func (m *Mapping) take(token, reason string, theirs []bool, apply func(*project.Project, context.Context, string, string, project.Take) (store.MappingVersion, error)) (v VersionView, err error) {
	v.Changes = []string{}
	p, err := m.s.project()
	if err != nil {
		return v, err
	}
	if st, ok := p.Jobs.Current(); ok {
		return v, busy(st.Title)
	}
	m.s.mu.Lock()
	seen, ok := m.s.imports[token]
	m.s.mu.Unlock()
	if !ok {
		return v, problem.New("workbook.changed", "The workbook or the mapping changed since it was looked at.", "Only what was shown is taken over.", "Read the workbook again and look at the list of changes.")
	}
	t := project.Take{Reason: reason, Theirs: map[int]bool{}}
	for i, b := range theirs {
		t.Theirs[i] = b
	}
	got, err := apply(p, m.s.ctx, seen.path, token, t)
	if err != nil {
		return v, err
	}
	m.s.mu.Lock()
	delete(m.s.imports, token)
	m.s.mu.Unlock()
	m.s.changed("mapping")
	m.s.changed("clean")
	return m.view(got)
}

// AnnotateWorkbook writes the mistakes into a copy of a workbook, as notes at its
// cells, and gives the copy's path.
func (m *Mapping) AnnotateWorkbook(path string) (to string, err error) {
	defer guard(&err)
	p, err := m.s.project()
	if err != nil {
		return "", err
	}
	return p.AnnotateWorkbook(m.s.ctx, path)
}

// reportsIn gives the full path of a report of a project.
func reportsIn(p *project.Project, name string) string {
	return filepath.Join(p.Dir, "reports", filepath.Base(name))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
