package api

import (
	"context"
	"path/filepath"

	"waybill/backend/job"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/project"
	"waybill/backend/store"
)

// Tables lists the imported tables that rules can look into.
func (m *Mapping) Tables() (out []store.Lookup, err error) {
	defer guard(&err)
	p, err := m.s.project()
	if err != nil {
		return []store.Lookup{}, err
	}
	out, err = p.Lookups(m.s.ctx)
	return nilless(out), err
}

// ImportTable asks for a CSV file or a workbook and reads it into the project, under the
// file's own name. It gives no job when nothing was chosen.
func (m *Mapping) ImportTable() (id string, err error) {
	defer guard(&err)
	chosen, err := m.s.o.Dialogs.OpenFiles(m.s.ctx, "Choose a table to look values up in", []FileFilter{{Title: "Tables", Pattern: "*.csv;*.tsv;*.xlsx"}})
	if err != nil || len(chosen) == 0 {
		return "", err
	}
	return m.s.work("lookup", "Reading "+filepath.Base(chosen[0]), func(ctx context.Context, p *project.Project, pr *job.Progress) (string, error) {
		t, err := p.ImportLookup(ctx, chosen[0], "", "", pr)
		return t.Name, err
	})
}

// RemoveTable forgets an imported table.
func (m *Mapping) RemoveTable(name string) (err error) {
	defer guard(&err)
	p, err := m.s.project()
	if err != nil {
		return err
	}
	if err := p.RemoveLookup(m.s.ctx, name); err != nil {
		return err
	}
	m.s.changed("mapping")
	return nil
}

// Misses are the values that a look-up does not find, the most frequent first.
func (m *Mapping) Misses(object, field string, rule mapping.LookupRule) (out []project.LookupMiss, err error) {
	defer guard(&err)
	d, err := m.working()
	if err != nil {
		return []project.LookupMiss{}, err
	}
	om, ok := mapOf(d.v, object)
	if !ok {
		return []project.LookupMiss{}, noMap(object)
	}
	out, err = d.p.LookupMisses(m.s.ctx, om.Source, field, rule)
	return nilless(out), err
}

// SetRoute lets records for which a condition is true become something else; an empty
// condition takes the way to that target away.
func (m *Mapping) SetRoute(object, target, when string, place int) (err error) {
	defer guard(&err)
	p, err := m.s.project()
	if err != nil {
		return err
	}
	return m.step(p, title(model.Object(object)), func() error {
		return p.SetBranch(m.s.ctx, model.Object(object), model.Object(target), when, place)
	})
}

// Routes counts how many records of an object go each way.
func (m *Mapping) Routes(object string) (out []project.RouteCount, err error) {
	defer guard(&err)
	d, err := m.working()
	if err != nil {
		return []project.RouteCount{}, err
	}
	out, err = d.p.Routes(m.s.ctx, model.Object(object))
	return nilless(out), err
}
