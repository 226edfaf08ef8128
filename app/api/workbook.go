package api

import (
	"os"
	"path/filepath"
	"strings"

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
func (m *Mapping) ImportWorkbook() (v WorkbookImport, err error) {
	defer guard(&err)
	v = noImport("")
	files, err := m.s.o.Dialogs.OpenFiles(m.s.ctx, "Choose the workbook that came back", []FileFilter{{Title: "Excel workbook", Pattern: "*.xlsx"}})
	if err != nil || len(files) == 0 {
		return v, err
	}
	return m.read(files[0])
}

// ReadWorkbook reads a workbook that came back. Nothing is applied yet.
func (m *Mapping) ReadWorkbook(path string) (v WorkbookImport, err error) {
	defer guard(&err)
	return m.read(path)
}

func noImport(path string) WorkbookImport {
	return WorkbookImport{File: path, Changes: []string{}, Conflict: []string{}, Problems: []*problem.Problem{}}
}

func (m *Mapping) read(path string) (WorkbookImport, error) {
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
	for _, c := range r.Changes {
		v.Changes = append(v.Changes, changeWords(c, r.Merged, dst))
	}
	for _, c := range r.Conflicts {
		line := changeWords(c.Change, r.Merged, dst) + " Here it was changed as well"
		if c.Mine != "" {
			line += ", to " + strings.TrimSuffix(c.Mine, ".")
		}
		v.Conflict = append(v.Conflict, line+".")
		v.Changes = append(v.Changes, changeWords(c.Change, r.Merged, dst))
	}
	v.Problems = nilless(r.Problems)
	if len(r.Problems) == 0 {
		v.Token = r.Token
		m.s.mu.Lock()
		m.s.imports[r.Token] = pending{path: path}
		m.s.mu.Unlock()
	}
	return v, nil
}

// ApplyWorkbook takes over exactly what was shown, whole or not at all. Where both
// sides changed the same, the workbook wins: the person saw the list and said so.
func (m *Mapping) ApplyWorkbook(token, reason string) (v VersionView, err error) {
	defer guard(&err)
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
	stale := problem.New("workbook.changed", "The workbook or the mapping changed since it was looked at.", "Only what was shown is taken over.", "Read the workbook again and look at the list of changes.")
	if !ok {
		return v, stale
	}
	r, err := p.ReadWorkbook(m.s.ctx, seen.path)
	if err != nil {
		return v, err
	}
	if len(r.Problems) > 0 || r.Token != token {
		return v, stale.At(problem.Place{File: seen.path})
	}
	merged := r.Merged
	for _, c := range r.Conflicts {
		merged = c.Take(merged)
	}
	if v, err = m.accept(p, merged, reason); err != nil {
		return v, err
	}
	m.s.mu.Lock()
	delete(m.s.imports, token)
	m.s.mu.Unlock()
	return v, p.DB().Write(m.s.ctx, func(tx *store.Tx) error {
		return tx.Audit(p.Person(), "workbook.applied", map[string]any{"file": filepath.Base(seen.path), "version": v.Number, "changes": len(r.Changes) + len(r.Conflicts), "conflicts": len(r.Conflicts)})
	})
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
