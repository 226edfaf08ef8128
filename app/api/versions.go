package api

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"waybill/backend/mapping"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Accept makes the working copy the next version.
func (m *Mapping) Accept(reason string) (v VersionView, err error) {
	defer guard(&err)
	v.Changes = []string{}
	d, err := m.working()
	if err != nil {
		return v, err
	}
	if st, ok := d.p.Jobs.Current(); ok {
		return v, busy(st.Title)
	}
	return m.accept(d.p, d.v, reason)
}

func (m *Mapping) accept(p *project.Project, version mapping.Version, reason string) (VersionView, error) {
	got, err := p.Accept(m.s.ctx, version, reason)
	if err != nil {
		return VersionView{Changes: []string{}}, err
	}
	m.s.changed("mapping")
	return m.view(got)
}

// view shows an accepted version.
func (m *Mapping) view(got store.MappingVersion) (VersionView, error) {
	all, err := m.Versions()
	for _, v := range all {
		if v.Number == got.Number {
			return v, err
		}
	}
	return VersionView{Number: got.Number, Hash: got.Hash, Author: got.By.Name, At: got.At, Reason: got.Reason, Changes: []string{}}, err
}

// Discard drops the changes of the working copy.
func (m *Mapping) Discard() (err error) {
	defer guard(&err)
	p, err := m.s.project()
	if err != nil {
		return err
	}
	return m.step(p, "Discarding the changes", func() error { return p.Discard(m.s.ctx) })
}

// Versions lists the accepted versions, newest first.
func (m *Mapping) Versions() (out []VersionView, err error) {
	defer guard(&err)
	out = []VersionView{}
	p, err := m.s.project()
	if err != nil {
		return out, err
	}
	var stored []store.MappingVersion
	var approvals []store.Approval
	err = p.DB().Read(m.s.ctx, func(tx *store.Tx) (err error) {
		if stored, err = tx.Mappings(); err != nil {
			return err
		}
		approvals, err = tx.Approvals()
		return err
	})
	if err != nil {
		return out, err
	}
	dst, err := p.Schema(m.s.ctx, project.Target)
	if err != nil {
		return out, err
	}
	bodies := make([]mapping.Version, len(stored))
	for i, x := range stored {
		if err := json.Unmarshal([]byte(x.Body), &bodies[i]); err != nil {
			return out, err
		}
	}
	for i, x := range stored {
		v := VersionView{Number: x.Number, Hash: x.Hash, Author: x.By.Name, At: x.At, Reason: x.Reason, Changes: []string{}}
		if i+1 < len(stored) {
			v.Changes = changes(bodies[i+1], bodies[i], dst)
		}
		for _, a := range approvals {
			if a.Kind == "mapping" && a.Subject == x.Hash {
				v.Approved = a.By.Name + ", " + a.By.Role
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// Restore accepts an earlier version anew, as the next one.
func (m *Mapping) Restore(number int, reason string) (v VersionView, err error) {
	defer guard(&err)
	v.Changes = []string{}
	p, err := m.s.project()
	if err != nil {
		return v, err
	}
	if st, ok := p.Jobs.Current(); ok {
		return v, busy(st.Title)
	}
	old, _, err := p.Accepted(m.s.ctx, number)
	if err != nil {
		return v, err
	}
	return m.accept(p, old, reason)
}

// Approve signs a version as its business owner.
func (m *Mapping) Approve(number int, statement string) (err error) {
	defer guard(&err)
	p, err := m.s.project()
	if err != nil {
		return err
	}
	if err := p.Approve(m.s.ctx, number, statement); err != nil {
		return err
	}
	m.s.changed("mapping")
	return nil
}

// Diff says in words what differs between two versions; 0 is the working copy.
func (m *Mapping) Diff(a, b int) (out []string, err error) {
	defer guard(&err)
	out = []string{}
	d, err := m.working()
	if err != nil {
		return out, err
	}
	sides := [2]mapping.Version{}
	for i, n := range []int{a, b} {
		if sides[i] = d.v; n == 0 {
			continue
		}
		if sides[i], _, err = d.p.Accepted(m.s.ctx, n); err != nil {
			return out, err
		}
	}
	return changes(sides[0], sides[1], d.dst), nil
}

// History lists the accepted versions, newest first, with who approved them and which runs they
// made.
func (m *Mapping) History() (out []VersionCard, err error) {
	defer guard(&err)
	out = []VersionCard{}
	p, err := m.s.project()
	if err != nil {
		return out, err
	}
	all, err := p.Versions(m.s.ctx)
	if err != nil {
		return out, err
	}
	views, err := m.Versions()
	if err != nil {
		return out, err
	}
	for i, v := range all {
		c := VersionCard{Number: v.Number, Hash: v.Hash, Author: v.By.Name, At: v.At, Reason: v.Reason, Changes: []string{}, Approvals: []SignedView{}, Runs: []VersionRun{}}
		if i < len(views) && views[i].Number == v.Number {
			c.Changes = views[i].Changes
		}
		for _, a := range v.Approvals {
			c.Approvals = append(c.Approvals, SignedView{Name: a.By.Name, Role: a.By.Role, At: a.At, Statement: a.Statement})
		}
		for _, r := range v.Runs {
			c.Runs = append(c.Runs, VersionRun{ID: project.ID("run", r.ID), Kind: r.Kind, State: r.State, Started: r.Started})
		}
		out = append(out, c)
	}
	return out, nil
}

// ExportFolder asks for a folder, and writes the versions into it as text, a Git commit for
// each; the folder is empty when the person thought better of it.
func (m *Mapping) ExportFolder() (v FolderView, err error) {
	defer guard(&err)
	v.Commits = []string{}
	p, err := m.s.project()
	if err != nil {
		return v, err
	}
	dir, err := m.s.o.Dialogs.OpenFolder(m.s.ctx, "Choose an empty folder, or one in your Git repository")
	if err != nil || dir == "" {
		return v, err
	}
	folder, made, err := p.ExportFolder(m.s.ctx, dir)
	if err != nil {
		return v, err
	}
	v.Folder = folder
	for _, c := range made {
		v.Commits = append(v.Commits, fmt.Sprintf("Version %d: commit %s", c.Number, c.ID[:12]))
	}
	return v, nil
}

// ImportFolder asks for a folder of text, and reads what it would change. Nothing is applied yet.
func (m *Mapping) ImportFolder() (v WorkbookBack, err error) {
	defer guard(&err)
	v = noImport("")
	p, err := m.s.project()
	if err != nil {
		return v, err
	}
	dir, err := m.s.o.Dialogs.OpenFolder(m.s.ctx, "Choose the folder that Waybill wrote")
	if err != nil || dir == "" {
		return v, err
	}
	r, err := p.ReadFolder(m.s.ctx, dir)
	if err != nil {
		return v, err
	}
	dst, err := p.Schema(m.s.ctx, project.Target)
	if err != nil {
		return v, err
	}
	v = backView(dir, r, dst)
	if v.Token != "" {
		m.remember(v.Token, dir)
	}
	return v, nil
}

// ApplyFolder takes over exactly what ImportFolder showed, whole or not at all.
func (m *Mapping) ApplyFolder(token, reason string, theirs []bool) (v VersionView, err error) {
	defer guard(&err)
	return m.take(token, reason, theirs, (*project.Project).ApplyFolder)
}

// WriteDocument asks where, and writes the mapping for the hand-over: as workbook where the name
// ends in .xlsx, else as PDF. Empty when the person thought better of it.
func (m *Mapping) WriteDocument(kind string) (path string, err error) {
	defer guard(&err)
	p, err := m.s.project()
	if err != nil {
		return "", err
	}
	ext := ".pdf"
	if kind == "xlsx" {
		ext = ".xlsx"
	}
	suggested := filepath.Join(p.Dir, "reports", fileName("Mapping document of "+p.Info().Name)+ext)
	path, err = m.s.o.Dialogs.SaveFile(m.s.ctx, "Write the mapping document", suggested)
	if err != nil || path == "" {
		return "", err
	}
	if !strings.EqualFold(filepath.Ext(path), ext) {
		path += ext
	}
	if _, err := p.WriteDocument(m.s.ctx, path); err != nil {
		return "", err
	}
	return path, nil
}
