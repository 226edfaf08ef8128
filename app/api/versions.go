package api

import (
	"encoding/json"

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
