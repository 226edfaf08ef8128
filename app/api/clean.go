package api

import (
	"maps"
	"strings"

	"waybill/backend/store"
)

// Clean decides by rules what stays behind.
type Clean struct{ s *session }

// Rules lists what could be decided about many records at once, and what was.
func (c *Clean) Rules() (out []CleanRule, err error) {
	defer guard(&err)
	out = []CleanRule{}
	p, err := c.s.project()
	if err != nil {
		return out, err
	}
	rules, err := p.Rules(c.s.ctx)
	if err != nil {
		return out, err
	}
	for _, r := range rules {
		v := CleanRule{ID: r.ID, Object: string(r.Object), Does: r.Does, Title: r.Title, Why: r.Why, Count: figure(r.Count, Filter{Object: string(r.Object), Rule: r.ID, Words: r.Title}), Examples: nilless(r.Examples), Settings: map[string]string{}, Applied: r.Applied}
		maps.Copy(v.Settings, r.Settings)
		if r.Applied != 0 {
			v.Count = figure(r.Count, Filter{Object: string(r.Object), Decision: r.Applied, Words: r.Title})
		}
		out = append(out, v)
	}
	return out, nil
}

// Apply decides by a rule.
func (c *Clean) Apply(id string, settings map[string]string, why string) (v DecisionView, err error) {
	defer guard(&err)
	v.Also = []Figure{}
	p, err := c.s.project()
	if err != nil {
		return v, err
	}
	if st, ok := p.Jobs.Current(); ok {
		return v, busy(st.Title)
	}
	d, err := p.Decide(c.s.ctx, id, settings, why)
	if err != nil {
		return v, err
	}
	err = p.DB().Read(c.s.ctx, func(tx *store.Tx) error {
		v, err = decisionView(tx, d)
		return err
	})
	c.s.changed("clean")
	return v, err
}

// Undo takes a decision back.
func (c *Clean) Undo(decision int64) (err error) {
	defer guard(&err)
	p, err := c.s.project()
	if err != nil {
		return err
	}
	if st, ok := p.Jobs.Current(); ok {
		return busy(st.Title)
	}
	if err := p.Undo(c.s.ctx, decision); err != nil {
		return err
	}
	c.s.changed("clean")
	return nil
}

// Decisions lists what was decided, newest first.
func (c *Clean) Decisions() (out []DecisionView, err error) {
	defer guard(&err)
	out = []DecisionView{}
	p, err := c.s.project()
	if err != nil {
		return out, err
	}
	err = p.DB().Read(c.s.ctx, func(tx *store.Tx) error {
		all, err := tx.Decisions()
		if err != nil {
			return err
		}
		for _, d := range all {
			v, err := decisionView(tx, d)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// decisionView shows a decision; each of its numbers opens the records of one object.
func decisionView(tx *store.Tx, d store.Decision) (DecisionView, error) {
	v := DecisionView{ID: d.ID, Title: d.Title, Object: string(d.Object), Does: d.Does, By: d.By.Name, At: d.At, Why: d.Why, Also: []Figure{}, Undone: d.UndoneAt != ""}
	objects, err := tx.Objects()
	if err != nil {
		return v, err
	}
	v.Count = figure(0, Filter{Object: string(d.Object), Decision: d.ID, Words: d.Title})
	for _, o := range objects {
		n, err := tx.Count(store.Filter{Object: o, Decision: d.ID})
		if err != nil {
			return v, err
		}
		switch {
		case o == d.Object:
			v.Count.Value = n
		case n > 0:
			v.Also = append(v.Also, figure(n, Filter{Object: string(o), Decision: d.ID, Words: d.Title + ": their " + strings.ToLower(title(o))}))
		}
	}
	return v, nil
}
